"""What runs by itself, and when."""

from datetime import datetime
from functools import partial
from pathlib import Path
from time import time

from house.building import House
from models import (
    audit,
    broadcast_lists,
    calendar_pages,
    conversation,
    linking,
    mailing,
    outbox,
    point_pages,
    question,
    staff,
)
from models.base import Database
from models.branch import Branch
from models.broadcast_retention import forget_old_lists
from models.days import add_months, day_end, day_of
from models.desk_retention import forget_old_words
from models.gifts import forget_addresses
from models.paper_confirming import post_what_came
from models.points_imports import finish_imports
from models.reminder_settings import HOURS
from scheduler.desk_calls import call_desks, desks_idle_until
from scheduler.forecasts import keep_forecasts
from scheduler.gifts_sent import tell_sent
from scheduler.jobs import Job, daily, hourly, quarterly
from scheduler.line_quotas import read_quota
from settings import Settings

FORGETTING = (
    conversation.forget_old_events,
    conversation.forget_unfinished,
    outbox.empty_old_bodies,
    mailing.empty_old_bodies,
    forget_addresses,
    question.forget_old_counts,
    linking.forget_old,
    staff.forget_old_codes,
    *(pages.forget_old_pages for pages in (point_pages, calendar_pages, broadcast_lists)),
)
FORGETTING_BY_TERMS = (forget_old_words, forget_old_lists)  # as each branch's terms say
PICTURES_KEPT = 2 * 24 * 3600  # seconds


def jobs(house: House) -> list[Job]:
    """What runs by itself."""
    programmes = [branch.points for branch in house.branches.values() if branch.points]

    def tidy(now: datetime) -> None:
        for forget in FORGETTING:
            house.database.run(partial(forget, now=now))
        for programme in programmes:
            finish_imports(house.database, programme, now)
        for branch in house.branches.values():
            _drop_old_acts(house.database, branch, now)
            for forget_by_terms in FORGETTING_BY_TERMS:
                house.database.run(partial(forget_by_terms, branch=branch, now=now))
            if (coupons := branch.coupons) and (paper := branch.paper):
                work = partial(post_what_came, branch=branch.id, coupons=coupons, paper=paper, now=now)
                house.database.run(work)

    def tell(now: datetime) -> None:
        tell_sent(house.database, programmes, now)
        house.sender.nudge()

    def call(now: datetime) -> None:
        if call_desks(house.database, house.branches.values(), now):
            house.sender.nudge()

    def desks_idle(now: datetime) -> datetime:
        return desks_idle_until(house.database, house.branches.values(), now)

    def ask_quota(now: datetime) -> None:
        for name in house.lines:
            read_quota(house.database, house.broadcasts.ask_quota, name, now)
        keep_forecasts(house.database, house.reminders.books.values(), now)

    def remind(now: datetime) -> None:
        if house.reminders.run(now):
            house.sender.nudge()
            house.mail_sender.nudge()

    return [
        daily("tidy", "03:30", tidy, catches_up=True),
        daily("quota", "07:00", ask_quota, catches_up=True),
        daily("gifts", "12:00", tell),
        hourly("reminders", HOURS, remind, house.reminders.idle_until),
        quarterly("desk", "mon-fri", "8-17", call, desks_idle),
    ]


def own_jobs(settings: Settings) -> list[Job]:
    """What every serving process does, whoever leads: the pictures it has drawn stand on its own disk."""
    folder = settings.data_dir / "pictures"
    return [daily("pictures", "03:30", lambda now: _drop_old_pictures(folder), catches_up=True)]


def _drop_old_acts(database: Database, branch: Branch, now: datetime) -> None:
    if branch.staff and (terms := branch.staff.get(day_of(now))):
        oldest = day_end(add_months(day_of(now), -12 * terms.record_years))
        database.run(lambda db: audit.prune(db, branch.id, "system", oldest, now))


def _drop_old_pictures(folder: Path) -> None:
    oldest = time() - PICTURES_KEPT
    for file in folder.glob("*.png"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)
