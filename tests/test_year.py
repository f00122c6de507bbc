"""A fiscal year by the moved clock: every message that LINE is given is one that the rehearsal named, and none is missing."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from demo import link_directly
from house import House, jobs
from models.conversation import Conversation
from models.days import JST
from models.done import hand_in
from models.member import person_with
from models.reminder_settings import choose_hour, mute, stop_all, want
from scheduler.jobs import Job
from scheduler.rehearsal import Rehearsed, rehearse
from simulator.chat import Entry, Json
from tests.demo_house import DemoHouse, person_of
from tests.reminded import DOCK, when

YEAR, FIRST, LAST = 2024, "2024-04-01 00:00", "2025-03-31 23:59"
CHATS = {
    "saitama": (("123456", "12345601"), ("200001",), ("200041",), ("210001",)),
    "kagawa": (("1234567",), ("1234573",), ("1234571",)),
    "aichi": (("12345678",), ("12345679", "12345680"), ("12345683",), ("12345682",)),
}  # the people of each chat: among them a couple, short terms, ends of membership
FEWEST = {
    "saitama": 8,
    "kagawa": 4,
    "aichi": 60,
}  # messages of the year, so that the comparison says something

Told = tuple[str, str, tuple[str, ...]]  # the person who leads the chat, day and hour, the words of each card


class Year:
    """A demo on the first day of the fiscal year. Its people have chosen hours and topics, and handed in a paper."""

    def __init__(self, house: DemoHouse) -> None:
        house.restore(when(FIRST))
        self.demo = house.demo
        self.users = {
            people[0]: self._phone(house, branch, people)
            for branch, chats in CHATS.items()
            for people in chats
        }
        self.demo.house.database.run(self._choose)
        self.before = {user: len(person.entries) for user, person in self.demo.platform.people.items()}

    def rehearsed(self, branch: str) -> list[Told]:
        """What `app.py reminders rehearse` and the simulator's page say."""
        found = rehearse(self.demo.house.database, self.demo.house.branches[branch], YEAR)
        names = {self._chat(lead): lead for lead in self._leads(branch)}
        messages: dict[int, list[Rehearsed]] = defaultdict(list)
        for card in found:
            messages[card.number].append(card)
        return sorted(
            (names[chat], f"{cards[0].at.astimezone(JST):%m-%d %H}", tuple(card.text for card in cards))
            for cards in messages.values()
            for chat in cards[0].chats
        )

    def sent(self, branch: str) -> list[Told]:
        """Everything that the chats show of the year."""
        return sorted(told for lead in self._leads(branch) for told in self._shown(lead))

    def all_sent(self) -> int:
        """How many messages stand in anybody's chat, also in those of whom the rehearsal says nothing."""
        people = self.demo.platform.people.items()
        return sum(len(person.entries) - self.before[user] for user, person in people)

    def _shown(self, lead: str) -> Iterator[Told]:
        user = self.users[lead]
        for entry in self.demo.platform.people[user].entries[self.before[user] :]:
            yield lead, f"{datetime.fromisoformat(entry.at):%m-%d %H}", cards_of(entry)

    def _leads(self, branch: str) -> list[str]:
        return [people[0] for people in CHATS[branch]]

    def _phone(self, house: DemoHouse, branch: str, people: tuple[str, ...]) -> str:
        user = person_of(house.phone(branch)).user_id
        for number in people:
            link_directly(self.demo.house, branch, user, number)
        return user

    def _chat(self, lead: str) -> int:
        with self.demo.house.database.reading() as db:
            return self._chat_in(db, lead)

    def _chat_in(self, db: Connection, lead: str) -> int:
        return db.execute(
            select(Conversation.id).where(Conversation.user_id == self.users[lead])
        ).scalar_one()

    def _choose(self, db: Connection) -> None:
        choose_hour(db, self._chat_in(db, "200001"), 18)
        choose_hour(db, self._chat_in(db, "12345678"), 8)
        want(db, self._chat_in(db, "12345678"), "benefit", wanted=True)
        mute(db, self._chat_in(db, "12345679"), "checkup")
        stop_all(db, self._chat_in(db, "12345682"), stopped=True)
        person = person_with(db, "aichi", "12345678")
        assert person
        hand_in(db, person, DOCK, when(FIRST))


def cards_of(entry: Entry) -> tuple[str, ...]:
    """The words of every bubble, as a card says them: without its buttons."""
    contents: Json = entry.raw["contents"]
    bubbles = contents["contents"] if contents["type"] == "carousel" else [contents]
    return tuple("\n".join(_lines(bubble["body"]["contents"])) for bubble in bubbles)


def _lines(parts: list[Json]) -> Iterator[str]:
    for part in parts:
        if part["type"] == "text":
            yield part["text"]
        elif part["layout"] == "baseline":  # a label and its value
            yield "：".join(each["text"] for each in part["contents"])
        elif part["layout"] == "horizontal":  # the title beside its bar
            yield from _lines(part["contents"][1:])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    found = DemoHouse(tmp_path_factory.mktemp("year"))
    yield found
    found.close()


def seldom(house: House) -> list[Job]:
    """Every job at its own times, but for those that write to nobody: once a week is enough for them here."""

    def idle_until(now: datetime) -> datetime:
        return now if now.astimezone(JST).weekday() == 0 else now + timedelta(hours=1)

    quiet = ("tidy", "quota")
    return [replace(job, idle_until=idle_until) if job.name in quiet else job for job in jobs(house)]


def test_the_year_sends_exactly_what_the_rehearsal_says(
    house: DemoHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.jobs", seldom)
    year = Year(house)
    rehearsed = {branch: year.rehearsed(branch) for branch in CHATS}

    year.demo.move(when(LAST))
    assert year.demo.settled()

    for branch, told in rehearsed.items():
        assert year.sent(branch) == told
        assert len(told) >= FEWEST[branch], branch
    assert year.all_sent() == sum(map(len, rehearsed.values()))
    assert not [lead for lead, _, _ in rehearsed["aichi"] if lead == "12345682"], "stopped everything"
