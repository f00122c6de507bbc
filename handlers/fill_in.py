"""A page of ours in the middle of a talk: the question that waits until it is filled in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bot import Answer, Button, Card, Given, Question, Retry, Unfit, is_done, loose
from handlers.world import Talk
from models.point_pages import FILLED, Purpose, filled_in, is_open

NOT_YET = "まだ入力が終わっていないようです。下のボタンからお進みください。"


@dataclass(frozen=True)
class FillIn(Question):
    """Waits for a page to be filled in; then the person's own message, whatever it says, goes on."""

    words: str = ""  # what the page asks them to send
    page: Literal["open", "filled", "over"] = "open"
    instead: Callable[[str], str] = field(default=lambda text: "")  # said of what belongs elsewhere
    another: Callable[[str], str] = field(default=lambda text: "")  # the answer of who wants something else

    def answers(self) -> tuple[Button, ...]:
        buttons = {"filled": Answer("続ける", "filled"), "over": Answer("ページを開き直す", "over")}
        return (buttons[self.page],) if self.page in buttons else ()

    def keeps_out(self, text: str) -> str:
        return self.instead(text)

    def exact(self, given: Given) -> str:
        if other := self.another(given.value):
            return other
        done = is_done(given.value)
        if done and self.page == "filled":
            return self.page
        if self.page != "open" and (given.value == self.page or loose(given.value) == loose(self.words)):
            return self.page
        raise (Unfit if done else Retry)(NOT_YET)

    def loosely(self, text: str) -> str:
        if self.page == "filled":
            return self.page
        raise Retry(NOT_YET)


def fill_in(chat: Talk, purpose: Purpose, over: str, waiting: FillIn) -> FillIn:
    """What is asked about the talk's page: `waiting` while it is open; to go on, or to open it again, afterwards.

    `over` is the title of the page whose time is up."""
    if filled_in(chat.db, chat["page"], chat.id):
        return FillIn("入力できました。続けますか？", words=FILLED[purpose], page="filled")
    if not is_open(chat.db, chat["page"], chat.now):
        text = "ページの期限（30分）が過ぎました。開き直して、もう一度入力してください。"
        return FillIn(text, Card(over), words=FILLED[purpose], page="over")
    return waiting
