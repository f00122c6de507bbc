"""How a text of any length is fitted into a box: larger if it can, smaller or on more lines if it must."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pictures.fonts import printable

NOT_FIRST = "・、。，．・：；？！）」』】〕］｝〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々〜～)]},.!?:;%％"
NOT_LAST = "（「『【〔［｛〈《([{"
LEADING = 1.3
STEP = 0.94

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
    while True:
        allowed = lines if size > smallest else max(lines, int(box[1] / (size * LEADING)))
        laid = Lettering(wrap(text, size, measure, box[0]), size)
        wide = max(measure(line, size) for line in laid.lines)
        if size == 1 or (len(laid.lines) <= allowed and laid.height <= box[1] and wide <= box[0]):
            return Lettering(balanced(text, size, measure, box[0]), size)
        size = max(1, min(size - 1, int(size * STEP)))


def balanced(text: str, size: int, measure: Measure, room: float) -> tuple[str, ...]:
    """The fewest lines that hold the text, made as even as they can be."""
    lines = wrap(text, size, measure, room)
    while len(lines) > 1 and room > size:
        tighter = wrap(text, size, measure, room - size / 4)
        if len(tighter) > len(lines) or any(measure(line, size) > room for line in tighter):
            return lines
        lines, room = tighter, room - size / 4
    return lines


def wrap(text: str, size: int, measure: Measure, room: float) -> tuple[str, ...]:
    """Greedy lines no wider than `room`; a piece that alone is wider stands on a line of its own."""
    lines = [""]
    for piece in pieces(text):
        if lines[-1].strip() and measure((lines[-1] + piece).rstrip(), size) > room:
            lines.append("")
        lines[-1] += piece
    return tuple(line.strip() for line in lines)


def pieces(text: str) -> list[str]:
    """What must not be torn apart: a number, a word in Latin or katakana, short brackets, signs."""
    letter = r"[(（][^()（）]{1,12}[)）]|[0-9A-Za-z@/._%-]{1,24}|[ァ-ヺー]{1,10}|."
    pattern = rf"[{re.escape(NOT_LAST)}]*(?:{letter})[{re.escape(NOT_FIRST)}]*\s*"
    return re.findall(pattern, text)
