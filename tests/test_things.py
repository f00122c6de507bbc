"""An order that names somebody's or something else's thing opens nothing of the bot's."""

from collections.abc import Iterable

import pytest

from bot.lexicon import Lexicon
from bot.things import Things, things_named
from tests.question_bank import BANK, TODAY

SAID = {"menu": ("メニューを見せて", "最初のメニュー"), "orders": ("注文の状況", "頼んだ景品を取り消して")}
LEXICON = Lexicon(["exchange: 商品, 景品"])


def said(name: str) -> Iterable[str]:
    return SAID[name]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("給食のメニューを見せて", [("給食",), ("メニュー",)]),
        ("PTAの名簿を訂正したい", [("pta",), ("名簿",)]),
        ("最新の商品を見たい", [("商品",)]),
        ("囲碁大会出たい", [("囲碁", "大会")]),
        ("作品展に出したい", [("作品", "展")]),
        ("記事を1本読みたい", [("記事",)]),
        ("来週の予約を取り消して", []),
        ("川口の病院で使いたい", []),
        ("もののことをたのみたい", []),
    ],
)
def test_a_thing_is_named_by_whose_it_is_and_by_what_is_done_with_it(
    text: str, named: list[tuple[str, ...]]
) -> None:
    assert [*things_named(text)] == named


@pytest.mark.parametrize(
    ("name", "text", "foreign"),
    [
        ("menu", "給食のメニュー見せて", True),
        ("menu", "メニューを見せて", False),
        ("orders", "牛乳の注文を取り消したい", True),
        ("orders", "商品の注文を取り消したい", False),
    ],
)
def test_what_is_opened_must_know_of_the_thing(name: str, text: str, foreign: bool) -> None:
    assert Things(LEXICON, said).are_foreign(name, text) is foreign


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("saitama", "給食のメニュー見せて"),
        ("saitama", "クラスのLINEの通知を止めたい"),
        ("saitama", "ネットバンクの連携をやめたい"),
        ("saitama", "バリウムで死ぬかと思ったw 来年は胃カメラにしたい"),
        ("saitama", "登録してあるメアドを変えたい"),
        ("kagawa", "牛乳の注文を取り消したい"),
        ("aichi", "学校の図書を交換したい"),
        ("aichi", "市の広報を止めたい"),
        ("aichi", "囲碁大会出たい"),
        ("kagawa", "作品展に出したい"),
        ("aichi", "医療費のお知らせ送って"),
        ("aichi", "明後日がドックの日です。保険証のほかに何を持っていけばいいのかリストで教えてください"),
    ],
)
def test_an_order_for_another_thing_opens_no_flow(branch: str, text: str) -> None:
    assert BANK.understanding(branch).meaning(text, TODAY).action != "flow"


@pytest.mark.parametrize(
    ("branch", "text", "opens"),
    [
        ("saitama", "主人のぶんも連携したい", "link"),
        ("kagawa", "交換した品物の配達状況見せて", "orders"),
        ("kagawa", "お知らせを止めてください", "notices"),
        ("aichi", "母の特定健診の受診券もう一回送って", "checkup.voucher.from"),
        ("aichi", "保険証の再発行を頼みたい", "membership.card.trouble"),
        ("aichi", "食事補助券もらいたい", "meal.voucher.how"),
    ],
)
def test_an_order_for_a_thing_of_its_own_opens_it(branch: str, text: str, opens: str) -> None:
    assert BANK.understanding(branch).meaning(text, TODAY).opens == opens
