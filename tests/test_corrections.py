"""Giving back and registering afterwards: when a second yes is needed, who wins a race, what a CSV may do."""

import csv
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from models import approval, conversation, coupon_uses, coupons, paper
from models.approval import WITHDRAWN, Wish, waiting, wish_with_id
from models.audit import acts, verify
from models.base import Database, Refusal
from models.branch import load_branch
from models.corrections import KIND, Corrected, Seen, correct, decide, give_back_one, lately, seen, why_second
from models.coupon_uses import GivenBack, Redemption, Use
from models.facility import facility
from models.imports import import_facilities, import_members
from models.member import Person, holder, person_with
from models.outage import why_none
from models.outage_file import register_file
from models.outbox import Outgoing
from models.paper_confirming import confirm
from models.paper_posting import new_posting, unposted, write_posting
from models.staff import StaffMember, accept, invite, leave
from models.table_file import BadRows
from settings import ROOT
from tests.one_chat import Rooms

BRANCH = load_branch(ROOT / "branches" / "saitama")
NOW = datetime(2024, 7, 10, 1, 0, tzinfo=UTC)
MEMBER, OTHER = "123456", "K12345"


class Office:
    """A database with the demo's people and some staff."""

    def __init__(self, database: Database) -> None:
        self.database = database
        assert BRANCH.staff is not None
        assert BRANCH.coupons is not None
        self.terms, self.dated = BRANCH.staff.on(NOW.date()), BRANCH.coupons
        demo = BRANCH.folder / "demo"
        import_members(database, "saitama", demo / "members.csv", now=NOW)
        import_facilities(database, "saitama", demo / "facilities.csv")
        self.desk, self.second = self.staff("d1", "desk"), self.staff("d2", "desk")
        self.approver, self.other_approver = (
            self.staff("a1", "approver"),
            self.staff("a2", "approver", "desk"),
        )

    def staff(self, user: str, *roles: str) -> StaffMember:
        with self.database.transaction() as db:
            chat = conversation.load(db, "saitama", f"U{user}", NOW).id
            code = invite(db, "saitama", roles, user, self.terms, "test", NOW)  # type: ignore[arg-type]
            made = accept(db, "saitama", chat, code, self.terms, NOW)
        assert made is not None
        return made

    def use(self, number: str, code: str, kind: str, quantity: int = 1, now: datetime = NOW) -> list[int]:
        """Uses coupons; the ids of all that the person has used."""
        with self.database.transaction() as db:
            one, here = holder(db, person_with(db, "saitama", number) or 0), facility(db, "saitama", code)
            assert one is not None
            assert here is not None
            coupons.redeem(db, self.dated, one, here, kind, quantity, now)
            return [use for use, *_ in coupon_uses.use_ids(db, one.id, 2024)]

    def seen(self, number: str, uses: list[int], reason: str = "quantity") -> Seen:
        with self.database.reading() as db:
            return seen(db, person_with(db, "saitama", number) or 0, uses, reason)

    def correct(self, me: StaffMember, what: Seen, now: datetime = NOW) -> Corrected:
        return self.database.run(lambda db: correct(db, "saitama", me, what, self.terms, now))

    def wish(self) -> Wish:
        with self.database.reading() as db:
            (only,) = waiting(db, "saitama", KIND)
        return only

    def decide(self, me: StaffMember, wish: Wish, yes: bool = True) -> Seen:
        return self.database.run(lambda db: decide(db, wish, me, yes, NOW))

    def to_paper(self, number: str) -> None:
        """The desk confirms that the person has changed to paper coupons."""
        assert BRANCH.paper is not None
        with self.database.transaction() as db:
            one = holder(db, person_with(db, "saitama", number) or 0)
            assert one is not None
            told = {"reason": "sight", "words": "", "message_id": ""}
            request = paper.ask(db, "saitama", one, NOW.date(), **told, now=NOW)
            confirm(db, "saitama", self.dated, BRANCH.paper, request, by=self.desk.id, now=NOW)

    def posted(self) -> dict[str, str]:
        """Takes a posting list of one person; how many of each coupon stand in it."""
        written = StringIO()
        with self.database.transaction() as db:
            taken = new_posting(db, "saitama", NOW)
            write_posting(db, self.dated, "saitama", taken.id, NOW.date(), written)
        (row,) = csv.DictReader(StringIO(written.getvalue()))
        return {name: row[name] for name in list(row)[5:-1] if row[name]}

    def given_back(self) -> int:
        with self.database.reading() as db:
            return db.execute(select(func.count()).select_from(GivenBack)).scalar_one()

    def is_whole(self) -> bool:
        with self.database.streaming() as db:
            return verify(db, "saitama").problems == ()


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


