"""What a person holds and why; a wrong use given back."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from commands.record import importing
from commands.terminal import (
    BRANCH,
    DAY,
    FILE,
    JSON,
    author,
    branch_of,
    holder_numbered,
    opened,
    refuse,
    refusing,
    say,
)
from handlers.staff.telling import tell_corrected, tell_registered
from models import coupon_uses, coupons
from models.corrections import Seen, give_back_one
from models.coupon_reasons import not_held, why
from models.coupon_uses import Redemption
from models.coupons import STATES, Coupon, Usable, usable_at
from models.days import day_of, fiscal_year
from models.facility import facility, facility_code
from models.member import number_as_stored
from models.outage_file import register_file

LONGEST_REASON = 100


@click.group()
def show() -> None:
    """登録の内容を見る。"""


@show.command("coupons")
@BRANCH
@click.option("--number", required=True, help="組合員番号（配偶者は末尾に01）")
@click.option("--on", type=DAY, help="この日のこと（なければ今日）")
@click.option("--facility", "code", help="この施設で使えるもの")
@JSON
def show_coupons(
    branch_id: str | None, number: str, on: datetime | None, code: str | None, as_json: bool
) -> None:
    """ある日に、ある方がどのクーポンを持ち、なぜそうなのか。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    if branch.coupons is None:
        refuse(f"{branch.id} に電子クーポンはありません。", as_json)
    day = on.date() if on else day_of(clock())
    with database.reading() as db:
        one = holder_numbered(db, branch.id, number, as_json)
        held = coupons.held(db, branch.coupons, one, day)
        uses = coupon_uses.use_ids(db, one.id, fiscal_year(day))
        here = facility(db, branch.id, facility_code(code)) if code else None
        if code and here is None:
            refuse(f"施設コード {code} は見つかりません。", as_json)
        usable = usable_at(db, branch.coupons, one, here, day) if here else ()
        others = not_held(db, branch.coupons, one, day)
    answer: dict[str, Any] = {
        "branch": branch.id,
        "number": number_as_stored(number),
        "on": day.isoformat(),
        "fiscal_year": fiscal_year(day),
        "coupons": [_coupon(coupon) | {"why": why(coupon, one, day)} for coupon in held.coupons],
        "not_held": [asdict(other) for other in others],
        "reason": held.reason,
        "reason_code": held.code,
        "uses": [
            {"use": use, "label": label, "facility": name, "used_at": at.isoformat(), "live": live}
            for use, label, name, at, live in uses
        ],
    }
    if here:
        answer["facility"] = {"code": here.code, "name": here.name}
        answer["usable"] = [_usable(each) for each in usable]
    lines = [f"{each.label}　残り{each.remaining}枚　{STATES[each.state]}" for each in held.coupons]
    lines = lines or [held.reason]
    lines += [f"{other.name}　なし　{other.reason}" for other in others]
    lines += (
        [f"{here.name}で使えるもの: {'、'.join(each.label for each in usable) or 'なし'}"] if here else []
    )
    lines += [
        f"利用 {use}: {label}　{name}{'' if live else '（取り消し）'}" for use, label, name, _, live in uses
    ]
    say(as_json, answer, "\n".join(lines))


@click.group(name="coupons")
def correcting() -> None:
    """クーポンの訂正。"""


@correcting.command("give-back")
@click.argument("use", type=int)
@click.option(
    "--reason",
    required=True,
    help=f"なぜ取り消すか（{LONGEST_REASON}文字まで。記録に残り、会員にもこのまま知らせます）",
)
@BRANCH
@JSON
def give_back(use: int, reason: str, branch_id: str | None, as_json: bool) -> None:
    """間違った利用1枚を、反対の記録で取り消し、会員に知らせる（番号は show coupons の uses）。

    サーバーの管理者が、トークの利用訂正では直せないときに使います。そのため、枚数の上限と
    2人目の承認はありません。だれが行ったかは、記録（audit show）に残ります。
    """
    found, clock, database = opened()
    branch = branch_of(found, branch_id).id if branch_id else None
    who, now = author(), clock()
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise click.UsageError(f"--reason に理由を{LONGEST_REASON}文字までで書いてください。")

    def work(db: Connection) -> tuple[Seen, int]:
        of, what = give_back_one(db, use, reason=reason.strip(), author=who, now=now, branch=branch)
        return what, tell_corrected(db, of, what, now)

    with refusing(as_json):
        what, told = database.run(work)
    where = "次の郵送リストに入れました（紙クーポンに切り替え済み）" if what.on_paper else "残数に戻しました"
    words = f"利用 {use} を取り消し、{where}。会員のトーク{told}件に知らせます。"
    say(as_json, {"use": use, "given_back": True, "on_paper": what.on_paper}, words)


@correcting.command("register")
@click.argument("file", type=FILE)
@BRANCH
@JSON
def register_uses(file: Path, branch_id: str | None, as_json: bool) -> None:
    """通信障害の日の利用のCSV（number,facility,kind,used_on）を登録する（ドックと歯科だけ）。"""
    found, clock, database = opened()
    branch = branch_of(found, branch_id)
    if branch.coupons is None:
        refuse(f"{branch.id} に電子クーポンはありません。", as_json)
    now, dated, who = clock(), branch.coupons, author()

    def tell(db: Connection, used: Redemption) -> None:
        tell_registered(db, branch.id, used, now)

    with refusing(as_json), importing(database, branch.id, "outage", file, now) as came:
        report = register_file(database, branch.id, dated, file, who, now, tell)
        came.came_to(report)
    words = f"{report.rows}行を読みました。登録 {report.added}、登録済み {report.unchanged}。"
    say(as_json, asdict(report), words)


def _coupon(coupon: Coupon) -> dict[str, Any]:
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


def _usable(one: Usable) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "product": one.coupon.product,
        "label": one.label,
        "experience": one.experience,
    }
