"""What belongs to another branch is told apart by its name, also misspelt; what is spoken of here is not."""

import pytest

from bot.guards import guard
from bot.neighbours import Neighbours
from tests.question_bank import neighbours_of

AROUND = Neighbours(
    "埼玉",
    {"埼玉": ["クーポン"], "愛知": ["カフェテリアプラン", "福祉貯金", "ドック + 抽選", "会食 + 補助"]},
    ["会食の補助はありません"],
)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("ｶﾌｪﾃﾘｱﾌﾟﾗﾝの締切", "愛知"),
        ("かふぇてりあぷらん", "愛知"),
        ("カフエテリアプランの締切", "愛知"),
        ("カフェテリアブランは？", "愛知"),
        ("ドックっていつ抽選する？", "愛知"),
        ("福祉貯金", "愛知"),
        ("福祉の貯金", None),
        ("ドックの予約", None),
        ("クーポンの残り", None),
        ("会食の補助", None),
        ("カフェテアプランの締切", "愛知"),
        ("カフェテェリアプランの締切", "愛知"),
        ("カフェリテアプランの締切", "愛知"),
        ("", None),
    ],
)
def test_a_name_of_another_branch_is_known(text: str, owner: str | None) -> None:
    assert AROUND.owner(text) == owner


@pytest.mark.parametrize(
    ("branch", "text", "owner"),
    [
        ("saitama", "おせちの補助券がほしい", "愛知"),
        ("saitama", "QUPlOにはいれない", "香川"),
        ("kagawa", "マイリフで泊まれる宿ある?", "埼玉"),
        ("kagawa", "サンヒルズで忘年会したら安くなる?", "愛知"),
        ("aichi", "県産品は何点から", "香川"),
        ("aichi", "紙クーポンをたのみたい", "埼玉"),
        ("aichi", "徳島の教職員互助組合の見舞金", "徳島"),
    ],
)
def test_who_is_asked_for_is_named_in_the_answer(branch: str, text: str, owner: str) -> None:
    found = guard(text, neighbours_of(branch))

    assert found is not None
    assert found.answer.startswith(f"{owner}の支部や互助会のこと")


@pytest.mark.parametrize("branch", ["saitama", "kagawa", "aichi"])
def test_what_a_branch_is_known_for_is_never_elsewhere_in_its_own_chat(branch: str) -> None:
    own = {"saitama": "電子クーポンの期限", "kagawa": "QUPiOの県産品", "aichi": "福祉貯金とドックの抽選"}[
        branch
    ]

    assert neighbours_of(branch).owner(own) is None


@pytest.mark.parametrize(
    "text",
    [
        "死ぬほどややこしいんですが申請書はどこ",
        "ケータイが死んだので紙の券にしたい",
        "画面が息してないんだけど",
        "くそ、読み取らない",
        "死活問題なので締切教えて",
        "殺人的な忙しさで申込みを忘れた",
    ],
)
def test_a_figure_of_speech_rings_no_alarm(text: str) -> None:
    assert guard(text, Neighbours("愛知")) is None


@pytest.mark.parametrize(
    "text", ["死ぬほどつらい", "死にそうに苦しい、息ができない", "とかじゃなくて死にたい"]
)
def test_what_is_no_figure_of_speech_still_does(text: str) -> None:
    found = guard(text, Neighbours("愛知"))

    assert found is not None
    assert found.kind in ("despair", "emergency")


@pytest.mark.parametrize("text", ["ねえアカウント連携ってどうやるの", "わたしのアカウント"])
def test_a_name_with_two_letters_wrong_is_another_word(text: str) -> None:
    assert neighbours_of("saitama").owner(text) is None
