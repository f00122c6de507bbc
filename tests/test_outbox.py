"""Every message that is owed is sent once, in order, whatever LINE answers and whoever dies meanwhile."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.line import NOT_SENT, Answer
from bot.messages import Card
from bot.outbox import Lane, Sender, deliver
from bot.post import push
from models import outbox
from models.base import Database
from models.conversation import Conversation
from models.night import is_night
from models.outbox import ACCEPTED, LEFT_OUT, REFUSED, RODE, STOPPED, UNKNOWN, Outcome, Outgoing, Owed
from simulator.calls import Fault
from tests.demo_house import DemoHouse, person_of
from tests.quiet_house import LOST, SPRING, Clock, LineRecord

NO_ANSWER = Answer(0, "TimeoutError")
RATE = Answer(429, "The API rate limit has been exceeded. Try again later.")
QUOTA = Answer(429, "You have reached your monthly limit.")
DEAD = Answer(400, "Invalid reply token")
BODY_WRONG = Answer(400, "The request body has 1 error(s)")
REPLY, PUSH = "reply", "push"
HELLO = json.dumps([{"type": "flex", "altText": "…", "contents": {"type": "bubble"}}])
ROW = Owed(1, "saitama", 1, "U1", "クーポン", HELLO, "token", SPRING, "key")


def delivered(
    owed: Owed, line: LineRecord, clock: Clock, *, blocked: bool = False, stopping: bool = False
) -> Outcome:
    def wait(seconds: float) -> bool:
        return clock.wait(seconds) or stopping

    return deliver(owed, line.send, clock, lambda chat: blocked, wait)


# One row and what LINE answers


@pytest.mark.parametrize(
    ("faults", "asked", "outcome", "sent_as", "accepted", "twice"),
    [
        pytest.param([], [REPLY], ACCEPTED, REPLY, 1, False, id="a reply"),
        pytest.param([DEAD], [REPLY, PUSH], ACCEPTED, PUSH, 1, False, id="dead on the first try: pushed"),
        pytest.param([NO_ANSWER], [REPLY] * 2, ACCEPTED, REPLY, 1, False, id="no answer, then accepted"),
        pytest.param(
            [LOST], [REPLY] * 2, ACCEPTED, REPLY, 1, False, id="accepted unseen, then the token is used"
        ),
        pytest.param([LOST, NO_ANSWER], [REPLY] * 3, ACCEPTED, REPLY, 1, False, id="unseen, away, then used"),
        pytest.param(
            [NO_ANSWER, DEAD], [REPLY] * 2, ACCEPTED, REPLY, 0, False, id="no answer, then dead: was accepted"
        ),
        pytest.param([Answer(500), Answer(503)], [REPLY] * 3, ACCEPTED, REPLY, 1, False, id="LINE is ill"),
        pytest.param([RATE, RATE], [REPLY] * 3, ACCEPTED, REPLY, 1, False, id="too fast"),
        pytest.param([Answer(401)], [REPLY] * 2, ACCEPTED, REPLY, 1, False, id="an access token that ended"),
        pytest.param(
            [Answer(NOT_SENT)] * 3, [REPLY] * 4, ACCEPTED, REPLY, 1, False, id="nobody could be reached"
        ),
        pytest.param(
            [Answer(NOT_SENT), DEAD],
            [REPLY, REPLY, PUSH],
            ACCEPTED,
            PUSH,
            1,
            False,
            id="never left, then dead: pushed",
        ),
        pytest.param(
            [RATE, DEAD], [REPLY, REPLY, PUSH], ACCEPTED, PUSH, 1, False, id="too fast, then dead: pushed"
        ),
        pytest.param(
            [Answer(401), DEAD],
            [REPLY, REPLY, PUSH],
            ACCEPTED,
            PUSH,
            1,
            False,
            id="not let in, then dead: pushed",
        ),
        pytest.param([Answer(400, "?")], [REPLY, PUSH], ACCEPTED, PUSH, 1, False, id="unknown words: pushed"),
        pytest.param(
            [LOST, Answer(400, "?")],
            [REPLY] * 2 + [PUSH],
            ACCEPTED,
            PUSH,
            2,
            True,
            id="unseen, then unknown words",
        ),
        pytest.param([BODY_WRONG] * 2, [REPLY, PUSH], REFUSED, PUSH, 0, False, id="a body that LINE refuses"),
        pytest.param([Answer(403)], [REPLY], REFUSED, REPLY, 0, False, id="not allowed"),
        pytest.param([Answer(404, "no JSON")], [REPLY], REFUSED, REPLY, 0, False, id="nonsense"),
        pytest.param([Answer(302)], [REPLY], REFUSED, REPLY, 0, False, id="somewhere else"),
        pytest.param(
            [DEAD, Answer(409)], [REPLY, PUSH], ACCEPTED, PUSH, 0, False, id="the key is known: accepted"
        ),
        pytest.param([DEAD, QUOTA], [REPLY, PUSH], None, PUSH, 0, False, id="the month is used up: later"),
        pytest.param([DEAD, RATE], [REPLY, PUSH], None, PUSH, 0, False, id="a push too fast: later"),
        pytest.param(
            [DEAD, NO_ANSWER], [REPLY, PUSH], None, PUSH, 0, False, id="a push without answer: later"
        ),
        pytest.param(
            [DEAD, Answer(500)], [REPLY, PUSH], None, PUSH, 0, False, id="a push to an ill LINE: later"
        ),
        pytest.param([DEAD, Answer(401)], [REPLY, PUSH], None, PUSH, 0, False, id="a push not let in: later"),
        pytest.param(
            [DEAD, Answer(NOT_SENT)], [REPLY, PUSH], None, PUSH, 0, False, id="a push that never left: later"
        ),
        pytest.param([DEAD, Answer(404)], [REPLY, PUSH], REFUSED, PUSH, 0, False, id="a push refused"),
    ],
)
def test_a_row_ends_as_line_answers(
    faults: list[Any], asked: list[str], outcome: str | None, sent_as: str, accepted: int, twice: bool
) -> None:
    line = LineRecord("1", "secret", faults=list(faults))

    result = delivered(ROW, line, Clock())

    assert (result.outcome, result.sent_as, result.owed.perhaps_twice) == (outcome, sent_as, twice)
    assert [kind for kind, _ in line.asked] == asked
    assert len(line.sent) == accepted
    assert {key for kind, key in line.asked if kind == PUSH} <= {"key"}


def test_without_an_answer_until_the_token_is_old_it_is_pushed_once_with_its_key_and_marked() -> None:
    line, clock = LineRecord("1", "secret", faults=[LOST, *[NO_ANSWER] * 25]), Clock()

    result = delivered(ROW, line, clock)

    assert (result.outcome, result.sent_as, result.owed.perhaps_twice) == (ACCEPTED, PUSH, True)
    assert [each.kind for each in line.sent] == [REPLY, PUSH]
    assert line.asked[-1] == (PUSH, "key")


def test_an_old_token_that_nobody_tried_is_pushed_and_not_marked() -> None:
    line, clock = LineRecord("1", "secret"), Clock(SPRING + timedelta(seconds=50))

    result = delivered(ROW, line, clock)

    assert (result.sent_as, result.owed.perhaps_twice) == (PUSH, False)


def test_an_old_token_that_somebody_may_have_used_is_pushed_and_marked() -> None:
    line, clock = LineRecord("1", "secret"), Clock(SPRING + timedelta(seconds=50))

    result = delivered(replace(ROW, perhaps_tried=True), line, clock)

    assert (result.sent_as, result.owed.perhaps_twice) == (PUSH, True)


def test_a_young_token_that_somebody_may_have_used_and_is_dead_was_accepted() -> None:
    line = LineRecord("1", "secret", dead={"token"})

    result = delivered(replace(ROW, perhaps_tried=True), line, Clock())

    assert (result.outcome, result.sent_as, line.sent) == (ACCEPTED, REPLY, [])


@pytest.mark.parametrize("faults", [[], [NO_ANSWER] * 40])
def test_who_has_blocked_us_gets_no_push(faults: list[Any]) -> None:
    line = LineRecord("1", "secret", faults=faults)

    result = delivered(replace(ROW, reply_token=None), line, Clock(), blocked=True)

    assert (result.outcome, line.asked) == (LEFT_OUT, [])


def test_a_push_is_tried_for_23_hours_with_the_same_key_and_then_given_up_as_unknown() -> None:
    line, clock = LineRecord("1", "secret", faults=[NO_ANSWER] * 500), Clock()
    result = delivered(replace(ROW, reply_token=None), line, clock)
    tries = 0

    while result.outcome is None:
        assert result.due_at is not None
        clock.now, tries = result.due_at, tries + 1
        result = delivered(result.owed, line, clock)

    assert result.outcome == UNKNOWN
    assert clock.now - SPRING > timedelta(hours=23)
    assert clock.now - SPRING < timedelta(hours=24)
    assert set(line.asked) == {(PUSH, "key")}
    assert 80 < tries < 120


def test_a_push_waits_for_the_months_quota_by_day_and_goes_out_as_one_that_nobody_got() -> None:
    line, clock = LineRecord("1", "secret", faults=[QUOTA] * 300), Clock()
    result = delivered(replace(ROW, reply_token=None), line, clock)

    while result.due_at and clock.now - SPRING < timedelta(days=20):
        assert result.due_at - clock.now >= timedelta(hours=1)
        assert not is_night(result.due_at)
        clock.now = result.due_at
        result = delivered(result.owed, line, clock)
    assert clock.now - SPRING >= timedelta(days=20)
    line.faults = []
    result = delivered(result.owed, line, clock)

    assert (result.outcome, result.owed.perhaps_twice, len(line.sent)) == (ACCEPTED, False, 1)


def test_a_push_that_no_month_had_room_for_is_refused_with_the_reason() -> None:
    line, clock = LineRecord("1", "secret", faults=[QUOTA]), Clock(SPRING + timedelta(days=32))

    result = delivered(replace(ROW, reply_token=None), line, clock)

    assert (result.outcome, result.error) == (REFUSED, "429 You have reached your monthly limit.")


@pytest.mark.parametrize(
    ("tried", "outcome"),
    [
        pytest.param({}, STOPPED, id="nobody got it"),
        pytest.param({"first_tried_at": SPRING}, UNKNOWN, id="perhaps somebody did"),
        pytest.param({"perhaps_tried": True}, UNKNOWN, id="perhaps somebody did, and died"),
    ],
)
def test_what_is_too_late_to_be_of_use_is_not_pushed(tried: dict[str, Any], outcome: str) -> None:
    line, clock = LineRecord("1", "secret"), Clock(SPRING + timedelta(seconds=1))

    result = delivered(replace(ROW, reply_token=None, useful_until=SPRING, **tried), line, clock)

    assert (result.outcome, result.error, line.asked) == (outcome, "too late to be of use", [])


def test_a_push_waits_for_the_months_quota_only_as_long_as_it_is_of_use() -> None:
    line, clock = LineRecord("1", "secret", faults=[QUOTA] * 300), Clock()
    reminder = replace(ROW, reply_token=None, useful_until=SPRING + timedelta(hours=6))
    result = delivered(reminder, line, clock)

    while result.outcome is None:
        assert result.due_at
        clock.now = result.due_at
        result = delivered(result.owed, line, clock)

    assert (result.outcome, line.sent) == (STOPPED, [])
    assert clock.now - SPRING < timedelta(hours=8)


@pytest.mark.parametrize("faults", [[], [Answer(500)]], ids=["too late for the day", "LINE is ill"])
def test_what_is_of_use_for_a_while_waits_for_the_morning(faults: list[Answer]) -> None:
    evening = SPRING.replace(hour=11, minute=59, second=59)  # 20:59:59 in Japan
    reminder = replace(ROW, reply_token=None, received_at=evening, useful_until=evening + timedelta(days=1))
    line, clock = LineRecord("1", "secret", faults=list(faults)), Clock(evening)
    clock.pass_by(seconds=0 if faults else 30)

    result = delivered(reminder, line, clock)

    morning = evening.replace(hour=23, minute=0, second=0)
    assert (result.outcome, result.due_at) == (None, morning)
    assert (len(line.asked), line.sent) == (len(faults), [])
    clock.now = morning
    assert delivered(result.owed, line, clock).outcome == ACCEPTED


def test_a_push_whose_try_nobody_wrote_down_goes_out_after_a_day_and_is_marked() -> None:
    line, clock = LineRecord("1", "secret"), Clock(SPRING + timedelta(hours=30))

    result = delivered(replace(ROW, reply_token=None, perhaps_tried=True), line, clock)

    assert (result.outcome, result.owed.perhaps_twice) == (ACCEPTED, True)


def test_a_sender_that_is_to_stop_leaves_the_row_to_the_next_one() -> None:
    line = LineRecord("1", "secret", faults=[LOST, NO_ANSWER])

    result = delivered(ROW, line, Clock(), stopping=True)

    assert (result.outcome, result.owed.reply_token, result.owed.tries) == (None, "token", 1)


def test_a_row_that_is_held_too_long_is_let_go_before_another_sender_may_take_it() -> None:
    line, clock = LineRecord("1", "secret", faults=[NO_ANSWER] * 60), Clock()
    lapses = SPRING + timedelta(seconds=30)

    result = delivered(replace(ROW, claimed_until=lapses), line, clock)

    assert (result.outcome, result.owed.reply_token) == (None, "token")
    assert clock.now < lapses + timedelta(seconds=3)


# Rows in the database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line() -> LineRecord:
    return LineRecord("1", "secret")


@pytest.fixture
def chats(database: Database) -> list[int]:
    """Three chats."""
    with database.transaction() as db:
        for number in range(3):
            chat = {"branch": "saitama", "user_id": f"U{number}", "blocked": False, "turn": 0, "place": "{}"}
            db.execute(insert(Conversation), chat | {"updated_at": SPRING})
        return list(db.execute(select(Conversation.id).order_by(Conversation.id)).scalars())


class Hand:
    """One sender's hands, without its threads: what it took, and what it has not yet written down."""

    def __init__(self, name: str, database: Database, line: LineRecord, clock: Clock) -> None:
        self.name, self.database, self.line, self.clock = name, database, line, clock
        self.branches = {"saitama"}
        self.lane = Lane(lambda owed: delivered(owed, line, clock), clock)
        self.taken: list[Owed] = []
        self.outcomes: list[Outcome] = []

    def owe(
        self,
        chat: int,
        word: str,
        *,
        token: bool = True,
        claimed: bool = True,
        branch: str = "saitama",
        **more: Any,
    ) -> Owed:
        """An event of the chat is answered."""
        message = {"type": "flex", "altText": "…", "contents": {"type": "bubble", "word": word}}
        with self.database.transaction() as db:
            owed = outbox.add(
                db,
                branch=branch,
                chat_id=chat,
                user_id=f"U{chat}",
                subject="クーポン",
                messages=json.dumps([message]),
                now=self.clock(),
                reply_token=f"token of {word}" if token else None,
                claim_for=self.name if claimed else None,
                **more,
            )
        if claimed:
            self.taken.append(owed)
        return owed

    def claim(self) -> list[int]:
        rows = self.database.run(lambda db: outbox.claim(db, self.name, self.branches, self.clock()))
        self.taken += rows
        return [row.id for row in rows]

    def send(self) -> None:
        while self.taken:
            self.outcomes.append(self.lane.carry(self.taken.pop(0)))

    def write(self) -> None:
        self.database.run(lambda db: outbox.settle(db, self.name, self.outcomes))
        self.outcomes = []

    def work(self) -> None:
        """Claims, sends and writes until nothing is due."""
        self.send()
        self.write()
        while self.claim():
            self.send()
            self.write()


