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
from models.conversation import Conversation
from models.linking import unlink_everywhere
from models.mailing import Mailing, MailingBatch
from models.member import person_with
from models.outbox import Outgoing
from models.segments import Segment
from models.staff import StaffMember
from scheduler.broadcasts import advance
from tests.announced import APPROVER, DRAFTER, LISTENER, branch_of, enlisted, listing, seen, waiting
from tests.one_chat import OneChat, Rooms

NIGHT = datetime(2024, 7, 1, 13, 0, tzinfo=UTC)  # 22:00 in Japan
LATE_EVENING = datetime(2024, 7, 1, 11, 59, 20, tzinfo=UTC)  # 20:59:20
MORNING = datetime(2024, 7, 1, 23, 0, tzinfo=UTC)  # 8:00


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("broadcasts"))


@pytest.fixture
def chat(rooms: Rooms) -> Iterator[OneChat]:
    """An approver's chat; somebody is linked to be told."""
    chat = rooms.chat("saitama", staff=("approver",))
    chat.link(LISTENER, ("200001",))
    yield chat
    chat.close()


def approve(chat: OneChat, one: Draft, by: StaffMember) -> None:
    with chat.database.transaction() as db:
        broadcast_asking.decide(db, one, one.digest(), by, True, chat.now)


def go_on(chat: OneChat, number: int) -> Draft:
    """A worker takes the broadcast one step on."""
    advance(chat.database, branch_of(chat), seen(chat, number), chat.now)
    return seen(chat, number)


def settle(chat: OneChat, **values: object) -> None:
    """A sender writes down what became of the batches that are due."""
    with chat.database.transaction() as db:
        owed = update(MailingBatch).where(MailingBatch.outcome.is_(None), MailingBatch.due_at.is_not(None))
        db.execute(owed.values(**values))


def myself(chat: OneChat) -> StaffMember:
    """The staff person whose chat it is."""
    with chat.database.reading() as db:
        mine = db.execute(select(Conversation.id).where(Conversation.user_id == chat.user_id)).scalar_one()
        found = staff.staff_of(db, mine)
    assert found
    return found


def pushed(chat: OneChat, words: str) -> int:
    with chat.database.reading() as db:
        return sum(words in each for each in db.execute(select(Outgoing.messages)).scalars())


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


# The second yes


def test_nobody_approves_their_own(chat: OneChat) -> None:
    both = enlisted(chat, "U" + "7" * 32, "drafter", "approver")
    one = waiting(chat, both, "見学会")

    with pytest.raises(Refusal) as refused:
        approve(chat, one, both)

    assert refused.value.code == "own_wish"
    assert seen(chat, one.id).state == "waiting"


def test_of_two_approvers_at_once_one_decides_and_the_other_is_told(chat: OneChat) -> None:
    one = waiting(chat, enlisted(chat, "U" + "7" * 32, "drafter"), "見学会")
    other = enlisted(chat, "U" + "8" * 32, "approver")
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    yes = chat.buttons("answer")[0].data
    approve(chat, one, other)

    chat.press(yes)

    assert "承認を待っていません" in chat.words
    with chat.database.reading() as db:
        decided = [
            act
            for act in acts(db, "saitama")
            if act.act.startswith("approval.") and act.act != "approval.ask"
        ]
    assert len(decided) == 1


def test_who_approves_sees_the_cost_and_whom_it_does_not_reach_and_what_is_new(chat: OneChat) -> None:
    one = waiting(chat, enlisted(chat, DRAFTER, "drafter"), "見学会")

    chat.press(f"open:broadcast_approval?broadcast={one.id}")

    for words in ("1通を使います", "人には届きません", "前回の配信はありません"):
        assert words in chat.words


def test_what_is_approved_at_night_is_said_to_begin_in_the_morning(chat: OneChat) -> None:
    one = waiting(chat, enlisted(chat, DRAFTER, "drafter"), "見学会")
    chat.now = NIGHT
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    assert "夜間に承認されたときは、朝になってから送ります" in chat.words

    chat.press(chat.buttons("answer")[0].data)

    assert "夜間のため、7月2日（火） 08:00に送り始めます。" in chat.words


def test_what_was_to_be_sent_before_now_cannot_be_approved_and_goes_back_for_a_new_hour(
    chat: OneChat,
) -> None:
    one = listing(chat, enlisted(chat, DRAFTER, "drafter"), "見学会")
    other = enlisted(chat, APPROVER, "approver")
    with chat.database.transaction() as db:
        db.execute(update(Broadcast).values(send_at=chat.now + timedelta(hours=1)))
    go_on(chat, one.id)
    chat.wait(hours=1)

    with pytest.raises(Refusal) as refused:
        approve(chat, seen(chat, one.id), other)
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    ways = [each.label for each in chat.buttons("answer")]
    chat.press(chat.buttons("answer")[0].data)

    assert (refused.value.code, ways) == ("past", ["下書きに戻す"])
    assert seen(chat, one.id).state == "draft"
    assert pushed(chat, "日時を決め直して") == 1


def test_when_the_last_approver_leaves_before_the_list_is_frozen_the_drafter_is_told(chat: OneChat) -> None:
    one = listing(chat, enlisted(chat, DRAFTER, "drafter"), "見学会")
    with chat.database.transaction() as db:
        staff.leave(db, "saitama", myself(chat).id, "test", chat.now)

    assert go_on(chat, one.id).state == "draft"
    assert pushed(chat, "承認できる人が、ほかにいません") == 1


