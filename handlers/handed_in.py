"""What members tell of papers in their own words: that one was handed in, or that it was not after all."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from bot import fold
from models.agenda import Coming

LONGEST = 48  # letters
BACK = "back"
ALIKE = 2  # letters that the name of a paper and its title have in common, at least

# Of folded text: hiragana, no signs.
_KEPT = r"(?:から|ので|んで|けん|で)?(?:つけ|付け|記録し|済み?にし|提出済みにし|ちぇっくし)(?:て|と)(?:おいて|いて|って|や)?(?:ください|下さい)?"
_END = rf"(?:{_KEPT})?" + r"(?:の?です|でした|んだ|よ|ね|わ|の|ん|が|けど|から|ので|ー)*$"
_DONE = re.compile(
    r"^(?P<named>.*?)(?:(?:再?提出|投函|送付|郵送|持参|発送)(?:し|いたし|致し|を?(?=済|ずみ|完了))|(?:出|だ)し|送り(?=ま)|送っ(?=た|て)"
    r"|(?:[にへ])(?:渡し|わたし|預け)|ぽすと[にへ](?:入れ|いれ|投げ込み|出し|放り込み)(?=た|て|まし))"
    r"(?:てき|てまいり|て参り|ておき|てあり|てしまい|終わり|おわり|終え)?"
    r"(?:ました|ます(?<=てあります)|た|てきた|てある|ておいた|といた|てしまった|ちゃった|終わった|済み?|ずみ|完了)"
    r"(?:に(?:して(?:おいて)?(?:ください|下さい)?|しといて(?:ください|下さい)?|しとって))?" + _END
)
_NOT_DONE = re.compile(
    r"^(?P<named>.*?)(?:提出|投函|送付|出|だ)して(?:い)?(?:ませんでした|ません|なかった|ない)" + _END
)
_TAKES_BACK = re.compile(
    r"^(?P<named>.*?)の?提出(?:しました|した|済み?)?(?:の記録)?"
    r"(?:を?(?:取り?消|とりけ|取り?下げ|取りやめ|きゃんせる)|のは(?:まちがい|間違い|うそ))"
)
_WHEN = re.compile(
    r"^(?:はい|あの|すみません)|もう|さっき|先ほど|すでに|既に|とっくに|やっと|まだ|ちゃんと|無事に?|今日|本日|きょう|昨日|きのう|一昨日|おととい"
    r"|今朝|今週|先週|先月|学校経由で|経由で|先日|郵送で|文書交換で|学校から|窓口[にへで]|事務局[にへ]|福利課[にへ]|支部[にへ]|互助会[にへ]|提出箱に"
)
_PAPER = re.compile(
    r"申し?込|申請|請求|書類|書$|書を?$|届|用紙|提出物|どっく|健診|検診|講座|かふぇ|貯金|払い?出|解約|給付|補助金|積立"
)
_SENT = re.compile("送[りっ]")  # a file or a message may be sent, too
_ANY_PAPER = re.compile(r"の?(?:申し?込み?書?|申請書?|請求書?|書類|用紙|届|提出物?)")
_NO_PAPER = re.compile(r"くーぽん|結果|ぽいんと|歩数|体重|写真|まいなんばー|個人番号|辞表|退職願|声|元気")


def told(text: str) -> Mapping[str, str] | None:
    """What is said of a paper: `named`, and `wish` = back where the mark is to be taken away; None when nothing is.

    Read so: もう出した, 歯科健診の申込みを提出しました, 提出していませんでした, 提出を取り消したい."""
    letters = fold(text).replace("ていしゅつ", "提出")
    if len(letters) > LONGEST or "?" in text or "？" in text:
        return None
    for pattern, wish in ((_TAKES_BACK, BACK), (_NOT_DONE, BACK), (_DONE, "")):
        if found := pattern.search(letters):
            named = _WHEN.sub("", found["named"]).strip("をはもがに")
            anything = not named and not _SENT.search(letters)
            of_paper = "提出" in letters or anything or _PAPER.search(named)
            if not of_paper or _NO_PAPER.search(named):
                return None
            return {key: value for key, value in (("named", named), ("wish", wish)) if value}
    return None


def called(named: str, comings: Sequence[Coming]) -> list[Coming]:
    """Those whose titles have most in common with what the paper is called; none where little is."""
    alike = [(_alike(_ANY_PAPER.sub("", named), fold(one.event.title)), one) for one in comings]
    most = max((letters for letters, _ in alike), default=0)
    return [one for letters, one in alike if letters == most >= ALIKE]


def _alike(named: str, title: str) -> int:
    """The longest run of letters that both have."""
    return SequenceMatcher(None, named, title, autojunk=False).find_longest_match().size