@pytest.fixture
def hand(database: Database, line: LineRecord, clock: Clock) -> Hand:
    return Hand("a", database, line, clock)


@pytest.fixture
def other(database: Database, line: LineRecord, clock: Clock) -> Hand:
    return Hand("b", database, line, clock)


def words(line: LineRecord) -> list[str]:
    """What LINE accepted, in order."""
    return [each.messages[0]["contents"]["word"] for each in line.sent]


def row(database: Database, owed: Owed) -> Any:
    with database.reading() as db:
        return db.execute(select(Outgoing.__table__).where(Outgoing.id == owed.id)).one()


def test_when_the_first_message_of_a_chat_must_wait_the_later_ones_wait_too(
    hand: Hand, line: LineRecord, clock: Clock, chats: list[int]
) -> None:
    line.faults = [DEAD, Answer(500)]
    for word in ("first", "second", "third"):
        hand.owe(chats[0], word)
    hand.owe(chats[1], "elsewhere")

    hand.work()
    before = words(line)
    clock.pass_by(seconds=5)
    hand.work()

    assert before == ["elsewhere"]
    assert words(line) == ["elsewhere", "first", "second", "third"]


def test_what_waits_for_the_months_quota_holds_up_no_reply_and_goes_out_in_order(
    hand: Hand, line: LineRecord, clock: Clock, chats: list[int]
) -> None:
    for word in ("first notice", "second notice"):
        hand.owe(chats[0], word, token=False)
    hand.owe(chats[0], "answer")
    line.faults = [QUOTA, QUOTA]

    hand.work()
    before = words(line)
    hand.owe(chats[0], "next answer")
    hand.work()
    clock.pass_by(hours=2)
    hand.work()

    assert before == ["answer"]
    assert words(line) == ["answer", "next answer", "first notice", "second notice"]


