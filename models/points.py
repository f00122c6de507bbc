"""Health points of a person on a day: what can be used, what is on its way, what rests, what will be lost and when."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import Connection

from models.base import Refusal
from models.days import add_months, in_full, in_words
from models.member import Holder
from models.points_ledger import Lot, Piece, lots
from models.points_membership import (
    ONE_DAY,
    Ending,
    Fate,
    Spell,
    back_before,
    ending_on,
    fate,
    member_on,
    spells,
    to_register_since,
    usable_from,
)
from models.points_terms import Points, PointTerms

Standing = Literal["usable", "pending", "frozen", "gone"]
LOST = {
    "expiry": "有効期限",
    "membership": "資格の喪失",
    "never_held": "付与の日に資格がない",
}


@dataclass(frozen=True)
class Held:
    """A lot as it stands on a day, and what will become of it."""

    lot: Lot
    standing: Standing
    last_usable_day: date  # by the lot's own term, or earlier when membership is known to end
    gone_on: date  # the first day without it, not even at rest …
    why_gone: Ending  # … and what ends it: its own term goes on at rest (AMB-K2)

    @property
    def ending(self) -> Ending:
        """What ends its use: membership also where it only rests then, or lapses before a known return."""
        return "membership" if self.last_usable_day < self.lot.last_day else "expiry"

    @property
    def left(self) -> int:
        return self.lot.left


@dataclass(frozen=True)
class Losing:
    """Points that are gone after a day unless they are used by then."""

    last_day: date
    points: int
    ending: Ending

    def days_left(self, day: date) -> int:
        """Days until the last usable day, that day counted as 0."""
        return (self.last_day - day).days


@dataclass(frozen=True)
class State:
    """All of a person's points on a day; every list first to lapse first."""

    day: date
    usable: tuple[Held, ...]
    pending: tuple[Held, ...]
    frozen: tuple[Held, ...]
    thaws_before: date | None  # a membership that begins before this day brings the frozen points back
    reason: str = ""  # why points cannot be used, as a sentence for the person; empty when they can

    @property
    def balance(self) -> int:
        return sum(held.left for held in self.usable)

    @property
    def losing(self) -> tuple[Losing, ...]:
        """What of today's balance will be lost, by day."""
        return _by_day((held.last_usable_day, held.ending, held.left) for held in self.usable)

    @property
    def resting(self) -> tuple[Losing, ...]:
        """What rests without a known return, by the last day on which a return would still save it."""
        return _by_day((held.gone_on - ONE_DAY, held.why_gone, held.left) for held in self.without_return)

    @property
    def without_return(self) -> tuple[Held, ...]:
        """What rests and will not be usable again, by all that is known."""
        return tuple(held for held in self.frozen if held.last_usable_day < self.day)


@dataclass(frozen=True)
class Window:
    """Whether points can be exchanged on a day, and if not, when again."""

    is_open: bool
    reopens_on: date | None = None


@dataclass(frozen=True)
class Retirement:
    """What ending membership after a day would cost."""

    last_member_day: date
    last_day: date  # of validity: the same day, or later where the branch leaves time
    points: int  # what is there on that day and gone after it
    last_chance: date | None  # the last day to exchange; None when it has passed
    exchangeable: int  # what can be exchanged by then


def state(db: Connection, points: Points, holder: Holder, day: date) -> State:
    """The person's points on a day, past or future, by all that is known (R-KAG-05…14, R-AIC-54)."""
    terms = terms_on(points, day)
    theirs = spells(terms, holder)
    cases: dict[tuple[date, date], Fate] = {}
    found: dict[Standing, list[Held]] = {"usable": [], "pending": [], "frozen": [], "gone": []}
    for lot in lots(db, holder.id, day):
        case = cases.get((lot.granted_on, lot.last_day))
        if case is None:
            case = fate(terms, theirs, lot.granted_on, lot.last_day)
            cases[lot.granted_on, lot.last_day] = case
        if lot.left and case.last_usable_day and case.gone_on:
            now = _standing(case, lot.granted_on, day)
            found[now].append(Held(lot, now, case.last_usable_day, case.gone_on, case.ending))
    thaws = back_before(terms, theirs, day) if found["frozen"] else None
    reason = "" if _has_grace(terms, theirs, day) else _why_not(terms, theirs, holder, day)
    return State(day, tuple(found["usable"]), tuple(found["pending"]), tuple(found["frozen"]), thaws, reason)


