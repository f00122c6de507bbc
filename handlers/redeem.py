"""Using an electronic coupon at a facility, from its printed code to the 済 screen (R-SAI-24…31)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from bot import (
    MENU,
    Button,
    Card,
    Choose,
    Detour,
    Done,
    Fact,
    GoTo,
    Opener,
    Option,
    Retry,
    Skip,
    Text,
    Type,
    loose,
)
from handlers.coupon_reasons import OTHER_WAYS, USAGE, nothing_usable
from handlers.facility_names import facilities_named
from handlers.proof import picture, sign_words, used_card
from handlers.whose import whose
from handlers.world import Talk, TalkFlow, call, chosen_holder
from models import coupons
from models.base import Refusal
from models.coupon_terms import CouponTerms
from models.coupons import Usable
from models.days import minute_in_words, span_in_words
from models.facility import Facility, code_in, facility
from models.member import Holder, masked

redeem = TalkFlow(
    "redeem",
    title="クーポンを使う",
    opens_with=(
        "クーポン使う",
        "クーポンを使いたい",
        "電子クーポンを使う",
        "利用する",
        "QRを読み取る",
        "受付で使う",
        "リフレッシュを使う",
        "マイリフレッシュを使う",
        "ドックのクーポンを使う",
        "歯科のクーポンを使う",
    ),
    subject="クーポンの利用",
)

ONLY_A_CODE = re.compile(r"(?:\S*[/?]|施設コード)?[\W_]*fs[\W_ー]?\d+(?:です|/体験コード\w*)?[\W_]*")
SO_MANY = re.compile(
    r"(\d{1,3})枚?(?:(?:を|も|で|いっぺんに|一度に|いちどに|同時に|まとめて)*(?:いけ|いか|使え|使っ|使い|つかえ|つかっ|つこ|利用|でき|大丈夫|いい|ええ|ok)[ぁ-ん]{0,8}[?。]*)?"
)
SHOWN = re.compile(
    r"(?:.{0,12}[にへ])?(?:もう)?(?:画面を?)?[見み]せ(?:た|ました|て(?:きた|きました)|終わった|終わりました)[よでわ]?"
)
ELSEWHERE = ("間違え", "まちがえ", "ここじゃな", "ここではな", "別の", "ほかの")
SHORT_NAMES = {"1day": ("日帰り", "一日"), "2day": ("泊まり", "一泊"), "womens": ("婦人科", "女性がん")}
NOT_USED = "今回は利用になっていません。"
HOLDS = timedelta(minutes=15)
HOW_TO_SEND_A_CODE = (
    "台紙のコードが画面いっぱいに写るように撮るか、コードの下の文字（例：fs0007）を送ってください。"
)


def scanned(text: str) -> Opener | None:
    """The opener that a printed code stands for, whether scanned, typed, or read from a photo."""
    code = code_in(text) if ONLY_A_CODE.fullmatch(text) else ""
    return redeem.opener(facility_code=code) if code else None


@redeem.step
def facility_code(chat: Talk) -> Type:
    """STEP 0: which facility; known at once when its code was scanned."""

    def read(text: str) -> str:
        code = code_in(text)
        if chat.once(facility, chat.branch, code) is not None:
            return code
        if not code and facilities_named(chat, text):
            return text.strip()
        raise Retry(
            "その施設は見つかりませんでした。台紙の二次元コードの下の文字（例：fs0007）か、施設の名前をお確かめください。"
        )

    lines = (
        "受付で「公立学校共済組合の組合員です」と伝え、台紙の二次元コードをスマートフォンのカメラで読み取ってください。",
        "読み取れないときは、コードの下の文字（例：fs0007）か施設の名前を送るか、台紙の写真を送ってください。",
    )
    return Type("", Card("クーポンを使う施設", lines), read=read)


@redeem.step
def here(chat: Talk) -> Choose | Skip:
    """Which of those whose name was written; not asked where its code is known, or only one is called so."""
    if code := code_in(chat["facility_code"]):
        return Skip(code)
    match facilities_named(chat, chat["facility_code"]):
        case (only,):
            return Skip(only.code)
        case found:
            called = {each.code: Option(each.name, each.address, tuple(each.name.split())) for each in found}
    text = "今いる施設をお選びください。"
    return Choose(text, Card("施設の名前"), choices=called | {"none": Option("この中にない")})


@redeem.step
def confirm_facility(chat: Talk) -> Choose | Skip | GoTo[Literal["facility_code"]]:
    """STEP 1: is this where you are? Not asked again for a second coupon on the same day."""
    if _code(chat) == "none":
        return GoTo("facility_code")
    if chat.given.get("confirmed_on") == chat.today.isoformat():
        return Skip("yes")
    place = _facility(chat)
    card = Card("施設の確認", (Fact("施設", place.name), Fact("所在地", place.address)))
    return Choose(
        "今いる施設に間違いありませんか？",
        card,
        choices={"yes": "はい、この施設です", "no": Option("ちがう施設です", also=ELSEWHERE)},
    )


@redeem.step
def person(chat: Talk) -> Choose | Skip | Detour[Literal["link"]] | GoTo[Literal["facility_code"]]:
    """Whose coupon: not asked when one person is linked; linking first when nobody is."""
    if chat["confirm_facility"] == "no":
        return GoTo("facility_code")
    if not chat.people:
        return Detour(
            "link", (Text("クーポンを使うには、はじめに一度だけ「連携」（ご本人の確認）をします。"),)
        )
    return whose(
        chat, "どなたのクーポンを使いますか？", "利用する方", note=lambda one: _usable_words(chat, one)
    )


@redeem.step
def content(chat: Talk) -> Choose | Skip | Done:
    """STEP 2: which coupon, of those this person can use here today; not asked when there is only one."""
    usable = _usable(chat)
    match usable:
        case []:
            return nothing_usable(chat, _holder(chat), _facility(chat))
        case [only]:
            return Skip(only.kind)
    choices = {
        one.kind: Option(one.label, f"残り{one.coupon.remaining}枚", _short_names(one)) for one in usable
    }
    return Choose(
        "使うクーポンを1つお選びください。",
        Card("クーポンの選択", (Fact("施設", _facility(chat).name),)),
        choices=choices,
    )


@redeem.step
def quantity(chat: Talk) -> Choose | Skip | GoTo[Literal["content"]]:
    """STEP 3: one coupon for one experience; more only where the terms allow it (AMB-S7)."""
    chosen = _chosen(chat)
    if chosen is None:
        return _gone(chat)
    if coupons.most_at_once(_terms(chat), chosen.coupon) == 1:
        return Skip("one")
    facts = (
        Fact("クーポン", chosen.label),
        Fact("残り", f"{chosen.coupon.remaining}枚"),
        Fact("利用枚数", "1枚"),
    )
    choices = {"one": "1枚で進む", "more": "枚数を変える"}
    return Choose(
        "1つの体験につき1枚です。",
        Card("枚数の確認", facts),
        choices=choices,
        objection=_not_so_many(chosen.coupon.remaining),
    )


@redeem.step
def several(chat: Talk) -> Choose | Skip | GoTo[Literal["content"]]:
    """The second question for those who change the number."""
    chosen = _chosen(chat)
    if chosen is None:
        return _gone(chat)
    if chat["quantity"] == "one":
        return Skip("1")
    most = coupons.most_at_once(_terms(chat), chosen.coupon)
    choices = {str(number): f"{number}枚を一度に使う" for number in range(1, most + 1)}
    text = "一度に使う枚数をお選びください。利用のあとで枚数は変えられません。"
    card = Card("枚数の変更", (Fact("残り", f"{chosen.coupon.remaining}枚"),))
    return Choose(text, card, choices=choices, objection=_not_so_many(most))


@redeem.step
def staff(chat: Talk) -> Choose | GoTo[Literal["content"]]:
    """STEP 4: the screen that the facility's staff look at; it holds for 15 minutes."""
    chosen = _chosen(chat)
    if chosen is None:
        return _gone(chat)
    minute = minute_in_words(chat.now)
    sign = chat.world.seal.sign_of(chat.branch, _code(chat), chat.today)
    shown = sign.on("show", _facility(chat).name, chosen.label, int(chat["several"]), minute)
    facts = (*_proof_facts(chat, chosen), Fact("時刻", minute), Fact("合言葉", sign_words(sign)))
    most = coupons.most_at_once(_terms(chat), chosen.coupon)
    card = Card(
        "スタッフにお見せください",
        facts,
        picture=picture(chat, shown),
        small=_codes(chat, chosen),
    )
    return Choose(
        "確認がすんだら、ご自身で押してください（15分間有効）。",
        card,
        choices={"use": "利用する"},
        holds_for=HOLDS,
        by_hand=True,
        objection=_shown_or(_not_so_many(1) if most == 1 else lambda text: ""),
    )


