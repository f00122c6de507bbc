"""What may stand in a broadcast, what is worth a second look, and which pictures LINE takes."""

import json
import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.questions import Retry
from handlers.staff.broadcast_checks import (
    read_label,
    read_phone,
    read_text,
    read_title,
    read_url,
    units,
    warnings,
)
from handlers.staff.broadcast_time import moment_of
from models.broadcast_terms import BroadcastTerms
from models.broadcasts import Draft
from pictures.sent import MAX_BYTES, SIDE, fit

NOW = datetime(2024, 7, 2, 1, 0, tzinfo=UTC)
TERMS = BroadcastTerms(100, 20, 60, 30, 90, 10)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "{氏名}様",
            "{{name}} さん",
            "＜氏名＞様",
            "<番号>",
            "〇〇様",
            "○○ 様",
            "【氏名】 様",
            "%name%",
            "${name}",
        ),
        *("https://example.com/?n={番号}", "<お名前>", "＜組合員番号＞", "<name>"),
        *(
            "[お名前]様",
            "［氏名］",
            "(お名前)様",
            "《氏名》",
            "＿＿＿様",
            "__様",
            "#name#",
            "@name様",
            "$NAME",
            "%s",
            "*|FNAME|*",
        ),
        *("｛所属｝の皆さま", "●●学校の方", "×××円", "7月○○日まで", "[[番号]]"),
    ],
)
def test_a_place_for_a_name_is_refused(text: str) -> None:
    with pytest.raises(Retry, match="差し込みは使えません"):
        read_text(f"お知らせ\n{text}\nよろしくお願いします。")
    with pytest.raises(Retry, match="差し込みは使えません"):
        read_title(text.removeprefix("https://example.com/"))


@pytest.mark.parametrize(
    "text",
    [
        "価格は1,000円（税込）です。",
        "a < b です",
        "○のある方",
        "Q&A〈よくある質問〉",
        "マイ リフレッシュ（3枚）",
        "https://example.com/?a=%E3%81%82",
        "詳しくは https://example.com/?a=%ef%bc%88 へ",
        "＜申込期限＞ 7月31日",
        "<重要>",
        "＜Q&A＞",
        "［重要］組合員証（番号）をお持ちください",
        "#健康づくり 達成率100% say @kyosai",
        "US$20、50%の方",
    ],
)
def test_plain_words_are_no_place_for_a_name(text: str) -> None:
    assert read_text(text) == text


def test_texts_are_counted_as_line_counts() -> None:
    assert units("あ") == 1
    assert units("𠮷🍎") == 4
    assert read_text("🍎" * 2_500) == "🍎" * 2_500
    with pytest.raises(Retry, match="5,000文字まで"):
        read_text("🍎" * 2_501)
    with pytest.raises(Retry, match="20文字まで"):
        read_title("𠮷" * 11)
    with pytest.raises(Retry):
        read_title("   ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("6月30日まで", "送る日より前"),
        ("2023年7月10日（月）", "送る日より前"),
        ("7月10日（木）", "曜日が違います"),
        ("令和5年7月31日まで", "送る日より前"),
        ("令和元年7月31日", "送る日より前"),
        ("R5.7.31まで", "送る日より前"),
        ("7/1（月）まで", "送る日より前"),
        ("7/10（木）まで", "曜日が違います"),
        ("6/30まで", "「6/30」は、送る日より前"),
        ("締切：4/1", "「4/1」は、送る日より前"),
        ("6/28（金）", "「6/28(金)」は、送る日より前"),
        ("6/2から", "「6/2」は、送る日より前"),
        ("7/10（木・祝）", "「7/10(木・祝)」の曜日"),
        ("2月30日", "という日はありません"),
        ("2月29日から", "「2月29日」は、送る日より前"),
        ("1月10日（水）必着", "「1月10日(水)」の曜日が違います（1月10日（金））"),
        ("6月28日（土）", "曜日が違います"),
        ("組合員番号123456の方", "番号のような数字"),
        ("昭和49年1月22日生まれの方", "生年月日"),
        ("糖尿病の方へ", "糖尿"),
    ],
)
def test_a_text_worth_a_second_look_is_told(text: str, words: str) -> None:
    assert any(words in each for each in warned(text))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"title": "糖尿病の方へ"}, "件名に、健康についての言葉（糖尿）"),
        ({"title": "番号123456の方"}, "件名に、番号のような数字"),
        ({"button": json.dumps({"label": "糖尿病の相談"})}, "ボタンに、健康についての言葉（糖尿）"),
        ({"button": json.dumps({"label": "123456の方"})}, "ボタンに、番号のような数字"),
    ],
)
def test_a_title_or_a_button_worth_a_second_look_is_told(part: dict[str, str], words: str) -> None:
    one = replace(draft("本文"), **part)  # type: ignore[arg-type]

    assert any(words in each for each in warnings(one, 10, None, None, TERMS, NOW))


