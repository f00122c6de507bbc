"""Linking a chat with a person: pages, proof, nonces, limits, disowning (design §8)."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import TypeVar

import pytest
from sqlalchemy import Connection, func, insert, select

from models import broadcast_lists, calendar_pages, conversation, inbox, linking, links, point_pages, question
from models.audit import acts
from models.base import Database, Refusal
from models.broadcast_lists import ListPage
from models.calendar_pages import CalendarPage
from models.forget import forget_chat
from models.imports import import_members
from models.linking import Linked, LinkRequest, OpenPage, WrongTry
from models.member import Link, linked, number_as_stored, person_with
from models.point_pages import PointPage
from models.points_terms import Points
from models.question import QuestionCount
from tests.one_chat import Rooms
from tests.points_people import points_of

T = TypeVar("T")

HEADER = (
    "number,name,kana,birthdate,sex,kind,employment,acquired_on,lost_on,term_ends_on,workplace,"
    "refresh_coupons,auth_code,previous_number"
)
MEMBER = "123456,見本 太郎,ミホン タロウ,1974-01-22,M,member,regular,2008-04-01,,,見本小学校,3,,"
SPOUSE = "12345601,見本 花子,ミホン ハナコ,1976-03-03,F,spouse,,2008-04-01,,,,,,"
WITH_K = "K12345,見本 京子,ミホン キョウコ,1990-05-05,F,member,regular,2015-04-01,,,見本中学校,3,,"
WITH_CODE = "777777,見本 符号,ミホン フゴウ,1980-01-01,F,member,regular,2015-04-01,,,見本中学校,3,AB12,"
NOW = datetime(2024, 7, 1, 0, 0, tzinfo=UTC)
BORN = date(1974, 1, 22)


class Desk:
    """Chats and the linking pages they open; `now` may be moved."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.now = database, folder, NOW

    def take(self, *rows: str) -> None:
        file = self.folder / "members.csv"
        file.write_text("\n".join([HEADER, *rows]), "utf-8")
        import_members(self.database, "saitama", file, now=self.now)

    def chat(self, user: str = "U1", branch: str = "saitama") -> int:
        return self.database.run(lambda db: conversation.load(db, branch, user, self.now).id)

    def page(self, user: str = "U1") -> str:
        chat = self.chat(user)
        return self.database.run(lambda db: linking.new_page(db, chat, self.now))

    def opened(self, page: str) -> OpenPage | None:
        with self.database.reading() as db:
            return linking.open_page(db, page, self.now)

    def try_(
        self,
        number: str = "123456",
        born: date = BORN,
        code: str | None = None,
        user: str = "U1",
        points: Points | None = None,
    ) -> int | None:
        opened = self.opened(self.page(user))
        assert opened is not None
        return self.database.run(
            lambda db: linking.prove(db, opened, number, born, code, self.now, points=points)
        )

    def nonce(self, number: str = "123456", born: date = BORN, user: str = "U1") -> str:
        opened = self.opened(self.page(user))
        assert opened is not None

        def work(db: Connection) -> str:
            person = linking.prove(db, opened, number, born, None, self.now)
            assert person is not None
            return linking.keep_nonce(db, opened, person, self.now)

        return self.database.run(work)

    def finish(self, nonce: str, user: str = "U1") -> Linked | None:
        chat = self.chat(user)
        return self.database.run(lambda db: linking.finish(db, chat, nonce, self.now))

    def link(self, user: str = "U1", number: str = "123456", born: date = BORN) -> Linked:
        linked = self.finish(self.nonce(number, born, user), user)
        assert linked is not None
        return linked

    def people(self, user: str = "U1") -> tuple[int, ...]:
        chat = self.chat(user)
        with self.database.reading() as db:
            return tuple(linked(db, chat))

    def person(self, number: str) -> int | None:
        with self.database.reading() as db:
            return person_with(db, "saitama", number)

    def count(self, table: type) -> int:
        with self.database.reading() as db:
            return db.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    found = Desk(database, tmp_path)
    found.take(MEMBER, SPOUSE, WITH_K, WITH_CODE)
    return found


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("rooms"))


