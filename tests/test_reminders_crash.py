"""Workers that find people and tell them at once and die at any statement: everybody is told once, on both databases."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event as happening

from models.base import Database
from scheduler.reminder_book import Book
from scheduler.reminders import Reminders
from tests.reminded import Reminded, event, when
from tests.talking import Talking

READY, DUE = "2024-04-17 20:00", "2024-04-18 12:00"
ROUNDS = 12  # with two workers and a person who writes
MOST_DEATHS = 4  # of each worker in a round
SEED = 5
STRIDE = 3  # statements between one death and the next


class Died(Exception):
    """The process is no more."""


@contextmanager
def dying(database: Database, at: int) -> Iterator[list[int]]:
    """Whoever uses the database dies before its statement or commit of this number; the list counts them."""
    count = [0]

    def happens(*_: Any) -> None:
        count[0] += 1
        if count[0] == at:
            raise Died

    kinds = ("before_cursor_execute", "commit")
    for kind in kinds:
        happening.listen(database.engine, kind, happens)
    yield count
    for kind in kinds:
        happening.remove(database.engine, kind, happens)


@pytest.fixture
def town(database: Database, monkeypatch: pytest.MonkeyPatch) -> Reminded:
    """Five chats in several pages; one of them holds two people."""
    monkeypatch.setattr("scheduler.reminder_sending.ROWS_AT_A_TIME", 2)
    monkeypatch.setattr("models.reminder_people.PEOPLE_AT_A_TIME", 2)
    monkeypatch.setattr("models.reminder_people.MANY_PEOPLE_AT_A_TIME", 2)
    found = Reminded(database, event("none", "2024-12-02"))
    for name in "abcde":
        found.member(name)
    found.link("b", found.people["a"].id)
    return found


def book_with(town: Reminded, number: int) -> Book:
    """One more deadline."""
    events = [event(f"paper{each}", title=f"【{each}】") for each in range(number + 1)]
    town.calendar(*events)
    return town.reminders.books["aichi"]


def told_once(town: Reminded, number: int) -> bool:
    """Every chat has heard of the deadline once."""
    heard = Counter(each.chat for each in town.heard() if f"【{number}】" in each.words)
    return heard == dict.fromkeys((town.chat(name) for name in "abcde"), 1)


def run(database: Database, book: Book, at: int = 0) -> tuple[bool, int]:
    """A worker's life: a run before the hour, and one at it; whether it lived, and its statements."""
    reminders = Reminders(database, {"aichi": book})
    with dying(database, at) as count:
        try:
            for moment in (READY, DUE):
                reminders.run(when(moment))
        except Died:
            return False, count[0]
    return True, count[0]


def test_a_worker_that_dies_at_any_statement_has_told_everybody_once_when_the_next_one_is_done(
    town: Reminded,
) -> None:
    number = 0
    while True:
        book = book_with(town, number)
        lived, statements = run(town.database, book, at=number * STRIDE + 1)
        assert run(town.database, book)[0]
        assert run(town.database, book)[0]  # late, and for nothing
        assert told_once(town, number), f"died at {number * STRIDE + 1}"
        if lived:
            break
        number += 1
    assert statements > 30


def test_two_workers_and_a_person_at_once_with_deaths_tell_everybody_once(
    town: Reminded, database_url: str
) -> None:
    chance = random.Random(SEED)
    with closing(Database(database_url)) as one, closing(Database(database_url)) as other:
        for number in range(ROUNDS):
            book = book_with(town, number)
            deaths = [[chance.randrange(1, 50) for _ in range(MOST_DEATHS)] for _ in range(2)]
            at_once(
                partial(live, one, book, deaths[0]),
                partial(live, other, book, deaths[1]),
                partial(Talking(town).says, "c", "メニュー", DUE),
            )
            assert run(town.database, book)[0]
            assert told_once(town, number), f"round {number}, deaths {deaths}"


def live(database: Database, book: Book, deaths: list[int]) -> None:
    """Dies again and again, and begins anew, until it lives."""
    for at in (*deaths, 0):
        if run(database, book, at)[0]:
            return


def at_once(*works: Callable[[], Any]) -> None:
    """All at the same instant, each in a thread of its own."""
    together = threading.Barrier(len(works))
    failed: list[BaseException] = []

    def begin(work: Callable[[], Any]) -> None:
        together.wait(timeout=60)
        try:
            work()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
