"""Whose points a talk is about, the terms that count, and the words that the talks about points share."""

from datetime import date
from typing import Literal

from bot import MENU, Button, Card, Choose, Detour, Opener, Skip, Text
from handlers.whose import whose
from handlers.world import Talk, call, chosen_holder, desk_lines, holders
from models.base import Refusal
from models.days import day_of
from models.links import linked_at
from models.member import Holder
from models.points import registers_since
from models.points_terms import Points, sample_values

SUBJECT = "健康ポイント"
AGAIN = (
    "再び組合員になるまでに長くあいたため、健康ポイントの登録がもう一度必要です。"
    "新しく届いた認証コードはがきを使います。"
)


def person(chat: Talk) -> Choose | Skip | Detour[Literal["link"]]:
    """Whose points: not asked when one member is linked; linking first when nobody is."""
    if not chat.people:
        return Detour("link", (Text("健康ポイントには、はじめに一度だけ「連携」（ご本人の確認）をします。"),))
    members = [one for one in holders(chat) if any(period.kind == "member" for period in one.periods)]
    if members and not any(_is_registered(chat, one) for one in members):
        return Detour("link", (Text(f"{AGAIN}お手元に用意して、「連携」へお進みください。"),))
    return whose(chat, "どなたの健康ポイントですか？", "健康ポイント", among=members)


def _is_registered(chat: Talk, one: Holder) -> bool:
    """Linked since the membership began, where a registration from before it counts no more (R-KAG-05)."""
    since = registers_since(terms(chat), one, chat.today)
    if since is None:
        return True
    linked = linked_at(chat.db, chat.id, one.id)
    return linked is not None and day_of(linked) >= since


def terms(chat: Talk) -> Points:
    """The branch's terms of points; these talks are only in the lists of branches that have some."""
    points = chat.world.branch.points
    assert points is not None
    return points


def member(chat: Talk) -> Holder:
    """The person the talk is about. Raises Refusal when they must register again, by whatever button it was opened."""
    one = chosen_holder(chat, chat["person"])
    if not _is_registered(chat, one):
        raise Refusal(f"{AGAIN}「連携」と送ってください。", "not_registered")
    return one


def to(flow: str, label: str, one: Holder, **answers: str) -> Opener:
    """A button that opens another talk about the same person."""
    return Opener(label, flow, (("person", str(one.id)), *answers.items()))


def amount(points: int, *, sample: bool = False) -> str:
    """1,200ポイント; examples that an association has not replaced yet say so."""
    return f"{points:,}ポイント{'（見本）' if sample else ''}"


def sample_words(points: Points, day: date) -> str:
    """The small print under amounts, as long as any of them is an example."""
    items = points.items.get(day)
    return "ポイント数などは見本の値です。" if items and sample_values(points) else ""


def refused(chat: Talk, why: str, *ways: Button, title: str = "今はできません") -> Card:
    """Why the rules say no, and where to go from here."""
    return Card(title, (why, *desk_lines(chat)), (*ways, *call(chat), MENU), tone="warn")
