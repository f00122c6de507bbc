"""Using coupons and giving them back, on both databases (R-SAI-10, 24…31, 37, 38)."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from models import coupon_uses, coupons
from models.base import Database, Refusal
from models.branch import load_branch
from models.coupon_terms import CouponTerms
from models.coupon_uses import GivenBack, Redemption, Use
from models.days import day_of
from models.facility import Facility
from models.imports import import_members
from models.member import Holder, holder, person_with
from models.terms import Dated
from settings import ROOT

HEADER = (
    "number,name,kana,birthdate,sex,kind,employment,acquired_on,lost_on,term_ends_on,workplace,"
    "refresh_coupons,auth_code,previous_number"
)
MAN = "123456,見本 太郎,ミホン タロウ,1974-01-22,M,member,regular,2008-04-01,,,見本小学校,3,,"
WIFE = "12345601,見本 花子,ミホン ハナコ,1976-03-03,F,spouse,,2008-04-01,,,,,,"
WOMAN = "K12345,見本 京子,ミホン キョウコ,1990-05-05,F,member,regular,2015-04-01,,,見本中学校,3,,"
LEAVING = "200002,見本 終,ミホン オワリ,1980-05-05,M,member,regular,2008-04-01,2024-08-01,,見本中学校,3,,"
NOON = datetime(2024, 7, 31, 3, 0, tzinfo=UTC)
IN_2023 = datetime(2023, 7, 31, 3, 0, tzinfo=UTC)
HOSPITAL = Facility(
    *("saitama", "fs0007", "共済組合互助会病院", "", ""),
    {"1day": "fs00701", "2day": "fs00702", "brain": "fs00703", "womens": "fs00704", "spouse": "fs00705"},
)
CENTER = Facility("saitama", "fs0023", "見本健診センター", "", "", {"1day": "fs02301", "brain": "fs02302"})
SPA = Facility("saitama", "fs0031", "見本温泉", "", "", {"refresh": "fs03101"})


class Members:
    """People of an association and what they do with their coupons."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        found = load_branch(ROOT / "branches" / "saitama").coupons
        assert found is not None
        self.terms: Dated[CouponTerms] = found

    def join(self, *rows: str) -> None:
        file = self.folder / "members.csv"
        file.write_text("\n".join([HEADER, *rows]), "utf-8")
        import_members(self.database, "saitama", file, now=IN_2023)

    def holder(self, number: str) -> Holder:
        with self.database.reading() as db:
            person = person_with(db, "saitama", number)
            found = holder(db, person) if person else None
        assert found is not None
        return found

    def use(
        self, number: str, kind: str, here: Facility = HOSPITAL, quantity: int = 1, now: datetime = NOON
    ) -> Redemption:
        return self.use_as(self.holder(number), kind, here, quantity, now)

    def use_as(
        self, one: Holder, kind: str, here: Facility = HOSPITAL, quantity: int = 1, now: datetime = NOON
    ) -> Redemption:
        return self.database.run(lambda db: coupons.redeem(db, self.terms, one, here, kind, quantity, now))

    def give_back(self, use: int, now: datetime = NOON) -> None:
        self.database.run(
            lambda db: coupon_uses.give_back(db, use, reason="押し間違い", author="desk", now=now)
        )

    def usable(self, number: str, here: Facility = HOSPITAL, now: datetime = NOON) -> list[str]:
        with self.database.reading() as db:
            found = coupons.usable_at(db, self.terms, self.holder(number), here, day_of(now))
        return [one.kind for one in found]

    def remaining(self, number: str, product: str, now: datetime = NOON) -> int:
        with self.database.reading() as db:
            found = coupons.held(db, self.terms, self.holder(number), day_of(now)).coupons
        return next(one.remaining for one in found if one.product == product)

    def state(self, number: str, product: str, now: datetime = NOON) -> str:
        with self.database.reading() as db:
            found = coupons.held(db, self.terms, self.holder(number), day_of(now)).coupons
        return next(one.state for one in found if one.product == product)

    def redemption(self, code: str) -> Redemption | None:
        with self.database.reading() as db:
            return coupon_uses.redemption(db, code)

    def uses(self, number: str, year: int = 2024) -> list[tuple[int, bool]]:
        with self.database.reading() as db:
            found = coupon_uses.use_ids(db, self.holder(number).id, year)
        return [(use, live) for use, _, _, _, live in found]

    def at_facility(self, here: Facility, day: date) -> list[Redemption]:
        with self.database.reading() as db:
            return coupon_uses.used_at_facility(db, here.branch, here.code, day)


