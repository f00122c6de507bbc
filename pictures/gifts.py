"""Gifts of the catalogue, drawn where the association has no photograph of its own: what it is, and whether the prefecture makes it."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO

from PIL import Image

from pictures.canvas import WHITE, Canvas, Colour, colour, ink_on, mixed
from pictures.icons import OVERSAMPLING, Nib

SIZE = (720, 480)
SIDE, DISC = 280, 380
CHIP, EDGE, SLOPE = (170, 64), 24, 32


def gift_png(drawing: str, label: str, note: str, accent: str) -> bytes:
    """A PNG of SIZE: the drawing, a label below on the left, and a note (見本) above on the right."""
    shade = colour(accent)
    canvas = Canvas.blank(SIZE, mixed(shade, WHITE, 0.14))
    wide, high = SIZE
    canvas.rectangle(((wide - DISC) / 2, (high - DISC) / 2, DISC, DISC), WHITE, DISC / 2)
    canvas.stamp(_mask(drawing), ((wide - SIDE) // 2, (high - SIDE) // 2), shade)
    _chip(canvas, label, (EDGE, high - CHIP[1] - EDGE), shade)
    if note:
        _chip(canvas, note, (wide - CHIP[0] - EDGE, EDGE), mixed(shade, WHITE, 0.3))
    png = BytesIO()
    canvas.image.quantize(64).save(png, "PNG", optimize=True)
    return png.getvalue()


def _chip(canvas: Canvas, words: str, at: tuple[int, int], shade: Colour) -> None:
    canvas.rectangle((*at, *CHIP), shade, SLOPE)
    canvas.text(words, (at[0] + 12, at[1], CHIP[0] - 24, CHIP[1]), ink_on(shade), "bold", largest=34)


@lru_cache(maxsize=16)
def _mask(drawing: str) -> Image.Image:
    nib = Nib(SIDE * OVERSAMPLING)
    DRAWINGS[drawing](nib)
    return nib.mask.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _box(nib: Nib) -> None:
    nib.box(16, 44, 84, 88)
    nib.box(10, 30, 90, 48)
    nib.box(46, 30, 54, 88, 0, ink=0)
    nib.arc(38, 22, 11, 90, 330)
    nib.arc(62, 22, 11, 210, 450)


def _noodles(nib: Nib) -> None:
    nib.disc(50, 50, 38)
    nib.box(0, 0, 100, 50, 0, ink=0)
    nib.box(36, 82, 64, 92, 3)
    nib.box(8, 46, 92, 54, 4)
    for x in (30, 40, 50, 60):
        nib.arc(x, 36, 8, 180, 360, 4)
    nib.line((64, 40), (92, 8), wide=4)
    nib.line((74, 40), (98, 16), wide=4)


def _bottle(nib: Nib) -> None:
    nib.box(43, 4, 57, 16, 3)
    nib.box(45, 14, 55, 40, 2)
    nib.shape((45, 34), (55, 34), (70, 54), (30, 54))
    nib.box(30, 46, 70, 96, 8)
    nib.box(37, 58, 63, 84, 4, ink=0)
    nib.disc(50, 72, 7)
    nib.line((50, 66), (57, 61), wide=3)


def _pedometer(nib: Nib) -> None:
    nib.box(14, 26, 86, 84, 16)
    nib.box(24, 36, 76, 60, 6, ink=0)
    nib.letter("8000", 50, 48, 17)
    nib.disc(34, 72, 5, ink=0)
    nib.disc(66, 72, 5, ink=0)
    nib.box(40, 14, 60, 30, 5)


def _towel(nib: Nib) -> None:
    nib.box(24, 10, 76, 78, 6)
    for x in range(28, 75, 8):
        nib.line((x, 76), (x, 88), wide=3)
    nib.box(24, 52, 76, 57, 0, ink=0)
    nib.box(24, 62, 76, 67, 0, ink=0)
    nib.line((8, 14), (92, 14), wide=6)


def _thermometer(nib: Nib) -> None:
    nib.box(40, 6, 60, 70, 10)
    nib.disc(50, 78, 18)
    nib.box(46, 14, 54, 70, 4, ink=0)
    nib.disc(50, 78, 11, ink=0)
    nib.box(48, 34, 52, 78, 2)
    nib.disc(50, 78, 7)
    for y in (20, 32, 44, 56):
        nib.line((66, y), (76, y), wide=4)


DRAWINGS: Mapping[str, Callable[[Nib], None]] = {
    "box": _box,
    "noodles": _noodles,
    "bottle": _bottle,
    "pedometer": _pedometer,
    "towel": _towel,
    "thermometer": _thermometer,
}
