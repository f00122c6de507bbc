"""Thanks, greetings, acknowledgements: what asks nothing has a short answer and is no unanswered question."""

import re
from collections.abc import Iterable
from itertools import pairwise

from bot.lexicon import Lexicon, fold

BESIDE = "-beside"  # what may be said with any of them: です, ねえ, 先生
LONGEST = 30

REMARKS = {
    "thanks": "どういたしまして。ほかにも知りたいことがあれば、短い言葉でお書きください。",
    "solved": "それはよかったです。ほかにも知りたいことがあれば、短い言葉でお書きください。",
    "acknowledged": "ご返事をありがとうございます。ほかにも知りたいことがあれば、短い言葉でお書きください。",
    "morning": "おはようございます。知りたいことを、短い言葉でお書きください。",
    "hello": "こんにちは。知りたいことを、短い言葉でお書きください。",
    "evening": "こんばんは。知りたいことを、短い言葉でお書きください。",
    "night": "おやすみなさい。またいつでもお書きください。",
    "bye": "ありがとうございました。またいつでもお書きください。",
    "regards": "こちらこそ、よろしくお願いします。知りたいことを、短い言葉でお書きください。",
    "weary": "おつかれさまです。知りたいことがあれば、短い言葉でお書きください。",
    "sorry": "いえ、お気になさらないでください。知りたいことを、短い言葉でお書きください。",
    "calling": "はい。知りたいことを、短い言葉でお書きください。",
    "vexed": "お手間をおかけして申し訳ありません。お困りのことを、短い言葉でお書きください。人に聞くときは「窓口」と送ってください。",
    "praise": "ありがとうございます。ほかにも知りたいことがあれば、短い言葉でお書きください。",
}


COURTEOUS = frozenset(
    ("thanks", "morning", "hello", "evening", "night", "bye", "regards", "weary", "calling", "sorry", "vexed")
)
CLAUSE = re.compile(r"[^。．！!？?\n、，,]+[。．！!？?\n、，,]*")
OPENINGS = re.compile(
    r"^(?:(?:いつも|大変)?お世話(?:に|さま|様)(?:なって(?:おり|い)?ます|なります)|お疲れ(?:さま|様)です|はじめまして|初めまして"
    r"|(?:お忙しい|夜分|夜遅く|朝早く|休日|お休み)(?:ところ|中|に)*(?:大変)?(?:に)?(?:恐れ入り|失礼(?:いた)?し|すみ|すい|申し訳(?:あり|ござい))ま(?:す|せん)が?"
    r"|(?:すみ|すい)ませんが?|恐れ入りますが|恐縮ですが|申し訳(?:あり|ござい)ませんが|お手数(?:を|お)*(?:ですが|かけ(?:し|いたし)ますが))[、。\s]*"
)
PLAINLY = re.compile(  # how plainly it is to be told: 機械に弱い私でもわかるように
    r"(?:^|(?<=[、。！!？?\s]))[^、。！!？?\s]{1,16}(?:でも|にも)(?:ちゃんと|すぐ|よく)?"
    r"(?:わかる|分かる|できる|出来る)(?:ように|説明で|言葉で)[、\s]*(?:簡単に|かんたんに|やさしく|わかりやすく)?[、\s]*(?=.{3})"
)
WHETHER = re.compile(r"(?:でき|出来|可能)[^、。]*か[、。？?]*(?:お願い\w*)?[。！!]*$")
ENDINGS = re.compile(  # after a whole clause: what is 連携よろしく orders something
    r"(?:(?<=[、。！!？?\s])|(?<=です)|(?<=ます)|(?<=ません)|(?<=さい)|(?<=か)|(?<=が))"
    r"(?:(?:どうぞ|何卒|なにとぞ)?(?:よろしく|宜しく)(?:お願い(?:し|致し|いたし|申し上げ)ます|です)?"
    r"|(?:ご(?:確認|回答|教示|連絡|返信)|お返事)(?:を|の?ほど)?(?:よろしく)?お願い(?:し|致し|いたし)ます"
    r"|(?:いつも|本当に)?ありがとうございま(?:す|した))[。！!]*$"
)


class SmallTalk:
    """The wordings, as lines of a lexicon: `thanks: ありがとう, 助かりました`."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lexicon = Lexicon(lines)

    def answer(self, text: str) -> str | None:
        """What is answered to a text of which nothing is left beside them: thanks go before all else."""
        said = self._kinds(text)
        return next((answer for kind, answer in REMARKS.items() if kind in said), None)

    def heart(self, text: str) -> str:
        """What is asked or told beside greetings, thanks and how plainly it is to be told; the text as it is where that is all."""
        clauses = CLAUSE.findall(text)
        kept = "".join(
            each for before, each in pairwise(("", *clauses)) if not self._is_courtesy(each, before)
        )
        if not WHETHER.search(kept):
            kept = ENDINGS.sub("", kept)
        kept = PLAINLY.sub("", OPENINGS.sub("", kept))
        return kept if fold(kept) else text

    def _is_courtesy(self, clause: str, before: str) -> bool:
        """Whether a clause only greets or thanks; after the question whether something can be done it orders that."""
        return bool(self._kinds(clause) & COURTEOUS) and not WHETHER.search(before)

    def _kinds(self, text: str) -> set[str]:
        """The kinds of which a text consists; none where something is left beside them."""
        letters = fold(text)
        pieces = list(self._lexicon.spell(letters)) if len(letters) <= LONGEST else []
        return {name for name, _ in pieces} if all(known for _, known in pieces) else set()
