"""Raw events, signed and sent as they are; whoever they name becomes known to the platform."""

from typing import Any

from . import webhook
from .chat import Entry
from .people import Person
from .platform import Platform, target_of


def send(
    platform: Platform, channel: str, events: list[Any]
) -> tuple[webhook.Delivery, list[tuple[Person, Entry]]]:
    """How the delivery went, and what the bot then said to the chats that the events name."""
    with platform.lock:
        chats = [meet(platform, channel, event) for event in events if isinstance(event, dict)]
    people = {person.user_id: person for person in chats if person}
    before = {user_id: len(person.entries) for user_id, person in people.items()}
    delivery = platform.deliver(channel, events)
    platform.settled()
    with platform.lock:
        new = [
            (each, entry)
            for each in people.values()
            for entry in each.bot_entries_after(before[each.user_id])
        ]
    return delivery, new


def meet(platform: Platform, channel: str, event: dict[str, Any]) -> Person | None:
    """The chat an event comes from, made when it is new; follows, blocks and messages are taken note of."""
    target = target_of(event)
    if target is None:
        return None
    kind = {"C": "group", "R": "room"}.get(target[:1], "user")
    person = platform.people.setdefault(target, Person(target, target[:9], channel, kind=kind, listed=False))
    if event.get("type") in ("follow", "unfollow"):
        person.friend, person.blocked = event["type"] == "follow", event["type"] == "unfollow"
    if event.get("type") == "message":
        person.last_said = platform.now()
    return person
