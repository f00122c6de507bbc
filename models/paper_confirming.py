"""Confirming a paper request: the person's electronic coupons end, and what goes out on paper is counted (R-SAI-32, AMB-S12)."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from models.base import Refusal
from models.coupon_terms import CouponTerms
from models.coupons import left_in_year
from models.days import day_of, fiscal_year
from models.member import Holder, Person, holder
from models.paper import (
    PaperTerms,
    by_employment,
    on_paper_people,
    promised,
    request,
    settle_as_confirmed,
    why_not,
)
from models.paper_posting import GRANTED, post_more
from models.terms import Dated


def confirm(
    db: Connection,
    branch: str,
    coupons: Dated[CouponTerms],
    paper: Dated[PaperTerms],
    request_id: int,
    *,
    by: int,
    now: datetime,
) -> Mapping[str, int]:
    """Confirms the request; answers how many coupons of each product go out on paper.

    Coupons used before this moment stay used and are not sent again. Raises Refusal when it is settled already,
    when its fiscal year is over, or when the person has lost their membership meanwhile."""
    found = request(db, branch, request_id)
    one = holder(db, found.person_id) if found else None
    if found is None or one is None:
        raise Refusal("この申請の方は、今の資格データに見つかりません。何も変えていません。", "not_in_data")
    # The same lock as a redemption takes: of the two at one moment, the second sees what the first has done.
    db.execute(select(Person.id).where(Person.id == one.id).with_for_update())
    day = day_of(now)
    if found.fiscal_year != fiscal_year(day):
        raise Refusal("前の年度の申請のため、確認できません。受付を終わりにしてください。", "year_over")
    terms = paper.get(day)
    if reason := why_not(terms, one, day):
        raise Refusal(f"{reason}何も変えていません。", "not_eligible")
    assert terms is not None
    left = on_paper(db, coupons, terms, one, now)
    settle_as_confirmed(db, branch, request_id, json.dumps(left), by, now)
    return left


def on_paper(
    db: Connection, coupons: Dated[CouponTerms], terms: PaperTerms, one: Holder, now: datetime
) -> dict[str, int]:
    """How many coupons of each product the person would get on paper now: what is left of the year."""
    day = day_of(now)
    only = by_employment(terms, one, day)
    left = left_in_year(db, coupons, one, day)
    return {
        coupon.product: coupon.remaining
        for coupon in left
        if coupon.remaining and (not only or coupon.product in only)
    }


def post_what_came(
    db: Connection, branch: str, coupons: Dated[CouponTerms], paper: Dated[PaperTerms], now: datetime
) -> int:
    """Puts on the next posting list what the data have granted people since they changed to paper; answers how many
    people's. What a list or an electronic use has given them already is not posted again."""
    year, count = fiscal_year(day_of(now)), 0
    for person in on_paper_people(db, branch, year):
        db.execute(select(Person.id).where(Person.id == person).with_for_update())
        one, terms = holder(db, person), paper.get(day_of(now))
        if one is None or terms is None:
            continue
        owed = Counter(on_paper(db, coupons, terms, one, now)) - promised(db, person, year)
        if owed:
            post_more(db, branch, person, owed, "system", now, reason=GRANTED)
            count += 1
    return count
