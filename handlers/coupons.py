"""The coupons a person holds, and the facilities that take them (R-SAI-17…19)."""

from typing import Literal

from bot import MENU, Call, Card, Choose, Detour, Done, Fact, Opener, Retry, Skip, Text, Type, side_by_side
from handlers.coupon_reasons import nothing_held, number_unknown
from handlers.whose import whose
from handlers.world import Talk, TalkFlow, call, chosen_holder, desk_lines
from models.coupon_terms import ProductTerms
from models.coupons import STATES, Coupon, held, without_number
from models.days import span_in_words
from models.facility import Facility, facilities_offering, facility, municipalities

coupons = TalkFlow(
    "coupons",
    title="クーポンを見る",
    opens_with=(
        "クーポン見る",
        "クーポン一覧",
        "マイページ",
        "手持ちのクーポン",
        "私のクーポン",
        "自分のクーポンを見る",
    ),
    subject="クーポンの確認",
    resumable=False,
)
places = TalkFlow(
    "places",
    title="使える施設を探す",
    opens_with=(
        "使える施設",
        "施設を探す",
        "施設をさがす",
        "施設さがして",
        "使える施設を調べる",
        "健診機関を探す",
        "施設一覧",
        "使える施設を探したい",
    ),
    subject="使える施設",
)

ALL = "all"
NO_ADDRESS = "所在地の登録がありません。"
LISTED = "facilities:"  # what is talked about after a list of them
MOST_BUTTONS = 6
MOST_LETTERS = 20  # of a search: it goes into the data of 次の10件


@coupons.step
def person(chat: Talk) -> Choose | Skip | Detour[Literal["link"]]:
    """Whose coupons: not asked when one person is linked."""
    if not chat.people:
        return Detour(
            "link", (Text("クーポンの確認には、はじめに一度だけ「連携」（ご本人の確認）をします。"),)
        )
    return whose(chat, "どなたのクーポンを見ますか？", "クーポンを見る")


@coupons.step
def shown(chat: Talk) -> Done:
    """All coupons as cards; or why there is none."""
    dated, one = chat.world.coupons, chosen_holder(chat, chat["person"])
    state = held(chat.db, dated, one, chat.today)
    if not state.coupons:
        return Done((nothing_held(chat, state),))
    unknown = without_number(dated.on(chat.today), one, chat.today)
    cards = (
        *(_card(chat, coupon) for coupon in state.coupons),
        *(_without_number(chat, product) for product in unknown),
    )
    again = (Opener("クーポンを使う", "redeem"), Opener("利用状況", "usage"), MENU)
    return Done((side_by_side(cards),), ways=again)


def _card(chat: Talk, coupon: Coupon) -> Card:
    who = "配偶者" if coupon.terms.holder == "spouse" else "本人"
    facts = (
        Fact("状態", STATES[coupon.state]),
        Fact("残り", f"{who} {coupon.remaining}枚（{coupon.total}枚中）"),
        Fact("期間", span_in_words(coupon.terms.usable_from, coupon.terms.usable_until)),
        *(() if coupon.state == "used" else (Fact("あと", _time_left(chat, coupon)),)),
    )
    find = places.opener("使える施設", product=coupon.product)
    return Card(coupon.label, facts, (find,), tone="good" if coupon.state == "usable" else "plain")


def _time_left(chat: Talk, coupon: Coupon) -> str:
    if coupon.state == "before":
        return f"{(coupon.terms.usable_from - chat.today).days}日で使えます"
    left = coupon.days_left(chat.today)
    return "今日まで" if left == 0 else f"{left}日"


def _without_number(chat: Talk, product: ProductTerms) -> Card:
    return Card(product.name, (number_unknown(product), *desk_lines(chat)), call(chat), tone="warn")


