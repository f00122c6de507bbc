"""LINE's webhook events, read from raw JSON: what is unknown or missing never loses the rest."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MAX_EVENT_ID = 64


@dataclass(frozen=True)
class Event:
    """One event as the conversation needs it; texts are empty where LINE sent none."""

    id: str
    kind: str  # follow unfollow text photo sticker message press linked unsend join other
    user_id: str = ""
    reply_token: str | None = None
    text: str = ""  # what was typed, a button's data, a picked date (kind press), a nonce (kind linked)
    picked: str = ""
    message_id: str = ""
    in_group: bool = False
    standby: bool = False
    ok: bool = True
    received_at: datetime | None = None  # where it was stored first; else it is received now


def read(raw: object) -> Event:
    """The event; `kind` is "other" for whatever is not ours to answer."""
    event = _mapping(raw)
    source = _mapping(event.get("source"))
    common = {
        "id": _id(event, raw),
        "user_id": _text(source.get("userId")),
        "reply_token": _text(event.get("replyToken")) or None,
        "in_group": source.get("type") in ("group", "room"),
        "standby": event.get("mode") == "standby",
    }
    return Event(**common, **_content(event))  # type: ignore[arg-type]


def _content(event: dict[str, Any]) -> dict[str, Any]:
    match event.get("type"):
        case "message":
            return _message(_mapping(event.get("message")))
        case "postback":
            postback = _mapping(event.get("postback"))
            params = _mapping(postback.get("params"))
            picked = next((_text(params[key]) for key in ("date", "datetime", "time") if key in params), "")
            return {"kind": "press", "text": _text(postback.get("data")), "picked": picked}
        case "accountLink":
            link = _mapping(event.get("link"))
            return {"kind": "linked", "text": _text(link.get("nonce")), "ok": link.get("result") == "ok"}
        case "unsend":
            return {"kind": "unsend", "message_id": _text(_mapping(event.get("unsend")).get("messageId"))}
        case "follow" | "unfollow" | "join" as kind:
            return {"kind": kind}
    return {"kind": "other"}


def _message(message: dict[str, Any]) -> dict[str, Any]:
    message_id = _text(message.get("id"))
    match message.get("type"):
        case "text" if _text(message.get("text")):
            return {"kind": "text", "text": message["text"], "message_id": message_id}
        case "image" if message_id:
            return {"kind": "photo", "message_id": message_id}
        case "sticker":
            return {"kind": "sticker", "message_id": message_id}
    return {"kind": "message", "message_id": message_id}


def _id(event: dict[str, Any], raw: object) -> str:
    given = _text(event.get("webhookEventId"))
    if given and len(given) <= MAX_EVENT_ID:
        return given
    # Without an id of LINE's the event's own words are its identity.
    return hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    # A lone surrogate cannot be stored in any database.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
