"""Facilities by the name that a member writes: 互助会病院, 共済組合互助会病院です, ごじょかいびょういん."""

import re
from functools import lru_cache
from itertools import islice

from bot import asks, fold, loose, read_aloud
from handlers.world import Talk
from models.facility import Facility, facilities_offering, facility, facility_names

MOST = 10  # of those that a part of a name may mean
SHORTEST = 2  # letters of what may be a part of a name
IN_KANA = 4  # letters of what may be a part of a name as it is read

_BEFORE = re.compile(
    r"^(?:今いる(?:の|ところ|施設)は|(?:今|いま)は?|ここは|施設(?:名|の名前)は|場所は)[、\s]*"
)
_AFTER = re.compile(
    r"(?:(?:の(?:受付|窓口|前))?(?:に(?:いま?る?す?|来(?:て(?:い?ます|い?る)|ました|た)|おります)|で(?:使いたい|使います|使う|受けます|お願いします))"
    r"|(?:という|って(?:いう)?)(?:ところ|所|施設|病院)|(?:なの|なん|ん)?です(?:が|けど|ね|よ)?|だよ?|や)[。!]*$"
)
_KANA = re.compile("[ぁ-んー]+")


def facilities_named(chat: Talk, text: str) -> tuple[Facility, ...]:
    """Those whose name or address holds the words, ten at most; none where the text asks, or says too little."""
    words = _bare(text)
    if len(loose(words)) < SHORTEST or words.isdecimal() or asks(text):
        return ()
    products = chat.world.coupons.nearest(chat.today).products.values()
    every = {kind for each in products for kind in each.kinds}
    for search in (words, words.replace("の", " ")):
        if found := facilities_offering(chat.db, chat.branch, every, search=search, limit=MOST).facilities:
            return found
    return _called_so(chat, loose(words), fold(words))


def _bare(text: str) -> str:
    """The name, without what is said around it."""
    words = _BEFORE.sub("", text.strip())
    while (shorter := _AFTER.sub("", words)) != words:
        words = shorter
    return words.strip("「」『』、。 　")


def _called_so(chat: Talk, letters: str, kana: str) -> tuple[Facility, ...]:
    """Whatever spaces stand in the name, and as it is read."""
    is_kana = len(kana) >= IN_KANA and _KANA.fullmatch(kana)
    codes = (
        code
        for code, name in facility_names(chat.db, chat.branch)
        if letters in loose(name) or (is_kana and kana in _as_read(name))
    )
    found = (facility(chat.db, chat.branch, code) for code in islice(codes, MOST))
    return tuple(each for each in found if each)


@lru_cache(maxsize=20_000)
def _as_read(name: str) -> str:
    return read_aloud(fold(name))