# The page


def test_a_page_is_good_for_thirty_minutes(desk: Desk) -> None:
    page = desk.page()

    desk.now = NOW + timedelta(minutes=29, seconds=59)
    assert desk.opened(page) is not None
    desk.now = NOW + timedelta(minutes=30)
    assert desk.opened(page) is None


def test_a_page_is_good_once(desk: Desk) -> None:
    page = desk.page()
    opened = desk.opened(page)
    person = desk.person("123456")
    assert opened is not None
    assert person is not None

    desk.database.run(lambda db: linking.keep_nonce(db, opened, person, NOW))

    assert desk.opened(page) is None
    with pytest.raises(Refusal, match="使い終わりました"):
        desk.database.run(lambda db: linking.keep_nonce(db, opened, person, NOW))


def test_a_waiting_chat_is_shown_the_page_it_has_until_that_is_over(rooms: Rooms) -> None:
    chat = rooms.chat("saitama")

    def shown() -> list[str]:
        return re.findall(r"/link/([\w-]+)", str(chat.messages))

    def pages() -> int:
        with chat.database.reading() as db:
            return db.execute(select(func.count()).select_from(LinkRequest)).scalar_one()

    chat.say("連携")
    chat.say("同意して進む")
    first = shown()
    for _ in range(3):
        chat.say("ほげほげふがふが")
    assert (len(first), shown(), pages()) == (1, first, 1)
    chat.wait(minutes=30)
    chat.say("ほげほげふがふが")

    assert pages() == 2
    assert shown() != first
    chat.close()


def test_pages_and_wrong_tries_are_forgotten_after_a_day(desk: Desk) -> None:
    desk.try_("999999")

    def forgotten(ahead: timedelta) -> int:
        return desk.database.run(lambda db: linking.forget_old(db, NOW + ahead))

    assert forgotten(timedelta(hours=23)) == 0
    assert forgotten(timedelta(hours=25)) == 2
    assert (desk.count(LinkRequest), desk.count(WrongTry)) == (0, 0)


@pytest.mark.parametrize("page", ["", "x", "' OR 1=1 --", "a" * 5_000])
def test_an_unknown_page_is_none(desk: Desk, page: str) -> None:
    desk.page()

    assert desk.opened(page) is None


def test_neither_page_nor_nonce_is_kept_in_clear(desk: Desk) -> None:
    page, nonce = desk.page(), desk.nonce()

    with desk.database.reading() as db:
        kept = [
            value
            for row in db.execute(select(LinkRequest.page_hash, LinkRequest.nonce_hash))
            for value in row
        ]
    assert page not in kept
    assert nonce not in kept


# The proof


@pytest.mark.parametrize(
    ("number", "born"),
    [
        ("123456", "1974-01-22"),
        ("１２３４５６", "1974-01-22"),
        (" 123456 ", "1974-01-22"),
        ("123-456", "1974-01-22"),
        ("12345601", "1976-03-03"),
        ("123456-01", "1976-03-03"),
        ("１２３４５６ー０１", "1976-03-03"),
        ("K12345", "1990-05-05"),
        ("k12345", "1990-05-05"),
        ("Ｋ１２３４５", "1990-05-05"),
        ("ｋ１２３４５", "1990-05-05"),
    ],
)
def test_the_number_is_read_however_wide_it_is_typed(desk: Desk, number: str, born: str) -> None:
    assert desk.try_(number, date.fromisoformat(born)) == desk.person(number_as_stored(number))


