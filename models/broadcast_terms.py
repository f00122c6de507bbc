"""broadcast.yaml: how carefully a broadcast begins."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BroadcastTerms:
    first_one_in: int  # one of so many people is told first …
    first_at_least: int  # … and so many at least
    hold_seconds: int  # between the first people and the rest
    count_jump_percent: int  # a count that differs so much from the last one is worth a word
    lists_kept_days: int  # of numbers, after they were uploaded
    wrong_files_per_day: int  # lists of numbers with mistakes that one staff person may send

    def first_share(self, people: int) -> int:
        """How many of so many are told first."""
        return max(self.first_at_least, -(-people // self.first_one_in))
