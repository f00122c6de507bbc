"""The webhook takes whatever comes: the forged is refused, the strange is harmless, and nothing right is lost."""

import base64
import copy
import gc
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import Connection, insert, select, text, update

from bot import Card, Done, Flow
from bot.line import Line, LineUnavailable
from bot.webhook import Webhook
from handlers.link import AccountLinks
from models import coupon_uses
from models.base import Database
from models.conversation import Conversation, SeenEvent
from models.shared_transaction import MOST, SharedTransactions, TransactionLost
from tests.conftest import ENGINES
from tests.demo_house import uses_of
from tests.quiet_house import (
    BRANCH,
    SPRING,
    LineRecord,
    QuietHouse,
    bot_user,
    event,
    presses,
    says,
    sign,
    standing_house,
    user,
)

GREETING = "こんにちは"
NEIGHBOURS = count(1)


@pytest.fixture(scope="module", params=ENGINES)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[QuietHouse]:
    yield from standing_house(request, tmp_path_factory.mktemp("webhook"))


@pytest.fixture
def house(standing: QuietHouse) -> QuietHouse:
    standing.forget_all()
    return standing


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("kyosai_webhook_refused_total", {"reason": reason}) or 0.0


def body_of(*events: Any, **more: Any) -> bytes:
    return json.dumps({"destination": bot_user(BRANCH), "events": events} | more).encode()


def test_nobody_takes_the_house_for_quiet_while_it_handles_a_webhook(house: QuietHouse) -> None:
    """However long that takes, and though LINE may have given up waiting."""
    began, goes_on = threading.Event(), threading.Event()

    def slow_clock() -> datetime:
        began.set()
        assert goes_on.wait(timeout=30)
        return house.clock()

    webhook = replace(house.house.webhook, clock=slow_clock)
    body = body_of(says(user("slow"), GREETING))
    handling = threading.Thread(target=webhook.receive, args=(BRANCH, body, house.signature(body)))
    handling.start()
    assert began.wait(timeout=30)
    quiet = replace(house.house, webhook=webhook).is_quiet()
    goes_on.set()
    handling.join()

    assert not quiet
    assert webhook.is_quiet()


# Signatures


def test_the_signature_that_line_publishes_as_an_example_is_right() -> None:
    line = Line("1", "8c570fa6dd201bb328f1c1eac23a96d8")
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'

    assert line.is_signed(body, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=")


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda house, body: "", id="empty"),
        pytest.param(lambda house, body: "x", id="nonsense"),
        pytest.param(lambda house, body: base64.b64encode(bytes(32)).decode(), id="forged"),
        pytest.param(lambda house, body: sign("", body), id="empty secret"),
        pytest.param(
            lambda house, body: sign(house.lines["aichi"].secret, body), id="another channel's secret"
        ),
        pytest.param(lambda house, body: sign(house.line.secret, body + b" "), id="other bytes"),
        pytest.param(lambda house, body: sign(house.line.secret, body).lower(), id="other case"),
        pytest.param(lambda house, body: sign(house.line.secret, body).rstrip("="), id="without padding"),
        pytest.param(lambda house, body: sign(house.line.secret, body) + "=", id="more padding"),
        pytest.param(
            lambda house, body: hashlib.sha256(house.line.secret.encode() + body).hexdigest(),
            id="another hash",
        ),
        pytest.param(lambda house, body: "署名".encode().decode("latin-1"), id="not ASCII"),
        pytest.param(lambda house, body: "é" + sign(house.line.secret, body), id="a letter before it"),
        pytest.param(lambda house, body: "A" * 100_000, id="very long"),
    ],
)
def test_a_wrong_signature_is_refused_counted_and_stores_nothing(house: QuietHouse, forge: Any) -> None:
    hello = says(user("a"), GREETING)
    body = body_of(hello)
    before = refused("signature")

    status = house.post_bytes(body, signature=forge(house, body))

    assert status == 401
    assert refused("signature") == before + 1
    assert (house.seen(hello["webhookEventId"]), house.chats()) == (0, 0)


