"""Mailings are sent to everybody once, whatever LINE answers, whoever blocks, stops, forgets or dies meanwhile."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot import Text, mail
from bot.line import NOT_SENT, Answer
from bot.mail_delivery import deliver
from bot.mail_sender import MailSender
from models import mailing, mailing_batches
from models.base import Database
from models.conversation import Conversation
from models.forget import forget_chat
from models.mailing import MailingBatch, Progress
from models.mailing_batches import Batch
from tests.quiet_house import LOST, SPRING, Clock, LineRecord

BRANCH, OTHER = "saitama", "kagawa"
RATE = Answer(429, "The API rate limit has been exceeded. Try again later.")
NIGHT = datetime.fromisoformat("2024-07-01T23:30+09:00")
MORNING = datetime.fromisoformat("2024-07-02T08:00+09:00")
WITHIN = 20.0  # seconds


def people(database: Database, count: int, branch: str = BRANCH, first: int = 1) -> list[int]:
    """So many chats of a branch; the ids of their rows."""
    chats = [
        {"id": number, "branch": branch, "user_id": f"U{number}", "blocked": False, "turn": 0, "place": "{}"}
        for number in range(first, first + count)
    ]
    with database.transaction() as db:
        db.execute(insert(Conversation), [chat | {"updated_at": SPRING} for chat in chats])
    return [int(str(chat["id"])) for chat in chats]


def mailed(
    database: Database,
    chats: Sequence[int],
    about: str = "campaign",
    due_at: datetime | None = SPRING,
    branch: str = BRANCH,
    useful_until: datetime | None = None,
) -> int:
    with database.transaction() as db:
        found = mail(
            db,
            branch=branch,
            purpose="reminder",
            about=about,
            subject="お知らせ",
            messages=(Text("本日より受け付けます。"),),
            now=SPRING,
            useful_until=useful_until,
        )
        mailing.add_batches(db, found, chats, due_at=due_at)
    return found


class Senders:
    """One database, LINE, a clock, and a sender's work done by hand: what is due is taken, delivered, written down."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock()
        self.line = LineRecord("1", "secret")
        self.sender = MailSender(database, {BRANCH: self.line}, self.clock, "s1")

    def work(self) -> int:
        """Everything that is due now, one batch after the other, until nothing is; answers how many were taken."""
        taken = 0
        while batches := self.claim():
            for batch in batches:
                self.sender.carry(batch)
            taken += len(batches)
        return taken

    def claim(self) -> list[Batch]:
        with self.database.transaction() as db:
            due = mailing_batches.waiting(db, self.clock())
            return [
                one for _, found in due for one in mailing_batches.claim(db, "s1", found, self.clock(), 5)
            ]

    def progress(self, found: int) -> Progress:
        with self.database.reading() as db:
            return replace(mailing.progress(db, found), request_ids=())

    def told(self) -> list[str]:
        return [one.to for one in self.line.sent]

    def rows(self) -> list[Any]:
        with self.database.reading() as db:
            return list(db.execute(select(MailingBatch.__table__).order_by(MailingBatch.number)))


@pytest.fixture
def senders(database: Database) -> Senders:
    return Senders(database)


def test_everybody_is_told_once_in_calls_of_500(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 1_001))

    senders.work()

    assert sorted(senders.told()) == sorted(f"U{number}" for number in range(1, 1_002))
    assert [kind for kind, _ in senders.line.asked] == ["multicast"] * 3
    assert senders.progress(found) == Progress(people=1_001, accepted=1_001)
    with senders.database.reading() as db:
        assert mailing.progress(db, found).request_ids == ("request 1", "request 2", "request 3")


@pytest.mark.parametrize(
    ("faults", "calls", "waits", "progress"),
    [
        pytest.param([Answer(409)], 1, 0, Progress(3, accepted=3), id="the key is known: accepted"),
        pytest.param([LOST], 2, 1, Progress(3, accepted=3), id="accepted unseen, then the key is known"),
        pytest.param([Answer(0)], 2, 1, Progress(3, accepted=3), id="no answer, then accepted"),
        pytest.param([Answer(500), Answer(503)], 3, 2, Progress(3, accepted=3), id="LINE is ill"),
        pytest.param([RATE, RATE], 3, 2, Progress(3, accepted=3), id="too fast"),
        pytest.param([Answer(401)], 2, 1, Progress(3, accepted=3), id="an access token that ended"),
        pytest.param([Answer(NOT_SENT)], 2, 1, Progress(3, accepted=3), id="never left"),
        pytest.param([Answer(403, "no")], 1, 0, Progress(3, refused=3), id="not allowed"),
        pytest.param([Answer(413)], 1, 0, Progress(3, refused=3), id="too large"),
    ],
)
def test_a_batch_ends_as_line_answers(
    senders: Senders, faults: list[Any], calls: int, waits: int, progress: Progress
) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    senders.line.faults = list(faults)

    for _ in range(waits):
        assert senders.work() == 1
        assert senders.progress(found).waiting == 3
        senders.clock.pass_by(minutes=20)
    senders.work()

    assert senders.progress(found) == progress
    assert len(senders.line.asked) == calls
    assert len({key for _, key in senders.line.asked}) == 1
    assert len(senders.told()) == len(set(senders.told()))


