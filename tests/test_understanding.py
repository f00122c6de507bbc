"""What becomes of a question in the chat: answered, asked back once, handed over; the person's own figures first."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import insert, select

from bot import Opener, flex
from bot.dispatch import Bot
from bot.events import Event
from bot.smalltalk import REMARKS
from demo import with_simulator
from handlers.taught import read_smalltalk
from handlers.understanding import COUNSEL, Understanding
from handlers.world import World
from house import build_bots
from models import conversation, question
from models.base import Database
from models.branch import load_branches
from models.imports import import_members
from models.member import Link, person_with
from models.question import OpenQuestion
from settings import ROOT, from_environment
from tests.learnt import learnt

NOW = datetime(2024, 7, 1, 1, 0, tzinfo=UTC)
SERIAL = count(1)


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bot[World]]:
    settings = from_environment(
        {"DATA_DIR": str(tmp_path_factory.mktemp("data")), "SECRET_KEY": "for tests only"}
    )
    settings = replace(with_simulator(settings))
    return build_bots(settings, load_branches(settings.branches).values(), learn=learnt)


@pytest.fixture
def member(database: Database, bots: dict[str, Bot[World]]) -> Iterator["Member"]:
    yield Member(database, bots["saitama"])


class Member:
    """One person's chat; every text is one event."""

    def __init__(self, database: Database, bot: Bot[World]) -> None:
        self.database, self.bot, self.user_id, self.now = database, bot, f"U{next(SERIAL)}", NOW

    def say(self, text: str, message_id: str = "") -> str:
        return self._event(
            Event(f"e{next(SERIAL)}", "text", self.user_id, "token", text, message_id=message_id)
        )

    def press(self, data: str) -> str:
        return self._event(Event(f"e{next(SERIAL)}", "press", self.user_id, "token", data))

    def unsend(self, message_id: str) -> str:
        return self._event(Event(f"e{next(SERIAL)}", "unsend", self.user_id, message_id=message_id))

    def link(self, number: str) -> None:
        folder = self.bot.world.branch.folder
        import_members(self.database, "saitama", folder / "demo" / "members.csv", now=self.now)
        with self.database.transaction() as db:
            chat = conversation.load(db, "saitama", self.user_id, self.now)
            person = person_with(db, "saitama", number)
            row = {"chat_id": chat.id, "person_id": person, "linked_at": self.now, "live": True}
            db.execute(insert(Link), row)

    def kept(self) -> list[str]:
        with self.database.reading() as db:
            return list(db.execute(select(OpenQuestion.text)).scalars())

    def _event(self, event: Event) -> str:
        owed = self.database.run(lambda db: self.bot.handle(db, event, self.now))
        return "\n".join(flex.read_words(message) for message in json.loads(owed.messages)) if owed else ""


OWN = "先月ちゃんとポイントが入ったのかどうか、一か月ずつの記録を見せていただきたいです"


def unclear(bot: Bot[World]) -> str:
    """A text that is answered by choices."""
    understanding = bot.understanding
    assert isinstance(understanding, Understanding)
    for text in ("クーポンのこと", "ドックについて", "施設", "番号", "変更", "紙", "使えない", "いつ"):
        if understanding.meaning(text, date(2024, 7, 1)).action == "choices":
            return text
    raise AssertionError("no text is unclear any more: give this test another")


COURTESY = (
    "ご連絡ありがとうございます|早速のお返事ありがとうございました|お忙しいところすみません|お手数ですがよろしくお願いします|"
    "お手数をおかけします|お世話になっております。よろしくお願いいたします|お願いします|夜分に恐れ入ります|誰かいますか"
)


@pytest.mark.parametrize("branch", ["saitama", "kagawa", "aichi"])
def test_courtesy_meets_no_guard_and_opens_nothing(bots: dict[str, Bot[World]], branch: str) -> None:
    understanding = bots[branch].understanding
    assert isinstance(understanding, Understanding)

    actions = {text: understanding.meaning(text, date(2024, 7, 1)).action for text in COURTESY.split("|")}

    assert not [text for text, action in actions.items() if action in ("guard", "flow")]


