"""締切・予定 on the first day of every month: LINE takes it, it fits a phone, and every button leads somewhere."""

import json
from datetime import datetime

import pytest

from models.days import JST
from simulator.message_limits import checked
from tests.one_chat import OneChat, Rooms

LARGEST = 50_000  # bytes of one message, as LINE counts
MOST_BUBBLES, MOST_BOXES = 12, 6
MONTHS = [*(f"2024-{month:02}" for month in range(4, 13)), "2025-01", "2025-02", "2025-03"]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("deadlines"))


@pytest.mark.parametrize(
    ("branch", "linked"),
    [("aichi", ()), ("aichi", ("12345679",)), ("kagawa", ("1234567",)), ("saitama", ("123456",))],
    ids=["aichi for all", "aichi", "kagawa", "saitama"],
)
def test_every_month_fits(rooms: Rooms, branch: str, linked: tuple[str, ...]) -> None:
    chat = rooms.chat(branch, linked=linked)
    for month in MONTHS:
        chat.now = datetime.fromisoformat(f"{month}-01T10:00").replace(tzinfo=JST)
        chat.say("締切")
        _fits(chat)
        for opener in [each for each in chat.buttons("open") if each.data.startswith("open:deadline")]:
            chat.press(opener.data)
            assert "予定が見つかりません" not in chat.words
            _fits(chat)
    chat.close()


def _fits(chat: OneChat) -> None:
    checked(json.loads(json.dumps(chat.messages)))
    for message in chat.messages:
        assert len(json.dumps(message, ensure_ascii=False).encode()) < LARGEST
        contents = message["contents"]
        bubbles = contents["contents"] if contents["type"] == "carousel" else []
        assert len(bubbles) <= MOST_BUBBLES
        for bubble in bubbles:
            boxes = [
                part
                for part in bubble["body"]["contents"]
                if part.get("spacing") == "sm" and "margin" in part
            ]
            assert all(len(box["contents"]) <= MOST_BOXES for box in boxes)
