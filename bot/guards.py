"""Messages that never get an entry of the FAQ, and the defined answer each of them gets instead."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf

from bot.alarms import LOW, OTHERS, PREFECTURES, SUSPICIONS, URGENT, Alarm
from bot.alarms.alarm import either
from bot.alarms.figures import plainly
from bot.alarms.harassment import AT_HOME, BLOWS, BODILY, HARASSMENT, STRUCK
from bot.alarms.named import is_named
from bot.alarms.numbers import SENT
from bot.dialect import spellings
from bot.kana import in_kanji
from bot.lexicon import HIRAGANA
from bot.likeness import Likeness
from bot.neighbours import Neighbours
from bot.words import is_my_number, normalise

LONGEST = 1_000

WHO_HELPS = (
    "職場でのいやがらせを相談できるところ\n"
    "・みんなの人権110番 0570-003-110（平日の日中）\n"
    "・こころの耳 0120-565-455（働く方の電話相談）\n"
    "・性的なことでお困りのとき #8891"
)
WHO_HELPS_AT_HOME = (
    "家庭や交際相手からの暴力を相談できるところ\n"
    "・DV相談プラス 0120-279-889（24時間）\n"
    "・DV相談ナビ #8008（お近くの相談窓口）\n"
    "・警察の相談電話 #9110（お子さんや親からの暴力も）\n"
    "・性的なことでお困りのとき #8891"
)
WHO_HELPS_AGAINST_VIOLENCE = (
    "暴力や性的な被害を相談できるところ\n"
    "・警察の相談電話 #9110（いま危ないときは110番）\n"
    "・性犯罪や性暴力の相談 #8891\n"
    "・みんなの人権110番 0570-003-110（平日の日中）\n"
    "・こころの耳 0120-565-455（働く方の電話相談）"
)
HARASSED = (
    "つらい思いをされているなか、話してくださってありがとうございます。"
    "おひとりで抱えこまず、話しやすいところへどうか相談してください。\n{who}\n"
    "いつ、だれに、何をされたかを書きとめておくと、相談しやすくなります。\n"
    "身の危険を感じるときは、すぐに110番へ電話してください。"
)

ANSWERS = {
    "my_number": (
        "マイナンバー（個人番号）は、このトークに書かないでください。お預かりせずに処理を止めました。\n"
        "送ったメッセージは、長押しして「送信取消」を選ぶと消せます。"
        "お手続きには、組合員証の番号をお使いください。"
    ),
    "emergency": (
        "いのちに関わるとき、急いでいるときは、すぐに119番（救急・火事）か110番（事件・事故）へ電話してください。\n"
        "救急車を呼ぶか迷うときは #7119、お子さんの夜間や休日の急病は #8000 に相談できます"
        "（使えない地域もあります）。\n"
        "このトークからは通報できません。"
    ),
    "despair": (
        "とてもつらいお気持ちのなか、書いてくださってありがとうございます。"
        "どうか、おひとりで抱えこまないでください。話を聴いてくれる人がいます。\n"
        "・#いのちSOS 0120-061-338\n"
        "・よりそいホットライン 0120-279-338（24時間）\n"
        "・いのちの電話 0120-783-556（毎日16時～21時）\n"
        "いますぐ危ないと感じるときは、119番に電話するか、近くの人に声をかけてください。"
    ),
    "others_data": (
        "ほかの方の情報は、お答えできません。大切な個人情報のため、ご本人にだけお伝えしています。\n"
        "ご自分のことでしたら、もう一度お書きください。"
    ),
    "medical": (
        "症状や検査の数値、薬や治療についての判断は、お答えできません。"
        "かかりつけの医師か、健診を受けた機関に相談してください。\n"
        "急に具合が悪くなったときは119番、迷うときは #7119（お子さんの夜間や休日の急病は #8000）へ電話してください。"
    ),
    "harassment": HARASSED.format(who=WHO_HELPS),
    "abuse": (
        "ご期待に沿えず、申し訳ありません。\n"
        "お困りのことを短い言葉でお書きいただければ、もう一度お調べします。"
        "お急ぎのときは、窓口へお電話ください。"
    ),
    "other_institution": (
        "そのお手続きは、こちらではお答えできません。このトークでご案内できるのは、ご所属の支部と互助会の制度です。\n"
        "ほかの支部や保険、年金、税、役所のお手続きは、それぞれの窓口へお問い合わせください。"
    ),
}

MY_NUMBER_ASKED = (
    "マイナンバー（個人番号）は、番号も写真も、このトークには送らないでください。ここではお預かりできません。\n"
    "このトークのお手続きには、組合員証の番号をお使いください。"
    "書類にマイナンバーの欄があるときは、出し方を窓口か勤務先の事務にお尋ねください。"
)
OF_ANOTHER_BRANCH = (
    "{owner}の支部や互助会のことは、こちらではお答えできません。"
    "このトークでご案内できるのは、ご所属の支部と互助会の制度です。\n"
    "お手数ですが、{owner}の窓口へお問い合わせください。"
)

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
    """The guard with who helps against violence or harassment; of My Number nothing is unsent that was not sent."""
    if found.kind == "my_number" and not (is_my_number(text) or any(map(SENT.meets, said))):
        return Guard(found.kind, MY_NUMBER_ASKED)
    if found.kind == "harassment":
        return Guard(found.kind, HARASSED.format(who=_who_helps(said)))
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
