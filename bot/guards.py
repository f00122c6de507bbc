"""Messages that never get an entry of the FAQ, and which of the defined answers each of them gets instead."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf

from bot.alarms import LOW, OTHERS, PREFECTURES, SUSPICIONS, URGENT, Alarm
from bot.alarms.alarm import either
from bot.alarms.despair import OF_ANOTHER
from bot.alarms.figures import plainly
from bot.alarms.harassment import AT_HOME, BLOWS, BODILY, HARASSMENT, STRUCK
from bot.alarms.named import is_named
from bot.alarms.numbers import SENT
from bot.dialect import spellings
from bot.helplines import (
    ANSWERS,
    DESPAIR_OF_ANOTHER,
    HARASSED,
    MY_NUMBER_ASKED,
    OF_ANOTHER_BRANCH,
    WHO_HELPS,
    WHO_HELPS_AGAINST_VIOLENCE,
    WHO_HELPS_AT_HOME,
)
from bot.kana import in_kanji
from bot.lexicon import HIRAGANA
from bot.likeness import Likeness
from bot.neighbours import Neighbours
from bot.words import is_my_number, normalise

LONGEST = 1_000

ALONE = Neighbours()
UNTAUGHT = Likeness()
ALIKE = 14.0  # how much likelier a guard must be than none where nothing is certain,
SURELY = 18.0  # where somebody may be in danger, whatever else is certain,
CERTAINLY = 32.0  # and where nobody is
ORDINARY = 24.0  # and how much likelier none must be than a guard, where a pattern is met all the same;
EACH = 1.3  # so much for each letter of a long text: most of what it tells is ordinary
LESS = 8.0  # the less that what speaks of a benefit is likely to meet one
BENEFIT = re.compile(either("«benefit»"))
# A question in a sentence of its own, with the one before where it speaks of that; and what begins another.
QUESTION = re.compile(
    r"(?:^|(?<=[。.!?\s]))(?:[^。.!?\s]+[。.!\s]+(?=これ|それ|この|その|大丈夫|どう))?"
    r"[^。.!?\s]{5,}(?:\?|(?:か|かな|かね|やろ|の|でしょう|べき|ください)(?=[。!\s]|$))"
)
BESIDE = re.compile(r"、(?=あと(?!\d)|それと|それから|ついでに|ちなみに|ほんで|ところで)")
ASIDE = 4  # letters of a message that are more than its sign at the end
CODE = re.compile(r"[a-z]{1,4}-?\d{1,6}")  # of a facility, or a number: like nothing that was said
DANGERS = frozenset({"emergency", "despair"})
NOW = frozenset({"emergency"})  # there is no time to read anything else


@dataclass(frozen=True)
class Guard:
    """Why a message is kept from the FAQ, and what the member reads."""

    kind: str
    answer: str

    @property
    def is_grave(self) -> bool:
        """A life may hang on it."""
        return self.kind in DANGERS


def guard(text: str, neighbours: Neighbours = ALONE, likeness: Likeness = UNTAUGHT) -> Guard | None:
    """The guard that a message meets, if any; `neighbours` tell what is another branch's matter."""
    if text.isdecimal() and len(text) < 3:
        return None  # the number of an answer, the commonest of all texts
    said = _said(text)
    found = _met(text, said, neighbours, likeness)
    return _with_what_to_do(found, text, said) if found else None


def make_ready() -> None:
    """Makes the patterns of all alarms, so that no member waits for them; once in a process."""
    for alarm in (*URGENT, *OTHERS, *PREFECTURES, *SUSPICIONS, LOW):
        alarm.make_ready()


def suspicion(text: str, likeness: Likeness = UNTAUGHT) -> Guard | None:
    """The guard that a message most likely meets, where nothing else is certain of it."""
    said = _said(text)
    met = _unless_ordinary(_first(SUSPICIONS, said), said[0], likeness)
    return met or _like(said[0], likeness, ALIKE, ANSWERS)


def inkling(text: str) -> Guard | None:
    """The guard that a text may meet of which nothing is understood: who feels low hears of the helplines."""
    return _first((LOW,), _said(text))


