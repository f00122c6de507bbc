"""Conditions of a broadcast about the programmes: who takes part, whose coupons or points are left, who has not done yet."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy import and_, false, func, not_, or_, select

from models.branch import Branch
from models.calendar import Event
from models.concerned import already_done, concerned, expected, used_up
from models.conditions import Condition, Where
from models.coupon_terms import CouponTerms
from models.days import fiscal_year, in_full
from models.member import Membership, has_member
from models.paper import on_paper
from models.points_ledger import Entry
from models.terms import known_on

PROGRAMMES = {"coupon": "電子クーポンの対象者", "points": "健康ポイントの対象者"}


@dataclass(frozen=True)
class InProgramme(Condition):
    """Takes part in a programme: coupon, points."""

    kind: ClassVar[str] = "programme"
    programme: str

    def where(self, branch: Branch, day: date) -> Where:
        if self.programme == "points":
            return Membership.kind == "member"
        terms = known_on(branch.coupons, day)
        if terms is None:
            return false()
        holders = {product.holder for product in terms.products.values()}
        kinds = Membership.kind.in_(sorted(holders))
        entitled = or_(Membership.kind != "spouse", has_member(day))
        return and_(kinds, entitled, _electronic(terms), not_(on_paper(terms.fiscal_year)))

    def in_words(self, branch: Branch) -> str:
        return PROGRAMMES.get(self.programme, self.programme)


@dataclass(frozen=True)
class CouponUnused(Condition):
    """Has a coupon of a product, granted and not over, of which some are left."""

    kind: ClassVar[str] = "unused"
    product: str

    def where(self, branch: Branch, day: date) -> Where:
        terms = known_on(branch.coupons, day)
        product = terms.products.get(self.product) if terms else None
        if terms is None or product is None or terms.fiscal_year != fiscal_year(day):
            return false()
        if not product.granted_on <= day <= product.usable_until:
            return false()
        rules = [Membership.kind == product.holder, _electronic(terms)]
        if product.sex:
            rules.append(Membership.sex == product.sex)
        return and_(*rules, not_(used_up(self.product, product, terms.fiscal_year, day)))

    def in_words(self, branch: Branch) -> str:
        blocks = branch.coupons.blocks if branch.coupons else ()
        names = {key: product.name for block in blocks for key, product in block.terms.products.items()}
        return f"「{names.get(self.product, self.product)}」が残っている人"


@dataclass(frozen=True)
class PointsExpiring(Condition):
    """Has points that can be used through a day and no longer, or lapse before it."""

    kind: ClassVar[str] = "expiring"
    by: str

    def where(self, branch: Branch, day: date) -> Where:
        days = Entry.last_day.between(day, date.fromisoformat(self.by))
        some = (
            select(Entry.person_id)
            .where(Entry.branch == branch.id, days)
            .group_by(Entry.person_id)
            .having(func.sum(Entry.points) > 0)
        )
        return Membership.person_id.in_(some)

    def in_words(self, branch: Branch) -> str:
        return f"{in_full(date.fromisoformat(self.by))}までに失効するポイントがある人"


@dataclass(frozen=True)
class NotDoneYet(Condition):
    """Somebody whom an event of the calendar concerns, and who has not done yet what it asks for."""

    kind: ClassVar[str] = "not_done"
    uid: str

    def where(self, branch: Branch, day: date) -> Where:
        event = _event(branch, self.uid)
        if event is None:
            return false()
        terms = branch.coupons.get(event.last) if branch.coupons and event.product else None
        product = terms.products.get(event.product) if terms else None
        done = func.coalesce(already_done(event, day, product), false())
        return and_(concerned(event, day), expected(event), not_(done))

    def in_words(self, branch: Branch) -> str:
        event = _event(branch, self.uid)
        return f"「{event.title}」がまだの人" if event else "終わった予定がまだの人"


def _electronic(terms: CouponTerms) -> Where:
    return func.coalesce(Membership.employment, "").not_in(terms.no_electronic)


def _event(branch: Branch, uid: str) -> Event | None:
    years = branch.calendar.years.values() if branch.calendar else ()
    return next((event for events in years for event in events if event.uid == uid), None)
