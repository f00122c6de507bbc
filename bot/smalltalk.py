"""Thanks, greetings, acknowledgements: what asks nothing has a short answer and is no unanswered question."""

from collections.abc import Iterable

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
    "praise": "ありがとうございます。ほかにも知りたいことがあれば、短い言葉でお書きください。",
}


class SmallTalk:
    """The wordings, as lines of a lexicon: `thanks: ありがとう, 助かりました`."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lexicon = Lexicon(lines)

    def answer(self, text: str) -> str | None:
        """What is answered to a text of which nothing is left beside them: thanks go before all else."""
        letters = fold(text)
        pieces = list(self._lexicon.spell(letters)) if len(letters) <= LONGEST else []
        said = {name for name, _ in pieces} if all(known for _, known in pieces) else set()
        return next((answer for kind, answer in REMARKS.items() if kind in said), None)
