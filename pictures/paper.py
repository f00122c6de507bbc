"""An A4 page to write on, in points from the top left corner; the only file that knows the PDF library."""

from collections.abc import Callable
from functools import cache, partial
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pictures.canvas import SHARE_LEFT, Align, Box
from pictures.codes import modules
from pictures.fonts import FILES, Weight, width
from pictures.lettering import Lettering, fit

WIDTH, HEIGHT = (round(side) for side in A4)
# Where the middle of a line stands above its baseline, as a share of the size.
MIDDLE = 0.36


class Paper:
    """Pages written one after the other; what they share is drawn once, as a stencil."""

    def __init__(self, file: BinaryIO, title: str) -> None:
        typefaces()
        self.canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), pageCompression=1)
        self.canvas.setTitle(title)

    def stencil(self, name: str, drawing: Callable[["Paper"], None]) -> None:
        """Draws something once that `lay` then puts on any page."""
        self.canvas.beginForm(name)
        drawing(self)
        self.canvas.endForm()

    def lay(self, name: str) -> None:
        self.canvas.doForm(name)

    def next_page(self) -> None:
        self.canvas.showPage()

    def finish(self) -> None:
        self.canvas.save()

    def text(
        self,
        words: str,
        box: Box,
        weight: Weight = "regular",
        *,
        largest: int,
        lines: int = 1,
        align: Align = "left",
        grey: float = 0,
    ) -> None:
        """Writes the words in the box, vertically centred; grey 0 is black, 1 is white."""
        x, y, wide, high = box
        laid = fit(words, partial(points, weight), (wide, high), largest, lines)
        self.canvas.setFillGray(grey)
        self.canvas.setFont(weight, laid.size)
        for number, line in enumerate(laid.lines):
            left = x + (wide - points(weight, line, laid.size)) * SHARE_LEFT[align]
            self.canvas.drawString(left, baseline(laid, y + high / 2, number), line)

    def rectangle(self, box: Box, *, radius: float = 0, grey: float | None = None, line: float = 0) -> None:
        """A box, filled with a grey if one is given, and with an outline of `line` points."""
        x, y, wide, high = box
        self.canvas.setFillGray(1 if grey is None else grey)
        self.canvas.setLineWidth(line)
        bottom = HEIGHT - y - high
        self.canvas.roundRect(x, bottom, wide, high, radius, stroke=int(line > 0), fill=int(grey is not None))

    def disc(self, x: float, y: float, radius: float) -> None:
        self.canvas.setFillGray(0)
        self.canvas.circle(x, HEIGHT - y, radius, stroke=0, fill=1)

    def code(self, text: str, x: float, y: float, side: float) -> None:
        """A QR code of level H (it bears a reflection) as one crisp shape, its quiet zone inside `side`."""
        rows = modules(text, "H")
        module = side / (len(rows) + 8)
        self.canvas.saveState()
        self.canvas.translate(x + 4 * module, HEIGHT - y - side + 4 * module)
        self.canvas.scale(module, module)
        shape = self.canvas.beginPath()
        for height, row in enumerate(reversed(rows)):
            for start, length in runs(row):
                shape.rect(start, height, length, 1)
        self.canvas.setFillGray(0)
        self.canvas.drawPath(shape, stroke=0, fill=1)
        self.canvas.restoreState()


@cache
def typefaces() -> None:
    for weight, path in FILES.items():
        pdfmetrics.registerFont(TTFont(weight, str(path)))


def points(weight: Weight, text: str, size: int) -> float:
    """How wide the text is on paper; measured large, where no pixel is rounded."""
    return width(text, weight, 1000) * size / 1000


def baseline(laid: Lettering, middle: float, number: int) -> float:
    top = middle - laid.height / 2
    return HEIGHT - (top + laid.size / 2 + number * laid.leading + laid.size * MIDDLE)


def runs(row: list[bool]) -> list[tuple[int, int]]:
    """Start and length of each unbroken stretch of dark modules."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
