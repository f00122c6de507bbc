"""Messages for many: rendered once, owed to any number of chats, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot import flex
from bot.messages import Message
from models import mailing
from models.mailing import Purpose


def mail(
    db: Connection,
    *,
    branch: str,
    purpose: Purpose,
    about: str,
    subject: str,
    messages: Sequence[Message],
    now: datetime,
    useful_until: datetime | None = None,
) -> int:
    """A mailing to which chats are added by `models.mailing.add_batches`; the lock screen shows the subject alone.

    What is about the same, for the same purpose, is one mailing, as it was first made. What could not be sent
    by `useful_until` is not sent any more."""
    return mailing.create(
        db,
        branch=branch,
        purpose=purpose,
        about=about,
        subject=subject,
        messages=flex.for_push(messages, subject),
        now=now,
        useful_until=useful_until,
    )
