"""締切・予定: what comes next for a person, by month; and what comes every month."""

from collections.abc import Iterable, Sequence

from bot import MENU, Button, Card, Carousel, Choose, Done, Link, Opener, Skip, side_by_side
from handlers.whose import whose
from handlers.world import Talk, TalkFlow, chosen_holder, desk_card, holders
from models import agenda
from models.agenda import Coming
from models.calendar import Calendar
from models.calendar_pages import new_page
from models.concerns import Did, did, own_starts
from models.counted import own
from models.days import fiscal_year, in_words
from models.member import Holder
from models.terms import NoTerms

SUBJECT = "締切・予定"
EVERY = "every"  # in place of a month: what comes in all of them
NOBODY = "0"  # in place of a person's id where the chat is not linked
# Cards at a time, events on a card: what LINE takes and a thumb can hold.
MONTHS, MOST, MOST_MONTHLY = 5, 5, 3

deadlines = TalkFlow(
    "deadlines",
    title="締切・予定",
    opens_with=(
        "締切",
        "締め切り",
        "しめきり",
        "〆切",
        "予定",
        "いつまで",
        "カレンダー",
        *("もうすぐの締切", "もうすぐの締切ある", "もうすぐ締切のもの", "近い締切", "次の締切", "締切ある"),
        *("締切いつまで", "締切いつまでだっけ", "締切いつだっけ", "次の締切いつ", "次の締切はいつ"),
        "締切一覧",
        "締切の一覧",
        "締切を見る",
        "締切を見たい",
        "締切を確認する",
        "予定を見る",
        "予定を見たい",
        "予定表",
        "今後の予定",
        "これからの予定",
        "年間予定",
        "私の予定",
        "自分の締切",
        "カレンダーを見る",
        "カレンダーを見たい",
        "今月の予定",
        "今月の締切",
        "予定を教えて",
        "今後の予定を教えて",
        "締切を教えて",
    ),
    subject=SUBJECT,
    resumable=False,
)


@deadlines.step
def person(chat: Talk) -> Choose | Skip:
    """Whose days: asked only where several are linked; without a link they are those of everybody."""
    return whose(chat, "どなたの予定を見ますか？", "締切・予定") if holders(chat) else Skip(NOBODY)


@deadlines.step
def shown(chat: Talk) -> Done:
    """The months as cards, from the one that the button names or that one alone; and what comes every month."""
    calendar = chat.world.branch.calendar
    assert calendar is not None  # this flow is only in the list of branches that have one
    try:
        comings = coming(chat, calendar)
    except NoTerms:
        return Done((_not_out(chat),))
    chosen = chat.given.get("month", "")
    if chosen == EVERY:
        found = [one for one in agenda.monthly(comings) if one.event.can_be_handed_in]
        return Done(_pages(chat, "毎月の締切", found), ways=_ways(chat))
    months = agenda.by_month(agenda.single(comings))
    if chosen.endswith("!"):
        found = months.get(chosen[:-1], [])
        return Done(_pages(chat, _month_words(chosen[:-1]), found), ways=_ways(chat))
    later = [month for month in months if month >= chosen]
    if not comings:
        return Done((_nothing(chat),))
    cards = [_month(chat, month, months[month]) for month in later[:MONTHS]]
    cards += _further(chat, later[MONTHS:])
    cards += _monthly(chat, agenda.monthly(comings))
    cards += _counted(chat, calendar)
    return Done((_about(chat, comings), side_by_side(cards)), ways=_ways(chat))


def coming(chat: Talk, calendar: Calendar) -> list[Coming]:
    """What comes for the person of the talk. Raises NoTerms."""
    one = holder_of(chat)
    what = did(chat.db, chat.world.branch, one, chat.today) if one else Did()
    return agenda.agenda(calendar, one, what, chat.now)


def known_to_come(chat: Talk) -> list[Coming]:
    """The same, where anything is known of it; else nothing."""
    try:
        return coming(chat, chat.world.branch.calendar) if chat.world.branch.calendar else []
    except NoTerms:
        return []


def holder_of(chat: Talk) -> Holder | None:
    return None if chat["person"] == NOBODY else chosen_holder(chat, chat["person"])


def to(flow: str, label: str, chat: Talk, note: str = "", **answers: str) -> Opener:
    """A button that opens another of these talks about the same person."""
    return Opener(label, flow, (("person", chat["person"]), *answers.items()), note)


def _month(chat: Talk, month: str, comings: Sequence[Coming]) -> Card:
    buttons = [_box(chat, one) for one in comings[:MOST]]
    if len(comings) > MOST:
        buttons.append(to("deadlines", f"ほか{len(comings) - MOST}件を見る", chat, month=f"{month}!"))
    return Card(_month_words(month), (), tuple(buttons))


