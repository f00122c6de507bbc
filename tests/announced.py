"""Broadcasts that others have left in a chat's branch: two wait for a yes, one was stopped; somebody is linked to be told."""

from sqlalchemy import Connection, select, update

from models import (
    broadcast_asking,
    broadcast_drafts,
    broadcast_sending,
    broadcasts,
    conversation,
    mailing,
    staff,
)
from models.branch import Branch
from models.broadcast_lists import hand_over, take_in
from models.broadcasts import Draft
from models.conversation import Conversation
from models.days import day_of
from models.mailing import MailingBatch
from models.outbox import Outgoing
from models.segments import Segment
from models.staff import StaffMember, accept, invite
from scheduler.broadcasts import advance
from tests.one_chat import OneChat, Rooms

DRAFTER, APPROVER, LISTENER = "U" + "d" * 32, "U" + "c" * 32, "U" + "b" * 32
NUMBER = "200001"
EVERYBODY = Segment()


def approvers_chat(rooms: Rooms) -> OneChat:
    """An approver's chat; somebody is linked to be told."""
    chat = rooms.chat("saitama", staff=("approver",))
    chat.link(LISTENER, (NUMBER,))
    return chat


def announced(chat: OneChat) -> None:
    """Sets the scene."""
    chat.link(LISTENER, (NUMBER,))
    drafter, approver = enlisted(chat, DRAFTER, "drafter"), enlisted(chat, APPROVER, "approver")
    for title in ("見学会", "講演会"):
        waiting(chat, drafter, title)
    stopped = waiting(chat, drafter, "休館")
    with chat.database.transaction() as db:
        broadcast_asking.decide(db, stopped, stopped.digest(), approver, True, chat.now)
    advance(chat.database, branch_of(chat), seen(chat, stopped.id), chat.now)
    with chat.database.transaction() as db:
        broadcast_sending.stop(db, broadcasts.get(db, chat.bot.branch, stopped.id), approver, chat.now)
    advance(chat.database, branch_of(chat), seen(chat, stopped.id), chat.now)
    assert seen(chat, stopped.id).ended_at


def waiting(
    chat: OneChat, drafter: StaffMember, title: str, audience: Segment = EVERYBODY, *, share: int = 20
) -> Draft:
    """A broadcast that waits for a yes; so many are to be told first."""
    number = listing(chat, drafter, title, audience, share=share).id
    advance(chat.database, branch_of(chat), seen(chat, number), chat.now)
    one = seen(chat, number)
    assert one.state == "waiting"
    return one


def listing(
    chat: OneChat, drafter: StaffMember, title: str, audience: Segment = EVERYBODY, *, share: int = 20
) -> Draft:
    """A broadcast whose list is to be frozen."""
    branch = chat.bot.branch
    with chat.database.transaction() as db:
        chat.wait(seconds=1)
        number = broadcast_drafts.new_draft(
            db, branch, drafter, title, chat.now, text=f"{title}を行います。", audience=audience.dump()
        )
        one = broadcasts.get(db, branch, number)
        assert broadcast_asking.ask(db, one, drafter, mailings(db, one, chat), share, chat.now)
    return seen(chat, number)


def mailings(db: Connection, one: Draft, chat: OneChat) -> tuple[int, int]:
    first, rest = (
        mailing.create(
            db,
            branch=one.branch,
            purpose="broadcast",
            about=f"{one.about}.{part}",
            subject=one.title,
            messages="[]",
            now=chat.now,
        )
        for part in ("first", "rest")
    )
    return first, rest


def seen(chat: OneChat, number: int) -> Draft:
    with chat.database.reading() as db:
        return broadcasts.get(db, chat.bot.branch, number)


def enlisted(chat: OneChat, user_id: str, *roles: str) -> StaffMember:
    terms = branch_of(chat).staff
    assert terms is not None
    with chat.database.transaction() as db:
        theirs = conversation.load(db, chat.bot.branch, user_id, chat.now).id
        code = invite(db, chat.bot.branch, roles, "", terms.on(day_of(chat.now)), "test", chat.now)  # type: ignore[arg-type]
        made = accept(db, chat.bot.branch, theirs, code, terms.on(day_of(chat.now)), chat.now)
    assert made is not None
    return made


def send_numbers(chat: OneChat) -> None:
    """Fills in the page on which a list of numbers is sent, and says so."""
    frame = chat.place.frame
    assert frame is not None
    file = chat.rooms.folder / "numbers.csv"
    file.write_text(f"number\n{NUMBER}\n", "utf-8")
    upload = take_in(chat.database, chat.bot.branch, file, chat.now)
    with chat.database.transaction() as db:
        assert hand_over(db, frame.answers["page"], upload)
    chat.say("番号のCSVを送りました")


def branch_of(chat: OneChat) -> Branch:
    return chat.bot.world.branch


def approve(chat: OneChat, one: Draft, by: StaffMember) -> None:
    with chat.database.transaction() as db:
        broadcast_asking.decide(db, one, one.digest(), by, True, chat.now)


def go_on(chat: OneChat, number: int) -> Draft:
    """A worker takes the broadcast one step on."""
    advance(chat.database, branch_of(chat), seen(chat, number), chat.now)
    return seen(chat, number)


def settle(chat: OneChat, **values: object) -> None:
    """A sender writes down what became of the batches that are due."""
    with chat.database.transaction() as db:
        owed = update(MailingBatch).where(MailingBatch.outcome.is_(None), MailingBatch.due_at.is_not(None))
        db.execute(owed.values(**values))


def myself(chat: OneChat) -> StaffMember:
    """The staff person whose chat it is."""
    with chat.database.reading() as db:
        mine = db.execute(select(Conversation.id).where(Conversation.user_id == chat.user_id)).scalar_one()
        found = staff.staff_of(db, mine)
    assert found
    return found


def pushed(chat: OneChat, words: str) -> int:
    with chat.database.reading() as db:
        return sum(words in each for each in db.execute(select(Outgoing.messages)).scalars())
