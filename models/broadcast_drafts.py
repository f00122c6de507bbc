"""Broadcasts that are being written: begun, taken from an earlier one, corrected, changed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from models.audit import record
from models.base import Refusal
from models.broadcast_moves import facts
from models.broadcasts import LONGEST_TITLE, Broadcast, Draft
from models.segments import Segment
from models.staff import StaffMember
from models.told_condition import Told

NO_DRAFT = "この配信は、もう下書きではありません。配信の一覧から、今の状態をお確かめください。"


def new_draft(
    db: Connection, branch: str, by: StaffMember, title: str, now: datetime, **values: object
) -> int:
    """A draft of a chat, which has a title and whatever else is given; one for each instant at which one was begun."""
    row = {
        "branch": branch,
        "state": "draft",
        "revision": 1,
        "title": title,
        "text": "",
        "button": "",
        "audience": Segment().dump(),
        "quiet_reason": "",
        "drafter_id": by.id,
        "drafter_chat": by.chat_id,
        "writer_chat": by.chat_id,
        "first_share": 0,
        "listed": 0,
        "listed_until": 0,
        "list_digest": "",
        **dict.fromkeys(("people", "unlinked", "blocked"), 0),
        "created_at": now,
        "changed_at": now,
        "told_short": False,
    }
    made = insert(Broadcast).returning(Broadcast.id)
    number: int = db.execute(made, row | values).scalar_one()
    record(db, branch, by.who, "broadcast.draft", f"broadcast:{number}", now)
    return number


def copy(db: Connection, one: Draft, by: StaffMember, now: datetime) -> int:
    """A new draft of the same words, picture, button and people; its time is to be chosen anew."""
    same = {"text": one.text, "picture_id": one.picture_id, "button": one.button, "audience": one.audience}
    return new_draft(db, one.branch, by, one.title, now, **same)


def received(one: Draft) -> Told:
    """The condition that a person was told by a broadcast. Raises Refusal when it has told nobody."""
    if one.started_at is None or one.first_mailing is None or one.rest_mailing is None:
        raise Refusal("この配信は、まだだれにも送っていません。配信の一覧からお確かめください。", "not_begun")
    return Told(one.id, one.title, one.first_mailing, one.rest_mailing)


def correct(db: Connection, one: Draft, by: StaffMember, now: datetime) -> int:
    """A draft to those who were told that begins with the correction; LINE cannot recall what it has sent.

    Raises Refusal when nobody was."""
    audience = Segment((received(one),)).dump()
    title = f"訂正：{one.title}"
    while len(title.encode("utf-16-le")) > 2 * LONGEST_TITLE:
        title = title[:-1]
    text = f"さきほどお送りした「{one.title}」に誤りがありました。正しくは、次のとおりです。\n\n{one.text}"
    same = {"text": text, "picture_id": one.picture_id, "button": one.button, "audience": audience}
    return new_draft(db, one.branch, by, title, now, **same)


def change(db: Connection, draft: Draft, by: StaffMember, now: datetime, **values: Any) -> None:
    """Changes a draft; who has changed it last cannot approve it. Raises Refusal when it is no draft any more."""
    this = update(Broadcast).where(Broadcast.id == draft.id, Broadcast.state == "draft")
    if db.execute(this.values(changed_at=now, writer_chat=by.chat_id, **values)).rowcount != 1:
        raise Refusal(NO_DRAFT, "no_draft")
    before, after = facts(draft), facts(replace(draft, **values))
    if before != after:
        about = f"broadcast:{draft.id}"
        record(db, draft.branch, by.who, "broadcast.change", about, now, before=before, after=after)
