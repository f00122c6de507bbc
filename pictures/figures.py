"""Numbers of a day and its month as one picture for a phone: a few large ones, reasons as bars, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from pictures.canvas import INK, QUIET, WHITE, Canvas, colour, mixed

SIZE = WIDTH, HEIGHT = 720, 900
MARGIN, TITLE, TILE, ROW, GAP = 28, 64, 128, 46, 14
GROUND = (246, 248, 247)
MOST_ROWS = 6


@dataclass(frozen=True)
class Number:
    """A number of today and of this month."""

    label: str
    today: int
    month: int


@dataclass(frozen=True)
class Sheet:
    """Everything on the picture."""

    title: str
    linked: int
    numbers: Sequence[Number]
    reasons: Sequence[Number]
    waiting: Sequence[tuple[str, int]]
    quota: str


def figures_png(sheet: Sheet, accent: str) -> bytes:
    """A PNG of SIZE."""
    canvas, shade = Canvas.blank(SIZE, GROUND), colour(accent)
    canvas.text(sheet.title, (MARGIN, 12, WIDTH - 2 * MARGIN, 44), shade, "bold", largest=34, align="left")
    top = _tiles(canvas, sheet, TITLE, shade)
    top = _reasons(canvas, sheet.reasons, top, shade) if sheet.reasons else top
    _rows(canvas, sheet, top)
    png = BytesIO()
    canvas.image.quantize(64).save(png, "PNG", optimize=True)
    return png.getvalue()


def _tiles(canvas: Canvas, sheet: Sheet, top: int, shade: tuple[int, int, int]) -> int:
    """Large numbers, two in a row: how many are linked, then today's with the month's below."""
    tiles = [("連携している方", f"{sheet.linked:,}", "いまの人数")]
    tiles += [(one.label, f"{one.today:,}", f"今月 {one.month:,}") for one in sheet.numbers]
    wide = (WIDTH - 2 * MARGIN - GAP) // 2
    for place, (label, number, below) in enumerate(tiles[:4]):
        x, y = MARGIN + (place % 2) * (wide + GAP), top + (place // 2) * (TILE + GAP)
        canvas.rectangle((x, y, wide, TILE), WHITE, radius=14)
        canvas.text(label, (x + 16, y + 8, wide - 32, 30), QUIET, largest=24, smallest=14, align="left")
        canvas.text(
            number, (x + 16, y + 36, wide - 32, 58), shade, "bold", largest=54, smallest=20, align="left"
        )
        canvas.text(below, (x + 16, y + 94, wide - 32, 28), INK, largest=22, smallest=14, align="left")
    return top + ((min(len(tiles), 4) + 1) // 2) * (TILE + GAP)


def _reasons(canvas: Canvas, reasons: Sequence[Number], top: int, shade: tuple[int, int, int]) -> int:
    """Why something could not be used: the month's counts as bars, today's beside them."""
    heading = "使えなかった理由：今月（うち今日）"
    canvas.text(heading, (MARGIN, top, WIDTH - 2 * MARGIN, 36), INK, "bold", largest=24, align="left")
    most = max((one.month for one in reasons), default=1) or 1
    for place, one in enumerate(reasons[:MOST_ROWS]):
        y = top + 38 + place * ROW
        canvas.text(one.label, (MARGIN, y, 290, ROW - 6), INK, largest=24, smallest=14, align="left")
        x, room = MARGIN + 300, 220
        canvas.rectangle((x, y + 10, room, ROW - 22), mixed(shade, GROUND, 0.12), radius=6)
        canvas.rectangle((x, y + 10, max(8, room * one.month / most), ROW - 22), shade, radius=6)
        count = f"{one.month:,}（{one.today:,}）"
        canvas.text(
            count, (x + room + 10, y, 134, ROW - 6), INK, "bold", largest=24, smallest=14, align="right"
        )
    return top + 38 + min(len(reasons), MOST_ROWS) * ROW + GAP


def _rows(canvas: Canvas, sheet: Sheet, top: int) -> None:
    """What waits for the desk, and what has been sent this month."""
    rows = [*((label, f"{count:,}件") for label, count in sheet.waiting), ("今月の送信", sheet.quota)]
    room = WIDTH - 2 * MARGIN
    canvas.rectangle((MARGIN, top, room, len(rows) * ROW + 16), WHITE, radius=14)
    for place, (label, words) in enumerate(rows):
        y = top + 8 + place * ROW
        canvas.text(label, (MARGIN + 16, y, 330, ROW), QUIET, largest=24, smallest=14, align="left")
        box = (MARGIN + 346, y, room - 362, ROW)
        canvas.text(words, box, INK, "bold", largest=26, smallest=14, align="right")
