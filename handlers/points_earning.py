"""ためる: what one can do today, and the small talks for each way: records, steps, rules of one's own, the article."""

import re
from collections.abc import Iterator

from bot import Card, Choose, Done, Opener, Option, Retry, Skip, Type
from handlers.points_person import SUBJECT, amount, member, person, refused, sample_words, terms, to
from handlers.world import MENU, Talk, TalkFlow
from models.base import Refusal
from models.checkups import settled_already
from models.days import in_words
from models.member import Holder
from models.points import terms_on, why_not
from models.points_articles import article_on
from models.points_earning import (
    MOST_STEPS,
    Activity,
    Earned,
    choose_rules,
    chosen_rules,
    earned_on,
    items_on,
    tick,
    walk,
)
from models.points_earning import (
    earn as earn_points,
)
from models.points_earning import (
    record as keep_record,
)
from models.points_terms import PointItems
from models.table_file import narrow

earn = TalkFlow(
    "earn",
    title="ポイントをためる",
    opens_with=(
        "ためる",
        "ポイントを貯めたい",
        "ポイントをためたい",
        "ポイントを増やしたい",
        "ポイントをもらいたい",
        "健康ポイントを貯めたい",
        "ポイントを獲得したい",
    ),
    subject=SUBJECT,
    resumable=False,
)
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
rules = TalkFlow(
    "rules",
    title="マイルール",
    opens_with=(
        "マイルールを選びたい",
        "マイルールを記録したい",
        "マイルールを変えたい",
    ),
    subject=SUBJECT,
)
article = TalkFlow(
    "article",
    title="お役立ち記事",
    opens_with=("お役立ち記事を読みたい", "記事を読みたい", "健康お役立ち記事を読む"),
    subject=SUBJECT,
)

NUMBER = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,7}(\.[0-9]{1,3})?")
WAYS: tuple[tuple[Activity, str], ...] = (
    ("record", "record"),
    ("steps", "steps"),
    ("my_rule", "rules"),
    ("article", "article"),
)

# ためる itself

earn.step(person)


@earn.step
def login(chat: Talk) -> Skip | Done:
    """The first tap of a day is the day's login; whoever linked before they could earn gets the first login now."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((_cannot(chat, one, reason),))
    return Skip([*_logged_in(chat, one)])


@earn.step
def ways(chat: Talk) -> Done:
    """What can be done today, what it gives, and what is done already."""
    one = member(chat)
    items = items_on(terms(chat), chat.today)
    done = earned_on(chat.db, one, chat.today)
    without = _month_without(chat)
    buttons = [
        Opener(
            items.earning[what].name,
            flow,
            (("person", str(one.id)),),
            note="記録だけできます" if without else _note(items, what, what in done),
        )
        for what, flow in WAYS
        if what in items.earning
    ]
    if terms_on(terms(chat), chat.today).checkup:
        buttons.append(_checkup(chat, one))
    lines = (*chat["login"], *without, "何をためますか？")
    small = sample_words(terms(chat), chat.today)
    card = Card("ためる", lines, tuple(buttons), small=small)
    return Done((*_others(chat, items), card), ways=(to("points", "残高", one), MENU))


# 毎日の記録

record.step(person)


@record.step
def item(chat: Talk) -> Choose | Skip | Done:
    """Which value; not asked where the branch has only one."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((_cannot(chat, one, reason),))
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
    return Done((_thanks(chat, one, "record", first, earned),), ways=_onward(one))


# 歩数

steps.step(person)


