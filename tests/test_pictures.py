"""The pictures: what LINE allows, what a reader needs, and what a photo may do to us."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import get_args

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from handlers.proof import SCREEN
from models.points_terms import Drawing
from pictures.canvas import INK, WHITE, colour, ink_on, luminance, measured
from pictures.codes import MAX_BYTES, Level, UnreadablePicture, opened, qr_png, read_codes
from pictures.fonts import printable
from pictures.gifts import DRAWINGS as GIFTS
from pictures.gifts import SIZE as GIFT_SIZE
from pictures.gifts import gift_png
from pictures.icons import DRAWINGS, Icon, icon
from pictures.lettering import fit
from pictures.posters import CUT_OFF, posters_pdf
from pictures.proof import BAND, BLINK, GROUND, MARGIN, SIZE, SQUARE, Proof, Stage, proof
from pictures.richmenu import LARGE, LOW, MEDIUM, Area, Menu, Tile, areas, richmenu_png
from pictures.sheet import Sheet

CHAT = "https://line.me/R/oaMessage/%40123abcde/?fs0007"
PAGE = "https://coupon.example.jp/facility/Zk3vQ8nY2LwT6uR1xB9cPa"
LONG_NAME = (
    "医療法人社団青空会さいたま東部総合健康管理センター附属みどりの丘クリニック人間ドック・健診センター"
)
LONG_COUPON = "選べるドック(1日・1泊2日・脳)・一般(40以上)・1泊２日・女"
STAGES: tuple[Stage, ...] = ("show", "used")


def shown(stage: Stage, facility: str = "共済組合互助会病院", word: str = "あさがお") -> Proof:
    return Proof(stage, facility, LONG_COUPON, 1, "2024年7月1日 10:32", word, "#2F6F4E", "常盤緑")


def frames_of(png: bytes) -> list[Image.Image]:
    picture = Image.open(BytesIO(png))
    frames = []
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        frames.append(picture.convert("RGB"))
    return frames


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        yield png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        position += 12 + length


# The proof


@pytest.mark.parametrize("stage", STAGES)
def test_a_proof_stays_inside_the_limits_for_an_animation(stage: Stage) -> None:
    png = proof(shown(stage, LONG_NAME))

    assert len(png) <= 300_000
    assert Image.open(BytesIO(png)).size == SIZE
    assert max(SIZE) <= 1024


def test_a_proof_is_half_again_as_wide_as_high_so_that_a_phone_shows_the_words_below_it() -> None:
    assert SIZE[0] * 2 == SIZE[1] * 3
    assert SIZE == SCREEN


@pytest.mark.parametrize("stage", STAGES)
def test_a_proof_loops_for_ever_and_its_first_frame_is_what_a_still_viewer_sees(stage: Stage) -> None:
    kinds = list(chunks(proof(shown(stage))))

    frames, plays = struct.unpack(">II", dict(kinds)[b"acTL"])
    assert frames == len(BLINK)
    assert plays == 0
    names = [kind for kind, _ in kinds]
    assert names.index(b"fcTL") < names.index(b"IDAT")


@pytest.mark.parametrize("stage", STAGES)
def test_only_the_square_changes_and_the_first_frame_shows_all_of_it(stage: Stage) -> None:
    first, *others = frames_of(proof(shown(stage)))
    left, top, wide, high = SQUARE
    square = (left, top, left + wide, top + high)

    for other in others:
        changed = ImageChops.difference(first, other).getbbox()
        assert changed is not None
        assert left <= changed[0]
        assert changed[2] <= square[2]
        assert top <= changed[1]
        assert changed[3] <= square[3]
        assert ink(first.crop(square)) > ink(other.crop(square))
    assert min(ink(other.crop(square)) for other in others) == 0


def ink(picture: Image.Image) -> int:
    """How far the picture is from the empty ground, summed over its pixels."""
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, GROUND)).convert("L")
    return sum(value * count for value, count in enumerate(difference.histogram()) if value > 4)


def test_both_stages_look_different_and_so_do_two_words_and_two_quantities() -> None:
    one = Proof("used", "病院", "脳", 1, "2024年7月1日 10:32", "あさがお", "#2F6F4E", "常盤緑")
    two = Proof("used", "病院", "脳", 2, "2024年7月1日 10:32", "あさがお", "#2F6F4E", "常盤緑")
    word = Proof("used", "病院", "脳", 1, "2024年7月1日 10:32", "ひまわり", "#2F6F4E", "常盤緑")
    before = Proof("show", "病院", "脳", 1, "2024年7月1日 10:32", "あさがお", "#2F6F4E", "常盤緑")

    assert len({proof(each) for each in (one, two, word, before)}) == 4


@pytest.mark.parametrize("code", ["#2F6F4E", "#F7D94C", "#FFFFFF", "#000000", "#7F7F7F"])
def test_the_band_has_exactly_the_colour_of_the_day_and_its_word_can_be_read_on_it(code: str) -> None:
    png = proof(Proof("show", "病院", "脳", 1, "2024年7月1日 10:32", "山", code, "色"))

    assert frames_of(png)[0].getpixel((4, BAND - 4)) == colour(code)
    lighter, darker = sorted((luminance(ink_on(colour(code))), luminance(colour(code))), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3.9
    assert ink_on(colour(code)) in (INK, WHITE)


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown color"):
        proof(Proof("show", "病院", "脳", 1, "10:32", "山", "あか", "赤"))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "name", [LONG_NAME * 3, "W" * 120, "", "髙﨑𠮷野家󠄀\n病院"], ids=["long", "W", "empty", "rare"]
)
def test_no_name_runs_into_the_margin(stage: Stage, name: str) -> None:
    first = frames_of(proof(shown(stage, name, word="ほととぎすのなきごえ")))[0]

    for left in (0, first.width - MARGIN + 6):
        strip = first.crop((left, BAND + 4, left + MARGIN - 6, first.height))
        assert ink(strip) == 0
    gap = first.crop((SQUARE[0] - 20, BAND + 4, SQUARE[0], SQUARE[1] + SQUARE[3]))
    assert ink(gap) == 0


# Lettering


@given(
    st.text(alphabet="健診センター中央病院のさい(40以上)・、。「」AB1", max_size=200), st.integers(60, 700)
)
@settings(max_examples=60, deadline=None)
def test_a_text_of_any_length_is_fitted_without_losing_a_letter(text: str, room: int) -> None:
    laid = fit(text, partial(measured, "bold"), (room, 120), largest=50, lines=2)

    assert "".join(laid.lines).replace(" ", "") == printable(text).replace(" ", "")
    if laid.size > 1:
        assert laid.height <= 120
        assert max(measured("bold", line, laid.size) for line in laid.lines) <= room


def test_a_line_ends_where_a_reader_would_pause() -> None:
    laid = fit(
        "選べるドック・一般(40以上)・1日・男", partial(measured, "bold"), (500, 200), largest=44, lines=2
    )

    assert laid.lines == ("選べるドック・", "一般(40以上)・1日・男")


def test_a_character_the_typeface_does_not_have_becomes_a_geta() -> None:
    assert printable("𠮷田\u3000病院\n第二󠄀") == "〓田 病院 第二"


# QR codes


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_a_code_we_draw_is_a_code_we_read(level: Level) -> None:
    assert read_codes(qr_png(CHAT, level=level)) == [CHAT]


def test_a_code_of_japanese_text_keeps_its_text_and_its_limits() -> None:
    png = qr_png("施設コード：fs0007 共済組合互助会病院")

    assert read_codes(png) == ["施設コード：fs0007 共済組合互助会病院"]
    assert max(Image.open(BytesIO(png)).size) <= 1024
    assert len(png) < 20_000


def test_a_text_too_long_for_any_code_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        qr_png("x" * 5000)


def photo(
    turned: float = 0, tilted: float = 0, blurred: float = 0, glare: bool = False, dark: float = 1
) -> bytes:
    """A phone's picture of a sheet with a code of level H on a grey wall."""
    code = Image.open(BytesIO(qr_png(CHAT, level="H"))).convert("L").resize((420, 420))
    paper = Image.new("L", (560, 760), 245)
    paper.paste(code, (70, 120))
    paper = paper.rotate(turned, Image.Resampling.BICUBIC, expand=True, fillcolor=120)
    wall = Image.new("L", (1280, 960), 120)
    wall.paste(paper, ((1280 - paper.width) // 2, (960 - paper.height) // 2))
    slant = (1, tilted * 0.2, -tilted * 60, tilted * 0.12, 1, 0, tilted * 0.0002, tilted * 0.0001)
    wall = wall.transform(
        wall.size, Image.Transform.PERSPECTIVE, slant, Image.Resampling.BICUBIC, fillcolor=120
    )
    if glare:
        light = Image.new("L", wall.size, 0)
        ImageDraw.Draw(light).ellipse((600, 400, 730, 530), fill=255)
        wall.paste(255, (0, 0), light.filter(ImageFilter.GaussianBlur(10)))
    wall = wall.filter(ImageFilter.GaussianBlur(blurred)).point(lambda value: value * dark)
    jpeg = BytesIO()
    wall.convert("RGB").save(jpeg, "JPEG", quality=80)
    return jpeg.getvalue()


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(photo(), id="straight"),
        pytest.param(photo(turned=37), id="turned"),
        pytest.param(photo(turned=180), id="upside-down"),
        pytest.param(photo(tilted=1.5), id="tilted"),
        pytest.param(photo(blurred=3), id="blurred"),
        pytest.param(photo(glare=True), id="glare"),
        pytest.param(photo(dark=0.12, turned=8), id="dark"),
        pytest.param(photo(turned=12, tilted=1, blurred=2, glare=True, dark=0.5), id="all-of-it"),
    ],
)
def test_a_code_is_read_from_a_poor_photo(picture: bytes) -> None:
    assert read_codes(picture) == [CHAT]