def test_what_waits_for_the_months_quota_goes_with_a_reply_as_far_as_there_is_room(
    hand: Hand, line: LineRecord, database: Database, chats: list[int]
) -> None:
    notices = [hand.owe(chats[0], f"notice {number}", token=False) for number in range(3)]
    line.faults = [QUOTA] * 3
    hand.work()
    answer = hand.owe(chats[0], "answer")

    with database.transaction() as db:
        carrying = outbox.take_aboard(db, answer, 2, hand.clock())
    hand.taken = [carrying]
    hand.work()

    assert [each["contents"]["word"] for each in line.sent[0].messages] == ["notice 0", "notice 1", "answer"]
    assert [row(database, each).outcome for each in notices] == [RODE, RODE, None]


def test_what_waits_for_the_morning_holds_up_no_answer_and_goes_with_one_while_it_is_of_use(
    hand: Hand, line: LineRecord, database: Database, clock: Clock, chats: list[int]
) -> None:
    until = clock() + timedelta(hours=14)
    reminders = [hand.owe(chats[0], word, token=False, useful_until=until) for word in ("one", "two")]
    clock.pass_by(hours=12)
    hand.work()
    first = hand.owe(chats[0], "answer by night")
    hand.taken = [database.run(lambda db: outbox.take_aboard(db, first, 1, clock()))]
    hand.work()
    clock.pass_by(hours=3)
    later = hand.owe(chats[0], "answer too late")

    assert database.run(lambda db: outbox.take_aboard(db, later, 4, clock())) == later

    hand.taken = []
    assert [each["contents"]["word"] for each in line.sent[0].messages] == ["one", "answer by night"]
    assert [row(database, each).outcome for each in reminders] == [RODE, None]


