"""The questions of a text that asks more than one, each by itself."""

import re
from collections.abc import Iterator

from bot.lexicon import fold
from bot.mood import asks, asks_to_be_told

LEAST = 5  # letters of what may be a question of its own
LONGEST_PAIR = 30  # letters of two names with one question: 宿泊補助とカフェテリアの締切
_JOINS = r"(?:それと(?!も)|それから|あとは?|もう(?:一つ|ひとつ|1つ)|ついでに|あわせて|併せて|また)"
_END = re.compile(
    r"(?<=[。？?！!\n])|(?:それと(?!も)|それから|あとは?(?=[、,])|もう(?:一つ|ひとつ|1つ)|ついでに|(?:あわせて|併せて)(?=[、,])|また(?=[、,]))"
)
_PAUSE = re.compile(r"(?<=[、,])")
_JOINED = re.compile(rf"[。、,？?！!\s]{_JOINS}")
_TELLS = re.compile(r"ません(?:[。、]|$)")  # beside another sentence: まだ届きません。いつ来ますか
_PAIR = re.compile(
    # a name ends and begins with what is no hiragana: どうやって and 歯のやつ hold no や that joins
    r"(?P<one>[^、。？?！!\s]+?[^、。？?！!\sぁ-ゖ])"
    r"(?:(?:と|や|・|および|とか)(?=[^ぁ-ゖ])|、(?=あと|それと|それから))"
    r"(?P<other>[^。？?！!]{2,})[。？?！!]*"
)
_ALSO = re.compile("^(?:あと|それと|それから)")
_OF_BOTH = re.compile("違い|ちがい|違う|両方|同時|同じ|一緒|いっしょ|併用|どちら|どっち|比べ")
_ASKED = re.compile(
    "(?:は|って)?(?:いつ|いくら|何|なに|どこ|どう|なんぼ|誰|だれ|締切|締め切り|期限|金額|額|方法|手続き|対象).*$"
)


def questions(text: str) -> list[str]:
    """What a text asks, piece by piece; what is only told, and what is too short, is none."""
    asked = _asked_in(_END.split(text))
    return asked if len(asked) > 1 else _asked_in(_PAUSE.split(text))


def the_one_asked(text: str) -> str:
    """The one question among the sentences of a text; empty where there is none, or another."""
    asked = _asked_in(_END.split(text))
    return asked[0] if len(asked) == 1 else ""


def are_joined(text: str) -> bool:
    """Whether the text itself says that it asks another thing, too: あと予約はどこに電話するの."""
    return _JOINED.search(text) is not None


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Each way in which two names share one question, with the question of each: 宿泊補助の締切, カフェテリアの締切."""
    found = _PAIR.fullmatch(text) if len(text) <= LONGEST_PAIR else None
    if found is None or _OF_BOTH.search(text):
        return
    one, other = found["one"], _ALSO.sub("", found["other"])
    if (bare := other.removesuffix("は")) != other and "の" in one:
        yield one, bare + one[one.index("の") :]
        return
    asked = _ASKED.search(other)
    if "の" in one:
        yield one, other
        yield one, one[: one.index("の") + 1] + other
    elif _ASKED.search(one):
        yield one, other
    elif "の" in other:
        yield one + other[other.index("の") :], other
    if asked and "の" not in one:
        yield one + asked[0], other


def _asked_in(pieces: list[str]) -> list[str]:
    enough = [piece for piece in pieces if len(fold(piece)) >= LEAST]
    return [piece for piece in enough if _is_asked(piece)] if len(enough) > 1 else []


def _is_asked(piece: str) -> bool:
    return asks_to_be_told(piece) or (asks(piece) and not _TELLS.search(piece))
