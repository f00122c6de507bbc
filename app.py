"""The command line: demo, server, imports, what a person holds, posters, checks."""

import json
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from dotenv import load_dotenv
from granian.constants import Interfaces
from granian.server import Server
from tqdm import tqdm

from bot.line import Line, LineUnavailable
from commands.faq import faq
from demo import Demo, DemoClock
from handlers.diagrams import write_flows
from house import build, install_menu, jobs, sheets
from models import coupons
from models.base import Database, Refusal
from models.branch import Branch, load_branches
from models.coupons import STATES, usable_at
from models.days import day_of, fiscal_year
from models.facility import facility, facility_code
from models.imports import Report, import_facilities, import_members
from models.linking import clear_tries, number_as_stored
from models.member import holder, person_with
from models.proof import revoke_staff_page
from models.schema import upgrade
from models.table_file import BadRows
from models.terms import BadTerms
from pictures.posters import posters_pdf
from scheduler.jobs import start as start_jobs
from settings import ROOT, BadSetting, Settings, from_environment

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

log = logging.getLogger("kyosai")


@click.group()
def cli() -> None:
    """公立学校の共済組合・互助会のためのLINEボット。"""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("werkzeug", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


cli.add_command(faq)


# Running


@cli.command()
def demo() -> None:
    """手元のLINE（シミュレーター）とボットを動かす。"""
    settings = _settings()
    _check_ports(PORT=settings.port, BOT_PORT=settings.bot_port)
    shown = Demo(settings)
    shown.start()
    click.echo(f"準備ができました。ブラウザで http://127.0.0.1:{shown.settings.port} を開いてください。")
    click.echo(f"（ボット: http://127.0.0.1:{shown.settings.bot_port} ／ 終わるときは Ctrl+C）")
    _until_stopped()
    shown.stop()


@cli.command()
@click.option("--host", default="0.0.0.0", show_default=True)  # noqa: S104 (behind a load balancer)
def serve(host: str) -> None:
    """本番: Webhookとページを公開し、送信と定時の仕事も行う。"""
    settings = _settings()
    if not settings.channels:
        _refuse(
            "チャネルの設定がありません。例: SAITAMA_CHANNEL_ID と SAITAMA_CHANNEL_SECRET を設定してください。"
        )
    server = Server(
        "server:application",
        address=host,
        port=settings.bot_port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        factory=True,
    )
    server.serve()


@cli.command()
def work() -> None:
    """本番: Webhookを受けずに、送信と定時の仕事だけを行う（台数を増やせます）。"""
    house = build(_settings(), _real_clock)
    house.start()
    scheduler = start_jobs(jobs(house), house.clock)
    click.echo("送信と定時の仕事を始めました。終わるときは Ctrl+C")
    _until_stopped()
    scheduler.shutdown()
    house.stop()


@cli.command()
@click.option("--branch", "branch_id")
def menus(branch_id: str | None) -> None:
    """本番: リッチメニューを描いて、LINEに登録する。"""
    house = build(_settings(), _real_clock)
    branch = _branch(house.branches, branch_id)
    click.echo(install_menu(house, branch))


# What the association's systems give


@cli.group(name="import")
def import_() -> None:
    """CSVを取り込む（全部取り込むか、何も変えないか）。"""


def _import_command(name: str, help_text: str, take: Callable[..., Report]) -> None:
    @import_.command(name, help=help_text)
    @click.argument("file", type=FILE)
    @click.option("--branch", "branch_id")
    @click.option("--json", "as_json", is_flag=True)
    def command(file: Path, branch_id: str | None, as_json: bool) -> None:
        settings, clock, database = _opened()
        branch = _branch(load_branches(settings.branches), branch_id)
        with tqdm(unit="行", disable=as_json, delay=1) as bar:

            def progress(done: int, total: int | None) -> None:
                bar.total = total
                bar.update(done - bar.n)

            try:
                report = take(database, branch.id, file, now=clock(), progress=progress)
            except BadRows as bad:
                problems = [asdict(problem) for problem in bad.problems]
                _refuse(bad.in_words(), {"error": bad.text, "problems": problems} if as_json else None)
            except Refusal as refusal:
                _refuse(refusal.text)
        _say(as_json, asdict(report), _report_in_words(report))


_import_command("members", "組合員のCSV。", import_members)
_import_command("facilities", "施設のCSV。", import_facilities)


# What is so


@cli.group()
def show() -> None:
    """登録の内容を見る。"""


@show.command("coupons")
@click.option("--branch", "branch_id")
@click.option("--number", required=True)
@click.option("--on", type=DAY)
@click.option("--facility", "code")
@click.option("--json", "as_json", is_flag=True)
def show_coupons(
    branch_id: str | None, number: str, on: datetime | None, code: str | None, as_json: bool
) -> None:
    """ある日に、ある方がどのクーポンを持ち、なぜそうなのか。"""
    settings, clock, database = _opened()
    branch = _branch(load_branches(settings.branches), branch_id)
    if branch.coupons is None:
        _refuse(f"{branch.id} に電子クーポンはありません。")
    day = on.date() if on else day_of(clock())
    with database.reading() as db:
        person = person_with(db, branch.id, number_as_stored(number))
        one = holder(db, person) if person else None
        if one is None:
            _refuse(f"番号 {number} は見つかりません。取り込んだ組合員のCSVを確かめてください。")
        state = coupons.held(db, branch.coupons, one, day)
        uses = coupons.use_ids(db, one.id, fiscal_year(day))
        here = facility(db, branch.id, facility_code(code)) if code else None
        if code and here is None:
            _refuse(f"施設コード {code} は見つかりません。")
        usable = usable_at(db, branch.coupons, one, here, day) if here else ()
    found: dict[str, Any] = {
        "branch": branch.id,
        "number": number_as_stored(number),
        "on": day.isoformat(),
        "fiscal_year": fiscal_year(day),
        "coupons": [_coupon(coupon) for coupon in state.coupons],
        "reason": state.reason,
        "reason_code": state.code,
        "uses": [
            {"use": use, "label": label, "facility": name, "used_at": at.isoformat(), "live": live}
            for use, label, name, at, live in uses
        ],
    }
    if here:
        found["facility"] = {"code": here.code, "name": here.name}
        found["usable"] = [
            {
                "kind": each.kind,
                "product": each.coupon.product,
                "label": each.label,
                "experience": each.experience,
            }
            for each in usable
        ]
    lines = [f"{each.label}　残り{each.remaining}枚　{STATES[each.state]}" for each in state.coupons]
    _say(as_json, found, "\n".join(lines) or state.reason)


@cli.group(name="coupons")
def coupons_() -> None:
    """クーポンの訂正。"""


@coupons_.command("give-back")
@click.argument("use", type=int)
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
def give_back(use: int, reason: str, as_json: bool) -> None:
    """間違った利用1枚を、反対の記録で取り消す（番号は show coupons の uses）。"""
    _, clock, database = _opened()
    author = f"cli:{os.environ.get('USER', 'unknown')}"
    try:
        database.run(lambda db: coupons.give_back(db, use, reason=reason, author=author, now=clock()))
    except Refusal as refusal:
        _refuse(refusal.text)
    _say(as_json, {"use": use, "given_back": True}, f"利用 {use} を取り消し、残数に戻しました。")


@cli.command()
@click.option("--branch", "branch_id")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("posters.pdf"))
def posters(branch_id: str | None, out: Path) -> None:
    """施設に貼る台紙（会員用とスタッフ用）をPDFにする。"""
    settings, _, database = _opened()
    branch = _branch(load_branches(settings.branches), branch_id)
    found = sheets(database, branch, settings, _basic_id(settings, branch))
    with tqdm(total=len(found), unit="施設", delay=1) as bar:
        count = posters_pdf(found, out, lambda done: bar.update(done - bar.n) and None)
    if not count:
        _refuse("施設が登録されていません。先に import facilities を行ってください。")
    click.echo(f"{out} に {count} 施設ぶん（各2ページ）を書きました。")


