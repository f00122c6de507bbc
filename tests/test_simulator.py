"""Webhooks, reply tokens and tokens of the simulator keep LINE's promises, over real HTTP."""

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.echo_bot import SECRET, EchoBot, World, echo, text, token, world


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with world() as running:
        yield running


@pytest.fixture
def sim(shared: World) -> World:
    """The running world with a fresh memory and full rate buckets."""
    shared.bot.__init__(line=shared.url)  # type: ignore[misc]
    shared.clock.pass_by(timedelta(hours=1))
    shared.bot.token = token(shared.url)
    return shared


def reply_token(bot: EchoBot) -> str:
    return str(bot.events[-1]["replyToken"])


def reply(sim: World, key: str, *words: str) -> requests.Response:
    return sim.bot.call("message/reply", replyToken=key, messages=[text(each) for each in words])


# --- webhooks -----------------------------------------------------------------------------------


def test_what_a_person_says_reaches_the_bot_signed_and_its_reply_stands_in_the_chat(sim: World) -> None:
    sim.bot.answers = echo
    user = sim.person()

    messages = sim.messages(user, "say", text="こんにちは")

    assert [each["text"] for each in messages] == ["こんにちは"]
    assert [each["from"] for each in sim.chat(user)["entries"]] == ["person", "bot"]
    body, headers = sim.bot.received[-1]
    expected = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert {name.lower(): value for name, value in headers.items()}["x-line-signature"] == expected
    assert json.loads(body)["destination"] == "U" + "1" * 32


def test_a_new_friend_is_told_with_a_follow_event_and_a_demo_person_is_not(sim: World) -> None:
    user = sim.person()
    quiet = sim.platform.add_person("saitama", "静か", follow=False)

    assert sim.bot.events[-1]["type"] == "follow"
    assert sim.bot.events[-1]["source"] == {"type": "user", "userId": user}
    assert quiet.user_id not in json.dumps(sim.bot.events)


