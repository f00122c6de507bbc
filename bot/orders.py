"""Orders in the members' own words: what is done with what, and the flow that it opens.

A file of orders holds words (`coupon = クーポン, チケット`) and rules (`redeem < coupon + use|show`);
the first rule counts whose words are all said, and it opens the first of its flows or topics that there is.
A way that ends on ~ is a verb, known by its stems.
A rule with ! holds when nothing else is said. The words of `mistyped` are what is meant where one letter is another.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.dialect import spellings
from bot.lexicon import NOTHING, Lexicon, fold, is_a_word, read_aloud
from bot.mood import asks, clauses, is_an_order, last_order, tells, what_is_asked

LONGEST = 48
POLITE = frozenset(
    {"please", "show", "all", "tell", "todays"}
)  # words that may be said with any thing: 今日の一覧を見せてください
WHERE_ONE_IS = frozenset(
    {"arrive", "now", "broken", "awaited", "retire", "newname", "visitday", "booking", "readit"}
)  # of a story, with the order that ends it
SHORT = 12  # letters of what may name a thing by itself
MISTYPED = "mistyped"  # the words that are known with a slip of the finger, too
VERB = "~"  # after the dictionary's form of a verb
STEMS = {
    "う": "わいうえおっ",
    "く": "かきくけこい",
    "ぐ": "がぎぐげごい",
    "す": "さしすせそ",
    "つ": "たちつてとっ",
    "ぶ": "ばびぶべぼん",
    "む": "まみむめもん",
    "る": "らりるれろっ",
}
OF_ONE_STEM = "なてたまるよさとら"
BEFORE_RU = "いきしちにひみりぎじびえけせてねへめれげぜべ"
FIGURE = "figure"  # the word for a number that no way names: 歩数8543

_LONG = re.compile("(?<=[うくすつぬふむゆるゅ])う")  # of a loanword in hiragana: めにゅう
_KANJI = re.compile("[一-龥]")
_NUMBER = re.compile(r"\d+")
_MEASURED = re.compile(
    r"[\d一二三四五六七八九十百千万]+(?=歩)|(?<=歩数)\d+[千万]|\d+(?:時間半?|きろ|kg|せんち|cm)"
)
_PARTICLES = re.compile(
    r"最初の?|他に|ほかに?|これまでの?|今まで|いままで|過去の?|並んで|ならんで|いろいろ|さっきの?|先ほどの?|先程の?|この前の?|こないだの?|先[週日月]の?|昨日の?|きのうの?|今[日週月年]の?|きょうの?|今回の?|いつもの?|例の|もう(?:一度|1度|1回|一回)|"
    r"ちゃんと|きちんと|ちょっと|とりあえず|まずは?|急ぎ|急いで|はやく|早く|早め|なんか|とこ(?:ろ)?|みたいな|的な|らへん|やつ|のほう|の方|こと|もの|分|えっと|ええと|すみません|すいません|ごめん|悪いけど|これ|それ|ここ|"
    r"失礼|こんにちは|こんばんは|おはよう|初めまして|お世話になります|ほら|はい|どうも|どうか|どうぞ|この|その|あの|うちの?|自分の?|私の?|俺の?|僕の?|"
    r"もっかい|もう?いっかい|もう一[回度]|もっぺん|もういっぺん|もう|よう|から|まで|より|だけ|とか|など|です|ます|する|して|した|[てで]お(?:く|いて|こう|きたい)|[をのにへがはでともやって]|しい|ください|下さい|お願い|おねがい|願い|ねがい|します|いたします|たい|ほしい|欲しい|たのむ|頼む|希望|お|ご|ん|ね|よ|な|わ|し|い|て|た|る|ー"
)


@dataclass(frozen=True)
class _Rule:
    """What must be said, each by one of some words, what must not, and what is opened then."""

    opens: tuple[str, ...]
    said: tuple[frozenset[str], ...]
    unsaid: frozenset[str]
    alone: bool

    def fits(self, said: Sequence[frozenset[str]], also: frozenset[str], rest: str, orders: bool) -> bool:
        """Whether the text's pieces (each of one or some words) say all of it: as an order, or nothing else."""
        words = frozenset().union(*said)
        if self.unsaid & words or not all(slot & (words | also) for slot in self.said):
            return False
        return (orders and not self.alone) or (not rest and all(self._wants(piece) for piece in said))

    def _wants(self, piece: frozenset[str]) -> bool:
        return bool(POLITE & piece) or any(slot & piece for slot in self.said)


