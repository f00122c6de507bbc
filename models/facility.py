"""Facilities where coupons are used, and what each of them takes."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKeyConstraint,
    Index,
    String,
    bindparam,
    exists,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.base import Base
from models.prepared import Prepared

PRODUCTS = ("1day", "2day", "brain", "womens", "spouse", "dental", "refresh")

_CODE = re.compile(r"(?<![a-z0-9])fs[\W_ー]?(\d{4,8})(?![a-z0-9])")


class FacilityRow(Base):
    """A facility of a branch."""

    __tablename__ = "facilities"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    municipality: Mapped[str]
    search: Mapped[str]  # name and address as `searchable` makes them
    __table_args__ = (Index("ix_facilities_place", "branch", "municipality", "name", "code"),)


class FacilityProduct(Base):
    """A product that a facility takes, with its experience code (体験コード)."""

    __tablename__ = "facility_products"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    facility: Mapped[str] = mapped_column(String(20), primary_key=True)
    product: Mapped[str] = mapped_column(String(20), primary_key=True)
    place: Mapped[int]  # the order in which the facility names them
    experience: Mapped[str] = mapped_column(String(30))
    __table_args__ = (
        ForeignKeyConstraint(["branch", "facility"], ["facilities.branch", "facilities.code"]),
        Index("ix_facility_products_offer", "branch", "product", "facility"),
    )


@dataclass(frozen=True)
class Facility:
    """A facility and its products: product → experience code such as fs00701, or ""."""

    branch: str
    code: str
    name: str
    address: str
    phone: str
    products: dict[str, str]
    municipality: str = ""


@dataclass(frozen=True)
class FacilityList:
    """A part of a list; `after` asks for the next one, None when this is the end."""

    facilities: tuple[Facility, ...]
    after: str | None


_COLUMNS = (
    FacilityRow.branch,
    FacilityRow.code,
    FacilityRow.name,
    FacilityRow.address,
    FacilityRow.phone,
    FacilityRow.municipality,
)
_OFFERS = (FacilityProduct.branch == FacilityRow.branch) & (FacilityProduct.facility == FacilityRow.code)
_ROWS = select(*_COLUMNS, FacilityProduct.product, FacilityProduct.experience).outerjoin(
    FacilityProduct, _OFFERS
)
_ORDER = (FacilityRow.municipality, FacilityRow.name, FacilityRow.code)
_THIS = (FacilityRow.branch == bindparam("branch"), FacilityRow.code == bindparam("code"))
_ONE = Prepared(_ROWS.where(*_THIS).order_by(FacilityProduct.place))


def facility(db: Connection, branch: str, code: str) -> Facility | None:
    """The facility of a code, however wide its letters were typed."""
    found = _facilities(_ONE.all(db, {"branch": branch, "code": facility_code(code)}))
    return found[0] if found else None


def facilities_offering(
    db: Connection,
    branch: str,
    products: Collection[str],
    *,
    search: str = "",
    municipality: str | None = None,
    after: str | None = None,
    limit: int = 10,
) -> FacilityList:
    """Facilities that take any of the products, by place and name; all words of `search` must fit."""
    wanted = [FacilityRow.search.contains(word, autoescape=True) for word in searchable(search).split()]
    if municipality is not None:
        wanted.append(FacilityRow.municipality == municipality)
    if after is not None:
        wanted.append(_later_than(branch, after))
    query = select(FacilityRow.code).where(_offering(branch, products), *wanted).order_by(*_ORDER)
    codes = list(db.execute(query.limit(limit + 1)).scalars())
    here = (FacilityRow.branch == branch, FacilityRow.code.in_(codes[:limit]))
    found = _facilities(db.execute(_ROWS.where(*here).order_by(*_ORDER, FacilityProduct.place)).all())
    return FacilityList(tuple(found), codes[limit - 1] if len(codes) > limit else None)


def municipalities(db: Connection, branch: str, products: Collection[str]) -> list[tuple[str, int]]:
    """Where the facilities are that take at least one of the products, and how many there are."""
    name = FacilityRow.municipality
    query = select(name, func.count()).where(_offering(branch, products)).group_by(name).order_by(name)
    return [(place, count) for place, count in db.execute(query)]


def all_facilities(db: Connection, branch: str) -> list[Facility]:
    """Every facility of the branch, by code."""
    query = _ROWS.where(FacilityRow.branch == branch).order_by(FacilityRow.code, FacilityProduct.place)
    return _facilities(db.execute(query))


def facility_names(db: Connection, branch: str) -> list[tuple[str, str]]:
    """Code and name of every facility of the branch, by place and name."""
    names = select(FacilityRow.code, FacilityRow.name).where(FacilityRow.branch == branch).order_by(*_ORDER)
    return [(code, name) for code, name in db.execute(names)]


def code_in(text: str) -> str:
    """The facility code in a text, whatever stands beside it: 「ＦＳ－０００７」です → fs0007; empty where there is none."""
    match = _CODE.search(facility_code(text))
    return f"fs{match[1]}" if match else ""


def facility_code(text: str) -> str:
    """ＦＳ０００７ → fs0007."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def experience_code(facility: str, digits: str) -> str:
    """fs0007 and 01 → fs00701: the facility's number and two digits, five digits or more (R-SAI-31, 000 §9 STEP 3)."""
    return f"fs{int(facility.removeprefix('fs')) * 100 + int(digits):05}"


def searchable(text: str) -> str:
    """Text as it is stored and looked for: one width, one case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _offering(branch: str, products: Collection[str]) -> ColumnElement[bool]:
    return (FacilityRow.branch == branch) & exists().where(_OFFERS, FacilityProduct.product.in_(products))


def _later_than(branch: str, code: str) -> ColumnElement[bool]:
    last = aliased(FacilityRow)
    key = select(last.municipality, last.name, last.code).where(last.branch == branch, last.code == code)
    return tuple_(*_ORDER) > key.scalar_subquery()


def _facilities(rows: Iterable[Any]) -> list[Facility]:
    found: dict[str, Facility] = {}
    for branch, code, name, address, phone, municipality, product, experience in rows:
        if code not in found:
            found[code] = Facility(branch, code, name, address, phone, {}, municipality)
        if product is not None:
            found[code].products[product] = experience
    return list(found.values())
