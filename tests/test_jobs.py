"""Jobs run at their times, and those that make up for a missed hour also as soon as there is somebody to run them."""

from collections.abc import Callable
from datetime import datetime
from threading import Event

from models.days import JST
from scheduler.jobs import daily, due, hourly, start
from tests.reminded import when

SOON = 10  # seconds


def note(times: list[datetime], ran: Event) -> Callable[[datetime], None]:
    def run(now: datetime) -> None:
        times.append(now)
        ran.set()

    return run


def test_what_runs_by_the_hour_runs_once_more_before_the_night() -> None:
    job = hourly("reminders", range(8, 21), lambda now: None)

    runs = [at.astimezone(JST) for at, _ in due([job], when("2024-04-24 23:00"), when("2024-04-26 07:59"))]

    assert [f"{at:%d %H:%M}" for at in runs] == [*(f"25 {hour:02}:00" for hour in range(8, 21)), "25 20:30"]


def test_when_jobs_start_what_runs_by_the_hour_makes_up_for_an_hour_that_nobody_ran() -> None:
    times: list[datetime] = []
    others: list[datetime] = []
    ran = Event()
    now = when("2024-04-25 20:10")

    running = start(
        [
            daily("tidy", "03:30", note(others, Event())),
            hourly("reminders", range(8, 21), note(times, ran)),
        ],
        lambda: now,
    )
    assert ran.wait(SOON)
    running.shutdown()

    assert (times, others) == ([now], [])
