"""What staff work sends to others: the member hears what was mended and why, staff hear what waits for them."""

from datetime import datetime

from sqlalchemy import Connection

from bot import MENU, Card, Fact, Opener, push
from handlers.staff.menu import STAFF_MENU
from handlers.world import Talk
from models.approval import waiting
from models.corrections import Seen, chat_of_staff
from models.coupon_uses import REASONS, Redemption
from models.days import day_of, in_full, minute_in_words
from models.links import linked_chats
from models.staff import StaffMember, all_staff, staff_chats

NOBODY = "連携している人がいないため、お知らせは届きません。お電話などでお伝えください。"
MEMBER_SUBJECT, STAFF_SUBJECT = "クーポン", "職員の手続き"


def tell_member(db: Connection, branch: str, person_id: int, subject: str, card: Card, now: datetime) -> int:
    """Owes the card to every chat that holds the person; answers how many chats."""
    chats = linked_chats(db, [person_id]).get(person_id, [])
    for each in chats:
        push(db, branch, each.chat_id, each.user_id, subject, (card,), now)
    return len(chats)


def tell_corrected(db: Connection, branch: str, what: Seen, now: datetime) -> int:
    """The member: what was given back, and why; answers in how many chats."""
    first = what.coupons[0]
    where = (
        "窓口で確かめ、この利用を取り消しました。紙クーポンに切り替わっているため、戻した分は紙で所属所へ郵送します。"
        if what.on_paper
        else "窓口で確かめ、この利用を取り消して残数に戻しました。"
    )
    lines = (
        Fact("クーポン", first.label),
        Fact("施設", first.facility),
        Fact("利用日時", minute_in_words(first.used_at)),
        Fact("戻した枚数", f"{len(what.coupons)}枚"),
        Fact("理由", REASONS.get(what.reason, what.reason)),  # an administrator writes their own
        where,
        "お心当たりがないときは、窓口へお知らせください。",
    )
    buttons = (Opener("クーポンを見る", "coupons"), Opener("窓口に聞く", "desk"), MENU)
    return tell_member(
        db, branch, what.person_id, MEMBER_SUBJECT, Card("利用を取り消しました", lines, buttons), now
    )


def given_back(what: Seen, told: int) -> tuple[str, ...]:
    """What staff read when it is done: where the coupons are now, and whether the member hears of it."""
    where = (
        f"{len(what.coupons)}枚を取り消しました。この方は紙クーポンに切り替え済みのため、次の郵送リストに入ります。"
        if what.on_paper
        else f"{len(what.coupons)}枚を残数に戻しました。"
    )
    return where, "会員に理由をお知らせしました。" if told else NOBODY


def tell_registered(db: Connection, branch: str, used: Redemption, now: datetime) -> int:
    """The member: a use of an earlier day was entered; answers in how many chats."""
    lines = (
        Fact("クーポン", used.label),
        Fact("施設", used.facility_name),
        Fact("利用日", in_full(day_of(used.used_at))),
        "通信できなかった日の利用として、窓口で登録しました。お心当たりがないときは、窓口へお知らせください。",
    )
    buttons = (Opener("利用状況", "usage"), Opener("窓口に聞く", "desk"), MENU)
    return tell_member(
        db, branch, used.person_id, MEMBER_SUBJECT, Card("利用を登録しました", lines, buttons), now
    )


def tell_approvers(chat: Talk, asker: StaffMember) -> int:
    """Everybody who may say the second yes; returns how many."""
    lines = (f"{asker.name}さんから、利用訂正の承認の依頼です。",)
    card = Card("承認の依頼", lines, (Opener("内容を確かめる", "correction_yes"),))
    others = [one for one in staff_chats(chat.db, chat.branch, "approver") if one[0] != chat.id]
    for chat_id, user_id in others:
        push(chat.db, chat.branch, chat_id, user_id, STAFF_SUBJECT, (card,), chat.now)
    return len(others)


def tell_who_waits_for_nobody(db: Connection, branch: str, now: datetime) -> None:
    """Everybody who waits for a second yes that nobody is left to say."""
    approvers = {chat for chat, _ in staff_chats(db, branch, "approver")}
    waits = {wish.asked_by for wish in waiting(db, branch)}
    text = (
        "承認待ちの依頼がありますが、承認できる職員が、ほかにいなくなりました。"
        "承認の役割の人を招待するよう、管理の担当者に頼んでください。"
    )
    card = Card("承認できる人がいません", (text,), (STAFF_MENU,), tone="warn")
    for one in all_staff(db, branch):
        if one.id in waits and not approvers - {one.chat_id}:
            push(db, branch, one.chat_id, chat_of_staff(db, one.chat_id), STAFF_SUBJECT, (card,), now)


def tell_asker(chat: Talk, asker: StaffMember, what: Seen, yes: bool, told: int) -> None:
    """Whoever asked for the second yes."""
    answer = (
        ("利用訂正の依頼は、承認されました。", *given_back(what, told))
        if yes
        else ("利用訂正の依頼は、承認されませんでした。何も変えていません。",)
    )
    card = Card(
        "承認の結果",
        (*_asked_for(what), *answer),
        (STAFF_MENU,),
        tone="good" if yes else "warn",
    )
    _tell_staff(chat, asker, card)


def tell_withdrawn(chat: Talk, asker: StaffMember | None, what: Seen) -> bool:
    """Whoever asked for the second yes to uses that have changed since; False when they have left."""
    if asker is None:
        return False
    text = "頼んだあとで利用が変わったため、取り下げられました。まだ必要なときは、利用訂正からやり直してください。"
    card = Card(
        "依頼は取り下げられました",
        (*_asked_for(what), text),
        (Opener("利用訂正", "correction"),),
        tone="warn",
    )
    _tell_staff(chat, asker, card)
    return True


def _asked_for(what: Seen) -> tuple[Fact, ...]:
    return Fact("番号", what.number), Fact("枚数", f"{len(what.coupons)}枚")


def _tell_staff(chat: Talk, one: StaffMember, card: Card) -> None:
    user_id = chat_of_staff(chat.db, one.chat_id)
    push(chat.db, chat.branch, one.chat_id, user_id, STAFF_SUBJECT, (card,), chat.now)
