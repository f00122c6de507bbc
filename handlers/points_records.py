"""毎日の記録 and 歩数: a number that is typed, and the points it brings, once a day."""

import re

from bot import Card, Choose, Done, Option, Retry, Skip, Type
from handlers.points_earning import cannot, month_without, onward, thanks
from handlers.points_person import SUBJECT, member, person, terms
from handlers.world import Talk, TalkFlow
from models.points import why_not
from models.points_earning import MOST_STEPS, items_on, walk
from models.points_earning import record as keep_record
from models.table_file import narrow

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
NUMBER = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,7}(\.[0-9]{1,3})?")

record.step(person)


@record.step
def item(chat: Talk) -> Choose | Skip | Done:
    """Which value; not asked where the branch has only one."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((cannot(chat, one, reason),))
    known = items_on(terms(chat), chat.today).records
    if len(known) == 1:
        return Skip(next(iter(known)))
    choices = {key: Option(each.name, each.unit) for key, each in known.items()}
    return Choose("今日の何を記録しますか？", Card("毎日の記録"), choices=choices)


@record.step
def value(chat: Talk) -> Type:
    """The number, typed."""
    asked = items_on(terms(chat), chat.today).records[chat["item"]]

    def read(text: str) -> float:
        number = _number(text, asked.unit)
        if number is None or not asked.low <= number <= asked.high:
            raise Retry(f"{asked.name}は{asked.low:g}〜{asked.high:g}{asked.unit}の数字で送ってください。")
        return number

    text = f"今日の{asked.name}（{asked.unit}）を、数字だけで送ってください。"
    return Type(text, Card(asked.name), read=read, by_hand=True)


@record.step
def recorded(chat: Talk) -> Done:
    """Written down; the points come once a day."""
    one = member(chat)
    asked = items_on(terms(chat), chat.today).records[chat["item"]]
    earned = keep_record(chat.db, terms(chat), one, chat["item"], chat["value"], chat.now)
    first = f"{asked.name} {chat['value']:g}{asked.unit} を記録しました。"
    return Done((thanks(chat, one, "record", first, earned),), ways=onward(one))


steps.step(person)


@steps.step
def count(chat: Talk) -> Type | Done:
    """Today's steps, typed."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((cannot(chat, one, reason),))
    goal = items_on(terms(chat), chat.today).earning["steps"].goal
    without = "".join(month_without(chat))
    words = without or (f"{goal:,}歩からポイントが付きます。" if goal else "")

    def read(text: str) -> int:
        number = _number(text, "歩")
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


def _number(text: str, unit: str) -> float | None:
    """A number with or without its unit, in any width; None for anything else."""
    match = NUMBER.fullmatch(narrow(text).lower().removesuffix(unit.lower()).strip())
    return float(match[0].replace(",", "")) if match else None