# When one staff person may decide alone


def test_one_coupon_is_given_back_at_once_and_stands_in_the_record_without_the_person(office: Office) -> None:
    uses = office.use(MEMBER, "fs0011", "dental")

    made = office.correct(office.desk, office.seen(MEMBER, uses))

    assert made.waits == ""
    assert office.given_back() == 1
    with office.database.reading() as db:
        last = acts(db, "saitama")[-1]
    assert (last.who, last.act) == (office.desk.who, "coupon.give_back")
    assert MEMBER not in str(last)
    assert "見本" not in str(last)
    assert office.is_whole()


def test_the_record_knows_the_reason_s_code_and_never_free_words(office: Office) -> None:
    office.use(MEMBER, "fs0011", "dental")
    dental, refresh = office.use(MEMBER, "fs0031", "refresh")
    office.correct(office.desk, office.seen(MEMBER, [dental], "wrong_coupon"))
    free = "病気のため利用していない"
    office.database.run(lambda db: give_back_one(db, refresh, reason=free, author="コマンド", now=NOW))

    with office.database.reading() as db:
        entered = [act for act in acts(db, "saitama") if act.act == "coupon.give_back"]

    reasons = [act.after["reason"] for act in entered if act.after]
    assert reasons == ["wrong_coupon", "other"]
    assert free not in str(entered)


@pytest.mark.parametrize(
    ("days", "waits"), [(0, "person"), (29, "person"), (31, "")], ids=["today", "day 29", "day 31"]
)
def test_a_second_coupon_of_a_person_within_thirty_days_needs_a_second_yes(
    office: Office, days: int, waits: str
) -> None:
    first = office.use(MEMBER, "fs0011", "dental")
    office.correct(office.desk, office.seen(MEMBER, first))
    later = NOW + timedelta(days=days)
    *_, another = office.use(MEMBER, "fs0031", "refresh", now=later)

    made = office.correct(office.second, office.seen(MEMBER, [another]), later)

    assert made.waits == waits


def test_the_eleventh_of_a_day_needs_a_second_yes(office: Office) -> None:
    terms = replace(office.terms, alone_per_day=2)
    with office.database.reading() as db:
        person = person_with(db, "saitama", MEMBER) or 0
        assert [
            why_second(db, office.desk, person, n, replace(terms, alone_per_person=9), NOW) for n in (2, 3)
        ] == [
            "",
            "day",
        ]
    for number in (MEMBER, OTHER):
        uses = office.use(number, "fs0011", "dental")
        office.correct(office.desk, office.seen(number, uses))

    with office.database.reading() as db:
        stranger = person_with(db, "saitama", "200001") or 0
        assert why_second(db, office.desk, stranger, 1, terms, NOW) == "day"
        assert why_second(db, office.second, stranger, 1, terms, NOW) == ""
        assert why_second(db, office.desk, stranger, 1, terms, NOW + timedelta(days=1)) == ""
    assert office.terms.alone_per_day == 10


# The second yes


@pytest.fixture
def asked(office: Office) -> Iterator[Wish]:
    """Two coupons at once: a second yes is needed."""
    uses = office.use(MEMBER, "fs0031", "refresh", 2)
    assert office.correct(office.desk, office.seen(MEMBER, uses)).waits == "person"
    yield office.wish()
    assert office.is_whole()


