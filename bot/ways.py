"""Ways out and back in the members' words: やめる, 戻る, 続きから, はじめから."""

import re

from bot.kana import in_kanji
from bot.lexicon import HIRAGANA, fold, named_and_done
from bot.mood import asks, last_clause, last_order

_WORDS = {
    "quit": (
        *(
            "やめる",
            "やめます",
            "中止",
            "中止する",
            "キャンセル",
            "終了",
            "やっぱりやめる",
            "やっぱりやめます",
            "やめておきます",
        ),
        *(
            "やっぱりいいです",
            "やっぱりいいわ",
            "やっぱりええわ",
            "やっぱりええです",
            "やっぱいいです",
            "やっぱええわ",
        ),
    ),
    "back": ("戻る", "もどる", "前に戻る", "ひとつ戻る"),
    "resume": ("続きから", "続き", "つづき"),
    "restart": ("はじめから", "最初から", "リスタート", "リスタートする", "リスタートして"),
    "return": ("前の手続きに戻る",),
}
_WAY_OF = {fold(word): way for way, words in _WORDS.items() for word in words}
_AGAIN = "(?:もう(?:一|1|い)(?:回|度|遍|っかい|っぺん|ちど)|もっかい|もっぺん)"
# What is said of each way; the first that is said counts. Folded text: hiragana, no signs.
_SAID = {
    way: re.compile(pattern.translate(HIRAGANA))
    for way, pattern in {
        "return": r"前の手続き?(?:に|へ)(?:戻|もど)",
        "restart": rf"^(?:りせっと|{_AGAIN})(?:して|お?願い)?(?:ください|します|や|ね)?$|(?:はじめ|初め|最初|さいしょ|一|いち|あたま|頭|ぜろ|0|しょっぱな|のっけ|出だし|ふりだし|振り?出し|先頭)(?:の(?:質問|画面|とこ|ところ|やつ|ぺーじ))?っ?から(?!.*(?:てい?る$|手伝|手つだ|説明|付き合|助け))|再すたーと|りすたーと|仕切り?直|(?:ふりだし|振り?出し)(?:に|へ)",
        "back": r"^(?:(?!最初|さいしょ|はじめ|初め|とっぷ|めにゅー|ほーむ|選ぶとこ|選ぶ画面|すたーと).)*(?:戻(?!り?値)|もど(?!か)|ばっく(?!あ)|back|巻き戻|引き返|やり直|やりなお|(?<=[面問とに])返|(?:1|一|ひと)つ(?:前|まえ)|い?っこ前|[1一]個前|前(?:の)?(?:画面|質問|ぺーじ|とこ|所))",
        "resume": rf"^(?:さっき|今|いま)?の?{_AGAIN}(?:言っ|言う|いっ|いう|ゆう|説明し|聞かせ)て(?:ください|くれ|や|ね|よ|ほしい)*$|^(?!.*(?:(?<!手)続|(?<!て)つづ|再開).*(?:やめ|止め|中止|きゃんせる))(?:.*(?:さっき|先ほど|途中|前|やめ|止め|中断|残り|ところ|とこ|続き|つづき|の(?=続き|つづき)).*)?(?:(?<!手)続き|(?<!て)つづき|続け|つづけ|再開|続行|途中から|とちゅうから)",
        "later": r"(?:(?:あと(?:で|に|から)|後(?:で|に|から)|のちほど|後ほど)(?:また)?(?:(?:入力|登録|記録|連携|申請|手続き|交換)?(?:し(?:ます|とく|ときます|よう|ておきます)|する|やる|やります|やっとく|やりたい|お願いします)|(?:で)?(?:いい|ええ))?(?:です|わ|ね|な|ん|よ)*$)|(?:明日|今度)に(?:し(?:ます|とく|ときます|よう)|する)(?:ね|わ|よ)*$|今日は(?:もう)?(?:いい|ええ)(?:です|わ|や|ね)*$",
        "quit": r"(?:今|いま|さっき|先ほど|手続き|操作)(?:の(?:手続き|操作|やつ)?)?は?(?:無し|なし)|(?:やっぱり?|やはり)(?:無し|なし)|(?:無し|なし)に(?:し|ね)|やーめ|やめ|止め|辞め|しまい(?:に|$|で)|お?終い|おしまい|お開き|見送|中止|ちゅうし|中断|ちゅうだん|取り?消|切り?上げ|切りあげ|とりけ|きゃんせる|終了|しゅうりょう|終わ|おわ(?!か)|終え|すとっぷ|抜け(?!て)|ぬけ|退出|閉じ|(?<!こ)とじ(?!ゃ)|結構|けっこう|破棄|打ち?切|うちき|なかったこと|ここまで|また今度|もう(?:いい|ええ)|やっぱり?(?:いい|ええ)(?:です|わ|や|よ)?$",
    }.items()
}
# What may be said beside a way, in its usual spelling: a slip, what is left, what calls one away, politeness.
_BESIDE = frozenset(
    """
    やめる 止める 辞める 中止 中断 取り消す 取り消し 取る 消す キャンセル 終了 終わる 終わり 終える ストップ 抜ける 退出 閉じる 結構 破棄 打ち切る 打つ 切る
    戻る 戻す バック 巻き戻す 巻く 引き返す 引く 返す 選び直す 選ぶ 直す 遣り直す 遣る 最初 はじめ 初め 初める 始め 始める 頭 続き 続く 続ける 再開
    やめ 御終い お終い いま 頂戴 ひとつ まえ 此方 方 ほう 内 所為 都合 後日 また 改める 直る こ いっ 込む 申す バック ばっく ばく ばっ やあ 仕舞い お開き 見送る 取り止め 取り止める 元 もと いっこ ちょ 出す 申し込む なおす 戻 押し間違い ほん ほな そい では それでは それじゃ じゃあ そんなら 構う いい ええ 大丈夫 十分
    もう えな けん やけん じゃけん っこ 矢張り やっぱ 一旦 取り敢えず 後程 途中 此れ 此の 其の 此処 其処 今 今日 今回 今度 又 後 明日 前 直前 先 先程 さっき つ 回 個 歩 一 一つ 度
    ゼロ スタート 再 再スタート リスタート 仕切り直し 仕切る 続行 ちゅうし ちゅうだん 切り上げる 切り上げ やり直し 遣り直し はじめっ
    一度 一遍 目下 いっぺん 最後 しょっぱな 初っ端 のっけ 出だし 振り出し 振出し ふりだし スタート地点 赤ちゃん 赤ん坊
    世話 お世話 世話様 何時も いつも 疲れ様 恐れ入る 恐れ 恐縮 手数 失礼 有り難い 有り難う 夜分 突然
    リセット ごちゃごちゃ ごっちゃ ぐちゃぐちゃ 混乱 訳 こんがらがる 分る
    手続き 操作 画面 質問 ページ 手順 所 とこ 奴 ボタン 項目 設問 問い 選択 段階 ステップ 入力 処理 作業 会話 トーク 話 申し込み 申込 申請 登録 利用 中身 内容 全部 全て
    間違える 間違う 間違い 間違ふ まちごう ミス 誤る 押す 入れる 違う 仕舞う 為る 成る 事 こと 無い なし 良い 宜しい 御 願う 下さる 呉れる 貰う 頂く 欲しい 頼む 希望 済む 済まない 御免 申し訳 有る 居る
    ちょっと 一寸 少し 早い 急ぐ 直ぐ すぐ 待つ ええと えーと あの うん はい あっ あ わ 面倒 面倒臭い 分かる 疲れる 良く 見る 思う 言う
    授業 電話 時間 会議 来客 客 呼ぶ 呼び出し 急用 用事 用 忙しい チャイム 生徒 児童 子供 子 孫 保護者 給食 帰る 出掛ける 電車 バス 降りる 着く 寝る 鳴る 始まる 来る 行く 出る 掛かる
    """.split()
)
# What the rest of a talk may be of: ドックの続きから書く.
_GOES_ON = re.compile(r"の(?:続き|つづき)(?:から|を|$)")
_TALKED_OF = frozenset(
    "ドック 人間ドック カフェテリア カフェテリアプラン 書類 用紙 クーポン 連携 アンケート 紙 申込書 申し込み書 申請書".split()
)
# The order that ends a story of a slip: 番号を間違えたので戻ります.
_GOES_BACK = re.compile(
    r"(?:[1一]つ|ひとつ)?(?:前?の?(?:画面|質問|ところ|とこ)?[にへ]?(?:戻|もど)[りるらろ]|前[にへ]?(?:戻|もど)[しせ]).{0,9}"
)
_COURTESY = re.compile(
    r"お願いします|おねがいします|いったん|一旦|します|する|したい|して|ください|です|[をにで]"
)
_MAY_I = re.compile(
    r"たい(?:の|ん)?(?:です)?(?:が|けど|けれど)?(?:いい|よい|よろしい|大丈夫)(?:です|でしょう)か$"
)
# What has happened to the screen is no wish to leave the talk: 画面を閉じてしまった.
_CLOSED_BY_MISTAKE = re.compile(r"(?:閉じ|とじ)(?:て|ち)?(?:しま|しも|まっ|まい|もう|もた|もて|ちゃ|ちま|ゃ)")
_USED_BY_MISTAKE = re.compile(r"利用(?:する|の)?(?:ぼたん)?を?押|使った枚数")
_ORDERED = re.compile(r"(?:頼|たの|申し?込)んだ(?:やつ|もの|の|分|品)")  # what is taken back is no talk
# Verbs that are what is stopped or taken back, rather than the talk.
_OTHER_ACTS = frozenset(
    """
    消す 外す 解く 知る 知らす 知らせる 払い戻す 引き出す 積む 積み立てる 貯める 溜める 使う 受ける 送る 届く 届ける 飲む 吸う 食べる 働く 歩く 走る 生きる 教える 勤める
    払う 借りる 買う 売る 換える 替える 繋ぐ 繋がる 結ぶ 紐付ける 預ける 預かる 稼ぐ 学ぶ 通う 付き合う 遣り取る
    """.split()
)
_WAIT = re.compile(
    r"(?:あ+っ?|えっ?と|ごめん(?:なさい)?|すみません|すいません|やっぱり?|いや|ちょっと|ちょい|もう?少し|少し|少々|今|まだ|いったん|一旦)*"
    r"(?:お?待ち?(?:って|っとって|って?て|とって|ください|下さい)|待った|まって|まった|たんま)(?:ください|下さい|ね|や|よ|な|もらえますか|もらっていい(?:です)?か?|くれ|ー)*".translate(
        HIRAGANA
    )
)
_CANCELS = re.compile("きゃんせる|取り?消|とりけ|やめ(?!る$|ます$)|止め|辞め|辞退|断り|中止し")
LONGEST = 64