def test_what_line_never_answered_is_not_tried_again_after_a_day(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    senders.line.faults = [Answer(0)] * 100

    for _ in range(30):
        senders.work()
        senders.clock.pass_by(hours=1)

    assert senders.progress(found) == Progress(3, unknown=3)
    assert senders.told() == []


def test_who_has_blocked_is_left_out_and_can_be_named(senders: Senders) -> None:
    chats = people(senders.database, 3)
    found = mailed(senders.database, chats)
    block(senders.database, chats[1])

    senders.work()

    assert senders.told() == ["U1", "U3"]
    assert senders.progress(found) == Progress(3, accepted=2, left_out=1)
    assert named(senders.database, found) == ([1, 3], [2])


def test_chats_of_another_branch_and_chats_that_are_no_more_are_left_out(senders: Senders) -> None:
    people(senders.database, 1)
    people(senders.database, 1, OTHER, first=2)
    found = mailed(senders.database, [1, 2, 3])

    senders.work()

    assert senders.told() == ["U1"]
    assert named(senders.database, found) == ([1], [2, 3])


def test_a_batch_of_blocked_chats_asks_nothing_of_line(senders: Senders) -> None:
    chats = people(senders.database, 2)
    found = mailed(senders.database, chats)
    block(senders.database, *chats)

    senders.work()

    assert senders.line.asked == []
    assert senders.progress(found) == Progress(2, left_out=2)


@pytest.mark.parametrize("fault", [LOST, Answer(0)])
def test_a_second_try_names_the_same_people_whoever_has_blocked_meanwhile(
    senders: Senders, fault: Any
) -> None:
    chats = people(senders.database, 3)
    found = mailed(senders.database, chats)
    block(senders.database, 1)
    senders.line.faults = [fault]

    senders.work()
    block(senders.database, 2)
    unblock(senders.database, 1)
    senders.clock.pass_by(minutes=1)
    senders.work()

    assert senders.told() == ["U2", "U3"]
    assert named(senders.database, found) == ([2, 3], [1])


def test_who_blocks_before_a_try_that_surely_reached_nobody_is_left_out(senders: Senders) -> None:
    chats = people(senders.database, 2)
    found = mailed(senders.database, chats)
    senders.line.faults = [RATE]

    senders.work()
    block(senders.database, 1)
    senders.clock.pass_by(minutes=1)
    senders.work()

    assert named(senders.database, found) == ([2], [1])


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [pytest.param(LOST, [1, 2], id="told before"), pytest.param(Answer(0), [2], id="not told")],
)
def test_who_is_forgotten_between_two_tries_is_not_told(
    senders: Senders, fault: Any, accepted: list[int]
) -> None:
    found = mailed(senders.database, people(senders.database, 2))
    senders.line.faults = [fault]

    senders.work()
    with senders.database.transaction() as db:
        forget_chat(db, BRANCH, "U1", "test", senders.clock())
    senders.clock.pass_by(minutes=1)
    senders.work()

    assert named(senders.database, found)[0] == accepted
    assert senders.told() == [f"U{number}" for number in accepted]


# One bad id, bad words


@pytest.mark.parametrize("strangers", [{"U1"}, {"U250", "U251"}, {"U500"}, {"U7", "U77", "U499"}])
def test_only_those_whom_line_does_not_know_are_refused_of_a_batch(
    senders: Senders, strangers: set[str]
) -> None:
    found = mailed(senders.database, people(senders.database, 500))
    senders.line.strangers = strangers

    senders.work()

    assert len(senders.told()) == len(set(senders.told())) == 500 - len(strangers)
    assert senders.progress(found) == Progress(500, accepted=500 - len(strangers), refused=len(strangers))
    with senders.database.reading() as db:
        assert {f"U{chat}" for chat in mailing.chats_of(db, found, "refused")} == strangers
    assert len(senders.line.asked) < 100


