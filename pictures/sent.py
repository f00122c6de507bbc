"""A photo that a person sends for others to see: turned upright, made small enough for LINE, or the reason why not."""

from io import BytesIO

from PIL import Image, ImageOps

from pictures.codes import BROKEN, is_too_large

SIDE = 1_024  # pixels: LINE's most for a picture in a bubble
SMALLEST = 240
TALLEST = 3  # heights to one width: LINE's most
MAX_BYTES = 1_000_000  # LINE's advice
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
QUALITIES = (88, 75, 60, 40)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
HUGE = "画像が大きすぎます（縦横の画素が多すぎます）。小さくして、もう一度お送りください。"
OPENING = "この画像は開けませんでした。JPEGかPNGの画像を、もう一度お送りください。"

Fitted = tuple[bytes, str, int, int]  # the bytes, their type, width and height


def fit(image: bytes) -> Fitted | str:
    """A JPEG without the photo's hidden data (place, camera, time); else a sentence that says why it cannot be."""
    try:
        photo = Image.open(BytesIO(image), formats=FORMATS)
        problem = _problem(photo)
        return problem or _jpeg(_upright(photo))
    except BOMBS:
        return HUGE
    except BROKEN:
        return OPENING


def _problem(photo: Image.Image) -> str:
    """What is wrong with its size or kind; told before a pixel of it is decoded."""
    width, height = photo.size
    if is_too_large(photo):
        return f"画像が大きすぎます（{width:,}×{height:,}）。小さくして、もう一度お送りください。"
    if getattr(photo, "is_animated", False):
        return "動く画像は配信に使えません。動かない画像をお送りください。"
    if min(width, height) < SMALLEST:
        return f"画像が小さすぎます（{width}×{height}）。縦横とも{SMALLEST}以上の画像をお送りください。"
    if max(width, height) > TALLEST * min(width, height):
        return f"画像が細長すぎます（{width}×{height}）。縦横の比が{TALLEST}倍までの画像をお送りください。"
    return ""


def _upright(photo: Image.Image) -> Image.Image:
    photo.draft("RGB", (SIDE, SIDE))
    turned = ImageOps.exif_transpose(photo)
    turned.thumbnail((SIDE, SIDE))
    if not turned.has_transparency_data:
        return turned.convert("RGB")
    paper = Image.new("RGBA", turned.size, "white")
    paper.alpha_composite(turned.convert("RGBA"))
    return paper.convert("RGB")


def _jpeg(photo: Image.Image) -> Fitted:
    for quality in QUALITIES:
        out = BytesIO()
        photo.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MAX_BYTES:
            break
    return out.getvalue(), "image/jpeg", photo.width, photo.height
