"""Points by the day they lapse, as bars: the small picture above a balance."""

from dataclasses import dataclass
from io import BytesIO

from pictures.canvas import INK, QUIET, Canvas, colour, mixed

WIDTH, MARGIN, ROW, TOP = 720, 28, 66, 20
LABEL, BAR = 232, 300
GROUND = (250, 250, 248)
MOST_BARS = 5


@dataclass(frozen=True)
class Bar:
    """One bar: what it is, its points, and whether it is the next to lapse."""

    label: str
    points: int
    is_next: bool = False


def height(bars: int) -> int:
    """Pixels of a picture with so many bars."""
    return 2 * TOP + ROW * bars


def bars_png(bars: tuple[Bar, ...], accent: str) -> bytes:
    """A PNG of WIDTH and the height of its bars, which grow with their points."""
    canvas = Canvas.blank((WIDTH, height(len(bars))), GROUND)
    largest = max((bar.points for bar in bars), default=1) or 1
    for place, bar in enumerate(bars):
        _draw(canvas, bar, TOP + ROW * place, bar.points / largest, accent)
    png = BytesIO()
    canvas.image.quantize(64).save(png, "PNG", optimize=True)
    return png.getvalue()


def _draw(canvas: Canvas, bar: Bar, top: int, share: float, accent: str) -> None:
    shade = colour("#B3261E") if bar.is_next else colour(accent)
    x, middle = MARGIN + LABEL + 12, top + 12
    canvas.text(bar.label, (MARGIN, top, LABEL, ROW), INK, largest=32, smallest=20, align="left")
    canvas.rectangle((x, middle, BAR, ROW - 24), mixed(shade, GROUND, 0.12), radius=8)
    canvas.rectangle((x, middle, max(10, BAR * share), ROW - 24), shade, radius=8)
    room = WIDTH - MARGIN - x - BAR - 12
    ink = INK if bar.points else QUIET
    canvas.text(
        f"{bar.points:,}", (x + BAR + 12, top, room, ROW), ink, "bold", largest=34, smallest=18, align="right"
    )