def _pages(chat: Talk, title: str, comings: Sequence[Coming]) -> tuple[Card | Carousel, ...]:
    """All of them, so many on a card."""
    if not comings:
        return (_nothing(chat),)
    return (side_by_side(_paged(title, [_box(chat, one) for one in comings])),)


def _paged(title: str, buttons: Sequence[Opener]) -> list[Card]:
    """So many on a card."""
    pages = [tuple(buttons[start : start + MOST]) for start in range(0, len(buttons), MOST)]
    if len(pages) == 1:
        return [Card(title, (), pages[0])]
    return [Card(f"{title}（{number}/{len(pages)}）", (), page) for number, page in enumerate(pages, 1)]


def _box(chat: Talk, one: Coming) -> Opener:
    """One event: its name, and when it is."""
    note = f"提出済み・{when(one)}" if one.handed_in else when(one)
    return to("deadline", one.event.title, chat, note, event=one.event.uid)


def when(one: Coming) -> str:
    """When it is, in the words of what counts next: its beginning or its end."""
    event = one.event
    if event.words or event.kind != "window":
        return event.in_words()
    return (
        f"{in_words(event.first)}から"
        if one.day == event.first != event.last
        else f"{in_words(event.last)}まで"
    )


def _further(chat: Talk, later: Sequence[str]) -> list[Card]:
    if not later:
        return []
    text = f"{_month_words(later[0])}からの予定もあります。"
    return [Card("その先の予定", (text,), (to("deadlines", "もっと見る", chat, month=later[0]),))]


def _monthly(chat: Talk, comings: Iterable[Coming]) -> list[Card]:
    """What comes every month: the next deadlines, the way to the others, and to the savings' own days."""
    found = [one for one in comings if one.event.can_be_handed_in]
    if not found:
        return []
    buttons = [_box(chat, one) for one in found[:MOST_MONTHLY]]
    if len(found) > MOST_MONTHLY:
        buttons.append(to("deadlines", f"ほか{len(found) - MOST_MONTHLY}件を見る", chat, month=EVERY))
    if chat.world.branch.savings:
        buttons.append(Opener("福祉貯金の日を調べる", "savings"))
    return [Card("毎月の締切", (), tuple(buttons))]


def _counted(chat: Talk, calendar: Calendar) -> list[Card]:
    """What counts from an event of one's own, with its days where that is known."""
    one = holder_of(chat)
    starts = own_starts(chat.db, one, chat.today) if one else {}
    found = own(calendar.counted.get(fiscal_year(chat.today), ()), one, starts, chat.today)
    return _paged(
        "そのほかの期限・時期",
        [
            Opener(each.counted.title, "faq", (("topic", each.counted.topic),), each.in_words())
            for each in found
        ],
    )


def _about(chat: Talk, comings: Sequence[Coming]) -> Card:
    """How to go on: what a tap shows, the calendar, linking where nobody is linked."""
    link: tuple[Button, ...] = () if chat.people else (Opener("連携する", "link"),)
    whose = (
        "ご自身に関係するものだけを出しています。"
        if chat["person"] != NOBODY
        else "どなたにも共通の予定です。連携すると、ご自身に関係するものだけになります。"
    )
    page = new_page(chat.db, chat.id, [one.event.uid for one in agenda.single(comings)], chat.now)
    address = f"{chat.world.public_url}/calendar/{page}.ics"
    every = Link("全部をカレンダーに追加", address, outside=True)
    lines = ("予定を押すと、くわしい日と手続きが出ます。", whose, *_next_year(chat))
    return Card("締切・予定", lines, (every, *link), small="「カレンダーに追加」は30分間、一度だけ使えます。")


def _next_year(chat: Talk) -> tuple[str, ...]:
    """Said while the coming fiscal year has no days yet."""
    calendar = chat.world.branch.calendar
    year = fiscal_year(chat.today) + 1
    if calendar is None or year in calendar.years or chat.today.month not in (2, 3):
        return ()
    return (f"{year}年4月からの日程は、まだ出ていません。",)


def _not_out(chat: Talk) -> Card:
    year = fiscal_year(chat.today)
    return desk_card(
        chat,
        "日程はまだ出ていません",
        f"{year}年度の日程は、まだ登録されていません。決まりしだい、ここに出ます。",
    )


def _nothing(chat: Talk) -> Card:
    return desk_card(chat, "今のところ予定はありません", "これからの締切や予定は、登録されていません。")


def _ways(chat: Talk) -> tuple[Button, ...]:
    return (to("deadlines", "最初の月から", chat), MENU) if chat.given.get("month") else (MENU,)


def _month_words(month: str) -> str:
    """2024年4月"""
    year, number = month.split("-")
    return f"{year}年{int(number)}月"
