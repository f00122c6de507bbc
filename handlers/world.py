"""What every talk may look at: the branch with its terms, the seal, the public address."""

from dataclasses import dataclass
from datetime import datetime

from bot import MENU, Call, Card, Chat, Flow
from models.base import Refusal
from models.branch import Branch
from models.coupon_terms import CouponTerms
from models.desk import Desk, desk_of, opening
from models.faq import Faq
from models.member import Holder
from models.proof import Seal
from models.terms import Dated


@dataclass(frozen=True)
class World:
    """One branch's surroundings."""

    branch: Branch
    faq: Faq
    seal: Seal
    public_url: str  # https://…, without a slash at the end

    @property
    def coupons(self) -> Dated[CouponTerms]:
        """The coupons' terms; the talks that ask are only in the list of a branch that has some."""
        assert self.branch.coupons is not None
        return self.branch.coupons


Talk = Chat[World]
TalkFlow = Flow[World]


def holders(chat: Talk) -> list[Holder]:
    """The people linked with this chat whom the membership data name."""
    return [one for one in chat.people.values() if one]


def chosen_holder(chat: Talk, person: str) -> Holder:
    """One of the people linked with this chat. Raises Refusal when they are not, or are not in the data."""
    if int(person) not in chat.people:
        raise Refusal(
            "この方との連携は終わっています。使うときは、もう一度「連携」と送ってください。", "unlinked"
        )
    one = chat.people[int(person)]
    if one is None:
        raise Refusal(
            "この方は、今の資格データに見つかりません。お手数ですが、窓口へお問い合わせください。",
            "not_in_data",
        )
    return one


def desk(chat: Talk, key: str = "") -> Desk:
    """The branch's desk with this key, else its main desk."""
    return desk_of(chat.world.branch.desks, chat.today, key)


def desk_lines(chat: Talk, key: str = "") -> tuple[str, ...]:
    """The desk, its hours and, when it is closed, when it opens next."""
    return desk_words(chat.world.branch, desk(chat, key), chat.now)


def desk_words(branch: Branch, one: Desk, now: datetime) -> tuple[str, ...]:
    """Name, phone, hours; and when the desk opens next if it is closed."""
    closed = opening(branch.desks, one, now).in_words()
    first = f"{one.name}　{one.phone}" if one.phone else one.name
    hours = f"受付: {one.in_words()}。" if one.hours else f"{one.in_words()}。"
    return tuple(line for line in (first, hours, closed) if line)


def call(chat: Talk, key: str = "") -> tuple[Call, ...]:
    """A button that calls the desk; none where no number is printed."""
    one = desk(chat, key)
    return (Call(f"{one.name}に電話する", one.phone),) if one.phone else ()


def desk_card(chat: Talk, title: str, *lines: str, key: str = "") -> Card:
    """Something that only the desk can mend: the reason, the desk, its hours, a call button."""
    return Card(title, (*lines, *desk_lines(chat, key)), (*call(chat, key), MENU), tone="warn")
