"""What can be asked of a person for a broadcast's sake: the condition itself, and those about who somebody is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, select

from models.branch import Branch
from models.broadcast_lists import ListedPerson, PersonList
from models.days import in_full
from models.member import KIND_WORDS, Membership

SEXES = {"M": "男性", "F": "女性"}
EMPLOYMENT_WORDS = {
    "regular": "正規",
    "reappointed_full": "再任用（フルタイム）",
    "fixed_term_full": "任期付（フルタイム）",
    "temporary": "臨時的任用",
    "reappointed_short": "再任用（短時間）",
    "fixed_term_short": "任期付（短時間）",
    "fiscal_year": "会計年度任用",
    "reappointed_under_20h": "再任用（週20時間未満）",
}

Where = ColumnElement[bool]


@dataclass(frozen=True)
class Condition(ABC):
    """Something that is so of a person, or is not."""

    kind: ClassVar[str]

    @abstractmethod
    def where(self, branch: Branch, day: date) -> Where:
        """The condition on a row of `Membership`."""

    def rests_on(self) -> Where | None:
        """What must be there for the condition to mean anything; without it nobody is reached."""
        return None

    def where_linked(self, branch: Branch, day: date) -> Where:
        """The same on a row of `Link` beside it, for a condition that means some chats of a person and not others."""
        return self.where(branch, day)

    @abstractmethod
    def in_words(self, branch: Branch) -> str:
        """As staff read it."""


@dataclass(frozen=True)
class OfKind(Condition):
    """A member, a spouse, a 任意継続組合員, a dependent."""

    kind: ClassVar[str] = "kind"
    of: str
    WORDS: ClassVar[dict[str, str]] = KIND_WORDS

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.kind == self.of

    def in_words(self, branch: Branch) -> str:
        return self.WORDS.get(self.of, self.of)


@dataclass(frozen=True)
class Aged(Condition):
    """At least and at most so many full years on a day."""

    kind: ClassVar[str] = "age"
    least: int
    most: int
    on: str

    def where(self, branch: Branch, day: date) -> Where:
        counted = date.fromisoformat(self.on)
        youngest, oldest = _years_before(counted, self.least), _years_before(counted, self.most + 1)
        return and_(Membership.birthdate <= youngest, Membership.birthdate > oldest)

    def in_words(self, branch: Branch) -> str:
        ages = f"{self.least}" if self.least == self.most else f"{self.least}〜{self.most}"
        return f"{ages}歳（{in_full(date.fromisoformat(self.on))}現在）"


@dataclass(frozen=True)
class OfSex(Condition):
    kind: ClassVar[str] = "sex"
    sex: str

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.sex == self.sex

    def in_words(self, branch: Branch) -> str:
        return SEXES.get(self.sex, self.sex)


@dataclass(frozen=True)
class Employed(Condition):
    kind: ClassVar[str] = "employment"
    employment: str

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.employment == self.employment

    def in_words(self, branch: Branch) -> str:
        return EMPLOYMENT_WORDS.get(self.employment, self.employment)


@dataclass(frozen=True)
class WorksAt(Condition):
    kind: ClassVar[str] = "workplace"
    workplace: str

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.workplace == self.workplace

    def in_words(self, branch: Branch) -> str:
        return self.workplace


@dataclass(frozen=True)
class Listed(Condition):
    """Stands in a list of numbers that staff have uploaded."""

    kind: ClassVar[str] = "listed"
    list_id: int
    people: int

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.person_id.in_(
            select(ListedPerson.person_id).where(ListedPerson.list_id == self.list_id)
        )

    def rests_on(self) -> Where:
        """A list is not kept for ever: whom it left out must not be told since it is gone."""
        return select(PersonList.id).where(PersonList.id == self.list_id).exists()

    def in_words(self, branch: Branch) -> str:
        return f"CSVの{self.people:,}人"


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)  # on 29 February: the last birth day of that age in other years