def test_event_ids_are_ulids_that_sort_by_time(sim: World) -> None:
    user = sim.person()

    for word in "あいう":
        sim.clock.pass_by(timedelta(milliseconds=5))
        sim.messages(user, "say", text=word)

    ids = [event["webhookEventId"] for event in sim.bot.events]
    assert all(re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", each) for each in ids)
    assert ids[1:] == sorted(ids[1:])
    assert len(set(ids)) == 4


def test_a_bot_that_needs_more_than_two_seconds_is_given_up_and_its_late_reply_still_counts(
    sim: World,
) -> None:
    user = sim.person()
    sim.bot.answers, sim.bot.delay = echo, 2.3

    started = time.monotonic()
    sim.messages(user, "say", text="遅い")

    assert time.monotonic() - started < 2.3
    assert sim.get("deliveries")["deliveries"][-1]["reason"] == "request_timeout"
    wait_until(lambda: len(sim.chat(user)["entries"]) == 2)


def test_an_error_of_the_bot_is_written_down_and_not_repeated_unless_switched_on(sim: World) -> None:
    user = sim.person()
    sim.bot.status = 500

    sim.messages(user, "say", text="あ")

    last = sim.get("deliveries")["deliveries"][-1]
    assert (last["status"], last["reason"]) == (500, "error_status_code")
    assert len(sim.bot.events) == 2


def test_a_switched_on_redelivery_brings_the_same_event_again(sim: World) -> None:
    user = sim.person()
    sim.post("redelivery", channel="saitama", on=True)
    sim.bot.status = 500
    sim.messages(user, "say", text="もう一度")
    sim.bot.status = 200

    wait_until(lambda: len(sim.bot.events) == 3)
    sim.post("redelivery", channel="saitama", on=False)

    first, second = sim.bot.events[-2:]
    assert second == {**first, "deliveryContext": {"isRedelivery": True}}


def test_events_of_many_people_come_in_one_webhook_as_they_are_given(sim: World) -> None:
    one, two = sim.person("一"), sim.person("二")
    sim.bot.answers = echo
    events = [
        raw_message(one, "a" * 32, "一です"),
        raw_message(two, "b" * 32, "二です"),
        {"type": "unheard-of"},
    ]

    answer = sim.post("events", channel="saitama", events=events).json()

    assert answer["status"] == 200
    assert {(each["user_id"], each["text"]) for each in answer["messages"]} == {
        (one, "一です"),
        (two, "二です"),
    }
    assert json.loads(sim.bot.received[-1][0])["events"] == events


def test_a_group_is_answered_in_the_group_and_standby_has_no_token(sim: World) -> None:
    group = "C" + "9" * 32
    sim.bot.answers = echo
    source = {"type": "group", "groupId": group, "userId": sim.person()}
    standby = {**raw_message("x", "c" * 32, "聞くだけ"), "mode": "standby", "source": source}
    del standby["replyToken"]

    sim.post(
        "events",
        channel="saitama",
        events=[{**raw_message("x", "d" * 32, "皆さん"), "source": source}, standby],
    )

    assert [entry["text"] for entry in sim.chat(group)["entries"]] == ["皆さん"]
    assert sim.bot.call("message/push", to=group, messages=[text("報せ")]).status_code == 200
    assert sim.bot.call("message/multicast", to=[group], messages=[text("報せ")]).status_code == 400


def raw_message(user: str, key: str, words: str) -> dict[str, Any]:
    return {
        "type": "message",
        "mode": "active",
        "timestamp": 1719792000000,
        "webhookEventId": key[:26].upper(),
        "deliveryContext": {"isRedelivery": False},
        "replyToken": key,
        "source": {"type": "user", "userId": user},
        "message": {"type": "text", "id": "1", "text": words, "quoteToken": "q"},
    }


def wait_until(holds: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


# --- reply tokens -------------------------------------------------------------------------------


def test_a_reply_token_works_once(sim: World) -> None:
    sim.messages(sim.person(), "say", text="あ")

    first, second = reply(sim, reply_token(sim.bot), "一"), reply(sim, reply_token(sim.bot), "二")

    assert first.status_code == 200
    assert set(first.json()["sentMessages"][0]) == {"id", "quoteToken"}
    assert (second.status_code, second.json()) == (400, {"message": "Invalid reply token"})


def test_a_reply_token_dies_after_a_minute(sim: World) -> None:
    sim.messages(sim.person(), "say", text="あ")
    sim.clock.pass_by(timedelta(seconds=61))

    assert reply(sim, reply_token(sim.bot), "遅い").json() == {"message": "Invalid reply token"}


def test_a_redelivery_opens_another_minute_until_twenty_minutes_have_passed(sim: World) -> None:
    user = sim.person()
    sim.messages(user, "say", text="あ")
    sim.messages(user, "say", text="い")
    early, late = (sim.bot.events[at] for at in (-2, -1))

    sim.clock.move(sim.clock.now + timedelta(minutes=19))
    sim.messages(user, "redeliver", event=early["webhookEventId"])
    answered = reply(sim, early["replyToken"], "間に合った")
    sim.clock.move(sim.clock.now + timedelta(minutes=2))
    sim.messages(user, "redeliver", event=late["webhookEventId"])

    assert sim.bot.events[-1]["deliveryContext"] == {"isRedelivery": True}
    assert sim.bot.events[-1]["timestamp"] == late["timestamp"]
    assert answered.status_code == 200
    assert reply(sim, late["replyToken"], "遅い").status_code == 400


def test_a_refused_reply_leaves_the_token_alive(sim: World) -> None:
    sim.messages(sim.person(), "say", text="あ")
    key = reply_token(sim.bot)

    refused = reply(sim, key, *"123456")

    assert refused.status_code == 400
    assert refused.json()["details"] == [{"message": "Size must be between 1 and 5", "property": "messages"}]
    assert reply(sim, key, *"12345").status_code == 200


def test_a_reply_takes_no_retry_key(sim: World) -> None:
    sim.messages(sim.person(), "say", text="あ")
    headers = {"X-Line-Retry-Key": "123e4567-e89b-12d3-a456-426614174000"}

    answer = sim.bot.call("message/reply", headers, replyToken=reply_token(sim.bot), messages=[text("x")])

    assert answer.status_code == 400


def test_the_reply_token_of_another_channel_is_refused(sim: World) -> None:
    sim.messages(sim.person(channel="kagawa"), "say", text="あ")

    refused = reply(sim, reply_token(sim.bot), "違う")
    sim.bot.token = token(sim.url, "2222222222")

    assert refused.json() == {"message": "Invalid reply token"}
    assert reply(sim, reply_token(sim.bot), "本人").status_code == 200


def test_a_reply_to_someone_who_has_just_blocked_is_accepted_and_does_not_arrive(sim: World) -> None:
    user = sim.person()
    sim.messages(user, "say", text="あ")
    key = reply_token(sim.bot)
    sim.messages(user, "block")

    answer = reply(sim, key, "届かない")

    assert answer.status_code == 200
    assert [entry["from"] for entry in sim.chat(user)["entries"]] == ["person"]


# --- access tokens, errors ----------------------------------------------------------------------


def test_a_stateless_token_lives_fifteen_minutes(sim: World) -> None:
    assert sim.bot.get("info").json()["basicId"] == "@saitama"

    sim.clock.pass_by(timedelta(minutes=15))

    refused = sim.bot.get("info")
    assert refused.status_code == 401
    assert refused.json()["message"].startswith("Authentication failed due to the following reason: ")


def test_a_wrong_secret_gets_no_token(sim: World) -> None:
    form = {"grant_type": "client_credentials", "client_id": "1111111111", "client_secret": "no"}

    answer = requests.post(f"{sim.url}/oauth2/v3/token", data=form, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


@pytest.mark.parametrize("path", ["/v2/bot/unheard-of", "/v2/bot/message/push/", "/nowhere"])
def test_an_unknown_path_is_not_found_in_lines_shape(sim: World, path: str) -> None:
    answer = requests.post(sim.url + path, json={}, headers=sim.bot.bearer(), timeout=5)

    assert (answer.status_code, answer.json()) == (404, {"message": "Not found"})


def test_every_answer_has_its_own_request_id(sim: World) -> None:
    answers = [sim.bot.get("info"), sim.bot.get("nowhere"), sim.bot.call("message/push", to="x")]

    assert len({answer.headers["x-line-request-id"] for answer in answers}) == 3


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b" " * (2 * 1024 * 1024 + 1), "application/json", 413),
    ],
    ids=["not JSON by name", "broken JSON", "no object", "more than 2 MB"],
)
def test_a_body_that_cannot_be_read_is_refused(sim: World, body: bytes, kind: str, status: int) -> None:
    headers = {**sim.bot.bearer(), "Content-Type": kind}

    answer = requests.post(f"{sim.url}/v2/bot/message/push", data=body, headers=headers, timeout=5)

    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_webhook_test_sends_no_events_and_says_how_it_went(sim: World) -> None:
    good = sim.bot.call("channel/webhook/test").json()
    sim.bot.status = 503
    bad = sim.bot.call("channel/webhook/test").json()

    assert json.loads(sim.bot.received[-1][0])["events"] == []
    assert (good["success"], good["reason"]) == (True, "OK")
    assert (bad["success"], bad["statusCode"], bad["reason"]) == (False, 503, "ERROR_STATUS_CODE")


def test_nothing_is_ever_sent_to_another_machine(sim: World) -> None:
    put = requests.put(
        f"{sim.url}/v2/bot/channel/webhook/endpoint",
        json={"endpoint": "https://example.com/hook"},
        headers=sim.bot.bearer(),
        timeout=5,
    )

    assert put.status_code == 400
    assert sim.bot.get("channel/webhook/endpoint").json()["endpoint"].startswith(sim.bot_url)


def test_people_who_speak_at_once_are_all_heard(sim: World) -> None:
    sim.bot.answers = echo
    users = [sim.person(str(at)) for at in range(8)]
    threads = [threading.Thread(target=sim.do, args=(user, "say"), kwargs={"text": user}) for user in users]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(sim.chat(user)["entries"][-1]["text"] == user for user in users)
