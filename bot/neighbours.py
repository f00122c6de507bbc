"""What belongs to another branch: its programmes, places and systems, each known by its name."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.lexicon import fold, read_aloud

LONG = 7  # kana; a shorter name is heard in other words
SPELT = re.compile(
    "[ぁ-ゖー]{6,}|[a-z]{5,}"
)  # a name that is spelt out; of a shorter one a letter may make another word

ANY = "*"

CAME = re.compile(
    "[一-龥]{2,3}[都府県]?(?:支部)?から(?:[一-龥]{2,3}[都府県]?|こちら|こっち|そちら|当)?(?:支部)?(?:に|へ)?(?:来|き[たま]|異動|転入|転勤|移|引っ?越|赴任)"
)


@dataclass(frozen=True)
class Name:
    """A name in its parts, all of which are said (ドック + 抽選), and whose it is."""

    parts: tuple[str, ...]
    owner: str

    def is_in(self, letters: str) -> bool:
        return all(part in letters for part in self.parts)


class Neighbours:
    """The branches around one of them."""

    def __init__(
        self,
        own: str = "",
        known_for: Mapping[str, Iterable[str]] | None = None,
        spoken_here: Collection[str] = (),
    ) -> None:
        """`known_for` has the names of each branch's own things; what is `spoken_here` is nobody else's."""
        self.own = own
        here = [fold(text) for text in spoken_here]
        names = (
            name for owner, said in (known_for or {}).items() if owner != own for name in _names(owner, said)
        )
        self._names = tuple(name for name in names if not any(map(name.is_in, here)))
        self._aloud = {read_aloud(name.parts[0]): name.owner for name in self._names if len(name.parts) == 1}
        self._misspelt = {
            slip: name.owner
            for name in self._names
            if len(name.parts) == 1 and SPELT.fullmatch(name.parts[0])
            for slip in _slips(name.parts[0])
        }
        self._lengths = {len(slip) for slip in self._misspelt}

    def owner(self, text: str) -> str | None:
        """The branch whose thing the text names, perhaps with one letter wrong, missing or too many."""
        letters = CAME.sub("", fold(text))  # where somebody came from is not what they ask for
        named = next((name.owner for name in self._names if name.is_in(letters)), None)
        return named or next(self._nearly(letters), None) or self._aloud_owner(letters)

    def _aloud_owner(self, letters: str) -> str | None:
        """ふくし貯金 is read like 福祉貯金."""
        read = read_aloud(letters)
        return next(
            (owner for name, owner in self._aloud.items() if len(name) >= LONG and name in read), None
        )

    def _nearly(self, letters: str) -> Iterator[str]:
        for length in self._lengths:
            for start in range(len(letters) - length + 1):
                word = letters[start : start + length]
                for slip in (word, *_with_any_letter(word)):
                    if slip in self._misspelt:
                        yield self._misspelt[slip]


def _names(owner: str, said: Iterable[str]) -> Iterator[Name]:
    for name in said:
        yield Name(tuple(fold(part) for part in name.split("+")), owner)


def _slips(word: str) -> Iterator[str]:
    """The word with one letter missing, any other in its stead, or any beside it; with two letters exchanged."""
    for place in range(len(word)):
        before, after = word[:place], word[place + 1 :]
        yield before + after
        yield before + ANY + after
        yield before + ANY + word[place:]
        yield before + after[:1] + word[place] + after[1:]


def _with_any_letter(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + ANY + word[place + 1 :]
