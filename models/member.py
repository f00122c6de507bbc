"""People of an association: who they are, when they belonged, which chat has proved to be theirs."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, aliased, mapped_column

from models.base import Base, Instant
from models.prepared import Prepared

Kind = Literal["member", "spouse", "voluntary", "dependent"]
KINDS = ("member", "spouse", "voluntary", "dependent")
KIND_WORDS = {
    "member": "組合員",
    "spouse": "配偶者",
    "voluntary": "任意継続組合員",
    "dependent": "被扶養者",
}
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−ー]")
SUFFIX = 2  # digits that a spouse's number has behind the member's (R-SAI-13)
EMPLOYMENTS = (
    "regular",
    "reappointed_full",
    "fixed_term_full",
    "temporary",
    "reappointed_short",
    "fixed_term_short",
    "fiscal_year",
    "reappointed_under_20h",
)


class Person(Base):
    """One human being of one branch; keeps its id when the number changes."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    number: Mapped[str] = mapped_column(String(20))  # the first number seen
    __table_args__ = (UniqueConstraint("branch", "number"),)


class Number(Base):
    """Every number a person has had; look-ups begin here."""

    __tablename__ = "numbers"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)


class MemberEdition(Base):
    """Which imported edition of a branch's membership data counts; one row a branch."""

    __tablename__ = "member_editions"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    edition: Mapped[int]  # 0 until the first import is through
    staged: Mapped[int]  # the newest edition begun; no query sees it before it counts
    imported_at: Mapped[datetime | None] = mapped_column(Instant)


class Membership(Base):
    """One membership period of a person, as the association's system exported it, in one edition."""

    __tablename__ = "memberships"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    acquired_on: Mapped[date] = mapped_column(primary_key=True)
    person_id: Mapped[int]  # no foreign key: a whole edition is written and deleted at each import
    name: Mapped[str]
    kana: Mapped[str]
    birthdate: Mapped[date]
    sex: Mapped[str] = mapped_column(String(1))
    kind: Mapped[str] = mapped_column(String(12))
    employment: Mapped[str | None] = mapped_column(String(30))
    lost_on: Mapped[date | None]
    term_ends_on: Mapped[date | None]
    workplace: Mapped[str | None]
    refresh_coupons: Mapped[int | None]
    auth_code: Mapped[str | None]
    __table_args__ = (
        Index("ix_memberships_person", "person_id", "edition"),
        # Whom a broadcast reaches is told from this index alone.
        Index(
            "ix_memberships_reach",
            *("branch", "edition", "person_id", "birthdate", "sex", "kind", "employment"),
            *("acquired_on", "lost_on", "term_ends_on"),
        ),
    )


_ENDED = text("ended_at IS NOT NULL")


class Link(Base):
    """A person proved in a chat. Ended links stay, so that what happened can be told."""

    __tablename__ = "links"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    live: Mapped[bool | None]  # True, or NULL once ended: unique below lets one live link stand
    __table_args__ = (
        UniqueConstraint("chat_id", "person_id", "live"),
        Index("ix_links_reach", "person_id", "live", "chat_id"),
        Index("ix_links_ended", "ended_at", sqlite_where=_ENDED, postgresql_where=_ENDED),
    )


@dataclass(frozen=True)
class Period:
    """A membership period as the rules read it (`lost_on` is the first day without membership)."""

    number: str
    name: str
    birthdate: date
    sex: str
    kind: str
    employment: str | None
    acquired_on: date
    lost_on: date | None
    term_ends_on: date | None
    workplace: str | None
    refresh_coupons: int | None
    auth_code: str | None = None

    def holds_on(self, day: date) -> bool:
        """True while membership lasts: loss date exclusive, last day of a term inclusive (R-SAI-11)."""
        return (
            self.acquired_on <= day
            and (self.lost_on is None or day < self.lost_on)
            and (self.term_ends_on is None or day <= self.term_ends_on)
        )


@dataclass(frozen=True)
class Holder:
    """A person with their periods, newest last."""

    id: int
    periods: tuple[Period, ...]

    def on(self, day: date) -> Period | None:
        """The period that holds on the day; None when there is no membership."""
        return next((period for period in reversed(self.periods) if period.holds_on(day)), None)

    @property
    def latest(self) -> Period:
        return self.periods[-1]


Day = date | BindParameter[date]


def holds_on(day: Day, period: type[Membership] = Membership) -> ColumnElement[bool]:
    """`Period.holds_on` as a condition on a row of `Membership`."""
    return and_(
        period.acquired_on <= day,
        or_(period.lost_on.is_(None), period.lost_on > day),
        or_(period.term_ends_on.is_(None), period.term_ends_on >= day),
    )


