"""Who is on the platform: channels, the posters of their facilities, and the people who chat."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from .chat import Button, Entry


@dataclass(frozen=True)
class Channel:
    """One official account; `id` is the branch's folder, `webhook` the bot's address for it."""

    id: str
    name: str
    channel_id: str
    secret: str
    bot_user_id: str
    basic_id: str
    webhook: str


@dataclass(frozen=True)
class Poster:
    """A facility's printed sheet; `url` is what its QR says."""

    code: str
    name: str
    url: str


@dataclass
class Page:
    """The page that a person's in-app browser shows."""

    url: str
    html: str


@dataclass
class Person:
    """A chat with one channel: a user, or a group or room that only raw events know."""

    user_id: str
    name: str
    channel: str
    friend: bool = True
    blocked: bool = False
    kind: str = "user"
    listed: bool = True
    entries: list[Entry] = field(default_factory=list)
    draft: str = ""
    menu: str | None = None
    loading_until: float = 0.0
    last_said: datetime | None = None
    quick_spent: int = 0
    version: int = 0
    page: Page | None = None
    last_event: str | None = None
    order: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def quick(self) -> list[Button]:
        """The quick replies on the screen: those of the last message, until one is tapped."""
        last = self.entries[-1] if self.entries else None
        return last.quick if last and last.n > self.quick_spent else []

    def entry(self, n: int) -> Entry | None:
        return self.entries[n - 1] if 1 <= n <= len(self.entries) else None

    def bot_entries_after(self, n: int) -> list[Entry]:
        return [entry for entry in self.entries[n:] if entry.sender == "bot"]
