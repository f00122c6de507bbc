"""From draft to approved: the list is frozen, a second person is asked, and any change asks for a new yes."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, update

from models import approval, mailing
from models.audit import last_act, record
from models.base import Refusal, savepoint
from models.broadcast_moves import facts, go_on_listing, move, stop_mailings
from models.broadcasts import KIND, STATES, Broadcast, Draft, found
from models.segments import Reach
from models.staff import StaffMember
from models.told_condition import Told

OWN = "ご自分が作った配信や直した配信は、ほかの承認者が確かめます。"


def still_sent(db: Connection, one: Draft) -> Draft | None:
    """A broadcast that is not over, to or without whose receivers this one goes: who they are is not known yet."""
    told = (each for each in (*one.segment.having, *one.segment.without) if isinstance(each, Told))
    earlier = (found(db, one.branch, each.number) for each in told)
    return next((each for each in earlier if each and each.ended_at is None), None)


def ask(
    db: Connection, one: Draft, by: StaffMember, mailings: tuple[int, int], first_share: int, now: datetime
) -> bool:
    """A draft whose list is to be frozen, and then approved by somebody else."""
    done = move(
        db,
        one,
        ("draft",),
        "listing",
        now,
        first_mailing=mailings[0],
        rest_mailing=mailings[1],
        first_share=first_share,
        listed=0,
        listed_until=0,
        list_digest=hashlib.sha256().hexdigest(),
        drafter_id=by.id,
        drafter_chat=by.chat_id,
        approval_id=None,
        approver_chat=None,
        due_at=now,
    )
    if done:
        about = f"broadcast:{one.id}"
        earlier = last_act(db, one.branch, "broadcast.ask", about) if one.revision > 1 else None
        before = earlier.after if earlier else None
        record(db, one.branch, by.who, "broadcast.ask", about, now, before=before, after=facts(one))
    return done


def add_to_list(db: Connection, one: Draft, some: Sequence[int], now: datetime) -> Draft | None:
    """Freezes the next chats of the list, ascending; what it is then. None when somebody else has gone on meanwhile."""
    room = max(one.first_share - one.listed, 0)
    longer = replace(
        one,
        listed=one.listed + len(some),
        listed_until=some[-1],
        list_digest=_chained(one.list_digest, some),
    )
    values = {name: getattr(longer, name) for name in ("listed", "listed_until", "list_digest")}
    if not go_on_listing(db, one, now, **values):
        return None
    assert one.first_mailing
    assert one.rest_mailing
    mailing.add_batches(db, one.first_mailing, some[:room], due_at=None)
    mailing.add_batches(db, one.rest_mailing, some[room:], due_at=None)
    return longer


def finish_list(db: Connection, one: Draft, reach: Reach, now: datetime) -> int | None:
    """The list is frozen: a second person is asked. The wish's id; None when somebody else was faster."""
    left_out = {"people": reach.people, "unlinked": reach.unlinked, "blocked": reach.blocked}
    if not go_on_listing(db, one, now, state="waiting", due_at=None, **left_out):
        return None
    wish = approval.ask(db, one.branch, KIND, str(one.id), one.digest(), one.drafter_id, now)
    db.execute(update(Broadcast).where(Broadcast.id == one.id).values(approval_id=wish))
    return wish


def give_up(db: Connection, one: Draft, now: datetime) -> bool:
    """Back to a draft: nobody is reached, or the one who asked has left."""
    if not go_on_listing(db, one, now, state="draft", revision=one.revision + 1, due_at=None):
        return False
    stop_mailings(db, one, now)
    about, before = f"broadcast:{one.id}", {"state": one.state}
    record(db, one.branch, "system", "broadcast.give_up", about, now, before=before)
    return True


def decide(db: Connection, one: Draft, digest: str, by: StaffMember, yes: bool, now: datetime) -> None:
    """A second person's yes or no to what they saw. Raises Refusal as `approval.decide` does; then nothing is decided."""
    if one.state != "waiting" or one.approval_id is None:
        raise Refusal(
            f"この配信は、今は承認を待っていません（今の状態：{STATES[one.state]}）。", "not_waiting"
        )
    if by.chat_id in one.own_chats:
        raise Refusal(OWN, "own_wish")
    if yes and one.send_at and one.send_at <= now:
        raise Refusal(
            "送る日時が過ぎたため、承認できません。もう一度確かめて、下書きに戻してください。", "past"
        )
    with savepoint(db):
        approval.decide(db, one.approval_id, digest, by.id, yes, now)
        if yes:
            due = one.send_at or now
            moved = move(db, one, ("waiting",), "approved", now, approver_chat=by.chat_id, due_at=due)
        else:
            moved = move(db, one, ("waiting",), "draft", now, revision=one.revision + 1, due_at=None)
            stop_mailings(db, one, now)
        if not moved:
            raise Refusal("この配信は、たった今、別の画面で動きました。", "raced")


def reopen(db: Connection, one: Draft, by: StaffMember, now: datetime) -> None:
    """Makes a draft again of what has not begun: any change asks for a new yes. Raises Refusal when it has begun."""
    states = ("listing", "waiting", "approved")
    if not move(db, one, states, "draft", now, revision=one.revision + 1, due_at=None):
        raise Refusal("この配信は、もう直せません。配信の一覧から、今の状態をお確かめください。", "begun")
    approval.withdraw(db, one.branch, KIND, str(one.id), by.who, now)
    stop_mailings(db, one, now)
    record(
        db, one.branch, by.who, "broadcast.reopen", f"broadcast:{one.id}", now, before={"state": one.state}
    )


def cancel(db: Connection, one: Draft, by: StaffMember, now: datetime) -> None:
    """Ends what has not begun. Raises Refusal when it has begun."""
    states = ("draft", "listing", "waiting", "approved")
    if not move(db, one, states, "cancelled", now, due_at=None, ended_at=now):
        raise Refusal("この配信は、もう始まっているか、終わっています。", "begun")
    approval.withdraw(db, one.branch, KIND, str(one.id), by.who, now)
    stop_mailings(db, one, now)
    record(
        db, one.branch, by.who, "broadcast.cancel", f"broadcast:{one.id}", now, before={"state": one.state}
    )


def _chained(digest: str, some: Sequence[int]) -> str:
    return hashlib.sha256((digest + json.dumps(list(some))).encode()).hexdigest()
