"""What the files beside the branches teach all of them: synonyms, orders, small talk, sayings, and what is no matter of theirs."""

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

from bot import (
    ANSWERS,
    BESIDE,
    NO_KIND,
    REMARKS,
    BadOrder,
    Foreign,
    Lexicon,
    Likeness,
    Neighbours,
    Orders,
    Slips,
    SmallTalk,
    Wishes,
    is_in_dictionary,
)
from models.branch import Identity, folders
from models.faq import Faq
from models.terms import BadTerms, read_one


class Taught:
    """What the files beside the branches teach all of them, each read when it is first needed.

    Raises BadTerms with file, line and what to write instead."""

    def __init__(self, branches: Path) -> None:
        self._folder = branches

    @cached_property
    def lexicon(self) -> Lexicon:
        return read_lexicon(self._folder)

    @cached_property
    def orders(self) -> Orders:
        return read_orders(self._folder)

    @cached_property
    def likeness(self) -> Likeness:
        return read_likeness(self._folder)

    @cached_property
    def wishes(self) -> Wishes:
        return read_wishes(self._folder)

    @cached_property
    def smalltalk(self) -> SmallTalk:
        return read_smalltalk(self._folder)

    @cached_property
    def slips(self) -> Slips:
        return Slips(self.orders.mistyped, is_in_dictionary)

    def foreign(self, branch: str) -> Foreign:
        return read_foreign(self._folder, branch)

    def neighbours(self, own: str, faq: Faq) -> Neighbours:
        return read_neighbours(self._folder, own, faq)


def read_lexicon(branches: Path) -> Lexicon:
    """The synonyms of all branches. Raises BadTerms with file, line and what to write instead."""
    return Lexicon(_ways_of(branches / "synonyms.txt"))


def read_smalltalk(branches: Path) -> SmallTalk:
    """Thanks and greetings of all branches. Raises BadTerms with file, line and what to write instead."""
    return SmallTalk(_ways_of(branches / "smalltalk.txt", {*REMARKS, BESIDE}))


def read_foreign(branches: Path, branch: str = "*") -> Foreign:
    """What is no matter of any branch, or of the one. Raises BadTerms with file and line."""
    files = (branches / "foreign.txt", *sorted(branches.glob(f"{branch}/foreign.txt")))
    return Foreign(line for file in files for line in _rules_of(file))


def _rules_of(file: Path) -> Iterator[str]:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if not all(way.strip() for way in re.split(r" [+-] |\|", line)):
            raise BadTerms(
                file, number, f"「言い方|言い方 + 言い方 - 除く言い方」の形で書いてください: {line}"
            )
        yield line


def _ways_of(file: Path, known: Collection[str] = ()) -> list[str]:
    """The lines of a lexicon; any name where none is known."""
    lines = file.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        idea, colon, ways = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not (idea.strip() and colon and ways.strip() and (idea in known or not known)):
            raise BadTerms(file, number, f"{_form('名前: 言い方, 言い方', known)}: {line}")
    return lines


def read_orders(branches: Path) -> Orders:
    """What members of all branches order in their own words. Raises BadTerms with file and line."""
    file = branches / "orders.txt"
    try:
        return Orders(file.read_text("utf-8").splitlines())
    except BadOrder as bad:
        raise BadTerms(file, bad.line, f"{bad}") from bad


def read_likeness(branches: Path) -> Likeness:
    """What was said before, each with the guard it meets. Raises BadTerms with file and line."""
    return Likeness(guarded_sayings(branches))


def read_wishes(branches: Path) -> Wishes:
    """What members ordered before, each with what it opens. Raises BadTerms with file and line."""
    return Wishes(ordering_sayings(branches))


def guarded_sayings(branches: Path) -> Iterator[tuple[str, str]]:
    """Guard and wording of each line. Raises BadTerms with file and line."""
    return _sayings(branches / "sayings.txt", {*ANSWERS, NO_KIND})


def ordering_sayings(branches: Path) -> Iterator[tuple[str, str]]:
    """What is opened, and a wording that orders it, of each line. Raises BadTerms with file and line."""
    return _sayings(branches / "wishes.txt")


def _sayings(file: Path, known: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Kind and wording of each line; any kind where none is known."""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        kind, colon, said = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not (colon and said.strip() and (kind in known or not known)):
            raise BadTerms(file, number, f"{_form('種類: 文', known)}: {line}")
        yield kind, said


def _form(form: str, known: Collection[str]) -> str:
    """How a line is to be written, and the kinds that there are."""
    named = f"（種類は {'・'.join(sorted(known))}）" if known else ""
    return f"「{form}」の形で書いてください{named}"


def read_neighbours(branches: Path, own: str, faq: Faq) -> Neighbours:
    """What the branches around one are known for, less what its own answers speak of."""
    identities = [read_one(folder / "branch.yaml", Identity) for folder in folders(branches)]
    known_for = {identity.short: identity.known_for for identity in identities}
    spoken_here = [" ".join((entry.title, *entry.triggers, entry.answer)) for entry in faq.entries]
    return Neighbours(own, known_for, spoken_here)
