"""Who holds which coupon on which day, and how it is called: the tables of both guides (R-SAI-03…12, 16, 37)."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from models.base import Database
from models.branch import load_branch
from models.coupon_reasons import nothing_here, why
from models.coupon_terms import CouponTerms
from models.coupons import Coupon, Held, held, most_at_once, usable_at
from models.facility import Facility
from models.imports import import_members
from models.member import Holder, Period
from models.terms import Dated
from settings import ROOT
from tests.test_coupon_uses import HEADER, MAN

HOSPITAL = Facility(
    branch="saitama",
    code="fs0007",
    name="共済組合互助会病院",
    address="",
    phone="",
    products={
        "1day": "fs00701",
        "2day": "fs00702",
        "brain": "fs00703",
        "womens": "fs00704",
        "spouse": "fs00705",
    },
)
SPOUSE_ID = 2
MID_2023, MID_2024 = date(2023, 8, 1), date(2024, 8, 1)


@pytest.fixture(scope="module")
def db(sqlite_pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A connection on which nobody has used anything; whoever may be somebody's spouse is a present member's."""
    folder = tmp_path_factory.mktemp("coupons")
    database = Database(f"sqlite:///{shutil.copy(sqlite_pattern, folder)}")
    rows = (MAN, MAN.replace("123456,", "12345601,").replace("member,regular", "spouse,"))
    file = folder / "members.csv"
    file.write_text("\n".join([HEADER, *rows]), "utf-8")
    import_members(database, "saitama", file, now=datetime(2023, 4, 1, tzinfo=UTC))
    with database.reading() as connection:
        yield connection
    database.close()


@pytest.fixture(scope="module")
def terms() -> Dated[CouponTerms]:
    found = load_branch(ROOT / "branches" / "saitama").coupons
    assert found is not None
    return found


def period(
    born: str = "1990-05-05",
    sex: str = "M",
    *,
    kind: str = "member",
    employment: str | None = "regular",
    acquired: str = "2008-04-01",
    lost: str = "",
    term_ends: str = "",
    refresh: int | None = 3,
    number: str = "123456",
) -> Period:
    return Period(
        number=f"{number}01" if kind == "spouse" else number,
        name="見本 太郎",
        birthdate=date.fromisoformat(born),
        sex=sex,
        kind=kind,
        employment=employment,
        acquired_on=date.fromisoformat(acquired),
        lost_on=date.fromisoformat(lost) if lost else None,
        term_ends_on=date.fromisoformat(term_ends) if term_ends else None,
        workplace="見本小学校",
        refresh_coupons=refresh,
    )


def holder_of(*periods: Period) -> Holder:
    return Holder(SPOUSE_ID if periods[0].kind == "spouse" else 1, periods)


def holding(db: Connection, terms: Dated[CouponTerms], day: date | str, *periods: Period) -> Held:
    return held(db, terms, holder_of(*periods), date.fromisoformat(day) if isinstance(day, str) else day)


def one(found: Held, product: str) -> Coupon:
    return next(coupon for coupon in found.coupons if coupon.product == product)


def products(found: Held) -> set[str]:
    return {coupon.product for coupon in found.coupons}


# Ages and groups (R-SAI-08, AMB-S1…S3)

AGES = [
    pytest.param("04-01", 25, "一般(40未満)", id="25 years old"),
    pytest.param("04-01", 39, "一般(40未満)", id="39 years old"),
    pytest.param("04-01", 40, "40優待", id="40 on the very day, born 1 April"),
    pytest.param("04-02", 40, "一般(40未満)", id="40 one day late, born 2 April"),
    pytest.param("04-01", 41, "一般(40以上)", id="41 years old"),
    pytest.param("04-02", 41, "40優待", id="still 40, born 2 April"),
    pytest.param("04-01", 44, "一般(40以上)", id="44 years old"),
    pytest.param("04-01", 45, "45優待", id="45 years old"),
    pytest.param("04-01", 46, "一般(40以上)", id="46 years old"),
    pytest.param("04-01", 50, "50優待", id="50 years old"),
    pytest.param("04-02", 50, "一般(40以上)", id="50 one day late"),
    pytest.param("04-01", 55, "55優待", id="55 years old"),
    pytest.param("04-01", 59, "59優待", id="59 years old"),
    pytest.param("04-02", 60, "59優待", id="60 one day late is 59"),
    pytest.param("04-01", 60, "一般(40以上)", id="60 is no special age"),
    pytest.param("04-01", 65, "一般(40以上)", id="65 years old"),
]