def test_a_strongly_blurred_code_is_read_at_the_second_try() -> None:
    picture = photo(blurred=4.8)

    assert not [code for code in zxingcpp.read_barcodes(opened(picture)) if code.valid]
    assert read_codes(picture) == [CHAT]


def test_a_code_on_a_transparent_ground_is_read_on_white() -> None:
    drawn = Image.open(BytesIO(qr_png(CHAT))).convert("L")
    clear = Image.new("RGBA", drawn.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0), ImageChops.invert(drawn))
    png = BytesIO()
    clear.save(png, "PNG")

    assert read_codes(png.getvalue()) == [CHAT]


def test_two_codes_are_both_read_and_a_picture_without_a_code_gives_none() -> None:
    first, second = (Image.open(BytesIO(qr_png(text))).convert("L") for text in (CHAT, PAGE))
    both = Image.new("L", (first.width + second.width, max(first.height, second.height)), 255)
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    png, empty = BytesIO(), BytesIO()
    both.save(png, "PNG")
    Image.new("L", (1, 1)).save(empty, "PNG")

    assert set(read_codes(png.getvalue())) == {CHAT, PAGE}
    assert read_codes(empty.getvalue()) == []


def white_png(wide: int, high: int) -> bytes:
    png = BytesIO()
    Image.new("1", (wide, high), 1).save(png, "PNG")
    return png.getvalue()