FAILURES = [
    pytest.param("123456", "1974-01-23", None, id="another birth date"),
    pytest.param("12345601", "1974-01-22", None, id="the spouse's number, the member's birth date"),
    pytest.param("123456", "1976-03-03", None, id="the member's number, the spouse's birth date"),
    pytest.param("999999", "1974-01-22", None, id="a number nobody has"),
    pytest.param("", "1974-01-22", None, id="no number"),
    pytest.param("K123456", "1990-05-05", None, id="a letter too much"),
    pytest.param("777777", "1980-01-01", "AB13", id="another code"),
    pytest.param("777777", "1980-01-01", "", id="no code"),
    pytest.param("123456", "1974-01-22", "AB12", id="somebody else's code"),
]


@pytest.mark.parametrize(("number", "born", "code"), FAILURES)
def test_every_failure_looks_the_same_and_is_counted(
    desk: Desk, number: str, born: str, code: str | None
) -> None:
    assert desk.try_(number, date.fromisoformat(born), code) is None
    assert desk.count(WrongTry) == 1
    assert desk.people() == ()


@pytest.mark.parametrize("code", ["AB12", "ＡＢ１２", " AB12 ", "ab12", "Ab12", "ａｂ１２", "AB-12", "ab 12"])
def test_a_branch_that_posts_codes_asks_for_them(desk: Desk, code: str) -> None:
    assert desk.try_("777777", date(1980, 1, 1), code) == desk.person("777777")


@pytest.mark.parametrize(("posted", "typed"), [("cd34ef", "ＣＤ３４ｅｆ"), ("Cd34-ef", "cd34EF")])
def test_capitals_width_and_dashes_of_a_posted_code_do_not_matter_either(
    desk: Desk, posted: str, typed: str
) -> None:
    desk.take(AFTER.format(back="2015-04-01", code=posted))

    assert desk.try_("888888", date(1980, 1, 1), typed) is not None


def test_a_posted_code_of_dashes_alone_opens_nothing(desk: Desk) -> None:
    desk.take(AFTER.format(back="2015-04-01", code="--"))

    assert desk.try_("888888", date(1980, 1, 1), "") is None


BEFORE = "777777,見本 符号,ミホン フゴウ,1980-01-01,F,member,regular,2015-04-01,{lost},,見本中学校,3,AB12,"
AFTER = "888888,見本 符号,ミホン フゴウ,1980-01-01,F,member,regular,{back},,,見本中学校,3,{code},777777"


def test_a_code_posted_under_the_number_before_goes_with_the_number_of_today(desk: Desk) -> None:
    desk.take(BEFORE.format(lost="2024-06-01"), AFTER.format(back="2024-06-01", code=""))

    assert desk.try_("888888", date(1980, 1, 1), "AB12") == desk.person("777777")
    assert desk.count(WrongTry) == 0


@pytest.mark.parametrize(
    ("lost", "code", "is_right"),
    [
        ("2023-12-02", "AB12", True),  # away for less than six months
        ("2023-12-01", "AB12", False),
        ("2023-12-01", "CD34", True),
    ],
)
def test_whoever_is_back_after_six_months_needs_the_new_code(
    desk: Desk, lost: str, code: str, is_right: bool
) -> None:
    desk.take(BEFORE.format(lost=lost), AFTER.format(back="2024-06-01", code="CD34"))

    proved = desk.try_("888888", date(1980, 1, 1), code, points=points_of("kagawa"))

    assert (proved is not None) is is_right


def test_another_branchs_person_is_not_found(desk: Desk) -> None:
    chat = desk.chat("U1", "aichi")
    opened = OpenPage(1, chat, "aichi", "U1")

    assert desk.database.run(lambda db: linking.prove(db, opened, "123456", BORN, None, NOW)) is None


def test_a_changed_number_is_the_same_person(desk: Desk) -> None:
    before = desk.link().person.id
    renumbered = MEMBER.replace("123456", "654321", 1).removesuffix(",") + ",123456"

    desk.take(renumbered, SPOUSE)

    assert desk.people() == (before,)
    assert desk.try_("654321", user="U2") == before
    assert desk.try_("123456", user="U3") is None


