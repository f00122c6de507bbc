"""broadcast.yaml: when a broadcast may go out, and how carefully it begins."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.days import JST


@dataclass(frozen=True)
class BroadcastTerms:
    quiet_from: int  # from this hour …
    quiet_until: int  # … until this hour of the next morning nothing goes out without a reason
    first_one_in: int  # one of so many people is told first …
    first_at_least: int  # … and so many at least
    hold_seconds: int  # between the first people and the rest
    count_jump_percent: int  # a count that differs so much from the last one is worth a word
    lists_kept_days: int  # of numbers, after they were uploaded
    wrong_files_per_day: int  # lists of numbers with mistakes that one staff person may send

    def is_quiet(self, now: datetime) -> bool:
        """True at night."""
        hour = now.astimezone(JST).hour
        return hour >= self.quiet_from or hour < self.quiet_until

    def morning(self, now: datetime) -> datetime:
        """When the night that an instant falls into ends."""
        local = now.astimezone(JST)
        day = local if local.hour < self.quiet_until else local + timedelta(days=1)
        return day.replace(hour=self.quiet_until, minute=0, second=0, microsecond=0)

    def hour_for(self, moment: datetime, quiet_reason: str) -> datetime:
        """When that which is meant for an instant may go out: at night only with a reason."""
        return moment if quiet_reason or not self.is_quiet(moment) else self.morning(moment)

    def first_share(self, people: int) -> int:
        """How many of so many are told first."""
        return max(self.first_at_least, -(-people // self.first_one_in))
