"""Orders are words and rules: what is said, what must not be said, and what a way out looks like."""

from pathlib import Path

import pytest

from bot import mood
from bot.orders import Orders
from bot.remarks import is_lost
from bot.ways import way_of
from commands.doctor import words_of_members

LINES = (
    "use = 使う, 使い",
    "show = 見せ, 見たい",
    "coupon = クーポン",
    "usage = 利用状況, 使い方の記録",
    "undo = 取り消",
    "usage < usage + show",
    "usage < ! usage",
    "redeem, topic.use < coupon + use - undo",
    "coupons < coupon + show",
)


@pytest.fixture
def orders() -> Orders:
    return Orders(LINES)


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("ｸｰﾎﾟﾝ使いたい", "redeem"),
        ("明日のクーポンを見せてください", "coupons"),
        ("利用状況", "usage"),
        ("クーポンを使うのを取り消したい", None),
        ("クーポンはいつ使うの？", None),
        ("利用状況がおかしい", None),
        ("", None),
    ],
)
def test_an_order_opens_what_it_names(orders: Orders, text: str, opened: str | None) -> None:
    assert orders.opens(text, lambda name: True) == opened


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("利用状況はもう聞いたので、クーポンを見せて", "coupons"),
        (
            "利用状況がわからないと家族に言われて朝から電話で何度も聞かれたりもしたので、クーポンを使いたいです",
            "redeem",
        ),
        ("受付に着いたので、クーポン見せて", "redeem"),
    ],
)
def test_the_order_that_ends_a_text_wins_over_its_story(text: str, opened: str | None) -> None:
    orders = Orders(("arrive = 着いた", "redeem < coupon + arrive", *LINES))

    assert orders.opens(text, lambda name: True) == opened


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("歩数8543", "steps"),
        ("１２，０００歩", "steps"),
        ("歩数7千", "steps"),
        ("歩数は八千歩です", "steps"),
        ("ウォーキング2時間半", "steps"),
        ("今日の歩数 9000", "steps"),
        ("歩数8000でいいの？", None),
        ("歩数の本8000", None),
    ],
)
def test_a_thing_may_be_ordered_by_its_number(text: str, opened: str | None) -> None:
    orders = Orders(("walking = 歩数, 歩, ウォーキング", "todays = 今日の", "steps < ! walking + figure"))

    assert orders.opens(text, lambda name: True) == opened


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("さっぱりわからないです", "help"),
        ("どうしたらいいですか", "help"),
        ("何をすればいいかわからへん", "help"),
        ("本人確認はどうしたらいいですか", None),
    ],
)
def test_who_is_lost_may_say_how_much(text: str, opened: str | None) -> None:
    orders = Orders(
        (
            "lost = わからない, わからへん, どうしたらいいですか",
            "wholly = さっぱり, 何をすればいいか",
            "help < ! lost",
            "help < ! lost + wholly",
        )
    )

    assert orders.opens(text, lambda name: True) == opened


def test_what_only_makes_a_request_of_a_verb_names_nothing() -> None:
    orders = Orders(
        (
            "point = ポイント",
            "earn = もらい",
            "exchange = 交換",
            "earn < point + earn",
            "exchange < point + exchange",
        )
    )

    assert orders.opens("ポイントを交換してもらいたい", lambda name: True) == "exchange"
    assert orders.opens("ポイントをもらいたい", lambda name: True) == "earn"


@pytest.mark.parametrize(
    ("clause", "asked"),
    [
        ("申請してもらっていいですか", "申請して"),
        ("申請する手続きをお願いします", "申請する"),
        ("予約したく存じます", "予約したく"),
        ("使うことはできますかお願いします", "使う"),
        ("変えるようにしてください", "変える"),
        ("見たいもんで", "見たい"),
        ("人に電話つないで", "人に電話つないで"),
        ("残高", "残高"),
    ],
)
def test_what_is_asked_stands_before_what_makes_a_request_of_it(clause: str, asked: str) -> None:
    assert mood.what_is_asked(clause) == asked


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("電話がつながらなかったので、カフェテリアを申請したい", "カフェテリアを申請したい"),
        ("部活が終わったので任意継続に加入してよ", "任意継続に加入してよ"),
        ("ふように いれたい", "ふようにいれたい"),
        ("残高", "残高"),
        ("", ""),
    ],
)
def test_the_last_clause_is_as_it_was_typed(text: str, last: str) -> None:
    assert mood.last_clause(text) == last


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("連携を消して", "unlink"),
        ("れんけい けす", "unlink"),
        ("連携を消させてください", "unlink"),
        ("連携を止めといて", "unlink"),
        ("連携を解いて", "unlink"),
        ("けさの連携", None),
    ],
)
def test_a_verb_is_known_by_its_stems(text: str, opened: str | None) -> None:
    orders = Orders(("link = 連携, れんけい", "stop = 消す~, けす~, 止める~, 解く~", "unlink < link + stop"))

    assert orders.opens(text, lambda name: True) == opened


