"""Orders of gifts: where each stands, and taking one back until staff have exported it."""

from collections.abc import Iterator

from bot import MENU, Card, Choose, Done, Fact, Option, Skip
from handlers.points_person import SUBJECT, amount, member, person, refused, terms, to
from handlers.world import Talk, TalkFlow, call, desk_lines
from models.base import Refusal
from models.days import in_words, minute_in_words
from models.gifts import ORDER_STATES, Cancelled, Placed, cancel, returning
from models.gifts import orders as orders_of
from models.member import Holder
from models.points import state

orders = TalkFlow(
    "orders",
    title="交換の状況・取り消し",
    opens_with=(
        "交換の状況を見る",
        "交換の履歴を見たい",
        "注文の状況",
        "注文の状況・取り消し",
        "注文を確認したい",
        "交換をキャンセルしたい",
        "交換を取り消したい",
        "交換の取消をしたい",
        "申し込みをキャンセルしたい",
        "注文を取り消したい",
    ),
    subject=SUBJECT,
    resumable=False,
)
MOST = 8

orders.step(person)


@orders.step
def order(chat: Talk) -> Choose | Skip | Done:
    """Which order; not asked where there is only one."""
    one = member(chat)
    found = orders_of(chat.db, one)
    match found:
        case []:
            text = "まだ交換の注文はありません。"
            buttons = (to("exchange", "交換する", one), to("points", "残高", one), MENU)
            return Done((Card("交換の状況", (text,), buttons),))
        case [only]:
            return Skip(str(only.id))
    choices = {
        str(each.id): Option(each.gift_name, f"{each.number}　{ORDER_STATES[each.state]}")
        for each in sorted(found, key=lambda each: each.state == "cancelled")[:MOST]
    }
    return Choose("どの注文ですか？", Card("交換の状況"), choices=choices)


@orders.step
def wish(chat: Talk) -> Choose | Done:
    """Where it stands; as long as nobody has taken it up it can be taken back."""
    one = member(chat)
    found = _order(chat, one)
    if found.state != "ordered":
        return Done((_settled(chat, found),), ways=(to("points", "残高", one), MENU))
    back = returning(chat.db, terms(chat), one, found.id, chat.today)
    text = "".join(
        ("まだ手配に入っていません。取り消すと、ポイントが元の期限のまま戻ります。", *_not_usable(back))
    )
    choices = {"keep": "このままにする", "cancel": "取り消す"}
    return Choose(text, Card("注文の状況", _facts(found)), choices=choices, by_hand=True)


@orders.step
def taken_back(chat: Talk) -> Done:
    """The points go back to their lots; what has lapsed meanwhile stays lapsed."""
    one = member(chat)
    if chat["wish"] == "keep":
        text = "注文はそのままです。届くまでお待ちください。"
        return Done((Card("取り消しませんでした", (text,), (to("points", "残高", one), MENU)),))
    back = cancel(chat.db, terms(chat), one, int(chat["order"]), chat.now)
    left = state(chat.db, terms(chat), one, chat.today).balance
    lines: tuple[str | Fact, ...] = (
        Fact("戻った分", amount(back.points)),
        Fact("残高", amount(left)),
        *_not_usable(back),
    )
    buttons = (to("exchange", "ほかの商品を見る", one), MENU)
    return Done((Card("交換を取り消しました", lines, buttons, tone="good"),))


@orders.refused("taken_back")
def not_taken_back(chat: Talk, refusal: Refusal) -> Card:
    """Staff have taken it up meanwhile."""
    return refused(chat, refusal.text, to("points", "残高", member(chat)), title="取り消せませんでした")


def _not_usable(back: Cancelled) -> Iterator[str]:
    if back.lapsed:
        yield f"うち{amount(back.lapsed)}は、期限を過ぎたため使えません。"
    if back.resting:
        yield f"うち{amount(back.resting)}は、資格のない間は使えません。"


def _order(chat: Talk, one: Holder) -> Placed:
    found = next((each for each in orders_of(chat.db, one) if str(each.id) == chat["order"]), None)
    if found is None:
        raise Refusal("この注文は見つかりません。「交換の状況を見る」から選んでください。", "no_such_order")
    return found


def _facts(found: Placed) -> tuple[Fact, ...]:
    sent = (Fact("発送日", in_words(found.sent_on)),) if found.sent_on else ()
    return (
        Fact("注文番号", found.number),
        Fact("商品", found.gift_name),
        Fact("使った分", amount(found.points)),
        Fact("受付", minute_in_words(found.ordered_at)),
        Fact("状況", ORDER_STATES[found.state]),
        *sent,
    )


def _settled(chat: Talk, found: Placed) -> Card:
    words = {
        "exported": "手配に入っているため、トークからは取り消せません。お困りのときは窓口へお電話ください。",
        "sent": "発送しました。届かないときや品物が違うときは、窓口へお電話ください。",
        "cancelled": "取り消した注文です。ポイントは戻っています。",
    }
    help_ = () if found.state == "cancelled" else desk_lines(chat)
    buttons = () if found.state == "cancelled" else call(chat)
    return Card("注文の状況", (*_facts(found), words[found.state], *help_), (*buttons, MENU))
