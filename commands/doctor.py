"""What is wrong with this installation, in words, and what to do about it."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.line import Line, LineUnavailable
from bot.line_setup import LineSetup
from bot.richmenu import EVERYBODYS, kind_of
from commands.terminal import ANOTHER_FOLDER, JSON, is_under_demo_clock, say, settings
from handlers.taught import (
    guarded_sayings,
    ordering_sayings,
    read_foreign,
    read_lexicon,
    read_orders,
    read_smalltalk,
)
from models.base import Database
from models.branch import Branch, folders, load_branch
from models.faq import load_faq
from models.points_terms import sample_values
from models.schema import upgrade
from models.terms import BadTerms, read_raw
from models.unread_terms import unread_terms
from settings import SHORTEST_SECRET, Settings

REFUSED = ("400", "401", "403")  # what LINE answers to a wrong id or secret
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FEW_LEFT = 0.1  # of the month's messages
OWN_WAYS = ("branch", "calendar", "faq")  # read entry by entry, or no list: checked by their own readers


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `advice` says what to do where it is not right."""

    ok: bool
    what: str
    advice: str = ""

    def in_words(self) -> str:
        return f"✓ {self.what}" if self.ok else f"✗ {self.what}\n    → {self.advice}"


@click.command()
@JSON
def doctor(as_json: bool) -> None:
    """この環境で動かせるかを調べ、直すところを言葉で示す。"""
    checks = list(examine(settings()))
    wrong = sum(not check.ok for check in checks)
    last = "すべて問題ありません。" if not wrong else f"直すところが {wrong} か所あります。"
    answer = {"ok": not wrong, "checks": [asdict(check) for check in checks]}
    say(as_json, answer, "\n".join([*(check.in_words() for check in checks), last]))
    if wrong:
        raise SystemExit(1)


def examine(found: Settings) -> Iterator[Check]:
    """Everything that can be checked from here, one after another."""
    for folder in folders(found.branches):
        yield from branch_checks(folder, is_live=folder.name in found.channels)
    yield words_of_members(found.branches)
    yield _database(found)
    if is_under_demo_clock(found):
        yield Check(False, f"データの置き場所（{found.data_dir}）: 見本の時計があります", ANOTHER_FOLDER)
    yield _secret(found)
    yield _public_url(found)
    if not found.channels:
        yield Check(True, "LINEのチャネル: まだ設定がありません（手元のデモだけなら、このままで動きます）")
    for name, credentials in found.channels.items():
        line = Line(credentials.channel_id, credentials.secret, found.line_api, ca_file=found.ca_file)
        yield from _channel(name, line, found)


def words_of_members(branches: Path) -> Check:
    what = (
        "会員の言葉: synonyms.txt と orders.txt と sayings.txt と wishes.txt と smalltalk.txt と foreign.txt"
    )
    try:
        for read in (read_lexicon, read_orders, read_smalltalk, read_foreign):
            read(branches)
        for sayings in (guarded_sayings, ordering_sayings):
            deque(sayings(branches), maxlen=0)  # looked at, and nothing learnt
    except BadTerms as bad:
        return Check(False, what, f"{bad}")
    return Check(True, what)


def branch_checks(folder: Path, *, is_live: bool) -> Iterator[Check]:
    """Its files, each read once; where one cannot be read, that is all there is to say."""
    what = f"支部 {folder.name}: 決まりと質問の答え"
    try:
        raw = {
            file.name: read_raw(file) for file in sorted(folder.glob("*.yaml")) if file.stem not in OWN_WAYS
        }
        branch = load_branch(folder)
        load_faq(folder)
    except BadTerms as bad:
        yield Check(False, what, f"{bad}")
        return
    yield Check(True, what)
    for unread in unread_terms(folder):
        yield Check(False, f"支部 {branch.id}: どこにも使われない決まりがあります", f"{unread}")
    yield from _calendar_problems(branch)
    yield from _to_confirm(branch.id, raw)
    yield from _samples(branch, is_live=is_live)


def _calendar_problems(branch: Branch) -> Iterator[Check]:
    """The entries of the calendar that cannot be used; the others stand."""
    for problem in branch.calendar.problems if branch.calendar else ():
        yield Check(False, f"支部 {branch.id}: 使えない予定があります（ほかの予定は使えます）", f"{problem}")


def _to_confirm(branch: str, raw: Mapping[str, list[Any]]) -> Iterator[Check]:
    """What stands in the terms without a document of the association behind it."""
    for file, blocks in raw.items():
        for block in blocks:
            for name in block.get("to_confirm", ()) if isinstance(block, dict) else ():
                where = f"{branch}/{file} {name}"
                yield Check(True, f"確かめていただくこと（資料にない値）: {where}: {_value(block.get(name))}")


def _value(found: object) -> str:
    match found:
        case dict():
            return "、".join(f"{key} {_value(each)}" for key, each in found.items())
        case list():
            return "・".join(map(str, found)) or "なし"
    return str(found)


