"""Who is staff: people with roles, invited by a one-time code that they say to the bot themselves."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal, get_args

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import record
from models.base import Base, Instant, Refusal
from models.conversation import Conversation
from models.menu_wishes import wish
from models.staff_terms import StaffTerms

Role = Literal["drafter", "approver", "desk"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_WORDS: dict[Role, str] = {"drafter": "配信の作成", "approver": "承認", "desk": "窓口"}
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is taken for another
CODE = re.compile(r"(?:^|[\s/?=])(staff(?:-?[0-9a-z]{4}){3}|staff(?=[ a-z]*\d)(?: [0-9a-z]{4}){3})(?:$|\s)")
# What somebody typed who meant a code: the word, and letters in groups.
MEANT_AS_CODE = re.compile(r"(?:^|[\s/?=])staff[-\s]*(?=[-\s0-9a-z]*[-\d])[0-9a-z][-\s0-9a-z]{3,30}$")
LONGEST_NAME = 20
COUNTED = timedelta(days=1)  # so long a wrong code is held against a chat
SETS_OF_ROLES = tuple(some for many in range(1, len(ROLES) + 1) for some in combinations(ROLES, many))


class Staff(Base):
    """A chat whose person works for the association. Left ones stay, so that the record can name them."""

    __tablename__ = "staff"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30), index=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    roles: Mapped[str] = mapped_column(String(60))  # "approver,desk"
    since: Mapped[datetime] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    live: Mapped[bool | None]  # True, or NULL once left: unique below lets one live row of a chat stand
    __table_args__ = (UniqueConstraint("chat_id", "live"),)


class StaffInvitation(Base):
    """A code good once; only its hash is kept."""

    __tablename__ = "staff_invitations"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    roles: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    made_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffWrongCode(Base):
    """A code that was none; counted, never kept."""

    __tablename__ = "staff_wrong_codes"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_staff_wrong_codes_chat", "chat_id", "at"),)


@dataclass(frozen=True)
class StaffMember:
    """A staff person who has not left."""

    id: int
    chat_id: int
    name: str
    roles: tuple[Role, ...]

    @property
    def who(self) -> str:
        """As the record names them."""
        return f"staff:{self.id}"

    def roles_in_words(self) -> str:
        return "・".join(ROLE_WORDS[role] for role in self.roles)


_LIVE = select(Staff.id, Staff.chat_id, Staff.name, Staff.roles).where(Staff.live.is_(True))


def in_order(roles: Iterable[str]) -> tuple[Role, ...]:
    """Roles without repetition, in their usual order."""
    wanted = set(roles)
    return tuple(role for role in ROLES if role in wanted)


def staff_view(roles: Iterable[Role]) -> str:
    """The alias of the rich menu that shows the work of these roles, and nothing else."""
    return "-".join(("staff", *in_order(roles)))


def member_view(roles: Iterable[Role]) -> str:
    """The alias of the members' rich menu, with a tab that leads back to the work of these roles."""
    return "-".join(("member", *in_order(roles)))


def staff_of(db: Connection, chat_id: int) -> StaffMember | None:
    """The staff person of a chat; None for everybody else, and from the moment one leaves."""
    row = db.execute(_LIVE.where(Staff.chat_id == chat_id)).one_or_none()
    return _member(row) if row else None


def staff_with_role(db: Connection, chat_id: int, role: Role) -> StaffMember | None:
    """The staff person of a chat, if they have this role now."""
    found = staff_of(db, chat_id)
    return found if found and role in found.roles else None


def has_left(db: Connection, chat_id: int) -> bool:
    """True when the chat's person was of the staff, and is no more."""
    rows = db.execute(select(Staff.live).where(Staff.chat_id == chat_id)).scalars().all()
    return bool(rows) and not any(rows)


def roles_of(db: Connection, chat_id: int) -> tuple[Role, ...]:
    """The roles of a chat's person; none for members."""
    found = staff_of(db, chat_id)
    return found.roles if found else ()


def staff_with_id(db: Connection, staff_id: int) -> StaffMember | None:
    """The staff person, locked so that nobody leaves while they act; None when they have left."""
    row = db.execute(_LIVE.where(Staff.id == staff_id).with_for_update()).one_or_none()
    return _member(row) if row else None


def all_staff(db: Connection, branch: str) -> list[StaffMember]:
    """Everybody of a branch who has not left, in the order they came."""
    return [_member(row) for row in db.execute(_LIVE.where(Staff.branch == branch).order_by(Staff.id))]


def staff_chats(db: Connection, branch: str, role: Role) -> list[tuple[int, str]]:
    """The chats (id, LINE user id) of those who have a role and can be reached: who has blocked the bot is left out."""
    query = _LIVE.add_columns(Conversation.user_id).join(Conversation, Conversation.id == Staff.chat_id)
    mine = query.where(Staff.branch == branch, Conversation.blocked.is_(False))
    rows = db.execute(mine.order_by(Staff.id))
    return [(row.chat_id, row.user_id) for row in rows if role in row.roles.split(",")]


def names_of(db: Connection, staff_ids: Iterable[int]) -> dict[int, str]:
    """The names of staff, also of those who have left."""
    rows = db.execute(select(Staff.id, Staff.name).where(Staff.id.in_(list(staff_ids))))
    return {row.id: row.name for row in rows}


