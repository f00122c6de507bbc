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
    broadcast_outcome,
    broadcast_sending,
    broadcasts,
    line_quota,
    mailing,
    mailing_batches,
    staff,
)
from models.audit import acts, verify
from models.base import Refusal
from models.broadcasts import Broadcast, Draft
from models.conditions import OfKind
from models.conversation import Conversation
from models.links import unlink_everywhere
from models.mailing import Mailing
from models.member import person_with
from models.segments import Reach, Segment
from tests.announced import (
    APPROVER,
    DRAFTER,
    LISTENER,
    NUMBER,
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

REACH = Reach(2, 5, 2, 1)
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
        assert broadcast_asking.finish_list(db, mine, REACH, chat.now) is None
        assert not broadcast_asking.give_up(db, mine, chat.now)
        assert broadcast_asking.finish_list(db, broadcasts.get(db, "saitama", one.id), REACH, chat.now)


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


def test_at_least_twenty_are_told_first_whoever_has_left_since_the_list_was_made(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    for number in range(25):
        chat.link(f"U{number:032}", ("123456",))
    one = waiting(chat, drafter, "見学会")
    approve(chat, one, approver)
    go_on(chat, one.id)
    settle(chat, outcome="accepted", accepted=17, left_out=3, left_out_ids="[1,2,3]", done_at=chat.now)

    more = go_on(chat, one.id)

    assert more.state == "first"
    assert pushed(chat, "はじめの人に送りました") == 0
    with chat.database.reading() as db:
        first, rest = (mailing.progress(db, each or 0) for each in (one.first_mailing, one.rest_mailing))
        everybody = [*mailing.everybody_in(db, one.first_mailing or 0)]
        everybody += mailing.everybody_in(db, one.rest_mailing or 0)
    assert (first.waiting, first.people, rest.people) == (3, 23, 3)
    assert everybody == sorted(set(everybody))
    settle(chat, outcome="accepted", accepted=3, done_at=chat.now)
    chat.wait(seconds=2)
    assert go_on(chat, one.id).state == "held"


@pytest.mark.parametrize("leaves", [0, 1], ids=["whole batches", "a part"])
def test_who_is_handed_over_stands_in_one_mailing_alone(chat: OneChat, leaves: int) -> None:
    one = waiting(chat, enlisted(chat, "U" + "7" * 32, "drafter"), "見学会", share=0)
    with chat.database.transaction() as db:
        mailing.add_batches(db, one.rest_mailing or 0, range(1_000, 1_002), due_at=None)
        moved = mailing.hand_over(db, one.rest_mailing or 0, one.first_mailing or 0, 3 - leaves, chat.now)
        lists = [[*mailing.everybody_in(db, each or 0)] for each in (one.first_mailing, one.rest_mailing)]

    assert moved == 3 - leaves
    assert lists[0][1:] + lists[1] == [1_000, 1_001]
    assert len(lists[1]) == leaves


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
            assert unlink_everywhere(db, [person_with(db, "saitama", number) or 0], chat.now)

    meant = meant_by({"saitama": branch_of(chat)}, lambda: chat.now)
    with chat.database.transaction() as db:
        ((_, due),) = mailing_batches.waiting(db, chat.now)
        (batch,) = mailing_batches.claim(db, "s", due, chat.now, 5)
        found = mailing_batches.addressees(db, batch, meant)

    assert found.user_ids == ((LISTENER,) if is_told else ())
    chat.close()


# Who was left out when the list was frozen


def test_who_was_left_out_of_the_list_is_reported_and_named(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, DRAFTER, "drafter"), enlisted(chat, APPROVER, "approver")
    chat.link("U" + "9" * 32, ("123456",))
    block(chat, "U" + "9" * 32)
    chat.link("U" + "6" * 32, (NUMBER, "K12345"))  # one of them is told elsewhere
    block(chat, "U" + "6" * 32)
    one = waiting(chat, drafter, "見学会", Segment((OfKind("member"),)))
    assert (one.listed, one.blocked, one.people) == (1, 2, one.unlinked + 3)
    chat.wait(seconds=1)
    chat.link("U" + "5" * 32, ("200041",))  # linked too late for this list
    approve(chat, one, approver)
    go_on(chat, one.id)
    settle(chat, outcome="accepted", accepted=1, done_at=chat.now)
    go_on(chat, one.id)
    over = go_on(chat, one.id)

    assert over.state == "sent"
    assert pushed(chat, f"{one.unlinked:,}人（宛先の確定時）") == 2
    with chat.database.reading() as db:
        blocked = [*broadcast_outcome.missed_numbers(db, branch_of(chat), over, "blocked")]
        unlinked = [*broadcast_outcome.missed_numbers(db, branch_of(chat), over, "unlinked")]
    assert blocked == ["123456", "K12345"]
    assert len(unlinked) == one.unlinked
    assert "200041" in unlinked
    chat.press(f"open:broadcast_missed?broadcast={one.id}")
    chat.say("ブロックしていた人")
    assert "•••456" in chat.words
    assert "2人" in chat.words


def test_what_an_approver_reads_is_of_one_moment_and_the_cost_is_who_is_told_now(chat: OneChat) -> None:
    drafter = enlisted(chat, DRAFTER, "drafter")
    for sign, number in (("9", "123456"), ("6", "K12345"), ("5", "200041")):
        chat.link("U" + sign * 32, (number,))
    one = waiting(chat, drafter, "見学会")
    block(chat, "U" + "9" * 32)
    chat.wait(seconds=1)
    with chat.database.transaction() as db:
        assert unlink_everywhere(db, [person_with(db, "saitama", "K12345") or 0], chat.now)
        line_quota.keep(db, "saitama", 1_000, 10, chat.now)
    chat.link("U" + "3" * 32, ("200061",))

    chat.press(f"open:broadcast_approval?broadcast={one.id}")

    assert f"4件のトーク（{one.people:,}人のうち）" in chat.words
    assert f"{one.unlinked:,}人には届きません" in chat.words
    assert "2件がブロックか連携解除。送りません" in chat.words
    assert "2通を使います（今の残り990通、送ると残り988通）" in chat.words


def test_what_was_sent_since_line_was_asked_is_taken_from_what_remains(chat: OneChat) -> None:
    one = held(chat)
    with chat.database.transaction() as db:
        line_quota.keep(db, "saitama", 1_000, 10, chat.now - timedelta(minutes=5))
        line_quota.keep(db, "kagawa", 1_000, 10, chat.now - timedelta(minutes=5))
        found, other = line_quota.quota(db, "saitama"), line_quota.quota(db, "kagawa")
        line_quota.keep(db, "saitama", 1_000, 11, chat.now)
        asked_again = line_quota.quota(db, "saitama")

    assert one.state == "held"
    assert [each and each.left for each in (found, other, asked_again)] == [989, 990, 989]


def test_a_test_arrives_as_members_get_it(chat: OneChat) -> None:
    me = chat.enlist("drafter")
    enlisted(chat, APPROVER, "approver")
    with chat.database.transaction() as db:
        number = broadcast_drafts.new_draft(db, "saitama", me, "見学会", chat.now, text="行います。")
    chat.press(f"open:broadcast?draft={number}&edit=preview")
    chat.say("自分にテスト送信")
    chat.press(f"open:broadcast?draft={number}&edit=preview")

    chat.say("承認を依頼する")

    with chat.database.reading() as db:
        rows = db.execute(select(Mailing.id, Mailing.subject, Mailing.messages).order_by(Mailing.id)).all()
        assert [*mailing.everybody_in(db, rows[0].id)] == [me.chat_id]
    assert len(rows) == 3
    assert len({(row.subject, row.messages) for row in rows}) == 1


def block(chat: OneChat, user_id: str) -> None:
    with chat.database.transaction() as db:
        db.execute(update(Conversation).where(Conversation.user_id == user_id).values(blocked=True))
