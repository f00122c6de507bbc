"""このお知らせを止める: no more notices of an event's kind for this chat."""

from typing import Literal

from bot import MENU, Card, Choose, Detour, Done, Opener, Option, Skip, Text
from handlers.deadline import chosen_event, event_called, gone
from handlers.deadlines import NOBODY, SUBJECT, known_to_come, when
from handlers.world import Talk, TalkFlow, holders
from models.agenda import Coming
from models.reminder_settings import mute

quiet = TalkFlow("quiet", title="このお知らせを止める", subject=SUBJECT, resumable=False)


@quiet.step
def person(chat: Talk) -> Skip | Detour[Literal["link"]]:
    """Whose days are offered; the notices of a chat are stopped for all of its people, and none come without a link."""
    if not chat.people:
        return Detour("link", (Text("お知らせは「連携」した方にだけ届きます。"),))
    return Skip(str(known[0].id) if (known := holders(chat)) else NOBODY)


@quiet.step
def event(chat: Talk) -> Choose | Skip | Done:
    """Which one: the button says it, else the next of each programme."""
    if given := chat.given.get("event"):
        return Skip(given) if event_called(chat, given) else Done((gone(),))
    offered = _offered(chat)
    if not offered:
        text = "今、止められるお知らせはありません。"
        return Done((Card("お知らせ", (text,), (Opener("締切・予定", "deadlines"), MENU)),))
    return Choose("どのお知らせを止めますか？", Card("お知らせを止める"), choices=offered)


@quiet.step
def sure(chat: Talk) -> Choose:
    """What would stop, before it does."""
    one = chosen_event(chat)
    text = "この予定と、同じ制度のほかの予定のお知らせが、このトークに届かなくなります。予定はいつでも見られます。"
    choices = {"yes": "止める", "no": "止めない"}
    return Choose(text, Card("お知らせを止めますか？", (one.title,)), choices=choices, by_hand=True)


@quiet.step
def stopped(chat: Talk) -> Done:
    """Turns the notices of this programme off."""
    one = chosen_event(chat)
    ways = (Opener("締切・予定", "deadlines"), MENU)
    if chat["sure"] == "no":
        return Done((Card("そのままにしました", ("お知らせは、これまでどおり届きます。",), ways),))
    mute(chat.db, chat.id, one.programme)
    return Done(
        (Card("お知らせを止めました", (one.title, "予定は「締切・予定」で見られます。"), ways, tone="good"),)
    )


def _offered(chat: Talk) -> dict[str, str | Option]:
    """The next event of each programme."""
    first: dict[str, Coming] = {}
    for one in known_to_come(chat):
        first.setdefault(one.event.programme, one)
    return {one.event.uid: Option(one.event.title, f"{when(one)}など") for one in first.values()}
