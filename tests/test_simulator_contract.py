"""The simulator's events and its judgement of messages agree with LINE's own OpenAPI files."""

import base64
import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.errors import LineError
from simulator.message_limits import checked
from tests.echo_bot import World, text, world
from tests.line_schema import errors, folder

Message = dict[str, Any]
ACTION = {"type": "postback", "label": "使う", "data": "x"}
QUICK = {"items": [{"type": "action", "action": {"type": "message", "label": "はい", "text": "はい"}}]}
HTTPS = "https://example.jp/a.png"


def bubble(*parts: Message, **more: Any) -> Message:
    body = {"type": "box", "layout": "vertical", "contents": list(parts)}
    return {"type": "bubble", "body": body, **more}


def flex(contents: Message) -> Message:
    return {"type": "flex", "altText": "札", "contents": contents}


GOOD: dict[str, Message] = {
    "text": text("こんにちは", quickReply=QUICK),
    "textV2": {
        "type": "textV2",
        "text": "{who}さん",
        "substitution": {"who": {"type": "emoji", "productId": "p", "emojiId": "1"}},
    },
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "image": {"type": "image", "originalContentUrl": HTTPS, "previewImageUrl": HTTPS},
    "video": {"type": "video", "originalContentUrl": HTTPS, "previewImageUrl": HTTPS},
    "audio": {"type": "audio", "originalContentUrl": HTTPS, "duration": 1000},
    "location": {
        "type": "location",
        "title": "病院",
        "address": "さいたま市",
        "latitude": 35.8,
        "longitude": 139.6,
    },
    "coupon": {"type": "coupon", "couponId": "c1"},
    "imagemap": {
        "type": "imagemap",
        "baseUrl": HTTPS,
        "altText": "図",
        "baseSize": {"width": 1040, "height": 520},
        "actions": [{"type": "uri", "linkUri": HTTPS, "area": {"x": 0, "y": 0, "width": 9, "height": 9}}],
    },
    "buttons": {
        "type": "template",
        "altText": "札",
        "template": {"type": "buttons", "text": "どれ", "actions": [ACTION]},
    },
    "confirm": {
        "type": "template",
        "altText": "札",
        "template": {"type": "confirm", "text": "よい？", "actions": [ACTION, ACTION]},
    },
    "carousel": {
        "type": "template",
        "altText": "札",
        "template": {"type": "carousel", "columns": [{"text": "一", "actions": [ACTION]}]},
    },
    "image_carousel": {
        "type": "template",
        "altText": "札",
        "template": {"type": "image_carousel", "columns": [{"imageUrl": HTTPS, "action": ACTION}]},
    },
    "flex bubble": flex(
        bubble(
            {"type": "text", "text": "題", "weight": "bold", "size": "xl", "wrap": True, "color": "#111111"},
            {
                "type": "text",
                "contents": [{"type": "span", "text": "残り"}, {"type": "span", "text": "1", "size": "lg"}],
            },
            {"type": "separator", "margin": "md"},
            {
                "type": "box",
                "layout": "baseline",
                "contents": [
                    {"type": "icon", "url": HTTPS, "size": "sm"},
                    {"type": "text", "text": "星", "flex": 0},
                ],
            },
            {
                "type": "image",
                "url": HTTPS,
                "size": "full",
                "aspectRatio": "20:13",
                "animated": True,
                "action": ACTION,
            },
            {"type": "button", "style": "primary", "height": "sm", "color": "#06C755", "action": ACTION},
            {
                "type": "box",
                "layout": "horizontal",
                "paddingAll": "10px",
                "backgroundColor": "#FFFFFF80",
                "cornerRadius": "md",
                "action": {"type": "uri", "uri": "tel:0488300000"},
                "contents": [],
                "background": {
                    "type": "linearGradient",
                    "angle": "0deg",
                    "startColor": "#FFFFFF",
                    "endColor": "#000000",
                },
            },
            size="giga",
            styles={"body": {"backgroundColor": "#FFFFFF"}},
        )
    ),
    "flex carousel": flex({"type": "carousel", "contents": [bubble({"type": "text", "text": "一"})] * 3}),
    "picker": text(
        "いつ",
        quickReply={
            "items": [
                {
                    "type": "action",
                    "action": {
                        "type": "datetimepicker",
                        "label": "日付",
                        "data": "d",
                        "mode": "date",
                        "initial": "2024-07-01",
                    },
                }
            ]
        },
    ),
}


def change(kind: str, **fields: Any) -> Message:
    return {**copy.deepcopy(GOOD[kind]), **fields}


def deep(kind: str, edit: Callable[[Message], None]) -> Message:
    message = copy.deepcopy(GOOD[kind])
    edit(message)
    return message


def in_body(**part: Any) -> Message:
    return flex(bubble(part))


