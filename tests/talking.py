"""People of a reminded branch who write by themselves, and what they are answered."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import Connection

from bot.dispatch import Bot
from bot.events import read
from bot.messages import Message
from handlers.world import World
from house import build_bots
from models.branch import load_branch
from models.outbox import Owed
from scheduler.riding import Riding
from settings import from_environment
from tests.learnt import learnt
from tests.points_people import BRANCHES
from tests.reminded import Reminded, when, words_of

Aboard = Callable[[Connection, int, datetime], Message | None]
_SERIAL = count(1)


@cache
def _bot() -> Bot[World]:
    settings = from_environment({"DATA_DIR": "/nowhere", "SECRET_KEY": "for tests only"})
    return build_bots(settings, [load_branch(BRANCHES / "aichi")], learn=learnt)["aichi"]


@dataclass
class Talking:
    """Aichi's bot, with the reminders of the test's own calendar."""

    town: Reminded
    bot: Bot[World] = field(init=False)

    def __post_init__(self) -> None:
        self.bot = replace(_bot(), riding=self.aboard)

    @property
    def aboard(self) -> Aboard:
        return Riding(self.town.reminders.books["aichi"]).aboard

    def says(self, name: str, text: str, moment: str, event: str = "") -> list[str]:
        """What the person is answered, one string for each message."""
        return self.sends(name, moment, event, **_words(text))

    def presses(self, name: str, data: str, moment: str) -> list[str]:
        return self.sends(name, moment, type="postback", postback={"data": data})

    def sends(self, name: str, moment: str, event: str = "", **content: Any) -> list[str]:
        sent = _event(name, event, content)
        owed = self.town.database.run(lambda db: self.bot.handle(db, read(sent), when(moment)))
        return [words_of(json.dumps(each)) for each in json.loads(owed.messages)] if owed else []

    def hears(self, db: Connection, name: str, moment: str) -> Owed | None:
        """The same in a transaction of the test's own, which may yet fail."""
        return self.bot.handle(db, read(_event(name, "", _words("メニュー"))), when(moment))


def _words(text: str) -> dict[str, Any]:
    return {"type": "message", "message": {"id": str(next(_SERIAL)), "type": "text", "text": text}}


def _event(name: str, event: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "mode": "active",
        "timestamp": 1_719_797_520_000,
        "source": {"type": "user", "userId": f"U{name}"},
        "webhookEventId": event or f"event-{next(_SERIAL)}",
        "deliveryContext": {"isRedelivery": bool(event)},
        "replyToken": f"token-{next(_SERIAL)}",
        **content,
    }
