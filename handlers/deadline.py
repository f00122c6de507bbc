"""One event of the calendar: when it is, how to post it, and what can be done about it."""

from collections.abc import Iterator

from bot import MENU, Button, Card, Done, Fact, Link, Opener
from handlers.deadlines import SUBJECT, holder_of, person, to
from handlers.world import Talk, TalkFlow
from models import agenda, done
from models.base import Refusal
from models.calendar import Event
from models.calendar_pages import new_page
from models.days import day_end, in_words
from models.terms import known_on

deadline = TalkFlow("deadline", title="予定の詳細", subject=SUBJECT, resumable=False)
GONE = "この予定は、今の予定表にありません。変わったか、終わったようです。"
KINDS = {
    "deadline": "締切",
    "request": "早めの提出",
    "window": "期間",
    "grant": "付与",
    "notice": "お知らせ",
    "result": "結果",
    "payment": "支給・振込み",
    "expiry": "期限",
    "closed": "休止",
}

deadline.step(person)


@deadline.step
def shown(chat: Talk) -> Done:
    """When the event is that the button names, and what can be done about it."""
    one = event_called(chat, chat.given.get("event", ""))
    if one is None:
        return Done((gone(),))
    return Done((event_card(chat, one),), ways=(to("deadlines", "締切・予定", chat), MENU))


def chosen_event(chat: Talk) -> Event:
    """The event of the talk. Raises Refusal when the calendar no longer has it."""
    one = event_called(chat, chat["event"])
    if one is None:
        raise Refusal(GONE, "no_such_event")
    return one


def event_card(chat: Talk, one: Event) -> Card:
    """The event as its own card."""
    is_over = chat.now >= one.ends_at
    only = (f"{one.audience.only}が対象です。",) if one.audience.only else ()
    over = ("この日は過ぎました。",) if is_over else ()
    buttons = _buttons(chat, one, is_over=is_over)
    says = (one.says,) if one.says else ()
    return Card(one.title, (*facts(chat, one), *only, *says, *over), buttons, small=_small(one))


def facts(chat: Talk, one: Event) -> tuple[Fact, ...]:
    """When it is, by when to post it, and whether it was handed in."""
    post = tuple(_posting(chat, one)) if one.posted_by and chat.now < one.ends_at else ()
    handed = (Fact("状態", "提出済み"),) if is_handed_in(chat, one) else ()
    return (Fact(KINDS[one.kind], one.in_words()), *post, *handed)


def _posting(chat: Talk, one: Event) -> Iterator[Fact]:
    """By when to post it; once that day is over it may not arrive in time."""
    assert one.posted_by is not None
    if chat.now < day_end(one.posted_by):
        yield Fact("郵送", f"{in_words(one.posted_by)}までに投函")
        return
    yield Fact(one.slow_ways(), "間に合わないおそれがあります")
    if one.quick_ways():
        yield Fact("ほかの出し方", one.quick_ways())


def _small(one: Event) -> str:
    if one.posted_by:
        return "郵送の日は目安です。「必着」は、この日時までに届いていることです。"
    return "日は目安です。" if one.words and one.kind in ("result", "payment", "grant") else ""


def _buttons(chat: Talk, one: Event, *, is_over: bool) -> tuple[Button, ...]:
    more = (Opener("詳しく", "faq", (("topic", one.topic),)),) if one.topic else ()
    if is_over:
        return (*more, to("deadlines", "締切・予定", chat))
    return (*_handing_in(chat, one), *more, _to_calendar(chat, one), *_quiet(chat, one))


def _handing_in(chat: Talk, one: Event) -> tuple[Button, ...]:
    if not (chat.people and one.can_be_handed_in):
        return ()
    label = "提出を取り消す" if is_handed_in(chat, one) else "提出しました"
    return (to("hand_in", label, chat, event=one.uid),)


def _to_calendar(chat: Talk, one: Event) -> Link:
    page = new_page(chat.db, chat.id, [one.uid], chat.now)
    return Link("カレンダーに追加", f"{chat.world.public_url}/calendar/{page}.ics", outside=True)


def _quiet(chat: Talk, one: Event) -> tuple[Button, ...]:
    """Only those who are linked are told of anything by themselves."""
    terms = known_on(chat.world.branch.reminders, one.last)
    if terms is None or not chat.people:
        return ()
    return (to("quiet", f"「{terms.label(one.programme)}」のお知らせを止める", chat, event=one.uid),)


def gone() -> Card:
    """The event that a button names is no more."""
    return Card("予定が見つかりません", (GONE,), (Opener("締切・予定", "deadlines"), MENU), tone="warn")


def event_called(chat: Talk, uid: str) -> Event | None:
    """The event that a button names."""
    return agenda.event_called(chat.world.branch.calendar, uid)


def is_handed_in(chat: Talk, one: Event) -> bool:
    """Whether the person of the talk has said so."""
    holder = holder_of(chat)
    return holder is not None and one.paper in done.handed_in(chat.db, holder.id)