def test_a_missing_signature_is_refused_counted_and_stores_nothing(house: QuietHouse) -> None:
    hello = says(user("a"), GREETING)
    before = refused("signature")

    status = house.client.post(f"/webhook/{BRANCH}", data=body_of(hello)).status_code

    assert status == 401
    assert refused("signature") == before + 1
    assert (house.seen(hello["webhookEventId"]), house.chats()) == (0, 0)


class Unread(BytesIO):
    """A body that is never sent to its end."""

    def readinto(self, *_: object) -> int:
        raise AssertionError("somebody waits for it")


@pytest.mark.parametrize(("path", "signature", "status"), [("nowhere", "x", 404), (BRANCH, None, 401)])
def test_nobody_waits_for_the_body_of_who_cannot_be_right(
    house: QuietHouse, path: str, signature: str | None, status: int
) -> None:
    headers = {"x-line-signature": signature} if signature else {}
    answer = house.client.post(
        f"/webhook/{path}", input_stream=Unread(b"{}"), content_length=2, headers=headers
    )

    assert answer.status_code == status


def test_a_right_signature_over_changed_bytes_is_refused(house: QuietHouse) -> None:
    hello = says(user("a"), GREETING)
    body = body_of(hello)

    status = house.post_bytes(body.replace(b"active", b"activ\x65 "), signature=house.signature(body))

    assert status == 401
    assert house.chats() == 0


def test_a_webhook_for_another_bot_is_refused_counted_and_stores_nothing(house: QuietHouse) -> None:
    before = refused("destination")

    status = house.post_bytes(body_of(says(user("a"), GREETING), destination=bot_user("aichi")))

    assert status == 400
    assert refused("destination") == before + 1
    assert house.chats() == 0


class LateLine(LineRecord):
    """LINE that is away at first."""

    away = True

    def bot_user_id(self) -> tuple[str, str]:
        if self.away:
            raise LineUnavailable("away")
        return bot_user(BRANCH), "@1"


def test_whose_webhooks_are_taken_is_learnt_as_soon_as_line_tells_it(house: QuietHouse) -> None:
    late, channel = LateLine("1", "secret"), house.house.webhook.channels[BRANCH]
    fresh = replace(
        house.house,
        lines={BRANCH: late},
        webhook=Webhook(
            {BRANCH: replace(channel, bot_user_id="")}, house.database, house.house.sender, house.clock
        ),
    )

    first = fresh.learn_bot_ids()
    late.away = False

    assert [first, fresh.learn_bot_ids()] == [False, True]
    assert fresh.webhook.channels[BRANCH].bot_user_id == bot_user(BRANCH)


def test_the_webhook_of_an_unknown_branch_is_not_found(house: QuietHouse) -> None:
    assert house.client.post("/webhook/nowhere", data=b"{}").status_code == 404


def test_lines_own_check_with_no_events_is_answered(house: QuietHouse) -> None:
    assert house.post() == 200


def test_more_bytes_than_line_ever_sends_are_refused_also_without_a_length(house: QuietHouse) -> None:
    body = b" " * 4_000_001
    headers = {"x-line-signature": house.signature(body)}

    told = house.client.post(f"/webhook/{BRANCH}", data=body, headers=headers)

    assert told.status_code == 413


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"17", id="a number"),
        pytest.param(b'"events"', id="a text"),
        pytest.param('{"events": "あ"}'.encode("cp932"), id="not UTF-8"),
        pytest.param(b"\xff\xfe\x00", id="no text at all"),
        pytest.param(body_of(destination=bot_user(BRANCH)).replace(b"[]", b"{}"), id="events are an object"),
        pytest.param(body_of().replace(b"[]", b"null"), id="events are null"),
        pytest.param(b"[" * 200_000, id="brackets without end"),
        pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, id="objects in objects"),
        pytest.param(b'{"events": ' + b"9" * 10_000 + b"}", id="a number too long to read"),
    ],
)
def test_a_signed_body_that_is_no_webhook_is_refused(house: QuietHouse, body: bytes) -> None:
    assert 400 <= house.post_bytes(body) < 500
    assert house.chats() == 0