def test_a_loanword_may_be_typed_in_hiragana() -> None:
    orders = Orders(("menu = メニュー", "menu < ! menu"))

    assert orders.opens("めにゅう", lambda name: True) == "menu"


@pytest.mark.parametrize(
    ("text", "opened"),
    [("ぱすわーど かえたい", "password"), ("疲れました かえたい", "exchange"), ("かえたい", "exchange")],
)
def test_spaces_in_kana_stand_between_words(text: str, opened: str) -> None:
    orders = Orders(
        ("secret = パスワード", "change = かえたい", "password < secret + change", "exchange < ! change")
    )

    assert orders.opens(text, lambda name: True) == opened


@pytest.mark.parametrize("text", ["QRが読めなくて困っています、助けてください", "読めない、助けて"])
def test_what_is_broken_in_the_story_counts_with_the_call_for_help(text: str) -> None:
    orders = Orders(
        ("broken = 読めな", "rescue = 助け", "help = 助け", "trouble < broken + rescue", "help < ! help")
    )

    assert orders.opens(text, lambda name: True) == "trouble"


@pytest.mark.parametrize(
    "text",
    [
        "番号が変わっても連携はそのままでよいのか教えてください",
        "福祉貯金は自動で解約されますよね",
        "交換の取り消しはきくのか気になっています",
        "券はいつから使えますか？担任してるとなかなか行けなくて",
        "受付で何て言えばいいですか？初めて使うので緊張してて",
        "三日も過ぎていました。今から出しても受け付けてもらえますか",
    ],
)
def test_who_asks_whether_it_is_so_orders_nothing(text: str) -> None:
    assert mood.asks(text)
    assert not mood.is_an_order(text)


@pytest.mark.parametrize(
    "text",
    [
        "クーポン見せてもらえませんか？",
        "スマホを落としたので、紙のクーポンを送ってください",
        "使えたかどうか見せて",
        "申込書ください",
        "残りいくら？出して",
        "だれか担当の人おらん？",
        "連携かいじょ",
        "使いたいんですけど始めてもらっていいですか",
        "お知らせは夕方にしてもらうことはできますか、してください",
        "お知らせの時間を変えることはできますか、お願いします",
        "いつどこで使うたか一覧で出してんか",
        "窓口の方にひとこと、お預かりいただけますか",
        "一覧を見せていただけると助かります",
        "何に使ったか、記録を開いてもらえないでしょうか",
        "誰か人間おらんのか、代わってくれ",
        "券を使わせてもろてええですか",
        "お知らせを朝七時に送ってください",
        "退職日のポイント試算",
        "どうにかして",
        "機械相手ではどうにもならんので人を出してくれ",
        "あの、券を頼んでいただきたい",
        "登録してくれへん？",
        "計算してくんない？",
        "時間を変えたいんじゃが",
        "予約をお願いしてもよろしいでしょうか",
        "なかったことにできん？頼むわ",
        "使うことはできますかお願いします",
        "何か品物をいただきたい",
        "登録情報を見せんかい",
        "検査の値を入れるとこ",
        "クーポンの種類と枚数を確認させてください",
        "利用状況を拝見できますでしょうか",
        "退職するときのポイントの試算",
        "体重62.5記録",
        "何歩歩いたか登録したい",
        "消えたら困るので、消える前に知らせてくれるように頼みます",
    ],
)
def test_an_order_is_told_by_how_its_clauses_end(text: str) -> None:
    assert mood.is_an_order(text)
    assert not mood.asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "クーポンはどうやって見せるの",
        "いつまでに申し込みますか",
        "申込書はどこ？ドック",
        "ログインできません",
        "はがきが届かない",
        "どんな講座がある",
        "何をしてくれるんですか",
        "結果を送ってくれるのはだれ",
        "申請書はいつ送ってもらえますか",
        "夕方に変えることはできますか",
        "いつまでですか、お願いします",
        "番号なんて打つの",
        "私のような者でもクーポンはいただけるのでしょうか",
        "どういう人なら紙にしてもらえますか",
        "どこで使えるの、病院に送ってください",
        "何を送ってくれる？",
        "紙にできませんか",
        "退職するときのポイントは",
    ],
)
def test_what_asks_or_tells_is_no_order(text: str) -> None:
    assert not mood.is_an_order(text)


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ("英語にしてほしいんだけど", True),
        ("大阪で宿を探しといてくれん", True),
        ("紙の券をちょうだい", True),
        ("担当の人から電話もらえんですか", True),
        ("返事はいつでもいいので、ひとこと書いておきたいです", True),
        ("前任は何も言わんかったが、申請書がほしい", True),
        ("選曲に迷っています", False),
        ("すぐ減る", False),
        ("何もらえるか教えて", False),
        ("いつ届くか教えて", False),
        ("英語にできますか", False),
    ],
)
def test_a_wish_is_told_from_what_is_only_told_or_asked(text: str, wished: bool) -> None:
    assert mood.wishes(text) == wished


