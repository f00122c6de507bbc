"""What has become of a broadcast's people: in figures, and who was not told."""

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import Connection, select

from models import mailing
from models.broadcasts import Draft
from models.mailing import Fate, Progress, chats_of
from models.member import Link, MemberEdition, Membership


def progress(db: Connection, one: Draft) -> Progress:
    """What has become of its people so far, the first and the rest together."""
    parts = [mailing.progress(db, each) for each in (one.first_mailing, one.rest_mailing) if each]
    names = [name for name in Progress.__dataclass_fields__ if name != "request_ids"]
    sums = {name: sum(getattr(part, name) for part in parts) for name in names}
    return Progress(**sums, request_ids=tuple(each for part in parts for each in part.request_ids))


def progress_of_first(db: Connection, one: Draft) -> Progress:
    """What has become of the first people."""
    return mailing.progress(db, one.first_mailing) if one.first_mailing else Progress()


def missed(db: Connection, one: Draft, fate: Fate, limit: int) -> tuple[list[int], int]:
    """The chats that met a fate, the first so many of them; and how many they are in all."""
    chats = (
        chat for each in (one.first_mailing, one.rest_mailing) if each for chat in chats_of(db, each, fate)
    )
    some = list(islice(chats, limit))
    return some, len(some) + sum(1 for _ in chats)


def numbers_in(db: Connection, branch: str, chats: Sequence[int]) -> list[str]:
    """The numbers of the people whom chats hold or held last, in the edition that counts."""
    counts = (MemberEdition.branch == Membership.branch) & (MemberEdition.edition == Membership.edition)
    query = (
        select(Membership.number)
        .join(MemberEdition, counts)
        .join(Link, Link.person_id == Membership.person_id)
        .where(Membership.branch == branch, Link.chat_id.in_(chats))
        .distinct()
        .order_by(Membership.number)
    )
    return list(db.execute(query).scalars())
