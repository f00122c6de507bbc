"""Scanning a printed code: the phone's camera reads the QR, opens the chat, and the person presses send."""

import base64
import io

import qrcode
import zxingcpp
from PIL import Image

from . import actions
from .actions import Outcome, acting
from .browser import Browsers, Visit, prefilled
from .errors import Impossible
from .people import Person
from .platform import Platform
from .screen import plain


def scan(platform: Platform, browsers: Browsers, person: Person, url: str) -> Outcome | Visit:
    """An oaMessage code sends its text; any other link opens as a page."""
    text = prefilled(platform, person, url)
    if text is None:
        return browsers.visit(person, url)
    actions.can_send(person)
    return acting(platform, person, lambda: actions.send_text(platform, person, text))


def poster_url(platform: Platform, person: Person, facility: str) -> str:
    code = plain(facility).lower()
    posters = {poster.code.lower(): poster for poster in platform.posters(person.channel)}
    if code not in posters:
        raise Impossible(404, f"no poster of {facility!r}", {"facilities": sorted(posters)})
    return posters[code].url


def read_code(png: bytes) -> str:
    try:
        with Image.open(io.BytesIO(png)) as image:
            found = zxingcpp.read_barcodes(
                image.convert("RGB"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Impossible(400, "this is no picture, or one that is too large") from error
    if not found:
        raise Impossible(400, "no QR code can be read in this picture")
    return str(found[0].text)


def draw_code(url: str) -> bytes:
    buffer = io.BytesIO()
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_H, box_size=6)
    code.add_data(url)
    code.make_image().save(buffer)
    return buffer.getvalue()


def data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
