"""What members see of a broadcast, and what staff see beside it: the same cards in every talk."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from bot import Button, Call, Card, Fact, Link, Opener, Picture
from handlers.staff.broadcast_checks import warnings
from handlers.staff.person import me
from handlers.world import Talk
from models import broadcast_drafts, broadcast_outcome, broadcasts, line_quota, segments
from models.base import Refusal
from models.broadcast_pictures import shown
from models.broadcast_terms import BroadcastTerms
from models.broadcasts import STATES, Draft
from models.days import JST, in_words
from models.mailing import Progress
from models.segments import Reach
from models.staff import staff_chats

MOST_LINES = 6
SEEN = 16  # letters of the print that a button carries: what has changed since is not what was seen


def drafts(chat: Talk) -> bool:
    """True for who may write: nobody else is offered a draft."""
    return "drafter" in me(chat).roles


def others_approve(chat: Talk, own: Collection[int | None]) -> bool:
    """True when there is somebody who may say yes to what was written in these chats."""
    return any(each not in own for each, _ in staff_chats(chat.db, chat.branch, "approver"))


def terms(chat: Talk) -> BroadcastTerms:
    dated = chat.world.branch.broadcast
    assert dated is not None  # these flows are only in the lists of branches that have such terms
    return dated.on(chat.today)


def draft_of(chat: Talk) -> Draft | None:
    """The draft that this talk is about, once it has been written."""
    key = chat["draft"]
    if key.isdecimal():
        return broadcasts.found(chat.db, chat.branch, key)
    return broadcasts.begun(chat.db, chat.branch, chat.id, datetime.fromisoformat(key))


def known_draft(chat: Talk) -> Draft:
    """The same. Raises Refusal when somebody has sent it on or taken it back meanwhile."""
    one = draft_of(chat)
    if one is None or one.state != "draft":
        raise Refusal(broadcast_drafts.NO_DRAFT, "no_draft")
    return one


def edited(chat: Talk) -> str:
    """Which part alone is to be mended; none in a new one."""
    return chat.given.get("edit", "")


def stays(chat: Talk, part: str) -> bool:
    """True when another part alone is to be mended."""
    return edited(chat) not in ("", part)


def as_members_see_it(chat: Talk, one: Draft) -> Card:
    """The message itself."""
    return Card(one.title, (one.text,), _button(one), _picture(chat, one))


def button_json(kind: str, target: str, label: str) -> str:
    return json.dumps({"kind": kind, "target": target, "label": label}, ensure_ascii=False)


def at_words(at: datetime | None) -> str:
    """7月1日（月） 10:00"""
    if at is None:
        return "承認のあと、すぐ"
    local = at.astimezone(JST)
    return f"{in_words(local.date())} {local:%H:%M}"


def when_words(one: Draft) -> str:
    """When it goes out, as it was asked for."""
    if one.send_at is None and not one.quiet_reason:
        return "承認のあと、すぐ（夜間なら、朝になってから）"
    return at_words(one.send_at)


def about_it(chat: Talk, one: Draft) -> tuple[Fact, ...]:
    """To whom, when, how many, what it costs, and how it differs from the last one."""
    is_draft = one.state == "draft"
    reach = reached(chat, one) if is_draft else Reach(one.listed, one.people, one.unlinked, one.blocked)
    gone = 0 if is_draft else broadcast_outcome.gone_since(chat.db, chat.world.branch, one, chat.today)
    audience = one.segment.in_words(chat.world.branch)
    more = (f"ほか{len(audience) - MOST_LINES}件の条件",) if len(audience) > MOST_LINES else ()
    return (
        Fact("宛先", "、".join((*audience[:MOST_LINES], *more))),
        Fact("届く数", f"{reach.chats:,}件のトーク（{reach.people:,}人のうち）"),
        *((Fact("未連携", f"{reach.unlinked:,}人には届きません"),) if reach.unlinked else ()),
        *((Fact("ブロック", f"{reach.blocked:,}人には届きません"),) if reach.blocked else ()),
        *((Fact("確定のあと", f"{gone:,}件がブロックか連携解除。送りません"),) if gone else ()),
        Fact("送る時", when_words(one)),
        *_cost(chat, reach.chats - gone),
        *_difference(chat, one, reach.chats),
    )


def warned(chat: Talk, one: Draft) -> tuple[str, ...]:
    """What a second look should fall on."""
    last, same = _last(chat, one), broadcasts.same_text(chat.db, one)
    count = one.listed if one.state in ("waiting", "approved") else reached(chat, one).chats
    return tuple(warnings(one, count, last, same, terms(chat), chat.now))


def reached(chat: Talk, one: Draft) -> Reach:
    """Whom it reaches, counted once in an event."""
    key = (segments.reach, one.audience)
    if key not in chat.seen:
        chat.seen[key] = segments.reach(chat.db, chat.world.branch, one.segment, chat.today)
    found: Reach = chat.seen[key]
    return found


def status(chat: Talk, one: Draft) -> Card:
    """Where a broadcast stands, in figures."""
    sent = broadcast_outcome.progress(chat.db, one)
    facts: list[str | Fact] = [Fact("件名", one.title or "（まだ）"), Fact("状態", STATES[one.state])]
    if one.state not in ("draft", "cancelled"):
        facts.append(Fact("対象", f"{one.listed:,}件"))
    if one.state == "waiting" and not others_approve(chat, one.own_chats):
        facts.append("承認できる人が、今はいません。承認の役割の人を招待してください。")
    if one.state == "approved":
        facts.append(Fact("送る時", at_words(one.due_at)))
    if one.state == "held":
        facts.append(Fact("残りを送る時", at_words(one.due_at)))
    if one.started_at:
        facts += [
            Fact("開始", at_words(one.started_at)),
            Fact("LINEが受付", f"{sent.accepted:,}件"),
            *(Fact(label, f"{number:,}件") for label, number in _others(sent) if number),
        ]
    return Card("配信の進みぐあい", tuple(facts), actions(chat, one))


def actions(chat: Talk, one: Draft) -> tuple[Button, ...]:
    """What the person can do with a broadcast now: a draft is for those who write."""
    number = str(one.id)

    def act(label: str, name: str) -> Opener:
        return Opener(label, "broadcast_act", (("broadcast", number), ("act", name)))

    missed = Opener("届いていない人", "broadcast_missed", (("broadcast", number),))
    see, edit = progress_of(one.id), opened_again(one.id)
    correct, copy = act("訂正の下書きを作る", "correct"), act("これをもとに作る", "copy")
    everybody: tuple[Opener, ...]
    writers: tuple[Opener, ...]
    match one.state:
        case "draft":
            everybody, writers = (act("下書きを取り消す", "cancel"),), (edit,)
        case "listing" | "waiting" | "approved":
            everybody, writers = (see, act("配信を取り消す", "cancel")), (act("直す", "reopen"),)
        case "first" | "held" | "rest":
            everybody, writers = (see, act("送信を中止する", "stop"), missed), (correct,)
        case "sent" | "stopped":
            everybody, writers = (missed,), (correct, copy)
        case _:
            everybody, writers = (), (copy,)
    return (*everybody, *writers) if drafts(chat) else everybody


def progress_of(broadcast: int | str) -> Opener:
    """The way to see how far it is."""
    return Opener("進みぐあい", "broadcast_progress", (("broadcast", str(broadcast)),))


def opened_again(draft: int) -> Opener:
    """The way back to a draft, as it stands."""
    return Opener("下書きを開く", "broadcast", (("draft", str(draft)), ("edit", "preview")))


def _others(sent: Progress) -> Iterator[tuple[str, int]]:
    yield "送信待ち", sent.waiting
    yield "うち枠の不足", sent.out_of_quota
    yield "送らず", sent.left_out
    yield "LINEが拒否", sent.refused
    yield "不明", sent.unknown
    yield "中止", sent.stopped


def _button(one: Draft) -> tuple[Button, ...]:
    if not one.button:
        return ()
    stored = json.loads(one.button)
    match stored["kind"]:
        case "flow":
            flow, _, topic = stored["target"].partition("?")
            return (Opener(stored["label"], flow, (("topic", topic),) if topic else ()),)
        case "link":
            return (Link(stored["label"], stored["target"]),)
    return (Call(stored["label"], stored["target"]),)


def _picture(chat: Talk, one: Draft) -> Picture | None:
    found = shown(chat.db, chat.branch, one.picture_id) if one.picture_id else None
    if found is None:
        return None
    url = f"{chat.world.public_url}/broadcast/{found.token}"
    return Picture(url, found.width, found.height)


def _cost(chat: Talk, count: int) -> Iterator[Fact]:
    figure = line_quota.quota(chat.db, chat.branch)
    if figure is None:
        yield Fact("今月の枠", f"{count:,}通を使います（残りは確認中）")
        return
    if figure.left is None:
        yield Fact("今月の枠", f"{count:,}通を使います（上限なし、{figure.used:,}通を使用済み）")
        return
    after = figure.left - count
    words = f"送ると残り{after:,}通" if after >= 0 else f"{-after:,}通足りません"
    yield Fact("今月の枠", f"{count:,}通を使います（今の残り{figure.left:,}通、{words}）")


def _difference(chat: Talk, one: Draft, count: int) -> Iterator[Fact]:
    last = _last(chat, one)
    if last is None or last.started_at is None:
        yield Fact("前回と", "前回の配信はありません")
        return
    parts = [
        f"{count - last.listed:+,}件",
        "本文は同じ" if last.text == one.text else "本文は別",
        "宛先は同じ" if last.audience == one.audience else "宛先は別",
    ]
    yield Fact("前回と", f"{at_words(last.started_at)}「{last.title}」：{'、'.join(parts)}")


def _last(chat: Talk, one: Draft) -> Draft | None:
    return broadcasts.last_sent(chat.db, chat.branch, but=one.id)