WRONG: dict[str, Message] = {
    "a kind nobody knows": {"type": "bogus"},
    "no kind": {"text": "x"},
    "a text without text": {"type": "text"},
    "a sticker without number": {"type": "sticker", "packageId": "1"},
    "an image without preview": {"type": "image", "originalContentUrl": HTTPS},
    "a place without address": {k: v for k, v in GOOD["location"].items() if k != "address"},
    "a template without text": deep("buttons", lambda m: m["template"].pop("text")),
    "a template of no kind": deep("buttons", lambda m: m["template"].update(type="bogus")),
    "fourteen quick replies": change("text", quickReply={"items": QUICK["items"] * 14}),
    "data of 301": deep("buttons", lambda m: m["template"]["actions"][0].update(data="x" * 301)),
    "an action of no kind": deep("buttons", lambda m: m["template"]["actions"][0].update(type="bogus")),
    "a picker without a known mode": deep(
        "picker", lambda m: m["quickReply"]["items"][0]["action"].update(mode="week")
    ),
    "a sender with a long name": change("text", sender={"name": "x" * 21}),
    "a flex without altText": {k: v for k, v in GOOD["flex bubble"].items() if k != "altText"},
    "a container of no kind": flex({"type": "bogus"}),
    "a component of no kind": in_body(type="spacer"),
    "a box without layout": in_body(type="box", contents=[]),
    "an image without url": in_body(type="image"),
    "a misspelt property": in_body(type="text", text="x", colour="#000000"),
    "a weight nobody knows": in_body(type="text", text="x", weight="heavy"),
    "an alignment nobody knows": in_body(type="text", text="x", align="middle"),
    "a button without action": in_body(type="button"),
    "a bubble size nobody knows": flex(bubble({"type": "text", "text": "x"}, size="huge")),
    "a flex number that is text": in_body(type="text", text="x", flex="1"),
    "wrap that is no flag": in_body(type="text", text="x", wrap="yes"),
    "a span outside a text": flex(bubble())
    | {"contents": {"type": "bubble", "body": {"type": "span", "text": "x"}}},
}


def accepted(message: Message) -> bool:
    try:
        checked([message])
    except LineError:
        return False
    return True


@pytest.mark.parametrize("name", GOOD)
def test_a_message_that_fits_lines_schema_is_taken(name: str) -> None:
    assert errors("messaging-api.yml", "Message", GOOD[name]) == []
    assert accepted(GOOD[name])


@pytest.mark.parametrize("name", WRONG)
def test_a_message_outside_lines_schema_is_refused(name: str) -> None:
    assert errors("messaging-api.yml", "Message", WRONG[name])
    assert not accepted(WRONG[name])


@pytest.fixture(scope="module")
def events() -> Iterator[list[dict[str, Any]]]:
    """One event of every kind that a person can cause."""
    folder()
    with world() as sim:
        cause_everything(sim)
        yield sim.bot.events


def cause_everything(sim: World) -> None:
    user = sim.person()
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    sim.messages(user, "say", text="あ")
    sim.messages(user, "photo", png=png)
    sim.messages(user, "sticker")
    sim.messages(user, "unsend")
    place = {"items": [{"type": "action", "action": {"type": "location", "label": "場所"}}]}
    picker = {"type": "datetimepicker", "label": "日付", "data": "d", "mode": "date"}
    card = flex(bubble({"type": "button", "action": ACTION}, {"type": "button", "action": picker}))
    sent = sim.bot.call("message/push", to=user, messages=[card, text("どこ", quickReply=place)])
    assert sent.status_code == 200, sent.text
    sim.messages(user, "tap", label="場所")
    sim.messages(user, "tap", label="使う")
    sim.messages(user, "pick", label="日付", value="2024-07-03")
    sim.messages(user, "redeliver")
    sim.platform.tell(
        sim.platform.people[user], "accountLink", reply=True, link={"result": "ok", "nonce": "n" * 10}
    )
    sim.platform.tell_failed_link(sim.platform.people[user], "n" * 10)
    sim.messages(user, "block")
    sim.messages(user, "unblock")


def test_every_event_fits_lines_schema(events: list[dict[str, Any]]) -> None:
    kinds = {event["type"] for event in events}
    request = {"destination": "U" + "1" * 32, "events": events}

    assert kinds == {"follow", "message", "unsend", "postback", "accountLink", "unfollow"}
    assert {event["message"]["type"] for event in events if "message" in event} == {
        "text",
        "image",
        "sticker",
        "location",
    }
    assert errors("webhook.yml", "CallbackRequest", request) == []


def test_the_schema_refuses_a_damaged_event(events: list[dict[str, Any]]) -> None:
    for name in ("webhookEventId", "timestamp", "mode", "deliveryContext"):
        damaged = {key: value for key, value in events[1].items() if key != name}
        assert errors("webhook.yml", "Event", damaged), name
    assert errors("webhook.yml", "Event", {**events[1], "surprise": 1})
