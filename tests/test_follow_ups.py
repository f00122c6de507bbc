"""A short question that names nothing is asked of what was answered last, or of the talk one is in."""

from pathlib import Path

import pytest

from tests.one_chat import Rooms


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(Path(tmp_path_factory.mktemp("rooms")))


@pytest.mark.parametrize(
    ("branch", "first", "then", "expected"),
    [
        ("aichi", "福祉貯金の締切", "それはいくらまで？", "福祉貯金の限度額"),
        ("aichi", "福祉貯金の引き出しの締切", "いつ振り込まれる？", "福祉貯金の送金日"),
        ("aichi", "カフェテリアの締切", "配偶者も？", "家族が使った費用"),
        ("aichi", "福祉貯金の解約の方法は？", "いつ戻ってくる？", "福祉貯金の送金日"),
        ("kagawa", "認証コードわすれた", "いつ届く？", "はがきはいつ届くか"),
        ("aichi", "東海中央病院の心の相談", "何時まで？", "心の相談の曜日と時間"),
        ("aichi", "介護休業手当金とは", "いくら？", "介護休業手当金"),
        ("aichi", "出産費いくら？", "いくら？", "出産費の額"),
        ("aichi", "脳ドックとは", "いくら？", "脳ドックの料金"),
        ("aichi", "ドックの自己負担", "それはいつまで？", "ドックの申込締切"),
        ("aichi", "ドックの申し込み方は？", "夫の分も？", "家族のドック"),
        ("saitama", "クーポンはいつまで使える？", "配偶者も？", "配偶者が使えるクーポン"),
        ("saitama", "配偶者が使えるクーポンは？", "それはいつまで？", "クーポンの利用期間"),
        ("saitama", "クーポンの使い方は？", "いくら？", "料金・自己負担・補助の額"),
        ("aichi", "カフェテリアって何", "電話番号は？", "カフェテリアの問い合わせ"),
        ("kagawa", "ポイントはいつ消えるの？", "4月もできる？", "4月の交換停止"),
        ("aichi", "カフェテリアって何", "締切いつ？", "第1回は9月13日"),
        ("aichi", "福祉貯金の限度額は？", "いつ？", "福祉貯金の送金日"),
        ("aichi", "心の相談", "無料？", "ストレスドックの料金"),
        ("aichi", "育休手当いくら", "申請は？", "育休手当の請求"),
        ("aichi", "カフェテリアって何", "どうやって申請するの？", "カフェテリアの申請方法"),
        ("aichi", "ドックの自己負担", "締切は？", "ドックの申込締切"),
        ("aichi", "ドックの自己負担", "キャンセルしたい", "ドックのキャンセル"),
        ("aichi", "ドックの締切は", "結果はいつ？", "ドックの検査結果"),
        ("aichi", "介護休業手当金とは", "いつまで？", "給付の請求期限"),
        ("aichi", "出産費いくら？", "どうやって申請するの？", "出産費の請求方法"),
        ("aichi", "福祉貯金の限度額は？", "いつまで？", "福祉貯金の締切"),
        ("aichi", "宿泊補助いくら？", "電話番号は？", "052-954-6777"),
        ("aichi", "出産費いくら？", "電話番号は？", "052-954-6775"),
        ("kagawa", "ポイントはいつ消えるの？", "いつまで？", "ポイントの有効期限"),
        ("saitama", "マイリフレッシュって何", "いつまで？", "マイ リフレッシュの期間"),
        ("saitama", "川越で使える施設", "電話番号は？", "048-000-0011"),
        ("saitama", "秩父で使える施設", "電話番号は？", "048-000-0031"),
        ("saitama", "秩父で使える施設", "住所は？", "施設の所在地"),
        ("aichi", "ルブラ王山の場所", "住所は？", "池下駅"),
        ("aichi", "県内の宿", "住所は？", "名古屋市千種区"),
        ("aichi", "名古屋のドック", "料金は？", "ドックの自己負担"),
        ("aichi", "名古屋のドック", "費用は？", "ドックの自己負担"),
        ("aichi", "婚礼補助の額", "いつまで？", "婚礼補助の申請"),
        ("aichi", "出産費いくら？", "必要書類は？", "出産費の請求方法"),
    ],
)
def test_a_question_that_names_nothing_is_asked_of_what_is_talked_about(
    rooms: Rooms, branch: str, first: str, then: str, expected: str
) -> None:
    chat = rooms.chat(branch)
    chat.say(first)

    chat.say(then)

    assert expected in chat.words
    chat.close()


