"""Messages that nobody asked for just now: owed to a chat as a push, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot import flex
from bot.messages import Message
from models import outbox


def push(
    db: Connection,
    branch: str,
    chat_id: int,
    user_id: str,
    subject: str,
    messages: Sequence[Message],
    now: datetime,
    *,
    useful_until: datetime | None = None,
) -> None:
    """Owes the messages; the lock screen will show the subject and nothing else.

    What could not be sent by `useful_until` is not sent any more, and by night it waits."""
    outbox.add(
        db,
        branch=branch,
        chat_id=chat_id,
        user_id=user_id,
        subject=subject,
        messages=flex.for_push(messages, subject),
        now=now,
        useful_until=useful_until,
    )
