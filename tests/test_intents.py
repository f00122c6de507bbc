"""Questions find their topic, foreign ones do not, and orders open what they name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from bot.intents import Decision
from bot.lexicon import Lexicon
from models.faq import FaqEntry
from tests.question_bank import TODAY, index_of, openings_of, questions

NONSENSE = (
    "", " ", "?", "。。。", "😀😀😀", "\u200b\u202e", "https://example.com/?q=1", "あ" * 5_000, "ドック" * 2_000,
    "print('x') -- ; DROP TABLE", "안녕하세요", "\ud800", "0" * 100, "ー",
)  # fmt: skip


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_gets_a_decision_and_no_error(text: str) -> None:
    index = index_of("aichi")

    assert openings_of("aichi").command(text, TODAY) is None
    assert index.ask(text, on=TODAY).action in ("fallback", "choices", "answer")


def test_an_answer_is_of_the_edition_that_holds_on_the_day() -> None:
    index = index_of("saitama")

    for day in (date(2023, 7, 1), date(2024, 7, 1)):
        assert all(topic.holds(day) for topic, _ in index.ask("クーポンはいつまで使えますか", on=day).ranked)


def test_the_step_one_is_in_shifts_the_ranking() -> None:
    index = index_of("saitama")
    plain = index.ask("何枚?", on=TODAY)
    topic = next(topic for topic, _ in plain.ranked if "redeem.quantity" in topic.steps)

    within = index.ask("何枚?", on=TODAY, step="redeem.quantity")

    assert dict(_places(within))[topic.topic] < dict(_places(plain))[topic.topic]


def test_threads_that_ask_at_once_get_the_same_decisions() -> None:
    index = index_of("kagawa")
    texts = [question.text for question in questions("hold")][:200]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: index.ask(text, on=TODAY), texts))

    assert together == [index.ask(text, on=TODAY) for text in texts]


def test_the_longest_way_of_typing_counts() -> None:
    lexicon = Lexicon(["dock: ドック", "stressdock: ストレスドック", "?when: いつ", "_: 電子", "child: 子"])

    reading = lexicon.read("ｽﾄﾚｽﾄﾞｯｸいつ 電子")

    assert reading.ideas == frozenset({"stressdock"})
    assert reading.cues == frozenset({"?when"})


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("子宮がんの検診を申し込みたい", "checkup.organ.how"),
        ("傷病手当金の請求書を送ってほしい", "benefit.sick.amount"),
        ("入学祝金の申請をします", "benefit.school.amount"),
        ("老眼で字が小さくて見づらいのですが、弔慰金を請求したいです", "benefit.death.amount"),
        ("休み時間が終わりそうなので組合員証を再発行してください", "membership.card.trouble"),
        ("電話がつながらなかったので、装具代を申請する手続きをお願いします", "benefit.selfpaid.how"),
        ("育休延長したので手当の申請", "benefit.childcare.how"),
        ("会食の補助券ちょうだい、来週歓迎会なんで", "meal.voucher.how"),
        ("カフェテリアの申請書のPDFください", "cafeteria.form.where"),
        ("車検の予約をしたい", None),
        ("子宮がんの検診はどうやって申し込むの", None),
    ],
)
def test_an_order_that_no_flow_takes_is_told_how_it_is_done_today(text: str, topic: str | None) -> None:
    assert openings_of("aichi").command(text, TODAY) == topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("はるさきの脳ドックいくらする？", "dock.facility21.amount"),
        ("宇野病院の脳ドックの料金", "dock.facility22.amount"),
        ("脳ドックいくら", "dock.brain.amount"),
    ],
)
def test_the_one_that_is_named_is_told_before_all_of_its_kind(text: str, topic: str) -> None:
    assert index_of("aichi").ask(text, on=TODAY).choices[0].topic == topic


def _places(decision: Decision[FaqEntry]) -> list[tuple[str, int]]:
    return [(topic.topic, place) for place, (topic, _) in enumerate(decision.ranked)]


@pytest.mark.parametrize(
    ("branch", "text", "both"),
    [
        (
            "saitama",
            "予約の電話で最初に何て言えばいいんでしたっけ？手元に用意するものもあれば教えてください",
            ("coupon.booking.say", "coupon.booking.bring"),
        ),
        (
            "saitama",
            "ドックはいつまで使えますか？あと、マイリフは何枚もらえますか？",
            ("coupon.dock.period", "coupon.refresh.count"),
        ),
        (
            "aichi",
            "育休手当はいくらですか？いつまで出ますか？",
            ("benefit.childcare.amount", "benefit.childcare.expiry"),
        ),
        (
            "aichi",
            "カフェテリアの締切はいつですか。それとプロテインは対象になりますか",
            ("cafeteria.plan.deadline", "cafeteria.supplement.what"),
        ),
        (
            "saitama",
            "女性がん検診とドック、同じ日に受けれる？あと予約はどこに電話するん？",
            ("coupon.redeem.second", "coupon.booking.how"),
        ),
        ("kagawa", "いつ消えるの？あと交換は4月もできる？", ("points.expiry", "points.exchange.april")),
        ("aichi", "出産費いくら、扶養の手続きは？", ("benefit.birth.amount", "dependent.declare.how")),
        ("aichi", "宿泊補助とカフェテリアの締切", ("lodging.subsidy.amount", "cafeteria.plan.deadline")),
        ("aichi", "ドックとカフェテリアの締切は？", ("dock.apply.deadline", "cafeteria.plan.deadline")),
        ("aichi", "ドックの締切、あとカフェテリアは？", ("dock.apply.deadline", "cafeteria.plan.deadline")),
        ("aichi", "出産費と育休手当金いくら", ("benefit.birth.amount", "benefit.childcare.amount")),
        ("aichi", "福祉貯金の締切と送金日", ("savings.withdraw.deadline", "savings.withdraw.payment")),
        ("saitama", "歯科とドックはいつまで", ("coupon.dental.period", "coupon.dock.period")),
    ],
)
def test_of_two_questions_both_are_offered(branch: str, text: str, both: tuple[str, str]) -> None:
    decision = index_of(branch).ask(text, on=TODAY)

    assert decision.action == "choices"
    assert tuple(topic.topic for topic in decision.choices[:2]) == both


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("aichi", "主人が入院しました。高額療養費の申請は必要ですか？"),
        ("kagawa", "はがきがまだ届きません。いつ届きますか？"),
        ("saitama", "スマホを忘れました。どうしたらいいですか？"),
        ("aichi", "互助会と共済組合の違い"),
        ("aichi", "育休と産休の掛金"),
        ("aichi", "妻と子どもを扶養に入れる手続き"),
        ("saitama", "ドックと女性がん検診は両方使える？"),
        ("saitama", "番号と生年月日を入れるの？"),
        ("aichi", "カフェテリアどうやって出すの"),
        ("saitama", "歯のやつ何月から使えた？"),
        ("saitama", "歯科健康診査とはどういうものでしょうか"),
        ("aichi", "会食の割引、当日の手順"),
    ],
)
def test_a_question_after_its_story_is_one_question(branch: str, text: str) -> None:
    assert index_of(branch).ask(text, on=TODAY).action == "answer"


@pytest.mark.parametrize(
    ("branch", "text", "topic"),
    [
        ("saitama", "ドックの券いつから使えるんだっけ", "coupon.dock.period"),
        ("saitama", "人間ドックの分いつ付いたの", "coupon.grant.when"),
        ("saitama", "歯科のクーポンっていつ入ったんでしょうか", "coupon.grant.when"),
        ("aichi", "医療費の払い戻しは自分で請求するんですか", "benefit.refund.payment"),
        (
            "aichi",
            "領収書が息子の名前になってるんですがカフェテリアに出せますか？払ったのは私です",
            "cafeteria.name.bring",
        ),
        (
            "saitama",
            "今病院の受付で、地下で圏外になっててクーポンが使えません、どうしたらいい？",
            "coupon.trouble.network",
        ),
    ],
)
def test_the_day_of_a_coupon_and_its_period_are_told_apart_and_a_story_hides_no_question(
    branch: str, text: str, topic: str
) -> None:
    decision = index_of(branch).ask(text, on=TODAY)

    assert decision.action == "answer"
    assert decision.choices[0].topic == topic


@pytest.mark.parametrize("text", ["教頭に怒られた〜 締切いつまでだっけ", "次の締切いつ"])
def test_a_deadline_of_nothing_named_is_looked_up_among_all(text: str) -> None:
    assert openings_of("saitama").command(text, TODAY) == "deadlines"


def test_a_deadline_of_what_is_named_is_a_question() -> None:
    assert openings_of("aichi").command("人間ドック 〆切", TODAY) is None


def test_when_a_coupon_was_given_opens_no_list_of_uses() -> None:
    assert openings_of("saitama").command("マイリフはいつ付いた？", TODAY) is None


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("saitama", "ドックの券っていつから使えていつ終わるんですか？うちの学校忙しくてまだ行けてなくて"),
        ("saitama", "ドックの予約ってもう取れますか？早めに動いておきたくて"),
        ("aichi", "締切の日をまちがえていて、三日も過ぎていました。今から出しても受け付けてもらえますか"),
        ("saitama", "番号入れても「該当なし」になる"),
        ("aichi", "八日締めで二十日に入金、の理解でいいですか。貯金の払戻し"),
        ("aichi", "福祉貯金おろしたい 8日締切の送金日は"),
    ],
)
def test_what_is_told_beside_a_question_opens_nothing(branch: str, text: str) -> None:
    assert openings_of(branch).command(text, TODAY) is None
    assert openings_of(branch).wish(text, TODAY) is None


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("kagawa", "直接話を聞きたいんですが、どこの何という係に電話したらええか教えてもらえますか"),
        ("saitama", "健診機関ごとの予約開始日が知りたいです"),
        (
            "aichi",
            "毎月の積立を三万円から五万円に増やしたいのですが、福祉貯金の積立額の変え方を教えてください",
        ),
    ],
)
def test_who_asks_to_be_told_in_a_sentence_has_the_sure_answer(branch: str, text: str) -> None:
    index = index_of(branch)

    assert index.ask(text, on=TODAY).action == "answer"
    assert openings_of(branch).command(text, TODAY) is None
    assert openings_of("kagawa").command("ポイントの残高を教えてください", TODAY) == "points"


@pytest.mark.parametrize(
    ("branch", "text", "topic"),
    [
        (
            "saitama",
            "年末ぎりぎりの12月28日に予約が取れたのですけど、まだクーポンは使えますよね",
            "coupon.dock.period",
        ),
        ("saitama", "3月30日に温泉に行くのですが、リフレッシュの券は使えますか", "coupon.refresh.period"),
        (
            "saitama",
            "6月25日にドックの予約が取れそうなんですが、その日でもクーポンは使えますよね",
            "coupon.dock.period",
        ),
    ],
)
def test_whether_something_can_be_used_on_a_day_asks_for_its_period(
    branch: str, text: str, topic: str
) -> None:
    decision = index_of(branch).ask(text, on=TODAY)

    assert decision.choices[0].topic == topic


@pytest.mark.parametrize(
    ("branch", "text", "topic"),
    [
        (
            "saitama",
            "クーポンはいつ頃もらえるのでしょうか？四月に異動してきてまだよくわからなくて",
            "coupon.grant.when",
        ),
        ("kagawa", "県外に引っ越して別の県の先生になる。ポイントはどうなるん", "points.retire"),
        (
            "saitama",
            "えっと、歯のほうのクーポンって何月から使えて何月まで使えるんでしょう？担任してるとなかなか行けなくて",
            "coupon.dental.period",
        ),
    ],
)
def test_the_one_question_of_a_story_is_as_sure_as_alone(branch: str, text: str, topic: str) -> None:
    decision = index_of(branch).ask(text, on=TODAY)

    assert decision.action == "answer"
    assert decision.choices[0].topic == topic


@pytest.mark.parametrize(
    ("branch", "text", "topic"),
    [
        ("aichi", "九州で安く泊まれる宿さがしといて", "lodging.kyushu.where"),
        ("aichi", "結婚資金ちょっと足りん、共済で貸して", "loan.marriage.amount"),
        ("saitama", "券が付いていないので付けてください", "coupon.missing"),
    ],
)
def test_what_is_wished_for_is_answered_where_it_is_clearly_ahead(branch: str, text: str, topic: str) -> None:
    decision = index_of(branch).ask(text, on=TODAY)

    assert (decision.action, decision.wished, decision.choices[0].topic) == ("answer", True, topic)