@pytest.mark.parametrize("then", ["出産費いくら？", "結婚祝いは？", "ありがとう", "ほげほげほげ"])
def test_a_question_of_another_thing_stays_one(rooms: Rooms, then: str) -> None:
    alone, after = rooms.chat("aichi"), rooms.chat("aichi")
    after.say("カフェテリアって何")

    alone.say(then)
    after.say(then)

    assert after.words == alone.words
    alone.close()
    after.close()


@pytest.mark.parametrize("then", ["締切", "予定を見る", "次の締切はいつ？", "もうすぐの締切ある？"])
def test_who_asks_for_all_deadlines_sees_them(rooms: Rooms, then: str) -> None:
    chat = rooms.chat("aichi")
    chat.say("カフェテリアって何")

    chat.say(then)

    assert "カレンダーに追加" in chat.words
    chat.close()


def test_who_asks_two_things_is_offered_both_after_choices_too(rooms: Rooms) -> None:
    chat = rooms.chat("aichi")
    chat.say("出産費と入学祝金の申請方法")

    chat.say("カフェテリアの締切と支給日")

    assert {"カフェテリアの締切", "カフェテリアの支給日"} <= {each.label for each in chat.buttons()}
    chat.close()


def test_in_a_talk_a_bare_question_is_answered_and_the_talk_goes_on(rooms: Rooms) -> None:
    chat = rooms.chat("saitama", linked=["123456"])
    chat.say("fs0007")

    chat.say("いつまで？")

    assert "クーポンの利用期間" in chat.words
    assert chat.step == "redeem.confirm_facility"
    chat.close()


def test_what_was_said_long_ago_is_talked_about_no_more(rooms: Rooms) -> None:
    chat = rooms.chat("aichi")
    chat.say("脳ドックとは")
    chat.wait(minutes=31)

    chat.say("いくら？")

    assert "脳ドックの料金" not in chat.words
    chat.close()


@pytest.mark.parametrize(
    ("branch", "first", "then", "expected"),
    [
        ("aichi", "カフェテリアの締切", "電話つながらん！いい加減にして", "電話がつながらないとき"),
        ("aichi", "ドックの申込締切", "キャンセルしたい", "ドックのキャンセル"),
        ("aichi", "ドックの申込締切", "やっぱりやめたい", "ドックのキャンセル"),
        ("aichi", "宿泊の補助券", "取り消したい", "宿泊のキャンセル"),
        ("saitama", "ドックの予約方法は？", "キャンセルしたい", "予約の変更・取消し"),
        ("kagawa", "ポイントの交換のしかた", "やっぱりやめたい", "交換の取消し"),
        ("aichi", "カフェテリアの締切", "やっぱりやめたい", "申請後の変更・取消"),
    ],
)
def test_what_was_answered_last_is_what_is_to_be_cancelled_and_what_goes_wrong_is_told(
    rooms: Rooms, branch: str, first: str, then: str, expected: str
) -> None:
    chat = rooms.chat(branch)
    chat.say(first)

    chat.say(then)

    assert expected in chat.words
    chat.close()


@pytest.mark.parametrize("text", ["やめる", "もういいです", "戻る"])
def test_a_way_out_of_nothing_is_told_so(rooms: Rooms, text: str) -> None:
    chat = rooms.chat("aichi")
    chat.say("ドックの申込締切")

    chat.say(text)

    assert "進行中の手続きはありません" in chat.words
    chat.close()


def test_a_talk_in_the_middle_is_what_is_to_be_left(rooms: Rooms) -> None:
    chat = rooms.chat("saitama", linked=("123456",))
    chat.say("fs0007")
    chat.say("予約の変更はできますか")

    chat.say("キャンセルしたい")

    assert "やめました" in chat.words
    chat.close()