def test_what_somebody_may_have_got_already_goes_with_no_reply(
    hand: Hand, line: LineRecord, database: Database, clock: Clock, chats: list[int]
) -> None:
    hand.owe(chats[0], "notice", token=False)
    line.faults = [NO_ANSWER, QUOTA]
    hand.work()
    clock.pass_by(seconds=5)
    hand.work()
    answer = hand.owe(chats[0], "answer")

    with database.transaction() as db:
        carrying = outbox.take_aboard(db, answer, 4, clock())

    assert answer.others_wait
    assert carrying == answer


def test_messages_handed_over_in_the_wrong_order_go_out_in_the_right_one(
    hand: Hand, line: LineRecord, chats: list[int]
) -> None:
    hand.owe(chats[0], "first")
    hand.owe(chats[0], "second")
    hand.taken.reverse()

    hand.work()
    hand.work()

    assert words(line) == ["first", "second"]


def test_a_later_message_in_other_hands_does_not_overtake(
    hand: Hand, other: Hand, line: LineRecord, chats: list[int]
) -> None:
    hand.owe(chats[0], "first")
    other.owe(chats[0], "second")

    other.work()
    assert words(line) == []
    hand.work()
    other.work()

    assert words(line) == ["first", "second"]


def test_a_row_that_was_held_back_untried_is_not_taken_for_sent(
    hand: Hand, line: LineRecord, database: Database, clock: Clock, chats: list[int]
) -> None:
    line.faults = [DEAD, Answer(500)]
    line.dead = {"token of second"}
    hand.owe(chats[0], "first")
    second = hand.owe(chats[0], "second")

    hand.work()
    clock.pass_by(seconds=5)
    hand.work()

    assert words(line) == ["first", "second"]
    assert (row(database, second).sent_as, row(database, second).perhaps_twice) == (PUSH, False)


