"""The blinking picture a member shows at the desk: before use, and 済 after it."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw

from pictures.canvas import INK, WHITE, Canvas, Colour, colour, ink_on, mixed
from pictures.fonts import font

SIZE = (720, 960)
MARGIN = 40
GROUND: Colour = (250, 250, 248)
LINE: Colour = (222, 226, 230)
SEAL: Colour = (200, 16, 46)
SEAL_SIZE = 260
COLOURS = 96
# How much of the blinking part is seen, and for how many milliseconds; the first frame shows it all.
BLINK = ((1.0, 900), (0.6, 70), (0.25, 70), (0.0, 350), (0.25, 70), (0.6, 70))

Stage = Literal["show", "used"]


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
    """All that stays: the band, the details and the words below the seal."""
    canvas = Canvas.blank(SIZE, GROUND)
    if shown.stage == "show":
        band(canvas, shown, 300)
        details(canvas, shown, 330)
    else:
        band(canvas, shown, 236)
        canvas.text("利用が完了しました", (MARGIN, 534, SIZE[0] - 2 * MARGIN, 50), INK, "bold", largest=42)
        details(canvas, shown, 596)
    return canvas


def blinking(still: Canvas, stage: Stage, seen: float) -> Image.Image:
    """A copy with the part that blinks: `seen` 1 shows it in full, 0 leaves it out."""
    canvas = still.copy()
    if stage == "show":
        invitation(canvas, (MARGIN, 738, SIZE[0] - 2 * MARGIN, 182), seen)
    else:
        seal(canvas, 264, seen)
    return canvas.image


def band(canvas: Canvas, shown: Proof, high: int) -> None:
    """The colour of the day across the picture, with the word of the day on it."""
    shade = colour(shown.colour)
    ink = ink_on(shade)
    canvas.rectangle((0, 0, SIZE[0], high), shade)
    canvas.rectangle((0, high, SIZE[0], 3), mixed(INK, shade, 0.15))
    half = SIZE[0] / 2 - MARGIN
    canvas.text("今日の合言葉", (MARGIN, 26, half, 36), ink, "bold", largest=30, align="left")
    canvas.text(
        f"色：{shown.colour_name}", (SIZE[0] / 2, 26, half, 36), ink, "bold", largest=30, align="right"
    )
    canvas.text(shown.word, (MARGIN, 72, SIZE[0] - 2 * MARGIN, high - 92), ink, "bold", largest=150)


def details(canvas: Canvas, shown: Proof, top: int) -> None:
    """Where, what, how many, when: 360 pixels from `top`."""
    wide = SIZE[0] - 2 * MARGIN
    canvas.text(shown.facility, (MARGIN, top, wide, 112), INK, "bold", largest=54, smallest=36, lines=2)
    canvas.rectangle((MARGIN, top + 124, wide, 3), LINE)
    canvas.text(shown.coupon, (MARGIN, top + 138, wide, 116), INK, largest=46, smallest=32, lines=2)
    canvas.rectangle((MARGIN, top + 266, wide, 3), LINE)
    canvas.text(f"{shown.quantity}枚", (MARGIN, top + 284, 150, 62), INK, "bold", largest=56, align="left")
    canvas.text(
        shown.minute, (MARGIN + 160, top + 284, wide - 160, 62), INK, "bold", largest=46, align="right"
    )


def invitation(canvas: Canvas, box: tuple[int, int, int, int], seen: float) -> None:
    """The sentence that asks the desk to look; it blinks with its ground."""
    x, y, wide, _ = box
    canvas.rectangle(box, mixed(INK, GROUND, seen), radius=28)
    ink = mixed(WHITE, GROUND, seen)
    canvas.text("スタッフの方へ（利用前の確認）", (x, y + 24, wide, 44), ink, largest=36)
    canvas.text("この画面をご確認ください", (x + 20, y + 82, wide - 40, 70), ink, "bold", largest=54)


def seal(canvas: Canvas, top: int, seen: float) -> None:
    """済 in a double ring, like a seal of red ink; character and ring blink together."""
    ink = mixed(SEAL, GROUND, seen)
    canvas.stamp(seal_shape(SEAL_SIZE), ((SIZE[0] - SEAL_SIZE) // 2, top), ink)


@cache
def seal_shape(side: int) -> Image.Image:
    """The seal as a mask, drawn four times as large so that its edge is smooth."""
    large = side * 4
    mask = Image.new("L", (large, large), 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse((0, 0, large - 1, large - 1), outline=255, width=large // 22)
    inset = large // 14
    pen.ellipse((inset, inset, large - 1 - inset, large - 1 - inset), outline=255, width=large // 80)
    pen.text((large / 2, large / 2), "済", 255, font("bold", large * 6 // 10), anchor="mm")
    return mask.resize((side, side), Image.Resampling.LANCZOS)
