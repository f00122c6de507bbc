"""The calendar: its days for every kind of date, what is still to come, and what a wrong file is told."""

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from commands.doctor import branch_checks
from models.branch import load_branch, load_branches
from models.calendar import Calendar, Event, read_calendar
from models.days import JST
from models.terms import BadTerms, NoTerms
from models.terms_diff import changes
from settings import ROOT

CALENDARS = {name: branch.calendar for name, branch in load_branches(ROOT / "branches").items()}


def calendar(branch: str) -> Calendar:
    found = CALENDARS[branch]
    assert found is not None
    return found


def event(uid: str) -> Event:
    branch, year, _ = uid.split("-", 2)
    return next(each for each in calendar(branch).year(int(year)) if each.uid == uid)


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("aichi-2024-dock-application", "4月25日（木）17:30必着"),
        ("aichi-2024-dock-decision", "5月下旬まで"),
        ("aichi-2024-cafeteria-first-paid", "11月15日（金）"),
        ("aichi-2024-savings-entry-05", "5月24日（金）必着"),
        ("aichi-2024-savings-withdraw-second-paid-04", "4月30日（火）"),
        ("aichi-2024-benefits-06", "6月14日（金）必着"),
        ("aichi-2024-points-expiry", "3月31日（月）まで"),
        ("saitama-2023-dock-grant", "6月1日（木）"),
        ("saitama-2024-dock-grant", "6月3日（月）"),
        ("saitama-2023-refresh-use", "2023年5月1日（月）〜2024年3月31日（日）"),
        ("kagawa-2024-exchange-closed", "4月1日（月）〜4月30日（火）"),
        ("kagawa-2023-expiry", "3月31日（日）まで"),
        ("aichi-2024-newsletter-10", "10月に発行"),
        ("aichi-2024-pension-regular-01", "誕生月（1月）"),
    ],
)
def test_every_kind_of_date_is_said_as_the_documents_mean_it(uid: str, words: str) -> None:
    assert event(uid).in_words() == words


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        ("aichi-2024-dock-application", "郵送なら4月22日（月）までに投函"),
        ("aichi-2024-cafeteria-final", "郵送なら1月7日（火）までに投函"),
        ("aichi-2024-savings-withdraw-first-01", "郵送なら12月30日（月）までに投函"),
        ("aichi-2024-benefits-01", "郵送なら1月9日（木）までに投函"),
        ("aichi-2024-cafeteria-first-paid", ""),
    ],
)
def test_what_must_have_arrived_tells_the_posting_day(uid: str, words: str) -> None:
    assert event(uid).by_post() == words


@pytest.mark.parametrize(
    ("uid", "words"),
    [
        (
            "aichi-2024-dock-application",
            "郵送・文書交換では間に合わないおそれがあります。ほかに直接持参があります。",
        ),
        (
            "aichi-2024-cafeteria-final",
            "郵送・文書交換では間に合わないおそれがあります。ほかに提出箱があります。",
        ),
        (
            "aichi-2024-savings-entry-05",
            "郵送では間に合わないおそれがあります。ほかの出し方は、届いた案内か窓口でご確認ください。",
        ),
    ],
)
def test_what_takes_days_to_arrive_is_no_way_out_on_the_last_days(uid: str, words: str) -> None:
    assert event(uid).too_late_to_post() == words


