"""What a reminder says: one card for each event, side by side when several come on one day."""

from collections.abc import Iterator, Sequence
from datetime import date

from bot import Button, Card, Carousel, Fact, Opener
from models.calendar import Event
from models.days import in_words
from models.reminder_plans import Subject
from models.reminder_terms import BEGINS, IN, MOVED, ON, POST
from models.reminders import Planned

MOST_CARDS = 10  # of one carousel
ENDS = {"deadline": "締切", "request": "お願いの日", "expiry": "期限", "window": "最後の日"}
GIVEN = {"coupon": "クーポン", "points": "ポイント"}
PLANNED = "（予定）"
LONGEST_SUBJECT = 30  # letters: one line of a lock screen


def card(subject: Subject, plan: Planned, day: date, names: Sequence[str] = ()) -> Card:
    """The event as one card; `names` where a chat holds several people."""
    event = subject.event
    who = (Fact("対象の方", "、".join(f"{name}さん" for name in names)),) if names else ()
    topic = subject.terms.topics.get(event.programme)
    small = "法令にもとづくお知らせです。" if topic and topic.legal else ""
    lines = (*who, *_lines(event, plan, day))
    last_call = plan.offset in ("0", "1", POST)
    return Card(
        event.title.removesuffix(PLANNED),
        lines,
        _buttons(subject),
        tone="warn" if last_call else "plain",
        small=small,
    )


def joined(cards: Sequence[Card]) -> Card | Carousel:
    """All that one chat is told on a day, as one message."""
    if len(cards) == 1:
        return cards[0]
    if len(cards) <= MOST_CARDS:
        return Carousel(tuple(cards))
    more = Card(
        f"ほかに{len(cards) - MOST_CARDS + 1}件あります",
        ("「締切・予定」と送ると、すべてをご覧いただけます。",),
    )
    return Carousel((*cards[: MOST_CARDS - 1], more))


def subject_of(labels: Sequence[str]) -> str:
    """All that a lock screen shows: the programmes, of many the first."""
    first, *more = dict.fromkeys(labels)
    named = "と".join((first, *more))
    return named if len(more) < 2 and len(named) <= LONGEST_SUBJECT else f"{first}ほか"


def _lines(event: Event, plan: Planned, day: date) -> Iterator[str | Fact]:
    if plan.offset == MOVED:
        yield "日程が変わりました。"
        yield Fact("前の日程", plan.was)
        yield Fact("新しい日程", event.in_words())
    elif plan.offset == IN:
        yield "結果が出ました。届いた通知をご確認ください。"
        yield from filter(None, (event.then,))
    elif plan.offset == BEGINS:
        yield _beginning(event, day)
    elif plan.offset == POST:
        yield "郵送なら、今日のうちに投函してください。"
        yield Fact(ENDS.get(event.kind, "日程"), _end(event))
    elif plan.offset == ON:
        yield _on_the_day(event, day)
    else:
        yield _before(event, (event.last - day).days)
        yield Fact(ENDS.get(event.kind, "日程"), _end(event))
    if event.product and plan.offset.isdecimal():
        yield "まだ使っていないクーポンがあります。"
    if event.says and plan.offset != IN:
        yield event.says
    if event.posted_by and plan.offset != POST:
        yield f"{event.by_post()}してください。" if event.posted_by >= day else event.too_late_to_post()


def _end(event: Event) -> str:
    return in_words(event.last) if event.kind == "window" else event.in_words()


def _before(event: Event, left: int) -> str:
    if event.kind == "request":
        return f"できるだけ、{in_words(event.last)}までに提出をお願いします。"
    word = ENDS.get(event.kind, "この日")
    if left == 0:
        return f"{word}は今日です。" + (f"{event.time}までに届くようにしてください。" if event.time else "")
    return f"{word}は明日です。" if left == 1 else f"{word}まで、あと{left}日です。"


def _beginning(event: Event, day: date) -> str:
    words = event.in_words().removesuffix(PLANNED)
    if event.kind == "result":
        return f"{words}{'に' if words.endswith('まで') else 'ごろに'}届く予定です。"
    if event.kind == "notice":
        return f"時期は{words}です。"
    if event.kind == "deadline":
        return f"締切は{words}です。"
    return "今日から始まります。" if day == event.first else f"{in_words(event.first)}から始まりました。"


def _on_the_day(event: Event, day: date) -> str:
    thing = GIVEN.get(event.programme, "")
    if event.first != event.last or event.words:
        words = event.in_words().removesuffix(PLANNED)
        return f"{words}に{'振り込まれる' if event.kind == 'payment' else '付与される'}予定です。"
    when = "本日" if day == event.last else in_words(event.last)
    if event.kind == "payment":
        return f"{when}、振り込まれる予定です。" if day == event.last else f"{when}に振り込まれました。"
    if day == event.last:
        return f"本日、{thing}が付与されました。" if thing else "本日、付与されました。"
    return f"{when}に、{thing}が付与されました。" if thing else f"{when}に付与されました。"


def _buttons(subject: Subject) -> tuple[Button, ...]:
    event = subject.event
    this = (("event", event.uid),)
    return (
        *((Opener("クーポンを見る", "coupons"),) if event.product else ()),
        *((Opener("提出しました", "hand_in", this),) if event.can_be_handed_in else ()),
        *((Opener("詳しく", "faq", (("topic", event.topic),)),) if event.topic else ()),
        Opener(f"「{subject.label}」のお知らせを止める", "quiet", this),
    )
