"""What the desk does for people: tries cleared, links ended, a chat forgotten."""

import click
from sqlalchemy import Connection

from commands.terminal import BRANCH, JSON, author, branch_of, opened, refuse, refusing, say
from models import linking
from models.audit import record
from models.forget import forget_chat
from models.linking import number_as_stored
from models.member import masked, person_with


@click.command("clear-tries")
@BRANCH
@click.option("--number", required=True, help="組合員番号（配偶者は末尾に01）")
@JSON
def clear_tries(branch_id: str | None, number: str, as_json: bool) -> None:
    """連携の入力を続けて間違えた番号を、今日もう一度試せるようにする。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    now, about = clock(), masked(number_as_stored(number))

    def work(db: Connection) -> int:
        cleared = linking.clear_tries(db, branch.id, number, now)
        record(db, branch.id, author(), "link.clear_tries", about, now, after={"cleared": cleared})
        return cleared

    count = database.run(work)
    say(as_json, {"cleared": count}, f"{count} 回ぶんの失敗を数えないことにしました。")


@click.command()
@BRANCH
@click.option("--number", required=True, help="組合員番号（配偶者は末尾に01）")
@JSON
def unlink(branch_id: str | None, number: str, as_json: bool) -> None:
    """ある方の連携を、すべてのトークで終わらせる（利用の記録は残ります）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    with database.reading() as db:
        person = person_with(db, branch.id, number_as_stored(number))
    if person is None:
        refuse(f"番号 {number} は見つかりません。取り込んだ組合員のCSVを確かめてください。", as_json)
    now = clock()

    def work(db: Connection) -> int:
        ended = linking.unlink_everywhere(db, person, now)
        record(db, branch.id, author(), "link.end", f"person:{person}", now, after={"ended": ended})
        return ended

    count = database.run(work)
    say(as_json, {"unlinked": count}, f"{count} 件の連携を終わらせました。")


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