def test_a_chat_whose_row_another_sender_brought_to_its_end_goes_on(
    hand: Hand, other: Hand, line: LineRecord, clock: Clock, chats: list[int]
) -> None:
    line.faults = [DEAD, Answer(500)]
    hand.owe(chats[0], "first")
    hand.owe(chats[0], "second")
    hand.send()
    hand.write()
    clock.pass_by(seconds=5)
    other.claim()
    other.send()
    other.write()

    hand.work()
    hand.owe(chats[0], "third")
    hand.work()

    assert words(line) == ["first", "second", "third"]


def test_a_row_of_a_sender_that_died_is_sent_by_another_after_its_lease(
    hand: Hand, other: Hand, line: LineRecord, database: Database, clock: Clock, chats: list[int]
) -> None:
    owed = hand.owe(chats[0], "first")
    in_time = other.claim()
    clock.pass_by(seconds=31)

    other.work()

    assert in_time == []
    assert (words(line), row(database, owed).outcome) == (["first"], ACCEPTED)


def test_a_sender_that_slept_beyond_its_lease_sends_nothing_twice(
    hand: Hand, other: Hand, line: LineRecord, clock: Clock, chats: list[int]
) -> None:
    hand.owe(chats[0], "first")
    clock.pass_by(seconds=31)
    other.work()

    hand.work()

    assert words(line) == ["first"]


