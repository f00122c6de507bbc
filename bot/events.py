"""LINE's webhook events, read from raw JSON: what is unknown or missing never loses the rest."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LINE_KEEPS_TOKENS = timedelta(minutes=19)  # 20, says LINE
MAX_ID = 64  # longer ids than any of LINE's are no ids


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
    happened_at: float | None = None  # POSIX seconds; told of a redelivered event, whose token may be dead

    def token_at(self, now: datetime) -> str | None:
        """The reply token, unless LINE has let it die: 20 minutes after what happened."""
        life = LINE_KEEPS_TOKENS.total_seconds()
        too_old = self.happened_at is not None and now.timestamp() - self.happened_at > life
        return None if too_old else self.reply_token


def read(raw: object) -> Event:
    """The event; `kind` is "other" for whatever is not ours to answer."""
    event = _mapping(raw)
    source = _mapping(event.get("source"))
    common = {
        "id": _id(event, raw),
        "user_id": _short(source.get("userId")),
        "reply_token": _short(event.get("replyToken")) or None,
        "in_group": source.get("type") in ("group", "room"),
        "standby": event.get("mode") == "standby",
        "happened_at": _happened(event),
    }
    return Event(**common, **_content(event))  # type: ignore[arg-type]


def _content(event: dict[str, Any]) -> dict[str, Any]:
    match event.get("type"):
        case "message":
            return _message(_mapping(event.get("message")))
        case "postback":
            postback = _mapping(event.get("postback"))
            params = _mapping(postback.get("params"))
            if "status" in params:
                return {"kind": "other"}  # LINE has switched a menu's tab by itself
            picked = next((_text(params[key]) for key in ("date", "datetime", "time") if key in params), "")
            return {"kind": "press", "text": _text(postback.get("data")), "picked": picked}
        case "accountLink":
            link = _mapping(event.get("link"))
            return {"kind": "linked", "text": _text(link.get("nonce")), "ok": link.get("result") == "ok"}
        case "unsend":
            return {"kind": "unsend", "message_id": _short(_mapping(event.get("unsend")).get("messageId"))}
        case "follow" | "unfollow" | "join" as kind:
            return {"kind": kind}
    return {"kind": "other"}


def _message(message: dict[str, Any]) -> dict[str, Any]:
    message_id, text = _short(message.get("id")), _text(message.get("text"))
    match message.get("type"):
        case "text" if text:
            return {"kind": "text", "text": text, "message_id": message_id}
        case "image" if message_id:
            return {"kind": "photo", "message_id": message_id}
        case "sticker":
            return {"kind": "sticker", "message_id": message_id}
    return {"kind": "message", "message_id": message_id}


def _id(event: dict[str, Any], raw: object) -> str:
    """LINE's id; without one the event's own words are its identity, whether delivered once or again."""
    given = _short(event.get("webhookEventId"))
    if given:
        return given
    said = {key: value for key, value in event.items() if key != "deliveryContext"} if event else raw
    return hashlib.sha256(_words(said).encode()).hexdigest()


def _happened(event: dict[str, Any]) -> float | None:
    when, again = event.get("timestamp"), _mapping(event.get("deliveryContext")).get("isRedelivery")
    return when / 1000 if again is True and isinstance(when, int) and abs(when) < 10**15 else None


def _words(value: object) -> str:
    try:
        return json.dumps(value, sort_keys=True)
    except RecursionError:
        return "too deep"  # nothing of LINE's nests like this


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _short(value: object) -> str:
    text = _text(value)
    return text if len(text) <= MAX_ID else ""


def _text(value: object) -> str:
    # Neither a lone surrogate nor a NUL can be stored in every database.
    return value.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(value, str) else ""