@pytest.mark.parametrize(
    ("branch", "now", "uid", "comes"),
    [
        ("aichi", "2024-03-25T12:00", "aichi-2024-dock-application", True),
        ("aichi", "2024-04-25T17:29", "aichi-2024-dock-application", True),
        ("aichi", "2024-04-25T17:30", "aichi-2024-dock-application", False),
        ("aichi", "2024-07-31T23:59", "aichi-2024-mutual-medical-07", True),
        ("aichi", "2024-08-01T00:00", "aichi-2024-mutual-medical-07", False),
        ("aichi", "2025-03-31T12:00", "aichi-2024-newsletter-03", True),
        ("saitama", "2024-03-31T23:59", "saitama-2023-refresh-use", True),
        ("saitama", "2024-03-31T23:59", "saitama-2024-refresh-use", True),
        ("saitama", "2024-04-01T00:00", "saitama-2024-refresh-use", True),
        ("kagawa", "2024-04-30T23:59", "kagawa-2024-exchange-closed", True),
        ("kagawa", "2024-05-01T00:00", "kagawa-2024-exchange-closed", False),
    ],
)
def test_what_is_over_is_left_out_to_the_minute(branch: str, now: str, uid: str, comes: bool) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=JST)

    assert (uid in [each.uid for each in calendar(branch).coming(instant)]) is comes


def test_the_calendars_that_come_with_us_have_no_problems() -> None:
    assert [str(problem) for one in CALENDARS.values() if one for problem in one.problems] == []


def test_a_day_that_is_none_is_told_where_it_stands(tmp_path: Path) -> None:
    folder = tmp_path / "aichi"
    folder.mkdir()
    (folder / "dock.yaml").write_text("- from: 2024-04-01\n  source: P1\n  until: 2025-02-29\n", "utf-8")
    (folder / "calendar.yaml").write_text(
        f"- {{{GOOD}, source: P1, last: dock.until}}\n- {{{RIGHT}}}\n", "utf-8"
    )

    found = read_calendar(folder)

    assert found
    assert [(str(each), each.line) for each in found.problems] == [
        ("aichi/dock.yaml:3: 2025-02-29 という日はありません。ある日付にしてください", 3)
    ]


def test_what_to_do_once_a_result_is_in_is_told_with_its_days() -> None:
    aichi = calendar("aichi")
    decision, dates = aichi.find("aichi-2024-dock-decision"), aichi.find("aichi-2024-dock-date")

    assert decision and "6月3日（月）17:30必着" in decision.then and "6月中旬" in decision.then
    assert dates and "ご自身で健診機関へお電話ください" in dates.then


