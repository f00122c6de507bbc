"""One batch of a mailing, brought to LINE as far as it goes now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.allowance import Allowance
from bot.line import RETRY_KEY_HOURS, Answer, Line
from bot.outbox import QUOTA_ASKED, backoff
from models.mailing_batches import Addressees, Batch, Ending
from models.night import by_day, in_daytime
from models.outbox import ACCEPTED, REFUSED, STOPPED, TOO_LATE, UNKNOWN

KEY_LIFE = timedelta(hours=RETRY_KEY_HOURS)


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
        return again(begun, answer, post.clock())
    untold = _untold(begun, batch)
    if answer.quota_used_up:
        post.allowance.is_used_up(len(found.user_ids), post.clock())
        return _out_of_quota(untold, post.clock(), answer)
    if answer.to_be_repeated:
        return again(untold, answer, post.clock())
    return Ending(begun, REFUSED, post.clock(), request_id=answer.request_id, error=answer.words)


def _untold(begun: Batch, before: Batch) -> Batch:
    """The batch after a try by which surely nobody was told: only the count of tries has grown."""
    return replace(begun, first_tried_at=before.first_tried_at, left_out_ids=before.left_out_ids)


def _without_asking(batch: Batch, post: Post) -> Ending | None:
    now = post.clock()
    ended = UNKNOWN if batch.first_tried_at else STOPPED
    if batch.stopped:
        return Ending(batch, ended, now)
    if batch.useful_until and now > batch.useful_until:
        return Ending(batch, ended, now, error=TOO_LATE)
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


def again(batch: Batch, answer: Answer, now: datetime) -> Ending:
    later = by_day(batch.due_at, now + timedelta(seconds=backoff(batch.tries - 1)))
    return Ending(batch, None, now, due_at=later, request_id=answer.request_id, error=answer.words)


def _out_of_quota(batch: Batch, now: datetime, answer: Answer | None = None) -> Ending:
    later = in_daytime(now + QUOTA_ASKED)
    return Ending(batch, None, now, due_at=later, out_of_quota=True, error=answer.words if answer else None)
