"""What members type is compared without width, invisible signs and personal numbers."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import is_my_number, loose, normalise, without_personal


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ﾄﾞｯｸの結果まだ？？？", "ドックの結果まだ?"),
        ("ク－ポン　使えない", "クーポン 使えない"),
        ("カ―ド", "カード"),
        ("Ｋ１２３４５", "k12345"),
        ("ポイント\u200bいつ\u202e消える\ufeff", "ポイントいつ消える"),
        ("スーーーーパー", "スーパー"),
        ("あああああああ", "ああ"),
        ("1000000円", "1000000円"),
        ("0120‐818‐448", "0120-818-448"),
        ("か\u3099んは\u309aれ", "がんぱれ"),
        ("  \n\t ", ""),
        ("ドック\nいつ", "ドック いつ"),
        ("\ud800壊れた文字", "壊れた文字"),
    ],
)
def test_the_same_words_come_out_however_they_were_typed(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


@given(st.text(max_size=200))
def test_nothing_changes_when_a_text_is_normalised_again(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


def test_signs_and_spaces_do_not_matter_for_comparing() -> None:
    assert loose("マイ　リフレッシュ！") == loose("マイリフレッシュ")


@pytest.mark.parametrize(
    "text",
    ["123456789018", "1234-5678-9018", "番号は１２３４ ５６７８ ９０１８です", "1 2 3 4 5 6 7 8 9 0 1 8"],
)
def test_a_my_number_is_seen_wherever_it_stands(text: str) -> None:
    assert is_my_number(text)


@pytest.mark.parametrize(
    "text", ["123456789012", "12345601", "2024-07-01 12:00", "048-830-6703 0120-150-786", "1234567890181"]
)
def test_other_numbers_are_no_my_number(text: str) -> None:
    assert not is_my_number(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("番号は123456で昭和49年1月22日生まれ", "番号は〔番号〕で〔生年月日〕生まれ"),
        ("S49.1.22です", "〔生年月日〕です"),
        ("19740122", "〔生年月日〕"),
        ("令和6年4月1日生まれの子", "〔生年月日〕生まれの子"),
        ("K12345です", "〔番号〕です"),
        ("koa12345678", "〔番号〕"),
        ("090-1234-5678に電話して", "〔電話番号〕に電話して"),
        ("hanako@example.jp へ", "〔メール〕 へ"),
        ("マイナンバー 1234 5678 9018", "マイナンバー 〔番号〕"),
    ],
)
def test_what_points_to_a_person_is_removed(text: str, kept: str) -> None:
    assert without_personal(text) == (kept, True)


@pytest.mark.parametrize("letters", ["あ", "1", "a.", "a@"])
def test_a_text_of_any_length_is_soon_read(letters: str) -> None:
    began = time.process_time()

    without_personal(letters * 50_000)

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    ["10000円もらえる?", "2024年4月25日まで?", "12000ポイント", "800万円を超えた", "コース31", "令和6年度"],
)
def test_amounts_and_deadlines_stay(text: str) -> None:
    assert without_personal(text) == (text, False)
