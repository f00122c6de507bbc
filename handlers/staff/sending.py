"""送信の見込み: what the coming months' reminders will cost, and what was not sent, with the reason."""

from collections.abc import Iterator, Sequence
from datetime import date

from bot import MENU, Card, Done, Fact, Opener
from handlers.staff.menu import STAFF_MENU
from handlers.world import Talk, TalkFlow
from models.days import in_words, minute_in_words
from models.line_quota import Quota, quota
from models.reminder_figures import REPORTED_FOR, Forecast, Reported, forecast_of, reported
from models.reminder_terms import key_of
from models.staff import ROLES

staff_sending = TalkFlow(
    "staff_sending",
    title="送信の見込み",
    opens_with=("送信数の見込み", "送らなかったお知らせ", "今月の枠"),
    resumable=False,
    only_for=ROLES,
)
NEWEST = 2  # of what was not sent, by name
WHY = {"held": "枠が近い", "stale": "遅れた", "missed": "止まっていた", "moved": "日程が変更"}
POINTS = "ポイントの交換"


@staff_sending.step
def shown(chat: Talk) -> Done:
    """Counted in the morning; nobody's name is in it."""
    limit = quota(chat.db, chat.branch)
    found = forecast_of(chat.db, chat.branch, chat.today)
    lines = (
        Fact("今月の枠", limit.in_words() if limit else "まだ調べていません"),
        *_months(found, limit, chat.today),
    )
    small = f"{minute_in_words(found.made_at)}に数えました。" if found else ""
    card = Card("お知らせの送信の見込み", lines, small=small)
    return Done((card, _not_sent(chat)))


def _months(found: Forecast | None, limit: Quota | None, today: date) -> Iterator[str | Fact]:
    """Month by month; and the first that the plan of the account does not allow."""
    if found is None:
        yield "まだ数えていません。毎朝7時に、新しい月や人数の変化があれば数えます。"
        return
    for month, pushes in found.months.items():
        yield Fact(_name(month, today), f"{pushes:,}通")
    over = [month for month, pushes in found.months.items() if _is_too_much(month, pushes, limit, today)]
    if over:
        yield f"{over[0].month}月は、枠をこえる見込みです。急がないお知らせから見合わせます。プランの変更をご検討ください。"
    else:
        yield "会員の方が先にトークを送ると、返信に添えるため、その分は減ります。"


def _name(month: date, today: date) -> str:
    return f"{month.month}月" + ("（今後）" if month == today.replace(day=1) else "")


def _is_too_much(month: date, pushes: int, limit: Quota | None, today: date) -> bool:
    if limit is None or limit.most is None:
        return False
    used = limit.used if month == today.replace(day=1) else 0
    return used + pushes > limit.most


def _not_sent(chat: Talk) -> Card:
    """The last thirty days: how many for each reason, and the newest by name."""
    found = reported(chat.db, chat.branch, chat.today - REPORTED_FOR)
    buttons = (Opener("数字を見る", "staff_figures"), STAFF_MENU, MENU)
    counted = tuple(_counted(kind, found) for kind in WHY if any(one.kind == kind for one in found))
    newest = tuple(_line(chat, one) for one in reversed(found[-NEWEST:]))
    nothing = () if found else ("この30日に、送らなかったお知らせはありません。",)
    return Card("送らなかったお知らせ（30日）", (*counted, *newest, *nothing), buttons)


def _counted(kind: str, found: Sequence[Reported]) -> Fact:
    these = [one.people for one in found if one.kind == kind]
    return Fact(WHY[kind], f"{len(these)}件・のべ{sum(these):,}人")


def _line(chat: Talk, one: Reported) -> str:
    calendar = chat.world.branch.calendar
    event = calendar.find(one.event) if calendar else None
    title = event.title if event else POINTS if key_of(one.event) == "points-chance" else "すでにない予定"
    return f"{in_words(one.day)}　{title}（{one.people:,}人）"