def test_words_of_a_button_that_are_too_long_are_told_as_such() -> None:
    with pytest.raises(Retry, match="ボタンの言葉は20文字まで"):
        read_label("あ" * 21)


@pytest.mark.parametrize(
    "text",
    [
        "令和6年7月31日（水）まで",
        "R6.7.31",
        "7/10（水）",
        "夏もがんばりましょう",
        "7月10日（水）まで",
        "1月10日まで",
        "1月10日（金）必着",
        "マイ リフレッシュは3月31日まで",
        "3/31（月）まで",
        "来年6月10日まで",
        "翌年の4月1日から",
        "がん検診のご案内",
        "電話 048-830-6703",
        "1/2の方",
        "3/4以上が対象",
        "4/4点",
        "1.5倍、6.30点",
        "7/10と8/1",
        "2023/24年度",
        "https://example.com/6/30",
    ],
)
def test_a_harmless_text_is_not(text: str) -> None:
    assert warned(text) == []


def test_in_april_a_day_of_march_may_be_left_from_last_month_unless_its_weekday_says_otherwise() -> None:
    april = datetime(2024, 4, 5, 1, 0, tzinfo=UTC)

    said = {text: list(warnings(draft(text), 10, None, None, TERMS, april)) for text in MARCH}

    assert said == {"3月31日まで": ["「3月31日」は、送る日より前の日付です。"], "3月31日（月）まで": []}


MARCH = ("3月31日まで", "3月31日（月）まで")


@pytest.mark.parametrize(
    "given", ["048-830-6703", "０４８−８３０−６７０３", "０４８ー８３０ー６７０３", " 0488306703 "]
)
def test_a_phone_number_is_read_in_any_width(given: str) -> None:
    assert read_phone(given).replace("-", "") == "0488306703"


def test_an_address_is_read_in_any_width() -> None:
    assert read_url("ｈｔｔｐｓ：//example.jp/a ") == "https://example.jp/a"
    with pytest.raises(Retry, match="https://"):
        read_url("http://example.jp/")


@pytest.mark.parametrize(
    ("given", "hour"),
    [
        *(("10:00", "10:00"), ("9時", "09:00"), ("14：30", "14:30"), ("15時半", "15:30")),
        *(("午後3時", "15:00"), ("午前12時", "00:00"), ("午後12時15分", "12:15")),
    ],
)
def test_an_hour_is_read_as_people_write_it(given: str, hour: str) -> None:
    assert f"{moment_of('2024-07-05', given):%H:%M}" == hour


@pytest.mark.parametrize("given", ["午後15時", "25時", "昼", "10時60分"])
def test_what_is_no_hour_is_told(given: str) -> None:
    with pytest.raises(Retry, match="時刻を読み取れません"):
        moment_of("2024-07-05", given)


def test_a_list_of_nobody_is_told() -> None:
    assert warned("文", count=0) == ["届く人が一人もいません。「直す」から宛先を選び直してください。"]


def test_counts_that_jump_weekends_nights_and_repeats_are_told() -> None:
    last = draft(listed=100, text="前の文")

    assert warned("文", count=131, last=last) != []
    assert warned("文", count=130, last=last) == []
    assert any("休みの日" in each for each in warned("文", send_at=datetime(2024, 7, 6, 1, 0, tzinfo=UTC)))
    assert any("夜間" in each for each in warned("文", send_at=datetime(2024, 7, 3, 13, 0, tzinfo=UTC)))
    assert any("同じ" in each for each in warned("前の文", same=last))


def warned(
    text: str,
    *,
    count: int = 10,
    last: Draft | None = None,
    same: Draft | None = None,
    send_at: datetime | None = None,
) -> list[str]:
    return list(warnings(draft(text=text, send_at=send_at), count, last, same, TERMS, NOW))


def draft(text: str, listed: int = 0, send_at: datetime | None = None) -> Draft:
    values: dict[str, Any] = dict.fromkeys(Draft.__dataclass_fields__)
    values |= {
        "title": "件名",
        "text": text,
        "listed": listed,
        "send_at": send_at,
        "quiet_reason": "",
        "button": "",
    }
    return Draft(**values)


