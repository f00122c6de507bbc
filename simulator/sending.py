"""Reply, push, multicast and broadcast: who gets what, what is counted, what is refused."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from .chat import Json
from .errors import LineError, invalid, wrong_property
from .message_limits import checked
from .people import Person
from .platform import Platform
from .tokens import Accepted

Answer = dict[str, Any]
MULTICAST_PEOPLE = 500
QUOTABLE = frozenset({"text", "textV2", "sticker", "image", "video", "flex", "template"})
RETRY_KEY = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
TARGET = re.compile(r"[UCR][0-9a-f]{32}")


def reply(platform: Platform, channel: str, body: Json) -> Answer:
    """Free; the token is spent only by a request that is otherwise right."""
    messages = checked(body.get("messages"))
    token = body.get("replyToken")
    if not isinstance(token, str) or not token:
        raise invalid([{"message": "May not be empty", "property": "replyToken"}])
    target = platform.replies.use(token, channel, platform.now())
    person = platform.known(target, channel) if target else None
    if person is None:
        raise LineError(400, "Invalid reply token")
    return {"sentMessages": deliver(platform, person, messages)}


def push(platform: Platform, channel: str, body: Json) -> Answer:
    messages, target = checked(body.get("messages")), body.get("to")
    if not isinstance(target, str) or not target:
        raise invalid([{"message": "May not be empty", "property": "to"}])
    if not TARGET.fullmatch(target):
        raise wrong_property("'to'")
    person = platform.known(target, channel)
    if person is None:
        raise LineError(400, "Failed to send messages")
    reached = [person] if platform.reaches(person) else []
    count(platform, channel, reached)
    return {"sentMessages": deliver(platform, person, messages, arrives=bool(reached))}


def multicast(platform: Platform, channel: str, body: Json) -> Answer:
    """All or nobody: one id that this channel does not know refuses the whole request."""
    messages, targets = checked(body.get("messages")), body.get("to")
    if not isinstance(targets, list) or not 1 <= len(targets) <= MULTICAST_PEOPLE:
        raise invalid([{"message": f"Size must be between 1 and {MULTICAST_PEOPLE}", "property": "to"}])
    people = [user(platform, channel, target, at) for at, target in enumerate(targets)]
    return to_many(platform, channel, list({person.user_id: person for person in people}.values()), messages)


def broadcast(platform: Platform, channel: str, body: Json) -> Answer:
    messages = checked(body.get("messages"))
    friends = [each for each in platform.people.values() if each.channel == channel and each.kind == "user"]
    return to_many(platform, channel, [each for each in friends if each.friend], messages)


def to_many(platform: Platform, channel: str, people: Sequence[Person], messages: list[Json]) -> Answer:
    reached = [person for person in people if person.friend and not person.blocked]
    count(platform, channel, reached)
    for person in reached:
        deliver(platform, person, messages)
    return {}


def once(
    platform: Platform, channel: str, key: str | None, request_id: str, send: Callable[[], Answer]
) -> Answer:
    """Send unless this retry key was accepted within a day; then 409 and what was sent at that time."""
    if key is None:
        return send()
    if not RETRY_KEY.fullmatch(key):
        raise LineError(400, "The value for the 'X-Line-Retry-Key' header is invalid")
    if earlier := platform.retries.accepted(channel, key, platform.now()):
        headers = {"x-line-accepted-request-id": earlier.request_id}
        raise LineError(409, "The retry key is already accepted", sent=earlier.sent, headers=headers)
    answer = send()
    accepted = Accepted(request_id, platform.now(), answer.get("sentMessages"))
    platform.retries.remember(channel, key, accepted)
    return answer


def user(platform: Platform, channel: str, target: object, at: int) -> Person:
    person = platform.known(target, channel) if isinstance(target, str) else None
    if person is None or person.kind != "user":
        raise wrong_property(f"to[{at}]")
    return person


def count(platform: Platform, channel: str, reached: Sequence[Person]) -> None:
    if not platform.count(channel, len(reached)):
        raise LineError(429, "You have reached your monthly limit.")


def deliver(
    platform: Platform, person: Person, messages: Sequence[Json], arrives: bool = True
) -> list[dict[str, str]]:
    return [sent_message(platform, person, message, arrives) for message in messages]


def sent_message(platform: Platform, person: Person, message: Json, arrives: bool) -> dict[str, str]:
    message_id = platform.show(person, message) if arrives else platform.new_id()
    sent = {"id": message_id}
    if message.get("type") in QUOTABLE:
        sent["quoteToken"] = f"q{message_id}"
    return sent
