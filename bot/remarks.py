"""What is said of the talk itself, at whatever step: これって何の画面？, どれでもない."""

import re

from bot.flow import World
from bot.lexicon import HIRAGANA, fold
from bot.messages import Text
from bot.questions import Question
from bot.walk import Walk
from bot.words import loose

NOWHERE = Text(
    "今は、どの手続きの途中でもありません。ご用件を短い言葉で送るか、「メニュー」からお選びください。"
)
NONE_HERE = Text(
    "この中にないときは「やめる」を押して、知りたいことを短い言葉で送ってください。人に聞くときは「窓口」と送ってください。"
)
NONE_OPEN = Text(
    "今は、お選びいただくものがありません。知りたいことを、短い言葉で送ってください。人に聞くときは「窓口」と送ってください。"
)

_WHERE = re.compile(
    r"(?:え+っ?と?|あれ|ん|す[みい]ません|ちょっと|で|今|いま)*"
    r"(?:(?:これ|ここ|それ)(?:って|は)?(?:一体|いったい)?(?:何|なん|なに)(?:の|をする|する)(?:画面|ページ|手続き|質問|確認|とこ|ところ|やつ|話)"
    r"|(?:この|今の|いまの)(?:画面|ページ|質問|手続き)(?:って|は|の意味|の意味は|って何の)?(?:何|なん|なに|どういう(?:意味|こと))"
    r"|(?:何|なん|なに)の(?:画面|ページ|手続き|質問|確認|途中|話)"
    r"|(?:今|いま)(?:は|って)?(?:何|なに)(?:を)?(?:して(?:い)?る|しとる|しよる|やって(?:い)?る|やっとる|の(?:途中|手続き中?|最中)|中)"
    r"|(?:今|いま)(?:は|って)?(?:どこ|どういう状況|どうなって(?:い)?る|どの画面|どの段階))"
    r"(?:ん|の|なの|なん|です|ですか|でしょうか|のですか|んですか|や|やろ|だっけ|だ|か|かな|ー)*"
)
# Where one is, and what to do now: the step is shown again.
_LOST = re.compile(
    r"(?:これ|ここ|この画面|今の画面|今|この質問)?(?:って|は|で|の)?(?:何|なん|なに)(?:の(?:画面|質問|手続き|ぺーじ|話)|(?:を|に)(?:聞い|答え|選|入力|入れ|書|送|すれ)[ぁ-ん]*|(?:を)?(?:する|すれば)(?:の|いい|とこ|ところ)?|です)?(?:だっけ|です|か|の|ん|いい|いいの|よ|や|っけ)*"
    r"|(?:(?:これ|ここ|今|次)(?:は|って|から)?)?どう(?:すれば|したら)(?:いい|ええ|よい)(?:の|です|ん|か|でしょう|や)*|今(?:の?画面)?(?:は|って)?どこ(?:まで)?(?:です|なん|や|だっけ|の|か)*".translate(
        HIRAGANA
    )
)
_NONE = re.compile(
    r"(?:(?:どれ|どっち|どちら|いずれ|全部|全て|すべて)(?:で|に|と)?(?:も|とも)?(?:ない|なし|違う|ちがう|違います|ちゃう|(?:当てはま|あてはま|当たら|該当し)(?:らない|りません|ない|ません))"
    r"|(?:この|上の|下の|選択肢の|選択肢)(?:中)?(?:に|には)(?:ない|ありません|無い)|該当なし|ここに(?:は)?ない)"
    r"(?:です|んです|んだけど|わ|よ|な)*"
)


def on_the_talk(walk: Walk[World], question: Question | None, text: str) -> Text | None:
    """What is answered to a text about the talk itself; `question` is what the present step asks, if one is in a talk."""
    if wants_none(text) and not walk.place.asked_back:
        return NONE_HERE if question else NONE_OPEN
    if question and (asks_where_one_is(text) or is_lost(text)):
        return Text(_whereabouts(walk.flows[walk.frame.flow].title, question))
    return NOWHERE if asks_where_one_is(text) else None


def wants_none(text: str) -> bool:
    """Whether the text says that nothing of what may be chosen is meant: どれでもない."""
    return _NONE.fullmatch(loose(text)) is not None


def asks_where_one_is(text: str) -> bool:
    """Whether the text asks what the screen at hand is, or what is being done: これって何の画面？"""
    return _WHERE.fullmatch(loose(text)) is not None


def is_lost(text: str) -> bool:
    """Whether the text only asks where one is, and what to do now: これって何の画面？"""
    return _LOST.fullmatch(fold(text)) is not None


def _whereabouts(talk: str, question: Question) -> str:
    """What talk one is in, what its screen is, and how it goes on."""
    screen = f"今は「{question.card.title}」の画面です。" if question.card and question.card.title else ""
    open_still = "下のボタンを押すまでは、何も決まりません。" if question.by_hand else question.goes_on
    return f"「{talk}」の途中です。{screen}{open_still}おやめになるときは「やめる」を押してください。"