def test_the_first_outcome_stands(
    hand: Hand, other: Hand, line: LineRecord, database: Database, clock: Clock, chats: list[int]
) -> None:
    owed = hand.owe(chats[0], "first", token=False)
    line.faults = [NO_ANSWER]
    hand.send()
    clock.pass_by(seconds=31)
    other.work()

    hand.write()
    other.work()

    assert row(database, owed).outcome == ACCEPTED
    assert [kind for kind, _ in line.asked] == [PUSH, PUSH]
    assert len(line.sent) == 1


def test_two_senders_never_claim_the_same_row(hand: Hand, other: Hand, chats: list[int]) -> None:
    for chat in chats:
        hand.owe(chat, f"for {chat}", claimed=False)

    first, second = hand.claim(), other.claim()

    assert len(first) == 3
    assert second == []


def test_a_sender_leaves_what_another_branch_owes_to_those_who_have_its_channel(
    hand: Hand, other: Hand, chats: list[int]
) -> None:
    other.branches = {"aichi"}
    hand.owe(chats[0], "for saitama", claimed=False)
    theirs = hand.owe(chats[1], "for aichi", claimed=False, branch="aichi")

    assert theirs.id not in hand.claim()
    assert other.claim() == [theirs.id]


def test_a_row_whose_branch_has_no_channel_here_holds_up_no_other_chat(
    hand: Hand, database: Database, line: LineRecord, clock: Clock, chats: list[int]
) -> None:
    sender = Sender(database, {"saitama": line}, clock, hand.name, workers=1)
    sender.start()

    stray = hand.owe(chats[0], "for aichi", branch="aichi")
    mine = hand.owe(chats[1], "for saitama")
    sender.hand_over(stray)
    sender.hand_over(mine)
    until = time.monotonic() + 5
    while not sender.is_quiet() and time.monotonic() < until:
        time.sleep(0.01)
    sender.stop()

    assert (row(database, mine).outcome, row(database, stray).outcome) == (ACCEPTED, None)
    assert row(database, stray).claimed_by is None