def _samples(branch: Branch, *, is_live: bool) -> Iterator[Check]:
    """Every example value that the association must replace with its own before members see it."""
    samples = sample_values(branch.points) if branch.points else []
    lines = [f"{one.file} {one.path}: {one.value}" for one in samples]
    lines += [
        f"{branch.id}/articles.yaml: {article.title}"
        for block in (branch.articles.blocks if branch.articles else ())
        for article in block.terms.articles
        if article.sample
    ]
    if lines:
        listed = "".join(f"\n    ・{line}" for line in lines)
        advice = "支部の値に直し、その行の sample: true を消してください"
        yield Check(not is_live, f"支部 {branch.id}: 見本の値が {len(lines)} 件あります{listed}", advice)


def _database(found: Settings) -> Check:
    what = f"データベース（{'SQLite' if found.database_url.startswith('sqlite') else 'PostgreSQL'}）"
    try:
        database = Database(found.database_url)
        upgrade(database)
        with database.reading() as db:
            db.execute(text("SELECT 1"))
        database.close()
    except (SQLAlchemyError, OSError) as error:
        advice = "DATABASE_URL と、データベースが動いているかを確かめてください"
        return Check(False, f"{what}: つながりません（{type(error).__name__}）", advice)
    return Check(True, f"{what}: つながり、表も最新です")


def _secret(found: Settings) -> Check:
    what = "署名の鍵（SECRET_KEY）"
    advice = f"{SHORTEST_SECRET}文字以上の、ほかで使っていない文字を SECRET_KEY に設定してください"
    if len(found.secret_key) < SHORTEST_SECRET:
        return Check(False, f"{what}: 短すぎます", advice)
    kept = found.data_dir / "secret_key"
    is_own = kept.exists() and kept.read_text().strip() == found.secret_key
    if is_own and not found.database_url.startswith("sqlite"):
        return Check(False, f"{what}: この1台だけの鍵です", f"何台でも同じになるように、{advice}")
    return Check(True, what)


def _public_url(found: Settings) -> Check:
    what = f"公開アドレス（PUBLIC_URL）: {found.public_url}"
    parts = urlsplit(found.public_url)
    line_is_here = urlsplit(found.line_api).hostname in LOOPBACK
    if parts.scheme == "https" and parts.hostname:
        return Check(True, what)
    if parts.scheme == "http" and parts.hostname in LOOPBACK and (line_is_here or not found.channels):
        return Check(True, what)
    return Check(
        False, what, "LINEからは https だけがつながります。https:// で始まる公開アドレスにしてください"
    )


def _channel(name: str, line: Line, found: Settings) -> Iterator[Check]:
    """What LINE says of one channel; without a token nothing else can be asked."""
    who, upper = f"{name} のチャネル", name.upper()
    try:
        line.token()
    except LineUnavailable as error:
        yield _without_token(who, upper, error)
        return
    yield Check(True, f"{who}: IDと秘密")
    for ask in (_webhook, _menu, _quota):
        try:
            yield ask(name, line, found)
        except LineUnavailable as error:
            yield Check(
                False, f"{who}: LINEに聞けません（{error}）", "少し待って、もう一度 doctor を実行してください"
            )


def _without_token(who: str, upper: str, error: LineUnavailable) -> Check:
    if str(error).endswith(REFUSED):
        advice = f"{upper}_CHANNEL_ID と {upper}_CHANNEL_SECRET を LINE Developers の画面と見くらべてください"
        return Check(False, f"{who}: IDと秘密がLINEに受け付けられません（{error}）", advice)
    advice = (
        "このコンピューターから api.line.me へ https でつながるか（ネットワーク、プロキシ）を確かめてください"
    )
    return Check(False, f"{who}: LINEにつながりません（{error}）", advice)


def _webhook(name: str, line: Line, found: Settings) -> Check:
    wanted = f"{found.public_url}/webhook/{name}"
    address, is_active = LineSetup(line).webhook_address()
    if address != wanted:
        advice = f"LINE Developers の Webhook URL を {wanted} にしてください"
        return Check(False, f"{name} のWebhook: {address or '未設定'}", advice)
    if not is_active:
        return Check(
            False,
            f"{name} のWebhook: 止まっています",
            "LINE Developers で「Webhookの利用」をオンにしてください",
        )
    return Check(True, f"{name} のWebhook: {address}")


def _menu(name: str, line: Line, found: Settings) -> Check:
    if any(kind_of(menu) == EVERYBODYS for menu in LineSetup(line).rich_menus()):
        return Check(True, f"{name} のリッチメニュー")
    return Check(
        False, f"{name} のリッチメニュー: まだありません", f"app.py menus --branch {name} を実行してください"
    )


def _quota(name: str, line: Line, found: Settings) -> Check:
    quota = line.quota()
    limit, used = quota.limit, quota.used
    if limit is None:
        return Check(True, f"{name} の今月の送信: {used:,}通（上限なし）")
    what = f"{name} の今月の送信: {used:,}通 / 上限 {limit:,}通"
    if limit - used > limit * FEW_LEFT:
        return Check(True, what)
    return Check(
        False,
        what,
        "残りがわずかです。LINE公式アカウントの料金プランを確かめてください（返信は数えられません）",
    )
