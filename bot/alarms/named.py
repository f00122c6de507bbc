"""What must be named before a likeness alone is enough for a kind of guard, apart from what only mentions it."""

import re

from bot.alarms.alarm import either

# Of each kind: what it cannot do without; whose data, which number.
_NAMED = {
    "others_data": r"""
        «others» «kin» «former» «surname»(?:さん|先生|くん|氏) 誰 だれ どなた どいつ あいつ こいつ そいつ 全員 みんな 皆 名簿 らんきんぐ 職員 教員 先生 教師 事務 人 ひと 者 奴 やつ 方(?!法|向|針) 子(?!ども手当) 彼 相手 担当 校長 教頭 会員 組合員 持ち主 個人情報 \d{5,} 090 080 070
    """,
    "harassment": r"""
        «boss» «mistreats» 生徒 教委 委員会 職場 職員室 学校 朝礼 会議 打ち?合わせ 先生 教師 教員 講師 非常勤 みんな 皆 全員 誰も だれも 仲間 (?:私|わたし|自分|俺|おれ|僕|あたし)(?:の.{1,6})?だけ
        [かがさたならわばま]れ(?:る|た|て|ま|そう|続|っ) られ(?:る|た|て|ま|そう|続) させ(?:る|た|て|ま) て(?:もらえ|くれ)(?:な|ん|へん|ず|ま) (?:言|い)(?:う|って(?:く|き)|いま) 」
    """,
    "my_number": r"""
        まいな 個人番号 こじんばんごう my\s?number 番号法 通知かーど (?:12|十二)(?:桁|けた|の) \d{8,} (?<!組合員)証番号 国民番号 番号(?:を|が|、)?.{0,8}(?:送|書|打|言い|伝え|見せ|撮) 桁の番号(?:を|、)?.{0,6}(?:送|書|打|言|載)
    """,
}
# What speaks of somebody without asking for what is theirs: company, a survivor's own procedures, things of one's own.
_MENTIONED = r"""
    (?:«others»|子(?:ども|供)?|生徒|児童|人|さん|先生|みんな|家族)(?:たち|ら)?と(?:一緒に|いっしょに|も)?(?:同じ|走|歩|行(?!った病)|泊|参加|食|使(?!った)|会|旅|出かけ)
    亡く(?:な(?:った|りました|られた)|した)«kin»(?:の|が|は)?(?:名義の?)?.{0,12}(?:引き出|解約|払い?戻|名義|手続|請求|届|相続|受け取)
    (?:私|わたし|自分|僕|俺|うち|当方)の(?:分|申請|申込|登録|番号|くーぽん|ぽいんと|残高|結果|方)
    «others»(?:の|に|へ)(?:、)?.{0,6}(?:祝い?|お祝い|ぷれぜんと|贈|餞別|お見舞い|香典)
    (?:担当|窓口|係|事務局|受付|共済|互助会|支部)の?(?:人|ひと|者|方|職員|さん)? 所属所長 (?:組合員|会員|職員|教員|教諭)(?:では?|じゃ)(?:な|あ) (?:上司|校長|教頭|先生|同僚|先輩|事務)(?:さん)?(?:からの?|の)(?:指示|勧め|すすめ|紹介|依頼|話) 他人事 受け?取り?人 名義人 世帯主 個人 新人 人数 本人 一人 二人 三人 何人 ひとり ふたり 大人 人間(?:どっく)? 名人 人気 対象者 被扶養者 利用者 配偶者
"""
_TAKES_PART = re.compile(
    either(
        r"""
        (?:泊まり|1泊|一泊)(?:の|こーす|どっく|で) «test»(?:に|へ)(?:替え|変え|変更|し(?:たい|て))(?!た(?:ほう|方))
        (?:どこ|誰|だれ|どちら)に(?:聞|相談|尋ね|たずね|問い合わせ|電話)
        """
    )
)
_USES_NO_MORE = re.compile(
    either("(?:使わ|使い|使うことが)(?:な|ませ|ん).{0,4}(?:ので|から|けん|し) 退会 解約")
)
_LIFE = re.compile(either("«pain» 死 生き 消え 人生 命 楽に さよなら さようなら 終わりに"))
_LOST = re.compile(
    either(
        r"^(?:もう|よく|全然|さっぱり|言って(?:い)?る|書いてある|説明の|この){0,3}意味(?:が|も)?(?:全然|さっぱり|よく)?(?:わから|分から|わかり|分かり|不明)"
    )
)
_ON_SCREEN = re.compile(
    either("くるくる ぐるぐる 読み込み? ろーでぃんぐ 固まっ 電話(?:が)?.{0,10}途中で切れ(?:た|る|まし)[。]?$")
)
_ASKS = re.compile(either("«asks» «tells»"))
_WHO = {kind: re.compile(either(words)) for kind, words in _NAMED.items()}
_ASIDE = re.compile(either(_MENTIONED))
_OWN_ACCOUNT = re.compile(either("振込先 振り込み先 受取口座 受け取り口座 届出口座"))
_PAID = re.compile(either("給与 給料 賃金 ぼーなす 年金 児童手当 還付"))


def is_named(kind: str, folded: str) -> bool:
    """Whether a text names what a kind of guard is about."""
    if kind == "other_institution":
        return not _OWN_ACCOUNT.search(folded) or _PAID.search(folded) is not None
    if kind == "emergency":
        return not _ON_SCREEN.search(folded)
    if kind == "despair":
        if _LOST.search(folded) and not _LIFE.search(folded):
            return False
        return not _USES_NO_MORE.search(folded) or _LIFE.search(folded) is not None
    if kind == "medical" and _TAKES_PART.search(folded):
        return False
    if kind not in _WHO:
        return True
    sentences = re.split("[。!]", folded) if kind == "others_data" else []
    asking = [each for each in sentences if _ASKS.search(each)] or [folded]
    return any(_WHO[kind].search(_ASIDE.sub("", each)) for each in asking)
