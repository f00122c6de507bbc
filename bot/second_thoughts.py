"""Second thoughts: an earlier question of the talk is to be answered anew: やっぱり脳ドックにしたい, 枚数を間違えた."""

import re
from collections.abc import Iterable

from bot.buttons import pressed
from bot.choosing import chosen, yes_or_no
from bot.flow import World
from bot.messages import Text
from bot.mood import asks
from bot.questions import Question
from bot.walk import Walk
from bot.ways import way_of
from bot.words import loose, normalise

GONE_BACK = Text("前の質問に戻りました。もう一度お答えください。")

_LEAD = r"(?:あ+っ?|え+っ?と?|いや|いえ|うん|はい|す[みい]ません|ごめん(?:なさい)?|ちょっと|ほんとは|本当は|じゃあ?|では|でも|待って)*"
_AGAIN = r"(?:やっぱ(?:り|し)?|やはり)"
_ENDS = r"(?:です|ます|んや|ので|から|わ|よ|ね|な|けど|が|かも|ん|で|ー)*"
_SLIP = (
    r"(?:(?:押し|選び|入れ|打ち)?(?:間違|まちが)(?:え|い)(?:た|ました|ちゃ(?:った|いました)|て(?:た|ました|しま(?:った|いました)|しもた|もた))?(?:です|でした)?"
    r"|(?:押し|選び)?まちご(?:うた|うてもた|えた)|(?:間違|まちが)(?:って|えて)(?:押し|選び|選ん|入れ|打っ)(?:[ただ]|ました|[てで]しま(?:った|いました)|[てで]しもた|ちゃ(?:った|いました))"
    r"|ミス(?:った|りました|です|した|しました|ってしまった))"
)
_NOT_THIS = r"(?:違う|ちがう|違った|違います|違いました|ちがいます|ちゃう|ちゃいます|(?:これ|それ|こっち|そっち|そう|こう)(?:じゃ|では)(?:ない|なかった|ありません)|これちゃう|そうやない)"
_WAIT = r"(?:待って|まって|待った|まった|ストップ|止めて)(?:ください|下さい|や|な|ね|ほしい)?"
_WISH = (
    r"(?:た(?:い|く|いです|いのですが|いんですが|いんやけど|いんですけど)|ます|る|よう|て|て(?:ください|下さい|ほしい|もらえますか|もいい(?:です)?か?)|させて(?:ください|下さい)?"
    r"|ら?れ(?:る|ます|ません)か?|(?:お?願い|おねがい)(?:します|できますか)?|でき(?:る|ます|ません)か?)"
)
_ANEW = (
    r"(?:(?:選び|えらび|選択し|入れ|入力し)(?:直|なお)|変え|かえ|替え|変更|チェンジ|取り替え|直)(?:し|さ)?"
)
_OTHER = r"(?:別|べつ|違う|ちがう|ほか|他)の?"
_CHOSEN = r"(?:(?:に|を|が|で)?(?:し(?:た(?:い|く)(?:です)?|ます|て(?:ください)?|とく)|する|いい|ええ|よい|よかった|良かった|だった|でした|選(?:び|ぶ|ん).{0,6}|使(?:い|う).{0,5}|お願い(?:します)?))"
_TAKEN_BACK = tuple(
    re.compile(f"{_LEAD}{_AGAIN}?{_LEAD}{said}{_ENDS}")
    for said in (
        _SLIP,
        _NOT_THIS,
        rf"(?<=やっぱり)(?:ちょっと)?{_WAIT}",
        rf"(?:もう(?:一度|いちど|1度|1回|一回))?{_ANEW}{_WISH}",
        rf"{_OTHER}(?:もの|やつ|ほう|方)?{_CHOSEN}",
        rf"(?P<thing>.{{1,16}}?)[をのがは]?{_SLIP}",
        rf"{_OTHER}(?P<thing>.{{1,10}}?){_CHOSEN}",
        rf"(?P<thing>.{{1,16}}?)[をにはの]?(?:もう(?:一度|いちど))?{_ANEW}{_WISH}",
    )
)
_DENIED = re.compile(r"(?:違う|違います|ちがう|ちがいます|ちゃう|ちゃいます)[、,。!\s]+(?=.)")
_SUPPOSED = re.compile(
    r"(?:じゃあ?|では|それなら|それじゃ|ほな|もし(?:も|かして)?|仮に|例えば|たとえば|これが?|[、,。\s])*(?P<thing>.{1,16}?)"
    r"(?:なら|だったら|やったら|だと|やと|にしたら|に(?:した|する)(?:場合|と)|の(?:場合|とき|時)|引き?出し?たら|おろしたら|下ろしたら)(?:は|に)?"
    r"(?:どう(?:なる|です|なります|なるの|でしょう|なん)?か?)?[?。]*"
)
_NAMES_NONE = re.compile(
    "(?:(?:今|さっき|前)の?)?(?:これ|それ|ボタン|答え|回答|選択|選ぶの|押すの|返事|入力|今の|さっきの|前の|もの|の)?"
)
_PARTS = re.compile("[をにはが]")


