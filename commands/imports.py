"""Taking over what the association's systems export: all of a file, or nothing."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from commands.record import importing
from commands.terminal import BRANCH, FILE, JSON, branch_of, opened, refuse, refusing, say
from models.branch import Branch
from models.days import day_of
from models.imports import Report, import_facilities, import_members
from models.table_file import BadRows
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
        with tqdm(unit="行", disable=as_json, delay=1) as bar, refusing(as_json), entry as came:

            def progress(done: int, total: int | None) -> None:
                bar.total = total
                bar.update(done - bar.n)

            try:
                report = take(database, branch.id, file, **own(branch, now), progress=progress)
                came.came_to(report)
            except BadRows as bad:
                words = bad.text if as_json else bad.in_words()
                refuse(words, as_json, problems=[asdict(problem) for problem in bad.problems])
        say(as_json, asdict(report), report_in_words(report))


_importing(
    "members",
    "組合員のCSV。",
    import_members,
    lambda branch, now: {"rules": branch.member_rules(day_of(now)), "points": branch.points, "now": now},
)
_importing("facilities", "施設のCSV。", import_facilities)
_importing("workplaces", "所属所のCSV（name,postcode,address）。", import_workplaces)


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