def test_a_second_yes_gives_back_in_the_name_of_who_asked(office: Office, asked: Wish) -> None:
    office.decide(office.approver, asked)

    assert office.given_back() == 2
    with office.database.reading() as db:
        assert set(db.execute(select(GivenBack.author)).scalars()) == {office.desk.who}
        assert waiting(db, "saitama") == []


def test_a_no_changes_nothing_and_stands(office: Office, asked: Wish) -> None:
    office.decide(office.approver, asked, yes=False)

    assert office.given_back() == 0
    with pytest.raises(Refusal, match="すでに決まって"):
        office.decide(office.other_approver, asked)
    assert office.given_back() == 0


def test_who_may_not_decide(office: Office, asked: Wish) -> None:
    with office.database.transaction() as db:
        leave(db, "saitama", office.approver.id, "test", NOW)

    for who in (office.approver, office.second):
        with pytest.raises(Refusal, match="承認の役割がない"):
            office.decide(who, asked)
    assert office.given_back() == 0


def test_nobody_approves_their_own(office: Office) -> None:
    uses = office.use(OTHER, "fs0031", "refresh", 2)
    office.correct(office.other_approver, office.seen(OTHER, uses))

    with pytest.raises(Refusal, match="ご自分の依頼"):
        office.decide(office.other_approver, office.wish())

    assert office.given_back() == 0


def test_what_has_changed_since_it_was_asked_cannot_be_approved(office: Office, asked: Wish) -> None:
    with office.database.transaction() as db:
        use = db.execute(select(Use.id).order_by(Use.id).limit(1)).scalar_one()
        coupon_uses.give_back(db, use, reason="誤り", author="コマンド", now=NOW)

    with pytest.raises(Refusal, match="変わりました"):
        office.decide(office.approver, asked)

    assert office.given_back() == 1


def test_asking_anew_for_the_same_thing_withdraws_the_earlier_wish(office: Office) -> None:
    def ask(digest: str) -> int:
        return office.database.run(
            lambda db: approval.ask(db, "saitama", "broadcast", "b1", digest, office.desk.id, NOW)
        )

    first, second = ask("1" * 64), ask("2" * 64)

    with office.database.reading() as db:
        earlier = wish_with_id(db, first)
        assert earlier is not None
        assert earlier.outcome == WITHDRAWN
        assert [wish.id for wish in waiting(db, "saitama", "broadcast")] == [second]


# After the change to paper


def test_what_is_given_back_after_the_change_to_paper_goes_on_the_next_list_once(office: Office) -> None:
    dental, *refresh = office.use(MEMBER, "fs0011", "dental") + office.use(MEMBER, "fs0031", "refresh", 2)[1:]
    office.to_paper(MEMBER)
    first = office.posted()

    office.correct(office.desk, office.seen(MEMBER, [dental]))
    office.correct(office.desk, office.seen(MEMBER, refresh))
    office.decide(office.approver, office.wish())

    with office.database.transaction() as db:
        assert unposted(db, "saitama") == 2
    assert first == {"選べるドック": "1", "マイ リフレッシュ": "1"}
    assert office.posted() == {"マイ リフレッシュ": "2", "歯科健康診査": "1"}
    with office.database.transaction() as db:
        assert unposted(db, "saitama") == 0
    assert office.is_whole()


def test_a_change_to_paper_before_the_second_yes_is_to_be_seen_first(office: Office, asked: Wish) -> None:
    office.to_paper(MEMBER)

    with pytest.raises(Refusal, match="変わりました"):
        office.decide(office.approver, asked)

    assert office.given_back() == 0


def test_last_year_s_use_given_back_is_not_posted_this_year(office: Office) -> None:
    (use,) = office.use(MEMBER, "fs0011", "dental")
    office.to_paper(MEMBER)
    next_year = NOW + timedelta(days=300)

    _, what = office.database.run(
        lambda db: give_back_one(db, use, reason="誤り", author="コマンド:test", now=next_year)
    )

    assert not what.on_paper
    with office.database.transaction() as db:
        assert unposted(db, "saitama") == 1  # the request itself


# Races


