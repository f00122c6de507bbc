"""Staff's commands for reminders: the year's rehearsal, what it costs, what was not sent, a result that is in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from app import cli
from demo_clock import DemoClock
from models import conversation
from models.base import Database
from models.branch import load_branch
from models.done import hand_in
from models.member import Link, person_with
from models.reminders import Reminder
from scheduler.reminders import reminders_of
from settings import ROOT
from tests.reminded import when

AICHI = ROOT / "branches" / "aichi"
NUMBER, OTHER = "12345678", "12345679"
DECISION = "aichi-2024-dock-decision"


class Office:
    """Staff at the command line of one installation with two linked members."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        start = datetime(2024, 4, 9, 3, 0, tzinfo=UTC)
        self.clock = DemoClock(folder / "clock.json", start)
        self.json("import", "members", str(AICHI / "demo" / "members.csv"))
        self.database = Database(f"sqlite:///{folder / 'kyosai.db'}")
        self.people = [self.link(number) for number in (NUMBER, OTHER)]

    def run(self, *arguments: str, branch: str = "aichi") -> Result:
        env = {"DATA_DIR": str(self.folder), "SECRET_KEY": "for tests only " * 3}
        return CliRunner().invoke(cli, [*arguments, "--branch", branch], env=env)

    def json(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def link(self, number: str) -> int:
        now = self.clock()
        with self.database.transaction() as db:
            person = person_with(db, "aichi", number)
            assert person is not None
            chat = conversation.load(db, "aichi", f"U{number}", now).id
            db.execute(insert(Link), {"chat_id": chat, "person_id": person, "linked_at": now, "live": True})
        return person

    def at(self, *moments: str) -> int:
        reminders = reminders_of(self.database, [load_branch(AICHI)])
        return sum(reminders.run(when(moment)) for moment in moments)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path)
    yield found
    found.database.close()


def test_the_rehearsal_of_a_person_prints_every_message_with_its_reason_and_day(office: Office) -> None:
    found = office.json("reminders", "rehearse", "--fiscal-year", "2024", "--person", NUMBER)

    first = found["messages"][0]
    assert found["branch"] == "aichi"
    assert set(first) == {
        "message", "day", "at", "people", "programme", "event", "offset", "why", "title", "text", "person"
    }  # fmt: skip
    assert {each["people"] for each in found["messages"]} == {1}
    assert {each["person"] for each in found["messages"]} == {NUMBER}
    dock = [each for each in found["messages"] if each["event"] == "aichi-2024-dock-application"]
    assert [(each["day"], each["offset"]) for each in dock] == [
        ("2024-04-11", "14"),
        ("2024-04-18", "7"),
        ("2024-04-22", "post"),
        ("2024-04-24", "1"),
        ("2024-04-25", "0"),
    ]
    assert all("人間ドックの申込み" in each["why"] and "003 P16" in each["why"] for each in dock)
    with office.database.reading() as db:
        assert db.execute(select(Reminder.plan_id)).first() is None  # nothing is sent


def test_the_rehearsal_in_words_names_no_person(office: Office) -> None:
    words = office.run("reminders", "rehearse", "--fiscal-year", "2024").output

    assert "4月11日（木） 12:00 2人 人間ドックの申込み" in words
    assert "見本" not in words
    assert NUMBER not in words


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("rehearse", "--fiscal-year", "2031"), 0, "years: に 2031 を足してください。"),
        (("rehearse", "--fiscal-year", "2031"), 0, "送るお知らせはありません。"),
        (("rehearse", "--fiscal-year", "next"), 2, "next"),
        (("rehearse", "--fiscal-year", "0"), 2, "2000〜2100 の数字"),
        (("rehearse", "--fiscal-year", "99999"), 2, "2000〜2100 の数字"),
        (("rehearse", "--person", "99999999"), 1, "見つかりません"),
        (("result", "aichi-2024-nothing"), 1, DECISION),
        (("result", "aichi-2024-dock-application"), 1, DECISION),
        (("report",), 0, "送らなかったものはありません。"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_what_to_do(
    office: Office, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = office.run("reminders", *arguments)

    assert (result.exit_code, words in result.output) == (code, True), result.output


def test_a_year_without_terms_has_no_messages_and_says_what_to_do(office: Office) -> None:
    found = office.json("reminders", "rehearse", "--fiscal-year", "2031")

    assert (found["branch"], found["messages"]) == ("aichi", [])
    assert found["note"].startswith("2031年度の予定は、まだありません（あるのは 2024年度）")
    assert "note" not in office.json("reminders", "rehearse", "--fiscal-year", "2024")


def test_the_forecast_counts_the_pushes_of_each_month(office: Office) -> None:
    rehearsed = office.json("reminders", "rehearse", "--fiscal-year", "2024")["messages"]
    found = office.json("reminders", "forecast")

    months = {each["month"]: each["pushes"] for each in found["months"]}
    assert found["branch"] == "aichi"
    assert list(months) == sorted(months)
    assert months["2024-04"] > 0
    for month, pushes in months.items():
        told = {each["message"]: each["people"] for each in rehearsed if each["day"].startswith(month)}
        assert pushes >= sum(told.values()), month  # never fewer than will be sent
    assert "2024年04月：" in office.run("reminders", "forecast").output


def test_what_was_not_sent_is_reported_with_its_reason(office: Office) -> None:
    office.at("2024-04-09 12:00", "2024-04-18 08:00", "2024-04-22 12:00")

    (row,) = [
        each
        for each in office.json("reminders", "report")["reports"]
        if each["event"].endswith("dock-application") and each["offset"] == "7"
    ]

    assert row == {
        "day": "2024-04-22",
        "event": "aichi-2024-dock-application",
        "offset": "7",
        "kind": "stale",
        "people": 2,
    }
    assert "遅すぎたため送らず：2人" in office.run("reminders", "report").output


def test_a_result_that_is_in_is_told_once_to_those_who_wait(office: Office) -> None:
    office.database.run(
        lambda db: hand_in(db, office.people[0], "aichi-2024-dock-application", office.clock())
    )

    assert office.json("reminders", "result", DECISION) == {"event": DECISION, "in": True}
    again = office.json("reminders", "result", DECISION, code=1)

    assert "すでに記録されています" in again["error"]
    assert office.at("2024-04-09 12:00", "2024-04-09 13:00", "2024-04-10 12:00") == 1