@pytest.mark.parametrize(
    "depths", [(10, 100, 500, 5_000), range(700, 1_010, 3)], ids=["any", "about as deep as Python reads"]
)
@pytest.mark.parametrize("with_id", [True, False], ids=["with its id", "without an id"])
def test_a_deeply_nested_event_never_loses_its_neighbour(
    house: QuietHouse, depths: Sequence[int], with_id: bool
) -> None:
    for depth in depths:
        deep, hello = says(user("deep"), GREETING), says(user("a"), GREETING)
        if not with_id:
            del deep["webhookEventId"]
        body = body_of(deep | {"deep": "here"}, hello).replace(b'"here"', b"[" * depth + b"]" * depth)

        status = house.post_bytes(body)

        assert (status, house.seen(hello["webhookEventId"])) in [(200, 1), (400, 0)], depth


def test_a_megabyte_of_text_is_answered(house: QuietHouse) -> None:
    long = says(user("a"), "あ" * 330_000)

    assert house.post(long) == 200
    assert len(house.owed(user("a"))) == 1


# Events


STRANGE: dict[str, Any] = {
    "null": None,
    "a number": 17,
    "a text": "event",
    "a list": [],
    "empty": {},
    "only a type": {"type": "message"},
    "an unknown type": event("thingHappened", user("s"), thing={"a": 1}),
    "a type that is a list": event("message", user("s"), type=["message"]),
    "an unknown message": event("message", user("s"), message={"type": "hologram", "id": "1"}),
    "a message without content": event("message", user("s")),
    "a null message": event("message", user("s"), message=None),
    "a text without text": event("message", user("s"), message={"type": "text", "id": "1"}),
    "a null text": event("message", user("s"), message={"type": "text", "id": "1", "text": None}),
    "an empty text": event("message", user("s"), message={"type": "text", "id": "1", "text": ""}),
    "a text that is a number": event("message", user("s"), message={"type": "text", "id": "1", "text": 5}),
    "a text with NUL": says(user("s"), "あ\0い"),
    "half a letter": says(user("s"), "\ud83c"),
    "an image without id": event("message", user("s"), message={"type": "image"}),
    "an image with a long id": event("message", user("s"), message={"type": "image", "id": "7" * 500}),
    "an unknown sticker": event(
        "message", user("s"), message={"type": "sticker", "id": "1", "stickerResourceType": "SMELL"}
    ),
    "a sticker without anything": event("message", user("s"), message={"type": "sticker"}),
    "a video": event("message", user("s"), message={"type": "video", "id": "1"}),
    "an audio": event("message", user("s"), message={"type": "audio", "id": "1"}),
    "a file": event("message", user("s"), message={"type": "file", "id": "1", "fileName": "a", "fileSize": 1}),
    "a location": event("message", user("s"), message={"type": "location", "id": "1", "latitude": 1e400}),
    "no source": event("message", user("s"), source=None, message={"type": "text", "id": "1", "text": "a"}),
    "an unknown source": event(
        "message", user("s"), source={"type": "planet", "planetId": "x"}, message={"type": "text", "text": "a"}
    ),
    "a source that is a text": event("message", user("s"), source="U1"),
    "a user id that is a number": event("message", user("s"), source={"type": "user", "userId": 1}),
    "a user id with NUL": event("follow", user("s"), source={"type": "user", "userId": "U\0"}),
    "a very long user id": event("follow", user("s"), source={"type": "user", "userId": "U" * 900}),
    "a very long event id": event("follow", user("s"), webhookEventId="0" * 900),
    "an event id that is a list": event("follow", user("s"), webhookEventId=["0"]),
    "no event id": event("follow", user("s"), webhookEventId=None),
    "a very long reply token": event("follow", user("s"), replyToken="t" * 900),
    "a reply token that is an object": event("follow", user("s"), replyToken={}),
    "no reply token": event("follow", user("s"), replyToken=None),
    "a postback without data": event("postback", user("s")),
    "a postback of null": event("postback", user("s"), postback=None),
    "a postback of nonsense": presses(user("s"), "answer:redeem:final:NaN:now"),
    "a postback of another release": presses(user("s"), "answer:nothing:none:3:x"),
    "a postback with a NUL": presses(user("s"), "open:redeem?facility_code=%00"),
    "a postback with half a letter": presses(user("s"), "open:redeem?facility_code=\ud83c"),
    "a postback that goes far": presses(user("s"), "open:redeem?person=99999999999999999999&content=\0"),
    "a date that is none": event("postback", user("s"), postback={"data": "x", "params": {"date": 7}}),
    "params that are a list": event("postback", user("s"), postback={"data": "x", "params": ["date"]}),
    "a link without result": event("accountLink", user("s"), link=None),
    "a failed link of nobody": event("accountLink", user("s"), source=None, link={"result": "failed"}),
    "a link with a long nonce": event("accountLink", user("s"), link={"result": "ok", "nonce": "n\0" * 9_000}),
    "an unsend of nothing": event("unsend", user("s")),
    "an unsend of NUL": event("unsend", user("s"), unsend={"messageId": "\0"}),
    "a join": event("join", user("s"), source={"type": "group", "groupId": "C1"}),
    "a group's text without user": event(
        "message", user("s"), source={"type": "group", "groupId": "C1"}, message={"type": "text", "text": "メニュー"}
    ),
    "a room that was left": event("leave", user("s"), source={"type": "room", "roomId": "R1"}, replyToken=None),
    "a standby event": event("message", user("s"), mode="standby", message={"type": "text", "text": "a"}),
    "an unknown mode": event("message", user("s"), mode="dreaming", message={"type": "text", "text": "a"}),
    "a time that is none": event("follow", user("s"), timestamp="yesterday"),
}  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
def test_a_strange_event_is_no_error_and_loses_no_neighbour(house: QuietHouse, strange: Any) -> None:
    before, after = says(user("a"), GREETING), says(user("b"), GREETING)

    status = house.post(before, strange, after)

    assert status == 200
    assert (len(house.owed(user("a"))), len(house.owed(user("b")))) == (1, 1)


