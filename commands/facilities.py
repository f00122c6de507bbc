"""The sheets that facilities put up, and the addresses of their pages."""

from pathlib import Path

import click
from sqlalchemy import Connection
from tqdm import tqdm

from bot.line import Line, LineUnavailable
from commands.terminal import BRANCH, JSON, author, branch_of, opened, refuse, say
from house import sheets
from models.audit import record
from models.branch import Branch
from models.facility import facility, facility_code
from models.proof import revoke_staff_page
from pictures.posters import posters_pdf
from settings import Settings


@click.command()
@BRANCH
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("posters.pdf"))
@JSON
def posters(branch_id: str | None, out: Path, as_json: bool) -> None:
    """施設に貼る台紙（会員用とスタッフ用）をPDFにする。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    drawn = sheets(database, branch, found, _basic_id(found, branch, as_json))
    if not drawn:
        refuse("施設が登録されていません。先に import facilities を行ってください。", as_json)
    with tqdm(total=len(drawn), unit="施設", delay=1, disable=as_json) as bar:
        try:
            count = posters_pdf(drawn, out, lambda done: bar.update(done - bar.n) and None)
        except OSError as error:
            refuse(f"{out} に書けません（{error.strerror}）。--out に別の場所を指定してください。", as_json)
    after = {"facilities": count}
    database.run(lambda db: record(db, branch.id, author(), "export", "posters", clock(), after=after))
    say(
        as_json,
        {"file": str(out), "facilities": count},
        f"{out} に {count} 施設ぶん（各2ページ）を書きました。",
    )


@click.command("revoke-facility-page")
@click.argument("code")
@BRANCH
@JSON
def revoke(code: str, branch_id: str | None, as_json: bool) -> None:
    """施設スタッフ用ページの今のアドレスを使えなくする（新しい台紙を配ってください）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    with database.reading() as db:
        if facility(db, branch.id, code) is None:
            refuse(f"施設コード {code} は見つかりません。", as_json)
    kept, now = facility_code(code), clock()

    def work(db: Connection) -> None:
        revoke_staff_page(db, branch.id, kept, now)
        record(db, branch.id, author(), "facility.revoke", f"facility:{kept}", now)

    database.run(work)
    say(
        as_json,
        {"facility": kept, "revoked": True},
        "古いアドレスを止めました。posters で新しい台紙を作ってください。",
    )


def _basic_id(found: Settings, branch: Branch, as_json: bool) -> str:
    """The account's @id: LINE knows it; the demo's is made of the branch's name."""
    credentials = found.channels.get(branch.id)
    if credentials is None:
        return f"@kyosai-{branch.id}"
    line = Line(credentials.channel_id, credentials.secret, found.line_api, ca_file=found.ca_file)
    try:
        return line.bot_user_id()[1]
    except LineUnavailable as error:
        refuse(
            f"LINEにアカウントのIDを聞けませんでした（{error}）。少し待ってからやり直してください。", as_json
        )
