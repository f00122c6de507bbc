"""Senders of mailings that crash, sleep and race, a LINE that fails in every way: everybody is told once, or is named."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
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

from bot.line import NOT_SENT, Answer, LineUnavailable, Quota
from bot.mail_delivery import deliver
from bot.mail_sender import MailSender
from models import mailing, mailing_batches
from models.base import Database
from models.conversation import Conversation
from models.forget import forget_chat
from models.mailing import Fate, Mailing, MailingBatch
from models.mailing_batches import Batch, Ending
from tests.quiet_house import BRANCH, LOST, SPRING, Clock, LineRecord

CHATS = 12
STRANGER = "U12"  # LINE does not know this user
KEY_LIFE = timedelta(hours=24)
DIES_BEFORE, DIES_AFTER = "dies before", "dies after"
FAULTS = (
    LOST,
    DIES_BEFORE,
    DIES_AFTER,
    Answer(0),
    Answer(NOT_SENT),
    Answer(401),
    Answer(500),
    Answer(429, "The API rate limit has been exceeded. Try again later."),
    Answer(429, "You have reached your monthly limit."),
)
EXAMPLES, STEPS = 12, 25
WALKS, LONG = 6, 60


class Died(BaseException):
    """A process that was killed."""


@dataclass
class LineModel(LineRecord):
    """LINE: a key is remembered for a day, and stands for the same people, always."""

    clock: Clock = field(default_factory=Clock)
    accepted: dict[str, datetime] = field(default_factory=dict)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)  # mailing and user
    forgotten: set[str] = field(default_factory=set)
    people_of: dict[str, frozenset[str]] = field(default_factory=dict)

    def send(self, kind: str, body: bytes, retry_key: str | None = None) -> Answer:
        fault = self.faults.pop(0) if self.faults else None
        if fault == DIES_BEFORE:
            raise Died
        if isinstance(fault, Answer):
            self._try(kind, json.loads(body), retry_key, fault)
            return fault
        answer = self._told(json.loads(body), retry_key) if kind == "multicast" else Answer(200)
        if fault == DIES_AFTER:
            raise Died
        return Answer(0) if fault == LOST else answer

    def quota(self) -> Quota:
        if self.faults:
            raise LineUnavailable("away")
        return Quota(self.limit, self.used)

    def _try(self, kind: str, body: dict[str, Any], key: str | None, fault: Answer) -> None:
        """A call that reached nobody; one whose answer tells nothing must be repeated as it was."""
        if kind == "multicast" and fault.unanswered:
            self._same_people(body["to"], str(key))

    def _same_people(self, to: list[str], key: str) -> None:
        before = self.people_of.setdefault(key, frozenset(to))
        assert before - self.forgotten == frozenset(to) - self.forgotten, "a key stands for the same people"

    def _told(self, body: dict[str, Any], key: str | None) -> Answer:
        assert key
        assert not self.forgotten & set(body["to"]), "who was forgotten is not written to"
        if self.clock() - self.accepted.get(key, SPRING - KEY_LIFE) < KEY_LIFE:
            self._same_people(body["to"], key)
            return Answer(409)
        if STRANGER in body["to"]:
            return Answer(400, "The request body has 1 error(s)")
        if self.limit is not None and self.used + len(body["to"]) > self.limit:
            return Answer(429, "You have reached your monthly limit.")
        self._same_people(body["to"], key)
        self.used += len(body["to"])
        self.accepted[key] = self.clock()
        about = body["messages"][0]["text"]
        self.told.update((about, user) for user in body["to"])
        return Answer(200)


@dataclass
class Process:
    """One sender: what it has taken, and what it has not yet written down."""

    sender: MailSender
    taken: list[Batch] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    def holds(self, batch: int) -> bool:
        return any(each.id == batch for each in (*self.taken, *(one.batch for one in self.endings)))


class Mailings(RuleBasedStateMachine):
    """Two senders on one database, and everything that happens to them."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.clock = Clock()
        self.line = LineModel("1", "secret", clock=self.clock)
        self.serial, self.generation = count(1), count(1)
        self.mailings: dict[int, str] = {}
        self.people: dict[int, set[int]] = {}
        self.processes = [self._process(), self._process()]

    @initialize()
    def begin(self) -> None:
        with self.database.transaction() as db:
            for table in (MailingBatch, Mailing, Conversation):
                db.execute(delete(table))
            for number in range(1, CHATS + 1):
                chat = {"id": number, "branch": BRANCH, "user_id": f"U{number}", "blocked": False}
                db.execute(insert(Conversation), chat | {"turn": 0, "place": "{}", "updated_at": SPRING})

    @rule(first=st.integers(1, CHATS), each=st.integers(1, 4), held=st.booleans())
    def mail(self, first: int, each: int, held: bool) -> None:
        """A mailing to the chats from one on, in batches of a few."""
        word = f"m{next(self.serial)}"
        due_at = None if held else self.clock()
        with self.database.transaction() as db:
            found = mailing.create(
                db,
                branch=BRANCH,
                purpose="reminder",
                about=word,
                subject="x",
                messages=json.dumps([{"type": "text", "text": word}]),
                now=self.clock(),
            )
            for start in range(first, CHATS + 1, each):
                some = range(start, min(start + each, CHATS + 1))
                mailing.add_batches(db, found, some, due_at=due_at)
        self.mailings[found], self.people[found] = word, set(range(first, CHATS + 1))

    @rule()
    def release(self) -> None:
        with self.database.transaction() as db:
            for found in self.mailings:
                mailing.release(db, found, self.clock())

    @rule(which=st.integers(0, 9))
    def stop(self, which: int) -> None:
        """What nobody has been asked for is told to nobody any more."""
        if not self.mailings:
            return
        found = sorted(self.mailings)[which % len(self.mailings)]
        with self.database.transaction() as db:
            mailing.stop(db, found, self.clock())

    @rule(which=st.integers(0, 1))
    def claim(self, which: int) -> None:
        process = self.processes[which]
        me = process.sender.name
        with self.database.transaction() as db:
            due = mailing_batches.waiting(db, self.clock())
            taken = [one for _, found in due for one in mailing_batches.claim(db, me, found, self.clock(), 2)]
        process.taken += [batch for batch in taken if not process.holds(batch.id)]

    @rule(
        which=st.integers(0, 1), place=st.integers(0, 3), faults=st.lists(st.sampled_from(FAULTS), max_size=3)
    )
    def carry(self, which: int, place: int, faults: list[Any]) -> None:
        process = self.processes[which]
        if not process.taken:
            return
        batch = process.taken.pop(min(place, len(process.taken) - 1))
        self.line.faults = list(faults)
        try:
            ending = deliver(batch, process.sender.post_of(BRANCH))
        except Died:
            self.crash(which)
        else:
            process.endings += [ending] if ending else []

    @rule(which=st.integers(0, 1), faults=st.lists(st.sampled_from(FAULTS), max_size=1))
    def write(self, which: int, faults: list[Any]) -> None:
        process = self.processes[which]
        self.line.faults = list(faults)
        try:
            while process.endings:
                process.sender.write(process.endings.pop(0))
        except Died:
            self.crash(which)

    @rule(which=st.integers(0, 1), faults=st.lists(st.sampled_from(FAULTS), max_size=2))
    def look(self, which: int, faults: list[Any]) -> None:
        """What a sender does by itself all the time: takes what is due, sends it, writes it down."""
        self.claim(which)
        self.carry(which, 0, faults)
        self.write(which, [])

    @rule(which=st.integers(0, 1))
    def crash(self, which: int) -> None:
        self.processes[which] = self._process()

    @rule(seconds=st.sampled_from([2, 30, 61, 61, 400, 3_600, 50_000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_by(seconds=seconds)

    @rule(chat=st.integers(1, CHATS), blocked=st.booleans())
    def block(self, chat: int, blocked: bool) -> None:
        with self.database.transaction() as db:
            known = update(Conversation).where(Conversation.id == chat, Conversation.user_id == f"U{chat}")
            db.execute(known.values(blocked=blocked))

    @rule(chat=st.integers(1, 3))
    def forget(self, chat: int) -> None:
        if f"U{chat}" in self.line.forgotten:
            return
        with self.database.transaction() as db:
            forget_chat(db, BRANCH, f"U{chat}", "test", self.clock())
        self.line.forgotten.add(f"U{chat}")

    @rule(room=st.sampled_from([None, 0, 3, 8]))
    def limit(self, room: int | None) -> None:
        """The month's quota has so much room."""
        self.line.limit = None if room is None else self.line.used + room

    @invariant()
    def nobody_is_told_twice(self) -> None:
        twice = {who: times for who, times in self.line.told.items() if times > 1}
        assert twice == {}

    @invariant()
    def outcomes_say_what_happened(self) -> None:
        for found, word in self.mailings.items():
            fates = self._fates(found)
            told = {chat for chat in range(1, CHATS + 1) if self.line.told[word, f"U{chat}"]}
            assert fates["accepted"] <= told, "called accepted, and not told"
            assert not told & (fates["stopped"] | fates["refused"] | fates["left_out"]), (
                "told, and called not told"
            )
            assert sorted(chat for each in fates.values() for chat in each) == sorted(self.people[found])

    def teardown(self) -> None:
        """LINE is well again: every batch that is not held ends."""
        self.line.faults, self.line.limit = [], None
        self.release()
        for _ in range(80):
            for which, process in enumerate(self.processes):
                self.claim(which)
                while process.taken:
                    self.carry(which, 0, [])
                self.write(which, [])
            self.nobody_is_told_twice()
            if not self._waiting():
                break
            self.clock.pass_by(seconds=1_800)
        assert not self._waiting(), "a batch never ended"
        self.outcomes_say_what_happened()
        for found in self.mailings:
            self._is_counted(found)

    def _is_counted(self, found: int) -> None:
        with self.database.reading() as db:
            seen = mailing.progress(db, found)
        fates = self._fates(found)
        assert seen.people == sum(len(each) for each in fates.values())
        for fate, chats in fates.items():
            assert getattr(seen, fate) == len(chats), fate

    def _fates(self, found: int) -> dict[Fate, set[int]]:
        fates: tuple[Fate, ...] = ("waiting", "accepted", "left_out", "refused", "unknown", "stopped")
        with self.database.reading() as db:
            return {fate: set(mailing.chats_of(db, found, fate)) for fate in fates}

    def _waiting(self) -> list[Row[Any]]:
        with self.database.reading() as db:
            return list(db.execute(select(MailingBatch.id).where(MailingBatch.outcome.is_(None))))

    def _process(self) -> Process:
        name = f"p{next(self.generation)}"
        return Process(MailSender(self.database, {BRANCH: self.line}, self.clock, name))


# How often each thing happens in a random walk; Hypothesis prefers short stories, a walk goes far.
WEIGHTS = {
    "mail": 2,
    "look": 5,
    "claim": 2,
    "carry": 4,
    "write": 3,
    "time_passes": 3,
    "crash": 1,
    "block": 0.5,
    "release": 0.5,
    "stop": 0.3,
    "forget": 0.1,
    "limit": 0.7,
}
JUMPS = (2, 2, 30, 61, 61, 61, 400, 3_600, 50_000, 90_000)


def walk(machine: Mailings, chance: Random, steps: int) -> None:
    """Things happen by chance, each followed by a look at what must always hold."""
    machine.begin()
    for name in chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=steps):
        which, faults = chance.randrange(2), chance.choices(FAULTS, k=chance.choice((0, 0, 0, 1, 2)))
        match name:
            case "mail":
                machine.mail(chance.randrange(1, CHATS + 1), chance.randrange(1, 5), chance.random() < 0.2)
            case "look" | "write":
                getattr(machine, name)(which, faults)
            case "carry":
                machine.carry(which, chance.randrange(4), faults)
            case "time_passes":
                machine.time_passes(chance.choice(JUMPS))
            case "block":
                machine.block(chance.randrange(1, CHATS + 1), chance.random() < 0.5)
            case "forget":
                machine.forget(chance.randrange(1, 4))
            case "limit":
                machine.limit(chance.choice((None, 0, 3, 8)))
            case "stop":
                machine.stop(chance.randrange(10))
            case "release":
                machine.release()
            case _:
                getattr(machine, name)(which)
        machine.nobody_is_told_twice()
    machine.outcomes_say_what_happened()
    machine.teardown()


@pytest.mark.parametrize("seed", range(2))
def test_long_walks_by_chance_tell_everybody_once_or_name_them(database: Database, seed: int) -> None:
    chance = Random(seed)
    for _ in range(WALKS):
        walk(Mailings(database), chance, LONG)


def test_whatever_happens_to_senders_everybody_is_told_once_or_named(database: Database) -> None:
    run_state_machine_as_test(
        lambda: Mailings(database),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
