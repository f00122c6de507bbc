"""The words of a text: Sudachi's tokens, the ideas that a list of synonyms finds, and letter groups."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sudachipy import Dictionary, Morpheme, SplitMode, Tokenizer

from bot.words import normalise

DICTIONARY = "small"
LONGEST_TEXT = 200
NOTHING = "_"
EMPTY = "-"
HIRAGANA = {ord(kana): ord(kana) - 0x60 for kana in map(chr, range(0x30A1, 0x30F7))}
LONG_ENOUGH = 4  # a shorter reading is many words
_KANJI = re.compile("[一-龥]")
_SIGNS = re.compile(r"[\W_]+")
_KINDS = dict.fromkeys(("名詞", "動詞", "形容詞", "形状詞"), "carries") | dict.fromkeys(
    ("副詞", "代名詞", "感動詞", "接頭辞", "接尾辞"), "supports"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the index sees it: each set holds what the text says, without order."""

    letters: str
    tokens: frozenset[str]
    ideas: frozenset[str]
    cues: frozenset[str]
    grams: frozenset[str]
    strange: frozenset[str]


class Lexicon:
    """Synonyms, one line an idea: `idea: way of typing it, another way`.

    An idea that begins with ? says what is asked (いつ, いくら). The ways of `_` only look like ideas,
    and the words of `-` tell nothing. The longest way found at a place of the text counts.
    """

    def __init__(self, lines: Iterable[str] = (), *, aloud: bool = False) -> None:
        """`aloud`: what is written in kanji may be typed as it is read, too."""
        ideas: dict[str, dict[str, None]] = defaultdict(dict)
        self._empty: set[str] = set()
        self._kinds: dict[int, str] = {}
        self._forms: dict[int, tuple[str, ...]] = {}  # of the dictionary's words, by their number
        for idea, way in _entries(lines):
            if idea == EMPTY:
                self._empty.add(way)
            elif letters := fold(way):
                ideas[letters][idea] = None
        if aloud:
            for reading, names in _readings(ideas):
                ideas.setdefault(reading, names)
        self._ideas = {letters: "+".join(names) for letters, names in ideas.items()}
        lengths: dict[str, set[int]] = defaultdict(set)
        for letters in self._ideas:
            lengths[letters[0]].add(len(letters))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def read(self, text: str) -> Reading:
        """What the text says; only its beginning counts."""
        plain = normalise(text)[:LONGEST_TEXT]
        letters = _letters(plain)
        pieces = list(self.spell(letters))
        ideas = {idea for piece, known in pieces if known for idea in piece.split("+")}
        cues = frozenset(idea for idea in ideas if idea[0] == "?")
        bare = " ".join(piece for piece, known in pieces if not known)
        tokens, strange = self._tokens(plain, bare)
        return Reading(letters, tokens, frozenset(ideas - cues), cues, frozenset(_grams(letters)), strange)

    def spell(self, letters: str) -> Iterator[tuple[str, bool]]:
        """The folded text in pieces: an idea (of several the joined names) and True, or letters and False."""
        for piece, known in self._cut(letters):
            names = self._ideas[piece] if known else NOTHING
            yield (piece, False) if names == NOTHING else (names, True)

    def overlapping(self, letters: str) -> Iterator[str]:
        """The ideas that begin within a way and run on past its end: 表示 in メニュー表示, メニュー表 being a way."""
        end = 0
        for piece, known in self._cut(letters):
            start, end = end, end + len(piece)
            for inside in range(start + 1, end) if known and self._ideas[piece] != NOTHING else ():
                length = self._longest_at(letters, inside)
                if inside + length > end and (length >= LONG_ENOUGH or _KANJI.match(letters[inside])):
                    yield self._ideas[letters[inside : inside + length]]

    def _cut(self, letters: str) -> Iterator[tuple[str, bool]]:
        """The longest ways from the left, and the letters between them."""
        plain = start = 0
        while start < len(letters):
            length = self._longest_at(letters, start)
            if not length:
                start += 1
                continue
            if plain < start:
                yield letters[plain:start], False
            yield letters[start : start + length], True
            start = plain = start + length
        if plain < len(letters):
            yield letters[plain:], False

    def _longest_at(self, letters: str, start: int) -> int:
        for length in self._lengths.get(letters[start], ()):
            if start + length <= len(letters) and letters[start : start + length] in self._ideas:
                return length
        return 0

    def _tokens(self, plain: str, bare: str) -> tuple[frozenset[str], frozenset[str]]:
        """Words that carry meaning, in their usual spelling; and those of them that no idea explains."""
        tokens: set[str] = set()
        strange: set[str] = set()
        for word in _tokenizer().tokenize(plain, SplitMode.C):
            kind = self._kinds.get(word.part_of_speech_id()) or self._kind(word)
            if kind == "grammar":
                continue
            forms = self._forms.get(word.word_id()) or self._learnt(word)
            tokens.update(forms)
            if kind == "carries" and word.surface().translate(HIRAGANA) in bare:
                strange.add(forms[0])
        return frozenset(tokens - self._empty), frozenset(strange - self._empty)

    def _learnt(self, word: Morpheme) -> tuple[str, ...]:
        """The usual spelling of a word and of its parts; kept where the dictionary has the word."""
        parts = word.split(SplitMode.A, add_single=False)
        forms = (word.normalized_form(), *(part.normalized_form() for part in parts))
        if not word.is_oov():
            self._forms[word.word_id()] = forms
        return forms

    def _kind(self, word: Morpheme) -> str:
        kind, finer, *_ = word.part_of_speech()
        found = "grammar" if finer == "数詞" else _KINDS.get(kind, "grammar")
        self._kinds[word.part_of_speech_id()] = found
        return found


def fold(text: str) -> str:
    """The letters alone, katakana as hiragana, long-vowel marks kept."""
    return _letters(normalise(text))


def _letters(plain: str) -> str:
    return _SIGNS.sub("", plain).translate(HIRAGANA)


def _grams(letters: str) -> Iterator[str]:
    """Groups of two and of three letters."""
    for size in (2, 3):
        for start in range(len(letters) - size + 1):
            yield letters[start : start + size]


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        idea, colon, ways = line.partition(":")
        if colon and not line.startswith("#"):
            yield from ((idea.strip(), way.strip()) for way in ways.split(",") if way.strip())


def read_aloud(letters: str) -> str:
    """Folded letters as they are read, in hiragana."""
    words = _tokenizer().tokenize(letters, SplitMode.C)
    return _letters("".join(word.reading_form() for word in words).lower())


def _readings(ideas: Mapping[str, Mapping[str, None]]) -> Iterator[tuple[str, dict[str, None]]]:
    """The ways that hold kanji, as they are read: おうぼ for 応募."""
    for letters, names in [*ideas.items()]:
        if NOTHING not in names and _KANJI.search(letters):
            reading = read_aloud(letters)
            if len(reading) >= LONG_ENOUGH:
                yield reading, dict(names)


@cache
def _dictionary() -> Dictionary:
    """Sudachi's dictionary, read once for the whole process."""
    return Dictionary(dict=DICTIONARY)


def put_dictionary_away() -> None:
    """Gives up the dictionary's memory; the next text that is read opens it again, in a tenth of a second."""
    _dictionary.cache_clear()
    _of_thread.__dict__.clear()


_of_thread = threading.local()


def _tokenizer() -> Tokenizer:
    """A tokenizer may not be shared between threads, so that each thread has one."""
    if not hasattr(_of_thread, "tokenizer"):
        _of_thread.tokenizer = _dictionary().tokenizer()
    tokenizer: Tokenizer = _of_thread.tokenizer
    return tokenizer
