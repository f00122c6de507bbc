"""The fast way of replies keeps each chat's order, and leaves to the lane whatever LINE did not simply accept."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.express import Express
from bot.line import REPLY_TOKEN_LIFE, Answer, Line
from bot.switchboard import Call
from bot.wire import Response
from models.outbox import LEASE, Outcome, Owed
from tests.quiet_house import SPRING, Clock


@dataclass
class Board:
    """Calls that wait for the test's word."""

    calls: deque[Call] = field(default_factory=deque)

    def post(self, call: Call) -> None:
        self.calls.append(call)


@dataclass
class Quick:
    """LINE in memory; what it received, in order."""

    received: list[str] = field(default_factory=list)
    has_token: bool = True

    def request(self, kind: str, body: bytes) -> bytes | None:
        if not self.has_token:
            return None
        self.received.append(body.decode().split('"')[3])
        return body

    def answer(self, response: Response) -> Answer:
        return Answer(response.status, "Invalid reply token" if response.status == 400 else "")


@dataclass
class Pace:
    is_free: bool = True

    def has_slot(self, branch: str, kind: str) -> bool:
        return self.is_free


class Way:
    """An express, the lane behind it, and the books."""

    def __init__(self) -> None:
        self.board, self.line, self.pace, self.clock = Board(), Quick(), Pace(), Clock()
        self.settled: list[Outcome] = []
        self.lane: list[tuple[Owed, Answer | None]] = []
        self.express = Express(
            cast(Any, self.board),
            {"saitama": cast(Line, self.line)},
            self.clock,
            self.pace,
            self.settled.append,
            self._to_lane,
        )

    def _to_lane(self, owed: Owed, answer: Answer | None) -> None:
        self.lane.append((owed, answer))

    def take(self, number: int, after: int | None = None, token: bool = True) -> Owed:
        """As the sender hands a row over: to the express, or else to the lane."""
        reply_token = f"token {number}" if token else None
        owed = Owed(number, "saitama", 1, "U1", "x", "[]", reply_token, SPRING, "key", after=after)
        if not self.express.takes(owed):
            self.lane.append((owed, None))
        return owed

    def answer(self, status: int | None, *, is_sent: bool = True) -> None:
        """The oldest call is made and answered; None = no answer came."""
        call = self.board.calls.popleft()
        if call.make() is None:
            call.end(None, False)
        else:
            call.end(None if status is None else Response(status=status), is_sent)

    @property
    def left(self) -> list[int]:
        return [owed.id for owed, _ in self.lane]


@pytest.fixture
def way() -> Way:
    return Way()


def test_a_reply_that_line_accepts_is_settled(way: Way) -> None:
    way.take(1)
    way.answer(200)

    assert [(one.owed.id, one.outcome, one.sent_as, one.owed.tries) for one in way.settled] == [
        (1, "accepted", "reply", 1)
    ]
    assert way.lane == []


def test_a_reply_waits_for_the_one_before_it_in_its_chat(way: Way) -> None:
    way.take(1)
    way.take(2, after=1)
    way.take(3, after=2)

    assert len(way.board.calls) == 1
    for _ in range(3):
        way.answer(200)
    assert way.line.received == ["token 1", "token 2", "token 3"]
    assert [one.owed.id for one in way.settled] == [1, 2, 3]


def test_after_one_that_was_accepted_the_next_need_not_wait_for_the_books(way: Way) -> None:
    way.take(1)
    way.answer(200)
    way.take(2, after=1)

    assert len(way.board.calls) == 1
    assert way.lane == []


def test_a_row_after_one_that_is_elsewhere_goes_by_the_lane(way: Way) -> None:
    way.take(2, after=1)

    assert way.left == [2]


def test_a_push_goes_by_the_lane(way: Way) -> None:
    way.take(1, token=False)

    assert way.left == [1]


@pytest.mark.parametrize("status", [400, 401, 403, 429])
def test_what_line_refuses_goes_on_in_the_lane_with_its_answer_and_all_that_wait_behind_it(
    way: Way, status: int
) -> None:
    way.take(1)
    way.take(2, after=1)
    way.take(3, after=2)
    way.answer(status)

    assert way.left == [1, 2, 3]
    assert [answer.status if answer else None for _, answer in way.lane] == [status, None, None]
    assert not any(owed.perhaps_tried for owed, _ in way.lane)
    assert way.settled == []


@pytest.mark.parametrize("status", [None, 500, 503])
def test_a_try_that_line_may_have_accepted_is_told_to_the_lane(way: Way, status: int | None) -> None:
    way.take(1)
    way.answer(status)

    (((owed, answer)),) = way.lane
    assert (owed.perhaps_tried, owed.tries, answer) == (True, 1, None)


def test_a_try_that_never_left_is_no_try(way: Way) -> None:
    way.take(1)
    way.answer(None, is_sent=False)

    (((owed, answer)),) = way.lane
    assert (owed.perhaps_tried, owed.tries, answer) == (False, 0, None)


@pytest.mark.parametrize("why", ["token old", "lease over", "rate reached", "channel without token"])
def test_what_cannot_be_sent_now_goes_by_the_lane_unsent(way: Way, why: str) -> None:
    owed = way.take(1)
    match why:
        case "token old":
            way.clock.now += REPLY_TOKEN_LIFE
        case "lease over":
            object.__setattr__(owed, "claimed_until", SPRING + LEASE)
            way.clock.now += LEASE + timedelta(seconds=1)
        case "rate reached":
            way.pace.is_free = False
        case _:
            way.line.has_token = False
    way.answer(200)

    assert way.left == [1]
    assert way.line.received == []


@given(st.lists(st.one_of(st.just("take"), st.sampled_from([200, 400, 500, None])), max_size=40))
def test_whatever_line_answers_the_rows_of_a_chat_leave_in_their_order(steps: list[str | int | None]) -> None:
    way, newest = Way(), 0
    for step in steps:
        if step == "take":
            newest += 1
            way.take(newest, after=newest - 1 or None)
        elif way.board.calls:
            way.answer(cast(int | None, step))
    while way.board.calls:
        way.answer(200)

    accepted = [one.owed.id for one in way.settled]
    assert accepted == sorted(accepted)
    assert way.left == sorted(way.left)
    assert sorted(accepted + way.left) == list(range(1, newest + 1))
    assert not way.left or not accepted or accepted[-1] < way.left[0]
