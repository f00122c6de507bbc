"""Linking a chat with a person: one-use page addresses, proof, nonces, and how often one may be wrong."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, ForeignKey, Index, String, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, Refusal
from models.conversation import Conversation
from models.days import day_of
from models.links import chats_with, is_disowned, unlink, unlink_everywhere
from models.member import (
    Holder,
    Link,
    MemberEdition,
    Membership,
    Person,
    holder,
    number_as_stored,
    person_with,
)
from models.one_use import PAGE_LIFE, hash_of, new_address
from models.points import registers_since
from models.points_terms import Points

NONCE_LIFE = timedelta(minutes=10)
COUNTED = timedelta(days=1)  # so long a wrong try is held against somebody
MOST_CHATS = 2
WRONG_PER_CHAT, WRONG_PER_NUMBER = 5, 10  # a day
WRONG_OVERALL, MEMBERS_FOR_ONE = (
    2_000,
    20,
)  # a day in a branch: so many, and one for so many members where that is more
TWO_CHATS = "この方は、すでに2つのトークと連携しています。窓口へお問い合わせください。"
SAME_ANSWER = "入力された内容では確認できませんでした。番号と生年月日をもう一度お確かめください。"
SAME_ANSWER_WITH_CODE = "入力された内容では確認できませんでした。番号、生年月日、認証コードをもう一度お確かめください。はがきがないときは、トークの案内をご覧ください。"


class LinkRequest(Base):
    """A page address handed to one chat; only hashes are kept here, and for a day."""

    __tablename__ = "link_requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    page_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class WrongTry(Base):
    """A failed proof; counted for a day, never shown."""

    __tablename__ = "wrong_tries"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int]
    number_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_wrong_tries_at", "at"), Index("ix_wrong_tries_number", "number_hash", "at"))


@dataclass(frozen=True)
class OpenPage:
    """A page address that may still be used."""

    id: int
    chat_id: int
    branch: str
    user_id: str


@dataclass(frozen=True)
class Linked:
    """A link just made: the person, and the other chats that already hold them."""

    link_id: int
    person: Holder
    others: tuple[tuple[int, str], ...]  # chat id, LINE user id


def new_page(db: Connection, chat_id: int, now: datetime) -> str:
    """An opaque page id, good once, for 30 minutes."""
    page = new_address()
    db.execute(insert(LinkRequest), {"chat_id": chat_id, "page_hash": hash_of(page), "asked_at": now})
    return page


def open_page(db: Connection, page: str, now: datetime) -> OpenPage | None:
    """The page behind an id; None when it is unknown, used or too old."""
    query = (
        select(LinkRequest.id, LinkRequest.chat_id, Conversation.branch, Conversation.user_id)
        .join(Conversation, Conversation.id == LinkRequest.chat_id)
        .where(
            LinkRequest.page_hash == hash_of(page),
            LinkRequest.proved_at.is_(None),
            LinkRequest.asked_at > now - PAGE_LIFE,
        )
    )
    row = db.execute(query).one_or_none()
    return OpenPage(*row) if row else None


def is_good(db: Connection, page: str, now: datetime) -> bool:
    """True while a page can be used, and when it has led to a link."""
    is_done = LinkRequest.done_at.is_not(None)
    is_open = LinkRequest.proved_at.is_(None) & (LinkRequest.asked_at > now - PAGE_LIFE)
    query = select(LinkRequest.id).where(LinkRequest.page_hash == hash_of(page), is_done | is_open)
    return db.execute(query).first() is not None


def prove(
    db: Connection,
    page: OpenPage,
    number: str,
    birthdate: date,
    auth_code: str | None,
    now: datetime,
    *,
    points: Points | None = None,
) -> int | None:
    """The person proved, or None – every failure looks the same and is counted.

    Where `points` ask for a new registration, a code posted before it counts no more (R-KAG-05).
    Raises Refusal when too many tries failed today, or the person is in two chats already."""
    written = number_as_stored(number)
    # Forms of one chat take turns here, so that many at once are counted like one after another.
    db.execute(select(Conversation.id).where(Conversation.id == page.chat_id).with_for_update())
    if _too_many(db, page, written, now):
        text = "確認できない入力が続いたため、本日の連携を止めています。明日もう一度お試しいただくか、窓口へお電話ください。"
        raise Refusal(text, "too_many_tries")
    person = _matching(db, page, written, birthdate)
    code = None if auth_code is None else number_as_stored(auth_code)
    if person is None or (code is not None and code not in _codes(points, person, day_of(now))):
        wrong = {"chat_id": page.chat_id, "number_hash": hash_of(f"{page.branch}:{written}"), "at": now}
        db.execute(insert(WrongTry), wrong)
        return None
    if len(chats_with(db, person.id, but=page.chat_id)) >= MOST_CHATS:
        raise Refusal(TWO_CHATS, "two_chats")
    return person.id


def keep_nonce(db: Connection, page: OpenPage, person_id: int, now: datetime) -> str:
    """Uses the page up; the nonce comes back in LINE's accountLink event."""
    nonce = secrets.token_urlsafe(32)
    used = update(LinkRequest).where(LinkRequest.id == page.id, LinkRequest.proved_at.is_(None))
    if db.execute(used.values(person_id=person_id, nonce_hash=hash_of(nonce), proved_at=now)).rowcount != 1:
        raise Refusal(
            "このページは使い終わりました。トークに戻り、もう一度「連携」からお進みください。", "used_page"
        )
    return nonce


