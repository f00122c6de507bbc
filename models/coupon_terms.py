"""What a fiscal year's electronic coupons are: products, holders, numbers, dates (R-SAI)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.member import Period


@dataclass(frozen=True)
class ProductTerms:
    """One product of one fiscal year (dates JST, both ends usable)."""

    name: str
    holder: Literal["member", "spouse"]
    kinds: dict[str, str]  # what a facility offers → its words; one use closes the product's other kinds
    granted_on: date
    usable_from: date
    usable_until: date
    quantity: int  # the number of coupons, or the most when the number comes from the data
    sex: Literal["M", "F"] | None = None
    age_group: Literal["special", "line"] | None = None
    shows_sex: bool = False
    from_data: bool = False

    def is_for(self, period: Period) -> bool:
        """True for whom the product is meant, by kind of membership and sex (R-SAI-08, R-SAI-10)."""
        return self.holder == period.kind and self.sex in (None, period.sex)


@dataclass(frozen=True)
class CouponTerms:
    fiscal_year: int
    identified_by: Literal["number", "number_and_birthdate"]
    quantity_default: Literal["remaining", "one"]
    several_at_once: tuple[str, ...]
    facility_list_in_mypage: bool
    special_ages: tuple[int, ...]
    age_line: int
    no_electronic: tuple[str, ...]
    products: dict[str, ProductTerms]
    after_outage: tuple[str, ...] = ()  # what goes on while nothing can be read, and is registered later
