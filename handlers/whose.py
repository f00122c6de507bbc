"""Whose coupons, points or days a talk is about: asked only where several people are linked with the chat."""

from collections.abc import Callable, Sequence

from bot import Card, Choose, Option, Skip
from handlers.world import Talk, holders
from models.member import Holder, masked


def whose(
    chat: Talk,
    question: str,
    title: str,
    *,
    among: Sequence[Holder] | None = None,
    note: Callable[[Holder], str] | None = None,
) -> Choose | Skip:
    """Asks for one of the linked people, or of those `among` them whom the talk can be about.

    With one or none of these it is not asked; a later step says what is the matter with whoever is taken."""
    known = holders(chat)
    fitting = known if among is None else among
    if len(fitting) < 2:
        first = [*(one.id for one in (*fitting, *known)), *chat.people]
        return Skip(str(first[0]))
    return Choose(question, Card(title), choices=named(fitting, note))


def named(people: Sequence[Holder], note: Callable[[Holder], str] | None = None) -> dict[str, str | Option]:
    """People to choose from, by name; in small print the masked number, or what `note` says of them."""
    return {
        str(one.id): Option(f"{one.latest.name}さん", note(one) if note else masked(one.latest.number))
        for one in people
    }
