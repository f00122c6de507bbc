"""Photos: fetched and read outside any transaction, then answered in the person's order."""

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from bot.dispatch import Bot
from bot.events import Event
from bot.line import CONTENT_BYTES, Line, LineUnavailable
from bot.outbox import BACKOFF, Sender, backoff
from bot.parts import StoredPhoto
from bot.questions import SentPicture
from models.base import Database
from models.conversation import Conversation, StoredEvent

LOOK_EVERY = 1.0  # seconds
LEASE = timedelta(seconds=60)
TOO_LARGE = "画像が大きすぎます（10MBまで）。小さくして、もう一度お送りください。"
BROKEN = "この画像は開けませんでした。JPEGかPNGの画像を、もう一度お送りください。"

Fitted = tuple[bytes, str, int, int]  # a picture's bytes, their type, its width and height

log = logging.getLogger(__name__)


@dataclass
class PhotoReader:
    """A worker for stored photos. `read_codes` raises ValueError for what is no readable picture.

    `fit` makes a photo that a step has asked for fit LINE's limits, or says why that cannot be."""

    database: Database
    bots: Mapping[str, Bot[Any]]
    lines: Mapping[str, Line]
    sender: Sender
    clock: Callable[[], datetime]
    read_codes: Callable[[bytes], Sequence[str]]
    fit: Callable[[bytes], Fitted | str]
    _stop: threading.Event = field(default_factory=threading.Event)
    _nudge: threading.Event = field(default_factory=threading.Event)
    _busy: bool = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="photos", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self._nudge.set()

    def nudge(self) -> None:
        self._busy = True
        self._nudge.set()

    def is_quiet(self) -> bool:
        return not self._busy

    def _run(self) -> None:
        while not self._stop.is_set():
            self._nudge.clear()
            try:
                while (row := self._next()) is not None:
                    self._answer(row)
            except Exception:
                log.exception("a stored photo could not be answered")  # its lease ends, it comes again
            self._busy = self._nudge.is_set()
            self._nudge.wait(LOOK_EVERY)

    def _next(self) -> Row[Any] | None:
        """The oldest waiting photo, held for a minute so that no other worker takes it."""
        now = self.clock()
        waiting = (
            select(
                StoredEvent.id,
                StoredEvent.branch,
                StoredEvent.chat_id,
                StoredEvent.turn,
                StoredEvent.message_id,
                StoredEvent.event,
                StoredEvent.tries,
                StoredEvent.received_at,
                Conversation.user_id,
            )
            .join(Conversation, Conversation.id == StoredEvent.chat_id)
            .where(StoredEvent.branch.in_(self.lines), StoredEvent.due_at <= now)
            .order_by(StoredEvent.id)
            .limit(1)
        )

        with self.database.reading() as db:
            if db.execute(waiting).first() is None:
                return None

        def take(db: Any) -> Row[Any] | None:
            locked = waiting.with_for_update(skip_locked=True, of=StoredEvent)
            row: Row[Any] | None = db.execute(locked).one_or_none()
            if row is not None:
                held = update(StoredEvent).where(StoredEvent.id == row.id)
                db.execute(held.values(due_at=now + LEASE, tries=row.tries + 1))
            return row

        return self.database.run(take)

    def _answer(self, row: Row[Any]) -> None:
        is_wanted = json.loads(row.event).get("wanted")
        if row.tries >= len(BACKOFF):  # it ended whoever read it
            return self._reply(row, (), SentPicture(problem=BROKEN) if is_wanted else None)
        line = self.lines[row.branch]
        line.show_loading(row.user_id)
        try:
            data = line.content(row.message_id)
        except LineUnavailable as error:
            log.warning("photo of event row %s: %s", row.id, error)
            if row.tries < len(BACKOFF) - 1:
                return self._later(row)
            data = None
        if data is not None and is_wanted:
            self._reply(row, (), self._fitted(data))
        else:
            self._reply(row, self._codes(data))

    def _fitted(self, data: bytes) -> SentPicture:
        if len(data) > CONTENT_BYTES:
            return SentPicture(problem=TOO_LARGE)
        try:
            fitted = self.fit(data)
        except Exception:
            log.exception("a picture broke its reader")
            fitted = BROKEN
        return SentPicture(problem=fitted) if isinstance(fitted, str) else SentPicture(*fitted)

    def _codes(self, data: bytes | None) -> Sequence[str] | None:
        if data is None:
            return None
        try:
            return self.read_codes(data) if len(data) <= CONTENT_BYTES else ()
        except ValueError:
            return ()
        except Exception:
            log.exception("a picture broke its reader")
            return ()

    def _reply(self, row: Row[Any], codes: Sequence[str] | None, picture: SentPicture | None = None) -> None:
        kept = json.loads(row.event)
        event = Event(kept["id"], "photo", row.user_id, kept["reply_token"], received_at=row.received_at)
        photo = StoredPhoto(row.user_id, event, row.turn, codes, picture)
        now = self.clock()

        def work(db: Any) -> Any:
            if db.execute(delete(StoredEvent).where(StoredEvent.id == row.id)).rowcount == 0:
                return None  # taken back by its writer
            return self.bots[row.branch].photo(db, photo, now, self.sender.name)

        self.database.share(work, self.sender.hand_over)

    def _later(self, row: Row[Any]) -> None:
        due = self.clock() + timedelta(seconds=backoff(row.tries))
        self.database.run(
            lambda db: db.execute(update(StoredEvent).where(StoredEvent.id == row.id).values(due_at=due))
        )
