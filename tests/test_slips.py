"""Words of ours with a slip of the finger are read as what is meant."""

import pytest

from bot.lexicon import is_in_dictionary
from bot.slips import Slips
from handlers.taught import Taught
from settings import ROOT

SLIPS = Slips(("クーポン", "ポイント", "チケット", "メニュー", "ドア"), is_in_dictionary)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("クポーン見して", "クーポン見して"),
        ("電子クーポソ使いたい", "電子クーポン使いたい"),
        ("ﾎﾟｲｿﾄ残高", "ポイント残高"),
        ("クーポンン", "クーポン"),
        ("メニュ出して", "メニュー出して"),
        ("くぽーん みせて", "クーポン みせて"),
    ],
)
def test_one_letter_more_less_or_another_is_a_slip(typed: str, meant: str) -> None:
    assert SLIPS.mended(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "クーポンとポイント",
        "ポケットに入れた",
        "クーペ",
        "ドナ",
        "くぽーんみせて",
        "クンポー",
        "",
        "Ｃａｆｅ　ラテ",
    ],
)
def test_what_is_a_word_or_two_letters_away_stays_as_it_is_typed(text: str) -> None:
    assert SLIPS.mended(text) == text


def test_the_branches_words_are_known_by_all_letters_but_one() -> None:
    slips = Taught(ROOT / "branches").slips

    assert slips.mended("カフェデリア") == "カフェテリア"
