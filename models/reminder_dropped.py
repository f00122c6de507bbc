"""Whoever was to be told, and was not since LINE could not be asked in time: they are reported with all that came too late."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby

import orjson
from sqlalchemy import ColumnElement, Connection, literal_column, select, update

from models.base import Database
from models.days import day_of
from models.mailing import Mailing, MailingBatch
from models.outbox import STOPPED, Outgoing
from models.reminder_plans import report
from models.reminders import PUSHED, STALE, Plan, Reminder

CHATS_AT_ONCE, BATCHES_AT_ONCE = 500, 10

_STOPPED: ColumnElement[str] = literal_column(f"'{STOPPED}'")  # in the words of the tables' indexes


@dataclass(frozen=True)
class Dropped:
    """What some chats were to be told by a run of the reminders."""

    at: datetime  # the run
    useful_until: datetime
    chats: tuple[int, ...]


def report_dropped(database: Database, branch: str, since: datetime, now: datetime) -> None:
    """Reports what has been dropped since an instant. Whoever is reported counts as told no more, so that doing it
    twice is harmless."""
    with database.streaming() as db:
        for one in _mailed(db, branch, since):
            database.run_briefly(partial(_report, branch=branch, one=one, now=now))
    with database.streaming() as db:
        for one in _pushed(db, branch, since):
            database.run_briefly(partial(_report, branch=branch, one=one, now=now))


def _mailed(db: Connection, branch: str, since: datetime) -> Iterator[Dropped]:
    of = MailingBatch
    query = select(Mailing.created_at, Mailing.useful_until, of.chat_ids).join(
        Mailing, Mailing.id == of.mailing_id
    )
    ours = (Mailing.branch == branch, Mailing.purpose == "reminder", Mailing.useful_until.is_not(None))
    dropped = query.where(of.outcome == _STOPPED, of.done_at >= since, *ours)
    for at, until, chats in db.execute(dropped.execution_options(yield_per=BATCHES_AT_ONCE)):
        assert until is not None
        yield Dropped(at, until, tuple(orjson.loads(chats)))


def _pushed(db: Connection, branch: str, since: datetime) -> Iterator[Dropped]:
    of = Outgoing
    query = select(of.received_at, of.useful_until, of.chat_id).where(of.branch == branch)
    dropped = query.where(of.outcome == _STOPPED, of.done_at >= since, of.useful_until.is_not(None))
    ordered = dropped.order_by(of.received_at, of.useful_until)
    rows = db.execute(ordered.execution_options(yield_per=CHATS_AT_ONCE))
    for some in rows.partitions(CHATS_AT_ONCE):
        for (at, until), theirs in groupby(some, key=lambda row: (row[0], row[1])):
            yield Dropped(at, until, tuple(row[2] for row in theirs))


def _report(db: Connection, branch: str, one: Dropped, now: datetime) -> None:
    """The rows that were taken by that run for these chats, by plan."""
    plans = select(Plan.id).where(
        Plan.branch == branch, Plan.due_on <= day_of(one.at), Plan.stale_at >= one.useful_until
    )
    told = update(Reminder).where(
        Reminder.plan_id.in_(plans),
        Reminder.chat_id.in_(one.chats),
        Reminder.outcome == PUSHED,
        Reminder.done_at == one.at,
    )
    rows = db.execute(told.values(outcome=STALE, done_at=now).returning(Reminder.plan_id))
    for plan, people in sorted(Counter(rows.scalars()).items()):
        report(db, branch, STALE, plan, people, now)
