"""Whom an event of the calendar concerns, and until when: who somebody is, and what they have done already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from models import coupons, done, gifts, paper, points
from models.branch import Branch
from models.calendar import Event
from models.days import day_of, fiscal_year
from models.member import Holder
from models.own_days import leaving_days, since
from models.points_warned import own_event, own_warnings

ENDS = ("deadline", "request", "expiry")  # what counts is the last day, whenever it began
AFTERWARDS = ("result", "payment")  # come to those who have asked, members then or not


@dataclass(frozen=True)
class Did:
    """What a person has done: papers handed in, coupons left by product, fiscal years whose coupons are on paper, days
    on which points will lapse."""

    papers: frozenset[str] = frozenset()
    coupons: Mapping[str, int] | None = None  # None where the association has none
    on_paper: frozenset[int] = frozenset()
    losing: frozenset[date] | None = None
    own: tuple[Event, ...] = ()  # last days that are only this person's: their membership ends


def concerns(event: Event, holder: Holder, day: date) -> bool:
    """True when the event is for this person, by what is known on the day.

    Membership counts on the last day of what ends (a deadline), on the day for results and payments, else on the first
    day from then on which the event is on."""
    period = holder.on(counts_on(event, day))
    return period is not None and event.audience.takes(period) and event.audience.knows(holder)


def is_done(event: Event, did: Did, day: date) -> bool:
    """True when nothing remains to be done: handed in, the coupon used, no points left to lose."""
    if did.papers.intersection(event.settled_by):
        return True
    if event.product and did.coupons is not None:
        gone = day >= event.first and not did.coupons.get(event.product)
        return gone or fiscal_year(event.last) in did.on_paper
    if event.is_expiry_of_points and did.losing is not None:
        return event.last not in did.losing
    return False


def did(db: Connection, branch: Branch, holder: Holder, day: date) -> Did:
    """What the person has done, as the tables tell it."""
    left, on_paper = None, frozenset[int]()
    if branch.coupons:
        held = coupons.held(db, branch.coupons, holder, day).coupons
        left = {coupon.product: coupon.remaining for coupon in held}
        on_paper = paper.years_on_paper(db, holder.id)
    state = points.state(db, branch.points, holder, day) if branch.points else None
    losing = frozenset(one.last_day for one in state.losing) if state else None
    papers = done.handed_in(db, holder.id)
    own = _own_events(branch, holder, day, state)
    kept = (one for one in own if one.paper in papers or papers.isdisjoint(one.settled_by))
    return Did(papers, left, on_paper, losing, tuple(kept))


def own_events(db: Connection, branch: Branch, holder: Holder, day: date) -> list[Event]:
    """Last days that are only this person's, since their membership ends, while something is left to do: points to
    exchange, a paper to hand in."""
    state = points.state(db, branch.points, holder, day) if branch.points else None
    own = list(_own_events(branch, holder, day, state))
    papers = done.handed_in(db, holder.id) if any(one.settled_by for one in own) else frozenset()
    return [one for one in own if papers.isdisjoint(one.settled_by)]


def _own_events(branch: Branch, holder: Holder, day: date, state: points.State | None) -> Iterator[Event]:
    if branch.points and state:
        yield from (own_event(one.last_chance) for one in own_warnings(branch.points, holder, state))
    if branch.calendar:
        yield from leaving_days(branch.calendar, holder, day)


def own_starts(db: Connection, holder: Holder, day: date) -> dict[str, list[date]]:
    """Days of the person from which something counts: of joining, and of each order that is still under way."""
    period = holder.on(day)
    found: dict[str, list[date]] = {"joined": [since(holder, period)]} if period else {}
    for one in gifts.orders(db, holder):
        if one.state in ("ordered", "exported"):
            found.setdefault(one.kind, []).append(day_of(one.ordered_at))
    return found


def counts_on(event: Event, day: date) -> date:
    """The day on which one must be a member."""
    if event.kind in ENDS:
        return event.last
    return day if event.kind in AFTERWARDS else max(day, event.first)
