"""Which flow or topic a text orders to open: クーポンを使いたい opens one, クーポンはいつ使える does not."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from bot.lexicon import Lexicon, fold
from bot.words import normalise

CLOSE = 0.62
CLEARER = 0.06
LONGEST = 32

# All patterns read folded text: hiragana, no signs.
_ASKS = re.compile(
    r"いつ(?!も)|どこ|何処|誰|だれ|何(?!卒|度も)|なに|なん(?:で|の|か|ぼ|じ|にち|まい|かい|ですか|$)|いくら|いくつ|どう|どの|どれ|どん|どちら|どっち|なぜ|"
    r"方法|やり方|やりかた|しかた|仕方|方を|方は|方教|方が|手順|流れ|とは$|とは何|って何|って$|ますか$|ですか$|でしょうか$|ませんか$|かな$|"
    r"期限|締切|締め切り|しめきり|条件|必要|違い|意味|理由|対象(?!品目)|場合|とき|時は|たら|なら|れば|けば|せば|ても(?!らえ|らい)|でも|だと|"
    r"できる(?!ように)|でき(?:ない|ません|ひん|へん|ます)|出来|使える(?!施設|所|ところ|歯医者|病院)|使えない|れない|られない|れません|しない|らない|まだ|もう|"
    r"(?:した|った|んだ|いた|れた|えた)(?:の|ん|が|けど|$)|てしまっ|ちゃっ|てない|ていない|(?:する|いる|ある|れる|える|う|く|る)の$|いる$|ある$|いける$|いい$|だめ$|か$|"
    r"届か|来ない|こない|間違|忘れ|なくし|無くし|失くし|教えて|おしえ|知りたい|聞きたい|について|のこと$"
)
_REQUEST = re.compile(r"(?:もらえ|いただけ|くれ|頂け)(?:ます|ません|ない)(?:か|でしょうか)$")
_WISH = re.compile(
    r"(?:たい|てほしい|て欲しい|ください|下さい|お願い|おねがい|願います|ます|しよう|せて|して|つないで|開いて|ひらいて|って|頼む|ほしい|欲しい|する|る|う|く|す|む|める|キャンセル|"
    r"予約|申請|申込|申し込み|申込み|変更|取消|解除|登録|解約|交換|確認|届出)"
    r"(?:し(?:ます|たい)|いたします|致します)?(?:の?ですが?|ん?ですけど|んですが|んやけど|ねんけど|けど|けれど|が|ね|よ|な|わ|の)*$"
)
_END = re.compile(
    r"(?:の?です(?:が|けど|けれど|けども|ね|よ)?|んやけど|ねんけど|ねん|んだけど|んだが|のだが|けど|けれど|けれども|"
    r"(?:を)?(?:お願い|おねがい|御願い)(?:できますか|します|いたします|致します|したい|しますね)?|ください|下さい|ほしい|欲しい|頼む|たのむ|"
    r"(?:もらえ|いただけ|くれ|頂け|もらい|いただき)(?:ます(?:か|でしょうか)?|ません(?:か|でしょうか)?|たい)|"
    r"たい|ます|ました|させて|しよう|しましょう|します|しました|する|した|したく|たく|して|いたします|致します|を|が|は|に|な|ね|よ|わ|の|で|と|な|ー|思います|思って|思い|願います|のを|(?<=[一-龥])し)$"
)
_CLAUSE = re.compile(r"[\s、。,.!]+")
_TELLS = re.compile(
    r"(?:います|ました|ています|てます|です|いる|いるよ|ついた|着いた|来た|きた|なので|だから|から|ので)$"
)
_PARTICLES = re.compile(r"[をのにへがはでとも]")
_SCRAP = re.compile(r"(?:[いうえかきくけこしすせたってねみめよりるれん]|せて|って|して|ない)?")


@dataclass(frozen=True)
class _Order:
    """A phrase that opens something, taken apart."""

    opens: str
    words: frozenset[str]


class Commands:
    """The phrases that open flows and topics, in all the endings that people give them."""

    def __init__(self, phrases: Iterable[tuple[str, str]], lexicon: Lexicon) -> None:
        """Pairs of a phrase and what it opens; of equal phrases the first counts."""
        self.lexicon = lexicon
        self._exact: dict[str, str] = {}
        self._core: dict[tuple[str, ...], str] = {}
        self._orders: list[_Order] = []
        self._with: dict[str, list[int]] = defaultdict(list)
        seen: Counter[str] = Counter()
        for phrase, opens in phrases:
            self._learn(fold(phrase), opens, seen)
        self._rarity = {word: log(1 + len(self._orders) / n) for word, n in seen.items()}
        self._unseen = log(2 + len(self._orders))

    def literally(self, text: str) -> str | None:
        """What the text orders to open in the very words of a phrase."""
        return self._exact.get(fold(text))

    def exactly(self, text: str) -> str | None:
        """What the text orders to open, in the words of a phrase and any ending; None when it asks."""
        letters = fold(text)
        if letters in self._exact:
            return self._exact[letters]
        if len(letters) > LONGEST or _asks(text, letters):
            return None
        return self._core.get(self._pieces(letters)) or self._at_the_end(text)

    def loosely(self, text: str) -> str | None:
        """What a wish orders to open in other words than its phrases; None when it asks or only tells."""
        letters = fold(text)
        orders = len(letters) <= LONGEST and _WISH.search(letters) and not _asks(text, letters)
        return self._closest(self._pieces(letters)) if orders else None

    def _learn(self, letters: str, opens: str, seen: Counter[str]) -> None:
        if not letters:
            return
        self._exact.setdefault(letters, opens)
        pieces = self._pieces(letters)
        if any(piece[0] != "?" for piece in pieces) and not _ASKS.search(letters):
            self._core.setdefault(pieces, opens)
        order = _Order(opens, frozenset(pieces))
        for word in order.words:
            self._with[word].append(len(self._orders))
        self._orders.append(order)
        seen.update(order.words)

    def _at_the_end(self, text: str) -> str | None:
        """What the last clause orders, where a sentence about the situation stands before it."""
        before, _, last = _CLAUSE.sub(" ", normalise(text)).strip().rpartition(" ")
        tells = _TELLS.search(fold(before)) is not None
        return self._exact.get(fold(last)) or self._core.get(self._pieces(fold(last))) if tells else None

    def _pieces(self, letters: str) -> tuple[str, ...]:
        """The ideas and remaining letters of a text without particles and polite endings, in sorted order."""
        found = (piece if known else _bare(piece) for piece, known in self.lexicon.spell(letters))
        return tuple(sorted({piece for piece in found if piece}))

    def _closest(self, pieces: tuple[str, ...]) -> str | None:
        words = frozenset(pieces)
        near = {
            number
            for word in words
            for number in self._with.get(word, ())
            if _cues(self._orders[number].words) == _cues(words)
        }
        best: dict[str, float] = defaultdict(float)
        for number in near:
            order = self._orders[number]
            best[order.opens] = max(best[order.opens], self._likeness(order, words))
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < CLOSE:
            return None
        return ranked[0][0] if len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= CLEARER else None

    def _likeness(self, order: _Order, words: frozenset[str]) -> float:
        """How much of the order is said, and how little besides."""
        common = sum(map(self._weight, order.words & words))
        besides = words - order.words
        if len(order.words) == 1 and (len(words) > 2 or any(not word.isascii() for word in besides)):
            return 0.0
        said = common / sum(map(self._weight, order.words))
        nothing_else = common / sum(map(self._weight, words))
        return float(said * 0.6 + nothing_else * 0.4) if common else 0.0

    def _weight(self, word: str) -> float:
        return self._rarity.get(word, self._unseen * 0.5)


def _asks(text: str, letters: str) -> bool:
    asks = normalise(text).endswith("?") or _ASKS.search(letters)
    return bool(asks) and not _REQUEST.search(letters)


def _cues(words: Iterable[str]) -> set[str]:
    """What is asked besides the thing itself; an order and its phrase must agree in it."""
    return {idea for word in words for idea in word.split("+") if idea[0] == "?"} - {
        "?what",
        "?how",
        "?result",
        "?bring",
    }


def _bare(letters: str) -> str:
    """Letters that no idea explains, without particles and endings."""
    while (shorter := _END.sub("", letters)) != letters:
        letters = shorter
    left = _PARTICLES.sub("", letters)
    return "" if _SCRAP.fullmatch(left) else left
