"""What has become of a broadcast's people: in figures, and who was not told."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from sqlalchemy import Connection, or_, select

from models import mailing, segments
from models.branch import Branch
from models.broadcasts import Broadcast, Draft
from models.mailing import Fate, Mailing, Progress, chats_of
from models.member import Link, MemberEdition, Membership
from models.segments import Segment

AT_ONCE = 500  # chats whose people are looked up together
WHY: dict[Fate, str] = {
    "left_out": "送らず（ブロック・連携解除）",
    "refused": "LINEが拒否",
    "unknown": "届いたか不明",
    "stopped": "中止",
    "waiting": "送信待ち",
}


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


def missed(db: Connection, one: Draft, fate: Fate, limit: int) -> tuple[list[int], int]:
    """The chats that met a fate, the first so many of them; and how many they are in all."""
    chats = _chats(db, one, fate)
    some = list(islice(chats, limit))
    return some, len(some) + sum(1 for _ in chats)


def missed_numbers(db: Connection, one: Draft, fate: Fate) -> Iterator[str]:
    """The numbers of everybody whom that fate met, each once and as they come."""
    told: set[str] = set()
    chats = _chats(db, one, fate)
    while some := list(islice(chats, AT_ONCE)):
        new = [number for number in numbers_in(db, one, some) if number not in told]
        told.update(new)
        yield from new


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
