"""The words of a text: Sudachi's tokens, the ideas that a list of synonyms finds, and letter groups."""

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from sudachipy import Dictionary, SplitMode, Tokenizer

from bot.words import normalise

LONGEST_TEXT = 200
NOTHING = ("_",)
HIRAGANA = {ord(kana): ord(kana) - 0x60 for kana in map(chr, range(0x30A1, 0x30F7))}
_SIGNS = re.compile(r"[\W_]+")
_CONTENT = {"名詞", "動詞", "形容詞", "形状詞", "副詞", "代名詞", "感動詞", "接頭辞", "接尾辞"}
_EMPTY = set(
    [
        "為る",
        "成る",
        "有る",
        "居る",
        "事",
        "物",
        "為",
        "方",
        "時",
        "場合",
        "所",
        "様",
        "訳",
        "筈",
        "ん",
        "の",
        "此れ",
        "其れ",
        "其の",
        "此の",
        "私",
        "自分",
        "僕",
        "俺",
        "教える",
        "知る",
        "聞く",
        "聴く",
        "貰う",
        "下さる",
        "下さい",
        "御",
        "願う",
        "お願い",
        "致す",
        "頂く",
        "戴く",
        "言う",
        "思う",
        "遣る",
        "見る",
        "来る",
        "行く",
        "良い",
        "宜しい",
        "そう",
        "どう",
        "何う",
        "如何",
        "今",
        "何",
        "ちょっと",
        "一寸",
        "質問",
        "件",
        "的",
        "さん",
        "様",
        "たち",
        "達",
        "等",
        "など",
        "又",
        "まだ",
        "未だ",
        "もう",
        "既に",
        "是非",
        "下さい",
        "欲しい",
        "呉れる",
        "御座る",
        "済む",
        "置く",
        "仕舞う",
        "可",
        "能",
        "無い",
        "ない",
        "分かる",
        "解る",
        "出来る",
        "出る",
        "入る",
        "知れる",
        "付く",
        "取る",
        "上げる",
        "遣り方",
        "どの",
        "どれ",
        "どんな",
        "よう",
        "こと",
        "先生",
        "学校",
        "人",
        "者",
        "皆",
        "皆さん",
        "本当",
        "全然",
        "とても",
        "凄い",
        "なん",
        "一",
        "二",
        "三",
        "つ",
        "回",
        "日",
        "月",
        "年",
        "円",
        "枚",
        "度",
        "個",
        "歳",
        "時",
        "分",
        "第",
        "今日",
        "明日",
        "今年",
        "来年",
        "去年",
        "前",
        "後",
        "中",
        "間",
        "内",
        "上",
        "下",
        "他",
        "外",
        "別",
        "次",
        "最近",
        "先",
        "まま",
        "儘",
        "同じ",
        "少し",
        "全部",
        "色々",
        "結構",
        "大丈夫",
        "必要",
        "要る",
    ]
)


@dataclass(frozen=True)
class Reading:
    """A text as the index sees it: each set holds what the text says, without order."""

    letters: str
    tokens: frozenset[str]
    ideas: frozenset[str]
    cues: frozenset[str]
    grams: frozenset[str]
    strange: frozenset[str]


class Lexicon:
    """Synonyms: each idea with the ways of typing it; an idea that begins with ? says what is asked."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._ideas: dict[str, tuple[str, ...]] = {}
        self._longest: dict[str, int] = {}
        for idea, ways in _entries(lines):
            for way in ways:
                self._add(fold(way), idea)

    def _add(self, way: str, idea: str) -> None:
        if not way:
            return
        if idea not in self._ideas.get(way, ()):
            self._ideas[way] = (*self._ideas.get(way, ()), idea)
        self._longest[way[0]] = max(len(way), self._longest.get(way[0], 0))

    def read(self, text: str) -> Reading:
        plain = normalise(text)[:LONGEST_TEXT]
        letters = fold(plain)
        ideas, bare = self._find(letters)
        tokens, strange = _tokens(plain, bare)
        return Reading(
            letters,
            frozenset(tokens),
            frozenset(idea for idea in ideas if idea[0] != "?"),
            frozenset(idea for idea in ideas if idea[0] == "?"),
            frozenset(grams(letters)),
            frozenset(strange),
        )

    def spell(self, letters: str) -> Iterator[tuple[str, bool]]:
        """The folded text in pieces: an idea (of several the joined names) and True, or letters and False."""
        plain = start = 0
        while start < len(letters):
            length = self._longest_at(letters, start)
            if not length:
                start += 1
                continue
            if plain < start:
                yield letters[plain:start], False
            found = self._ideas[letters[start : start + length]]
            yield (letters[start : start + length], False) if found == NOTHING else ("+".join(found), True)
            start = plain = start + length
        if plain < len(letters):
            yield letters[plain:], False

    def _find(self, letters: str) -> tuple[set[str], str]:
        """The ideas in the text, longest way first; and the letters that they leave, as one text of gaps."""
        pieces = list(self.spell(letters))
        ideas = {idea for piece, known in pieces if known for idea in piece.split("+")}
        return ideas, " ".join(piece for piece, known in pieces if not known)

    def _longest_at(self, letters: str, start: int) -> int:
        for length in range(min(self._longest.get(letters[start], 0), len(letters) - start), 0, -1):
            if letters[start : start + length] in self._ideas:
                return length
        return 0


def fold(text: str) -> str:
    """The letters alone, katakana as hiragana, long-vowel marks kept."""
    return _SIGNS.sub("", normalise(text)).translate(HIRAGANA)


def grams(letters: str) -> Iterator[str]:
    """Groups of two and of three letters."""
    for size in (2, 3):
        for start in range(len(letters) - size + 1):
            yield letters[start : start + size]


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    for line in lines:
        idea, colon, ways = line.partition(":")
        if colon and not line.startswith("#"):
            yield idea.strip(), [way.strip() for way in ways.split(",") if way.strip()]


def _tokens(plain: str, bare: str) -> tuple[set[str], set[str]]:
    """Words that carry meaning in their usual spelling; and those of them that no idea explains."""
    tokens: set[str] = set()
    strange: set[str] = set()
    for word in _tokenizer().tokenize(plain, SplitMode.C):
        kind = word.part_of_speech()
        if kind[0] not in _CONTENT or kind[1] == "数詞":
            continue
        parts = word.split(SplitMode.A)
        names = {part.normalized_form() for part in (word, *parts)} - _EMPTY
        tokens |= names
        if names and kind[0] in ("名詞", "動詞", "形容詞", "形状詞") and fold(word.surface()) in bare:
            strange.add(word.normalized_form())
    return tokens, strange - _EMPTY


@cache
def _dictionary() -> Dictionary:
    """Sudachi's dictionary, read once for the whole process."""
    return Dictionary(dict="core")


_of_thread = threading.local()


def _tokenizer() -> Tokenizer:
    """A tokenizer may not be shared between threads, so that each thread has one."""
    if not hasattr(_of_thread, "tokenizer"):
        _of_thread.tokenizer = _dictionary().tokenizer()
    tokenizer: Tokenizer = _of_thread.tokenizer
    return tokenizer