def test_a_question_is_answered_with_its_figures(member: Member) -> None:
    assert "12月31日" in member.say("ドックのクーポンっていつまで使えるの？")


def test_the_answer_depends_on_the_day(member: Member) -> None:
    member.now = datetime(2023, 7, 3, 1, 0, tzinfo=UTC)

    said = member.say("クーポンはいつ付与される？")

    assert "6月1日" in said
    assert "6月3日" not in said


def test_a_linked_person_is_answered_from_the_ledger(member: Member) -> None:
    in_general = member.say("あと何枚残ってる？")
    member.link("123456")

    mine = member.say("あと何枚残ってる？")

    assert "本人 3枚" not in in_general
    assert "本人 3枚（3枚中）" in mine


@pytest.mark.parametrize(
    "text",
    [
        "あと何枚？",
        "いま何枚残ってる？",
        "歯科あと何枚",
        "ドックもう使ったっけ",
        "歯科健診もう使った？",
        "ドック残ってる？",
    ],
)
@pytest.mark.parametrize("step", ["", "クーポンを使う"])
def test_what_is_left_is_told_from_the_ledger_in_whatever_words_and_within_a_step(
    member: Member, text: str, step: str
) -> None:
    member.link("123456")
    if step:
        member.say(step)

    assert "本人 3枚（3枚中）" in member.say(text)


def test_the_points_of_a_linked_person_are_told_from_the_ledger(bots: dict[str, Bot[World]]) -> None:
    for branch in ("kagawa", "aichi"):
        understanding = bots[branch].understanding
        assert isinstance(understanding, Understanding)

        meaning = understanding.meaning("ポイント何点ある？", date(2024, 7, 1), linked=True)

        assert meaning.action == "flow" or meaning.entries[0].personal == "points", branch


@pytest.mark.parametrize(
    ("branch", "text", "topic"),
    [
        ("saitama", "病院でエラーになって今困ってる", "coupon.trouble.network"),
        ("saitama", "温泉でエラー出て使えなかった", "coupon.trouble.network"),
        (
            "saitama",
            "先週温泉いったんやけど、クーポンつかえんかった。どないなってんの",
            "coupon.trouble.network",
        ),
        ("saitama", "今病院の受付なんだけどネットつながらない", "coupon.trouble.network"),
        ("saitama", "予約してないけど行ける？", "coupon.booking.how"),
        ("saitama", "いつ返事もらえますか？", "desk.reply"),
        ("kagawa", "返事はいつ？", "desk.reply"),
        ("aichi", "返事はいつ？", "bot.reply.result"),
        ("aichi", "カフェテリア 締切", "cafeteria.plan.deadline"),
    ],
)
def test_what_is_asked_in_few_words_is_answered_by_its_very_topic(
    bots: dict[str, Bot[World]], branch: str, text: str, topic: str
) -> None:
    understanding = bots[branch].understanding
    assert isinstance(understanding, Understanding)

    meaning = understanding.meaning(text, date(2024, 7, 1))

    assert (meaning.action, meaning.entries[0].topic) == ("answer", topic)


def test_an_unclear_text_is_asked_back_once_and_then_handed_over(member: Member) -> None:
    text = unclear(member.bot)

    first, second = member.say(text), member.say(text)

    assert "どれでもない" in first
    assert "どれでもない" not in second
    assert "048-830-6703" in second


def test_a_choice_may_be_typed_as_its_number(member: Member) -> None:
    member.say(unclear(member.bot))

    said = member.say("1")

    assert "わかりませんでした" not in said
    assert "どれについて" not in said


def test_none_of_these_leads_to_the_desk_and_to_the_staff(member: Member) -> None:
    member.say(unclear(member.bot))

    said = member.say("どれでもない")

    assert "048-830-6703" in said
    assert member.kept() == ["（選択肢のどれでもない）"]


