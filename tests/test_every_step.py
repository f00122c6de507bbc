"""At every step of every flow: each thing a person may do there has its one defined answer, and does no harm."""

import copy
import json
import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

import pytest

from bot.diagram import _kinds
from bot.helplines import ANSWERS
from bot.questions import Question, SentPicture, Type
from handlers.flows import flows_of
from models.branch import load_branches
from models.point_pages import Purpose
from models.staff import Role
from settings import ROOT
from simulator.errors import LineError
from simulator.message_limits import checked
from tests.announced import announced, send_numbers
from tests.desk_scene import ask_back, lay_on_the_desk
from tests.line_schema import VARIABLE, errors
from tests.one_chat import Json, OneChat, Rooms

MEMBER, SPOUSE, WOMAN, YOUNG, PART_TIME = "123456", "12345601", "200001", "1234574", "200041"
FAQ = "電子クーポンはアプリがいりますか"
ROW, MOST_ROWS = 36, 14  # half-widths of a phone's line; lines of a card without its buttons


@dataclass(frozen=True)
class Scene:
    """How things stand when a talk begins."""

    branch: str
    linked: tuple[str, ...] = ()
    elsewhere: bool = False
    used: bool = False
    ordered: int = 0
    ruled: bool = False
    staff: tuple[Role, ...] = ()
    wished: int = 0  # corrections of a member's use that wait for a second yes
    desk: bool = False  # others have left something at the desk
    announced: bool = False  # others have written broadcasts
    asked_back: str = ""  # whose request for paper coupons the desk has asked back about


SCENES = (
    Scene("saitama"),
    Scene("saitama", (MEMBER,)),
    Scene("saitama", (MEMBER, SPOUSE)),
    Scene("saitama", (WOMAN,), used=True),
    Scene("saitama", (MEMBER, SPOUSE), elsewhere=True),
    Scene("kagawa"),
    Scene("kagawa", ("1234567",)),
    Scene("kagawa", (YOUNG,), ordered=1, ruled=True),
    Scene("kagawa", (YOUNG, "1234568"), ordered=2),
    Scene("aichi"),
    Scene("aichi", ("12345678",)),
    Scene("saitama", staff=("desk", "approver", "drafter"), desk=True),
    Scene("saitama", (MEMBER, PART_TIME), asked_back=MEMBER),
    Scene("saitama", staff=("desk", "approver"), wished=2),
    Scene("saitama", staff=("approver", "drafter"), announced=True),
)
TYPED = {
    "redeem.facility_code": ("fs0007", "fs0031", "体験の家"),
    "places.search": ("川越",),
    "record.value": ("12",),
    "steps.count": ("8500",),
    "correction.number": (MEMBER,),
    "outage.number": (MEMBER,),
    "outage.place": ("7",),
    "paper.words": ("端末の操作がむずかしいため",),
    "paper_answer.answer": ("持っていません",),
    "message.words": ("任期の更新のことで伺います",),
    "staff_paper.words": ("くわしく教えてください",),
    "staff_messages.words": ("お電話します",),
    "staff_questions.words": ("北側にあります",),
    "savings_limit.balance": ("785万円",),
    "savings_limit.monthly": ("10万円",),
    "savings_limit.withdrawn": ("100万円",),
    "broadcast.title": ("見学会のご案内",),
    "broadcast.text": ("見学会を行います。",),
    "broadcast.target": ("https://example.com/", "048-000-0000"),
    "broadcast.label": ("くわしく見る",),
    "broadcast.detail": ("40-49", "見本"),
    "broadcast.hour": ("10:00", "23:00"),
    "broadcast.reason": ("台風のため",),
    "broadcasts.words": ("見学会",),
}
PICKED = {"outage.day": "2024-07-01"}
FILLED: dict[str, tuple[Purpose, dict[str, object], str]] = {
    "exchange.address": (
        "address",
        {"name": "見本", "postal_code": "760-0017", "address": "見本市1", "phone": "087-000-0000"},
        "送り先を入力しました",
    ),
    "checkup.values": ("checkup", {"bmi": 22.0, "ldl": 200.0}, "健診結果を入力しました"),
}


