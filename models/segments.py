"""Whom a broadcast reaches: conditions that a person meets or does not, compiled to one query over linked chats."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, ClassVar, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased

from models.base import Refusal
from models.branch import Branch
from models.broadcast_lists import ListedPerson
from models.calendar import Event
from models.concerned import already_done, concerned, expected
from models.conversation import Conversation
from models.coupons import CouponTerms, ProductTerms, Use
from models.days import fiscal_start, fiscal_year, in_full
from models.member import Link, MemberEdition, Membership
from models.points_ledger import Entry

FETCHED = 5_000  # ids that are in memory at once
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
PROGRAMMES = {"coupon": "電子クーポンの対象者", "points": "健康ポイントの対象者"}

Where = ColumnElement[bool]


@dataclass(frozen=True)
class Condition:
    """Something that is so of a person, or is not."""

    kind: ClassVar[str]

    def where(self, branch: Branch, day: date) -> Where:
        """The condition on a row of `Membership`."""
        raise NotImplementedError

    def in_words(self, branch: Branch) -> str:
        """As staff read it."""
        raise NotImplementedError


Known = TypeVar("Known", bound=type[Condition])
CONDITIONS: dict[str, type[Condition]] = {}


def known(kind: str) -> Callable[[Known], Known]:
    """Gives a condition the name that it is stored by."""

    def named(cls: Known) -> Known:
        cls.kind = kind
        CONDITIONS[kind] = cls
        return cls

    return named


@known("programme")
@dataclass(frozen=True)
class InProgramme(Condition):
    """Takes part in a programme: coupon, points."""

    programme: str

    def where(self, branch: Branch, day: date) -> Where:
        if self.programme == "points":
            return Membership.kind == "member"
        terms = branch.coupons.get(day) if branch.coupons else None
        if terms is None:
            return false()
        holders = {product.holder for product in terms.products.values()}
        return and_(Membership.kind.in_(sorted(holders)), _electronic(terms))

    def in_words(self, branch: Branch) -> str:
        return PROGRAMMES.get(self.programme, self.programme)


@known("kind")
@dataclass(frozen=True)
class OfKind(Condition):
    """A member, a spouse, a 任意継続組合員, a dependent."""

    of: str
    WORDS: ClassVar[dict[str, str]] = {
        "member": "組合員",
        "spouse": "配偶者",
        "voluntary": "任意継続組合員",
        "dependent": "被扶養者",
    }

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.kind == self.of

    def in_words(self, branch: Branch) -> str:
        return self.WORDS.get(self.of, self.of)


@known("age")
@dataclass(frozen=True)
class Aged(Condition):
    """At least and at most so many full years on a day."""

    least: int
    most: int
    on: str

    def where(self, branch: Branch, day: date) -> Where:
        counted = date.fromisoformat(self.on)
        youngest, oldest = _years_before(counted, self.least), _years_before(counted, self.most + 1)
        return and_(Membership.birthdate <= youngest, Membership.birthdate > oldest)

    def in_words(self, branch: Branch) -> str:
        return f"{self.least}〜{self.most}歳（{in_full(date.fromisoformat(self.on))}現在）"


@known("sex")
@dataclass(frozen=True)
class OfSex(Condition):
    sex: str

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.sex == self.sex

    def in_words(self, branch: Branch) -> str:
        return SEXES.get(self.sex, self.sex)


@known("employment")
@dataclass(frozen=True)
class Employed(Condition):
    employment: str

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.employment == self.employment

    def in_words(self, branch: Branch) -> str:
        return EMPLOYMENT_WORDS.get(self.employment, self.employment)


@known("workplace")
@dataclass(frozen=True)
class WorksAt(Condition):
    workplace: str

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.workplace == self.workplace

    def in_words(self, branch: Branch) -> str:
        return self.workplace


@known("unused")
@dataclass(frozen=True)
class CouponUnused(Condition):
    """Has a coupon of a product, granted and not over, of which some are left."""

    product: str

    def where(self, branch: Branch, day: date) -> Where:
        terms = branch.coupons.get(day) if branch.coupons else None
        product = terms.products.get(self.product) if terms else None
        if terms is None or product is None or terms.fiscal_year != fiscal_year(day):
            return false()
        if not product.granted_on <= day <= product.usable_until:
            return false()
        rules = [Membership.kind == product.holder, _electronic(terms)]
        if product.sex:
            rules.append(Membership.sex == product.sex)
        return and_(*rules, _left(terms, self.product, product, day))

    def in_words(self, branch: Branch) -> str:
        blocks = branch.coupons.blocks if branch.coupons else ()
        names = {key: product.name for block in blocks for key, product in block.terms.products.items()}
        return f"「{names.get(self.product, self.product)}」が残っている人"


@known("expiring")
@dataclass(frozen=True)
class PointsExpiring(Condition):
    """Has points that can be used through a day and no longer, or lapse before it."""

    by: str

    def where(self, branch: Branch, day: date) -> Where:
        days = Entry.last_day.between(day, date.fromisoformat(self.by))
        some = (
            select(Entry.person_id)
            .where(Entry.branch == branch.id, days)
            .group_by(Entry.person_id)
            .having(func.sum(Entry.points) > 0)
        )
        return Membership.person_id.in_(some)

    def in_words(self, branch: Branch) -> str:
        return f"{in_full(date.fromisoformat(self.by))}までに失効するポイントがある人"


@known("not_done")
@dataclass(frozen=True)
class NotDoneYet(Condition):
    """Somebody whom an event of the calendar concerns, and who has not done yet what it asks for."""

    uid: str

    def where(self, branch: Branch, day: date) -> Where:
        event = _event(branch, self.uid)
        if event is None:
            return false()
        terms = branch.coupons.get(event.last) if branch.coupons and event.product else None
        product = terms.products.get(event.product) if terms else None
        done = func.coalesce(already_done(event, day, product), false())
        return and_(concerned(event, day), expected(event), not_(done))

    def in_words(self, branch: Branch) -> str:
        event = _event(branch, self.uid)
        return f"「{event.title}」がまだの人" if event else "終わった予定がまだの人"


@known("listed")
@dataclass(frozen=True)
class Listed(Condition):
    """Stands in a list of numbers that staff have uploaded."""

    list_id: int
    people: int

    def where(self, branch: Branch, day: date) -> Where:
        return Membership.person_id.in_(
            select(ListedPerson.person_id).where(ListedPerson.list_id == self.list_id)
        )

    def in_words(self, branch: Branch) -> str:
        return f"CSVの{self.people:,}人"


@dataclass(frozen=True)
class Segment:
    """Everybody linked who meets all of `having` and none of `without`."""

    having: tuple[Condition, ...] = ()
    without: tuple[Condition, ...] = ()

    def plus(self, condition: Condition, *, without: bool = False) -> "Segment":
        """With one condition more; the same one is not there twice."""
        having = tuple(each for each in self.having if each != condition)
        barred = tuple(each for each in self.without if each != condition)
        return Segment(having, (*barred, condition)) if without else Segment((*having, condition), barred)

    def in_words(self, branch: Branch) -> tuple[str, ...]:
        """One line a condition."""
        lines = (
            *(each.in_words(branch) for each in self.having),
            *(f"除く：{each.in_words(branch)}" for each in self.without),
        )
        return lines if self.having else ("連携している人すべて", *lines)

    def dump(self) -> str:
        parts = {"having": self.having, "without": self.without}
        stored = {
            name: [{"kind": each.kind, **asdict(each)} for each in conditions]
            for name, conditions in parts.items()
        }
        return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def load(text: str) -> "Segment":
        """The segment that was dumped. Raises Refusal when another release wrote what this one does not know."""
        raw = json.loads(text) if text else {}
        having, without = ([_condition(each) for each in raw.get(name, ())] for name in ("having", "without"))
        return Segment(tuple(having), tuple(without))


def count(db: Connection, branch: Branch, segment: Segment, day: date) -> int:
    """How many chats it reaches; a chat counts once, whomever it holds."""
    return db.execute(
        _reached(branch, segment, day).with_only_columns(func.count(Link.chat_id.distinct()))
    ).scalar_one()


def chats(db: Connection, branch: Branch, segment: Segment, day: date, *, after: int = 0) -> Iterator[int]:
    """The chats it reaches, by id, from the one after `after` on; as they come, so that memory stays flat."""
    query = _reached(branch, segment, day).with_only_columns(Link.chat_id).distinct()
    if after:
        query = query.where(Link.chat_id > after)
    query = query.order_by(Link.chat_id).execution_options(yield_per=FETCHED)
    if db.dialect.name == "postgresql":
        # A cursor is planned for its first tenth, by the index of chats and row by row; here all of it is read.
        db.exec_driver_sql("SET LOCAL cursor_tuple_fraction = 1")
    for some in db.execute(query).scalars().partitions():
        yield from some


def reach(db: Connection, branch: Branch, segment: Segment, day: date) -> "Reach":
    """How many people of the membership data meet it, and whether they can be told."""
    people = db.execute(
        _members(branch, segment, day).with_only_columns(func.count(Membership.person_id.distinct()))
    ).scalar_one()
    linked = _linked(branch, segment, day)
    holding = db.execute(linked.with_only_columns(func.count(Membership.person_id.distinct()))).scalar_one()
    blocked = db.execute(
        linked.with_only_columns(func.count(Membership.person_id.distinct())).where(_is_blocked(branch))
    ).scalar_one()
    return Reach(count(db, branch, segment, day), people, people - holding, blocked)


@dataclass(frozen=True)
class Reach:
    """Chats that are told; people who meet the conditions, and of these those not linked, those in blocked chats."""

    chats: int
    people: int
    unlinked: int
    blocked: int


def workplaces(db: Connection, branch: str, part: str, limit: int) -> list[str]:
    """Names of workplaces in the current edition that hold a text."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = (
        select(Membership.workplace)
        .where(Membership.branch == branch, Membership.edition == _edition(branch))
        .where(Membership.workplace.like(f"%{escaped}%", escape="\\"))
        .distinct()
        .order_by(Membership.workplace)
        .limit(limit)
    )
    return [name for name in db.execute(query).scalars() if name]


