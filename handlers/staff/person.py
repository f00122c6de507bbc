"""Whom a staff person means: by number, confirmed by what can be shown of a person without showing the person."""

from bot import Card, Fact, Retry
from handlers.world import Talk
from models.base import Refusal
from models.member import Holder, holder, masked, masked_name, number_as_stored, person_with
from models.staff import StaffMember, staff_of


def me(chat: Talk) -> StaffMember:
    """The staff person of the chat. Raises Refusal from the moment they have left."""
    found = chat.once(staff_of, chat.id)
    if found is None:
        raise Refusal("職員の登録が終わっているため、操作できません。", "left")
    return found


def person_named(chat: Talk, text: str) -> str:
    """The id of the person with this number. Raises Retry when the data do not know it."""
    person = person_with(chat.db, chat.branch, number_as_stored(text))
    if person is None or holder(chat.db, person) is None:
        raise Retry("この番号は見つかりません。番号をお確かめのうえ、もう一度送ってください。")
    return str(person)


def member(chat: Talk, person: str) -> Holder:
    """The person meant."""
    found = chat.once(holder, int(person))
    assert found is not None  # `person_named` has found them in this talk
    return found


def person_card(chat: Talk, person: str) -> Card:
    """Number and name masked, the year of birth: enough to confirm."""
    return Card("会員の確認", person_facts(member(chat, person)))


def person_facts(one: Holder) -> tuple[Fact, ...]:
    return (
        Fact("番号", masked(one.latest.number)),
        Fact("氏名", masked_name(one.latest.name)),
        Fact("生まれ年", f"{one.latest.birthdate.year}年"),
    )
