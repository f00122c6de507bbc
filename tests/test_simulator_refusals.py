"""What the control interface refuses: always 4xx with an error in words, and nothing is broken for later."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from demo import QUIET_WITHIN, Demo
from simulator.people import Channel
from simulator.platform import Platform
from simulator.scan import draw_code
from simulator.server import create_app

USER = "U" + "a" * 32
NOBODY = "http://127.0.0.1:9"  # no bot is there
CHANNEL = Channel("saitama", "支部", "1", "s", "U" + "1" * 32, "@saitama", f"{NOBODY}/webhook")
HALF = "\ud800"  # one half of a letter: no text that UTF-8 can write


@pytest.fixture
def platform() -> Platform:
    platform = Platform([CHANNEL], now=lambda: datetime(2024, 7, 1, tzinfo=UTC), base_url="http://127.0.0.1")
    platform.add_person("saitama", "花子", USER, follow=False)
    return platform


@pytest.fixture
def client(platform: Platform) -> Iterator[FlaskClient]:
    yield create_app(platform).test_client()


def post(client: FlaskClient, path: str, body: Any) -> TestResponse:
    """Posted as ASCII, so that half a letter arrives as it is."""
    return client.post(path, data=json.dumps(body), content_type="application/json")


def image(data: bytes) -> str:
    return base64.b64encode(data).decode()


def picture(width: int, height: int) -> str:
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return image(buffer.getvalue())


ACTS: list[tuple[str, dict[str, Any]]] = [
    ("say", {"text": HALF}),
    ("say", {"text": 5}),
    ("say", {"text": None}),
    ("say", {"text": ["a"]}),
    ("photo", {"png": "あ"}),
    ("scan", {"png": "あ"}),
    ("scan", {"png": picture(20_000, 20_000)}),
    ("scan", {"png": image(draw_code("http://[x"))}),
    ("open", {"url": "http://[bad"}),
    ("open", {"url": "ftp://127.0.0.1/x"}),
    ("open", {"url": f"{NOBODY}/page"}),
    ("submit", {"fields": {"number": ["a"]}}),
    ("sticker", {"packageId": ["a"]}),
    ("unsend", {"n": True}),
    ("redeliver", {"event": True}),
]
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("people", {"channel": "saitama", "name": f"x{HALF}"}),
    ("people", {"channel": "saitama", "name": "花子", "user_id": ["a"]}),
    ("people", {"channel": "saitama", "name": "花子", "friend": "no"}),
    ("events", {"channel": "saitama", "events": [{"type": HALF}]}),
    ("redelivery", {"channel": "saitama", "on": "no"}),
    ("quota", {"channel": "saitama", "value": True}),
    *(
        ("faults", {"endpoint": "/v2/bot/info"} | wrong)
        for wrong in (
            {"delay_ms": -5},
            {"delay_ms": 10**12},
            {"delay_ms": True},
            {"status": 99},
            {"status": 1000},
            {"times": 0},
            {"drop_response": 1},
        )
    ),
]


@pytest.mark.parametrize(
    ("path", "body"),
    [(f"people/{USER}/{act}", body) for act, body in ACTS] + CALLS,
    ids=[f"{path}-{number}" for number, (path, _) in enumerate(ACTS + CALLS)],
)
def test_what_is_wrong_is_refused_in_words_and_leaves_nothing_broken(
    client: FlaskClient, path: str, body: dict[str, Any]
) -> None:
    answer = post(client, f"/sim/{path}", body)

    assert answer.status_code in (400, 409)
    assert answer.get_json()["error"]
    for shown in (f"people/{USER}/chat", "people", "calls", "deliveries"):
        assert client.get(f"/sim/{shown}").status_code == 200
    assert client.get(f"/sim/people/{USER}/chat").get_json()["entries"] == []


def test_json_that_is_nested_without_end_is_refused(client: FlaskClient) -> None:
    assert client.post("/sim/people", data="[" * 100_000).status_code == 400


def test_what_a_bot_sends_in_half_letters_is_refused_and_the_calls_stay_readable(
    platform: Platform, client: FlaskClient
) -> None:
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {platform.access.issue('saitama', 0.0)}"
    platform.monotonic = lambda: 0.0

    message = {"type": "text", "text": HALF}
    answer = post(client, "/v2/bot/message/push", {"to": USER, "messages": [message]})

    assert answer.status_code == 400
    assert client.get("/sim/calls").get_json()["calls"][-1]["body"] is None


def test_a_webhook_address_that_is_none_is_refused_in_lines_shape(
    platform: Platform, client: FlaskClient
) -> None:
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {platform.access.issue('saitama', 0.0)}"
    platform.monotonic = lambda: 0.0

    answer = client.put("/v2/bot/channel/webhook/endpoint", json={"endpoint": "http://[bad"})

    assert (answer.status_code, "message" in answer.get_json()) == (400, True)


def test_events_that_are_none_are_sent_as_they_are(
    platform: Platform, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    def taken(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        sent.append(body)
        return 200, "", ""

    monkeypatch.setattr("simulator.webhook.post", taken)
    events = [1, "x", None, [], {"webhookEventId": "e1", "deliveryContext": "x", "source": {"userId": USER}}]

    answer = post(client, "/sim/events", {"channel": "saitama", "events": events})

    assert answer.status_code == 200
    assert json.loads(sent[0])["events"] == events
    assert client.get("/sim/deliveries").get_json()["deliveries"][-1]["events"] == [None] * 4 + ["e1"]
    assert post(client, f"/sim/people/{USER}/redeliver", {"event": "e1"}).status_code == 200


def test_an_action_waits_ten_seconds_at_most_for_a_bot_that_is_never_quiet() -> None:
    never = SimpleNamespace(house=SimpleNamespace(is_quiet=lambda: False), quiet_within=0.01)

    assert Demo.settled(cast(Demo, never)) is False
    assert QUIET_WITHIN == 10
