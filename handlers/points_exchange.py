"""交換する: the catalogue, the address on our page, what remains, the order (R-KAG-15, 16)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot import (
    MENU,
    Answer,
    Button,
    Card,
    Choose,
    Done,
    Fact,
    Given,
    GoTo,
    Link,
    Picture,
    Retry,
    Skip,
    side_by_side,
)
from handlers.fill_in import FillIn, fill_in
from handlers.points_person import SUBJECT, amount, member, person, refused, sample_words, terms, to
from handlers.world import Talk, TalkFlow
from models.base import Refusal
from models.days import in_full, in_words
from models.gifts import Address, Preview, catalogue, delivery_in_words, order, preview
from models.point_pages import FILLED, filled_in, new_page, take
from models.points import State, require_open, state, why_not
from models.points_terms import GIFT_KINDS, Gift

CARDS = 8
ADDRESS = re.compile(  # 〒760-0017, 760-0017 高松市番町1-1-1 見本ハイツ101
    r"〒?\s*[0-9]{3}-?[0-9]{4}"
    r"|(〒?\s*[0-9]{3}-?[0-9]{4})?\s*[^\s0-9、。？！?!]{1,12}[都道府県市区町村郡][^0-9、。？！?!]{0,20}[0-9]{1,5}"
    r"(\s*(-|の|丁目|番地?|号|[0-9]))*(\s*[^、。？！?!]{1,25})?"
)
PICTURE = (720, 480)
TOO_FEW = "今の残高で交換できる商品は、まだありません。「ためる」でポイントがたまります。"
NOT_HERE = "送り先は、トークでは受け取りません（書かれた内容は保存していません）。下のボタンのページに入力してください。"
ANOTHER = "gift:"  # before the gift that is wanted instead

exchange = TalkFlow(
    "exchange",
    title="ポイントを交換する",
    opens_with=(
        "交換する",
        "ポイントを交換したい",
        "交換したい",
        "商品を申し込みたい",
        "商品に交換したい",
        "景品に交換したい",
        "景品と交換して",
        "ポイントを商品に換えたい",
        "ポイントで商品をもらいたい",
        "健康ポイントを交換したい",
        "県産品と交換したい",
        "ポイントの交換をお願いします",
        "ポイント交換",
        "ポイント交換する",
        "商品と交換したい",
        "商品と交換する",
        "ポイントを使いたい",
        "ポイントを使う",
        "健康グッズと交換したい",
        "商品の一覧を見たい",
        FILLED["address"],
    ),
    subject=SUBJECT,
)


@dataclass(frozen=True)
class FromCards(Choose):
    """A choice whose buttons stand on the cards above it."""

    def answers(self) -> tuple[Button, ...]:
        return ()


exchange.step(person)


@exchange.step
def gift(chat: Talk) -> FromCards:
    """The catalogue as cards, from where もっと見る says; each says what it costs, and what is still missing for it.

    Closed in April, and for whoever cannot exchange."""
    one = member(chat)
    now = state(chat.db, terms(chat), one, chat.today)
    require_open(terms(chat), one, now)
    gifts = catalogue(terms(chat), chat.today)
    places = {code: place for place, (code, _) in enumerate(gifts, start=1)}
    start = places.get(chat.given.get("after", ""), 0)
    shown = gifts[start : start + CARDS]
    cards = tuple(_card(chat, places[code], code, each, now) for code, each in shown)
    more = start + CARDS < len(gifts)
    further = (to("exchange", "もっと見る", one, after=shown[-1][0]),) if more else ()
    too_few = all(each.points > now.balance for _, each in gifts)
    helps = (to("earn", "ためる", one), to("points", "残高", one)) if too_few else ()
    choices: Mapping[str, str] = {code: each.name for code, each in gifts}
    return FromCards(
        TOO_FEW if too_few else "交換する商品を1つ選んでください。",
        Card("交換する", (Fact("残高", amount(now.balance)),), small=sample_words(terms(chat), chat.today)),
        before=(side_by_side(cards),),
        choices=choices,
        ways=(*further, *helps),
    )


@exchange.refused("gift")
def closed(chat: Talk, refusal: Refusal) -> Card:
    """Why there is no exchange now, and what goes before there is again."""
    one = member(chat)
    going = (
        each
        for each in state(chat.db, terms(chat), one, chat.today).losing
        if each.days_left(chat.today) <= 60
    )
    lost = tuple(
        f"{in_words(each.last_day)}までの{amount(each.points)}は、再開の前になくなります。"
        for each in going
        if refusal.code == "closed" and chat.today.month == each.last_day.month
    )
    earning = () if why_not(terms(chat), one, chat.today) else (to("earn", "ためる", one),)
    buttons = (to("points", "残高", one), *earning)
    return refused(chat, "".join((refusal.text, *lost)), *buttons, title="今は交換できません")


@exchange.step
def page(chat: Talk) -> Skip:
    """A page of its own for the address; not before the gift can be had."""
    preview(chat.db, terms(chat), member(chat), chat["gift"], chat.today)
    return Skip(new_page(chat.db, chat.id, int(chat["person"]), "address", chat.now, chat["gift"]))


@exchange.step
def address(chat: Talk) -> FillIn:
    """The address is filled in on the page; whatever is said afterwards goes on."""
    link = Link("送り先を入力する", f"{chat.world.public_url}/address/{chat['page']}")
    lines = (
        "下のボタンで開くページに、送り先を入力してください。トークには書かないでください。",
        "ページは30分間、一度だけ使えます。",
    )
    card = Card("送り先", (*_chosen(chat), *lines), (link,))
    waiting = FillIn("", card, instead=_elsewhere, another=lambda text: _another(chat, text))
    return fill_in(chat, "address", "送り先の入力", waiting)


@exchange.step
def confirm(chat: Talk) -> Choose | GoTo[Literal["gift", "page"]]:
    """What will remain, and which points are used: those that lapse first."""
    if chat["address"].startswith(ANOTHER):
        return GoTo("gift", given={"gift": chat["address"].removeprefix(ANOTHER)})
    if chat["address"] == "over" or not filled_in(chat.db, chat["page"], chat.id):
        return GoTo("page")
    found = preview(chat.db, terms(chat), member(chat), chat["gift"], chat.today)
    choices = {"yes": "交換する", "address": "送り先を入れ直す", "no": "交換しない"}
    small = sample_words(terms(chat), chat.today)
    card = Card("交換の確認", _facts(found), small=small)
    return Choose("この内容で交換しますか？", card, choices=choices, by_hand=True)


@exchange.step
def ordered(chat: Talk) -> Done | GoTo[Literal["page"]]:
    """Exchanges the points, and gives the order's number."""
    one = member(chat)
    if chat["confirm"] == "address":
        return GoTo("page")
    if chat["confirm"] == "no":
        take(chat.db, chat["page"])
        text = "交換しませんでした。ポイントはそのままです。"
        return Done((Card("交換をやめました", (text,), (to("exchange", "商品を見る", one), MENU)),))
    filled = Address(**filled_in(chat.db, chat["page"], chat.id))
    placed = order(chat.db, terms(chat), one, chat["gift"], filled, request=chat["page"], now=chat.now)
    take(chat.db, chat["page"])
    left = state(chat.db, terms(chat), one, chat.today).balance
    gift = Gift(placed.gift_name, placed.points, placed.kind)  # type: ignore[arg-type]  # as it was ordered
    wait = delivery_in_words(terms(chat), gift, chat.today)
    lines = (
        Fact("注文番号", placed.number),
        Fact("商品", placed.gift_name),
        Fact("使った分", amount(placed.points)),
        Fact("残高", amount(left)),
        *((f"お届けは{wait}です。",) if wait else ()),
        "手配に入るまでは取り消せます。",
    )
    see = to("orders", "注文の状況・取り消し", one, order=str(placed.id))
    return Done((Card("交換を受け付けました", lines, (see, MENU), tone="good"),), again=see)


