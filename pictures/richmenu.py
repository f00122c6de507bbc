"""The picture behind a rich menu, and where its tiles are."""

from dataclasses import dataclass
from functools import lru_cache, partial
from io import BytesIO
from typing import TypedDict

from PIL import Image

from pictures.canvas import INK, QUIET, WHITE, Box, Canvas, Colour, colour, ink_on, luminance, measured, mixed
from pictures.icons import Icon, icon
from pictures.lettering import fit

LARGE = (2500, 1686)
MEDIUM = (1200, 810)
LOW = (2500, 843)
MAX_BYTES = 1_000_000
COLOURS = 128
GAP = 0.008
TAB = 0.13  # of the height
# How many tiles stand in each row; of five, the first two are the wide ones.
ROWS = {1: (1,), 2: (2,), 3: (3,), 4: (2, 2), 5: (2, 3), 6: (3, 3)}


class Area(TypedDict):
    """The bounds of a tile in pixels, as LINE wants them."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Tile:
    """One field to tap; a prominent one is filled with the accent colour."""

    icon: Icon
    label: str
    note: str = ""
    prominent: bool = False


@dataclass(frozen=True)
class Menu:
    """One to six tiles, left to right and top to bottom, in the branch's accent colour (#RRGGBB)."""

    tiles: tuple[Tile, ...]
    accent: str
    size: tuple[int, int] = LARGE
    tabs: tuple[str, ...] = ()
    tab: int = 0  # the one that is open

    def __post_init__(self) -> None:
        if len(self.tiles) not in ROWS:
            raise ValueError(f"a rich menu has 1 to 6 tiles, not {len(self.tiles)}")
        colour(self.accent)


def areas(menu: Menu) -> list[Area]:
    """The bounds of each tile, in the order of the tiles; they cover the whole picture below the tabs."""
    rows = ROWS[len(menu.tiles)]
    above = tab_height(menu)
    tops = edges(menu.size[1] - above, len(rows))
    return [
        Area(x=left, y=above + top, width=right - left, height=bottom - top)
        for count, (top, bottom) in zip(rows, tops, strict=True)
        for left, right in edges(menu.size[0], count)
    ]


def tab_areas(menu: Menu) -> list[Area]:
    """The bounds of each tab, above the tiles."""
    high = tab_height(menu)
    return [
        Area(x=left, y=0, width=right - left, height=high)
        for left, right in edges(menu.size[0], len(menu.tabs) or 1)
    ][: len(menu.tabs)]


def tab_height(menu: Menu) -> int:
    return round(menu.size[1] * TAB) if menu.tabs else 0


def edges(length: int, parts: int) -> list[tuple[int, int]]:
    return [(length * n // parts, length * (n + 1) // parts) for n in range(parts)]


@lru_cache(maxsize=4)  # the members' one stands behind every menu of the staff
def richmenu_png(menu: Menu) -> bytes:
    """A PNG of the menu's size, at most 1 MB, all labels in one size, as large as the longest allows."""
    accent = colour(menu.accent)
    canvas = Canvas.blank(menu.size, mixed(accent, WHITE, 0.16))
    placed = [
        (tile, inside(area, menu.size[0] * GAP)) for tile, area in zip(menu.tiles, areas(menu), strict=True)
    ]
    largest = min(label_size(tile, box) for tile, box in placed)
    for tile, box in placed:
        draw(canvas, tile, box, accent, largest)
    for place, (tab, area) in enumerate(zip(menu.tabs, tab_areas(menu), strict=True)):
        draw_tab(canvas, tab, area, accent, is_open=place == menu.tab)
    png = BytesIO()
    canvas.image.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(png, "PNG")
    return png.getvalue()


def inside(area: Area, gap: float) -> Box:
    return area["x"] + gap, area["y"] + gap, area["width"] - 2 * gap, area["height"] - 2 * gap


def label_size(tile: Tile, box: Box) -> int:
    """The size at which this tile's label would fill its room."""
    _, _, wide, high = label_room(tile, box)
    return fit(
        tile.label, partial(measured, "bold"), (wide, high), round(box[3] * 0.165), lines_of(tile)
    ).size


def label_room(tile: Tile, box: Box) -> Box:
    x, y, wide, high = box
    return x + wide * 0.04, y + high * 0.58, wide * 0.92, high * (0.19 if tile.note else 0.33)


def lines_of(tile: Tile) -> int:
    """A label without a note may stand on two lines."""
    return 1 if tile.note else 2


def draw(canvas: Canvas, tile: Tile, box: Box, accent: Colour, largest: int) -> None:
    """The tile's ground, its icon in the upper half, its label and its note below."""
    x, y, wide, high = box
    ground = accent if tile.prominent else WHITE
    ink, sign = (ink_on(accent),) * 2 if tile.prominent else (INK, readable(accent))
    canvas.rectangle(box, ground, radius=high * 0.06)
    side = round(min(high * 0.42, wide * 0.5))
    canvas.stamp(icon(tile.icon, side), (round(x + (wide - side) / 2), round(y + high * 0.11)), sign)
    canvas.text(tile.label, label_room(tile, box), ink, "bold", largest=largest, lines=lines_of(tile))
    if tile.note:
        below = (x + wide * 0.05, y + high * 0.785, wide * 0.9, high * 0.125)
        quiet = mixed(ink, ground, 0.85) if tile.prominent else QUIET
        canvas.text(tile.note, below, quiet, largest=round(high * 0.098))


def draw_tab(canvas: Canvas, label: str, area: Area, accent: Colour, *, is_open: bool) -> None:
    """The open one stands on white with a line in the accent's colour, the others on the accent."""
    x, y, wide, high = area["x"], area["y"], area["width"], area["height"]
    ground = WHITE if is_open else accent
    canvas.rectangle((x, y, wide, high), ground, radius=0)
    if is_open:
        canvas.rectangle((x, y + high * 0.9, wide, high * 0.1), accent, radius=0)
    ink = INK if is_open else ink_on(accent)
    room = (x + wide * 0.05, y + high * 0.2, wide * 0.9, high * 0.58)
    canvas.text(label, room, ink, "bold", largest=round(high * 0.5))


def readable(accent: Colour) -> Colour:
    """The accent, darkened until it stands out on white (contrast 3:1)."""
    share = 1.0
    while 1.05 / (luminance(mixed(accent, INK, share)) + 0.05) < 3 and share > 0:
        share -= 0.1
    return mixed(accent, INK, max(share, 0))
