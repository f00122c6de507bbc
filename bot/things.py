"""What an order names, whose and of what, and whether what it would open knows of that: 給食のメニュー is no menu of the bot's."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.lexicon import Lexicon, Word, fold, words_of
from bot.mood import last_clause

DEED = "サ変可能"
VERB, NUMBER = "動詞", "数詞"
TOWARDS = ("に", "へ", "が")
NO_THINGS = ("副詞可能", "助数詞可能", "地名", "人名")
POINTING = tuple(
    "別 前 後ろ 先頭 係 相手 次 次回 最新 直通 やつ もの 有無 様子 具合 中身 義理 困りごと 困り事".split()
)
OF_ALL = frozenset("健康 学校 教職員".split())  # said of many things: what follows names it
OURS = frozenset("共済 互助会".split())  # whose everything here is
_KANA = re.compile("[ぁ-ゖー]+")


@dataclass
class Things:
    """`said` has all that is said of what a name opens: how it is ordered, and what it tells."""

    lexicon: Lexicon
    said: Callable[[str], Iterable[str]]
    _letters: dict[str, str] = field(default_factory=dict)
    _ideas: dict[str, frozenset[str]] = field(default_factory=dict)

    def are_foreign(self, name: str, text: str) -> bool:
        """Whether the order that ends a text names something of which nothing is said there."""
        return any(not self._is_known(name, parts) for parts in things_named(last_clause(text)))

    def _is_known(self, name: str, parts: tuple[str, ...]) -> bool:
        """Whether one part of a thing's name is said, or what it means."""
        if name not in self._letters:
            self._letters[name] = "\n".join(map(fold, self.said(name)))
        telling = [part for part in parts if part not in OF_ALL | OURS] or parts
        if OURS.issuperset(telling) or any(part in self._letters[name] for part in map(fold, telling)):
            return True
        meant = self._meant("".join(parts))
        if meant and name not in self._ideas:
            self._ideas[name] = self._meant(self._letters[name])
        return bool(meant and meant & self._ideas[name])

    def _meant(self, text: str) -> frozenset[str]:
        spelt = (idea for idea, known in self.lexicon.spell(fold(text)) if known)
        return frozenset(idea for names in spelt for idea in names.split("+"))


def things_named(text: str) -> Iterator[tuple[str, ...]]:
    """The nouns of a text that say whose a thing is, or with what something is done, in their parts.

    給食 and メニュー of 給食のメニューを見せて, 囲碁大会 of 囲碁大会出たい. A number, a time and a deed (予約を) are no thing,
    nor is what is kana alone."""
    words = words_of(text)
    for place, last in enumerate(words):
        if _is_named(last) and last.finest not in NO_THINGS and _is_concerned(last, words[place + 1 :]):
            first = place
            while first and _is_named(words[first - 1]):
                first -= 1
            parts = tuple(word.text for word in words[first : place + 1])
            is_counted = first > 0 and words[first - 1].finer == NUMBER
            if not (is_counted or parts[0] in POINTING or _KANA.fullmatch("".join(parts))):
                yield parts


def _is_named(word: Word) -> bool:
    return word.kind in ("名詞", "接尾辞", "接頭辞") and word.finer != NUMBER


def _is_concerned(last: Word, after: Sequence[Word]) -> bool:
    """Whether a noun says whose the next is, or is what something is done with; without を only at the text's end."""
    if len(after) > 1 and after[0].text == "の":
        return _is_named(after[1])
    if last.finest == DEED or not after:
        return False
    deed = after[1:] if after[0].text in TOWARDS else after
    is_the_end = bool(deed) and deed[0].kind == VERB and not any(map(_is_named, deed))
    return (len(after) > 1 and after[0].text == "を") or is_the_end