def gone_back(walk: Walk[World], present: Question, text: str) -> bool:
    """Goes back to the earlier question that the text is a second thought about; False where it is none.

    Who says once more what they have chosen goes back only where the next button cannot be taken back."""
    if not present.in_full and present.option_in(text):
        return False  # クーポンの選び間違い may be an answer
    earlier = dict(walk.earlier())
    step = question_meant(text, earlier.items())
    if step and not present.by_hand and walk.frame.answers.get(step) == earlier[step].option_in(text):
        return False
    if step:
        walk.say(GONE_BACK)
        walk.back_to(step)
    elif step is not None:
        walk.back()
    return step is not None


def supposed_otherwise(walk: Walk[World], text: str) -> bool:
    """Asks for the result that was shown last with another answer: もし50万なら？; False where none is supposed.

    The result offers to open its talk at the question that may be answered otherwise."""
    other = supposed(text)
    shown = (pressed(data) for _, data in walk.place.options) if other else ()
    found = next((each for each in shown if each and each.answers and each.flow == walk.place.about), None)
    if found is None:
        return False
    last_step, _ = found.answers[-1]
    asked = walk.flows[found.flow].after(last_step)
    walk.open(found.flow, (*found.answers, (asked, other)))
    return True


def taken_back(text: str) -> str | None:
    """What the text wants to be answered anew, as it is named; empty where nothing is, None where it wants no such thing."""
    letters = loose(text)
    found = next((match for each in _TAKEN_BACK if (match := each.fullmatch(letters))), None)
    if found is None:
        return None
    thing: str = found.groupdict().get("thing") or ""
    return "" if _NAMES_NONE.fullmatch(thing) else thing


def supposed(text: str) -> str:
    """What is supposed instead: もし50万なら？ is 50万; empty where nothing is."""
    found = _SUPPOSED.fullmatch(normalise(text))
    return found["thing"].strip("、, ") if found else ""


def _denied(text: str) -> str | None:
    """What is named instead: 違う、健診センターです; None where nothing is, and where the talk is to be left."""
    plain = normalise(text)
    said = _DENIED.match(plain)
    return plain[said.end() :] if said and not asks(plain) and not way_of(plain) else None


def question_meant(text: str, earlier: Iterable[tuple[str, Question]]) -> str | None:
    """The step whose question is to be answered anew, of the earlier ones, the latest first.

    Empty where there is none before this; None where the text is no second thought about any of them."""
    thing, instead = taken_back(text), _denied(text)
    known = {step: question for step, question in earlier if not question.by_hand}
    if thing == "":
        return next(iter(known), "")
    if named := thing or instead or (None if yes_or_no(text) == "yes" else chosen(text)):
        words = [words for words in (named, chosen(text), *_PARTS.split(named)) if words]
        nothing = next(iter(known), "") if instead else None
        return next(
            (step for step, question in known.items() if any(map(question.speaks_of, words))), nothing
        )
    return next((step for step, question in known.items() if question.has_option(text)), None)
