"""Push, multicast, quotas, retry keys, faults and the record of calls in the simulator, over real HTTP."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    Configuration,
    MessagingApi,
    PushMessageRequest,
    TextMessage,
)

from tests.echo_bot import World, text, token, world

KEY = "123e4567-e89b-12d3-a456-4266141740{:02d}"
STRANGER = "U" + "0" * 32


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with world() as running:
        yield running


@pytest.fixture
def sim(shared: World) -> World:
    shared.bot.__init__(line=shared.url)  # type: ignore[misc]
    shared.clock.pass_by(timedelta(hours=1))
    shared.bot.token = token(shared.url)
    shared.platform.limits["saitama"] = 30_000
    shared.platform.faults.clear()
    return shared


def push(sim: World, to: str, *words: str, key: str | None = None) -> requests.Response:
    headers = {"X-Line-Retry-Key": key} if key else {}
    return sim.bot.call("message/push", headers, to=to, messages=[text(each) for each in words])


def multicast(sim: World, to: list[str], word: str = "皆さん", key: str | None = None) -> requests.Response:
    headers = {"X-Line-Retry-Key": key} if key else {}
    return sim.bot.call("message/multicast", headers, to=to, messages=[text(word)])


def heard(sim: World, user: str) -> list[str]:
    return [entry["text"] for entry in sim.chat(user)["entries"] if entry["from"] == "bot"]


def used(sim: World) -> int:
    return int(sim.bot.get("message/quota/consumption").json()["totalUsage"])


# --- who gets what ------------------------------------------------------------------------------


def test_a_push_stands_in_the_chat_in_order_and_counts_as_one(sim: World) -> None:
    user, before = sim.person(), used(sim)

    answer = push(sim, user, "一", "二")

    assert [set(each) for each in answer.json()["sentMessages"]] == [{"id", "quoteToken"}] * 2
    assert heard(sim, user) == ["一", "二"]
    assert used(sim) == before + 1


def test_a_push_to_someone_unknown_is_refused(sim: World) -> None:
    unknown, odd = push(sim, STRANGER, "あ"), push(sim, "nobody", "あ")
    other = push(sim, sim.person(channel="kagawa"), "あ")

    assert (unknown.status_code, unknown.json()) == (400, {"message": "Failed to send messages"})
    assert odd.json()["message"] == "The property, 'to', in the request body is invalid (line: -, column: -)"
    assert other.status_code == 400


def test_a_push_to_someone_who_blocked_is_accepted_and_neither_arrives_nor_counts(sim: World) -> None:
    user, before = sim.person(), used(sim)
    sim.do(user, "block")

    answer = push(sim, user, "届かない")

    assert answer.status_code == 200
    assert heard(sim, user) == []
    assert used(sim) == before
    assert sim.bot.get(f"profile/{user}").status_code == 404


def test_someone_who_only_scanned_has_no_profile_and_is_reached_for_seven_days(sim: World) -> None:
    user = sim.person(friend=False)
    silent = push(sim, user, "まだ")
    sim.messages(user, "scan", facility="fs0007")
    push(sim, user, "届く")
    sim.clock.pass_by(timedelta(days=7, seconds=1))
    sim.bot.token = token(sim.url)
    push(sim, user, "もう届かない")

    assert silent.status_code == 200
    assert sim.bot.get(f"profile/{user}").status_code == 404
    assert heard(sim, user) == ["届く"]


def test_a_multicast_answers_nothing_and_reaches_friends_once_each(sim: World) -> None:
    one, two, gone = sim.person(), sim.person(), sim.person()
    sim.do(gone, "block")
    before = used(sim)

    answer = multicast(sim, [one, two, gone, one])

    assert (answer.status_code, answer.json()) == (200, {})
    assert (heard(sim, one), heard(sim, two), heard(sim, gone)) == (["皆さん"], ["皆さん"], [])
    assert used(sim) == before + 2


def test_a_multicast_with_one_unknown_person_reaches_nobody(sim: World) -> None:
    user = sim.person()

    answer = multicast(sim, [user, STRANGER])

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("The property, to[1], in the request body is invalid")
    assert heard(sim, user) == []


@pytest.mark.parametrize("people", [0, 501])
def test_a_multicast_takes_one_to_five_hundred_people(sim: World, people: int) -> None:
    answer = multicast(sim, [STRANGER] * people)

    assert answer.json()["details"] == [{"message": "Size must be between 1 and 500", "property": "to"}]


def test_a_validation_sends_nothing_and_costs_nothing(sim: World) -> None:
    before = used(sim)

    good = sim.bot.call("message/validate/push", messages=[text("あ")])
    bad = sim.bot.call("message/validate/reply", messages=[text("")])

    assert (good.status_code, good.json()) == (200, {})
    assert bad.json() == {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "May not be empty", "property": "messages[0].text"}],
    }
    assert used(sim) == before


# --- retry keys ---------------------------------------------------------------------------------


def test_a_repeated_retry_key_is_a_conflict_that_names_the_first_request(sim: World) -> None:
    user = sim.person()
    first = push(sim, user, "一度だけ", key=KEY.format(1))

    second = push(sim, user, "一度だけ", key=KEY.format(1))

    assert second.status_code == 409
    assert second.json() == {
        "message": "The retry key is already accepted",
        "sentMessages": first.json()["sentMessages"],
    }
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert heard(sim, user) == ["一度だけ"]


def test_after_a_day_the_same_key_is_a_new_message(sim: World) -> None:
    user = sim.person()
    push(sim, user, "きょう", key=KEY.format(2))
    sim.clock.pass_by(timedelta(hours=24))
    sim.bot.token = token(sim.url)

    answer = push(sim, user, "あす", key=KEY.format(2))

    assert answer.status_code == 200
    assert heard(sim, user) == ["きょう", "あす"]


def test_a_refused_request_does_not_use_up_its_key(sim: World) -> None:
    user = sim.person()

    refused = push(sim, user, "", key=KEY.format(3))

    assert refused.status_code == 400
    assert push(sim, user, "直した", key=KEY.format(3)).status_code == 200


def test_a_multicast_conflict_lists_no_messages_and_keys_belong_to_a_channel(sim: World) -> None:
    user, other = sim.person(), sim.person(channel="kagawa")
    multicast(sim, [user], key=KEY.format(4))

    again = multicast(sim, [user], key=KEY.format(4))
    sim.bot.token = token(sim.url, "2222222222")

    assert (again.status_code, again.json()) == (409, {"message": "The retry key is already accepted"})
    assert multicast(sim, [other], key=KEY.format(4)).status_code == 200


def test_a_retry_key_is_a_uuid(sim: World) -> None:
    assert push(sim, sim.person(), "あ", key="once").status_code == 400


# --- quotas and rates ---------------------------------------------------------------------------


def test_the_monthly_limit_refuses_what_does_not_fit_but_never_a_reply(sim: World) -> None:
    one, two = sim.person(), sim.person()
    sim.post("quota", channel="saitama", value=used(sim) + 1)

    refused = multicast(sim, [one, two])
    last, beyond = push(sim, one, "最後"), push(sim, two, "入らない")
    sim.messages(one, "say", text="返事は無料")
    reply = sim.bot.call(
        "message/reply", replyToken=sim.bot.events[-1]["replyToken"], messages=[text("はい")]
    )

    assert (refused.status_code, beyond.status_code) == (429, 429)
    assert beyond.json() == {"message": "You have reached your monthly limit."}
    assert (last.status_code, reply.status_code) == (200, 200)
    assert sim.bot.get("message/quota").json() == {"type": "limited", "value": used(sim)}


def test_a_new_month_begins_at_nothing(sim: World) -> None:
    push(sim, sim.person(), "あ")
    assert used(sim) > 0

    sim.clock.pass_by(timedelta(days=31))
    sim.bot.token = token(sim.url)

    assert used(sim) == 0


def test_no_limit_has_no_value(sim: World) -> None:
    sim.post("quota", channel="saitama", value=None)

    assert sim.bot.get("message/quota").json() == {"type": "none"}


def test_too_many_calls_a_second_are_refused_for_that_endpoint_and_channel_alone(sim: World) -> None:
    user, other = sim.person(), sim.person(channel="kagawa")
    statuses = [multicast(sim, [user]).status_code for _ in range(201)]

    refused, elsewhere = multicast(sim, [user]), push(sim, user, "別の入口")
    sim.bot.token = token(sim.url, "2222222222")
    neighbour = multicast(sim, [other])

    assert statuses == [200] * 200 + [429]
    assert refused.json() == {"message": "The API rate limit has been exceeded. Try again later."}
    assert (elsewhere.status_code, neighbour.status_code) == (200, 200)


def test_the_bucket_fills_again_with_time(sim: World) -> None:
    user = sim.person()
    for _ in range(100):
        sim.bot.call("chat/loading/start", chatId=user)
    assert sim.bot.call("chat/loading/start", chatId=user).status_code == 429

    sim.clock.pass_by(timedelta(seconds=0.02))

    statuses = [sim.bot.call("chat/loading/start", chatId=user).status_code for _ in range(3)]
    assert statuses == [202, 202, 429]


# --- faults and the record of calls -------------------------------------------------------------


def test_an_ordered_fault_fails_so_often_and_does_nothing_else(sim: World) -> None:
    user = sim.person()
    sim.post("faults", endpoint="/v2/bot/message/push", status=500, times=2)

    statuses = [push(sim, user, str(at)).status_code for at in range(3)]

    assert statuses == [500, 500, 200]
    assert heard(sim, user) == ["2"]


def test_both_kinds_of_429_can_be_ordered(sim: World) -> None:
    body = {"message": "You have reached your monthly limit."}
    sim.post("faults", endpoint="/v2/bot/message/push", status=429)
    sim.post("faults", endpoint="/v2/bot/message/push", status=429, body=body)

    rate, quota = push(sim, STRANGER, "あ"), push(sim, STRANGER, "あ")

    assert rate.json() == {"message": "The API rate limit has been exceeded. Try again later."}
    assert quota.json() == body


def test_an_answer_can_be_lost_after_the_message_was_accepted(sim: World) -> None:
    user = sim.person()
    sim.post("faults", endpoint="/v2/bot/message/push", drop_response=True)

    with pytest.raises(requests.ConnectionError):
        push(sim, user, "届いた", key=KEY.format(5))
    again = push(sim, user, "届いた", key=KEY.format(5))

    assert again.status_code == 409
    assert heard(sim, user) == ["届いた"]


def test_an_answer_can_be_late_or_nonsense(sim: World) -> None:
    user = sim.person()
    sim.post("faults", endpoint="/v2/bot/message/*", delay_ms=400)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{sim.url}/v2/bot/message/push",
            json={"to": user, "messages": [text("遅い")]},
            headers=sim.bot.bearer(),
            timeout=0.2,
        )
    sim.post("faults", endpoint="/v2/bot/message/push", status=200, body="<html>")

    nonsense = push(sim, user, "届かない")

    assert (nonsense.status_code, nonsense.text) == (200, "<html>")
    assert heard(sim, user) == ["遅い"]


def test_a_misspelt_fault_is_refused(sim: World) -> None:
    answer = sim.post("faults", endpoint="/v2/bot/message/push", state=500)

    assert (answer.status_code, answer.json()["error"]) == (400, "unknown: state")


def test_every_call_is_written_down_with_what_it_was(sim: World) -> None:
    user = sim.person()
    last = max([call["n"] for call in sim.get("calls")["calls"]], default=0)
    push(sim, user, "あ", key=KEY.format(6))
    sim.messages(user, "say", text="い")
    sim.bot.call("message/reply", replyToken=sim.bot.events[-1]["replyToken"], messages=[text("う")])

    first, second = sim.get(f"calls?after={last}")["calls"]

    assert {
        name: first[name] for name in ("n", "method", "endpoint", "status", "recipients", "retry_key")
    } == {
        "n": last + 1,
        "method": "POST",
        "endpoint": "/v2/bot/message/push",
        "status": 200,
        "recipients": [user],
        "retry_key": KEY.format(6),
    }
    assert first["body"] == {"to": user, "messages": [text("あ")]}
    assert (second["endpoint"], second["recipients"]) == ("/v2/bot/message/reply", [user])


# --- LINE's own SDK -----------------------------------------------------------------------------


def test_lines_sdk_talks_to_it_as_to_line(sim: World) -> None:
    user = sim.person()
    request = PushMessageRequest(to=user, messages=[TextMessage(text="SDKから")])

    with ApiClient(Configuration(host=sim.url, access_token=sim.bot.token)) as client:
        api = MessagingApi(client)
        sent = api.push_message(request, x_line_retry_key=KEY.format(7))
        with pytest.raises(ApiException) as conflict:
            api.push_message(request, x_line_retry_key=KEY.format(7))
        info, profile = api.get_bot_info(), api.get_profile(user)

    assert sent.sent_messages[0].id
    assert conflict.value.status == 409
    assert (info.basic_id, profile.display_name) == ("@saitama", "花子")
    assert heard(sim, user) == ["SDKから"]


def test_a_photo_is_fetched_until_it_is_unsent(sim: World) -> None:
    user, png = sim.person(), b"\x89PNG\r\n\x1a\n rest"
    sim.do(user, "photo", png=base64.b64encode(png).decode())
    message: dict[str, Any] = sim.bot.events[-1]["message"]

    fetched = sim.bot.get(f"message/{message['id']}/content")
    sim.do(user, "unsend")
    gone = sim.bot.get(f"message/{message['id']}/content")

    assert (fetched.content, fetched.headers["content-type"]) == (png, "image/png")
    assert message["contentProvider"] == {"type": "line"}
    assert (gone.status_code, gone.json()) == (410, {"message": "The content is gone"})
    assert sim.bot.events[-1]["unsend"] == {"messageId": message["id"]}
    assert "replyToken" not in sim.bot.events[-1]
