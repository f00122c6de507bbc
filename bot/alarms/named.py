"""What must be named before a likeness alone is enough for a kind of guard, apart from what only mentions it."""

import re
from dataclasses import dataclass
from functools import cached_property

from bot.alarms.alarm import either
from bot.alarms.numbers import MY_NUMBER

_SENTENCE = re.compile("[。!]")


@dataclass(frozen=True)
class Named:
    """What a kind of guard cannot do without, and what speaks of something else; lists as in the alarms."""

    by: str = ""  # one of these is named,
    but_for: str = ""  # these left out of account;
    asked: str = ""  # in the sentences that ask like this, where there are any
    not_in: str = ""  # what is another matter,
    unless: str = ""  # whatever it speaks of, where one of these is said
    never: str = ""  # what is another matter, whatever else is said

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str] | None, ...]:
        lists = (self.by, self.but_for, self.asked, self.not_in, self.unless, self.never)
        return tuple(re.compile(either(words)) if words else None for words in lists)

    def is_in(self, folded: str) -> bool:
        by, but_for, asked, not_in, unless, never = self._patterns
        if never and never.search(folded):
            return False
        if not_in and not_in.search(folded) and not (unless and unless.search(folded)):
            return False
        sentences = [each for each in _SENTENCE.split(folded) if asked.search(each)] if asked else []
        said = (but_for.sub("", each) if but_for else each for each in sentences or [folded])
        return by is None or any(map(by.search, said))


