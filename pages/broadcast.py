"""Pages of broadcasts: their pictures, and the page on which staff send a file of numbers."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import Connection

from models import broadcast_lists, broadcast_pictures
from models.audit import record
from models.base import Refusal
from models.broadcast_lists import Upload, take_in
from models.staff import staff_of
from models.table_file import BadRows
from pages.fill import FilledPages

SENT = "番号のCSVを送りました"
LISTED = 20  # mistakes that are shown


def blueprint(needs: FilledPages) -> Blueprint:
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
        branch = _branch(needs, page)
        return _form(needs, branch) if branch else _over()

    @pages.post("/broadcast-list/<page>")
    def submit(page: str) -> tuple[str, int]:
        branch = _branch(needs, page)
        if branch is None:
            return _over()
        try:
            upload = _taken(needs, page, branch)
        except BadRows as bad:
            return _form(needs, branch, _told(bad), 422)
        except Refusal as refusal:
            return _form(needs, branch, [refusal.text], 422)
        return _received(needs, branch, upload) if upload else _over()

    return pages


def _branch(needs: FilledPages, page: str) -> str | None:
    with needs.database.reading() as db:
        found = broadcast_lists.open_page(db, page, needs.clock())
    return found[1] if found else None


def _taken(needs: FilledPages, page: str, branch: str) -> Upload | None:
    """A file, or numbers that were pasted; on the disk for as long as they are read."""
    sent, pasted = request.files.get("file"), request.form.get("numbers", "").strip()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "番号.csv"
        if sent is not None and sent.filename:
            sent.save(file)
        elif pasted:
            head = "" if pasted.lower().startswith("number") else "number\n"
            file.write_text(head + pasted + "\n", "utf-8")
        else:
            raise Refusal("CSVのファイルを選ぶか、番号を貼り付けてください。", "no_file")
        return needs.database.run(lambda db: _entered(db, page, branch, file, needs.clock()))


def _entered(db: Connection, page: str, branch: str, file: Path, now: datetime) -> Upload | None:
    """Takes the file in, and enters into the record whose it was."""
    found = broadcast_lists.open_page(db, page, now)
    upload = take_in(db, page, branch, file, now)
    if found and upload:
        one = staff_of(db, found[0])
        who, about = one.who if one else f"chat:{found[0]}", f"list:{upload.list_id}"
        record(db, branch, who, "broadcast.list", about, now, after={"people": upload.people})
    return upload


def _told(bad: BadRows) -> list[str]:
    """The first mistakes, line by line, and how many more there are."""
    count = len(bad.problems)
    more = [f"ほかに{count - LISTED:,}件あります。"] if count > LISTED else []
    head = (
        f"直すところが{count:,}件あります。まだ何も受け取っていません。直してから、もう一度送ってください。"
    )
    return [head, *(problem.in_words() for problem in bad.problems[:LISTED]), *more]


def _form(
    needs: FilledPages, branch: str, problems: Sequence[str] = (), status: int = 200
) -> tuple[str, int]:
    identity = needs.branches[branch].identity
    return render_template("broadcast_list.html", identity=identity, problems=problems), status


def _received(needs: FilledPages, branch: str, upload: Upload) -> tuple[str, int]:
    identity, back = needs.branches[branch].identity, needs.message_url(branch, SENT)
    words = {"identity": identity, "back": back, "words": SENT, "upload": upload}
    return render_template("broadcast_list_taken.html", **words), 200


def _over() -> tuple[str, int]:
    return render_template("points_over.html"), 410
