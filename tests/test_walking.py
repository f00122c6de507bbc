"""What a chat meets when the world changes under it, or when buttons come late: cases no talk file can set up."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import delete, select, text, update
from sqlalchemy.event import listen

from bot.flow import Chat, Flow, GoTo, Skip
from bot.questions import Choose, Retry
from bot.walk import Walk, unobserved
from models import conversation
from models.conversation import Frame, Place
from models.gifts import Order
from models.member import Membership, person_with
from models.refusals import RefusalCount
from pictures.codes import qr_png, read_codes
from tests.one_chat import OneChat, Rooms
from tests.quiet_house import BRANCH, SPRING

MEMBER, SPOUSE = "123456", "12345601"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("rooms"))


@pytest.fixture
def chat(rooms: Rooms) -> Iterator[OneChat]:
    chat = rooms.chat("saitama", linked=(MEMBER,))
    yield chat
    chat.close()


def test_whom_a_chat_holds_and_where_it_is_are_read_once_in_an_event(chat: OneChat) -> None:
    asked: list[str] = []
    listen(chat.database.engine, "checkout", lambda driver, *_: driver.set_trace_callback(asked.append))

    for said, table in (("fs0007", "facilities"), ("はい", "links"), ("選べるドック", "links")):
        asked.clear()
        chat.say(said)
        assert len([each for each in asked if f"FROM {table}" in each]) == 1, said


def leave_the_data(chat: OneChat, number: str) -> None:
    with chat.database.transaction() as db:
        db.execute(delete(Membership).where(Membership.person_id == person_with(db, "saitama", number)))


def tap(chat: OneChat, label: str) -> None:
    chat.press(next(button.data for button in chat.buttons() if button.label == label))


@pytest.mark.parametrize("opener", ["クーポンを見る", "fs0007"])
def test_a_person_whom_the_data_no_longer_name_is_sent_to_the_desk(chat: OneChat, opener: str) -> None:
    leave_the_data(chat, MEMBER)

    chat.say(opener)
    if opener == "fs0007":
        tap(chat, "はい、この施設です")

    assert "資格データに見つかりません" in chat.words
    assert "窓口に聞く" in [button.label for button in chat.buttons()]


@pytest.mark.parametrize("opener", ["クーポンを見る", "fs0031"])
def test_who_has_no_number_of_refresh_coupons_in_the_data_is_told_whom_to_ask(
    chat: OneChat, opener: str
) -> None:
    with chat.database.transaction() as db:
        this = Membership.person_id == person_with(db, "saitama", MEMBER)
        db.execute(update(Membership).where(this).values(refresh_coupons=None))

    chat.say(opener)
    if opener == "fs0031":
        tap(chat, "はい、この施設です")

    assert "「マイ リフレッシュ」の枚数が、資格データに登録されていません" in chat.words
    assert "☎ 福利課厚生担当に電話する" in chat.words


def test_of_two_people_the_one_who_is_still_in_the_data_goes_on_unasked(rooms: Rooms) -> None:
    chat = rooms.chat("saitama", linked=("200001", MEMBER))
    leave_the_data(chat, "200001")

    chat.say("クーポンを見る")

    assert "選べるドック" in chat.words
    chat.close()


def test_the_last_screen_holds_a_code_that_another_phone_reads_off_it(chat: OneChat) -> None:
    for act in ("fs0011", "はい", "利用する"):
        chat.say(act)

    chat.say("今すぐ利用する")

    parts = chat.messages[0]["contents"]["body"]["contents"]
    (code,) = [each for part in parts for each in part.get("contents", ()) if each["type"] == "image"]
    page = code["url"].removesuffix(".png")
    assert page.startswith("https://bot.example.jp/used/")
    assert code["action"]["uri"] == page
    seen = BytesIO()
    side = int(code["size"].removesuffix("px"))
    Image.open(BytesIO(qr_png(page))).convert("L").resize((side, side)).save(seen, "PNG")
    assert read_codes(seen.getvalue()) == [page]


def test_a_third_tap_on_the_last_button_still_shows_the_result(chat: OneChat) -> None:
    for act in ("fs0011", "はい", "利用する"):
        chat.say(act)
    last = chat.buttons("answer")[0].data
    chat.press(last)
    used = chat.effects()

    for _ in range(3):
        chat.press(last)
        assert "済" in chat.words
        assert "歯科健康診査" in chat.words
    chat.say("メニュー")
    chat.press(last)

    assert "済" in chat.words
    assert chat.effects() == used


def test_a_screen_shown_anew_after_its_time_holds_again_and_the_old_one_does_not(chat: OneChat) -> None:
    chat.say("fs0011")
    tap(chat, "はい、この施設です")
    old = chat.buttons("answer")[0].data
    chat.wait(minutes=16)
    chat.send("message", message={"id": "1", "type": "sticker"})
    new = chat.buttons("answer")[0].data

    chat.press(old)
    assert "前の画面のボタン" in chat.words
    assert chat.step == "redeem.staff"
    chat.press(new)

    assert chat.step == "redeem.final"


def test_returning_keeps_the_place_one_was_in(chat: OneChat) -> None:
    chat.say("fs0007")
    chat.press("open:places")
    assert chat.step == "places.product"

    chat.say("前の手続きに戻る")
    assert chat.step == "redeem.confirm_facility"
    chat.say("前の手続きに戻る")

    assert chat.step == "places.product"


def test_nothing_to_return_to_shows_the_menu(chat: OneChat) -> None:
    chat.say("前の手続きに戻る")

    assert "戻れる手続きはありません" in chat.words
    assert "クーポンを使う" in [button.label for button in chat.buttons()]


def test_a_place_of_an_earlier_release_is_forgotten(chat: OneChat) -> None:
    chat.say("fs0007")
    place = chat.place
    place.frame = place.parked = Frame("redeem", "step_that_was_removed")
    with chat.database.transaction() as db:
        conversation.save(
            db,
            conversation.load(db, "saitama", chat.user_id, chat.now).id,
            place,
            blocked=False,
            now=chat.now,
        )

    chat.say("前の手続きに戻る")
    assert "戻れる手続きはありません" in chat.words
    chat.say("メニュー")

    assert "クーポンを使う" in [button.label for button in chat.buttons()]
    assert not chat.step


def test_who_writes_after_the_last_question_has_lapsed_is_heard(chat: OneChat) -> None:
    for act in ("fs0011", "はい", "利用する"):
        chat.say(act)
    chat.wait(minutes=16)

    chat.say("死にたい")
    assert "よりそいホットライン" in chat.words or "いのち" in chat.words
    chat.say("スタッフが見ました")

    assert chat.step == "redeem.staff"


def test_where_nothing_is_going_on_the_word_on_the_button_opens_the_talk(chat: OneChat) -> None:
    chat.say("利用する")

    assert chat.step == "redeem.facility_code"


def test_the_last_answer_is_never_taken_from_half_a_word(chat: OneChat) -> None:
    for act in ("fs0011", "はい", "利用する"):
        chat.say(act)

    for half in ("利用する", "今", "利用"):
        chat.say(half)
        assert "取り消せません" in chat.words
        assert "今すぐ利用する" in chat.words
        assert chat.step == "redeem.final"

    chat.say("今すぐ利用する")
    assert "済" in chat.words


def test_what_goes_wrong_is_told_without_the_answers_of_the_talk() -> None:
    circle: Flow[None] = Flow("circle", title="circle")

    @circle.step
    def birthdate(chat: Chat[None]) -> Skip:
        return Skip("1974-01-22")

    @circle.step
    def again(chat: Chat[None]) -> GoTo[str]:
        return GoTo("again")

    walk = Walk({"circle": circle}, None, 1, BRANCH, Place(), SPRING, None, unobserved)  # type: ignore[arg-type]

    with pytest.raises(RuntimeError, match="circle") as told:
        walk.open("circle", {})

    assert "1974" not in str(told.value)


@pytest.mark.parametrize("text", ["はい", "ハイ", "うん", "OK", "お願いします。"])
def test_a_yes_answers_whichever_question_has_one(text: str) -> None:
    question = Choose("よろしいですか？", choices={"yes": "同意して進む", "no": "同意しない"})

    assert question.loosely(text) == "yes"
    assert question.loosely("いいえ") == "no"


@pytest.mark.parametrize(
    "question",
    [
        Choose("", choices={"use": "利用する"}, by_hand=True),
        Choose("", choices={"yes": "利用する"}, by_hand=True, in_full=True),
    ],
    ids=["no answer called yes", "to be given in full"],
)
def test_a_yes_never_presses_a_button_for_anybody(question: Choose) -> None:
    with pytest.raises(Retry):
        question.loosely("はい")

    assert "ご自身で" in question.objects("はい")


@pytest.mark.parametrize("text", ["窓口", "通信できないとき", "クーポンを見る"])
def test_an_answer_offers_the_menu_once(chat: OneChat, text: str) -> None:
    chat.say(text)

    assert [button.label for button in chat.buttons("open")].count("メニュー") == 1


def test_a_spending_that_is_refused_leaves_no_order(rooms: Rooms) -> None:
    chat = rooms.chat("kagawa", linked=("1234574",))
    chat.say("交換する")
    chat.say("オリーブ")
    address = {"name": "見本", "postal_code": "760-0017", "address": "見本市1", "phone": "087-000-0000"}
    chat.fill_in("address", dict(address), "送り先を入力しました")
    another_phone_spends_first(chat)

    tap(chat, "交換する")

    assert "たった今、別の画面で同じポイントが動きました" in chat.words
    assert "交換できませんでした" in chat.words
    assert chat.step == ""
    with chat.database.transaction() as db:
        assert db.execute(select(Order.id)).all() == []
        assert [tuple(row) for row in db.execute(select(RefusalCount.flow, RefusalCount.code))] == [
            ("exchange", "raced")
        ]
    chat.close()


def another_phone_spends_first(chat: OneChat) -> None:
    """From here on the database says no to every spending."""
    no = "BEGIN SELECT RAISE(ABORT, 'raced'); END"
    with chat.database.transaction() as db:
        db.execute(text(f"CREATE TRIGGER raced BEFORE INSERT ON point_entries WHEN NEW.kind = 'spend' {no}"))
