"""Questions in free words: how long one takes, how long an index takes to build, what it holds in memory, how both grow."""

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from bench.table import Row, at_most, shown
from bot import Index, Openings
from commands.question_bank import TODAY, Bank
from models.faq import FaqEntry
from settings import ROOT

ASKED = 600  # questions a measurement
FEW, MANY = 200, 5_000  # topics
TIMES = 3
MB = 1024 * 1024
LARGEST_ON = "aichi"  # the branch with most topics
GROWN = "import sys; from bench import understanding; print(understanding.grown(sys.argv[1]))"


def rows() -> Iterator[Row]:
    """Each of the issue's promises about understanding, as a row."""
    bank = Bank(ROOT / "branches", ROOT / "tests" / "questions")
    texts = [question.text for question in bank.questions() if question.branch == LARGEST_ON]
    asked = random.Random(1).sample(texts, min(ASKED, len(texts)))
    bank.index(LARGEST_ON).ask(asked[0], on=TODAY)  # the dictionary is read once for the whole process
    yield at_most("understanding: index of all branches built (CPU)", _building(bank), "s", 1.0)
    yield at_most("understanding: memory of the dictionary and all indexes", _memory(), "MB", 150)
    took = _taken(bank.openings(LARGEST_ON), asked)
    yield at_most("understanding: a question, one thread, p95", quantiles(took, n=20)[-1] * 1000, "ms", 20)
    few, many = (_with_topics(bank, size) for size in (FEW, MANY))
    sizes = f"with {MANY:,} topics / with {FEW}"
    # A topic's wordings are laid out when it first comes near; with so many, most questions meet topics nobody asked for.
    yield shown(f"understanding: a question asked first {sizes}", _longer(many, few, asked), "×")
    yield at_most(f"understanding: a question {sizes}", _longer(many, few, asked), "×", 2)


def grown(what: str) -> int:
    """Bytes that this process took for `all` branches' indexes, or for reading the topics alone."""
    bank = Bank(ROOT / "branches", ROOT / "tests" / "questions")
    assert bank.faqs
    if what == "all":
        for branch in bank.branches:
            bank.index(branch).ask("クーポン", on=TODAY)
            bank.openings(branch).command("クーポンを使いたい", TODAY)
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize()


def _building(bank: Bank) -> float:
    best = float("inf")
    for _ in range(TIMES):
        fresh = Bank(ROOT / "branches", ROOT / "tests" / "questions")
        assert fresh.faqs
        assert fresh.taught.lexicon
        assert fresh.taught.wishes
        before = time.process_time()
        for branch in bank.branches:
            fresh.openings(branch)
        best = min(best, time.process_time() - before)
    return best


def _memory() -> float:
    """In processes of their own, since the bench itself has grown by then."""
    without, with_ = (_grown(what) for what in ("topics", "all"))
    return (with_ - without) / MB


def _grown(what: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", GROWN, what], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return int(done.stdout)


def _taken(openings: Openings[FaqEntry], texts: Sequence[str]) -> list[float]:
    """Seconds of each question, the command and the ranking together, as the dispatcher does."""
    took = []
    for text in texts:
        before = time.thread_time()
        openings.command(text, TODAY) or openings.index.ask(text, on=TODAY)
        took.append(time.thread_time() - before)
    return took


def _longer(one: Openings[FaqEntry], other: Openings[FaqEntry], texts: Sequence[str]) -> float:
    """How many times as long the same questions take."""
    return median(_taken(one, texts)) / median(_taken(other, texts))


def _with_topics(bank: Bank, size: int) -> Openings[FaqEntry]:
    """So many topics: those of all branches, again and again under other names and in other words."""
    entries = [entry for faq in bank.faqs.values() for entry in faq.entries if entry.holds(TODAY)]
    words = sorted({word for entry in entries for word in entry.words})
    chance = random.Random(size)
    topics = [_varied(entries[n % len(entries)], n // len(entries), words, chance) for n in range(size)]
    openings = Openings(Index(topics, bank.taught.lexicon), bank.taught.lexicon)
    openings.index.ask("クーポン", on=TODAY)
    openings.command("クーポンを使いたい", TODAY)
    return openings


def _varied(entry: FaqEntry, turn: int, words: Sequence[str], chance: random.Random) -> FaqEntry:
    if turn == 0:
        return entry
    added = [chance.choice(words) for _ in entry.triggers]
    return replace(
        entry,
        topic=f"{entry.topic}.{turn}",
        title=f"{entry.title}{added[0] if added else turn}",
        triggers=tuple(f"{word}{trigger}" for word, trigger in zip(added, entry.triggers, strict=True)),
        opens_with=(),
    )
