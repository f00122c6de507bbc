"""Paper coupons: who may ask, what a confirmed request ends, each odd moment with one answer, on both databases (R-SAI-32)."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, delete, func, select, update

from models import conversation, coupons, paper
from models.base import Database, Refusal
from models.branch import Branch, load_branch
from models.coupon_uses import Use
from models.days import day_of
from models.facility import Facility
from models.imports import import_members
from models.member import Holder, Membership, holder, person_with
from models.paper_confirming import confirm, post_what_came
from models.paper_posting import new_page, new_posting, open_page, posting, unposted, use_page, write_posting
from models.staff import Role, accept, invite
from models.workplaces import import_workplaces
from settings import ROOT
from tests.many_phones import many_members

BRANCH, OF_2024, OF_2023 = (
    "saitama",
    datetime(2024, 7, 31, 3, tzinfo=UTC),
    datetime(2023, 7, 31, 3, tzinfo=UTC),
)
MEMBER, WOMAN, SPOUSE, PART_TIME, LOST = "123456", "200001", "12345601", "200041", "200061"
SPA = Facility(BRANCH, "fs0031", "見本温泉", "", "", {"refresh": ""})
DENTIST = Facility(BRANCH, "fs0011", "見本歯科", "", "", {"dental": ""})
STAFF, RACERS = 7, 40


class Desk:
    """A branch with its demo members, what they ask for and what the desk decides."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.branch: Branch = load_branch(ROOT / "branches" / BRANCH)

    def holder(self, number: str) -> Holder:
        with self.database.reading() as db:
            found = holder(db, person_with(db, BRANCH, number) or 0)
        assert found is not None
        return found

    def ask(self, number: str, now: datetime = OF_2024) -> int:
        one, told = (
            self.holder(number),
            {"reason": "no_device", "words": "持っていません", "message_id": "m1"},
        )
        return self.database.run(lambda db: paper.ask(db, BRANCH, one, day_of(now), **told, now=now))

    def confirm(self, request: int, now: datetime = OF_2024) -> dict[str, int]:
        return dict(self.database.run(lambda db: self.confirmed(db, request, now)))

    def confirmed(self, db: Connection, request: int, now: datetime = OF_2024) -> dict[str, int]:
        assert self.branch.coupons is not None
        assert self.branch.paper is not None
        terms = (self.branch.coupons, self.branch.paper)
        return dict(confirm(db, BRANCH, *terms, request, by=STAFF, now=now))

    def cancel(self, request: int, number: str) -> None:
        one = self.holder(number)
        self.database.run(lambda db: paper.cancel(db, request, one.id, OF_2024))

    def redeem(self, one: Holder, kind: str = "dental", here: Facility = DENTIST) -> None:
        dated = self.branch.coupons
        assert dated is not None
        self.database.run(lambda db: coupons.redeem(db, dated, one, here, kind, 1, OF_2024))

    def held(self, number: str, now: datetime = OF_2024) -> coupons.Held:
        dated = self.branch.coupons
        assert dated is not None
        with self.database.reading() as db:
            return coupons.held(db, dated, self.holder(number), day_of(now))

    def state(self, request: int) -> str:
        with self.database.reading() as db:
            found = paper.request(db, BRANCH, request)
        return found.state if found else ""

    def posted(self, number: int) -> list[list[str]]:
        """The rows of a posting list, without its heading."""
        written = io.StringIO()
        assert self.branch.coupons is not None
        with self.database.reading() as db:
            write_posting(db, self.branch.coupons, BRANCH, number, day_of(OF_2024), written)
        return list(csv.reader(io.StringIO(written.getvalue())))[1:]

    def employed(self, *roles: Role) -> int:
        """The chat of a staff person."""
        assert self.branch.staff is not None
        terms = self.branch.staff.on(day_of(OF_2024))
        with self.database.transaction() as db:
            chat = conversation.load(db, BRANCH, "Udesk", OF_2024).id
            accept(db, BRANCH, chat, invite(db, BRANCH, roles, "", terms, "test", OF_2024), terms, OF_2024)
        return chat


