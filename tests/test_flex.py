"""Cards as LINE takes them: facts on one baseline, buttons of a card aligned alike."""

from typing import Any

import pytest

from bot.buttons import Binding
from bot.flex import render
from bot.messages import Answer, Card, Fact

ASKED = Binding("redeem", "content", 1)


def parts(card: Card) -> list[dict[str, Any]]:
    """What stands in the card's body below its title."""
    contents: list[dict[str, Any]] = render(card, ASKED)["contents"]["body"]["contents"]
    return contents[1:]


def test_a_label_and_its_value_stand_on_one_baseline() -> None:
    (row,) = parts(Card("確認", (Fact("今日の合言葉", "あさがお（緑）"),)))

    assert row["layout"] == "baseline"
    assert [each["text"] for each in row["contents"]] == ["今日の合言葉", "あさがお（緑）"]
    assert all(each["wrap"] for each in row["contents"])


@pytest.mark.parametrize(
    ("notes", "align"),
    [(("", ""), "center"), (("残り1枚", ""), "start"), (("", "残り1枚"), "start"), (("", "", ""), "start")],
    ids=["no note", "first has one", "last has one", "a list"],
)
def test_the_buttons_of_a_card_are_all_aligned_alike(notes: tuple[str, ...], align: str) -> None:
    answers = tuple(Answer(f"クーポン{place}", str(place), note) for place, note in enumerate(notes))

    (box,) = parts(Card("選択", (), answers))

    assert [each["contents"][0]["align"] for each in box["contents"]] == [align] * len(notes)


def test_answers_are_numbered_only_where_there_are_several() -> None:
    (one,) = parts(Card("最後の確認", (), (Answer("今すぐ利用する", "now"),)))
    (two,) = parts(Card("確認", (), (Answer("はい", "yes"), Answer("いいえ", "no"))))

    assert [each["contents"][0]["text"] for each in one["contents"]] == ["今すぐ利用する"]
    assert [each["contents"][0]["text"] for each in two["contents"]] == ["1　はい", "2　いいえ"]
