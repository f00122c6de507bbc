"""The record on the command line: verified, shown, its head printed; and how other commands enter what they did."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.terminal import BRANCH, DAY, JSON, author, branch_of, opened, refuse, say, settings
from models.audit import Act, acts, head, record, verify
from models.base import Database
from models.branch import load_branches
from models.days import JST
from models.imports import Report
from models.staff import names_of

MOST_SHOWN = 50


@click.group()
def audit() -> None:
    """職員とコマンドの操作の記録。"""


@audit.command("verify")
@BRANCH
@click.option("--head", "kept", help="別に控えておいた値（audit head）。末尾が切られていないかも確かめる")
@JSON
def verify_record(branch_id: str | None, kept: str | None, as_json: bool) -> None:
    """変えられた行、ない行、入れられた行、入れ替えられた行がないかを確かめる。"""
    _, _, database = opened()
    known = load_branches(settings().branches)
    if (branch_id is not None and branch_id not in known) or (kept and branch_id is None and len(known) > 1):
        raise click.UsageError(f"--branch に {'、'.join(known)} のどれかを指定してください。")
    with database.streaming() as db:
        found = {name: verify(db, name, kept) for name in known if branch_id in (None, name)}
    answer = [{"branch": name} | asdict(one) for name, one in found.items()]
    lines = [
        f"{name}: {one.rows} 行、問題なし（末尾 {one.head.hash}）"
        for name, one in found.items()
        if not one.problems
    ]
    wrong = [f"{name}: {problem}" for name, one in found.items() for problem in one.problems]
    if wrong:
        refuse("\n".join(wrong), as_json, ok=False, branches=answer)
    say(as_json, {"ok": True, "branches": answer}, "\n".join(lines))


@audit.command("head")
@BRANCH
@JSON
def show_head(branch_id: str | None, as_json: bool) -> None:
    """記録の末尾の値（別の場所に控え、audit verify --head で使う）。"""
    found, _, database = opened()
    branch = branch_of(found, branch_id)
    with database.reading() as db:
        end = head(db, branch.id)
    say(as_json, {"branch": branch.id} | asdict(end), end.hash)


@audit.command("show")
@BRANCH
@click.option("--since", type=DAY, help="この日から")
@click.option("--last", type=int, help=f"新しいほうからこの件数（なければ{MOST_SHOWN}）")
@JSON
def show_record(branch_id: str | None, since: datetime | None, last: int | None, as_json: bool) -> None:
    """だれが、いつ、何を、どう変えたか。"""
    found, _, database = opened()
    branch = branch_of(found, branch_id)
    begin = since.replace(tzinfo=JST) if since else None
    with database.reading() as db:
        rows = acts(db, branch.id, since=begin, last=last or (None if since else MOST_SHOWN))
        names = names_of(db, {int(row.who.split(":")[1]) for row in rows if row.who.startswith("staff:")})
    lines = [_in_words(row, names) for row in rows]
    answer = {"branch": branch.id, "acts": [asdict(row) for row in rows]}
    say(as_json, answer, "\n".join(lines) or "記録はまだありません。")


def _in_words(row: Act, names: Mapping[int, str]) -> str:
    kind, _, number = row.who.partition(":")
    who = f"{names.get(int(number), '')}（{row.who}）" if kind == "staff" else row.who
    facts = [
        json.dumps(part, ensure_ascii=False) for part in _differing(row.before, row.after) if part is not None
    ]
    at = row.at.astimezone(JST)
    return f"{row.seq}　{at:%Y-%m-%d %H:%M}　{who}　{row.act}　{row.about}　{' → '.join(facts)}".rstrip("　")


def _differing(before: Any, after: Any) -> tuple[Any, Any]:
    """Before and after without what stayed as it was, at any depth."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return before, after
    left, right = dict(before), dict(after)
    for name in before.keys() & after.keys():
        if before[name] == after[name]:
            del left[name], right[name]
        else:
            left[name], right[name] = _differing(before[name], after[name])
    return left, right


@dataclass
class Importing:
    """What an import has to say when it is through."""

    after: dict[str, Any] = field(default_factory=dict)

    def came_to(self, report: Report) -> None:
        """Counts alone: whoever is missing from a file is nobody's business in the record."""
        self.after = {
            name: getattr(report, name) for name in ("rows", "added", "changed", "unchanged", "moved")
        } | {"missing": len(report.missing)}


@contextmanager
def importing(database: Database, branch: str, what: str, file: Path, now: datetime) -> Iterator[Importing]:
    """Enters that an import begins, then what came of it: an import that was cut off shows too."""
    about = f"{what}:{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"
    database.run(lambda db: record(db, branch, author(), "import.begin", about, now))
    came = Importing()
    try:
        yield came
    except BaseException:
        database.run(lambda db: record(db, branch, author(), "import.refused", about, now))
        raise
    database.run(lambda db: record(db, branch, author(), "import", about, now, after=came.after))
