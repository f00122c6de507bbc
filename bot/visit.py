"""One event of one chat: its reaction in a savepoint, refusals and bugs caught, what was said rendered."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic

from sqlalchemy import Connection

from bot import flex
from bot.buttons import Binding, data_of
from bot.doors import Doors
from bot.events import Event
from bot.flow import World
from bot.line import MOST_MESSAGES
from bot.messages import MENU, Button, Card, Carousel, Message, Opener, Way
from bot.parts import Parts, StoredPhoto
from bot.questions import Question
from bot.reactions import Reactions
from bot.walk import Walk
from models.base import Refusal, is_retryable, savepoint
from models.conversation import LoadedChat, Place

SORRY = "申し訳ありません。こちらの不具合で処理できませんでした。登録された内容は変わっていません。"
OWN_WORDS = ("text", "press", "photo", "sticker", "message")  # events that the person means as words

log = logging.getLogger(__name__)


@dataclass
class Visit(Generic[World]):
    """Runs the reaction to an event, and holds what came of it."""

    bot: Parts[World]
    db: Connection
    loaded: LoadedChat
    event: Event
    now: datetime
    walk: Walk[World] = field(init=False)
    messages: list[dict[str, Any]] = field(default_factory=list)  # what was said, as LINE takes it

    def __post_init__(self) -> None:
        self._begin(self.loaded.place)

    @property
    def place(self) -> Place:
        return self.walk.place

    @property
    def subject(self) -> str:
        return self.walk.subject or "ご案内"

    def react(self) -> None:
        """Does what the event means."""
        self._guarded(lambda reactions: reactions.react())

    def photo(self, stored: StoredPhoto) -> None:
        """Does what a photo means, now that it has been read."""
        self._guarded(lambda reactions: reactions.photo(stored))

    def room(self, said: int) -> int:
        """How many messages may go with a reply of so many: none in the middle of a flow or beside what is grave."""
        alone = self.place.frame or self.walk.stands_alone or self.event.kind not in OWN_WORDS
        return 0 if alone or not said else MOST_MESSAGES - said

    def _take_aboard(self) -> None:
        """What waits for a word of the person goes with the reply, before its last message."""
        said = self.walk.said
        if self.room(len(said)) < 1:
            return
        if waiting := self.bot.riding(self.db, self.loaded.id, self.now):
            said.insert(-1, waiting)

    def _rendered(self) -> list[dict[str, Any]]:
        """Quick replies hang on the last message; what can be pressed in a bubble is not offered twice."""
        walk, frame = self.walk, self.place.frame
        binding = (
            Binding(frame.flow, frame.step, self.place.turn) if frame else Binding("", "", self.place.turn)
        )
        messages = [*walk.said, *([_card_of(walk.question)] if walk.question else [])]
        if messages:
            self.place.options = [] if frame else _options(messages)
        rendered = [flex.render(message, binding) for message in messages]
        shown = {button for message in messages for button in _buttons(message)}
        if rendered and (ways := [way for way in walk.ways if way not in shown]):
            rendered[-1]["quickReply"] = flex.quick_replies(ways, binding)
        return rendered

    def _guarded(self, react: Callable[[Reactions[World]], None]) -> None:
        """A refusal or a bug undoes the reaction's effect; the event's memory and an answer stay."""
        try:
            with savepoint(self.db):
                react(Reactions(self.bot, self.walk, self.event))
                self._take_aboard()
                self.messages = self._rendered()
            self._count(self.walk.refusals)
        except Refusal as refusal:
            frame = self.place.frame
            self._begin(Place.load(self.loaded.stored))
            self._refuse(refusal)
            self.messages = self._rendered()
            self._count([(frame.flow if frame else "", refusal.code)])
        except Exception as error:
            if is_retryable(error):
                raise  # the whole event is run again
            frame = self.place.frame
            where = f"{frame.flow}.{frame.step}" if frame else "no flow"
            log.exception("event %s failed in %s", self.event.id, where)
            self._begin(Place.load(self.loaded.stored))
            self._apologise()
            self.messages = self._rendered()

    def _begin(self, place: Place) -> None:
        bot, db, chat_id = self.bot, self.db, self.loaded.id
        # Naming self there would tie the visit into a knot that only the search for garbage unties.
        doors = Doors(bot.flows, lambda: bot.roles(db, chat_id))
        self.walk = Walk(
            doors,
            db,
            chat_id,
            bot.branch,
            place,
            self.now,
            bot.world,
            bot.observe,
            silent_for=self.now - self.loaded.updated_at,
            message_id=self.event.message_id,
        )

    def _count(self, refusals: list[tuple[str, str]]) -> None:
        """Each no is counted by its code, in the event's transaction; nobody's name stands beside it."""
        for flow, code in sorted(refusals):
            self.bot.count(self.db, self.bot.branch, flow, code, self.now)

    def _refuse(self, refusal: Refusal) -> None:
        self.place.frame, self.place.detours = None, []
        self.place.turn += 1
        ways = (Opener("窓口に聞く", "desk"), MENU)
        self.walk.say(Card("お手続きできませんでした", (refusal.text,), ways, tone="warn"))

    def _apologise(self) -> None:
        again: tuple[Button, ...] = (Way("もう一度試す", "resume"),) if self.place.frame else ()
        ways = (*again, Opener("窓口に聞く", "desk"), MENU)
        self.walk.say(Card("うまく処理できませんでした", (SORRY,), ways, tone="warn"))


def _card_of(question: Question) -> Card:
    """The question as one bubble: what is known, what is asked, the answers, further ways."""
    card = question.card or Card("")
    lines = (*card.lines, question.prompt) if question.prompt else card.lines
    buttons = (*question.answers(), *card.buttons, *question.ways)
    return Card(card.title, lines, buttons, card.picture, card.tone, card.small)


def _buttons(message: Message) -> Iterator[Button]:
    cards = message.cards if isinstance(message, Carousel) else (message,)
    return (button for card in cards if isinstance(card, Card) for button in card.buttons)


def _options(messages: Sequence[Message]) -> list[list[str]]:
    """The openers last shown outside a flow: they may be typed by number or label."""
    cards = [message for message in messages if isinstance(message, Card)]
    openers = [button for card in cards[-1:] for button in card.buttons if isinstance(button, Opener)]
    return [[opener.label, data_of(opener, None)] for opener in openers]
