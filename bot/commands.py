"""The phrases that open flows and topics, in any ending: クーポンを使う, クーポンを使いたいのですが."""

import re
from collections.abc import Iterable

from bot.lexicon import Lexicon, fold
from bot.mood import asks, last_clause, last_order, tells, what_is_asked

LONGEST = 32

# All patterns read folded text: hiragana, no signs.
_END = re.compile(
    r"(?:の?です(?:が|けど|けれど|けども|ね|よ)?|んやけど|ねんけど|ねん|んだけど|んだが|のだが|けど|けれど|けれども|"
    r"(?:を)?(?:お願い|おねがい|御願い)(?:できますか|します|いたします|致します|したい|しますね)?|ください|下さい|ほしい|欲しい|頼む|たのむ|"
    r"(?:もらえ|いただけ|くれ|頂け|もらい|いただき)(?:ます(?:か|でしょうか)?|ません(?:か|でしょうか)?|たい)|"
    r"たい|ます|ました|させて|しよう|しましょう|します|しました|する|した|したく|たく|して|いたします|致します|を|が|は|に|な|ね|よ|わ|の|で|と|な|ー|思います|思って|思い|願います|のを|(?<=[一-龥])し)$"
)
_PARTICLES = re.compile(r"[をのにへがはでとも]")
_SCRAP = re.compile(r"(?:[いうえかきくけこしすせたってねみめよりるれん]|せて|って|して|ない)?")


class Commands:
    """The phrases that open flows and topics."""

    def __init__(self, phrases: Iterable[tuple[str, str]], lexicon: Lexicon) -> None:
        """Pairs of a phrase and what it opens; of equal phrases the first counts."""
        self._lexicon = lexicon
        self._exact: dict[str, str] = {}
        self._core: dict[tuple[str, ...], str] = {}
        for phrase, opens in phrases:
            self._learn(fold(phrase), phrase, opens)

    def literally(self, text: str) -> str | None:
        """What the text orders to open in the very words of a phrase."""
        return self._exact.get(fold(text))

    def exactly(self, text: str) -> str | None:
        """What the text orders to open, in the words of a phrase and any ending; None when it asks."""
        letters = fold(text)
        if letters in self._exact:
            return self._exact[letters]
        if asks(text):
            return None
        return None if tells(text) else self._ordered(letters) or self._act_on(what_is_asked(letters))

    def at_the_end(self, text: str) -> str | None:
        """What the order that ends a text opens, whatever story stands before it; after a story that names nothing, also
        the very words of a phrase that asks."""
        ending = last_clause(text)
        if (phrase := self._exact.get(fold(ending))) and not self._names(text.removesuffix(ending)):
            return phrase
        last = last_order(text)
        return self._act_on(what_is_asked(last)) if last and not (tells(last) or asks(text)) else None

    def _names(self, story: str) -> bool:
        return any(known for _, known in self._lexicon.spell(fold(story)))

    def _act_on(self, letters: str) -> str | None:
        """What a part of a text orders, where it says what is done with what."""
        return self._ordered(letters) if len(self._pieces(letters)) > 1 else None

    def _ordered(self, letters: str) -> str | None:
        """What folded letters order, in any ending."""
        return self._core.get(self._pieces(letters)) if len(letters) <= LONGEST else None

    def _learn(self, letters: str, phrase: str, opens: str) -> None:
        if not letters:
            return
        self._exact.setdefault(letters, opens)
        pieces = self._pieces(letters)
        if any(piece[0] != "?" for piece in pieces) and not asks(phrase):
            self._core.setdefault(pieces, opens)

    def _pieces(self, letters: str) -> tuple[str, ...]:
        """The ideas and remaining letters of a text without particles and polite endings, in sorted order."""
        found = (piece if known else _bare(piece) for piece, known in self._lexicon.spell(letters))
        return tuple(sorted({piece for piece in found if piece}))


def _bare(letters: str) -> str:
    """Letters that no idea explains, without particles and endings."""
    while (shorter := _END.sub("", letters)) != letters:
        letters = shorter
    left = _PARTICLES.sub("", letters)
    return "" if _SCRAP.fullmatch(left) else left
