"""Why nothing can be used: at a facility today, or by this person at all; and what to do instead."""

from collections.abc import Sequence

from bot import MENU, Button, Card, Done, Opener
from handlers.world import Talk, call, desk_lines
from models.coupon_reasons import nothing_here
from models.coupon_terms import ProductTerms
from models.coupons import Coupon, Held
from models.days import in_words
from models.facility import Facility
from models.member import Holder

USAGE = Opener("利用状況", "usage")
OTHER_WAYS = (Opener("クーポンを見る", "coupons"), USAGE)


def nothing_usable(chat: Talk, one: Holder, here: Facility) -> Done:
    """Why nothing can be used here today, and what to do instead."""
    found = nothing_here(chat.db, chat.world.coupons, one, here, chat.today)
    if found.is_barred:
        return Done((nothing_held(chat, found.held),), refused=found.code)
    lines = (
        *(f"「{each.label}」は{_why_not(each)}" for each in found.fitting),
        *(_coming(product) for product in found.coming),
        *(f"「{each.name}」を使えるのは{in_words(each.usable_until)}まででした。" for each in found.over),
    )
    if not lines:
        return Done((_not_here(chat, here, found.unknown),), refused=found.code)
    card = Card("今は使えません", lines, (*OTHER_WAYS, *call(chat), MENU), tone="warn")
    return Done((card,), refused=found.code)


def _not_here(chat: Talk, here: Facility, unknown: Sequence[ProductTerms]) -> Card:
    text = f"お持ちのクーポンの中に、{here.name}で使えるものはありません。"
    buttons: tuple[Button, ...] = (
        Opener("使える施設を探す", "places"),
        *OTHER_WAYS,
        *(call(chat) if unknown else ()),
        MENU,
    )
    lines = (text, *(number_unknown(product) for product in unknown))
    return Card("この施設では使えません", lines, buttons, tone="warn")


def _why_not(coupon: Coupon) -> str:
    if coupon.state == "before":
        return f"{in_words(coupon.terms.usable_from)}から使えます。"
    return "利用済みです。利用した日時と施設は「利用状況」で確かめられます。"


def _coming(product: ProductTerms) -> str:
    granted, first = in_words(product.granted_on), in_words(product.usable_from)
    if granted == first:
        return f"「{product.name}」は{granted}に付与され、その日から使える予定です。"
    return f"「{product.name}」は{granted}に付与される予定で、{first}から使えます。"


def number_unknown(product: ProductTerms) -> str:
    """That the data say nothing of how many there are, and whom to ask (R-SAI-12)."""
    return f"「{product.name}」の枚数が、資格データに登録されていません。窓口にお電話ください。確かめたうえで登録します。"


def nothing_held(chat: Talk, state: Held) -> Card:
    """Why this person holds no coupon, and what to do instead."""
    paper = (Opener("紙のクーポン", "paper"),) if state.code in ("paper_only", "on_paper") else ()
    buttons = (*paper, *call(chat), MENU)
    return Card("使えるクーポンがありません", (state.reason, *desk_lines(chat)), buttons, tone="warn")
