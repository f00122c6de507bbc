"""What only says that something is done, beside what asks or tells more."""

import pytest

from bot.mood import is_done


@pytest.mark.parametrize(
    "text",
    [
        *(
            "入れた",
            "入れました",
            "もう入れたよ",
            "入力しました！",
            "全部入力したで",
            "登録した",
            "登録しました",
            "書きました",
        ),
        *(
            "おわった",
            "終わりました",
            "送り先を入力しました",
            "住所を書いたけど",
            "できました",
            "出来た",
            "送信しました",
            "完了です",
        ),
        *(
            "はい、入れました",
            "入れてしもた",
            "入れたけん",
            "結果の数字を入れました",
            "ページに入力した",
            "済みました",
            "入力完了",
        ),
        *("入力が終わりました", "入れ終わった", "入力したので次へ", "入力したけど進まない"),
    ],
)
def test_that_a_thing_is_done_is_said_in_many_ways(text: str) -> None:
    assert is_done(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "入れた？",
            "入力しましたか",
            "体重を入れたい",
            "入力できない",
            "入れたらどうなる",
            "登録",
            "終わり",
            "まだ入れてない",
        ),
        *(
            "入力したのは誰ですか",
            "書きたい",
            "登録したい",
            "交換が終わった商品はいつ届く",
            "カフェテリアを登録しました",
            "歩数を入れた",
        ),
    ],
)
def test_what_asks_or_tells_of_something_else_does_not_say_so(text: str) -> None:
    assert not is_done(text)