@pytest.mark.parametrize("year", [2023, 2024])
@pytest.mark.parametrize(("birthday", "years", "group"), AGES)
def test_the_age_on_1_april_decides_the_group(
    db: Connection, terms: Dated[CouponTerms], year: int, birthday: str, years: int, group: str
) -> None:
    found = holding(db, terms, date(year, 8, 1), period(f"{year - years}-{birthday}", "F"))

    assert [one(found, name).group for name in ("dock", "womens")] == [group, group]
    assert len([coupon for coupon in found.coupons if coupon.product == "dock"]) == 1


@pytest.mark.parametrize(
    ("born", "day", "label"),
    [
        ("1974-01-22", MID_2023, "選べるドック・一般(40以上)・1日・男"),
        ("1974-01-22", MID_2024, "選べるドック・優待・1日・男"),
        ("1974-12-12", MID_2024, "選べるドック・一般(40以上)・1日・男"),
    ],
    ids=[
        "the sample card in FY2023: 49",
        "the sample card in FY2024: 50",
        "the sample of STEP 1 in FY2024: 49",
    ],
)
def test_the_guides_sample_people(
    db: Connection, terms: Dated[CouponTerms], born: str, day: date, label: str
) -> None:
    """AMB-S13: the sample screen shows 優待 for someone who is 49; the rule wins over the picture."""
    assert one(holding(db, terms, day, period(born)), "dock").label_of("1day") == label


# Labels (R-SAI-09)


@pytest.mark.parametrize(
    ("who", "product", "label"),
    [
        (period("1980-05-05"), "dock", "選べるドック(1日・1泊2日・脳)・一般(40以上)・男"),
        (period("1990-05-05"), "dock", "選べるドック(1日・1泊2日・脳)・一般(40未満)・男"),
        (period("1990-05-05", "F"), "dock", "選べるドック(1日・1泊2日・脳)・一般(40未満)・女"),
        (period("1974-01-22"), "dock", "選べるドック(1日・1泊2日・脳)・50優待・男"),
        (period("1964-10-10", "F"), "dock", "選べるドック(1日・1泊2日・脳)・59優待・女"),
        (period("1980-05-05", "F"), "womens", "女性がん検診・一般(40以上)"),
        (period("1990-05-05", "F"), "womens", "女性がん検診・一般(40未満)"),
        (period("1979-03-03", "F"), "womens", "女性がん検診・45優待"),
        (period("1976-03-03", "F", kind="spouse"), "spouse", "配偶者ドック・一般(40以上)・女"),
        (period("1990-03-03", "M", kind="spouse"), "spouse", "配偶者ドック・一般(40未満)・男"),
        (period("1974-01-22", "F", kind="spouse"), "spouse", "配偶者ドック・一般(40以上)・女"),
        (period(), "refresh", "マイ リフレッシュ"),
        (period(), "dental", "歯科健康診査"),
    ],
    ids=[
        *("dock 43 M", "dock 33 M", "dock 33 F", "dock 50 M", "dock 59 F"),
        *("womens 43", "womens 33", "womens 45"),
        *("spouse 48 F", "spouse 34 M", "a spouse of 50 has no special age", "refresh", "dental"),
    ],
)
def test_the_list_calls_a_coupon_as_the_guide_prints_it(
    db: Connection, terms: Dated[CouponTerms], who: Period, product: str, label: str
) -> None:
    assert one(holding(db, terms, MID_2024, who), product).label == label


@pytest.mark.parametrize(
    ("who", "kind", "label"),
    [
        (period("1980-05-05"), "1day", "選べるドック・一般(40以上)・1日・男"),
        (period("1980-05-05"), "2day", "選べるドック・一般(40以上)・1泊2日・男"),
        (period("1980-05-05"), "brain", "選べるドック・一般(40以上)・脳・男"),
        (period("1974-01-22"), "1day", "選べるドック・優待・1日・男"),
        (period("1990-05-05", "F"), "2day", "選べるドック・一般(40未満)・1泊2日・女"),
        (period("1980-05-05", "F"), "womens", "女性がん検診・一般(40以上)"),
        (period("1979-03-03", "F"), "womens", "女性がん検診・優待"),
        (period("1976-03-03", "F", kind="spouse"), "spouse", "配偶者ドック・一般(40以上)・女"),
    ],
    ids=["1 day", "2 days", "brain", "special age", "under 40", "womens", "womens special", "spouse"],
)
def test_the_redemption_calls_it_with_the_chosen_kind(
    db: Connection, terms: Dated[CouponTerms], who: Period, kind: str, label: str
) -> None:
    found = usable_at(db, terms, holder_of(who), HOSPITAL, MID_2024)

    assert next(each.label for each in found if each.kind == kind) == label


