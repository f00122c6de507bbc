"""Sends what mailings owe, 500 people a call: nobody twice, nobody missed, within LINE's rate and the month's quota."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus

import prometheus_client
from sqlalchemy.exc import SQLAlchemyError

from bot.allowance import Allowance
from bot.line import RETRY_KEY_HOURS, Answer, Line
from bot.outbox import GATHER, LOOK_EVERY, backoff
from bot.pace import Pace
from models import mailing_batches
from models.base import Database
from models.mailing import STOPPED
from models.mailing_batches import Addressees, Batch, Ending, by_day, in_daytime
from models.outbox import ACCEPTED, LEFT_OUT, REFUSED, UNKNOWN

WORKERS = 32  # calls under way in one branch = calls a second × LINE's latency
KEY_LIFE = timedelta(hours=RETRY_KEY_HOURS)
QUOTA_ASKED = timedelta(hours=1)  # between looks whether the month's quota has room again

PEOPLE = prometheus_client.Counter(
    "kyosai_mailed_people_total", "People of mailings by what became of them", ["branch", "outcome"]
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Post:
    """How one branch's batches are delivered: everything that a delivery touches."""

    line: Line
    allowance: Allowance
    clock: Callable[[], datetime]
    find: Callable[[Batch], Addressees]
    begin: Callable[[Batch, tuple[int, ...]], Batch | None]
    wait: Callable[[], None]  # for a slot


def deliver(batch: Batch, post: Post) -> Ending | None:
    """One batch's delivery, as far as it goes now; None when it is not ours any more (design §4)."""
    if (early := _without_asking(batch, post)) is not None:
        return early
    found = post.find(batch)
    if not found.user_ids:
        ending = Ending(replace(batch, left_out_ids=found.left_out_ids), ACCEPTED, post.clock())
        return replace(ending, outcome=UNKNOWN) if batch.first_tried_at else ending
    post.wait()
    begun = post.begin(batch, found.left_out_ids)
    if begun is None:
        return None
    answer = post.line.multicast(found.user_ids, batch.messages, batch.retry_key)
    if answer.accepted:
        return _accepted(begun, found, answer, post.clock())
    if answer.unanswered:
        return _again(begun, answer, post.clock())
    untold = batch_before(begun, batch)
    if answer.quota_used_up:
        post.allowance.is_used_up(len(found.user_ids), post.clock())
        return _out_of_quota(untold, post.clock(), answer)
    if answer.to_be_repeated:
        return _again(untold, answer, post.clock())
    return Ending(begun, REFUSED, post.clock(), request_id=answer.request_id, error=_error(answer))


def batch_before(begun: Batch, before: Batch) -> Batch:
    """The batch after a try by which surely nobody was told: only the count of tries has grown."""
    return replace(begun, first_tried_at=before.first_tried_at, left_out_ids=before.left_out_ids)


def _without_asking(batch: Batch, post: Post) -> Ending | None:
    now = post.clock()
    ended = UNKNOWN if batch.first_tried_at else STOPPED
    if batch.stopped:
        return Ending(batch, ended, now)
    if batch.useful_until and now > batch.useful_until:
        return Ending(batch, ended, now, error="too late to be of use")
    if batch.first_tried_at and now - batch.first_tried_at > KEY_LIFE:
        return Ending(batch, UNKNOWN, now, error="no answer within 23 hours")
    if (morning := by_day(batch.due_at, now)) > now:
        return Ending(batch, None, now, due_at=morning, out_of_quota=batch.out_of_quota)
    if post.allowance.forbids(len(batch.chat_ids), now, ask=batch.out_of_quota):
        return _out_of_quota(batch, now)
    return None


def _accepted(begun: Batch, found: Addressees, answer: Answer, now: datetime) -> Ending:
    """A key that LINE knows was accepted with all whom the first try named, whoever has been forgotten since."""
    if answer.status == HTTPStatus.OK:
        begun = replace(begun, left_out_ids=tuple(sorted((*found.left_out_ids, *found.gone_ids))))
    people = len(begun.chat_ids) - len(begun.left_out_ids)
    return Ending(begun, ACCEPTED, now, accepted=people, request_id=answer.request_id)


