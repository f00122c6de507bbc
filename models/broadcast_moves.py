"""What every step of a broadcast is made of: one conditional UPDATE, its mailings stopped, what the record says of it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from models import mailing
from models.broadcasts import Broadcast, Draft

WORDS = ("title", "text", "button", "quiet_reason")


def move(db: Connection, one: Draft, states: Sequence[str], state: str, now: datetime, **values: Any) -> bool:
    """Takes a broadcast from one of some states to another; True when it was this call that did it."""
    this = update(Broadcast).where(
        Broadcast.id == one.id, Broadcast.state.in_(states), Broadcast.revision == one.revision
    )
    return db.execute(this.values(state=state, changed_at=now, **values)).rowcount == 1


def go_on_listing(db: Connection, one: Draft, now: datetime, **values: Any) -> bool:
    """Changes a broadcast whose list is being made; False when somebody else has gone on with it since it was read."""
    this = update(Broadcast).where(
        Broadcast.id == one.id,
        Broadcast.state == "listing",
        Broadcast.revision == one.revision,
        Broadcast.listed_until == one.listed_until,
    )
    return db.execute(this.values(changed_at=now, **values)).rowcount == 1


def stop_mailings(db: Connection, one: Draft, now: datetime) -> None:
    """Ends what LINE has not been asked to send of either mailing."""
    for each in (one.first_mailing, one.rest_mailing):
        if each:
            mailing.stop(db, each, now)


def facts(one: Draft) -> dict[str, object]:
    """What the record says of a broadcast: fingerprints and counts, no words."""
    return {
        "revision": one.revision,
        **{name: hashlib.sha256(getattr(one, name).encode()).hexdigest() for name in WORDS},
        "picture": one.picture_id,
        "people": one.listed,
        "audience": one.audience,
        "send_at": one.send_at.isoformat() if one.send_at else None,
    }