def test_a_day_after_the_outcome_the_body_is_there_and_after_30_days_it_is_not(
    hand: Hand, database: Database, clock: Clock, chats: list[int]
) -> None:
    owed = hand.owe(chats[0], "first")
    hand.work()

    with database.transaction() as db:
        early = outbox.empty_old_bodies(db, clock() + timedelta(days=29))
        late = outbox.empty_old_bodies(db, clock() + timedelta(days=31))

    assert (early, late) == (0, 1)
    assert (row(database, owed).messages, row(database, owed).outcome) == ("", ACCEPTED)


def test_what_line_says_is_kept_even_when_no_database_can_hold_it(
    hand: Hand, line: LineRecord, database: Database, chats: list[int]
) -> None:
    owed = hand.owe(chats[0], "first")
    line.faults = [Answer(403, "x" * 900, "r" * 80)]

    hand.work()

    assert row(database, owed).outcome == REFUSED
    assert row(database, owed).error.startswith("403 xxx")


# A running sender, real HTTP


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    house = DemoHouse(tmp_path_factory.mktemp("sender"))
    yield house
    house.close()


@pytest.fixture
def demo(running: DemoHouse) -> DemoHouse:
    running.restore(SPRING)
    running.demo.platform.faults.clear()
    return running


def outcomes(demo: DemoHouse, user_id: str) -> list[tuple[str | None, str | None, bool]]:
    query = select(Outgoing.outcome, Outgoing.sent_as, Outgoing.perhaps_twice).order_by(Outgoing.id)
    with demo.demo.house.database.reading() as db:
        return [
            (each.outcome, each.sent_as, each.perhaps_twice)
            for each in db.execute(query.where(Outgoing.user_id == user_id))
        ]


def order_fault(demo: DemoHouse, endpoint: str, **fault: Any) -> None:
    demo.demo.platform.faults.add(Fault(endpoint, **fault))