@redeem.step
def seen_at(chat: Talk) -> Skip:
    """When the staff had seen the screen: the last question holds for 15 minutes from then."""
    return Skip(chat.now.isoformat())


@redeem.step
def final(chat: Talk) -> Choose | GoTo[Literal["content", "staff"]]:
    """STEP 5: the last check against mistakes."""
    chosen = _chosen(chat)
    if chosen is None:
        return _gone(chat)
    seen = chat.get("seen_at")  # none where an earlier version asked
    if seen is None or chat.now - datetime.fromisoformat(seen) > HOLDS:
        return GoTo("staff", (Text("時間がたちましたので、もう一度スタッフにお見せください。"),))
    period = span_in_words(chosen.coupon.terms.usable_from, chosen.coupon.terms.usable_until)
    card = Card("最後の確認", (*_proof_facts(chat, chosen), Fact("利用期間", period)), tone="warn")
    return Choose(
        "押すとすぐに利用が完了し、取り消せません。",
        card,
        choices={"now": "今すぐ利用する"},
        by_hand=True,
        in_full=True,
    )


@redeem.step
def used(chat: Talk) -> Done:
    """STEP 6: uses the coupon, and shows 済."""
    redemption = coupons.redeem(
        chat.db,
        chat.world.coupons,
        _holder(chat),
        _facility(chat),
        chat["content"],
        int(chat["several"]),
        chat.now,
    )
    again = Opener("利用状況", "usage", (("redemption", redemption.code),))
    return Done((used_card(chat, redemption),), ways=(USAGE, MENU), again=again)


