"""Pages of broadcasts: their pictures, and the page on which staff send a file of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import Connection

from models import broadcast_lists, broadcast_pictures
from models.audit import record
from models.base import Refusal
from models.broadcast_lists import SENT, Upload
from models.days import day_of
from models.staff import StaffMember, staff_with_role
from models.table_file import BadRows
from pages.needs import Needs, over

TOO_MANY = Refusal(
    "まちがいのあるファイルが続いたため、今日はもう受け取れません。番号を確かめて、明日もう一度送ってください。",
    "too_many_files",
)
LISTED = 20  # mistakes that are shown


def blueprint(needs: Needs) -> Blueprint:
    """GET /broadcast/<token>, GET and POST /broadcast-list/<page>"""
    pages = Blueprint("broadcast", __name__, template_folder="templates")

    @pages.get("/broadcast/<token>")
    def picture(token: str) -> Response:
        with needs.database.reading() as db:
            found = broadcast_pictures.read(db, token)
        if found is None:
            abort(404)
        data, kind = found
        return Response(data, mimetype=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    @pages.get("/broadcast-list/<page>")
    def form(page: str) -> tuple[str, int]:
        opened = _opened(needs, page)
        return _form(needs, opened.branch) if opened else over()

    @pages.post("/broadcast-list/<page>")
    def submit(page: str) -> tuple[str, int]:
        opened = _opened(needs, page)
        if opened is None:
            return over()
        try:
            upload = _taken(needs, page, opened)
        except BadRows as bad:
            return _form(needs, opened.branch, _told(bad), 422)
        except Refusal as refusal:
            status = HTTPStatus.TOO_MANY_REQUESTS if refusal.code == TOO_MANY.code else 422
            return _form(needs, opened.branch, [refusal.text], status)
        return _received(needs, opened.branch, upload) if upload else over()

    return pages


@dataclass(frozen=True)
class _Opened:
    """A page whose holder may use it now, and how many wrong files may come from them a day."""

    branch: str
    holder: StaffMember
    most_wrong: int


def _opened(needs: Needs, page: str) -> _Opened | None:
    with needs.database.reading() as db:
        return _held(needs, db, page, needs.clock())


def _held(needs: Needs, db: Connection, page: str, now: datetime) -> _Opened | None:
    found = broadcast_lists.open_page(db, page, now)
    one = staff_with_role(db, found[0], "drafter") if found else None
    if found is None or one is None:
        return None
    terms = needs.branches[found[1]].broadcast
    assert terms is not None  # else nobody would have been handed a page
    return _Opened(found[1], one, terms.on(day_of(now)).wrong_files_per_day)


def _taken(needs: Needs, page: str, opened: _Opened) -> Upload | None:
    """A file, or numbers that were pasted; on the disk for as long as they are read."""
    sent, pasted = request.files.get("file"), request.form.get("numbers", "").strip()
    database, now = needs.database, needs.clock()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "番号.csv"
        if sent is not None and sent.filename:
            sent.save(file)
        elif pasted:
            file.write_text(pasted + "\n", "utf-8")
        else:
            raise Refusal("CSVのファイルを選ぶか、番号を貼り付けてください。", "no_file")
        chat, most = opened.holder.chat_id, opened.most_wrong
        if not database.run(lambda db: broadcast_lists.count_file(db, page, chat, most, now)):
            raise TOO_MANY
        upload = broadcast_lists.take_in(database, opened.branch, file, now)
    return upload if database.run(lambda db: _entered(needs, db, page, upload, now)) else None


def _entered(needs: Needs, db: Connection, page: str, upload: Upload, now: datetime) -> bool:
    """Uses the page up, if it is still its holder's, and enters into the record whose list it was."""
    opened = _held(needs, db, page, now)
    if opened is None or not broadcast_lists.hand_over(db, page, upload):
        broadcast_lists.drop(db, upload)
        return False
    about, after = f"list:{upload.list_id}", {"people": upload.people}
    record(db, opened.branch, opened.holder.who, "broadcast.list", about, now, after=after)
    return True


def _told(bad: BadRows) -> list[str]:
    """The first mistakes, line by line, and how many more there are."""
    count = len(bad.problems)
    more = [f"ほかに{count - LISTED:,}件あります。"] if count > LISTED else []
    head = (
        f"直すところが{count:,}件あります。まだ何も受け取っていません。直してから、もう一度送ってください。"
    )
    return [head, *(problem.in_words() for problem in bad.problems[:LISTED]), *more]


def _form(needs: Needs, branch: str, problems: Sequence[str] = (), status: int = 200) -> tuple[str, int]:
    identity = needs.branches[branch].identity
    return render_template("broadcast_list.html", identity=identity, problems=problems), status


def _received(needs: Needs, branch: str, upload: Upload) -> tuple[str, int]:
    identity, back = needs.branches[branch].identity, needs.message_url(branch, SENT)
    words = {"identity": identity, "back": back, "words": SENT, "upload": upload}
    return render_template("broadcast_list_taken.html", **words), 200
