"""QR codes: drawn for a picture or a sheet, and read from a photo a member sends."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Literal

import qrcode
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

Level = Literal["L", "M", "Q", "H"]

LEVELS: dict[Level, int] = {
    "L": qrcode.ERROR_CORRECT_L,
    "M": qrcode.ERROR_CORRECT_M,
    "Q": qrcode.ERROR_CORRECT_Q,
    "H": qrcode.ERROR_CORRECT_H,
}
QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
QUIET_ZONE = 4
PNG_SIDE = 720
MAX_BYTES = 10_000_000
MAX_PIXELS = 12_000_000
MAX_PIXELS_OF_JPEG = 40_000_000  # it is made smaller while it is decoded
READING_SIDE = 2400
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
# What Pillow's decoders raise on bytes that are not the picture they claim to be.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class UnreadablePicture(ValueError):
    """These bytes are no picture we can open, or one too large to open."""


def qr_png(text: str, *, level: Level = "M") -> bytes:
    """A black-and-white PNG of about 720 pixels with its quiet zone; ValueError if the text is too long."""
    rows = modules(text, level)
    side = len(rows) + 2 * QUIET_ZONE
    small = Image.new("1", (side, side), 1)
    for y, row in enumerate(rows, QUIET_ZONE):
        for x, dark in enumerate(row, QUIET_ZONE):
            if dark:
                small.putpixel((x, y), 0)
    scale = max(1, PNG_SIDE // side)
    png = BytesIO()
    small.resize((side * scale, side * scale), Image.Resampling.NEAREST).save(png, "PNG", optimize=True)
    return png.getvalue()


def qr_ascii(text: str) -> str:
    """The code for a terminal, light on dark."""
    code = qrcode.QRCode(error_correction=LEVELS["L"], border=QUIET_ZONE)
    code.add_data(text)
    drawn = StringIO()
    code.print_ascii(drawn, invert=True)
    return drawn.getvalue()


def modules(text: str, level: Level) -> list[list[bool]]:
    """The code's rows of modules, True is dark, without the quiet zone."""
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def read_codes(image: bytes) -> list[str]:
    """The texts of the QR codes in a photo, [] if there is none; raises UnreadablePicture."""
    photo = opened(image)
    for attempt in attempts(photo):
        found = zxingcpp.read_barcodes(attempt, QR_CODES, text_mode=zxingcpp.TextMode.Plain)
        texts = [code.text for code in found if code.valid and code.text]
        if texts:
            return list(dict.fromkeys(texts))
    return []


def opened(image: bytes) -> Image.Image:
    """The photo in grey and at a bearable size; its size is checked before a pixel of it is decoded."""
    if len(image) > MAX_BYTES:
        raise UnreadablePicture(f"{len(image):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        photo = Image.open(BytesIO(image), formats=FORMATS)
    except BROKEN as error:
        raise UnreadablePicture("not a picture we can open") from error
    if is_too_large(photo):
        raise UnreadablePicture(f"{photo.width}×{photo.height} pixels of {photo.format} are too many")
    try:
        return grey(photo)
    except BROKEN as error:
        raise UnreadablePicture("the picture is broken") from error


def is_too_large(photo: Image.Image) -> bool:
    """Whether decoding it would take too much memory, whatever few bytes it came in."""
    most = MAX_PIXELS_OF_JPEG if photo.format == "JPEG" else MAX_PIXELS
    return photo.width * photo.height > most


def grey(photo: Image.Image) -> Image.Image:
    photo.draft("L", (READING_SIDE, READING_SIDE))
    mode = "RGBA" if photo.has_transparency_data else "L"
    plain = photo if photo.mode == mode else photo.convert(mode)
    factor = max(photo.size) // READING_SIDE
    smaller = plain.reduce(factor) if factor > 1 else plain
    smaller.load()
    return smaller if mode == "L" else on_white(smaller)


def on_white(photo: Image.Image) -> Image.Image:
    """A transparent ground becomes paper, not black."""
    paper = Image.new("RGBA", photo.size, "white")
    paper.alpha_composite(photo)
    return paper.convert("L")


def attempts(photo: Image.Image) -> Iterator[Image.Image]:
    """The photo as it is, then made clearer in the ways that save dark, noisy and blurred ones."""
    yield photo
    clear = ImageOps.autocontrast(photo, cutoff=1)
    yield clear
    half = clear.reduce(2)
    yield half
    yield half.filter(ImageFilter.GaussianBlur(1))
    yield clear.filter(ImageFilter.GaussianBlur(2))
    yield half.filter(ImageFilter.UnsharpMask(2, 800, 0))
    yield clear.filter(ImageFilter.UnsharpMask(5, 900, 0))
