"""Staff's tools for the questions: try texts, the report on the question bank, what found no answer."""

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import click

from bot import flex
from bot.events import Event
from bot.ways import named_way, way_of
from bot.words import normalise
from commands import faq_report
from commands.question_bank import Bank
from commands.terminal import DAY, branch_of, day, opened, refuse, refusing, say, settings
from handlers.understanding import Understanding
from house import build_bots
from models import question
from models.base import Database
from models.days import JST, day_of, in_words
from models.faq_draft import Draft, draft
from models.schema import upgrade
from settings import ROOT

ASKED_WITHIN = 365  # days
BANK = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def faq() -> None:
    """質問への答え。"""


@faq.command("try")
@click.option("--branch", "branch_id")
@click.option("--on", type=DAY)
@click.option("--json", "as_json", is_flag=True)
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
def try_(branch_id: str | None, on: datetime | None, as_json: bool, file: Any) -> None:
    """1行に1つの文を読み、会員が読む答えを1行のJSONで書く。"""
    found = settings()
    branch = branch_of(found, branch_id)
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(build_bots(found, [branch])[branch.id], Path(folder), day(on, found))
        for line in file:
            text = line.rstrip("\r\n")
            if not text and file is sys.stdin:
                continue
            answer = trial.ask(text)
            click.echo(json.dumps(answer, ensure_ascii=False) if as_json else _in_words(answer))
        trial.close()


class Trial:
    """A branch's bot on a database of its own, asked by a new person each time."""

    def __init__(self, bot: Any, folder: Path, on: date) -> None:
        self._bot, self._on = bot, on
        self._now = datetime.combine(on, time(12, 0), JST)
        self._database = Database(f"sqlite:///{folder / 'trial.db'}")
        self._serial = count(1)
        upgrade(self._database)

    def ask(self, text: str) -> dict[str, Any]:
        """What becomes of the text, and all that the person would read."""
        understanding: Understanding = self._bot.understanding
        plain = normalise(text)
        answer: dict[str, Any] = {"text": text, "topic": None, "choices": [], "flow": None}
        if way := named_way(plain):
            answer |= {"action": "flow", "flow": way}
        elif opener := self._bot.scan(plain):
            answer |= {"action": "flow", "flow": opener.flow}
        elif (way := way_of(plain)) and not understanding.guard(plain):
            answer |= {"action": "flow", "flow": way}
        else:
            answer |= self._meant(understanding, plain)
        return answer | {"reply": self._reply(text)}

    def close(self) -> None:
        self._database.close()

    def _meant(self, understanding: Understanding, text: str) -> dict[str, Any]:
        meaning = understanding.meaning(text, self._on)
        found: dict[str, Any] = {"action": meaning.action}
        match meaning.action:
            case "flow":
                is_topic = meaning.opener is not None and meaning.opener.flow == "faq"
                return found | {"flow": meaning.opens, "topic": meaning.opens if is_topic else None}
            case "answer":
                return found | {"topic": meaning.entries[0].topic}
            case "choices":
                faq = self._bot.world.faq
                return found | {
                    "choices": [
                        {"topic": each.topic, "label": each.title, "reply": faq.answer(each, self._on)}
                        for each in meaning.entries
                    ]
                }
            case "guard":
                return found | {"guard": meaning.guard.kind if meaning.guard else None}
        return found

    def _reply(self, text: str) -> str:
        serial = next(self._serial)
        event = Event(f"try-{serial}", "text", f"U{serial}", reply_token="0", text=text)  # noqa: S106
        owed = self._database.run(lambda db: self._bot.handle(db, event, self._now))
        return "\n".join(flex.read_words(message) for message in json.loads(owed.messages)) if owed else ""


