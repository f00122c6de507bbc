"""Whom an event concerns and until when: by what somebody is, by what they did, and alike for one and for a million."""

from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

import pytest
from sqlalchemy import Connection, and_, delete, insert, not_, select

from models import done
from models.audience import Audience, audience_of
from models.base import Database
from models.branch import load_branch
from models.calendar import Event
from models.calendar_terms import Figures, Span, Wanted, year_of
from models.concerned import already_done, concerned, expected, used_up
from models.concerns import Did, concerns, did, is_done
from models.coupon_uses import Use
from models.member import EMPLOYMENTS, KINDS, Holder, MemberEdition, Membership, Period, Person, holder
from models.paper import PaperRequest
from settings import ROOT

NOW = datetime(2024, 6, 1, 3, tzinfo=UTC)
DEADLINE = Event(
    uid="aichi-2024-x",
    programme="dock",
    kind="deadline",
    title="例",
    first=date(2024, 6, 1),
    last=date(2024, 6, 14),
    source="P1",
    paper="aichi-2024-x",
    settled_by=("aichi-2024-x", "aichi-2024-y"),
)
MEMBER = Period(
    "1", "見本", date(1984, 4, 1), "F", "member", "regular", date(2020, 4, 1), None, None, None, None
)


def of_age(
    birthdate: str, *, since: int = 40, until: int | None = None, on: str, counts: str = "birthday"
) -> bool:
    wanted = Wanted(
        age_from=str(since),
        age_until=str(until) if until else "",
        age_on=on,
        age_counts="eve" if counts == "eve" else "birthday",
    )
    audience = audience_of(wanted, Figures(ROOT / "branches" / "aichi"), year_of(2024))
    return audience.takes(replace(MEMBER, birthdate=date.fromisoformat(birthdate)))


@pytest.mark.parametrize(
    ("birthdate", "on", "counts", "is_of_age"),
    [
        ("1984-04-01", "2024-04-01", "birthday", True),
        ("1984-04-02", "2024-04-01", "birthday", False),
        ("1985-03-31", "2025-03-31", "birthday", True),
        ("1985-04-01", "2025-03-31", "birthday", False),
        ("1985-04-01", "2025-03-31", "eve", True),
        ("1985-04-02", "2025-03-31", "eve", False),
        ("1984-02-29", "2024-02-29", "birthday", True),
        ("1984-02-29", "2024-02-28", "birthday", False),
        ("1984-02-29", "2024-02-28", "eve", True),
    ],
)
def test_an_age_is_counted_as_the_rule_counts_it(
    birthdate: str, on: str, counts: str, is_of_age: bool
) -> None:
    assert of_age(birthdate, on=on, counts=counts) is is_of_age


@pytest.mark.parametrize(
    ("birthdate", "is_of_age"),
    [("1949-04-01", False), ("1949-04-02", True), ("1984-04-01", True), ("1984-04-02", False)],
)
def test_ages_have_an_end(birthdate: str, is_of_age: bool) -> None:
    assert of_age(birthdate, until=74, on="2024-04-01") is is_of_age


def test_without_a_birth_date_only_rules_of_age_leave_somebody_out() -> None:
    unknown = replace(MEMBER, birthdate=None)  # type: ignore[arg-type]

    assert Audience(kinds=("member",)).takes(unknown)
    assert not Audience(born_until=date(1984, 4, 1)).takes(unknown)


@pytest.mark.parametrize(
    ("audience", "period", "takes"),
    [
        (Audience(kinds=("spouse",)), MEMBER, False),
        (Audience(employments=("temporary",)), MEMBER, False),
        (Audience(employments=("temporary",)), replace(MEMBER, employment=None), True),
        (Audience(sex="M"), MEMBER, False),
        (Audience(kinds=("member",), employments=("regular",), sex="F"), MEMBER, True),
    ],
)
def test_kind_employment_and_sex_are_compared(audience: Audience, period: Period, takes: bool) -> None:
    assert concerns(replace(DEADLINE, audience=audience), Holder(1, (period,)), date(2024, 6, 3)) is takes


