"""The same as conditions on `Membership`: whom an event concerns, asked of the database for a million people at once."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, and_, extract, func, not_, or_, select, true
from sqlalchemy.orm import aliased

from models.calendar import Event
from models.concerns import counts_on
from models.coupon_terms import ProductTerms
from models.coupon_uses import Use
from models.days import fiscal_start, fiscal_year
from models.done import has_handed_in
from models.member import Membership, has_member, holds_on
from models.paper import on_paper
from models.points_ledger import Entry


def concerned(event: Event, day: date) -> ColumnElement[bool]:
    """`concerns`, but of one membership: a person counts when any of theirs (branch, edition) meets it."""
    when, wanted = counts_on(event, day), event.audience
    days = (when, wanted.through.first, wanted.through.last) if wanted.through else (when,)
    conditions = [holds_on(each) for each in days]
    if wanted.kinds:
        conditions.append(Membership.kind.in_(wanted.kinds))
    if wanted.employments:
        unknown = or_(Membership.employment.is_(None), Membership.employment == "")
        conditions.append(or_(unknown, Membership.employment.in_(wanted.employments)))
    if wanted.sex:
        conditions.append(Membership.sex == wanted.sex)
    if wanted.born_from:
        conditions.append(Membership.birthdate >= wanted.born_from)
    if wanted.birth_month:
        conditions.append(extract("month", Membership.birthdate) == wanted.birth_month)
    if wanted.born_until:
        conditions.append(Membership.birthdate <= wanted.born_until)
    if wanted.member_on:
        conditions.append(_held_on(wanted.member_on))
    if wanted.joined_after:
        conditions.append(~_held_on(wanted.joined_after))
    if wanted.joined_in:
        began = wanted.joined_in
        conditions.append(
            _some(lambda one: or_(*(one.acquired_on.between(each.first, each.last) for each in began)))
        )
    return and_(*conditions)


def _some(meets: Callable[[type[Membership]], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Any membership of the person, this one or another, meets it."""
    any_ = aliased(Membership)
    theirs = (any_.person_id == Membership.person_id, any_.edition == Membership.edition)
    return select(any_.number).where(*theirs, meets(any_)).exists()


def _held_on(day: date) -> ColumnElement[bool]:
    return _some(lambda one: holds_on(day, one))


def already_done(event: Event, day: date, product: ProductTerms | None = None) -> ColumnElement[bool]:
    """`is_done`; `product` = the terms of the event's coupon."""
    return not_(still_open(event, day, product))


def still_open(
    event: Event,
    day: date,
    product: ProductTerms | None = None,
    has_points: ColumnElement[bool] | None = None,
) -> ColumnElement[bool]:
    """Not `is_done`, each part by itself so that a database may join it. Points at rest count as points here: each
    person's are asked for, unless `has_points` looks through many people's at one go."""
    open_ = ~has_handed_in(*event.settled_by)
    if event.product and product:
        year = fiscal_year(event.last)
        gone = used_up(event.product, product, year, day) if day >= event.first else on_paper(year)
        return and_(open_, ~gone)
    if event.is_expiry_of_points:
        return and_(open_, _has_points(event.last) if has_points is None else has_points)
    return open_


def expected(event: Event) -> ColumnElement[bool]:
    """True unless the event follows a paper (its result, its payment) that the person has not handed in."""
    return has_handed_in(event.follows) if event.follows else true()


def used_up(name: str, product: ProductTerms, year: int, day: date) -> ColumnElement[bool]:
    """No electronic coupon of a product of a fiscal year is left: all are used, or there are none in the data, or the
    person has paper ones, or the spouse of nobody who is a member (R-SAI-10, R-SAI-11, R-SAI-12, R-SAI-32)."""
    gone = (on_paper(year), _all_used(name, product, year, day))
    return or_(*gone, ~has_member(day)) if product.holder == "spouse" else or_(*gone)


def _all_used(name: str, product: ProductTerms, year: int, day: date) -> ColumnElement[bool]:
    uses = select(Use.id).where(
        Use.person_id == Membership.person_id,
        Use.fiscal_year == year,
        Use.product == name,
        Use.live.is_(True),
    )
    if product.quantity == 1 and not product.from_data:
        return uses.exists()  # a database finds one sooner than it counts
    number = uses.with_only_columns(func.count()).scalar_subquery()
    if not product.from_data:
        return number >= product.quantity
    return or_(number >= product.quantity, number >= _granted(year, day))


def _granted(year: int, day: date) -> ColumnElement[int]:
    """What the data grant somebody for the periods of the fiscal year that have begun by the day (R-SAI-12);
    a membership that goes on under another number counts once."""
    period, later = aliased(Membership), aliased(Membership)
    told_again = select(later.number).where(
        later.person_id == period.person_id,
        later.edition == period.edition,
        later.acquired_on <= day,
        later.number != period.number,
        later.acquired_on == period.lost_on,
        or_(period.term_ends_on.is_(None), period.term_ends_on >= period.lost_on),
        later.refresh_coupons.is_not(None),
    )
    total = func.coalesce(func.sum(period.refresh_coupons), 0)
    start = fiscal_start(year)
    return (
        select(total)
        .where(
            period.person_id == Membership.person_id,
            period.edition == Membership.edition,
            period.acquired_on <= day,
            or_(period.lost_on.is_(None), period.lost_on > start),
            or_(period.term_ends_on.is_(None), period.term_ends_on >= start),
            ~told_again.exists(),
        )
        .scalar_subquery()
    )


def one_of_many_has_points(branch: str, last_day: date, many: ColumnElement[bool]) -> ColumnElement[bool]:
    """Points of the person lapse on the day; those of `many` people, by `Entry`, are looked through for it."""
    left = select(Entry.person_id).where(Entry.branch == branch, Entry.last_day == last_day, many)
    return Membership.person_id.in_(left.group_by(Entry.person_id).having(func.sum(Entry.points) > 0))


def _has_points(last_day: date) -> ColumnElement[bool]:
    total = func.coalesce(func.sum(Entry.points), 0)
    in_branch = Entry.branch == Membership.branch  # so that an index alone is read
    mine = (in_branch, Entry.person_id == Membership.person_id, Entry.last_day == last_day)
    return select(total).where(*mine).scalar_subquery() > 0
