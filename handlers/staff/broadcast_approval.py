"""The second yes: another person sees exactly what will be sent, to whom and when, and lets it go or not."""

from bot import MENU, Card, Choose, Done, Fact, Opener, Option, Skip, push
from handlers.staff.broadcast_parts import (
    SEEN,
    about_it,
    actions,
    as_members_see_it,
    at_words,
    opened_again,
    progress_of,
    warned,
    when_words,
)
from handlers.staff.person import me
from handlers.world import Talk, TalkFlow
from models import approval, broadcast_asking, broadcasts
from models.base import Refusal
from models.broadcasts import KIND, STATES, Draft
from models.night import hour_for
from models.staff import names_of, staff_chats

broadcast_approval = TalkFlow(
    "broadcast_approval",
    title="配信の承認",
    opens_with=("配信を承認する", "承認待ちの配信"),
    only_for=("approver",),
    subject="一斉配信",
)


@broadcast_approval.step
def which(chat: Talk) -> Choose | Skip | Done:
    """Those that wait and are not one's own."""
    waiting = [
        one
        for wish in approval.waiting(chat.db, chat.branch, KIND)
        if (one := broadcasts.found(chat.db, chat.branch, wish.about)) and chat.id not in one.own_chats
    ]
    given = chat.given.get("broadcast", "")
    if given:
        return Skip(given)
    match waiting:
        case []:
            lines = ("承認を待っている配信はありません。", broadcast_asking.OWN)
            return Done((Card("配信の承認", lines, (Opener("配信の一覧", "broadcasts"), MENU)),))
        case [only]:
            return Skip(str(only.id))
    choices = {str(one.id): Option(one.title, when_words(one)) for one in waiting[:8]}
    return Choose("どの配信を確かめますか？", Card("配信の承認"), choices=choices)


@broadcast_approval.step
def look(chat: Talk) -> Choose | Done:
    """What members will see, whom it reaches, what is worth a second look."""
    one = broadcasts.get(chat.db, chat.branch, chat["which"])
    if one.state != "waiting" or chat.id in one.own_chats:
        stands = f"この配信は、今は承認を待っていません（今の状態：{STATES[one.state]}）。"
        text = broadcast_asking.OWN if one.state == "waiting" else stands
        see = progress_of(one.id)
        return Done((Card("承認できません", (text,), (see, MENU), tone="warn"),))
    print_ = one.digest()[:SEEN]
    is_past = one.send_at is not None and one.send_at <= chat.now
    choices = {f"yes-{print_}": "承認する", f"no-{print_}": "承認しない"}
    prompt = "上が会員に届く画面です。承認しますか？"
    if is_past:
        choices = {f"no-{print_}": "下書きに戻す"}
        prompt = "送る日時が過ぎたため、承認できません。下書きに戻すと、作った人が日時を決め直せます。"
    card = Card("承認の確認", _facts(chat, one), tone="warn" if is_past or warned(chat, one) else "plain")
    return Choose(
        prompt,
        card,
        (as_members_see_it(chat, one),),
        choices=choices,
        by_hand=True,
    )


@broadcast_approval.step
def decided(chat: Talk) -> Done:
    """Lets it go, or sends it back; bound to what was seen."""
    one = broadcasts.get(chat.db, chat.branch, chat["which"])
    answer, _, seen = chat["look"].partition("-")
    digest = one.digest()
    if digest[:SEEN] != seen:
        raise Refusal("内容が、表示したあとで変わりました。もう一度お確かめください。", "changed")
    broadcast_asking.decide(chat.db, one, digest, me(chat), answer == "yes", chat.now)
    now = broadcasts.get(chat.db, chat.branch, one.id)
    see = progress_of(one.id)
    if answer == "no":
        _tell_drafter(chat, now)
        text = "下書きに戻し、作った人に知らせました。"
        return Done((Card("承認しませんでした", (text,), (see, MENU)),), again=see)
    parts = "はじめに一部の人へ送り、少し待ってから残りの人へ送ります。その間も中止できます。"
    lines = (
        _begins(chat, one),
        *((parts,) if one.listed > one.first_share else ()),
        "送ったものは取り消せません。",
    )
    return Done((Card("承認しました", lines, (*actions(chat, now), MENU), tone="good"),), again=see)


@broadcast_approval.refused("decided")
def not_decided(chat: Talk, refusal: Refusal) -> Card:
    """It has changed since it was seen, or may not be approved any more."""
    again = broadcast_approval.opener("もう一度確かめる", broadcast=chat["which"])
    return Card("承認できませんでした", (refusal.text,), (again, MENU), tone="warn")


def _tell_drafter(chat: Talk, one: Draft) -> None:
    """A push to whoever wrote it, unless they have left."""
    edit = opened_again(one.id)
    why = (
        "送る日時が過ぎたため、承認できませんでした。日時を決め直して、"
        if one.send_at and one.send_at <= chat.now
        else "承認されませんでした。直してから、"
    )
    lines = (Fact("件名", one.title), f"{why}依頼し直してください。下書きに戻してあります。")
    for chat_id, user in staff_chats(chat.db, chat.branch, "drafter"):
        if chat_id == one.drafter_chat:
            push(
                chat.db,
                chat.branch,
                chat_id,
                user,
                "一斉配信",
                (Card("承認されませんでした", lines, (edit,)),),
                chat.now,
            )


def _facts(chat: Talk, one: Draft) -> tuple[str | Fact, ...]:
    who = names_of(chat.db, [one.drafter_id]).get(one.drafter_id, "")
    return (Fact("作った人", who), *about_it(chat, one), *warned(chat, one))


def _begins(chat: Talk, one: Draft) -> str:
    """When the first people are told, now that it is approved."""
    meant = max(one.send_at or chat.now, chat.now)
    hour = hour_for(meant, one.quiet_reason)
    if hour > meant:
        return f"夜間のため、{at_words(hour)}に送り始めます。"
    return f"{at_words(hour)}に送り始めます。" if hour > chat.now else "まもなく送り始めます。"
