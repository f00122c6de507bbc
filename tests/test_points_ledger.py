"""The ledger: what the database itself forbids, corrections, and many spenders at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from models.base import Database, Refusal
from models.member import Holder
from models.points import pieces, state
from models.points_ledger import (
    Contradiction,
    Entry,
    Grant,
    Piece,
    correct,
    give_back,
    grant,
    known_lots,
    lock,
    movements,
    spend,
)
from tests.points_people import day, give, noon, person, points_of

KAGAWA = points_of("kagawa")
LONG = ("2004-04-01", None)
TODAY = "2024-07-01"


@pytest.fixture
def who(database: Database) -> Holder:
    return database.run(lambda db: person(db, "kagawa", LONG))


def take(database: Database, who: Holder, points: int, cause: str, on: str = TODAY) -> tuple[Piece, ...]:
    def work(db: Any) -> tuple[Piece, ...]:
        lock(db, who.id)
        taken = pieces(state(db, KAGAWA, who, day(on)), points)
        words = {"cause": cause, "reason": "exchange", "reference": cause, "author": "member"}
        spend(db, "kagawa", who.id, taken, **words, now=noon(on))
        return taken

    return database.run(work)


def balance(database: Database, who: Holder, on: str = TODAY) -> int:
    with database.reading() as db:
        return state(db, KAGAWA, who, day(on)).balance


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE point_entries SET reason = 'x'",
        'UPDATE point_entries SET points = 200, "left" = 200',
        "DELETE FROM point_entries",
    ],
)
def test_the_database_refuses_to_change_or_remove_an_entry(
    database: Database, who: Holder, statement: str
) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-06-01", 100)

    with pytest.raises(DatabaseError, match="append-only"), database.transaction() as db:
        db.execute(text(statement))

    assert balance(database, who) == 100


def test_spending_takes_what_expires_first(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-06-01", 100, "young")
        give(db, KAGAWA, who, "2023-06-01", 100, "old")

    taken = take(database, who, 150, "order:1")

    assert [(piece.lot, piece.points) for piece in taken] == [("file:old", 100), ("file:young", 50)]
    assert balance(database, who) == 50
    assert balance(database, who, "2024-06-30") == 200  # the day before is as it was


def test_spending_more_than_there_is_changes_nothing(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-06-01", 100)

    with pytest.raises(Refusal) as refused:
        take(database, who, 101, "order:1")

    assert "必要 101、残高 100（あと 1 ポイント）" in refused.value.text
    assert balance(database, who) == 100


def test_points_that_are_not_there_yet_cannot_be_spent(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-07-02", 100)

    with pytest.raises(Refusal):
        take(database, who, 1, "order:1")


def test_granting_twice_changes_nothing_and_otherwise_contradicts(database: Database, who: Holder) -> None:
    one = Grant(who.id, "file:R-1", 100, day("2024-06-01"), day("2026-03-31"), "walking", "R-1")
    other = Grant(who.id, "file:R-1", 200, day("2024-06-01"), day("2026-03-31"), "walking", "R-1")
    with database.transaction() as db:
        assert grant(db, "kagawa", [one], author="test", now=noon(TODAY)) == 1
        assert grant(db, "kagawa", [one], author="test", now=noon(TODAY)) == 0
        with pytest.raises(Contradiction):
            grant(db, "kagawa", [other], author="test", now=noon(TODAY))

    assert balance(database, who) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"left": -1, "points": -101},  # below zero
        {"left": 60, "points": -50},  # does not add up
        {"before_left": 90, "left": 80, "points": -10},  # hangs on an entry that never was
        {"before_seq": None, "before_left": None},  # hangs on nothing
        {"before_seq": None},
        {"seq": 3},  # skips one
        {"seq": 1},  # a second grant of the lot
        {"kind": "grant"},
        {"kind": "spend", "day": "2026-04-01"},  # after expiry
        {"kind": "spend", "day": "2024-05-31"},  # before the grant
        {"last_day": "2030-03-31"},  # another life than its lot's
        {"kind": "spend", "points": 50, "left": 150},
        {"kind": "return"},
        {"kind": "gift"},
        {"points": 0, "left": 100},
        {"person_id": -7},
    ],
)
def test_the_database_refuses_an_entry_that_breaks_the_chain(
    database: Database, who: Holder, wrong: dict[str, Any]
) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-06-01", 100, "lot")
    row = {
        "person_id": who.id,
        "lot": "file:lot",
        "seq": 2,
        "branch": "kagawa",
        "kind": "spend",
        "points": -50,
        "left": 50,
        "before_seq": 1,
        "before_left": 100,
        "granted_on": day("2024-06-01"),
        "last_day": day("2026-03-31"),
        "day": day(TODAY),
        "cause": "order:1",
        "reason": "exchange",
        "reference": "",
        "author": "test",
        "at": noon(TODAY),
    }
    days = {key: day(value) for key, value in wrong.items() if key in ("day", "last_day")}

    with pytest.raises(IntegrityError), database.transaction() as db:
        db.execute(insert(Entry), row | wrong | days)

    with database.transaction() as db:
        db.execute(insert(Entry), row)  # it was the change alone that was wrong
    with pytest.raises(IntegrityError), database.transaction() as db:
        db.execute(insert(Entry), row | {"left": 40, "points": -60, "cause": "order:2"})  # a fork
    with pytest.raises(IntegrityError), database.transaction() as db:
        again = {"seq": 3, "before_seq": 2, "before_left": 50, "points": -50, "left": 0}
        db.execute(insert(Entry), row | again)  # one cause twice


def test_what_was_spent_goes_back_to_its_lots_once(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2023-06-01", 100, "old")
        give(db, KAGAWA, who, "2024-06-01", 100, "young")
    take(database, who, 150, "order:1")

    words = {"reason": "cancelled", "author": "member"}
    with database.transaction() as db:
        back = give_back(db, who.id, "order:1", **words, now=noon(TODAY))
        assert give_back(db, who.id, "order:1", **words, now=noon(TODAY)) == ()

    assert [(piece.lot, piece.points) for piece in back] == [("file:old", 100), ("file:young", 50)]
    assert balance(database, who) == 200


def test_a_correction_is_an_opposite_entry_with_reason_and_author(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        lot = give(db, KAGAWA, who, "2024-06-01", 100)
        moved = correct(db, who.id, lot, 1, reason="二重の付与", author="staff:7", now=noon(TODAY))

        last = movements(db, who.id)[-1]

    assert moved == -100
    assert (last.kind, last.points, last.left, last.reason) == ("correction", -100, 0, "二重の付与")
    assert last.author == "staff:7"
    assert balance(database, who) == 0
    assert balance(database, who, "2024-06-30") == 100


def test_what_is_corrected_before_it_comes_never_comes(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        lot = give(db, KAGAWA, who, "2024-07-09", 100, earned_on="2024-07-01")
        correct(db, who.id, lot, 1, reason="誤り", author="staff:7", now=noon("2024-07-05"))

        seen = [state(db, KAGAWA, who, day(on)) for on in ("2024-07-04", "2024-07-05", "2024-07-09")]

    assert [sum(one.left for one in each.pending) for each in seen] == [100, 0, 0]
    assert [each.balance for each in seen] == [0, 0, 0]


def test_what_was_on_its_way_is_told_as_it_was_then(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-06-09", 100, earned_on="2024-06-01")
    take(database, who, 100, "order:1", "2024-06-09")

    with database.reading() as db:
        (pending,) = state(db, KAGAWA, who, day("2024-06-08")).pending

    assert pending.left == 100


def test_nothing_is_corrected_twice_or_below_zero_or_without_a_reason(
    database: Database, who: Holder
) -> None:
    with database.transaction() as db:
        lot = give(db, KAGAWA, who, "2024-06-01", 100)
    take(database, who, 30, "order:1")

    def refused(seq: int, reason: str = "間違い") -> str:
        with pytest.raises(Refusal) as why, database.transaction() as db:
            correct(db, who.id, lot, seq, reason=reason, author="staff:7", now=noon(TODAY))
        return why.value.code

    assert refused(1) == "below_zero"
    assert refused(2, " ") == "no_reason"
    assert refused(9) == "no_such_entry"
    with database.transaction() as db:
        assert correct(db, who.id, lot, 2, reason="取り違え", author="staff:7", now=noon(TODAY)) == 30
    assert refused(2) == "undone"
    assert refused(3) == "opposite"
    with database.transaction() as db:
        assert give_back(db, who.id, "order:1", reason="", author="", now=noon(TODAY)) == ()
    assert balance(database, who) == 100


def test_eight_phones_at_once_spend_what_is_there_and_no_more(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        for number in range(5):
            give(db, KAGAWA, who, "2024-06-01", 30, f"lot{number}")

    def phone(number: int) -> int:
        try:
            return sum(piece.points for piece in take(database, who, 40, f"order:{number}"))
        except Refusal:
            return 0

    with ThreadPoolExecutor(8) as phones:
        spent = list(phones.map(phone, range(8)))

    assert sorted(spent) == [0] * 5 + [40] * 3
    assert balance(database, who) == 30


def test_spenders_who_forget_to_lock_are_stopped_by_the_chain(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-06-01", 100, "lot")

    def phone(number: int) -> int:
        def work(db: Any) -> int:
            words = {"cause": f"order:{number}", "reason": "", "reference": "", "author": ""}
            piece = Piece("file:lot", 60, day("2026-03-31"))
            spend(db, "kagawa", who.id, [piece], **words, now=noon(TODAY))
            return 60

        try:
            return database.run(work)
        except Refusal:
            return 0

    with ThreadPoolExecutor(8) as phones:
        spent = list(phones.map(phone, range(8)))

    assert sum(spent) == 60
    assert balance(database, who) == 40


def test_many_who_grant_the_same_at_once_grant_it_once(database: Database, who: Holder) -> None:
    def phone(_: int) -> int:
        one = Grant(
            who.id, "rule:steps:2024-06-01", 5, day("2024-06-02"), day("2026-03-31"), "steps", "steps"
        )
        return database.run(lambda db: grant(db, "kagawa", [one], author="rule", now=noon(TODAY)))

    with ThreadPoolExecutor(8) as phones:
        list(phones.map(phone, range(8)))

    assert balance(database, who) == 5


def test_a_balance_reads_only_the_persons_own_entries(database: Database, who: Holder) -> None:
    plan = _plan(
        database, f"SELECT sum(points) FROM point_entries WHERE person_id = {who.id} AND day <= '2024-07-01'"
    )

    assert re.search(r"SEARCH point_entries USING .*INDEX|Index.* Scan", plan), plan


def test_lots_are_looked_up_by_their_key(database: Database, who: Holder) -> None:
    plans: list[str] = []

    def seen(db: Any, _: Any, statement: str, values: Any, *__: Any) -> None:
        if statement.startswith("SELECT point_entries.person_id"):
            plans.append(_plan(database, statement, values))

    event.listen(database.engine, "before_cursor_execute", seen)
    with database.reading() as db:
        known_lots(db, [(who.id, "file:1"), (who.id + 1, "file:2")])
    event.remove(database.engine, "before_cursor_execute", seen)

    assert len(plans) == 1
    by_key = r"\(person_id=\? AND lot=\?|Index Cond: \(\(person_id = .* \(\(lot\)"
    assert re.search(by_key, plans[0]), plans[0]


def test_the_sweep_reads_its_index_alone(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        for number in range(50):
            give(db, KAGAWA, who, "2024-06-01", 1, f"lot{number}")
    plan = _plan(
        database,
        "SELECT person_id, sum(points) FROM point_entries WHERE branch = 'kagawa' AND last_day = '2026-03-31'"
        " AND person_id > 0 GROUP BY person_id ORDER BY person_id LIMIT 100",
    )

    assert "COVERING INDEX ix_point_entries_lapse" in plan or "ix_point_entries_lapse" in plan, plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def _plan(database: Database, query: str, values: Any = ()) -> str:
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.reading() as db:
        if not database.is_sqlite:  # a few rows: PostgreSQL would read them all
            db.exec_driver_sql("SET LOCAL enable_seqscan = off")
            db.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        return "\n".join(str(row[-1]) for row in db.exec_driver_sql(f"{explain} {query}", values))


def test_balance_is_the_sum_of_entries(database: Database, who: Holder) -> None:
    with database.transaction() as db:
        give(db, KAGAWA, who, "2024-06-01", 100)
    take(database, who, 30, "order:1")

    with database.reading() as db:
        total = db.execute(select(func.sum(Entry.points)).where(Entry.person_id == who.id)).scalar()

    assert total == balance(database, who) == 70
