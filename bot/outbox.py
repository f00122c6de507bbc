"""Sending after commit: a reply while its token is young, else a push; nothing lost, nothing twice."""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import count

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot import flex
from bot.express import Express, reply_body
from bot.line import REPLY_TOKEN_LIFE, RETRY_KEY_HOURS, Answer, Line
from bot.pace import Pace
from models import outbox
from models.base import Database
from models.conversation import Conversation
from models.night import by_day, in_daytime
from models.outbox import (
    ACCEPTED,
    LEFT_OUT,
    REFUSED,
    STOPPED,
    TOO_LATE,
    UNKNOWN,
    Outcome,
    Owed,
    kept_for_the_morning,
    put_off,
    tried,
)

WORKERS = 24  # needed = pushes a second × LINE's latency; replies go by the express
REMEMBERED = 256  # rows that a worker knows to be done
LOOK_EVERY = 0.5  # seconds between looks at what waits in the database
GATHER = 0.01  # seconds in which outcomes are gathered into one transaction
KEY_LIFE = timedelta(hours=RETRY_KEY_HOURS)
QUOTA_ASKED = timedelta(hours=1)  # between tries while the month's quota is used up
QUOTA_AWAITED = timedelta(days=31)  # by then a new month has begun
BACKOFF = (1, 2, 5, 15, 60, 300, 900)  # seconds

log = logging.getLogger(__name__)

Waiting = tuple[Owed, Answer | None]  # a row, and what LINE has said to it already


@dataclass
class Lane:
    """Some chats in one worker's hands: no message goes out before the one that was owed before it."""

    deliver: Callable[[Owed], Outcome]
    clock: Callable[[], datetime]
    _done: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def carry(self, owed: Owed) -> Outcome:
        """What became of the row. Untouched when it came too early, or so late that others may have it: claimed again."""
        too_early = owed.after is not None and owed.after not in self._done
        if too_early or owed.has_lapsed(self.clock()):
            return Outcome(owed, None, self.clock())
        outcome = self.deliver(owed)
        if outcome.outcome is not None:
            self._done.append(owed.id)
        return outcome


