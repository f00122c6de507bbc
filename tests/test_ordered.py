"""Orders as they are spoken: clipped and kana nouns, verbs in dialect, the reason told first."""

import pytest

from bot.mood import asks, is_an_order, ordered_for_a_reason
from bot.ways import way_of
from tests.question_bank import BANK, TODAY


def opened(branch: str, text: str) -> str | None:
    """What the text opens, or the topic that answers it."""
    meaning = BANK.understanding(branch).meaning(text, TODAY)
    return way_of(text) or meaning.opens


@pytest.mark.parametrize(
    ("branch", "text", "name"),
    [
        # what one is let do, does at once, or must do
        ("kagawa", "ルールえらばして", "rules"),
        ("kagawa", "健康記事を1本よんどくわ", "article"),
        ("kagawa", "ポイントかえとく", "exchange"),
        ("saitama", "連携の登録せんといかん", "link"),
        ("saitama", "紙クーポン送ったって", "paper"),
        ("aichi", "予定みとくわ", "deadlines"),
        # what is told before the order
        ("kagawa", "記事よんだからつけといて", "article"),
        ("kagawa", "教員をやめて実家を継ぐもんで、ポイントを片付けときたい", "retiring"),
        ("saitama", "先に残ってる枚数だけ知っときたいので、クーポンの画面までとばして", "coupons"),
        ("saitama", "映画館のチケット売り場まで来たので、割引のクーポンを使用させてもらいます", "redeem"),
        # the thing that is named, and what is done with it
        ("aichi", "退職の手続きひらいて", "membership.leave.expiry"),
        ("aichi", "給付の受取口座を新しくしたい", "membership.account.how"),
        ("aichi", "ドックの病院かえさして", "dock.course.change"),
        ("aichi", "カフェテリアの申請、直しといて", "cafeteria.plan.change"),
        ("aichi", "人間ドックください", "dock.apply.how"),
        ("kagawa", "認証コードを登録", "link"),
        ("kagawa", "体重いれさして", "record"),
        ("aichi", "福祉貯金の残高しりたい", "savings.balance.amount"),
        ("aichi", "残高全部おろしたい", "savings"),
        ("aichi", "ボーナスで臨時積立したい", "savings.extra.how"),
        ("aichi", "自動中断してまった積立を復活させたい", "savings"),
        ("aichi", "福祉貯金の振込先を別の銀行に変えたい", "membership.account.change"),
        ("aichi", "年金グループにつないでください", "desk.pension.contact"),
        ("kagawa", "退職するときの手続き案内ひらいて", "retiring"),
        ("kagawa", "同僚はもう千ポイントも貯めとるらしいけんわたしも貯める方法のとこ開いて", "earn"),
        ("aichi", "ポイント公換しよ", "exchange"),
        ("kagawa", "保健室の先生に叱られたので間食やめる宣言をマイルールに登録して", "rules"),
        ("kagawa", "電話かけよるのに全然出んやないか、人につないでつか!", "message"),
        ("kagawa", "登録用のはがきがまだ来てないので送ってください", "points.postcard.missing"),
        ("kagawa", "たんとうとはなす", "message"),
        ("kagawa", "もっかい言うて", "resume"),
        ("kagawa", "最初からやり直しさしてえな", "restart"),
        ("saitama", "今受付だから使う", "redeem"),
        ("saitama", "これ私の名前じゃないです", "disown"),
        ("aichi", "昼めしの補助使わせてちょうだい", "meal.voucher.how"),
        ("aichi", "謝恩会で使う会食の補助券", "meal.voucher.how"),
        ("aichi", "タンキの積立ふっかつさせて", "savings"),
        ("aichi", "人間毒に応募したいがね", "dock.apply.how"),
        ("aichi", "こっちのラインと共済の番号を紐付けしといて", "link"),
        ("saitama", "圏外で読み込めないから通信できない時の手順を出してください", "trouble"),
        ("kagawa", "来年の三月で定年なんやけど、ポイントが無駄にならんよう退職の案内を開いて", "retiring"),
        ("saitama", "退職の手続きメニュー", "coupon.retire"),
        ("saitama", "リフレ使うよ今から", "redeem"),
        ("saitama", "個人情報どう使うか読ます", "privacy"),
        ("saitama", "指が滑って違う施設を押してしまったので、一つ前に戻してください", "back"),
        ("saitama", "川口 ドック 病院", "places"),
        ("aichi", "どっく とりさげ", "dock.cancel.cancel"),
        ("aichi", "名字が変わったので組合員証を作り直して", "membership.name.change"),
        (
            "aichi",
            "第一希望の病院の番号を書き間違えました。出したドックの申込みを直したい",
            "dock.course.change",
        ),
        ("aichi", "車検に間に合わせたいので、次の払戻日がいつか調べる画面を開いてください", "savings"),
        # what went wrong before it, and what may be done instead
        ("saitama", "電波なくてクーポン出せない、何とかして", "trouble"),
        ("saitama", "クーポン消えた！助けて", "coupon.missing"),
        ("kagawa", "人に代わって。電話でもええけん", "message"),
        ("kagawa", "スマホを家に忘れて出勤したので、昨日の分の歩数をあとから入力させてほしい", "steps"),
    ],
)
def test_a_spoken_order_opens_what_it_names(branch: str, text: str, name: str) -> None:
    assert opened(branch, text) == name


