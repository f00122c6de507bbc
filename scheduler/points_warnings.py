"""Points that will be lost: the card that says so, and who is told as soon as a membership's end is known."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from bot import Card, Fact, Opener
from models.base import Database
from models.branch import Branch
from models.days import add_months, day_of, in_full, in_words
from models.member import Holder, holders
from models.membership_ends import ending_memberships
from models.points import reopens_for, state, terms_on, window
from models.points_membership import ONE_DAY
from models.points_terms import Points
from models.points_warned import (
    LinkedChat,
    Warned,
    linked_chats,
    own_event,
    own_event_called,
    own_warnings,
    warnings,
)
from models.reminder_people import note_known, noted
from models.reminder_plans import Subject

AHEAD = timedelta(days=2 * 366)  # how far ahead the end of a membership is looked for
AT_A_TIME = 200


def own_subject(branch: Branch, uid: str) -> Subject | None:
    """The event of those whose membership ends: the last day to exchange, which no calendar holds."""
    event = own_event_called(uid)
    terms = branch.reminders.get(event.last) if event and branch.reminders else None
    return Subject(event, terms) if event and terms else None


def note_endings(database: Database, branch: Branch, points: Points, now: datetime) -> None:
    """Plans what those must be told whose membership ends, once for each last day to exchange."""
    for people in _some(_ending(database, points, day_of(now))):
        with database.reading() as db:
            new = list(_unnoted(db, branch, points, people, day_of(now)))
        if new:
            database.run_briefly(partial(_note, branch=branch, new=new, now=now))


def warned_of(db: Connection, points: Points, holder: Holder, last: date, day: date) -> Warned | None:
    """What the person would lose after that day; None when nothing is left to lose."""
    found = warnings(points, state(db, points, holder, day))
    return next((one for one in found if one.last_chance == last), None)


def warning_card(points: Points, holder: Holder, warned: Warned, day: date) -> Card:
    """How many points, until when, and the way to exchange them."""
    left = (warned.last_chance - day).days
    person = str(holder.id)
    buttons = (
        Opener("交換する", "exchange", (("person", person),)),
        Opener("残高を見る", "points", (("person", person),)),
        Opener("お知らせの設定", "notices"),
    )
    return Card(
        "なくなるポイントがあります", tuple(_lines(points, holder, warned, left)), buttons, tone="warn"
    )


def _unnoted(
    db: Connection, branch: Branch, points: Points, people: Sequence[int], day: date
) -> Iterator[tuple[str, LinkedChat]]:
    """Chats whose person has not been noted for the day by which they lose something."""
    chats = linked_chats(db, people)
    for holder in holders(db, sorted(chats)).values():
        for warned in own_warnings(points, holder, state(db, points, holder, day)):
            uid = own_event(warned.last_chance).uid
            before = noted(db, branch.id, uid, holder.id)
            yield from ((uid, chat) for chat in chats[holder.id] if chat.chat_id not in before)


def _note(db: Connection, branch: Branch, new: Sequence[tuple[str, LinkedChat]], now: datetime) -> None:
    for uid, chat in new:
        if subject := own_subject(branch, uid):
            note_known(db, branch.id, subject, chat.chat_id, chat.person_id, now)


def _ending(database: Database, points: Points, today: date) -> Iterator[int]:
    """People whose membership ends, or has ended where the branch still leaves time to exchange."""
    loss = terms_on(points, today).loss
    since = add_months(today, -loss.exchange_months) if loss else today
    return ending_memberships(database, points.branch, since, today + AHEAD)


def _lines(points: Points, holder: Holder, warned: Warned, left: int) -> Iterator[str | Fact]:
    yield Fact("お名前", f"{holder.latest.name}さん")
    yield Fact("なくなる分", f"{warned.points:,}ポイント")
    yield Fact(
        "交換は", f"{in_full(warned.last_chance)}まで（{'今日まで' if left == 0 else f'あと{left}日'}）"
    )
    last = max(one.last_day for one in warned.losing)
    closed = window(points, warned.last_chance + ONE_DAY)
    if last != warned.last_chance:
        yield f"{in_full(last)}までに資格がなくなる方の交換は、上の日までです。"
    elif warned.is_ending:
        yield "この日のあとは、資格がないため使えません。"
    else:
        yield "この日を過ぎると使えなくなります。"
    if closed.reopens_on:
        month = (warned.last_chance + ONE_DAY).month
        reopens = reopens_for(points, holder, warned.last_chance + ONE_DAY)
        then = f"{in_words(reopens)}から再開します。" if reopens else ""
        yield f"{month}月は交換をお休みします。{then}"


def _some(people: Iterator[int]) -> Iterator[list[int]]:
    while some := list(islice(people, AT_A_TIME)):
        yield some