REPLY_PATH, PUSH_PATH = "/v2/bot/message/reply", "/v2/bot/message/push"
FAULTS: dict[str, tuple[list[tuple[str, dict[str, Any]]], tuple[str, str, bool]]] = {
    "an internal error": ([(REPLY_PATH, {"status": 500})], (ACCEPTED, REPLY, False)),
    "too many requests": ([(REPLY_PATH, {"status": 429})], (ACCEPTED, REPLY, False)),
    "not let in": ([(REPLY_PATH, {"status": 401})], (ACCEPTED, REPLY, False)),
    "an answer that is lost": ([(REPLY_PATH, {"drop_response": True})], (ACCEPTED, REPLY, False)),
    "an answer that is late": ([(REPLY_PATH, {"delay_ms": 300})], (ACCEPTED, REPLY, False)),
    "nonsense as an error": ([(REPLY_PATH, {"status": 502, "body": "<h1>Bad gateway"})], (ACCEPTED, REPLY, False)),
    "nonsense as an answer": ([(REPLY_PATH, {"status": 200, "body": "<h1>Hello"})], (ACCEPTED, REPLY, False)),
    "an error that is a list": ([(REPLY_PATH, {"status": 500, "body": [{"message": None}]})], (ACCEPTED, REPLY, False)),
    "an error with NUL": (
        [(REPLY_PATH, {"status": 400, "body": {"message": "a\0b"}})],
        (ACCEPTED, PUSH, False),
    ),
    "words of NUL that refuse": (
        [(REPLY_PATH, {"status": 403, "body": {"message": "a\0b"}})],
        (REFUSED, REPLY, False),
    ),
    "no channel token": (
        [(REPLY_PATH, {"status": 401}), ("/oauth2/*", {"status": 500})],
        (ACCEPTED, REPLY, False),
    ),
    "a nonsense channel token": (
        [(REPLY_PATH, {"status": 401}), ("/oauth2/*", {"status": 200, "body": {"hello": 1}})],
        (ACCEPTED, REPLY, False),
    ),
    "a push whose answer is lost": (
        [
            (REPLY_PATH, {"status": 400, "body": {"message": "Invalid reply token"}}),
            (PUSH_PATH, {"drop_response": True}),
        ],
        (ACCEPTED, PUSH, False),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("faults", "ends"), FAULTS.values(), ids=FAULTS)
def test_whatever_line_does_the_member_reads_the_answer_once(
    demo: DemoHouse, faults: list[tuple[str, dict[str, Any]]], ends: tuple[str, str, bool]
) -> None:
    phone = demo.phone("saitama")
    me = person_of(phone)
    before = len(me.bot_entries_after(0))
    for endpoint, fault in faults:
        order_fault(demo, endpoint, **fault)

    phone.say("メニュー")
    settle(demo, me.user_id)

    assert outcomes(demo, me.user_id)[-1] == ends
    said = me.bot_entries_after(0)[before:]
    assert len(said) == (0 if ends[0] == REFUSED or faults[0][1].get("status") == 200 else 1)


def test_a_notice_that_the_month_has_no_room_for_comes_with_the_next_answer(demo: DemoHouse) -> None:
    phone = demo.phone("saitama")
    me = person_of(phone)
    phone.say("メニュー")
    settle(demo, me.user_id)
    order_fault(demo, PUSH_PATH, status=429, body={"message": "You have reached your monthly limit."})
    with demo.demo.house.database.transaction() as db:
        chat = db.execute(select(Conversation.id).where(Conversation.user_id == me.user_id)).scalar_one()
        push(db, "saitama", chat, me.user_id, "クーポン", (Card("訂正しました"),), demo.demo.clock())
    demo.demo.house.sender.nudge()
    demo.demo.settled()
    before = len(me.bot_entries_after(0))

    phone.say("メニュー")
    settle(demo, me.user_id)

    assert outcomes(demo, me.user_id)[-2:] == [(RODE, PUSH, False), (ACCEPTED, REPLY, False)]
    assert len(me.bot_entries_after(0)) - before == 2


def settle(demo: DemoHouse, user_id: str) -> None:
    """Moves the clock over every waiting time until nothing is owed to the user."""
    for _ in range(200):
        demo.demo.settled()
        if all(outcome for outcome, _, _ in outcomes(demo, user_id)):
            return
        demo.demo.clock.move(demo.demo.clock() + timedelta(seconds=5))
        demo.demo.house.sender.nudge()
    raise AssertionError("something is still owed")
