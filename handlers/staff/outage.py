"""通信障害の利用登録: a use that was told by number and name while nothing could be read (R-SAI-35, R-SAI-36)."""

from datetime import date
from typing import Literal

from bot import Card, Choose, Done, Fact, GoTo, PickDate, Retry, Type
from handlers.staff.menu import STAFF_MENU
from handlers.staff.person import me, member, person_card, person_facts, person_named
from handlers.staff.telling import NOBODY, tell_registered
from handlers.world import Talk, TalkFlow
from models.base import Refusal
from models.days import fiscal_start, fiscal_year, in_full
from models.facility import Facility, facilities_offering, facility, facility_code
from models.outage import register, registrable, why_none

outage = TalkFlow(
    "outage",
    title="通信障害の利用登録",
    opens_with=("利用登録", "あとから利用を登録"),
    subject="職員の手続き",
    only_for=("desk",),
)
MOST_NAMED = 6  # facilities that a part of a name may mean


@outage.step
def number(chat: Talk) -> Type:
    """Whose use."""
    lines = (
        "通信できなかった日の、人間ドックと歯科の利用を登録します。マイ リフレッシュは登録できません。",
        "利用した方の組合員番号を送ってください（配偶者は末尾に01）。",
    )
    return Type("", Card("通信障害の利用登録", lines), read=lambda text: person_named(chat, text))


@outage.step
def confirm_person(chat: Talk) -> Choose:
    """Is it the right person?"""
    choices = {"yes": "はい、この方です", "no": "ちがう方です"}
    return Choose("この方で間違いありませんか？", person_card(chat, chat["number"]), choices=choices)


@outage.step
def place(chat: Talk) -> Type | GoTo[Literal["number"]]:
    """Where."""
    if chat["confirm_person"] == "no":
        return GoTo("number")

    lines = ("利用した施設の名前か、施設コードの数字（例：0011）を送ってください。",)
    return Type("", Card("施設", lines), read=lambda text: _facility_named(chat, text), as_it_is=True)


@outage.step
def day(chat: Talk) -> PickDate:
    """When; this fiscal year, not later than today."""
    first = fiscal_start(fiscal_year(chat.today))
    card = Card("利用した日", (Fact("施設", _facility(chat).name),))
    return PickDate("利用した日をお選びください。", card, first=first, last=chat.today, today=chat.today)


@outage.step
def kind(chat: Talk) -> Choose | Done:
    """What this person could use there on that day."""
    day_used = date.fromisoformat(chat["day"])
    found = registrable(chat.db, chat.world.coupons, member(chat, chat["number"]), _facility(chat), day_used)
    if not found:
        lines = (
            f"{in_full(day_used)}に、この施設でこの方が使えた人間ドック・歯科のクーポンはありません。",
            *why_none(chat.db, chat.world.coupons, member(chat, chat["number"]), _facility(chat), day_used),
        )
        return Done(
            (Card("登録できません", lines, (outage.opener("もう一度登録する"), STAFF_MENU), tone="warn"),)
        )
    choices = {one.kind: one.label for one in found}
    return Choose("利用したものをお選びください。", Card("利用の内容"), choices=choices)


@outage.step
def check(chat: Talk) -> Choose:
    """All of it once more."""
    one, day_used = member(chat, chat["number"]), date.fromisoformat(chat["day"])
    found = registrable(chat.db, chat.world.coupons, one, _facility(chat), day_used)
    chosen = next((each for each in found if each.kind == chat["kind"]), None)
    if chosen is None:
        raise Refusal("このクーポンは、たった今、利用されました。", "used_already")
    facts = (
        *person_facts(one),
        Fact("施設", _facility(chat).name),
        Fact("クーポン", chosen.label),
        Fact("利用した日", in_full(day_used)),
    )
    card = Card("登録の確認", facts, tone="warn")
    return Choose(
        "登録すると利用済みになり、会員に知らせます。", card, choices={"now": "登録する"}, by_hand=True
    )


@outage.step
def done(chat: Talk) -> Done:
    """Registers, and tells the member."""
    one, day_used = member(chat, chat["number"]), date.fromisoformat(chat["day"])
    used = register(
        chat.db, chat.world.coupons, one, _facility(chat), chat["kind"], day_used, me(chat).who, chat.now
    )
    told = tell_registered(chat.db, chat.branch, used, chat.now)
    lines = (f"{used.label}を利用済みにしました。", "会員にお知らせしました。" if told else NOBODY)
    return Done((Card("登録しました", lines, (outage.opener("続けて登録する"), STAFF_MENU), tone="good"),))


@outage.refused("check", "done")
def not_done(chat: Talk, refusal: Refusal) -> Card:
    """It has been used meanwhile, or may not be registered."""
    return Card(
        "登録していません", (refusal.text,), (outage.opener("もう一度登録する"), STAFF_MENU), tone="warn"
    )


def _facility_named(chat: Talk, text: str) -> str:
    """By digits or by name; a whole code would be taken for one that was scanned to use a coupon here and now."""
    digits = facility_code(text)
    if digits.isdecimal() and facility(chat.db, chat.branch, f"fs{digits:0>4}"):
        return f"fs{digits:0>4}"
    listed = facilities_offering(chat.db, chat.branch, _kinds(chat), search=text, limit=MOST_NAMED)
    found = listed.facilities
    if len(found) == 1:
        return found[0].code
    if found:
        names = "、".join(f"{one.name}（{one.code.removeprefix('fs')}）" for one in found)
        more = "など" if listed.after else ""
        raise Retry(f"{names}{more}があります。かっこの中の数字を送ってください。")
    raise Retry(
        "人間ドックか歯科で、その施設は見つかりません。名前か、施設コードの数字（例：0011）をお確かめください。"
    )


def _kinds(chat: Talk) -> list[str]:
    """What goes on in an outage; nothing in a year whose terms are not there yet."""
    terms = chat.world.coupons.get(chat.today)
    return [kind for name in terms.after_outage for kind in terms.products[name].kinds] if terms else []


def _facility(chat: Talk) -> Facility:
    here = chat.once(facility, chat.branch, chat["place"])
    if here is None:
        raise Refusal("この施設は、今は登録がありません。はじめからやり直してください。", "no_facility")
    return here
