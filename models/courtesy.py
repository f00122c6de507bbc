"""The words of courtesy that people put around an answer: えっと、やっぱり2枚でお願いします."""

import re

BEFORE = (
    r"(?:はい|うん|ええ|いや|いえ|あ+っ?|えっ?と|ええと|えーと|あの|ほな|では?|じゃあ?|それでは|それじゃ|それなら|やっぱ(?:り|し)?|やはり"
    r"|もし|たぶん|多分|だいたい|約|すみません|すいません|ごめん(?:なさい)?|(?:間違|まちが)え(?:た|ました))"
)
ABOUT = "(?:くらい|ぐらい|ほど|ちょうど|だけ|かな)"  # beside a number
AFTER = (
    r"(?:(?:[をで]|が)?(?:お願い(?:します|いたします)?|おねがい(?:します)?|頼みます|たのみます|たのむ|(?:下|くだ)さい|選(?:ぶ|びます))"
    r"|に(?:し(?:ます|たい(?:です)?|とく|ときます|といて)|する)|[でが](?:いい|ええ|よい|(?:欲|ほ)しい)(?:です|わ|や)?|です|で|や|だ)"
)
_FIRST = re.compile(rf"{BEFORE}[、,。\s]*")
_LAST = re.compile(rf"(?:の(?:ほう|方|やつ|分))?{AFTER}?[。!]*$")


def bare(text: str) -> str:
    """A text of one width without the courtesy around it; what is courtesy from end to end keeps its last word."""
    while (said := _FIRST.match(text)) and said.end() < len(text):
        text = text[said.end() :]
    return _LAST.sub("", text)