@pytest.fixture
def members(database: Database, tmp_path: Path) -> Members:
    found = Members(database, tmp_path)
    found.join(MAN, WIFE, WOMAN, LEAVING)
    return found


def test_a_use_tells_all_that_the_last_screen_shows(members: Members) -> None:
    used = members.use("123456", "1day")

    assert (used.label, used.quantity, used.facility) == ("選べるドック・優待・1日・男", 1, "fs0007")
    assert (used.facility_name, used.used_at, used.given_back) == ("共済組合互助会病院", NOON, False)
    assert members.redemption(used.code) == used


@pytest.mark.parametrize("kind", ["1day", "2day", "brain"])
def test_one_of_the_three_docks_closes_the_other_two_everywhere(members: Members, kind: str) -> None:
    members.use("123456", kind)

    assert members.usable("123456") == []
    assert members.usable("123456", CENTER) == []
    assert members.state("123456", "dock") == "used"


AWAY = "999999,見本 次,ミホン ツギ,1974-01-22,M,member,regular,2008-04-01,,,見本小学校,3,,"


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ((MAN,), True),
        ((MAN.replace("2008-04-01,,", "2008-04-01,2024-08-01,"),), True),
        ((MAN.replace("2008-04-01,,", "2008-04-01,2024-07-31,"),), False),
        ((MAN.replace("2008-04-01,,,", "2008-04-01,,2024-07-30,"),), False),
        ((MAN.replace("member,regular,2008-04-01", "member,regular,2024-08-01"),), False),
        ((MAN.replace("member,regular", "voluntary,"),), False),
        ((AWAY,), False),
        (
            (MAN.replace("2008-04-01,,", "2008-04-01,2020-04-01,"), f"{AWAY.replace('2008', '2020')}123456"),
            True,
        ),
    ],
    ids=[
        *(
            "a member",
            "a member until tomorrow",
            "no member since today",
            "a term that ended",
            "a member later",
        ),
        *("a voluntary member", "nobody with this number", "a member under a new number"),
    ],
)
def test_a_spouses_coupon_hangs_on_the_members_membership(
    database: Database, tmp_path: Path, rows: tuple[str, ...], holds: bool
) -> None:
    members = Members(database, tmp_path)
    members.join(WIFE, *rows)

    assert members.usable("12345601") == (["spouse"] if holds else [])
    if not holds:
        with pytest.raises(Refusal) as refused:
            members.use("12345601", "spouse")
        assert (refused.value.code, "ご本人" in refused.value.text) == ("not_usable", True)


def test_only_a_spouse_costs_a_look_for_the_member_and_indexes_lead_to_it(members: Members) -> None:
    if members.database.engine.dialect.name != "sqlite":
        pytest.skip("the statements of one connection are watched")
    man, wife, today = members.holder("123456"), members.holder("12345601"), day_of(NOON)
    asked: list[str] = []
    with members.database.reading() as db:
        driver = db.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(asked.append)
        coupons.held(db, members.terms, man, today)
        of_the_member = len(asked)
        coupons.held(db, members.terms, wife, today)
        driver.set_trace_callback(None)
        (look,) = (each for each in asked if "substr" in each)
        plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {look}")]

    assert len(asked) == 2 * of_the_member + 1
    assert not [step for step in plan if step.startswith("SCAN") and "CONSTANT" not in step]


@pytest.mark.parametrize("other", ["1day", "2day", "brain"])
def test_what_was_used_cannot_be_changed_into_something_else(members: Members, other: str) -> None:
    members.use("123456", "1day")

    with pytest.raises(Refusal, match="すでに利用済み"):
        members.use("123456", other)
    assert len(members.uses("123456")) == 1


def test_dock_and_womens_examination_are_used_on_one_day(members: Members) -> None:
    members.use("K12345", "1day")
    members.use("K12345", "womens")

    assert members.usable("K12345") == []
    assert [each.label for each in members.at_facility(HOSPITAL, day_of(NOON))] == [
        "選べるドック・一般(40未満)・1日・女",
        "女性がん検診・一般(40未満)",
    ]


def test_member_and_spouse_use_their_own_coupons(members: Members) -> None:
    members.use("12345601", "spouse")

    assert members.usable("123456") == ["1day", "2day", "brain"]
    assert members.usable("12345601") == []


