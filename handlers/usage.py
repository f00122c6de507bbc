"""Was it used? The truth from the ledger, with the 済 screen again (AMB-S17, R-SAI-33…38)."""

from typing import Literal

from bot import Card, Choose, Detour, Done, Fact, Opener, Option, Skip, Text
from handlers.redeem import used_card
from handlers.world import MENU, Talk, TalkFlow, call, desk_lines
from models import coupon_uses
from models.coupon_uses import Redemption
from models.days import fiscal_start, fiscal_year, minute_in_words

usage = TalkFlow(
    "usage",
    title="利用状況",
    opens_with=(
        "使えたか確認",
        "利用履歴",
        "使用済みの画面が出る前に閉じた",
        "済の画面が出る前に閉じてしまった",
        "済が出なかった",
        "ちゃんと使えたか",
    ),
    subject="クーポンの利用状況",
    resumable=False,
)


@usage.step
def redemption(chat: Talk) -> Choose | Skip | Detour[Literal["link"]] | Done:
    """Which use: the only one, or one of the last."""
    if not chat.people:
        return Detour("link", (Text("利用状況の確認には、はじめに一度だけ「連携」をします。"),))
    uses = coupon_uses.redemptions_of(chat.db, chat.people, fiscal_start(fiscal_year(chat.today)))
    match uses:
        case []:
            return Done((_never_used(chat),))
        case [only]:
            return Skip(only.code)
    choices = {one.code: Option(one.label, _when(one)) for one in uses[:8]}
    return Choose("くわしく見るものをお選びください。", Card("今年度の利用"), choices=choices)


@usage.step
def shown(chat: Talk) -> Done:
    """Used: when, where, and the 済 screen. Given back: that it counts no more."""
    found = coupon_uses.redemption(chat.db, chat["redemption"])
    assert found is not None
    if found.given_back:
        lines = ("この利用は取り消され、クーポンは残数に戻っています。",)
        facts = (Fact("施設", found.facility_name), Fact("クーポン", found.label))
        return Done(
            (Card("取り消された利用", (*facts, *lines), (Opener("クーポンを見る", "coupons"), MENU)),)
        )
    return Done((used_card(chat, found), _if_wrong(chat)), ways=(MENU,))


def _when(one: Redemption) -> str:
    state = "取り消し" if one.given_back else f"{one.quantity}枚"
    return f"{minute_in_words(one.used_at)}　{one.facility_name}　{state}"


def _never_used(chat: Talk) -> Card:
    lines = (
        "今年度は、まだどのクーポンも使われていません。",
        "「済」が出る前に画面を閉じた場合も、利用にはなっていません。もう一度、施設の二次元コードからお進みください。",
    )
    return Card(
        "利用はありません",
        lines,
        (Opener("クーポンを使う", "redeem"), Opener("クーポンを見る", "coupons"), MENU),
    )


def _if_wrong(chat: Talk) -> Card:
    """A used coupon cannot be changed in the chat (R-SAI-37); wrong numbers are mended by the desk (R-SAI-38)."""
    lines = (
        "利用したあとで、別の内容に変えることはできません。",
        "枚数などを間違えたときは、窓口にお電話ください。確かめたうえで直します。",
        *desk_lines(chat),
    )
    return Card("間違えたとき", lines, call(chat))
