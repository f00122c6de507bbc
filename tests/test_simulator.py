"""The simulator keeps LINE's promises, seen by a tiny bot and a driver over real HTTP."""

import base64
import hashlib
import hmac
from collections.abc import Iterator

import pytest

from tests.echo_bot import SECRET, World, echo, world


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with world() as running:
        yield running


@pytest.fixture
def sim(shared: World) -> World:
    shared.bot.__init__(line=shared.url, token=shared.bot.token)  # type: ignore[misc]
    return shared


def test_what_a_person_says_reaches_the_bot_signed_and_its_reply_stands_in_the_chat(sim: World) -> None:
    sim.bot.answers = echo
    user = sim.person()

    messages = sim.messages(user, "say", text="こんにちは")

    assert [each["text"] for each in messages] == ["こんにちは"]
    assert [each["from"] for each in sim.chat(user)["entries"]] == ["person", "bot"]
    body, headers = sim.bot.received[-1]
    expected = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert {name.lower(): value for name, value in headers.items()}["x-line-signature"] == expected