def why_not(points: Points, holder: Holder, day: date) -> str:
    """Why the person cannot take part on the day, as a sentence for them; empty when they can."""
    terms = terms_on(points, day)
    return _why_not(terms, spells(terms, holder), holder, day)


def at_rest_when_granted(points: Points, holder: Holder, granted_on: date) -> str:
    """Why points of this day cannot be used on it, as a sentence for the person; empty when they can."""
    terms = terms_on(points, granted_on)
    theirs = spells(terms, holder)
    case = fate(terms, theirs, granted_on, terms.last_day(granted_on))
    if case.is_usable(granted_on):
        return ""
    lost = f"{in_words(granted_on)}には組合員の資格がないと登録されています。"
    back = back_before(terms, theirs, granted_on)
    if not case.is_frozen(granted_on) or back is None:
        return lost
    return f"{lost}{in_full(back)}より前に再び資格を得るまで使えません。"


def standing(points: Points, holder: Holder, granted_on: date, last_day: date, day: date) -> Standing:
    """How points granted on one day and valid to another stand on a day."""
    terms = terms_on(points, day)
    return _standing(fate(terms, spells(terms, holder), granted_on, last_day), granted_on, day)


def registers_since(points: Points, holder: Holder, day: date) -> date | None:
    """The first day from which a registration counts; None when any does (R-KAG-05)."""
    terms = terms_on(points, day)
    return to_register_since(terms, spells(terms, holder), day)


def terms_on(points: Points, day: date) -> PointTerms:
    """The terms of a day; before the first block, the first: what was granted then is long over."""
    return points.terms.nearest(day)


def window(points: Points, day: date) -> Window:
    """Whether the branch exchanges points on the day (R-KAG-15)."""
    closed = terms_on(points, day).exchange.closed_month
    if day.month != closed:
        return Window(True)
    return Window(False, add_months(day.replace(day=1), 1))


def reopens_for(points: Points, holder: Holder, day: date) -> date | None:
    """When exchange, resting on the day, opens again for the person; None when it is open, or they have left by then."""
    reopens = window(points, day).reopens_on
    theirs = spells(terms_on(points, day), holder)
    return reopens if reopens and member_on(theirs, reopens) else None


def can_exchange(points: Points, state: State) -> bool:
    """Whether the branch exchanges points on the day, and this person can."""
    return window(points, state.day).is_open and not state.reason


def last_open_day(points: Points, day: date) -> date:
    """The last day on or before this one with exchange: 31 March for any day of a closed April (AMB-K6)."""
    return day if window(points, day).is_open else day.replace(day=1) - timedelta(days=1)


def last_chance(points: Points, state: State) -> date | None:
    """The last day to exchange what is lost next; None when nothing is lost, or no day is left for it."""
    if not state.losing:
        return None
    day = last_open_day(points, state.losing[0].last_day)
    return day if day >= state.day else None


def if_retiring(
    db: Connection, points: Points, holder: Holder, last_member_day: date, day: date
) -> Retirement:
    """What the person would lose by leaving after `last_member_day`, seen from `day`, and the last chance before.

    A membership that is known to end earlier ends then."""
    if last_member_day < day:
        raise Refusal(f"{in_words(day)}以後の日をお知らせください。", "past")
    spell = member_on(spells(terms_on(points, day), holder), day)
    if spell is None:
        raise Refusal(why_not(points, holder, day), "not_a_member")
    if spell.end <= last_member_day:
        last_member_day = spell.end - timedelta(days=1)
    leaving = ending_on(holder, last_member_day)
    terms = terms_on(points, last_member_day)
    last = last_member_day
    if terms.loss:
        end = last_member_day + timedelta(days=1)
        last = min(add_months(end, terms.loss.exchange_months), terms.last_day(last_member_day))
    chance = last_open_day(points, last)
    taken = state(db, points, leaving, last).balance
    if chance < day:
        return Retirement(last_member_day, last, taken, None, 0)
    return Retirement(last_member_day, last, taken, chance, state(db, points, leaving, chance).balance)


