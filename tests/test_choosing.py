"""An answer may be told in a sentence of choosing; what asks or opens something is none."""

import pytest

from bot.choosing import chosen, yes_or_no
from bot.messages import Card
from bot.questions import Choose, Given, Option, Retry, Unfit

COUPONS = Choose(
    "", Card(""), choices={"1day": "1日ドック", "brain": Option("脳ドック"), "dental": "歯科健診"}
)
HERE = Choose("", Card(""), choices={"yes": "はい、この施設です", "no": "ちがう施設です"})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *((text, "1枚") for text in ("一枚でお願いします", "１枚お願いします", "いや、やっぱ一枚", "1枚で")),
        *(
            (text, "2枚")
            for text in ("2枚使いたいです", "2枚使う", "２枚で", "二枚でええわ", "2枚にしといて")
        ),
        *(
            (text, "脳ドック")
            for text in ("やっぱり脳ドックにしたい", "脳ドックにします", "脳ドックのほうで")
        ),
        ("じゃあ、タオルがいいです", "タオル"),
        ("たぶん脳ドックです", "脳ドック"),
    ],
)
def test_what_is_chosen_stands_among_words_of_choosing(text: str, meant: str) -> None:
    assert chosen(text) == meant


@pytest.mark.parametrize(
    "text", ["2枚つこてもええの？", "クーポンを使いたい", "登録する", "お願いします", "はい", "使う", "2枚"]
)
def test_what_asks_orders_or_is_bare_chooses_nothing(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(
            (text, "yes")
            for text in ("はい、そうです", "はい、あってます", "間違いないです", "はい、お願いします")
        ),
        *((text, "no") for text in ("ちゃう", "違う、健診センターです", "いや")),
        *(
            (text, "")
            for text in (
                "はい、でもその前に質問が",
                "そうですか？",
                "はい、これって何？",
                "違う病院も使える？",
            )
        ),
    ],
)
def test_a_yes_or_no_may_be_followed_by_a_few_words(text: str, meant: str) -> None:
    assert yes_or_no(text) == meant


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (COUPONS, "やっぱり脳ドックにします", "brain"),
        (COUPONS, "歯科でお願いします", "dental"),
        (COUPONS, "2番でお願いします", "brain"),
        (HERE, "はい、お願いします", "yes"),
        (HERE, "違う、健診センターです", "no"),
    ],
)
def test_a_choice_told_in_a_sentence_is_certain(question: Choose, text: str, answer: str) -> None:
    assert question.exact(Given("text", text)) == answer


@pytest.mark.parametrize("text", ["ドックでお願いします", "クーポンを使いたい"])
def test_what_fits_several_or_none_is_no_answer(text: str) -> None:
    with pytest.raises(Retry):
        COUPONS.exact(Given("text", text))


def test_what_cannot_be_undone_is_answered_by_its_whole_label_only() -> None:
    by_hand = Choose("", Card(""), choices={"yes": "はい", "no": "いいえ"}, by_hand=True)
    in_full = Choose("", Card(""), choices={"now": "今すぐ利用する"}, by_hand=True, in_full=True)

    for question, text in (
        (by_hand, "はい、お願いします"),
        (by_hand, "うん、そうです"),
        (in_full, "利用でお願いします"),
        (in_full, "一番上の"),
    ):
        with pytest.raises(Retry):
            question.exact(Given("text", text))


def test_a_number_that_cannot_be_chosen_is_told_why_whatever_verb_follows() -> None:
    question = Choose(
        "", Card(""), choices={"one": "1枚で進む"}, objection=lambda text: f"{text}は使えません"
    )

    with pytest.raises(Unfit, match="3枚は使えません"):
        question.exact(Given("text", "3枚使いたいです"))