def test_a_way_that_runs_on_past_another_counts() -> None:
    orders = Orders(["menu = メニュー表", "show = 表示", "menu < menu + show"])

    assert orders.opens("メニュー表示お願い", lambda name: True) == "menu"


def test_what_is_written_in_kanji_may_be_typed_as_it_is_read() -> None:
    orders = Orders(["result = 健診の値", "input = 入力", "checkup < result + input"])

    assert orders.opens("けんしんの値をにゅうりょくしたい", lambda name: True) == "checkup"


def test_where_the_flow_is_missing_the_next_of_the_rule_is_opened(orders: Orders) -> None:
    assert orders.opens("クーポンを使いたい", lambda name: name == "topic.use") == "topic.use"


@pytest.mark.parametrize("line", ["redeem < nothing", "neither word nor rule"])
def test_a_broken_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"nothing|neither"):
        Orders([*LINES, line])


WAYS = {
    "quit": "やめる|ｷｬﾝｾﾙ|中止で|今の手続きは取り消してください|いったん終了する|やっぱやめときます|もうええわ やめる|途中でやめたいです|ここで中断して、会議がはじまる|電話が鳴ったのでやめます|会議始まるけんここまでにしとく|なかったことにしてもらえんかな|やっぱ今のなし|今のなしにして|やっぱりなしにします|ちゅうだん したい|しゅうりょうします|会議なので切り上げます|お世話になっております。ここで終わります。よろしくお願いいたします。|やっぱりいいわ|今の手続きなしで|途中じゃけど、もう閉じてください",
    "back": "戻る|戻って|ひとつ前にもどして|1個前の質問に戻してください、押し間違えました|前の画面に戻りたい|もどってください|あ、押し間違えた。いっこ前に戻して|前の質問に返して|番号を入れ間違えたので戻ります|さっきの画面をもう一回見たい、戻して|間違うて押したけん前に戻りたいんじゃけど",
    "resume": "続きから|続行|途中からお願い|ドックの続きから書く|続けます|さっき途中でやめたところから再開したいです|途中になっていた手続きを再開させてください|さっきの続きやりたい|途中まで入れたやつの続きを出して",
    "restart": "はじめから|全部消して最初からやり直しさせてください|ゼロからやり直す|はじめっからもう一回|最初からもう一度|はじめの質問からやり直したいんですけどいいですか|再スタート|最初からやり直したい|リセットして最初から|ごちゃごちゃになったで頭からやらして",
    "return": "前の手続きに戻る",
}


@pytest.mark.parametrize(("way", "text"), [(way, text) for way in WAYS for text in WAYS[way].split("|")])
def test_a_way_out_may_be_typed_in_any_ending(way: str, text: str) -> None:
    assert way_of(text) == way