def user_of_nonce(db: Connection, branch: str, nonce: str) -> str | None:
    """Whose chat a nonce belongs to: a failed accountLink event names nobody."""
    query = (
        select(Conversation.user_id)
        .join(LinkRequest, LinkRequest.chat_id == Conversation.id)
        .where(LinkRequest.nonce_hash == hash_of(nonce), Conversation.branch == branch)
    )
    return db.execute(query).scalar_one_or_none()


def finish(db: Connection, chat_id: int, nonce: str, now: datetime) -> Linked | None:
    """Makes the link that a nonce stands for, once; None when the nonce is not this chat's or too old."""
    request = db.execute(
        select(LinkRequest.id, LinkRequest.person_id).where(
            LinkRequest.nonce_hash == hash_of(nonce),
            LinkRequest.chat_id == chat_id,
            LinkRequest.done_at.is_(None),
            LinkRequest.proved_at > now - NONCE_LIFE,
        )
    ).one_or_none()
    if request is None:
        return None
    db.execute(update(LinkRequest).where(LinkRequest.id == request.id).values(done_at=now))
    person = holder(db, request.person_id)
    if person is None or is_disowned(db, chat_id, person.id):
        return None
    # Two chats that link the same person at once take turns here.
    db.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    others = chats_with(db, person.id, but=chat_id)
    if len(others) >= MOST_CHATS:
        raise Refusal(TWO_CHATS, "two_chats")
    try:
        with db.begin_nested():
            unlink(db, chat_id, person.id, now)  # who links again is linked from now
            row = {"chat_id": chat_id, "person_id": person.id, "linked_at": now, "live": True}
            db.execute(insert(Link), row)
    except IntegrityError:
        pass  # linked a moment ago by the same chat
    link_id = db.execute(
        select(Link.id).where(Link.chat_id == chat_id, Link.person_id == person.id, Link.live.is_(True))
    ).scalar_one()
    return Linked(link_id, person, others)


def unprove(db: Connection, people: Sequence[int], now: datetime) -> None:
    """Ends these people's links and the proofs under way: what they proved themselves by has been corrected."""
    proofs = update(LinkRequest).where(LinkRequest.person_id.in_(people), LinkRequest.done_at.is_(None))
    db.execute(proofs.values(done_at=now))
    unlink_everywhere(db, people, now)


def clear_tries(db: Connection, branch: str, *, number: str = "", user_id: str = "") -> int:
    """The desk lets a number, a chat or (named neither) the whole branch try again today; how many tries were forgotten."""
    chats = select(Conversation.id).where(Conversation.branch == branch)
    tries = delete(WrongTry)
    if number:
        these = tries.where(WrongTry.number_hash == hash_of(f"{branch}:{number_as_stored(number)}"))
    elif user_id:
        these = tries.where(WrongTry.chat_id.in_(chats.where(Conversation.user_id == user_id)))
    else:
        these = tries.where(WrongTry.chat_id.in_(chats))
    return db.execute(these).rowcount


def forget_old(db: Connection, now: datetime) -> int:
    """Removes what a day has made useless: pages that were handed out, and tries that failed."""
    pages = delete(LinkRequest).where(LinkRequest.asked_at < now - COUNTED)
    return (
        db.execute(pages).rowcount + db.execute(delete(WrongTry).where(WrongTry.at <= now - COUNTED)).rowcount
    )


def _matching(db: Connection, page: OpenPage, number: str, birthdate: date) -> Holder | None:
    person_id = person_with(db, page.branch, number)
    person = holder(db, person_id) if person_id else None
    # The card in hand may still carry the number before the one whose period is to begin.
    if person is None or (number, birthdate) not in {(one.number, one.birthdate) for one in person.periods}:
        return None
    return None if is_disowned(db, page.chat_id, person.id) else person


def _codes(points: Points | None, person: Holder, day: date) -> set[str]:
    """The authentication codes posted to the person, under whatever number, that count on the day (R-KAG-07)."""
    since = registers_since(points, person, day) if points else None
    posted = (one for one in person.periods if one.auth_code and (since is None or one.acquired_on >= since))
    return {number_as_stored(one.auth_code or "") for one in posted} - {""}


def _too_many(db: Connection, page: OpenPage, number: str, now: datetime) -> bool:
    today = select(func.count()).select_from(WrongTry).where(WrongTry.at > now - COUNTED)
    here = Conversation.branch == page.branch
    in_branch = today.join(Conversation, Conversation.id == WrongTry.chat_id).where(here)
    key = hash_of(f"{page.branch}:{number}")
    return (
        db.execute(today.where(WrongTry.chat_id == page.chat_id)).scalar_one() >= WRONG_PER_CHAT
        or db.execute(today.where(WrongTry.number_hash == key)).scalar_one() >= WRONG_PER_NUMBER
        or (
            (wrong := db.execute(in_branch).scalar_one()) >= WRONG_OVERALL
            and wrong >= _members(db, page.branch) // MEMBERS_FOR_ONE
        )
    )


def _members(db: Connection, branch: str) -> int:
    counts = (Membership.branch == MemberEdition.branch) & (Membership.edition == MemberEdition.edition)
    query = select(func.count()).select_from(Membership).join(MemberEdition, counts)
    return db.execute(query.where(Membership.branch == branch)).scalar_one()