@pytest.mark.parametrize(
    ("kind", "acquired", "lost", "term", "day", "is_concerned"),
    [
        ("deadline", "2020-04-01", None, None, "2024-05-01", True),
        ("deadline", "2020-04-01", "2024-06-14", None, "2024-05-01", False),
        ("deadline", "2020-04-01", "2024-06-15", None, "2024-05-01", True),
        ("request", "2020-04-01", None, "2024-06-13", "2024-05-01", False),
        ("expiry", "2020-04-01", None, "2024-06-14", "2024-06-02", True),
        ("window", "2020-04-01", "2024-06-02", None, "2024-05-01", True),
        ("window", "2020-04-01", "2024-06-02", None, "2024-06-02", False),
        ("deadline", "2024-05-20", None, None, "2024-05-01", True),
        ("payment", "2020-04-01", "2024-06-01", None, "2024-05-31", True),
        ("payment", "2020-04-01", "2024-06-01", None, "2024-06-01", False),
    ],
)
def test_membership_counts_when_the_event_is_on(
    kind: str, acquired: str, lost: str | None, term: str | None, day: str, is_concerned: bool
) -> None:
    period = replace(
        MEMBER,
        acquired_on=date.fromisoformat(acquired),
        lost_on=date.fromisoformat(lost) if lost else None,
        term_ends_on=date.fromisoformat(term) if term else None,
    )
    event = replace(DEADLINE, kind=kind)  # type: ignore[arg-type]

    assert concerns(event, Holder(1, (period,)), date.fromisoformat(day)) is is_concerned


@pytest.mark.parametrize(
    ("event", "done_things", "over"),
    [
        (DEADLINE, Did(), False),
        (DEADLINE, Did(frozenset({"aichi-2024-x"})), True),
        (DEADLINE, Did(frozenset({"aichi-2024-y"})), True),
        (DEADLINE, Did(frozenset({"aichi-2023-x"})), False),
        (replace(DEADLINE, product="dock"), Did(coupons={"dock": 1}), False),
        (replace(DEADLINE, product="dock"), Did(coupons={"dock": 0}), True),
        (replace(DEADLINE, product="dock"), Did(coupons={}), True),
        (replace(DEADLINE, product="dock", first=date(2024, 7, 1)), Did(coupons={}), False),
        (replace(DEADLINE, product="dock"), Did(), False),
        (replace(DEADLINE, programme="points", kind="expiry"), Did(losing=frozenset()), True),
        (
            replace(DEADLINE, programme="points", kind="expiry"),
            Did(losing=frozenset({date(2024, 6, 14)})),
            False,
        ),
        (replace(DEADLINE, programme="points", kind="expiry"), Did(), False),
    ],
)
def test_what_is_done_is_over(event: Event, done_things: Did, over: bool) -> None:
    assert is_done(event, done_things, date(2024, 6, 3)) is over


@pytest.mark.parametrize(
    ("acquired", "lost", "term", "takes"),
    [
        ("2024-04-01", None, None, True),
        ("2024-04-02", None, None, False),
        ("2020-04-01", "2025-03-31", None, False),
        ("2020-04-01", "2025-04-01", None, True),
        ("2020-04-01", None, "2025-03-30", False),
        ("2020-04-01", None, "2025-03-31", True),
    ],
)
def test_a_whole_year_is_one_without_joining_or_leaving(
    acquired: str, lost: str | None, term: str | None, takes: bool
) -> None:
    calendar = load_branch(ROOT / "branches" / "aichi").calendar
    assert calendar
    voucher = calendar.find("aichi-2024-specific-voucher")
    assert voucher
    period = replace(
        MEMBER,
        kind="spouse",
        acquired_on=date.fromisoformat(acquired),
        lost_on=date.fromisoformat(lost) if lost else None,
        term_ends_on=date.fromisoformat(term) if term else None,
    )

    assert concerns(voucher, Holder(1, (period,)), date(2024, 7, 21)) is takes


def test_a_paper_is_marked_once_and_can_be_taken_back(database: Database) -> None:
    with database.transaction() as db:
        one = _people(db, 1, marks=False)[0]

        assert done.hand_in(db, one, "aichi-2024-x", NOW)
        assert not done.hand_in(db, one, "aichi-2024-x", NOW)
        assert done.handed_in(db, one) == {"aichi-2024-x"}
        assert done.take_back(db, one, "aichi-2024-x")
        assert not done.take_back(db, one, "aichi-2024-x")
        assert done.handed_in(db, one) == frozenset()


