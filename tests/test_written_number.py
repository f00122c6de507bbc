"""Numbers as people write them, with the words around them."""

import pytest

from handlers.points_records import read_value
from models.written_number import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(
            ("8500", 8500),
            ("8,500", 8500),
            ("８５００", 8500),
            ("八千", 8000),
            ("1万", 10000),
            ("一万二千", 12000),
        ),
        *(
            ("1万2千3百", 12300),
            ("65.5", 65.5),
            ("1.2万", 12000),
            ("十", 10),
            ("三百五十", 350),
            ("0", 0),
            ("千", 1000),
        ),
        *(
            ("六十五", 65),
            ("", None),
            ("万", None),
            ("1,20", None),
            ("1.2.3", None),
            ("たくさん", None),
            ("-5", None),
            ("9" * 400, None),
        ),
    ],
)
def test_a_number_is_read_in_digits_or_kanji(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "name", "unit", "number"),
    [
        *(
            (text, "歩数", "歩", 8000.0)
            for text in (
                "8000",
                "八千歩",
                "8千歩です",
                "8000歩あるいた",
                "今日は8000歩",
                "歩数は8,000歩でした",
                "すみません、8000歩にします",
            )
        ),
        *(
            (text, "歩数", "歩", 10000.0)
            for text in ("１万歩", "一万歩", "約1万歩", "えっと、1万歩くらいです", "10000ほ")
        ),
        *(
            (text, "体重", "kg", 65.0)
            for text in ("65キロ", "65kgです", "体重65キロ", "65㎏", "六十五キロでした", "65キログラム")
        ),
        *((text, "体重", "kg", 65.5) for text in ("65.5kgです", "65.5キロ", "６５．５", "やっぱり65.5")),
        *((text, "睡眠", "時間", 7.5) for text in ("7時間半", "7.5時間", "7時間30分", "7時間半寝ました")),
        *(
            (text, "歩数", "歩", None)
            for text in ("", "歩", "65キロ", "8000円", "8000歩で何ポイント", "8000歩は何キロ", "たくさん")
        ),
    ],
)
def test_a_value_is_read_with_its_unit_and_what_is_said_around_it(
    text: str, name: str, unit: str, number: float | None
) -> None:
    assert read_value(text, name, unit) == number
