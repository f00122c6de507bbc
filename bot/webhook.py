"""The webhook: signature, raw JSON, each event in its own transaction, then 200."""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Generic, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_input_stream

from bot.dispatch import Bot
from bot.events import read
from bot.flow import World
from bot.line import Line
from bot.outbox import Sender
from models.base import Database

MAX_BODY = 4_000_000
PATH = "/webhook/"

EVENTS = Counter("kyosai_events_total", "Webhook events handled", ["branch", "kind"])
FORGED = Counter("kyosai_webhook_refused_total", "Webhooks refused", ["reason"])

log = logging.getLogger(__name__)


@dataclass
class Channel(Generic[World]):
    """One association's channel: its LINE, its bot. The bot's user id is learnt from LINE, and then held to."""

    bot: Bot[World]
    line: Line
    bot_user_id: str = ""


@dataclass
class Webhook(Generic[World]):
    """Takes LINE's webhooks for all channels."""

    channels: dict[str, Channel[World]]
    database: Database
    sender: Sender
    clock: Callable[[], datetime]
    photo_waits: Callable[[], None] = lambda: None
    _under_way: int = 0
    _count_lock: threading.Lock = field(default_factory=threading.Lock)

    def is_quiet(self) -> bool:
        """True when no webhook is being handled, whether LINE still waits for its answer or not."""
        return self._under_way == 0

    def receive(self, branch: str, body: bytes, signature: str | None) -> int:
        """Handles one webhook and returns the HTTP status: 200 = all its events are safe with us."""
        self._count(1)
        try:
            return self._received(branch, body, signature)
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._count_lock:
            self._under_way += more

    def refused_unread(self, branch: str, signature: str | None) -> int:
        """The HTTP status for whom no body is waited for: an unknown branch, no signature; 0 for all others."""
        if branch not in self.channels:
            return 404
        if not signature:
            FORGED.labels("signature").inc()
            return 401
        return 0

    def _received(self, branch: str, body: bytes, signature: str | None) -> int:
        if status := self.refused_unread(branch, signature):
            return status
        channel = self.channels[branch]
        if not channel.line.is_signed(body, signature):
            FORGED.labels("signature").inc()
            return 401
        try:
            content = json.loads(body)
            events = content.get("events", [])
            destination = content.get("destination")
        except (ValueError, AttributeError, RecursionError):
            FORGED.labels("json").inc()
            return 400
        if not isinstance(events, list):
            FORGED.labels("json").inc()
            return 400
        if channel.bot_user_id and destination != channel.bot_user_id:
            FORGED.labels("destination").inc()
            return 400
        stored = [self._one(branch, channel.bot, raw) for raw in events]
        return 200 if all(stored) else 503

    def _one(self, branch: str, bot: Bot[World], raw: Any) -> bool:
        """One event, one transaction; False when it could not be stored, so that LINE may send it again."""
        event = read(raw)
        EVENTS.labels(branch, event.kind).inc()
        try:
            self.database.share(
                lambda db: bot.handle(db, event, self.clock(), self.sender.name), self.sender.hand_over
            )
        except SQLAlchemyError as error:
            log.error("event %s could not be stored: %s", event.id, type(error).__name__)
            return False
        except Exception:
            # Nothing of it is kept; or all is, and what it owes is sent by whoever finds it after its lease.
            log.exception("event %s failed outside its step", event.id)
            return False
        if event.kind == "photo":
            self.photo_waits()
        return True


def blueprint(webhook: Webhook[Any]) -> Blueprint:
    """POST /webhook/<branch>, answered before Flask and what protects the pages: LINE's signature protects it."""
    pages = Blueprint("webhook", __name__)

    @pages.record_once
    def put_in_front(state: BlueprintSetupState) -> None:
        app = cast(Flask, state.app)
        app.wsgi_app = in_front(webhook, app.wsgi_app)  # type: ignore[method-assign, assignment]

    return pages


def in_front(webhook: Webhook[Any], rest: WSGIApplication) -> WSGIApplication:
    """Takes the webhooks, and leaves all other requests to `rest`."""

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(PATH):
            return _answer(webhook, environ, start)
        return rest(environ, start)

    return application


def _answer(webhook: Webhook[Any], environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    branch, signature = environ["PATH_INFO"].removeprefix(PATH), environ.get("HTTP_X_LINE_SIGNATURE")
    code = webhook.refused_unread(branch, signature)
    if not code:
        try:
            # More is answered with 413, also when its length is not told.
            body = get_input_stream(environ, max_content_length=MAX_BODY).read()
        except HTTPException as refused:
            return refused(environ, start)
        code = webhook.receive(branch, body, signature)
    status = HTTPStatus(code)
    words = b"" if status == HTTPStatus.OK else b"refused"
    kind = ("Content-Type", "text/plain; charset=utf-8")
    start(f"{status.value} {status.phrase}", [kind, ("Content-Length", str(len(words)))])
    return [words]
