"""Orders in wordings that no rule foresaw: judged by their likeness to what members have said."""

from collections.abc import Iterable

from bot.likeness import NO_KIND, Likeness
from bot.mood import asks, asks_to_be_told

BY_HOW = "how"  # what is ordered is told by the answer that says how it is done
WAYS = frozenset({"quit", "back"})
SURELY = 25.0  # how much likelier an order must be than none: a step costs the member more than a choice of answers


class Wishes:
    """What members order, each wording with what it opens."""

    def __init__(self, sayings: Iterable[tuple[str, str]] = ()) -> None:
        """Pairs of the names of what is opened (`points, points.balance.count`), and what was said."""
        self._likeness = Likeness(sayings)

    def way(self, text: str) -> str | None:
        """The way out or back that the text asks for."""
        names = self._wished(text)
        return names[0] if WAYS.issuperset(names) and names else None

    def opens(self, text: str) -> tuple[str, ...]:
        """What the text orders to open: the first of these that there is; nothing when it asks."""
        names = self._wished(text)
        return () if WAYS.issuperset(names) else names

    def _wished(self, text: str) -> tuple[str, ...]:
        kind, likelier = self._likeness.of(text)
        if kind == NO_KIND or likelier < SURELY or asks(text) or asks_to_be_told(text):
            return ()
        return tuple(name.strip() for name in kind.split(","))