def png_claiming(wide: int, high: int) -> bytes:
    header = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * (wide // 8 + 1) * min(high, 4000))
    parts = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="only-a-signature"),
        pytest.param("これは写真ではありません".encode(), id="words"),
        pytest.param(photo()[:5000], id="cut-off"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(b"%PDF-1.4\n%%EOF", id="pdf"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="postscript"),
        pytest.param(white_png(4100, 3000), id="12-megapixels"),
        pytest.param(png_claiming(7000, 6000), id="42-megapixels"),
        pytest.param(png_claiming(12_000, 10_000), id="120-megapixels"),
        pytest.param(png_claiming(60_000, 60_000), id="bomb"),
        pytest.param(b"\xff\xd8\xff" + b"\0" * MAX_BYTES, id="over-10-MB"),
    ],
)
def test_what_is_no_bearable_picture_is_refused_in_words(bad: bytes) -> None:
    with pytest.raises(UnreadablePicture, match=r"[a-z]{4}"):
        read_codes(bad)


def test_a_jpeg_may_be_larger_since_it_is_made_smaller_while_it_is_decoded() -> None:
    large = BytesIO()
    Image.new("L", (5000, 4000), 255).save(large, "JPEG")

    assert max(opened(large.getvalue()).size) < 5000


SMALL = Image.open(BytesIO(qr_png("fs0007"))).convert("RGB").resize((64, 64))


