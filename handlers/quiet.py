"""このお知らせを止める: no more notices of an event's kind for this chat."""

from typing import Literal

from bot import Card, Choose, Detour, Done, Opener, Option, Skip, Text
from handlers.deadline import event_called, gone
from handlers.deadlines import SUBJECT
from handlers.world import MENU, Talk, TalkFlow
from models.reminder_settings import mute

quiet = TalkFlow("quiet", title="このお知らせを止める", subject=SUBJECT, resumable=False)


@quiet.step
def linked(chat: Talk) -> Skip | Detour[Literal["link"]]:
    """Nobody is told of anything by itself without a link."""
    if not chat.people:
        return Detour("link", (Text("お知らせは「連携」した方にだけ届きます。"),))
    return Skip("yes")


@quiet.step
def event(chat: Talk) -> Skip:
    """Which one: the button says it."""
    return Skip(chat.given.get("event", ""))


@quiet.step
def sure(chat: Talk) -> Choose | Done:
    """What would stop, before it does."""
    one = event_called(chat, chat["event"])
    if one is None:
        text = "止めたいお知らせの予定を選び、「このお知らせを止める」を押してください。"
        return Done((Card("どのお知らせですか", (text,), (Opener("締切・予定", "deadlines"), MENU)),))
    text = "この予定と、同じ制度のほかの予定のお知らせが、このトークに届かなくなります。予定はいつでも見られます。"
    choices: dict[str, str | Option] = {"yes": "止める", "no": "止めない"}
    return Choose(text, Card("お知らせを止めますか？", (one.title,)), choices=choices, by_hand=True)


@quiet.step
def stopped(chat: Talk) -> Done:
    """Turns the notices of this programme off."""
    one = event_called(chat, chat["event"])
    if one is None:
        return Done((gone(),))
    ways = (Opener("締切・予定", "deadlines"), MENU)
    if chat["sure"] == "no":
        return Done((Card("そのままにしました", ("お知らせは、これまでどおり届きます。",), ways),))
    mute(chat.db, chat.id, one.programme)
    return Done(
        (Card("お知らせを止めました", (one.title, "予定は「締切・予定」で見られます。"), ways, tone="good"),)
    )
