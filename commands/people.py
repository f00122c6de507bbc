"""What the desk does for people: tries cleared, links ended or allowed again, a chat forgotten."""

from collections.abc import Callable
from datetime import datetime

import click
from sqlalchemy import Connection

from commands.terminal import BRANCH, JSON, author, branch_of, opened, person_numbered, refusing, say
from models import linking, links
from models.audit import record
from models.forget import chat_of, forget_chat
from models.member import masked, number_as_stored


@click.command("clear-tries")
@BRANCH
@click.option("--number", default="", help="間違えられた組合員番号（配偶者は末尾に01）")
@click.option("--user", "user_id", default="", help="番号を続けて打ち間違えた方の、LINEの利用者ID（U…）")
@click.option("--all", "everybody", is_flag=True, help="支部のすべての失敗")
@JSON
def clear_tries(branch_id: str | None, number: str, user_id: str, everybody: bool, as_json: bool) -> None:
    """連携の入力を続けて間違えた番号・トークを、今日もう一度試せるようにする。"""
    if sum(map(bool, (number, user_id, everybody))) != 1:
        raise click.UsageError("--number、--user、--all のどれか一つを指定してください。")
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    now = clock()

    def work(db: Connection) -> int:
        about = masked(number_as_stored(number)) if number else "all"
        if user_id:
            about = f"chat:{chat_of(db, branch.id, user_id)}"
        cleared = linking.clear_tries(db, branch.id, number=number, user_id=user_id)
        record(db, branch.id, author(), "link.clear_tries", about, now, after={"cleared": cleared})
        return cleared

    with refusing(as_json):
        count = database.run(work)
    say(as_json, {"cleared": count}, f"{count} 回ぶんの失敗を数えないことにしました。")


@click.command()
@BRANCH
@click.option("--number", required=True, help="組合員番号（配偶者は末尾に01）")
@JSON
def unlink(branch_id: str | None, number: str, as_json: bool) -> None:
    """ある方の連携を、すべてのトークで終わらせる（利用の記録は残ります）。"""
    ended = _with_person(
        branch_id,
        number,
        "link.end",
        lambda db, person, now: links.unlink_everywhere(db, [person], now),
        as_json,
    )
    say(as_json, {"unlinked": ended}, f"{ended} 件の連携を終わらせました。")


@click.command()
@BRANCH
@click.option("--number", required=True, help="組合員番号（配偶者は末尾に01）")
@JSON
def undisown(branch_id: str | None, number: str, as_json: bool) -> None:
    """「これは私ではありません」で止めたトークが、その方ともう一度連携できるようにする。"""
    allowed = _with_person(
        branch_id, number, "link.undisown", lambda db, person, _: links.undisown(db, person), as_json
    )
    say(as_json, {"allowed": allowed}, f"{allowed} 件のトークが、もう一度連携できます。")


@click.command()
@BRANCH
@click.option("--user", "user_id", required=True, help="LINEの利用者ID（U…）")
@JSON
def forget(branch_id: str | None, user_id: str, as_json: bool) -> None:
    """トークからLINEの利用者IDと言葉を消す（利用の記録は残り、戻せません）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    now = clock()

    def work(db: Connection) -> int:
        gone = forget_chat(db, branch.id, user_id, author(), now)
        record(
            db, branch.id, author(), "chat.forget", f"chat:{gone.chat_id}", now, after={"ended": gone.links}
        )
        return gone.links

    with refusing(as_json):
        ended = database.run(work)
    words = f"このトークの利用者IDと送った言葉を消しました。終わった連携 {ended} 件。"
    say(as_json, {"forgotten": True, "unlinked": ended}, words)


def _with_person(
    branch_id: str | None,
    number: str,
    act: str,
    do: Callable[[Connection, int, datetime], int],
    as_json: bool,
) -> int:
    """Does something for the person with a number and enters it into the record; answers how many rows it changed."""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    with database.reading() as db:
        person = person_numbered(db, branch.id, number, as_json)
    now = clock()

    def work(db: Connection) -> int:
        count = do(db, person, now)
        record(db, branch.id, author(), act, f"person:{person}", now, after={"links": count})
        return count

    return database.run(work)