def encoded(kind: str) -> bytes:
    out = BytesIO()
    SMALL.save(out, kind)
    return out.getvalue()


@given(
    picture=st.sampled_from([encoded(kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP")]),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.integers(0, 6000),
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(
    picture: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(picture)
    for place, value in changes:
        damaged[place % len(damaged)] = value

    with suppress(UnreadablePicture):
        assert isinstance(read_codes(bytes(damaged[: cut or None])), list)


# Rich menus

TILES = tuple(
    Tile(*words)
    for words in (
        ("coupon", "クーポンを使う", "QRコードを読み取る", True),
        ("list", "クーポンを見る", "残りと期限"),
        ("hospital", "使える施設", "場所と電話"),
        ("clock", "利用状況", "使えたかを確かめる"),
        ("link", "連携"),
        ("help", "ヘルプ・個人情報の取り扱い"),
    )
)


@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize("size", [LARGE, MEDIUM, LOW], ids=["large", "medium", "low"])
def test_the_tiles_cover_the_menu_without_a_gap_or_an_overlap(count: int, size: tuple[int, int]) -> None:
    bounds = areas(Menu(TILES[:count], "#0B7A75", size))

    assert len(bounds) == count
    assert sum(b["width"] * b["height"] for b in bounds) == size[0] * size[1]
    assert all(b["x"] >= 0 and b["x"] + b["width"] <= size[0] for b in bounds)
    assert all(b["y"] >= 0 and b["y"] + b["height"] <= size[1] for b in bounds)
    assert all(apart(one, two) for n, one in enumerate(bounds) for two in bounds[:n])


def apart(one: Area, two: Area) -> bool:
    beside = one["x"] >= two["x"] + two["width"] or two["x"] >= one["x"] + one["width"]
    return beside or one["y"] >= two["y"] + two["height"] or two["y"] >= one["y"] + one["height"]


@pytest.mark.parametrize("size", [LARGE, MEDIUM, LOW], ids=["large", "medium", "low"])
@pytest.mark.parametrize("accent", ["#0B7A75", "#FFE98A", "#101010"])
def test_a_menu_picture_stays_inside_the_limits(size: tuple[int, int], accent: str) -> None:
    png = richmenu_png(Menu(TILES, accent, size))

    picture = Image.open(BytesIO(png))
    assert picture.size == size
    assert len(png) <= 1_000_000
    assert picture.width / picture.height >= 1.45


@pytest.mark.parametrize("tiles", [(), TILES + TILES[:1]], ids=["none", "seven"])
def test_a_menu_of_no_tile_or_of_seven_is_refused(tiles: tuple[Tile, ...]) -> None:
    with pytest.raises(ValueError, match="1 to 6 tiles"):
        Menu(tiles, "#0B7A75")


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_icon_fills_a_fair_part_of_its_square_and_stays_off_its_edge(name: Icon) -> None:
    mask = icon(name, 96)

    covered = sum(value * count for value, count in enumerate(mask.histogram())) / 255 / 96**2
    assert 0.1 < covered < 0.75
    assert mask.size == (96, 96)


# Posters


def sheet(number: int, name: str = "共済組合互助会病院") -> Sheet:
    code = f"fs{number:04}"
    chat = f"https://line.me/R/oaMessage/%40123abcde/?{code}"
    return Sheet(
        code, name, "公立学校共済組合埼玉支部", chat, code, f"{PAGE}{number}", "福利課厚生担当 048-830-6703"
    )


def page_picture(document: pypdfium2.PdfDocument, number: int) -> Image.Image:
    picture: Image.Image = document[number].render(scale=2).to_pil()
    return picture


def test_both_codes_of_a_sheet_are_read_from_the_printed_page_and_bear_a_reflection(tmp_path: Path) -> None:
    out = tmp_path / "posters.pdf"
    posters_pdf([sheet(7)], out)
    document = pypdfium2.PdfDocument(out)

    pages = [zxingcpp.read_barcodes(page_picture(document, number)) for number in range(2)]

    assert [[(code.text, code.ec_level) for code in page] for page in pages] == [
        [(sheet(7).chat_url, "H")],
        [(sheet(7).staff_url, "H")],
    ]


def test_a_sheet_is_two_pages_of_a4_with_its_words_as_text(tmp_path: Path) -> None:
    out = tmp_path / "posters.pdf"
    posters_pdf([sheet(7, LONG_NAME)], out)
    document = pypdfium2.PdfDocument(out)

    words = ["".join(page.get_textpage().get_text_range().split()) for page in document]

    assert len(document) == 2
    assert document[0].get_size() == (595, 842)
    assert all(LONG_NAME in page for page in words)
    assert sheet(7).chat_url in words[0]
    assert "fs0007" in words[0]
    assert "スタッフ用" in words[1]
    assert "048-830-6703" in words[1]
    assert out.stat().st_size < 150_000


def test_the_staff_page_says_what_to_do_without_a_connection_in_and_out_of_desk_hours(tmp_path: Path) -> None:
    out = tmp_path / "posters.pdf"
    posters_pdf([sheet(7)], out)

    words = "".join(pypdfium2.PdfDocument(out)[1].get_textpage().get_text_range().split())

    assert len(pypdfium2.PdfDocument(out)) == 2
    for when, what in CUT_OFF:
        assert "".join((when + what).split()) in words


def test_nothing_is_printed_in_the_margin_whatever_the_name(tmp_path: Path) -> None:
    out = tmp_path / "posters.pdf"
    posters_pdf([sheet(7, LONG_NAME * 2)], out)
    document = pypdfium2.PdfDocument(out)

    for number in range(2):
        page = page_picture(document, number).convert("L")
        left, top, right, bottom = ImageChops.invert(page).getbbox() or (0, 0, 0, 0)
        assert left >= 90
        assert right <= page.width - 90
        assert top >= 60
        assert bottom <= page.height - 60


def test_sheets_are_taken_one_by_one_and_progress_is_told(tmp_path: Path) -> None:
    taken: list[str] = []

    def sheets() -> Iterator[Sheet]:
        for number in range(3):
            taken.append(f"taken {number + 1}")
            yield sheet(number)

    count = posters_pdf(sheets(), tmp_path / "p.pdf", lambda done: taken.append(f"drawn {done}"))

    assert count == 3
    assert taken == ["taken 1", "drawn 1", "taken 2", "drawn 2", "taken 3", "drawn 3"]
    assert len(pypdfium2.PdfDocument(tmp_path / "p.pdf")) == 6


def test_a_failure_half_way_leaves_the_file_of_before(tmp_path: Path) -> None:
    out = tmp_path / "posters.pdf"
    out.write_bytes(b"before")

    def sheets() -> Iterator[Sheet]:
        yield sheet(1)
        raise LookupError("the facilities are gone")

    with pytest.raises(LookupError):
        posters_pdf(sheets(), out)

    assert out.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["posters.pdf"]


# Gifts


def test_the_catalogue_can_name_exactly_the_drawings_that_there_are() -> None:
    assert set(get_args(Drawing)) == set(GIFTS)


@pytest.mark.parametrize("drawing", GIFTS)
def test_each_gift_is_drawn_small_and_unlike_the_others(drawing: str) -> None:
    pngs = {each: gift_png(each, "県産品", "見本", "#1E5AA8") for each in GIFTS}

    assert Image.open(BytesIO(pngs[drawing])).size == GIFT_SIZE
    assert len(pngs[drawing]) < 20_000
    assert list(pngs.values()).count(pngs[drawing]) == 1
