"""Members whose gifts are on the way are told so, once each."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from bot import Card, Fact, Opener, push
from models.base import Database
from models.days import in_full
from models.gift_dispatch import told, untold
from models.gifts import Placed
from models.links import linked_chats
from models.points_terms import Points

SUBJECT = "健康ポイント"
AT_A_TIME = 200


def tell_sent(database: Database, programmes: Iterable[Points], now: datetime) -> int:
    """Tells members that their gifts are on the way, once each; answers how many orders."""
    return sum(_told(database, points.branch, now) for points in programmes)


def _told(database: Database, branch: str, now: datetime) -> int:
    count = 0
    while done := database.run(lambda db: _tell_some(db, branch, now)):
        count += done
    return count


def _tell_some(db: Connection, branch: str, now: datetime) -> int:
    found = untold(db, branch, AT_A_TIME)
    linked = linked_chats(db, sorted({person for person, _ in found}))
    for person, order in found:
        if told(db, order.id, now):
            for chat in linked.get(person, ()):
                push(db, branch, chat.chat_id, chat.user_id, SUBJECT, (_sent_card(person, order),), now)
    return len(found)


def _sent_card(person: int, order: Placed) -> Card:
    assert order.sent_on is not None
    facts = (
        Fact("商品", order.gift_name),
        Fact("注文番号", order.number),
        Fact("発送日", in_full(order.sent_on)),
    )
    see = Opener("注文の状況", "orders", (("person", str(person)), ("order", str(order.id))))
    return Card("商品を発送しました", facts, (see,), tone="good")