# Who gets what (§1.2)


@pytest.mark.parametrize("day", [MID_2023, MID_2024], ids=["FY2023", "FY2024"])
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (period(sex="M"), {"dock", "refresh", "dental"}),
        (period(sex="F"), {"dock", "womens", "refresh", "dental"}),
        (period(sex="F", kind="spouse", employment=None), {"spouse"}),
        (period(sex="M", kind="spouse", employment=None), {"spouse"}),
        (period(employment="fiscal_year"), {"dock", "refresh", "dental"}),
        (period(employment="reappointed_short"), {"dock", "refresh", "dental"}),
        (period(employment=None), {"dock", "refresh", "dental"}),
        (period(refresh=0), {"dock", "dental"}),
        (period(refresh=None), {"dock", "dental"}),
    ],
    ids=[
        *("a man", "a woman", "a wife", "a husband", "fiscal-year staff", "reappointed, 20 h or more"),
        *("employment unknown", "no refresh coupons in the data", "refresh unknown"),
    ],
)
def test_the_kind_of_person_decides_the_products(
    db: Connection, terms: Dated[CouponTerms], day: date, who: Period, expected: set[str]
) -> None:
    assert products(holding(db, terms, day, who)) == expected


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (period(employment="reappointed_under_20h"), "paper_only"),
        (period(kind="voluntary"), "kind"),
        (period(kind="dependent"), "kind"),
        (period(acquired="2024-09-01"), "not_yet"),
        (period(lost="2024-08-01"), "lost"),
        (period(term_ends="2024-07-31"), "term_ended"),
    ],
    ids=[
        *("under 20 hours (AMB-S16)", "voluntary member", "another dependent", "membership begins later"),
        *("membership lost today", "term over"),
    ],
)
def test_who_holds_nothing_hears_why(
    db: Connection, terms: Dated[CouponTerms], who: Period, code: str
) -> None:
    found = holding(db, terms, MID_2024, who)

    assert (found.coupons, found.code) == ((), code)
    assert found.reason.endswith("。")


@pytest.mark.parametrize(
    ("day", "who", "taken", "code"),
    [
        (MID_2024, period(lost="2024-08-01"), "1day", "lost"),
        (date(2024, 4, 10), period(), "1day", "nothing_granted"),
        (date(2024, 4, 10), period(), "spouse", "not_here"),
        (date(2024, 6, 10), period(), "1day", "before"),
        (date(2025, 1, 10), period(), "1day", "out_of_season"),
        (MID_2024, period(), "womens", "not_here"),
        (MID_2024, period(refresh=None), "refresh", "not_here"),
    ],
    ids=[
        *("no member any more", "granted later", "nothing granted, another's", "not usable yet", "over"),
        *("for the other sex", "the number is not in the data"),
    ],
)
def test_why_nothing_can_be_used_at_a_facility_is_counted_under_one_reason(
    db: Connection, terms: Dated[CouponTerms], day: date, who: Period, taken: str, code: str
) -> None:
    here = replace(HOSPITAL, products={taken: ""})

    found = nothing_here(db, terms, holder_of(who), here, day)

    assert usable_at(db, terms, holder_of(who), here, day) == ()
    assert found.code == code
    assert [each.name for each in found.unknown] == (["マイ リフレッシュ"] if taken == "refresh" else [])


# Days (R-SAI-04, AMB-S5)