@pytest.mark.parametrize(
    ("number", "kind", "here", "now", "why"),
    [
        ("123456", "1day", SPA, NOON, "この施設では"),
        ("123456", "womens", HOSPITAL, NOON, "付与されていません"),
        ("12345601", "1day", HOSPITAL, NOON, "付与されていません"),
        ("123456", "spouse", HOSPITAL, NOON, "付与されていません"),
        ("123456", "1day", HOSPITAL, datetime(2024, 6, 30, 14, 59, tzinfo=UTC), "7月1日（月）から"),
        ("123456", "1day", HOSPITAL, datetime(2024, 12, 31, 15, 0, tzinfo=UTC), "付与されていません"),
        ("123456", "refresh", SPA, datetime(2024, 4, 30, 14, 59, tzinfo=UTC), "5月1日"),
        ("200002", "1day", HOSPITAL, datetime(2024, 7, 31, 15, 0, tzinfo=UTC), "資格がなくなった"),
    ],
    ids=[
        *("not taken here", "a man, women's", "a spouse, dock", "a member, spouse's dock"),
        *("the last minute of June in Japan", "the first minute of January", "before the grant"),
        "the first minute without membership",
    ],
)
def test_what_the_rules_forbid_is_refused_with_a_reason(
    members: Members, number: str, kind: str, here: Facility, now: datetime, why: str
) -> None:
    with pytest.raises(Refusal, match=why):
        members.use(number, kind, here, now=now)
    assert members.uses(number) == []


@pytest.mark.parametrize(
    ("now", "number"),
    [
        (datetime(2024, 6, 30, 15, 0, tzinfo=UTC), "123456"),
        (datetime(2024, 12, 31, 14, 59, tzinfo=UTC), "123456"),
        (datetime(2024, 7, 31, 14, 59, tzinfo=UTC), "200002"),
    ],
    ids=["the first minute of 1 July", "the last minute of the year", "the last minute of membership"],
)
def test_the_first_and_the_last_minute_count_in_japan(members: Members, now: datetime, number: str) -> None:
    members.use(number, "1day", now=now)

    assert len(members.uses(number)) == 1


# マイ リフレッシュ (AMB-S7)


def test_three_refresh_coupons_one_after_another(members: Members) -> None:
    left = []
    for day in range(3):
        members.use("123456", "refresh", SPA, now=NOON + timedelta(days=day))
        left.append(members.remaining("123456", "refresh"))

    assert left == [2, 1, 0]
    with pytest.raises(Refusal):
        members.use("123456", "refresh", SPA)


@pytest.mark.parametrize("several", [1, 2, 3])
def test_fy2024_uses_several_refresh_coupons_at_once(members: Members, several: int) -> None:
    used = members.use("123456", "refresh", SPA, several)

    assert used.quantity == several
    assert members.remaining("123456", "refresh") == 3 - several
    assert members.redemption(used.code) == used


@pytest.mark.parametrize(
    ("several", "before"), [(4, 0), (3, 1), (2, 2), (0, 0), (-1, 0)], ids=["4", "3 of 2", "2 of 1", "0", "-1"]
)
def test_never_more_than_remain(members: Members, several: int, before: int) -> None:
    for _ in range(before):
        members.use("123456", "refresh", SPA)

    with pytest.raises(Refusal, match="一度に使える枚数"):
        members.use("123456", "refresh", SPA, several)
    assert members.remaining("123456", "refresh") == 3 - before


def test_fy2023_uses_one_at_a_time(members: Members) -> None:
    with pytest.raises(Refusal, match="一度に使える枚数"):
        members.use("123456", "refresh", SPA, 2, now=IN_2023)

    members.use("123456", "refresh", SPA, 1, now=IN_2023)
    assert members.remaining("123456", "refresh", IN_2023) == 2


def test_two_docks_at_once_are_refused(members: Members) -> None:
    with pytest.raises(Refusal, match="一度に使える枚数"):
        members.use("123456", "1day", quantity=2)


def test_a_new_fiscal_year_begins_with_new_coupons(members: Members) -> None:
    members.use("123456", "1day", now=IN_2023)

    assert members.usable("123456") == ["1day", "2day", "brain"]
    assert (len(members.uses("123456", 2023)), members.uses("123456", 2024)) == (1, [])