@faq.command("unanswered")
@click.option("--branch", "branch_id")
@click.option("--days", default=30, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def unanswered(branch_id: str | None, days: int, as_json: bool) -> None:
    """答えられなかった質問を、似たものごとに（だれの質問かは残していません）。"""
    found, now, database = opened()
    branch = branch_of(found, branch_id)
    since = now() - timedelta(days=days)
    with database.reading() as db:
        groups, total = question.groups(db, branch.id, since), question.count_open(db, branch.id, since)
    grouped = sum(len(group.asked) for group in groups)
    rows = [
        {"count": len(group.texts), "texts": list(group.texts), "last_asked_at": group.last_asked_at}
        for group in groups
    ]
    words = [f"{len(group.texts)}件　{group.texts[0]}" for group in groups]
    if grouped < total:
        words.append(f"全{total}件のうち、新しい{grouped}件を組にしました。")
    say(as_json, {"groups": rows, "total": total}, "\n".join(words) or "答えられなかった質問はありません。")


@faq.command("draft")
@click.option("--branch", "branch_id")
@click.option("--on", type=DAY)
@click.option("--answer", default="", help="会員に見せる答え（なければ、あとで書く印が入ります）")
@click.option("--group", type=int, default=0, help="unanswered で何番目の組か（1から）")
@click.argument("questions", nargs=-1)
def draft_(
    branch_id: str | None, on: datetime | None, answer: str, group: int, questions: tuple[str, ...]
) -> None:
    """質問から、faq.yaml に貼り付ける下書きを作る。"""
    found, now, database = opened()
    branch = branch_of(found, branch_id)
    texts = list(questions)
    if group:
        with database.reading() as db:
            groups = question.groups(db, branch.id, now() - timedelta(days=ASKED_WITHIN))
        if not 1 <= group <= len(groups):
            refuse(f"{group} 番目の組はありません（今 {len(groups)} 組）。")
        texts += groups[group - 1].texts
    today = on.date() if on else day_of(now())
    terms = branch.desks.nearest(today)
    wanted = Draft(texts, answer, terms.main, terms.desks[terms.main].name)
    with refusing(False):
        click.echo(draft(wanted, today), nl=False)


@faq.command("to-confirm")
@click.option("--branch", "branch_id")
@click.option("--json", "as_json", is_flag=True)
def to_confirm(branch_id: str | None, as_json: bool) -> None:
    """資料の読み方が分かれるため、組合の確認が要る答え。"""
    found = settings()
    branch = branch_of(found, branch_id)
    faq_ = build_bots(found, [branch])[branch.id].world.faq
    doubtful = [entry for entry in faq_.entries if entry.confirm or entry.hand_over]
    rows = [
        {
            "topic": entry.topic,
            "reading": entry.confirm,
            "hands_over": entry.hand_over,
            "source": entry.source,
        }
        | {"answer": faq_.answer(entry, entry.since)}
        for entry in doubtful
    ]
    words = [
        f"{entry.topic}（{entry.confirm or '窓口へ案内'}、{entry.source}）{entry.title}" for entry in doubtful
    ]
    say(as_json, {"answers": rows}, "\n".join(words) or "確認が要る答えはありません。")


@faq.command("report")
@click.option("--bank", type=BANK, default=ROOT / "tests" / "questions", help="質問集のフォルダ")
@click.option("--half", type=click.Choice(["hold", "tune"]), default="hold", show_default=True)
@click.option("--on", type=DAY)
@click.option("--json", "as_json", is_flag=True)
def report(bank: Path, half: str, on: datetime | None, as_json: bool) -> None:
    """質問集への答えの正しさ、取り違え、見直しの期日、確認の要る答え。"""
    found = settings()
    of = faq_report.report(Bank(found.branches, bank), half, day(on, found))
    say(as_json, faq_report.as_json(of), "\n".join(faq_report.in_lines(of)))


@faq.command("stale")
@click.option("--branch", "branch_id")
@click.option("--on", type=DAY)
def stale(branch_id: str | None, on: datetime | None) -> None:
    """見直しの期日を過ぎた答え。"""
    found = settings()
    branch = branch_of(found, branch_id)
    entries = build_bots(found, [branch])[branch.id].world.faq.entries
    for line in _stale(entries, day(on, found)):
        click.echo(line)


def _stale(entries: Any, today: date) -> Iterator[str]:
    for entry in entries:
        if entry.review_by < today:
            yield f"{entry.topic}　見直し期日 {entry.review_by}（{in_words(entry.review_by)}）　{entry.owner}"


def _in_words(answer: dict[str, Any]) -> str:
    return f"■ {answer['text']}\n［{answer['action']}］{answer['topic'] or answer['flow'] or ''}\n{answer['reply']}\n"