@cli.command("revoke-facility-page")
@click.argument("code")
@click.option("--branch", "branch_id")
def revoke_facility_page(code: str, branch_id: str | None) -> None:
    """施設スタッフ用ページの今のアドレスを使えなくする（新しい台紙を配ってください）。"""
    settings, clock, database = _opened()
    branch = _branch(load_branches(settings.branches), branch_id)
    with database.reading() as db:
        if facility(db, branch.id, facility_code(code)) is None:
            _refuse(f"施設コード {code} は見つかりません。")
    database.run(lambda db: revoke_staff_page(db, branch.id, facility_code(code), clock()))
    click.echo("古いアドレスを止めました。posters で新しい台紙を作ってください。")


@cli.command("clear-tries")
@click.option("--branch", "branch_id")
@click.option("--number", required=True)
def clear_tries_(branch_id: str | None, number: str) -> None:
    """連携の入力を続けて間違えた番号を、今日もう一度試せるようにする。"""
    settings, clock, database = _opened()
    branch = _branch(load_branches(settings.branches), branch_id)
    count = database.run(lambda db: clear_tries(db, branch.id, number, clock()))
    click.echo(f"{count} 回ぶんの失敗を数えないことにしました。")


@cli.command()
@click.option("--check", is_flag=True, help="書かずに、今のファイルと同じかを確かめる")
def flows(check: bool) -> None:
    """docs/flows の図を会話の手順から作る。"""
    stale = write_flows(ROOT / "docs" / "flows", load_branches(ROOT / "branches"), check=check)
    if check and stale:
        _refuse(f"docs/flows が古くなっています: {', '.join(stale)}。app.py flows を実行してください。")
    click.echo("docs/flows は今の手順と同じです。" if check else "docs/flows を書きました。")