def at_once(works: list[Callable[[], object]]) -> list[BaseException | None]:
    """Runs all at the same moment; what each raised."""
    ready, raised = threading.Barrier(len(works)), [None] * len(works)

    def one(place: int) -> None:
        ready.wait()
        try:
            works[place]()
        except Refusal as refusal:
            raised[place] = refusal  # type: ignore[call-overload]

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(raised)


def test_staff_who_give_back_the_same_use_at_once_give_it_back_once(office: Office) -> None:
    uses = office.use(MEMBER, "fs0011", "dental")
    what = office.seen(MEMBER, uses)
    staff = [office.desk, office.second, office.other_approver]

    raised = at_once([lambda me=me: office.correct(me, what) for me in staff])  # type: ignore[misc]

    assert sum(each is None for each in raised) == 1
    assert office.given_back() == 1
    assert office.is_whole()


def test_staff_who_give_back_different_uses_of_a_person_at_once_do_one_and_ask_for_the_other(
    office: Office,
) -> None:
    uses = office.use(MEMBER, "fs0031", "refresh", 2)
    each = [office.seen(MEMBER, [use]) for use in uses]
    staff = [office.desk, office.second]

    raised = at_once([lambda me=me, what=what: office.correct(me, what) for me, what in zip(staff, each)])  # type: ignore[misc]  # noqa: B905

    assert raised == [None, None]
    assert office.given_back() == 1
    assert office.wish().kind == KIND


def test_approvers_at_once_decide_once(office: Office, asked: Wish) -> None:
    raised = at_once(
        [
            lambda me=me, yes=yes: office.decide(me, asked, yes)  # type: ignore[misc]
            for me in (office.approver, office.other_approver)
            for yes in (True, False)
        ]
    )

    assert sum(each is None for each in raised) == 1
    assert office.given_back() in (0, 2)


@pytest.mark.parametrize("by", ["one alone", "the second yes"])
def test_giving_back_that_breaks_off_in_the_middle_gives_nothing_back(office: Office, by: str) -> None:
    uses = office.use(MEMBER, "fs0031", "refresh", 2)
    what = office.seen(MEMBER, uses)
    assert office.correct(office.desk, what).waits
    alone = replace(office.terms, alone_per_person=2)
    wish = office.wish()
    with office.database.transaction() as db:
        _take_the_second_with_the_first(db, *uses)

    def work(db: Connection) -> str:
        try:
            if by == "one alone":
                correct(db, "saitama", office.desk, what, alone, NOW)
            else:
                decide(db, wish, office.approver, True, NOW)
        except Refusal as refusal:
            return refusal.code
        return ""

    assert office.database.run(work) == "no_such_use"
    assert office.given_back() == 0
    assert [one.live for one in office.seen(MEMBER, uses).coupons] == [True, True]
    assert office.wish() == wish
    assert office.is_whole()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer anyway
def test_an_administrator_waits_for_whoever_mends_the_same_person(office: Office) -> None:
    (use,) = office.use(MEMBER, "fs0011", "dental")
    what = office.seen(MEMBER, [use])

    def impatient(db: Connection) -> None:
        db.execute(text("SET LOCAL lock_timeout = '20ms'"))
        give_back_one(db, use, reason="誤り", author="コマンド:test", now=NOW)

    with office.database.transaction() as db:
        db.execute(select(Person.id).where(Person.id == what.person_id).with_for_update())
        with pytest.raises(OperationalError), office.database.transaction() as other:
            impatient(other)
    assert office.given_back() == 0

    office.database.run(impatient)
    assert office.given_back() == 1


