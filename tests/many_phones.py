"""Many members whose phones all show the last question before a coupon is used."""

import csv
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import insert, select

from models.conversation import Conversation, Place
from models.member import Link, person_with
from tests.quiet_house import BRANCH, QuietHouse, presses, user

MEMBERS = 1_000
GIVEN = 2  # マイ リフレッシュ of each member
USED = "済　利用が完了しました"


def many_members(folder: Path, members: int = MEMBERS) -> Path:
    """A file of members who hold a dock, a dental check and two refresh coupons each."""
    file = folder / "members.csv"
    names = (
        "number,name,kana,birthdate,sex,kind,employment,acquired_on,lost_on,term_ends_on,workplace,"
        "refresh_coupons,auth_code,previous_number"
    ).split(",")
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.DictWriter(out, names)
        rows.writeheader()
        same = {
            "name": "競 争",
            "kana": "キョウ ソウ",
            "birthdate": "1974-01-22",
            "sex": "M",
            "kind": "member",
        }
        more = {"employment": "regular", "acquired_on": "2008-04-01", "refresh_coupons": str(GIVEN)}
        rows.writerows(same | more | {"number": str(500_000 + each)} for each in range(members))
    return file


def answer(house: QuietHouse, who: str, value: str) -> None:
    """Presses a button of the question that the chat shows now."""
    with house.database.reading() as db:
        at = db.execute(select(Conversation.step, Conversation.turn).where(Conversation.user_id == who)).one()
    assert house.post(presses(who, f"answer:redeem:{at.step}:{at.turn}:{value}")) == 200


def people(house: QuietHouse, number: int) -> list[int]:
    with house.database.reading() as db:
        found = [person_with(db, BRANCH, str(500_000 + each)) for each in range(number)]
    assert None not in found
    return [each for each in found if each]


def last_screen(house: QuietHouse, facility: str, *values: str) -> tuple[Place, int]:
    """Where a chat stands at the last question before a coupon is used, and whose it is."""
    who = user("the first of all")
    person = house.link(who, "500000")
    house.post(presses(who, f"open:redeem?facility_code={facility}&confirm_facility=yes"))
    for value in values:
        answer(house, who, value)
    with house.database.reading() as db:
        row = db.execute(
            select(Conversation.step, Conversation.place).where(Conversation.user_id == who)
        ).one()
    assert row.step == "final"
    return Place.load(row.place), person


def phones_at_the_last_screen(house: QuietHouse, place: Place, owners: Sequence[int], phones: str) -> None:
    """For every person two chats that are linked with them and show the last question."""
    assert place.frame
    with house.database.transaction() as db:
        for number, person in enumerate(owners):
            place.frame.answers["person"] = str(person)
            text = place.dump()
            for phone in phones:
                chat = {
                    "branch": BRANCH,
                    "user_id": user((place.frame.answers["facility_code"], number, phone)),
                }
                at = {"flow": "redeem", "step": "final", "turn": place.turn, "place": text, "blocked": False}
                new = db.execute(insert(Conversation), chat | at | {"updated_at": house.clock()})
                link = {"person_id": person, "linked_at": house.clock(), "live": True}
                db.execute(insert(Link), link | {"chat_id": new.inserted_primary_key[0]})  # type: ignore[index]
