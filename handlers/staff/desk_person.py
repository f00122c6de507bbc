"""Who of the desk acts, and how members are named to them."""

from collections.abc import Sequence

from bot import Message, push
from handlers.world import Talk
from models.member import Holder, holder, linked_people, masked
from models.points_warned import linked_chats
from models.staff import StaffMember, staff_of

MOST_SHOWN = 8  # of a list, on one screen
SHORT = 30  # letters of a message in a list


def me(chat: Talk) -> StaffMember:
    """The staff person of this chat; without one these talks do not exist."""
    found = staff_of(chat.db, chat.id)
    assert found is not None
    return found


def named(one: Holder | None) -> str:
    """見本 太郎さん（•••456）"""
    return f"{one.latest.name}さん（{masked(one.latest.number)}）" if one else "資格データにない方"


def people_of(chat: Talk, chat_id: int) -> str:
    """Who is linked with a chat, as the desk sees them."""
    known = [one for each in linked_people(chat.db, chat_id) if (one := holder(chat.db, each))]
    return "、".join(named(one) for one in known) or "連携していない方"


def tell_person(chat: Talk, person_id: int, subject: str, messages: Sequence[Message]) -> int:
    """Owes the messages to every chat that holds the person; answers how many chats."""
    chats = linked_chats(chat.db, [person_id]).get(person_id, [])
    for each in chats:
        push(chat.db, chat.branch, each.chat_id, each.user_id, subject, messages, chat.now)
    return len(chats)


def shortened(text: str, most: int = SHORT) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