def test_a_calendar_that_is_no_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calendar.yaml").write_text("key: [", "utf-8")

    with pytest.raises(BadTerms, match="YAML"):
        read_calendar(tmp_path)


def test_29_february_is_a_day_in_a_leap_year(tmp_path: Path) -> None:
    folder = tmp_path / "aichi"
    folder.mkdir()
    shutil.copy(ROOT / "branches" / "aichi" / "dock.yaml", folder)
    line = GOOD.replace("[2024]", "[2023]")
    (folder / "calendar.yaml").write_text(f"- {{{line}, source: P1, last: 02-29}}\n", "utf-8")

    found = read_calendar(folder)

    assert found
    assert [str(each.last) for each in found.year(2023)] == ["2024-02-29"]


@pytest.mark.parametrize(
    ("branch", "before", "after", "words"),
    [
        (
            "saitama",
            "2024-03-31",
            "2024-04-01",
            "calendar dock-grant: 「2023年6月1日（木）」 → 「2024年6月3日（月）」",
        ),
        (
            "aichi",
            "2024-03-31",
            "2024-04-01",
            "calendar dock-application: 新しく 「2024年4月1日（月）〜2024年4月25日（木）17:30」",
        ),
        (
            "aichi",
            "2025-03-31",
            "2025-04-01",
            "calendar cafeteria-first-paid: なくなります（今まで 「2024年11月15日（金）」）",
        ),
    ],
)
def test_the_calendar_shows_in_the_difference_of_two_days(
    branch: str, before: str, after: str, words: str
) -> None:
    found = changes(ROOT / "branches" / branch, date.fromisoformat(before), date.fromisoformat(after))

    assert words in [change.in_words() for change in found]


def test_within_a_fiscal_year_the_calendar_does_not_differ() -> None:
    found = changes(ROOT / "branches" / "aichi", date(2024, 4, 1), date(2025, 3, 31))

    assert [change for change in found if change.file == "calendar"] == []


@pytest.mark.parametrize(
    ("uid", "can_be"),
    [
        ("aichi-2024-dock-application", True),
        ("aichi-2024-dock-period", False),
        ("saitama-2024-dock-use", True),
        ("saitama-2024-dock-grant", False),
    ],
)
def test_staff_ask_who_has_not_done_yet_what_people_do(uid: str, can_be: bool) -> None:
    assert event(uid).can_be_done is can_be


def test_the_papers_of_a_fiscal_year_are_handed_in_once() -> None:
    for key in ("first", "asked-first", "final", "asked-final"):
        settled = event(f"aichi-2024-cafeteria-{key}").settled_by
        assert set(settled) == {"aichi-2024-cafeteria-first", "aichi-2024-cafeteria-final"}


def test_a_fiscal_year_without_entries_is_refused() -> None:
    with pytest.raises(NoTerms, match="2030"):
        calendar("aichi").year(2030)
    with pytest.raises(NoTerms, match="2022"):
        calendar("aichi").coming(datetime(2023, 3, 31, tzinfo=JST))


def test_a_block_that_begins_within_the_fiscal_year_moves_its_days(tmp_path: Path) -> None:
    folder = tmp_path / "aichi"
    shutil.copytree(ROOT / "branches" / "aichi", folder)
    _add_block(folder / "cafeteria.yaml", "2024-07-01", ("until: 2024-09-13", "until: 2024-09-20"))
    _add_block(folder / "savings.yaml", "2024-10-01", ("closes_day: 8,", "closes_day: 5,"))
    _add_block(folder / "desk.yaml", "2024-10-01", ("business_days: 3", "business_days: 4"))

    found = load_branch(folder).calendar

    assert found
    assert not found.problems
    assert [
        str(each.last)
        for key in ("cafeteria-first", "savings-withdraw-first-09", "savings-withdraw-first-10")
        if (each := found.find(f"aichi-2024-{key}"))
    ] == ["2024-09-20", "2024-09-06", "2024-10-04"]
    assert [
        str(each.posted_by)
        for key in ("dock-application", "cafeteria-final")
        if (each := found.find(f"aichi-2024-{key}"))
    ] == ["2024-04-22", "2025-01-06"]


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "words"),
    [
        (
            "dock",
            "text: 5月下旬, from: 2024-05-21, until: 2024-05-31",
            "text: 6月上旬, from: 2024-06-01, until: 2024-06-10",
            "dock-decision",
            "6月上旬まで",
        ),
        (
            "dock",
            "text: 6月中旬, from: 2024-06-11",
            "text: 6月下旬, from: 2024-06-11",
            "dock-date",
            "6月下旬（予定）",
        ),
        ("checkup", "text: 7月下旬, from", "text: 7月末, from", "specific-voucher", "7月末（予定）"),
        (
            "checkup",
            "text: 7月〜1月, from: 2024-07-01",
            "text: 8月〜1月, from: 2024-08-01",
            "organ-period",
            "8月〜1月",
        ),
        ("checkup", "second: 9月", "second: 10月", "organ-second-notice", "10月"),
        ("lodging", "expires: 2025-03-31", "expires: 2025-03-30", "vouchers", "3月30日（日）まで"),
        ("event", "text: 8月初旬, from: 8月1日", "text: 8月中旬, from: 8月1日", "culture", "8月中旬"),
        ("event", "held_month: 9", "held_month: 10", "culture-event", "10月"),
        ("event", "notice_month: 8", "notice_month: 7", "long-service-notice", "7月"),
        ("event", "[7月, 10月, 1月, 3月]", "[7月, 11月, 1月, 3月]", "newsletter-11", "11月に発行"),
        (
            "benefit",
            "paid_months: [7月, 11月, 3月]",
            "paid_months: [7月, 12月, 3月]",
            "mutual-medical-12",
            "12月",
        ),
        ("benefit", "paid_on_day: 16", "paid_on_day: 18", "benefits-paid-06", "6月18日ごろ"),
        (
            "savings",
            "text: 6月上旬ごろ, from: 6月1日",
            "text: 6月初めごろ, from: 6月1日",
            "savings-amount-summer",
            "6月初めごろ",
        ),
        ("savings", "summer: 8月1日", "summer: 8月2日", "savings-interest-summer", "8月2日（金）"),
        ("pension", "month: 7", "month: 8", "pension-balance", "8月ごろ"),
        ("remuneration", "notice_month: 6", "notice_month: 5", "remuneration-notice", "5月ごろ"),
    ],
)
def test_a_date_that_the_terms_move_takes_its_words_along(
    tmp_path: Path, file: str, old: str, new: str, key: str, words: str
) -> None:
    folder = tmp_path / "aichi"
    shutil.copytree(ROOT / "branches" / "aichi", folder)
    terms = folder / f"{file}.yaml"
    assert old in terms.read_text("utf-8")
    terms.write_text(terms.read_text("utf-8").replace(old, new), "utf-8")

    found = load_branch(folder).calendar

    assert found
    assert not found.problems
    moved = found.find(f"aichi-2024-{key}")
    assert moved
    assert moved.in_words() == words
    assert moved.kind not in ("window", "notice") or str(moved.first.month) in words


