"""Who may do what with a broadcast: the second yes, drafts for those who write, and a list in which all is found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from models import (
    broadcast_asking,
    broadcast_drafts,
    mailing,
    staff,
)
from models.audit import acts
from models.base import Refusal
from models.broadcasts import Broadcast, Draft
from models.conversation import Conversation
from models.member import Membership
from tests.announced import (
    APPROVER,
    DRAFTER,
    LISTENER,
    approve,
    approvers_chat,
    enlisted,
    go_on,
    listing,
    mailings,
    myself,
    pushed,
    seen,
    settle,
    waiting,
)
from tests.one_chat import OneChat, Rooms

NIGHT = datetime(2024, 7, 1, 13, 0, tzinfo=UTC)  # 22:00 in Japan


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("broadcasts"))


@pytest.fixture
def chat(rooms: Rooms) -> Iterator[OneChat]:
    chat = approvers_chat(rooms)
    yield chat
    chat.close()


# The second yes


def test_nobody_approves_their_own(chat: OneChat) -> None:
    both = enlisted(chat, "U" + "7" * 32, "drafter", "approver")
    one = waiting(chat, both, "見学会")

    with pytest.raises(Refusal) as refused:
        approve(chat, one, both)

    assert refused.value.code == "own_wish"
    assert seen(chat, one.id).state == "waiting"


def test_who_asked_and_came_back_as_an_approver_does_not_approve(chat: OneChat) -> None:
    drafter = enlisted(chat, "U" + "7" * 32, "drafter")
    one = waiting(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        staff.leave(db, "saitama", drafter.id, "test", chat.now)
    again = enlisted(chat, "U" + "7" * 32, "approver")

    with pytest.raises(Refusal) as refused:
        approve(chat, one, again)

    assert refused.value.code == "own_wish"


def test_who_wrote_the_words_that_another_asks_for_does_not_approve_them(chat: OneChat) -> None:
    me = chat.enlist("drafter", "approver")
    drafter = enlisted(chat, "U" + "7" * 32, "drafter")
    first = waiting(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        broadcast_asking.reopen(db, first, drafter, chat.now)
        broadcast_drafts.change(db, seen(chat, first.id), me, chat.now, text="中止します。")
    with chat.database.transaction() as db:
        draft = seen(chat, first.id)
        assert broadcast_asking.ask(db, draft, drafter, mailings(db, draft, chat), 20, chat.now)
    assert go_on(chat, first.id).state == "draft"
    assert pushed(chat, "承認できる人が、ほかにいません") == 1

    other = enlisted(chat, "U" + "8" * 32, "approver")
    with chat.database.transaction() as db:
        draft = seen(chat, first.id)
        assert broadcast_asking.ask(db, draft, drafter, mailings(db, draft, chat), 20, chat.now)
    one = go_on(chat, first.id)
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    assert "ご自分が作った配信や直した配信は" in chat.words
    with pytest.raises(Refusal) as refused:
        approve(chat, one, me)
    assert refused.value.code == "own_wish"
    approve(chat, one, other)


@pytest.mark.parametrize("typed", ["", "承認を依頼する", "1"], ids=["pressed", "label", "number"])
def test_what_another_changed_after_the_preview_is_not_asked_for(chat: OneChat, typed: str) -> None:
    me = chat.enlist("drafter")
    other = enlisted(chat, "U" + "7" * 32, "drafter")
    enlisted(chat, "U" + "8" * 32, "approver")
    with chat.database.transaction() as db:
        number = broadcast_drafts.new_draft(db, "saitama", me, "見学会", chat.now, text="行います。")
    chat.press(f"open:broadcast?draft={number}&edit=preview")
    ask = chat.buttons("answer")[0].data
    with chat.database.transaction() as db:
        broadcast_drafts.change(db, seen(chat, number), other, chat.now, text="行いません。")

    chat.say(typed) if typed else chat.press(ask)

    assert seen(chat, number).state == "draft"
    assert "行いません。" in chat.words
    chat.press(chat.buttons("answer")[0].data)
    assert seen(chat, number).state == "listing"


@pytest.mark.parametrize(("letters", "taken"), [(5_000, True), (5_001, False), (9_000, False)])
def test_a_text_that_line_would_not_take_is_refused_whole(chat: OneChat, letters: int, taken: bool) -> None:
    chat.enlist("drafter")
    chat.press("open:broadcast")
    chat.say("見学会")

    chat.say("あ" * letters)

    assert (chat.step == "broadcast.picture") is taken
    assert (f"今は{letters:,}文字" in chat.words) is not taken


def test_those_who_were_told_are_written_to_when_it_is_known_who_they_are(chat: OneChat) -> None:
    me, approver = chat.enlist("drafter"), enlisted(chat, "U" + "8" * 32, "approver")
    one = waiting(chat, enlisted(chat, "U" + "7" * 32, "drafter"), "見学会")
    approve(chat, one, approver)
    assert go_on(chat, one.id).state == "first"
    settle(chat, outcome="accepted", accepted=1, done_at=chat.now)
    with chat.database.transaction() as db:
        draft = broadcast_drafts.correct(db, seen(chat, one.id), me, chat.now)

    chat.press(f"open:broadcast?draft={draft}&edit=preview")
    chat.press(chat.buttons("answer")[0].data)

    assert "「見学会」は、まだ送信中です" in chat.words
    assert seen(chat, draft).state == "draft"
    go_on(chat, one.id)
    assert go_on(chat, one.id).state == "sent"
    chat.press(f"open:broadcast?draft={draft}&edit=preview")
    chat.press(chat.buttons("answer")[0].data)
    assert seen(chat, draft).state == "listing"


@pytest.mark.parametrize(
    ("address", "why_not"),
    [
        ("https://example.com/a?b=%E3%81%82&c=1#d", ""),
        ("https://example.com:8443", ""),
        ("https://example.com/a b", "https:// で始まる"),
        ("https://example.com/{id}", "https:// で始まる"),
        ("https://[example", "https:// で始まる"),
        ("http://example.com/", "https:// で始まる"),
        (f"https://example.com/{'a' * 981}", "1,000文字までです（今は1,001文字）"),
    ],
)
def test_an_address_that_line_would_refuse_is_not_taken(chat: OneChat, address: str, why_not: str) -> None:
    me = chat.enlist("drafter")
    with chat.database.transaction() as db:
        number = broadcast_drafts.new_draft(db, "saitama", me, "見学会", chat.now, text="行います。")
    chat.press(f"open:broadcast?draft={number}&edit=button")
    chat.say("ページを開く")

    chat.say(address)

    assert (chat.step == "broadcast.label") is (not why_not)
    assert why_not in chat.words


def test_a_word_of_many_workplaces_is_to_be_said_more_closely(chat: OneChat) -> None:
    me = chat.enlist("drafter")
    with chat.database.transaction() as db:
        people = (
            db.execute(select(Membership.number).where(Membership.branch == "saitama").distinct().limit(12))
            .scalars()
            .all()
        )
        for place, each in enumerate(people):
            named = "試験校" if place == 11 else f"{place:02}試験校"
            db.execute(update(Membership).where(Membership.number == each).values(workplace=named))
        number = broadcast_drafts.new_draft(db, "saitama", me, "見学会", chat.now, text="行います。")
    chat.press(f"open:broadcast?draft={number}&edit=audience")
    chat.say("人の条件で選ぶ")
    chat.say("所属所")

    chat.say("試験")
    assert "10か所をこえます" in chat.words
    chat.say("試験校")
    assert chat.buttons("answer")[0].label == "試験校"


def test_an_approver_who_has_blocked_the_bot_is_nobody_to_ask(chat: OneChat) -> None:
    drafter = enlisted(chat, "U" + "7" * 32, "drafter")
    one = listing(chat, drafter, "見学会")
    with chat.database.transaction() as db:
        db.execute(update(Conversation).where(Conversation.user_id == chat.user_id).values(blocked=True))

    assert go_on(chat, one.id).state == "draft"
    assert pushed(chat, "承認できる人が、ほかにいません") == 1


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


def test_that_nobody_is_left_to_approve_stands_on_its_card(rooms: Rooms) -> None:
    chat = rooms.chat("saitama", staff=("drafter",))
    chat.link(LISTENER, ("200001",))
    other = enlisted(chat, APPROVER, "approver")
    one = waiting(chat, myself(chat), "見学会")
    chat.press(f"open:broadcast_progress?broadcast={one.id}")
    before = chat.words
    with chat.database.transaction() as db:
        staff.leave(db, "saitama", other.id, "test", chat.now)

    chat.press(f"open:broadcast_progress?broadcast={one.id}")

    assert "承認できる人が、今はいません" not in before
    assert "承認できる人が、今はいません" in chat.words
    chat.close()


def test_an_approver_who_leaves_in_the_middle_approves_nothing(chat: OneChat) -> None:
    one = waiting(chat, enlisted(chat, "U" + "7" * 32, "drafter"), "見学会")
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    yes = chat.buttons("answer")[0].data
    with chat.database.transaction() as db:
        staff.leave(db, "saitama", myself(chat).id, "test", chat.now)

    chat.press(yes)

    assert "職員の登録が終わったため、この操作はできません" in chat.words
    assert "承認" not in chat.words
    assert seen(chat, one.id).state == "waiting"
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    assert "職員の登録が終わっています" in chat.words


@pytest.mark.parametrize(
    ("said", "heard"), [("見学会を行います。", "職員の登録が終わった"), ("死にたい", "つらい")]
)
def test_a_drafter_who_leaves_in_the_middle_is_told_so_and_danger_goes_first(
    chat: OneChat, said: str, heard: str
) -> None:
    chat.enlist("drafter")
    chat.press("open:broadcast")
    chat.say("見学会")
    with chat.database.transaction() as db:
        staff.leave(db, "saitama", myself(chat).id, "test", chat.now)

    chat.say(said)

    assert heard in chat.words
    chat.say("見学会を行います。")
    assert "職員の登録" not in chat.words  # said once; from now on a member writes


def test_staff_may_write_of_what_is_grave(chat: OneChat) -> None:
    chat.enlist("drafter")
    chat.press("open:broadcast")
    chat.say("自殺予防週間")

    chat.say("「死にたい」と聞いたときは、ひとりで抱えず、よりそいホットラインへお電話ください。")

    assert "申し訳" not in chat.words
    assert "つらいお気持ち" not in chat.words


@pytest.mark.parametrize(("edit", "heard"), [("", "先に本文を文字で"), ("text", "「直す」から付けられます")])
def test_a_photo_that_comes_too_early_is_told_so(chat: OneChat, edit: str, heard: str) -> None:
    me = chat.enlist("drafter")
    with chat.database.transaction() as db:
        number = broadcast_drafts.new_draft(db, "saitama", me, "見学会", chat.now, text="行います。")
    chat.press(f"open:broadcast?draft={number}&edit={edit}" if edit else "open:broadcast")
    if not edit:
        chat.say("見学会")

    chat.photo(())

    assert heard in chat.words
    assert "二次元コード" not in chat.words
    assert chat.step == "broadcast.text"


def test_who_leaves_a_draft_is_told_where_it_is(chat: OneChat) -> None:
    chat.enlist("drafter")
    chat.press("open:broadcast")
    chat.say("見学会")
    chat.say("やめる")
    assert "何も登録していません" in chat.words
    chat.press("open:broadcast")
    chat.say("見学会")
    chat.say("見学会を行います。")

    chat.say("やめる")

    assert "「配信の一覧」の「下書き」に残っています" in chat.words
    assert "何も登録していません" not in chat.words


@pytest.mark.parametrize(
    "change",
    [{"text": "別の文"}, {"title": "別の件名"}, {"list_digest": "x"}, {"quiet_reason": "理由"}],
    ids=["text", "title", "list", "reason"],
)
@pytest.mark.parametrize("typed", ["", "承認する", "1"], ids=["pressed", "label", "number"])
def test_what_changed_after_it_was_seen_is_not_approved(
    chat: OneChat, change: dict[str, str], typed: str
) -> None:
    one = waiting(chat, enlisted(chat, "U" + "7" * 32, "drafter"), "見学会")
    chat.press(f"open:broadcast_approval?broadcast={one.id}")
    yes = chat.buttons("answer")[0].data
    with chat.database.transaction() as db:
        db.execute(update(Broadcast).values(**change))

    chat.say(typed) if typed else chat.press(yes)

    assert seen(chat, one.id).state == "waiting"
    assert "表示したあとで、内容が変わりました" in chat.words
    chat.press(yes)  # the old bubble's button is over, too
    assert seen(chat, one.id).state == "waiting"


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
        chat.say("やめる")
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
