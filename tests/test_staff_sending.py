"""What staff see of what will be sent and what was not: counted once a month, near the limit said so, on one screen."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select

from models import line_quota, reminder_figures
from models.base import Database
from models.reminder_forecast import Quota
from models.reminder_plans import report
from models.reminder_settings import mute
from models.reminders import Plan
from scheduler.forecasts import MONTHS, keep_forecasts
from tests.one_chat import Json, OneChat, Rooms
from tests.reminded import Reminded, event, when

MOST_ROWS = 14  # of a card on a phone, without its buttons
ROW, LABEL, VALUE = 18, 6, 12  # letters of a line, of a label, of its value


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("rooms"))


@pytest.fixture
def staff(rooms: Rooms) -> Iterator[OneChat]:
    chat = rooms.chat("aichi", staff=("desk",))
    yield chat
    chat.close()


def forecast(database: Database, moment: str) -> reminder_figures.Forecast | None:
    with database.reading() as db:
        return reminder_figures.forecast_of(db, "aichi", when(moment).date())


def test_the_coming_months_are_counted_month_by_month(database: Database) -> None:
    town = Reminded(
        database, event(last="2024-05-10"), event("dental-application", "2024-06-14", programme="checkup")
    )
    for name in "ab":
        town.member(name)
    town.at("2024-04-01 08:00")

    keep_forecasts(database, town.reminders.books.values(), when("2024-04-02 07:00"))

    found = forecast(database, "2024-04-02 07:00")
    assert found is not None
    months = {
        date(2024, month, 1): pushes for month, pushes in ((4, 2), (5, 8), (6, 6), (7, 0), (8, 0), (9, 0))
    }
    assert found.months == months
    assert len(months) == MONTHS


@pytest.mark.parametrize(
    ("moment", "more", "is_counted_anew"),
    [("2024-04-30 07:00", 0, False), ("2024-05-01 07:00", 0, True), ("2024-04-03 07:00", 1, False), ("2024-04-03 07:00", 3, True)],
    ids=["the month goes on", "a new month", "one more of twenty", "three more of twenty"],
)  # fmt: skip
def test_they_are_counted_anew_in_a_new_month_and_when_many_have_come(
    database: Database, moment: str, more: int, is_counted_anew: bool
) -> None:
    town = Reminded(database, event(last="2024-05-10"))
    for number in range(20):
        town.member(f"m{number}")
    town.at("2024-04-01 08:00")
    keep_forecasts(database, town.reminders.books.values(), when("2024-04-02 07:00"))
    for number in range(more):
        town.member(f"new{number}")

    keep_forecasts(database, town.reminders.books.values(), when(moment))

    found = forecast(database, moment)
    assert found is not None
    assert (found.made_at == when(moment)) == is_counted_anew


@pytest.mark.parametrize(
    ("used", "october", "says"),
    [
        (0, 29_000, ""),
        (0, 31_000, "10月は、枠をこえる見込みです"),
        (29_500, 0, "7月は、枠をこえる見込みです"),
    ],
    ids=["enough", "a month that is too much", "this month's rest is too much"],
)
def test_a_month_that_the_plan_does_not_allow_is_named(
    staff: OneChat, used: int, october: int, says: str
) -> None:
    months = {date(2024, 7, 1): 1_000, date(2024, 10, 1): october}
    with staff.database.transaction() as db:
        line_quota.keep(db, "aichi", 30_000, used, staff.now)
        reminder_figures.keep(db, "aichi", months, staff.now)

    staff.say("送信の見込み")

    assert f"{used:,}通／30,000通" in staff.words
    assert f"{october:,}通" in staff.words
    assert ("枠をこえる見込み" in staff.words) == bool(says)
    assert says in staff.words


def test_what_was_held_back_is_told_with_its_reason_and_how_many(staff: OneChat) -> None:
    today = event("mental", last="2024-07-02", programme="mental", time="")
    town = Reminded(staff.database, today, event("dental-application", "2024-07-09", programme="checkup"))
    town.quota = Quota(100, 98)
    for number in range(4):
        town.member(f"m{number}")
        with staff.database.transaction() as db:
            mute(db, town.chat(f"m{number}"), "checkup" if number < 2 else "mental")
    assert town.at("2024-07-02 12:00") == 2
    staff.now = when("2024-07-03 10:00")

    staff.say("送信の見込み")

    assert "枠が近い" in staff.words
    assert "1件・のべ2人" in staff.words
    assert "7月2日（火）　歯科健診の申込み（2人）" in staff.words
    assert "見本" not in staff.words


def test_the_fullest_screen_fits_a_phone(staff: OneChat) -> None:
    some_day = date(2024, 6, 20)
    town = Reminded(staff.database)
    town.at("2024-06-01 12:00")
    with staff.database.transaction() as db:
        line_quota.keep(db, "aichi", 1_000, 1_000, staff.now)
        reminder_figures.keep(
            db, "aichi", {date(2024, month, 1): 1_100_000 for month in range(7, 13)}, staff.now
        )
        plans = db.execute(select(Plan.id).limit(8)).scalars().all()
        for plan, kind in zip(plans, 2 * (*reminder_figures.REASONS,), strict=True):
            report(db, "aichi", kind, plan, 1_100_000, when(f"{some_day} 12:00"))

    staff.say("送信の見込み")

    assert "2件・のべ2,200,000人" in staff.words
    for message in staff.messages:
        assert rows_of(message["contents"]["body"]["contents"]) <= MOST_ROWS


def rows_of(parts: list[Json]) -> int:
    """The lines of a card's words, labels and values beside each other."""
    return sum(_rows(part) for part in parts)


def _rows(part: Json) -> int:
    match part:
        case {"type": "text", "text": text}:
            return -(-len(text) // ROW)
        case {"layout": "baseline", "contents": [label, value]}:
            return int(max(-(-len(label["text"]) // LABEL), -(-len(value["text"]) // VALUE)))
        case {"layout": "horizontal", "contents": [_, title]}:
            return -(-len(title["text"]) // ROW)
    return 0  # the buttons
