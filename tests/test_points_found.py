"""Who is found when points lapse or a membership ends, and what is written down about a person's points."""

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from models import conversation
from models.base import Database
from models.branch import load_branch
from models.gifts import Address, cancel, order
from models.member import Holder, Link
from models.membership_ends import ending_memberships
from models.points import state
from models.points_ledger import correct
from models.points_statement import as_data, history, in_lines, write_statement
from models.points_terms import sample_values
from models.reminder_people import insert_people
from models.reminder_plans import find_anew
from models.reminders import Plan, Reminder
from models.terms import BadTerms
from tests.points_people import BRANCHES, day, give, noon, person, points_of
from tests.reminded import Reminded

KAGAWA = points_of("kagawa")
LONG = ("2004-04-01", None)
NOW = noon("2025-01-01")


def crowd(database: Database, count: int) -> list[Holder]:
    with database.transaction() as db:
        people = [person(db, "kagawa", LONG) for _ in range(count)]
        for number, who in enumerate(people, start=1):
            give(db, KAGAWA, who, "2023-06-01", number, "old")
            give(db, KAGAWA, who, "2024-06-01", 1000, "young")
            linked(db, who)
    return people


def linked(db: Connection, who: Holder) -> None:
    chat = conversation.load(db, "kagawa", f"U{who.id}", NOW).id
    db.execute(insert(Link), {"chat_id": chat, "person_id": who.id, "linked_at": NOW, "live": True})


def expiry(database: Database) -> list[int]:
    """Whom the reminder 90 days before concerns, as it is found then: the people, in order."""
    town = Reminded(database, branch="kagawa")
    town.at("2024-12-31 08:00")
    plan = select(Plan.id).where(Plan.offset == "90", Plan.event == "kagawa-2024-expiry").scalar_subquery()
    with database.reading() as db:
        found = select(Reminder.person_id).where(Reminder.plan_id == plan).order_by(Reminder.chat_id)
        return list(db.execute(found).scalars())


def test_everybody_with_points_that_lapse_is_found(database: Database) -> None:
    people = crowd(database, 5)
    with database.transaction() as db:
        correct(db, people[1].id, "file:old", 1, reason="誤り", author="s", now=NOW)

    assert expiry(database) == [who.id for who in people if who is not people[1]]


def test_a_finding_that_was_interrupted_goes_on_where_it_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.reminder_people.PEOPLE_AT_A_TIME", 2)
    monkeypatch.setattr("models.reminder_people.MANY_PEOPLE_AT_A_TIME", 2)
    people = crowd(database, 5)
    pages: list[int] = []

    def breaks(*found: Any, is_new: bool) -> None:
        pages.append(found[-1].after)
        if len(pages) == 2:
            raise KeyboardInterrupt
        insert_people(*found, is_new=is_new)

    monkeypatch.setattr("models.reminder_people.insert_people", breaks)
    with pytest.raises(KeyboardInterrupt):
        expiry(database)
    found = expiry(database)

    assert found == [who.id for who in people]
    assert pages == [0, 2, 2, 4]  # the page that broke was undone and is made again, and no other


def test_a_plan_that_is_found_anew_meanwhile_finds_everybody_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = crowd(database, 5)
    expiry(database)
    monkeypatch.setattr("models.reminder_people._has_people", lambda db, plan: False)
    database.run(lambda db: find_anew(db, "kagawa"))

    assert expiry(database) == [who.id for who in people]


def test_only_those_who_would_lose_something_are_found(database: Database) -> None:
    with database.transaction() as db:
        stays = person(db, "kagawa", LONG)
        left = person(db, "kagawa", ("2004-04-01", "2024-12-01"))
        leaves = person(db, "kagawa", ("2004-04-01", "2025-02-01"))
        spent = person(db, "kagawa", LONG)
        for who in (stays, left, leaves, spent):
            give(db, KAGAWA, who, "2023-06-01", 500)
            linked(db, who)
        where = Address("見本 花子", "760-0001", "高松市番町", "087-000-0000")
        order(db, KAGAWA, spent, "towel", where, request="r", now=noon("2024-07-01"))

    assert expiry(database) == [stays.id]  # the one who leaves loses them on another day


def test_memberships_that_end_are_found(database: Database) -> None:
    with database.transaction() as db:
        person(db, "kagawa", LONG)
        ends = person(db, "kagawa", ("2004-04-01", "2025-02-01"))
        person(db, "kagawa", ("2004-04-01", "2025-03-01"))
        person(db, "kagawa", ("2004-04-01", "2025-02-01", "voluntary"))

    found = list(ending_memberships(database, "kagawa", day("2025-01-02"), day("2025-02-01")))

    assert found == [ends.id]


