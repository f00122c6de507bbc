"""A draft of a new answer for faq.yaml: made from questions that found none, to be read over and pasted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.base import Refusal
from models.days import add_months
from models.faq import MOST_LABEL, PLACEHOLDER, TURNING
from models.terms import as_yaml

HOW_TO = "# faq.yaml の末尾に貼り付け、題名・答え・出典を直してから、app.py doctor で確かめてください。\n"
TO_BE_WRITTEN = "（ここに答えを書いてください）"
MOST_TRIGGERS = 20
REVIEWED_AFTER_MONTHS = 12
LEFT_OUT = "〔"  # where a number or a date was taken out: no pattern to find questions by


@dataclass(frozen=True)
class Draft:
    """What a new answer begins with; the desk is one of desk.yaml."""

    questions: Sequence[str]
    answer: str
    desk: str
    owner: str
    programme: str = "desk"


def draft(wanted: Draft, today: date) -> str:
    """The entry as YAML, with a word on what becomes of it. Raises Refusal when nothing is asked or the answer names a figure in braces."""
    questions = tuple(dict.fromkeys(" ".join(text.split()) for text in wanted.questions if text.strip()))
    if not questions:
        raise Refusal("下書きにする質問がありません。", "nothing_asked")
    if PLACEHOLDER.search(wanted.answer) or TURNING.search(wanted.answer):
        raise Refusal("答えの中の { } は、下書きでは使えません。かっこを外して書いてください。", "braces")
    return HOW_TO + as_yaml([dict(_entry(wanted, questions, today))])


def fitting(wanted: Draft, today: date, longest: int) -> tuple[str, int]:
    """The entry with the first questions only, as many as make no longer a text; and how many are left out.

    Raises Refusal as `draft` does."""
    known = list(dict.fromkeys(wanted.questions))
    kept = known[:MOST_TRIGGERS]
    while True:
        text = draft(replace(wanted, questions=kept), today)
        if len(kept) <= 1 or len(text.encode("utf-16-le")) // 2 <= longest:
            return text, len(known) - len(kept)
        kept.pop()


def _entry(wanted: Draft, questions: Sequence[str], today: date) -> Mapping[str, Any]:
    usable = [text for text in questions if LEFT_OUT not in text][:MOST_TRIGGERS]
    return {
        "topic": f"{wanted.programme}.draft.q{_mark(questions[0])}",
        "programme": wanted.programme,
        "aspect": "what",
        "title": questions[0][:MOST_LABEL],
        "from": today,
        "answer": wanted.answer.strip() or TO_BE_WRITTEN,
        "triggers": usable,
        "words": [],
        "go": [{"call": wanted.desk}],
        "desk": wanted.desk,
        "source": "窓口に届いた質問（資料の頁を書いてください）",
        "owner": wanted.owner,
        "review_by": add_months(today, REVIEWED_AFTER_MONTHS),
    }


def _mark(text: str) -> str:
    """A few letters that tell one draft from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]
