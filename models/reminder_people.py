"""Whom a plan concerns, as one query: it finds them, and asks again when they are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.base import Database, Instant
from models.branch import Branch
from models.calendar import Event
from models.concerned import concerned, expected, one_of_many_has_points, still_open
from models.conversation import Conversation
from models.coupon_terms import ProductTerms
from models.days import at, day_of
from models.member import Link, MemberEdition, Membership, Person
from models.points_ledger import Entry
from models.reminder_plans import Subject, plan_own, subjects
from models.reminder_settings import HOUR_OF_CHAT, HOURS, wanting, wishes, with_settings
from models.reminder_terms import IN, KNOWN, MOVED
from models.reminders import PLANNED, TOLD, Plan, Planned, Reminder
from models.terms import known_on
from models.upsert import inserting

PEOPLE_AT_A_TIME = 100_000  # while everybody else waits for SQLite's only writer
MANY_PEOPLE_AT_A_TIME = 600_000  # PostgreSQL holds nobody up, and of a smaller part expects too little

Told = tuple[int, int]  # chat, person


@dataclass(frozen=True)
class Chats:
    """Chats by their ids, the first not included."""

    after: int = 0
    until: int | None = None

    def holds(self, chat_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        return (
            chat_id > self.after if self.until is None else and_(chat_id > self.after, chat_id <= self.until)
        )

    def links(self) -> ColumnElement[bool]:
        return self.holds(Conversation.id)

    def members(self) -> ColumnElement[bool]:
        return true()


@dataclass(frozen=True)
class People:
    """People by their ids, the first not included. Members and links are both read by that id: a part of the
    people costs a part of the work."""

    after: int
    until: int

    def links(self) -> ColumnElement[bool]:
        return self.holds(Link.person_id)

    def members(self) -> ColumnElement[bool]:
        return self.holds(Membership.person_id)

    def holds(self, person_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        return and_(person_id > self.after, person_id <= self.until)


def only(chat_id: int) -> Chats:
    return Chats(chat_id - 1, chat_id)


def whom(
    branch: Branch, subject: Subject, plan: Planned, day: date, part: Chats | People
) -> Select[int, int]:
    """Chats and people that the plan concerns on the day: linked, not gone, not done, and not weary of the topic."""
    event = subject.event
    linked = select(Conversation.id, Link.person_id).join(Link, Link.chat_id == Conversation.id)
    found = with_settings(linked, Conversation.id).where(
        Conversation.branch == branch.id,
        Conversation.blocked.is_(False),
        Link.live.is_(True),
        part.links(),
        wanting(Conversation.id, event.programme, usual=subject.usual),
    )
    if plan.offset == KNOWN or event.uid not in _uids(branch):
        return found.where(_known(branch.id, event.uid))  # the person's own event: whoever was noted for it
    found = found.join(Membership, Membership.person_id == Link.person_id).where(
        Membership.edition == _edition(branch.id),
        Membership.branch == branch.id,
        part.members(),
        concerned(event, day),
        expected(event),
    )
    if plan.offset != IN:
        many = (
            one_of_many_has_points(branch.id, event.last, part.holds(Entry.person_id))
            if isinstance(part, People)
            else None
        )
        found = found.where(still_open(event, day, _product(branch, event), many))
    return found.where(_was_told(plan)) if plan.offset == MOVED else found


def derive(database: Database, branch: Branch, subject: Subject, plan: Planned, now: datetime) -> None:
    """Finds the plan's people, one INSERT … SELECT for every so many; an interrupted one goes on."""
    most = PEOPLE_AT_A_TIME if database.is_sqlite else MANY_PEOPLE_AT_A_TIME
    is_new = database.run(lambda db: not _has_people(db, plan.id))

    def find_some(db: Connection) -> bool:
        return _derive_some(db, branch, subject, plan, now, most, is_new)

    more = True
    while more:
        try:
            more = database.run(find_some)
        except IntegrityError:  # meanwhile the plan was told to find its people anew
            if not is_new:
                raise
            is_new = False


def find_chat(db: Connection, branch: Branch, chat_id: int, now: datetime) -> None:
    """Adds a chat to the plans whose people have been found already: somebody in it is concerned only from now on."""
    if branch.calendar is None or branch.reminders is None:
        return
    told = subjects(branch.calendar, branch.reminders)
    found = select(*PLANNED).where(Plan.branch == branch.id, Plan.closed_at.is_(None), Plan.stale_at > now)
    for row in db.execute(found.where(Plan.derived_at.is_not(None), Plan.offset != KNOWN)).all():
        plan = Planned(*row)
        if subject := told.get(plan.event):
            insert_people(db, branch, subject, plan, day_of(now), only(chat_id))


def ready(db: Connection, branch: str, now: datetime) -> list[Planned]:
    """Plans whose people have not all been found yet, and who may be told by now."""
    query = select(*PLANNED).where(Plan.branch == branch, Plan.closed_at.is_(None), Plan.ready_at <= now)
    rows = db.execute(query.where(Plan.derived_at.is_(None), Plan.stale_at > now).order_by(Plan.id))
    return [Planned(*row) for row in rows]