def test_both_numbers_are_good_while_both_stand_in_the_file(desk: Desk) -> None:
    """The card with the new number comes when its period begins."""
    ending = MEMBER.replace(",2008-04-01,,", ",2008-04-01,2024-09-01,")
    coming = "654321,見本 太郎,ミホン タロウ,1974-01-22,M,member,regular,2024-09-01,,,見本小学校,3,,123456"

    desk.take(ending, coming)

    assert desk.try_("123456") == desk.try_("654321", user="U2") == desk.person("123456")


# Wrong tries


def test_five_wrong_tries_a_day_stop_a_chat(desk: Desk) -> None:
    for number in range(5):
        assert desk.try_(f"90000{number}") is None

    with pytest.raises(Refusal, match="本日の連携を止めています"):
        desk.try_()
    assert desk.try_(user="U2") is not None


def test_ten_wrong_tries_a_day_stop_a_number_in_every_chat(desk: Desk) -> None:
    for attempt in range(10):
        assert desk.try_(born=date(1974, 1, attempt + 1), user=f"U{attempt // 5}") is None

    with pytest.raises(Refusal):
        desk.try_(user="U9")
    with pytest.raises(Refusal):
        desk.try_("１２３４５６", user="U9")
    assert desk.try_("K12345", date(1990, 5, 5), user="U9") is not None


def test_a_number_that_nobody_has_is_stopped_like_any_other(desk: Desk) -> None:
    for attempt in range(10):
        assert desk.try_("999999", user=f"U{attempt // 5}") is None

    with pytest.raises(Refusal):
        desk.try_("999999", user="U9")


def test_the_next_day_one_may_try_again(desk: Desk) -> None:
    for _ in range(5):
        desk.try_("999999")

    desk.now = NOW + timedelta(days=1, seconds=1)

    assert desk.try_() is not None


def test_the_desk_lets_a_number_try_again(desk: Desk) -> None:
    for attempt in range(10):
        desk.try_(born=date(1974, 1, 1), user=f"U{attempt // 5}")

    cleared = desk.database.run(lambda db: linking.clear_tries(db, "saitama", number="１２３４５６"))

    assert cleared == 10
    assert desk.try_() is not None


@pytest.mark.parametrize("whom", ["U1", ""], ids=["the chat", "the branch"])
def test_the_desk_lets_a_chat_try_again_that_has_mistyped_its_number(desk: Desk, whom: str) -> None:
    for number in range(5):
        desk.try_(f"90000{number}")
    wrong_tries(desk, 1, "kagawa")

    cleared = desk.database.run(lambda db: linking.clear_tries(db, "saitama", user_id=whom))

    assert (cleared, desk.count(WrongTry)) == (5, 1)
    assert desk.try_() is not None


def wrong_tries(desk: Desk, count: int, branch: str = "saitama") -> None:
    """Tries that failed in another chat of the branch."""
    chat = desk.chat("U9", branch)
    rows = [{"chat_id": chat, "number_hash": f"{number}", "at": NOW} for number in range(count)]
    with desk.database.transaction() as db:
        db.execute(insert(WrongTry), rows)


def test_the_tries_of_one_association_stop_no_other(desk: Desk) -> None:
    wrong_tries(desk, linking.WRONG_OVERALL, "kagawa")

    assert desk.try_() is not None


def test_the_more_members_the_more_tries_stop_all_chats(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "WRONG_OVERALL", 2)
    monkeypatch.setattr(linking, "MEMBERS_FOR_ONE", 1)  # four members
    wrong_tries(desk, 3)
    assert desk.try_() is not None
    wrong_tries(desk, 1)

    with pytest.raises(Refusal):
        desk.try_()


def test_all_chats_together_stop_at_the_overall_limit(desk: Desk) -> None:
    wrong_tries(desk, linking.WRONG_OVERALL)

    with pytest.raises(Refusal):
        desk.try_()
    desk.now = NOW + timedelta(days=1, seconds=1)
    assert desk.try_() is not None


def test_right_tries_are_not_counted(desk: Desk) -> None:
    for _ in range(8):
        assert desk.try_() is not None
    assert desk.count(WrongTry) == 0


