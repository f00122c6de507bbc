"""What staff are told of a broadcast: in figures, nobody named, and drafts only to those who write."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from bot import Button, Card, Fact, Opener, push
from models.broadcasts import Draft
from models.conversation import Conversation
from models.mailing import Progress
from models.staff import Role, staff_chats

SUBJECT = "一斉配信"
MOST_IDS = 5  # LINE's request ids in a report; `app.py broadcast show` lists all


def yes_is_wanted(db: Connection, one: Draft, approvers: Iterable[int], now: datetime) -> None:
    """To those who may approve it."""
    look = Opener("内容を確かめる", "broadcast_approval", (("broadcast", str(one.id)),))
    lines = (Fact("件名", one.title), "一斉配信が承認を待っています。")
    _push(db, one, approvers, Card("承認のお願い", lines, (look,)), now)


def is_draft_again(
    db: Connection, one: Draft, chats: Iterable[int], title: str, text: str, now: datetime
) -> None:
    """Who may not write is told without the way to it."""
    edit = Opener("下書きを開く", "broadcast", (("draft", str(one.id)), ("edit", "preview")))
    _push(db, one, chats, Card(title, (Fact("件名", one.title), text)), now, for_drafters=(edit,))


def first_are_told(db: Connection, one: Draft, sent: Progress, text: str, now: datetime) -> None:
    """What LINE took of the first, and when the rest is told."""
    lines: tuple[str | Fact, ...] = (Fact("件名", one.title), *_figures("はじめの人", sent), text)
    _push(db, one, both(one), Card("はじめの人に送りました", lines, _ways(one)), now)


def quota_is_used_up(db: Connection, one: Draft, sent: Progress, now: datetime) -> None:
    """What will become of those who wait for it."""
    text = (
        f"今月の枠を使い切り、{sent.waiting:,}件にまだ送れていません。"
        "今月のうちに枠が増えると、続きを送ります。月が変わると、残りの人には送らずに終えます。"
        "そのときは、受け取った人を除いた新しい配信で送れます。"
    )
    lines = (Fact("件名", one.title), text)
    _push(db, one, both(one), Card("今月の枠がなくなりました", lines, _ways(one)), now)


def report(db: Connection, one: Draft, sent: Progress, now: datetime) -> None:
    """The one push at the end: in figures, nobody named."""
    ids = sent.request_ids[:MOST_IDS]
    more = f" ほか{len(sent.request_ids) - MOST_IDS}件" if len(sent.request_ids) > MOST_IDS else ""
    small = f"LINEの受付番号：{'、'.join(ids)}{more}" if ids else ""
    lines: tuple[str | Fact, ...] = (
        Fact("件名", one.title),
        *_figures("対象", sent),
        *_not_listed(one),
        *_why_untold(one, sent),
        Fact("使った枠", f"{sent.accepted:,}通"),
        "LINEは送ったものを取り消せません。誤りがあれば、訂正の配信を作ってください。",
    )
    title = "送信を中止しました" if one.state == "stopped" else "送信が終わりました"
    number = str(one.id)
    correct = Opener("訂正の下書きを作る", "broadcast_act", (("broadcast", number), ("act", "correct")))
    missed = sent.people - sent.accepted + one.unlinked + one.blocked
    who = (Opener("届いていない人", "broadcast_missed", (("broadcast", number),)),) if missed else ()
    card = Card(title, lines, who, tone="good" if not missed else "plain", small=small)
    _push(db, one, both(one), card, now, for_drafters=(correct,))


def _figures(whom: str, sent: Progress) -> tuple[Fact, ...]:
    """What became of people; what happened to nobody is not said."""
    others = (
        ("送らず", sent.left_out),
        ("LINEが拒否", sent.refused),
        ("不明", sent.unknown),
        ("中止", sent.stopped),
    )
    always = (Fact(whom, f"{sent.people:,}件"), Fact("LINEが受付", f"{sent.accepted:,}件"))
    return (*always, *(Fact(label, f"{number:,}件") for label, number in others if number))


def _not_listed(one: Draft) -> tuple[Fact, ...]:
    """Whom it was for, and who was left out when the list was frozen: people, not chats."""
    left_out = (("未連携", one.unlinked), ("ブロック", one.blocked))
    return tuple(Fact(label, f"{count:,}人（宛先の確定時）") for label, count in left_out if count)


def _why_untold(one: Draft, sent: Progress) -> tuple[str, ...]:
    """Said when it was not a person who stopped it."""
    if not sent.stopped:
        return ()
    if one.state != "stopped" or one.told_short:
        return ("今月のうちに送れなかった人がいます。受け取った人を除いた新しい配信で送れます。",)
    if sent.refused and not sent.accepted:
        return ("はじめの人への送信をLINEがすべて拒否したため、残りの人には送りませんでした。",)
    return ()


def _push(
    db: Connection,
    one: Draft,
    chats: Iterable[int],
    card: Card,
    now: datetime,
    *,
    for_drafters: tuple[Button, ...] = (),
) -> None:
    """To staff who have not left, in a chat that is not blocked; some buttons only to those who write."""
    drafters = chats_of(db, one, "drafter")
    staff = drafters | chats_of(db, one, "approver")
    query = select(Conversation.id, Conversation.user_id).where(Conversation.id.in_(staff & set(chats)))
    for row in db.execute(query.order_by(Conversation.id)):
        buttons = (*card.buttons, *(for_drafters if row.id in drafters else ()))
        push(db, one.branch, row.id, row.user_id, SUBJECT, (replace(card, buttons=buttons),), now)


def chats_of(db: Connection, one: Draft, role: Role) -> set[int]:
    """Of the branch's staff with a role."""
    return {chat for chat, _ in staff_chats(db, one.branch, role)}


def both(one: Draft) -> tuple[int, ...]:
    """The chats of who wrote it and who approved it."""
    return (one.drafter_chat, *((one.approver_chat,) if one.approver_chat else ()))


def _ways(one: Draft) -> tuple[Opener, ...]:
    """While it is being sent."""
    number = str(one.id)
    stop = Opener("送信を中止する", "broadcast_act", (("broadcast", number), ("act", "stop")))
    return stop, Opener("進みぐあい", "broadcast_progress", (("broadcast", number),))
