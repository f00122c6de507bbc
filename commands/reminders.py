"""Reminders for staff: a year's rehearsal, what the coming months cost, what was not sent, a result that is in."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

import click
from sqlalchemy import Connection

from commands.terminal import BRANCH, JSON, author, branch_of, opened, person_numbered, refuse, say
from models.audit import record
from models.branch import Branch
from models.days import JST, day_of, fiscal_year, in_words
from models.reminder_figures import REASONS, reported
from models.reminder_forecast import by_month, coming, forecast
from models.reminder_plans import mark_in, plan_new
from scheduler.rehearsal import Rehearsed, rehearse
from scheduler.reminder_book import Book, open_book

YEAR = click.IntRange(2000, 2100)
AHEAD = timedelta(days=366)


@click.group()
def reminders() -> None:
    """締切などのお知らせ。"""


@reminders.command("rehearse")
@BRANCH
@click.option("--fiscal-year", "year", type=YEAR, help="年度（なければ今年度）")
@click.option("--person", "number", help="この組合員番号の方だけ")
@JSON
def rehearse_year(branch_id: str | None, year: int | None, number: str | None, as_json: bool) -> None:
    """一年のお知らせを、理由と日付つきで予行する（何も送らない）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    _book(open_book(branch), as_json)
    person = None
    if number:
        with database.reading() as db:
            person = person_numbered(db, branch.id, number, as_json)
    year = year or fiscal_year(day_of(clock()))
    told, note = rehearse(database, branch, year, person), _without_terms(branch, year)
    messages = [each.as_data() | ({"person": number} if number else {}) for each in told]
    data = {"branch": branch.id, "messages": messages, **({"note": note} if note else {})}
    say(as_json, data, "\n".join([*([note] if note else []), *_lines(told)]))


@reminders.command("forecast")
@BRANCH
@JSON
def forecast_months(branch_id: str | None, as_json: bool) -> None:
    """これから一年に送る見込みの通数を、月ごとに示す。"""
    found, clock, database = opened()
    branch, now = branch_of(found, branch_id), clock()
    book = _book(open_book(branch), as_json)
    database.run(lambda db: plan_new(db, branch.id, book.subjects, now))
    with database.reading() as db:
        plans = coming(db, branch.id, day_of(now), day_of(now) + AHEAD)
        months = by_month(forecast(db, branch, plans, book.subject))
    data = [{"month": f"{month:%Y-%m}", "pushes": pushes} for month, pushes in sorted(months.items())]
    words = [f"{month:%Y年%m月}：{pushes:,}通" for month, pushes in sorted(months.items())]
    say(as_json, {"branch": branch.id, "months": data}, "\n".join(words) or "送る予定はありません。")


@reminders.command("report")
@BRANCH
@JSON
def report(branch_id: str | None, as_json: bool) -> None:
    """送らなかったお知らせと、その理由・人数。"""
    settings, _, database = opened()
    branch = branch_of(settings, branch_id)
    with database.reading() as db:
        found = reported(db, branch.id, date.min)
    words = [f"{one.day} {one.event}（{one.offset}）{REASONS[one.kind]}：{one.people}人" for one in found]
    rows = [asdict(one) | {"day": one.day.isoformat()} for one in found]
    say(as_json, {"branch": branch.id, "reports": rows}, "\n".join(words) or "送らなかったものはありません。")


@reminders.command("result")
@BRANCH
@click.argument("event")
@JSON
def result(branch_id: str | None, event: str, as_json: bool) -> None:
    """結果が出たことを記録する（待っている方に知らせる）。EVENT は予定の名前（aichi-2024-dock-decision など）。"""
    found, clock, database = opened()
    branch, now = branch_of(found, branch_id), clock()
    book = _book(open_book(branch), as_json)
    subject = book.subjects.get(event)
    if subject is None or subject.event.kind != "result":
        results = sorted(uid for uid, one in book.subjects.items() if one.event.kind == "result")
        refuse(f"{event} という結果の予定はありません。あるもの: {'、'.join(results)}", as_json)
    database.run(lambda db: plan_new(db, branch.id, book.subjects, now))

    def work(db: Connection) -> bool:
        is_new = mark_in(db, branch.id, subject, now)
        if is_new:
            record(db, branch.id, author(), "reminder.result", event, now)
        return is_new

    if not database.run(work):
        refuse(f"{event} は、すでに記録されています。", as_json)
    say(as_json, {"event": event, "in": True}, f"「{subject.event.title}」の結果が出たことを記録しました。")


def _book(book: Book | None, as_json: bool) -> Book:
    if book is None:
        refuse("この支部には reminders.yaml がないため、お知らせはありません。", as_json)
    return book


def _without_terms(branch: Branch, year: int) -> str:
    """What to do where the calendar has no entry for the year; empty where it has."""
    years = branch.calendar.years if branch.calendar else {}
    if year in years:
        return ""
    written = "・".join(f"{each}年度" for each in sorted(years))
    return f"{year}年度の予定は、まだありません（あるのは {written}）。新しい年度の資料が出たら、branches/{branch.id} の各ファイルに年度のブロックを書き、calendar.yaml の years: に {year} を足してください。"


def _lines(told: Sequence[Rehearsed]) -> list[str]:
    return [
        f"{in_words(one.day)} {one.at.astimezone(JST):%H:%M} {len(one.chats)}人 {one.why}"
        f"｜{one.text.replace(chr(10), '／')}"
        for one in told
    ] or ["送るお知らせはありません。"]