def test_many_forms_at_once_are_counted_like_one_after_another(desk: Desk) -> None:
    opened = desk.opened(desk.page())
    assert opened is not None
    start, stopped = Barrier(12), list[str]()

    def form(number: int) -> None:
        start.wait()
        try:
            desk.database.run(lambda db: linking.prove(db, opened, f"9000{number:02}", BORN, None, NOW))
        except Refusal as refusal:
            stopped.append(refusal.code)

    _together(form, range(12))

    assert (desk.count(WrongTry), stopped) == (5, ["too_many_tries"] * 7)


# The nonce, and the link


def test_the_nonce_makes_the_link_once(desk: Desk) -> None:
    nonce = desk.nonce()

    first, second = desk.finish(nonce), desk.finish(nonce)

    assert first is not None
    assert first.person.latest.number == "123456"
    assert second is None
    assert desk.people() == (first.person.id,)


@pytest.mark.parametrize(("minutes", "good"), [(9.9, True), (10, False), (60, False)])
def test_a_nonce_lives_ten_minutes(desk: Desk, minutes: float, good: bool) -> None:
    nonce = desk.nonce()

    desk.now = NOW + timedelta(minutes=minutes)

    assert (desk.finish(nonce) is not None) is good
    assert bool(desk.people()) is good


def test_a_nonce_is_good_in_its_own_chat_alone(desk: Desk) -> None:
    nonce = desk.nonce()
    desk.chat("U2")

    assert desk.finish(nonce, "U2") is None
    assert desk.people("U2") == ()
    assert desk.finish("another nonce") is None


def test_a_nonce_names_its_chat_when_the_event_names_nobody(desk: Desk) -> None:
    nonce = desk.nonce(user="U7")

    with desk.database.reading() as db:
        assert linking.user_of_nonce(db, "saitama", nonce) == "U7"
        assert linking.user_of_nonce(db, "aichi", nonce) is None
        assert linking.user_of_nonce(db, "saitama", "another") is None


def test_member_and_spouse_in_one_chat(desk: Desk) -> None:
    member = desk.link().person.id
    spouse = desk.link(number="12345601", born=date(1976, 3, 3)).person.id

    assert desk.people() == (member, spouse)


def test_who_links_again_in_one_chat_has_one_live_link_from_then_on(desk: Desk) -> None:
    first, second = desk.link(), desk.link()

    with desk.database.reading() as db:
        live = db.execute(select(Link.id).where(Link.live.is_(True))).scalars().all()
        ended = db.execute(select(Link.id).where(Link.ended_at.is_not(None))).scalars().all()
    assert (live, ended) == ([second.link_id], [first.link_id])


def test_a_person_is_in_two_chats_at_most(desk: Desk) -> None:
    desk.link("U1")
    second = desk.link("U2")

    assert [user for _, user in second.others] == ["U1"]
    with pytest.raises(Refusal, match="すでに2つのトーク"):
        desk.try_(user="U3")
    assert desk.try_(user="U1") is not None


def test_a_third_chat_that_proved_itself_earlier_is_refused_too(desk: Desk) -> None:
    early = desk.nonce(user="U3")
    desk.link("U1")
    desk.link("U2")

    with pytest.raises(Refusal, match="すでに2つのトーク"):
        desk.finish(early, "U3")
    assert desk.people("U3") == ()


def test_of_many_chats_that_link_at_once_two_succeed(desk: Desk) -> None:
    users = [f"U{number}" for number in range(6)]
    nonces = {user: desk.nonce(user=user) for user in users}
    start, refused = Barrier(len(users)), list[str]()

    def finish(user: str) -> None:
        start.wait()
        try:
            desk.finish(nonces[user], user)
        except Refusal as refusal:
            refused.append(refusal.code)

    _together(finish, users)

    assert refused == ["two_chats"] * 4
    assert sum(bool(desk.people(user)) for user in users) == 2


# Ending a link