@dataclass
class Sender:
    """Sends what the outbox owes, in order per chat. `clock` gives aware UTC instants."""

    database: Database
    lines: Mapping[str, Line]
    clock: Callable[[], datetime]
    name: str
    workers: int = WORKERS
    _queues: list["queue.SimpleQueue[Waiting | None]"] = field(default_factory=list)
    _outcomes: "queue.SimpleQueue[Outcome | None]" = field(default_factory=queue.SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _nudge: threading.Event = field(default_factory=threading.Event)
    _held: set[int] = field(default_factory=set)  # rows in this process's hands
    _count_lock: threading.Lock = field(default_factory=threading.Lock)
    _express: Express | None = None
    _books: threading.Lock = field(default_factory=threading.Lock)  # no row is taken while its end is written

    def __post_init__(self) -> None:
        self._queues = [queue.SimpleQueue() for _ in range(self.workers)]
        self._pace = Pace(self.database)

    def start(self) -> None:
        """Starts the threads; what an earlier process of this name held is free again."""
        self.database.run(lambda db: outbox.release(db, self.name))
        jobs = [lambda box=box: self._work(box) for box in self._queues]
        for number, job in zip(count(), (*jobs, self._keep_books, self._look), strict=False):
            thread = threading.Thread(target=job, name=f"sender-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)
        board = next((line.switchboard() for line in self.lines.values()), None)
        if board is not None:
            board.start()
            self._express = Express(
                board, self.lines, self.clock, self._pace, self._outcomes.put, self._to_lane
            )

    def stop(self) -> None:
        """Finishes what is under way, leaves the rest to whoever comes next."""
        if self._express:
            self._express.board.stop()
        self._stop.set()
        self._nudge.set()
        for box in self._queues:
            box.put(None)
        for thread in self._threads[: self.workers]:
            thread.join(timeout=10)
        self._outcomes.put(None)
        for thread in self._threads[self.workers :]:
            thread.join(timeout=10)

    def hand_over(self, owed: Owed | None) -> None:
        """Takes a row that was committed in this sender's name; where there is none, looks for what may be owed."""
        if owed is None or not owed.mine:
            self.nudge()
        elif self._holds(owed):
            self._set_out(owed)

    def _set_out(self, owed: Owed) -> None:
        """By the express, where that takes it."""
        express = self._express
        if express and express.has_accepted(owed.after):
            owed = replace(owed, after=None)
        if not (express and express.takes(owed)):
            self._to_lane(owed)

    def nudge(self) -> None:
        """Something is owed that nobody holds: look now."""
        self._nudge.set()

    def is_quiet(self) -> bool:
        """True when no row is in this process's hands."""
        with self._count_lock:
            return not self._held

    def _holds(self, owed: Owed) -> bool:
        """From now on; False when it did already: its lease ran out while it waited here."""
        with self._count_lock:
            is_new = owed.id not in self._held
            self._held.add(owed.id)
        return is_new

    def _to_lane(self, owed: Owed, first: Answer | None = None) -> None:
        self._queues[owed.chat_id % self.workers].put((owed, first))

    def _work(self, box: "queue.SimpleQueue[Waiting | None]") -> None:
        first: Answer | None = None
        lane = Lane(lambda owed: self._delivered(owed, first), self.clock)
        while (waiting := box.get()) is not None:
            owed, first = waiting
            self._outcomes.put(lane.carry(owed))

    def _delivered(self, owed: Owed, first: Answer | None) -> Outcome:
        try:
            send = _beginning_with(first, self._endpoint(owed.branch))
            return deliver(owed, send, self.clock, self._is_blocked, self._stop.wait)
        except Exception as error:
            log.exception("outbox row %s failed", owed.id)
            return _failed(owed, self.clock(), error)

    def _endpoint(self, branch: str) -> "Endpoint":
        line = self.lines[branch]

        def send(kind: str, body: bytes, retry_key: str | None) -> Answer:
            self._pace.wait(branch, kind)
            return line.send(kind, body, retry_key)

        return send

    def _is_blocked(self, chat_id: int) -> bool:
        try:
            with self.database.reading() as db:
                row = db.execute(select(Conversation.blocked).where(Conversation.id == chat_id))
                return bool(row.scalar())
        except SQLAlchemyError:
            return False  # LINE itself drops what goes to a blocker

    def _keep_books(self) -> None:
        """Writes outcomes down, many in one transaction."""
        last = False
        while not last:
            batch = [self._outcomes.get()]
            time.sleep(GATHER)
            while not self._outcomes.empty():
                batch.append(self._outcomes.get())
            last = None in batch
            self._settle([outcome for outcome in batch if outcome is not None])

    def _settle(self, outcomes: list[Outcome]) -> None:
        for attempt in count():
            try:
                with self._books:
                    self.database.share(lambda db: outbox.settle(db, self.name, outcomes))
                    with self._count_lock:
                        self._held.difference_update(outcome.owed.id for outcome in outcomes)
                break
            except Exception:
                log.exception("outcomes of %d rows could not be written", len(outcomes))
                if self._stop.wait(backoff(attempt)):
                    return
        if any(outcome.outcome is None for outcome in outcomes):
            self._nudge.set()

    def _look(self) -> None:
        """Takes rows that nobody handed over: pushes, retries, what a dead process left."""
        while not self._stop.is_set():
            self._nudge.clear()
            try:
                with self._books:
                    for owed in self.database.share(
                        lambda db: outbox.claim(db, self.name, self.lines, self.clock())
                    ):
                        if self._holds(owed):
                            self._to_lane(owed)
            except SQLAlchemyError:
                log.exception("the outbox could not be read")
            self._nudge.wait(LOOK_EVERY)
            self._stop.wait(GATHER)


Endpoint = Callable[[str, bytes, str | None], Answer]


def deliver(
    owed: Owed,
    send: Endpoint,
    clock: Callable[[], datetime],
    is_blocked: Callable[[int], bool],
    wait: Callable[[float], bool],
) -> Outcome:
    """One row's delivery, as far as it goes now: its outcome, or when to try again (design §4).

    `wait` sleeps, and says True when the sender is to stop."""
    perhaps_replied = owed.perhaps_tried
    while owed.reply_token and clock() - owed.received_at < REPLY_TOKEN_LIFE:
        answer = send("reply", reply_body(owed), None)
        owed = tried(owed, clock(), as_push=False)
        if answer.accepted or (answer.token_dead and perhaps_replied):
            return Outcome(owed, ACCEPTED, clock(), "reply", request_id=answer.request_id)
        if answer.status == HTTPStatus.BAD_REQUEST:
            perhaps_replied = perhaps_replied and not answer.token_dead
            break  # dead on the first try, or in words we do not know: a push says more
        if not answer.to_be_repeated:
            return _refused(owed, clock(), "reply", answer)
        perhaps_replied = perhaps_replied or answer.unanswered
        if wait(min(backoff(owed.tries - 1), 2)) or owed.has_lapsed(clock()):
            return Outcome(owed, None, clock(), "reply", error=answer.words)
    if owed.reply_token:  # it is of no use any more: whether an unanswered reply arrived will never be known
        owed = replace(owed, reply_token=None, perhaps_twice=owed.perhaps_twice or perhaps_replied)
    return _pushed(owed, send, clock, is_blocked)


def _pushed(
    owed: Owed, send: Endpoint, clock: Callable[[], datetime], is_blocked: Callable[[int], bool]
) -> Outcome:
    now = clock()
    if is_blocked(owed.chat_id):
        return Outcome(owed, LEFT_OUT, now)
    if owed.useful_until and now > owed.useful_until:
        ended = UNKNOWN if owed.first_tried_at or owed.perhaps_tried else STOPPED
        return Outcome(owed, ended, now, error=TOO_LATE)
    if owed.first_tried_at and now - owed.first_tried_at > KEY_LIFE:
        return Outcome(owed, UNKNOWN, now, "push", error="no answer within 23 hours")
    if owed.perhaps_tried and not owed.first_tried_at and now - owed.received_at > KEY_LIFE:
        owed = replace(
            owed, perhaps_twice=True
        )  # LINE may have forgotten the key of a try that nobody wrote down
    if (morning := _awake(owed, now)) > now:
        return Outcome(kept_for_the_morning(owed), None, now, due_at=morning)
    answer = send("push", flex.push_body(owed.user_id, owed.messages, owed.subject), owed.retry_key)
    if answer.quota_used_up and now - owed.received_at <= QUOTA_AWAITED:
        later = in_daytime(clock() + QUOTA_ASKED)
        return Outcome(put_off(owed), None, clock(), "push", due_at=later, error=answer.words)
    owed = tried(owed, now, as_push=True)
    if answer.accepted:
        return Outcome(owed, ACCEPTED, clock(), "push", request_id=answer.request_id)
    if answer.to_be_repeated:
        soon = clock() + timedelta(seconds=backoff(owed.tries - 1))
        later = _awake(owed, soon)
        waiting = owed if later == soon else kept_for_the_morning(owed)
        return Outcome(waiting, None, clock(), "push", due_at=later, error=answer.words)
    return _refused(owed, clock(), "push", answer)


def _awake(owed: Owed, later: datetime) -> datetime:
    """When the row may be pushed, if it could not be until then: what is of use for a while was decided by day."""
    return by_day(owed.received_at, later) if owed.useful_until else later


def _beginning_with(first: Answer | None, send: "Endpoint") -> "Endpoint":
    """Tells what the first try of a reply was answered, where it was made already; then sends."""
    told = [first] if first else []

    def answer(kind: str, body: bytes, retry_key: str | None) -> Answer:
        return told.pop() if told and kind == "reply" else send(kind, body, retry_key)

    return answer


def _refused(owed: Owed, now: datetime, sent_as: str, answer: Answer) -> Outcome:
    return Outcome(owed, REFUSED, now, sent_as, request_id=answer.request_id, error=answer.words)


def _failed(owed: Owed, now: datetime, error: Exception) -> Outcome:
    """A bug of ours: tried again for a day, then given up, so that it does not stop its chat for ever."""
    owed = tried(owed, now, as_push=False)
    words = f"failed: {type(error).__name__}"
    if now - owed.received_at > KEY_LIFE:
        return Outcome(owed, UNKNOWN, now, error=words)
    return Outcome(owed, None, now, due_at=now + timedelta(seconds=backoff(owed.tries - 1)), error=words)


def backoff(tries: int) -> int:
    """Seconds until the next try."""
    return BACKOFF[min(tries, len(BACKOFF) - 1)]
