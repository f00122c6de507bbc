"""Broadcasts at the command line: which there were, what became of one, and whom it did not reach, as a file."""

import csv
import io
from pathlib import Path

import click
from sqlalchemy import Connection

from commands.terminal import BRANCH, JSON, OUT, author, branch_of, opened, refusing, say, writing
from models.audit import record
from models.branch import Branch
from models.broadcast_outcome import OF_LIST, WHY, Why, missed_numbers, progress, untold
from models.broadcasts import STATES, get, listed
from models.days import minute_in_words

MOST_SHOWN = 50
COLUMNS = ("number", "why")


@click.group()
def broadcast() -> None:
    """一斉配信。"""


@broadcast.command("list")
@BRANCH
@JSON
def listing(branch_id: str | None, as_json: bool) -> None:
    """配信の番号・件名・状態（新しいほうから50件）。"""
    found, _, database = opened()
    branch = branch_of(found, branch_id)
    with database.reading() as db:
        known = listed(db, branch.id, tuple(STATES), limit=MOST_SHOWN)
    names = ("id", "title", "state", "listed", "started_at", "ended_at")
    rows = [{name: getattr(one, name) for name in names} for one in known]
    lines = [
        f"{one.id}　{minute_in_words(one.started_at or one.changed_at)}　{STATES[one.state]}　"
        f"{one.listed:,}件　{one.title}"
        for one in known
    ]
    answer = {"branch": branch.id, "broadcasts": rows}
    say(as_json, answer, "\n".join(lines) or "配信はまだありません。")


@broadcast.command()
@click.argument("number", type=int)
@BRANCH
@JSON
def show(number: int, branch_id: str | None, as_json: bool) -> None:
    """配信ひとつの数と、LINEの受付番号のすべて（NUMBER は broadcast list の番号）。"""
    found, _, database = opened()
    branch = branch_of(found, branch_id)
    with refusing(as_json), database.reading() as db:
        one = get(db, branch.id, number)
        sent, counts = progress(db, one), untold(db, one)
    figures = {"people": sent.people, "accepted": sent.accepted} | {why: counts.get(why, 0) for why in WHY}
    answer = {"broadcast": number, "state": one.state, **figures, "request_ids": sent.request_ids}
    others = "".join(
        f"　{WHY[why]} {count:,}{'人' if why in OF_LIST else '件'}" for why, count in counts.items()
    )
    lines = (
        f"{one.id}　{one.title}　{STATES[one.state]}",
        f"対象 {sent.people:,}件　LINEが受付 {sent.accepted:,}件{others}",
        "LINEの受付番号：" if sent.request_ids else "LINEの受付番号はまだありません。",
        *sent.request_ids,
    )
    say(as_json, answer, "\n".join(lines))


@broadcast.command()
@click.argument("number", type=int)
@BRANCH
@click.option("--why", "fate", type=click.Choice(tuple(WHY)), help="この理由の人だけ（なければ、すべて）")
@OUT
@JSON
def missed(number: int, branch_id: str | None, fate: Why | None, out: Path | None, as_json: bool) -> None:
    """届いていない人の番号と理由をCSVにする（NUMBER は broadcast list の番号）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    if as_json and out is None:
        raise click.UsageError("--json のときは --out でファイルを指定してください。")

    with refusing(as_json), database.reading() as db:
        written, counts = _written(db, branch, number, (fate,) if fate else tuple(WHY))
    after: dict[str, object] = dict(counts.items())
    of, who = f"broadcast:{number}", author()
    database.run(lambda db: record(db, branch.id, who, "broadcast.export", of, clock(), after=after))
    with writing(out) as file:
        file.write(written)
    people = sum(counts.values())
    if as_json:
        say(True, {"broadcast": number, "people": people, "why": counts, "file": str(out)}, "")
        return
    parts = "、".join(f"{WHY[each]} {count}" for each, count in counts.items() if count)
    click.echo(f"届いていない人 {people} 件を書きました。{parts}", err=True)


def _written(
    db: Connection, branch: Branch, number: int, fates: tuple[Why, ...]
) -> tuple[str, dict[Why, int]]:
    """The file, and how many stand in it for each reason. Raises Refusal when there is no such broadcast."""
    one, written = get(db, branch.id, number), io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    counts: dict[Why, int] = {}
    for fate in fates:
        numbers = list(missed_numbers(db, branch, one, fate))
        rows.writerows((each, WHY[fate]) for each in numbers)
        counts[fate] = len(numbers)
    return written.getvalue(), counts
