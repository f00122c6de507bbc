"""What becomes of broadcasts by themselves: lists are frozen, hours come, a minute passes, the end is reported."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from models import broadcast_asking, broadcast_outcome, broadcast_sending, broadcasts, line_quota, segments
from models.approval import wish_with_id
from models.base import Database, Refusal, savepoint
from models.branch import Branch
from models.broadcast_terms import BroadcastTerms
from models.broadcasts import Draft
from models.days import day_of, minute_in_words
from models.mailing import Progress
from models.night import hour_for
from models.portions import portions
from scheduler import broadcast_notices as notices
from scheduler.line_quotas import Asking, read_quota

LOOK_EVERY = 0.5  # seconds between looks at what is due
AT_ONCE = 10_000  # people of a list in one transaction: others write in between
SOON = timedelta(seconds=1)  # until the next look at what is being sent
LATER = timedelta(minutes=10)  # the same while the month's quota is used up
MISSED = timedelta(seconds=30)  # who comes so late to send the rest was not there while it could be stopped
TOO_LATE = timedelta(hours=2)  # after its hour nobody expects it any more

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
            database.run(lambda db: _begin(db, one, now))
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
        for some in portions(found, AT_ONCE):
            longer = database.run(partial(broadcast_asking.add_to_list, one=one, some=some, now=now))
            if longer is None:
                return  # somebody else is at it, or it was taken back
            one = longer
    database.run(lambda db: _finish_list(db, branch, one, now))


def _finish_list(db: Connection, branch: Branch, one: Draft, now: datetime) -> None:
    """Somebody else is asked; it is a draft again when that cannot be, and those who write are told why."""
    approvers = notices.chats_of(db, one, "approver") - one.own_chats
    if one.listed == 0:
        _give_up(db, one, "宛先の人がいません", "宛先を直してください。", now)
        return
    if not approvers:
        text = "承認できる人が、ほかにいません。承認の役割の人を招待してから、依頼し直してください。"
        _give_up(db, one, "承認を頼めませんでした", text, now)
        return
    reach = segments.reach(db, branch, one.segment, day_of(now))
    try:
        with savepoint(db):
            wish = broadcast_asking.finish_list(db, one, reach, now)
    except Refusal:
        text = "依頼した人が職員でなくなりました。ほかの人が、下書きから依頼し直せます。"
        _give_up(db, one, "承認を頼めませんでした", text, now)
        return
    if wish is None:
        return
    notices.yes_is_wanted(db, one, approvers, now)


def _give_up(db: Connection, one: Draft, title: str, text: str, now: datetime) -> None:
    """Told to who asked; when they have left, to all others who write."""
    if broadcast_asking.give_up(db, one, now):
        drafters = notices.chats_of(db, one, "drafter")
        theirs = drafters & {one.drafter_chat}
        notices.is_draft_again(db, one, theirs or drafters, title, text, now)


def _begin(db: Connection, one: Draft, now: datetime) -> None:
    """The hour has come, unless it is night or long over, or what was approved is not what stands there."""
    wish = wish_with_id(db, one.approval_id or 0)
    if wish is None or wish.outcome != "yes" or wish.digest != one.digest():
        _unapprove(
            db, one, "承認された内容と違うため、送りませんでした。もう一度、承認を依頼してください。", now
        )
        return
    if now - hour_for(one.due_at or now, one.quiet_reason) > TOO_LATE:
        text = "送る時を2時間以上過ぎたため、送りませんでした。日時を決め直して、承認を依頼してください。"
        _unapprove(db, one, text, now)
        return
    if (hour := hour_for(now, one.quiet_reason)) > now:
        broadcast_sending.postpone(db, one, hour, now)
        return
    broadcast_sending.begin(db, one, now)


def _unapprove(db: Connection, one: Draft, text: str, now: datetime) -> None:
    if broadcast_sending.unapprove(db, one, now):
        notices.is_draft_again(db, one, notices.both(one), "送信を見合わせました", text, now)


def _after_the_first(db: Connection, terms: BroadcastTerms, one: Draft, now: datetime) -> None:
    sent = broadcast_outcome.progress_of_first(db, one)
    if _is_short(db, one, sent, now):
        return
    if sent.waiting:
        broadcast_sending.look_again(db, one, now + SOON)
        return
    rest = one.listed - sent.people
    if not rest:
        broadcast_sending.go_on(db, one, now)
        return
    if sent.stopped or (sent.refused and not sent.accepted):
        broadcast_sending.halt(db, one, now, short=sent.stopped > 0)
        return
    too_few = min(terms.first_at_least, one.first_share) - (sent.people - sent.left_out)
    if too_few > 0 and broadcast_sending.tell_more_first(db, one, too_few, now, now + SOON):
        return  # who has left since the list was frozen is no look at how it goes
    _hold(db, terms, one, sent, now)


def _hold(
    db: Connection, terms: BroadcastTerms, one: Draft, sent: Progress, now: datetime, why: str = ""
) -> None:
    later = now + timedelta(seconds=terms.hold_seconds)
    hour = hour_for(later, one.quiet_reason)
    if broadcast_sending.hold(db, one, hour, now):
        when = (
            f"{terms.hold_seconds}秒後に" if hour == later else f"夜間になるため、{minute_in_words(hour)}に"
        )
        rest = one.listed - sent.people
        notices.first_are_told(db, one, sent, f"{why}{when}、残り{rest:,}件へ送ります。", now)


def _go_on(db: Connection, terms: BroadcastTerms, one: Draft, now: datetime) -> None:
    """Nobody has stopped it, though they could, and it is not night by now: the rest."""
    assert one.due_at
    if now - one.due_at > MISSED or hour_for(now, one.quiet_reason) > now:
        sent = broadcast_outcome.progress_of_first(db, one)
        _hold(db, terms, one, sent, now, "送れない間があったため、もう一度お待ちします。")
        return
    broadcast_sending.go_on(db, one, now)


def _after_the_rest(db: Connection, one: Draft, now: datetime) -> None:
    sent = broadcast_outcome.progress(db, one)
    if one.state == "rest" and _is_short(db, one, sent, now):
        return
    if sent.waiting:
        broadcast_sending.look_again(db, one, now + SOON)
    elif broadcast_sending.finish(db, one, now):
        notices.report(db, one, sent, now)


def _is_short(db: Connection, one: Draft, sent: Progress, now: datetime) -> bool:
    """True when all that still waits waits for the month's quota; that is said once."""
    if not sent.waiting or sent.out_of_quota < sent.waiting:
        return False
    if broadcast_sending.tell_short(db, one):
        notices.quota_is_used_up(db, one, sent, now)
    broadcast_sending.look_again(db, one, now + LATER)
    return True
