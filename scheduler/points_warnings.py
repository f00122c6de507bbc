"""Who is told today that points will be lost: 90, 30, 7 and 1 days before, and as soon as a membership's end is known."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice

from sqlalchemy import Connection

from bot import Card, Fact, Opener, push
from models.base import Database
from models.days import JST, add_months, day_of, in_full
from models.gifts import Placed, told, untold
from models.member import Holder, holders
from models.points import State, state, terms_on
from models.points_sweep import ending_memberships, sweep
from models.points_terms import Points
from models.points_warned import (
    LinkedChat,
    Warned,
    due_offset,
    expiry_days,
    linked_chats,
    new_offsets,
    warnings,
)

SUBJECT = "健康ポイント"
DAYTIME = (time(9), time(20))
AHEAD = timedelta(days=2 * 366)  # how far ahead the end of a membership is looked for
AT_A_TIME = 200
MOST_CARDS = 5  # of one push


def warn_all(
    database: Database,
    branches: Iterable[Points],
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Owes every warning that is due and has not been given; outside daytime nothing. Answers how many people."""
    if not DAYTIME[0] <= now.astimezone(JST).time() < DAYTIME[1]:
        return 0  # a run that comes late disturbs nobody: tomorrow's run still finds what is due
    return sum(_warn(database, points, now, progress) for points in branches)


def tell_sent(database: Database, branches: Iterable[Points], now: datetime) -> int:
    """Tells members that their gifts are on the way, once each; answers how many orders."""
    return sum(_told(database, points.branch, now) for points in branches)


def _warn(database: Database, points: Points, now: datetime, progress: Callable[[int], None] | None) -> int:
    today = day_of(now)
    warned: set[int] = set()

    def one(db: Connection, holder: Holder, held: State) -> None:
        if _tell(db, points, holder, held, linked_chats(db, [holder.id]).get(holder.id, []), now):
            warned.add(holder.id)

    for last_day in expiry_days(points, today):
        purpose = f"warn-{due_offset(last_day, today)}"
        sweep(database, points, purpose, last_day, one, now=now, today=today, progress=progress)
    for some in _some(_ending(database, points, today)):
        warned |= database.run(lambda db, some=some: _tell_linked(db, points, some, now))  # type: ignore[misc]
    return len(warned)


def _ending(database: Database, points: Points, today: date) -> Iterator[int]:
    """People whose membership ends, or has ended where the branch still leaves time to exchange."""
    loss = terms_on(points, today).loss
    since = add_months(today, -loss.exchange_months) if loss else today
    return ending_memberships(database, points.branch, since, today + AHEAD)


def _tell_linked(db: Connection, points: Points, people: list[int], now: datetime) -> set[int]:
    """Warns those of the people who are linked; answers who was told."""
    chats, today = linked_chats(db, people), day_of(now)
    return {
        one.id
        for one in holders(db, sorted(chats)).values()
        if _tell(db, points, one, state(db, points, one, today), chats[one.id], now)
    }


def _tell(
    db: Connection, points: Points, holder: Holder, held: State, chats: list[LinkedChat], now: datetime
) -> bool:
    """One push with all that is due and has not been said; False when there is nothing, or nobody to tell."""
    if not chats:
        return False
    due = [one for one in warnings(points, held) if new_offsets(db, holder.id, one, held.day, now)]
    cards = [_card(holder, one, held.day) for one in due[:MOST_CARDS]]
    for chat in chats if cards else ():
        push(db, points.branch, chat.chat_id, chat.user_id, SUBJECT, cards, now)
    return bool(cards)


def _card(holder: Holder, warned: Warned, day: date) -> Card:
    left = (warned.last_chance - day).days
    person = str(holder.id)
    buttons = (
        Opener("交換する", "exchange", (("person", person),)),
        Opener("残高を見る", "points", (("person", person),)),
    )
    title = "資格がなくなる前に" if warned.is_ending else "期限が近いポイントがあります"
    return Card(title, tuple(_lines(holder, warned, left)), buttons, tone="warn")


def _lines(holder: Holder, warned: Warned, left: int) -> Iterator[str | Fact]:
    yield Fact("お名前", f"{holder.latest.name}さん")
    yield Fact("なくなる分", f"{warned.points:,}ポイント")
    yield Fact(
        "交換は", f"{in_full(warned.last_chance)}まで（{'今日まで' if left == 0 else f'あと{left}日'}）"
    )
    last = max(one.last_day for one in warned.losing)
    if last != warned.last_chance:
        closed = (warned.last_chance + timedelta(days=1)).month
        yield f"{closed}月は交換をお休みするため、{in_full(last)}までに資格がなくなる方の交換は、上の日までです。"
    elif warned.is_ending:
        yield "この日のあとは、資格がなくなるため使えません。"
    else:
        yield "この日を過ぎると使えなくなります。"


def _told(database: Database, branch: str, now: datetime) -> int:
    count = 0
    while done := database.run(lambda db: _tell_some(db, branch, now)):
        count += done
    return count


def _tell_some(db: Connection, branch: str, now: datetime) -> int:
    found = untold(db, branch, AT_A_TIME)
    linked = linked_chats(db, sorted({person for person, _ in found}))
    for person, order in found:
        if told(db, order.id, now):
            for chat in linked.get(person, ()):
                push(db, branch, chat.chat_id, chat.user_id, SUBJECT, (_sent_card(person, order),), now)
    return len(found)


def _sent_card(person: int, order: Placed) -> Card:
    assert order.sent_on is not None
    facts = (
        Fact("商品", order.gift_name),
        Fact("注文番号", order.number),
        Fact("発送日", in_full(order.sent_on)),
    )
    see = Opener("注文の状況", "orders", (("person", str(person)), ("order", str(order.id))))
    return Card("商品を発送しました", facts, (see,), tone="good")


def _some(people: Iterator[int]) -> Iterator[list[int]]:
    while some := list(islice(people, AT_A_TIME)):
        yield some