def asking_steps() -> dict[str, bool]:
    """flow.step of every step whose annotation says that it asks, and whether every text is an answer there."""
    found: dict[str, bool] = {}
    for branch in load_branches(ROOT / "branches").values():
        for flow in flows_of(branch).values():
            for name, step in flow.steps.items():
                kinds = _kinds(get_type_hints(step)["return"])
                if any(_asks(kind) for kind in kinds):
                    found[f"{flow.name}.{name}"] = Type in kinds
    return dict(sorted(found.items()))


def _asks(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Question)


STEPS = asking_steps()
FREE_TEXT = {step for step, takes_all in STEPS.items() if takes_all}

# Talks that only a button with its answers leads into.
OPENED = ("broadcast_act?broadcast=1&act=cancel", "broadcast_missed?broadcast=3")

# In a long talk only the answer that leads to a step makes it another one.
LEADS = {
    "broadcast": {
        **dict.fromkeys(("target", "label"), "button"),
        "by": "audience",
        **dict.fromkeys(("detail", "exactly", "counted_on", "numbers", "side"), "by"),
        **dict.fromkeys(("day", "hour", "night", "reason", "preview"), "timing"),
    }
}

TAKEN: set[str] = set()  # messages that have been checked once

Move = Callable[[OneChat], object]


class Paths:
    """How to come to every step: found by walking from every opener through every answer."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.found: dict[str, OneChat] = {}
        self.said: list[list[Json]] = []
        for scene in SCENES:
            self._explore(scene)

    def to(self, step: str) -> OneChat:
        """A chat that has just been asked this step."""
        assert step in self.found, f"no way to {step} was found: give a scene or what is typed there"
        return self.rooms.copy(self.found[step])

    def _explore(self, scene: Scene) -> None:
        start = self.rooms.chat(
            scene.branch,
            linked=scene.linked,
            elsewhere=scene.elsewhere,
            used=scene.used,
            ordered=scene.ordered,
            ruled=scene.ruled,
            staff=scene.staff,
        )
        if scene.desk:
            lay_on_the_desk(start)
        if scene.wished:
            start.wish_corrections(MEMBER, scene.wished)
        if scene.announced:
            announced(start)
        if scene.asked_back:
            ask_back(start, scene.asked_back)
        start.close(keep=True)
        openers = (*start.bot.flows, *(OPENED if scene.announced else ()))
        waiting = [(start, _pressing(f"open:{name}")) for name in openers]
        seen: set[str] = set()
        while waiting:
            before, move = waiting.pop(0)
            chat = self.rooms.copy(before)
            move(chat)
            self.said.append(chat.messages)
            step, here = chat.step, _here(chat)
            chat.close(keep=True)
            if step and here not in seen:
                seen.add(here)
                self.found.setdefault(step, chat)
                waiting += [(chat, each) for each in _moves(chat, step)]


def _here(chat: OneChat) -> str:
    """Where a chat stands; a page's random id does not count."""
    frame = chat.place.frame
    if frame and frame.flow in LEADS:
        lead = frame.answers.get(LEADS[frame.flow].get(frame.step, ""))
        return f"{chat.step} {lead}"  # what was chosen long before does not matter here
    answers = {step: answer for step, answer in frame.answers.items() if step != "page"} if frame else {}
    return f"{chat.step} {answers}"


def _moves(chat: OneChat, step: str) -> Iterator[Move]:
    """The answers of the present question."""
    for typed in TYPED.get(step, ()):
        yield lambda chat, typed=typed: chat.say(typed)  # type: ignore[misc]
    if step in FILLED:
        yield lambda chat: chat.fill_in(*FILLED[step])
    if step == "broadcast.numbers":
        yield send_numbers
    if step == "broadcast.picture":
        yield lambda chat: chat.photo((), SentPicture(b"jpeg", "image/jpeg", 1024, 768))
    for place, button in enumerate(chat.buttons("answer")):
        if button.is_date:
            day = PICKED.get(step, "2024-08-01")
            yield lambda chat, day=day: chat.press(chat.buttons("answer")[0].data, day)  # type: ignore[misc]
        else:
            yield lambda chat, place=place: chat.press(chat.buttons("answer")[place].data)  # type: ignore[misc]


def _pressing(data: str) -> Move:
    return lambda chat: chat.press(data)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return Paths(Rooms(tmp_path_factory.mktemp("rooms")))