class BadOrder(ValueError):
    """A line of a file of orders that cannot be used."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class Orders:
    """The orders of a file."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Raises BadOrder where a line is neither word nor rule, or a rule names an unknown word."""
        kept = [
            (number, line)
            for number, line in enumerate(lines, start=1)
            if line.strip() and not line.startswith("#")
        ]
        words = _words_of(kept)
        self.mistyped = tuple(words.pop(MISTYPED, ()))
        self._lexicon = Lexicon(
            (f"{word}: {way}" for way, said in _ways(words).items() for word in sorted(said)), aloud=True
        )
        self._words = words
        self._rules = tuple(_rule(number, line, words) for number, line in kept if "=" not in line)

    def opens(self, text: str, exists: Callable[[str], bool]) -> str | None:
        """What the text orders to open, of what exists; None when it asks or only tells."""
        letters = fold(text)
        if not letters or (asks(text) and not self._is_named_so(letters, asks)):
            return None
        is_order = is_an_order(text)
        if not is_order and tells(text) and not self._is_named_so(letters, tells):
            return None
        ends = last_order(text)
        if name := ends and self._opens(
            what_is_asked(ends), True, exists, self._circumstances(clauses(text)[:-1])
        ):
            return name
        ways = (self._opens(each, is_order, exists) for each in self._spellings(letters, ends, is_order))
        return next((name for name in ways if name), None)

    def said(self, name: str) -> Iterator[str]:
        """All that is said for the words of the rules that open it."""
        ordering = (
            word for rule in self._rules if name in rule.opens for word in frozenset().union(*rule.said)
        )
        return (way for word in dict.fromkeys(ordering) for way in self._words.get(word, ()))

    def _opens(
        self,
        letters: str,
        is_order: bool,
        exists: Callable[[str], bool],
        told: frozenset[str] | None = None,
    ) -> str | None:
        """What the letters order, with what their story told, if any: then something else is said."""
        if len(letters) > LONGEST:
            return None
        said, rest = self._read(letters)
        also = frozenset(word for names in self._lexicon.overlapping(letters) for word in names.split("+"))
        if told is not None:
            also, rest = also | told, rest or letters
        fitting = (rule for rule in self._rules if rule.fits(said, also, rest, is_order))
        return next((name for rule in fitting for name in rule.opens if exists(name)), None)

    def _circumstances(self, story: Iterable[str]) -> frozenset[str]:
        told = (word for clause in story for words in self._read(clause)[0] for word in words)
        return WHERE_ONE_IS.intersection(told)

    def _is_named_so(self, letters: str, mood: Callable[[str], bool]) -> bool:
        """Whether nothing is asked or told but what is a way itself: どうやって使うの, よくわからない."""
        ways, beside = self._lexicon.ways(letters)
        return any(map(mood, ways)) and not _PARTICLES.sub("", beside)

    def _spellings(self, letters: str, ends: str, is_order: bool) -> Iterator[str]:
        """A text in standard words and as it is typed, its last order, and as it is read: けんしんの値 for 健診の値."""
        standard = spellings(letters)[-1]
        if len(standard) <= LONGEST and (bare := what_is_asked(standard)) != standard:
            yield bare
        yield from reversed(spellings(letters))
        if ends:
            yield ends
        if is_order or len(letters) <= SHORT:
            yield read_aloud(letters)
            yield _LONG.sub("ー", letters)

    def _read(self, letters: str) -> tuple[list[frozenset[str]], str]:
        pieces = list(self._lexicon.spell(_MEASURED.sub("0", letters)))
        said = [frozenset(piece.split("+")) for piece, known in pieces if known]
        beside = "".join(piece for piece, known in pieces if not known)
        if (rest := _NUMBER.sub("", beside)) != beside:
            said.append(frozenset({FIGURE}))
        return said, _PARTICLES.sub("", rest)


def _words_of(kept: Iterable[tuple[int, str]]) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for number, line in kept:
        name, equals, ways = line.partition("=")
        if not equals:
            continue
        if (word := name.strip()) in words:
            raise BadOrder(number, f"{word} はすでに上の行にあります。1行にまとめてください")
        typed = (form for way in ways.split(",") for form in _forms(way.strip()))
        words[word] = [letters for form in typed if (letters := fold(form))]
        if not word or not words[word]:
            raise BadOrder(number, "「名前 = 言い方, 言い方」の形で書いてください")
    return words


def _forms(way: str) -> Iterator[str]:
    """The way; of 消す~ the stems that a verb is met with. A stem in kana on an a is too often another word: けさ."""
    verb = way.removesuffix(VERB)
    if verb == way:
        yield way
        return
    stem, last = verb[:-1], verb[-1]
    stems = OF_ONE_STEM if last == "る" and stem[-1] in BEFORE_RU else STEMS[last]
    yield from (stem + more for more in (stems if _KANJI.search(stem) else stems[1:]))


def _ways(words: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """What each way says: 紙でください is a paper coupon, and ください besides."""
    own: dict[str, set[str]] = defaultdict(set)
    for word, ways in words.items():
        for way in ways:
            own[way].add(word)
    return {way: said if NOTHING in said else said.union(*_inner(way, own)) for way, said in own.items()}


def _inner(way: str, own: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """The words of the shorter ways that a way begins or ends with."""
    for cut in range(1, len(way)):
        begins, ends = way[:cut], way[cut:]
        if cut > 1 and begins in own:
            yield own[begins]
        if is_a_word(ends) and ends in own:
            yield own[ends]


def _rule(number: int, line: str, known: Collection[str]) -> _Rule:
    opens, less, said = line.partition("<")
    if not less:
        raise BadOrder(
            number, f"「名前 = 言い方」か「手続き < 言葉 + 言葉」の形で書いてください: {line.strip()}"
        )
    said, _, unsaid = said.strip().partition(" - ")
    slots = tuple(_words(slot) for slot in said.removeprefix("!").split("+"))
    if not all(slots):
        raise BadOrder(number, "< の後ろに、言葉を + でつないで書いてください")
    rule = _Rule(
        tuple(name.strip() for name in opens.split(",")), slots, _words(unsaid), said.startswith("!")
    )
    if unknown := rule.unsaid.union(*rule.said).difference(known, {FIGURE}):
        raise BadOrder(number, f"どの行にもない言葉です: {', '.join(sorted(unknown))}")
    return rule


def _words(slot: str) -> frozenset[str]:
    return frozenset(word.strip() for word in slot.split("|") if word.strip())
