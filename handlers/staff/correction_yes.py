"""訂正の承認: the second yes to a correction, on exactly what the first staff person saw."""

from bot import Card, Choose, Done, Opener, Option, Skip
from handlers.staff.correction import seen_card, staff_terms
from handlers.staff.lists import MOST_SHOWN, beyond
from handlers.staff.menu import STAFF_MENU
from handlers.staff.person import me
from handlers.staff.telling import given_back, tell_asker, tell_corrected, tell_withdrawn
from handlers.world import Talk, TalkFlow
from models.approval import Wish, waiting, wish_with_id, withdraw
from models.base import Refusal
from models.corrections import KIND, decide, lately, wished
from models.days import minute_in_words
from models.staff import names_of, staff_with_id

correction_yes = TalkFlow(
    "correction_yes",
    title="訂正の承認",
    opens_with=("承認待ちの訂正",),
    subject="職員の手続き",
    only_for=("approver",),
)


@correction_yes.step
def wish(chat: Talk) -> Choose | Skip | Done:
    """Which of the waiting ones, the oldest first; one's own are for others."""
    after = beyond(chat, "after")
    found = [one for one in waiting(chat.db, chat.branch, KIND) if one.id > after]
    others = [one for one in found if one.asked_by != me(chat).id]
    match others:
        case [] if found:
            return _over("ほかの承認者をお待ちください", "待っているのは、ご自分の依頼だけです。")
        case []:
            return _over("承認待ちはありません", "今、承認を待っている訂正はありません。")
        case [only]:
            return Skip(str(only.id))
    names = names_of(chat.db, [one.asked_by for one in others])
    choices = {
        str(one.id): Option(_about(chat, one), f"{names[one.asked_by]}さん　{minute_in_words(one.asked_at)}")
        for one in others[:MOST_SHOWN]
    }
    more = correction_yes.opener("もっと見る", after=str(others[:MOST_SHOWN][-1].id))
    ways = (more,) if len(others) > MOST_SHOWN else ()
    return Choose("確かめる依頼をお選びください。", Card("承認待ちの訂正"), ways=ways, choices=choices)


@correction_yes.step
def decision(chat: Talk) -> Choose | Done:
    """What the first person saw, and yes or no; a wish whose uses have changed since is taken back here."""
    found = _wish(chat)
    if found is None or found.outcome:
        return _over("この依頼は終わっています", "すでに決まったか、取り下げられました。")
    what = wished(chat.db, found)
    if what.digest() != found.digest:
        withdraw(chat.db, chat.branch, KIND, found.about, me(chat).who, chat.now)
        told = tell_withdrawn(chat, staff_with_id(chat.db, found.asked_by), what)
        words = "頼んだ職員に知らせました。" if told else "頼んだ職員は、今はいません。"
        return _over("この依頼は取り下げました", f"頼まれたあとで、この利用が変わりました。{words}")
    asker = names_of(chat.db, [found.asked_by])[found.asked_by]
    terms = staff_terms(chat)
    to_person, today = lately(chat.db, what.person_id, f"staff:{found.asked_by}", terms, chat.now)
    before = (
        f"{asker}さんの依頼です。",
        f"この方には、この{terms.alone_days}日で{to_person}枚を戻しています。",
        f"{asker}さんは、今日{today}枚を取り消しています。",
    )
    card = seen_card("訂正の承認", what, *before)
    choices = {"yes": "承認する", "no": "承認しない"}
    return Choose("この内容を承認しますか？", card, choices=choices, by_hand=True)


@correction_yes.step
def done(chat: Talk) -> Done:
    """Decides; on yes the coupons go back and the member is told."""
    found, yes = _wish(chat), chat["decision"] == "yes"
    if found is None:
        return _over("この依頼は終わっています", "すでに決まったか、取り下げられました。")
    what = decide(chat.db, found, me(chat), yes, chat.now)
    told = tell_corrected(chat.db, chat.branch, what, chat.now) if yes else 0
    asker = staff_with_id(chat.db, found.asked_by)
    if asker:
        tell_asker(chat, asker, what, yes, told)
    buttons = (_next(), STAFF_MENU)
    if yes:
        return Done((Card("承認しました", given_back(what, told), buttons, tone="good"),))
    return Done((Card("承認しませんでした", ("何も変えていません。",), buttons),))


@correction_yes.refused("done")
def not_decided(chat: Talk, refusal: Refusal) -> Card:
    """It is decided already, or has changed since it was seen."""
    return Card("決めていません", (refusal.text,), (_next(), STAFF_MENU), tone="warn")


def _about(chat: Talk, one: Wish) -> str:
    """Whose coupons, and how many."""
    what = wished(chat.db, one)
    first = f"{what.coupons[0].label} {len(what.coupons)}枚" if what.coupons else "変わった利用"
    return f"{what.number}　{first}"


def _wish(chat: Talk) -> Wish | None:
    """The chosen wish, if it is of this branch and kind."""
    chosen = str(chat["wish"])
    found = wish_with_id(chat.db, int(chosen)) if chosen.isdecimal() else None
    return found if found and (found.branch, found.kind) == (chat.branch, KIND) else None


def _over(title: str, words: str) -> Done:
    return Done((Card(title, (words,), (_next(), STAFF_MENU), tone="warn"),))


def _next() -> Opener:
    return correction_yes.opener("承認待ちを見る")
