"""Senders that crash, sleep and race, a LINE that fails in every way, a clock that jumps: each message ends once."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row, delete, insert, select, update

from bot.line import NOT_SENT, Answer
from bot.outbox import Lane, deliver
from models import outbox
from models.base import Database
from models.conversation import Conversation
from models.outbox import ACCEPTED, Outcome, Outgoing, Owed
from tests.quiet_house import LOST, SPRING, Clock

TOKEN_LIFE, KEY_LIFE = timedelta(minutes=1), timedelta(hours=24)
DIES_BEFORE, DIES_AFTER = "dies before", "dies after"
FAULTS = (
    LOST,
    DIES_BEFORE,
    DIES_AFTER,
    Answer(0),
    Answer(NOT_SENT),
    Answer(401),
    Answer(403),
    Answer(429, "too many"),
    Answer(429, "You have reached your monthly limit."),
    Answer(500),
)


class Died(BaseException):
    """A process that was killed."""


@dataclass
class LineModel:
    """LINE: a token is good once within a minute, a key is remembered for a day."""

    clock: Clock
    tokens: dict[str, datetime] = field(default_factory=dict)
    keys: dict[str, datetime] = field(default_factory=dict)
    accepted: list[tuple[str, str]] = field(default_factory=list)  # kind and word
    keys_of: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    ended: dict[str, str] = field(
        default_factory=dict
    )  # words whose outcome is written, and who had them then
    asking: str = ""  # the process that is sending
    faults: list[Any] = field(default_factory=list)

    def send(self, kind: str, body: bytes, key: str | None) -> Answer:
        content = json.loads(body)
        word = content["messages"][0]["contents"]["word"]
        assert self.ended.get(word, self.asking) == self.asking, f"{word} is sent again after its end"
        if kind == "push":
            self.keys_of[word].add(key)
        fault = self.faults.pop(0) if self.faults else None
        if fault == DIES_BEFORE:
            raise Died
        if isinstance(fault, Answer):
            return fault
        answer = self._push(word, key) if kind == "push" else self._reply(word, content["replyToken"])
        if fault == DIES_AFTER:
            raise Died
        return Answer(0) if fault == LOST else answer

    def _reply(self, word: str, token: str) -> Answer:
        born = self.tokens.pop(token, None)
        if born is None or self.clock() - born > TOKEN_LIFE:
            return Answer(400, "Invalid reply token")
        self.accepted.append(("reply", word))
        return Answer(200)

    def _push(self, word: str, key: str | None) -> Answer:
        assert key
        if self.clock() - self.keys.get(key, SPRING - KEY_LIFE) < KEY_LIFE:
            return Answer(409)
        self.keys[key] = self.clock()
        self.accepted.append(("push", word))
        return Answer(200)


@dataclass
class Process:
    """One sender: what it has taken, and what it has not yet written down."""

    name: str
    lane: Lane
    taken: list[Owed] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def holds(self, row_id: int) -> bool:
        return any(each.id == row_id for each in (*self.taken, *(one.owed for one in self.outcomes)))


class Outboxes(RuleBasedStateMachine):
    """Two senders on one database, and everything that happens to them."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.clock = Clock()
        self.line = LineModel(self.clock)
        self.serial, self.generation = count(1), count(1)
        self.rows: dict[str, int] = {}
        self.chat_of: dict[str, int] = {}
        self.ends: dict[int, tuple[Any, ...]] = {}
        self.owner: dict[int, str] = {}
        self.put_off: set[str] = set()  # words that have waited for the month's quota
        self.processes = [self._process(), self._process()]

    @initialize()
    def begin(self) -> None:
        with self.database.transaction() as db:
            db.execute(delete(Outgoing))
            db.execute(delete(Conversation))
            for number in (1, 2):
                chat = {"id": number, "branch": "saitama", "user_id": f"U{number}", "blocked": False}
                db.execute(insert(Conversation), chat | {"turn": 0, "place": "{}", "updated_at": SPRING})

    @rule(which=st.integers(0, 1), chat=st.integers(1, 2), token=st.booleans(), claimed=st.booleans())
    def owe(self, which: int, chat: int, token: bool, claimed: bool) -> None:
        """An event is answered, or a notice is owed; the row is handed over, perhaps before an earlier one."""
        process, word = self.processes[which], f"w{next(self.serial)}"
        message = {"type": "flex", "altText": "…", "contents": {"type": "bubble", "word": word}}
        if token:
            self.line.tokens[f"token of {word}"] = self.clock()
        with self.database.transaction() as db:
            owed = outbox.add(
                db,
                branch="saitama",
                chat_id=chat,
                user_id=f"U{chat}",
                subject="x",
                messages=json.dumps([message]),
                now=self.clock(),
                reply_token=f"token of {word}" if token else None,
                claim_for=process.name if claimed else None,
            )
        self.rows[word], self.chat_of[word] = owed.id, chat
        if owed.mine:
            process.taken.append(owed)
            self.owner[owed.id] = process.name

    @rule(which=st.integers(0, 1))
    def claim(self, which: int) -> None:
        process = self.processes[which]
        rows = self.database.run(lambda db: outbox.claim(db, process.name, {"saitama"}, self.clock()))
        process.taken += [row for row in rows if not process.holds(row.id)]
        self.owner |= {row.id: process.name for row in rows}

    @rule(
        which=st.integers(0, 1), place=st.integers(0, 3), faults=st.lists(st.sampled_from(FAULTS), max_size=4)
    )
    def carry(self, which: int, place: int, faults: list[Any]) -> None:
        """A row is sent, in whatever order it stands in the queue, with what LINE does meanwhile."""
        process = self.processes[which]
        if not process.taken:
            return
        owed = process.taken.pop(min(place, len(process.taken) - 1))
        self.line.faults, self.line.asking = list(faults), process.name
        try:
            process.outcomes.append(process.lane.carry(owed))
        except Died:
            self.crash(which)

    @rule(which=st.integers(0, 1))
    def write(self, which: int) -> None:
        process = self.processes[which]
        self.database.run(lambda db: outbox.settle(db, process.name, process.outcomes))
        process.outcomes = []

    @rule(which=st.integers(0, 1), faults=st.lists(st.sampled_from(FAULTS), max_size=2))
    def look(self, which: int, faults: list[Any]) -> None:
        """What a sender does by itself all the time: takes what is due, sends it, writes it down."""
        self.claim(which)
        self.carry(which, 0, faults)
        self.write(which)

    @rule(which=st.integers(0, 1))
    def crash(self, which: int) -> None:
        self.processes[which] = self._process()

    @rule(seconds=st.sampled_from([2, 31, 31, 45, 51, 70, 3_600, 50_000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_by(seconds=seconds)

    @rule(chat=st.integers(1, 2), blocked=st.booleans())
    def block(self, chat: int, blocked: bool) -> None:
        with self.database.transaction() as db:
            db.execute(update(Conversation).where(Conversation.id == chat).values(blocked=blocked))

    @invariant()
    def outcomes_stand_and_no_message_arrives_twice_unless_it_is_marked(self) -> None:
        table = {row.id: row for row in self._table()}
        for row in table.values():
            if row.outcome:
                end = (row.outcome, row.sent_as, row.done_at)
                assert self.ends.setdefault(row.id, end) == end
        for word, row_id in self.rows.items():
            if row_id in self.ends:
                self.line.ended.setdefault(word, self.owner[row_id])
        for word, arrived in Counter(word for _, word in self.line.accepted).items():
            row = table[self.rows[word]]
            assert arrived <= 2
            assert arrived < 2 or row.perhaps_twice or not row.outcome

    @invariant()
    def every_push_of_a_row_has_its_key(self) -> None:
        assert all(len(keys) == 1 for keys in self.line.keys_of.values())

    @invariant()
    def no_message_overtakes_another_of_its_chat(self) -> None:
        """But for those that wait for the month's quota: these hold up nobody."""
        waited = {row.id for row in self._table() if row.out_of_quota}
        self.put_off |= {word for word, row_id in self.rows.items() if row_id in waited}
        first: dict[str, int] = {}
        for place, (_, word) in enumerate(self.line.accepted):
            first.setdefault(word, place)
        for chat in (1, 2):
            order = [
                self.rows[word] for word in first if self.chat_of[word] == chat and word not in self.put_off
            ]
            assert all(earlier < later for earlier, later in pairwise(order))

    def teardown(self) -> None:
        """LINE is well again: everything that is owed ends, and nothing that is called accepted was lost."""
        self.line.faults = []
        for _ in range(60):
            for which, process in enumerate(self.processes):
                self.claim(which)
                while process.taken:
                    self.carry(which, 0, [])
                self.write(which)
            self.outcomes_stand_and_no_message_arrives_twice_unless_it_is_marked()
            if all(row.outcome for row in self._table()):
                break
            self.clock.pass_by(seconds=1_800)  # a night and more, which the month's quota is waited for
        arrived = {word for _, word in self.line.accepted}
        for row in self._table():
            word = next(word for word, row_id in self.rows.items() if row_id == row.id)
            assert row.outcome, f"{word} never ended"
            assert row.outcome != ACCEPTED or word in arrived, f"{word} was lost"
        self.no_message_overtakes_another_of_its_chat()

    def _table(self) -> list[Row[Any]]:
        with self.database.reading() as db:
            return list(db.execute(select(Outgoing.__table__).order_by(Outgoing.id)))

    def _process(self) -> Process:
        def delivered(owed: Owed) -> Outcome:
            return deliver(owed, self.line.send, self.clock, self._is_blocked, self.clock.wait)

        return Process(f"p{next(self.generation)}", Lane(delivered, self.clock))

    def _is_blocked(self, chat: int) -> bool:
        with self.database.reading() as db:
            return bool(db.execute(select(Conversation.blocked).where(Conversation.id == chat)).scalar())


# How often each thing happens in a random walk; Hypothesis prefers short stories, a walk goes far.
WEIGHTS = {
    "owe": 5,
    "look": 5,
    "claim": 2,
    "carry": 4,
    "write": 3,
    "time_passes": 3,
    "crash": 1,
    "block": 0.3,
}
JUMPS = (2, 2, 10, 31, 31, 45, 51, 400, 3_600, 50_000, 90_000)


def walk(machine: Outboxes, chance: Random, steps: int) -> None:
    """Sixty things happen by chance, each followed by a look at what must always hold."""
    machine.begin()
    for name in chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=steps):
        which, faults = chance.randrange(2), chance.choices(FAULTS, k=chance.choice((0, 0, 1, 2, 4)))
        match name:
            case "owe":
                machine.owe(which, chance.choice((1, 1, 2)), chance.random() < 0.8, chance.random() < 0.9)
            case "look":
                machine.look(which, faults)
            case "carry":
                machine.carry(which, chance.randrange(4), faults)
            case "time_passes":
                machine.time_passes(chance.choice(JUMPS))
            case "block":
                machine.block(chance.choice((1, 2)), chance.random() < 0.5)
            case _:
                getattr(machine, name)(which)
        machine.outcomes_stand_and_no_message_arrives_twice_unless_it_is_marked()
        machine.every_push_of_a_row_has_its_key()
        machine.no_message_overtakes_another_of_its_chat()
    machine.teardown()


@pytest.mark.parametrize("seed", range(4))
def test_long_walks_by_chance_end_each_message_once_in_order(database: Database, seed: int) -> None:
    chance = Random(seed)
    for _ in range(10):
        walk(Outboxes(database), chance, 60)


def test_whatever_happens_to_senders_each_message_ends_once_in_order_and_nothing_vanishes(
    database: Database,
) -> None:
    run_state_machine_as_test(
        lambda: Outboxes(database),  # type: ignore[arg-type]
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