def test_words_that_are_text_are_answered_even_when_they_hold_what_no_database_stores(
    house: QuietHouse,
) -> None:
    house.post(says(user("a"), "メ\0ニュー\ud83c"))

    (row,) = house.owed(user("a"))
    assert "うまく処理できませんでした" not in row["messages"]


def test_an_event_without_an_id_is_still_known_when_it_comes_again(house: QuietHouse) -> None:
    first = event("follow", user("a"), webhookEventId=None)
    again = first | {"deliveryContext": {"isRedelivery": True}}

    assert (house.post(first), house.post(again)) == (200, 200)
    assert len(house.owed(user("a"))) == 1


def test_three_hundred_events_of_many_people_in_one_webhook_are_all_answered(house: QuietHouse) -> None:
    people = [user(number) for number in range(100)]
    events = [says(each, GREETING) for _ in range(3) for each in people]

    status = house.post(*events)

    assert status == 200
    assert house.seen(*(each["webhookEventId"] for each in events)) == 300
    assert all(len(house.owed(each)) == 3 for each in people)


def test_events_out_of_order_are_answered_in_the_order_in_which_they_came(house: QuietHouse) -> None:
    late, early = says(user("a"), "メニュー"), says(user("a"), "やめる")
    early["timestamp"] = late["timestamp"] - 5_000

    assert house.post(late, early) == 200

    assert [row["reply_token"] for row in house.owed(user("a"))] == [late["replyToken"], early["replyToken"]]


