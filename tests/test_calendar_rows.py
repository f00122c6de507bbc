"""Every row of the table of deadlines is an event of the calendar, or there is a named reason why it is none."""

import csv
import os
from pathlib import Path

import pytest

from models.branch import load_branches
from models.calendar import Event
from models.counted import Counted
from settings import ROOT

VARIABLE = "FACTS"  # the folder with deadlines.csv
TOLD_APART = "a day by which an age or a membership is counted: nothing happens on it"
HOURS = "hours of a desk"
PERSONAL = "a rule for one person, of no day that a calendar could tell"
WITH_TERMS = "terms that hold from a day; `terms diff` shows them"

# By the number of the row: the keys of its events, or the reason.
SAITAMA = {
    1: "checkup-notice",
    2: "refresh-grant",
    3: "dock-grant womens-grant spouse-grant dental-grant",
    4: "refresh-use",
    5: "dock-use womens-use spouse-use",
    6: "dental-use",
    8: "mypage",
}
KAGAWA = {
    21: "expiry",
    22: "exchange",
    23: "exchange-closed",
    24: "first-login-points",
    25: "daily-points",
    26: "article-points",
    27: "checkup-points",
    28: "guidance-points",
    29: "walking",
    30: "postcard",
    31: "prefectural-delivery",
    32: "other-delivery",
}
AICHI = {
    34: "dock-application",
    35: "dock-decision",
    36: "dock-date",
    37: "dock-period",
    42: "organ-application organ-second-notice",
    43: "organ-period",
    44: "dental-application",
    45: "dental-period",
    46: "lecture-lifestyle lecture-second-notice",
    47: "lecture-mental",
    48: "lecture-care",
    49: "stress",
    53: "mental",
    55: "specific-voucher",
    56: "specific-start",
    58: "cafeteria-final",
    59: "cafeteria-first",
    60: "cafeteria-first-paid",
    61: "cafeteria-final",
    62: "cafeteria-final-paid",
    63: "cafeteria-asked-first",
    64: "cafeteria-asked-final",
    65: "cafeteria-receipts",
    66: "cafeteria-receipts-continuing",
    67: "cafeteria-receipts",
    68: "cafeteria-receipts",
    69: "long-service long-service-notice",
    70: "culture culture-event",
    71: "newsletter-07 newsletter-10 newsletter-01 newsletter-03",
    73: "points-earning",
    74: "points-record-only",
    75: "points-expiry",
    77: "remote-bonus",
    79: "savings-entry-04 savings-entry-03",
    80: "savings-change-04 savings-change-03",
    81: "savings-withdraw-first-04 savings-withdraw-first-paid-04",
    82: "savings-withdraw-second-04 savings-withdraw-second-paid-04",
    83: "savings-cancel-04 savings-cancel-paid-05",
    84: "savings-amount-summer",
    85: "savings-amount-winter",
    86: "savings-interest-summer savings-interest-winter",
    87: "benefits-04 benefits-paid-05",
    88: "claim-limit",
    89: "medical-paid",
    90: "mutual-medical-07 mutual-medical-11 mutual-medical-03",
    91: "dependent",
    92: "card",
    93: "vouchers",
    94: "pension-regular-04 pension-regular-03",
    95: "pension-balance",
    96: "remuneration remuneration-notice",
}
NONE = {
    **dict.fromkeys((7, 17, 38, 39, 40, 57, 72), TOLD_APART),
    **dict.fromkeys((9, 19, 50, 51, 52, 54, 78), HOURS),
    **dict.fromkeys((10, 20, 33, 41, 76), PERSONAL),
    97: WITH_TERMS,
}
CALENDARS = [branch.calendar for branch in load_branches(ROOT / "branches").values() if branch.calendar]
EVENTS: dict[str, Event | Counted] = {
    **{event.uid: event for each in CALENDARS for year in each.years.values() for event in year},
    **{one.uid: one for each in CALENDARS for year in each.counted.values() for one in year},
}
KINDS = {
    "notice": {"notice"},
    "grant": {"grant"},
    "use_period": {"window", "expiry", "closed"},
    "expiry": {"expiry"},
    "suspension": {"closed"},
    "deadline": {"deadline", "notice", "payment", "window"},
    "result": {"result"},
    "payment": {"payment", "notice"},
    "request": {"request"},
    "publication": {"notice"},
    "delivery": {"notice"},
    "reference_date": {"notice"},
    "rule": {"window"},
}


def uids(number: int) -> list[str]:
    """The events of a row; those of FY2024 stand for an undated row of the points in Kagawa."""
    if number <= 20:
        year, key = (2023, SAITAMA.get(number)) if number <= 10 else (2024, SAITAMA.get(number - 10))
        return [f"saitama-{year}-{each}" for each in (key or "").split()]
    branch, found = ("kagawa", KAGAWA) if number in KAGAWA else ("aichi", AICHI)
    return [f"{branch}-2024-{key}" for key in found.get(number, "").split()]


@pytest.mark.parametrize("number", range(1, 98))
def test_every_row_has_its_events_or_a_reason(number: int) -> None:
    found = uids(number)

    assert bool(found) != (number in NONE)
    assert set(found) <= set(EVENTS)


def test_every_event_comes_from_a_row() -> None:
    """Monthly events and later years count by their key."""
    known = {_thing(uid) for number in range(1, 98) for uid in uids(number)}

    assert {_thing(uid) for uid in EVENTS} == known


@pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} names no folder with deadlines.csv")
def test_the_rows_say_what_the_calendar_says() -> None:
    with (Path(os.environ[VARIABLE]) / "deadlines.csv").open(encoding="utf-8") as file:
        rows = {int(row["id"].removeprefix("DL-")): row for row in csv.DictReader(file)}

    assert set(rows) == set(range(1, 98))
    wrong = {number: problem for number, row in rows.items() if (problem := _differs(number, row))}
    assert wrong == {}


def _differs(number: int, row: dict[str, str]) -> str:
    """Where a row's kind, first day, last day or time is not that of its first event."""
    for place, uid in enumerate(uids(number)):
        event = EVENTS[uid]
        if event.kind not in KINDS[row["type"]]:
            return f"{uid} is a {event.kind}"
        if place == 0 and not _same_days(event, row):
            return f"{uid} is on other days"
        if (
            isinstance(event, Event)
            and place == 0
            and row["time"]
            and "-" not in row["time"]
            and event.time != row["time"]
        ):
            return f"{uid} is at {event.time}"
    return ""


def _same_days(event: Event | Counted, row: dict[str, str]) -> bool:
    """An empty day says nothing; `--05-01` is that day of any year."""
    if isinstance(event, Counted):
        return not (row["start"] or row["end"])
    first, last = (row[name].removeprefix("--") for name in ("start", "end"))
    return str(event.first).endswith(first) and str(event.last).endswith(last)


def _thing(uid: str) -> str:
    """saitama-2023-dock-use → saitama-dock-use, aichi-2024-benefits-04 → aichi-benefits."""
    branch, _, key = uid.split("-", 2)
    head, _, tail = key.rpartition("-")
    return f"{branch}-{head if tail.isdecimal() else key}"
