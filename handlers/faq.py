"""Answers to questions: one topic as a card; guards, commands and questions told apart."""

from dataclasses import dataclass
from datetime import datetime

from bot import Button, Call, Card, Chat, Done, Link, Opener, Reply, Text, Type, guard, loose
from handlers.world import MENU, Talk, TalkFlow, World, desk, desk_lines
from models.days import day_of
from models.faq import Faq, FaqEntry

faq = TalkFlow("faq", title="質問", resumable=False)


@faq.step
def topic(chat: Talk) -> Type:
    """Which topic; named by the button that opened this, else the question is typed."""
    return Type("聞きたいことを送ってください（例：クーポンはいつまで？）。", Card("質問"), read=str)


@faq.step
def answered(chat: Talk) -> Done:
    """The topic's answer for today."""
    entry = chat.world.faq.find(chat["topic"], chat.today)
    if entry is None:
        return Done((nothing_found(chat),), ways=(MENU,))
    return Done((card(chat, entry),), ways=(MENU,))


def card(chat: Talk, entry: FaqEntry) -> Card:
    """One answer with the buttons that go on."""
    text = chat.world.faq.answer(entry, chat.today)
    return Card(entry.title, tuple(text.split("\n")), _buttons(chat, entry))


def nothing_found(chat: Talk) -> Card:
    """Not understood: the desk with its hours, and how to ask otherwise."""
    lines = (
        "うまくお答えできませんでした。別の言葉（例：クーポンの期限）で送るか、窓口へお問い合わせください。",
        *desk_lines(chat),
    )
    return Card("わかりませんでした", lines, (Opener("窓口に聞く", "desk"), MENU))


def _buttons(chat: Talk, entry: FaqEntry) -> tuple[Button, ...]:
    buttons: list[Button] = []
    for go in entry.go:
        if go.flow:
            answers = (("topic", go.topic),) if go.topic else ()
            buttons.append(Opener(go.label or "進む", go.flow, answers))
        elif go.link:
            buttons.append(Link(go.label or "ページを開く", go.link))
        elif go.call:
            one = desk(chat, go.call)
            buttons += [Call(go.label or f"{one.name}に電話する", one.phone)] if one.phone else []
    return tuple(buttons)


@dataclass(frozen=True)
class Understanding:
    """What texts mean in one branch."""

    faq: Faq
    commands: dict[str, Opener]
    own: tuple[str, ...]

    def guard(self, text: str) -> Reply | None:
        found = guard(text, self.own)
        return Reply((Text(found.answer),), (MENU, Opener("窓口に聞く", "desk"))) if found else None

    def command(self, text: str, now: datetime) -> Opener | None:
        opener = self.commands.get(loose(text))
        if opener and opener.flow == "faq":
            entry = self.faq.find(dict(opener.answers)["topic"], day_of(now))
            return opener if entry else None
        return opener

    def ask(self, chat: Chat[World], text: str, step: str | None) -> Reply:
        return Reply((nothing_found(chat),), (MENU,), understood=False)


def understanding(faq_: Faq, flows: dict[str, TalkFlow], own: tuple[str, ...]) -> Understanding:
    """The commands of all flows and of all topics that stand for a flow to come."""
    commands = {
        loose(words): Opener(entry.title, "faq", (("topic", entry.topic),))
        for entry in faq_.entries
        for words in entry.opens_with
    }
    commands |= {loose(words): flow.opener() for flow in flows.values() for words in flow.opens_with}
    return Understanding(faq_, commands, own)
