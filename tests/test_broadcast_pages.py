"""What a broadcast opens over HTTP: its picture at an address nobody can guess, and the page that takes a file of numbers once."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Connection, func, select
from werkzeug.test import TestResponse

from models import broadcast_lists, broadcast_pictures
from models.audit import acts
from models.base import Database
from models.broadcast_lists import ListedPerson, PersonList, list_of, new_page
from models.days import day_of
from models.staff import leave, staff_of
from models.table_file import lines
from tests.conftest import ENGINES
from tests.quiet_house import BRANCH, QuietHouse, standing_house

SIZE = (320, 200)
KNOWN = ("123456", "200001")  # numbers of the demo's members
WIDE = "１２３４５６"  # the first of them as a Japanese keyboard writes it
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FORGED = ("", "x" * 32, "1", "../../etc/passwd", "%00", "あ")


@pytest.fixture(scope="module", params=ENGINES)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[QuietHouse]:
    yield from standing_house(request, tmp_path_factory.mktemp("broadcast"))


@pytest.fixture
def house(standing: QuietHouse) -> QuietHouse:
    standing.forget_all()
    return standing


# The picture


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_picture_is_served_as_it_was_approved(house: QuietHouse, kind: str) -> None:
    data, token = picture(house, kind)

    answer = house.client.get(f"/broadcast/{token}")

    assert (answer.status_code, answer.mimetype) == (200, f"image/{kind}")
    assert answer.data == data
    assert answer.content_length == len(data)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(BytesIO(answer.data)) as seen:
        assert seen.size == SIZE


def test_an_address_of_a_picture_says_nothing_and_is_no_row_s_number(house: QuietHouse) -> None:
    tokens = {picture(house, "jpeg")[1] for _ in range(3)}

    assert len(tokens) == 3  # the same picture, three addresses
    assert all(len(token) >= 32 for token in tokens)
    data, _ = picture(house, "jpeg")
    digest = hashlib.sha256(data).hexdigest()
    for forged in (*FORGED, digest, digest[:32], *(token[:-1] + "!" for token in tokens)):
        assert house.client.get(f"/broadcast/{forged}").status_code == 404


# The file


def test_a_file_as_spreadsheets_write_it_is_taken_once(house: QuietHouse) -> None:
    page, chat = opened(house)
    text = "number\r\n" + "\r\n".join((WIDE, *KNOWN)) + "\r\n"

    answer = send(house, page, text.encode("cp932"), "配信先（７月）.csv")

    assert answer.status_code == 200
    words = answer.get_data(as_text=True)
    assert "2人の番号を受け取りました" in words
    assert "番号のCSVを送りました" in words
    assert listed(house, page, chat) == 2
    for again in (send(house, page, text.encode(), "again.csv"), house.client.get(address(page))):
        assert again.status_code == 410
    assert listed(house, page, chat) == 2
    assert lists(house) == 1
    with house.database.reading() as db:
        (entered,) = [act for act in acts(db, BRANCH) if act.act == "broadcast.list"]
        one = staff_of(db, chat)
    assert one is not None
    assert (entered.who, entered.after) == (one.who, {"people": 2})
    assert "123456" not in str(entered)


def test_a_file_with_unknown_numbers_is_told_by_line_and_may_be_sent_again(house: QuietHouse) -> None:
    page, chat = opened(house)
    unknown = "\n".join(str(900_000 + n) for n in range(25))

    answer = send(house, page, f"number\n{KNOWN[0]}\n{unknown}\n".encode())

    words = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "直すところが25件あります" in words
    assert "3行目 番号「900000」: この番号の人は登録されていません" in words
    assert "ほかに5件あります" in words
    assert "--json" not in words
    assert lists(house) == 0
    assert send(house, page, f"number\n{KNOWN[0]}\n".encode()).status_code == 200
    assert listed(house, page, chat) == 1


@pytest.mark.parametrize("head", ["", "番号\r\n", "組合員番号,,\r\n", "会員番号\n"])
def test_a_list_as_a_spreadsheet_saves_it_is_taken_with_any_heading_or_none(
    house: QuietHouse, head: str
) -> None:
    page, chat = opened(house)

    answer = send(house, page, (head + "\r\n".join(KNOWN) + "\r\n").encode("cp932"))

    assert answer.status_code == 200
    assert listed(house, page, chat) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "番号が1つもありません"),
        (b"number\n", "番号が1つもありません"),
        ("組合員番号,氏名\n123456,見本 桜\n".encode("cp932"), "番号の列だけを残して"),
        ("123456\n氏名\n".encode("cp932"), "2行目 番号「氏名」"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00", "文字コード"),
        (b"number\n12<script>\n", "&lt;script&gt;"),
    ],
    ids=["empty", "header", "other columns", "words", "picture", "markup"],
)
def test_a_file_that_is_no_list_is_refused_in_words(house: QuietHouse, data: bytes, said: str) -> None:
    page, _ = opened(house)

    answer = send(house, page, data)

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert lists(house) == 0


def test_a_file_that_is_too_large_is_refused_and_the_page_stays_open(house: QuietHouse) -> None:
    page, _ = opened(house)

    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="numbers.csv"\r\n\r\nnumber\n'
    body = head + b"123456\n" * 600_000 + b"\r\n--x--\r\n"

    answer = house.client.post(address(page), data=body, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 413
    assert "大きすぎます" in answer.get_data(as_text=True)
    assert house.client.get(address(page)).status_code == 200
    assert lists(house) == 0


def test_a_page_that_was_not_handed_out_or_is_over_takes_nothing(house: QuietHouse) -> None:
    page, _ = opened(house)
    forged = ("x" * 32, "1", page[:-1] + "!")

    assert {send(house, each, b"number\n123456\n").status_code for each in forged} == {410}
    house.clock.pass_by(minutes=31)
    assert send(house, page, b"number\n123456\n").status_code == 410
    assert lists(house) == 0


def test_a_page_is_over_once_its_holder_is_no_longer_a_drafter(house: QuietHouse) -> None:
    page, chat = opened(house)
    with house.database.reading() as db:
        one = staff_of(db, chat)
    assert one is not None
    fields = {"numbers": KNOWN[0], **token(house, page)}

    house.database.run(lambda db: leave(db, BRANCH, one.id, "test", house.clock.now))
    answers = (house.client.get(address(page)), house.client.post(address(page), data=fields))

    assert {answer.status_code for answer in answers} == {410}
    assert lists(house) == 0


def test_numbers_are_not_tried_out_without_end(house: QuietHouse) -> None:
    terms = house.house.branches[BRANCH].broadcast
    assert terms is not None
    most = terms.on(day_of(house.clock.now)).wrong_files_per_day

    wrong = [send(house, opened(house)[0], b"number\n900000\n") for _ in range(most)]
    page, _ = opened(house)
    refused = [send(house, page, data) for data in (b"number\n900001\n", b"number\n123456\n")]
    house.clock.pass_by(days=1, minutes=1)
    page, chat = opened(house)
    taken = send(house, page, b"number\n123456\n")

    assert {answer.status_code for answer in wrong} == {422}
    assert [answer.status_code for answer in refused] == [429, 429]
    assert "900001" not in refused[0].get_data(as_text=True)
    assert taken.status_code == 200
    assert listed(house, page, chat) == 1


def test_many_files_at_once_are_counted_like_one_after_another(house: QuietHouse) -> None:
    terms = house.house.branches[BRANCH].broadcast
    assert terms is not None
    most = terms.on(day_of(house.clock.now)).wrong_files_per_day
    page, _ = opened(house)
    browsers = [house.client.application.test_client() for _ in range(most + 4)]

    def post(browser: FlaskClient) -> int:
        found = TOKEN.search(browser.get(address(page)).get_data(as_text=True))
        assert found is not None
        ready.wait()
        fields = {"file": (BytesIO(b"number\n900000\n"), "numbers.csv"), "csrf_token": found[1]}
        return browser.post(address(page), data=fields).status_code

    ready = Barrier(len(browsers))
    with ThreadPoolExecutor(len(browsers)) as threads:
        answers = Counter(threads.map(post, browsers))

    assert answers == {422: most, 429: 4}


def test_a_file_is_read_while_others_may_write(house: QuietHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    page, chat = opened(house)
    writing, at_reading = Database.transaction, list[int]()
    under_way: list[None] = []

    @contextmanager
    def watched(database: Database) -> Iterator[Connection]:
        with writing(database) as db:
            under_way.append(None)
            yield db
            under_way.pop()

    def read(*given: Any) -> Any:
        at_reading.append(len(under_way))
        return lines(*given)

    monkeypatch.setattr(Database, "transaction", watched)
    monkeypatch.setattr(broadcast_lists, "lines", read)

    assert send(house, page, b"number\n123456\n").status_code == 200
    assert at_reading == [0]
    assert listed(house, page, chat) == 1


def picture(house: QuietHouse, kind: str) -> tuple[bytes, str]:
    """A picture that is kept; its bytes and its address."""
    file = BytesIO()
    Image.new("RGB", SIZE, "#0B6B5D").save(file, kind)
    now = house.clock.now

    def work(db: Connection) -> str:
        number = broadcast_pictures.keep(db, BRANCH, file.getvalue(), f"image/{kind}", SIZE, now)
        found = broadcast_pictures.shown(db, BRANCH, number)
        assert found is not None
        return found.token

    return file.getvalue(), house.database.run(work)


def opened(house: QuietHouse) -> tuple[str, int]:
    """A page that was handed to a drafter's chat."""
    chat = house.employ("a drafter", "drafter").chat_id
    return house.database.run(lambda db: new_page(db, chat, house.clock.now)), chat


def send(house: QuietHouse, page: str, data: bytes, name: str = "numbers.csv") -> TestResponse:
    """The form as a browser sends it, with the token that the page gave."""
    return house.client.post(address(page), data={"file": (BytesIO(data), name), **token(house, page)})


def token(house: QuietHouse, page: str) -> dict[str, str]:
    """The form's token; of an open page when this one cannot be opened."""
    found = TOKEN.search(house.client.get(address(page)).get_data(as_text=True))
    if found is None:
        other, _ = opened(house)
        found = TOKEN.search(house.client.get(address(other)).get_data(as_text=True))
    assert found is not None
    return {"csrf_token": found[1]}


def address(page: str) -> str:
    return f"/broadcast-list/{page}"


def listed(house: QuietHouse, page: str, chat: int) -> int:
    """How many people the list of a page holds."""
    with house.database.reading() as db:
        found = list_of(db, page, chat)
        assert found is not None
        people = select(func.count()).where(ListedPerson.list_id == found.id)
        assert db.execute(people).scalar_one() == found.people
        return found.people


def lists(house: QuietHouse) -> int:
    with house.database.reading() as db:
        return db.execute(select(func.count()).select_from(PersonList)).scalar_one()
