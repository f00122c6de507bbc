"""The Japanese typeface of every picture and sheet, loaded once and kept."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import ImageFont

Weight = Literal["regular", "bold"]

FOLDER = Path(__file__).parent / "typefaces"
FILES: dict[Weight, Path] = {
    "regular": FOLDER / "BIZUDPGothic-Regular.ttf",
    "bold": FOLDER / "BIZUDPGothic-Bold.ttf",
}
NO_CHARACTER = "\U0010ffff"
SUBSTITUTE = "〓"


@lru_cache(maxsize=256)
def font(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    """The typeface in this weight at `size` pixels."""
    return ImageFont.truetype(FILES[weight], size, layout_engine=ImageFont.Layout.BASIC)


def width(text: str, weight: Weight, size: int) -> float:
    """How many pixels the text takes on one line; the typeface has no kerning, so letters add up."""
    return sum(advance(character, weight, size) for character in text)


@lru_cache(maxsize=65_536)
def advance(character: str, weight: Weight, size: int) -> float:
    """How many pixels the pen moves on for one character."""
    return font(weight, size).getlength(character)


def printable(text: str) -> str:
    """The text on one line, with 〓 (geta, the printers' sign) for what the typeface does not have."""
    plain = " ".join(text.split())
    return "".join(c if has(c) else SUBSTITUTE for c in plain if not is_invisible(c))


def is_invisible(character: str) -> bool:
    """True for variation selectors, which choose a form of the kanji before them, and for joiners."""
    code = ord(character)
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x200B <= code <= 0x200F


@lru_cache(maxsize=4096)
def has(character: str) -> bool:
    """True if the typeface can draw this character."""
    return drawn(character) != drawn(NO_CHARACTER) or character == " "


def drawn(character: str) -> bytes:
    return bytes(font("bold", 24).getmask(character))