# Opposite entries (R-SAI-38)


def test_a_coupon_given_back_can_be_used_again_as_another_kind(members: Members) -> None:
    first = members.use("123456", "1day")
    [(use, _)] = members.uses("123456")

    members.give_back(use)

    undone = members.redemption(first.code)
    assert undone is not None
    assert (undone.given_back, undone.quantity) == (True, 0)
    assert members.use("123456", "brain").code != first.code
    assert [live for _, live in members.uses("123456")] == [False, True]


def test_one_of_three_used_by_mistake_is_given_back(members: Members) -> None:
    used = members.use("123456", "refresh", SPA, 3)
    second = members.uses("123456")[1][0]

    members.give_back(second)

    rest = members.redemption(used.code)
    assert rest is not None
    assert (rest.quantity, rest.given_back) == (2, False)
    assert members.remaining("123456", "refresh") == 1
    members.use("123456", "refresh", SPA)
    assert members.remaining("123456", "refresh") == 0


def test_a_use_is_kept_beside_its_opposite_entry(members: Members) -> None:
    members.use("123456", "1day")
    [(use, _)] = members.uses("123456")

    members.give_back(use)

    with members.database.reading() as db:
        entry = db.execute(select(GivenBack.use_id, GivenBack.reason, GivenBack.author, GivenBack.at)).one()
        assert tuple(entry) == (use, "押し間違い", "desk", NOON)
        assert db.execute(select(func.count()).select_from(Use)).scalar_one() == 1


@pytest.mark.parametrize("again", [True, False], ids=["the same use twice", "a use that never was"])
def test_only_a_live_use_is_given_back(members: Members, again: bool) -> None:
    members.use("123456", "1day")
    [(use, _)] = members.uses("123456")
    if again:
        members.give_back(use)

    with pytest.raises(Refusal, match="見つからないか、すでに取り消され"):
        members.give_back(use if again else use + 1_000)


# What is found afterwards


def test_a_facility_sees_its_own_uses_of_the_day(members: Members) -> None:
    morning = members.use("123456", "1day", CENTER)
    later = members.use("200002", "1day", CENTER, now=NOON + timedelta(hours=2))
    members.use("K12345", "1day", HOSPITAL)
    members.use("K12345", "womens", HOSPITAL, now=NOON + timedelta(days=1))

    assert members.at_facility(CENTER, day_of(NOON)) == [later, morning]
    assert members.at_facility(CENTER, day_of(NOON) + timedelta(days=1)) == []
    assert [each.label for each in members.at_facility(HOSPITAL, day_of(NOON))] == [
        "選べるドック・一般(40未満)・1日・女"
    ]


def test_a_person_finds_what_they_used_newest_first(members: Members) -> None:
    members.use("K12345", "1day", now=IN_2023)
    dock, womens = (
        members.use("K12345", "1day"),
        members.use("K12345", "womens", now=NOON + timedelta(hours=1)),
    )
    mine = members.holder("K12345").id

    with members.database.reading() as db:
        found = coupon_uses.redemptions_of(db, [mine], date(2024, 4, 1))

    assert found == [womens, dock]


def test_an_unknown_code_is_no_use(members: Members) -> None:
    assert members.redemption("nothing") is None


# Two phones, one coupon

RACES = 300  # test_races runs 2,000 through the whole bot


def test_two_phones_on_the_last_coupon_use_it_once(members: Members) -> None:
    """Every race has one winner, and the other phone is told why."""
    members.join(*(MAN.replace("123456", f"{300_000 + race}") for race in range(RACES)))
    holders = [members.holder(f"{300_000 + race}") for race in range(RACES)]
    start, won, told = Barrier(2), [[0] * RACES, [0] * RACES], [set[str](), set[str]()]

    def phone(place: int) -> None:
        for race, one in enumerate(holders):
            start.wait()
            try:
                members.use_as(one, ("1day", "brain")[place])
                won[place][race] = 1
            except Refusal as refusal:
                told[place].add(refusal.code)

    phones = [Thread(target=phone, args=(place,)) for place in range(2)]
    for each in phones:
        each.start()
    for each in phones:
        each.join()

    assert [sum(pair) for pair in zip(*won, strict=True)] == [1] * RACES
    assert told[0] | told[1] <= {"not_usable", "raced"}
    with members.database.reading() as db:
        assert db.execute(select(func.count()).select_from(Use)).scalar_one() == RACES
