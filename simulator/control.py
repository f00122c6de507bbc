"""The control interface /sim: what tests, the phone page and curl use to be a person, and LINE."""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from . import actions, player, raw, scan, views
from .browser import Browsers, Visit
from .calls import Fault
from .errors import Impossible
from .people import Person
from .platform import TOKYO, Platform
from .reading import read_json
from .screen import Aim
from .webhook import LOOPBACK

POLL_SECONDS = 25.0
APRIL = 4
FAULT_FIELDS = {"endpoint": str, "drop_response": bool, "body": object}
FAULT_RANGES = {"status": range(200, 600), "times": range(1, 1_000_001), "delay_ms": range(600_001)}


def create_control(platform: Platform, browsers: Browsers) -> Blueprint:
    control = Blueprint("control", __name__, url_prefix="/sim")

    @control.before_request
    def only_here() -> None:
        if request.remote_addr not in (*LOOPBACK, None, ""):
            raise Impossible(403, "the control interface answers this machine only")
        if (origin := request.headers.get("Origin")) and urlsplit(origin).netloc != request.host:
            raise Impossible(403, "pages of other addresses may not use the control interface")

    @control.get("/channels")
    def channels() -> Response:
        return jsonify(channels=[views.channel(platform, each) for each in platform.channels.values()])

    @control.get("/people")
    def people() -> Response:
        with platform.lock:
            return jsonify(people=[views.person(each) for each in platform.people.values() if each.listed])

    @control.post("/people")
    def arrive() -> Response:
        body = given()
        channel = channel_id(platform, body)
        friend, user_id = flag(body, "friend"), words(body, "user_id") if "user_id" in body else None
        person = platform.add_person(channel, words(body, "name"), user_id, friend, friend)
        platform.settled()
        with platform.lock:
            new = [views.entry(person, each) for each in person.bot_entries_after(0)]
        return jsonify(user_id=person.user_id, messages=new)

    @control.get("/people/<user_id>/chat")
    def chat(user_id: str) -> Response:
        return jsonify(views.chat(platform, find(user_id), number("after", 0)))

    @control.get("/people/<user_id>/wait")
    def wait(user_id: str) -> Response:
        person, after = find(user_id), number("after", 0)
        with platform.lock:
            seen = number("version", person.version)
            platform.lock.wait_for(
                lambda: person.version != seen or len(person.entries) > after, POLL_SECONDS
            )
        return jsonify(views.chat(platform, person, after))

    @control.post("/people/<user_id>/<any(say, tap, pick, photo, sticker, scan, open, submit):act>")
    def do(user_id: str, act: str) -> Response:
        person, body = find(user_id), given()
        result = acts[act](person, body)
        return jsonify(
            views.visit(person, result) if isinstance(result, Visit) else views.outcome(person, result)
        )

    @control.post("/people/<user_id>/<any(block, unblock, unsend, redeliver):act>")
    def act_once(user_id: str, act: str) -> Response:
        person, body = find(user_id), given()
        return jsonify(views.outcome(person, acts[act](person, body)))

    @control.post("/events")
    def events() -> Response:
        body = given()
        channel, sent = channel_id(platform, body), body.get("events")
        if not isinstance(sent, list):
            raise Impossible(400, "events: a list of raw events is needed")
        delivery, new = raw.send(platform, channel, sent)
        messages = [{"user_id": person.user_id, **views.entry(person, entry)} for person, entry in new]
        return jsonify(status=delivery.status, reason=delivery.reason, messages=messages)

    @control.get("/clock")
    def clock() -> Response:
        return jsonify(now=platform.now().astimezone(TOKYO).isoformat(), movable=platform.move is not None)

    @control.post("/clock")
    def move() -> Response:
        actions.move_clock(platform, moment(words(given(), "now")))
        return clock()

    @control.get("/rehearsal")
    def rehearsal() -> Response:
        channel = channel_id(platform, request.args)
        year = number("fiscal_year", fiscal_year(platform.now()))
        return jsonify(fiscal_year=year, messages=list(platform.rehearse(channel, year)))

    @control.post("/faults")
    def order_fault() -> Response:
        body = given()
        with platform.lock:
            platform.faults.add(fault(body))
        return jsonify({})

    @control.delete("/faults")
    def no_faults() -> Response:
        with platform.lock:
            platform.faults.clear()
        return jsonify({})

    @control.get("/calls")
    def calls() -> Response:
        with platform.lock:
            return jsonify(calls=[each.as_json() for each in platform.calls.after(number("after", 0))])

    @control.get("/deliveries")
    def deliveries() -> Response:
        with platform.lock:
            return jsonify(deliveries=platform.deliveries[number("after", 0) :])

    @control.post("/redelivery")
    def switch_redelivery() -> Response:
        body = given()
        channel = channel_id(platform, body)
        (platform.redelivering.add if flag(body, "on") else platform.redelivering.discard)(channel)
        return jsonify(on=channel in platform.redelivering)

    @control.post("/quota")
    def set_quota() -> Response:
        body = given()
        channel = channel_id(platform, body)
        platform.limits[channel] = whole(body, "value")
        return jsonify(value=platform.limits[channel], used=platform.consumption(channel))

    @control.get("/facilities")
    def facilities() -> Response:
        posters = platform.posters(channel_id(platform, request.args))
        return jsonify(facilities=[views.facility(each) for each in posters])

    @control.get("/media/<message_id>")
    def media(message_id: str) -> Response:
        content = platform.contents.get(message_id)
        if content is None or content.gone:
            raise Impossible(404, "no such picture")
        return Response(content.data, content_type=content.mime)

    @control.get("/menus/<menu_id>")
    def menu_image(menu_id: str) -> Response:
        menu = platform.menus.find(menu_id)
        if menu is None or menu.image is None:
            raise Impossible(404, "no such rich menu")
        return Response(menu.image, content_type=menu.mime)

    @control.get("/talks")
    def talks() -> Response:
        return jsonify(talks=player.listing(platform))

    @control.post("/talks/play")
    def play() -> Response:
        return jsonify(player.perform(platform, browsers, words(given(), "talk")))

    def find(user_id: str) -> Person:
        if user_id not in platform.people:
            raise Impossible(404, f"nobody here is {user_id}")
        return platform.people[user_id]

    acts = create_acts(platform, browsers)
    return control


