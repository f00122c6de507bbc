"""A long row of things in portions, as they come: no more than one portion is in memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")


def portions(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """The things in lists of `size`, the last one perhaps shorter."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
