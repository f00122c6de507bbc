"""Whom a broadcast reaches: conditions that a person meets or does not, compiled to one query over linked chats."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, false, func, not_, select, text, true

from models.base import Refusal
from models.branch import Branch
from models.conditions import Aged, Condition, Employed, Listed, OfKind, OfSex, Where, WorksAt
from models.conversation import Conversation
from models.member import Link, MemberEdition, Membership, holds_on
from models.programme_conditions import CouponUnused, InProgramme, NotDoneYet, PointsExpiring
from models.told_condition import Told

FETCHED = 5_000  # ids that are in memory at once
_KINDS = (
    *(InProgramme, OfKind, Aged, OfSex, Employed, WorksAt),
    *(CouponUnused, PointsExpiring, NotDoneYet, Listed, Told),
)
CONDITIONS: dict[str, type[Condition]] = {
    each.kind: each for each in _KINDS
}  # by the name they are stored by


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


def stands(db: Connection, segment: Segment) -> bool:
    """False when what a condition rests on is gone: it reaches nobody any more."""
    return bool(db.execute(select(and_(true(), *_grounds(segment)))).scalar_one())


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


def among(db: Connection, branch: Branch, segment: Segment, day: date, some: Iterable[int]) -> set[int]:
    """Which of some chats it reaches."""
    query = _reached(branch, segment, day).with_only_columns(Link.chat_id).where(Link.chat_id.in_(list(some)))
    return set(db.execute(query.distinct()).scalars())


def held_at(
    db: Connection, branch: Branch, segment: Segment, day: date, at: datetime
) -> Iterator[tuple[str, int | None]]:
    """Number and chat of everybody who meets it, by number, as they were linked at an instant; no chat: not linked."""
    then = (Link.linked_at <= at) & (Link.ended_at.is_(None) | (Link.ended_at > at))
    is_held = (Link.person_id == Membership.person_id) & then
    query = _members(branch, segment, day).with_only_columns(Membership.number, Link.chat_id)
    query = query.outerjoin(Link, is_held).order_by(Membership.number, Link.chat_id)
    for row in db.execute(query.execution_options(yield_per=FETCHED)):
        yield row.number, row.chat_id


def reach(db: Connection, branch: Branch, segment: Segment, day: date) -> "Reach":
    """How many people of the membership data meet it, and whether they can be told."""

    def count_people(these: Select[Any]) -> int:
        return db.execute(these.with_only_columns(func.count(Membership.person_id.distinct()))).scalar_one()

    people, linked = count_people(_members(branch, segment, day)), _linked(branch, segment, day)
    in_blocked = linked.where(_is_blocked(branch))
    told_elsewhere = _reached(branch, segment, day).where(
        Membership.person_id.in_(in_blocked.correlate(None))
    )
    blocked = count_people(in_blocked) - count_people(told_elsewhere)
    return Reach(count(db, branch, segment, day), people, people - count_people(linked), blocked)


@dataclass(frozen=True)
class Reach:
    """Chats that are told; people who meet the conditions, and of these those not linked, those in blocked chats only."""

    chats: int
    people: int
    unlinked: int
    blocked: int


def workplaces(db: Connection, branch: str, part: str, limit: int) -> list[str]:
    """Names of workplaces in the current edition that hold a text, the shortest first: the text itself, if it is one."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = (
        select(Membership.workplace)
        .where(Membership.branch == branch, Membership.edition == _edition(branch))
        .where(Membership.workplace.like(f"%{escaped}%", escape="\\"))
        .group_by(Membership.workplace)
        .order_by(func.length(Membership.workplace), Membership.workplace)
        .limit(limit)
    )
    return [name for name in db.execute(query).scalars() if name]


def _members(branch: Branch, segment: Segment, day: date, *, linked: bool = False) -> Select[Any]:
    """The memberships of the edition that counts which last on the day and meet the conditions; `linked`: to be
    joined with the chats that hold them."""
    met = (each.where_linked(branch, day) if linked else each.where(branch, day) for each in segment.having)
    return select(Membership.person_id).where(
        *_grounds(segment),
        Membership.branch == branch.id,
        Membership.edition == _edition(branch.id),
        holds_on(day),
        *met,
        *(not_(func.coalesce(each.where(branch, day), false())) for each in segment.without),
    )


def _grounds(segment: Segment) -> tuple[Where, ...]:
    """What must be there for its conditions to mean anything."""
    grounds = (each.rests_on() for each in (*segment.having, *segment.without))
    return tuple(each for each in grounds if each is not None)


def _linked(branch: Branch, segment: Segment, day: date) -> Select[Any]:
    is_held = (Link.person_id == Membership.person_id) & Link.live.is_(True)
    return _members(branch, segment, day, linked=True).join(Link, is_held)


def _reached(branch: Branch, segment: Segment, day: date) -> Select[Any]:
    # Blocked chats are few: looked up in a small set, not in a million wide rows.
    return _linked(branch, segment, day).where(not_(_is_blocked(branch)))


def _is_blocked(branch: Branch) -> Where:
    # As the index of the blocked says it: SQLite would not know `blocked = 1` again, and read every chat.
    blocked = select(Conversation.id).where(Conversation.branch == branch.id, text("chats.blocked"))
    return Link.chat_id.in_(blocked)


def _edition(branch: str) -> Any:
    return select(MemberEdition.edition).where(MemberEdition.branch == branch).scalar_subquery()


def _condition(raw: dict[str, Any]) -> Condition:
    found = CONDITIONS.get(raw.pop("kind", ""))
    if found is None or {field.name for field in fields(found)} != set(raw):
        text = "宛先の条件に、今は使えないものがあります。宛先を選び直してください。"
        raise Refusal(text, "unknown_condition")
    return found(**raw)
