"""One event in, replies out: remembered, its chat locked, its reaction run, its messages owed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot import flex
from bot.events import Event
from bot.flow import World
from bot.messages import Text
from bot.parts import Parts, StoredPhoto
from bot.visit import Visit
from bot.words import normalise
from models import conversation, outbox
from models.conversation import LoadedChat
from models.outbox import Owed

SILENT = ("unsend", "unfollow")  # events that are nobody's message: they do not end a pause
GROUP = (
    "お一人おひとりの情報を守るため、グループではご案内できません。"
    "このアカウントを友だちに追加して、1対1のトークでお使いください。"
)


@dataclass
class Bot(Parts[World]):
    """A branch's bot."""

    def handle(self, db: Connection, event: Event, now: datetime, sender: str | None = None) -> Owed | None:
        """Does all that the event means, in this transaction; the messages owed for it, if any."""
        if not conversation.first_time(db, self.branch, event.id, now):
            return None
        if event.standby or event.kind == "other":
            return None  # another module has the chat, or the event is not a talk
        if event.in_group:
            return self._in_group(db, event, now, sender)
        user_id = event.user_id
        if event.kind == "linked" and not user_id:
            user_id = self.linking.user_of(db, self.branch, event.text) or ""
        if not user_id:
            return None
        loaded = conversation.load(db, self.branch, user_id, now)
        visit = Visit(self, db, loaded, event, now)
        visit.react()
        return self._finish(db, loaded, visit, user_id, sender)

    def photo(
        self, db: Connection, stored: StoredPhoto, now: datetime, sender: str | None = None
    ) -> Owed | None:
        """The second half of a photo's event, once its bytes have been read."""
        loaded = conversation.load(db, self.branch, stored.user_id, now)
        visit = Visit(self, db, loaded, stored.event, now)
        visit.photo(stored)
        return self._finish(db, loaded, visit, stored.user_id, sender)

    def _finish(
        self, db: Connection, loaded: LoadedChat, visit: Visit[World], user_id: str, sender: str | None
    ) -> Owed | None:
        """Keeps where the chat stands, and owes what was said."""
        kind, now = visit.event.kind, visit.now
        blocked = kind == "unfollow" or (loaded.blocked and kind == "unsend")
        seen_at = loaded.updated_at if kind in SILENT else now
        conversation.save(db, loaded.id, visit.place, blocked=blocked, now=seen_at)
        if not visit.messages:
            return None
        owed = outbox.add(
            db,
            branch=self.branch,
            chat_id=loaded.id,
            user_id=user_id,
            subject=visit.subject,
            messages=flex.written(visit.messages),
            now=now,
            received_at=visit.event.received_at,
            reply_token=visit.event.token_at(now),
            claim_for=sender,
        )
        if not (owed.others_wait and owed.reply_token):
            return owed
        return outbox.take_aboard(db, owed, visit.room(len(visit.messages)), now)

    def _in_group(self, db: Connection, event: Event, now: datetime, sender: str | None) -> Owed | None:
        """Personal matters have no place in a group: one sentence when called, silence otherwise."""
        text = normalise(event.text)
        called = event.kind == "join" or (
            event.kind == "text" and (self.scan(text) or self.understanding.command(text, now))
        )
        token = event.token_at(now)
        if not called or not token:
            return None
        loaded = conversation.load(db, self.branch, event.user_id or "group", now)
        return outbox.add(
            db,
            branch=self.branch,
            chat_id=loaded.id,
            user_id=event.user_id,
            subject="ご案内",
            messages=flex.written([flex.render(Text(GROUP), None)]),
            now=now,
            reply_token=token,
            claim_for=sender,
        )