def _members(branch: Branch, segment: Segment, day: date) -> Select[Any]:
    """The memberships of the edition that counts which last on the day and meet the conditions."""
    return select(Membership.person_id).where(
        Membership.branch == branch.id,
        Membership.edition == _edition(branch.id),
        Membership.acquired_on <= day,
        or_(Membership.lost_on.is_(None), Membership.lost_on > day),
        or_(Membership.term_ends_on.is_(None), Membership.term_ends_on >= day),
        *(each.where(branch, day) for each in segment.having),
        *(not_(func.coalesce(each.where(branch, day), false())) for each in segment.without),
    )


def _linked(branch: Branch, segment: Segment, day: date) -> Select[Any]:
    is_held = (Link.person_id == Membership.person_id) & Link.live.is_(True)
    return _members(branch, segment, day).join(Link, is_held)


def _reached(branch: Branch, segment: Segment, day: date) -> Select[Any]:
    # Blocked chats are few: looked up in a small set, not in a million wide rows.
    return _linked(branch, segment, day).where(not_(_is_blocked(branch)))


def _is_blocked(branch: Branch) -> Where:
    # As the index of the blocked says it: SQLite would not know `blocked = 1` again, and read every chat.
    blocked = select(Conversation.id).where(Conversation.branch == branch.id, text("chats.blocked"))
    return Link.chat_id.in_(blocked)


