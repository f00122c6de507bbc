"""The pushes of the coming months are counted for staff: on the first morning of a month, and when many have come or gone."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from models import reminder_figures
from models.base import Database
from models.days import add_months, day_of
from models.reminder_forecast import by_month, coming, forecast
from scheduler.reminder_book import Book

MONTHS = 6


def keep_forecasts(database: Database, books: Iterable[Book], now: datetime) -> None:
    """Counts anew where the last forecast is an old one; nothing waits for it meanwhile."""
    for book in books:
        _keep(database, book, now)


def _keep(database: Database, book: Book, now: datetime) -> None:
    branch = book.branch.id
    with database.reading() as db:
        months = _counted(db, book, now) if reminder_figures.is_stale(db, branch, now) else {}
    if months:
        database.run(lambda db: reminder_figures.keep(db, branch, months, now))


def _counted(db: Connection, book: Book, now: datetime) -> dict[date, int]:
    """Pushes by month; a month in which none is due has a zero."""
    today = day_of(now)
    first = today.replace(day=1)
    plans = coming(db, book.branch.id, today, add_months(first, MONTHS) - timedelta(days=1))
    if not plans:
        return {}
    empty = {add_months(first, ahead): 0 for ahead in range(MONTHS)}
    if not reminder_figures.reachable(db, book.branch.id):
        return empty
    return empty | by_month(forecast(db, book.branch, plans, book.subject))
