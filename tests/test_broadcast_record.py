"""What the record says of broadcasts: what was changed between two wishes, what was given up, who looked at whom."""

import hashlib
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from models import approval, broadcast_asking, broadcast_drafts, mailing, staff
from models.audit import Act, acts
from models.base import Refusal
from models.broadcasts import Broadcast
from scheduler.broadcasts import advance
from tests.announced import (
    APPROVER,
    DRAFTER,
    approvers_chat,
    branch_of,
    enlisted,
    listing,
    mailings,
    seen,
    waiting,
)
from tests.one_chat import OneChat, Rooms

WORDS = "こっそり直した文"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("record"))


@pytest.fixture
def chat(rooms: Rooms) -> Iterator[OneChat]:
    chat = approvers_chat(rooms)
    yield chat
    chat.close()


def entered(chat: OneChat, act: str) -> list[Act]:
    with chat.database.reading() as db:
        return [each for each in acts(db, "saitama") if each.act == act]


def test_what_changed_between_two_wishes_is_in_the_record_by_its_print(chat: OneChat) -> None:
    drafter = enlisted(chat, DRAFTER, "drafter")
    one = waiting(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        broadcast_asking.reopen(db, one, drafter, chat.now)
        broadcast_drafts.change(db, one, drafter, chat.now, text=WORDS)
    again = seen(chat, one.id)

    with chat.database.transaction() as db:
        assert broadcast_asking.ask(db, again, drafter, mailings(db, again, chat), 20, chat.now)

    first, second = entered(chat, "broadcast.ask")
    assert first.before is None
    assert second.before == first.after
    assert second.before is not None
    assert second.after is not None
    changed = {name for name, value in second.after.items() if second.before[name] != value}
    assert changed - {"people"} == {"revision", "text"}
    assert second.after["text"] == hashlib.sha256(WORDS.encode()).hexdigest()
    assert WORDS not in str(second)


def test_what_is_said_again_as_it_was_is_no_change_in_the_record(chat: OneChat) -> None:
    drafter = enlisted(chat, DRAFTER, "drafter")
    one = waiting(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        broadcast_asking.reopen(db, one, drafter, chat.now)
        broadcast_drafts.change(db, one, drafter, chat.now, text=one.text)

    assert entered(chat, "broadcast.change") == []


def test_who_changed_a_draft_and_what_is_in_the_record_by_its_print(chat: OneChat) -> None:
    drafter, other = enlisted(chat, DRAFTER, "drafter"), enlisted(chat, APPROVER, "drafter")
    one = waiting(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        broadcast_asking.reopen(db, one, drafter, chat.now)
        broadcast_drafts.change(db, one, other, chat.now, text=WORDS)

    (act,) = entered(chat, "broadcast.change")

    assert act.who == other.who
    assert act.before is not None
    assert act.after is not None
    assert {name for name, value in act.after.items() if act.before[name] != value} == {"text"}
    assert WORDS not in str(act)


@pytest.mark.parametrize("yes", [True, False])
def test_a_decision_that_comes_too_late_decides_nothing(chat: OneChat, yes: bool) -> None:
    one = waiting(chat, enlisted(chat, DRAFTER, "drafter"), "見学会")
    approver = enlisted(chat, APPROVER, "approver")
    with chat.database.transaction() as db:
        db.execute(update(Broadcast).values(state="cancelled"))
        held = mailing.progress(db, one.first_mailing or 0)

    with chat.database.transaction() as db, pytest.raises(Refusal, match="別の画面で動きました"):
        broadcast_asking.decide(db, one, one.digest(), approver, yes, chat.now)

    with chat.database.reading() as db:
        assert [wish.outcome for wish in approval.waiting(db, "saitama")] == [""]
        assert mailing.progress(db, one.first_mailing or 0) == held
    assert entered(chat, "approval.decide") == []


def test_a_list_that_was_given_up_is_in_the_record(chat: OneChat) -> None:
    drafter = enlisted(chat, DRAFTER, "drafter")
    one = listing(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        staff.leave(db, "saitama", drafter.id, "test", chat.now)

    advance(chat.database, branch_of(chat), seen(chat, one.id), chat.now)

    (given_up,) = entered(chat, "broadcast.give_up")
    assert (given_up.who, given_up.about) == ("system", f"broadcast:{one.id}")


def test_who_looked_at_the_people_who_were_not_reached_is_in_the_record(chat: OneChat) -> None:
    one = waiting(chat, enlisted(chat, DRAFTER, "drafter"), "見学会")
    with chat.database.transaction() as db:
        db.execute(update(Broadcast).values(state="sent"))

    chat.press(f"open:broadcast_missed?broadcast={one.id}")
    assert entered(chat, "broadcast.missed") == []
    chat.press(chat.buttons("answer")[0].data)

    (looked,) = entered(chat, "broadcast.missed")
    assert looked.about == f"broadcast:{one.id}"
    assert looked.who.startswith("staff:")
    assert looked.after is not None
    assert looked.after["people"] == 1
    assert "200001" not in str(looked)
