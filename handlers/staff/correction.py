"""利用訂正: a wrong use found by number and given back, with the reason told to the member (R-SAI-36…38)."""

from typing import Literal

from bot import Card, Choose, Done, Fact, GoTo, Opener, Option, Skip, Type
from handlers.staff.lists import MOST_SHOWN
from handlers.staff.menu import STAFF_MENU
from handlers.staff.person import me, member, person_card, person_facts, person_named
from handlers.staff.telling import given_back, tell_approvers, tell_corrected
from handlers.world import Talk, TalkFlow
from models.base import Refusal
from models.corrections import (
    CHANGED,
    Seen,
    Why,
    correct,
    live_uses,
    seen,
    why_second,
)
from models.coupon_uses import REASONS, Redemption, redemptions_of
from models.days import fiscal_start, fiscal_year, minute_in_words
from models.staff_terms import StaffTerms

correction = TalkFlow(
    "correction",
    title="利用訂正",
    opens_with=("利用の訂正", "クーポンの訂正"),
    subject="職員の手続き",
    only_for=("desk",),
)
ON_PAPER = "この方は紙クーポンに切り替え済みです。戻した分は電子では使えず、紙で郵送します（次の郵送リストに入ります）。"
LAST_YEAR = (
    "昨年度までの利用は、この画面では取り消せません。"
    "番号・施設・利用日を、招待コードを出した管理の担当者に伝えて頼んでください。"
)


@correction.step
def number(chat: Talk) -> Type:
    """Whose use."""
    lines = ("訂正する方の組合員番号を送ってください（配偶者は末尾に01）。",)
    return Type("", Card("利用訂正", lines), read=lambda text: person_named(chat, text))


@correction.step
def confirm_person(chat: Talk) -> Choose:
    """Is it the right person?"""
    choices = {"yes": "はい、この方です", "no": "ちがう方です"}
    return Choose("この方で間違いありませんか？", person_card(chat, chat["number"]), choices=choices)


@correction.step
def use(chat: Talk) -> Choose | GoTo[Literal["number"]] | Done:
    """What was used where and when; what was given back already cannot be chosen."""
    if chat["confirm_person"] == "no":
        return GoTo("number")
    live = [one for one in _redemptions(chat) if one.quantity][:MOST_SHOWN]
    if not live:
        lines = ("今年度、この方の利用はありません（取り消し済みのものは除きます）。", LAST_YEAR)
        card = Card(
            "利用がありません", (*person_facts(member(chat, chat["number"])), *lines), (_again(), STAFF_MENU)
        )
        return Done((card,))
    choices = {one.code: Option(one.label, _where(one)) for one in live}
    return Choose("取り消す利用をお選びください。", Card("今年度の利用", (LAST_YEAR,)), choices=choices)


@correction.step
def coupons(chat: Talk) -> Choose | Skip:
    """How many of the coupons that were used together."""
    live = len(live_uses(chat.db, int(chat["number"]), chat["use"]))
    if live <= 1:
        return Skip("1")
    choices = {str(each): f"{each}枚を取り消す" for each in range(1, live + 1)}
    card = Card("枚数", (Fact("一緒に使った枚数", f"{live}枚"),))
    return Choose("何枚を取り消しますか？", card, choices=choices)


@correction.step
def reason(chat: Talk) -> Choose:
    """Why; the member is told the same words."""
    return Choose("理由をお選びください。会員にもこの理由をお知らせします。", Card("理由"), choices=REASONS)


@correction.step
def check(chat: Talk) -> Choose:
    """All of it once more, and whether another person's yes is needed."""
    what = _what(chat)
    if not what.coupons:
        raise Refusal(CHANGED, "changed")
    waits = why_second(chat.db, me(chat), what.person_id, len(what.coupons), staff_terms(chat), chat.now)
    label = "承認を頼む" if waits else "取り消す"
    card = seen_card("訂正の確認", what, *((second_words(waits, staff_terms(chat)),) if waits else ()))
    return Choose("この内容でよろしいですか？", card, choices={what.digest()[:32]: label}, by_hand=True)


@correction.step
def done(chat: Talk) -> Done:
    """Gives back, or asks for the second yes."""
    what = _what(chat)
    if what.digest()[:32] != chat["check"]:
        raise Refusal(CHANGED, "changed")
    made = correct(chat.db, chat.branch, me(chat), what, staff_terms(chat), chat.now)
    if made.waits:
        asked = tell_approvers(chat, me(chat))
        return Done((_asked(made.waits, asked, staff_terms(chat)),))
    told = tell_corrected(chat.db, chat.branch, what, chat.now)
    return Done((Card("取り消しました", given_back(what, told), (_again(), STAFF_MENU), tone="good"),))


@correction.refused("check", "done")
def not_corrected(chat: Talk, refusal: Refusal) -> Card:
    """The uses have changed since they were shown."""
    return Card("訂正していません", (refusal.text,), (_again(), STAFF_MENU), tone="warn")


def seen_card(title: str, what: Seen, *more: str) -> Card:
    """A correction as both staff persons see it."""
    first = what.coupons[0]
    facts = (
        Fact("番号", what.number),
        Fact("氏名", what.name),
        Fact("生まれ年", what.born),
        Fact("クーポン", first.label),
        Fact("施設", first.facility),
        Fact("利用日時", minute_in_words(first.used_at)),
        Fact("取消枚数", f"{len(what.coupons)}枚"),
        Fact("理由", REASONS[what.reason]),
    )
    return Card(title, (*facts, *((ON_PAPER,) if what.on_paper else ()), *more), tone="warn")


def second_words(waits: Why, terms: StaffTerms) -> str:
    """Why another person has to agree."""
    if waits == "day":
        return f"今日の取り消しが{terms.alone_per_day}枚をこえるため、ほかの承認者の確認がいります。"
    return (
        f"同じ方の{terms.alone_days}日以内の取り消しが{terms.alone_per_person}枚をこえるため、"
        "ほかの承認者の確認がいります。"
    )


def _asked(waits: Why, approvers: int, terms: StaffTerms) -> Card:
    if not approvers:
        nobody = (
            "依頼は残しましたが、ほかに承認できる職員がまだいません。管理の担当者に招待を頼んでください。"
        )
        return Card("承認者がいません", (second_words(waits, terms), nobody), (STAFF_MENU,), tone="warn")
    told = f"承認者{approvers}人に知らせました。承認されると取り消し、会員にも知らせます。"
    return Card("承認を頼みました", (told,), (_again(), STAFF_MENU))


def _again() -> Opener:
    return correction.opener("ほかの利用を訂正する")


def _what(chat: Talk) -> Seen:
    person = int(chat["number"])
    chosen = live_uses(chat.db, person, chat["use"])[: int(chat["coupons"])]
    return seen(chat.db, person, chosen, chat["reason"])


def _redemptions(chat: Talk) -> list[Redemption]:
    return redemptions_of(chat.db, [int(chat["number"])], fiscal_start(fiscal_year(chat.today)))


def _where(one: Redemption) -> str:
    return f"{minute_in_words(one.used_at)}　{one.facility_name}　{one.quantity}枚"


def staff_terms(chat: Talk) -> StaffTerms:
    """What one staff person may do alone today."""
    dated = chat.world.branch.staff
    assert dated is not None  # this flow is only in the list of branches that have staff
    return dated.on(chat.today)
