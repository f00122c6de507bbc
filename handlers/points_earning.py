"""ためる: what one can do today to earn points, and what the talks of each way say of them."""

from collections.abc import Iterator

from bot import MENU, Card, Done, Opener, Skip
from handlers.points_person import SUBJECT, amount, member, person, refused, sample_words, terms, to
from handlers.world import Talk, TalkFlow
from models.checkups import settled_already
from models.days import in_words
from models.member import Holder
from models.points import terms_on, why_not
from models.points_earning import Activity, Earned, earned_on, items_on
from models.points_earning import earn as earn_points
from models.points_terms import PointItems

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
WAYS: tuple[tuple[Activity, str], ...] = (
    ("record", "record"),
    ("steps", "steps"),
    ("my_rule", "rules"),
    ("article", "article"),
)

earn.step(person)


@earn.step
def login(chat: Talk) -> Skip | Done:
    """The first tap of a day is the day's login; whoever linked before they could earn gets the first login now."""
    one = member(chat)
    if no := cannot(chat, one):
        return no
    return Skip([*_logged_in(chat, one)])


@earn.step
def ways(chat: Talk) -> Done:
    """What can be done today, what it gives, and what is done already."""
    one = member(chat)
    items = items_on(terms(chat), chat.today)
    done = earned_on(chat.db, one, chat.today)
    without = month_without(chat)
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


def first_login(chat: Talk, one: Holder) -> str:
    """The points of linking, once ever, as a sentence; nothing where there are none (R-KAG-09)."""
    branch = chat.world.branch
    if branch.points is None or why_not(branch.points, one, chat.today):
        return ""
    items = branch.points.items.get(chat.today)  # none in a year without terms: linking goes on all the same
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
    day = in_words(earned.granted_on, chat.today)
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


def month_without(chat: Talk) -> tuple[str, ...]:
    """That nothing earns points in this month, where that is so."""
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


def thanks(chat: Talk, one: Holder, what: Activity, first: str, earned: Earned) -> Card:
    """What was written down, and what it has earned."""
    lines = (first, given(chat, what, earned))
    return Card("記録しました", lines, (to("earn", "ほかの方法でためる", one), MENU), tone="good")


def onward(one: Holder) -> tuple[Opener, ...]:
    """The ways from what has been earned."""
    return (to("points", "残高", one), MENU)


def cannot(chat: Talk, one: Holder) -> Done | None:
    """Why this person earns no points; None when they can."""
    reason = why_not(terms(chat), one, chat.today)
    if not reason:
        return None
    return Done((refused(chat, reason, to("points", "残高", one), title="今はためられません"),))
