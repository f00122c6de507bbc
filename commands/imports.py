"""Taking over what the association's systems export: all of a file, or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from commands.record import importing
from commands.terminal import BRANCH, FILE, JSON, branch_of, opened, refusing, say
from models.branch import Branch
from models.days import day_of
from models.imports import Progress, Report, import_facilities, import_members
from models.workplaces import import_workplaces

MOST_NAMED, MOST_WARNINGS = 20, 50


@click.group(name="import")
def imports() -> None:
    """CSVを取り込む（全部取り込むか、何も変えないか）。"""


def _importing(
    name: str,
    help_text: str,
    take: Callable[..., Report],
    own: Callable[[Branch, datetime], dict[str, Any]] = lambda branch, now: {},
) -> None:
    @imports.command(name, help=help_text)
    @click.argument("file", type=FILE)
    @BRANCH
    @JSON
    def command(file: Path, branch_id: str | None, as_json: bool) -> None:
        found, clock, database = opened()
        branch = branch_of(found, branch_id)
        now = clock()
        entry = importing(database, branch.id, name, file, now)
        with rows_counted(as_json) as progress, refusing(as_json), entry as came:
            report = take(database, branch.id, file, **own(branch, now), progress=progress)
            came.came_to(report)
        say(as_json, asdict(report), report_in_words(report))


_importing(
    "members",
    "組合員のCSV。",
    import_members,
    lambda branch, now: {"rules": branch.member_rules(day_of(now)), "points": branch.points, "now": now},
)
_importing("facilities", "施設のCSV。", import_facilities)
_importing("workplaces", "所属所のCSV（name,postcode,address）。", import_workplaces)


@contextmanager
def rows_counted(as_json: bool) -> Iterator[Progress]:
    """A bar that shows how many of the rows are done, where it takes longer than a second."""
    with tqdm(unit="行", disable=as_json, delay=1) as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def report_in_words(report: Report) -> str:
    """What an import did, for a terminal."""
    lines = [
        f"{report.rows}行を読みました。追加 {report.added}、変更 {report.changed}、変更なし {report.unchanged}。",
        *([f"番号の引き継ぎ {report.moved}。"] if report.moved else []),
        *report.warnings[:MOST_WARNINGS],
    ]
    if len(report.warnings) > MOST_WARNINGS:
        lines.append(f"ほか {len(report.warnings) - MOST_WARNINGS} 件（--json ですべて表示します）")
    if report.missing:
        some = "、".join(report.missing[:MOST_NAMED])
        lines.append(f"ファイルになかった登録 {len(report.missing)} 件（消していません）: {some}")
    return "\n".join(lines)
