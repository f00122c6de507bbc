"""Events for a phone's own calendar, from an address that is good once."""

from datetime import datetime

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from models.agenda import event_called
from models.calendar_file import calendar_file
from models.calendar_pages import OpenCalendar, open_page, sequence, use
from pages.needs import Needs, over


def blueprint(needs: Needs) -> Blueprint:
    """/calendar/<page>.ics"""
    pages = Blueprint("calendar", __name__)

    @pages.get("/calendar/<page>.ics")
    def events(page: str) -> Response | tuple[str, int]:
        now = needs.clock()
        with needs.database.reading() as db:
            opened = open_page(db, page, now)
        if opened is None:
            return over()
        if request.method == "HEAD":  # a look without download does not use the address up
            return Response(mimetype="text/calendar")
        written = needs.database.run(lambda db: _written(needs, db, opened, now))
        if written is None:
            return over()
        headers = {"Content-Disposition": 'attachment; filename="yotei.ics"'}
        return Response(written, content_type="text/calendar; charset=utf-8", headers=headers)

    return pages


def _written(needs: Needs, db: Connection, opened: OpenCalendar, now: datetime) -> bytes | None:
    """The file, and the page used up; None when it was used in between, or no event of it stands any more."""
    branch = needs.branches[opened.branch]
    if branch.calendar is None or not use(db, opened, now):
        return None
    found = [event for uid in opened.uids if (event := event_called(branch.calendar, uid))]
    numbered = [(event, sequence(db, event)) for event in found]
    return calendar_file(branch.identity.name, numbered, now) if numbered else None
