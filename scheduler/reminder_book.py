"""What a branch tells by itself: its events, how each is told, and one chat's share of it as cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from bot import Card
from models.agenda import is_own
from models.branch import Branch
from models.member import Holder, holders
from models.portions import portions
from models.reminder_people import Chats, Told, whom
from models.reminder_plans import Subject, subjects
from models.reminders import Planned
from scheduler.endings import is_still_own, own_subject
from scheduler.points_warnings import warned_of, warning_card
from scheduler.reminder_words import card

PEOPLE_AT_A_TIME = 500


@dataclass(frozen=True)
class Share:
    """What one chat is told: a card for each of these plans, and the rows that turned out to be needless."""

    cards: tuple[Card, ...]
    plans: tuple[Planned, ...]
    labels: tuple[str, ...]  # the programmes
    spared: tuple[Told, ...]  # plan, person


@dataclass(frozen=True)
class Book:
    """A branch with its subjects by event."""

    branch: Branch
    subjects: Mapping[str, Subject]

    def subject(self, plan: Planned) -> Subject | None:
        """How the plan's event is told; None when it is no more."""
        if is_own(plan.event):
            return own_subject(self.branch, plan.event)
        return self.subjects.get(plan.event)

    def is_personal(self, plan: Planned) -> bool:
        """True when its words differ from person to person."""
        subject = self.subject(plan)
        return subject is not None and (subject.event.is_expiry_of_points or subject.event.leaving)

    def still(self, db: Connection, plan: Planned, day: date, chats: Chats) -> set[Told]:
        """Chats and people whom the plan concerns now."""
        subject = self.subject(plan)
        if subject is None:
            return set()
        return {(chat, person) for chat, person in db.execute(whom(self.branch, subject, plan, day, chats))}

    def share(
        self,
        db: Connection,
        rows: Sequence[tuple[Planned, int]],
        people: Mapping[int, Holder],
        day: date,
        *,
        several: bool,
    ) -> Share:
        """One chat's plans and people as cards, the most urgent first; with names where it holds several people."""
        told: list[tuple[Card, Planned, str]] = []
        spared: list[Told] = []
        for plan in sorted({plan for plan, _ in rows}, key=_most_urgent):
            subject = self.subject(plan)
            persons = [person for one, person in rows if one is plan]
            if subject is None:  # the calendar holds it no more, or what is told has ended
                spared += [(plan.id, person) for person in persons]
                continue
            if not self.is_personal(plan):
                names = [people[each].latest.name for each in persons if each in people] if several else []
                told.append((card(subject, plan, day, names), plan, subject.label))
                continue
            for person in persons:
                found = self._own(db, plan, people.get(person), day, several=several)
                if found is None:
                    spared.append((plan.id, person))
                elif all(found != one for one, _, _ in told):  # two plans may warn of one day
                    told.append((found, plan, subject.label))
        cards, plans, labels = zip(*told, strict=True) if told else ((), (), ())
        return Share(cards, plans, labels, tuple(spared))

    def _own(
        self, db: Connection, plan: Planned, holder: Holder | None, day: date, *, several: bool
    ) -> Card | None:
        """What one person is told; None when it is needless by now."""
        subject = self.subject(plan)
        if holder is None or subject is None:
            return None
        if subject.event.leaving:
            names = [holder.latest.name] if several else []
            is_theirs = is_still_own(db, self.branch, plan.event, holder, day)
            return card(subject, plan, day, names) if is_theirs else None
        if self.branch.points is None:
            return None
        warned = warned_of(db, self.branch.points, holder, subject.event.last, day)
        return warning_card(self.branch.points, holder, warned, day) if warned else None


def open_book(branch: Branch) -> Book | None:
    """The branch's book; None where nothing is told."""
    if branch.reminders is None or branch.calendar is None:
        return None
    return Book(branch, subjects(branch.calendar, branch.reminders))


def people_of(db: Connection, persons: Sequence[int]) -> dict[int, Holder]:
    """These people with their periods, however many."""
    found: dict[int, Holder] = {}
    for some in portions(persons, PEOPLE_AT_A_TIME):
        found |= holders(db, some)
    return found


def _most_urgent(plan: Planned) -> tuple[int, date, int]:
    return plan.urgency, plan.due_on, plan.id