def named_way(text: str) -> str | None:
    """The way whose very name was typed; it goes before any answer of a step."""
    return _WAY_OF.get(fold(text))


def asks_to_wait(text: str) -> bool:
    """Whether the text only asks for a moment: あ、やっぱり待って."""
    return _WAIT.fullmatch(fold(text)) is not None


def way_of(text: str) -> str | None:
    """The way that the text asks for, when it speaks of nothing else."""
    letters = fold(text)
    if _GOES_BACK.fullmatch(last_order(text)) and not _USED_BY_MISTAKE.search(letters):
        return "back"
    if (
        len(letters) > LONGEST
        or not (way := _said(letters))
        or (asks(text) and not _MAY_I.search(letters))
        or _USED_BY_MISTAKE.search(letters)
        or _ORDERED.search(letters)
        or _CLOSED_BY_MISTAKE.search(letters)
    ):
        return None
    if way == "quit" and not _COURTESY.sub("", _SAID[way].sub("", letters)):
        return way
    if way == "restart" and (last := last_clause(text)) != text and way_of(last) == way:
        return way  # whatever made it go wrong
    named, done = named_and_done(f"{text} {in_kanji(text)}")  # in kana alone a word may be no word
    other = _OTHER_ACTS - {"消す"} if way == "restart" else _OTHER_ACTS
    beside = _BESIDE | _TALKED_OF if way == "resume" and _GOES_ON.search(letters) else _BESIDE
    return way if named <= beside and not done & other else None


def cancels(text: str) -> bool:
    """Whether what is left would be cancelled, if it were a paper and no talk: やっぱりやめたい, not もういいです."""
    return way_of(text) == "quit" and _CANCELS.search(fold(text)) is not None


def _said(letters: str) -> str | None:
    return next((way for way, pattern in _SAID.items() if pattern.search(letters)), None)