def test_an_event_twice_in_one_webhook_is_answered_once(house: QuietHouse) -> None:
    hello = says(user("a"), GREETING)

    assert house.post(hello, hello, hello | {"deliveryContext": {"isRedelivery": True}}) == 200

    assert len(house.owed(user("a"))) == 1


def test_an_event_that_comes_again_later_is_answered_once(house: QuietHouse) -> None:
    hello = says(user("a"), GREETING)

    assert [house.post(hello) for _ in range(3)] == [200, 200, 200]

    assert len(house.owed(user("a"))) == 1


# Bugs of our own


@pytest.fixture
def broken(house: QuietHouse) -> Iterator[QuietHouse]:
    """A house with two flows that fail: in their step after a coupon was used, and when rendered."""
    in_step: Flow[Any] = Flow("in_step", title="in_step")
    unshowable: Flow[Any] = Flow("unshowable", title="unshowable")

    @in_step.step
    def fails(chat: Any) -> Done:
        use_a_coupon(chat)
        raise RuntimeError("a bug")

    @unshowable.step
    def says_what_cannot_be_shown(chat: Any) -> Done:
        use_a_coupon(chat)
        return Done((Card("", buttons=(None,)),))  # type: ignore[arg-type]

    flows = house.house.bots[BRANCH].flows
    flows |= {"in_step": in_step, "unshowable": unshowable}
    yield house
    del flows["in_step"], flows["unshowable"]


def use_a_coupon(chat: Any) -> None:
    use = {
        "branch": BRANCH,
        "person_id": next(iter(chat.people)),
        "fiscal_year": 2024,
        "product": "dental",
        "ordinal": 1,
    }
    words = {"kind": "dental", "label": "x", "facility": "x", "facility_name": "x", "redemption": "x"}
    at = {"used_on": chat.today, "used_at": chat.now, "live": True}
    chat.db.execute(insert(coupon_uses.Use), use | words | at)


@pytest.mark.parametrize("flow", ["in_step", "unshowable"])
def test_a_bug_in_one_event_undoes_its_effect_apologises_and_loses_no_neighbour(
    broken: QuietHouse, flow: str
) -> None:
    broken.link(user("s"), "123456")
    before, bad, after = (
        says(user("a"), GREETING),
        presses(user("s"), f"open:{flow}"),
        says(user("b"), GREETING),
    )

    status = broken.post(before, bad, after)

    assert status == 200
    assert [len(broken.owed(user(name))) for name in ("a", "s", "b")] == [1, 1, 1]
    assert "うまく処理できませんでした" in broken.owed(user("s"))[0]["messages"]
    assert broken.seen(bad["webhookEventId"]) == 1
    assert uses_of(broken.database) == []


def test_a_bug_outside_any_step_is_told_to_line_and_loses_no_neighbour(house: QuietHouse) -> None:
    class Broken(AccountLinks):
        def user_of(self, db: Connection, branch: str, nonce: str) -> str | None:
            raise RuntimeError("a bug")

    bot = house.house.bots[BRANCH]
    nobody = event("accountLink", user("s"), source=None, link={"result": "failed", "nonce": "n"})
    sound, bot.linking = bot.linking, Broken()

    status = house.post(says(user("a"), GREETING), nobody, says(user("b"), GREETING))
    bot.linking = sound
    again = house.post(nobody)

    assert (status, again) == (503, 200)
    assert [len(house.owed(user(name))) for name in ("a", "b")] == [1, 1]