@steps.step
def count(chat: Talk) -> Type | Done:
    """Today's steps, typed."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((_cannot(chat, one, reason),))
    goal = items_on(terms(chat), chat.today).earning["steps"].goal
    without = "".join(_month_without(chat))
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
    return Done((_thanks(chat, one, "steps", first, earned),), ways=_onward(one))


# マイルール

rules.step(person)


@rules.step
def rule(chat: Talk) -> Choose | Skip | Done:
    """Which rule was kept today, or other rules; straight to choosing for whoever has none yet."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((_cannot(chat, one, reason),))
    known = items_on(terms(chat), chat.today).my_rules
    mine = [each for each in chosen_rules(chat.db, one) if each in known]
    if not mine:
        return Skip("change")
    choices = {each: f"「{known[each].name}」ができた" for each in mine}
    choices["change"] = f"{_rules_name(chat)}を選び直す"
    return Choose("今日できたものを選んでください。", Card(_rules_name(chat)), choices=choices, by_hand=True)


@rules.step
def change(chat: Talk) -> Choose | Skip:
    """One rule more or less; not asked of whoever ticks one."""
    if chat["rule"] != "change":
        return Skip("")
    known = items_on(terms(chat), chat.today).my_rules
    mine = chosen_rules(chat.db, member(chat))
    choices = {key: f"「{each.name}」を{'外す' if key in mine else '加える'}" for key, each in known.items()}
    card = Card(f"{_rules_name(chat)}を選ぶ")
    return Choose("加えるもの、外すものを1つ選んでください。", card, choices=choices, by_hand=True)


@rules.step
def kept(chat: Talk) -> Done:
    """The rule is ticked, or one's rules are new."""
    one = member(chat)
    known = items_on(terms(chat), chat.today).my_rules
    if not chat["change"]:
        earned = tick(chat.db, terms(chat), one, chat["rule"], chat.now)
        first = f"「{known[chat['rule']].name}」、今日もできました。"
        return Done((_thanks(chat, one, "my_rule", first, earned),), ways=_onward(one))
    mine = set(chosen_rules(chat.db, one)) ^ {chat["change"]}
    again = to("rules", "今日できたものを記録する", one)
    if not mine:
        text = f"{_rules_name(chat)}は1つ以上必要です。先にほかのものを加えてから外してください。"
        return Done(
            (Card("外せませんでした", (text,), (to("rules", _rules_name(chat), one), MENU), tone="warn"),)
        )
    choose_rules(chat.db, terms(chat), one, mine, chat.now)
    names = tuple(f"・{known[each].name}" for each in known if each in mine)
    return Done(
        (Card(f"{_rules_name(chat)}を決めました", names, (again, MENU), tone="good"),), ways=_onward(one)
    )


# お役立ち記事

article.step(person)


