"""What members tell of papers: that they were handed in, or were not."""

import pytest

from handlers.handed_in import told
from models.base import Database
from tests.reminded import Reminded
from tests.talking import Talking


@pytest.mark.parametrize(
    ("text", "named", "wish"),
    [
        ("提出しました", "", ""),
        ("もう出した", "", ""),
        ("申込書を提出した", "申込書", ""),
        ("歯科健診の申込みを提出しました", "歯科健診の申込み", ""),
        ("昨日、ドックの申込書を窓口に提出しました。", "どっくの申込書", ""),
        ("カフェプラもう出したよ", "かふぇぷら", ""),
        ("書類を出し終わりました", "書類", ""),
        ("提出ずみです", "", ""),
        ("ドックの申込書送りました", "どっくの申込書", ""),
        ("カフェテリアもう郵送したよ", "かふぇてりあ", ""),
        ("ドックの申込書は先週学校経由で出しました", "どっくの申込書", ""),
        ("ていしゅつ ずみ", "", ""),
        ("今朝、申請書を出してまいりました", "申請書", ""),
        ("書類は提出済みにしといて", "書類", ""),
        ("ドックの申込書、校長に渡した", "どっくの申込書校長", ""),
        ("提出したからつけといて", "", ""),
        ("申請書をポストに入れました", "申請書", ""),
        ("提出を取り消したい", "", "back"),
        ("「提出しました」を取り消す", "", "back"),
        ("ドックの提出を取り消したい", "どっく", "back"),
        ("提出していませんでした", "", "back"),
        ("まだ出してないです", "", "back"),
        ("提出したのは間違いでした", "", "back"),
    ],
)
def test_a_paper_is_told_to_be_handed_in_or_not(text: str, named: str, wish: str) -> None:
    assert told(text) == {key: value for key, value in (("named", named), ("wish", wish)) if value}


@pytest.mark.parametrize(
    "text",
    [
        "提出しましたか",
        "提出しました？",
        "提出します",
        "提出したい",
        "提出したのに結果が来ない",
        "申し込みを取り消したい",
        "カフェテリア出し忘れた",
        "カフェテリア出した後に書き直したい",
        "クーポンを出した",
        "健診結果を提出しました",
        "マイナンバーを提出しました",
        "メッセージを送りました",
        "送りました",
        "声を出しました",
        "手紙を友達に渡した",
        "歩数を入れたからつけといて",
        "メニュ出していた",
        "熱が出た",
    ],
)
def test_other_matters_are_not_papers(text: str) -> None:
    assert told(text) is None


def test_the_paper_that_a_button_named_is_meant_whoever_is_chosen_then(database: Database) -> None:
    town = Reminded(database)
    town.member("a")
    town.link("a", town.member("b").id)
    talk = Talking(town)

    (asked,) = talk.presses("a", "open:hand_in?event=aichi-2024-dock-application", "2024-04-10 12:00")
    (sure,) = talk.says("a", "2", "2024-04-10 12:01")

    assert "どなたが提出しましたか" in asked
    assert "人間ドックの申込み" in sure
    assert "提出しましたか" in sure
