"""The project's own questions: how many find their topic, their guard or their flow, and how few are answered wrongly."""

from dataclasses import replace

import pytest

from bot.guards import guard
from tests.question_bank import BANK, PREFECTURES, TODAY, Outcome, neighbours_of, questions, score

STORY = 25  # letters: more than a bare question has


@pytest.fixture(scope="module")
def held() -> list[Outcome]:
    """What comes of the half that was put aside."""
    return BANK.outcomes("hold")


@pytest.fixture(scope="module")
def guarded(held: list[Outcome]) -> list[Outcome]:
    """What comes of all that must meet a guard."""
    tuned = [BANK.ask(each) for each in questions("tune") if each.kind == "guard"]
    return [*tuned, *(outcome for outcome in held if outcome.question.kind == "guard")]


def test_questions_put_aside_find_their_topic(held: list[Outcome]) -> None:
    found = score(held)

    assert found.first >= 0.88
    assert found.shown >= 0.95


@pytest.mark.parametrize("branch", PREFECTURES)
def test_no_branch_falls_behind(held: list[Outcome], branch: str) -> None:
    assert score(outcome for outcome in held if outcome.question.branch == branch).first >= 0.8


def test_direct_answers_are_right_and_frequent(held: list[Outcome]) -> None:
    found = score(held)

    assert found.direct >= 0.6
    assert found.direct_right >= 0.96
    assert found.wrong_direct <= 0.03


def test_a_story_told_beside_a_question_does_not_keep_it_from_its_answer(held: list[Outcome]) -> None:
    found = score(outcome for outcome in held if len(outcome.question.text) >= STORY)

    assert found.first >= 0.88
    assert found.direct >= 0.7
    assert found.direct_right >= 0.93
    assert found.foreign_kept >= 0.93


def test_courtesy_changes_nothing() -> None:
    asked = questions("hold")[::8]
    courteous = [
        replace(each, text=f"お世話になっております。{each.text}。よろしくお願いいたします。")
        for each in asked
    ]

    plain, found = score(map(BANK.ask, asked)), score(map(BANK.ask, courteous))

    assert abs(found.first - plain.first) <= 0.02
    assert abs(found.direct - plain.direct) <= 0.02
    assert found.commands >= plain.commands - 0.02


def test_foreign_questions_are_not_answered(held: list[Outcome]) -> None:
    assert score(held).foreign_kept >= 0.95


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("kagawa", "保険証の有効期限が切れそう"),
        ("kagawa", "子どもを扶養に入れる手続きの書類をください"),
        ("kagawa", "1ポイントは何円ぶん？"),
        ("saitama", "住宅の貸付けの利率はどのくらいになりますか"),
        ("aichi", "ルブラ王山のプールは何時まで？"),
        ("aichi", "退職金いくらもらえる"),
        ("saitama", "ドックのあいだ下の子を預かってもらえますか"),
        ("saitama", "歯科健診でクリーニングもしてくれますか"),
        ("saitama", "ドックは何時間くらいで終わりますか"),
        ("kagawa", "QUPiOに登録したメールアドレスを新しいのに変えたい"),
        ("kagawa", "クピオのメルマガを止めたい"),
        ("kagawa", "PayPayとかに替えてもらえますか"),
        ("kagawa", "ポイントにも税金はかかりますか"),
        ("aichi", "貸付に連帯保証人はいりますか"),
        ("aichi", "福祉貯金の通帳はもらえますか"),
        ("aichi", "面談は録画されますか、ストレスドックの"),
    ],
)
def test_what_a_branch_says_nothing_of_is_left_to_the_desk(branch: str, text: str) -> None:
    assert BANK.understanding(branch).meaning(text, TODAY).action == "fallback"


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("kagawa", "扶養に入ったらポイントはどうなる"),
        ("aichi", "保険証をなくした"),
        ("aichi", "子どもを扶養に入れる手続き"),
        ("aichi", "1ポイントは何円ぶん？"),
        ("aichi", "ルブラ王山は何時まで？"),
        ("kagawa", "マイルールのポイントは翌日ですか"),
        ("aichi", "楽天ポイントで払った本は全額で申請していいの"),
        ("aichi", "ルブラ王山に駐車場ある？"),
        ("aichi", "退職したら貯金はどうなる"),
        ("saitama", "マイリフ2枚しか付いてないんだけど"),
    ],
)
def test_what_is_like_it_and_is_a_matter_of_the_branch_is_not(branch: str, text: str) -> None:
    assert BANK.understanding(branch).meaning(text, TODAY).action in ("answer", "choices", "flow")


