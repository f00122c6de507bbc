"""Paper coupons for the desk: what waits, and the posting list as a file."""

from pathlib import Path

import click
from sqlalchemy import Connection

from commands.terminal import BRANCH, JSON, OUT, author, branch_of, opened, refuse, refusing, say, writing
from models import paper as requests
from models.audit import record
from models.branch import Branch
from models.coupon_terms import CouponTerms
from models.days import day_of, minute_in_words
from models.member import holder, masked
from models.paper import PaperTerms
from models.paper_confirming import post_what_came
from models.paper_posting import Posting, new_posting, posting, unposted, write_posting
from models.terms import Dated


@click.group()
def paper() -> None:
    """紙クーポン。"""


@paper.command("list")
@BRANCH
@JSON
def waiting(branch_id: str | None, as_json: bool) -> None:
    """確認を待つ申請と、郵送リストを待つ人数。"""
    found, _, database = opened()
    branch = branch_of(found, branch_id)
    with database.reading() as db:
        asked = [(one, holder(db, one.person_id)) for one in requests.waiting(db, branch.id, requests.OPEN)]
        new = unposted(db, branch.id)
    rows = [
        {
            "request": request.id,
            "number": masked(one.latest.number) if one else None,
            "state": request.state,
            "reason": request.reason,
            "asked_at": request.asked_at,
        }
        for request, one in asked
    ]
    lines = [
        f"{row['request']}　{row['number']}　{requests.STATES[request.state]}　{minute_in_words(request.asked_at)}"
        for row, (request, _) in zip(rows, asked, strict=True)
    ]
    words = [*(lines or ["確認を待つ申請はありません。"]), f"郵送リストを待つ人: {new}人"]
    say(as_json, {"waiting": rows, "unposted": new}, "\n".join(words))


@paper.command()
@BRANCH
@OUT
@click.option("--again", "number", type=int, help="前に作った番号のリストを、もう一度")
@JSON
def export(branch_id: str | None, out: Path | None, number: int | None, as_json: bool) -> None:
    """確認した申請を、所属所ごとの郵送リスト（CSV）にする。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    coupons, papers = _terms(branch, as_json)
    if as_json and out is None:
        raise click.UsageError("--json のときは --out でファイルを指定してください。")
    now = clock()

    def work(db: Connection) -> Posting:
        if not number:
            post_what_came(db, branch.id, coupons, papers, now)
        taken = posting(db, branch.id, number, day_of(now)) if number else new_posting(db, branch.id, now)
        after = {"people": taken.people}
        record(db, branch.id, author(), "paper.export", f"posting:{taken.id}", now, after=after)
        return taken

    with refusing(as_json):
        taken = database.run(work)
    with database.reading() as db, writing(out) as file:
        write_posting(db, coupons, branch.id, taken.id, day_of(now), file)
    _report(taken, out, as_json)


def _report(taken: Posting, out: Path | None, as_json: bool) -> None:
    lacking = {
        "without_address": list(taken.without_address),
        "without_workplace": taken.without_workplace,
    }
    if as_json:
        say(True, {"list": taken.id, "people": taken.people, "file": str(out), **lacking}, "")
        return
    words = [f"郵送リスト {taken.id}（{taken.people}人）。もう一度書くには --again {taken.id}"]
    if taken.without_address:
        words.append(f"住所の登録がない所属所: {'、'.join(taken.without_address)}")
        words.append("住所は app.py import workplaces FILE（name,postcode,address）で取り込めます。")
    if taken.without_workplace:
        words.append(f"所属所の登録がない人: {taken.without_workplace}人")
    click.echo("\n".join(words), err=True)


def _terms(branch: Branch, as_json: bool) -> tuple[Dated[CouponTerms], Dated[PaperTerms]]:
    if branch.coupons is None or branch.paper is None:
        refuse("この支部に紙クーポンはありません。", as_json)
    return branch.coupons, branch.paper
