"""Whether a text orders something to be done or shown, or asks: told by how its clauses end."""

import re
from collections.abc import Sequence

from bot.dialect import in_standard
from bot.lexicon import HIRAGANA
from bot.lexicon import fold as letters_of
from bot.words import normalise


def fold(text: str) -> str:
    """The letters of a text in standard words."""
    return in_standard(letters_of(text))


def _any(words: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """One pattern of ways, between spaces, of folded text: hiragana, no signs."""
    return re.compile((before + "(?:" + "|".join(words.split()) + ")" + after).translate(HIRAGANA))


# Words after the predicate that only soften it.
_SOFTENED = _any(
    r"""
    (?:の|ん)?(?:です|や|だ|じゃ|ねん)(?:が|けど|けれど|けども|ねん)? けど けれども? ので んで から さかい けん けんど やけん もん もんで
    っちゃ(?:けど|ん|が|ね)? し ね よ な わ や ぞ ぜ さ の で ー+ w+ 笑 よろしく す(?:み|い)ません ごめん(?:なさい|ね)? 急いで 至急 はよ はやく 早く 今すぐ (?:今|いま|これ)から まず はい ちょっと
    """,
    after="$",
)
# Endings of an order that wish or request.
_WISHES = _any(
    r"""
    たい たいと思います たいと思って(?:います|ます|る)? たく(?:て|思います|存じます)? とう て と思って ほしい 欲しい 希望(?:します|です)?
    お(?:知らせ|聞かせ|教え|見せ)(?:ください|下さい)
    (?:て|で)(?:ください(?:ませ)?|下さい|くれ(?:る|ます|ません|へん|ない|ん)?(?:か)?|もらえ(?:ます|る|ません|へん|ない|ん)?(?:か|でしょうか)?|もらい(?:ます|たい)|
    + いただけ(?:ます|ません|ない)?(?:か|でしょうか)?|いただきたい|頂きたい|頂け(?:ます|ません)(?:か)?|つか|つかはい|もらう|もろて|みて|おいて|おくれ)?
    たいことがあ(?:る|ります?|って) (?:と|ど)(?:い|っ|き|け)て ください 下さい くださーい ちょ(?:う|ー|っ)?だー?い 頂戴 おくれ くれ くだされ ちょ てちょー? てたも 求む
    (?:お|御)?(?:願い|ねがい)(?:します|いたします|致します|申し上げます|できますか|しますー?|したい|する)? 願います 願いたい 願う 乞う 請う (?:さ|ら|わ|か|た)れたし たく候 べし 頼む 頼みます 頼んだ たのむ たのみ(?:ます)? (?:頼|たの)んます よろしく(?:お願いします)? ぷりーず
    """.replace("\n    + ", ""),
    after="$",
)
# Its other endings: what is about to be done, a command, a noun that says what to do.
_ORDERS = _any(
    r"""
    (?:し|り|み|き|い|ち|び|え|け|せ|て|め|れ|べ)ます (?:る|う|く|す|む|つ|ぬ|ぶ|ぐ) (?:よう|しよ|しょ|しよか|よか|ましょう)(?:か)?
    (?<=[るうくすつむぐぶ])(?:とこ|ところ|やつ|の?画面|の?ぺーじ) (?:ろ|せよ|なさい|しまい|まい|たまえ|せえ|せい|おくれ|くんろ|て来い|かせ|だせ|出せ|さして)
    (?:申込み?|申し込み|もうしこみ|申請|しんせい|請求|応募|おうぼ|届け?出?|提出|手続き?|予約|よやく|えんとりー|登録|とうろく|参加|受付|加入|使用|利用|確認|かくにん|表示|ひょうじ|一覧|いちらん|りすと|まとめ|照会|検索|画面|
    + 変更|へんこう|切替|切り替え|切替え|訂正|修正|解除|かいじょ|解約|取消|取り消し|停止|中断|中止|すとっぷ|おふ|おん|off|on|設定|連携|れんけい|紐づけ|ひもづけ|対応|交換|こうかん|記録|入力|削除|開始|すたーと|再開|復活|
    + 移動|増額|減額|払戻し?|発行|再発行|送付|郵送|だうんろーど|印刷|ぺーじ|計算|試算|しみゅれーしょん|しゅみれーしょん|閲覧|起動|呼び出し|取り下げ|取りやめ|取り?止め|辞退|撤回|延期|抹消|退会|切断|接続|追加|再設定|用紙|書類|申請書|請求書|申込書|申出書|変更届|券)(?:で|を|に|だけ|たのむ)?
    """.replace("\n    + ", ""),
    after="$",
)
# Forms of a question that only ask politely for a favour: 見せてもらっていいですか, 変えてもらうことはできますか.
_FAVOURS = _any(
    r"""
    (?:て|で|を|書|券|紙|電話|連絡|返事)(?:もらえ|もらえへ|いただけ|頂け|くれ|くださ|ください|もらい)(?:ます|ません|ない|へん|ん|らん)(?:か|かな|かね|でしょうか|やろか|だろうか)?
    (?:て|で|を|書|券|紙|号|先)(?:くれ|もらえ|いただけ)る(?!の|ん|って|もの|そう|と|なら|だけ)(?:か|かな|かね|かい)? お?願いしても(?:いい|ええ|よい|よろしい|大丈夫)(?:です|でしょう)?か? お?願いし?たい(?:の|ん)?(?:です|や|だ)?(?:が|けど|けれど)?(?:いい|ええ|よろしい|大丈夫)(?:です|でしょう)か (?:お)?願い(?:でき|出来)る?(?:ます|ません)?(?:か|でしょうか)? しよか ましょうか しようか
    (?:て|(?<=[んい])で)(?:もらって|もろて|いただいて|頂いて)も?(?:いい|ええ|よい|良い|よか|よろし|かま|構|大丈夫|だいじょうぶ|差し?支え|おけ)(?:い|い?かった|わない|わん|いません|ない|ん)?(?:です|でしょう|やろ)?(?:か|かな|かね|かの)?
    (?:て|(?<=[んい])で)(?:もらう|いただく|頂く|くださる)(?:こと|の)(?:は|が|も|って)?(?:でき|出来|可能|無理|お?願い?え)(?:ます|ません|る|ない|です|でしょう)*(?:か|かな|かね)?
    (?<!教え)(?<!おしえ)(?<!知らせ)(?<!説明し)(?<!聞かせ)(?:て|(?<=[んい])で)(?:くれ|もらえ|いただけ|頂け|くださ|ください)(?:ます)?(?:る|た|ました|れ|ります)(?:と|ら|ば|なら)(?:すごく|とても|大変|本当に|まことに)?(?:助か|たすか|うれし|嬉し|ありがた|有り?難|幸い|さいわい|いい(?!で)|ええ)
    [おご](?:預か|あずか|調べ|しらべ|見せ|みせ|取り?次|つな|繋|探し|さがし|出し|送り|止め|消し|外し|確認|案内|手配|手続き|対応|変更|計算|用意|準備|切り替え|取り計ら)(?:[いきぎしりみ]?)(?:いただけ|頂け|願え|ねがえ|もらえ|くださ|でき|出来)(?:ます|ません|る|ない|い(?:ます|ません))(?:か|でしょうか)?
    こと(?:は|が|も|って)?(?:でき|出来|可能)(?:ます|ません|です|でしょう)か(?:お?願い|よろしく|頼)
    拝見(?:でき|出来|願え|いただけ)(?:ます|ません)(?:か|でしょうか) 拝見し?ても(?:いい|よい|よろしい|かまいません|構いません)(?:です|でしょう)?か
    (?:人|人間|担当者?|おぺれーたー|職員|誰か|だれか|係)(?:さん|の方|の人)?(?:は|って)?(?:おる|おらん|おらない|いる|い(?:ます|ません|ない)|おり(?:ます|ません))(?:の)?(?:か|かな|の|ん)?
    """
)
# How else the favour may be done, after it: 電話でもええけん.
_EITHER_WAY = _any(
    r"^.{1,8}(?<!れ)でも(?:いい|ええ|よい|かまいま?せ?んし?|かまわ(?:ない|ん|へん)|構いません|構わ(?:ない|ん|へん)|大丈夫)(?:です|だ|や|よ|わ|から|ので|けん|けど|が|で|し)*$"
)
# With what something is had is no favour: 紙のクーポンでもらえますか. What is asked of others ends in hiragana: 読んで.
_HAD_AS = re.compile("(?<=[ァ-ヴー一-龥])で(?:もらえ|いただけ|頂け)(?:る|ます|ません|ない)")
# A favour that is only to be told something: the question, if any, stands before it.
_TO_BE_TOLD = _any(
    "教え おしえ 知らせ しらせ 聞かせ 説明し 答え",
    after="て(?:くれ|くだ|下さ|もら|いただ|頂|ほし|欲し)[^て]*$",
)
_TOLD = _any(
    "教えて おしえて おせーて 知りたい しりたい 分からん わからん 分からない わからない",
    after="(?:です|ね|や|よ|な)*$",
)
# A question inside an order: whether it worked, show it.
_EMBEDDED = _any(
    r"""
    見せ みせ 見して みして 見さ みさ 見とい みとい 見とき 見られる 見れる 見たい (?<!て)みたい 見て 表示 ひょうじ 確認 かくにん 出し だし 調べ しらべ 検索 並べ ならべ 計算 けいさん 試算 試し ためし 確かめ たしかめ 説明し 書いた 一覧 りすと まとめ 拝見 開い ひらい 探し さがし 進め 読み 読ま よみ うかが 記録 登録 入力 履歴 ちぇっく 把握
    """,
    before=r"^.*(?:か(?!ら)|(?<=[うるいたすくむつ])ん)(?:どうか|が|を|って)?(?=.{0,12}",
    after=")",
)
# A case in which the favour may be done or not.
_IN_A_CASE = _any(
    r"(?<!もらっ)(?<!もろ)(?<!いただい)ても(?!ら|ろ|い|え|よ|か|だ) 場合 (?<=[1-9日月歳枚回])でも(?!い|え|よ|か|だ)"
)
# What is requested after a question; a bare て mostly tells why it is asked: 忙しくて, 勧められて.
_SHOWS = _any(
    """
    (?<!教え)(?<!おしえ)(?<!おせ)(?<!答え)(?<!聞かせ)て(?:ください|下さい|くれ|ほしい|や|ね) 見たい つかう 使う
    (?:見せ|みせ|見し|みし|見さし|出し|だし|表示し|開い|ひらい|開け|あけ|並べ|ならべ|戻し|もどし|探し|さがし|調べ|しらべ|計算し|試算し|止め|とめ|消し|けし|外し|代わっ|かわっ|替わっ|つない|つなげ|繋い|送っ|おくっ|変え|かえ|替え
    + |取り消し|始め|はじめ|やっ|作っ|使わせ|させ|まとめ|飛ばし|案内し|付け|つけ|入れ|いれ|記録し|登録し|申請し|とい|とっ|とき)て
    """.replace("\n    + ", ""),
    after="$",
)
# An order to show what was just asked for, a clause by itself: いくら残ってる、見せて
_SHOWN = _any(
    """
    (?:見せ|みせ|見し|出し|だし|表示し|開い|ひらい|開け|並べ|戻し|探し|さがし|調べ|しらべ|計算し|試算し|止め|とめ|消し|けし|外し|代わっ|かわっ|呼ん|よん|つない|つなげ|送っ|変え|かえ|取り消し|し|やっ)
    + (?:て|(?<=ん)で)(?:ください|下さい|くれ|や|ね|ほしい|もらえますか)? くれ ください 下さい ちょうだい
    """.replace("\n    + ", ""),
    before="(?:早く|はよ|電話番号|番号|連絡先|画面|一覧|全部|まとめて)?",
)
# Whether something can be done, and a request that names nothing: together they ask for it.
_CAN_IT = _any("でき 出来 可能", after="(?:る|ます|ません|ない|ん|へん|ひん|です|でしょう)*か?(?:な|ね)?$")
_REQUEST = _any(
    "お?願いします お?願いいたします お?願いできますか (?:そう)?してください やってください 頼み(?:ます)? たのみ(?:ます)? 頼(?:む|んだ|んます)[わでよ]? たの(?:む|んます)[わでよ]? よろしく(?:お願いします)?"
)
# A request that ends a text, and how a clause before it would still ask.
_REQUESTED = _any(
    "て (?<=[んい])で",
    before="(?<!教え)(?<!おしえ)(?<!知らせ)(?<!しらせ)(?<!聞かせ)(?<!きかせ)(?<!答え)(?<!説明し)",
    after="(?:ください|下さい|くれ|ほしい|欲しい|もらえ|いただ|頂|つか).{0,9}$",
)
_MADE_SO = _any(
    "よう(?:に)?(?:お?願い|おねがい|頼|たの|して|し(?:たい|てほし)).{0,9}", after="$"
)  # 知らせてくれるように頼みます
_STILL_ASKS = _any(
    "(?<!やない)(?<!じゃない)か(?:な|ね|しら)? (?:る|た|い|う|く|す|つ|む|な|ん)の っけ かしら", after="$"
)
# Words that ask, wherever they stand.
_QUESTIONS = _any(
    r"""
    いつ(?!も|使|で(?:も|すか)) (?:だれ|誰)(?!か|で|も) いくら なぜ (?:(?<=[うくすつむるぐぶ])と|たら|ば)いくつ(?:$|です) (?:何|なん)て(?:書|打|入|言|か|う) (?<![一-龥ーて])(?<!じめ)(?<!した)なんで(?!す|$) どうして どうやっ どうすれ どうした どうなる どうなっ どないし どのくらい どれくらい どのよう どんな どっち どちら (?<![ーんいゆっ])どの (?<!あ)どれ(?!で)
    何(?!卒|とぞ|とか|度も|も(?!ら)|か(?![月所年国])|[軒件個枚人本種]か) なに(?!とぞ|か) (?<!け)どこ(?!か) (?<!だい)どう(?!か|も|ぞ|ろ|い|に(?:か|も)) なん(?:まい|かい|にち|えん|がつ|じ|ぼ|の) (?<!操作)(?<!操作の)方法(?!のとこ|の画面|のぺーじ) やり方(?!ひと|の説明|を説明|の案内) やりかた (?<!操作の)仕方 (?<!操作の)しかた 手順(?!の|書|を(?:見|出|表示|開)|がいど) 流れ って何(?!か) ってなに とは$ (?<!間)(?<!ま)違い 意味 理由 条件
    対象(?!施設|の施設|病院|の病院|の?医療|機関) 場合 とき(?:は|に|の(?!.{0,9}(?:計算|試算|しみゅれ|見積|手続き?(?:[をの]|案内)|画面|書類を|ぺーじ))|っ) (?<![\d一二三四五六七八九十何同])時(?:は|に) には(?!い|っ) っけ$ (?<=[a-z0-9ーん])って$ (?:ます|です|ました|でしょう|だろう|ん|の|る|い|た|どう)か(?:な|ね|い)?$ (?<!か)かな$ かね$ (?:ます|です|ません|ない|る)よね(?:え)?$ (?:の|る|い|た|ん|う)か(?=(?:を|が)?(?:教え|おしえ|知りた|しりた|気にな|迷|分から|わから|聞き|不安|心配))
    (?:た|て)ら(?:い|え|だ|ど|何|、|減|消|使|付|つ|も) なら(?!べ|ん|い|う|っ|す|わ|な[いきくけ]|代|かわ|見せ|出し|つな|お願い|替) れば けば せば ても(?:いい|ええ|よい|良い|よろし|かま|だいじょうぶ|大丈夫|平気|ok|使え|入れ|受けら|出|はじ|だめ|駄目|なら|でき|つなが|入ら) (?<![れ誰つ何])でも(?:い|使|え|だ|大) 送料 利率 料金 金額 有効期限 有効期間 上限 限度(?!額(?:適用|認定|証)) 枚数(?!を?(?:見|み[せた]|確認|表示|出|だ[しせ]|調べ|照会))
    """
)
_ENDS_AS_QUESTION = _any(
    "ません ^(?:なんで|なぜ|どうして) (?:日|額|率|料|限|切|先|数|期間|時期|方法|場所|書類|条件|年齢)は",
    after="$",
)
# What is asked for by a word, however politely: いつ送ってもらえますか.
_ASKED_FOR = _any(
    """
    (?<![どかも])いつ(?!も|か|で|もの) (?:だれ|誰)(?!か|で|も) いくら なぜ (?:(?<=[うくすつむるぐぶ])と|たら|ば)いくつ(?:$|です) なんで(?!も) どうして (?:何|なん)(?:枚|日|時|月|回|円|まい|にち|じ|がつ|ぽいんと|を|が|に) なに(?:を|が|に)
    (?<!け)どこ(?:で|に|へ|から|まで|の|が)(?!も|か) どれくらい どのくらい どうやって どうすれば どうしたら どういう どんな どの(?!よう) (?:どっち|どちら)(?!でも|か)
    """
)
# What is told rather than ordered, within one clause.
_STATES = _any(
    r"""
    必要(?!な) (?:だめ|あかん)(?:$|です|なの|か|で) でき(?:る(?=$|の(?!は)|ん|か|し$|って|と(?!こ)|けど)|ない(?!時|とき|場合)|ません|ひん|へん|ます) 出来(?:る|ない|ません|ます) (?:使|見|さ|ら|取|出|開|入|読|つなが|登録さ|表示さ)れ(?:ない|ません|へん|ん)
    使え(?:ない|ません|へん|ます|る(?=$|の(?!は)|ん|か|し$|って|と(?!こ)|けど)) いけ(?:る|ます|ない) いいの ないの$ (?:る|う|く|す|つ|む|ぬ|ぶ|ぐ)の$ たの$ ってか$ (?:い|う|く|す|つ|ぬ|ぶ|む|る|た)ん$
    (?<![い要])(?:ら|れ|い|さ|え|て)ない(?:ようです|ようで|みたい|です|んです|けど|のです)?$ (?:込め|書け|使え|行け|読め|見れ|られ|もらえ|出せ|いけ|でき|取れ|買え|受けれ|入れれ|借りれ)る$ まだ$ は$ 来ない$ 来てない$ 届かない$
    忘れ(?:た|ま|て) なくし 間違え えらー できて 違う おかしい 消えた 減った 変わった$ (?:なし|無し|えらー|ぜろ|0|真っ白)に(?:なる|なっ|なり) について$ のこと$ ことで$ 件$ なくて$ てて$
    困(?:って(?:い)?(?:る|ます)|っと(?:る|ります)|っています|りました|る)$ のに.{0,14}(?:ない|ん|へん|ひん|ません)(?:です|や)?$ [きしちにみりぎびえけせてねめれべげ]そう(?:です|だ|や)?$ 空っぽ(?:です|だ|や|で)?$
    """
)
# What is done with a thing that has papers: it is applied for, wished for, changed, cancelled.
_PAPERWORK = _any(
    r"""
    申し?込 もうしこ 申請 しんせい 請求 せいきゅう 応募 おうぼ えんとり 参加 受付(?:して|お願い|を) 届(?!か|く|い|き) 手続 てつづき 予約 よやく 登録 発行 申出 申し出 加入 入会
    (?:金|費|手当|補助)(?:を|が|、)?(?:ください|下さい|ほし|欲し|ちょうだい|もらいた|貰いた) (?:書|紙|券|証|用紙|書類|ふぉーむ|ちけっと|ぺーじ)(?:を|が|、)?(?:ください|下さい|ほし|欲し|ちょうだい|くれ|送|おく|出|だし|もら|貰|だうんろーど|ひら|開) 頼(?:み|む|ん) たの(?:み|む|ん) もらいた 貰いた
    送付 郵送 送っ(?:て|と) おくって 変更 へんこう 変え 直し なおし 取り?消 とりけ きゃんせる やめ 止め 解約 辞退 断り 外し はずし はずす 外す 延期 ずらし 再発行 始め はじめ 再開
    返済 返したい 交付 抜(?:き|け|い) ぬ(?:き|け)た 新しく 入れ(?:て|たい|る|ます) いれ(?:て|たい|ます) 借り かりた かりる 受けさせ 入れさせ
    """
)
# What only makes a request of what stands before it: 申請してもらっていいですか, 申請する手続きをお願いします.
_REQUESTING: tuple[re.Pattern[str], ...] = tuple(
    _any(words, before, "$")
    for before, words in (
        (
            r"(?:(?<=て)|(?<=[んい]で))",
            """
            (?:もら|もろ|いただ|頂|くれ|くださ|下さ|ほし|欲し|ちょうだい|ちょーだい|頂戴|おくれ|みたい|おいて|みて|お?願い|頼|たの).{0,16}
            (?:よ|や|な|ね|え[なや]|ちょ)
            """,
        ),
        (
            r"(?:(?<=たい)|(?<=[るうくすつむぶぐ]))",
            r"""
            (?:の|ん)?(?:で|です|だ|から|もので|もんで|けん|んで)?(?:が|けど|けれど)?(?:手続き?|操作|処理|対応|画面|やつ|ほう|方)?(?:を|の)?(?:お?願い|よろしく|頼|たの|して|やって|出して|開いて|ひらいて|始めて).{0,16}
            こと(?:は|が|も|って)?(?:でき|出来|可能).{0,16} よう(?:に|、)?(?:し|お?願い).{0,14}
            (?:の|ん)?(?:です|だ|や|じゃ|ねん|っす|と思|と存|けん|もんで|もので|けど)[ぁ-ん]{0,7} [わなよねで]ー* と思.{0,14}
            """,
        ),
        (r"(?<=たく)", "(?:存じ|思い|て).{0,10}"),
    )
)
# That what a page asks for is done, whatever the page may call it; and what goes on from there.
_DONE = re.compile(
    "".join(
        (
            r"(?:はい|うん|ええ|もう|今|いま|全部|ぜんぶ|全て|すべて|ちゃんと|とりあえず|一応)*",
            r"(?:(?:ぺーじ|画面|送り?先|届け?先|住所|宛先|連絡先|番号|生年月日|認証こーど|(?:健診|健康診断|どっく)?の?結果|値|数値|数字|入力|登録|記入)の?)*",
            r"[をはにがも]?(?:全部|ちゃんと)?",
            r"(?:(?:(?:入力|登録|記入|送信|完了|入れ|書き|打ち)(?:し|でき|出来|が?(?:終わ|おわ)[っり]|済み)?|できあがっ|いれ|打っ|打ち込ん|書い|送っ|送り|埋め|やっ|でき|出来|し|(?:終わ|おわ)[っり]|終え|済ん|済み|済ませ)",
            r"(?:[てで](?:しま(?:った|いました)|き(?:た|ました)|お(?:いた|きました)|あ(?:る|ります)|い(?:る|ます))|た|だ|ました|まして)|(?:入力|登録|記入|送信)?(?:完了|済み?))",
            r"(?:の?です|で(?!す)|わ|よ|ね|な|ぞ|ー|けど|けれど|けん|から|ので|のに|が|んだけど)*",
            r"(?:次(?:は|へ|に)?|つぎは?|進ま?(?:ない|めない|みません|めて)|どうすれば?いい|どうしたらいい)?",
        )
    ).translate(HIRAGANA)
)
_BUT = re.compile("(?<!です)(?<!ます)(?<!ん)(?<!なん)(?:だ)?(?:けど|けれど|のに)(?=.{5})")
_WHY = re.compile("(?:(?<![わ分])から|ので|もんで|んで|さかい|けん|[るた]で)$")
_KANJI = re.compile("[一-龥]")
_SPACES = re.compile(r"\s+")
_CLAUSE = re.compile(r"(?:[\s、。!?()💦🙏]|[.,](?!\d))+")
_BECAUSE = re.compile(
    "(?:(?<![わ分一頭後])(?<!あと)(?<!最初)(?<!初め)(?<!はじめ)(?<!最初っ)(?<!途中)から|ので(?!しょ|す)|(?<=[うるいたすくむつん])けん(?!しん)|(?:(?<=[るうくすつぬむぐぶたなだ])|(?<=[たなしよ]い))んで(?!しょ|す|した)|もんで|さかい|よって|(?<=[一-龥すえけめれ]る)で(?![すしはもきい])|(?<=[いきしちにひみりえけせてねめれぎびげんっ]た)で(?![すしはもきい]))(?=.{3})"
)


def is_an_order(text: str) -> bool:
    """Whether the text orders something, politely or not, and asks nothing."""
    return not asks(text) and any(map(_is_an_order, clauses(text)))


def wishes(text: str) -> bool:
    """Whether the text ends with a wish or a request, and asks nothing, not even to be told something."""
    return not (asks(text) or asks_to_be_told(text)) and any(
        _ends_as(last, _WISHES) for last in clauses(text)[-1:]
    )


def orders_paperwork(text: str) -> bool:
    """Whether the text orders that a thing be applied for, changed or cancelled; with a but it asks how."""
    letters = fold(text)
    return _PAPERWORK.search(letters) is not None and not _BUT.search(letters) and is_an_order(text)


def asks(text: str) -> bool:
    """Whether the text asks; a request in the form of a question does not, nor does a question to be shown."""
    plain, letters = normalise(text), fold(text)
    if _HAD_AS.search(plain):
        return True
    if _FAVOURS.search(letters) and not _TO_BE_TOLD.search(letters):
        return _is_asked_of_a_case(letters) or _ASKED_FOR.search(_EMBEDDED.sub("", letters)) is not None
    parts = clauses(text)
    if _asks_for_a_favour(parts):
        return False
    if _is_requested(parts) and "?" not in plain.rstrip("?!。 "):
        return _QUESTIONS.search(_EMBEDDED.sub("", parts[-1])) is not None
    if "?" in plain:
        return not _SHOWS.search(fold(plain.rpartition("?")[2]))
    if len(parts) > 1 and _SHOWN.fullmatch(parts[-1]):
        return False
    if ordered_for_a_reason(text):
        return False
    if (told := _EMBEDDED.sub("", letters)) != letters:
        parts = [told]
    if parts and _ENDS_AS_QUESTION.search(parts[-1]) and not _FAVOURS.search(parts[-1]):
        return True
    return any(_QUESTIONS.search(part) for part in parts if not _FAVOURS.search(part))


def _is_asked_of_a_case(letters: str) -> bool:
    """Whether it is asked if a favour is done in some case, rather than for it: 今から出しても受け付けてもらえますか."""
    last = max(favour.start() for favour in _FAVOURS.finditer(letters))
    return _IN_A_CASE.search(letters[:last]) is not None


def _asks_for_a_favour(parts: Sequence[str]) -> bool:
    """Whether it is asked if something can be done, and then requested: 変えることはできますか、お願いします."""
    return len(parts) > 1 and bool(_REQUEST.fullmatch(parts[-1]) and _CAN_IT.search(parts[-2]))


def _is_requested(parts: Sequence[str]) -> bool:
    """Whether a request ends the text, and no clause before it still asks."""
    *story, last = parts or [""]
    return bool(_REQUESTED.search(last) or _MADE_SO.search(last)) and not any(map(_STILL_ASKS.search, story))


def ordered_for_a_reason(text: str) -> str:
    """The order that ends a text after its reason, and asks nothing itself: 画面を開いて of 何枚か知りたいので画面を開いて."""
    last = last_clause(text)
    is_why = _WHY.search(fold(text.removesuffix(last)))
    return last if is_why and _is_an_order(fold(last)) and not (asks_to_be_told(last) or asks(last)) else ""


def asks_to_be_told(text: str) -> bool:
    """Whether the text only asks for words: 住所おしえて."""
    letters = fold(text)
    return _TO_BE_TOLD.search(letters) is not None or _TOLD.search(letters) is not None


def _joined(text: str) -> str:
    """The text; where all is kana without the spaces, which stand between words."""
    return text if _KANJI.search(text) else _SPACES.sub("", text)


def tells(text: str) -> bool:
    """Whether the text tells how something stands: it cannot be done, it has not come."""
    return any(map(_STATES.search, clauses(text)))


def is_done(text: str) -> bool:
    """Whether the text only says that what a page asks for is done: 入れました, もう書いたけど."""
    return "?" not in normalise(text) and _DONE.fullmatch(fold(text)) is not None


def clauses(text: str) -> list[str]:
    """The clauses, each without its reason."""
    said = (fold(clause) for clause in _CLAUSE.split(normalise(text)))
    parts = [part for clause in said for part in _BECAUSE.split(clause) if part]
    return parts[:-1] if len(parts) > 1 and _EITHER_WAY.search(parts[-1]) else parts


def last_order(text: str) -> str:
    """The order that a text ends with, where what stands before it is its story; else nothing.

    Where all is kana, spaces stand between words: ぱすわーど かえたい has no story."""
    *story, last = clauses(_joined(text)) or [""]
    return last if story and is_an_order(last) else ""


def what_is_asked(clause: str) -> str:
    """A folded clause without what only makes a request of it."""
    for pattern in _REQUESTING:
        clause = pattern.sub("", clause)
    return clause


def last_clause(text: str) -> str:
    """What a text ends with, after its reason, as it is typed."""
    parts: list[str] = _CLAUSE.split(normalise(_joined(text)))
    last = next(filter(None, reversed(parts)), "")
    reasons = [*_BECAUSE.finditer(last.translate(HIRAGANA))]
    return last[reasons[-1].end() :] if reasons else last


def _is_an_order(clause: str) -> bool:
    """Whether the clause ends as an order, perhaps with words after it that only soften."""
    return _ends_as(clause, _WISHES, _ORDERS)


def _ends_as(clause: str, *endings: re.Pattern[str]) -> bool:
    if _FAVOURS.search(clause):
        return True
    if _STATES.search(_EMBEDDED.sub("", clause)):
        return False
    while not any(ending.search(clause) for ending in endings):
        if (shorter := _SOFTENED.sub("", clause)) == clause:
            return False
        clause = shorter
    return True