def invite(
    db: Connection,
    branch: str,
    roles: Sequence[Role],
    name: str,
    terms: StaffTerms,
    who: str,
    now: datetime,
) -> str:
    """A code that makes whoever says it first a staff person with these roles."""
    code = _new_code()
    ends = now + timedelta(hours=terms.invitation_hours)
    chosen = in_order(roles)
    row = {"branch": branch, "code_hash": _hash(code), "roles": ",".join(chosen), "name": name[:LONGEST_NAME]}
    made = insert(StaffInvitation).returning(StaffInvitation.id)
    number = db.execute(made, row | {"made_at": now, "ends_at": ends}).scalar_one()
    record(db, branch, who, "staff.invite", f"invitation:{number}", now, after={"roles": list(chosen)})
    return code


def accept(
    db: Connection, branch: str, chat_id: int, code: str, terms: StaffTerms, now: datetime
) -> StaffMember | None:
    """Makes the chat's person staff; None when the code is wrong, used or too old – which, nobody is told.

    Raises Refusal after too many wrong codes; then even a right one is not taken."""
    recent = (StaffWrongCode.chat_id == chat_id, StaffWrongCode.at > now - COUNTED)
    wrong = select(func.count()).where(*recent)
    if db.execute(wrong).scalar_one() >= terms.wrong_codes_per_day:
        text = (
            "使えない招待コードが続いたため、いったん受付を止めています。"
            "明日、招待した方から新しいコードを受け取ってください。"
        )
        raise Refusal(text, "too_many_codes")
    taken = (
        update(StaffInvitation)
        .where(
            StaffInvitation.branch == branch,
            StaffInvitation.code_hash == _hash(code),
            StaffInvitation.used_at.is_(None),
            StaffInvitation.ends_at > now,
        )
        .values(used_at=now)
        .returning(StaffInvitation.id, StaffInvitation.roles, StaffInvitation.name)
    )
    invitation = db.execute(taken).one_or_none()
    if invitation is None:
        db.execute(insert(StaffWrongCode), {"chat_id": chat_id, "at": now})
        return None
    return _enlist(db, branch, chat_id, invitation, now)


def forget_old_codes(db: Connection, now: datetime) -> int:
    """Removes wrong codes that count no more."""
    return db.execute(delete(StaffWrongCode).where(StaffWrongCode.at <= now - COUNTED)).rowcount


def wish_menus(db: Connection, branch: str, now: datetime) -> int:
    """Gives everybody of the staff the menu of their roles again, after menus were made anew; returns how many."""
    people = all_staff(db, branch)
    for one in people:
        wish(db, one.chat_id, staff_view(one.roles), now)
    return len(people)


def leave(db: Connection, branch: str, staff_id: int, who: str, now: datetime) -> StaffMember:
    """Takes all roles away at once. Raises Refusal when there is no such staff person."""
    row = db.execute(_LIVE.where(Staff.id == staff_id, Staff.branch == branch)).one_or_none()
    gone = update(Staff).where(Staff.id == staff_id, Staff.branch == branch, Staff.live.is_(True))
    if row is None or db.execute(gone.values(live=None, left_at=now)).rowcount != 1:
        raise Refusal(f"職員 {staff_id} は見つからないか、すでに退いています。", "no_such_staff")
    left = _member(row)
    wish(db, left.chat_id, None, now)
    record(db, branch, who, "staff.leave", left.who, now, before={"roles": list(left.roles)})
    return left


def _enlist(
    db: Connection, branch: str, chat_id: int, invitation: Row[int, str, str], now: datetime
) -> StaffMember:
    """A person invited once more keeps the roles they have; one who had left is who they were, with new roles."""
    known = staff_of(db, chat_id)
    roles = in_order([*(known.roles if known else ()), *invitation.roles.split(",")])
    text = ",".join(roles)
    earlier = select(Staff.id, Staff.name).where(Staff.chat_id == chat_id).order_by(Staff.id.desc()).limit(1)
    if again := db.execute(earlier).one_or_none():
        name, staff_id = invitation.name or again.name, again.id
        back = {} if known else {"since": now, "live": True, "left_at": None}
        db.execute(update(Staff).where(Staff.id == staff_id).values(roles=text, name=name, **back))
    else:
        row = {"branch": branch, "chat_id": chat_id, "name": invitation.name, "roles": text}
        new = insert(Staff).returning(Staff.id)
        staff_id = db.execute(new, row | {"since": now, "live": True}).scalar_one()
        name = invitation.name or f"職員{staff_id}"
        db.execute(update(Staff).where(Staff.id == staff_id).values(name=name))
    made = StaffMember(staff_id, chat_id, name, roles)
    wish(db, chat_id, staff_view(roles), now)
    before = {"roles": list(known.roles)} if known else None
    after = {"roles": list(roles), "invitation": invitation.id}
    record(db, branch, made.who, "staff.join", made.who, now, before=before, after=after)
    return made


def _member(row: Row[int, int, str, str]) -> StaffMember:
    return StaffMember(row.id, row.chat_id, row.name, in_order(row.roles.split(",")))


def _new_code() -> str:
    """staff-7kd2-9mqp-xw3r: 59 bits; no letter thrice in a row, which a phone might take for a slip."""
    while True:
        letters = "".join(secrets.choice(LETTERS) for _ in range(12))
        if not re.search(r"(.)\1\1", letters) and not letters.isdigit():
            return "-".join(("staff", letters[:4], letters[4:8], letters[8:]))


def _hash(code: str) -> str:
    return hashlib.sha256(re.sub("[- ]", "", code).encode()).hexdigest()