def test_one_person_and_a_million_are_asked_alike(database: Database) -> None:
    saitama = load_branch(ROOT / "branches" / "saitama")
    assert saitama.calendar
    assert saitama.coupons
    events = [each for each in saitama.calendar.year(2024) if each.product]
    asked = [*events, *(replace(DEADLINE, audience=audience) for audience in _audiences())]
    day = date(2024, 7, 10)
    terms = saitama.coupons.on(day)
    with database.transaction() as db:
        people = _people(db, 60)
        for event in asked:
            product = terms.products.get(event.product)
            theirs = select(Membership.person_id).where(Membership.edition == 1, concerned(event, day))
            for one in people:
                who = holder(db, one)
                assert who
                one_did = did(db, saitama, who, day)
                mine = theirs.where(Membership.person_id == one)
                open_ = mine.where(~already_done(event, day, product))
                wanted = replace(event, follows="aichi-2024-y")
                assert bool(db.execute(mine).first()) == concerns(event, who, day)
                if concerns(event, who, day):
                    assert bool(db.execute(open_).first()) != is_done(event, one_did, day)
                    told_of_result = db.execute(mine.where(expected(wanted))).first() is not None
                    assert told_of_result == (wanted.follows in one_did.papers)


@pytest.mark.parametrize(("told", "spent"), [(2, True), (3, False), (None, True)])
def test_coupons_told_again_under_another_number_count_once(
    database: Database, told: int | None, spent: bool
) -> None:
    coupons = load_branch(ROOT / "branches" / "saitama").coupons
    assert coupons
    day = date(2024, 7, 10)
    changed = {"acquired_on": date(2024, 6, 1), "lost_on": None, "term_ends_on": None}
    before = {"number": "9", "acquired_on": date(2020, 4, 1), "lost_on": date(2024, 6, 1)}
    with database.transaction() as db:
        (one,) = _people(db, 1, marks=False)
        db.execute(delete(Membership))
        db.execute(delete(Use))
        now = _membership(Random(1), one, 0) | changed | {"refresh_coupons": told}
        db.execute(insert(Membership), [now, now | before | {"refresh_coupons": 2}])
        _use(db, one, "refresh", 2)
        used = used_up("refresh", coupons.on(day).products["refresh"], 2024, day)
        found = db.execute(select(Membership.person_id).where(used)).first()
    assert bool(found) == spent


@pytest.mark.parametrize(
    ("sex", "refresh", "paper", "granted"),
    [
        ("F", 2, None, {"refresh", "dock", "womens", "dental"}),
        ("M", 2, None, {"refresh", "dock", "dental"}),
        ("M", None, None, {"dock", "dental"}),
        ("F", 0, None, {"dock", "womens", "dental"}),
        ("F", 2, "waiting", {"refresh", "dock", "womens", "dental"}),
        ("F", 2, "confirmed", set()),
    ],
)
def test_a_grant_is_told_to_those_who_get_the_coupon(
    database: Database, sex: str, refresh: int | None, paper: str | None, granted: set[str]
) -> None:
    saitama = load_branch(ROOT / "branches" / "saitama")
    assert saitama.calendar
    assert saitama.coupons
    products = saitama.coupons.on(date(2024, 5, 1)).products
    what = {"sex": sex, "refresh_coupons": refresh, "kind": "member", "employment": "regular"}
    always = {"acquired_on": date(2020, 4, 1), "lost_on": None, "term_ends_on": None}
    with database.transaction() as db:
        (one,) = _people(db, 1, marks=False)
        for table in (Membership, Use, PaperRequest):
            db.execute(delete(table))
        db.execute(insert(Membership), _membership(Random(1), one, 0) | what | always)
        if paper:
            _paper(db, one, paper)
        who = holder(db, one)
        assert who
        for event in (each for each in saitama.calendar.year(2024) if each.kind == "grant"):
            told = and_(
                concerned(event, event.first),
                not_(already_done(event, event.first, products[event.product])),
            )
            is_told = bool(db.execute(select(Membership.person_id).where(told)).first())
            assert is_told == (event.product in granted), event.title
            mine = did(db, saitama, who, event.first)
            assert is_told == (concerns(event, who, event.first) and not is_done(event, mine, event.first))


def test_who_has_paper_coupons_is_not_told_of_electronic_ones_that_are_still_to_come(
    database: Database,
) -> None:
    saitama = load_branch(ROOT / "branches" / "saitama")
    assert saitama.calendar
    assert saitama.coupons
    day = date(2024, 4, 10)
    event = saitama.calendar.find("saitama-2024-dock-use")
    assert event
    dock = saitama.coupons.on(day).products["dock"]
    with database.transaction() as db:
        one, another = _people(db, 2, marks=False)
        db.execute(delete(PaperRequest))
        _paper(db, one, "confirmed")
        query = select(Membership.person_id).where(already_done(event, day, dock))
        assert set(db.execute(query).scalars()) == {one}
        for person in (one, another):
            who = holder(db, person)
            assert who
            assert is_done(event, did(db, saitama, who, day), day) is (person == one)


