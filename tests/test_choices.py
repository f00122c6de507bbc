"""What is typed where one of several is to be chosen."""

import pytest

from bot.questions import Choose, Given, Option, Retry
from handlers.savings import INTENTION


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (text, "withdrawal")
            for text in (
                "引き出したい",
                "引き出すほう",
                "ひきだしたいです",
                "貯金をおろしたい",
                "引き出します",
            )
        ),
        *(
            (text, "cancellation")
            for text in ("解約", "解約したい", "かいやくしたいんですけど", "解約の手続きをお願いします")
        ),
        *((text, "change") for text in ("中断", "中断したい", "名前が変わった", "積立を止めたい")),
        *((text, "amount") for text in ("額を増やしたい", "増やしたいです", "毎月の額を変えたい")),
    ],
)
def test_an_option_is_chosen_by_the_words_that_members_have_for_it(text: str, value: str) -> None:
    assert INTENTION.exact(Given("text", text)) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "引き出すと利息は？",
            "解約したらどうなる",
            "引き出さない",
            "解約しません",
            "引き出すのをやめて解約したい",
        ),
        *("引き出しの用紙を送ってほしい", "中断しているか教えて", "ドックの解約", "貯金"),
    ],
)
def test_a_question_a_refusal_or_more_than_its_words_chooses_nothing(text: str) -> None:
    with pytest.raises(Retry):
        INTENTION.exact(Given("text", text))


VALUES = Choose(
    "",
    choices={
        "weight": "体重",
        "sleep": Option("睡眠", "時間"),
        "udon": "見本うどん詰め合わせ",
        "oil": "見本オイル",
    },
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("たいじゅう", "weight"),
        ("すいみんで", "sleep"),
        ("ミホンウドンで", "udon"),
        ("みほんおいるにします", "oil"),
    ],
)
def test_a_label_may_be_written_as_it_is_read(text: str, value: str) -> None:
    assert VALUES.exact(Given("text", text)) == value


@pytest.mark.parametrize("text", ["みほん", "いじゅ", "たいじゅうってなに", "みほんの"])
def test_kana_that_could_be_several_or_is_more_than_a_label_chooses_nothing(text: str) -> None:
    with pytest.raises(Retry):
        VALUES.exact(Given("text", text))
