"""Terms that nothing reads: what no answer and no entry of the calendar names, in files whose form no rule fixes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from models.calendar_terms import Entry
from models.faq import PLACEHOLDER, TURNING, FaqEntry
from models.terms import BadTerms, leaves, read_list

PATH = re.compile(r"[a-z_]+(?:\.\w+)+")
# Files with a dataclass of their own, which refuses what it does not know.
TYPED = (
    "articles", "branch", "broadcast", "calendar", "coupon", "desk", "faq", "inbox", "paper", "points", "points_items",
    "reminders", "savings", "staff",
)  # fmt: skip


def unread_terms(folder: Path) -> Iterator[BadTerms]:
    """Every value of the other files that nobody would miss, with its line: its name is mistyped, or it is needless."""
    named = {*_named_by_answers(folder), *_named_by_calendar(folder)}
    for file in sorted(folder.glob("*.yaml")):
        for path, line in leaves(file) if file.stem not in TYPED else ():
            parts = f"{file.stem}.{path}".split(".")
            if not named.intersection(".".join(parts[:end]) for end in range(2, len(parts) + 1)):
                yield BadTerms(
                    file,
                    line,
                    f"「{path}」を使う答えも予定もありません。名前を直すか、この行を消してください",
                )


def _named_by_answers(folder: Path) -> Iterator[str]:
    for entry, _ in read_list(folder / "faq.yaml", FaqEntry):
        for match in (*PLACEHOLDER.finditer(entry.answer), *TURNING.finditer(entry.answer)):
            yield f"{match[1]}.{match[2]}"


def _named_by_calendar(folder: Path) -> Iterator[str]:
    file = folder / "calendar.yaml"
    for entry, _ in read_list(file, Entry) if file.exists() else ():
        yield from PATH.findall(repr(replace(entry, topic="", source="")))