def test_a_place_that_another_release_wrote_begins_anew(house: QuietHouse) -> None:
    house.post(says(user("a"), "クーポンを使う"))
    with house.database.transaction() as db:
        db.execute(update(Conversation).values(place='{"frame": {"unknown": 1}}', turn=7))

    status = house.post(says(user("a"), "メニュー"))

    assert status == 200
    assert len(house.owed(user("a"))) == 2


# A database that is away


def test_what_cannot_be_stored_is_not_taken_and_comes_in_with_the_redelivery(house: QuietHouse) -> None:
    hello, other = says(user("a"), GREETING), says(user("b"), GREETING)
    with house.database.transaction() as db:
        db.execute(text("ALTER TABLE seen_events RENAME TO away"))

    refused_as = house.post(hello, other)
    with house.database.transaction() as db:
        db.execute(text("ALTER TABLE away RENAME TO seen_events"))
    stored_nothing = house.chats() == 0
    again = house.post(*(each | {"deliveryContext": {"isRedelivery": True}} for each in (hello, other)))

    assert (refused_as, stored_nothing, again) == (503, True, 200)
    assert (len(house.owed(user("a"))), len(house.owed(user("b")))) == (1, 1)


def test_one_event_that_cannot_be_stored_leaves_the_others_stored_and_asks_for_all_again(
    house: QuietHouse,
) -> None:
    good, bad = says(user("a"), GREETING), presses(user("s"), "open:away")
    flows = house.house.bots[BRANCH].flows
    away: Flow[Any] = Flow("away", title="away")

    @away.step
    def cannot_be_stored(chat: Any) -> Done:
        chat.db.connection.close()
        return Done(())

    flows["away"] = away
    refused_as = house.post(good, bad)
    flows["away"] = flows["menu"]
    again = house.post(good, bad)
    del flows["away"]

    assert (refused_as, again) == (503, 200)
    assert (len(house.owed(user("a"))), len(house.owed(user("s")))) == (1, 1)


def test_an_event_whose_apology_cannot_be_stored_is_not_remembered_and_answered_when_it_comes_again(
    broken: QuietHouse,
) -> None:
    broken.link(user("s"), "123456")
    bad = presses(user("s"), "open:in_step")
    with broken.database.transaction() as db:
        db.execute(text("ALTER TABLE outbox RENAME TO away"))

    refused_as = broken.post(bad)
    with broken.database.transaction() as db:
        db.execute(text("ALTER TABLE away RENAME TO outbox"))
    again = broken.post(bad)

    assert (refused_as, again) == (503, 200)
    assert len(broken.owed(user("s"))) == 1
    assert uses_of(broken.database) == []


def test_a_transaction_that_the_database_gives_up_is_done_again_from_the_start(house: QuietHouse) -> None:
    given_up: Flow[Any] = Flow("given_up", title="given_up")
    times = count(1)

    @given_up.step
    def loses_the_transaction_once(chat: Any) -> Done:
        use_a_coupon(chat)
        if next(times) == 1:
            chat.db.exec_driver_sql("ROLLBACK")
            raise RuntimeError("what SQLite does to a full disk")
        return Done((Card("done"),))

    flows = house.house.bots[BRANCH].flows
    flows["given_up"] = given_up
    house.link(user("s"), "123456")

    status = house.post(
        says(user("a"), GREETING), presses(user("s"), "open:given_up"), says(user("b"), GREETING)
    )
    del flows["given_up"]

    assert status == 200
    assert [len(house.owed(user(name))) for name in ("a", "s", "b")] == [1, 1, 1]
    assert len(uses_of(house.database)) == 1


def _at_once(database: Database, work: Callable[[str], None], names: Sequence[str]) -> None:
    """Each in a thread of its own; on SQLite none begins to write before all wait for it."""
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    with database.transaction() if database.is_sqlite else nullcontext():
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()


def _seen(database: Database) -> list[str]:
    with database.reading() as db:
        return sorted(db.execute(select(SeenEvent.event_id)).scalars())


