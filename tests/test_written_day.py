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
    "text",
    [
        *(
            "6月末の残高ってどこで見るの",
            "6月末の残高って",
            "3月31日に出すとどれくらいかかる",
            "7月10日だっけ",
        ),
        *(
            "6月末の残高を教えて",
            "6月末の残高が知りたい",
            "3月31日に届くと誰が見るの",
            "どこで見るの、6月末の残高",
        ),
    ],
)
def test_a_question_that_names_a_day_is_not_the_day(text: str) -> None:
    with pytest.raises(Retry, match="読み取れませんでした"):
        QUESTION.loosely(text)


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


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(
            (text, date(2025, 3, 31))
            for text in ("今年度の3月31日", "令和6年度末で退職", "2024年度末", "R6年度の末日")
        ),
        *(
            (text, date(2026, 3, 31))
            for text in ("来年度末", "次年度末", "来年度の3月31日に退職", "2025年度末", "令和7年度の終わり")
        ),
        *((text, date(2024, 3, 31)) for text in ("昨年度末", "前年度の3月末", "令和5年度末")),
        *((text, date(2024, 12, 5)) for text in ("昨年の12月5日", "去年12/5", "今年度12月5日")),
        ("今年度いっぱいで", date(2025, 3, 31)),
        ("再来年度の4月1日", date(2026, 4, 1)),
        ("一昨年の12月5日", date(2023, 12, 5)),
    ],
)
def test_a_day_may_be_told_by_its_fiscal_year_or_by_a_year_that_is_over(text: str, day: date) -> None:
    said = find_day(text, date(2022, 4, 1), date(2025, 1, 15))

    assert said is not None
    assert said.before == ""
    assert said.day == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(
            (text, "2024-07-03")
            for text in (
                "水曜",
                "今度の水曜",
                "次の水曜日に出します",
                "今週の水曜日",
                "水曜日です",
                "水曜までに",
            )
        ),
        *((text, "2024-07-12") for text in ("来週の金曜に出します", "来週金曜日", "来週の金曜には届きます")),
        *(
            (text, "2024-07-25")
            for text in ("25日", "25日に届きます", "今月の25日", "２５日です", "25日まで")
        ),
        *((text, "2024-08-10") for text in ("来月の10日", "来月10日に着く")),
        *((text, "2024-07-31") for text in ("今月末", "月末です", "今月の末")),
        ("来月末", "2024-08-31"),
        ("月曜日", "2024-07-01"),
        ("今度の月曜", "2024-07-08"),
        ("再来週の月曜", "2024-07-15"),
        ("1日", "2024-07-01"),
        ("先週の金曜", "2024-06-28"),
        *((text, "2024-07-04") for text in ("3日後", "三日後です", "3日後に届きます")),
        *((text, "2024-07-15") for text in ("2週間後", "二週間後に出す")),
        *((text, "2024-08-01") for text in ("1か月後", "一ヶ月後です")),
        ("七月十日", "2024-07-10"),
        ("十五日に出す", "2024-07-15"),
    ],
)
def test_a_day_may_be_told_by_its_weekday_or_its_number_alone(text: str, day: str) -> None:
    said = find_day(text, FIRST, FIRST)

    assert said is not None
    assert said.before == ""
    assert str(said.day) == day


@pytest.mark.parametrize(
    "text",
    [
        *(
            "10日前",
            "3日間",
            "3営業日後",
            "あと10日",
            "毎週金曜",
            "第2金曜日",
            "金曜は休みですか",
            "20日目",
            "2日分",
        ),
        *("引き落としは25日ですか", "毎月25日", "十日町"),
    ],
)
def test_a_length_of_time_or_a_question_is_no_such_day(text: str) -> None:
    with pytest.raises(Retry, match="読み取れませんでした"):
        QUESTION.loosely(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *((text, "2024-07-05") for text in ("金曜に出した", "金曜日に出しました", "5日に提出しました")),
        *((text, "2024-07-03") for text in ("7月3日に出しました", "7/3に届いた", "水曜に郵送しました")),
        ("25日に送りました", "2024-06-25"),
        ("6日に着いた", "2024-07-06"),
        ("土曜に出した", "2024-07-06"),
        ("10月1日に提出した", "2023-10-01"),
        ("金曜に出します", "2024-07-12"),
    ],
)
def test_a_day_that_is_told_to_be_over_is_the_last_one(text: str, day: str) -> None:
    saturday = date(2024, 7, 6)

    said = find_day(text, saturday, saturday)

    assert said is not None
    assert str(said.day) == day


@pytest.mark.parametrize("text", ["先週出しました", "先週です", "先月中旬に出した"])
def test_of_a_week_that_is_over_no_day_is_asked(text: str) -> None:
    with pytest.raises(Unfit, match=r"2024年7月1日.*2026年6月30日"):
        QUESTION.exact(Given("text", text))


