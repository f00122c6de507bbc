"""Mending a wrong use: given back by the desk, with a second yes where one alone may not decide (利用訂正)."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal

from sqlalchemy import Connection, ForeignKey, String, Text, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models import approval
from models.approval import Wish, digest_of
from models.base import Base, Instant, Refusal, savepoint
from models.conversation import Conversation
from models.coupon_uses import GivenBack, Use, give_back
from models.days import JST, day_of, fiscal_year
from models.member import Person, holder, masked, masked_name
from models.paper import is_on_paper
from models.paper_posting import post_more
from models.staff import StaffMember
from models.staff_terms import StaffTerms

KIND = "correction"
CHANGED = "この利用は、たった今、ほかの操作で変わりました。はじめから内容をお確かめください。"
Why = Literal["", "person", "day"]


class Correction(Base):
    """What a staff person wanted given back; done at once, or when another has said yes."""

    __tablename__ = "corrections"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    uses: Mapped[str] = mapped_column(Text)  # JSON: ids of the used coupons
    reason: Mapped[str] = mapped_column(String(20))
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True)
class UsedCoupon:
    """One used coupon as staff see it."""

    use: int
    product: str
    label: str
    facility: str
    used_at: datetime
    live: bool


@dataclass(frozen=True)
class Seen:
    """All that a staff person sees of a correction before it is done; the second one sees the same."""

    person_id: int
    number: str  # masked
    name: str  # masked
    born: str  # the year alone
    coupons: tuple[UsedCoupon, ...]
    reason: str
    on_paper: bool  # no electronic coupon any more: what is given back is posted to them

    def digest(self) -> str:
        return digest_of(asdict(self))

    @property
    def use_ids(self) -> tuple[int, ...]:
        return tuple(one.use for one in self.coupons)


@dataclass(frozen=True)
class Corrected:
    """A correction that is done, or waits for the second yes for a reason."""

    id: int
    waits: Why = ""


def seen(db: Connection, person_id: int, use_ids: Sequence[int], reason: str) -> Seen:
    """The correction as things stand now."""
    one = holder(db, person_id)
    latest = one.latest if one else None
    mine = select(Use).where(Use.person_id == person_id, Use.id.in_(list(use_ids))).order_by(Use.id)
    uses = db.execute(mine).all()
    coupons = tuple(
        UsedCoupon(row.id, row.product, row.label, row.facility_name, row.used_at, bool(row.live))
        for row in uses
    )
    return Seen(
        person_id,
        masked(latest.number) if latest else "",
        masked_name(latest.name) if latest else "",
        f"{latest.birthdate.year}年" if latest else "",
        coupons,
        reason,
        any(is_on_paper(db, person_id, year) for year in {row.fiscal_year for row in uses}),
    )


def live_uses(db: Connection, person_id: int, redemption: str) -> tuple[int, ...]:
    """The coupons of one redemption that are still used, the last ones first."""
    query = select(Use.id).where(Use.person_id == person_id, Use.redemption == redemption, Use.live.is_(True))
    return tuple(db.execute(query.order_by(Use.id.desc())).scalars())


def lately(db: Connection, person_id: int, author: str, terms: StaffTerms, now: datetime) -> tuple[int, int]:
    """How many coupons were given back to the person within `alone_days`, and by the author (as the record names them) today."""
    count = select(func.count()).select_from(GivenBack)
    of_person = count.join(Use, Use.id == GivenBack.use_id).where(Use.person_id == person_id)
    to_person = of_person.where(GivenBack.at > now - timedelta(days=terms.alone_days))
    morning = datetime.combine(day_of(now), time(), JST)
    today = count.where(GivenBack.author == author, GivenBack.at >= morning)
    return db.execute(to_person).scalar_one(), db.execute(today).scalar_one()


def why_second(
    db: Connection, me: StaffMember, person_id: int, coupons: int, terms: StaffTerms, now: datetime
) -> Why:
    """Why so many coupons of a person need a second yes now; empty when one staff person may decide."""
    to_person, today = lately(db, person_id, me.who, terms, now)
    if to_person + coupons > terms.alone_per_person:
        return "person"
    return "day" if today + coupons > terms.alone_per_day else ""


def correct(
    db: Connection, branch: str, me: StaffMember, what: Seen, terms: StaffTerms, now: datetime
) -> Corrected:
    """Gives back what was seen, or asks for the second yes.

    Raises Refusal when it is no longer as it was seen; then nothing has changed."""
    row = {
        "branch": branch,
        "person_id": what.person_id,
        "uses": json.dumps(what.use_ids),
        "reason": what.reason,
        "asked_by": me.id,
        "asked_at": now,
    }
    with savepoint(db):
        _take_turn(db, what.person_id)
        _check(db, what)
        number = db.execute(insert(Correction).returning(Correction.id), row).scalar_one()
        waits = why_second(db, me, what.person_id, len(what.coupons), terms, now)
        if waits:
            approval.ask(db, branch, KIND, str(number), what.digest(), me.id, now)
        else:
            _do(db, branch, number, what, me.who, now)
    return Corrected(number, waits)


def wished(db: Connection, wish: Wish) -> Seen:
    """What a waiting wish is about, as things stand now."""
    row = db.execute(select(Correction).where(Correction.id == int(wish.about))).one()
    return seen(db, row.person_id, json.loads(row.uses), row.reason)


def decide(db: Connection, wish: Wish, me: StaffMember, yes: bool, now: datetime) -> Seen:
    """Says the second yes or no to a correction exactly as it was asked for, and does it on yes.

    Raises Refusal as `models.approval.decide` does, and when the uses have changed since; then nothing has changed."""
    with savepoint(db):
        _take_turn(db, wished(db, wish).person_id)
        what = wished(db, wish)
        decided = approval.decide(db, wish.id, what.digest(), me.id, yes, now)
        if yes:
            _check(db, what)
            _do(db, wish.branch, int(wish.about), what, f"staff:{decided.asked_by}", now)
    return what


def give_back_one(
    db: Connection, use: int, *, reason: str, author: str, now: datetime, branch: str | None = None
) -> tuple[str, Seen]:
    """An administrator's correction of one used coupon (of the branch), which no limit holds back; answers its branch,
    and what the member is to be told. Raises Refusal when there is no such live use."""
    of = db.execute(select(Use.branch, Use.person_id, Use.fiscal_year).where(Use.id == use)).one_or_none()
    with savepoint(db):
        if of:
            _take_turn(db, of.person_id)
        give_back(db, use, reason=reason, author=author, now=now, branch=branch)
        assert of is not None  # else there was nothing to give back
        what = seen(db, of.person_id, (use,), reason)
        if of.fiscal_year != fiscal_year(day_of(now)):
            what = replace(what, on_paper=False)  # that year's paper is over, too
        _post(db, of.branch, what, author, now)
    return of.branch, what


def chat_of_staff(db: Connection, staff_chat: int) -> str:
    """The LINE user id of a staff person's chat."""
    return db.execute(select(Conversation.user_id).where(Conversation.id == staff_chat)).scalar_one()


def _take_turn(db: Connection, person_id: int) -> None:
    """Whoever mends the same person at once waits here, as the person's phones do."""
    db.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def _check(db: Connection, what: Seen) -> None:
    now = seen(db, what.person_id, what.use_ids, what.reason)
    if now != what or not what.coupons or not all(one.live for one in what.coupons):
        raise Refusal(CHANGED, "changed")


def _do(db: Connection, branch: str, number: int, what: Seen, author: str, now: datetime) -> None:
    for use in what.use_ids:
        give_back(db, use, reason=what.reason, author=author, now=now)
    _post(db, branch, what, author, now)
    db.execute(update(Correction).where(Correction.id == number).values(done_at=now))


def _post(db: Connection, branch: str, what: Seen, author: str, now: datetime) -> None:
    """Whoever has changed to paper gets on paper what was given back (R-SAI-32)."""
    if what.on_paper:
        coupons = Counter(one.product for one in what.coupons)
        post_more(db, branch, what.person_id, coupons, author, now)
