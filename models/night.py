"""The night, in which no message wakes anybody: from nine in the evening to eight in the morning, in Japan."""

from datetime import datetime, time, timedelta

from models.days import JST

EVENING, MORNING = time(21), time(8)
IN_WORDS = f"{EVENING.hour}時〜翌{MORNING.hour}時"


def is_night(moment: datetime) -> bool:
    return not MORNING <= moment.astimezone(JST).time() < EVENING


def in_daytime(moment: datetime) -> datetime:
    """The instant itself by day, the next morning by night."""
    if not is_night(moment):
        return moment
    local = moment.astimezone(JST)
    day = local.date() + timedelta(days=1 if local.time() >= EVENING else 0)
    return datetime.combine(day, MORNING, JST)


def hour_for(moment: datetime, reason: str) -> datetime:
    """When that which is meant for an instant may go out: at night only with a reason."""
    return moment if reason else in_daytime(moment)


def by_day(due_at: datetime, later: datetime) -> datetime:
    """When that which was due at an instant may be sent, if it could not be until a later one."""
    return later if is_night(due_at) else in_daytime(later)