def create_acts(platform: Platform, browsers: Browsers) -> dict[str, Any]:
    """What each act does with a person and the JSON that came with it."""

    def scanned(person: Person, body: dict[str, Any]) -> Any:
        url = (
            scan.read_code(picture(body))
            if "png" in body
            else scan.poster_url(platform, person, words(body, "facility"))
        )
        return scan.scan(platform, browsers, person, url)

    def opened(person: Person, body: dict[str, Any]) -> Visit:
        if "url" in body:
            return browsers.visit(person, words(body, "url"))
        return browsers.open(person, aim(body))

    def said(person: Person, body: dict[str, Any]) -> Any:
        return actions.say(platform, person, words(body, "text") if "text" in body else person.draft)

    def submitted(person: Person, body: dict[str, Any]) -> Visit:
        fields = body.get("fields") or {}
        if not isinstance(fields, dict) or not {type(value) for value in fields.values()} <= {str, int}:
            raise Impossible(400, "fields: an object of texts is needed")
        return browsers.submit(person, {name: str(value) for name, value in fields.items()})

    return {
        "say": said,
        "tap": lambda person, body: actions.tap(platform, person, aim(body)),
        "pick": lambda person, body: actions.pick(platform, person, aim(body), words(body, "value")),
        "photo": lambda person, body: actions.photo(platform, person, picture(body)),
        "sticker": lambda person, body: actions.sticker(
            platform, person, {name: words(body, name) for name in actions.STICKER if name in body}
        ),
        "scan": scanned,
        "open": opened,
        "submit": submitted,
        "block": lambda person, body: actions.block(platform, person),
        "unblock": lambda person, body: actions.unblock(platform, person),
        "unsend": lambda person, body: actions.unsend(platform, person, whole(body, "n")),
        "redeliver": lambda person, body: actions.redeliver(platform, person, event_of(person, body)),
    }


# --- reading what came --------------------------------------------------------------------------


def given() -> dict[str, Any]:
    """The JSON object of the request; an empty body is an empty object."""
    if not request.get_data():
        return {}
    try:
        body = read_json(request.get_data())
    except ValueError as error:
        raise Impossible(400, f"this JSON cannot be read: {error}") from error
    if not isinstance(body, dict):
        raise Impossible(400, "a JSON object is needed")
    return body


def words(body: Any, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Impossible(400, f"{name}: a text is needed")
    return value


def whole(body: dict[str, Any], name: str, within: range | None = None) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Impossible(400, f"{name}: a whole number is needed")
    if within is not None and value not in within:
        raise Impossible(400, f"{name}: a number from {within[0]} to {within[-1]} is needed")
    return value


def flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, True)
    if not isinstance(value, bool):
        raise Impossible(400, f"{name}: true or false is needed")
    return value


def number(name: str, default: int) -> int:
    try:
        return int(request.args.get(name, default))
    except ValueError as error:
        raise Impossible(400, f"{name}: a whole number is needed") from error


def picture(body: dict[str, Any]) -> bytes:
    text = words(body, "png").partition("base64,")
    try:
        return base64.b64decode(text[2] or text[0], validate=True)
    except ValueError as error:
        raise Impossible(400, "png: base64 is needed") from error


def event_of(person: Person, body: dict[str, Any]) -> str | None:
    """A webhookEventId, or the number of the entry that it belongs to."""
    if isinstance(body.get("event"), str):
        return words(body, "event")
    n = whole(body, "event")
    if n is None:
        return None
    entry = person.entry(n)
    return entry.event if entry and entry.event else "none"


def aim(body: dict[str, Any]) -> Aim:
    """Where a finger points; a thing without a label is named by its entry and index."""
    label, n, index = body.get("label"), whole(body, "n"), whole(body, "index")
    if not isinstance(label, str) or (not label and index is None):
        raise Impossible(400, "label: a text is needed")
    return Aim(label, n, index, body.get("from"))


def fault(body: dict[str, Any]) -> Fault:
    known = FAULT_FIELDS | FAULT_RANGES
    for name, value in body.items():
        if name not in known:
            raise Impossible(400, f"unknown: {name}", {"known": list(known)})
        if name in FAULT_RANGES:
            whole(body, name, FAULT_RANGES[name])
        elif value is not None and not isinstance(value, FAULT_FIELDS[name]):
            raise Impossible(400, f"{name}: {FAULT_FIELDS[name].__name__} is needed")
    words(body, "endpoint")
    return Fault(**{name: value for name, value in body.items() if value is not None})


def moment(text: str) -> datetime:
    """ISO 8601; without an offset it is Japan's time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Impossible(400, "now: a moment like 2024-07-01T09:00+09:00 is needed") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=TOKYO)


def fiscal_year(now: datetime) -> int:
    """The one that begins in April, in Japan."""
    here = now.astimezone(TOKYO)
    return here.year if here.month >= APRIL else here.year - 1


def channel_id(platform: Platform, body: Any) -> str:
    channel = words(body, "channel")
    if channel not in platform.channels:
        raise Impossible(404, f"no channel {channel!r}", {"channels": list(platform.channels)})
    return channel
