"""Replies on the fast way: first tries, many under way at once; what LINE does not simply accept goes on in its lane."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.line import REPLY_TOKEN_LIFE, Answer, Line
from bot.switchboard import Call, Switchboard
from bot.wire import Response
from models.outbox import ACCEPTED, Outcome, Owed, tried

REMEMBERED = 4_096  # rows that are known to be accepted

log = logging.getLogger(__name__)


class Pace(Protocol):
    def has_slot(self, branch: str, kind: str) -> bool: ...


@dataclass
class Express:
    """Keeps each chat's order: a row waits here for the one before it, or leaves with it for the lane."""

    board: Switchboard
    lines: Mapping[str, Line]
    clock: Callable[[], datetime]
    pace: Pace
    settle: Callable[[Outcome], None]
    to_lane: Callable[[Owed, Answer | None], None]
    _followers: dict[int, list[Owed]] = field(default_factory=dict)  # of each row that is here
    _accepted: dict[int, None] = field(default_factory=dict)  # the newest last
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def takes(self, owed: Owed) -> bool:
        """Whether the row goes this way: a reply with nothing before it, or with what is before it here or gone."""
        if not owed.reply_token:
            return False
        with self._lock:
            before = self._followers.get(owed.after) if owed.after is not None else None
            if owed.after is not None and before is None and owed.after not in self._accepted:
                return False
            self._followers[owed.id] = []
            if before is not None:
                before.append(owed)
        if before is None:
            self._post(owed)
        return True

    def has_accepted(self, row: int | None) -> bool:
        with self._lock:
            return row in self._accepted

    def _post(self, owed: Owed) -> None:
        self.board.post(Call(lambda: self._request(owed), lambda *answer: self._ended(owed, *answer)))

    def _request(self, owed: Owed) -> bytes | None:
        """None when the row's moment is over, LINE's rate is reached, or the channel has no token."""
        try:
            now = self.clock()
            if owed.has_lapsed(now) or now - owed.received_at >= REPLY_TOKEN_LIFE:
                return None
            if not self.pace.has_slot(owed.branch, "reply"):
                return None
            return self.lines[owed.branch].request("reply", reply_body(owed))
        except Exception:
            log.exception("outbox row %s failed", owed.id)
            return None

    def _ended(self, owed: Owed, response: Response | None, is_sent: bool) -> None:
        answer = self._answer(owed, response, is_sent)
        if answer is None or not answer.accepted:
            self._leave(owed, answer)
            return
        now = self.clock()
        self.settle(
            Outcome(tried(owed, now, as_push=False), ACCEPTED, now, "reply", request_id=answer.request_id)
        )
        with self._lock:
            followers = self._followers.pop(owed.id)
            self._accepted[owed.id] = None
            if len(self._accepted) > REMEMBERED:
                del self._accepted[next(iter(self._accepted))]
        for one in followers:
            self._post(one)

    def _answer(self, owed: Owed, response: Response | None, is_sent: bool) -> Answer | None:
        """None when nothing was sent."""
        if response is not None:
            return self.lines[owed.branch].answer(response)
        return Answer(0, "no answer") if is_sent else None

    def _leave(self, owed: Owed, answer: Answer | None) -> None:
        """To the lane, all that wait behind it after it; a try without answer is told as one."""
        if answer is not None and answer.unanswered:
            owed, answer = replace(owed, tries=owed.tries + 1, perhaps_tried=True), None
        self.to_lane(owed, answer)
        with self._lock:
            followers = self._followers.pop(owed.id)
        for one in followers:
            self._leave(one, None)


def reply_body(owed: Owed) -> bytes:
    return f'{{"replyToken":{json.dumps(owed.reply_token)},"messages":{owed.messages}}}'.encode()
