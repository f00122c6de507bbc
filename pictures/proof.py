"""The blinking picture a member shows at the desk: before use, and 済 after it."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw

from pictures.canvas import INK, WHITE, Canvas, Colour, colour, ink_on, mixed
from pictures.fonts import font

# A chat bubble shows the picture 300 pixels wide: nothing here is smaller than 12 of those by choice.
SIZE = (720, 480)
MARGIN = 32
BAND = 140
# The square at the right, the only part that blinks.
SQUARE = (440, 156, 248, 248)
GROUND: Colour = (250, 250, 248)
LINE: Colour = (222, 226, 230)
SEAL: Colour = (200, 16, 46)
COLOURS = 96
# How much of the blinking part is seen, and for how many milliseconds; the first frame shows it all.
BLINK = ((1.0, 900), (0.6, 70), (0.25, 70), (0.0, 350), (0.25, 70), (0.6, 70))

Stage = Literal["show", "used"]
IN_WORDS: dict[Stage, str] = {"show": "利用前", "used": "利用完了"}


@dataclass(frozen=True)
class Proof:
    """What the desk compares: the day's word and colour, and what is (or was) used, where and when."""

    stage: Stage
    facility: str
    coupon: str
    quantity: int
    minute: str
    word: str
    colour: str
    colour_name: str


def proof(shown: Proof) -> bytes:
    """An animated PNG of SIZE, at most 300 KB, that blinks for ever and is complete on its first frame."""
    still = unblinking(shown)
    frames = {seen: blinking(still, shown.stage, seen) for seen in sorted({seen for seen, _ in BLINK})}
    flat = flattened(frames)
    first, *others = (flat[seen] for seen, _ in BLINK)
    durations = [duration for _, duration in BLINK]
    png = BytesIO()
    first.save(png, "PNG", save_all=True, append_images=others, duration=durations, loop=0)
    return png.getvalue()


def flattened(frames: dict[float, Image.Image]) -> dict[float, Image.Image]:
    """The frames in one palette; the band and the ground keep their colours exactly."""
    complete = frames[1.0]
    palette = complete.quantize(COLOURS, Image.Quantize.MEDIANCUT)
    flat = {seen: each.quantize(palette=palette, dither=Image.Dither.NONE) for seen, each in frames.items()}
    table = bytearray(flat[1.0].getpalette() or [])
    for corner in ((0, 0), (0, complete.height - 1)):
        index = pixel(flat[1.0], corner)[0]
        table[index * 3 : index * 3 + 3] = bytes(pixel(complete, corner))
    for each in flat.values():
        each.putpalette(table)
    return flat


def pixel(picture: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    return tuple(picture.crop((*at, at[0] + 1, at[1] + 1)).tobytes())


def unblinking(shown: Proof) -> Canvas:
    """All that stays: the band, the details at the left, and the line at the bottom."""
    canvas = Canvas.blank(SIZE, GROUND)
    band(canvas, shown)
    details(canvas, shown)
    bottom(canvas, shown)
    return canvas


def band(canvas: Canvas, shown: Proof) -> None:
    """The colour of the day across the picture, with the word of the day on it."""
    shade = colour(shown.colour)
    ink = ink_on(shade)
    canvas.rectangle((0, 0, SIZE[0], BAND), shade)
    canvas.rectangle((0, BAND, SIZE[0], 3), mixed(INK, shade, 0.15))
    canvas.text("今日の合言葉", (MARGIN, 24, 184, 40), ink, "bold", largest=30, align="left")
    canvas.text(f"色：{shown.colour_name}", (MARGIN, 74, 184, 44), ink, "bold", largest=38, align="left")
    canvas.text(shown.word, (MARGIN + 200, 8, SIZE[0] - 2 * MARGIN - 200, 124), ink, "bold", largest=112)


def details(canvas: Canvas, shown: Proof) -> None:
    """Where and what, beside the square."""
    wide = SQUARE[0] - MARGIN - 24
    canvas.text(
        shown.facility, (MARGIN, 156, wide, 104), INK, "bold", largest=42, smallest=30, lines=2, align="left"
    )
    canvas.rectangle((MARGIN, 270, wide, 3), LINE)
    canvas.text(shown.coupon, (MARGIN, 282, wide, 122), INK, largest=36, smallest=28, lines=3, align="left")


def bottom(canvas: Canvas, shown: Proof) -> None:
    """How many, before or after use, and when."""
    number = f"{shown.quantity}枚（{IN_WORDS[shown.stage]}）"
    canvas.rectangle((MARGIN, 414, SIZE[0] - 2 * MARGIN, 3), LINE)
    canvas.text(number, (MARGIN, 422, 250, 50), INK, "bold", largest=36, align="left")
    canvas.text(shown.minute, (SIZE[0] - MARGIN - 400, 422, 400, 50), INK, "bold", largest=36, align="right")


def blinking(still: Canvas, stage: Stage, seen: float) -> Image.Image:
    """A copy with the part that blinks: `seen` 1 shows it in full, 0 leaves it out."""
    canvas = still.copy()
    if stage == "show":
        invitation(canvas, seen)
    else:
        canvas.stamp(seal_shape(SQUARE[2]), SQUARE[:2], mixed(SEAL, GROUND, seen))
    return canvas.image


def invitation(canvas: Canvas, seen: float) -> None:
    """The sentence that asks the desk to look; it blinks with its ground."""
    x, y, wide, _ = SQUARE
    canvas.rectangle(SQUARE, mixed(INK, GROUND, seen), radius=24)
    ink = mixed(WHITE, GROUND, seen)
    canvas.text("スタッフの方へ", (x, y + 22, wide, 36), ink, largest=30)
    for row, words in enumerate(("この画面を", "ご確認", "ください")):
        canvas.text(words, (x, y + 72 + row * 52, wide, 48), ink, "bold", largest=44)


@cache
def seal_shape(side: int) -> Image.Image:
    """済 in a double ring like a seal of red ink, as a mask; drawn four times as large for a smooth edge."""
    large = side * 4
    mask = Image.new("L", (large, large), 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((0, 0, large - 1, large - 1), outline=255, width=large // 22)
    inset = large // 14
    pen.ellipse((inset, inset, large - 1 - inset, large - 1 - inset), outline=255, width=large // 80)
    pen.text((large / 2, large / 2), "済", 255, font("bold", large * 6 // 10), anchor="mm")
    return mask.resize((side, side), Image.Resampling.LANCZOS)