def has_member(day: Day) -> ColumnElement[bool]:
    """On a spouse's row of `Membership`: whoever has, or had, the number without its suffix is a member on the day."""
    member = aliased(Membership)
    theirs = (member.person_id == Number.person_id, member.edition == Membership.edition)
    return (
        select(Number.person_id)
        .where(Number.branch == Membership.branch, Number.number == _without_suffix(Membership.number))
        .where(*theirs, member.kind == "member", holds_on(day, member))
        .exists()
    )


def members_of(spouses: Select[int]) -> Select[int]:
    """The people to whom these people's numbers belong without their suffix, where they are spouses."""
    own = aliased(Number)
    theirs = (Number.branch == own.branch) & (Number.number == _without_suffix(own.number))
    return select(Number.person_id).join(own, theirs).where(own.person_id.in_(spouses))


def _without_suffix(number: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return func.substr(number, 1, func.length(number) - SUFFIX)


_PERIOD = (
    Membership.person_id,
    Membership.number,
    Membership.name,
    Membership.birthdate,
    Membership.sex,
    Membership.kind,
    Membership.employment,
    Membership.acquired_on,
    Membership.lost_on,
    Membership.term_ends_on,
    Membership.workplace,
    Membership.refresh_coupons,
    Membership.auth_code,
)
_COUNTS = (MemberEdition.branch == Membership.branch) & (MemberEdition.edition == Membership.edition)
_CURRENT = select(*_PERIOD).join(MemberEdition, _COUNTS)
_NEWEST_LAST = (Membership.acquired_on, Membership.lost_on.is_(None), Membership.number)
_PERIODS = Prepared(_CURRENT.where(Membership.person_id == bindparam("person_id")).order_by(*_NEWEST_LAST))
_DEPENDS = Prepared(
    select(literal(1))
    .select_from(Membership)
    .join(MemberEdition, _COUNTS)
    .where(Membership.person_id == bindparam("person_id"), Membership.number == bindparam("number"))
    .where(has_member(bindparam("day", type_=Date)))
)
_LINKED = Prepared(
    select(Link.person_id, MemberEdition.edition, *_PERIOD[1:])
    .outerjoin(Membership, Membership.person_id == Link.person_id)
    .outerjoin(MemberEdition, _COUNTS)
    .where(Link.chat_id == bindparam("chat_id"), Link.live.is_(True))
    .order_by(Link.id, *_NEWEST_LAST)
)


def holder(db: Connection, person_id: int) -> Holder | None:
    """The person's periods in the current edition; None when the data no longer names them."""
    rows = _PERIODS.all(db, {"person_id": person_id})
    return Holder(person_id, tuple(Period(*row[1:]) for row in rows)) if rows else None


def holders(db: Connection, people: Sequence[int]) -> dict[int, Holder]:
    """These people, with their periods in the current edition."""
    rows = db.execute(_CURRENT.where(Membership.person_id.in_(people)).order_by(*_NEWEST_LAST))
    periods: dict[int, list[Period]] = {}
    for person, *period in rows:
        periods.setdefault(person, []).append(Period(*period))
    return {person: Holder(person, tuple(theirs)) for person, theirs in periods.items()}


def depends_on_member(db: Connection, spouse: int, number: str, day: date) -> bool:
    """Whether the member to whom a spouse's number belongs is one on the day (§1.2: 被扶養配偶者)."""
    return _DEPENDS.first(db, {"person_id": spouse, "number": number, "day": day}) is not None


def person_with(db: Connection, branch: str, number: str) -> int | None:
    """The id of the person who has or had this number in the branch."""
    return db.execute(
        select(Number.person_id).where(Number.branch == branch, Number.number == number)
    ).scalar_one_or_none()


def linked(db: Connection, chat_id: int) -> dict[int, Holder | None]:
    """The people whose link with the chat is live, in the order they were linked; None whom the data no longer name."""
    periods: dict[int, list[Period]] = {}
    for person, edition, *period in _LINKED.all(db, {"chat_id": chat_id}):
        theirs = periods.setdefault(person, [])
        if edition is not None:  # the current one
            theirs.append(Period(*period))
    return {person: Holder(person, tuple(theirs)) if theirs else None for person, theirs in periods.items()}


def masked_name(name: str) -> str:
    """見本 ○○: enough to know that it is the right person, no more."""
    family, _, given = name.replace("　", " ").partition(" ")
    return f"{family} ○○" if given else f"{name[:1]}○○"


def masked(number: str) -> str:
    """••3456: enough to recognise one's own number, no more."""
    return "•" * max(len(number) - 3, 0) + number[-3:]


def number_as_stored(text: str) -> str:
    """Half-width capitals without spaces or dashes (AMB-S10), an authentication code too: a phone decides on capitals and
    width by itself, and some write dashes."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text).upper())
