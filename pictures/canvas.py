"""A sheet of pixels to draw on: boxes, fitted text and colours, in the sizes of the picture."""

from functools import partial
from typing import Literal, Self

from PIL import Image, ImageColor, ImageDraw

from pictures.fonts import Weight, font, width
from pictures.lettering import LEADING, fit

Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]
Align = Literal["left", "centre", "right"]
SHARE_LEFT: dict[Align, float] = {"left": 0, "centre": 0.5, "right": 1}

INK: Colour = (33, 37, 41)
QUIET: Colour = (98, 106, 115)
WHITE: Colour = (255, 255, 255)


def colour(code: str) -> Colour:
    """#RRGGBB as three numbers; raises ValueError for anything else."""
    red, green, blue = ImageColor.getrgb(code)[:3]
    return red, green, blue


def mixed(over: Colour, under: Colour, share: float) -> Colour:
    """`share` of the colour above, the rest of the colour below."""
    red, green, blue = (round(o * share + u * (1 - share)) for o, u in zip(over, under, strict=True))
    return red, green, blue


def luminance(shade: Colour) -> float:
    """Relative luminance after WCAG: 0 is black, 1 is white."""
    red, green, blue = ((c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in shade)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(shade: Colour) -> Colour:
    """White or dark ink, whichever stands out more on this shade."""
    ground = luminance(shade)
    on_white = 1.05 / (ground + 0.05)
    on_ink = (ground + 0.05) / (luminance(INK) + 0.05)
    return WHITE if on_white >= on_ink else INK


class Canvas:
    """An RGB picture with fitted text; every box is x, y, width, height."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.pen = ImageDraw.Draw(image)

    @classmethod
    def blank(cls, size: tuple[int, int], ground: Colour) -> Self:
        return cls(Image.new("RGB", size, ground))

    def copy(self) -> Self:
        return type(self)(self.image.copy())

    def rectangle(self, box: Box, fill: Colour, radius: float = 0) -> None:
        x, y, wide, high = box
        self.pen.rounded_rectangle((x, y, x + wide - 1, y + high - 1), radius, fill=fill)

    def stamp(self, mask: Image.Image, at: tuple[int, int], ink: Colour) -> None:
        """The shape of the mask in one ink."""
        self.image.paste(ink, (at[0], at[1], at[0] + mask.width, at[1] + mask.height), mask)

    def text(
        self,
        words: str,
        box: Box,
        ink: Colour,
        weight: Weight = "regular",
        *,
        largest: int,
        smallest: int = 1,
        lines: int = 1,
        align: Align = "centre",
    ) -> float:
        """Writes the words in the box, vertically centred, and returns the height they took."""
        x, y, wide, high = box
        laid = fit(words, partial(measured, weight), (wide, high), largest, lines, smallest)
        top = y + (high - laid.height) / 2
        for number, line in enumerate(laid.lines):
            left = x + (wide - width(line, weight, laid.size)) * SHARE_LEFT[align]
            middle = top + laid.size / 2 + number * laid.size * LEADING
            self.pen.text((round(left), round(middle)), line, ink, font(weight, laid.size), anchor="lm")
        return laid.height


def measured(weight: Weight, text: str, size: int) -> float:
    return width(text, weight, size)
