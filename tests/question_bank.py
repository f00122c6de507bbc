"""The project's own questions, for the tests."""

from bot import Index, Neighbours, Openings
from commands.question_bank import TODAY, Bank, Outcome, Question, score
from models.faq import FaqEntry
from settings import ROOT

__all__ = [
    "BANK",
    "PREFECTURES",
    "TODAY",
    "Outcome",
    "Question",
    "index_of",
    "neighbours_of",
    "openings_of",
    "questions",
    "score",
]

BANK = Bank(ROOT / "branches", ROOT / "tests" / "questions")
PREFECTURES = {name: branch.identity.short for name, branch in BANK.branches.items()}


def index_of(branch: str) -> Index[FaqEntry]:
    return BANK.index(branch)


def openings_of(branch: str) -> Openings[FaqEntry]:
    return BANK.openings(branch)


def neighbours_of(branch: str) -> Neighbours:
    return BANK.neighbours(branch)


def questions(half: str | None = None) -> tuple[Question, ...]:
    return BANK.questions(half)