# The parts they share


def _opened() -> tuple[Settings, Callable[[], datetime], Database]:
    settings = _settings()
    database = Database(settings.database_url)
    upgrade(database)
    return settings, _clock(settings), database


def _settings() -> Settings:
    load_dotenv()
    try:
        return from_environment()
    except BadSetting as problem:
        raise click.UsageError(str(problem)) from None


def _clock(settings: Settings) -> Callable[[], datetime]:
    """The demo's clock where a demo lives in the data folder, else the real one."""
    file = settings.data_dir / "clock.json"
    return DemoClock(file, settings.demo_start) if file.exists() else _real_clock


def _real_clock() -> datetime:
    return datetime.now(UTC)


def _branch(branches: dict[str, Branch], name: str | None) -> Branch:
    if name is None and len(branches) == 1:
        return next(iter(branches.values()))
    if name not in branches:
        raise click.UsageError(f"--branch に {'、'.join(branches)} のどれかを指定してください。")
    return branches[name]


def _check_ports(**ports: int) -> None:
    """Refuses to start where another program listens, and says how to start elsewhere."""
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                _refuse(
                    f"ポート {port} は、ほかのプログラムが使っています。"
                    f"それを終わらせるか、{name} に別の番号を指定してください（例：{name}={port + 100} make run）。"
                )


def _basic_id(settings: Settings, branch: Branch) -> str:
    """The account's @id: LINE knows it; the demo's is made of the branch's name."""
    credentials = settings.channels.get(branch.id)
    if credentials is None:
        return f"@kyosai-{branch.id}"
    line = Line(credentials.channel_id, credentials.secret, settings.line_api, ca_file=settings.ca_file)
    try:
        return line.bot_user_id()[1]
    except LineUnavailable as error:
        _refuse(f"LINEにアカウントのIDを聞けませんでした（{error}）。少し待ってからやり直してください。")


def _coupon(coupon: coupons.Coupon) -> dict[str, Any]:
    return {
        "product": coupon.product,
        "label": coupon.label,
        "group": coupon.group,
        "kinds": list(coupon.terms.kinds),
        "total": coupon.total,
        "used": coupon.used,
        "remaining": coupon.remaining,
        "granted_on": coupon.granted_on.isoformat(),
        "usable_from": coupon.terms.usable_from.isoformat(),
        "usable_until": coupon.terms.usable_until.isoformat(),
        "state": coupon.state,
        "state_in_words": STATES[coupon.state],
    }


def _report_in_words(report: Report) -> str:
    lines = [
        f"{report.rows}行を読みました。追加 {report.added}、変更 {report.changed}、変更なし {report.unchanged}。",
        *([f"番号の引き継ぎ {report.moved}。"] if report.moved else []),
        *report.warnings[:50],
    ]
    if report.missing:
        some = "、".join(report.missing[:20])
        lines.append(f"ファイルになかった登録 {len(report.missing)} 件（消していません）: {some}")
    return "\n".join(lines)


def _say(as_json: bool, found: dict[str, Any], words: str) -> None:
    click.echo(json.dumps(found, ensure_ascii=False, default=str) if as_json else words)


def _refuse(words: str, found: dict[str, Any] | None = None) -> NoReturn:
    """Says why nothing was done, and exits 1."""
    click.echo(json.dumps(found, ensure_ascii=False) if found else words, err=found is None)
    raise SystemExit(1)


def _until_stopped() -> None:
    stopped = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stopped.set())
    stopped.wait()


if __name__ == "__main__":
    try:
        cli()
    except BadTerms as bad:
        _refuse(str(bad))