def _met(text: str, said: Sequence[str], neighbours: Neighbours, likeness: Likeness) -> Guard | None:
    """The guard that what is said meets, before any desk is added to its answer."""
    if is_my_number(text):
        return _guard("my_number")
    if urgent := _unless_ordinary(_first(URGENT, said), said[0], likeness):
        return urgent
    if owner := neighbours.owner(text[:LONGEST]) or _prefecture(said[0], neighbours.own):
        return Guard("other_institution", OF_ANOTHER_BRANCH.format(owner=owner))
    return (
        _like(said[0], likeness, CERTAINLY, NOW)
        or _unless_ordinary(_first(OTHERS, said), said[0], likeness)
        or _asked(text, likeness)
        or _like(said[0], likeness, SURELY, DANGERS)
        or _like(said[0], likeness, CERTAINLY, ANSWERS)
    )


def _said(text: str) -> tuple[str, ...]:
    """What is said: in kanji where it is kana alone, in standard words where it is dialect, and as it is typed."""
    plain = normalise(text)[:LONGEST]
    ways = dict.fromkeys((in_kanji(plain), plain))
    folded = (plainly(way.replace(" ", "").translate(HIRAGANA)) for way in ways)
    return tuple(dict.fromkeys(spelt for way in folded for spelt in spellings(way)))


def _asked(text: str, likeness: Likeness) -> Guard | None:
    """The guard of a question among other sentences: what stands in those excuses nothing of it."""
    whole = BESIDE.sub("。", normalise(text)[:LONGEST])
    questions = [each for each in QUESTION.findall(whole) if len(each) < len(whole) - ASIDE]
    asked = ((_first(OTHERS, said), said[0]) for said in map(_said, questions))
    return next(filter(None, (_unless_ordinary(found, folded, likeness) for found, folded in asked)), None)


def _first(alarms: Iterable[Alarm], said: Sequence[str]) -> Guard | None:
    """The first alarm that is met in some spelling and excused in none."""
    met = (alarm for alarm in alarms if any(map(alarm.meets, said)) and not any(map(alarm.excused, said)))
    return next((_guard(alarm.kind) for alarm in met), None)


def _with_what_to_do(found: Guard, text: str, said: Sequence[str]) -> Guard:
    """The guard with who helps against violence, harassment or another's despair; of My Number nothing is unsent
    that was not sent."""
    if found.kind == "my_number" and not (is_my_number(text) or any(map(SENT.meets, said))):
        return Guard(found.kind, MY_NUMBER_ASKED)
    if found.kind == "harassment":
        return Guard(found.kind, HARASSED.format(who=_who_helps(said)))
    if found.kind == "despair" and _first((OF_ANOTHER,), said):
        found = Guard(found.kind, DESPAIR_OF_ANOTHER)
    if found.is_grave and _first((AT_HOME, BLOWS, HARASSMENT, STRUCK), said):
        return Guard(found.kind, f"{found.answer}\n{_who_helps(said)}")
    return found


def _who_helps(said: Sequence[str]) -> str:
    """The desks against violence at home, against what is done to a body elsewhere, or against harassment."""
    if any(map(AT_HOME.meets, said)):
        return WHO_HELPS_AT_HOME
    return WHO_HELPS_AGAINST_VIOLENCE if any(map(BODILY.meets, said)) else WHO_HELPS


def _like(folded: str, likeness: Likeness, least: float, kinds: Collection[str]) -> Guard | None:
    kind, likelier = likeness.of(folded)
    if CODE.fullmatch(folded):
        return None
    if BENEFIT.search(folded):
        likelier -= LESS
    if likelier < least or kind not in kinds:
        return None
    return _guard(kind) if likelier == inf or is_named(kind, folded) else None


def _unless_ordinary(met: Guard | None, folded: str, likeness: Likeness) -> Guard | None:
    """A pattern may stand in what is an ordinary matter; a danger is one unless these very words were taught as none."""
    if met is None:
        return None
    least = inf if met.is_grave else max(ORDINARY, EACH * len(folded))
    return None if likeness.of(folded)[1] <= -least else met


def _guard(kind: str) -> Guard:
    return Guard(kind, ANSWERS[kind])


def _prefecture(folded: str, own: str) -> str | None:
    """The prefecture whose branch is named as such; hotels and people who move there are not meant."""
    for alarm in PREFECTURES:
        named = (match["name"] for match in alarm.found.finditer(folded))
        owner = next((name for name in named if name != own), None)
        if owner and not alarm.excused(folded):
            return owner
    return None
