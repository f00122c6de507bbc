"""毎日の記録 and 歩数: a number that is typed, and the points it brings, once a day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot import Card, Choose, Done, Given, Option, Retry, Skip, Type, Unfit
from handlers.points_earning import cannot, month_without, onward, thanks
from handlers.points_person import SUBJECT, member, person, terms
from handlers.world import Talk, TalkFlow
from models.courtesy import ABOUT, AFTER, BEFORE
from models.points_earning import MOST_STEPS, items_on, walk
from models.points_earning import record as keep_record
from models.points_terms import Record
from models.table_file import narrow
from models.written_number import read_number

record = TalkFlow(
    "record",
    title="毎日の記録",
    opens_with=(
        "体重を記録したい",
        "体重を記録する",
        "睡眠を記録したい",
        "血圧を記録したい",
        "毎日の記録をつけたい",
        "今日の記録をする",
        "今日の分を記録する",
    ),
    subject=SUBJECT,
)
steps = TalkFlow(
    "steps",
    title="歩数の記録",
    opens_with=(
        "歩数",
        "歩数を登録したい",
        "歩数を記録したい",
        "歩数を入力する",
        "歩数を入れたい",
        "歩数きろく",
    ),
    subject=SUBJECT,
)
UNITS = {"kg": "kg|キロ(?:グラム)?", "歩": "歩|ほ"}  # what members call them
SAID = "="  # between what is recorded and its number
ONLY_TODAY = "記録できるのは、今日の分だけです。今日の{0}を、数字だけで送ってください。"
_SIGNS = r"[0-9.,〇一二三四五六七八九十百千万]+"
_BEFORE = rf"(?:{BEFORE}|(?:今日|きょう)の?分?|{{name}}|は|が|[、\s])*"
_AFTER = rf"(?:{ABOUT}|でした|だった|だ(?:よ|ね)|[ある歩寝][ぁ-ん]*(?:た|ました)|になりました|を?(?:記録|登録)(?:します|して(?:ください)?)?|{AFTER}|よ|ね|[。!\s])*+"
_OTHER_DAY = re.compile(
    rf"(?:昨日|きのう|一昨日|おととい|昨夜|ゆうべ|先週|前の日|明日)(?:(?:の分)?[^?]*{_SIGNS}[^?か]*|の?(?:分|ぶん)(?:を|も|は|の)?(?:記録|登録|入力|入れ|送り|つけ)?(?:たい|し?ます|する|して)?(?:です)?)"
)


@dataclass(frozen=True)
class WithValue(Choose):
    """What is recorded, also with its number at once: 体重65キロ, 7時間寝ました."""

    known: Mapping[str, Record] = field(default_factory=dict)

    def exact(self, given: Given) -> str:
        try:
            return super().exact(given)
        except Retry:
            named = [each for each in self.known.items() if _names(given.value, each[1])]
            if given.kind != "text" or len(named) != 1:
                raise
            ((key, record),) = named
            if (number := _todays(given.value, record.name, record.unit)) is None:
                raise
            try:
                return f"{key}{SAID}{_within(record, number):g}"
            except Retry as retry:
                raise Unfit(str(retry)) from retry


def _names(text: str, record: Record) -> bool:
    """Whether a number in the text is named as one of this kind."""
    unit = UNITS.get(record.unit, re.escape(record.unit.lower()))
    said = narrow(text).lower()
    return _stem(record.name) in said or re.search(rf"{_SIGNS}\s*(?:{unit})", said) is not None


def _stem(name: str) -> str:
    """The name without what stands in brackets, nor the time of day: 血圧."""
    return re.sub(r"^朝の|\(.*\)$", "", narrow(name))


record.step(person)


@record.step
def item(chat: Talk) -> Choose | Skip | Done:
    """Which value; not asked where the branch has only one."""
    one = member(chat)
    if no := cannot(chat, one):
        return no
    known = items_on(terms(chat), chat.today).records
    if len(known) == 1:
        return Skip(next(iter(known)))
    choices = {key: Option(each.name, each.unit) for key, each in known.items()}
    return WithValue("今日の何を記録しますか？", Card("毎日の記録"), choices=choices, known=known)


@record.step
def value(chat: Talk) -> Type | Skip:
    """The number, typed; not asked where it was said with what it is of."""
    asked, said = _what(chat)
    if said is not None:
        return Skip(said)

    def read(text: str) -> float:
        return _within(asked, _todays(text, asked.name, asked.unit))

    text = f"今日の{asked.name}（{asked.unit}）を、数字だけで送ってください。"
    return Type(text, Card(asked.name), read=read, by_hand=True)


@record.step
def recorded(chat: Talk) -> Done:
    """Written down; the points come once a day."""
    one = member(chat)
    asked, _ = _what(chat)
    earned = keep_record(chat.db, terms(chat), one, _key(chat), chat["value"], chat.now)
    first = f"{asked.name} {chat['value']:g}{asked.unit} を記録しました。"
    return Done((thanks(chat, one, "record", first, earned),), ways=onward(one))


def _key(chat: Talk) -> str:
    return str(chat["item"]).partition(SAID)[0]


def _what(chat: Talk) -> tuple[Record, float | None]:
    """What is recorded, and the number that was said with it."""
    said = str(chat["item"]).partition(SAID)[2]
    return items_on(terms(chat), chat.today).records[_key(chat)], float(said) if said else None


def _within(asked: Record, number: float | None) -> float:
    """The number. Raises Retry where there is none, or none that anybody has."""
    if number is None or not asked.low <= number <= asked.high:
        raise Retry(f"{asked.name}は{asked.low:g}〜{asked.high:g}{asked.unit}の数字で送ってください。")
    return number


steps.step(person)


@steps.step
def count(chat: Talk) -> Type | Done:
    """Today's steps, typed."""
    one = member(chat)
    if no := cannot(chat, one):
        return no
    goal = items_on(terms(chat), chat.today).earning["steps"].goal
    without = "".join(month_without(chat))
    words = without or (f"{goal:,}歩からポイントが付きます。" if goal else "")

    def read(text: str) -> int:
        number = _todays(text, "歩数", "歩")
        if number is None or number != int(number) or number > MOST_STEPS:
            raise Retry(f"歩数は0〜{MOST_STEPS:,}の数字で送ってください（例：8500）。")
        return int(number)

    return Type(
        f"今日の歩数を、数字だけで送ってください。{words}", Card("歩数の記録"), read=read, by_hand=True
    )


