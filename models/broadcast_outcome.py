"""What has become of a broadcast's people: in figures, and who was not told."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Literal

from sqlalchemy import Connection, or_, select, text

from models import mailing, segments
from models.branch import Branch
from models.broadcasts import Broadcast, Draft
from models.conversation import Conversation
from models.days import day_of
from models.mailing import Fate, Mailing, Progress, chats_of, everybody_in
from models.member import Link, MemberEdition, Membership
from models.portions import portions
from models.segments import Segment

AT_ONCE = 500  # chats whose people are looked up together
OF_LIST = ("unlinked", "blocked")  # left out when the list was frozen
Why = Fate | Literal["unlinked", "blocked"]
WHY: dict[Why, str] = {
    "left_out": "送らず（ブロック・連携解除）",
    "refused": "LINEが拒否",
    "unknown": "届いたか不明",
    "stopped": "中止",
    "waiting": "送信待ち",
    "unlinked": "宛先の確定時に未連携",
    "blocked": "宛先の確定時にブロック",
}


@dataclass(frozen=True)
class Missed:
    """Numbers of some, of how many chats (or people) these are, and how many there are in all."""

    numbers: list[str]
    shown: int
    count: int


def progress(db: Connection, one: Draft) -> Progress:
    """What has become of its people so far, the first and the rest together."""
    parts = [mailing.progress(db, each) for each in (one.first_mailing, one.rest_mailing) if each]
    names = [name for name in Progress.__dataclass_fields__ if name != "request_ids"]
    sums = {name: sum(getattr(part, name) for part in parts) for name in names}
    return Progress(**sums, request_ids=tuple(each for part in parts for each in part.request_ids))


def still_meant(db: Connection, branch: Branch, mailing_id: int, chats: Iterable[int], day: date) -> set[int]:
    """Of chats from which somebody has unlinked since the list was made: those that still hold somebody it is for."""
    whose = or_(Broadcast.first_mailing == mailing_id, Broadcast.rest_mailing == mailing_id)
    audience = db.execute(select(Broadcast.audience).where(Broadcast.branch == branch.id, whose)).scalar()
    return set(chats) if audience is None else segments.among(db, branch, Segment.load(audience), day, chats)


def progress_of_first(db: Connection, one: Draft) -> Progress:
    """What has become of the first people."""
    return mailing.progress(db, one.first_mailing) if one.first_mailing else Progress()


def untold(db: Connection, one: Draft) -> dict[Why, int]:
    """How many each reason kept from being told: chats, and of those left out of the list, people."""
    sent = progress(db, one)
    counts = {why: getattr(one if why in OF_LIST else sent, why) for why in WHY}
    return {why: count for why, count in counts.items() if count}


def gone_since(db: Connection, branch: Branch, one: Draft, day: date) -> int:
    """How many chats of the list would be left out now: blocked or unlinked since it was frozen."""
    made = select(Mailing.created_at).where(Mailing.id == one.first_mailing).scalar_subquery()
    of_branch = select(Conversation.id).where(Conversation.branch == branch.id, text("chats.blocked"))
    blocked = set(db.execute(of_branch).scalars())
    left = set(db.execute(select(Link.chat_id).where(Link.ended_at >= made)).scalars())
    gone = (blocked | left).intersection(_list(db, one))
    return len(gone) - len(segments.among(db, branch, one.segment, day, gone - blocked))


def missed(db: Connection, branch: Branch, one: Draft, why: Why, limit: int) -> Missed:
    """Whom something kept from being told: the first so many of them, and how many they are in all."""
    match why:
        case "unlinked" | "blocked":
            numbers = list(islice(missed_numbers(db, branch, one, why), limit))
            return Missed(numbers, len(numbers), getattr(one, why))
        case fate:
            chats = _chats(db, one, fate)
            some = list(islice(chats, limit))
            return Missed(numbers_in(db, one, some), len(some), len(some) + sum(1 for _ in chats))


def missed_numbers(db: Connection, branch: Branch, one: Draft, why: Why) -> Iterator[str]:
    """The numbers of everybody whom that kept from being told, each once and as they come."""
    match why:
        case "unlinked" | "blocked":
            yield from (number for number, because in _not_listed(db, branch, one) if because == why)
        case fate:
            yield from _numbers_of(db, one, _chats(db, one, fate))


def _numbers_of(db: Connection, one: Draft, chats: Iterator[int]) -> Iterator[str]:
    told: set[str] = set()
    for some in portions(chats, AT_ONCE):
        new = [number for number in numbers_in(db, one, some) if number not in told]
        told.update(new)
        yield from new


def _not_listed(db: Connection, branch: Branch, one: Draft) -> Iterator[tuple[str, Why]]:
    """Whom it was for and who stood in no listed chat, by what the data and links of that moment say."""
    made = db.execute(select(Mailing.created_at).where(Mailing.id == one.first_mailing)).scalar()
    listed = sorted(_list(db, one))
    if made is None or len(listed) < one.listed:
        return  # it was never frozen, or its names are forgotten
    held = segments.held_at(db, branch, one.segment, day_of(made), made)
    for number, rows in groupby(held, key=itemgetter(0)):
        chats = [chat for _, chat in rows if chat is not None]
        if not any(_holds(listed, chat) for chat in chats):
            yield number, "blocked" if chats else "unlinked"


def _list(db: Connection, one: Draft) -> Iterator[int]:
    """All chats of the frozen list."""
    mailings = [each for each in (one.first_mailing, one.rest_mailing) if each]
    return chain.from_iterable(everybody_in(db, each) for each in mailings)


def _holds(listed: Sequence[int], chat: int) -> bool:
    place = bisect_left(listed, chat)
    return place < len(listed) and listed[place] == chat


def numbers_in(db: Connection, one: Draft, chats: Sequence[int]) -> list[str]:
    """The numbers of the people whom chats held when the broadcast's list was made, in the edition that counts."""
    asked_at = select(Mailing.created_at).where(Mailing.id == one.first_mailing).scalar_subquery()
    counts = (MemberEdition.branch == Membership.branch) & (MemberEdition.edition == Membership.edition)
    query = (
        select(Membership.number)
        .join(MemberEdition, counts)
        .join(Link, Link.person_id == Membership.person_id)
        .where(Membership.branch == one.branch, Link.chat_id.in_(chats), Link.linked_at <= asked_at)
        .where(or_(Link.ended_at.is_(None), Link.ended_at > asked_at))
        .distinct()
        .order_by(Membership.number)
    )
    return list(db.execute(query).scalars())


def _chats(db: Connection, one: Draft, fate: Fate) -> Iterator[int]:
    for each in (one.first_mailing, one.rest_mailing):
        if each:
            yield from chats_of(db, each, fate)
