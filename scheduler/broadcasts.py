"""What becomes of broadcasts by themselves: lists are frozen, hours come, a minute passes, the end is reported."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import Connection, select

from bot import Button, Card, Fact, Opener, push
from models import broadcast_asking, broadcast_outcome, broadcast_sending, broadcasts, line_quota, segments
from models.approval import wish_with_id
from models.base import Database, Refusal, savepoint
from models.branch import Branch
from models.broadcast_terms import BroadcastTerms
from models.broadcasts import Draft
from models.conversation import Conversation
from models.days import day_of, minute_in_words
from models.mailing import Progress
from models.staff import staff_chats
from scheduler.line_quotas import Asking, read_quota

SUBJECT = "一斉配信"
LOOK_EVERY = 0.5  # seconds between looks at what is due
AT_ONCE = 10_000  # people of a list in one transaction: others write in between
SOON = timedelta(seconds=1)  # until the next look at what is being sent
LATER = timedelta(minutes=10)  # the same while the month's quota is used up
MOST_IDS = 5  # LINE's request ids in a report

log = logging.getLogger(__name__)


@dataclass
class BroadcastWorker:
    """Takes every broadcast as far as it goes now. Any number of them do no harm: each step is taken once."""

    database: Database
    branches: Mapping[str, Branch]
    clock: Callable[[], datetime]
    ask_quota: Asking
    nudge_senders: Callable[[], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _nudge: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="broadcasts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._nudge.set()
        if self._thread:
            self._thread.join(timeout=10)

    def nudge(self) -> None:
        """Something may be due: look now."""
        self._nudge.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._nudge.clear()
            try:
                self.look()
            except Exception:
                log.exception("broadcasts could not be looked at")
            self._nudge.wait(LOOK_EVERY)

    def look(self) -> None:
        """One round: figures that are wanted, then every broadcast that is due."""
        now = self.clock()
        with self.database.reading() as db:
            wanted = [
                branch
                for branch in self.branches
                if broadcasts.are_at_work(db, branch) and line_quota.is_stale(db, branch, now)
            ]
            due = broadcasts.due(db, now)
        for branch in wanted:
            read_quota(self.database, self.ask_quota, branch, now)
        for one in due:
            theirs = self.branches.get(one.branch)
            if theirs is None or theirs.broadcast is None:
                continue
            try:
                advance(self.database, theirs, one, self.clock())
            except Exception:
                log.exception("broadcast %s could not go on", one.id)
        if due:
            self.nudge_senders()


def advance(database: Database, branch: Branch, one: Draft, now: datetime) -> None:
    """Takes a broadcast one step on, if it is time; whoever else does the same at once does nothing."""
    assert branch.broadcast
    terms = branch.broadcast.on(day_of(now))
    match one.state:
        case "listing":
            freeze(database, branch, one, now)
        case "approved":
            database.run(lambda db: _begin(db, terms, one, now))
        case "first":
            database.run(lambda db: _after_the_first(db, terms, one, now))
        case "held":
            database.run(lambda db: _go_on(db, terms, one, now))
        case "rest" | "stopped":
            database.run(lambda db: _after_the_rest(db, one, now))


def freeze(database: Database, branch: Branch, one: Draft, now: datetime) -> None:
    """Writes the list down, some thousand people at a time and from where it stopped; then somebody else is asked."""
    with database.streaming() as db:
        found = segments.chats(db, branch, one.segment, day_of(now), after=one.listed_until)
        for some in _some(found):
            if not database.run(partial(broadcast_asking.add_to_list, one=one, some=some, now=now)):
                return  # somebody else is at it, or it was taken back
            with database.reading() as fresh:
                one = broadcasts.get(fresh, one.branch, one.id)
    database.run(lambda db: _finish_list(db, one, now))


def _finish_list(db: Connection, one: Draft, now: datetime) -> None:
    if one.listed == 0:
        if broadcast_asking.give_up(db, one, now):
            _tell(
                db, one, (one.drafter_chat,), now, "宛先の人がいません", "宛先を直してください。", *_edit(one)
            )
        return
    try:
        with savepoint(db):
            wish = broadcast_asking.finish_list(db, one, now)
    except Refusal:  # who asked has left meanwhile
        broadcast_asking.give_up(db, one, now)
        return
    if wish is None:
        return
    others = (chat for chat, _ in staff_chats(db, one.branch, "approver") if chat != one.drafter_chat)
    look = Opener("内容を確かめる", "broadcast_approval", (("broadcast", str(one.id)),))
    _tell(db, one, tuple(others), now, "承認のお願い", "一斉配信が承認を待っています。", look)


def _begin(db: Connection, terms: BroadcastTerms, one: Draft, now: datetime) -> None:
    """The hour has come, unless it is night, or what was approved is not what stands there."""
    wish = wish_with_id(db, one.approval_id or 0)
    if wish is None or wish.outcome != "yes" or wish.digest != one.digest():
        if broadcast_sending.unapprove(db, one, now):
            text = "承認された内容と違うため、送りませんでした。もう一度、承認を依頼してください。"
            _tell(db, one, _both(one), now, "送信を見合わせました", text, *_edit(one))
        return
    if (hour := terms.hour_for(now, one.quiet_reason)) > now:
        broadcast_sending.postpone(db, one, hour, now)
        return
    broadcast_sending.begin(db, one, now)


def _after_the_first(db: Connection, terms: BroadcastTerms, one: Draft, now: datetime) -> None:
    sent = broadcast_outcome.progress_of_first(db, one)
    if _is_short(db, one, sent, now):
        return
    if sent.waiting:
        broadcast_sending.look_again(db, one, now + SOON)
        return
    rest = one.listed - sent.people
    if rest and sent.refused and not sent.accepted:
        broadcast_sending.halt(db, one, now)
        return
    later = now + timedelta(seconds=terms.hold_seconds)
    hour = terms.hour_for(later, one.quiet_reason)
    if broadcast_sending.hold(db, one, hour, now) and rest:
        when = (
            f"{terms.hold_seconds}秒後に" if hour == later else f"夜間になるため、{minute_in_words(hour)}に"
        )
        text = f"{when}、残り{rest:,}件へ送ります。"
        stop = Opener("送信を中止する", "broadcast_act", (("broadcast", str(one.id)), ("act", "stop")))
        lines: tuple[str | Fact, ...] = (Fact("件名", one.title), *_figures("はじめの人", sent), text)
        _push(db, one, _both(one), Card("はじめの人に送りました", lines, (stop, _see(one))), now)


def _go_on(db: Connection, terms: BroadcastTerms, one: Draft, now: datetime) -> None:
    """Nobody has stopped it, and it is not night by now: the rest."""
    if (hour := terms.hour_for(now, one.quiet_reason)) > now:
        broadcast_sending.postpone(db, one, hour, now)
        return
    broadcast_sending.go_on(db, one, now)


def _after_the_rest(db: Connection, one: Draft, now: datetime) -> None:
    sent = broadcast_outcome.progress(db, one)
    if one.state == "rest" and _is_short(db, one, sent, now):
        return
    if sent.waiting:
        broadcast_sending.look_again(db, one, now + SOON)
    elif broadcast_sending.finish(db, one, now):
        _report(db, one, sent, now)


def _is_short(db: Connection, one: Draft, sent: Progress, now: datetime) -> bool:
    """True when all that still waits waits for the month's quota; that is said once."""
    if not sent.waiting or sent.out_of_quota < sent.waiting:
        return False
    if broadcast_sending.tell_short(db, one):
        text = (
            f"今月の枠を使い切り、{sent.waiting:,}件にまだ送れていません。"
            "今月のうちに枠が増えると、続きを送ります。月が変わると、残りの人には送らずに終えます。"
            "そのときは、受け取った人を除いた新しい配信で送れます。"
        )
        stop = Opener("送信を中止する", "broadcast_act", (("broadcast", str(one.id)), ("act", "stop")))
        _tell(db, one, _both(one), now, "今月の枠がなくなりました", text, stop, _see(one))
    broadcast_sending.look_again(db, one, now + LATER)
    return True


