"""The months and days that the talks say are those of the terms: other terms, other words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from house import build_bots
from models.base import Database
from models.branch import Branch
from models.days import JST
from models.points_earning import earn
from models.points_terms import PointTerms, RemoteBonus, Span
from models.terms import Block
from tests.learnt import learnt
from tests.one_chat import OneChat, Rooms
from tests.points_people import noon, person, points_of


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    yield Rooms(tmp_path)


def with_points(branch: Branch, terms: PointTerms) -> Branch:
    points = branch.points
    assert points is not None
    blocks = (Block(points.terms.blocks[0].since, None, "", terms),)
    return replace(branch, points=replace(points, terms=replace(points.terms, blocks=blocks)))


def chat_in(rooms: Rooms, branch: Branch, number: str, on: str) -> OneChat:
    bot = build_bots(rooms.settings, [branch], learn=learnt)[branch.id]
    chat = replace(rooms.chat(branch.id, linked=(number,)), bot=bot)
    chat.now = datetime.fromisoformat(on).replace(hour=10, tzinfo=JST)
    return chat


def aichi_with(terms: PointTerms) -> PointTerms:
    return replace(
        terms,
        record_only=Span(date(2025, 2, 1), date(2025, 2, 28)),
        remote_bonus=RemoteBonus("10月下旬"),
    )


def test_the_month_without_points_is_that_of_the_terms(rooms: Rooms) -> None:
    terms = points_of("aichi").terms.blocks[0].terms
    branch = with_points(rooms.branches["aichi"], aichi_with(terms))
    chat = chat_in(rooms, branch, "12345678", "2025-02-03")

    chat.say("歩数")
    chat.say("9000")

    assert "2月は記録と交換だけの月です。ポイントは3月からまた付きます。" in chat.words


def test_the_first_login_of_that_month_promises_nothing(rooms: Rooms, database: Database) -> None:
    points = with_points(rooms.branches["aichi"], aichi_with(points_of("aichi").terms.blocks[0].terms)).points
    assert points is not None
    with database.transaction() as db:
        earned = earn(
            db, points, person(db, "aichi", ("2004-04-01", None)), "first_login", noon("2025-02-03")
        )

    assert earned.note == "2月のはじめての利用にポイントが付くかは、支部の窓口にお確かめください。"


def test_what_comes_by_itself_is_told_with_the_terms_time(rooms: Rooms) -> None:
    terms = points_of("aichi").terms.blocks[0].terms
    chat = chat_in(rooms, with_points(rooms.branches["aichi"], aichi_with(terms)), "12345678", "2024-07-01")

    chat.say("ためる")

    assert "へき地組合員サポート：1,000ポイント（見本）、10月下旬ごろ" in chat.words


def test_the_month_without_exchange_is_that_of_the_terms(rooms: Rooms) -> None:
    terms = points_of("kagawa").terms.blocks[0].terms
    closed = replace(terms, exchange=replace(terms.exchange, closed_month=11))
    chat = chat_in(rooms, with_points(rooms.branches["kagawa"], closed), "1234574", "2024-07-01")

    chat.say("退職するとき")
    chat.say("2024/11/20")

    assert "11月は交換をお休みするため、10月のうちに交換してください。" in chat.words


def test_the_days_of_interest_are_those_of_the_terms(rooms: Rooms) -> None:
    savings = rooms.branches["aichi"].savings
    assert savings is not None
    terms = replace(savings.blocks[0].terms, interest_days={"winter": "3月1日", "summer": "9月1日"})
    branch = replace(
        rooms.branches["aichi"], savings=replace(savings, blocks=(replace(savings.blocks[0], terms=terms),))
    )
    chat = chat_in(rooms, branch, "12345678", "2024-05-01")

    chat.say("積立が止まるか確かめる")
    for text in ("5月10日", "785万円", "10万円", "0"):
        chat.say(text)

    assert "利息（3月1日・9月1日）は計算に入っていません。" in chat.words
