"""Broadcasts: the second yes, the night, the quota, and who comes between; each with one clear answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from house import meant_by
from models import (
    broadcast_asking,
    broadcast_drafts,
    broadcast_sending,
    broadcasts,
    mailing,
    mailing_batches,
    staff,
)
from models.audit import acts, verify
from models.base import Refusal
from models.broadcasts import Broadcast, Draft
from models.conditions import OfKind
from models.linking import unlink_everywhere
from models.mailing import Mailing
from models.member import person_with
from models.segments import Segment
from tests.announced import (
    APPROVER,
    DRAFTER,
    LISTENER,
    approve,
    approvers_chat,
    branch_of,
    enlisted,
    go_on,
    listing,
    pushed,
    seen,
    settle,
    waiting,
)
from tests.one_chat import OneChat, Rooms

NIGHT = datetime(2024, 7, 1, 13, 0, tzinfo=UTC)  # 22:00 in Japan
LATE_EVENING = datetime(2024, 7, 1, 11, 59, 20, tzinfo=UTC)  # 20:59:20
MORNING = datetime(2024, 7, 1, 23, 0, tzinfo=UTC)  # 8:00


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("broadcasts"))


@pytest.fixture
def chat(rooms: Rooms) -> Iterator[OneChat]:
    chat = approvers_chat(rooms)
    yield chat
    chat.close()


# The list


def test_who_finishes_a_list_that_another_has_gone_on_with_asks_nobody(chat: OneChat) -> None:
    drafter = enlisted(chat, DRAFTER, "drafter")
    one = listing(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        mine = broadcast_asking.add_to_list(db, one, [1], chat.now)
    assert mine == replace(seen(chat, one.id), changed_at=one.changed_at)
    with chat.database.transaction() as db:
        assert broadcast_asking.add_to_list(db, mine, [2], chat.now)

    with chat.database.transaction() as db:
        assert broadcast_asking.add_to_list(db, mine, [2], chat.now) is None
        assert broadcast_asking.finish_list(db, mine, chat.now) is None
        assert not broadcast_asking.give_up(db, mine, chat.now)
        assert broadcast_asking.finish_list(db, broadcasts.get(db, "saitama", one.id), chat.now)


# The night, the clock


def test_at_night_it_waits_for_the_morning_unless_there_is_a_reason(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    chat.now = NIGHT
    waits, urgent = waiting(chat, drafter, "見学会"), waiting(chat, drafter, "休館")
    with chat.database.transaction() as db:
        db.execute(update(Broadcast).where(Broadcast.id == urgent.id).values(quiet_reason="台風のため"))
        db.execute(update(Broadcast).where(Broadcast.id == urgent.id).values(state="draft"))
    with chat.database.transaction() as db:
        again = seen(chat, urgent.id)
        assert again.first_mailing
        assert again.rest_mailing
        mailings = (again.first_mailing, again.rest_mailing)
        assert broadcast_asking.ask(db, again, drafter, mailings, 20, chat.now)
    go_on(chat, urgent.id)
    for one in (waits, seen(chat, urgent.id)):
        approve(chat, one, approver)

    assert go_on(chat, waits.id).state == "approved"
    assert seen(chat, waits.id).due_at == MORNING
    assert go_on(chat, urgent.id).state == "first"
    chat.now = MORNING
    assert go_on(chat, waits.id).state == "first"


def test_a_clock_that_jumps_sends_nothing_twice_and_nothing_by_night(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    one = waiting(chat, drafter, "見学会")
    chat.now = before = LATE_EVENING
    approve(chat, one, approver)

    chat.now = NIGHT
    assert go_on(chat, one.id).state == "approved"
    chat.now = before
    with chat.database.reading() as db:
        assert broadcasts.due(db, chat.now) == []
    chat.now = MORNING
    assert go_on(chat, one.id).state == "first"
    chat.now = before
    assert go_on(chat, one.id).state == "first"


def held(chat: OneChat) -> Draft:
    """A broadcast without a reason for the night: the first person has been told, another is to be told."""
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    chat.link("U" + "9" * 32, ("123456",))
    one = waiting(chat, drafter, "見学会", share=1)
    approve(chat, one, approver)
    assert go_on(chat, one.id).state == "first"
    settle(chat, outcome="accepted", accepted=1, done_at=chat.now)
    return go_on(chat, one.id)


def test_the_rest_of_what_began_just_before_the_night_waits_for_the_morning(chat: OneChat) -> None:
    chat.now = LATE_EVENING
    one = held(chat)
    assert (one.state, one.due_at) == ("held", MORNING)
    assert pushed(chat, "夜間になるため、2024年7月2日 08:00に、残り1件へ送ります。") == 2

    chat.now = MORNING
    assert go_on(chat, one.id).state == "rest"


def test_the_rest_that_nobody_sent_by_day_is_not_sent_when_the_house_is_back_at_night(chat: OneChat) -> None:
    one = held(chat)
    chat.now = MORNING - timedelta(hours=5)

    late = go_on(chat, one.id)

    assert (late.state, late.due_at) == ("held", MORNING)
    with chat.database.reading() as db:
        assert mailing_batches.waiting(db, chat.now) == []


def test_whoever_was_not_there_for_the_minute_gives_it_again_and_says_so(chat: OneChat) -> None:
    one = held(chat)
    chat.wait(hours=1)

    late = go_on(chat, one.id)

    assert (late.state, late.due_at) == ("held", chat.now + timedelta(seconds=60))
    assert pushed(chat, "もう一度お待ちします。60秒後に、残り1件へ送ります。") == 2
    with chat.database.transaction() as db:
        assert not broadcast_sending.hold(db, one, chat.now, chat.now)
    chat.wait(seconds=61)
    assert go_on(chat, one.id).state == "rest"


def test_what_could_not_begin_for_hours_is_a_draft_again_and_both_are_told(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    one = waiting(chat, drafter, "見学会")
    approve(chat, one, approver)
    chat.wait(days=3)

    assert go_on(chat, one.id).state == "draft"
    assert pushed(chat, "送る時を2時間以上過ぎたため、送りませんでした") == 2


# Sending


def test_the_first_are_told_then_a_minute_passes_then_the_rest(chat: OneChat) -> None:
    one = held(chat)
    assert one.state == "held"
    assert one.due_at == chat.now + timedelta(seconds=60)
    chat.wait(seconds=61)
    assert go_on(chat, one.id).state == "rest"
    settle(chat, outcome="accepted", accepted=1, done_at=chat.now)
    assert go_on(chat, one.id).state == "sent"
    assert go_on(chat, one.id).state == "sent"
    assert pushed(chat, "送信が終わりました") == 2
    with chat.database.streaming() as db:
        assert not verify(db, "saitama").problems
        assert [act.act for act in acts(db, "saitama") if act.act.startswith("broadcast.")] == [
            "broadcast.draft",
            "broadcast.ask",
            "broadcast.begin",
            "broadcast.end",
        ]


def test_a_used_up_quota_is_said_once_and_the_rest_is_sent_later(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    chat.link("U" + "9" * 32, ("123456",))
    one = waiting(chat, drafter, "見学会", share=1)
    approve(chat, one, approver)
    go_on(chat, one.id)
    settle(chat, out_of_quota=True)

    for _ in range(3):
        chat.wait(minutes=11)
        assert go_on(chat, one.id).state == "first"
    assert pushed(chat, "今月の枠を使い切り、1件にまだ送れていません") == 2

    settle(chat, outcome="accepted", accepted=1, out_of_quota=False, done_at=chat.now)
    assert go_on(chat, one.id).state == "held"


def test_what_line_took_of_the_first_is_told(chat: OneChat) -> None:
    held(chat)

    assert pushed(chat, "はじめの人に送りました") == 2
    assert pushed(chat, "LINEが受付") == 2


def test_when_line_refuses_all_of_the_first_nobody_else_is_told(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    chat.link("U" + "9" * 32, ("123456",))
    one = waiting(chat, drafter, "見学会", share=1)
    approve(chat, one, approver)
    go_on(chat, one.id)
    settle(chat, outcome="refused", done_at=chat.now)

    assert go_on(chat, one.id).state == "stopped"
    go_on(chat, one.id)

    assert pushed(chat, "はじめの人に送りました") == 0
    assert pushed(chat, "LINEがすべて拒否したため") == 2
    with chat.database.reading() as db:
        assert mailing.progress(db, one.rest_mailing or 0).stopped == 1


def test_what_the_quota_had_no_room_for_is_not_sent_in_the_next_month(chat: OneChat) -> None:
    one = held(chat)
    chat.wait(seconds=61)
    go_on(chat, one.id)
    with chat.database.reading() as db:
        ends = db.execute(select(Mailing.useful_until).where(Mailing.id == one.rest_mailing)).scalar()
    settle(chat, outcome="stopped", done_at=chat.now)

    assert ends == datetime(2024, 7, 31, 15, 0, tzinfo=UTC)
    assert go_on(chat, one.id).state == "sent"
    assert pushed(chat, "受け取った人を除いた新しい配信で送れます") == 2


def test_when_the_month_ends_before_the_first_are_told_nobody_is_told_in_the_next(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    chat.link("U" + "9" * 32, ("123456",))
    one = waiting(chat, drafter, "見学会", share=1)
    approve(chat, one, approver)
    go_on(chat, one.id)
    chat.wait(days=31)
    settle(chat, outcome="stopped", done_at=chat.now)

    assert go_on(chat, one.id).state == "stopped"
    go_on(chat, one.id)

    assert pushed(chat, "はじめの人に送りました") == 0
    assert pushed(chat, "受け取った人を除いた新しい配信で送れます") == 2
    with chat.database.reading() as db:
        assert mailing.progress(db, one.rest_mailing or 0).stopped == 1


def test_who_stops_a_broadcast_reads_nothing_of_the_month(chat: OneChat) -> None:
    one = held(chat)
    approver = enlisted(chat, "U" + "8" * 32, "approver")
    with chat.database.transaction() as db:
        broadcast_sending.stop(db, one, approver, chat.now)
    go_on(chat, one.id)

    assert pushed(chat, "送信を中止しました") == 2
    assert pushed(chat, "今月のうちに") == 0


def test_when_nobody_is_left_after_the_first_it_ends_without_a_minute(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    one = waiting(chat, drafter, "見学会")
    approve(chat, one, approver)
    go_on(chat, one.id)
    settle(chat, outcome="accepted", accepted=1, done_at=chat.now)

    assert go_on(chat, one.id).state == "rest"
    assert go_on(chat, one.id).state == "sent"


def test_what_has_told_nobody_needs_no_correction(chat: OneChat) -> None:
    drafter = enlisted(chat, "U" + "7" * 32, "drafter")
    one = waiting(chat, drafter, "見学会")

    with pytest.raises(Refusal) as refused, chat.database.transaction() as db:
        broadcast_drafts.correct(db, one, drafter, chat.now)

    assert refused.value.code == "not_begun"


def test_an_old_view_of_a_broadcast_moves_nothing(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    one = waiting(chat, drafter, "見学会")
    old = replace(one, revision=one.revision - 1)

    with chat.database.transaction() as db:
        assert not broadcast_sending.begin(db, one, chat.now)
        assert not broadcast_sending.hold(db, one, chat.now, chat.now)
        assert not broadcast_sending.go_on(db, one, chat.now)
        assert not broadcast_sending.finish(db, one, chat.now)
        with pytest.raises(Refusal):
            broadcast_asking.reopen(db, old, drafter, chat.now)
        with pytest.raises(Refusal):
            broadcast_sending.stop(db, one, approver, chat.now)
    assert seen(chat, one.id).state == "waiting"


def test_a_drafter_who_left_before_the_list_was_frozen_asks_nobody(chat: OneChat) -> None:
    drafter = enlisted(chat, "U" + "7" * 32, "drafter")
    one = waiting(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        broadcast_asking.reopen(db, one, drafter, chat.now)
    again = seen(chat, one.id)
    with chat.database.transaction() as db:
        assert broadcast_asking.ask(
            db, again, drafter, (again.first_mailing or 0, again.rest_mailing or 0), 20, chat.now
        )
        staff.leave(db, "saitama", drafter.id, "test", chat.now)

    enlisted(chat, APPROVER, "drafter")
    assert go_on(chat, one.id).state == "draft"
    assert pushed(chat, "依頼した人が職員でなくなりました") == 1


# Who has unlinked meanwhile


@pytest.mark.parametrize(
    ("kind", "unlinked", "is_told"),
    [
        ("spouse", (), True),
        ("spouse", ("200001",), True),
        ("spouse", ("12345601",), False),
        ("member", ("12345601",), True),
        ("spouse", ("200001", "12345601"), False),
    ],
    ids=["nobody", "the other", "the one it is for", "one it is not for", "both"],
)
def test_a_chat_is_told_while_it_holds_somebody_whom_the_broadcast_is_for(
    rooms: Rooms, kind: str, unlinked: tuple[str, ...], is_told: bool
) -> None:
    chat = rooms.chat("saitama", staff=("approver",))
    chat.link(LISTENER, ("200001", "12345601"))
    approver = enlisted(chat, APPROVER, "approver")
    one = waiting(chat, enlisted(chat, DRAFTER, "drafter"), "見学会", Segment((OfKind(kind),)))
    approve(chat, one, approver)
    assert go_on(chat, one.id).state == "first"
    chat.wait(seconds=1)
    for number in unlinked:
        with chat.database.transaction() as db:
            assert unlink_everywhere(db, person_with(db, "saitama", number) or 0, chat.now)

    meant = meant_by({"saitama": branch_of(chat)}, lambda: chat.now)
    with chat.database.transaction() as db:
        ((_, due),) = mailing_batches.waiting(db, chat.now)
        (batch,) = mailing_batches.claim(db, "s", due, chat.now, 5)
        found = mailing_batches.addressees(db, batch, meant)

    assert found.user_ids == ((LISTENER,) if is_told else ())
    chat.close()