def test_unlinking_ends_one_link_or_all(desk: Desk) -> None:
    member = desk.link().person.id
    spouse = desk.link(number="12345601", born=date(1976, 3, 3)).person.id
    chat = desk.chat()

    assert desk.database.run(lambda db: links.unlink(db, chat, member, NOW)) == 1
    assert desk.people() == (spouse,)
    assert desk.database.run(lambda db: links.unlink(db, chat, None, NOW)) == 1
    assert desk.people() == ()
    assert desk.link().person.id == member


def test_a_disowned_link_ends_and_stays_shut(desk: Desk) -> None:
    desk.link("U1")
    stranger = desk.link("U2")
    chat = desk.chat("U1")
    with desk.database.reading() as db:
        assert [each.id for each in links.elsewhere(db, chat)] == [stranger.link_id]

    whose = desk.database.run(lambda db: links.disown(db, chat, stranger.link_id, NOW))

    assert whose == stranger.person.id

    assert desk.people("U2") == ()
    assert len(desk.people("U1")) == 1
    assert desk.try_(user="U2") is None
    assert desk.try_(user="U3") is not None
    assert desk.database.run(lambda db: links.undisown(db, stranger.person.id)) == 1
    assert desk.link("U2").person.id == stranger.person.id


def test_the_desk_is_told_of_a_link_that_was_disowned(rooms: Rooms) -> None:
    chat = rooms.chat("saitama", linked=("123456",))
    chat.link("U" + "2" * 32, ("123456",))

    chat.say("これは私ではありません")
    chat.say("覚えがない")

    with chat.database.reading() as db:
        [case], [act] = inbox.open_cases(db, "saitama"), acts(db, "saitama")
    assert "覚えのない連携" in case.notes[0].text
    assert (act.act, act.who) == ("link.disown", f"chat:{case.chat_id}")
    chat.close()


def test_who_is_forgotten_leaves_no_page_and_no_try_behind(desk: Desk) -> None:
    person, chat = desk.link().person.id, desk.chat()
    desk.try_("999999")
    with desk.database.transaction() as db:
        point_pages.new_page(db, chat, person, "address", NOW)
        calendar_pages.new_page(db, chat, [], NOW)
        broadcast_lists.new_page(db, chat, NOW)
        question.count_question(db, chat, 1, NOW)
    tables = (LinkRequest, WrongTry, PointPage, CalendarPage, ListPage, QuestionCount)
    assert all(desk.count(table) for table in tables)

    desk.database.run(lambda db: forget_chat(db, "saitama", "U1", "test", NOW))

    assert [table for table in tables if desk.count(table)] == []


def test_only_a_chat_that_holds_the_person_may_disown(desk: Desk) -> None:
    link = desk.link("U1")
    other = desk.link("U2", "K12345", date(1990, 5, 5))
    chat = desk.chat("U2")

    assert desk.database.run(lambda db: links.disown(db, chat, link.link_id, NOW)) is None
    assert desk.database.run(lambda db: links.disown(db, chat, 9_999, NOW)) is None
    assert desk.people("U1") == (link.person.id,)
    assert desk.people("U2") == (other.person.id,)


def test_a_link_is_disowned_once(desk: Desk) -> None:
    desk.link("U1")
    stranger = desk.link("U2")
    chat = desk.chat("U1")

    assert [
        desk.database.run(lambda db: links.disown(db, chat, stranger.link_id, NOW)) for _ in range(2)
    ] == [stranger.person.id, None]


def test_a_disowned_chat_cannot_finish_an_earlier_proof(desk: Desk) -> None:
    desk.link("U1")
    stranger = desk.link("U2")
    early = desk.nonce(user="U2")
    chat = desk.chat("U1")

    desk.database.run(lambda db: links.disown(db, chat, stranger.link_id, NOW))

    assert desk.finish(early, "U2") is None
    assert desk.people("U2") == ()


def _together(work: Callable[[T], None], each: Sequence[T]) -> None:
    threads = [Thread(target=work, args=(one,)) for one in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