def test_works_that_share_a_transaction_are_all_told_when_the_database_gives_it_up(
    database: Database,
) -> None:
    times: Counter[str] = Counter()

    def work(name: str) -> Callable[[Connection], None]:
        def write(db: Connection) -> None:
            times[name] += 1
            db.execute(insert(SeenEvent), {"branch": "x", "event_id": name, "seen_at": SPRING})
            if name == "middle" and times[name] == 1:
                db.exec_driver_sql("ROLLBACK")
                raise TransactionLost

        return write

    def share(name: str) -> None:
        database.share(work(name))

    _at_once(database, share, ("first", "middle", "last"))

    assert _seen(database) == ["first", "last", "middle"]


def test_of_works_that_share_a_transaction_only_the_one_that_fails_is_undone(database: Database) -> None:
    def work(name: str) -> Callable[[Connection], None]:
        def write(db: Connection) -> None:
            db.execute(insert(SeenEvent), {"branch": "x", "event_id": name, "seen_at": SPRING})
            if name == "middle":
                raise ValueError("a bug")

        return write

    failed: list[str] = []

    def share(name: str) -> None:
        try:
            database.share(work(name))
        except ValueError:
            failed.append(name)

    _at_once(database, share, ("first", "middle", "last"))

    assert failed == ["middle"]
    assert _seen(database) == ["first", "last"]


def test_what_was_committed_is_told_once_and_a_failure_in_telling_is_the_teller_s_own(
    database: Database,
) -> None:
    told: list[tuple[str, list[str]]] = []
    failed: list[str] = []

    def work(name: str) -> Callable[[Connection], str]:
        def write(db: Connection) -> str:
            if name == "fails":
                raise ValueError("a bug")
            db.execute(insert(SeenEvent), {"branch": "x", "event_id": name, "seen_at": SPRING})
            return name

        return write

    def tell(name: str) -> None:
        told.append((name, _seen(database)))
        if name == "deaf":
            raise ValueError("a bug")

    def share(name: str) -> None:
        try:
            database.share(work(name), tell)
        except ValueError:
            failed.append(name)

    _at_once(database, share, ("first", "fails", "deaf", "last"))

    assert sorted(name for name, _ in told) == ["deaf", "first", "last"]
    assert all(name in seen for name, seen in told)
    assert sorted(failed) == ["deaf", "fails"]
    assert _seen(database) == ["deaf", "first", "last"]


def test_an_event_leaves_nothing_for_the_search_for_garbage(house: QuietHouse) -> None:
    house.link(user("s"), "123456")
    webhook = house.house.webhook

    def receive(word: str) -> None:
        body = body_of(says(user("s"), word))
        assert webhook.receive(BRANCH, body, house.signature(body)) == 200

    words = ("クーポンを使う", "fs0007", "はい", "戻る", "やめる", "ドックはいつまで？")
    for word in words:  # what is built for the first of its kind stays
        receive(word)
    gc.collect()
    gc.disable()
    try:
        for word in words:
            receive(word)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_more_works_than_fit_into_one_commit_go_into_the_next() -> None:
    writer, many = threading.Lock(), 2 * MOST + 1
    done: list[int] = []
    kept_after: list[int] = []
    no_database: Any = nullcontext
    shared = SharedTransactions(writer, no_database, lambda: kept_after.append(len(done)))
    works = [lambda db, number=number: done.append(number) for number in range(many)]
    threads = [threading.Thread(target=shared.run, args=(work,), daemon=True) for work in works]

    with writer:
        for thread in threads:
            thread.start()
        while len(shared._waiting) < many:
            threading.Event().wait(0.001)
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(done) == list(range(many))
    assert kept_after == [MOST, 2 * MOST, many]