@pytest.fixture(params=STEPS)
def step(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def chat(paths: Paths, step: str) -> Iterator[OneChat]:
    """A chat at the step; afterwards it must still answer, and LINE must take all that was said."""
    chat = paths.to(step)
    assert chat.step == step
    yield chat
    chat.now = chat.now.replace(year=2025)  # whatever happened: a year later the menu comes
    assert "メニュー" in text_of(chat, chat.say("メニュー"))
    for messages in chat.said:
        line_takes(messages)
    chat.close()


@pytest.fixture
def unharmed(chat: OneChat) -> Iterator[None]:
    before = chat.effects()
    yield
    assert chat.effects() == before


def text_of(chat: OneChat, messages: list[Json]) -> str:
    assert messages is chat.messages
    return chat.words


def line_takes(messages: list[Json]) -> None:
    said = json.dumps(messages)
    if said in TAKEN:
        return
    try:
        checked(copy.deepcopy(messages))
    except LineError as error:
        pytest.fail(f"LINE would refuse this: {vars(error)}")
    if os.environ.get(VARIABLE):
        body = {"replyToken": "x", "messages": messages}
        assert not errors("messaging-api.yml", "ReplyMessageRequest", body)
    TAKEN.add(said)


# Ways out


@pytest.mark.usefixtures("unharmed")
def test_the_talk_can_be_left(chat: OneChat) -> None:
    chat.say("やめる")

    assert "やめました" in chat.words
    assert not chat.step
    assert chat.buttons("open")


@pytest.mark.usefixtures("unharmed")
def test_one_can_go_back(chat: OneChat, step: str) -> None:
    chat.say("戻る")

    assert chat.step
    assert chat.step != step or "最初の画面" in chat.words


@pytest.mark.usefixtures("unharmed")
def test_one_can_begin_anew(chat: OneChat, step: str) -> None:
    chat.say("はじめから")

    assert chat.step.startswith(step.split(".")[0])


@pytest.mark.usefixtures("unharmed")
def test_another_talk_opens_at_once_and_leads_back(chat: OneChat, step: str) -> None:
    before = chat.place.frame
    chat.press("open:desk")
    assert "窓口" in chat.words or "担当" in chat.words or "グループ" in chat.words
    assert not chat.step

    back = [button for button in chat.buttons("way") if button.label == "前の手続きに戻る"]
    resumable = chat.bot.flows[step.split(".")[0]].resumable
    assert bool(back) == resumable
    if back:
        chat.press(back[0].data)
        assert chat.step == step
        after = chat.place.frame
        assert before is not None
        assert after is not None
        assert after.answers == before.answers


# Texts


@pytest.mark.usefixtures("unharmed")
def test_nonsense_is_told_what_to_do(chat: OneChat, step: str) -> None:
    if step in FREE_TEXT:
        pytest.skip("every text is an answer here")

    chat.say("ほげほげほげ")

    assert chat.step == step
    assert len(chat.messages) >= 2


@pytest.mark.usefixtures("unharmed")
def test_a_question_is_answered_and_the_step_asked_again(chat: OneChat, step: str) -> None:
    if step in FREE_TEXT or chat.bot.branch != "saitama":
        pytest.skip("every text is an answer here, or the question is another branch's")

    chat.say(FAQ)

    assert "アプリ" in chat.words
    assert chat.step == step


@pytest.mark.usefixtures("unharmed")
def test_my_number_is_refused(chat: OneChat, step: str) -> None:
    chat.say("１２３４　５６７８　９０１８")

    assert "マイナンバー" in chat.words
    assert chat.step == step


# Events without words


WORDLESS: tuple[Json, ...] = (
    {"type": "sticker", "packageId": "1", "stickerId": "2", "stickerResourceType": "STATIC"},
    {"type": "location", "latitude": 35.8, "longitude": 139.6, "address": "埼玉県"},
    {"type": "video"},
    {"type": "hologram", "depth": 3},
    {"type": "text"},
)


@pytest.mark.usefixtures("unharmed")
def test_what_is_no_word_leaves_the_question_standing(chat: OneChat, step: str) -> None:
    for message in WORDLESS:
        chat.send("message", message={"id": "1", **message})

        assert "文字かボタン" in chat.words, message
        assert chat.step == step


@pytest.mark.usefixtures("unharmed")
def test_a_photo_without_our_code_leaves_the_question_standing(chat: OneChat, step: str) -> None:
    lost, without, foreign = None, (), ("https://example.com/",)
    for codes in (lost, without, foreign):
        chat.photo(codes)

        assert "写真" in chat.words or "台紙" in chat.words, codes
        assert chat.step == step


@pytest.mark.usefixtures("unharmed")
def test_a_photo_of_a_poster_opens_its_facility(chat: OneChat) -> None:
    if chat.bot.codes is None:
        pytest.skip("nothing is printed here")

    chat.photo(("https://line.me/R/oaMessage/%40x/?fs0011",))

    assert "見本歯科医院" in chat.words
    assert chat.step == "redeem.confirm_facility"


# Buttons


@pytest.mark.usefixtures("unharmed")
def test_a_button_of_an_earlier_turn_changes_nothing(chat: OneChat, step: str) -> None:
    old = [button for messages in chat.said[:-1] for button in _buttons_of(chat, messages)]
    turn = chat.place.turn
    for data in (*old, f"answer:{step.replace('.', ':')}:{turn - 1}:yes", f"way:{turn - 1}:quit"):
        chat.press(data)

        assert "前の画面のボタン" in chat.words
        assert chat.step == step


def _buttons_of(chat: OneChat, messages: list[Json]) -> list[str]:
    kept, chat.messages = chat.messages, messages
    found = [button.data for button in chat.buttons("answer")]
    chat.messages = kept
    return found


def test_the_same_button_twice_acts_once(chat: OneChat) -> None:
    answers = [button for button in chat.buttons("answer") if not button.is_date]
    for button in answers[:1]:
        chat.press(button.data)
        after = chat.effects()

        assert chat.press(button.data)
        assert chat.effects() == after


GARBAGE = (
    "",
    "x",
    "answer:",
    "answer:redeem:nowhere:{turn}:yes",
    "answer:{step}:{turn}:gibberish",
    "open:nowhere?x=1",
    "way:{turn}:up",
    "answer:{step}:" + "9" * 40 + ":now",
    "answer:" + "a" * 293,
)
OPENERS = {
    "all answers at once": "open:redeem?facility_code=fs0007&confirm_facility=yes&person=1&content=1day&quantity=one"
    "&several=1&staff=use&final=now",
    "another's person": "open:coupons?person=3",
    "another's use": "open:usage?redemption=abc",
    "unlink by opener": "open:unlink?who=1&sure=yes",
    "disown by opener": "open:disown?which=1&certain=yes",
    "broken code": "open:redeem?facility_code=%00%ff&confirm_facility=yes",
    "signs": "open:places?product=nothing&search=%25_'\"",
}
SORRY = "うまく処理できませんでした"


@pytest.mark.usefixtures("unharmed")
def test_a_button_with_garbage_is_answered_and_leaves_the_question_standing(chat: OneChat, step: str) -> None:
    for data in GARBAGE:
        turn = str(chat.place.turn)

        assert chat.press(data.replace("{turn}", turn).replace("{step}", step.replace(".", ":")))
        assert SORRY not in chat.words, data
        assert chat.step == step, data


@pytest.mark.usefixtures("unharmed")
def test_an_opener_with_forged_answers_does_nothing(chat: OneChat) -> None:
    for what, data in OPENERS.items():
        assert chat.press(data), what
        assert SORRY not in chat.words, what


# Events that come at odd times

RESUMED = {"redeem.final": "redeem.staff"}  # what the staff saw holds for 15 minutes


def test_a_redelivered_event_is_handled_once(chat: OneChat) -> None:
    before, effects = chat.place, chat.effects()

    heard = chat.deliver({**chat.last, "deliveryContext": {"isRedelivery": True}})

    assert not heard
    assert chat.place == before
    assert chat.effects() == effects


@pytest.mark.usefixtures("unharmed")
def test_after_three_hours_one_is_asked_how_to_go_on(chat: OneChat, step: str) -> None:
    acts: list[Move] = [
        lambda chat: chat.say("1"),
        lambda chat: chat.send("message", message={"id": "1", "type": "sticker"}),
    ]
    if chat.buttons("answer"):
        acts.append(lambda chat: chat.press(chat.buttons("answer")[0].data))
    for act in acts:
        before = chat.step
        chat.wait(hours=3, minutes=1)
        act(chat)

        assert "途中です" in chat.words
        assert [each.label for each in chat.buttons("way")] == ["続きから", "はじめから", "やめる"]
        assert chat.step == before
        chat.press(chat.buttons("way")[0].data)
        assert chat.step == RESUMED.get(step, step)
        assert "途中です" not in chat.words


@pytest.mark.parametrize(
    "text", ["もう全部おわりにしたいです", "毎日つらくて泣いてばかり"], ids=["sure", "low"]
)
def test_despair_is_heard_before_a_way_out(paths: Paths, text: str) -> None:
    """The helplines stand alone, and what one was doing waits."""
    chat = paths.to("redeem.staff")
    question = chat.words
    chat.say(text)
    assert chat.words == ANSWERS["despair"]
    assert [each.label for each in chat.buttons("way")] == ["続きから"]
    chat.press(chat.buttons("way")[0].data)
    assert chat.words == question
    chat.wait(hours=3, minutes=1)

    chat.say("もう全部おわりにしたいです")

    assert ANSWERS["despair"] in chat.words
    assert chat.step == "redeem.staff"
    chat.close()


@pytest.mark.usefixtures("unharmed")
def test_unsending_is_silent_and_leaves_the_place(chat: OneChat) -> None:
    before = chat.place

    heard = chat.send("unsend", unsend={"messageId": "1"})

    assert not heard
    assert chat.place == before


@pytest.mark.usefixtures("unharmed")
def test_standby_mode_is_silent(chat: OneChat) -> None:
    before = chat.place

    heard = chat.send("message", mode="standby", message={"id": "1", "type": "text", "text": "1"})

    assert not heard
    assert chat.place == before


@pytest.mark.usefixtures("unharmed")
def test_a_group_is_told_nothing_personal(chat: OneChat) -> None:
    before = chat.place
    group = {"type": "group", "groupId": "C" + "1" * 32, "userId": chat.user_id}

    assert not chat.send("message", source=group, message={"id": "1", "type": "text", "text": "1"})
    chat.send("message", source=group, message={"id": "2", "type": "text", "text": "連携"})

    assert "グループではご案内できません" in chat.words
    assert chat.place == before


@pytest.mark.usefixtures("unharmed")
def test_a_follow_greets_and_a_leaver_hears_nothing(chat: OneChat) -> None:
    assert not chat.send("unfollow")
    chat.send("follow", follow={"isUnblocked": True})

    assert "友だち追加" in chat.words


@pytest.mark.usefixtures("unharmed")
def test_a_link_event_with_a_foreign_nonce_links_nobody(chat: OneChat, step: str) -> None:
    for result in ("ok", "failed"):
        chat.send("accountLink", link={"result": result, "nonce": "nobody's"})

        assert "連携できませんでした" in chat.words, result
        assert chat.step == step


# How it looks


def test_every_answer_on_every_way_fits_line_and_a_phone(paths: Paths) -> None:
    for messages in paths.said:
        line_takes(messages)
        tall = [message["altText"] for message in messages if rows_of(message) > MOST_ROWS]
        assert not tall, "\n\n".join(tall)


@pytest.mark.usefixtures("unharmed")
def test_the_question_fits_a_phone(chat: OneChat) -> None:
    for message in chat.messages:
        assert rows_of(message) <= MOST_ROWS, chat.words


def rows_of(message: Json) -> int:
    """The lines of a bubble's words on a phone, buttons left out; of the tallest card of a carousel."""
    contents = message.get("contents", {})
    bubbles = contents.get("contents", []) if contents.get("type") == "carousel" else [contents]
    return max(
        (sum(_rows(part) for part in bubble.get("body", {}).get("contents", [])) for bubble in bubbles),
        default=0,
    )


def _rows(part: Json) -> int:
    if part.get("type") == "text":
        return sum(-(-max(_width(line), 1) // ROW) for line in part["text"].split("\n"))
    if part.get("layout") == "horizontal":
        shares = [(each, each.get("flex", 1)) for each in part["contents"] if each.get("type") == "text"]
        return max(
            (
                -(-_width(each["text"]) * 10 // (ROW * (share if len(shares) > 1 else 10)))
                for each, share in shares
            ),
            default=0,
        )
    return 0  # the box of buttons


@cache
def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)
