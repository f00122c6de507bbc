"""What a person writes in their own words for somebody to read: how much of it, and what is no message at all."""

from collections.abc import Callable

from bot import Retry
from handlers.world import Talk

SAYS_NOTHING = 2  # letters


def own_words(chat: Talk, most: int, *, may_be_empty: bool = False) -> Callable[[str], list[str]]:
    """Reads a text for people; the answer holds it and its message id, so that it can be taken back.

    `-` stands for nothing where nothing need be written."""

    def read(text: str) -> list[str]:
        words = text.strip()
        if may_be_empty and words == "-":
            return ["", ""]
        if len(words) < SAYS_NOTHING:
            raise Retry("もう少しくわしく書いてください。")
        if len(words) > most:
            raise Retry(f"{most}文字までにまとめてください（今 {len(words)}文字）。")
        return [words, chat.message_id]

    return read