def noted(db: Connection, branch: str, event: str, person_id: int) -> set[int]:
    """The chats in which the person has been noted for an event of their own."""
    query = (
        select(Reminder.chat_id)
        .join(Plan, Plan.id == Reminder.plan_id)
        .where(Plan.branch == branch, Plan.event == event, Plan.offset == KNOWN)
    )
    return set(db.execute(query.where(Reminder.person_id == person_id)).scalars())


def note_known(
    db: Connection, branch: str, subject: Subject, chat_id: int, person_id: int, now: datetime
) -> None:
    """Notes a person for an event of their own; the days before it are told to whoever is noted."""
    if chat_id in noted(db, branch, subject.event.uid, person_id):
        return  # another process was faster
    plan_own(db, branch, subject, now)
    today = day_of(now).toordinal()  # what becomes known on another day is another plan
    mine = (Plan.branch == branch, Plan.event == subject.event.uid, Plan.offset == KNOWN)
    plan = Planned(*db.execute(select(*PLANNED).where(*mine, Plan.revision == today)).one())
    due = at(plan.due_on, min(wishes(db, chat_id).hour, plan.latest_hour))
    row = {"plan_id": plan.id, "chat_id": chat_id, "person_id": person_id, "due_at": due}
    db.execute(inserting(db, Reminder).on_conflict_do_nothing(), row)


def _derive_some(
    db: Connection, branch: Branch, subject: Subject, plan: Planned, now: datetime, most: int, is_new: bool
) -> bool:
    """The next people of the plan, so many at most; False when there are none left."""
    this = select(Plan.derived_to, Plan.derived_at, Plan.closed_at).where(Plan.id == plan.id)
    row = db.execute(this.with_for_update()).one()
    if row.derived_at or row.closed_at:
        return False
    last = db.execute(select(func.max(Person.id))).scalar() or 0
    until = min(row.derived_to + most, last)
    part = People(row.derived_to, until)
    insert_people(db, branch, subject, plan, day_of(now), part, is_new=is_new)
    done = until >= last
    moved = update(Plan).where(Plan.id == plan.id)
    db.execute(moved.values(derived_to=until, derived_at=now if done else None))
    return not done


def _has_people(db: Connection, plan: int) -> bool:
    return db.execute(select(Reminder.plan_id).where(Reminder.plan_id == plan).limit(1)).first() is not None


def insert_people(
    db: Connection,
    branch: Branch,
    subject: Subject,
    plan: Planned,
    day: date,
    part: Chats | People,
    *,
    is_new: bool = False,
) -> None:
    """The one statement that finds people and writes them down; of a new plan nobody can be written down already,
    and PostgreSQL is spared to look."""
    found = whom(branch, subject, plan, day, part)
    rows = found.with_only_columns(
        literal(plan.id), Conversation.id, Link.person_id, _due_at(plan), maintain_column_froms=True
    )
    into = inserting(db, Reminder).from_select(["plan_id", "chat_id", "person_id", "due_at"], rows)
    db.execute(into if is_new else into.on_conflict_do_nothing())


def _due_at(plan: Planned) -> ColumnElement[datetime]:
    """The chat's own hour of the day, not later than the plan's latest."""
    hours: Mapping[int, ColumnElement[datetime]] = {
        hour: literal(at(plan.due_on, hour), Instant) for hour in HOURS if hour < plan.latest_hour
    }
    latest = literal(at(plan.due_on, plan.latest_hour), Instant)
    return case(hours, value=HOUR_OF_CHAT, else_=latest)


def _edition(branch: str) -> ColumnElement[int]:
    return select(MemberEdition.edition).where(MemberEdition.branch == branch).scalar_subquery()


def _product(branch: Branch, event: Event) -> ProductTerms | None:
    terms = known_on(branch.coupons, event.last)
    return terms.products.get(event.product) if terms else None


def _uids(branch: Branch) -> frozenset[str]:
    years = branch.calendar.years.values() if branch.calendar else ()
    return frozenset(event.uid for events in years for event in events)


def _known(branch: str, event: str) -> ColumnElement[bool]:
    """Whoever has been noted for the event."""
    noted_row, plan = aliased(Reminder), aliased(Plan)
    return (
        select(literal(1))
        .select_from(noted_row)
        .join(plan, plan.id == noted_row.plan_id)
        .where(plan.branch == branch, plan.event == event, plan.offset == KNOWN)
        .where(noted_row.chat_id == Conversation.id, noted_row.person_id == Link.person_id)
        .exists()
    )


def _was_told(plan: Planned) -> ColumnElement[bool]:
    """Whoever has been told of earlier days of the event."""
    told, earlier = aliased(Reminder), aliased(Plan)
    return (
        select(literal(1))
        .select_from(told)
        .join(earlier, earlier.id == told.plan_id)
        .where(earlier.branch == plan.branch, earlier.event == plan.event, earlier.revision < plan.revision)
        .where(told.chat_id == Conversation.id, told.person_id == Link.person_id, told.outcome.in_(TOLD))
        .exists()
    )
