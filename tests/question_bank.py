"""The project's own questions: reads them and the topics they belong to, asks them all, and counts."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.guards import guard
from bot.intents import Decision, Index
from bot.lexicon import Lexicon
from bot.topics import Topic

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions"
DAYS = {"saitama": date(2024, 7, 1), "kagawa": date(2024, 7, 1), "aichi": date(2024, 7, 1)}
PREFECTURE = {"saitama": "埼玉", "kagawa": "香川", "aichi": "愛知"}


@dataclass(frozen=True)
class Question:
    """What a member typed, and what may come of it: topics, `none`, `guard:<kind>` or `opens:<flow>`."""

    branch: str
    text: str
    expects: tuple[str, ...]
    half: str

    @property
    def wants_topic(self) -> bool:
        return not any(end == "none" or ":" in end for end in self.expects)


def topics_of(branch: str) -> tuple[Topic, ...]:
    files = sorted((ROOT / "branches" / branch).glob("faq*.yaml"))
    return tuple(_topic(entry) for file in files for entry in yaml.load(file.read_text("utf-8"), _LOADER))


def lexicon() -> Lexicon:
    return Lexicon((ROOT / "branches" / "synonyms.txt").read_text("utf-8").splitlines())


def questions(half: str | None = None) -> tuple[Question, ...]:
    rows = [question for file in sorted(QUESTIONS.glob("*.csv")) for question in _read(file)]
    return tuple(question for question in rows if half in (None, question.half))


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _topic(entry: Mapping[str, Any]) -> Topic:
    return Topic(
        topic=entry["topic"],
        programme=entry["programme"],
        aspect=entry["aspect"],
        title=entry["title"],
        answer=entry["answer"],
        since=entry["from"],
        until=entry.get("until"),
        triggers=tuple(map(str, entry.get("triggers", ()))),
        words=tuple(map(str, entry.get("words", ()))),
        opens_with=tuple(map(str, entry.get("opens_with", ()))),
        desk=entry.get("desk", ""),
        steps=tuple(entry.get("steps", ())),
    )


def _read(file: Path) -> Iterator[Question]:
    with file.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            yield Question(
                branch=row.get("branch") or file.stem.split("_")[0],
                text=row["text"],
                expects=tuple(_ends(row)),
                half=row.get("set") or ("tune", "hold")[number % 2],
            )


def _ends(row: Mapping[str, str]) -> Iterable[str]:
    if opens := row.get("opens"):
        return (f"opens:{end}" for end in opens.split("|"))
    return (row.get("expects") or row.get("kind") or "").split("|")


__all__ = ["Counter", "Decision", "Index", "defaultdict", "guard"]
