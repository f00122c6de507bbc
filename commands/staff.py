"""Staff on the command line: inviting, listing, and leaving at once."""

from pathlib import Path
from typing import cast

import click
from sqlalchemy import Connection

from bot.line import Line, LineUnavailable
from commands.terminal import BRANCH, JSON, author, branch_of, opened, refuse, refusing, say
from handlers.staff.telling import tell_who_waits_for_nobody
from house import chat_address
from models import staff as models
from models.branch import Branch
from models.days import day_of, minute_in_words
from models.staff import ROLE_WORDS, ROLES, Role
from pictures.codes import qr_ascii, qr_png
from settings import Settings


@click.group()
def staff() -> None:
    """職員: トークで仕事をする人の招待と終了。"""


@staff.command()
@BRANCH
@click.option(
    "--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="役割（何度でも書けます）"
)
@click.option("--name", default="", help="ほかの職員に見える名前（20文字まで）")
@click.option("--qr", type=click.Path(dir_okay=False, path_type=Path), help="QRをPNGにも書く")
@JSON
def invite(branch_id: str | None, roles: tuple[str, ...], name: str, qr: Path | None, as_json: bool) -> None:
    """一度だけ使える招待コードを作る（本人が1対1のトークで送ると職員になります）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    now, chosen = clock(), cast("tuple[Role, ...]", roles)
    if len(name) > models.LONGEST_NAME:
        raise click.UsageError(f"--name は{models.LONGEST_NAME}文字までにしてください。")
    if branch.staff is None:
        refuse(f"branches/{branch.id}/staff.yaml がないため、招待できません。作成してください。", as_json)
    terms = branch.staff.on(day_of(now))
    code = database.run(lambda db: models.invite(db, branch.id, chosen, name, terms, author(), now))
    basic_id = _basic_id(found, branch)
    address = chat_address(basic_id, code) if basic_id else code  # a code alone can still be typed
    if qr:
        qr.write_bytes(qr_png(address))
    role_words = "・".join(ROLE_WORDS[role] for role in models.in_order(chosen))
    words = (
        f"招待コード: {code}\n役割: {role_words}\n"
        f"{terms.invitation_hours}時間のあいだ、1回だけ使えます。本人に渡し、1対1のトークで送ってもらってください。\n"
    )
    say(
        as_json,
        {"code": code, "roles": list(chosen), "hours": terms.invitation_hours, "url": address},
        words + qr_ascii(address),
    )


@staff.command("list")
@BRANCH
@JSON
def listing(branch_id: str | None, as_json: bool) -> None:
    """今の職員と役割。"""
    found, _, database = opened()
    branch = branch_of(found, branch_id)
    with database.reading() as db:
        people = models.all_staff(db, branch.id)
    answer = [{"id": one.id, "name": one.name, "roles": list(one.roles)} for one in people]
    lines = [f"{one.id}　{one.name}　{one.roles_in_words()}" for one in people]
    say(as_json, {"branch": branch.id, "staff": answer}, "\n".join(lines) or "職員はまだいません。")


@staff.command()
@click.argument("staff_id", type=int)
@BRANCH
@JSON
def leave(staff_id: int, branch_id: str | None, as_json: bool) -> None:
    """職員をやめさせる（番号は staff list。手続きの途中でも、すぐに効きます）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    now = clock()

    def work(db: Connection) -> models.StaffMember:
        left = models.leave(db, branch.id, staff_id, author(), now)
        if "approver" in left.roles:
            tell_who_waits_for_nobody(db, branch.id, now)
        return left

    with refusing(as_json):
        left = database.run(work)
    words = f"{left.name}さんの役割（{left.roles_in_words()}）を{minute_in_words(now)}に終わらせました。"
    say(as_json, {"id": staff_id, "left": True}, words)


def _basic_id(found: Settings, branch: Branch) -> str:
    """The account's @id; the demo's is made of the branch's name; empty while LINE is away."""
    credentials = found.channels.get(branch.id)
    if credentials is None:
        return f"@kyosai-{branch.id}"
    try:
        return Line(
            credentials.channel_id, credentials.secret, found.line_api, ca_file=found.ca_file
        ).bot_user_id()[1]
    except LineUnavailable:
        return ""
