"""Webhook events: how they are made, signed, delivered within two seconds, and delivered again."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from .people import Channel

Event = dict[str, Any]
TIME_LIMIT = 2.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Delivery:
    """One attempt; `reason` is LINE's word for what went wrong, empty on success."""

    status: int | None
    reason: str
    milliseconds: int
    detail: str = ""

    @property
    def ok(self) -> bool:
        return not self.reason


def deliver(channel: Channel, url: str, events: Sequence[Any]) -> Delivery:
    """POST the events to the bot, signed over exactly the bytes that are sent."""
    body = json.dumps(
        {"destination": channel.bot_user_id, "events": list(events)}, ensure_ascii=False
    ).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "LineBotWebhook/2.0",
        "x-line-signature": sign(channel.secret, body),
    }
    started = time.monotonic()
    status, reason, detail = post(url, body, headers)
    spent = time.monotonic() - started
    if not reason and spent > TIME_LIMIT:
        reason = "request_timeout"
    return Delivery(status, reason, round(spent * 1000), detail)


def sign(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int | None, str, str]:
    """Status, reason of failure, detail. Nothing leaves this machine."""
    if not is_loopback(url):
        return None, "could_not_connect", "not a loopback address"
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(url, data=body, headers=headers, timeout=TIME_LIMIT, allow_redirects=False)
    except requests.Timeout as error:
        return None, "request_timeout", str(error)
    except requests.ConnectionError as error:
        return None, "could_not_connect", str(error)
    except requests.RequestException as error:
        return None, "unclassified", str(error)
    ok = 200 <= answer.status_code < 300
    return answer.status_code, "" if ok else "error_status_code", answer.text[:200]


def is_loopback(url: str) -> bool:
    return host_of(url) in LOOPBACK


def host_of(url: str) -> str:
    """The machine that an address names; empty when it is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def event(kind: str, now: datetime, source: dict[str, str] | None, **fields: Any) -> Event:
    """The properties that every event has, and those of its kind."""
    event: Event = {"type": kind, "mode": "active", "timestamp": milliseconds(now)}
    if source:
        event["source"] = source
    event["webhookEventId"] = ulid(now)
    event["deliveryContext"] = {"isRedelivery": False}
    return {**event, **fields}


def redelivered(event: Event) -> Event:
    """The same event with nothing changed but the flag."""
    context = event.get("deliveryContext")
    return {
        **event,
        "deliveryContext": {**(context if isinstance(context, dict) else {}), "isRedelivery": True},
    }


def milliseconds(now: datetime) -> int:
    return round(now.timestamp() * 1000)


def ulid(now: datetime) -> str:
    """48 bits of time and 80 of chance in 26 letters that sort by time."""
    number = milliseconds(now) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