@redeem.refused("used")
def not_used(chat: Talk, refusal: Refusal) -> Card:
    """The rules, or another phone, say no at the last moment."""
    buttons: tuple[Button, ...] = (*OTHER_WAYS, *call(chat), MENU)
    lines = (refusal.text, NOT_USED)
    return Card("利用できませんでした", lines, buttons, tone="warn")


def _not_so_many(most: int) -> Callable[[str], str]:
    """Why a number of coupons is no answer (AMB-S7)."""

    def objection(text: str) -> str:
        match = SO_MANY.fullmatch(text.replace(" ", ""))
        if match is None:
            return ""
        if 1 <= int(match[1]) <= most:
            return "1つの体験につき1枚です。2枚以上を一度に使うときは「枚数を変える」で選びます。"
        return (
            "1つの体験につき1枚です。" if most == 1 else f"残りは{most}枚です。1枚から{most}枚まで使えます。"
        )

    return objection


def _shown_or(otherwise: Callable[[str], str]) -> Callable[[str], str]:
    """Who says that the staff have seen the screen is told what comes next."""

    def objection(text: str) -> str:
        if SHOWN.fullmatch(loose(text)):
            return "スタッフの確認がすんだら、ご自身で下の「利用する」を押してください。"
        return otherwise(text)

    return objection


def _short_names(one: Usable) -> tuple[str, ...]:
    """How members call the one of several kinds: 脳 for 選べるドック・優待・脳・男."""
    return (loose(one.coupon.terms.kinds[one.kind]), *SHORT_NAMES.get(one.kind, ()))


def _gone(chat: Talk) -> GoTo[Literal["content"]]:
    """The chosen coupon cannot be used any more: why, and on to what else is usable here."""
    if not _usable(chat):
        return GoTo("content", (Text(NOT_USED),))
    why = coupons.why_not_usable(
        chat.db, chat.world.coupons, _holder(chat), _facility(chat), chat["content"], chat.today
    )
    return GoTo("content", (Text(f"{why}{NOT_USED}ほかに使えるクーポンで、お手続きを続けられます。"),))


def _proof_facts(chat: Talk, chosen: Usable) -> tuple[Fact, ...]:
    return (
        Fact("施設", _facility(chat).name),
        Fact("番号", masked(_holder(chat).latest.number)),
        Fact("クーポン", chosen.label),
        Fact("枚数", f"{chat['several']}枚（残り{chosen.coupon.remaining}枚）"),
    )


def _codes(chat: Talk, chosen: Usable) -> str:
    """The codes as the guide's screens print them (R-SAI-27)."""
    experience = f"/体験コード{chosen.experience}" if chosen.experience else ""
    return f"施設コード：{_code(chat)}{experience}"


def _usable_words(chat: Talk, one: Holder) -> str:
    kinds = len(coupons.usable_at(chat.db, chat.world.coupons, one, _facility(chat), chat.today))
    return f"{masked(one.latest.number)}　" + (
        f"ここで使えるもの {kinds}種類" if kinds else "ここで使えるものはありません"
    )


def _holder(chat: Talk) -> Holder:
    return chosen_holder(chat, chat["person"])


def _code(chat: Talk) -> str:
    """The facility's code; a talk of an earlier release has no answer of its own for a name."""
    code: str = chat.get("here") or chat["facility_code"]
    return code


def _facility(chat: Talk) -> Facility:
    place = chat.once(facility, chat.branch, _code(chat))
    if place is None:
        raise Refusal(
            "この施設は、今はクーポンの対象になっていません。窓口へお問い合わせください。", "no_facility"
        )
    return place


def _usable(chat: Talk) -> tuple[Usable, ...]:
    return coupons.usable_at(chat.db, chat.world.coupons, _holder(chat), _facility(chat), chat.today)


def _chosen(chat: Talk) -> Usable | None:
    return next((one for one in _usable(chat) if one.kind == chat["content"]), None)


def _terms(chat: Talk) -> CouponTerms:
    return chat.world.coupons.on(chat.today)