@pytest.mark.parametrize(
    "text",
    [
        *("もういっぺん最初からやらして", "頭からやらせて", "しょっぱなからお願い", "ふりだしに戻して"),
        "番号を全部間違えていたので、最初から入れ直させてください",
        "住所の欄を打ち間違えたもんで、一からやらせてもらえますか",
    ],
)
def test_whoever_begins_anew_may_say_why(text: str) -> None:
    assert opened("saitama", text) == "restart"


@pytest.mark.parametrize("text", ["もう一回", "もう一度お願いします", "リセット"])
def test_one_word_is_enough_to_begin_anew(text: str) -> None:
    assert opened("saitama", text) == "restart"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("何枚あるか知りたいので画面を開いて", "画面を開いて"),
        ("保険証なくしたで作り直してちょ", "作り直してちょ"),
        ("いつ届くか分からないので教えて", ""),
        ("忙しいので、いつまでに出せばいいですか", ""),
        ("最初から開いて", ""),
    ],
)
def test_the_order_after_its_reason_asks_nothing(text: str, order: str) -> None:
    assert ordered_for_a_reason(text) == order


@pytest.mark.parametrize("text", ["登録せなあかん", "予定たのんます", "出したって", "病院を何軒か出して"])
def test_these_are_orders(text: str) -> None:
    assert is_an_order(text)


@pytest.mark.parametrize(
    "text",
    ["クーポンの期限切れで泣きそう", "必ず受けなあかんの", "いつまでに申請せなあかん？", "何軒ありますか"],
)
def test_these_order_nothing(text: str) -> None:
    assert asks(text) or not is_an_order(text)


@pytest.mark.parametrize(
    ("branch", "text"),
    [
        ("saitama", "退職したらクーポンは使えなくなりますか"),
        ("saitama", "マイリフを同僚に譲ったので、どうなりますか"),
        ("kagawa", "認証コードが無効と表示されます。打ち間違いではないと思うのですが"),
        ("kagawa", "記事を読んだら何ポイントつくん"),
        ("aichi", "退職したら何をしないといけませんか"),
        ("aichi", "当たったあとに病院を変えられますか"),
    ],
)
def test_a_question_with_the_same_words_opens_no_talk(branch: str, text: str) -> None:
    assert BANK.understanding(branch).meaning(text, TODAY).action != "flow"


def test_a_walk_for_ones_health_opens_no_checkup() -> None:
    assert opened("aichi", "健康ウォークに申し込みたい") is None


def test_a_glimpse_of_symptoms_is_no_record_of_a_weight() -> None:
    meaning = BANK.understanding("saitama").meaning(
        "歯がしみるんやけど知覚過敏？クーポンで診てもらえる歯医者ある？", TODAY
    )

    assert meaning.action == "guard"
