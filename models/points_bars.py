"""What the picture of a balance shows; it travels sealed in the picture's address."""

import json
from dataclasses import dataclass

from models.points import State

MOST_BARS = 5


@dataclass(frozen=True)
class BalanceBars:
    """Points by the day they lapse: (day in words, points), the next to lapse first."""

    accent: str
    rows: tuple[tuple[str, int], ...]

    def in_text(self) -> str:
        return json.dumps([self.accent, self.rows], ensure_ascii=False, separators=(",", ":"))


def bars_of(state: State, accent: str) -> BalanceBars:
    """The bars of a balance; lots that lapse on one day are one bar."""
    by_day: dict[str, int] = {}
    for one in state.losing:
        day = one.last_day
        label = f"{day.year}/{day.month}/{day.day}まで"
        by_day[label] = by_day.get(label, 0) + one.points
    return BalanceBars(accent, tuple(by_day.items())[:MOST_BARS])


def read_bars(text: str) -> BalanceBars:
    accent, rows = json.loads(text)
    return BalanceBars(accent, tuple((str(label), int(points)) for label, points in rows))