@pytest.mark.parametrize(
    ("text", "example"),
    [
        *((text, "7月15日") for text in ("7月中旬", "7月の中旬ごろ", "7月半ばに出します", "7月なかば")),
        *((text, "7月16日") for text in ("7月です", "今月", "今月中に出す")),
        *((text, "7月11日") for text in ("来週", "来週中に届きます", "来週あたり")),
        *((text, "7月13日") for text in ("来週末", "来週の週末")),
        *((text, "7月6日") for text in ("週末", "今週末に出します", "土日", "週末あたり")),
        *((text, "7月4日") for text in ("今週中", "今週のうちに")),
        ("週明け", "7月11日"),
        ("来週後半", "7月11日"),
        *((text, "8月16日") for text in ("来月", "8月")),
        *((text, "8月5日") for text in ("8月上旬", "来月の頭")),
        ("7月下旬", "7月26日"),
        ("6月ごろ", "6月15日"),
        ("5日以内", "7月3日"),
        ("夏休み中に出します", "8月10日"),
        ("お盆明け", "8月14日"),
        *(("月曜か火曜", "7月1日"), ("来週の月曜か火曜", "7月8日"), ("25日/10日", "7月25日")),
        *((text, "7月10日") for text in ("7月10日か11日", "7/10か7/11です", "7月10日から12日のあいだ")),
        *(("明日か明後日", "7月2日"), ("10日〜12日", "7月10日"), ("10日、11日あたり", "7月10日")),
    ],
)
def test_where_only_a_week_or_month_is_told_the_day_is_asked(text: str, example: str) -> None:
    with pytest.raises(Unfit, match=f"何日.*「{example}」"):
        QUESTION.exact(Given("text", text))


@pytest.mark.parametrize(
    "text",
    [
        "7月の締切",
        "来週の受付時間",
        "来月のポイント",
        "7月分から",
        "今月の予定を見せて",
        "来週は開いていますか",
    ],
)
def test_what_is_asked_of_a_week_or_month_is_no_answer(text: str) -> None:
    with pytest.raises(Retry, match="読み取れませんでした"):
        QUESTION.loosely(text)


@pytest.mark.parametrize("text", ["25年度末", "令和六年度末", "令和0年度末", "9999年度末", "新年度の終わり"])
def test_a_day_of_a_year_that_cannot_be_read_is_not_taken_for_one_of_this_year(text: str) -> None:
    said = find_day(text, date(2025, 1, 10), date(2025, 1, 15))

    assert said is None or said.day is None or said.day.year < 1900


@pytest.mark.parametrize(
    "text", ["2月30日", "2025年2月29日", "令和7年4月31日で退職", "6/31です", "2025/13/1", "13/1"]
)
def test_of_a_day_that_no_calendar_has_it_is_said_so(text: str) -> None:
    with pytest.raises(Unfit, match="こよみにありません"):
        QUESTION.exact(Given("text", text))


@pytest.mark.parametrize(
    "text",
    [
        *("今日は暑いですね", "今日、健診を受けました", "今日の受付時間", "昨日クーポンを使いました"),
        *("明日窓口に行きたい", "今日できる手続き", "今日までの分", "明日でもよいなら"),
        *("べんきょうがたりない", "べんきょうで忙しい", "きょうさいだよりをみたい", "きのうえに", "あすかで"),
    ],
)
def test_words_that_only_begin_with_today_are_no_day(text: str) -> None:
    assert find_day(text, FIRST, FIRST) is None


@pytest.mark.parametrize(
    "text",
    [
        "明日",
        "明日です",
        "明日届きます",
        "あしたに着く予定",
        "明日で退職します。",
        "たぶん明日です",
        "明日お願いします",
    ],
)
def test_tomorrow_is_a_day_with_what_is_said_of_it(text: str) -> None:
    said = find_day(text, FIRST, FIRST)

    assert said is not None
    assert said.day == date(2024, 7, 2)


@pytest.mark.parametrize(("text", "day"), [("4月1日", "2024-04-01"), ("3月末", "2025-03-31")])
def test_a_day_without_its_year_is_the_next_from_what_the_picker_shows(text: str, day: str) -> None:
    question = PickDate("", first=date(2023, 3, 31), last=LAST, today=FIRST, initial=date(2024, 4, 1))

    assert question.exact(Given("text", text)) == day


@pytest.mark.parametrize("text", ["3月31日", "昭和49年1月末", "1974/1/末日"])
def test_a_day_without_its_year_or_its_number_is_no_birth_date(text: str) -> None:
    assert read_day(text) is None