@exchange.refused("page", "confirm", "ordered")
def not_possible(chat: Talk, refusal: Refusal) -> Card:
    """The gift cannot be had after all: another one may, or more points."""
    one = member(chat)
    buttons = (to("exchange", "ほかの商品を見る", one), to("earn", "ためる", one), to("points", "残高", one))
    return Card("交換できませんでした", (refusal.text,), (*buttons, MENU), tone="warn")


def _chosen(chat: Talk) -> tuple[Fact, ...]:
    gifts = dict(catalogue(terms(chat), chat.today))
    return (Fact("商品", gifts[chat["gift"]].name),) if chat["gift"] in gifts else ()


def _elsewhere(text: str) -> str:
    """What is said of an address, which is to be filled in on the page."""
    return NOT_HERE if ADDRESS.fullmatch(text) else ""


def _another(chat: Talk, text: str) -> str:
    """The other gift that the words, not a number, choose; empty where they choose none, or the same."""
    gifts = Choose("", choices={code: each.name for code, each in catalogue(terms(chat), chat.today)})
    if any(sign.isdecimal() for sign in text):
        return ""
    try:
        code = gifts.exact(Given("text", text))
    except Retry:
        return ""
    return "" if code == chat["gift"] else f"{ANOTHER}{code}"


def _card(chat: Talk, place: int, code: str, gift: Gift, now: State) -> Card:
    wait = delivery_in_words(terms(chat), gift, chat.today)
    missing = gift.points - now.balance
    facts = (
        Fact("必要", amount(gift.points, sample=gift.sample)),
        Fact("種類", GIFT_KINDS[gift.kind]),
        *((Fact("お届け", wait.removeprefix("お申し込みから")),) if wait else ()),
        *((gift.note,) if gift.note else ()),
        *((f"あと{missing:,}ポイントで交換できます。",) if missing > 0 else ()),
    )
    buttons = (Answer(f"{gift.name}を選ぶ", code),) if missing <= 0 else ()
    return Card(f"{place}　{gift.name}", facts, buttons, _picture(chat, gift))


def _picture(chat: Talk, gift: Gift) -> Picture:
    """The association's photograph, or our drawing; what it shows stands in the words too."""
    drawn = f"{gift.drawing}-{gift.kind}{'-sample' if gift.sample else ''}.png"
    ours = f"{chat.world.public_url}/gifts/{terms(chat).branch}/{drawn}"
    return Picture(gift.picture or ours, *PICTURE)


def _facts(found: Preview) -> tuple[str | Fact, ...]:
    by_day: dict[str, int] = {}
    for piece in found.pieces:
        day = in_full(piece.last_day)
        by_day[day] = by_day.get(day, 0) + piece.points
    return (
        Fact("商品", found.gift.name),
        Fact("使う分", amount(found.gift.points, sample=found.gift.sample)),
        *(f"うち{day}までの分から {points:,}" for day, points in by_day.items()),
        Fact("残り", f"{amount(found.remains)}（今 {found.balance:,}）"),
        *((Fact("お届け", found.delivery),) if found.delivery else ()),
        Fact("送り先", "入力していただいた所"),
    )
