"""How well the bot understands: rates of the question bank, what is confused, what is stale or to be confirmed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from bot.sureness import NEAR, SURE
from commands.question_bank import Bank, Outcome, Score, score
from models.days import in_words
from models.faq import FaqEntry

MOST_CONFUSED = 20
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, SURE, 0.92, 0.95)
COLUMNS = {
    "first": "1位",
    "shown": "3位内",
    "direct": "直答",
    "direct_right": "直答の正答",
    "wrong_direct": "誤った直答",
    "foreign_kept": "対象外を断る",
    "guarded": "見守り",
    "commands": "操作",
    "false_commands": "誤った操作",
}


@dataclass(frozen=True)
class Level:
    """What would be answered at once if that much sureness were enough, and how much of it rightly."""

    sure: float
    coverage: float
    precision: float


@dataclass(frozen=True)
class Confusion:
    """A topic that was wanted, the one that came first instead (or what was done), and how often."""

    branch: str
    wanted: str
    came: str
    times: int


@dataclass(frozen=True)
class Report:
    """All that staff should know about the answers on a day."""

    day: date
    half: str
    sure: float
    near: float
    scores: Mapping[str, tuple[int, Score]]
    levels: Sequence[Level]
    confusions: Sequence[Confusion]
    stale: Sequence[tuple[str, FaqEntry]]
    to_confirm: Sequence[tuple[str, FaqEntry]]


def report(bank: Bank, half: str, day: date) -> Report:
    """Asks the half's questions; judges the editions of the day."""
    found = bank.outcomes(half)
    entries = [(branch, entry) for branch, faq in bank.faqs.items() for entry in faq.entries]
    return Report(
        day=day,
        half=half,
        sure=SURE,
        near=NEAR,
        scores={name: (len(group), score(group)) for name, group in _groups(bank, found).items()},
        levels=[_level(found, sure) for sure in LEVELS],
        confusions=_confusions(found),
        stale=[(branch, each) for branch, each in entries if each.review_by < day and each.holds(day)],
        to_confirm=[
            (branch, each) for branch, each in entries if each.holds(day) and (each.confirm or each.hand_over)
        ],
    )


def as_json(of: Report) -> dict[str, object]:
    """The report for other programs."""
    return {
        "day": of.day,
        "half": of.half,
        "thresholds": {"answer": of.sure, "choices": of.near},
        "scores": [{"group": name, "questions": n} | asdict(each) for name, (n, each) in of.scores.items()],
        "levels": [asdict(each) for each in of.levels],
        "confusions": [asdict(each) for each in of.confusions],
        "stale": [
            {"branch": branch, "topic": each.topic, "review_by": each.review_by, "owner": each.owner}
            for branch, each in of.stale
        ],
        "to_confirm": [
            {"branch": branch, "topic": each.topic, "reading": each.confirm, "hands_over": each.hand_over}
            for branch, each in of.to_confirm
        ],
    }


def in_lines(of: Report) -> Iterator[str]:
    """The report for people."""
    yield f"質問集（{of.half}）への答え　{in_words(of.day)}　数字は％"
    yield f"{'':28}{'件数':>5}  " + "  ".join(COLUMNS.values())
    for name, (n, each) in of.scores.items():
        yield f"{name:28}{n:6}  " + "  ".join(
            f"{title} {getattr(each, column):.1%}"
            for column, title in COLUMNS.items()
            if getattr(each, column)
        )
    yield f"\n確かさと直答（いまは {of.sure:g} 以上で答え、選択肢は {of.near:g} 以上）"
    yield from (
        f"  {each.sure:4.2f} 以上　直答 {each.coverage:.1%}　正答 {each.precision:.1%}" for each in of.levels
    )
    yield "\n取り違え（多い順）"
    yield from (f"  {each.times}回　{each.branch}　{each.wanted} → {each.came}" for each in of.confusions)
    yield f"\n見直しの期日を過ぎた答え {len(of.stale)}件"
    yield from (f"  {branch}　{each.topic}　{each.review_by}　{each.owner}" for branch, each in of.stale)
    yield f"\n組合の確認が要る答え {len(of.to_confirm)}件"
    yield from (
        f"  {branch}　{each.topic}　{each.confirm or '窓口へ案内'}　{each.source}"
        for branch, each in of.to_confirm
    )


def _groups(bank: Bank, found: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """All; then each branch, each programme of a branch, and each aspect."""
    topics = {(branch, entry.topic): entry for branch, faq in bank.faqs.items() for entry in faq.entries}
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        branch = outcome.question.branch
        groups["全体"].append(outcome)
        groups[branch].append(outcome)
        if entry := topics.get((branch, outcome.question.expects[0])):
            groups[f"{branch} {entry.programme}"].append(outcome)
            groups[f"観点 {entry.aspect}"].append(outcome)
    return {name: groups[name] for name in sorted(groups, key=lambda name: (name != "全体", name))}


def _level(found: Iterable[Outcome], sure: float) -> Level:
    """Of the questions that the index ranks; guards and commands are decided before."""
    ranked = [
        each for each in found if each.question.kind == "topic" and each.action not in ("flow", "guard")
    ]
    direct = [each for each in ranked if each.confidence >= sure]
    right = sum(each.is_first for each in direct)
    return Level(sure, len(direct) / max(len(ranked), 1), right / max(len(direct), 1))


def _confusions(found: Iterable[Outcome]) -> list[Confusion]:
    missed = Counter(
        (
            each.question.branch,
            each.question.expects[0],
            each.ranked[0].topic if each.ranked else each.action,
        )
        for each in found
        if each.question.kind == "topic" and not each.is_first
    )
    return [Confusion(*names, times) for names, times in missed.most_common(MOST_CONFUSED)]