@places.step
def product(chat: Talk) -> Choose:
    """For which coupon."""
    terms = chat.world.coupons.nearest(chat.today)
    choices = {name: each.name for name, each in terms.products.items()} | {ALL: "すべてのクーポン"}

    def objection(text: str) -> str:
        every = {kind for each in terms.products.values() for kind in each.kinds}
        if not facilities_offering(
            chat.db, chat.branch, every, search=text[:MOST_LETTERS], limit=1
        ).facilities:
            return ""
        return f"「{text[:MOST_LETTERS]}」の施設は、クーポンを選んだあとに探せます。決まっていないときは「すべてのクーポン」をお選びください。"

    text = "どのクーポンが使える施設を探しますか？"
    return Choose(text, Card("使える施設を探す"), choices=choices, objection=objection)


@places.step
def search(chat: Talk) -> Type:
    """Where: a municipality from the buttons, or a part of the name in the person's own words."""
    towns = municipalities(chat.db, chat.branch, _kinds(chat))
    buttons = tuple(
        places.opener(f"{town}（{count}か所）", product=chat["product"], search=town)
        for town, count in sorted(towns, key=lambda town: -town[1])[:MOST_BUTTONS]
    )

    def read(typed: str) -> str:
        wanted = typed.strip()[:MOST_LETTERS]
        if not facilities_offering(chat.db, chat.branch, _kinds(chat), search=wanted, limit=1).facilities:
            raise Retry(
                f"「{wanted}」では見つかりませんでした。市町村の名前（例：川越）か、施設の名前の一部を送ってください。おやめになるときは「やめる」を押してください。"
            )
        return wanted

    text = "市町村の名前か、施設の名前の一部を送ってください（例：川越、病院）。"
    return Type(text, Card("場所を選ぶ"), read=read, as_it_is=True, ways=buttons)


@places.step
def found(chat: Talk) -> Done:
    """Ten at a time, from where 次の10件 says, with address and a call button."""
    page = facilities_offering(
        chat.db, chat.branch, _kinds(chat), search=chat["search"], after=chat.given.get("after") or None
    )
    again = places.opener("別の場所で探す", product=chat["product"])
    if not page.facilities:
        return Done((Card("この先の施設はありません", buttons=(again, MENU)),))
    cards = tuple(_place(each) for each in page.facilities)
    next_ones = (
        (places.opener("次の10件", product=chat["product"], search=chat["search"], after=page.after),)
        if page.after
        else ()
    )
    shown = LISTED + ",".join(each.code for each in page.facilities)
    return Done((side_by_side(cards),), ways=(*next_ones, again, MENU), about=shown)


def addresses(chat: Talk) -> Card | None:
    """Where the facilities are that were shown last, if any were."""
    listed = _listed(chat)
    facts = tuple(Fact(each.name, each.address or NO_ADDRESS) for each in listed)
    return Card("施設の所在地", facts, (MENU,)) if listed else None


def phones(chat: Talk) -> Card | None:
    """The numbers of the facilities that were shown last, if any were."""
    listed = _listed(chat)
    facts = tuple(Fact(each.name, each.phone or "電話番号の登録がありません。") for each in listed)
    buttons = tuple(Call("電話で予約する", each.phone) for each in listed if each.phone and len(listed) == 1)
    return Card("施設の電話番号", facts, (*buttons, MENU)) if listed else None


def _listed(chat: Talk) -> list[Facility]:
    if not chat.about.startswith(LISTED):
        return []
    codes = chat.about.removeprefix(LISTED).split(",")
    return [each for code in codes if (each := facility(chat.db, chat.branch, code))]


def _place(each: Facility) -> Card:
    lines = (each.address or NO_ADDRESS, each.phone)
    return Card(each.name, lines, (Call("電話で予約する", each.phone),) if each.phone else (MENU,))


def _kinds(chat: Talk) -> tuple[str, ...]:
    terms = chat.world.coupons.nearest(chat.today)
    wanted = terms.products if chat["product"] == ALL else (chat["product"],)
    return tuple(kind for name in wanted for kind in terms.products[name].kinds)