STATES = [
    pytest.param("2023-04-30", "refresh", None, id="FY2023 refresh, day before the grant"),
    pytest.param("2023-05-01", "refresh", "usable", id="FY2023 refresh, granted and usable"),
    pytest.param("2024-03-31", "refresh", "usable", id="FY2023 refresh, last day"),
    pytest.param("2024-04-01", "refresh", None, id="FY2023 refresh is over, FY2024 not yet granted"),
    pytest.param("2024-04-30", "refresh", None, id="FY2024 refresh, day before the grant"),
    pytest.param("2024-05-01", "refresh", "usable", id="FY2024 refresh, granted and usable"),
    pytest.param("2025-03-31", "refresh", "usable", id="FY2024 refresh, last day"),
    *(
        pytest.param(day, product, state, id=f"{product}, {words}")
        for product in ("dock", "womens", "dental")
        for day, state, words in (
            ("2023-05-31", None, "FY2023 day before the grant"),
            ("2023-06-01", "before", "FY2023 day of the grant"),
            ("2023-06-30", "before", "FY2023 day before the first"),
            ("2023-07-01", "usable", "FY2023 first day"),
            ("2023-12-31", "usable", "FY2023 last day"),
            ("2024-01-01", None, "FY2023 over"),
            ("2024-06-02", None, "FY2024 day before the grant"),
            ("2024-06-03", "before", "FY2024 day of the grant"),
            ("2024-06-30", "before", "FY2024 day before the first"),
            ("2024-07-01", "usable", "FY2024 first day"),
            ("2024-12-31", "usable", "FY2024 last day"),
            ("2025-01-01", None, "FY2024 over"),
        )
    ),
]


@pytest.mark.parametrize(("day", "product", "state"), STATES)
def test_a_coupon_is_granted_begins_and_ends_on_its_days(
    db: Connection, terms: Dated[CouponTerms], day: str, product: str, state: str | None
) -> None:
    states = {each.product: each.state for each in holding(db, terms, day, period(sex="F")).coupons}

    assert states.get(product) == state


@pytest.mark.parametrize("day", ["2023-06-01", "2024-06-03", "2024-12-31"])
def test_the_spouse_dock_has_the_docks_days(db: Connection, terms: Dated[CouponTerms], day: str) -> None:
    spouse, member = (
        holding(db, terms, day, who).coupons[0] for who in (period(kind="spouse"), period(refresh=0))
    )

    assert (spouse.state, spouse.granted_on) == (member.state, member.granted_on)


@pytest.mark.parametrize("day", ["2023-03-31", "2025-04-01"], ids=["before FY2023", "after FY2024"])
def test_a_year_without_terms_says_so(db: Connection, terms: Dated[CouponTerms], day: str) -> None:
    assert holding(db, terms, day, period()).code == "no_terms"


def test_before_the_first_grant_the_next_one_is_named(db: Connection, terms: Dated[CouponTerms]) -> None:
    found = holding(db, terms, "2024-04-10", period())

    assert found.code == "nothing_granted"
    assert "マイ リフレッシュ" in found.reason
    assert "5月1日（水）" in found.reason


@pytest.mark.parametrize("refresh", [None, 0])
def test_what_has_no_number_in_the_data_is_not_promised(
    db: Connection, terms: Dated[CouponTerms], refresh: int | None
) -> None:
    found = holding(db, terms, "2024-04-10", period(refresh=refresh))

    assert found.reason == "「選べるドック」は6月3日（月）に付与される予定です。"


def test_who_is_no_member_of_a_kind_with_coupons_hears_which_kind_it_is(
    db: Connection, terms: Dated[CouponTerms]
) -> None:
    assert "任意継続組合員" in holding(db, terms, MID_2024, period(kind="voluntary")).reason


def test_a_membership_that_begins_later_promises_no_day_of_use(
    db: Connection, terms: Dated[CouponTerms]
) -> None:
    found = holding(db, terms, "2024-04-10", period(acquired="2025-04-01"))

    assert "2025年4月1日（火）" in found.reason
    assert "その日から" not in found.reason


def test_a_term_that_has_ended_is_told_with_its_day(db: Connection, terms: Dated[CouponTerms]) -> None:
    assert (
        "2024年7月31日（水）"
        in holding(db, terms, MID_2024, period(term_ends="2024-07-31", acquired="2024-04-01")).reason
    )


def test_the_reason_of_a_coupon_is_the_period_that_holds(db: Connection, terms: Dated[CouponTerms]) -> None:
    again = (period(acquired="2010-04-01", lost="2015-04-01"), period(acquired="2023-10-01"))
    found = one(holding(db, terms, MID_2024, *again), "dental")

    assert why(found, holder_of(*again), MID_2024) == "資格は2023年10月1日（日）から。"