_NAMED = {
    "emergency": Named(
        not_in="くるくる ぐるぐる 読み込み? ろーでぃんぐ 固まっ 電話(?:が)?.{0,10}途中で切れ(?:た|る|まし)[。]?$"
    ),
    "despair": Named(
        not_in=r"""
            ^(?:もう|よく|全然|さっぱり|言って(?:い)?る|書いてある|説明の|この){0,3}意味(?:が|も)?(?:全然|さっぱり|よく)?(?:わから|分から|わかり|分かり|不明)
            (?:使わ|使い|使うことが)(?:な|ませ|ん).{0,4}(?:ので|から|けん|し) 退会 解約
            (?:りまいん(?:ど|だー)|通知|お?知らせ|案内|めーる|連絡|配信|広告|めるまが|ちらし|めっせーじ)(?:は|も|って|なんか)?(?:もう|別に|全然|いちいち|、)*(?:要ら|いら)(?:な|ん|へん)
        """,
        unless="«pain» 死 生き 消え 人生 命 楽に さよなら さようなら 終わりに",
        # a short question that names nothing of a life, and going somewhere together
        never=r"""
            ^(?!.*(?:«life»)).{1,16}(?:\?|って(?:いう)?こと|の|(?:です|ます|ん)か|かな)$
            ^(?!.*(?:«life»)).{0,24}(?:一緒|いっしょ)(?:に|で|でも)?.{0,6}(?:行[きけくっ]|い[きけく]|泊|受け|使|食べ|歩|参加|申|利用|旅|出かけ|連れ|楽しみ)
        """,
    ),
    # Whose data; apart from company, a survivor's own procedures, things of one's own.
    "others_data": Named(
        by=r"""
            «others» «kin» «former» «surname»(?:さん|先生|くん|氏) 誰 だれ どなた どいつ あいつ こいつ そいつ 全員 みんな 皆 名簿 らんきんぐ 職員 教員 先生 教師 事務 人 ひと 者 奴 やつ 方(?!法|向|針) (?<![女男])子(?!ども手当) 彼 相手 担当 校長 教頭 会員 組合員 持ち主 個人情報 \d{5,} 090 080 070
        """,
        but_for=r"""
            (?:誰|だれ)が(?:見|読ん|聞い|やっ)(?:て|で)も (?:«others»|子(?:ども|供)?|生徒|児童|人|さん|先生|みんな|家族)(?:たち|ら)?と(?:一緒に|いっしょに|も)?(?:同じ|走|歩|行(?!った病)|泊|参加|食|使(?!った)|会|旅|出かけ)
            亡く(?:な(?:った|りました|られた)|した)«kin»(?:の|が|は)?(?:名義の?)?.{0,12}(?:引き出|解約|払い?戻|名義|手続|請求|届|相続|受け取)
            (?:全員|みんな|皆)で(?:一緒に)?(?:申|受け|行|泊|使|参加|歩|食) (?:同じ|うちの)(?:学年|職場|学校|課)の(?=$|、)
            «kin»の(?:葬儀?|葬式|通夜|法事|四十九日|看病|介護|入院) «kin»が(?:亡くな|死ん|他界)
            (?:私|わたし|わたくし|自分|僕|俺|うち|当方)の(?:分|申請|申込|登録|番号|くーぽん|ぽいんと|残高|結果|方|貯金|積立|掛け?金|記録|履歴|年金|加入|契約|健診|明細|給料) (?:学校|職場|会社|高校|中学|小学校|市役所|私学)に(?:おった|いた|勤めた|おりました|いました)(?:頃|ころ|時|とき)?
            (?:«others»|[ぁ-ん一-龥]{2,4}さん|職員|先生方?|教員|保護者|みんな|全員)(?:に|へ)(?:も)?.{0,4}(?:配|渡し|回覧|案内|周知|紹介|説明)
            «others»(?:の|に|へ)(?:、)?.{0,6}(?:祝い?|お祝い|ぷれぜんと|贈|餞別|お見舞い|香典)
            (?:担当|窓口|係|事務局|受付|共済|互助会|支部)の?(?:人|ひと|者|方|職員|さん)? 所属所長 (?:組合員|会員|職員|教員|教諭)(?:では?|じゃ)(?:な|あ) (?:上司|校長|教頭|先生|同僚|先輩|事務)(?:さん)?(?:からの?|の)(?:指示|勧め|すすめ|紹介|依頼|話) 他人事 受け?取り?人 名義人 世帯主 個人 新人 人数 本人 一人 二人 三人 何人 ひとり ふたり 大人 人間(?:どっく)? 名人 人気 対象者 被扶養者 利用者 配偶者
        """,
        asked="«asks» «tells»",
        not_in="«method»(?:を|が|は|、)?«tells» «mine»",
        # what befell one's own family, and the money for it; whether one of them who is a member enters alone
        never=r"""
            ^(?!.*(?:教え|知り|見せ|見たい|調べ)).*«kin»(?:は|も)[^。]{0,24}(?:組合員|教員|教諭|学校).*(?:登録|申し?込|使)[^。]{0,12}$
            ^(?!.*(?:«others»)).*(?:うちの子|«kin»|子(?:ども|供)?|双子|三人目|二人目|第[一二三]子)(?:が|の|も|は|、)?.{0,12}(?:産まれ|生まれ|入学|進学|結婚|小学校|中学|大学|卒業|就職|成人|退職|転職|亡くな).{0,16}(?:祝|もらい|もらえ|出る|出ます|手続|申請|申し込|請求|届|扶養)
        """,
    ),
    "medical": Named(
        not_in=r"""
            (?:泊まり|1泊|一泊)(?:の|こーす|どっく|で) «test»(?:に|へ)(?:替え|変え|変更|し(?:たい|て))(?!た(?:ほう|方))
            (?:どこ|誰|だれ|どちら)に(?:聞|相談|尋ね|たずね|問い合わせ|電話)
            (?:«recorded»)(?!.{0,20}«fine») ^(?=.*mri)(?=.*«implanted»)(?!.*«remedy») (?:欄|項目)(?:が|は)?(?:な(?:い|く)|どこ|見つから|出ない) (?:欄|項目)(?:は|を|に|が)?.{0,6}(?:空け|空欄|空い|書か|入れ|埋め|未記入|飛ばし)
        """,
    ),
    "harassment": Named(
        by=r"""
            «boss» «mistreats» 生徒 教委 委員会 職場 職員室 学校 朝礼 会議 打ち?合わせ 先生 教師 教員 講師 非常勤 みんな 皆 全員 誰も だれも 仲間 (?:私|わたし|自分|俺|おれ|僕|あたし)(?:の.{1,6})?だけ
            [かがさたならわばま]れ(?:る|た|て|ま|そう|続|っ) られ(?:る|た|て|ま|そう|続) させ(?:る|た|て|ま) て(?:もらえ|くれ)(?:な|ん|へん|ず|ま) (?:言|い)(?:う|って(?:く|き)|いま) 」 «expecting»
        """,
        # what is asked of them or recommended by them
        never="^(?!.*(?:«mistreats»|«suffers»|«struck»|«violates»|«pain»)).*(?:宿(?!直)|ほてる|許可|承認|人気|おすすめ|講座|証明印|登録|くーぽん|ぽいんと)",
    ),
    # What is asked politely insults nobody.
    "abuse": Named(
        not_in=r"""
            (?:いただ|頂)(?:き|け|く) ございま 存じ くださ(?:い|れ) 下さい (?:です|ます|でしょう)(?:か|が|けど)
            (?:人|担当|人間|おぺれーたー|窓口)(?:の人)?(?:に|と|へ)(?:代わ|かわ|替わ|話|つな|回し)
        """,
        unless="«insult»",
    ),
    "other_institution": Named(
        not_in=r"""
            (?:貯金|掛金|医療費|共済|互助会)の?(?:証明|控除証明|通知|お知らせ)
            (?:今月|来月|今日|今|今週|いま)(?:に|、)?(?:出|申請|提出|請求)(?:す|し).{0,12}(?:振り?込|入金|入る|入り)
            振込先 振り込み先 受取口座 受け取り口座 届出口座
            (?:けんぽ|国保|共済|健保|互助会|互助組合|会社|民間|企業|役所|県庁|県|支部)(?:から|に(?:いた|勤めていた)|を(?:辞め|やめ|抜け|脱退し))[^。]{0,8}(?:移|来|転|変わ|入|切り?替|抜|戻|採用|教員)
        """,
        unless="給与 給料 賃金 ぼーなす 年金 児童手当 還付",
    ),
    "my_number": Named(
        by=r"""
            まいな 個人番号 こじんばんごう my\s?number 番号法 通知かーど かーどの裏 (?:12|十二)(?:桁|けた)(?:の)?(?:番号|数字|やつ|もの|ほう)?(?:を|が|、|は|も)?[^。]{0,10}(?:送|書|打|言|伝え|見せ|撮|教え|入力|入れ|載|提出) (?<!\d)(?!0\d{9,10}(?!\d))\d{8,} (?<!組合員)証番号 国民番号 番号(?:を|が|、)?.{0,8}(?:送|書|打|言い|伝え|見せ|撮) 桁の番号(?:を|、)?.{0,6}(?:送|書|打|言|載)
        """,
        not_in=MY_NUMBER.excused_by,
    ),
}


def is_named(kind: str, folded: str) -> bool:
    """Whether a text names what a kind of guard is about."""
    return _NAMED[kind].is_in(folded)