@article.step
def text(chat: Talk) -> Choose | Done:
    """This month's article; reading it earns points once a month."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((_cannot(chat, one, reason),))
    found = article_on(chat.world.branch.articles, chat.today)
    if found is None:
        words = "今月の記事は、まだありません。ほかの方法をお選びください。"
        return Done((Card("お役立ち記事", (words,), (to("earn", "ためる", one), MENU)),))
    small = "見本の記事です。" if found.sample else ""
    if "article" in earned_on(chat.db, one, chat.today):
        counted = "今月のぶんは、もう受け付けています。"
        return Done((Card(found.title, (counted, found.text), small=small),), ways=_onward(one))
    card = Card(found.title, (found.text,), small=small)
    return Choose("", card, choices={"read": "読みました"}, by_hand=True)


@article.step
def read(chat: Talk) -> Done:
    """Read; once a month."""
    one = member(chat)
    earned = earn_points(chat.db, terms(chat), one, "article", chat.now)
    first = "お読みいただき、ありがとうございます。"
    return Done((_thanks(chat, one, "article", first, earned),), ways=_onward(one))


# What they share


def first_login(chat: Talk, one: Holder) -> str:
    """The points of linking, once ever, as a sentence; nothing where there are none (R-KAG-09)."""
    branch = chat.world.branch
    if branch.points is None or why_not(branch.points, one, chat.today):
        return ""
    items = branch.points.items.get(
        chat.today
    )  # none yet in a year without terms: linking goes on without points
    if items is None or "first_login" not in items.earning:
        return ""
    earned = earn_points(chat.db, branch.points, one, "first_login", chat.now)
    is_over = earned.granted_on is not None and earned.granted_on <= chat.today
    return "" if is_over else given(chat, "first_login", earned)


def given(chat: Talk, what: Activity, earned: Earned) -> str:
    """When the points come and how many, or why there are none."""
    if earned.granted_on is None:
        return earned.note
    items = items_on(terms(chat), chat.today)
    points = amount(earned.points, sample=items.earning[what].sample)
    day = in_words(earned.granted_on)
    if earned.is_new or what == "first_login":
        return f"{earned.name}：{day}に{points}が付きます（{_often(what)}）。{earned.note if earned.is_new else ''}"
    if earned.granted_on > chat.today:
        return f"{earned.name}：もう受け付けています。{day}に{points}が付きます（{_often(what)}）。"
    return f"{earned.name}：{earned.note}"


def _logged_in(chat: Talk, one: Holder) -> Iterator[str]:
    if words := first_login(chat, one):
        yield words
    if "daily_login" in items_on(terms(chat), chat.today).earning:
        earned = earn_points(chat.db, terms(chat), one, "daily_login", chat.now)
        yield given(chat, "daily_login", earned)


def _month_without(chat: Talk) -> tuple[str, ...]:
    if not terms_on(terms(chat), chat.today).only_records_on(chat.today):
        return ()
    return (f"{chat.today.month}月は記録と交換だけの月です。記録はできますが、ポイントは付きません。",)


def _often(what: Activity) -> str:
    return {"first_login": "初回だけ", "article": "月1回"}.get(what, "1日1回")


def _note(items: PointItems, what: Activity, is_done: bool) -> str:
    if is_done:
        return "今月のぶんは受け付けました" if what == "article" else "今日のぶんは受け付けました"
    one = items.earning[what]
    goal = f"{one.goal:,}歩から " if one.goal else ""
    return f"{goal}{amount(one.points, sample=one.sample)}・{_often(what)}・翌日に付きます"


def _checkup(chat: Talk, one: Holder) -> Opener:
    done = settled_already(chat.db, terms(chat), one, chat.today)
    note = "今年度のぶんは登録済みです" if done else "年度に1回"
    return Opener("健診結果", "checkup", (("person", str(one.id)),), note=note)


def _others(chat: Talk, items: PointItems) -> tuple[Card, ...]:
    """What nobody can do in the chat: it comes by itself, with the guide's times."""
    days, remote = terms(chat).grants_on(chat.today), terms_on(terms(chat), chat.today).remote_bonus
    when = {
        "guidance": f"実施機関の報告から{days.guidance_months}か月ほど" if days else "",
        "walking": f"{days.walking}ごろ" if days else "",
        "remote": f"{remote.text}ごろ" if remote else "",
    }
    lines = tuple(
        "、".join(filter(None, (f"{one.name}：{amount(one.points, sample=one.sample)}", when[what])))
        for what, one in items.earning.items()
        if what in when
    )
    return (Card("手続きなしで付くもの", lines),) if lines else ()


def _number(text: str, unit: str) -> float | None:
    """A number with or without its unit, in any width; None for anything else."""
    match = NUMBER.fullmatch(narrow(text).lower().removesuffix(unit.lower()).strip())
    return float(match[0].replace(",", "")) if match else None


def _rules_name(chat: Talk) -> str:
    """What the branch calls the rules of one's own: マイルール, or 生活習慣チャレンジ."""
    return items_on(terms(chat), chat.today).earning["my_rule"].name


def _thanks(chat: Talk, one: Holder, what: Activity, first: str, earned: Earned) -> Card:
    lines = (first, given(chat, what, earned))
    return Card("記録しました", lines, (to("earn", "ほかの方法でためる", one), MENU), tone="good")


def _onward(one: Holder) -> tuple[Opener, ...]:
    return (to("points", "残高", one), MENU)


def _cannot(chat: Talk, one: Holder, reason: str) -> Card:
    refusal = Refusal(reason, "not_a_member")
    return refused(chat, refusal, to("points", "残高", one), title="今はためられません")
