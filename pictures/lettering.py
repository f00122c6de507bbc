"""How a text of any length is fitted into a box: larger if it can, smaller or on more lines if it must."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pictures.fonts import printable

NOT_FIRST = "・、。，．・：；？！）」』】〕］｝〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々〜～)]},.!?:;"
NOT_LAST = "（「『【〔［｛〈《([{"
BRACKETS = r"[(（][^()（）]{1,12}[)）]"
ADDRESS = r"[0-9A-Za-z@.:_%?=&-]{1,40}/*"
KATAKANA = r"[ァ-ヺー]{1,12}"
PIECE = re.compile(
    rf"(?:{BRACKETS}|[{re.escape(NOT_LAST)}]*(?:{ADDRESS}|{KATAKANA}|.))[{re.escape(NOT_FIRST)}]*\s*"
)
SCRIPTS = {"hiragana": r"[ぁ-ん]", "katakana": r"[ァ-ヺー]", "kanji": r"[一-鿿々]", "latin": r"[0-9A-Za-z]"}
# What a line's end costs between two scripts, against the square of the share of the line left empty.
AFTER_SIGN, AT_SEAM, BEFORE_BRACKET, INSIDE_WORD, BEFORE_ENDING = 0.0, 0.03, 0.15, 0.3, 0.5
LEADING = 1.3
STEP = 0.94
# A text may be this much smaller for the sake of better line ends.
CONCESSION = 0.9
# With more lines than this nobody looks at how they end.
FEW_LINES = 4

Measure = Callable[[str, int], float]


@dataclass(frozen=True)
class Lettering:
    """Lines of text at one size; `leading` is the distance from line to line."""

    lines: tuple[str, ...]
    size: int

    @property
    def leading(self) -> float:
        return self.size * LEADING

    @property
    def height(self) -> float:
        return self.leading * (len(self.lines) - 1) + self.size


def fit(
    text: str, measure: Measure, box: tuple[float, float], largest: int, lines: int = 1, smallest: int = 1
) -> Lettering:
    """The text at the largest size at which nothing of it is lost in a box of width and height.

    Below `smallest` it takes as many lines as the height has room for.
    """
    text = printable(text)
    size = largest
    while not (size == 1 or fits(text, size, measure, box, lines, smallest)):
        size = max(1, min(size - 1, int(size * STEP)))
    count = len(wrap(text, size, measure, box[0]))
    if not 1 < count <= FEW_LINES:
        return Lettering(wrap(text, size, measure, box[0]), size)
    return well_ended(text, size, measure, box[0], count)


def fits(text: str, size: int, measure: Measure, box: tuple[float, float], lines: int, smallest: int) -> bool:
    """True if the text at this size stays inside the box, on no more lines than it may take."""
    allowed = lines if size > smallest else max(lines, int(box[1] / (size * LEADING)))
    if measure(text, size) > allowed * box[0]:
        return False
    laid = Lettering(wrap(text, size, measure, box[0]), size)
    wide = max(measure(line, size) for line in laid.lines)
    return len(laid.lines) <= allowed and laid.height <= box[1] and wide <= box[0]


def wrap(text: str, size: int, measure: Measure, room: float) -> tuple[str, ...]:
    """The fewest lines no wider than `room`; a piece that alone is wider stands on a line of its own."""
    lines = [""]
    for piece in pieces(text):
        if lines[-1].strip() and measure((lines[-1] + piece).rstrip(), size) > room:
            lines.append("")
        lines[-1] += piece
    return tuple(line.strip() for line in lines)


def well_ended(text: str, size: int, measure: Measure, room: float, count: int) -> Lettering:
    """The largest lettering whose lines end well; if a small concession does not help, the largest."""
    cost, broken = well_broken(text, size, measure, room, count)
    largest = Lettering(broken, size)
    smaller = size
    while cost >= INSIDE_WORD and (smaller := smaller - 1) > size * CONCESSION:
        cost, broken = well_broken(text, smaller, measure, room, count)
    return Lettering(broken, smaller) if cost < INSIDE_WORD else largest


def well_broken(
    text: str, size: int, measure: Measure, room: float, count: int
) -> tuple[float, tuple[str, ...]]:
    """The text on `count` lines, about even, broken where a reader would pause, and what that costs."""
    parts = pieces(text)
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for _ in range(count):
        reached: dict[int, tuple[float, tuple[str, ...]]] = {}
        for start, (cost, lines) in best.items():
            for end, line, empty in next_lines(parts, start, size, measure, room):
                total = cost + empty**2 + end_cost(parts, end)
                if end not in reached or total < reached[end][0]:
                    reached[end] = (total, (*lines, line))
        best = reached
    return best.get(len(parts), (float("inf"), wrap(text, size, measure, room)))


def next_lines(
    parts: list[str], start: int, size: int, measure: Measure, room: float
) -> Iterator[tuple[int, str, float]]:
    """Each line that can begin here: where it ends, its text, the share of it left empty."""
    for end in range(start + 1, len(parts) + 1):
        line = "".join(parts[start:end]).strip()
        empty = 1 - measure(line, size) / room
        if empty < 0:
            return
        yield end, line, empty


def end_cost(parts: list[str], end: int) -> float:
    """What it costs to end a line before this piece."""
    if end == len(parts):
        return 0
    before, after = parts[end - 1][-1], parts[end][0]
    left, right = script(before), script(after)
    if left and after in NOT_LAST:
        return BEFORE_BRACKET
    if not left or not right:
        return AFTER_SIGN
    if left != right:
        return BEFORE_ENDING if (left, right) == ("kanji", "hiragana") else AT_SEAM
    return INSIDE_WORD


@lru_cache(maxsize=4096)
def script(character: str) -> str:
    return next((name for name, letters in SCRIPTS.items() if re.match(letters, character)), "")


def pieces(text: str) -> list[str]:
    """What must not be torn apart: a number, a word in Latin or katakana, short brackets, signs."""
    return PIECE.findall(text)
