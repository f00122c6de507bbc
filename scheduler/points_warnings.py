"""Points that will be lost: how many, until when they can be exchanged, and the card that says so."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from bot import Card, Fact, Opener
from models.days import in_full, in_words
from models.member import Holder
from models.points import reopens_for, state, window
from models.points_membership import ONE_DAY
from models.points_terms import Points
from models.points_warned import Warned, warnings


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
