"""What a person is about to lose of their points, and by which day it can still be exchanged."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from models.calendar import Event
from models.member import Holder
from models.points import Losing, State, last_open_day, terms_on
from models.points_membership import member_on, spells
from models.points_terms import Points
from models.reminder_terms import CHANCE as KEY

CHANCE = f"{KEY}:"


@dataclass(frozen=True)
class Warned:
    """What a warning says: all that is lost unless it is exchanged by one day."""

    last_chance: date
    losing: tuple[Losing, ...]

    @property
    def points(self) -> int:
        return sum(one.points for one in self.losing)

    @property
    def is_ending(self) -> bool:
        return any(one.ending == "membership" for one in self.losing)


def warnings(points: Points, state: State) -> tuple[Warned, ...]:
    """What the person would lose, by the last day to exchange it: 31 March also for what goes in April (AMB-K6)."""

    def chance(losing: Losing) -> date:
        return last_open_day(points, losing.last_day)

    if state.reason:
        return ()
    coming = sorted((one for one in state.losing if chance(one) >= state.day), key=chance)
    return tuple(Warned(day, tuple(some)) for day, some in groupby(coming, key=chance))


def own_warnings(points: Points, holder: Holder, state: State) -> tuple[Warned, ...]:
    """Those of which no calendar tells: a membership ends them, or is over before their last day."""
    theirs = spells(terms_on(points, state.day), holder)
    return tuple(
        one for one in warnings(points, state) if one.is_ending or member_on(theirs, one.last_chance) is None
    )


def own_event(last_chance: date) -> Event:
    """The last day to exchange of those whose membership ends, which no calendar holds."""
    uid, title = f"{CHANCE}{last_chance}", "ポイントの交換"
    return Event(uid, "points", "expiry", title, first=last_chance, last=last_chance, source="")


def own_event_called(uid: str) -> Event | None:
    """The event of such a uid; None for any other."""
    try:
        return own_event(date.fromisoformat(uid.removeprefix(CHANCE))) if uid.startswith(CHANCE) else None
    except ValueError:
        return None
