"""Who is told what and when: days, hours, nights, what is done meanwhile, dates that move, what comes too late."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import Connection

from bot import Opener
from models.base import Database
from models.reminder_forecast import Quota
from models.reminder_people import find_chat
from models.reminder_plans import find_anew, mark_in
from models.reminder_settings import choose_hour, mute, stop_all, want
from models.reminder_terms import BEGINS
from models.reminders import MOVED, PUSHED, SPARED, STALE, Planned
from scheduler import reminder_sending
from scheduler.reminder_words import card
from tests.reminded import DOCK, Reminded, book_of, event, when

LATE = "郵送・文書交換では間に合わないおそれがあります。ほかに直接持参があります。"
DOCK_ITSELF = book_of("aichi").subjects[DOCK].event


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2024-04-11", "締切まで、あと14日です。"),
        ("2024-04-18", "締切まで、あと7日です。"),
        ("2024-04-24", "締切は明日です。"),
        ("2024-04-25", "締切は今日です。"),
    ],
)
def test_a_deadline_is_told_14_7_1_days_before_and_on_the_day_at_noon(
    database: Database, day: str, words: str
) -> None:
    town = Reminded(database, event())
    town.member("a")

    assert town.at(f"{day} 08:00", f"{day} 11:00") == 0
    assert town.at(f"{day} 12:00", f"{day} 13:00") == 1
    assert town.at("2024-05-10 12:00") == 0

    (heard,) = town.heard()
    assert words in heard.words
    assert "4月25日（木）17:30" in heard.words
    assert heard.subject == "人間ドック"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2024-04-18", "郵送なら4月22日（月）までに投函してください。"),
        ("2024-04-22", "郵送なら、今日のうちに投函してください。"),
        ("2024-04-24", LATE),
        ("2024-04-25", LATE),
    ],
)
def test_what_must_arrive_is_told_on_the_last_day_to_post_and_then_that_the_post_is_too_slow(
    database: Database, day: str, words: str
) -> None:
    town = Reminded(database, DOCK_ITSELF)
    town.member("a")

    assert town.at(f"{day} 12:00") == 1

    (heard,) = town.heard()
    assert words in heard.words
    assert "4月25日（木）17:30必着" in heard.words
    assert ("投函" in heard.words) == (words != LATE)


@pytest.mark.parametrize(("hour", "told_at"), [(20, 15), (9, 9)])
def test_the_last_day_to_post_goes_before_what_would_be_told_on_that_day_anyway(
    database: Database, hour: int, told_at: int
) -> None:
    late = event(last="2024-05-08", time="", posted_by=date(2024, 5, 1))  # seven days before
    town = Reminded(database, late)
    town.member("a")
    database.run(lambda db: choose_hour(db, town.chat("a"), hour))
    town.at("2024-04-28 08:00")
    before = len(town.heard())

    assert [hour for hour in range(8, 21) if town.at(f"2024-05-01 {hour:02}:00")] == [told_at]

    (heard,) = town.heard()[before:]
    assert "今日のうちに投函してください。" in heard.words


def test_the_last_day_to_post_is_told_while_counters_are_open(database: Database) -> None:
    town = Reminded(database, DOCK_ITSELF)
    town.member("a")
    database.run(lambda db: choose_hour(db, town.chat("a"), 20))
    town.at("2024-04-20 20:00")

    assert [hour for hour in range(8, 21) if town.at(f"2024-04-22 {hour:02}:00")] == [15]


def test_whoever_is_concerned_after_a_plans_people_were_found_is_told_too(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-25 08:00")
    town.member("linked now")
    chat = town.chat("linked now")

    for _ in range(2):
        database.run(lambda db: find_chat(db, town.branch, chat, when("2024-04-25 10:00")))

    assert town.at("2024-04-25 12:00", "2024-04-25 13:00") == 2
    assert {heard.chat for heard in town.heard()} == {town.chat("a"), chat}


def test_what_waits_to_be_found_is_found_for_a_chat_with_all_others(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    database.run(lambda db: find_chat(db, town.branch, town.chat("a"), when("2024-04-25 07:00")))

    assert town.outcomes() == []
    assert town.at("2024-04-25 12:00") == 1


def test_new_members_are_told_of_what_is_open_and_nobody_is_told_twice(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-25 08:00")
    town.member("imported now")

    database.run(lambda db: find_anew(db, "aichi"))

    assert town.at("2024-04-25 12:00", "2024-04-25 13:00") == 2


def test_who_was_told_is_not_called_missed_when_members_were_imported_meanwhile(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-25 12:00")
    town.member("imported now")

    database.run(lambda db: find_anew(db, "aichi"))
    town.at("2024-04-26 08:00")

    assert [report for report in town.reports() if report[1] == "0"] == [("missed", "0", 1)]


@pytest.mark.parametrize("hour", ["00", "03", "07", "21", "23"])
def test_nobody_is_disturbed_at_night(database: Database, hour: str) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-18 08:00")

    assert town.at(f"2024-04-19 {hour}:30") == 0
    assert town.at("2024-04-20 08:00") == 1


@pytest.mark.parametrize(
    ("time", "hour", "day", "told_at"),
    [
        ("17:30", 18, "2024-04-25", "15"),  # at least two hours before
        ("17:30", 9, "2024-04-25", "09"),
        ("08:30", 12, "2024-04-24", "12"),  # too early in the morning: the day before
        ("", 20, "2024-04-25", "20"),
    ],
    ids=["18 o'clock is too late", "their own hour", "a morning's deadline", "the end of the day"],
)
def test_what_would_come_too_late_goes_earlier(
    database: Database, time: str, hour: int, day: str, told_at: str
) -> None:
    town = Reminded(database, event(time=time))
    town.member("a")
    database.run(lambda db: choose_hour(db, town.chat("a"), hour))
    town.at("2024-04-19 08:00")
    before = len(town.heard())

    hours = [f"{day} {each:02}:00" for each in range(8, 21)]
    told = [moment for moment in hours if town.at(moment)]

    assert told == [f"{day} {told_at}:00"]
    assert len(town.heard()) == before + 1


def test_only_those_whom_it_concerns_are_told(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.member("gone", ("2010-04-01", "2024-04-01"))
    town.member("later", ("2024-05-01", None))

    assert town.at("2024-04-18 12:00") == 1
    assert town.heard()[0].chat == town.chat("a")


@pytest.mark.parametrize("meanwhile", ["done", "muted", "stopped", "blocked", "unlinked"])
def test_what_happens_between_finding_and_telling_counts(database: Database, meanwhile: str) -> None:
    town = Reminded(database, event())
    one = town.member("a")
    town.at("2024-04-18 08:00")  # found, not told yet
    chat = town.chat("a")
    match meanwhile:
        case "done":
            town.hand_in(one)
        case "muted":
            database.run(lambda db: mute(db, chat, "dock"))
        case "stopped":
            database.run(lambda db: stop_all(db, chat, stopped=True))
        case "blocked":
            town.block("a")
        case "unlinked":
            town.unlink(one)

    assert town.at("2024-04-18 12:00", "2024-04-24 12:00", "2024-04-25 12:00") == 0
    assert town.heard() == []
    assert ("7", SPARED) in town.outcomes()


def test_reminders_of_one_day_are_one_message(database: Database) -> None:
    town = Reminded(
        database, event(), event("dental-application", programme="checkup", title="歯科健診の申込み")
    )
    town.member("a")

    assert town.at("2024-04-18 12:00") == 1

    (heard,) = town.heard()
    assert "人間ドックの申込み" in heard.words
    assert "歯科健診の申込み" in heard.words
    assert heard.subject == "人間ドックと検診・健診・講座"


def test_reminders_of_one_day_are_one_message_at_the_earliest_hour_of_any(database: Database) -> None:
    evening = event("dental-application", programme="checkup", title="歯科健診の申込み", time="")
    town = Reminded(database, event(), evening)
    town.member("a")
    database.run(lambda db: choose_hour(db, town.chat("a"), 18))
    town.at("2024-04-24 18:00")

    told = [hour for hour in range(8, 21) if town.at(f"2024-04-25 {hour:02}:00")]

    assert told == [15]
    assert "人間ドックの申込み" in town.heard()[-1].words
    assert "歯科健診の申込み" in town.heard()[-1].words


def test_others_can_write_between_the_many_transactions_of_a_telling(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Reminded(database, event())
    for number in range(7):
        town.member(f"m{number}")
    monkeypatch.setattr(reminder_sending, "ROWS_AT_A_TIME", 2)
    brief: list[object] = []

    def run_briefly(work: Callable[[Connection], object]) -> object:
        brief.append(work)
        return database.run(work)

    monkeypatch.setattr(database, "run_briefly", run_briefly)

    assert town.at("2024-04-18 12:00") == 7

    assert len(brief) == 5  # two, two, two, one, and a look that finds nobody
    assert len({heard.chat for heard in town.heard()}) == 7


def test_a_chat_with_two_people_says_for_whom(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    other = town.member("b")
    town.link("a", other.id)

    assert town.at("2024-04-18 12:00") == 2

    by_chat = {heard.chat: heard.words for heard in town.heard()}
    assert "見本 花子さん" in by_chat[town.chat("a")]
    assert "さん" not in by_chat[town.chat("b")]


def test_the_same_words_go_to_all_in_one_mailing(database: Database) -> None:
    town = Reminded(database, event())
    for number in range(5):
        town.member(f"m{number}")

    assert town.at("2024-04-18 12:00") == 5

    assert len({heard.words for heard in town.heard()}) == 1


def test_a_topic_that_is_not_usual_is_told_to_those_who_asked_for_it(database: Database) -> None:
    town = Reminded(database, event("savings-entry", programme="savings"))
    town.member("a")
    town.member("b")
    database.run(lambda db: want(db, town.chat("b"), "savings", wanted=True))

    assert town.at("2024-04-18 12:00") == 1
    assert town.heard()[0].chat == town.chat("b")


def test_a_payment_is_told_to_those_who_handed_in(database: Database) -> None:
    paid = event("cafeteria-first-paid", kind="payment", programme="cafeteria", time="", follows=DOCK)
    town = Reminded(database, paid)
    town.member("a")
    town.hand_in(town.member("b"))

    assert town.at("2024-04-25 12:00") == 1
    assert town.heard()[0].chat == town.chat("b")
    assert "本日、振り込まれる予定です。" in town.heard()[0].words


def test_a_result_is_told_at_its_beginning_and_again_when_it_is_in(database: Database) -> None:
    first = date(2024, 5, 21)
    result = event(
        "dock-decision", "2024-05-31", kind="result", first=first, words="5月下旬まで", time="", follows=DOCK,
        says="届くまで、することはありません。", then="受けられる方は、受診日をお待ちください。",
    )  # fmt: skip
    town = Reminded(database, result)
    town.hand_in(town.member("a"))

    assert town.at("2024-05-21 12:00") == 1
    subject = town.reminders.books["aichi"].subjects[result.uid]
    assert database.run(lambda db: mark_in(db, "aichi", subject, when("2024-05-28 09:00")))
    assert not database.run(lambda db: mark_in(db, "aichi", subject, when("2024-05-28 09:30")))
    assert town.at("2024-05-28 12:00", "2024-05-29 12:00") == 1

    begins, arrived = town.heard()
    assert "5月下旬までに届く予定です" in begins.words
    assert "することはありません" in begins.words
    assert "受診日をお待ちください" not in begins.words
    assert "結果が出ました" in arrived.words
    assert "受診日をお待ちください" in arrived.words
    assert "することはありません" not in arrived.words


@pytest.mark.parametrize("found", [True, False], ids=["people found", "not yet"])
def test_of_a_result_that_is_in_nobody_is_told_that_it_will_arrive(database: Database, found: bool) -> None:
    first = date(2024, 5, 21)
    result = event("dock-decision", "2024-05-31", kind="result", first=first, words="5月下旬まで", time="")
    town = Reminded(database, result)
    town.member("a")
    town.at("2024-05-21 08:00" if found else "2024-05-20 08:00")
    subject = town.reminders.books["aichi"].subjects[result.uid]

    database.run(lambda db: mark_in(db, "aichi", subject, when("2024-05-21 09:00")))

    assert town.at("2024-05-21 12:00", "2024-05-22 12:00", "2024-05-25 12:00") == 1
    (heard,) = town.heard()
    assert "結果が出ました" in heard.words
    assert "届く予定です" not in heard.words
    assert town.reports() == []


@pytest.mark.parametrize(
    ("key", "paper", "day"),
    [
        ("savings-cancel-paid-06", "savings-cancel-05", "2024-06-20"),
        ("savings-cancel-paid-04", None, "2024-04-22"),
        ("benefits-paid-07", "benefits-06", "2024-07-16"),
        ("mutual-medical-07", None, "2024-07-01"),
        ("savings-interest-summer", None, "2024-08-01"),
        ("specific-start", None, "2024-07-01"),
    ],
)
def test_what_is_paid_is_told_to_those_alone_who_handed_in_what_it_is_paid_for(
    database: Database, key: str, paper: str | None, day: str
) -> None:
    town = Reminded(database, book_of("aichi").subjects[f"aichi-2024-{key}"].event)
    for name in "ab":
        town.member(name)
        for topic in ("savings", "benefit"):
            with database.transaction() as db:
                want(db, town.chat(name), topic, wanted=True)
    if paper:
        town.hand_in(town.people["b"], f"aichi-2024-{paper}")

    town.at("2024-04-01 08:00", f"{day} 12:00", f"{day} 13:00")

    assert [heard.chat for heard in town.heard()] == ([town.chat("b")] if paper else [])


@pytest.mark.parametrize(
    ("key", "day", "lines"),
    [
        (
            "dock-date",
            "2024-06-11",
            ["6月中旬ごろに届く予定です。", "受診できることになった方にだけ届きます。"],
        ),
        ("specific-voucher", "2024-07-21", ["時期は7月下旬です。", "届いた受診券で"]),
        ("pension-balance", "2024-07-01", ["時期は7月ごろです。", "圧着はがきが届きます。"]),
        ("remuneration", "2024-09-01", ["時期は9月です。", "9月から使われます。"]),
        ("savings-amount-summer", "2024-05-25", ["締切は6月上旬ごろです。", "別の通知でご確認ください。"]),
    ],
)
def test_a_beginning_says_once_what_comes_and_what_there_is_to_do(
    key: str, day: str, lines: list[str]
) -> None:
    subject = book_of("aichi").subjects[f"aichi-2024-{key}"]

    one = card(subject, planned(BEGINS), date.fromisoformat(day))
    said = one.words()

    assert [said.count(line) for line in lines] == [1] * len(lines)
    assert said.count("通知") <= 1
    assert one.buttons[-1].label == f"「{subject.label}」のお知らせを止める"


def test_a_coupon_that_is_still_unused_is_reminded_of_with_the_way_to_it() -> None:
    subject = book_of("saitama").subjects["saitama-2024-dental-use"]

    one = card(subject, planned("30"), date(2024, 12, 1))

    assert "まだ使っていないクーポンがあります。" in one.words()
    assert any(isinstance(each, Opener) and each.flow == "coupons" for each in one.buttons)


def planned(offset: str) -> Planned:
    """A plan of which only the offset matters."""
    now = when("2024-04-01 08:00")
    return Planned(1, "aichi", "x", offset, 0, "x", 4, now, now.date(), 12, now, "", 0)


def test_what_is_no_more_is_told_to_nobody(database: Database) -> None:
    with database.reading() as db:
        share = book_of("aichi", event()).share(db, [(planned("0"), 7)], {}, date(2024, 4, 1), several=False)

    assert (share.cards, share.spared) == ((), ((1, 7),))


def test_a_moved_date_moves_every_reminder_and_tells_once_whoever_knew_the_old_one(
    database: Database,
) -> None:
    town = Reminded(database, event())
    town.member("told")
    town.at("2024-04-11 12:00")
    town.member("new")

    town.calendar(event(last="2024-05-10"))
    told = town.at("2024-04-18 12:00", "2024-04-19 12:00", "2024-04-24 12:00", "2024-04-25 12:00")

    assert told == 1
    assert town.heard()[-1].chat == town.chat("told")
    assert "日程が変わりました" in town.heard()[-1].words
    assert "4月25日（木）17:30" in town.heard()[-1].words
    assert "5月10日（金）17:30" in town.heard()[-1].words
    assert town.at("2024-04-26 12:00") == 2  # 14 days before the new one


def test_a_date_that_moves_there_and_back_is_told_each_time(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-11 12:00")

    town.calendar(event(last="2024-05-10"))
    town.at("2024-04-12 12:00")
    town.calendar(event())
    town.at("2024-04-13 12:00")
    town.restart()
    town.at("2024-04-14 12:00")

    assert sum("日程が変わりました" in heard.words for heard in town.heard()) == 2


def test_days_that_differ_from_the_plans_are_noticed_within_a_day_by_a_program_that_goes_on(
    database: Database,
) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-11 12:00")

    town.reminders.books["aichi"] = book_of("aichi", event(last="2024-05-10"))

    assert town.at("2024-04-11 13:00", "2024-04-12 12:00") == 1
    assert "日程が変わりました" in town.heard()[-1].words
    assert town.at("2024-04-18 12:00", "2024-04-25 12:00") == 0
    assert town.at("2024-04-26 12:00") == 1


def test_an_event_that_was_gone_for_a_while_goes_on_where_it_stopped(database: Database) -> None:
    other = event("dental-application", "2024-06-14", programme="checkup")
    town = Reminded(database, event(), other)
    town.member("a")
    town.at("2024-04-11 12:00", "2024-04-18 08:00")  # told of 14 days, found for 7

    town.calendar(other)
    assert town.at("2024-04-18 10:00") == 0
    town.calendar(event(), other)

    assert town.at("2024-04-18 12:00", "2024-04-18 13:00") == 1
    assert town.at("2024-04-24 12:00", "2024-04-25 12:00") == 2
    assert [heard.words.count("日程が変わりました") for heard in town.heard()] == [0] * 4


@pytest.mark.parametrize(
    ("new", "told"), [("2024-04-23", 0), ("2024-05-10", 1)], ids=["both are past", "it is ahead again"]
)
def test_a_date_that_is_corrected_when_it_is_over_is_told_to_nobody(
    database: Database, new: str, told: int
) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-24 12:00", "2024-04-25 12:00")

    town.calendar(event(last=new))

    assert town.at("2024-04-30 12:00", "2024-04-30 13:00") == told


def test_a_date_that_was_moved_into_the_past_is_told_while_the_old_one_is_ahead(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-18 12:00")

    town.calendar(event(last="2024-04-19"))

    assert town.at("2024-04-22 12:00") == 1
    assert "日程が変わりました" in town.heard()[-1].words


def test_what_was_found_but_not_told_is_withdrawn_when_its_date_moves(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-18 08:00")

    town.calendar(event(last="2024-05-31"))

    assert town.at("2024-04-18 12:00", "2024-04-25 12:00") == 0
    assert ("7", MOVED) in town.outcomes()


def test_an_event_that_is_no_more_is_not_told(database: Database) -> None:
    other = event("dental-application", "2024-06-14", programme="checkup")
    town = Reminded(database, event(), other)
    town.member("a")
    town.at("2024-04-18 08:00")

    town.calendar(other)

    assert town.at("2024-04-18 12:00") == 0


def test_what_is_overdue_by_more_than_its_limit_is_reported_and_not_sent(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-18 08:00")

    assert town.at("2024-04-22 12:00") == 0

    assert ("7", STALE) in town.outcomes()
    assert (STALE, "7", 1) in town.reports()


def test_what_the_program_slept_through_is_reported_and_not_sent(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.at("2024-04-01 08:00")

    assert town.at("2024-04-22 01:00", "2024-04-22 12:00") == 0

    assert [report for report in town.reports() if report[0] == "missed"] == [
        ("missed", "14", 1),
        ("missed", "7", 1),
    ]
    assert town.at("2024-04-24 12:00") == 1


def test_what_was_over_when_the_program_began_was_missed_by_nobody(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")

    assert town.at("2024-05-10 12:00") == 0
    assert town.reports() == []


def test_a_missed_hour_is_made_up_for(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")

    assert town.at("2024-04-18 17:00") == 1
    assert "あと7日" in town.heard()[0].words


def test_a_late_reminder_counts_its_days_from_today(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")

    assert town.at("2024-04-19 09:00") == 1
    assert "あと6日" in town.heard()[0].words


def test_a_clock_that_jumps_both_ways_repeats_nothing_and_loses_nothing(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")

    told = town.at("2024-04-18 12:00", "2024-04-11 12:00", "2024-04-18 12:00", "2024-04-24 12:00")

    assert told == 3  # 7, 14 (the clock was put back before it), 1
    assert town.at("2024-04-18 12:00", "2024-04-24 12:00") == 0


def test_near_the_limit_the_least_urgent_is_held_back_and_reported(database: Database) -> None:
    today = event(last="2024-04-18", time="")
    town = Reminded(database, today, event("dental-application", "2024-04-25", programme="checkup"))
    for number in range(6):
        town.member(f"m{number}")
        hear_only(town, f"m{number}", "dock" if number < 3 else "checkup")
    town.quota = Quota(100, 96)

    assert town.at("2024-04-18 12:00") == 3

    assert all("今日です" in heard.words for heard in town.heard())
    assert ("held", "7", 3) in town.reports()
    town.quota = Quota(100, 0)
    assert town.at("2024-04-18 13:00") == 3


def test_what_goes_with_a_message_that_is_sent_anyway_costs_nothing(database: Database) -> None:
    today = event(last="2024-04-18", time="")
    town = Reminded(database, today, event("dental-application", "2024-04-25", programme="checkup"))
    for number in range(3):
        town.member(f"m{number}")
    town.quota = Quota(100, 96)

    assert town.at("2024-04-18 12:00") == 3

    assert all("今日です" in heard.words and "あと7日" in heard.words for heard in town.heard())
    assert town.reports() == []


def test_of_the_months_room_messages_are_counted_and_not_what_stands_in_them(database: Database) -> None:
    lectures = [event(f"lecture-{number}", "2024-04-25", title=f"講座{number}") for number in range(3)]
    town = Reminded(database, *lectures)
    for number in range(3):
        town.member(f"m{number}")
    town.quota = Quota(10, 1)  # three today, and six on the two days to come

    assert town.at("2024-04-18 12:00") == 3

    assert all(f"講座{number}" in heard.words for heard in town.heard() for number in range(3))
    assert town.reports() == []


def test_room_is_kept_for_what_is_more_urgent_at_a_later_hour_of_the_day(database: Database) -> None:
    today = event(last="2024-04-25", time="")
    town = Reminded(database, today, event("dental-application", "2024-05-09", programme="checkup"))
    for name, topic in (("early", "checkup"), ("noon", "dock")):
        town.member(name)
        hear_only(town, name, topic)
    database.run(lambda db: choose_hour(db, town.chat("early"), 8))
    town.quota = Quota(10, 9)

    assert town.at("2024-04-25 08:00") == 0
    assert ("held", "14", 1) in town.reports()
    assert town.at("2024-04-25 12:00") == 1

    assert [heard.chat for heard in town.heard()] == [town.chat("noon")]


def test_without_a_limit_nothing_is_held_back(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")
    town.quota = Quota(None, 10_000_000)

    assert town.at("2024-04-18 12:00") == 1


def hear_only(town: Reminded, name: str, topic: str) -> None:
    """Of the dock and of checkups, which are told unless turned off, the chat wants one."""
    other = {"dock": "checkup", "checkup": "dock"}[topic]
    town.database.run(lambda db: mute(db, town.chat(name), other))


def test_the_pushes_of_a_chat_name_the_programme_and_nothing_else(database: Database) -> None:
    town = Reminded(database, event())
    other = town.member("b")
    town.member("a")
    town.link("a", other.id)

    town.at("2024-04-18 12:00")

    assert {heard.subject for heard in town.heard()} == {"人間ドック"}


def test_the_29th_of_february_is_a_day_like_others(database: Database) -> None:
    town = Reminded(database, event(last="2028-02-29", time=""))
    town.member("a")

    assert town.at("2028-02-22 12:00", "2028-02-28 12:00", "2028-02-29 12:00") == 3


def test_days_without_terms_are_told_of_nothing(database: Database) -> None:
    town = Reminded(database, event(last="2023-04-25"))
    town.member("a")

    assert town.at("2023-04-18 12:00", "2023-04-25 12:00") == 0


def test_every_row_of_a_year_ends_somehow(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")

    town.at(*(f"2024-04-{day:02} 12:00" for day in range(1, 31)))

    assert town.outcomes() == [("14", PUSHED), ("7", PUSHED), ("1", PUSHED), ("0", PUSHED)]


def test_a_run_is_idle_only_when_it_would_do_nothing(database: Database) -> None:
    town = Reminded(database, event())
    town.member("a")

    def idle_until(moment: str) -> datetime:
        return town.reminders.idle_until(when(moment))

    assert idle_until("2024-04-18 08:00") == when("2024-04-18 08:00")  # the day is not planned yet

    town.at("2024-04-18 08:00")

    assert idle_until("2024-04-18 11:00") == when("2024-04-18 12:00")
    assert idle_until("2024-04-18 12:00") == when("2024-04-18 12:00")
    town.at("2024-04-18 12:00")
    assert idle_until("2024-04-18 13:00") == when("2024-04-19 00:00")