def _take_the_second_with_the_first(db: Connection, first: int, second: int) -> None:
    """As if somebody else gave one coupon back in the moment in which another is given back."""
    also = f"UPDATE coupon_uses SET live = NULL WHERE id = {second}"
    if db.dialect.name == "sqlite":
        db.execute(
            text(f"CREATE TRIGGER other AFTER UPDATE ON coupon_uses WHEN NEW.id = {first} BEGIN {also}; END")
        )
        return
    body = f"BEGIN {also}; RETURN NEW; END"
    db.execute(text(f"CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
    when = f"AFTER UPDATE ON coupon_uses FOR EACH ROW WHEN (NEW.id = {first})"
    db.execute(text(f"CREATE TRIGGER other {when} EXECUTE FUNCTION other()"))


def test_what_was_given_back_lately_is_counted_by_person_and_by_author(office: Office) -> None:
    uses = office.use("123456", "fs0031", "refresh", 3)
    office.correct(office.desk, office.seen("123456", uses[:1]))
    tomorrow, later = NOW + timedelta(days=1), NOW + timedelta(days=office.terms.alone_days, seconds=1)

    with office.database.reading() as db:
        person = person_with(db, "saitama", "123456") or 0
        counted = {
            (who.id, at): lately(db, person, who.who, office.terms, at)
            for who in (office.desk, office.second)
            for at in (NOW, tomorrow, later)
        }

    assert counted == {
        (office.desk.id, NOW): (1, 1),
        (office.desk.id, tomorrow): (1, 0),
        (office.desk.id, later): (0, 0),
        (office.second.id, NOW): (1, 0),
        (office.second.id, tomorrow): (1, 0),
        (office.second.id, later): (0, 0),
    }


# After an outage


def register(office: Office, folder: Path, text: str) -> tuple[int, int, list[str]]:
    file = folder / "outage.csv"
    file.write_text("number,facility,kind,used_on\n" + text, "utf-8")
    told: list[str] = []

    def tell(db: Connection, used: Redemption) -> None:
        told.append(used.label)

    report = register_file(office.database, "saitama", office.dated, file, "コマンド:test", NOW, tell)
    return report.added, report.unchanged, told


GOOD = "123456,fs0011,dental,2024-07-06\nｋ１２３４５,FS0007,1日,2024/7/7\n"


def test_a_file_is_registered_and_the_same_file_again_changes_nothing(office: Office, tmp_path: Path) -> None:
    first, again = register(office, tmp_path, GOOD), register(office, tmp_path, GOOD)

    assert first[:2] == (2, 0)
    assert len(first[2]) == 2
    assert again == (0, 2, [])
    with office.database.reading() as db:
        days = [row.used_on.isoformat() for row in db.execute(select(Use.used_on).order_by(Use.id))]
    assert days == ["2024-07-06", "2024-07-07"]
    assert office.is_whole()


@pytest.mark.parametrize(
    ("number", "code", "day", "why"),
    [
        ("200001", "fs0011", date(2024, 6, 10), "歯科健康診査：このクーポンは7月1日（月）から使えます。"),
        (
            "123456",
            "fs0011",
            date(2024, 7, 9),
            "歯科健康診査：このクーポンは、2024年7月10日 10:00に見本歯科医院で、",
        ),
        ("200001", "fs0011", date(2025, 1, 10), "歯科健康診査：2024年12月31日（火）で終わりました。"),
        ("200001", "fs0031", date(2024, 7, 9), "この施設は、この方の人間ドック・歯科の対象ではありません。"),
        ("200001", "fs0011", date(2024, 5, 10), "歯科健康診査：2024年6月3日（月）に付与される予定です。"),
    ],
    ids=["before", "used", "over", "other facility", "not granted"],
)
def test_the_desk_learns_why_nothing_can_be_registered(
    office: Office, number: str, code: str, day: date, why: str
) -> None:
    office.use("123456", "fs0011", "dental")

    with office.database.reading() as db:
        one, here = holder(db, person_with(db, "saitama", number) or 0), facility(db, "saitama", code)
        assert one
        assert here
        (said,) = why_none(db, office.dated, one, here, day)

    assert said.startswith(why)


def test_a_use_of_the_file_that_was_given_back_is_registered_by_the_file_again(
    office: Office, tmp_path: Path
) -> None:
    register(office, tmp_path, GOOD)
    with office.database.transaction() as db:
        first = db.execute(select(Use.id).order_by(Use.id).limit(1)).scalar_one()
        coupon_uses.give_back(db, first, reason="outage", author="test", now=NOW)

    again, once_more = register(office, tmp_path, GOOD), register(office, tmp_path, GOOD)

    assert again[:2] == (1, 1)
    assert once_more == (0, 2, [])


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("999999,fs0011,dental,2024-07-06", "number", "データにない番号"),
        ("123456,fs9999,dental,2024-07-06", "facility", "登録されていない施設"),
        ("123456,fs0031,refresh,2024-07-06", "kind", "次のどれかを書いて"),
        ("123456,fs0011,1day,2024-07-06", "kind", "この施設では"),
        ("123456,fs0011,dental,2024-06-30", "kind", "7月1日"),
        ("123456,fs0011,dental,2024-07-11", "used_on", "今日"),
        ("123456,fs0011,dental,2023-07-06", "kind", "前の年度"),
        ("200041,fs0011,dental,2024-07-06", "kind", "紙のクーポン"),
        ("200001,fs0011,dental,2024-07-06", "kind", "すでに利用済み"),
        ("123456,fs0011,dental,2024-07-05\n123456,fs0011,dental,2024-07-05", "number", "2行目と同じ"),
    ],
    ids=[
        "unknown",
        "facility",
        "refresh",
        "not here",
        "too early",
        "future",
        "last year",
        "paper",
        "used",
        "twice",
    ],
)
def test_one_wrong_row_is_named_and_nothing_is_registered(
    office: Office, tmp_path: Path, row: str, column: str, expected: str
) -> None:
    office.use("200001", "fs0011", "dental")

    with pytest.raises(BadRows) as bad:
        register(office, tmp_path, f"{row}\nK12345,fs0011,dental,2024-07-06\n")

    assert [problem.column for problem in bad.value.problems] == [column]
    assert expected in bad.value.problems[0].expected
    with office.database.reading() as db:
        assert db.execute(select(func.count()).select_from(Use)).scalar_one() == 1


