"""What a person does on the phone; each act tells the bot and returns the bot's new entries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from . import webhook
from .action_limits import picked
from .chat import Button, Entry, Json
from .errors import Impossible
from .people import Person
from .platform import Content, Platform
from .screen import Aim, find

INSTEAD = {"uri": "open", "datetimepicker": "pick", "camera": "photo", "cameraRoll": "photo"}
QUICK_STAYS = frozenset({"camera", "cameraRoll", "datetimepicker", "location"})
STICKER = {"packageId": "446", "stickerId": "1988"}


@dataclass(frozen=True)
class Outcome:
    """What came of an act: the bot's new entries, and the event that went out."""

    messages: list[Entry]
    event: str | None = None


def acting(platform: Platform, person: Person, act: Callable[[], webhook.Event | None]) -> Outcome:
    """Act, wait until the bot is quiet, and collect what it said meanwhile."""
    before = len(person.entries)
    event = act()
    platform.settled()
    with platform.lock:
        new = person.bot_entries_after(before)
    return Outcome(new, event["webhookEventId"] if event else None)


def say(platform: Platform, person: Person, text: str) -> Outcome:
    can_send(person)
    if not text:
        raise Impossible(400, "text is empty")
    return acting(platform, person, lambda: send_text(platform, person, text))


def send_text(platform: Platform, person: Person, text: str) -> webhook.Event:
    person.draft = ""
    return send_message(platform, person, ("text", text), {"type": "text", "text": text})


def send_message(
    platform: Platform, person: Person, bubble: tuple[str, str], message: Json, content: Content | None = None
) -> webhook.Event:
    """A message of the person, with the tokens that LINE adds to it."""
    message_id = platform.new_id()
    read_token = f"r{message_id}"
    with platform.lock:
        person.last_said = platform.now()
        platform.read_tokens[read_token] = (person.user_id, message_id)
        if content:
            platform.contents[message_id] = content
    full = {**message, "id": message_id, "quoteToken": f"q{message_id}", "markAsReadToken": read_token}
    event, entry = platform.tell(person, "message", reply=True, bubble=bubble, message=full)
    if entry and content:
        entry.image = f"/sim/media/{message_id}"
    return event


def tap(platform: Platform, person: Person, aim: Aim) -> Outcome:
    return press(platform, person, *find(platform, person, aim))


def press(platform: Platform, person: Person, button: Button, quick: bool) -> Outcome:
    if button.type in INSTEAD:
        raise Impossible(409, f"this is a {button.type} button: use {INSTEAD[button.type]}")
    can_send(person)
    spend_quick(platform, person, button, quick)
    return acting(platform, person, lambda: perform(platform, person, button.action))


def spend_quick(platform: Platform, person: Person, button: Button, quick: bool) -> None:
    if quick and button.type not in QUICK_STAYS:
        with platform.lock:
            person.quick_spent = len(person.entries)
            platform.changed(person)


def perform(platform: Platform, person: Person, action: Json) -> webhook.Event | None:
    kind = action.get("type")
    if kind == "postback":
        return post_back(platform, person, action)
    if kind == "message":
        return send_text(platform, person, str(action["text"]))
    if kind == "richmenuswitch":
        return switch_menu(platform, person, action)
    if kind == "location":
        return send_location(platform, person)
    return None


def post_back(platform: Platform, person: Person, action: Json) -> webhook.Event:
    """displayText stands in the chat as the person's own bubble; without it nothing is shown."""
    if action.get("fillInText") and action.get("inputOption") == "openKeyboard":
        person.draft = str(action["fillInText"])
    shown = action.get("displayText") or action.get("text")
    bubble = ("postback", str(shown)) if shown else None
    return platform.tell(person, "postback", reply=True, bubble=bubble, postback={"data": action["data"]})[0]


def switch_menu(platform: Platform, person: Person, action: Json) -> webhook.Event:
    alias, params = str(action.get("richMenuAliasId")), {"status": "SUCCESS"}
    with platform.lock:
        target = {
            each["richMenuAliasId"]: each["richMenuId"] for each in platform.menus.aliases(person.channel)
        }.get(alias)
        menu = platform.menus.find(target)
        if target is None:
            params["status"] = "RICHMENU_ALIAS_ID_NOTFOUND"
        elif menu is None:
            params["status"] = "RICHMENU_NOTFOUND"
        else:
            person.menu, params["newRichMenuAliasId"] = menu.id, alias
            platform.changed(person)
    return platform.tell(
        person, "postback", reply=True, postback={"data": action.get("data", ""), "params": params}
    )[0]