@pytest.mark.parametrize(
    "text",
    [
        *(
            "やっぱりあとにする",
            "あとでやります",
            "また後で",
            "あとで入力します",
            "今度にします",
            "明日にします",
        ),
        *("今日はもういいです", "後でいいわ", "のちほどやります"),
    ],
)
def test_what_is_put_off_waits(text: str) -> None:
    assert way_of(text) == "later"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "これって何の画面？",
            "どうすればいい？",
            "ここで何をするの",
            "今どこ？",
            "何を入れればいいの",
            "次はどうしたらいいですか",
        ),
    ],
)
def test_who_asks_where_they_are_is_lost(text: str) -> None:
    assert is_lost(text)


@pytest.mark.parametrize(
    "text",
    [
        "何枚使える？",
        "どこで使えるの",
        "引っ越したらどうすればいい？",
        "何の書類がいるの",
        "今日はどこが開いてる？",
    ],
)
def test_who_asks_of_a_thing_is_not(text: str) -> None:
    assert not is_lost(text)


@pytest.mark.parametrize(
    "text",
    [
        *("書類はあとでいいですか", "あとで電話します", "今日は", "ドックは明日にします", "今度の締切"),
        "福祉貯金をやめたい",
        "ドックをキャンセルしたい",
        "連携を解除する",
        "仕事をやめたい",
        "たばこをやめたい",
        "ポイントを元に戻して",
        "払い戻してください",
        "途中でやめた場合クーポンは減りますか",
        "なし",
        "12",
        "お知らせを再開して",
        "さっきの交換なしにして",
        "ポイントが減ったので戻して",
        "紙で申請したの、電子に戻して",
        "育休の続きを申請したい",
        "そういうことじゃなくて",
        "最初から3って入ってる",
        "頼んだやつキャンセル",
        "利用ボタンを押してしまいました。取り消してください",
    ],
)
def test_what_says_more_is_no_way_out(text: str) -> None:
    assert way_of(text) is None


@pytest.mark.parametrize(
    ("file", "broken", "says"),
    [
        ("orders.txt", "redeem < nothing", "orders.txt:2: どの行にもない言葉です: nothing"),
        ("orders.txt", "redeem", "orders.txt:2: 「名前 = 言い方」"),
        ("orders.txt", "use = 使い", "orders.txt:2: use はすでに"),
        ("orders.txt", "use2 =", "orders.txt:2: 「名前 ="),
        ("orders.txt", "redeem <", "orders.txt:2: < の後ろ"),
        ("synonyms.txt", "クーポン", "synonyms.txt:2: 「名前: "),
        ("sayings.txt", "危ない: たすけて", "sayings.txt:2: 「種類: 文」"),
        ("sayings.txt", "emergency:", "sayings.txt:2: 「種類: 文」"),
        ("wishes.txt", "menu:", "wishes.txt:2: 「種類: 文」"),
        ("smalltalk.txt", "thank: どうも", "smalltalk.txt:2: 「名前: "),
        ("foreign.txt", "イオン| + クーポン", "foreign.txt:2: 「言い方|"),
        ("own/foreign.txt", "保険証| + 期限", "own/foreign.txt:2: 「言い方|"),
    ],
)
def test_the_doctor_names_file_and_line_of_a_broken_word(
    tmp_path: Path, file: str, broken: str, says: str
) -> None:
    (tmp_path / "orders.txt").write_text("use = 使う\n", "utf-8")
    (tmp_path / "synonyms.txt").write_text("coupon: クーポン\n", "utf-8")
    (tmp_path / "smalltalk.txt").write_text("thanks: ありがとう\n", "utf-8")
    (tmp_path / "own").mkdir()
    for file_of_others in ("foreign.txt", "own/foreign.txt"):
        (tmp_path / file_of_others).write_text("イオン + クーポン\n", "utf-8")
    for file_of_sayings in ("sayings.txt", "wishes.txt"):
        (tmp_path / file_of_sayings).write_text("-: おはよう\n", "utf-8")
    assert words_of_members(tmp_path).ok
    with (tmp_path / file).open("a", encoding="utf-8") as words:
        words.write(f"{broken}\n")

    found = words_of_members(tmp_path)

    assert not found.ok
    assert says in found.advice
