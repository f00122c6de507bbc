"""How members are named to the desk."""

from handlers.world import Talk
from models.member import Holder, holder, linked_people, masked

MOST_SHOWN = 8  # of a list, on one screen
SHORT = 30  # letters of a message in a list


def named(one: Holder | None) -> str:
    """見本 太郎さん（•••456）"""
    return f"{one.latest.name}さん（{masked(one.latest.number)}）" if one else "資格データにない方"


def people_of(chat: Talk, chat_id: int) -> str:
    """Who is linked with a chat, as the desk sees them."""
    known = [one for each in linked_people(chat.db, chat_id) if (one := holder(chat.db, each))]
    return "、".join(named(one) for one in known) or "連携していない方"


def shortened(text: str, most: int = SHORT) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
