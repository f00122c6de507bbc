"""The words of a text: Sudachi's tokens, the ideas that a list of synonyms finds, and letter groups."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache
from itertools import islice
from operator import add
from typing import NamedTuple

from sudachipy import Dictionary, Morpheme, SplitMode, Tokenizer

from bot.words import normalise

DICTIONARY = "small"
LONGEST_TEXT = 200
TEXTS_AT_ONCE = 60  # together they take Sudachi a third less; more than it can take would be refused
BREAK = "\n"  # between texts; none stands within a plain one
NOTHING = "_"
EMPTY = "-"
NONE: frozenset[str] = frozenset()
HIRAGANA = {ord(kana): ord(kana) - 0x60 for kana in map(chr, range(0x30A1, 0x30F7))}
NAMING = ("名詞", "形容詞", "形状詞")
LONG_ENOUGH = 4  # a shorter reading is many words
PERIOD = "?deadline"  # asked for by whether something can be used on a day: 12月28日に取れたのですが、まだ使えますよね
_KANJI = re.compile("[一-龥]")
_SIGNS = re.compile(r"[\W_]+")
_ON_A_DAY = re.compile(
    r"(?:\d月(?!から)|\d日に|月末|年末|年度末|年明け|来月|来週|[春夏秋冬]休み|大晦日|正月).*"
    r"(?:使え|つかえ|有効|間に合|まにあ|受けられ|受けれ|通用)[ぁ-ん]{0,9}$"
)
_KINDS = dict.fromkeys(("名詞", "動詞", "形容詞", "形状詞"), "carries") | dict.fromkeys(
    ("副詞", "代名詞", "感動詞", "接頭辞", "接尾辞"), "supports"
)


class Reading(NamedTuple):
    """A text as the index sees it: each set holds what the text says, without order."""

    letters: str
    tokens: frozenset[str]
    ideas: frozenset[str]
    cues: frozenset[str]
    strange: frozenset[str] = frozenset()

    @property
    def grams(self) -> Set[str]:
        """Groups of two and of three letters, found anew each time."""
        return grams_of(self.letters)


GLIDES = tuple("ゃゅょ")  # the rest of a sound: ほけんし does not stand in ほけんしょう


class Word(NamedTuple):
    """A word as it stands and in its usual spelling, and the part of speech in three steps (名詞, 普通名詞, サ変可能)."""

    text: str
    usual: str
    kind: str
    finer: str
    finest: str


class Lexicon:
    """Synonyms, one line an idea: `idea: way of typing it, another way`.

    An idea that begins with ? says what is asked (いつ, いくら). The ways of `_` only look like ideas,
    and the words of `-` tell nothing. The longest way found at a place of the text counts.
    """

    def __init__(self, lines: Iterable[str] = (), *, aloud: bool = False) -> None:
        """`aloud`: what is written in kanji may be typed as it is read, too."""
        ideas: dict[str, dict[str, None]] = defaultdict(dict)
        self._empty: set[str] = set()
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
        cues = {name for names in ideas.values() for name in names if name[0] == "?"}
        self._meant = {letters: names.keys() - cues - {NOTHING} for letters, names in ideas.items()}
        self._asked = {letters: names.keys() & cues for letters, names in ideas.items()}
        lengths: dict[str, set[int]] = defaultdict(set)
        for letters in self._ideas:
            lengths[letters[:2]].add(len(letters))
        self._lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def read(self, text: str) -> Reading:
        """What the text says; only its beginning counts."""
        plain = normalise(text)[:LONGEST_TEXT]
        words = _tokenizer().tokenize(plain, SplitMode.C)
        (tokens,) = self._tokens(words)
        reading = self._reading(plain, tokens)
        if _ON_A_DAY.search(reading.letters):
            reading = reading._replace(cues=reading.cues | {PERIOD})
        bare = " ".join(piece for piece, known in self.spell(reading.letters) if not known)
        return reading._replace(strange=frozenset(self._strange(words, bare)))

    def read_all(self, texts: Iterable[str]) -> Iterator[Reading]:
        """What each of the topics' texts says; it is their words by which others are known or strange."""
        plains = (normalise(text)[:LONGEST_TEXT] for text in texts)
        while some := list(islice(plains, TEXTS_AT_ONCE)):
            words = _tokenizer().tokenize(BREAK.join(some), SplitMode.C)
            yield from map(self._reading, some, self._tokens(words))

    def _reading(self, plain: str, tokens: Set[str]) -> Reading:
        letters = _letters(plain)
        ways = [way for _, way in self._ways(letters)]
        ideas = NONE.union(*map(self._meant.__getitem__, ways))
        cues = NONE.union(*map(self._asked.__getitem__, ways))
        return Reading(letters, frozenset(tokens), ideas, cues)

    def spell(self, letters: str) -> Iterator[tuple[str, bool]]:
        """The folded text in pieces: an idea (of several the joined names) and True, or letters and False."""
        for piece, known in self._cut(letters):
            names = self._ideas[piece] if known else NOTHING
            yield (piece, False) if names == NOTHING else (names, True)

    def ways(self, letters: str) -> tuple[list[str], str]:
        """The ways that are found in the folded text, and the letters beside them."""
        pieces = list(self._cut(letters))
        beside = "".join(piece for piece, known in pieces if not known)
        return [piece for piece, known in pieces if known], beside

    def overlapping(self, letters: str) -> Iterator[str]:
        """The ideas that begin within a way and run on past its end: 表示 in メニュー表示, メニュー表 being a way."""
        end = 0
        for piece, known in self._cut(letters):
            start, end = end, end + len(piece)
            for inside in range(start + 1, end) if known and self._ideas[piece] != NOTHING else ():
                length = self._longest_at(letters, inside)
                if inside + length > end and is_a_word(letters[inside : inside + length]):
                    yield self._ideas[letters[inside : inside + length]]

    def _cut(self, letters: str) -> Iterator[tuple[str, bool]]:
        """The longest ways from the left, and the letters between them."""
        plain = 0
        for start, way in self._ways(letters):
            if plain < start:
                yield letters[plain:start], False
            yield way, True
            plain = start + len(way)
        if plain < len(letters):
            yield letters[plain:], False

    def _ways(self, letters: str) -> Iterator[tuple[int, str]]:
        """Where the longest ways from the left stand."""
        start, end = 0, len(letters)
        while start < end:
            if length := self._longest_at(letters, start):
                yield start, letters[start : start + length]
            start += length or 1

    def _longest_at(self, letters: str, start: int) -> int:
        for length in self._lengths.get(letters[start : start + 2], ()):
            end = start + length
            if (
                letters[start:end] in self._ideas
                and end <= len(letters)
                and letters[end : end + 1] not in GLIDES
            ):
                return length
        return int(letters[start] in self._ideas)

    def _strange(self, words: Iterable[Morpheme], bare: str) -> Iterator[str]:
        """Those of the words that no idea explains: they stand in what the ideas leave bare."""
        for word in words:
            carries, usual = _kind(word) == "carries", word.normalized_form()
            if carries and word.surface().translate(HIRAGANA) in bare and usual not in self._empty:
                yield usual

    def _tokens(self, words: Iterable[Morpheme]) -> list[set[str]]:
        """What the words of each text are usually spelt as."""
        found: list[set[str]] = [set()]
        for word in words:
            forms = self._forms.get(word.word_id())
            if forms:
                found[-1].update(forms)
            elif forms is None:
                if word.surface() == BREAK:
                    found.append(set())
                else:
                    found[-1].update(self._spelt(word))
        return found

    def _spelt(self, word: Morpheme) -> tuple[str, ...]:
        """The usual spelling of a word and of its parts, if they tell anything; kept where the dictionary has the word."""
        forms: tuple[str, ...] = ()
        if _kind(word) != "grammar":
            parts = word.split(SplitMode.A, add_single=False)
            spelt = (word.normalized_form(), *(part.normalized_form() for part in parts))
            forms = tuple(form for form in spelt if form not in self._empty)
        if not word.is_oov():
            self._forms[word.word_id()] = forms
        return forms