def _report(db: Connection, one: Draft, sent: Progress, now: datetime) -> None:
    """The one push at the end: in figures, nobody named."""
    ids = sent.request_ids[:MOST_IDS]
    more = f" ほか{len(sent.request_ids) - MOST_IDS}件" if len(sent.request_ids) > MOST_IDS else ""
    small = f"LINEの受付番号：{'、'.join(ids)}{more}" if ids else ""
    lines: tuple[str | Fact, ...] = (
        Fact("件名", one.title),
        *_figures("対象", sent),
        *_why_untold(one, sent),
        Fact("使った枠", f"{sent.accepted:,}通"),
        "LINEは送ったものを取り消せません。誤りがあれば、訂正の配信を作ってください。",
    )
    title = "送信を中止しました" if one.state == "stopped" else "送信が終わりました"
    number = str(one.id)
    correct = Opener("訂正の下書きを作る", "broadcast_act", (("broadcast", number), ("act", "correct")))
    missed = sent.people - sent.accepted
    who = (Opener("届いていない人", "broadcast_missed", (("broadcast", number),)),) if missed else ()
    card = Card(title, lines, (*who, correct), tone="good" if not missed else "plain", small=small)
    _push(db, one, _both(one), card, now)


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


def _why_untold(one: Draft, sent: Progress) -> tuple[str, ...]:
    """Said when it was not a person who stopped it."""
    if not sent.stopped:
        return ()
    if one.state != "stopped":
        return ("今月のうちに送れなかった人がいます。受け取った人を除いた新しい配信で送れます。",)
    if sent.refused and not sent.accepted:
        return ("はじめの人への送信をLINEがすべて拒否したため、残りの人には送りませんでした。",)
    return ()


def _tell(
    db: Connection, one: Draft, chats: tuple[int, ...], now: datetime, title: str, text: str, *buttons: Button
) -> None:
    _push(db, one, chats, Card(title, (Fact("件名", one.title), text), buttons), now)


def _push(db: Connection, one: Draft, chats: tuple[int, ...], card: Card, now: datetime) -> None:
    """To staff who have not left, in a chat that is not blocked."""
    staff = {chat for role in ("drafter", "approver") for chat, _ in staff_chats(db, one.branch, role)}
    query = select(Conversation.id, Conversation.user_id).where(Conversation.id.in_(staff & set(chats)))
    for row in db.execute(query.order_by(Conversation.id)):
        push(db, one.branch, row.id, row.user_id, SUBJECT, (card,), now)


def _both(one: Draft) -> tuple[int, ...]:
    """The chats of who wrote it and who approved it."""
    return (one.drafter_chat, *((one.approver_chat,) if one.approver_chat else ()))


def _see(one: Draft) -> Opener:
    return Opener("進みぐあい", "broadcast_progress", (("broadcast", str(one.id)),))


def _edit(one: Draft) -> tuple[Opener, ...]:
    return (Opener("下書きを開く", "broadcast", (("draft", str(one.id)), ("edit", "preview"))),)


def _some(chats: Iterator[int]) -> Iterator[list[int]]:
    while some := list(islice(chats, AT_ONCE)):
        yield some
