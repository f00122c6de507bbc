"""Every step taken by another bot, as after a restart: each talk of the desk comes to the same end, and does its work once."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import ColumnElement, Select, func, select

from bot.dispatch import Bot
from handlers.world import World
from models.base import Base
from models.coupon_uses import GivenBack, Use
from models.inbox import Note
from models.paper import PaperRequest
from models.paper_posting import PaperExport
from models.question import OpenQuestion
from models.staff import Role
from tests.desk_scene import lay_on_the_desk
from tests.one_chat import OneChat, Rooms

MEMBER, DAY = "123456", "2024-07-01"
DESK: tuple[Role, ...] = ("desk",)


@dataclass(frozen=True)
class Told:
    """A talk: what is said in it, how it ends, and the rows that are then so."""

    acts: tuple[str, ...]
    ends: str
    effect: Select[int]
    rows: int
    staff: tuple[Role, ...] = DESK
    scene: Callable[[OneChat], object] = lay_on_the_desk


def count(table: type[Base], *where: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(table).where(*where)


TALKS = {
    "outage": Told(
        ("通信障害の利用登録", MEMBER, "はい", "11", DAY, "歯科", "登録する"),
        "利用済みにしました",
        count(Use),
        1,
    ),
    "paper": Told(
        ("紙クーポンの手続きをする", "1", "1"),
        "申請を受け付けました",
        count(PaperRequest),
        1,
        staff=(),
        scene=lambda chat: chat.link(chat.user_id, (MEMBER,)),
    ),
    "staff_paper": Told(
        ("紙クーポン受付", "1", "確認する", "はい"),
        "紙に切り替えました",
        count(PaperRequest, PaperRequest.state == "confirmed"),
        2,
    ),
    "staff_paper, asked back": Told(
        ("紙クーポン受付", "1", "会員に聞き返す", "端末をお持ちですか", "はい"),
        "聞き返しました",
        count(PaperRequest, PaperRequest.state == "questioned"),
        1,
    ),
    "staff_posting": Told(("郵送リスト", "1"), "郵送リストができました", count(PaperExport), 1),
    "staff_questions": Told(
        ("質問を読む", "2", "この質問に返信する", "来月お知らせします", "送る"),
        "返信を送りました",
        count(OpenQuestion, OpenQuestion.done_at.is_not(None)),
        1,
    ),
    "staff_messages": Told(
        ("伝言を読む", "1", "返信する", "お電話します", "送る"),
        "返信を送りました",
        count(Note, Note.staff_id.is_not(None)),
        1,
    ),
    "correction_yes": Told(
        ("訂正の承認", "承認する"),
        "承認しました",
        count(GivenBack),
        2,
        staff=("approver",),
        scene=lambda chat: chat.wish_corrections(MEMBER, 1),
    ),
}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("restarts"))


@pytest.fixture(scope="module")
def bots(rooms: Rooms) -> list[Bot[World]]:
    """As many as the longest talk has steps, and one that hears its last event once more."""
    return [rooms.fresh("saitama") for _ in range(max(len(told.acts) for told in TALKS.values()) + 1)]


@pytest.mark.parametrize("told", TALKS.values(), ids=TALKS.keys())
def test_a_talk_goes_on_in_a_bot_that_has_heard_nothing_of_it(
    rooms: Rooms, bots: list[Bot[World]], told: Told
) -> None:
    chat = rooms.chat("saitama", staff=told.staff)
    told.scene(chat)

    for act, chat.bot in zip(told.acts, bots, strict=False):
        do(chat, act)
        assert "うまく処理できませんでした" not in chat.words

    assert told.ends in chat.words
    assert rows(chat, told) == told.rows
    chat.bot = bots[-1]
    assert chat.deliver(chat.last) == []  # LINE brings the last event once more
    assert rows(chat, told) == told.rows
    chat.close()


def do(chat: OneChat, act: str) -> None:
    if act == DAY:
        chat.press(next(button.data for button in chat.buttons("answer") if button.is_date), act)
    else:
        chat.say(act)


def rows(chat: OneChat, told: Told) -> int:
    with chat.database.reading() as db:
        return db.execute(told.effect).scalar_one()