def _add_block(file: Path, since: str, changed: tuple[str, str]) -> None:
    block = file.read_text("utf-8")
    later = block.replace("- from: 2024-04-01", f"- from: {since}").replace(*changed)
    file.write_text(f"{block}\n{later}", "utf-8")


def test_uids_are_unique() -> None:
    uids = [each.uid for one in CALENDARS.values() if one for year in one.years.values() for each in year]

    assert len(uids) == len(set(uids))


RIGHT = (
    "key: right, years: [2024], programme: dock, kind: notice, title: 正しい例, source: P1, last: 2024-12-01"
)
GOOD = "key: a, years: [2024], programme: dock, kind: deadline, title: 例"


WINDOW = "years: [2024], programme: dock, kind: window, source: P1"


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ([f"{GOOD}, source: P1, first: 2024-06-10, last: 2024-06-01"], 1, "始まり"),
        ([f"{GOOD}, source: P1, last: 2024-06-01", f"{GOOD}, source: P1, last: 2024-06-02"], 2, "1行目"),
        ([f"{GOOD}, last: 2024-06-01"], 1, "source"),
        ([f"{GOOD}, source: '', last: 2024-06-01"], 1, "資料"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, topic: no.such.topic"], 1, "no.such.topic"),
        ([f"{GOOD.replace('dock', 'golf')}, source: P1, last: 2024-06-01"], 1, "golf.yaml"),
        ([f"{GOOD}, source: P1, last: 2025-02-29"], 1, "という日はありません"),
        ([f"{GOOD}, source: P1, last: 2025-04-01"], 1, "年度の日では"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, then: 届いたら"], 1, "then: は、結果（kind: result）だけ"),
        ([f"{GOOD}, source: P1, last: dock.nothing"], 1, "dock.nothing"),
        (
            [f"{GOOD}, source: P1, last: cafeteria.receipts.from_continuing"],
            1,
            "cafeteria.receipts.from_continuing の 2024-01-01 は",
        ),
        ([f"{GOOD.replace('2024', '2030')}, source: P1, every: {{day: '29'}}"], 1, "毎月の日"),
        ([f"{GOOD.replace('2024', '2020')}, source: P1, last: dock.application.until"], 1, "2020年度"),
        ([f"{GOOD}, source: P1"], 1, "every"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, time: '25:00'"], 1, "時刻ではありません"),
        ([f"{GOOD}, source: P1, last: 02-29"], 1, "2月29日はありません"),
        ([f"{GOOD}, source: P1, last: soon"], 1, "soon"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, words: '{{dock.nothing}}まで'"], 1, "dock.nothing"),
        ([f"{GOOD}, source: P1, every: {{months: dock.examination.crowded}}"], 1, "月の並び"),
        ([f"{GOOD}, source: P1, lst: 2024-06-01"], 1, "lst"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, arrival: true"], 1, "post:"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, for: {{kinds: [teacher]}}"], 1, "teacher"),
        ([f"{GOOD}, source: P1, last: 2024-06-01, for: {{age_from: '40'}}"], 1, "age_on"),
        (
            [
                f"{WINDOW}, key: a, title: 期間, first: 2024-06-01, last: 2024-06-10",
                f"{WINDOW}, key: b, title: 期間, first: 2024-06-10, last: 2024-06-20",
            ],
            2,
            "重なって",
        ),
        (
            [
                f"{WINDOW}, key: a, title: 期間, first: 2024-06-01, last: 2024-06-10",
                f"{WINDOW.replace('window', 'closed')}, key: b, title: 休み, first: 2024-06-10, last: 2024-06-20",
            ],
            2,
            "受け付ける期間と休む期間",
        ),
        (
            [
                f"{WINDOW}, key: a, title: 期間, first: 2024-04-01, last: 2025-03-31",
                f"{WINDOW.replace('2024', '2025')}, key: a, title: 新しい期間, first: 2025-03-31, last: 2025-06-20",
            ],
            2,
            "1行目の「期間」",
        ),
    ],
)
def test_a_wrong_entry_is_told_file_line_and_why(
    tmp_path: Path, lines: list[str], line: int, said: str
) -> None:
    folder = tmp_path / "aichi"
    folder.mkdir()
    for name in ("cafeteria.yaml", "dock.yaml", "faq.yaml"):
        shutil.copy(ROOT / "branches" / "aichi" / name, folder)
    (folder / "calendar.yaml").write_text("".join(f"- {{{each}}}\n" for each in (*lines, RIGHT)), "utf-8")

    found = read_calendar(folder)

    assert found
    [problem] = found.problems
    assert said in str(problem)
    assert "calendar.yaml" in str(problem)
    assert "ください" in str(problem) or "使える項目" in str(problem)
    assert problem.line == line
    assert "aichi-2024-right" in [each.uid for each in found.year(2024)]


def test_the_doctor_tells_an_entry_that_cannot_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "aichi"
    shutil.copytree(ROOT / "branches" / "aichi", folder)
    file = folder / "calendar.yaml"
    file.write_text(file.read_text("utf-8") + f"- {{{GOOD}, source: P1, last: 2024-13-01}}\n", "utf-8")

    [check] = [each for each in branch_checks(folder, is_live=False) if not each.ok]

    assert not check.ok
    assert "2024-13-01 という日はありません" in check.advice
    assert f"calendar.yaml:{len(file.read_text('utf-8').splitlines())}" in check.advice


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2024-05-02", ""),
        ("2024-02-30", "aichi/dock.yaml:5: 2024-02-30 という日はありません。ある日付にしてください"),
        ("2024-03-25", "aichi/dock.yaml:5: until: 2024-03-25 は from: 2024-04-01 より前です。後の日に"),
        ("[", "aichi/dock.yaml:7: YAMLとして読めません"),
    ],
    ids=["another day", "no day", "before the first", "no YAML"],
)
def test_a_day_changed_in_the_terms_is_right_or_told_where_it_stands(
    tmp_path: Path, day: str, said: str
) -> None:
    folder = tmp_path / "aichi"
    shutil.copytree(ROOT / "branches" / "aichi", folder)
    dock = folder / "dock.yaml"
    dock.write_text(dock.read_text("utf-8").replace("until: 2024-04-25", f"until: {day}"), "utf-8")

    wrong = [each.advice for each in branch_checks(folder, is_live=False) if not each.ok]

    assert len(wrong) == (1 if said else 0)
    assert said in "".join(wrong)


def test_the_doctor_names_what_no_document_says() -> None:
    said = [check.what for check in branch_checks(ROOT / "branches" / "aichi", is_live=False)]

    assert any("savings.yaml bank_closed: 12-31・01-01・01-02・01-03" in each for each in said)
    assert any("desk.yaml post: business_days 3" in each for each in said)
