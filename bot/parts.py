"""What a branch's bot is made of: its flows, and what it is given to understand, link, read and tell."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Generic, Protocol

from sqlalchemy import Connection

from bot.events import Event
from bot.flow import Chat, Flow, World
from bot.messages import Card, Message, Opener, Reply
from bot.questions import SentPicture
from bot.reserved import Reserved
from bot.walk import Counter, Observer, Walk, uncounted, unobserved


class Understanding(Protocol[World]):
    """What a text means beyond the present step: guards, commands, questions."""

    def guard(self, text: str) -> Reply | None: ...
    def personal(self, chat: Chat[World], text: str) -> Reply | None:
        """What is told of numbers that belong on the linking page, where a text is nothing else."""

    def command(self, text: str, now: datetime) -> Opener | None: ...
    def wish(self, text: str, now: datetime) -> str | Opener | None:
        """A way or an opener, asked for in a wording like those that are known."""

    def follows_up(self, chat: Chat[World], text: str) -> bool:
        """Whether a text that names nothing can only be asked of what is talked about: it orders nothing then."""

    def ask(self, chat: Chat[World], text: str, step: str | None, again: bool) -> Reply | Opener: ...
    def forget(self, db: Connection, branch: str, message_id: str) -> None: ...


class Linking(Protocol[World]):
    """What an account link means; `user_of` finds the chat of a failed one, which names nobody."""

    def user_of(self, db: Connection, branch: str, nonce: str) -> str | None: ...
    def finish(self, chat: Chat[World], nonce: str, ok: bool) -> str:
        """Makes the link; says why it could not be made, nothing when it stands."""


@dataclass(frozen=True)
class Codes:
    """What printed codes mean: the opener a code stands for, and how to send one."""

    read: Callable[[str], Opener | None]
    how: str


def nobody(db: Connection, chat_id: int) -> Collection[str]:
    """No chat has a role."""
    return ()


def no_invitation(text: str) -> Opener | None:
    """No text is an invitation."""
    return None


def not_there(db: Connection, chat_id: int, flow: Flow[World]) -> Card | None:
    """A flow that is not for somebody does not exist for them."""
    return None


def nothing_rides(db: Connection, chat_id: int, now: datetime) -> Message | None:
    """Nothing waits for a word of the person."""
    return None


@dataclass
class Parts(Generic[World]):
    """What a branch's bot is made of: its flows, and what it understands."""

    branch: str
    flows: dict[str, Flow[World]]
    world: World
    understanding: Understanding[World]
    linking: Linking[World]
    codes: Codes | None  # None where nothing is printed: photos are of no use there
    observe: Observer = unobserved
    roles: Callable[[Connection, int], Collection[str]] = nobody  # of the person of a chat
    invited: Callable[[str], Opener | None] = no_invitation  # the opener that a one-time code stands for
    count: Counter = uncounted
    riding: Callable[[Connection, int, datetime], Message | None] = nothing_rides  # told with the next reply
    # What somebody reads of a flow that is for others, or is for them no more; None: it does not exist.
    closed: Callable[[Connection, int, Flow[World]], Card | None] = not_there

    def scan(self, text: str) -> Opener | None:
        return self.invited(text) or (self.codes.read(text) if self.codes else None)

    def no_entry(self, walk: Walk[World], flow: str) -> Card | None:
        """What is told of a flow of another role, to who may know of it; for everybody else it does not exist."""
        if flow in walk.flows or flow not in self.reserved:
            return None
        return self.closed(walk.db, walk.chat_id, self.flows[flow])

    @cached_property
    def reserved(self) -> Reserved:
        """What opens the flows that are only for some."""
        return Reserved(
            (words, flow.name) for flow in self.flows.values() if flow.only_for for words in flow.opens_with
        )


@dataclass(frozen=True)
class StoredPhoto:
    """A photo whose bytes have been read: the codes found on it, None when it could not be had.

    `picture` holds it where a step had asked for a photo."""

    user_id: str
    event: Event
    turn: int
    codes: Sequence[str] | None
    picture: SentPicture | None = None
