"""What the desk does for people: tries cleared, links ended, a chat forgotten."""

import click

from commands.terminal import BRANCH, JSON, branch_of, opened, refuse, refusing, say
from models import linking
from models.forget import forget_chat
from models.linking import number_as_stored
from models.member import person_with


@click.command("clear-tries")
@BRANCH
@click.option("--number", required=True, help="組合員番号（配偶者は末尾に01）")
@JSON
def clear_tries(branch_id: str | None, number: str, as_json: bool) -> None:
    """連携の入力を続けて間違えた番号を、今日もう一度試せるようにする。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    count = database.run(lambda db: linking.clear_tries(db, branch.id, number, clock()))
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
    count = database.run(lambda db: linking.unlink_everywhere(db, person, clock()))
    say(as_json, {"unlinked": count}, f"{count} 件の連携を終わらせました。")


@click.command()
@BRANCH
@click.option("--user", "user_id", required=True, help="LINEの利用者ID（U…）")
@JSON
def forget(branch_id: str | None, user_id: str, as_json: bool) -> None:
    """トークからLINEの利用者IDと言葉を消す（利用の記録は残り、戻せません）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    with refusing(as_json):
        ended = database.run(lambda db: forget_chat(db, branch.id, user_id, clock()))
    words = f"このトークの利用者IDと送った言葉を消しました。終わった連携 {ended} 件。"
    say(as_json, {"forgotten": True, "unlinked": ended}, words)