@pytest.mark.parametrize("way", ["run", "share"])
def test_a_transaction_given_up_without_a_word_is_done_again(database: Database, way: str) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL does not give up without a word")
    times = count(1)

    def write(db: Connection) -> None:
        db.execute(insert(SeenEvent), {"branch": "x", "event_id": "x", "seen_at": SPRING})
        if next(times) == 1:
            db.exec_driver_sql("ROLLBACK")

    getattr(database, way)(write)

    with database.reading() as db:
        assert len(db.execute(select(SeenEvent.event_id)).all()) == 1


def test_connections_that_the_database_has_cut_cost_no_event(house: QuietHouse) -> None:
    if house.database.is_sqlite:
        pytest.skip("SQLite has no server that cuts connections")
    house.post(says(user("a"), GREETING))
    admin = Database(house.database.url)
    with admin.transaction() as db:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        db.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    admin.close()

    status = house.post(says(user("a"), GREETING))

    assert status == 200


# Payloads of LINE, mutated

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**40),
    st.floats(),
    st.text(st.characters(exclude_categories=()), max_size=8),
    st.sampled_from(
        ["\0", "\ud800", "x" * 400, "join", "message", "user", "group", "room", "ok", "open:redeem"]
    ),
    st.sampled_from(["answer:redeem:final:0:now", "way:0:back", "text", "image", "2024-07-01", "fs0007"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["type", "id", "text", "userId"]), st.text(max_size=4), max_size=3),
)


def payloads() -> list[dict[str, Any]]:
    """One event of each kind that LINE sends to this bot."""
    who = user("s")
    sticker = {
        "type": "sticker",
        "id": "2",
        "packageId": "1",
        "stickerId": "2",
        "stickerResourceType": "STATIC",
    }
    image = {"type": "image", "id": "3", "quoteToken": "q", "contentProvider": {"type": "line"}}
    picked = {"data": "answer:x:y:1:", "params": {"date": "2024-07-01"}}
    group = {"type": "group", "groupId": "C1", "userId": who}
    return [
        says(who, "クーポンを使う"),
        says(who, "fs0007"),
        says(who, "1"),
        event("message", who, message=sticker),
        event("message", who, message=image),
        presses(who, "open:redeem?facility_code=fs0007&confirm_facility=yes"),
        event("postback", who, postback=picked),
        event("follow", who, follow={"isUnblocked": False}),
        event("unfollow", who),
        event("unsend", who, unsend={"messageId": "3"}),
        event("accountLink", who, link={"result": "ok", "nonce": "n"}),
        event("join", who, source=group),
        event("message", who, source=group, message={"type": "text", "id": "4", "text": "fs0007"}),
    ]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every node of a JSON value, by its path."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> list[Any]:
    """Some events with nodes dropped, replaced or put in twice."""
    events: list[Any] = copy.deepcopy(draw(st.lists(st.sampled_from(payloads()), min_size=1, max_size=3)))
    for number, each in enumerate(events):
        each["webhookEventId"] += f"-{draw(st.integers(0, 9**9))}-{number}"
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from([each for each in places(events) if each]))
        *above, last = path
        parent: Any = events
        for key in above:
            parent = parent[key]
        match draw(st.sampled_from(["drop", "replace", "double"])):
            case "drop":
                del parent[last]
            case "replace":
                parent[last] = draw(JUNK)
            case "double" if isinstance(parent, list):
                parent.insert(last, copy.deepcopy(parent[last]))
            case "double":
                parent[f"{last}Again"] = copy.deepcopy(parent[last])
        if not events:
            break
    return events


@given(events=mutated())
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_mutated_payload_is_never_our_error_and_never_loses_its_neighbour(
    standing: QuietHouse, events: list[Any]
) -> None:
    who = user(f"neighbour {next(NEIGHBOURS)}")
    first, last = says(who, GREETING), says(who, "メニュー")
    body = json.dumps({"destination": bot_user(BRANCH), "events": [first, *events, last]}).encode()

    status = standing.post_bytes(body)

    assert status == 200
    assert len(standing.owed(who)) == 2
