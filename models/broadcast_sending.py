"""From approved to sent: its hour, the first people, a minute to stop it, the rest, the end."""

from datetime import datetime

from sqlalchemy import Connection, update

from models import mailing
from models.audit import record
from models.base import Refusal
from models.broadcast_moves import facts, move, stop_mailings
from models.broadcast_outcome import progress
from models.broadcasts import RUNNING, Broadcast, Draft
from models.days import day_of, month_end
from models.mailing import Progress
from models.staff import StaffMember


def begin(db: Connection, one: Draft, now: datetime) -> bool:
    """The hour has come: the first people's batches are due."""
    assert one.first_mailing
    if not move(db, one, ("approved",), "first", now, started_at=now, due_at=now):
        return False
    _release(db, one.first_mailing, now)
    record(db, one.branch, "system", "broadcast.begin", f"broadcast:{one.id}", now, after=facts(one))
    return True


def tell_more_first(db: Connection, one: Draft, people: int, now: datetime, again: datetime) -> bool:
    """So many of the rest belong to the first, too, since some of these had left; False when nobody is left for it."""
    assert one.first_mailing
    assert one.rest_mailing
    this = update(Broadcast).where(
        Broadcast.id == one.id, Broadcast.state == "first", Broadcast.due_at == one.due_at
    )
    if db.execute(this.values(due_at=again)).rowcount != 1:
        return False
    return mailing.hand_over(db, one.rest_mailing, one.first_mailing, people, now) > 0


def postpone(db: Connection, one: Draft, until: datetime, now: datetime) -> bool:
    """The hour has come at night: it waits for the morning."""
    return move(db, one, ("approved",), "approved", now, due_at=until)


def unapprove(db: Connection, one: Draft, now: datetime) -> bool:
    """What was approved is not what stands there: a draft again."""
    if not move(db, one, ("approved",), "draft", now, revision=one.revision + 1, due_at=None):
        return False
    stop_mailings(db, one, now)
    record(db, one.branch, "system", "broadcast.unapprove", f"broadcast:{one.id}", now)
    return True


def hold(db: Connection, one: Draft, until: datetime, now: datetime) -> bool:
    """The first people have been told: time to stop, until an instant; anew where nobody was there to be stopped."""
    this = update(Broadcast).where(
        Broadcast.id == one.id,
        Broadcast.state == one.state,
        Broadcast.state.in_(("first", "held")),
        Broadcast.due_at == one.due_at,
    )
    return db.execute(this.values(state="held", changed_at=now, due_at=until)).rowcount == 1


def halt(db: Connection, one: Draft, now: datetime, *, short: bool) -> bool:
    """LINE has refused all of the first, or was `short` of room for them until the month ended: nobody else is told."""
    if not move(db, one, ("first",), "stopped", now, due_at=now, told_short=short):
        return False
    stop_mailings(db, one, now)
    record(db, one.branch, "system", "broadcast.halt", f"broadcast:{one.id}", now)
    return True


def go_on(db: Connection, one: Draft, now: datetime) -> bool:
    """Nobody has stopped it, or nobody is left: the rest is due."""
    assert one.rest_mailing
    if not move(db, one, ("first", "held"), "rest", now, due_at=now):
        return False
    _release(db, one.rest_mailing, now)
    return True


def stop(db: Connection, one: Draft, by: StaffMember, now: datetime) -> None:
    """Ends what is being sent: whom LINE has not been asked to tell is not told. Raises Refusal when it is over."""
    if not move(db, one, RUNNING, "stopped", now, due_at=now, told_short=False):
        raise Refusal("この配信は、もう終わっているか、まだ始まっていません。", "not_running")
    stop_mailings(db, one, now)
    record(db, one.branch, by.who, "broadcast.stop", f"broadcast:{one.id}", now, before={"state": one.state})


def finish(db: Connection, one: Draft, now: datetime) -> bool:
    """All is told, or will never be: the end, which is reported once."""
    if one.state == "stopped":
        this = update(Broadcast).where(Broadcast.id == one.id, Broadcast.ended_at.is_(None))
        done = db.execute(this.values(ended_at=now, due_at=None)).rowcount == 1
    else:
        done = move(db, one, ("rest",), "sent", now, due_at=None, ended_at=now)
    if done:
        outcome = _outcome(progress(db, one)) | {"unlinked": one.unlinked, "blocked": one.blocked}
        record(db, one.branch, "system", "broadcast.end", f"broadcast:{one.id}", now, after=outcome)
    return done


def tell_short(db: Connection, one: Draft) -> bool:
    """That the month's quota is used up is said once."""
    this = update(Broadcast).where(Broadcast.id == one.id, Broadcast.told_short.is_(False))
    return db.execute(this.values(told_short=True)).rowcount == 1


def look_again(db: Connection, one: Draft, at: datetime) -> None:
    """Nothing to be done now; a worker comes back."""
    this = update(Broadcast).where(Broadcast.id == one.id, Broadcast.state == one.state)
    db.execute(this.values(due_at=at))


def _release(db: Connection, mailing_id: int, now: datetime) -> None:
    """What this month's quota has no room for is not sent in the next one, when nobody expects it any more."""
    mailing.release(db, mailing_id, now, useful_until=month_end(day_of(now)))


def _outcome(sent: Progress) -> dict[str, int]:
    names = ("people", "accepted", "left_out", "refused", "unknown", "stopped")
    return {name: getattr(sent, name) for name in names}