def test_a_statement_has_every_entry_and_ends_with_the_balance(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        give(db, KAGAWA, who, "2023-06-01", 300, "old")
        give(db, KAGAWA, who, "2024-06-01", 1000, "young")
        where = Address("見本 花子", "760-0001", "高松市番町", "087-000-0000")
        order(db, KAGAWA, who, "udon", where, request="r", now=noon("2024-07-01"))
        give(db, KAGAWA, who, "2024-03-01", 50, "late")
        out = io.StringIO()
        count = write_statement(db, KAGAWA, who, day("2025-04-01"), out)
        left = state(db, KAGAWA, who, day("2025-04-01")).balance

    lines = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(lines) == count == 6
    assert [(one["day"], one["kind"], one["points"], one["balance"]) for one in lines] == [
        ("2023-06-01", "付与", "300", "300"),
        ("2024-03-01", "付与", "50", "350"),
        ("2024-06-01", "付与", "1000", "1350"),
        ("2024-07-01", "交換", "-300", "1050"),
        ("2024-07-01", "交換", "-700", "350"),
        ("2025-04-01", "失効", "-50", "300"),
    ]
    assert lines[0]["reason"] == "ウォーキンググランプリ"
    assert left == 300


def test_what_comes_back_to_points_that_have_lapsed_is_lost(database: Database) -> None:
    """Also where all of them were spent, so that nothing lapsed on their last day."""
    where = Address("見本 花子", "760-0001", "高松市番町", "087-000-0000")
    with database.transaction() as db:
        who = person(db, "kagawa", LONG)
        give(db, KAGAWA, who, "2023-06-01", 500)
        placed = order(db, KAGAWA, who, "towel", where, request="r", now=noon("2025-03-01"))
        cancel(db, KAGAWA, who, placed.id, noon("2025-04-02"))
        lines = history(db, KAGAWA, who, day("2025-04-02"))
        left = state(db, KAGAWA, who, day("2025-04-02")).balance

    assert [(line.kind, line.points, line.balance) for line in lines] == [
        ("grant", 500, 500),
        ("spend", -500, 0),
        ("return", 500, 0),
    ]
    assert left == 0


def test_a_loss_of_membership_is_a_line_of_the_history(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2024-08-01"))
        give(db, KAGAWA, who, "2024-06-01", 100)

        resting = history(db, KAGAWA, who, day("2025-01-31"))
        lost = history(db, KAGAWA, who, day("2025-02-01"))

    rest = (day("2024-08-01"), "rest", "資格の喪失", 0)
    assert [(line.day, line.kind, line.reason, line.balance) for line in resting[1:]] == [rest]
    assert [(line.day, line.kind, line.reason, line.balance) for line in lost[1:]] == [
        rest,
        (day("2025-02-01"), "lapse", "資格の喪失", 0),
    ]


def test_the_state_is_told_as_data_and_in_words(database: Database) -> None:
    with database.transaction() as db:
        who = person(db, "kagawa", ("2004-04-01", "2025-02-01"))
        give(db, KAGAWA, who, "2024-06-01", 100)
        give(db, KAGAWA, who, "2024-07-09", 7, earned_on="2024-07-01")
        found = as_data(db, KAGAWA, who, day("2024-07-01"))
        later = as_data(db, KAGAWA, who, day("2025-03-01"))
        lines = in_lines(state(db, KAGAWA, who, day("2024-07-01")))

    assert (found["balance"], found["pending_points"], found["frozen_points"]) == (100, 7, 0)
    assert found["lots"][0]["last_valid_day"] == "2026-03-31"
    assert found["would_lose"] == [
        {
            "last_valid_day": "2025-01-31",
            "rests_from": "2025-02-01",
            "lost_on": "2025-08-01",
            "points": 100,
            "why": "membership",
            "days_left": 214,
        }
    ]
    assert found["exchange"] == {"open": True, "reopens_on": None, "last_chance": "2025-01-31"}
    assert (later["balance"], later["frozen_points"], later["restored_if_back_before"]) == (
        0,
        107,
        "2025-08-01",
    )
    assert lines[0] == "残高 100 ポイント"


@pytest.mark.parametrize("address", ["http://example.jp/udon.png", "udon.png"])
def test_a_gifts_picture_that_line_would_not_show_is_refused_at_load(tmp_path: Path, address: str) -> None:
    folder = Path(shutil.copytree(BRANCHES / "kagawa", tmp_path / "kagawa"))
    file = folder / "points_items.yaml"
    text = file.read_text("utf-8")
    gift = "drawing: noodles, sample: true}"
    file.write_text(text.replace(gift, f'drawing: noodles, picture: "{address}", sample: true}}', 1), "utf-8")
    line = text[: text.index(gift)].count("\n") + 1

    with pytest.raises(BadTerms, match=f"points_items.yaml:{line}: picture: {address}.*https://"):
        load_branch(folder)


def test_a_standard_that_nobody_could_type_is_refused_at_load(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BRANCHES / "kagawa", tmp_path / "kagawa"))
    file = folder / "points_items.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("least: 10, most: 80", "least: 20, most: 80", 1), "utf-8")
    line = text[: text.index("    bmi:")].count("\n") + 1

    with pytest.raises(BadTerms, match=f"points_items.yaml:{line}: bmi: least と most"):
        load_branch(folder)


@pytest.mark.parametrize("branch", ["kagawa", "aichi"])
def test_every_value_that_no_document_states_is_marked_as_a_sample(branch: str) -> None:
    points = points_of(branch)
    items = points.items.blocks[0].terms
    parts = (items.earning, items.records, items.my_rules, items.checkup, items.gifts)

    marked = {one.path for one in sample_values(points)}

    assert len(marked) == sum(map(len, parts)) + 2 * (branch == "aichi")  # its grants and delivery