def pieces(state: State, points: int) -> tuple[Piece, ...]:
    """The lots that a spending takes, first to lapse first. Raises Refusal when they do not suffice."""
    if points > state.balance:
        missing = points - state.balance
        text = f"ポイントが足りません。必要 {points:,}、残高 {state.balance:,}（あと {missing:,} ポイント）です。"
        raise Refusal(text, "too_few")
    taken: list[Piece] = []
    for held in sorted(state.usable, key=lambda one: (one.last_usable_day, one.lot.granted_on, one.lot.key)):
        piece = min(held.left, points)
        if piece:
            taken.append(Piece(held.lot.key, piece, held.last_usable_day))
            points -= piece
    return tuple(taken)


def require_open(points: Points, holder: Holder, state: State) -> None:
    """Raises Refusal when not this person, or nobody, can exchange on the day."""
    if state.reason:
        raise Refusal(state.reason, "not_a_member")
    if can_exchange(points, state):
        return
    reopens = reopens_for(points, holder, state.day)
    then = (
        f"{in_words(reopens)}から再開します。"
        if reopens
        else "再開の前に資格がなくなると登録されているため、交換できる日はもうありません。"
    )
    raise Refusal(f"{state.day.month}月は資格の確認のため、交換をお休みしています。{then}", "closed")


def _by_day(lost: Iterable[tuple[date, Ending, int]]) -> tuple[Losing, ...]:
    total = Counter[tuple[date, Ending]]()
    for day, ending, points in lost:
        total[day, ending] += points
    return tuple(Losing(day, points, ending) for (day, ending), points in sorted(total.items()))


def _standing(case: Fate, granted_on: date, day: date) -> Standing:
    if granted_on > day:
        return "pending"
    if case.is_usable(day):
        return "usable"
    return "frozen" if case.is_frozen(day) else "gone"


def _why_not(terms: PointTerms, theirs: tuple[Spell, ...], holder: Holder, day: date) -> str:
    spell = member_on(theirs, day)
    if spell is None:
        return _not_a_member(theirs, holder, day)
    begins = usable_from(terms, spell)
    if begins is None:
        return "基準日に組合員の資格がないため、健康ポイントはご利用いただけません。"
    return "" if begins <= day else f"健康ポイントは{in_full(begins)}からご利用いただけます。"


def _has_grace(terms: PointTerms, theirs: tuple[Spell, ...], day: date) -> bool:
    """True while points of a membership that has ended can still be exchanged."""
    grace = terms.loss.exchange_months if terms.loss else 0
    return any(day <= add_months(spell.end, grace) for spell in theirs if grace and spell.end <= day)


def _not_a_member(theirs: tuple[Spell, ...], holder: Holder, day: date) -> str:
    if any(spell.end <= day for spell in theirs):
        return _lost(holder, day)
    if theirs:
        return f"健康ポイントは、資格を取得する{in_full(theirs[0].since)}からご利用いただけます。"
    return "健康ポイントは組合員の方の事業です。ご登録の区分ではご利用いただけません。"


def _lost(holder: Holder, day: date) -> str:
    now = holder.on(day)
    became = {"voluntary": "任意継続組合員", "dependent": "被扶養者"}.get(now.kind if now else "", "")
    if became:
        return f"{became}になられたため、健康ポイントの利用と交換はできません。"
    return "組合員の資格がなくなったと登録されているため、健康ポイントの利用と交換はできません。"