def _kind(word: Morpheme) -> str:
    kind, finer, *_ = word.part_of_speech()
    return "grammar" if finer == "数詞" else _KINDS.get(kind, "grammar")


def grams_of(letters: str) -> Set[str]:
    """Groups of two and of three letters that stand together."""
    rest = letters[1:]
    pairs = list(map(add, letters, rest))
    return {*pairs, *map(add, pairs, rest[1:])}


def is_a_word(letters: str) -> bool:
    """Whether folded letters within others are likely a word of their own: けし of 紐づけし is none."""
    return len(letters) >= LONG_ENOUGH or (len(letters) > 1 and _KANJI.match(letters) is not None)


def fold(text: str) -> str:
    """The letters alone, katakana as hiragana, long-vowel marks kept."""
    return _letters(normalise(text))


def _letters(plain: str) -> str:
    bare = plain if plain.isalnum() else _SIGNS.sub("", plain)  # most hold no sign
    return bare.translate(HIRAGANA)


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        idea, colon, ways = line.partition(":")
        if colon and not line.startswith("#"):
            yield from ((idea.strip(), way.strip()) for way in ways.split(",") if way.strip())


def read_aloud(letters: str) -> str:
    """Folded letters as they are read, in hiragana."""
    words = _tokenizer().tokenize(letters, SplitMode.C)
    return _letters("".join(word.reading_form() for word in words).lower())


def is_in_dictionary(word: str) -> bool:
    """Whether the dictionary has it as one word."""
    words = _tokenizer().tokenize(word, SplitMode.C)
    return len(words) == 1 and not words[0].is_oov()


def within_words(letters: str) -> frozenset[int]:
    """Where letters stand that do not begin a word."""
    words = _tokenizer().tokenize(letters, SplitMode.C)
    return frozenset(place for word in words for place in range(word.begin() + 1, word.end()))


def words_of(text: str) -> list[Word]:
    """The words of a text; only its beginning counts."""
    found = _tokenizer().tokenize(normalise(text)[:LONGEST_TEXT], SplitMode.C)
    return [Word(word.surface(), word.normalized_form(), *word.part_of_speech()[:3]) for word in found]


def named_and_done(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The nouns and adjectives of a text, and its verbs, in their usual spelling; only its beginning counts."""
    words = words_of(text)
    named = (word.usual for word in words if word.kind in NAMING and word.finer != "数詞")
    return frozenset(named), frozenset(word.usual for word in words if word.kind == "動詞")


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
