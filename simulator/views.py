"""What the control interface shows of channels, people, chats and acts, as JSON values."""

from typing import Any

from . import scan
from .actions import Outcome
from .browser import Visit
from .chat import Button, Entry
from .people import Channel, Person, Poster
from .platform import Platform
from .screen import menu_buttons, menu_of

Shown = dict[str, Any]


def channel(platform: Platform, channel: Channel) -> Shown:
    friends = [each for each in platform.people.values() if each.channel == channel.id and each.friend]
    return {
        "id": channel.id,
        "name": channel.name,
        "friends": len(friends),
        "webhook": platform.webhooks[channel.id],
        "secret": channel.secret,
        "basic_id": channel.basic_id,
    }


def person(person: Person) -> Shown:
    return {
        "user_id": person.user_id,
        "name": person.name,
        "channel": person.channel,
        "friend": person.friend,
        "blocked": person.blocked,
        "last": len(person.entries),
    }


def chat(platform: Platform, person: Person, after: int) -> Shown:
    """The whole screen: entries after `after`, and what stands around them now."""
    with platform.lock:
        return {
            "entries": [entry(person, each) for each in person.entries[max(after, 0) :]],
            "loading": platform.monotonic() < person.loading_until,
            "menu": menu(platform, person),
            "quick": [
                {"label": each.label, "type": each.type, "image": each.image} for each in person.quick()
            ],
            "draft": person.draft,
            "blocked": person.blocked,
            "friend": person.friend,
            "version": person.version,
        }


def entry(person: Person, entry: Entry) -> Shown:
    """An entry with its buttons; quick replies stand behind them as long as they are on the screen."""
    live = person.quick() if entry.n == len(person.entries) else []
    return {
        "n": entry.n,
        "from": entry.sender,
        "kind": entry.kind,
        "text": entry.text,
        "buttons": [*map(button, entry.buttons), *({**button(each), "quick": True} for each in live)],
        "event": entry.event,
        "at": entry.at,
        "raw": entry.raw,
        "read": entry.read,
        "image": entry.image,
    }


def button(button: Button) -> Shown:
    return {"label": button.label, "type": button.type, "data": button.data, "uri": button.action.get("uri")}


def menu(platform: Platform, person: Person) -> Shown | None:
    found = menu_of(platform, person)
    if found is None:
        return None
    pairs = zip(found["areas"], menu_buttons(platform, person), strict=True)
    areas = [
        {
            "bounds": area["bounds"],
            "label": each.label,
            "type": each.type,
            "uri": each.action.get("uri"),
            "action": each.action,
        }
        for area, each in pairs
    ]
    return {
        "chatBarText": found["chatBarText"],
        "size": found["size"],
        "image": f"/sim/menus/{found['richMenuId']}",
        "areas": areas,
    }


def outcome(person: Person, outcome: Outcome) -> Shown:
    return {"messages": [entry(person, each) for each in outcome.messages], "event": outcome.event}


def visit(person: Person, visit: Visit) -> Shown:
    shown = {"url": visit.url, "status": visit.status, "html": visit.html, "draft": visit.draft}
    number = {"number": visit.number} if visit.number else {}
    return {**shown, **number, **outcome(person, visit.outcome)}


def facility(poster: Poster) -> Shown:
    return {
        "code": poster.code,
        "name": poster.name,
        "url": poster.url,
        "qr": scan.data_uri(scan.draw_code(poster.url)),
    }