@pytest.fixture
def desk(database: Database) -> Desk:
    import_members(database, BRANCH, ROOT / "branches" / BRANCH / "demo" / "members.csv", now=OF_2023)
    return Desk(database)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What came of acts begun at the same instant: ok, or the code of the refusal."""
    together = Barrier(len(acts))

    def act(work: Callable[[], object]) -> str:
        together.wait(timeout=30)
        try:
            work()
        except Refusal as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts))


# Who may ask, and for what


@pytest.mark.parametrize(
    ("number", "now", "why", "only"),
    [
        (MEMBER, OF_2024, "", ()),
        (MEMBER, OF_2023, "", ()),
        (PART_TIME, OF_2024, "", ("refresh",)),
        (SPOUSE, OF_2024, "ご本人の申請", ()),
        (LOST, OF_2024, "ご本人の申請", ()),
        ("200051", OF_2024, "ご資格を確認できません", ()),
    ],
    ids=["member", "member-2023", "part-time", "spouse", "voluntary", "not-yet"],
)
def test_who_may_ask_for_paper(
    desk: Desk, number: str, now: datetime, why: str, only: tuple[str, ...]
) -> None:
    assert desk.branch.paper is not None
    terms, one = desk.branch.paper.on(day_of(now)), desk.holder(number)

    told = paper.why_not(terms, one, day_of(now))

    assert why in told
    assert bool(why) == bool(told)
    assert paper.by_employment(terms, one, day_of(now)) == only


def test_fy2023_insists_on_a_reason_and_fy2024_does_not(desk: Desk) -> None:
    assert desk.branch.paper is not None

    insists = [desk.branch.paper.on(day_of(now)).own_words_required for now in (OF_2023, OF_2024)]

    assert insists == [True, False]


def test_a_confirmed_request_ends_all_electronic_coupons_and_counts_what_goes_on_paper(desk: Desk) -> None:
    request = desk.ask(MEMBER)
    assert {one.product for one in desk.held(MEMBER).coupons} == {"dock", "refresh", "dental"}

    left = desk.confirm(request)

    assert left == {"dock": 1, "refresh": 3, "dental": 1}
    assert desk.held(MEMBER).code == "on_paper"
    assert desk.held(SPOUSE).coupons  # the spouse's own coupon is not asked for
    with pytest.raises(Refusal, match="紙のクーポンに切り替わっている"):
        desk.redeem(desk.holder(MEMBER))


def test_what_was_used_before_the_confirmation_is_not_sent_again(desk: Desk) -> None:
    request = desk.ask(MEMBER)
    desk.redeem(desk.holder(MEMBER))
    desk.redeem(desk.holder(MEMBER), "refresh", SPA)

    assert desk.confirm(request) == {"dock": 1, "refresh": 2}


def test_part_time_staff_get_my_refresh_only_however_many_the_data_name(desk: Desk) -> None:
    assert desk.confirm(desk.ask(PART_TIME)) == {}  # the data name no number: the list says so
    assert desk.held(PART_TIME).code == "paper_only"


def test_paper_is_for_its_fiscal_year(desk: Desk) -> None:
    desk.confirm(desk.ask(WOMAN, OF_2023), OF_2023)

    assert desk.held(WOMAN, OF_2023).code == "on_paper"
    assert desk.held(WOMAN, OF_2024).coupons


# Odd moments


def test_a_second_request_is_refused_until_the_first_is_over(desk: Desk) -> None:
    first = desk.ask(MEMBER)
    with pytest.raises(Refusal, match="もう申請されています"):
        desk.ask(MEMBER)
    desk.cancel(first, MEMBER)

    assert desk.ask(MEMBER) != first


def test_a_confirmed_request_cannot_be_cancelled_asked_back_or_declined(desk: Desk) -> None:
    request, one = desk.ask(MEMBER), desk.holder(MEMBER)
    desk.confirm(request)
    acts: list[Callable[[Connection], None]] = [
        lambda db: paper.cancel(db, request, one.id, OF_2024),
        lambda db: paper.ask_back(db, BRANCH, request, "?", OF_2024),
        lambda db: paper.decline(db, BRANCH, request, STAFF, OF_2024),
        lambda db: paper.answer(db, request, one.id, "答え", "m2", OF_2024),
    ]

    for act in acts:
        with pytest.raises(Refusal):
            desk.database.run(act)

    assert desk.state(request) == "confirmed"


def test_nobody_cancels_or_confirms_what_is_not_theirs(desk: Desk) -> None:
    request = desk.ask(MEMBER)
    with pytest.raises(Refusal):
        desk.cancel(request, WOMAN)
    with pytest.raises(Refusal):
        desk.database.run(lambda db: paper.decline(db, "kagawa", request, STAFF, OF_2024))

    assert desk.state(request) == "waiting"


def test_a_request_of_last_year_is_not_confirmed(desk: Desk) -> None:
    request = desk.ask(MEMBER, OF_2023)

    with pytest.raises(Refusal, match="前の年度"):
        desk.confirm(request, OF_2024)

    assert desk.held(MEMBER).coupons


def test_an_answer_goes_back_to_the_desk_and_words_can_be_taken_back(desk: Desk) -> None:
    request, one = desk.ask(MEMBER), desk.holder(MEMBER)
    desk.database.run(lambda db: paper.ask_back(db, BRANCH, request, "端末は？", OF_2024))
    desk.database.run(lambda db: paper.answer(db, request, one.id, "ありません", "m2", OF_2024))
    assert desk.state(request) == "waiting"

    for message in ("", "m1", "m2"):
        desk.database.run(lambda db, message=message: paper.forget(db, BRANCH, message))  # type: ignore[misc]

    with desk.database.reading() as db:
        found = paper.request(db, BRANCH, request)
    assert found is not None
    assert (found.words, found.answer, found.question) == ("", "", "端末は？")


def test_words_go_some_time_after_the_request_is_settled(desk: Desk) -> None:
    settled, waiting = desk.ask(MEMBER), desk.ask(WOMAN)
    desk.confirm(settled)

    gone = desk.database.run(lambda db: paper.forget_old_words(db, BRANCH, OF_2024 + timedelta(days=1)))

    with desk.database.reading() as db:
        words = [found.words for each in (settled, waiting) if (found := paper.request(db, BRANCH, each))]
    assert gone == 1
    assert words == ["", "持っていません"]


# At the same instant


def test_a_coupon_used_at_the_instant_of_the_confirmation_is_used_or_on_paper_never_both(
    database: Database, tmp_path: Path
) -> None:
    import_members(database, BRANCH, many_members(tmp_path), now=OF_2023)
    desk = Desk(database)

    came = Counter(_used_and_on_paper(desk, str(500_000 + each)) for each in range(RACERS))

    assert set(came) <= {(1, 0), (0, 1)}
    assert sum(came.values()) == RACERS


def _used_and_on_paper(desk: Desk, number: str) -> tuple[int, int]:
    """How many dental coupons were used, and how many go out on paper, when both happen at one instant."""
    request, one = desk.ask(number), desk.holder(number)
    left: list[dict[str, int]] = []
    at_once(lambda: desk.redeem(one), lambda: left.append(desk.confirm(request)))
    with desk.database.reading() as db:
        used = db.execute(select(func.count()).where(Use.person_id == one.id)).scalar_one()
    return used, left[0].get("dental", 0)


@pytest.mark.parametrize("confirms_first", [True, False], ids=["confirmed-first", "asked-first"])
def test_what_is_decided_on_what_somebody_else_has_changed_meanwhile_is_not_done(
    desk: Desk, confirms_first: bool
) -> None:
    request = desk.ask(MEMBER)
    with desk.database.reading() as db:
        seen = paper.request(db, BRANCH, request)
    assert seen is not None
    acts = [lambda: taken(desk, seen, desk.confirmed), lambda: taken(desk, seen, _ask_back)]

    came = [_refused(act) for act in (acts if confirms_first else acts[::-1])]

    assert came == ["", "settled" if confirms_first else "changed"]
    assert desk.state(request) == ("confirmed" if confirms_first else "questioned")


def test_of_a_confirmation_and_a_question_at_once_one_is_done(desk: Desk) -> None:
    request = desk.ask(MEMBER)
    with desk.database.reading() as db:
        seen = paper.request(db, BRANCH, request)
    assert seen is not None

    came = at_once(lambda: taken(desk, seen, desk.confirmed), lambda: taken(desk, seen, _ask_back))

    assert sorted(came) in (["changed", "ok"], ["ok", "settled"])
    assert desk.state(request) == ("confirmed" if came[0] == "ok" else "questioned")


def taken(desk: Desk, seen: paper.Request, act: Callable[[Connection, int], object]) -> None:
    """Acts on a request as it was seen."""

    def work(db: Connection) -> None:
        paper.take(db, BRANCH, seen.id, seen.digest())
        act(db, seen.id)

    desk.database.run(work)


def _ask_back(db: Connection, request: int) -> None:
    paper.ask_back(db, BRANCH, request, "端末は？", OF_2024)


def _refused(act: Callable[[], object]) -> str:
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    return ""


def test_of_two_confirmations_at_once_one_settles_the_other_is_told(desk: Desk) -> None:
    request = desk.ask(MEMBER)

    came = at_once(lambda: desk.confirm(request), lambda: desk.confirm(request))

    assert sorted(came) == ["ok", "settled"]
    assert desk.state(request) == "confirmed"


def test_of_a_confirmation_and_a_cancellation_at_once_one_counts(desk: Desk) -> None:
    request = desk.ask(MEMBER)

    came = at_once(lambda: desk.confirm(request), lambda: desk.cancel(request, MEMBER))

    assert sorted(came) == ["ok", "settled"]
    assert desk.state(request) == ("confirmed" if came[0] == "ok" else "cancelled")
    assert bool(desk.held(MEMBER).coupons) == (came[0] != "ok")


def test_two_requests_at_once_are_one(desk: Desk) -> None:
    came = at_once(lambda: desk.ask(MEMBER), lambda: desk.ask(MEMBER))

    assert sorted(came) == ["asked_already", "ok"]


# The posting list


def test_the_posting_list_names_what_its_post_lacks(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "workplaces.csv"
    file.write_text("name,postcode,address\n見本小学校,3309301,埼玉県さいたま市見本1\n", "cp932")
    import_workplaces(desk.database, BRANCH, file)
    for number in (MEMBER, WOMAN, PART_TIME):
        desk.confirm(desk.ask(number))

    taken = desk.database.run(lambda db: new_posting(db, BRANCH, OF_2024))

    rows = {row[3]: row for row in desk.posted(taken.id)}
    assert (taken.people, taken.without_address, taken.without_workplace) == (3, ("見本高等学校",), 0)
    assert rows[MEMBER][:5] == ["見本小学校", "330-9301", "埼玉県さいたま市見本1", MEMBER, "見本 太郎"]
    assert rows[MEMBER][5:] == ["1", "", "", "3", "1", ""]
    assert rows[WOMAN][-1] == "所属所の住所の登録がありません"
    assert "枚数の登録がありません" in rows[PART_TIME][-1]


def test_a_person_is_posted_once(desk: Desk) -> None:
    desk.confirm(desk.ask(MEMBER))

    came = at_once(*[lambda: desk.database.run(lambda db: new_posting(db, BRANCH, OF_2024))] * 2)

    assert sorted(came) == ["nothing_new", "ok"]


def test_what_the_data_grant_after_the_change_to_paper_is_posted_once(desk: Desk) -> None:
    grant(desk, MEMBER, 2)
    desk.redeem(desk.holder(MEMBER), "refresh", SPA)
    for number in (MEMBER, PART_TIME):
        desk.confirm(desk.ask(number))
    taken = desk.database.run(lambda db: new_posting(db, BRANCH, OF_2024))
    assert came(desk) == 0
    for number, granted in ((MEMBER, 3), (PART_TIME, 3), (WOMAN, 3)):
        grant(desk, number, granted)

    posted = [came(desk), came(desk)]
    with desk.database.reading() as db:
        waiting = unposted(db, BRANCH)
    more = desk.database.run(lambda db: new_posting(db, BRANCH, OF_2024))

    assert posted == [2, 0]
    assert waiting == 2
    assert {row[3]: row[8] for row in desk.posted(taken.id)} == {MEMBER: "1", PART_TIME: ""}
    assert {row[3]: row[8] for row in desk.posted(more.id)} == {MEMBER: "1", PART_TIME: "3"}
    assert came(desk) == 0


def came(desk: Desk) -> int:
    assert desk.branch.coupons is not None
    assert desk.branch.paper is not None
    terms = (desk.branch.coupons, desk.branch.paper)
    return desk.database.run(lambda db: post_what_came(db, BRANCH, *terms, OF_2024))


def grant(desk: Desk, number: str, coupons: int) -> None:
    one = desk.holder(number).id
    with desk.database.transaction() as db:
        this = update(Membership).where(Membership.person_id == one)
        db.execute(this.values(refresh_coupons=coupons))


def test_who_is_not_in_the_data_is_on_no_list_and_waits_for_the_next(desk: Desk) -> None:
    for number in (MEMBER, WOMAN):
        desk.confirm(desk.ask(number))
    lost = desk.holder(WOMAN).id
    with desk.database.transaction() as db:
        db.execute(delete(Membership).where(Membership.person_id == lost))  # an import without her
    taken = desk.database.run(lambda db: new_posting(db, BRANCH, OF_2024))

    def work(db: Connection) -> str:
        try:
            new_posting(db, BRANCH, OF_2024)
        except Refusal as refusal:
            return refusal.code
        return ""

    assert [row[3] for row in desk.posted(taken.id)] == [MEMBER]
    assert desk.database.run(work) == "not_in_data"
    with desk.database.reading() as db:
        assert unposted(db, BRANCH) == 1


def test_a_list_can_be_made_again_and_another_branch_has_no_part_in_it(desk: Desk) -> None:
    desk.confirm(desk.ask(MEMBER))
    first = desk.database.run(lambda db: new_posting(db, BRANCH, OF_2024))

    with desk.database.reading() as db:
        again = posting(db, BRANCH, first.id, day_of(OF_2024))
        with pytest.raises(Refusal):
            posting(db, "kagawa", first.id, day_of(OF_2024))

    assert again == first


def test_the_page_of_a_list_opens_once_and_for_half_an_hour(desk: Desk) -> None:
    desk.confirm(desk.ask(MEMBER))
    database, chat = desk.database, desk.employed("desk")
    taken = database.run(lambda db: new_posting(db, BRANCH, OF_2024))
    old = database.run(lambda db: new_page(db, taken.id, chat, OF_2024))
    page = database.run(lambda db: new_page(db, taken.id, chat, OF_2024))

    with database.reading() as db:
        assert open_page(db, old, OF_2024) is None
        assert open_page(db, page, OF_2024 + timedelta(minutes=31)) is None
        found = open_page(db, page, OF_2024)
        assert found is not None
        assert (found.branch, found.number, found.holder.chat_id) == (BRANCH, taken.id, chat)
    assert database.run(lambda db: use_page(db, page, OF_2024))
    assert not database.run(lambda db: use_page(db, page, OF_2024))


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("見本小学校,123,埼玉県", "7桁の数字"),
        (",3309301,埼玉県", "空欄にできません"),
        ("見本小学校,3309301,埼玉県\n見本小学校,3309301,埼玉県", "同じ所属所"),
        ("", "1行もありません"),
    ],
    ids=["postcode", "no-name", "twice", "empty"],
)
def test_a_workplaces_file_with_anything_wrong_changes_nothing(
    desk: Desk, tmp_path: Path, rows: str, told: str
) -> None:
    file = tmp_path / "workplaces.csv"
    file.write_text(f"name,postcode,address\n{rows}\n", "utf-8")

    with pytest.raises(Refusal) as refused:
        import_workplaces(desk.database, BRANCH, file)

    assert told in str(getattr(refused.value, "in_words", lambda: refused.value.text)())
