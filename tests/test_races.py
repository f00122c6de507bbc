"""Two phones at the same instant: one coupon is used once, one event acts once, and whoever loses is told why."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from models import coupon_uses, linking
from models.base import Refusal
from models.conversation import Conversation, Place
from models.coupon_uses import Use
from models.imports import import_members
from models.member import Link, person_with
from models.outbox import Outgoing
from tests.conftest import ENGINES
from tests.many_phones import (
    GIVEN,
    MEMBERS,
    USED,
    last_screen,
    many_members,
    people,
    phones_at_the_last_screen,
)
from tests.quiet_house import BRANCH, QuietHouse, event, presses, says, standing_house, user

Result = TypeVar("Result")

WHY = ("利用済みです", "たった今")


@pytest.fixture(scope="module", params=ENGINES)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[QuietHouse]:
    folder = tmp_path_factory.mktemp("races")
    for house in standing_house(request, folder):
        import_members(house.database, BRANCH, many_members(folder), now=house.clock())
        yield house


@pytest.fixture
def house(standing: QuietHouse) -> QuietHouse:
    standing.forget_all()
    return standing


def at_once(*lanes: Sequence[Callable[[], Result]]) -> list[list[Result]]:
    """Runs the lanes' first things at the same instant, then their second things, and so on."""
    together = threading.Barrier(len(lanes))
    results: list[list[Result]] = [[] for _ in lanes]
    failed: list[BaseException] = []

    def run(lane: Sequence[Callable[[], Result]], into: list[Result]) -> None:
        try:
            for thing in lane:
                together.wait(timeout=60)
                into.append(thing())
        except BaseException as error:
            failed.append(error)
            together.abort()
            raise

    threads = [threading.Thread(target=run, args=pair) for pair in zip(lanes, results, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    return results


def post(house: QuietHouse, *events: Any) -> Callable[[], int]:
    """A webhook, signed beforehand."""
    body = json.dumps(
        {"destination": house.house.webhook.channels[BRANCH].bot_user_id, "events": events}
    ).encode()
    signature = house.signature(body)
    return lambda: house.house.webhook.receive(BRANCH, body, signature)


def now_pressed(house: QuietHouse, place: Place, number: int, phone: str) -> Callable[[], int]:
    assert place.frame
    who = user((place.frame.answers["facility_code"], number, phone))
    return post(house, presses(who, f"answer:redeem:final:{place.turn}:now"))


def uses_of_everybody(house: QuietHouse) -> Counter[int]:
    with house.database.reading() as db:
        return Counter(db.execute(select(Use.person_id).where(Use.live.is_(True))).scalars())


def said_to_all(house: QuietHouse) -> dict[str, list[str]]:
    """What every user has been sent, in order."""
    said = defaultdict(list)
    with house.database.reading() as db:
        for row in db.execute(select(Outgoing.user_id, Outgoing.messages).order_by(Outgoing.id)):
            said[row.user_id].append(row.messages)
    return said


def heard(house: QuietHouse, facility: str, number: int) -> Counter[tuple[int, int]]:
    """Of each person's two phones: how many saw 済, and how many were told why not."""
    said = said_to_all(house)
    heard: Counter[tuple[int, int]] = Counter()
    for each in range(number):
        both = [words for phone in "ab" for words in said[user((facility, each, phone))]]
        assert len(both) == 2
        told = (sum(USED in words for words in both), sum(any(why in words for why in WHY) for words in both))
        heard[told] += 1
    return heard


@pytest.mark.parametrize(
    ("facility", "before"), [("fs0007", ("1day", "use")), ("fs0011", ("use",))], ids=["dock", "dental"]
)
def test_of_two_phones_on_the_last_coupon_one_succeeds_and_the_other_is_told_why(
    house: QuietHouse, facility: str, before: tuple[str, ...]
) -> None:
    place, _ = last_screen(house, facility, *before)
    owners = people(house, MEMBERS)
    phones_at_the_last_screen(house, place, owners, "ab")

    answers = at_once(
        *([now_pressed(house, place, each, phone) for each in range(MEMBERS)] for phone in "ab")
    )

    assert Counter(status for lane in answers for status in lane) == {200: 2 * MEMBERS}
    assert uses_of_everybody(house) == dict.fromkeys(owners, 1)
    assert heard(house, facility, MEMBERS) == {(1, 1): MEMBERS}


def test_two_phones_on_two_remaining_coupons_both_succeed(house: QuietHouse) -> None:
    place, _ = last_screen(house, "fs0031", "one", "use")
    owners = people(house, 200)
    phones_at_the_last_screen(house, place, owners, "ab")

    at_once(*([now_pressed(house, place, each, phone) for each in range(200)] for phone in "ab"))

    assert uses_of_everybody(house) == dict.fromkeys(owners, 2)
    assert heard(house, "fs0031", 200) == {(2, 0): 200}


def test_two_phones_never_use_more_than_remain_when_each_wants_all(house: QuietHouse) -> None:
    place, _ = last_screen(house, "fs0031", "more", str(GIVEN), "use")
    owners = people(house, 200)
    phones_at_the_last_screen(house, place, owners, "ab")

    at_once(*([now_pressed(house, place, each, phone) for each in range(200)] for phone in "ab"))

    assert uses_of_everybody(house) == dict.fromkeys(owners, GIVEN)
    assert heard(house, "fs0031", 200) == {(1, 1): 200}


def test_a_coupon_that_is_given_back_while_it_is_used_again_counts_as_the_phone_was_told(
    house: QuietHouse,
) -> None:
    place, _ = last_screen(house, "fs0011", "use")
    owners = people(house, 150)
    phones_at_the_last_screen(house, place, owners, "ab")
    for each in range(150):
        now_pressed(house, place, each, "b")()
    with house.database.reading() as db:
        used = {row.person_id: row.id for row in db.execute(select(Use.person_id, Use.id))}

    def back(person: int) -> Callable[[], int]:
        def undo() -> int:
            now = house.clock()
            house.database.run(
                lambda db: coupon_uses.give_back(db, used[person], reason="誤り", author="test", now=now)
            )
            return 200

        return undo

    at_once([back(each) for each in owners], [now_pressed(house, place, each, "a") for each in range(150)])

    live, all_said = uses_of_everybody(house), said_to_all(house)
    for each, person in enumerate(owners):
        (said,) = all_said[user(("fs0011", each, "a"))]
        assert live[person] == (USED in said), said
        # Given back while it was looked for: the coupon is there again, and so is its question.
        asked = ("スタッフにお見せください", "今すぐ利用する")
        assert USED in said or any(why in said for why in (*WHY, *asked)), said


def test_a_coupon_is_given_back_once_by_two_at_once(house: QuietHouse) -> None:
    place, _ = last_screen(house, "fs0011", "use")
    owners = people(house, 100)
    phones_at_the_last_screen(house, place, owners, "ab")
    for each in range(100):
        now_pressed(house, place, each, "a")()
    with house.database.reading() as db:
        used = list(db.execute(select(Use.id)).scalars())

    def back(use: int) -> Callable[[], str]:
        def undo() -> str:
            try:
                house.database.run(
                    lambda db: coupon_uses.give_back(db, use, reason="誤り", author="test", now=house.clock())
                )
            except Refusal as refusal:
                return refusal.code
            return "done"

        return undo

    answers = at_once([back(each) for each in used], [back(each) for each in used])

    assert {frozenset(pair) for pair in zip(*answers, strict=True)} == {frozenset({"done", "no_such_use"})}
    assert uses_of_everybody(house) == {}


def test_the_same_event_twice_at_once_acts_once_and_is_answered_once(house: QuietHouse) -> None:
    place, _ = last_screen(house, "fs0031", "one", "use")
    owners = people(house, 200)
    phones_at_the_last_screen(house, place, owners, "a")
    deliveries = [now_pressed(house, place, each, "a") for each in range(200)]

    answers = at_once(deliveries, deliveries, deliveries)

    assert Counter(status for lane in answers for status in lane) == {200: 600}
    assert uses_of_everybody(house) == dict.fromkeys(owners, 1)
    said = said_to_all(house)
    assert {len(said[user(("fs0031", each, "a"))]) for each in range(200)} == {1}


def test_a_double_tap_at_once_acts_once_and_shows_the_result_twice(house: QuietHouse) -> None:
    place, _ = last_screen(house, "fs0031", "one", "use")
    owners = people(house, 200)
    phones_at_the_last_screen(house, place, owners, "a")

    at_once(*([now_pressed(house, place, each, "a") for each in range(200)] for _ in "12"))

    assert uses_of_everybody(house) == dict.fromkeys(owners, 1)
    said = said_to_all(house)
    for each in range(200):
        assert [USED in words for words in said[user(("fs0031", each, "a"))]] == [True, True]


def test_the_first_words_of_a_new_chat_on_many_threads_begin_one_chat_in_which_all_are_answered(
    house: QuietHouse,
) -> None:
    new = [user(f"new {each}") for each in range(60)]

    answers = at_once(*([post(house, says(who, "メニュー")) for who in new] for _ in range(4)))

    assert Counter(status for lane in answers for status in lane) == {200: 240}
    assert house.chats() == 60
    said = said_to_all(house)
    assert {len(said[who]) for who in new} == {4}


def linked_event(house: QuietHouse, who: str, number: str) -> Callable[[], int]:
    """The page is filled in; LINE's event that makes the link is about to come."""
    now = house.clock()
    house.post(says(who, "メニュー"))
    with house.database.transaction() as db:
        chat = db.execute(select(Conversation.id).where(Conversation.user_id == who)).scalar_one()
        page = linking.open_page(db, linking.new_page(db, chat, now), now)
        person = person_with(db, BRANCH, number)
        assert page and person
        nonce = linking.keep_nonce(db, page, person, now)
    return post(house, event("accountLink", who, link={"result": "ok", "nonce": nonce}))


def test_of_three_chats_that_link_the_same_person_at_once_two_succeed_and_all_are_answered(
    house: QuietHouse,
) -> None:
    chats = [[user((each, phone)) for each in range(30)] for phone in range(3)]
    events = [
        [linked_event(house, who, str(500_000 + each)) for each, who in enumerate(lane)] for lane in chats
    ]

    answers = at_once(*events)

    assert Counter(status for lane in answers for status in lane) == {200: 90}
    with house.database.reading() as db:
        live = db.execute(select(func.count()).where(Link.live.is_(True)).group_by(Link.person_id)).scalars()
        assert list(live) == [2] * 30
    all_said = said_to_all(house)
    for trio in zip(*chats, strict=True):
        said = [all_said[who][1:] for who in trio]
        assert sum("すでに2つのトークと連携しています" in "".join(each) for each in said) == 1
        assert all(said)


def test_one_chat_that_links_the_same_person_twice_at_once_is_linked_once(house: QuietHouse) -> None:
    chats = [user(f"one {each}") for each in range(60)]
    events = [
        [linked_event(house, who, str(500_000 + each)) for each, who in enumerate(chats)] for _ in range(2)
    ]

    answers = at_once(*events)

    assert Counter(status for lane in answers for status in lane) == {200: 120}
    with house.database.reading() as db:
        assert db.execute(select(func.count()).where(Link.live.is_(True))).scalar_one() == 60