def test_an_approver_who_leaves_in_the_middle_approves_nothing(chat: OneChat) -> None:
    one = waiting(chat, enlisted(chat, "U" + "7" * 32, "drafter"), "見学会")
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    yes = chat.buttons("answer")[0].data
    with chat.database.transaction() as db:
        staff.leave(db, "saitama", myself(chat).id, "test", chat.now)

    chat.press(yes)

    assert chat.messages
    assert "承認" not in chat.words
    assert seen(chat, one.id).state == "waiting"


@pytest.mark.parametrize(
    "change",
    [{"text": "別の文"}, {"title": "別の件名"}, {"list_digest": "x"}, {"quiet_reason": "理由"}],
    ids=["text", "title", "list", "reason"],
)
def test_what_changed_after_it_was_seen_is_not_approved(chat: OneChat, change: dict[str, str]) -> None:
    one = waiting(chat, enlisted(chat, "U" + "7" * 32, "drafter"), "見学会")
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    yes = chat.buttons("answer")[0].data
    with chat.database.transaction() as db:
        db.execute(update(Broadcast).values(**change))

    chat.press(yes)

    assert seen(chat, one.id).state == "waiting"
    assert "今はお選びいただけません" in chat.words


def test_what_changed_after_it_was_approved_is_not_sent(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    one = waiting(chat, drafter, "見学会")
    approve(chat, one, approver)
    with chat.database.transaction() as db:
        db.execute(update(Broadcast).values(text="別の文"))

    now = go_on(chat, one.id)

    assert now.state == "draft"
    assert pushed(chat, "送信を見合わせました") == 2
    with chat.database.reading() as db:
        assert mailing.progress(db, one.first_mailing or 0).stopped == 1


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
    approve(chat, one, approver)
    before = chat.now

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


# Sending


def test_the_first_are_told_then_a_minute_passes_then_the_rest(chat: OneChat) -> None:
    drafter, approver = enlisted(chat, "U" + "7" * 32, "drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    one = waiting(chat, drafter, "見学会")
    approve(chat, one, approver)
    assert go_on(chat, one.id).state == "first"
    settle(chat, outcome="accepted", accepted=1, done_at=chat.now)

    held = go_on(chat, one.id)
    assert held.state == "held"
    assert held.due_at == chat.now + timedelta(seconds=60)
    chat.wait(seconds=61)
    assert go_on(chat, one.id).state == "rest"
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
    one = waiting(chat, drafter, "見学会")
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


# Who may write


CORRECT = "訂正の下書きを作る"


def sent(chat: OneChat) -> Draft:
    """A broadcast that the person of the chat has approved, and LINE has taken."""
    one = waiting(chat, enlisted(chat, DRAFTER, "drafter"), "見学会")
    approve(chat, one, myself(chat))
    go_on(chat, one.id)
    settle(chat, outcome="accepted", accepted=1, done_at=chat.now)
    go_on(chat, one.id)
    chat.wait(seconds=61)
    go_on(chat, one.id)
    assert go_on(chat, one.id).state == "sent"
    return one


def test_an_approver_who_may_not_write_is_offered_no_draft(chat: OneChat) -> None:
    one = sent(chat)

    chat.press(f"open:broadcast_progress?broadcast={one.id}")
    offered = [each.label for each in chat.buttons("open")]
    chat.press(f"open:broadcast_act?broadcast={one.id}&act=correct")

    assert "届いていない人" in offered
    assert not {CORRECT, "これをもとに作る", "直す"} & {*offered}
    assert "一覧から選んでください" in chat.words
    assert pushed(chat, CORRECT) == 1


def test_who_writes_finds_the_missed_and_the_correction_on_what_is_sent_or_being_sent(rooms: Rooms) -> None:
    chat = rooms.chat("saitama", staff=("drafter", "approver"))
    chat.link(LISTENER, ("200001",))
    offered = []
    one = sent(chat)
    for state in ("first", "held", "rest", "sent", "stopped"):
        with chat.database.transaction() as db:
            db.execute(update(Broadcast).values(state=state))
        chat.press(f"open:broadcast_progress?broadcast={one.id}")
        offered.append({each.label for each in chat.buttons("open")} >= {CORRECT, "届いていない人"})
    chat.close()

    assert offered == [True] * 5


# The list of broadcasts


def test_everything_in_the_list_can_be_reached_and_everything_that_is_searched_for(rooms: Rooms) -> None:
    chat = rooms.chat("saitama", staff=("drafter",))
    words = "長い言葉で探すとき" * 2
    with chat.database.transaction() as db:
        for number in range(20):
            chat.wait(seconds=1)
            broadcast_drafts.new_draft(
                db, "saitama", myself(chat), f"{number}通目", chat.now, text=f"{words}のこと"
            )

    found = []
    for begin in (("draft",), ("search", words)):
        chat.say("配信の一覧")
        chat.press(next(each.data for each in chat.buttons("answer") if each.data.endswith(begin[0])))
        for each in begin[1:]:
            chat.say(each)
        titles = [each.label for each in chat.buttons("answer")]
        while more := [each.data for each in chat.buttons("open") if each.label == "もっと見る"]:
            assert len(more[0]) <= 300
            chat.press(more[0])
            titles += [each.label for each in chat.buttons("answer")]
        found.append(titles)
    chat.close()

    assert found == [[f"{number}通目" for number in reversed(range(20))]] * 2


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