def send_location(platform: Platform, person: Person) -> webhook.Event:
    place = {
        "type": "location",
        "title": "さいたま市",
        "address": "埼玉県さいたま市浦和区高砂3-15-1",
        "latitude": 35.857,
        "longitude": 139.649,
    }
    message_id = platform.new_id()
    person.last_said = platform.now()
    bubble = ("location", f"{place['title']}\n{place['address']}")
    return platform.tell(person, "message", reply=True, bubble=bubble, message={**place, "id": message_id})[0]


def pick(platform: Platform, person: Person, aim: Aim, value: str) -> Outcome:
    button, _ = find(platform, person, aim)
    if button.type != "datetimepicker":
        raise Impossible(409, f"this is a {button.type} button, not a date picker: use tap")
    can_send(person)
    mode = str(button.action.get("mode"))
    picked = {
        "data": button.action.get("data", ""),
        "params": {mode: checked_pick(button.action, mode, value)},
    }
    return acting(platform, person, lambda: platform.tell(person, "postback", reply=True, postback=picked)[0])


def checked_pick(action: Json, mode: str, value: str) -> str:
    """The value as LINE sends it; one that the picker would not offer is refused."""
    chosen = picked(value, mode)
    if chosen is None:
        raise Impossible(400, f"{value!r} is no {mode}")
    low, high = action.get("min"), action.get("max")
    if (low and chosen < picked(low, mode)) or (high and chosen > picked(high, mode)):
        raise Impossible(400, f"{value} is not between {low or 'the first'} and {high or 'the last'}")
    return value


def photo(platform: Platform, person: Person, data: bytes) -> Outcome:
    can_send(person)
    mime = (
        "image/png" if data.startswith(b"\x89PNG") else "image/jpeg" if data.startswith(b"\xff\xd8") else ""
    )
    if not mime:
        raise Impossible(400, "a photo is a PNG or JPEG")
    message = {"type": "image", "contentProvider": {"type": "line"}}
    content = Content(person.channel, data, mime)
    return acting(platform, person, lambda: send_message(platform, person, ("image", ""), message, content))


def sticker(platform: Platform, person: Person, which: Json) -> Outcome:
    can_send(person)
    message = {"type": "sticker", **STICKER, **which, "stickerResourceType": "STATIC"}
    return acting(platform, person, lambda: send_message(platform, person, ("sticker", ""), message))


def block(platform: Platform, person: Person) -> Outcome:
    can_send(person)
    with platform.lock:
        person.blocked, person.friend, person.menu = True, False, person.menu
        platform.changed(person)
    return acting(platform, person, lambda: platform.tell(person, "unfollow", reply=False)[0])


def unblock(platform: Platform, person: Person) -> Outcome:
    """Unblocks, or makes a friend of someone who was none."""
    if person.friend:
        raise Impossible(409, "is a friend already")
    was_blocked = person.blocked
    with platform.lock:
        person.blocked, person.friend = False, True
        platform.changed(person)
    follow = {"isUnblocked": was_blocked}
    return acting(platform, person, lambda: platform.tell(person, "follow", reply=True, follow=follow)[0])


def unsend(platform: Platform, person: Person, n: int | None = None) -> Outcome:
    """Takes back a message of the person; the content cannot be fetched any more."""
    can_send(person)
    own = [
        each
        for each in person.entries
        if each.sender == "person" and each.message_id and each.kind != "unsent"
    ]
    entry = next((each for each in reversed(own) if n is None or each.n == n), None)
    if entry is None:
        raise Impossible(404, "no such message of this person")
    message_id = str(entry.message_id)
    with platform.lock:
        entry.kind, entry.text, entry.raw, entry.image = "unsent", "", {}, None
        if message_id in platform.contents:
            platform.contents[message_id].gone, platform.contents[message_id].data = True, b""
        platform.changed(person)
    taken = {"messageId": message_id}
    return acting(platform, person, lambda: platform.tell(person, "unsend", reply=False, unsend=taken)[0])


def redeliver(platform: Platform, person: Person, event: str | None = None) -> Outcome:
    """LINE sends an event again, with the same id and reply token; without an id the person's last."""
    sent = platform.sent.get(event or person.last_event or "")
    if sent is None or sent.channel != person.channel:
        raise Impossible(404, "no such event of this channel")
    again = webhook.redelivered(sent.event)

    def act() -> webhook.Event:
        with person.order:
            platform.deliver(sent.channel, [again])
        return again

    return acting(platform, person, act)


def move_clock(platform: Platform, to: datetime) -> None:
    """Moves the demo's clock forward, due job by due job."""
    if platform.move is None:
        raise Impossible(409, "this clock cannot be moved")
    if to < platform.now():
        raise Impossible(400, "the clock only moves forward")
    platform.move(to)
    platform.settled()
    with platform.lock:
        for person in platform.people.values():
            platform.changed(person)


def can_send(person: Person) -> None:
    if person.blocked:
        raise Impossible(409, "this person has blocked the channel")
