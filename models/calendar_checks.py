"""What an entry of calendar.yaml must name, and which two events cannot both be true."""

import re
from datetime import date
from pathlib import Path
from typing import Protocol

from models.calendar_terms import Entry
from models.terms import BadTerms


class Spanned(Protocol):
    """What is compared of two events."""

    @property
    def uid(self) -> str: ...
    @property
    def programme(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


def check_names(file: Path, line: int, entry: Entry, topics: frozenset[str]) -> None:
    """Raises BadTerms for a programme or a topic that the branch does not have, or an entry without a source."""
    if (
        not re.fullmatch(r"[a-z_]+", entry.programme)
        or not file.with_name(f"{entry.programme}.yaml").exists()
    ):
        raise BadTerms(
            file,
            line,
            f"programme: {entry.programme} のファイル（{entry.programme}.yaml）がありません。ある制度の名前にしてください",
        )
    if entry.topic and entry.topic not in topics:
        raise BadTerms(
            file, line, f"topic: {entry.topic} はfaq.yamlにありません。ある話題の名前にしてください"
        )
    if not entry.source.strip():
        raise BadTerms(file, line, "source: に資料とページを書いてください")
    if not entry.years:
        raise BadTerms(file, line, "years: に年度を書いてください（例: [2024]）")
    if sum(map(bool, (entry.every, entry.last, entry.after))) != 1:
        raise BadTerms(file, line, "last:・every:・after: のどれか一つを書いてください")
    if entry.after and not entry.topic:
        raise BadTerms(file, line, "after: には、くわしい説明の topic: も書いてください")
    if entry.leaving and (entry.kind != "deadline" or not entry.first):
        raise BadTerms(file, line, "leaving: は、kind: deadline で first: のある予定だけに書けます")
    if entry.then and entry.kind != "result":
        raise BadTerms(
            file, line, "then: は、結果（kind: result）だけに書けます。says: に書くか、消してください"
        )


def clash(new: Spanned, other: Spanned) -> str:
    """Why the two cannot stand side by side, and what to do; empty when they can."""
    if new.uid == other.uid:
        return "と同じ key: です。一つにするか、別の key: にしてください"
    if new.programme != other.programme or new.last < other.first or other.last < new.first:
        return ""
    days = f"（{other.first}〜{other.last}）と日が重なっています（{new.first}〜{new.last}）"
    if _key(new) == _key(other) or (new.kind, new.title) == (other.kind, other.title):
        return f"{days}。重ならない日にするか、一つにまとめてください"
    if {new.kind, other.kind} == {"window", "closed"}:
        return f"{days}。受け付ける期間と休む期間を、重ならない日にしてください"
    return ""


def _key(event: Spanned) -> str:
    """The uid without its branch and year: the same thing, whatever the year."""
    return event.uid.split("-", 2)[-1]