@steps.step
def counted(chat: Talk) -> Done:
    """Written down; from the goal on they earn points, once a day."""
    one = member(chat)
    earned = walk(chat.db, terms(chat), one, chat["count"], chat.now)
    first = f"{chat['count']:,}歩を記録しました。"
    return Done((thanks(chat, one, "steps", first, earned),), ways=onward(one))


def read_value(text: str, name: str, unit: str) -> float | None:
    """A number with or without the name of what is counted, its unit and courtesy; None for anything else."""
    units = UNITS.get(unit, re.escape(unit.lower()))
    hours = (
        r"(?P<half>半)?(?:(?P<minutes>[0-5]?[0-9])分)?"
        if unit == "時間"
        else "(?P<half>(?!))?(?P<minutes>(?!))?"
    )
    named = f"(?:{re.escape(narrow(name))}|(?:朝の)?{re.escape(_stem(name))})"
    form = rf"{_BEFORE.format(name=named)}(?P<number>{_SIGNS})\s*(?:(?:{units}){hours})?{_AFTER}"
    match = re.fullmatch(form, narrow(text).lower())
    number = read_number(match["number"]) if match else None
    if match is None or number is None:
        return None
    return number + (0.5 if match["half"] else 0) + int(match["minutes"] or 0) / 60


def _todays(text: str, name: str, unit: str) -> float | None:
    """The value. Raises Unfit when it is another day's."""
    if _OTHER_DAY.fullmatch(narrow(text)):
        raise Unfit(ONLY_TODAY.format(name))
    return read_value(text, name, unit)
