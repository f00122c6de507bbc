"""Running it: the demo, the server, the worker; its menus and diagrams."""

import os
import socket
import sys

import click
from sqlalchemy import Connection

from bot.line_setup import LineSetup
from commands.terminal import (
    BRANCH,
    JSON,
    author,
    of_members,
    one_of,
    real_clock,
    refuse,
    refuse_demo_clock,
    say,
    settings,
    until_stopped,
)
from demo import Demo
from handlers.diagrams import write_flows
from house import build, install_menu, jobs
from models.audit import record
from models.branch import load_branches
from models.schema import prepare
from models.staff import wish_menus
from scheduler.jobs import start as start_jobs
from scheduler.leadership import Leadership
from settings import ROOT

THREADS = 8  # of the server, each for one event


@click.command()
def demo() -> None:
    """手元のLINE（シミュレーター）とボットを動かす。"""
    found = settings()
    if names := of_members(found):
        refuse(
            "見本は、会員のデータベースやチャネルのあるところでは動かせません。"
            f"{'、'.join(names)} の設定を外してから、もう一度実行してください。"
        )
    _check_ports(PORT=found.port, BOT_PORT=found.bot_port)
    shown = Demo(found)
    shown.start()
    click.echo(f"準備ができました。ブラウザで http://127.0.0.1:{shown.settings.port} を開いてください。")
    click.echo(f"（ボット: http://127.0.0.1:{shown.settings.bot_port} ／ 終わるときは Ctrl+C）")
    until_stopped()
    shown.stop()


@click.command()
@click.option("--host", default="0.0.0.0", show_default=True)  # noqa: S104 (behind a load balancer)
def serve(host: str) -> None:
    """本番: Webhookとページを公開し、送信と定時の仕事も行う。"""
    found = settings()
    if not found.channels:
        refuse(
            "チャネルの設定がありません。例: SAITAMA_CHANNEL_ID と SAITAMA_CHANNEL_SECRET を設定してください。"
        )
    refuse_demo_clock(found)
    prepare(found.database_url)
    arguments = [
        *("--host", host, "--port", str(found.bot_port), "--interface", "wsgi", "--factory"),
        *("--workers", "1", "--blocking-threads", str(THREADS), "--working-dir", str(ROOT)),
    ]
    # The server takes this process's place: what the command line has loaded would only lie in memory.
    # Two arenas for all threads: one for each would keep many megabytes apart.
    os.environ["MALLOC_ARENA_MAX"] = "2"
    os.execv(sys.executable, [sys.executable, "-m", "granian", *arguments, "server:application"])  # noqa: S606


@click.command()
def work() -> None:
    """本番: Webhookを受けずに、送信と定時の仕事だけを行う（台数を増やせます）。"""
    found = settings()
    refuse_demo_clock(found)
    prepare(found.database_url)
    house = build(found, real_clock)
    house.start()
    leadership = Leadership(house.database, lambda: start_jobs(jobs(house), house.clock))
    leadership.start()
    click.echo("送信と定時の仕事を始めました。終わるときは Ctrl+C")
    until_stopped()
    leadership.stop()
    house.stop()


@click.command()
@BRANCH
@JSON
def menus(branch_id: str | None, as_json: bool) -> None:
    """本番: リッチメニューを描いて、LINEに登録する。"""
    found = settings()
    prepare(found.database_url)
    house = build(found, real_clock)
    if not house.branches:
        refuse("チャネルの設定がありません。先に <支部>_CHANNEL_ID などを設定してください。", as_json)
    branch = house.branches[one_of(house.branches, branch_id)]
    menu = install_menu(LineSetup(house.lines[branch.id]), branch)
    now = house.clock()

    def work(db: Connection) -> None:
        wish_menus(db, branch.id, now)
        record(db, branch.id, author(), "menus", menu, now)

    house.database.run(work)
    say(as_json, {"rich_menu": menu}, f"リッチメニュー {menu} を全員に出しました。")


@click.command()
@click.option("--check", is_flag=True, help="書かずに、今のファイルと同じかを確かめる")
def flows(check: bool) -> None:
    """docs/flows の図を会話の手順から作る。"""
    stale = write_flows(ROOT / "docs" / "flows", load_branches(ROOT / "branches"), check=check)
    if check and stale:
        refuse(f"docs/flows が古くなっています: {', '.join(stale)}。app.py flows を実行してください。")
    click.echo("docs/flows は今の手順と同じです。" if check else "docs/flows を書きました。")


def _check_ports(**ports: int) -> None:
    """Refuses to start where another program listens, and says how to start elsewhere."""
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                refuse(
                    f"ポート {port} は、ほかのプログラムが使っています。"
                    f"それを終わらせるか、{name} に別の番号を指定してください（例：{name}={port + 100} make run）。"
                )
