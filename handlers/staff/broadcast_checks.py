"""What may stand in a broadcast, and what is worth a second look before it goes out."""

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime

from bot import Retry, without_personal
from handlers.staff.illness_words import ILLNESS
from models.broadcast_terms import BroadcastTerms
from models.broadcasts import LONGEST_REASON, LONGEST_TEXT, LONGEST_TITLE, Draft
from models.days import JST, WEEKDAYS, fiscal_start, fiscal_year, in_words, is_holiday
from models.night import is_night

# A broadcast is the same for all: what looks like a place for a name would be sent as it stands.
_NAMES = r"お?(?:氏名|名前|姓|番号|組合員番号|会員番号|所属|所属所|学校名|宛名|name)"
_BEFORE = r"\s?(?:様|さん|殿|先生)"
PLACEHOLDER = re.compile(
    r"\{[^{}\n]{0,30}\}|\$\{|%[a-z_]{2,}%|(?<!\d)%[sd](?![a-z])|<%|<[a-z_]{1,20}>|\[\[|\]\]|\*\||\|\*"
    r"|\$[a-z_]{2,}|#[a-z_]{2,20}#"
    rf"|[<【\[《〈]{_NAMES}[】>\]》〉]|[(「]{_NAMES}[)」](?={_BEFORE})|@[a-z_]{{2,20}}(?={_BEFORE})|_{{2,}}(?={_BEFORE})"
    r"|(?:[○〇◯●△×✕]{2,}|[Xx]{3,})(?=\s?(?:様|さん|殿|先生|支部|学校|月|日|年|円|人|に|を|の|は|まで|$))",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://[!-z|~]+")  # up to a brace: its signs are no places for a name
DATE = re.compile(
    r"(?:(?:(?P<year>20\d\d)|(?:令和|(?<![A-Za-z])R)(?P<era>\d{1,2}|元))\s?[年/.]\s?|(?<![\d/.]))(?P<month>1[0-2]|0?[1-9])\s?(?P<sign>[月/.])\s?"
    r"(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/])日?(?:\s?\((?P<weekday>[月火水木金土日])[^()\n]{0,4}\))?"
)
# What makes a day of 1/2, which may be a half, …
DAY_FOLLOWS = re.compile(
    r"\s?(?:まで|から|より前|以降|以前|に|〆|締|必着|消印|当日|開催|実施|開始|受付|[~〜～(])"
)
# … and what makes a number of 4/1, which else is a day.
NUMBER_FOLLOWS = re.compile(r"\s?(?:[点人名件倍割%枚]|以上|以下)")
LONGEST_LABEL, LONGEST_URL = 20, 1_000
URL = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#][!#-;=?-Z\[\]_a-z~]*)?")  # all that LINE takes
PHONE = re.compile(r"0\d{1,4}-?\d{1,4}-?\d{3,4}")
DASHES = re.compile("[‐‑‒–—―−─ー]")
LONG_AGO = 120  # days: a date without a year that is further back is next year's …
JUST_OVER = 60  # … and one of the last fiscal year already after so many
NEXT_YEAR = re.compile(r"(?:来年|翌年|来春)度?の?\s?$")


def units(text: str) -> int:
    """How long LINE takes a text to be: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def read_title(text: str) -> str:
    return _read(text, "件名", LONGEST_TITLE)


def read_text(text: str) -> str:
    return _read(text, "本文", LONGEST_TEXT)


def read_label(text: str) -> str:
    return _read(text, "ボタンの言葉", LONGEST_LABEL)


def read_reason(text: str) -> str:
    return _read(text, "理由", LONGEST_REASON)


def read_url(text: str) -> str:
    """An address that LINE takes, in any width. Raises Retry with what is wrong."""
    url = unicodedata.normalize("NFKC", text).strip()
    if len(url) > LONGEST_URL:
        raise Retry(
            f"アドレスは{LONGEST_URL:,}文字までです（今は{len(url):,}文字）。短いアドレスを送ってください。"
        )
    if not URL.fullmatch(url):
        raise Retry(
            "https:// で始まるアドレスを送ってください。空白や { }、日本語の文字は使えません。"
            "ページを開いて、アドレスを写すと確実です。"
        )
    return url


def read_phone(text: str) -> str:
    """A phone number in any width, with any dashes. Raises Retry with what is wrong."""
    phone = DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    if not PHONE.fullmatch(phone):
        raise Retry("電話番号を、市外局番から送ってください（例：048-000-0000）。")
    return phone


def _read(text: str, name: str, longest: int) -> str:
    """The text as it will be sent. Raises Retry with how much is too much, or with what is no plain text."""
    stripped = text.strip()
    if not stripped:
        raise Retry(f"{name}を文字で送ってください。")
    if (length := units(stripped)) > longest:
        raise Retry(f"{name}は{longest:,}文字までです（今は{length:,}文字）。短くして送ってください。")
    if found := PLACEHOLDER.search(ADDRESS.sub("", unicodedata.normalize("NFKC", stripped))):
        raise Retry(
            f"「{found[0]}」のような差し込みは使えません。全員に同じ文が届きます。言葉を書き直して送ってください。"
        )
    return stripped


def warnings(
    one: Draft, count: int, last: Draft | None, same: Draft | None, terms: BroadcastTerms, now: datetime
) -> Iterator[str]:
    """What a second look should fall on; none of it keeps a broadcast from going out."""
    goes = max(one.send_at or now, now)
    day = goes.astimezone(JST).date()
    if not count:
        yield "届く人が一人もいません。「直す」から宛先を選び直してください。"
    if same:
        yield "前に送った配信と、本文が同じです。"
    yield from _dates("\n".join(words for _, words in _parts(one)), day)
    if last and last.listed and _jumps(count, last.listed, terms.count_jump_percent):
        yield f"件数が前回（{last.listed:,}件）と大きく違います。"
    if day.weekday() >= 5 or is_holiday(day):
        yield f"送る日（{in_words(day)}）は休みの日です。"
    if is_night(goes):
        yield _at_night(one)
    for where, words in _parts(one):
        yield from _personal(where, words)


def _parts(one: Draft) -> Iterator[tuple[str, str]]:
    """All that is read of it, each with its name."""
    yield "件名", one.title
    yield "本文", one.text
    if one.button:
        yield "ボタン", json.loads(one.button)["label"]


def _at_night(one: Draft) -> str:
    if one.quiet_reason:
        return f"夜間に送ります。理由：{one.quiet_reason}"
    if one.send_at is None:
        return "今は夜間です。夜間に承認されたときは、朝になってから送ります。"
    return "夜間のため、朝になってから送ります。"


def _personal(where: str, words: str) -> Iterator[str]:
    kept, _ = without_personal(words)
    if "〔番号〕" in kept:
        yield f"{where}に、番号のような数字があります。"
    if "〔生年月日〕" in kept:
        yield f"{where}に、生年月日のような日付があります。"
    if found := ILLNESS.search(unicodedata.normalize("NFKC", words)):
        yield f"{where}に、健康についての言葉（{found[0]}）があります。"


def _jumps(count: int, before: int, percent: int) -> bool:
    return abs(count - before) * 100 > before * percent


def _dates(text: str, day: date) -> Iterator[str]:
    """Dates that are over, and dates whose weekday is another."""
    for found in DATE.finditer(ADDRESS.sub("", unicodedata.normalize("NFKC", text))):
        year = _year(found)
        if not (year or found["weekday"] or _is_day(found)):
            continue
        try:
            when = _in_year(found, year) if year else _meant(found, day)
        except ValueError:
            yield f"「{found[0]}」という日はありません。"
            continue
        if found["weekday"] and found["weekday"] != WEEKDAYS[when.weekday()]:
            yield f"「{found[0]}」の曜日が違います（{in_words(when)}）。"
        if when < day:
            yield f"「{found[0]}」は、送る日より前の日付です。"


def _meant(found: re.Match[str], day: date) -> date:
    """The day that stands without a year: this year's, or next year's where that alone makes sense.

    3月31日 in July is the end of this fiscal year; in April it may be a text of last month, which its weekday tells."""
    this = _in_year(found, day.year)
    if this >= day:
        return this
    try:
        coming = _in_year(found, day.year + 1)
    except ValueError:  # 29 February
        return this
    if NEXT_YEAR.search(found.string[: found.start()]):
        return coming
    if this >= fiscal_start(fiscal_year(day)):
        return this if (day - this).days < LONG_AGO else coming
    is_over = (day - this).days < JUST_OVER and found["weekday"] != WEEKDAYS[coming.weekday()]
    return this if is_over else coming


def _in_year(found: re.Match[str], year: int) -> date:
    return date(year, int(found["month"]), int(found["day"]))


def _is_day(found: re.Match[str]) -> bool:
    """Whether 6/30 without year and weekday is a day: 1/2 may be a half, 1.5 is a number."""
    month, day = int(found["month"]), int(found["day"])
    after = found.string[found.end() :]
    if found["sign"] == "月":
        return True
    if found["sign"] == "/" and (day > 12 or month >= day):
        return not NUMBER_FOLLOWS.match(after)
    return bool(DAY_FOLLOWS.match(after))


def _year(found: re.Match[str]) -> int:
    """The year that stands before a date, perhaps in Reiwa's count; 0 without one."""
    if era := found["era"]:
        return 2018 + (1 if era == "元" else int(era))
    return int(found["year"] or 0)