def test_the_days_left_count_to_the_last_usable_day(db: Connection, terms: Dated[CouponTerms]) -> None:
    coupon = one(holding(db, terms, "2024-12-30", period()), "dock")

    assert coupon.days_left(date(2024, 12, 30)) == 1
    assert coupon.days_left(date(2024, 12, 31)) == 0


# Membership (R-SAI-05, 06, 11)


@pytest.mark.parametrize(
    ("who", "day", "holds"),
    [
        (period(acquired="2024-08-15"), "2024-08-14", False),
        (period(acquired="2024-08-15"), "2024-08-15", True),
        (period(lost="2024-08-15"), "2024-08-14", True),
        (period(lost="2024-08-15"), "2024-08-15", False),
        (period(term_ends="2024-09-30"), "2024-09-30", True),
        (period(term_ends="2024-09-30"), "2024-10-01", False),
        (period(lost="2024-08-15", term_ends="2024-09-30"), "2024-08-15", False),
    ],
    ids=[
        *("day before joining", "day of joining", "day before the loss", "day of the loss"),
        *("last day of the term", "day after the term", "loss inside a term"),
    ],
)
def test_membership_must_hold_on_the_day(
    db: Connection, terms: Dated[CouponTerms], who: Period, day: str, holds: bool
) -> None:
    assert bool(holding(db, terms, day, who).coupons) is holds


def test_who_joins_inside_the_year_is_granted_on_the_day_of_joining(
    db: Connection, terms: Dated[CouponTerms]
) -> None:
    found = holding(db, terms, "2024-09-02", period(acquired="2024-09-02", refresh=2))

    assert {each.product: each.granted_on for each in found.coupons} == dict.fromkeys(
        ("dock", "refresh", "dental"), date(2024, 9, 2)
    )


FIRST = period(acquired="2024-04-01", term_ends="2024-09-30", refresh=1, employment="temporary")
SECOND = period(acquired="2024-10-01", term_ends="2025-03-31", refresh=1, employment="temporary")
LONGER = period(acquired="2024-10-01", term_ends="2025-03-31", refresh=3, employment="temporary")
LATER = period(acquired="2024-11-15", term_ends="2025-03-31", refresh=1, employment="temporary")
LAST_YEAR = period(acquired="2023-04-01", term_ends="2024-03-31", refresh=3, employment="temporary")


@pytest.mark.parametrize(
    ("periods", "day", "number"),
    [
        ((FIRST,), "2024-09-30", 1),
        ((FIRST,), "2024-10-01", None),
        ((FIRST, SECOND), "2024-09-30", 1),
        ((FIRST, SECOND), "2024-10-01", 2),
        ((FIRST, LONGER), "2024-10-01", 3),
        ((FIRST, LATER), "2024-10-31", None),
        ((FIRST, LATER), "2024-11-15", 2),
        ((LAST_YEAR, FIRST), "2024-05-01", 1),
        ((LAST_YEAR, FIRST), "2024-03-31", 3),
    ],
    ids=[
        *("inside the first term", "term over, renewal not in the data yet", "renewal known, not begun"),
        *(
            "renewed without a gap",
            "renewed with three: never more than three",
            "in the gap",
            "after the gap",
        ),
        *("last year's term does not count", "on last year's last day"),
    ],
)
def test_the_number_of_refresh_coupons_is_what_the_data_say_of_the_years_terms(
    db: Connection, terms: Dated[CouponTerms], periods: tuple[Period, ...], day: str, number: int | None
) -> None:
    """R-SAI-05, R-SAI-06, R-SAI-12: added up over the terms begun, never computed from their length (AMB-S6)."""
    totals = {each.product: each.total for each in holding(db, terms, day, *periods).coupons}

    assert totals.get("refresh") == number


OLD_NUMBER = period(number="300001", lost="2024-06-01", refresh=2)
NEW_NUMBER = period(number="300101", acquired="2024-06-01", refresh=2)