@pytest.mark.parametrize(
    "word",
    [
        *(
            "人工透析",
            "感染症",
            "コロナ",
            "HIV",
            "ＨＩＶ",
            "てんかん",
            "認知症",
            "流産",
            "腫瘍",
            "陽性",
            "入院",
            "手術",
            "うつ",
        ),
        *(
            "障害者手帳",
            "乳がん",
            "糖尿病",
            "脳梗塞",
            "心不全",
            "ぜん息",
            "肺炎",
            "適応障害",
            "統合失調症",
            "ADHD",
            "依存症",
        ),
        *(
            "インフルエンザ",
            "帯状疱疹",
            "風しん",
            "死産",
            "つわり",
            "既往歴",
            "通院中",
            "療養中",
            "要治療",
            "身体障がい",
        ),
    ],
)
def test_words_about_health_are_told(word: str) -> None:
    assert any("健康についての言葉" in each for each in warned(f"{word}の方へ"))
    assert any("健康についての言葉" in each for each in warned(f"職場の{word}で、お困りではありませんか"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "健康診断のご案内",
            "人間ドックの申込み",
            "手術室見学会",
            "脳ドック・心臓ドック",
            "がん検診",
            "特定健診",
        ),
        *(
            "こころの健康づくり",
            "感染症対策のお願い",
            "インフルエンザの予防接種",
            "入院見舞金の請求",
            "結核検診",
        ),
        *(
            "うつくしい花",
            "場所がうつります",
            "もうつかれた方へ",
            "手をうつ前に",
            "うつわ作り教室",
            "通信障害のお知らせ",
        ),
        *(
            "メンタルヘルス講座",
            "認知症サポーター養成講座",
            "風しんの抗体検査",
            "妊婦健診の助成",
            "がんばろう",
        ),
    ],
)
def test_the_names_of_programmes_are_no_words_about_health(text: str) -> None:
    assert warned(text) == []


# Pictures


def saved(kind: str, size: tuple[int, int], mode: str = "RGB", **more: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, (200, 30, 30) if mode == "RGB" else (200, 30, 30, 0)).save(out, kind, **more)
    return out.getvalue()


def header_of(width: int, height: int) -> bytes:
    """A PNG that claims so many pixels."""
    small = saved("PNG", (1, 1))
    chunk = b"IHDR" + struct.pack(">II", width, height) + small[24:29]
    return small[:12] + chunk + struct.pack(">I", zlib.crc32(chunk)) + small[33:]


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (saved("JPEG", (3000, 2000)), (1024, 683)),
        (saved("PNG", (800, 600), "RGBA"), (800, 600)),
        (saved("WEBP", (500, 1400)), (366, 1024)),
        (saved("BMP", (300, 300)), (300, 300)),
    ],
    ids=["large", "transparent", "tall", "bmp"],
)
def test_a_picture_becomes_what_line_takes(data: bytes, size: tuple[int, int]) -> None:
    fitted = fit(data)

    assert not isinstance(fitted, str)
    made, kind, width, height = fitted
    assert (kind, width, height) == ("image/jpeg", *size)
    assert len(made) <= MAX_BYTES
    assert max(width, height) <= SIDE
    assert Image.open(BytesIO(made)).format == "JPEG"


def test_a_picture_is_turned_upright_and_loses_its_hidden_data() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a phone held sideways
    exif[0x010F] = "a camera"

    fitted = fit(saved("JPEG", (800, 400), exif=exif))

    assert not isinstance(fitted, str)
    assert fitted[2:] == (400, 800)
    assert not Image.open(BytesIO(fitted[0])).getexif()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "開けませんでした"),
        (saved("JPEG", (800, 600))[:200], "開けませんでした"),
        (saved("PNG", (100, 100)), "小さすぎます"),
        (saved("PNG", (300, 1000)), "細長すぎます"),
        (saved("PNG", (4100, 3000)), "大きすぎます"),
        (header_of(20_000, 20_000), "大きすぎます"),
        (
            saved("GIF", (300, 300), save_all=True, append_images=[Image.new("RGB", (300, 300), "blue")]),
            "動く画像",
        ),
    ],
    ids=["bytes", "cut", "small", "narrow", "large", "huge", "moving"],
)
def test_a_picture_that_line_would_refuse_is_refused_with_the_reason(data: bytes, words: str) -> None:
    fitted = fit(data)

    assert isinstance(fitted, str)
    assert words in fitted
