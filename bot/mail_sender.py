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
from bot.line import Line
from bot.mail_delivery import Post, again, deliver
from bot.outbox import GATHER, LOOK_EVERY, backoff
from bot.pace import Pace
from models import mailing_batches
from models.base import Database
from models.mailing_batches import Addressees, Batch, Ending, Meant, as_they_stand
from models.night import by_day
from models.outbox import ACCEPTED, LEFT_OUT, REFUSED

WORKERS = 32  # calls under way in one branch = calls a second × LINE's latency

PEOPLE = prometheus_client.Counter(
    "kyosai_mailed_people_total", "People of mailings by what became of them", ["branch", "outcome"]
)

log = logging.getLogger(__name__)


@dataclass
class MailSender:
    """Takes due batches, of every mailing in turn, and delivers them. `clock` gives aware UTC instants."""

    database: Database
    lines: Mapping[str, Line]
    clock: Callable[[], datetime]
    name: str
    workers: int = WORKERS
    meant: Meant = as_they_stand
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

    def carry(self, batch: Batch) -> None:
        """Delivers a batch in this sender's hands, and writes down what became of it."""
        ending = self._delivered(batch)
        if ending is not None:
            self.write(ending)

    def write(self, ending: Ending) -> None:
        """Writes down what became of a batch; of one that LINE refuses, why: for its words, or for somebody in it."""
        examined = self._examined(ending) if _is_for_something_in_it(ending) else ending
        if examined is None:
            return
        if examined.out_of_quota:
            self._put_off(examined)
        _count(self.database.share(lambda db: mailing_batches.settle(db, self.name, examined)))

    def post_of(self, branch: str) -> Post:
        """What this sender's deliveries in a branch touch."""
        with self._guard:
            return self._posts.get(branch) or self._posts.setdefault(branch, self._new_post(branch))

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
            self._pool(branch).submit(self._work, batch)

    def _work(self, batch: Batch) -> None:
        try:
            if not self._stop.is_set():
                self.carry(batch)
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
            return deliver(batch, self.post_of(batch.branch))
        except Exception as error:
            log.exception("batch %s failed", batch.id)
            now = self.clock()
            later = by_day(batch.due_at, now + timedelta(seconds=backoff(batch.tries)))
            begun = replace(batch, tries=batch.tries + 1, first_tried_at=batch.first_tried_at or now)
            return Ending(begun, None, now, due_at=later, error=f"failed: {type(error).__name__}")

    def _examined(self, ending: Ending) -> Ending | None:
        """A refused batch's ending: None when it was halved, since only somebody in it is at fault."""
        batch, line = ending.batch, self.lines[ending.batch.branch]
        answer = line.validate(batch.messages)
        if answer.status == HTTPStatus.BAD_REQUEST:
            self.database.share(
                lambda db: mailing_batches.refuse_all(db, batch.mailing_id, answer.words, ending.at)
            )
            return replace(ending, error=answer.words)
        if answer.accepted and len(batch.chat_ids) > 1:
            self.database.share(lambda db: mailing_batches.split(db, self.name, batch))
            self._nudge.set()
            return None
        if answer.accepted:
            return ending
        return again(replace(batch, first_tried_at=None, left_out_ids=()), answer, ending.at)

    def _put_off(self, ending: Ending) -> None:
        """What is as large and due as well would not fit either."""
        assert ending.due_at
        batch, due_at, people = ending.batch, ending.due_at, len(ending.batch.chat_ids)
        self.database.share(lambda db: mailing_batches.put_off(db, batch.branch, people, ending.at, due_at))

    def _pool(self, branch: str) -> ThreadPoolExecutor:
        if branch not in self._pools:
            self._pools[branch] = ThreadPoolExecutor(self.workers, thread_name_prefix=f"mail-{branch}")
        return self._pools[branch]

    def _new_post(self, branch: str) -> Post:
        line = self.lines[branch]

        def find(batch: Batch) -> Addressees:
            with self.database.reading() as db:
                return mailing_batches.addressees(db, batch, self.meant)

        def begin(batch: Batch, left_out: tuple[int, ...]) -> Batch | None:
            return self.database.share(
                lambda db: mailing_batches.begin(db, self.name, batch, left_out, self.clock())
            )

        return Post(
            line, Allowance(line.quota), self.clock, find, begin, lambda: self._pace.wait(branch, "multicast")
        )


def _is_for_something_in_it(ending: Ending) -> bool:
    return ending.outcome == REFUSED and (ending.error or "").startswith(f"{HTTPStatus.BAD_REQUEST} ")


def _count(ending: Ending) -> None:
    if ending.outcome is None:
        return
    branch, left_out = ending.batch.branch, len(ending.batch.left_out_ids)
    others = ending.accepted if ending.outcome == ACCEPTED else len(ending.batch.chat_ids) - left_out
    PEOPLE.labels(branch, ending.outcome).inc(others)
    PEOPLE.labels(branch, LEFT_OUT).inc(left_out)