def test_orders_open_what_they_name_and_questions_do_not(held: list[Outcome]) -> None:
    found = score(held)

    assert found.commands >= 0.96
    assert found.false_commands <= 0.02


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("aichi", "無料で話を聞いてもらえるやつを予約したいです"),
        ("aichi", "文書交換でカフェテリアの紙を出しました。着いたか見て"),
        ("saitama", "今年ひとつも使っていないのはどれ、出して"),
        ("kagawa", "夜に一回声かけてくれるようにして"),
        ("kagawa", "始めたいです、登録して"),
    ],
)
def test_a_word_alone_opens_no_talk_of_something_else(branch: str, text: str) -> None:
    """文書交換 trades no points, ひとつ is nobody, 声 no name, and who begins records nothing yet."""
    meaning = BANK.understanding(branch).meaning(text, TODAY)

    assert meaning.opens not in ("exchange", "message", "record", "points.register.changed")


def test_the_guards_are_met(guarded: list[Outcome]) -> None:
    missed = [outcome.question.text for outcome in guarded if not outcome.is_guarded]

    assert len(missed) / len(guarded) <= 0.01, missed


@pytest.mark.parametrize("kind", ["emergency", "despair"])
def test_nobody_in_danger_is_overlooked(guarded: list[Outcome], kind: str) -> None:
    missed = [
        each.question.text
        for each in guarded
        if f"guard:{kind}" in each.question.expects and not each.is_guarded
    ]

    assert missed == []


def test_hardly_any_question_meets_a_guard() -> None:
    asked = [each for each in questions() if each.kind == "topic"]

    met = [each.text for each in asked if guard(each.text, neighbours_of(each.branch))]

    assert len(met) / len(asked) <= 0.005, met


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("kagawa", "今月中に使わんとあかんポイントある？"),
        ("kagawa", "前の校長が退職してポイントが消えたって本当？"),
        ("kagawa", "会計年度の支援員さんもポイントの対象ですか"),
        ("kagawa", "血圧だけ基準外だったら点はゼロですか"),
        ("saitama", "別居中の夫も配偶者ドックの対象ですか"),
        ("saitama", "隣の学校の先生は紙でもらっているのに私は電子だけ？"),
        ("aichi", "一泊ドック糖尿の薬飲んどるけど行ける？"),
        ("aichi", "家族がうつなんですが相談できる？"),
        ("aichi", "義母が危篤でバタバタ、カフェの締切いつまで"),
        ("aichi", "校長の印は申込書に要りますか"),
        ("aichi", "子どもが喘息で吸入器を買った。カフェで出ますか"),
        ("kagawa", "養護の先生に勧められました。歩いたら何点もらえますか"),
        ("kagawa", "嫁は市役所勤めや。嫁もポイントためれる？"),
        ("saitama", "喘息で吸入してますがドックのクーポンは使っていいですか"),
    ],
)
def test_what_is_told_beside_a_question_of_the_branch_meets_no_guard(branch: str, text: str) -> None:
    assert BANK.understanding(branch).meaning(text, TODAY).action in ("answer", "choices")


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("saitama", "マイページにクーポンが出てこなくて困っています"),
        ("saitama", "復職したのにマイページが空っぽです"),
        ("saitama", "マイページはいつから見られる"),
        ("kagawa", "交換したのに商品が来なくて困っています"),
        ("kagawa", "登録したのに付かん"),
        ("aichi", "積立が引かれていなくて困っています"),
    ],
)
def test_trouble_and_questions_open_no_talk(branch: str, text: str) -> None:
    assert BANK.understanding(branch).meaning(text, TODAY).action in ("answer", "choices")