def _again(batch: Batch, answer: Answer, now: datetime) -> Ending:
    later = by_day(batch.due_at, now + timedelta(seconds=backoff(batch.tries - 1)))
    return Ending(batch, None, now, due_at=later, request_id=answer.request_id, error=_error(answer))


def _out_of_quota(batch: Batch, now: datetime, answer: Answer | None = None) -> Ending:
    later = in_daytime(now + QUOTA_ASKED)
    return Ending(batch, None, now, due_at=later, out_of_quota=True, error=_error(answer) if answer else None)


def _error(answer: Answer) -> str:
    return f"{answer.status} {answer.message}"


@dataclass
class MailSender:
    """Takes due batches, of every mailing in turn, and delivers them. `clock` gives aware UTC instants."""

    database: Database
    lines: Mapping[str, Line]
    clock: Callable[[], datetime]
    name: str
    workers: int = WORKERS
    _pools: dict[str, ThreadPoolExecutor] = field(default_factory=dict)
    _posts: dict[str, Post] = field(default_factory=dict)
    _held: dict[int, str] = field(default_factory=dict)  # batches in this process's hands, and their branch
    _last: dict[str, int] = field(default_factory=dict)  # the mailing of a branch that was served last
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _nudge: threading.Event = field(default_factory=threading.Event)
    _looking: threading.Thread | None = None

    def __post_init__(self) -> None:
        self._pace = Pace(self.database)

    def start(self) -> None:
        """Starts looking for what is due; what an earlier process of this name held is free again."""
        self.database.run(lambda db: mailing_batches.free(db, self.name))
        self._looking = threading.Thread(target=self._look, name="mail-sender", daemon=True)
        self._looking.start()

    def stop(self) -> None:
        """Finishes what is under way, leaves the rest to whoever comes next."""
        self._stop.set()
        self._nudge.set()
        if self._looking:
            self._looking.join(timeout=10)
            for pool in self._pools.values():
                pool.shutdown(wait=True, cancel_futures=True)
            self.database.run(lambda db: mailing_batches.free(db, self.name))

    def nudge(self) -> None:
        """Something is due: look now."""
        self._nudge.set()

    def is_quiet(self) -> bool:
        """True when no batch is in this process's hands."""
        with self._guard:
            return not self._held

    def _look(self) -> None:
        while not self._stop.is_set():
            self._nudge.clear()
            try:
                self._take_all()
            except SQLAlchemyError:
                log.exception("the mailings could not be read")
            self._nudge.wait(LOOK_EVERY)
            self._stop.wait(GATHER)

    def _take_all(self) -> None:
        """Fills each branch's hands; a branch whose LINE is slow leaves the others alone."""
        with self.database.reading() as db:
            due = mailing_batches.waiting(db, self.clock())
        for branch in sorted({branch for branch, _ in due} & self.lines.keys()):
            mailings = [mailing for of, mailing in due if of == branch]
            for mailing, share in self._shares(branch, mailings):
                self._take(branch, mailing, share)

    def _shares(self, branch: str, mailings: list[int]) -> Iterator[tuple[int, int]]:
        """How many batches of each mailing are taken now: alike of all, and none is left out for long."""
        with self._guard:
            room = 2 * self.workers - Counter(self._held.values())[branch]
        last = self._last.get(branch, 0)
        in_turn = sorted(mailings, key=lambda mailing: (mailing <= last, mailing))[: max(room, 0)]
        for mailing in in_turn:
            self._last[branch] = mailing
            yield mailing, max(room // len(in_turn), 1)

    def _take(self, branch: str, mailing: int, limit: int) -> None:
        batches = self.database.share(
            lambda db: mailing_batches.claim(db, self.name, mailing, self.clock(), limit)
        )
        for batch in batches:
            with self._guard:
                if batch.id in self._held:
                    continue  # its lease ran out while it waited here
                self._held[batch.id] = branch
            self._pool(branch).submit(self._carry, batch)

    def _carry(self, batch: Batch) -> None:
        try:
            if not self._stop.is_set():
                self._end(batch, self._delivered(batch))
        except Exception:
            log.exception("what became of batch %s could not be written", batch.id)  # it is taken again
        finally:
            with self._guard:
                del self._held[batch.id]
                is_short = Counter(self._held.values())[batch.branch] < self.workers
            if is_short:
                self._nudge.set()

    def _delivered(self, batch: Batch) -> Ending | None:
        try:
            return deliver(batch, self._post(batch.branch))
        except Exception as error:
            log.exception("batch %s failed", batch.id)
            now = self.clock()
            later = by_day(batch.due_at, now + timedelta(seconds=backoff(batch.tries)))
            begun = replace(batch, tries=batch.tries + 1, first_tried_at=batch.first_tried_at or now)
            return Ending(begun, None, now, due_at=later, error=f"failed: {type(error).__name__}")

    def _end(self, batch: Batch, ending: Ending | None) -> None:
        """Writes down what became of a batch; of one that LINE refuses, why: for its words, or for somebody in it."""
        if ending is None:
            return
        if ending.outcome == REFUSED and (ending.error or "").startswith("400 "):
            ending = self._examined(ending)
        if ending is None:
            return
        if ending.out_of_quota and ending.due_at:
            self._put_off(batch, ending)
        written = self.database.share(lambda db: mailing_batches.settle(db, self.name, ending))
        _count(written)

    def _examined(self, ending: Ending) -> Ending | None:
        """A refused batch's ending: None when it was halved, since only somebody in it is at fault."""
        batch, line = ending.batch, self.lines[ending.batch.branch]
        answer = line.validate(batch.messages)
        if answer.status == HTTPStatus.BAD_REQUEST:
            self.database.share(
                lambda db: mailing_batches.refuse_all(db, batch.mailing_id, _error(answer), ending.at)
            )
            return replace(ending, error=_error(answer))
        if answer.accepted and len(batch.chat_ids) > 1:
            self.database.share(lambda db: mailing_batches.split(db, self.name, batch))
            self._nudge.set()
            return None
        if answer.accepted:
            return ending
        return _again(replace(batch, first_tried_at=None, left_out_ids=()), answer, ending.at)

    def _put_off(self, batch: Batch, ending: Ending) -> None:
        assert ending.due_at
        due_at, people = ending.due_at, len(batch.chat_ids)
        self.database.share(lambda db: mailing_batches.put_off(db, batch.branch, people, ending.at, due_at))

    def _pool(self, branch: str) -> ThreadPoolExecutor:
        if branch not in self._pools:
            self._pools[branch] = ThreadPoolExecutor(self.workers, thread_name_prefix=f"mail-{branch}")
        return self._pools[branch]

    def _post(self, branch: str) -> Post:
        with self._guard:
            return self._posts.get(branch) or self._posts.setdefault(branch, self._new_post(branch))

    def _new_post(self, branch: str) -> Post:
        line = self.lines[branch]

        def find(batch: Batch) -> Addressees:
            with self.database.reading() as db:
                return mailing_batches.addressees(db, batch)

        def begin(batch: Batch, left_out: tuple[int, ...]) -> Batch | None:
            return self.database.share(
                lambda db: mailing_batches.begin(db, self.name, batch, left_out, self.clock())
            )

        return Post(
            line, Allowance(line.quota), self.clock, find, begin, lambda: self._pace.wait(branch, "multicast")
        )


def _count(ending: Ending) -> None:
    if ending.outcome is None:
        return
    branch, left_out = ending.batch.branch, len(ending.batch.left_out_ids)
    others = ending.accepted if ending.outcome == ACCEPTED else len(ending.batch.chat_ids) - left_out
    PEOPLE.labels(branch, ending.outcome).inc(others)
    PEOPLE.labels(branch, LEFT_OUT).inc(left_out)
