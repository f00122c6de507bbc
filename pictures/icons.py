"""Icons of plain shapes, each a mask to be stamped in any ink; drawn on a square of 100 by 100."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import cos, pi, sin
from typing import Literal

from PIL import Image, ImageDraw

from pictures.fonts import font

Icon = Literal[
    "coupon", "list", "scan", "help", "calendar", "points", "link", "phone", "gift", "person",
    "people", "megaphone", "clock", "search", "check", "yen", "chart", "edit", "shield", "hospital",
    "heart", "home", "letter", "savings", "dice",
]  # fmt: skip
Point = tuple[float, float]

STROKE = 7.0
OVERSAMPLING = 4


@lru_cache(maxsize=64)
def icon(name: Icon, side: int) -> Image.Image:
    """The icon as a grey mask of side by side pixels."""
    nib = Nib(side * OVERSAMPLING)
    DRAWINGS[name](nib)
    return nib.mask.resize((side, side), Image.Resampling.LANCZOS)


class Nib:
    """Draws round-ended lines and plain shapes; ink 0 takes away what was drawn."""

    def __init__(self, side: int) -> None:
        self.scale = side / 100
        self.mask = Image.new("L", (side, side), 0)
        self.pen = ImageDraw.Draw(self.mask)

    def box(self, x: float, y: float, right: float, bottom: float, radius: float = 9, ink: int = 255) -> None:
        self.pen.rounded_rectangle(self.scaled((x, y, right, bottom)), radius * self.scale, fill=ink)

    def frame(self, x: float, y: float, right: float, bottom: float, radius: float = 9) -> None:
        corners = self.scaled((x, y, right, bottom))
        self.pen.rounded_rectangle(
            corners, radius * self.scale, outline=255, width=round(STROKE * self.scale)
        )

    def disc(self, x: float, y: float, radius: float, ink: int = 255) -> None:
        self.pen.ellipse(self.scaled((x - radius, y - radius, x + radius, y + radius)), fill=ink)

    def ring(self, x: float, y: float, radius: float) -> None:
        self.disc(x, y, radius)
        self.disc(x, y, radius - STROKE, ink=0)

    def line(self, *points: Point, wide: float = STROKE, ink: int = 255) -> None:
        self.pen.line([self.scaled(p) for p in points], ink, round(wide * self.scale), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, wide / 2, ink)

    def arc(self, x: float, y: float, radius: float, start: float, end: float, wide: float = STROKE) -> None:
        steps = [start + (end - start) * n / 24 for n in range(25)]
        self.line(
            *((x + radius * cos(a * pi / 180), y + radius * sin(a * pi / 180)) for a in steps), wide=wide
        )

    def shape(self, *points: Point, ink: int = 255) -> None:
        self.pen.polygon([self.scaled(p) for p in points], fill=ink)

    def letter(self, sign: str, x: float, y: float, size: float) -> None:
        self.pen.text(
            (x * self.scale, y * self.scale), sign, 255, font("bold", round(size * self.scale)), anchor="mm"
        )

    def turn(self, degrees: float) -> None:
        """Turns all that is drawn so far, anticlockwise."""
        self.mask.paste(self.mask.rotate(degrees, Image.Resampling.BICUBIC))

    def scaled(self, numbers: Sequence[float]) -> list[float]:
        return [number * self.scale for number in numbers]


def coupon(nib: Nib) -> None:
    nib.frame(4, 24, 96, 76)
    for x, outside in ((4, -20), (96, 96)):
        nib.disc(x, 50, 16)
        nib.disc(x, 50, 16 - STROKE, ink=0)
        nib.box(outside, 30, outside + 24 if outside > 0 else 4, 70, 0, ink=0)
    for y in (36, 50, 64):
        nib.box(62, y - 4, 68, y + 4, 2)


def listing(nib: Nib) -> None:
    for y in (24, 50, 76):
        nib.disc(16, y, 7)
        nib.line((36, y), (90, y), wide=9)


def scan(nib: Nib) -> None:
    for x, y, across, down in ((10, 10, 1, 1), (90, 10, -1, 1), (10, 90, 1, -1), (90, 90, -1, -1)):
        nib.line((x + 20 * across, y), (x, y), (x, y + 20 * down), wide=8)
    for x, y in ((28, 28), (54, 28), (28, 54)):
        nib.box(x, y, x + 18, y + 18, 3)
        nib.box(x + 6, y + 6, x + 12, y + 12, 1, ink=0)
    for x, y in ((54, 54), (64, 64), (54, 65)):
        nib.box(x, y, x + 8, y + 8, 1)


def ask(nib: Nib) -> None:
    nib.ring(50, 50, 44)
    nib.letter("?", 50, 51, 58)


def calendar(nib: Nib) -> None:
    nib.frame(10, 16, 90, 90)
    nib.box(10, 16, 90, 40)
    nib.box(10, 32, 90, 40, 0)
    for x in (30, 70):
        nib.line((x, 9), (x, 24), wide=13, ink=0)
        nib.line((x, 9), (x, 24), wide=7)
    nib.line((34, 64), (46, 75), (67, 53))


def points(nib: Nib) -> None:
    nib.ring(50, 50, 44)
    nib.letter("P", 51, 51, 56)


def yen(nib: Nib) -> None:
    nib.ring(50, 50, 44)
    nib.letter("¥", 50, 51, 56)


def link(nib: Nib) -> None:
    nib.frame(2, 36, 56, 64, 14)
    nib.line((50, 36), (50, 64), wide=22, ink=0)
    nib.frame(44, 36, 98, 64, 14)
    nib.line((50, 35), (50, 65), wide=16, ink=0)
    nib.line((34, 50), (66, 50))
    nib.turn(40)


def phone(nib: Nib) -> None:
    nib.arc(50, 76, 40, 205, 335, wide=17)
    nib.box(3, 48, 31, 72, 8)
    nib.box(69, 48, 97, 72, 8)
    nib.turn(135)


def gift(nib: Nib) -> None:
    nib.frame(16, 48, 84, 92, 5)
    nib.box(8, 30, 92, 51, 5)
    nib.box(46, 30, 54, 92, 0)
    nib.arc(36, 22, 10, 90, 400)
    nib.arc(64, 22, 10, 140, 450)


def person(nib: Nib) -> None:
    nib.disc(50, 30, 20)
    nib.box(14, 58, 86, 126, 34)


def people(nib: Nib) -> None:
    nib.disc(70, 36, 14)
    nib.box(48, 58, 98, 110, 24)
    nib.disc(36, 34, 22, ink=0)
    nib.box(-6, 50, 76, 120, 38, ink=0)
    nib.disc(36, 34, 17)
    nib.box(2, 57, 70, 120, 32)
    nib.box(-10, 90, 110, 130, 0, ink=0)


def megaphone(nib: Nib) -> None:
    nib.shape((34, 34), (74, 12), (74, 84), (34, 62))
    nib.box(8, 34, 40, 62, 10)
    nib.shape((20, 60), (36, 60), (42, 90), (27, 90))
    nib.arc(74, 48, 17, -55, 55)


def clock(nib: Nib) -> None:
    nib.ring(50, 50, 44)
    nib.line((50, 26), (50, 52), (68, 62), wide=8)


def search(nib: Nib) -> None:
    nib.ring(42, 42, 34)
    nib.line((69, 69), (90, 90), wide=12)


def check(nib: Nib) -> None:
    nib.ring(50, 50, 44)
    nib.line((29, 52), (44, 66), (72, 35), wide=9)


def chart(nib: Nib) -> None:
    for x, top in ((14, 56), (42, 36), (70, 14)):
        nib.box(x, top, x + 18, 84, 4)
    nib.line((8, 92), (92, 92), wide=6)


def edit(nib: Nib) -> None:
    nib.box(4, 38, 66, 62, 5)
    nib.box(16, 38, 21, 62, 0, ink=0)
    nib.shape((69, 38), (96, 50), (69, 62))
    nib.turn(225)


def shield(nib: Nib) -> None:
    edge = ((50, 6), (86, 20), (86, 48), (80, 66), (68, 82), (50, 94), (32, 82), (20, 66), (14, 48), (14, 20))
    nib.shape(*edge)
    nib.shape(*((50 + (x - 50) * 0.81, 49 + (y - 49) * 0.83) for x, y in edge), ink=0)
    nib.line((33, 49), (46, 61), (68, 36))


def hospital(nib: Nib) -> None:
    nib.frame(14, 10, 86, 92, 6)
    nib.line((50, 26), (50, 54), wide=10)
    nib.line((36, 40), (64, 40), wide=10)
    nib.box(40, 66, 60, 92, 3)
    nib.line((6, 90), (94, 90), wide=6)


def heart(nib: Nib) -> None:
    turns = [2 * pi * n / 120 for n in range(120)]
    nib.shape(*((50 + 2.75 * 16 * sin(t) ** 3, 46 - 2.75 * heart_height(t)) for t in turns))
    nib.line((2, 50), (32, 50), (42, 34), (54, 64), (62, 50), (98, 50), wide=6, ink=0)


def heart_height(turn: float) -> float:
    return 13 * cos(turn) - 5 * cos(2 * turn) - 2 * cos(3 * turn) - cos(4 * turn)


def home(nib: Nib) -> None:
    nib.line((8, 50), (50, 12), (92, 50), wide=9)
    nib.box(20, 50, 80, 90, 5)
    nib.shape((20, 54), (50, 27), (80, 54))
    nib.box(41, 62, 59, 91, 2, ink=0)


def envelope(nib: Nib) -> None:
    nib.frame(6, 20, 94, 80, 8)
    nib.line((11, 27), (50, 56), (89, 27))


def savings(nib: Nib) -> None:
    for n, y in enumerate((78, 58, 38)):
        nib.box(12 + 3 * (n % 2), y - 8, 80 + 3 * (n % 2), y + 8, 8)
    nib.line((50, 8), (50, 24))
    nib.line((40, 16), (50, 26), (60, 16))


def dice(nib: Nib) -> None:
    nib.frame(10, 10, 90, 90, 16)
    for x, y in ((32, 32), (68, 32), (50, 50), (32, 68), (68, 68)):
        nib.disc(x, y, 8)


DRAWINGS: dict[Icon, Callable[[Nib], None]] = {
    "coupon": coupon, "list": listing, "scan": scan, "help": ask, "calendar": calendar,
    "points": points, "link": link, "phone": phone, "gift": gift, "person": person,
    "people": people, "megaphone": megaphone, "clock": clock, "search": search, "check": check,
    "yen": yen, "chart": chart, "edit": edit, "shield": shield, "hospital": hospital,
    "heart": heart, "home": home, "letter": envelope, "savings": savings, "dice": dice,
}  # fmt: skip
