"""Days as people write them, alone or among words."""

from datetime import date

import pytest

from bot.questions import Given, PickDate, Retry, Unfit
from models.written_day import find_day, read_day

FIRST, LAST = date(2024, 7, 1), date(2026, 6, 30)
QUESTION = PickDate("", first=FIRST, last=LAST, today=FIRST)


@pytest.mark.parametrize(
    "text",
    [
        *("2025/3/31", "2025年3月31日", "R7.3.31", "令和7年3月31日", "2025-3-31", "20250331", "2025-03-31"),
        *("3月31日", "3/31", "３月３１日", "２０２５／３／３１", "Ｒ７．３．３１", "令和７年３月３１日"),
        *(
            "3月31日に退職",
            "3月31日です",
            "令和7年3月31日に退職します",
            "2025/3/31まで",
            "3/31で",
            "R7.3.31に辞める",
        ),
    ],
)
def test_a_date_question_takes_a_day_as_people_write_it(text: str) -> None:
    assert QUESTION.exact(Given("text", text)) == "2025-03-31"


@pytest.mark.parametrize("text", ["退職は3月31日です", "たぶん令和7年3月31日", "おそらく来年の3/31"])
def test_a_day_among_words_is_taken_when_nothing_else_is_meant(text: str) -> None:
    with pytest.raises(Retry):
        QUESTION.exact(Given("text", text))

    assert QUESTION.loosely(text) == "2025-03-31"


@pytest.mark.parametrize(
    "text", ["2020/4/1", "2030年3月31日", "R12.3.31", "平成31年4月1日", "2030-04-01に退職"]
)
def test_a_day_out_of_range_is_told_the_range(text: str) -> None:
    with pytest.raises(Unfit, match=r"2024年7月1日.*2026年6月30日"):
        QUESTION.exact(Given("text", text))


@pytest.mark.parametrize(
    "text",
    [
        "来年",
        "2月30日",
        "13/1",
        "2025/3/31/4",
        "25/3/31",
        "8500",
        "3",
        "1,200",
        "いつ",
        "3月31日はどうですか？",
    ],
)
def test_what_is_no_day_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(Retry, match="3月31日") as retry:
        QUESTION.exact(Given("text", text))

    assert not isinstance(retry.value, Unfit)


@pytest.mark.parametrize(
    ("text", "since", "day"),
    [
        ("6月30日", date(2024, 7, 1), date(2025, 6, 30)),
        ("7月1日", date(2024, 7, 1), date(2024, 7, 1)),
        ("2月29日", date(2024, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_day_without_its_year_is_the_next_one(text: str, since: date, day: date) -> None:
    said = find_day(text, since, since)

    assert said is not None
    assert said.day == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(
            (text, date(2025, 3, 31))
            for text in ("3月末", "3月末日", "３月の末", "3/末", "年度末で", "今年度の終わり")
        ),
        *((text, date(2026, 3, 31)) for text in ("来年の3月末", "来年3/31", "令和8年3月末", "2026年3月末日")),
        ("再来年の2月末", date(2027, 2, 28)),
        ("2月末", date(2025, 2, 28)),
        ("今年の1月5日", date(2025, 1, 5)),
        *(("今日", date(2025, 1, 15)), ("きのう", date(2025, 1, 14)), ("一昨日です", date(2025, 1, 13))),
        *(("明日で", date(2025, 1, 16)), ("あさって", date(2025, 1, 17)), ("本日", date(2025, 1, 15))),
    ],
)
def test_a_day_may_be_told_from_today_or_as_the_end_of_a_month(text: str, day: date) -> None:
    said = find_day(text, date(2025, 1, 10), date(2025, 1, 15))

    assert said is not None
    assert said.before == ""
    assert said.day == day


def test_a_day_without_its_year_is_no_birth_date() -> None:
    assert read_day("3月31日") is None
