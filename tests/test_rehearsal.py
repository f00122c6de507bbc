"""A year's rehearsal says what the year will say, and leaves everything as it was."""

from datetime import date, timedelta

from models.base import Database
from models.imports import import_members
from models.member import person_with
from scheduler.rehearsal import rehearse
from scheduler.reminder_sending import Telling
from tests.quiet_house import SPRING
from tests.reminded import Reminded

MONTHS = (date(2024, 4, 1), date(2024, 6, 30))
GRANTS = (date(2024, 4, 30), date(2024, 6, 4))


def test_the_rehearsal_says_what_hourly_runs_say(database: Database) -> None:
    town = Reminded(database)
    town.member("a")
    told: list[Telling] = []
    rehearsed = rehearse(database, town.branch, 2024)
    assert (town.outcomes(), town.heard()) == ([], []), "a rehearsal writes nothing down"
    town.reminders.witness = told.append

    days = [MONTHS[0] + timedelta(days=n) for n in range((MONTHS[1] - MONTHS[0]).days + 1)]
    town.at(*(f"{day} {hour:02}:00" for day in days for hour in (8, 12, 20)))

    said = [(one.at, card.words()) for one in told for card in one.cards]
    assert said == [(one.at, one.text) for one in rehearsed if one.day <= MONTHS[1]]
    assert said


def test_saitamas_rehearsal_says_what_the_days_of_its_grants_say(database: Database) -> None:
    town = Reminded(database, branch="saitama")
    town.member("a")
    told: list[Telling] = []
    rehearsed = rehearse(database, town.branch, 2024)
    town.reminders.witness = told.append

    days = [GRANTS[0] + timedelta(days=n) for n in range((GRANTS[1] - GRANTS[0]).days + 1)]
    town.at("2024-04-01 08:00", *(f"{day} {hour:02}:00" for day in days for hour in (8, 12, 20)))

    said = [(one.at, card.words()) for one in told for card in one.cards]
    assert said == [(one.at, one.text) for one in rehearsed if GRANTS[0] <= one.day <= GRANTS[1]]
    assert said


def test_a_spouse_alone_is_rehearsed_as_the_spouse_of_a_member(database: Database) -> None:
    town = Reminded(database, branch="saitama")
    import_members(database, "saitama", town.branch.folder / "demo" / "members.csv", now=SPRING)
    with database.reading() as db:
        spouse = person_with(db, "saitama", "12345601")
    assert spouse is not None
    town.link("s", spouse)

    rehearsed = rehearse(database, town.branch, 2024, spouse)

    assert [one for one in rehearsed if one.day > GRANTS[1] and "配偶者ドック" in one.title]


def test_a_year_without_terms_has_no_messages(database: Database) -> None:
    town = Reminded(database)
    town.member("a")

    assert rehearse(database, town.branch, 2030) == []
