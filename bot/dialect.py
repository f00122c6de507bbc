"""What is said in dialect or in haste, put into the words of the written language, so that one pattern reads both."""

import re

from bot.lexicon import HIRAGANA

# Of folded text: hiragana, no signs or spaces; each pattern and what it is read as.
_BEFORE = "いきしちみりぎびけせてれめねげべっ"  # what a verb ends on before an auxiliary
_STANDARD = tuple(
    (re.compile(pattern.translate(HIRAGANA)), plain)
    for pattern, plain in (
        # a favour: 見せてつか, 見せとくれん, 出してちょ
        (
            r"(?<=[てで])(?:つか(?:はい|あ?さい|い)?(?![うえおっわたま])|くだ(?:はい|せえ|んせ)|おくれ(?:やす|んか|よし)?|くれ(?:や|へんか?|ん(?:か|かな|かのう|さい|ね|やろか)?|んろ)"
            r"|ちょー?(?:う?だい)?|もらえ(?:へん|ん)(?:か|かな|やろか)?|け(?:ろ|れ$)|けさい|ごせ|もろても?(?:ええ|いい)?(?:です)?(?:か(?:な|の|ね)?)?|くん(?:ない|ね(?:え|ー)?|ろ)|もらわれ?へん(?:か|かな|やろか)?)(?![らるれ])",
            "ください",
        ),
        (r"(?<=[てで])(?:んか(?:いな|いの|のう?|ね)?|え[なや]|んけ|なはれ)$", "ください"),
        (r"(?<=[せけめ])(?<!ませ)んかい?な?$", "てください"),  # 見せんかい
        (rf"(?<=[{_BEFORE}])(?:なはれ|なはらんか|なせえ)$", "てください"),
        (rf"(?<=[{_BEFORE}])とくれ(?:やす|んか|ん|や)?(?![るた])", "てください"),
        # what goes on: 流されよる, 飲んどる, 当たっとるか
        (
            rf"(?<=[{_BEFORE}])(?:よっ(?=[たて])|よ(?=る|ん(?:の|か|ね|や)|り(?:ます|まし|たい|た[くか])))",
            "てい",
        ),
        (
            rf"(?<=[{_BEFORE}])(?:とっ(?=[たて])|と(?=る|ん(?:の|ね|や|か|です|けど|$)|り(?:ます|まし)))",
            "てい",
        ),
        (r"(?<=ん)(?:どっ(?=[たて])|ど(?=る|ん(?:の|ね|や|か|です)|り(?:ます|まし)))", "でい"),
        # what has happened: 送ってしもた, 飲んでもうた
        (r"(?<=[てで])(?:もう|しも|しもう|も)た", "しまった"),
        (r"(?<=[てで])ま(?=い(?:たい|ま[^す])|う(?!す)|った)", "しま"),
        (r"ちゃった", "てしまった"),
        # a reason, a reservation, a question
        (r"(?:や|じゃ)(?:けん|さかいに?|から)", "だから"),
        (r"(?:や|じゃ)け(?:ん)?ど", "だけど"),
        (r"(?<=[るいたなんだす])(?:かいな|かいね|かいのう|やろか|やろかね|だろか|じゃろか|かしらん)", "か"),
        # what is not: 使えん, できひん, わからへん
        (r"(?<=でき)(?:ひん|へん|ん)(?![だで])", "ない"),
        (r"(?<=[らられわかさけえせめ])へん(?=$|[か、。のねでけわよし])", "ない"),
        (r"(?<!ませ)(?<!ちら)(?<=[られ])ん(?=$|[、。!?]|けど|の|か|よ|ね|し|わ)", "ない"),
        (r"(?<=[使見開]え)ん(?=$|[、。!?]|けど|の|か|よ|ね|し|わ)", "ない"),
        # words
        (r"(?<=[一-龥])[ぁぃぅぇぉ](?![ぁ-ん]?[ょゅ])", ""),
        (r"ほ(?:んなら|な(?=[、。もあ])|いじゃ|んじゃ|したら)", "では"),
        (r"(?<=もう)ええ", "いい"),
        (r"なんぼ", "いくら"),
        (r"どない", "どう"),
        (r"ほんま", "本当"),
        (r"(?:ようけ|ぎょうさん|でら(?!っ))", "たくさん"),
        (r"もういっぺん|もっぺん|もっかい|もいっかい|今一度|いま一度", "もう一度"),
    )
)


def in_standard(folded: str) -> str:
    """The folded text in standard words; what is no dialect stays as it is."""
    for pattern, plain in _STANDARD:
        folded = pattern.sub(plain, folded)
    return folded


def spellings(folded: str) -> tuple[str, ...]:
    """The folded text, and what it is in standard words where that differs."""
    standard = in_standard(folded)
    return (folded,) if standard == folded else (folded, standard)