# Many wishes


def test_a_wish_beyond_the_first_eight_is_found(tmp_path: Path) -> None:
    chat = Rooms(tmp_path).chat("saitama", staff=("approver",))
    chat.now = NOW
    chat.wish_corrections(MEMBER, 9)
    chat.press("open:correction_yes")
    assert "•••456　マイ リフレッシュ" in chat.words
    assert "2枚" in chat.words
    chat.say("訂正の承認")
    assert len(chat.buttons("answer")) == 8

    chat.press(next(each.data for each in chat.buttons() if each.label == "もっと見る"))

    assert "取消枚数" in chat.words
    chat.close()


# A use of the year before


def test_a_use_of_last_year_is_led_to_who_can_mend_it(tmp_path: Path) -> None:
    chat = Rooms(tmp_path).chat("saitama", staff=("desk",))
    chat.now = NOW
    chat.use(MEMBER, "fs0011", "dental")
    chat.now = datetime(2025, 4, 1, 3, 0, tzinfo=UTC)

    for act in ("利用訂正", MEMBER, "はい"):
        chat.say(act)

    assert "招待コードを出した管理の担当者に伝えて頼んでください" in chat.words
    assert "app.py" not in chat.words
    chat.close()


# A bot that starts anew between any two steps


def test_a_bot_built_anew_between_all_steps_gives_back_all_the_same(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    chat = rooms.chat("saitama", staff=("desk",))
    chat.now = NOW
    chat.link("U" + "e" * 32, (MEMBER,))
    chat.use(MEMBER, "fs0011", "dental")

    for act in ("利用訂正", MEMBER, "はい", "歯科", "選び間違い", "取り消す"):
        chat.bot = rooms.fresh("saitama")
        chat.say(act)
        assert "うまく処理できませんでした" not in chat.words

    assert "取り消しました" in chat.words
    with chat.database.reading() as db:
        assert db.execute(select(func.count()).select_from(GivenBack)).scalar_one() == 1
        told = db.execute(select(Outgoing.messages).where(Outgoing.user_id == "U" + "e" * 32)).scalar_one()
    assert "クーポンの選び間違い" in told
    alt = told[told.index("altText") : told.index("contents")]
    assert "歯科" not in alt
    assert "枚" not in alt
    chat.close()
