"""What runs when: the only file that knows APScheduler."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from models.days import JST

log = logging.getLogger(__name__)


def not_at_all(now: datetime) -> datetime:
    """Nobody can say that a run would do nothing."""
    return now


@dataclass(frozen=True)
class Job:
    """A recurring job; `run` asks the database what is due, so that running it twice or late is harmless.

    `idle_until` says in one look until when runs would do nothing if nobody did anything: whoever moves a clock
    through a year spares them. Its answer is the instant itself when a run may do something. A job that `catches_up`
    does in one run what the runs before it would have done, and tells nobody anything: such a clock runs it once.
    One that `makes_up` runs also as soon as jobs are started: nobody may have run them at its last time."""

    name: str
    trigger: BaseTrigger
    run: Callable[[datetime], None]
    idle_until: Callable[[datetime], datetime] = not_at_all
    catches_up: bool = False
    makes_up: bool = False


def daily(name: str, at: str, run: Callable[[datetime], None], *, catches_up: bool = False) -> Job:
    """A job that runs every day at a time ("03:30") in Japan."""
    hour, minute = at.split(":")
    trigger = CronTrigger(hour=int(hour), minute=int(minute), timezone=JST)
    return Job(name, trigger, run, catches_up=catches_up)


def quarterly(
    name: str,
    days: str,
    hours: str,
    run: Callable[[datetime], None],
    idle_until: Callable[[datetime], datetime] = not_at_all,
) -> Job:
    """A job that runs every quarter of an hour of these days ("mon-fri") and hours ("8-17") in Japan."""
    return Job(name, CronTrigger(day_of_week=days, hour=hours, minute="*/15", timezone=JST), run, idle_until)


def hourly(
    name: str,
    hours: range,
    run: Callable[[datetime], None],
    idle_until: Callable[[datetime], datetime] = not_at_all,
) -> Job:
    """A job that runs at every full hour of these, in Japan, and makes up for a missed one: when jobs are started, and
    half an hour after the last, behind which there is only the night."""
    full = CronTrigger(hour=f"{hours[0]}-{hours[-1]}", minute=0, timezone=JST)
    once_more = CronTrigger(hour=hours[-1], minute=30, timezone=JST)
    return Job(name, OrTrigger([full, once_more]), run, idle_until, makes_up=True)


def due(jobs: Sequence[Job], after: datetime, until: datetime) -> Iterator[tuple[datetime, Job]]:
    """Every run between two instants, in order, of what catches up the last: how the demo's clock is moved."""
    runs = (_runs(job, after, until) for job in jobs)
    return merge(
        *(deque(each, maxlen=1) if job.catches_up else each for job, each in zip(jobs, runs, strict=True)),
        key=lambda run: run[0],
    )


def start(jobs: Sequence[Job], clock: Callable[[], datetime]) -> BackgroundScheduler:
    """Runs the jobs by themselves until `shutdown()`."""
    scheduler = BackgroundScheduler(timezone=JST)
    for job in jobs:
        trigger = OrTrigger([DateTrigger(timezone=JST), job.trigger]) if job.makes_up else job.trigger
        scheduler.add_job(
            run_once, trigger, args=(job, clock), id=job.name, coalesce=True, misfire_grace_time=None
        )
    scheduler.start()
    return scheduler


def run_once(job: Job, clock: Callable[[], datetime]) -> None:
    """Runs a job; what fails is logged and left for its next time."""
    try:
        job.run(clock())
    except Exception:
        log.exception("job %s failed", job.name)


def _runs(job: Job, after: datetime, until: datetime) -> Iterator[tuple[datetime, Job]]:
    while (at := _next(job, after)) is not None and at <= until:
        yield at, job
        after = at


def _next(job: Job, after: datetime) -> datetime | None:
    found: datetime | None = job.trigger.get_next_fire_time(after, after)
    return found
