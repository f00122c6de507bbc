"""The desk's work: messages and their end, answers to people nobody sees, calls, counts, numbers as a picture, drafts."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image
from sqlalchemy import Connection, func, select, update

from bot.ways import way_of
from models import conversation, inbox, line_quota, question
from models.audit import acts
from models.base import Database, Refusal
from models.branch import Branch, load_branch, load_branches
from models.conversation import Conversation
from models.desk_calls import Waiting, to_be_called
from models.desk_retention import forget_old_words
from models.faq import load_faq
from models.faq_draft import Draft, draft, fitting
from models.figures import figures, in_text, read_text
from models.forget import forget_chat
from models.inbox import InboxTerms, Note, Thread
from models.question import Asker, OpenQuestion
from models.refusals import WORDS, RefusalCount, count_refusal, refused
from models.staff import accept, invite
from pictures.figures import Number, Sheet, figures_png
from scheduler.desk_calls import call_desks
from settings import ROOT
from tests.desk_scene import lay_on_the_desk
from tests.one_chat import OneChat, Rooms

BRANCH = "saitama"
MONDAY = datetime(2024, 7, 1, 1, 0, tzinfo=UTC)  # 10:00 in Japan
MOST_BYTES = 300_000
STAFF = 7


@pytest.fixture(scope="module")
def branch() -> Branch:
    return load_branch(ROOT / "branches" / BRANCH)


@pytest.fixture
def terms(branch: Branch) -> InboxTerms:
    assert branch.inbox is not None
    return branch.inbox.blocks[-1].terms


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("rooms"))


def a_chat(db: Connection, name: str = "a") -> int:
    return conversation.load(db, BRANCH, f"U{name * 32}", MONDAY).id


def leave(db: Connection, chat: int, text: str, terms: InboxTerms, now: datetime = MONDAY) -> bool:
    return inbox.leave(db, BRANCH, chat, text, f"m-{text}", terms, now)


# つなぐ


def test_messages_of_a_chat_are_one_thread_until_it_is_closed(database: Database, terms: InboxTerms) -> None:
    with database.transaction() as db:
        chat = a_chat(db)
        went_on = [leave(db, chat, text, terms) for text in ("一つ目", "二つ目")]
        (first,) = inbox.open_cases(db, BRANCH)
        inbox.close(db, BRANCH, first.id, first.last_note, STAFF, MONDAY)
        went_on.append(leave(db, chat, "三つ目", terms))
        (second,) = inbox.open_cases(db, BRANCH)

    assert went_on == [False, True, False]
    assert second.id != first.id


def test_two_first_messages_at_once_are_one_thread(database: Database, terms: InboxTerms) -> None:
    chat = database.run(a_chat)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda text: database.run(lambda db: leave(db, chat, text, terms)), ("一", "二")))

    with database.reading() as db:
        (case,) = inbox.open_cases(db, BRANCH)
    assert len(case.notes) == 2


def test_a_reply_is_bound_to_what_was_read(database: Database, terms: InboxTerms) -> None:
    with database.transaction() as db:
        chat = a_chat(db)
        leave(db, chat, "一つ目", terms)
        (read,) = inbox.open_cases(db, BRANCH)
        leave(db, chat, "二つ目", terms)
    late: list[Callable[[Connection], object]] = [
        lambda db: inbox.reply(db, BRANCH, read.id, read.last_note, "返信", STAFF, MONDAY),
        lambda db: inbox.close(db, BRANCH, read.id, read.last_note, STAFF, MONDAY),
        lambda db: inbox.reply(db, "kagawa", read.id, read.last_note, "返信", STAFF, MONDAY),
    ]

    for act in late:
        with pytest.raises(Refusal):
            database.run(act)

    with database.reading() as db:
        assert [case.state for case in inbox.open_cases(db, BRANCH)] == ["waiting"]


def test_of_two_desk_persons_who_answer_at_once_one_does_and_the_other_reads_the_answer(
    database: Database, terms: InboxTerms
) -> None:
    with database.transaction() as db:
        leave(db, a_chat(db), "一つ目", terms)
        (read,) = inbox.open_cases(db, BRANCH)

    def reply(by: int) -> str:
        answer = f"{by}の返信"
        try:
            database.run(lambda db: inbox.reply(db, BRANCH, read.id, read.last_note, answer, by, MONDAY))
        except Refusal as refusal:
            return refusal.text
        return answer

    with ThreadPoolExecutor(2) as threads:
        came = list(threads.map(reply, (1, 2)))

    with database.reading() as db:
        (case,) = inbox.open_cases(db, BRANCH, ("answered",))
    answers = [note.text for note in case.notes if note.by_staff]
    assert len(answers) == 1
    assert sorted(came) == sorted(
        [answers[0], f"ほかの担当が、もう返信しました。送った返信：「{answers[0]}」"]
    )


def test_who_has_left_gets_no_reply(database: Database, terms: InboxTerms) -> None:
    with database.transaction() as db:
        leave(db, a_chat(db), "一つ目", terms)
        (read,) = inbox.open_cases(db, BRANCH)
        db.execute(update(Conversation).values(blocked=True))

    with pytest.raises(Refusal, match="閉じている"):
        database.run(lambda db: inbox.reply(db, BRANCH, read.id, read.last_note, "返信", STAFF, MONDAY))


def test_too_many_messages_a_day_are_refused_and_the_next_day_is_new(
    database: Database, terms: InboxTerms
) -> None:
    few = replace(terms, messages_a_day=2)
    chat = database.run(a_chat)
    for text in ("一", "二"):
        database.run(lambda db, text=text: leave(db, chat, text, few))  # type: ignore[misc]

    with pytest.raises(Refusal, match="1日2件"):
        database.run(lambda db: leave(db, chat, "三", few))

    database.run(lambda db: leave(db, chat, "三", few, MONDAY + timedelta(days=1, seconds=1)))


def test_words_go_when_their_time_is_over(database: Database, branch: Branch, terms: InboxTerms) -> None:
    with database.transaction() as db:
        leave(db, a_chat(db, "a"), "済になる", terms)
        (done,) = inbox.open_cases(db, BRANCH)
        inbox.close(db, BRANCH, done.id, done.last_note, STAFF, MONDAY)
        leave(db, a_chat(db, "b"), "だれも済にしない", terms)
    kept = []

    for days in (terms.words_kept_days, terms.words_kept_days + 1, terms.thread_kept_days + 1, 400):
        now = MONDAY + timedelta(days=days)
        database.run(lambda db, now=now: forget_old_words(db, branch, now))  # type: ignore[misc]
        with database.reading() as db:
            kept.append(sorted(db.execute(select(Note.text)).scalars()))

    assert kept == [["だれも済にしない", "済になる"], ["だれも済にしない"], ["だれも済にしない"], []]


def test_forgetting_a_chat_removes_what_it_wrote(database: Database, terms: InboxTerms) -> None:
    with database.transaction() as db:
        leave(db, a_chat(db), "一つ目", terms)

    database.run(lambda db: forget_chat(db, BRANCH, "U" + "a" * 32, "test", MONDAY))

    with database.reading() as db:
        assert db.execute(select(Note.text)).scalars().all() == []
        assert inbox.open_cases(db, BRANCH) == []


# 質問


def asked(database: Database, text: str = "駐車場はどこ", kept_days: int = 14) -> int:
    def work(db: Connection) -> int:
        number = question.keep(db, BRANCH, "not_understood", text, f"m-{text}", MONDAY)
        question.keep_asker(db, number, "sealed", MONDAY + timedelta(days=kept_days))
        return number

    return database.run(work)


def askers(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(select(func.count()).select_from(Asker)).scalar_one())


def test_an_asker_is_forgotten_with_the_reply(database: Database) -> None:
    number = asked(database)

    sealed = database.run(lambda db: question.take_asker(db, BRANCH, number, MONDAY))

    assert sealed == "sealed"
    assert askers(database) == 0
    with pytest.raises(Refusal, match="もう「済」"):
        database.run(lambda db: question.take_asker(db, BRANCH, number, MONDAY))


def test_of_two_replies_at_once_one_goes_out(database: Database) -> None:
    number = asked(database)

    def take(_: int) -> str:
        try:
            return database.run(lambda db: question.take_asker(db, BRANCH, number, MONDAY))
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as threads:
        came = sorted(threads.map(take, range(2)))

    assert came == ["done_already", "sealed"]


def test_an_asker_is_forgotten_after_the_term_and_the_question_stays(
    database: Database, branch: Branch, terms: InboxTerms
) -> None:
    number = asked(database, kept_days=terms.asker_kept_days)
    later = MONDAY + timedelta(days=terms.asker_kept_days)

    with pytest.raises(Refusal, match="控えを消しています"):
        database.run(lambda db: question.take_asker(db, BRANCH, number, later))
    database.run(lambda db: forget_old_words(db, branch, later))

    assert askers(database) == 0
    with database.reading() as db:
        (group,) = question.groups(db, BRANCH, MONDAY - timedelta(days=1))
    assert [one.can_reply for one in group.asked] == [False]


@pytest.mark.parametrize("by", ["close", "unsend", "age"])
def test_an_asker_goes_wherever_the_question_goes(database: Database, by: str) -> None:
    number = asked(database)
    gone: dict[str, Callable[[Connection], object]] = {
        "close": lambda db: question.close(db, BRANCH, [number], MONDAY),
        "unsend": lambda db: question.forget(db, BRANCH, "m-駐車場はどこ"),
        "age": lambda db: question.forget_old(db, BRANCH, MONDAY + timedelta(seconds=1), MONDAY),
    }

    database.run(gone[by])

    assert askers(database) == 0


def test_who_asked_stands_nowhere_in_readable_form(rooms: Rooms) -> None:
    chat = rooms.chat(BRANCH)
    chat.say("ほげほげふがふがの件はどうなっていますか")

    with chat.database.reading() as db:
        (row,) = db.execute(select(OpenQuestion)).mappings().all()
        (sealed,) = db.execute(select(Asker.sealed)).scalars().all()
        mine = db.execute(select(Conversation.id)).scalar_one()

    assert chat.user_id not in str(row) + sealed
    assert "chat_id" not in OpenQuestion.__table__.columns
    assert chat.bot.world.seal.unseal_text("asker", sealed) == str(mine)
    assert chat.bot.world.seal.unseal_text("proof", sealed) is None
    assert "お返事することがあります" in chat.words
    chat.close()


def test_only_the_newest_questions_are_put_into_groups(database: Database) -> None:
    def work(db: Connection) -> None:
        for number in range(question.MOST_GROUPED + 2):
            asked_at = MONDAY + timedelta(seconds=number)
            question.keep(db, BRANCH, "not_understood", chr(0x4E00 + number) * 4, f"m-{number}", asked_at)

    database.run(work)

    with database.reading() as db:
        found = question.groups(db, BRANCH, MONDAY - timedelta(days=1))
        assert question.count_open(db, BRANCH, MONDAY - timedelta(days=1)) == question.MOST_GROUPED + 2
    assert len(found) == question.MOST_GROUPED
    assert chr(0x4E00) * 4 not in [group.texts[0] for group in found]


def test_the_staff_are_told_how_many_questions_are_left_beside_the_newest(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = rooms.chat(BRANCH)
    with chat.database.transaction() as db:
        for text in ("駐車場はどこ", "売店の営業", "食堂の献立"):
            question.keep(db, BRANCH, "not_understood", text, text, chat.now)
    monkeypatch.setattr(question, "MOST_GROUPED", 2)
    chat.enlist("desk")

    chat.say("質問を読む")

    assert "3件（新しい2件は2組）" in chat.words
    chat.close()


def test_questions_are_put_into_groups_once_for_an_answer(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, groups = rooms.chat(BRANCH), Mock(side_effect=question.groups)
    lay_on_the_desk(chat)
    monkeypatch.setattr(question, "groups", groups)
    chat.enlist("desk")

    for act in ("質問を読む", "1", "1", "似た質問2件を済にする", "済にする"):
        groups.reset_mock()
        chat.say(act)
        assert groups.call_count <= 1, act

    assert "2件を一覧から消しました" in chat.words
    chat.close()


@pytest.mark.parametrize("way", ["words", "button"])
def test_of_one_chat_so_many_questions_are_kept_a_day(rooms: Rooms, terms: InboxTerms, way: str) -> None:
    chat = rooms.chat(BRANCH)

    def ask() -> int:
        if way == "words":
            chat.say("ほげほげふがふがの件はどうなっていますか")
        else:
            chat.press("open:unsolved?topic=-")
        with chat.database.reading() as db:
            return question.count_open(db, BRANCH, chat.now - timedelta(days=2))

    kept = [ask() for _ in range(terms.messages_a_day + 1)]
    told = chat.words
    chat.wait(days=1)

    assert kept == [*range(1, terms.messages_a_day + 1), terms.messages_a_day]
    assert "担当に伝えます" not in told
    assert "お返事することがあります" not in told
    assert ask() == terms.messages_a_day + 1
    chat.close()


def test_a_reply_that_reaches_nobody_leaves_the_question_to_be_closed(rooms: Rooms) -> None:
    chat = rooms.chat(BRANCH)
    chat.say("ほげほげふがふがの件はどうなっていますか")
    with chat.database.transaction() as db:
        db.execute(update(Conversation).values(blocked=True))
    chat.user_id = "U" + "f" * 32
    chat.enlist("desk")

    for act in ("質問を読む", "1", "この質問に返信する", "来月お知らせします", "送る"):
        chat.say(act)
    refused = chat.words
    open_still = askers(chat.database)
    for act in ("質問を読む", "1", "この質問を済にする", "済にする"):
        chat.say(act)

    assert "返信が届きません。「済」にしてください" in refused
    assert open_still == 1
    assert "1件を一覧から消しました" in chat.words
    assert askers(chat.database) == 0
    chat.close()


# Calls


def test_a_desk_person_is_called_once_joined_and_not_at_night(
    database: Database, branch: Branch, terms: InboxTerms
) -> None:
    def prepared(db: Connection) -> int:
        chat = a_chat(db, "s")
        assert branch.staff is not None
        staff_terms = branch.staff.blocks[-1].terms
        code = invite(db, BRANCH, ["desk"], "", staff_terms, "test", MONDAY)
        accept(db, BRANCH, chat, code, staff_terms, MONDAY)
        return a_chat(db, "m")

    member = database.run(prepared)
    called: list[int] = []

    def at(minutes: int, *texts: str) -> None:
        now = MONDAY + timedelta(minutes=minutes)
        for text in texts:
            database.run(lambda db: leave(db, member, text, terms, now))  # noqa: B023
        called.append(call_desks(database, [branch], now))

    at(0)
    at(15, "一", "二")
    at(20, "三")  # a quarter of an hour is not over
    at(30)
    at(45)
    at(10 * 60, "四")  # 20:00
    at(24 * 60)

    assert called == [0, 1, 0, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("hours", "is_called"), [(-2, False), (0, True), (8, False), (5 * 24, False), (14 * 24, False)],
    ids=["08:00", "10:00", "18:00", "saturday", "marine-day"],
)  # fmt: skip
def test_nobody_is_called_outside_decent_hours(
    database: Database, terms: InboxTerms, hours: int, is_called: bool
) -> None:
    now = MONDAY + timedelta(hours=hours)

    with database.transaction() as db:
        found = to_be_called(db, [a_chat(db)], Waiting(1, 0, 0, now), terms, now)

    assert bool(found) == is_called


def test_two_runs_at_once_call_once(database: Database, terms: InboxTerms) -> None:
    chat = database.run(a_chat)
    waiting = Waiting(0, 1, 0, MONDAY)

    def run(_: int) -> int:
        return len(database.run(lambda db: to_be_called(db, [chat], waiting, terms, MONDAY)))

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(run, range(2))) == 1


# Counts


def test_refusals_are_counted_by_day_and_reason_without_a_person(database: Database) -> None:
    for now, code in ((MONDAY, "lost"), (MONDAY, "lost"), (MONDAY, "new_reason"), (MONDAY, "x")):
        database.run(lambda db, now=now, code=code: count_refusal(db, BRANCH, "redeem", code, now))  # type: ignore[misc]

    with database.reading() as db:
        found = refused(db, BRANCH, "redeem", MONDAY.date(), MONDAY.date())
        other = refused(db, "kagawa", "redeem", MONDAY.date(), MONDAY.date())

    assert [(one.code, one.count) for one in found] == [("lost", 2), ("other", 2)]
    assert other == ()
    assert set(RefusalCount.__table__.columns.keys()) == {"branch", "day", "flow", "code", "count"}


@pytest.mark.parametrize(
    ("number", "facility", "code"),
    [
        ("200041", "fs0031", "paper_only"),
        ("123456", "fs0099", "no_facility"),
        ("200061", "fs0007", "kind"),
        ("200051", "fs0007", "not_yet"),
        ("12345601", "fs0031", "not_here"),
    ],
)
def test_every_no_in_a_redemption_is_counted_once_in_the_same_transaction(
    rooms: Rooms, number: str, facility: str, code: str
) -> None:
    chat = rooms.chat(BRANCH, linked=(number,))
    chat.press(f"open:redeem?facility_code={facility}&confirm_facility=yes")

    with chat.database.reading() as db:
        rows = db.execute(select(RefusalCount.code, RefusalCount.__table__.c["count"])).all()
    counted: dict[str, int] = dict(tuple(row) for row in rows)
    assert counted == ({} if code == "no_facility" else {code: 1})
    assert all(each in WORDS for each in counted)
    chat.close()


def test_a_refusal_that_ends_the_talk_is_counted_though_its_effects_are_undone(rooms: Rooms) -> None:
    chat = rooms.chat(BRANCH, linked=("123456",))
    chat.press("open:redeem?facility_code=fs0031&confirm_facility=yes")
    with chat.database.transaction() as db:
        db.execute(update(conversation.Conversation).values(blocked=False))
        forget_links(db)

    chat.press(chat.buttons("answer")[0].data)

    with chat.database.reading() as db:
        assert [row.code for row in db.execute(select(RefusalCount))] == ["unlinked"]
    chat.close()


def forget_links(db: Connection) -> None:
    db.execute(update(conversation.Conversation.metadata.tables["links"]).values(live=None))


# 見える化


def test_the_figures_in_the_address_are_the_figures_in_the_words(database: Database, branch: Branch) -> None:
    with database.transaction() as db:
        leave(db, a_chat(db), "一つ目", branch.inbox.blocks[-1].terms if branch.inbox else None)  # type: ignore[arg-type]
        question.keep(db, BRANCH, "not_understood", "駐車場はどこ", "", MONDAY)
        for day in (MONDAY, MONDAY - timedelta(days=1)):  # the day before is of the month before
            count_refusal(db, BRANCH, "redeem", "lost", day)
        line_quota.keep(db, BRANCH, 5_000, 1_234, MONDAY)
        line_quota.keep(db, BRANCH, 5_000, 1_300, MONDAY)

        found = figures(db, branch, MONDAY)

    assert [(one.label, one.today, one.month) for one in found.refused] == [("資格がなくなった", 1, 1)]
    assert dict(found.waiting) == {"残った質問": 1, "届いた伝言": 1, "紙の申請": 0}
    assert found.quota is not None
    assert found.quota.in_words() == "1,300通／5,000通"
    assert read_text(in_text(found, "#0B6B5D")) == (found, "#0B6B5D")


def test_the_picture_is_small_enough_for_a_phone() -> None:
    numbers = [Number("クーポン利用", 98_765, 1_234_567)] * 3
    reasons = [Number("この施設・時期では使えない", 12_345, 9_876_543)] * 6
    waiting = [("答えられなかった質問", 99_999)] * 3
    sheet = Sheet("12月31日（火）の数字", 1_200_000, numbers, reasons, waiting, "29,999通／30,000通")

    png = figures_png(sheet, "#0B6B5D")

    assert len(png) <= MOST_BYTES
    assert Image.open(BytesIO(png)).size == (720, 900)


def test_the_picture_is_drawn_for_a_branch_without_coupons(database: Database) -> None:
    kagawa = load_branches(ROOT / "branches")["kagawa"]

    with database.reading() as db:
        found = figures(db, kagawa, MONDAY)

    assert [one.label for one in found.counted] == ["新しい連携"]
    assert found.quota is None
    assert figures_png(Sheet("数字", found.linked, [], [], found.waiting, "—"), "#8A4B08")


# FAQ drafts


@pytest.mark.parametrize(
    ("questions", "answer"),
    [
        (["駐車場はありますか"], ""),
        (
            ["駐車場: ありますか？ #1", "- 駐車場\n'\"はどこ", "〔番号〕のことです"],
            "あります。\n・北側\n・南側",
        ),
        (["あ" * 300], "yes"),
    ],
    ids=["no-answer", "signs", "long"],
)
def test_a_draft_can_be_pasted_and_read(tmp_path: Path, questions: list[str], answer: str) -> None:
    text = draft(Draft(questions, answer, "welfare", "福利課厚生担当"), MONDAY.date())
    folder = tmp_path / BRANCH
    folder.mkdir()
    before = (ROOT / "branches" / BRANCH / "faq.yaml").read_text("utf-8")
    for file in (ROOT / "branches" / BRANCH).glob("*.yaml"):
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")

    (folder / "faq.yaml").write_text(f"{before}\n{text}", "utf-8")

    added = load_faq(folder).entries[-1]
    assert added.owner == "福利課厚生担当"
    assert not any("〔" in trigger for trigger in added.triggers)
    if answer:
        assert load_faq(folder).answer(added, MONDAY.date()) == answer


@pytest.mark.parametrize(("questions", "answer"), [([], "x"), (["駐車場"], "{coupon.quantity}")])
def test_what_cannot_be_a_draft_is_refused(questions: list[str], answer: str) -> None:
    with pytest.raises(Refusal):
        draft(Draft(questions, answer, "welfare", "担当"), MONDAY.date())


# The record


@pytest.mark.parametrize(("alike", "left_out"), [(3, 0), (30, 19)])
def test_a_draft_in_the_chat_is_no_longer_than_line_takes(alike: int, left_out: int) -> None:
    questions = [f"{place:02}{'長い質問' * 100}" for place in range(alike)]

    text, more = fitting(Draft(questions, "答え", "welfare", "担当"), MONDAY.date(), 5_000)

    assert len(text) <= 5_000
    assert questions[0] in text.replace("\n", "").replace(" ", "")
    assert more == left_out


def test_staff_acts_are_in_the_record_without_anybodys_words(rooms: Rooms) -> None:
    chat = rooms.chat(BRANCH, staff=("desk",))
    with chat.database.transaction() as db:
        terms = chat.bot.world.branch.inbox
        assert terms is not None
        leave(db, a_chat(db, "m"), "ひみつの相談です", terms.blocks[-1].terms)
    chat.press("open:staff_messages")
    chat.say("1")
    chat.press(chat.buttons("answer")[0].data)
    chat.say("ないしょの返信です")
    chat.press(chat.buttons("answer")[0].data)
    assert "返信を送りました" in chat.words

    with chat.database.reading() as db:
        kept = acts(db, BRANCH)
        state = db.execute(select(Thread.state)).scalar_one()

    assert state == "answered"
    assert [act.act for act in kept][-1] == "message.reply"
    assert not any(word in str(act) for act in kept for word in ("ひみつ", "ないしょ"))
    chat.close()


def test_a_draft_of_an_answer_is_in_the_record_without_its_words(rooms: Rooms) -> None:
    chat = rooms.chat(BRANCH, staff=("desk",))
    asked(chat.database)

    for act in ("質問を読む", "1", "答えの下書きを作る", "ひみつの答え"):
        chat.say(act)

    assert "ひみつの答え" in chat.words
    with chat.database.reading() as db:
        last = acts(db, BRANCH)[-1]
        number = db.execute(select(OpenQuestion.id)).scalar_one()
    assert (last.act, last.about) == ("question.draft", f"question:{number}")
    assert "ひみつ" not in str(last)
    chat.close()


@pytest.mark.parametrize(
    "flow", ["staff_paper", "staff_posting", "staff_messages", "staff_questions", "staff_figures"]
)
@pytest.mark.parametrize("roles", [(), ("drafter",)], ids=["member", "drafter"])
def test_only_the_desk_enters_its_talks(rooms: Rooms, flow: str, roles: tuple[str, ...]) -> None:
    chat: OneChat = rooms.chat(BRANCH, linked=("123456",), staff=roles)  # type: ignore[arg-type]
    chat.press(f"open:{flow}")

    for data in (
        f"answer:{flow}:which:{chat.place.turn}:1",
        f"open:{flow}?which=1&decision=confirm&certain=yes",
    ):
        chat.press(data)
        assert not chat.step.startswith(flow)
    if flow == "staff_figures" and roles:
        return  # everybody of the staff may see the numbers
    chat.press(f"open:{flow}")
    assert ("今の役割では使えません" if roles else "前の画面のボタン") in chat.words
    chat.close()


@pytest.mark.parametrize("file", ["paper", "staff/paper", "staff/messages", "staff/questions"])
def test_no_answer_of_the_desks_talks_is_a_word_that_leads_out(file: str) -> None:
    keys = "yes|no|keep|cancel|confirm|ask|decline|done|all|reply|draft"
    source = (ROOT / "handlers" / f"{file}.py").read_text("utf-8")

    labels = re.findall(rf'"(?:{keys})(?:-{{seen}})?": f?"([^"{{]+)', source)

    assert labels
    assert [label for label in labels if way_of(label)] == []


THINGS = (
    "駐車場の場所",
    "売店の営業",
    "図書の貸出",
    "合宿の費用",
    "ロッカーの鍵",
    "会報の送付",
    "名札の紛失",
    "朝食の時刻",
    "弓道の教室",
    "傘立て",
)


def test_every_group_of_questions_can_be_reached(rooms: Rooms) -> None:
    chat = rooms.chat(BRANCH, staff=("desk",))
    with chat.database.transaction() as db:
        for text in THINGS:
            question.keep(db, BRANCH, "not_understood", text, text, chat.now)
    chat.press("open:staff_questions")
    first = {button.label for button in chat.buttons("answer")}

    chat.say("もっと見る") if not chat.buttons("open") else chat.press(chat.buttons("open")[0].data)

    second = {button.label for button in chat.buttons("answer")}
    assert len(first) == 8
    assert len(second) == 2
    assert first | second == set(THINGS)
    chat.close()


def test_every_question_of_a_group_can_be_reached(rooms: Rooms) -> None:
    chat = rooms.chat(BRANCH, staff=("desk",))
    with chat.database.transaction() as db:
        for row in range(10):
            text = f"駐車場の場所はどこで{'す' * row}か"
            question.keep(db, BRANCH, "not_understood", text, text, chat.now + timedelta(minutes=row))
    chat.press("open:staff_questions")
    chat.say("1")
    first = {button.label for button in chat.buttons("answer")}

    chat.press(next(each.data for each in chat.buttons("open") if each.label == "もっと見る"))

    second = {button.label for button in chat.buttons("answer")}
    assert (len(first), len(second), len(first | second)) == (8, 2, 10)
    assert "もっと見る" not in {button.label for button in chat.buttons("open")}
    chat.say("2")
    assert "この質問を済にする" in chat.words
    chat.close()


@pytest.mark.parametrize("text", ["🙇🙇", "👍", "！？", "　", "12"])
def test_signs_alone_are_no_question(rooms: Rooms, text: str) -> None:
    chat = rooms.chat(BRANCH)

    chat.say(text)

    with chat.database.reading() as db:
        assert question.count_open(db, BRANCH, MONDAY - timedelta(days=1)) == 0
    chat.close()


def test_what_staff_type_is_no_question_of_a_member(rooms: Rooms) -> None:
    chats = rooms.chat(BRANCH, staff=("approver",)), rooms.chat(BRANCH)

    for chat in chats:
        chat.say("もう一度たしかめたいやつ")
        assert "わかりませんでした" in chat.words

    with chats[0].database.reading() as db:
        assert question.count_open(db, BRANCH, MONDAY - timedelta(days=1)) == 0
    with chats[1].database.reading() as db:
        assert question.count_open(db, BRANCH, MONDAY - timedelta(days=1)) == 1
    for chat in chats:
        chat.close()