def test_what_is_not_understood_is_kept_without_the_person_and_they_are_told(member: Member) -> None:
    said = member.say("ぴよぴよ 19740122 ほげほげ 123456")

    assert "個人の情報は消して" in said
    assert len(member.kept()) == 1
    assert "123456" not in member.kept()[0]
    assert "19740122" not in member.kept()[0]


def test_a_message_taken_back_goes_from_the_staff_list(member: Member) -> None:
    member.say("ほげほげぴよぴよ", message_id="m1")

    said = member.unsend("m1")

    assert said == ""
    assert member.kept() == []


def test_a_question_inside_a_talk_is_answered_and_the_step_asked_again(member: Member) -> None:
    asked = member.say("連携")

    said = member.say("配偶者ドックは誰が使えますか")

    assert "配偶者" in said
    assert asked in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("同僚のクーポンの残りを教えて", "ほかの方"),
        ("東京支部のドックの申し込みは？", "ご所属の支部"),
        ("この数値は病気ですか", "医師"),
    ],
    ids=["others", "elsewhere", "medical"],
)
def test_guards_come_before_any_answer_also_inside_a_talk(member: Member, text: str, expected: str) -> None:
    outside = member.say(text)
    asked = member.say("連携")

    inside = member.say(text)

    assert expected in outside
    assert expected in inside
    assert asked in inside


@pytest.mark.parametrize(
    "text",
    [
        "あ" * 5_000,
        "😀😀😀",
        "https://example.com/?a=1",
        "print('x')",
        "\u200b\u202e\u200f",
        "   ",
        "hello, what is this?",
        "谢谢",
        "!!!!",
    ],
    ids=["long", "emoji", "address", "code", "invisible", "blank", "english", "chinese", "signs"],
)
def test_every_text_gets_an_answer_with_a_way_on(member: Member, text: str) -> None:
    assert member.say(text)


@pytest.mark.parametrize("text", ["ありがとうございました", "おはよう", "了解です", "すごいね君"])
def test_small_talk_is_answered_and_no_unanswered_question(member: Member, text: str) -> None:
    said = member.say(text)

    assert said == read_smalltalk(ROOT / "branches").answer(text)
    assert member.kept() == []


def test_after_small_talk_in_a_talk_the_step_is_asked_again(member: Member) -> None:
    asked = member.say("連携")

    said = member.say("ありがとうございます")

    assert said == f"{REMARKS['thanks']}\n{asked}"


def test_staff_see_alike_questions_together(database: Database) -> None:
    with database.transaction() as db:
        for text in ("健診の結果が届かない", "健診の結果まだ届かない", "駐車場はありますか"):
            question.keep(db, "saitama", "not_understood", text, "", NOW)

    with database.reading() as db:
        groups = question.groups(db, "saitama", NOW - timedelta(days=1))

    assert [len(group.texts) for group in groups] == [2, 1]


def test_an_order_of_ones_own_is_heard_where_only_a_likeness_speaks_for_a_guard(
    bots: dict[str, Bot[World]],
) -> None:
    heard = bots["kagawa"].understanding.command(OWN, NOW)

    assert bots["kagawa"].understanding.guard(OWN) is None
    assert heard
    assert heard.flow == "history"


@pytest.mark.parametrize("text", ["教頭のポイントの履歴を見せてください", "校長だけど職員の履歴を見せて"])
def test_the_order_for_what_is_another_persons_meets_its_guard(
    bots: dict[str, Bot[World]], text: str
) -> None:
    assert bots["kagawa"].understanding.guard(text)


def test_who_is_harassed_hears_of_those_who_listen_for_the_branch(bots: dict[str, Bot[World]]) -> None:
    told = {branch: bots[branch].understanding.guard("教頭にパワハラされてます") for branch in bots}

    counsel = Opener("無料で相談できるところ", "faq", (("topic", COUNSEL),))
    assert {branch for branch, reply in told.items() if reply and counsel in reply.ways} == {"aichi"}
