"""Birth dates in all the forms in which people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.birthdate import read_birthdate

SAMPLE = date(1974, 1, 22)

WRITTEN = [
    "19740122",
    "１９７４０１２２",
    " 19740122 ",
    "1974/1/22",
    "1974/01/22",
    "１９７４／１／２２",
    "1974-1-22",
    "1974－1－22",
    "1974ー1ー22",
    "1974−01−22",
    "1974.1.22",
    "1974・1・22",
    "1974 1 22",
    "1974年1月22日",
    "1974年 1月 22日",
    "１９７４年　１月　２２日",
    "1974年1月22日生まれ",
    "1974年1月22日生",
    "昭和49年1月22日",
    "昭和４９年１月２２日",
    "昭和 49年 1月 22日",
    "㍼49年1月22日",
    "昭49年1月22日",
    "昭和49.1.22",
    "S49.1.22",
    "Ｓ４９．１．２２",
    "s49/1/22",
    "S49-01-22",
    "S.49.1.22",
    "S490122",
    "昭和490122",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_the_same_day_is_read_from_every_form(text: str) -> None:
    assert read_birthdate(text) == SAMPLE


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("H元.1.8", date(1989, 1, 8)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("昭和64年1月8日", date(1989, 1, 8)),
        ("大正15年12月24日", date(1926, 12, 24)),
        ("T9.3.3", date(1920, 3, 3)),
        ("平成12年2月29日", date(2000, 2, 29)),
        ("1976-02-29", date(1976, 2, 29)),
    ],
)
def test_eras_and_leap_days(text: str, day: date) -> None:
    assert read_birthdate(text) == day


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "誕生日", "1974", "197401", "740122", "1974012", "197401222", "1974/1", "22/1/1974"),
        *("19740230", "19741301", "19740100", "1975-02-29", "1974/0/1", "0000/01/01", "1900/2/29"),
        *("昭和0年1月1日", "昭和元", "明治3年1月1日", "X49.1.22", "昭和49年13月1日", "S49.1.22.3", "平成"),
        *("1974/1/22; DROP TABLE", "\0", "１９７４年１月２２日１９時", "19740122\n19740122"),
    ],
)
def test_what_is_no_day_is_not_read(text: str) -> None:
    assert read_birthdate(text) is None


@given(st.dates(date(1912, 7, 30), date(2030, 12, 31)))
def test_every_day_is_read_in_western_and_in_era_years(day: date) -> None:
    start, sign = next(
        (year, sign) for year, sign in ((2018, "R"), (1988, "H"), (1925, "S"), (1911, "T")) if day.year > year
    )

    assert read_birthdate(f"{day:%Y%m%d}") == day
    assert read_birthdate(f"{day.year}年{day.month}月{day.day}日") == day
    assert read_birthdate(f"{sign}{day.year - start}.{day.month}.{day.day}") == day


@given(st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    assert read_birthdate(text) is None or isinstance(read_birthdate(text), date)
