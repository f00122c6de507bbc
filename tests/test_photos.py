"""A photo is read after the webhook is answered: whatever becomes of it, its sender hears once."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, update

from bot.line import LineUnavailable
from bot.outbox import BACKOFF
from bot.photos import PhotoReader
from bot.reactions import MOST_PHOTOS
from models.conversation import StoredEvent
from pictures.sent import fit
from tests.conftest import ENGINES
from tests.quiet_house import BRANCH, LineRecord, QuietHouse, event, says, standing_house, user

ME = user("me")
POSTER = "https://line.me/R/oaMessage/%40x/?fs0007"
RECEIVED, UNREADABLE, OTHER = (
    "写真を受け取れませんでした",
    "読み取れませんでした",
    "ここで使う二次元コードではない",
)


@pytest.fixture(scope="module", params=ENGINES)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[QuietHouse]:
    yield from standing_house(request, tmp_path_factory.mktemp("photos"))


@pytest.fixture
def house(standing: QuietHouse) -> QuietHouse:
    standing.forget_all()
    return standing


class AwayLine(LineRecord):
    """LINE whose pictures cannot be had for some calls."""

    away = 0

    def content(self, message_id: str) -> bytes | None:
        if self.away > 0:
            self.away -= 1
            raise LineUnavailable("content: 503")
        return super().content(message_id)


@contextmanager
def reading(
    house: QuietHouse, read_codes: Callable[[bytes], Sequence[str]], line: LineRecord | None = None
) -> Iterator[PhotoReader]:
    """A reader at work."""
    lines = house.lines | ({BRANCH: line} if line else {})
    bots, sender = house.house.bots, house.house.sender
    photos = PhotoReader(house.database, bots, lines, sender, house.clock, read_codes, fit)
    photos.start()
    yield photos
    photos.stop()


def photo(message_id: str = "p1") -> dict[str, object]:
    return event(
        "message", ME, message={"type": "image", "id": message_id, "contentProvider": {"type": "line"}}
    )


def wait_until_read(house: QuietHouse, photos: PhotoReader) -> None:
    """Moves the clock over every waiting time until no photo is stored any more."""
    for _ in range(400):
        with house.database.reading() as db:
            if db.execute(select(func.count()).select_from(StoredEvent)).scalar_one() == 0:
                return
        house.clock.pass_by(seconds=20)
        photos.nudge()
        time.sleep(0.02)
    raise AssertionError("a photo still waits")


def broken(data: bytes) -> Sequence[str]:
    raise RuntimeError("a bug")


def unreadable(data: bytes) -> Sequence[str]:
    raise ValueError("no picture")


@pytest.mark.parametrize(
    ("read_codes", "data", "said"),
    [
        pytest.param(lambda data: [POSTER], b"png", "共済組合互助会病院", id="a poster"),
        pytest.param(lambda data: [], b"png", UNREADABLE, id="no code"),
        pytest.param(lambda data: ["https://example.org/\0"], b"png", OTHER, id="another code"),
        pytest.param(unreadable, b"text", UNREADABLE, id="no picture"),
        pytest.param(broken, b"png", UNREADABLE, id="a picture that breaks the reader"),
        pytest.param(lambda data: [POSTER], b"x" * 10_000_001, UNREADABLE, id="too large"),
        pytest.param(lambda data: [POSTER], None, RECEIVED, id="gone at LINE"),
    ],
)
def test_a_photo_is_answered_once(
    house: QuietHouse, read_codes: Callable[[bytes], Sequence[str]], data: bytes | None, said: str
) -> None:
    house.line.photos["p1"] = data

    with reading(house, read_codes) as photos:
        assert house.post(photo()) == 200
        wait_until_read(house, photos)

    (row,) = house.owed(ME)
    assert said in row["messages"]


def test_a_photo_is_read_when_line_is_there_again(house: QuietHouse) -> None:
    line = AwayLine("1", "secret", photos={"p1": b"png"})
    line.away = 3

    with reading(house, lambda data: [POSTER], line) as photos:
        house.post(photo())
        wait_until_read(house, photos)

    (row,) = house.owed(ME)
    assert "共済組合互助会病院" in row["messages"]


def test_a_photo_that_line_never_gives_is_told(house: QuietHouse) -> None:
    line = AwayLine("1", "secret")
    line.away = 1_000

    with reading(house, lambda data: [POSTER], line) as photos:
        house.post(photo())
        wait_until_read(house, photos)

    (row,) = house.owed(ME)
    assert RECEIVED in row["messages"]


def test_a_photo_of_a_branch_without_a_channel_here_waits_untouched(house: QuietHouse) -> None:
    house.line.photos["p1"] = b"png"
    house.post(photo())
    elsewhere = PhotoReader(house.database, {}, {}, house.house.sender, house.clock, lambda data: [], fit)

    elsewhere.nudge()
    elsewhere.start()
    until = time.monotonic() + 5
    while not elsewhere.is_quiet() and time.monotonic() < until:
        time.sleep(0.01)
    elsewhere.stop()

    with house.database.reading() as db:
        assert db.execute(select(StoredEvent.tries)).scalars().all() == [0]


def test_a_photo_that_comes_twice_is_answered_once(house: QuietHouse) -> None:
    house.line.photos["p1"] = b"png"
    again = photo()

    house.post(again, again)
    with reading(house, lambda data: [POSTER]) as photos:
        wait_until_read(house, photos)

    assert len(house.owed(ME)) == 1


def test_a_photo_that_ended_its_reader_again_and_again_is_told_to_be_unreadable(house: QuietHouse) -> None:
    house.line.photos["p1"] = b"png"
    house.post(photo())
    with house.database.transaction() as db:
        db.execute(update(StoredEvent).values(tries=len(BACKOFF)))

    with reading(house, lambda data: [POSTER]) as photos:
        wait_until_read(house, photos)

    (row,) = house.owed(ME)
    assert UNREADABLE in row["messages"]


def test_one_chat_has_few_photos_waiting(house: QuietHouse) -> None:
    house.post(*(photo(f"p{number}") for number in range(MOST_PHOTOS + 1)))

    with house.database.reading() as db:
        assert db.execute(select(func.count()).select_from(StoredEvent)).scalar_one() == MOST_PHOTOS
    (row,) = house.owed(ME)
    assert "もう一度お送りください" in row["messages"]


def test_two_readers_answer_a_photo_once(house: QuietHouse) -> None:
    house.line.photos |= {f"p{number}": b"png" for number in range(10)}
    house.post(*(photo(f"p{number}") for number in range(10)))

    with reading(house, lambda data: []) as one, reading(house, lambda data: []):
        wait_until_read(house, one)

    assert len(house.owed(ME)) == 10


def test_a_photo_that_was_taken_back_is_not_read(house: QuietHouse) -> None:
    house.post(photo())
    house.post(event("unsend", ME, unsend={"messageId": "p1"}))

    with reading(house, lambda data: [POSTER]) as photos:
        wait_until_read(house, photos)

    assert house.owed(ME) == []


def test_a_photo_whose_talk_went_on_meanwhile_opens_nothing(house: QuietHouse) -> None:
    house.line.photos["p1"] = b"png"
    house.post(photo())
    house.post(says(ME, "クーポンを使う"))

    with reading(house, lambda data: [POSTER]) as photos:
        wait_until_read(house, photos)

    assert "お話が先に進んでいた" in house.owed(ME)[-1]["messages"]
