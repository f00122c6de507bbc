"""The phone's own calendar: what the file says, what stays the same when days move, and an address that is good once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar as File
from sqlalchemy import Connection

from models import calendar_pages, conversation
from models.base import Database
from models.branch import load_branch
from models.calendar import Event
from models.calendar_file import calendar_file
from models.days import JST
from models.proof import Seal
from pages.calendar import blueprint
from pages.needs import Needs
from settings import ROOT

NOW = datetime(2024, 4, 10, 1, tzinfo=UTC)
AICHI = load_branch(ROOT / "branches" / "aichi")
DOCK, RESULT = "aichi-2024-dock-application", "aichi-2024-dock-decision"


def event(uid: str) -> Event:
    found = AICHI.calendar.find(uid) if AICHI.calendar else None
    assert found
    return found


def entry(one: Event, moved: int = 0) -> Any:
    """The only event of its file, as another program reads it."""
    [found] = File.from_ical(calendar_file("見本", [(one, moved)], NOW)).walk("VEVENT")
    return found


def test_a_deadline_is_a_day_with_alarms_at_noon_and_one_for_posting() -> None:
    found = entry(event(DOCK))

    assert str(found["summary"]) == "人間ドックの申込み（17:30必着）"
    assert found["uid"] == "aichi-2024-dock-application@kyosai-line"
    assert (found["dtstart"].dt, found["dtend"].dt) == (date(2024, 4, 25), date(2024, 4, 26))
    assert "郵送なら4月22日（月）までに投函" in found["description"]
    alarms = [alarm["trigger"].dt.astimezone(JST) for alarm in found.walk("VALARM")]
    assert [f"{at:%m-%d %H:%M}" for at in alarms] == [
        "04-18 12:00",
        "04-22 12:00",
        "04-24 12:00",
        "04-25 12:00",
    ]


def test_an_alarm_at_an_instant_says_that_it_is_one() -> None:
    """RFC 5545, 3.8.6.3: without VALUE=DATE-TIME a trigger is read as a time before the day."""
    file = calendar_file("見本", [(event(DOCK), 0)], NOW)

    assert b"\r\nTRIGGER;VALUE=DATE-TIME:20240418T030000Z\r\n" in file
    assert b"TRIGGER:" not in file


@pytest.mark.parametrize(
    ("key", "words", "first", "last"),
    [
        ("savings-amount-summer", "6月上旬ごろ", date(2024, 6, 1), date(2024, 6, 10)),
        ("savings-amount-winter", "12月上旬ごろ", date(2024, 12, 1), date(2024, 12, 10)),
        ("culture", "8月初旬", date(2024, 8, 1), date(2024, 8, 10)),
    ],
)
def test_a_deadline_without_a_day_is_a_span_with_alarms_before_it(
    key: str, words: str, first: date, last: date
) -> None:
    """DL-070, DL-084, DL-085"""
    found = entry(event(f"aichi-2024-{key}"))

    assert words in found["summary"]
    assert "締切" not in found["summary"].removeprefix(event(f"aichi-2024-{key}").title)
    assert (found["dtstart"].dt, found["dtend"].dt) == (first, last + timedelta(days=1))
    alarms = [alarm["trigger"].dt.astimezone(JST).date() for alarm in found.walk("VALARM")]
    assert alarms == [first - timedelta(days=7), first - timedelta(days=1)]


def test_what_has_no_day_is_a_span_with_the_documents_words() -> None:
    found = entry(event(RESULT))

    assert str(found["summary"]) == "人間ドックの受診の可否（5月下旬まで）"
    assert (found["dtstart"].dt, found["dtend"].dt) == (date(2024, 5, 21), date(2024, 6, 1))


def test_a_moved_day_keeps_the_uid_and_raises_the_sequence(database: Database) -> None:
    before = event(DOCK)
    after = replace(before, last=date(2024, 4, 26))
    with database.transaction() as db:
        numbers = [calendar_pages.sequence(db, one) for one in (before, before, after, after, before)]

    assert numbers == [0, 0, 1, 1, 2]
    assert entry(before, 0)["uid"] == entry(after, 1)["uid"]
    assert entry(after, 1)["sequence"] == 1


@pytest.fixture
def page(database: Database) -> Iterator[tuple[Flask, str, list[datetime]]]:
    """A web application with one address for two events, and the clock it asks."""
    clock = [NOW]
    app = Flask("test", template_folder=str(ROOT / "pages" / "templates"))
    seal, cache = Seal("a secret"), Path("never written to")
    needs = Needs(database, {"aichi": AICHI}, lambda: clock[0], seal, cache, "", "", _unasked, _unasked)
    app.register_blueprint(blueprint(needs))
    with database.transaction() as db:
        address = calendar_pages.new_page(db, _chat(db), [DOCK, RESULT, "aichi-2024-gone"], NOW)
    yield app, f"/calendar/{address}.ics", clock


def _unasked(branch: str, text: str) -> str:
    raise AssertionError("a calendar asks LINE for nothing")


def test_an_address_is_good_once(page: tuple[Flask, str, list[datetime]]) -> None:
    app, address, _ = page
    browser = app.test_client()

    look, first, second = browser.head(address), browser.get(address), browser.get(address)

    assert look.status_code == 200
    assert first.status_code == 200
    assert first.mimetype == "text/calendar"
    assert "attachment" in first.headers["Content-Disposition"]
    assert len(File.from_ical(first.data).walk("VEVENT")) == 2
    assert second.status_code == 410


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (30, 410)])
def test_an_address_is_good_for_half_an_hour(
    page: tuple[Flask, str, list[datetime]], minutes: int, status: int
) -> None:
    app, address, clock = page
    clock[0] = NOW + timedelta(minutes=minutes)

    assert app.test_client().get(address).status_code == status


def test_an_unknown_address_says_what_to_do(page: tuple[Flask, str, list[datetime]]) -> None:
    app, _, _ = page

    answer = app.test_client().get("/calendar/nothing.ics")

    assert answer.status_code == 410
    assert "LINEのトークに戻り" in answer.text


def test_pages_are_forgotten_after_a_day(database: Database) -> None:
    with database.transaction() as db:
        calendar_pages.new_page(db, _chat(db), [DOCK], NOW)

        assert calendar_pages.forget_old_pages(db, NOW + timedelta(hours=23)) == 0
        assert calendar_pages.forget_old_pages(db, NOW + timedelta(hours=25)) == 1


def _chat(db: Connection) -> int:
    return conversation.load(db, "aichi", "U" + "c" * 32, NOW).id
