"""Lists longer than a screen of the staff: how many are shown, from where on, and how much of each."""

from handlers.world import Talk

MOST_SHOWN = 8  # of a list, on one screen
SHORT = 30  # letters of a message in a list


def beyond(chat: Talk, what: str) -> int:
    """The number that もっと見る says of where to go on; 0 for the beginning."""
    number = chat.given.get(what, "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


def shortened(text: str, most: int = SHORT) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
