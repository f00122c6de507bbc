"""Was it used? The truth from the ledger, with the 済 screen again (AMB-S17, R-SAI-33…38)."""

from datetime import timedelta
from typing import Literal

from bot import MENU, Card, Detour, Done, Fact, Opener, Skip, Text
from handlers.proof import used_card
from handlers.world import Talk, TalkFlow, call, desk_lines, holders
from models import coupon_uses
from models.coupon_uses import Redemption
from models.coupons import held
from models.days import day_of, fiscal_start, fiscal_year, in_words, minute_in_words

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

LOOKS_BACK = timedelta(days=60)  # what was used in the last days of March is asked for in April
MOST_ENTRIES = 8


@usage.step
def redemption(chat: Talk) -> Skip | Detour[Literal["link"]] | Done:
    """Which use: the one that is asked for, or the only one if that was today; else a list."""
    if not chat.people:
        return Detour("link", (Text("利用状況の確認には、はじめに一度だけ「連携」をします。"),))
    asked = coupon_uses.redemption(chat.db, chat.given.get("redemption", ""))
    if asked and asked.person_id in chat.people:
        return Skip(asked.code)
    since = min(fiscal_start(fiscal_year(chat.today)), chat.today - LOOKS_BACK)
    match coupon_uses.redemptions_of(chat.db, tuple(chat.people), since):
        case []:
            return Done((_never_used(chat),))
        case [only] if day_of(only.used_at) == chat.today:
            return Skip(only.code)
        case uses:
            return Done((_list(chat, uses),))


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


def _list(chat: Talk, uses: list[Redemption]) -> Card:
    """First what was used today, for whoever closed the screen too early; then the last uses."""
    today = sum(day_of(one.used_at) == chat.today and not one.given_back for one in uses)
    so_many = f"は{today}件です" if today else "はありません"
    lines = (
        f"今日{in_words(chat.today)}の利用{so_many}。",
        "これまでの利用は、つぎのとおりです。くわしく見るものをお選びください。",
    )
    entries = (
        Opener(one.label, "usage", (("redemption", one.code),), note=_when(one))
        for one in uses[:MOST_ENTRIES]
    )
    return Card("利用状況", lines, (*entries, MENU))


def _when(one: Redemption) -> str:
    state = "取り消し" if one.given_back else f"{one.quantity}枚"
    return f"{minute_in_words(one.used_at)}　{one.facility_name}　{state}"


def _never_used(chat: Talk) -> Card:
    if _only_on_paper(chat):
        text = "お使いになるのは紙のクーポンです。紙で使った分は、このトークには出ません。"
        return Card("電子クーポンの利用はありません", (text,), (Opener("紙のクーポン", "paper"), MENU))
    lines = (
        "今年度は、まだどのクーポンも使われていません。",
        "「済」が出る前に画面を閉じた場合も、利用にはなっていません。もう一度、施設の二次元コードからお進みください。",
    )
    return Card(
        "利用はありません",
        lines,
        (Opener("クーポンを使う", "redeem"), Opener("クーポンを見る", "coupons"), MENU),
    )


def _only_on_paper(chat: Talk) -> bool:
    """Nobody here can use an electronic coupon, and somebody has paper ones (AMB-S12, AMB-S16)."""
    states = [held(chat.db, chat.world.coupons, one, chat.today) for one in holders(chat)]
    return not any(state.coupons for state in states) and any(
        state.code in ("paper_only", "on_paper") for state in states
    )


def _if_wrong(chat: Talk) -> Card:
    """A used coupon cannot be changed in the chat (R-SAI-37); wrong numbers are mended by the desk (R-SAI-38)."""
    lines = (
        "利用したあとで、別の内容に変えることはできません。",
        "枚数などを間違えたときは、窓口にお電話ください。確かめたうえで直します。",
        *desk_lines(chat),
    )
    return Card("間違えたとき", lines, call(chat))