@pytest.mark.parametrize(
    ("periods", "day", "number"),
    [
        ((OLD_NUMBER, NEW_NUMBER), "2024-05-31", 2),
        ((OLD_NUMBER, NEW_NUMBER), "2024-06-01", 2),
        ((OLD_NUMBER, replace(NEW_NUMBER, refresh_coupons=1)), "2024-06-01", 1),
        ((OLD_NUMBER, replace(NEW_NUMBER, refresh_coupons=None)), "2024-06-01", 2),
        ((OLD_NUMBER, replace(NEW_NUMBER, acquired_on=date(2024, 6, 2))), "2024-06-02", 3),
        ((replace(OLD_NUMBER, term_ends_on=date(2024, 5, 31)), NEW_NUMBER), "2024-06-01", 3),
        ((OLD_NUMBER, replace(NEW_NUMBER, number="300001")), "2024-06-01", 3),
    ],
    ids=[
        *("before the change", "told again", "told anew", "not told anew"),
        *("a day between", "a term that ended", "the same number"),
    ],
)
def test_a_membership_that_goes_on_under_another_number_is_not_granted_twice(
    db: Connection, terms: Dated[CouponTerms], periods: tuple[Period, ...], day: str, number: int
) -> None:
    assert one(holding(db, terms, day, *periods), "refresh").total == number


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_there_are_three_refresh_coupons_at_most(
    db: Connection, terms: Dated[CouponTerms], number: int
) -> None:
    coupon = one(holding(db, terms, MID_2024, period(refresh=number)), "refresh")

    assert coupon.total == coupon.remaining == min(number, 3)


# At a facility (R-SAI-02, 10, 31)


@pytest.mark.parametrize(
    ("who", "offers", "kinds"),
    [
        (period(sex="F"), ("1day", "2day", "brain", "womens", "spouse"), ["1day", "2day", "brain", "womens"]),
        (period(sex="M"), ("1day", "2day", "brain", "womens", "spouse"), ["1day", "2day", "brain"]),
        (period(kind="spouse"), ("1day", "2day", "brain", "womens", "spouse"), ["spouse"]),
        (period(), ("1day", "brain"), ["1day", "brain"]),
        (period(), ("dental",), ["dental"]),
        (period(), ("refresh",), ["refresh"]),
        (period(kind="spouse"), ("1day", "dental", "refresh"), []),
        (period(), (), []),
    ],
    ids=[
        *("a woman at a hospital", "a man", "a spouse", "two of the three docks", "a dentist", "a spa"),
        *("nothing for spouses here", "takes nothing at present"),
    ],
)
def test_only_what_the_facility_takes_can_be_used_there(
    db: Connection, terms: Dated[CouponTerms], who: Period, offers: tuple[str, ...], kinds: list[str]
) -> None:
    here = Facility("saitama", "fs0007", "", "", "", dict.fromkeys(offers, "fs00701"))

    assert [each.kind for each in usable_at(db, terms, holder_of(who), here, MID_2024)] == kinds


def test_what_is_granted_but_not_begun_cannot_be_used(db: Connection, terms: Dated[CouponTerms]) -> None:
    assert usable_at(db, terms, holder_of(period()), HOSPITAL, date(2024, 6, 30)) == ()


def test_the_experience_code_is_the_facilitys(db: Connection, terms: Dated[CouponTerms]) -> None:
    found = usable_at(db, terms, holder_of(period()), HOSPITAL, MID_2024)

    assert [each.experience for each in found] == ["fs00701", "fs00702", "fs00703"]


# How many at once (R-SAI-27, AMB-S7), and what else the editions differ in (R-SAI-16, 17)


@pytest.mark.parametrize(
    ("day", "product", "most"),
    [
        (MID_2023, "refresh", 1),
        (MID_2024, "refresh", 3),
        (MID_2023, "dock", 1),
        (MID_2024, "dock", 1),
        (MID_2024, "dental", 1),
    ],
    ids=["FY2023 refresh", "FY2024 refresh", "FY2023 dock", "FY2024 dock", "FY2024 dental"],
)
def test_only_fy2024_lets_several_refresh_coupons_be_used_at_once(
    db: Connection, terms: Dated[CouponTerms], day: date, product: str, most: int
) -> None:
    coupon = one(holding(db, terms, day, period()), product)

    assert most_at_once(terms.on(day), coupon) == most


def test_the_editions_differ_as_the_guides_say(terms: Dated[CouponTerms]) -> None:
    old, new = terms.on(MID_2023), terms.on(MID_2024)

    assert (old.identified_by, new.identified_by) == ("number", "number_and_birthdate")
    assert (old.quantity_default, new.quantity_default) == ("remaining", "one")
    assert (old.facility_list_in_mypage, new.facility_list_in_mypage) == (False, True)
    assert terms.on(date(2024, 3, 31)) is old
    assert terms.on(date(2024, 4, 1)) is new
