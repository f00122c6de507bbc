"""How members are named to the desk."""

from handlers.world import Talk
from models.member import Holder, linked, masked


def named(one: Holder | None) -> str:
    """見本 太郎さん（•••456）"""
    return f"{one.latest.name}さん（{masked(one.latest.number)}）" if one else "資格データにない方"


def people_of(chat: Talk, chat_id: int) -> str:
    """Who is linked with a chat, as the desk sees them."""
    known = linked(chat.db, chat_id).values()
    return "、".join(named(one) for one in known if one) or "連携していない方"
