"""Thanks and greetings have a short answer."""

import pytest

from bot.smalltalk import BESIDE, REMARKS, SmallTalk
from handlers.taught import read_smalltalk
from settings import ROOT

SAID = {
    "thanks": "ありがとう助かった|すみません、ありがとうございました|おおきに助かったわ|丁寧にありがとうございます😊|わかりました、ありがとう",
    "acknowledged": "了解です|ok👌|なるほどね～|そうなんや",
    "morning": "おはよう|おはようございます。よろしくお願いします",
    "evening": "こんばんは、夜分にすみません",
    "regards": "よろしくお願いします|いつもお世話になっております",
    "weary": "お疲れさま|先生おつかれさまです",
    "calling": "すみません|質問いいですか",
    "praise": "すごいね君|かしこいなぁ",
    "solved": "やっとできました",
}
SMALLTALK = read_smalltalk(ROOT / "branches")


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in SAID for text in SAID[kind].split("|")])
def test_small_talk_is_answered_by_its_kind(kind: str, text: str) -> None:
    assert SMALLTALK.answer(text) == REMARKS[kind]


@pytest.mark.parametrize(
    "text",
    "ありがとう、あと何枚残ってる？|お世話になります、ドックの締切は|おはようございますクーポン使えません|わかりません|"
    "了解、やめる|ごめん、もう疲れた|皆さんさようなら|です|🙏||".split("|"),
)
def test_what_says_more_is_no_small_talk(text: str) -> None:
    assert SMALLTALK.answer(text) is None


def test_every_kind_has_wordings_and_every_wording_one_kind() -> None:
    lines = (ROOT / "branches" / "smalltalk.txt").read_text("utf-8").splitlines()
    taught = [line.partition(":") for line in lines if not line.startswith("#")]
    ways = [way.strip() for _, _, said in taught for way in said.split(",")]

    assert {kind for kind, _, _ in taught} == {*REMARKS, BESIDE}
    assert len(ways) == len(set(ways))


def test_nothing_taught_is_nothing_known() -> None:
    assert SmallTalk().answer("ありがとう") is None


@pytest.mark.parametrize(
    ("text", "heart"),
    [
        (
            "お世話になっております。ドックの申込方法を教えてください。よろしくお願いいたします。",
            "ドックの申込方法を教えてください。",
        ),
        ("お忙しいところ恐れ入ります。締切はいつでしょうか。", "締切はいつでしょうか。"),
        ("お疲れ様です、ポイントいつ消えますか、ご確認お願いします", "ポイントいつ消えますか、"),
        ("おはようございます！結果まだ？", "結果まだ？"),
        ("おばあちゃん先生でもできるように始め方を教えて", "始め方を教えて"),
        ("すみません、素人にもわかるように、簡単に申請の流れを", "申請の流れを"),
        ("子どもでもわかる本はカフェの対象？", "子どもでもわかる本はカフェの対象？"),
        ("お世話になっております死にたいですよろしくお願いします", "死にたいです"),
        ("すみません、メニュー出して", "メニュー出して"),
        ("連携お願いします", "連携お願いします"),
        ("使い方よろしくお願いします", "使い方よろしくお願いします"),
        ("枚数を間違えました、どうすれば", "枚数を間違えました、どうすれば"),
        ("ありがとうございます。よろしくお願いします", "ありがとうございます。よろしくお願いします"),
        ("夕方に変えることはできますか、お願いします", "夕方に変えることはできますか、お願いします"),
        ("", ""),
        ("。、！", "。、！"),
    ],
)
def test_a_question_is_read_without_its_courtesy(text: str, heart: str) -> None:
    assert SMALLTALK.heart(text) == heart
