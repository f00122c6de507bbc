"""Orders in wordings that no rule foresaw."""

from pathlib import Path

import pytest

from bot.likeness import NO_KIND
from bot.wishes import BY_HOW, WAYS, Wishes
from handlers.flows import flows_of
from handlers.taught import read_wishes
from models.branch import load_branches
from models.faq import load_faq
from models.terms import BadTerms
from settings import ROOT

SAID = [
    *(
        ("usage", f"{what}になったか確かめて{end}")
        for what in ("済", "利用")
        for end in ("", "ください", "ほしい")
    ),
    *(
        ("back", f"{what}の画面に戻して{end}")
        for what in ("前", "さっき")
        for end in ("", "ください", "ほしい")
    ),
    *(("-", f"{what}のとき何を持っていきますか") for what in ("健診", "受付", "人間ドック")),
    *(
        (BY_HOW, f"{what}の用紙を送って{end}")
        for what in ("講座", "貸付")
        for end in ("", "ください", "ほしい")
    ),
]


def test_what_is_like_orders_is_an_order() -> None:
    wishes = Wishes(SAID)

    assert wishes.of("使ったのが済になったか確かめてくれ") == ("usage",)
    assert wishes.of("年金の用紙を送ってくれ") == (BY_HOW,)
    assert wishes.of("ひとつ前の画面に戻してくれ") == ("back",)


@pytest.mark.parametrize(
    "text",
    [
        "済になったか確かめるにはどうしますか",
        "済になったか教えて",
        "健診のとき何を持っていきますか",
        "",
        "🙏",
    ],
)
def test_a_question_orders_nothing(text: str) -> None:
    assert Wishes(SAID).of(text) == ()


def test_what_is_wholly_unlike_a_well_known_order_is_denied() -> None:
    many = [
        ("exchange", f"貯まったポイントを{goods}{number}と交換したい")
        for goods in ("肉", "米")
        for number in range(150)
    ]
    wishes = Wishes([*SAID, *many])

    assert wishes.deny("exchange", "使ったのが済になったか確かめてください")
    assert not wishes.deny("exchange", "ポイントを肉と交換してほしい")
    assert not wishes.deny("usage", "ひとつ前の画面に戻してください"), "hardly known"


def test_nothing_taught_is_nothing_known() -> None:
    assert Wishes().of("済になったか確かめて") == ()


def test_what_is_taught_can_be_opened_somewhere() -> None:
    branches = load_branches(ROOT / "branches").values()
    known = {*WAYS, BY_HOW, NO_KIND}
    for branch in branches:
        known |= flows_of(branch).keys() | {entry.topic for entry in load_faq(branch.folder).entries}
    lines = (ROOT / "branches" / "wishes.txt").read_text("utf-8").splitlines()
    kinds = {line.partition(":")[0] for line in lines if line and not line.startswith("#")}

    assert {name.strip() for kind in kinds for name in kind.split(",")} <= known


def test_a_line_without_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wishes.txt").write_text("使いたい\n", "utf-8")

    with pytest.raises(BadTerms, match="種類: 文"):
        read_wishes(tmp_path)