def _audiences() -> list[Audience]:
    return [
        Audience(),
        Audience(kinds=("member", "voluntary")),
        Audience(employments=("regular", "temporary")),
        Audience(sex="F", born_until=date(1984, 4, 1)),
        Audience(born_from=date(1970, 1, 1), born_until=date(1990, 1, 1)),
        Audience(through=year_of(2024)),
        Audience(member_on=date(2024, 6, 19)),
        Audience(joined_after=date(2024, 6, 19)),
        Audience(joined_in=(Span(date(2019, 1, 1), date(2019, 12, 31)), year_of(2024))),
    ]


def _people(db: Connection, count: int, *, marks: bool = True) -> list[int]:
    """People of all sorts, some of whom have used coupons and handed papers in."""
    chance = Random(count)
    db.execute(insert(MemberEdition), {"branch": "saitama", "edition": 1, "staged": 1, "imported_at": None})
    found = []
    for number in range(count):
        new = insert(Person).returning(Person.id)
        one: int = db.execute(new, {"branch": "saitama", "number": str(number)}).scalar_one()
        now = _membership(chance, one, number)
        before = {"number": f"9{number}", "acquired_on": date(2019, 4, 1), "lost_on": now["acquired_on"]}
        before |= {"term_ends_on": chance.choice((None, None, date(2024, 6, 19)))}
        several = [now, _membership(chance, one, number) | before] if chance.random() < 0.5 else [now]
        db.execute(insert(Membership), several)
        if marks and chance.random() < 0.4:
            done.hand_in(db, one, chance.choice(("aichi-2024-x", "aichi-2024-y", "aichi-2023-x")), NOW)
        for product in ("dock", "womens", "dental", "refresh"):
            _use(
                db,
                one,
                product,
                chance.choice((0, 0, 1)) * (chance.choice((1, 3)) if product == "refresh" else 1),
            )
        if chance.random() < 0.3:
            _paper(db, one, chance.choice(("waiting", "confirmed", "confirmed", "declined")))
        found.append(one)
    return found


def _paper(db: Connection, person: int, state: str) -> None:
    request = {
        "branch": "saitama",
        "person_id": person,
        "fiscal_year": 2024,
        "live": None if state == "declined" else True,
        "state": state,
        "reason": "unable",
        "asked_at": NOW,
        "changed_at": NOW,
    }
    empty = dict.fromkeys(("words", "message_id", "question", "answer", "answer_message_id", "coupons"), "")
    db.execute(insert(PaperRequest), request | empty)


def _membership(chance: Random, person: int, number: int) -> dict[str, object]:
    return {
        "branch": "saitama",
        "edition": 1,
        "number": str(number),
        "person_id": person,
        "acquired_on": chance.choice((date(2020, 4, 1), date(2024, 6, 20), date(2024, 8, 1))),
        "name": "見本",
        "kana": "ミホン",
        "birthdate": chance.choice((date(1960, 5, 5), date(1984, 4, 1), date(1984, 4, 2), date(1995, 1, 1))),
        "sex": chance.choice("MF"),
        "kind": chance.choice(("member", "member", *KINDS)),
        "employment": chance.choice((None, *EMPLOYMENTS)),
        "lost_on": chance.choice((None, None, date(2024, 7, 10), date(2024, 7, 11))),
        "term_ends_on": chance.choice((None, None, date(2024, 7, 9), date(2024, 7, 10))),
        "refresh_coupons": chance.choice((None, 0, 1, 3)),
    }


def _use(db: Connection, person: int, product: str, count: int) -> None:
    for ordinal in range(1, count + 1):
        row = {
            "branch": "saitama",
            "person_id": person,
            "fiscal_year": 2024,
            "product": product,
            "ordinal": ordinal,
            "live": True,
            "kind": product,
            "label": "例",
            "facility": "fs0007",
            "facility_name": "見本",
            "used_on": date(2024, 7, 2),
            "used_at": NOW,
            "redemption": "x",
        }
        db.execute(insert(Use), row)
