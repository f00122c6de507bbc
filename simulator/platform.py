"""The state of LINE: channels, people, chats, tokens, quotas, faults and calls, behind one lock."""

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from . import webhook
from .calls import CallLog, Faults
from .chat import Entry, Json, message_buttons, message_text, quick_buttons
from .people import Channel, Person, Poster
from .rates import Rates
from .richmenu import RichMenus
from .tokens import AccessTokens, LinkTokens, ReplyTokens, RetryKeys

__all__ = ["Channel", "Person", "Platform", "Poster"]

TOKYO = ZoneInfo("Asia/Tokyo")
MONTHLY_MESSAGES = 30_000
NON_FRIEND_PUSH = timedelta(days=7)
FIRST_MESSAGE_ID = 500_000_000_000_000_001
REDELIVERY_SECONDS = (1.0, 5.0, 30.0)


@dataclass
class Content:
    """What a person sent that the bot can download."""

    channel: str
    data: bytes
    mime: str
    gone: bool = False


@dataclass(frozen=True)
class Sent:
    """An event that went out, kept so that it can go out again."""

    channel: str
    target: str | None
    event: webhook.Event


class Platform:
    """LINE in memory. `now` is the demo's clock; waiting times and rates use `monotonic`."""

    def __init__(
        self,
        channels: Iterable[Channel],
        *,
        now: Callable[[], datetime],
        base_url: str,
        settled: Callable[[], bool] = lambda: True,
        move: Callable[[datetime], None] | None = None,
        posters: Callable[[str], Sequence[Poster]] = lambda channel: (),
        talks: Path | None = None,
        invite: Callable[[str, Sequence[str]], str] = lambda channel, roles: "",
        rehearse: Callable[[str, int], Sequence[Json]] = lambda channel, year: (),
        typefaces: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lock = threading.Condition()
        self.now, self.monotonic, self.settled, self.move = now, monotonic, settled, move
        self.invite = invite  # a one-time code that makes its sayer staff of the channel's association
        self.rehearse = rehearse  # the messages that a channel's people get by themselves in a fiscal year
        self.base_url, self.posters = base_url.rstrip("/"), posters
        self.talks, self.typefaces = talks, typefaces
        self.channels = {channel.id: channel for channel in channels}
        self.webhooks = {channel.id: channel.webhook for channel in self.channels.values()}
        self.people: dict[str, Person] = {}
        self.contents: dict[str, Content] = {}
        self.sent: dict[str, Sent] = {}
        self.deliveries: list[dict[str, Any]] = []
        self.redelivering: set[str] = set()
        self.limits: dict[str, int | None] = dict.fromkeys(self.channels, MONTHLY_MESSAGES)
        self.used: dict[tuple[str, str], int] = {}
        self.read_tokens: dict[str, tuple[str, str]] = {}
        self.access, self.replies, self.links = AccessTokens(), ReplyTokens(), LinkTokens()
        self.retries, self.rates, self.menus = RetryKeys(), Rates(), RichMenus()
        self.calls, self.faults = CallLog(), Faults()
        self._ids = itertools.count(FIRST_MESSAGE_ID)

    # --- people ---------------------------------------------------------------------------------

    def add_person(
        self, channel: str, name: str, user_id: str | None = None, follow: bool = True, friend: bool = True
    ) -> Person:
        """A new LINE user; `follow` tells the bot, `friend=False` makes one who only scans."""
        user_id = user_id or "U" + secrets.token_hex(16)
        with self.lock:
            person = self.people.setdefault(user_id, Person(user_id, name, self.channels[channel].id, friend))
        if follow and friend:
            self.tell(person, "follow", reply=True, follow={"isUnblocked": False})
        return person

    def known(self, target: str, channel: str) -> Person | None:
        """The user, group or room of that id, if it is one of this channel's."""
        person = self.people.get(target)
        return person if person and person.channel == channel else None

    def reaches(self, person: Person) -> bool:
        """Does what is pushed to this person arrive? LINE says 200 in either case."""
        if person.blocked:
            return False
        recent = person.last_said is not None and self.now() <= person.last_said + NON_FRIEND_PUSH
        return person.friend or recent

    def changed(self, person: Person) -> None:
        person.version += 1
        self.lock.notify_all()

    # --- what stands in a chat ------------------------------------------------------------------

    def show(self, person: Person, message: Json) -> str:
        """Put a bot's message into the chat; the loading indicator goes away. Returns the message id."""
        message_id = self.new_id()
        if not person.blocked:
            entry = self.append(person, "bot", str(message.get("type", "")), message_text(message), message)
            entry.buttons, entry.quick = message_buttons(message), quick_buttons(message)
            entry.message_id = message_id
            person.loading_until = 0.0
        return message_id

    def append(self, person: Person, sender: str, kind: str, text: str, raw: Json) -> Entry:
        at = self.now().astimezone(TOKYO).isoformat(timespec="seconds")
        entry = Entry(len(person.entries) + 1, sender, kind, text, at, raw)
        person.entries.append(entry)
        self.changed(person)
        return entry

    def new_id(self) -> str:
        return str(next(self._ids))

    # --- webhooks -------------------------------------------------------------------------------

    def tell(
        self, person: Person, kind: str, *, reply: bool, bubble: tuple[str, str] | None = None, **fields: Any
    ) -> tuple[webhook.Event, Entry | None]:
        """Send one event of this person to the bot; `bubble` is kind and text of what the chat shows."""
        with person.order:
            event = webhook.event(kind, self.now(), source_of(person), **fields)
            if reply:
                event["replyToken"] = secrets.token_hex(16)
            entry = self._bubble(person, bubble, event)
            delivery = self.deliver(person.channel, [event])
            if entry and delivery.ok:
                with self.lock:
                    entry.read = True
                    self.changed(person)
        return event, entry

    def tell_failed_link(self, person: Person, nonce: str) -> None:
        """A linking that failed: LINE says neither whose it was nor gives a way to answer."""
        failed = webhook.event("accountLink", self.now(), None, link={"result": "failed", "nonce": nonce})
        with person.order:
            self.deliver(person.channel, [failed])

    def _bubble(self, person: Person, bubble: tuple[str, str] | None, event: webhook.Event) -> Entry | None:
        with self.lock:
            person.last_event = event["webhookEventId"]
            if bubble is None:
                return None
            entry = self.append(person, "person", *bubble, event)
            entry.event, entry.message_id = event["webhookEventId"], event.get("message", {}).get("id")
            return entry

    def deliver(self, channel: str, events: list[Any], attempt: int = 0) -> webhook.Delivery:
        """Open the reply tokens, send, and write down how it went; a failure is repeated if switched on."""
        with self.lock:
            for event in events:
                if isinstance(event, dict):
                    self._remember(channel, event)
        delivery = webhook.deliver(self.channels[channel], self.webhooks[channel], events)
        with self.lock:
            self.deliveries.append(
                {
                    "n": len(self.deliveries) + 1,
                    "channel": channel,
                    "status": delivery.status,
                    "reason": delivery.reason,
                    "ms": delivery.milliseconds,
                    "detail": delivery.detail,
                    "events": [
                        event.get("webhookEventId") if isinstance(event, dict) else None for event in events
                    ],
                }
            )
        if not delivery.ok and channel in self.redelivering and attempt < len(REDELIVERY_SECONDS):
            self._deliver_later(channel, events, attempt)
        return delivery

    def _deliver_later(self, channel: str, events: list[Any], attempt: int) -> None:
        again = [webhook.redelivered(each) if isinstance(each, dict) else each for each in events]
        timer = threading.Timer(REDELIVERY_SECONDS[attempt], self.deliver, (channel, again, attempt + 1))
        timer.daemon = True
        timer.start()

    def _remember(self, channel: str, event: webhook.Event) -> None:
        target = target_of(event)
        if isinstance(event.get("webhookEventId"), str):
            self.sent.setdefault(event["webhookEventId"], Sent(channel, target, event))
        if target and isinstance(event.get("replyToken"), str):
            self.replies.open(event["replyToken"], channel, target, self.now())

    # --- quota ----------------------------------------------------------------------------------

    def count(self, channel: str, people: int) -> bool:
        """Count messages that reach so many people; False when the month's limit does not allow them."""
        month = self.now().astimezone(TOKYO).strftime("%Y-%m")
        limit, used = self.limits[channel], self.used.get((channel, month), 0)
        if limit is not None and used + people > limit:
            return False
        self.used[channel, month] = used + people
        return True

    def consumption(self, channel: str) -> int:
        return self.used.get((channel, self.now().astimezone(TOKYO).strftime("%Y-%m")), 0)


def source_of(person: Person) -> dict[str, str]:
    return {"type": person.kind, f"{person.kind}Id": person.user_id}


def target_of(event: webhook.Event) -> str | None:
    """The chat that an event comes from: its group or room, else its user."""
    source = event.get("source")
    if not isinstance(source, dict):
        return None
    target = source.get("groupId") or source.get("roomId") or source.get("userId")
    return target if isinstance(target, str) else None