def test_messages_that_line_refuses_are_refused_for_all_without_asking_for_each_batch(
    senders: Senders,
) -> None:
    found = mailed(senders.database, people(senders.database, 1_500))
    senders.line.bad_words = True

    senders.work()

    assert senders.progress(found) == Progress(1_500, refused=1_500)
    assert [kind for kind, _ in senders.line.asked] == ["multicast", "validate"]
    assert all(row.error == "400 The request body has 1 error(s)" for row in senders.rows())


def test_a_refused_batch_waits_while_line_cannot_say_whether_the_words_are_right(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 4))
    senders.line.strangers = {"U2"}
    senders.line.faults = [Answer(400), Answer(503)]

    senders.work()
    assert senders.progress(found).waiting == 4
    senders.clock.pass_by(minutes=1)
    senders.work()

    assert senders.progress(found) == Progress(4, accepted=3, refused=1)


# The month's quota


def test_a_full_quota_lets_the_rest_wait_until_the_limit_is_raised(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 1_600))
    senders.line.limit = 700

    senders.work()
    assert senders.progress(found) == Progress(1_600, waiting=1_000, out_of_quota=1_000, accepted=600)
    asked = len(senders.line.asked)
    senders.clock.pass_by(hours=1)
    senders.work()
    assert len(senders.line.asked) == asked, "LINE says how much is left; nothing is tried in vain"
    senders.line.limit = None
    senders.clock.pass_by(hours=1)
    senders.work()

    assert senders.progress(found) == Progress(1_600, accepted=1_600)
    assert len(senders.told()) == len(set(senders.told())) == 1_600


def test_a_batch_that_fits_into_what_is_left_is_not_held_back_by_a_larger_one(senders: Senders) -> None:
    chats = people(senders.database, 510)
    large, small = mailed(senders.database, chats[:500]), mailed(senders.database, chats[500:], "small")
    senders.line.limit = 100

    senders.work()

    assert senders.progress(large).out_of_quota == 500
    assert senders.progress(small) == Progress(10, accepted=10)


def test_what_waited_for_the_new_month_wakes_nobody_at_midnight(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3), due_at=NIGHT)
    senders.clock.now = NIGHT
    senders.line.limit = 0

    senders.work()
    senders.line.limit = None
    senders.clock.now = MORNING - timedelta(seconds=1)
    senders.work()
    assert senders.progress(found).out_of_quota == 3
    senders.clock.now = MORNING
    senders.work()

    assert senders.progress(found).accepted == 3


# By night, too late, stopped


def test_what_was_due_by_day_is_not_sent_by_night(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    senders.clock.now = NIGHT

    senders.work()
    assert (senders.told(), senders.progress(found).waiting) == ([], 3)
    senders.clock.now = MORNING
    senders.work()

    assert senders.progress(found).accepted == 3


def test_a_second_try_of_what_was_due_by_day_waits_for_the_morning(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    senders.clock.now = NIGHT.replace(hour=20, minute=59, second=59)
    senders.line.faults = [Answer(500)]

    senders.work()
    senders.clock.pass_by(hours=3)
    senders.work()
    assert (senders.told(), senders.progress(found).waiting) == ([], 3)
    senders.clock.now = MORNING
    senders.work()

    assert senders.progress(found).accepted == 3


def test_what_is_due_by_night_is_sent_by_night(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3), due_at=NIGHT)
    senders.clock.now = NIGHT + timedelta(minutes=1)

    senders.work()

    assert senders.progress(found).accepted == 3


def test_what_is_too_late_to_be_of_use_is_not_sent(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3), useful_until=SPRING + timedelta(hours=1))
    senders.clock.pass_by(hours=1, seconds=1)

    senders.work()

    assert senders.told() == []
    assert senders.progress(found) == Progress(3, stopped=3)
    assert [row.error for row in senders.rows()] == ["too late to be of use"]


@pytest.mark.parametrize(
    ("fault", "progress"),
    [
        pytest.param(RATE, Progress(3, stopped=3), id="nobody was told"),
        pytest.param(Answer(0), Progress(3, unknown=3), id="perhaps they were told"),
    ],
)
def test_after_a_stop_nothing_is_tried_again(senders: Senders, fault: Answer, progress: Progress) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    senders.line.faults = [fault]

    senders.work()
    stop(senders, found)
    senders.clock.pass_by(minutes=1)
    senders.work()

    assert senders.progress(found) == progress
    assert len(senders.line.asked) == 1


