"""What lies on the desk when a talk of its staff begins: requests, messages and questions of other people."""

from sqlalchemy import Connection

from models import conversation, inbox, paper, question
from models.days import day_of
from models.member import Holder, holder, person_with
from models.paper_confirming import confirm
from tests.one_chat import OneChat

WAITING, CONFIRMED = "200001", "K12345"


def lay_on_the_desk(chat: OneChat) -> None:
    """A request that waits, one that has been confirmed, two messages, three questions of which two are alike."""
    with chat.database.transaction() as db:
        branch = chat.bot.world.branch
        ask(db, chat, WAITING)
        if branch.coupons and branch.paper:
            made = ask(db, chat, CONFIRMED)
            confirm(db, branch.id, branch.coupons, branch.paper, made, by=1, now=chat.now)
        for letter, text in (("m", "任期の更新のことで伺います"), ("n", "予約の変更について")):
            assert branch.inbox is not None
            other = conversation.load(db, branch.id, "U" + letter * 32, chat.now).id
            inbox.leave(db, branch.id, other, text, text, branch.inbox.on(day_of(chat.now)), chat.now)
        for text in ("駐車場はどこにありますか", "駐車場はどこにあるの", "売店の営業"):
            number = question.keep(db, branch.id, "not_understood", text, text, chat.now)
            sealed = chat.bot.world.seal.seal_text("asker", str(other))
            question.keep_asker(db, number, sealed, chat.now.replace(year=2026))


def ask_back(chat: OneChat, number: str) -> None:
    """A person's request for paper coupons that the desk has asked back about."""
    with chat.database.transaction() as db:
        made = ask(db, chat, number)
        paper.ask_back(db, chat.bot.branch, made, "端末をお持ちですか？", chat.now)


def ask(db: Connection, chat: OneChat, number: str) -> int:
    branch = chat.bot.branch
    found: Holder | None = holder(db, person_with(db, branch, number) or 0)
    assert found is not None
    told = {"reason": "other", "words": "事情があります", "message_id": "m"}
    return paper.ask(db, branch, found, day_of(chat.now), **told, now=chat.now)
