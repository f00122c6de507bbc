"""The pages that talks about points lead to: once, for the chat that was given them, and no address in any chat."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image
from sqlalchemy import delete, select

from handlers.points import EDGES, ROW, WIDTH
from handlers.points_exchange import PICTURE
from models import conversation
from models.member import Link
from models.outbox import Outgoing
from models.point_pages import PointPage, Purpose, filled_in, forget_old_pages, new_page, open_page, use
from models.points_bars import BalanceBars
from pictures import bars
from pictures.gifts import SIZE
from simulator.talk import parse, play
from tests.demo_house import DemoHouse

MOST_BYTES = 50_000  # of a carousel
TALKS = Path(__file__).parent / "talks" / "kagawa"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    running = DemoHouse(tmp_path_factory.mktemp("pages"))
    yield running
    running.close()


@pytest.fixture(autouse=True)
def linked(house: DemoHouse) -> None:
    house.restore(house.demo.settings.demo_start)
    phone = house.phone("kagawa")
    phone.link("1234574", "1995-05-05", "reiji0574")


def page(house: DemoHouse, purpose: Purpose, about: str = "") -> str:
    """A new page of the linked chat."""
    with house.demo.house.database.transaction() as db:
        link = db.execute(select(Link.chat_id, Link.person_id)).one()
        return new_page(db, link.chat_id, link.person_id, purpose, house.demo.clock(), about)


def get(house: DemoHouse, address: str) -> requests.Response:
    return requests.get(house.bot_url + address, timeout=20)


def test_a_statement_is_downloaded_once(house: DemoHouse) -> None:
    address = f"/points/statement/{page(house, 'statement')}"

    first, second = get(house, address), get(house, address)

    assert first.status_code == 200
    assert first.text.startswith("\ufeff日付,種類,内容,ポイント,残高,お休み中,付いた日,期限")
    assert ",付与," in first.text
    assert not re.search("(grant|rule|file:)", first.text)
    assert "attachment" in first.headers["Content-Disposition"]
    assert second.status_code == 410
    assert "使い終わりました" in second.text


def test_a_look_without_download_does_not_use_the_statement_up(house: DemoHouse) -> None:
    address = f"/points/statement/{page(house, 'statement')}"

    requests.head(house.bot_url + address, timeout=20)

    assert get(house, address).status_code == 200


def test_a_page_of_one_purpose_opens_no_other(house: DemoHouse) -> None:
    one = page(house, "address", "udon")

    assert get(house, f"/checkup/{one}").status_code == 410
    assert get(house, f"/points/statement/{one}").status_code == 410
    assert get(house, f"/address/{one}").status_code == 200


def test_a_page_is_shut_when_its_chat_is_unlinked(house: DemoHouse) -> None:
    one = page(house, "address", "udon")
    with house.demo.house.database.transaction() as db:
        db.execute(delete(Link))

    assert get(house, f"/address/{one}").status_code == 410


def test_a_form_without_its_token_is_refused_and_nothing_is_kept(house: DemoHouse) -> None:
    one = page(house, "address", "udon")

    answer = requests.post(f"{house.bot_url}/address/{one}", data={"name": "x"}, timeout=20)

    assert answer.status_code == 400
    with house.demo.house.database.reading() as db:
        assert open_page(db, one, "address", house.demo.clock())


def test_the_pages_carry_a_strict_policy(house: DemoHouse) -> None:
    answer = get(house, f"/checkup/{page(house, 'checkup', 'dock')}")

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_was_filled_in_is_for_its_chat_alone_and_gone_after_a_day(house: DemoHouse) -> None:
    one, now = page(house, "address", "udon"), house.demo.clock()
    with house.demo.house.database.transaction() as db:
        opened = open_page(db, one, "address", now)
        assert opened
        assert use(db, opened, now, {"name": "例示"})
        assert not use(db, opened, now, {"name": "別の人"})

        assert filled_in(db, one, opened.chat_id) == {"name": "例示"}
        assert filled_in(db, one, opened.chat_id + 1) == {}
        assert forget_old_pages(db, now + timedelta(hours=25)) == 1
        assert filled_in(db, one, opened.chat_id) == {}


def test_no_address_of_a_member_is_ever_in_a_message(house: DemoHouse) -> None:
    talk = parse((TALKS / "points-exchange.talk").read_text("utf-8"))
    house.restore(talk.now)

    assert not play(talk, house.phone("kagawa"))

    with house.demo.house.database.reading() as db:
        told = "".join(db.execute(select(Outgoing.messages)).scalars())
        kept = "".join(db.execute(select(PointPage.content)).scalars())
        places = "".join(db.execute(select(conversation.Conversation.place)).scalars())
    assert "見本オリーブオイル" in told
    assert "丸亀" not in told + places
    assert "丸亀" not in kept


def test_the_picture_of_a_balance_has_the_size_the_message_says(house: DemoHouse) -> None:
    shown = BalanceBars("#1E5AA8", (("2025/3/31まで", 1_400), ("2026/3/31まで", 2_100)))
    token = house.demo.house.seal.seal_text("bars", shown.in_text())

    answer = get(house, f"/points/{token}.png")

    assert answer.headers["Content-Type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (WIDTH, EDGES + 2 * ROW)
    assert bars.height(2) == EDGES + 2 * ROW


def test_the_picture_of_a_balance_is_drawn_once(house: DemoHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []

    def draws(rows: object, accent: str) -> bytes:
        drawn.append(rows)
        return b"a picture"

    monkeypatch.setattr("pages.points.bars_png", draws)
    shown = BalanceBars("#1E5AA8", (("2025/3/31まで", 77),))
    tokens = [house.demo.house.seal.seal_text("bars", shown.in_text()) for _ in range(2)]

    answers = [get(house, f"/points/{token}.png").content for token in tokens]

    assert answers == [b"a picture"] * 2
    assert len(drawn) == 1


def test_every_gift_has_a_picture_that_can_be_fetched_and_the_words_suffice_without_it(
    house: DemoHouse,
) -> None:
    phone = house.phone("kagawa")
    phone.link("1234574", "1995-05-05", "reiji0574")
    phone.say("交換する")
    with house.demo.house.database.reading() as db:
        told = json.loads(
            db.execute(select(Outgoing.messages).order_by(Outgoing.id.desc())).scalars().first() or ""
        )
    carousel = told[0]
    heroes = [bubble["hero"] for bubble in carousel["contents"]["contents"]]
    pictures = [get(house, hero["url"].removeprefix(house.bot_url)) for hero in heroes]

    assert len(json.dumps(carousel, ensure_ascii=False).encode()) <= MOST_BYTES
    assert [answer.status_code for answer in pictures] == [200] * 4
    assert {Image.open(BytesIO(answer.content)).size for answer in pictures} == {SIZE} == {PICTURE}
    assert {hero["aspectRatio"] for hero in heroes} == {"720:480"}
    for words in ("見本うどん詰め合わせ", "1,000ポイント（見本）", "県産品", "その他", "1〜2か月ほど"):
        assert words in carousel["altText"]


@pytest.mark.parametrize(
    "gift", ["kagawa/gold-other", "kagawa/box-gold", "nowhere/box-other", "kagawa/box-other-x"]
)
def test_only_gifts_that_there_may_be_are_drawn(house: DemoHouse, gift: str) -> None:
    assert get(house, f"/gifts/{gift}.png").status_code == 404


def test_what_was_sealed_as_a_proof_is_no_balance(house: DemoHouse) -> None:
    token = house.demo.house.seal.seal_text("proof", '["#000000",[]]')

    assert get(house, f"/points/{token}.png").status_code == 404
    assert get(house, "/points/anything.png").status_code == 404
