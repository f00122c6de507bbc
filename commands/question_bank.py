"""The project's own questions: reads them and what may come of each, asks them all, and counts."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from bot import Index, Neighbours, Openings
from bot.ways import way_of
from handlers.flows import flows_of
from handlers.taught import Taught
from handlers.understanding import Understanding
from models.branch import Branch, load_branches
from models.faq import Faq, FaqEntry, load_faq

TODAY = date(2024, 7, 1)  # the day on which the bank is asked: all programmes are open


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
    """What became of a question, as the dispatcher would decide: guard, way out or on, command, topics."""

    question: Question
    action: str
    ranked: tuple[FaqEntry, ...] = ()
    name: str = ""
    confidence: float = 0.0

    @property
    def is_first(self) -> bool:
        return bool(self.ranked) and self.ranked[0].topic in self.question.expects

    @property
    def is_shown(self) -> bool:
        return any(entry.topic in self.question.expects for entry in self.ranked[:3])

    @property
    def is_direct(self) -> bool:
        return self.action in ("answer", "flow")

    @property
    def is_right(self) -> bool:
        """Whether what is done at once is what was wanted."""
        return self.name in self.question.expects if self.action == "flow" else self.is_first

    @property
    def is_guarded(self) -> bool:
        """Met by its guard; or, where both are right, at least not answered."""
        expects = self.question.expects
        return f"guard:{self.name}" in expects or ("none" in expects and not self.is_direct)


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


class Bank:
    """The questions of a folder, and the branches that they are put to."""

    def __init__(self, branches: Path, questions: Path) -> None:
        self._folder, self._questions = branches, questions
        self._openings: dict[str, Openings[FaqEntry]] = {}
        self._understandings: dict[str, Understanding] = {}
        self._neighbours: dict[str, Neighbours] = {}

    @cached_property
    def branches(self) -> dict[str, Branch]:
        return load_branches(self._folder)

    @cached_property
    def faqs(self) -> dict[str, Faq]:
        return {name: load_faq(branch.folder) for name, branch in self.branches.items()}

    @cached_property
    def taught(self) -> Taught:
        return Taught(self._folder)

    def index(self, branch: str) -> Index[FaqEntry]:
        """The branch's index, as its bot has it."""
        return self.openings(branch).index

    def openings(self, branch: str) -> Openings[FaqEntry]:
        """What can be ordered there, with the flows that are staff's."""
        if branch not in self._openings:
            taught = self.taught
            phrases = {name: flow.opens_with for name, flow in flows_of(self.branches[branch]).items()}
            index = Index(self.faqs[branch].entries, taught.lexicon)
            self._openings[branch] = Openings(index, taught.lexicon, phrases, taught.orders, taught.wishes)
        return self._openings[branch]

    def neighbours(self, branch: str) -> Neighbours:
        if branch not in self._neighbours:
            own = self.branches[branch].identity.short
            self._neighbours[branch] = self.taught.neighbours(own, self.faqs[branch])
        return self._neighbours[branch]

    def questions(self, half: str | None = None) -> tuple[Question, ...]:
        """Those of the half (`tune` was looked at, `hold` put aside); all when none is named."""
        rows = [question for file in sorted(self._questions.glob("*.csv")) for question in _read(file)]
        return tuple(question for question in rows if half in (None, question.half))

    def understanding(self, branch: str) -> Understanding:
        """The branch's understanding, as its bot has it."""
        if branch not in self._understandings:
            own = self.branches[branch]
            self._understandings[branch] = Understanding.of(
                self.taught, own, self.faqs[branch], flows_of(own)
            )
        return self._understandings[branch]

    def ask(self, question: Question) -> Outcome:
        """What becomes of a question."""
        understanding = self.understanding(question.branch)
        meaning = understanding.meaning(question.text, TODAY)
        decision = understanding.decision(question.text, TODAY)
        ranked, confidence = tuple(entry for entry, _ in decision.ranked), decision.confidence
        if meaning.guard:
            return Outcome(question, "guard", ranked, meaning.guard.kind, confidence)
        if way := way_of(question.text):
            return Outcome(question, "flow", ranked, way, confidence)
        answered = ranked[0].topic if meaning.action == "answer" else ""
        return Outcome(question, meaning.action, ranked, meaning.opens or answered, confidence)

    def outcomes(self, half: str | None) -> list[Outcome]:
        return [self.ask(question) for question in self.questions(half)]


def score(found: Iterable[Outcome]) -> Score:
    """The rates of some outcomes."""
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        by_kind[outcome.question.kind].append(outcome)
    topics = by_kind["topic"]
    direct = [outcome for outcome in topics if outcome.is_direct]
    right = sum(outcome.is_right for outcome in direct)
    return Score(
        first=_share(topics, lambda each: each.is_first),
        shown=_share(topics, lambda each: each.is_shown),
        direct=len(direct) / max(len(topics), 1),
        direct_right=right / max(len(direct), 1),
        wrong_direct=(len(direct) - right) / max(len(topics), 1),
        foreign_kept=_share(by_kind["none"], lambda each: not each.is_direct),
        guarded=_share(by_kind["guard"], lambda each: each.is_guarded),
        commands=_share(by_kind["opens"], lambda each: f"opens:{each.name}" in each.question.expects),
        false_commands=_share(topics, lambda each: each.action == "flow" and not each.is_right),
        false_guards=_share(topics, lambda each: each.action == "guard"),
    )


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
