"""When a broadcast goes out: at once or on a day, and never at night without a reason."""

import re
from datetime import date, datetime, time, timedelta

from bot import Card, Choose, PickDate, Retry, Skip, Type
from handlers.staff.broadcast_checks import read_reason
from handlers.staff.broadcast_parts import at_words, known_draft, stays
from handlers.staff.person import me
from handlers.world import Talk
from models import broadcast_drafts
from models.days import JST
from models.night import IN_WORDS, in_daytime, is_night

AHEAD = timedelta(days=366)
HOUR = re.compile(r"(午[前後])?\s?([01]?\d|2[0-3])(?:[:時]([0-5]\d|半)?分?)?")


def timing(chat: Talk) -> Choose | Skip:
    """At once, or on a day."""
    if stays(chat, "time"):
        return Skip("")
    choices = {"now": "承認のあと、すぐ", "later": "日時を決める"}
    return Choose("いつ送りますか？", Card("一斉配信（3 日時）"), choices=choices)


def day(chat: Talk) -> PickDate | Skip:
    """On which day."""
    if chat["timing"] != "later":
        return Skip("")
    card = Card("一斉配信（3 日時）")
    return PickDate(
        "送る日を選んでください。", card, first=chat.today, last=chat.today + AHEAD, today=chat.today
    )


def hour(chat: Talk) -> Type | Skip:
    """At what time."""
    if chat["timing"] != "later":
        return Skip("")

    def read(given: str) -> str:
        moment = moment_of(chat["day"], given)
        if moment <= chat.now:
            raise Retry("もう過ぎた時刻です。これからの時刻を送ってください。")
        return moment.isoformat()

    return Type("送る時刻を送ってください（例：10:00）。", Card("一斉配信（3 日時）"), read=read)


def night(chat: Talk) -> Choose | Skip:
    """At night nothing goes out without a reason."""
    at = _planned(chat)
    if at is None or not is_night(at):
        return Skip("day")
    lines = (f"{at_words(at)}は、夜間（{IN_WORDS}）です。",)
    choices = {"morning": f"{at_words(in_daytime(at))}に送る", "night": "理由を書いて、夜間に送る"}
    return Choose("どちらにしますか？", Card("夜間の配信", lines, tone="warn"), choices=choices)


def reason(chat: Talk) -> Type | Skip:
    """Why it cannot wait for the morning."""
    if chat["night"] != "night":
        return Skip("")
    return Type(
        "夜間に送る理由を100文字までで送ってください。", Card("夜間の配信"), read=read_reason, as_it_is=True
    )


def timed(chat: Talk) -> Skip:
    """Keeps the time."""
    if chat["timing"]:
        at = _planned(chat)
        if at and chat["night"] == "morning":
            at = in_daytime(at)
        send_at = at if chat["timing"] == "later" or chat["night"] == "morning" else None
        broadcast_drafts.change(
            chat.db, known_draft(chat), me(chat), chat.now, send_at=send_at, quiet_reason=chat["reason"]
        )
    return Skip("")


def _planned(chat: Talk) -> datetime | None:
    match chat["timing"]:
        case "later":
            return datetime.fromisoformat(chat["hour"])
        case "now":
            return chat.now
    return None


def moment_of(day: str, given: str) -> datetime:
    """The instant of an hour that was typed: 10:00, 14時半, 午後2時. Raises Retry with what can be read."""
    found = HOUR.fullmatch(given.strip().replace("：", ":"))
    if found is None or (found[1] and int(found[2]) > 12):
        raise Retry("時刻を読み取れませんでした。10:00 や 14時、午後2時のように送ってください。")
    hours = int(found[2]) % 12 + 12 * (found[1] == "午後") if found[1] else int(found[2])
    minutes = 30 if found[3] == "半" else int(found[3] or 0)
    return datetime.combine(date.fromisoformat(day), time(hours, minutes), JST)
