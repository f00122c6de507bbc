"""Health points for staff: grants and checkups taken over, what a member has, the statement, orders out and in."""

import csv
import io
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from commands.coupons import show
from commands.imports import imports, report_in_words, rows_counted
from commands.record import importing
from commands.terminal import (
    BRANCH,
    DAY,
    FILE,
    JSON,
    OUT,
    author,
    branch_of,
    holder_numbered,
    opened,
    refuse,
    refusing,
    say,
    writing,
)
from models.audit import record
from models.days import day_of
from models.gift_dispatch import export_orders, import_sent
from models.gifts import correct_entry as undo
from models.imports import Report
from models.points import state
from models.points_imports import import_checkups, import_grants
from models.points_statement import as_data, in_lines, write_statement
from models.points_terms import Points
from scheduler.gifts_sent import tell_sent

NUMBER = click.option("--number", required=True, help="組合員番号")


@click.group()
def points() -> None:
    """健康ポイント。"""


@points.group()
def orders() -> None:
    """商品の注文。"""


# Taking over


def _importing(name: str, help_text: str, take: Callable[..., Report]) -> None:
    @imports.command(name, help=help_text)
    @click.argument("file", type=FILE)
    @BRANCH
    @JSON
    def command(file: Path, branch_id: str | None, as_json: bool) -> None:
        found, clock, database = opened()
        branch = branch_of(found, branch_id)
        programme, now = _programme(branch.points, as_json), clock()
        entry = importing(database, branch.id, name, file, now)
        with rows_counted(as_json) as progress, refusing(as_json), entry as came:
            report = take(database, programme, file, now=now, progress=progress)
            came.came_to(report)
        say(as_json, asdict(report), report_in_words(report))


_importing("grants", "付与したポイントのCSV（number,granted_on,points,reason,reference）。", import_grants)
_importing("checkups", "健診結果のCSV（number,kind,registered_on,item,value）。", import_checkups)


# What is so


@show.command("points")
@BRANCH
@NUMBER
@click.option("--on", type=DAY, help="この日のこと（なければ今日）")
@JSON
def show_points(branch_id: str | None, number: str, on: datetime | None, as_json: bool) -> None:
    """ある日の残高と、その内訳、付く予定、お休み中、なくなる予定。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    programme = _programme(branch.points, as_json)
    day = on.date() if on else day_of(clock())
    with database.reading() as db:
        one = holder_numbered(db, branch.id, number, as_json)
        answer = as_data(db, programme, one, day)
        lines = in_lines(state(db, programme, one, day))
    say(as_json, answer, "\n".join(lines))


@points.command()
@BRANCH
@NUMBER
@click.option("--on", type=DAY, help="この日まで（なければ今日）")
@OUT
@JSON
def statement(
    branch_id: str | None, number: str, on: datetime | None, out: Path | None, as_json: bool
) -> None:
    """すべての記録をCSVにする。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    programme = _programme(branch.points, as_json)
    day = on.date() if on else day_of(clock())
    written = io.StringIO()
    with database.reading() as db:
        one = holder_numbered(db, branch.id, number, as_json)
        count = write_statement(db, programme, one, day, written)
    about, after = f"statement person:{one.id}", {"entries": count}
    database.run(lambda db: record(db, branch.id, author(), "export", about, clock(), after=after))
    if as_json:
        entries = list(csv.DictReader(written.getvalue().splitlines()))
        say(True, {"branch": branch.id, "number": one.latest.number, "on": day, "entries": entries}, "")
        return
    with writing(out) as file:
        file.write(written.getvalue())
    if out:
        click.echo(f"{out} に {count} 件を書きました。", err=True)


@points.command("correct")
@BRANCH
@NUMBER
@click.argument("lot")
@click.argument("entry", type=int)
@click.option("--reason", required=True, help="なぜ直すのか")
@JSON
def correct_entry(
    branch_id: str | None, number: str, lot: str, entry: int, reason: str, as_json: bool
) -> None:
    """間違った記録1件を、反対の記録で取り消す（LOT と ENTRY は statement の lot と entry）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    _programme(branch.points, as_json)
    who, now = author(), clock()
    with refusing(as_json):

        def work(db: Connection) -> int:
            one = holder_numbered(db, branch.id, number, as_json)
            points = undo(db, one.id, lot, entry, reason=reason, author=who, now=now)
            about = f"person:{one.id} {lot}/{entry}"
            record(db, branch.id, who, "points.correct", about, now, after={"points": points})
            return points

        moved = database.run(work)
    say(as_json, {"lot": lot, "entry": entry, "points": moved}, f"{moved:+,} ポイントの訂正を記録しました。")


# Orders


@orders.command()
@BRANCH
@OUT
@click.option("--again", "batch", type=int, help="前に書き出した番号のものを、もう一度")
@JSON
def export(branch_id: str | None, out: Path | None, batch: int | None, as_json: bool) -> None:
    """新しい注文をCSVにする（書き出した注文は、会員が取り消せなくなる）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    _programme(branch.points, as_json)
    if as_json and out is None:
        raise click.UsageError("--json のときは --out でファイルを指定してください。")
    with writing(out) as file:
        now = clock()
        number, count = export_orders(database, branch.id, file, who=author(), now=now, batch=batch)
    words = f"注文 {count} 件を書き出しました（書き出し番号 {number}）。もう一度書くには --again {number}"
    if as_json:
        say(True, {"batch": number, "orders": count, "file": str(out)}, "")
    else:
        click.echo(words, err=True)


@orders.command()
@click.argument("file", type=FILE)
@BRANCH
@JSON
def sent(file: Path, branch_id: str | None, as_json: bool) -> None:
    """発送した注文のCSV（order,sent_on）を取り込み、会員に知らせる。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    programme = _programme(branch.points, as_json)
    now = clock()
    entry = importing(database, branch.id, "sent", file, now)
    with refusing(as_json), entry as came:
        report = import_sent(database, branch.id, file, now=now)
        came.came_to(report)
    told = tell_sent(database, [programme], clock())
    words = f"{report_in_words(report)}\n会員へのお知らせ {told} 件。"
    say(as_json, asdict(report) | {"told": told}, words)


def _programme(found: Points | None, as_json: bool) -> Points:
    if found is None:
        refuse("この支部に健康ポイントはありません。", as_json)
    return found
