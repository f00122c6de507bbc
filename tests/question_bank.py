"""The project's own questions: reads them and the topics they belong to, asks them all, and counts."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from bot.guards import guard
from bot.intents import Index
from bot.lexicon import Lexicon
from handlers.flows import flows_of
from models.branch import load_branch
from models.faq import FaqEntry
from models.terms import read_list

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "tests" / "questions"
TODAY = date(2024, 7, 1)
PREFECTURES = {"saitama": "埼玉", "kagawa": "香川", "aichi": "愛知"}


@dataclass(frozen=True)
class Question:
    """What a member typed, and what may come of it: topics, `none`, `guard:<kind>` or `opens:<name>`."""

    branch: str
    text: str
    expects: tuple[str, ...]
    half: str

    @property
    def kind(self) -> str:
        first = self.expects[0]
        return first.partition(":")[0] if ":" in first or first == "none" else "topic"


@dataclass(frozen=True)
class Outcome:
    """What became of a question, as the dispatcher would decide: guard, then command, then topics."""

    question: Question
    action: str
    ranked: tuple[FaqEntry, ...] = ()
    name: str = ""

    @property
    def is_first(self) -> bool:
        return bool(self.ranked) and self.ranked[0].topic in self.question.expects

    @property
    def is_shown(self) -> bool:
        return any(entry.topic in self.question.expects for entry in self.ranked[:3])


@dataclass(frozen=True)
class Score:
    """The rates that count; each a share of 1."""

    first: float
    shown: float
    direct: float
    direct_right: float
    wrong_direct: float
    foreign_kept: float
    guarded: float
    commands: float
    false_commands: float
    false_guards: float


def topics_of(branch: str) -> tuple[FaqEntry, ...]:
    files = sorted((ROOT / "branches" / branch).glob("faq*.yaml"))
    return tuple(entry for file in files for entry, _ in read_list(file, FaqEntry))


@cache
def lexicon() -> Lexicon:
    return Lexicon((ROOT / "branches" / "synonyms.txt").read_text("utf-8").splitlines())


@cache
def index_of(branch: str) -> Index[FaqEntry]:
    flows = flows_of(load_branch(ROOT / "branches" / branch))
    return Index(topics_of(branch), lexicon(), {name: flow.opens_with for name, flow in flows.items()})


def questions(half: str | None = None) -> tuple[Question, ...]:
    rows = [question for file in sorted(QUESTIONS.glob("*.csv")) for question in _read(file)]
    return tuple(question for question in rows if half in (None, question.half))


def ask(question: Question) -> Outcome:
    if found := guard(question.text, (PREFECTURES[question.branch],)):
        return Outcome(question, "guard", name=found.kind)
    index = index_of(question.branch)
    decision = index.ask(question.text, on=TODAY)
    ranked = tuple(entry for entry, _ in decision.ranked)
    if name := index.command(question.text, TODAY):
        return Outcome(question, "flow", ranked, name)
    return Outcome(question, decision.action, ranked)


def outcomes(half: str) -> list[Outcome]:
    return [ask(question) for question in questions(half)]


def score(found: Iterable[Outcome]) -> Score:
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        by_kind[outcome.question.kind].append(outcome)
    topics = by_kind["topic"]
    direct = [outcome for outcome in topics if _is_direct(outcome)]
    right = sum(_is_right(outcome) for outcome in direct)
    return Score(
        first=_share(topics, lambda each: each.is_first),
        shown=_share(topics, lambda each: each.is_shown),
        direct=len(direct) / max(len(topics), 1),
        direct_right=right / max(len(direct), 1),
        wrong_direct=(len(direct) - right) / max(len(topics), 1),
        foreign_kept=_share(by_kind["none"], lambda each: not _is_direct(each)),
        guarded=_share(by_kind["guard"], _is_guarded),
        commands=_share(by_kind["opens"], lambda each: f"opens:{each.name}" in each.question.expects),
        false_commands=_share(topics, lambda each: each.action == "flow" and not _is_right(each)),
        false_guards=_share(topics, lambda each: each.action == "guard"),
    )


def report(half: str, write: Callable[[str], None] = print) -> None:
    """The rates of a half: of each branch, programme and aspect; what is confused, and each failure."""
    found = outcomes(half)
    programmes = {entry.topic: entry for branch in PREFECTURES for entry in topics_of(branch)}
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        groups[outcome.question.branch].append(outcome)
        if entry := programmes.get(outcome.question.expects[0]):
            groups[f"{outcome.question.branch} {entry.programme}"].append(outcome)
            groups[f"aspect {entry.aspect}"].append(outcome)
    for name, group in (("all", found), *sorted(groups.items())):
        write(f"{name:24} {len(group):5} {_line(score(group))}")
    for (wanted, got), times in _confusions(found).most_common(30):
        write(f"{times:3}  {wanted} -> {got}")


def _line(of: Score) -> str:
    return " ".join(f"{name} {value:.3f}" for name, value in vars(of).items() if value)


def _confusions(found: Iterable[Outcome]) -> Counter[tuple[str, str]]:
    return Counter(
        (each.question.expects[0], each.ranked[0].topic if each.ranked else each.action)
        for each in found
        if each.question.kind == "topic" and not each.is_first
    )


def _is_direct(outcome: Outcome) -> bool:
    return outcome.action in ("answer", "flow")


def _is_right(outcome: Outcome) -> bool:
    return outcome.name in outcome.question.expects if outcome.action == "flow" else outcome.is_first


def _is_guarded(outcome: Outcome) -> bool:
    """Met by its guard; or, where both are right, at least not answered."""
    expects = outcome.question.expects
    return f"guard:{outcome.name}" in expects or ("none" in expects and not _is_direct(outcome))


def _share(group: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float:
    return sum(map(holds, group)) / len(group) if group else 0.0


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
