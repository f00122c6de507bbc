"""Orders in wordings that no rule foresaw: judged by their likeness to what members have said."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import inf

from bot.likeness import NO_KIND, Likeness
from bot.mood import asks, asks_to_be_told, clauses, is_an_order

BY_HOW = "how"  # what is ordered is told by the answer that says how it is done
WAYS = frozenset({"quit", "back"})  # no flow opens
AS_AN_ORDER = 25.0  # how much likelier an order must be than none where the text ends as one,
SURELY = 48.0  # where it does not,
ABOVE_ALL = 90.0  # and where a rule says something else
WELL_KNOWN = 250  # wordings taught of what is opened, from which on it is told what is none of it:
UNLIKE = -50.0  # so much less likely than none,
RATHER = 45.0  # or less than none, and so much less than another

_WHY = re.compile("くて$")  # the last clause of a question: 早めに動いておきたくて


class Wishes:
    """What members order, each wording with what it opens."""

    def __init__(self, sayings: Iterable[tuple[str, str]] = ()) -> None:
        """Pairs of the names of what is opened (`points, points.balance.count`), and what was said."""
        taught = list(sayings)
        self._likeness = Likeness(taught)
        self._wordings = Counter(kind for kind, _ in taught if kind != NO_KIND)
        self._said: dict[str, list[str]] = defaultdict(list)
        for kind, text in taught:
            for name in _names(kind):
                self._said[name].append(text)

    def said(self, name: str) -> Sequence[str]:
        """How it is ordered, in all wordings that were taught."""
        return self._said.get(name, ())

    def of(self, text: str, least: float = 0.0) -> tuple[str, ...]:
        """What the text orders: the first of these that there is; nothing when it asks, or is less likely than that."""
        kind, likelier = self._likeness.of(text)
        if kind == NO_KIND or likelier < max(least, _least(text)):
            return ()
        return _names(kind)

    def deny(self, name: str, text: str) -> bool:
        """Whether a text is like nothing by which something well known is ordered: a word of it alone is no order."""
        kinds = [kind for kind, wordings in self._wordings.items() if name in _names(kind)]
        if not any(self._wordings[kind] >= WELL_KNOWN for kind in kinds):
            return False
        more = self._likeness.more(text)
        own = max(more[kind] for kind in kinds)
        return own < UNLIKE or (own < 0 and own < max(more.values()) - RATHER)


def _names(kind: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in kind.split(","))


def _least(text: str) -> float:
    """How much likelier than none an order must be, by the mood of the text."""
    ends_as_order = any(is_an_order(clause) and not _WHY.search(clause) for clause in clauses(text)[-1:])
    if asks_to_be_told(text) or (asks(text) and not ends_as_order):
        return inf
    return AS_AN_ORDER if ends_as_order and not asks(text) else SURELY