def test_a_stop_reaches_batches_that_are_in_a_senders_hands(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    (batch,) = senders.claim()

    stop(senders, found)
    senders.sender.carry(batch)

    assert senders.line.asked == []
    assert senders.progress(found) == Progress(3, stopped=3)


def test_a_stop_during_a_call_leaves_its_answer_to_count(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    (batch,) = senders.claim()
    ending = deliver(batch, senders.sender.post_of(BRANCH))
    assert ending

    assert stop(senders, found) == 0
    senders.sender.write(ending)

    assert senders.progress(found) == Progress(3, accepted=3)


def test_a_stop_during_a_call_that_reached_nobody_stops_it(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    senders.line.faults = [RATE]
    (batch,) = senders.claim()
    ending = deliver(batch, senders.sender.post_of(BRANCH))
    assert ending

    stop(senders, found)
    senders.sender.write(ending)

    assert senders.progress(found) == Progress(3, stopped=3)


# Threads, and a sender that comes after one that died


@contextmanager
def running(sender: MailSender) -> Iterator[None]:
    sender.start()
    yield
    sender.stop()


def test_a_dead_senders_batch_is_sent_again_with_its_key(senders: Senders) -> None:
    found = mailed(senders.database, people(senders.database, 3))
    (batch,) = senders.claim()
    deliver(batch, senders.sender.post_of(BRANCH))  # and dies before it can say so

    senders.clock.pass_by(seconds=61)
    senders.work()

    assert senders.progress(found) == Progress(3, accepted=3)
    assert senders.told() == ["U1", "U2", "U3"]
    assert len(senders.line.asked) == 2


def test_threads_send_several_mailings_of_several_branches(database: Database) -> None:
    chats, others = people(database, 1_200), people(database, 700, OTHER, first=2_001)
    lines = {BRANCH: LineRecord("1", "secret"), OTHER: LineRecord("2", "secret")}
    sender = MailSender(database, lines, Clock(), "s1", workers=4)
    mailings = [
        mailed(database, chats, "a"),
        mailed(database, chats[:3], "b"),
        mailed(database, others, "c", branch=OTHER),
    ]

    with running(sender):
        until_done(database, mailings)

    assert len(lines[BRANCH].sent) == 1_203
    assert {one.to for one in lines[OTHER].sent} == {f"U{number}" for number in others}


def test_two_mailings_and_two_branches_do_not_wait_for_each_other(database: Database) -> None:
    """While one branch's LINE does not answer, the other's mailing goes out; and a small one beside a large one."""
    people(database, 100), people(database, 1, OTHER, first=2_001)
    slow, quick = SlowLine("1", "secret"), LineRecord("2", "secret")
    sender = MailSender(database, {BRANCH: slow, OTHER: quick}, Clock(), "s1", workers=2)
    for number in range(9):
        mailed(database, [number + 1], f"large {number}")
    small = mailed(database, [2_001], "small", branch=OTHER)

    with running(sender):
        until_done(database, [small])
        slow.answers.set()

    assert [one.to for one in quick.sent] == ["U2001"]


class SlowLine(LineRecord):
    """LINE that answers when it is let."""

    answers = threading.Event()

    def send(self, kind: str, body: bytes, retry_key: str | None = None) -> Answer:
        self.answers.wait(WITHIN)
        return super().send(kind, body, retry_key)


def test_batches_are_taken_of_all_mailings_alike(database: Database) -> None:
    chats = people(database, 1)
    sender = MailSender(database, {BRANCH: LineRecord("1", "secret")}, Clock(), "s1", workers=3)

    shares = [list(sender._shares(BRANCH, list(range(1, count)))) for count in (2, 4, 9, 9)]

    assert chats
    assert shares == [
        [(1, 6)],
        [(2, 2), (3, 2), (1, 2)],
        [(2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)],
        [(8, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)],
    ]


def until_done(database: Database, mailings: list[int]) -> None:
    waiting = threading.Event()
    for _ in range(int(WITHIN / 0.02)):
        with database.reading() as db:
            if not any(mailing.progress(db, found).waiting for found in mailings):
                return
        waiting.wait(0.02)
    raise AssertionError("something is still waiting")


def block(database: Database, *chats: int, blocked: bool = True) -> None:
    with database.transaction() as db:
        db.execute(update(Conversation).where(Conversation.id.in_(chats)).values(blocked=blocked))


def unblock(database: Database, *chats: int) -> None:
    block(database, *chats, blocked=False)


def stop(senders: Senders, found: int) -> int:
    with senders.database.transaction() as db:
        return mailing.stop(db, found, senders.clock())


def named(database: Database, found: int) -> tuple[list[int], list[int]]:
    with database.reading() as db:
        return list(mailing.chats_of(db, found, "accepted")), list(mailing.chats_of(db, found, "left_out"))
