"""What nobody foresaw is judged by its likeness to what was said; what was said is known for certain."""

import random
import tracemalloc
from math import inf

import pytest

from bot.guards import guard, inkling, suspicion
from bot.likeness import NO_KIND, Likeness
from handlers.taught import read_likeness
from settings import ROOT

SAID = (
    ("emergency", "子どもが川に落ちた"),
    ("emergency", "父が屋根から落ちた"),
    ("medical", "この薬をやめてもいいか"),
    (NO_KIND, "クーポンを使いたい"),
    (NO_KIND, "薬の領収書は対象か"),
    (NO_KIND, "抽選に落ちたか知りたい"),
)

KANJI = [chr(letter) for letter in range(0x4E00, 0x5200)]


@pytest.fixture(scope="module")
def taught() -> Likeness:
    return read_likeness(ROOT / "branches")


def test_a_text_is_judged_by_the_letters_that_stand_together() -> None:
    likeness = Likeness(SAID)

    assert likeness.of("弟が川に落ちた")[0] == "emergency"
    assert likeness.of("弟が川に落ちた")[1] > 0
    assert likeness.of("クーポンを使った")[1] < 0


def test_what_was_said_before_is_known() -> None:
    likeness = Likeness(SAID)

    assert likeness.of("この薬をやめてもいいか？") == ("medical", inf)
    assert likeness.of("クーポンを使いたい！") == (NO_KIND, -inf)


def test_who_was_taught_nothing_suspects_nothing() -> None:
    assert Likeness().of("助けて") == (NO_KIND, 0.0)


def test_letters_of_one_script_are_not_taken_for_those_of_another() -> None:
    """び and s0 are the same bytes."""
    likeness = Likeness([("medical", "び"), (NO_KIND, "ん")])

    assert likeness.of("s0s0")[1] == likeness.of("t1t1")[1]


def test_what_many_said_takes_little_memory() -> None:
    chance = random.Random(1)
    kinds = ("medical", NO_KIND) * 200
    said = [(kind, "".join(chance.choices(KANJI, k=20))) for kind in kinds]

    tracemalloc.start()
    likeness = Likeness(said)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert likeness.of(said[0][1]) == ("medical", inf)
    assert kept < len(said) * 2_000


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("emergency", "園庭のジャングルジムで子どもの首が挟まって抜けんのよ"),
        ("despair", "ベッドに入ったまま二度と朝が来んでええわ"),
        ("others_data", "向かいの席の子、ドック行ったんかこっそり知りたいわ"),
        ("medical", "腰に貼っとる湿布と飲み薬、重ねてかまんのやろか"),
    ],
)
def test_an_unforeseen_wording_meets_its_guard(taught: Likeness, kind: str, text: str) -> None:
    found = guard(text, likeness=taught) or suspicion(text, taught) or inkling(text)

    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "朝いちで受付してもらえますか",
        "湿布の領収書は出したほうがいい？",
        "隣の市の病院でも使える？",
        "息子の分も一緒に申し込める？",
    ],
)
def test_an_everyday_question_does_not(taught: Likeness, text: str) -> None:
    assert guard(text, likeness=taught) is None
    assert suspicion(text, taught) is None


@pytest.mark.parametrize(
    "text",
    "子どもと一緒に行ける？|子どもと一緒に行きたい|子どもと一緒でもいい？|じゃあ止まらないってこと？|止まらないってこと？|"
    "消えてなくなるの？|もう無理ってこと？|ドック中に死んだらどうなるの|消えないってこと？|消えてしまうの？|無理ってこと？|"
    "もう終わりってこと？|全部なくなるってこと？|もう遅いってこと？|孫と一緒に泊まりたい|家族といっしょに使える？|"
    "もう疲れた…やり方がわからん".split("|"),
)
def test_a_short_question_that_names_nothing_of_a_life_is_no_despair(taught: Likeness, text: str) -> None:
    assert guard(text, likeness=taught) is None
    assert suspicion(text, taught) is None
    assert inkling(text) is None


@pytest.mark.parametrize(
    "text",
    "子どもと一緒に逝きたい|子どもと一緒に楽になりたい|子どもと一緒に海に行こうと思う|消えてなくなりたい|消えてなくなればいい|"
    "もう消えてなくなる方法ないかな|私なんかいらないってこと？|このまま消えるの？私|もう終わりってこと？私の人生|"
    "止まらないってこと？涙が|死んだらどうなるの|ドック中に死んだら楽なのに|もう疲れた".split("|"),
)
def test_a_short_text_of_a_life_is_despair_still(taught: Likeness, text: str) -> None:
    found = guard(text, likeness=taught)

    assert found is not None
    assert found.kind == "despair"