def _edition(branch: str) -> Any:
    return select(MemberEdition.edition).where(MemberEdition.branch == branch).scalar_subquery()


def _electronic(terms: CouponTerms) -> Where:
    return func.coalesce(Membership.employment, "").not_in(terms.no_electronic)


def _left(terms: CouponTerms, name: str, product: ProductTerms, day: date) -> Where:
    """Some coupons of the product are left: fewer used than there are."""
    used = select(Use.id).where(
        Use.person_id == Membership.person_id,
        Use.fiscal_year == terms.fiscal_year,
        Use.product == name,
        Use.live.is_(True),
    )
    if not product.from_data:
        if product.quantity == 1:
            return not_(used.exists())
        return used.with_only_columns(func.count()).scalar_subquery() < product.quantity
    number = used.with_only_columns(func.count()).scalar_subquery()
    return and_(number < product.quantity, number < _granted(terms.fiscal_year, day))


def _granted(year: int, day: date) -> Any:
    """What the data grant for the periods of the fiscal year that have begun by the day (R-SAI-12)."""
    period = aliased(Membership)
    total = func.coalesce(func.sum(period.refresh_coupons), 0)
    start = fiscal_start(year)
    return (
        select(total)
        .where(
            period.person_id == Membership.person_id,
            period.edition == Membership.edition,
            period.acquired_on <= day,
            or_(period.lost_on.is_(None), period.lost_on > start),
            or_(period.term_ends_on.is_(None), period.term_ends_on >= start),
        )
        .scalar_subquery()
    )


def _event(branch: Branch, uid: str) -> Event | None:
    years = branch.calendar.years.values() if branch.calendar else ()
    return next((event for events in years for event in events if event.uid == uid), None)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)  # on 29 February: the last birth day of that age in other years


def _condition(raw: dict[str, Any]) -> Condition:
    found = CONDITIONS.get(raw.pop("kind", ""))
    if found is None or {field.name for field in fields(found)} != set(raw):
        text = "宛先の条件に、今は使えないものがあります。宛先を選び直してください。"
        raise Refusal(text, "unknown_condition")
    return found(**raw)
