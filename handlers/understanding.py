"""What a text means in one branch: a guard, a command, an answer, a few choices, or the desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from bot import (
    MENU,
    UNTAUGHT,
    WAYS,
    Card,
    Decision,
    Guard,
    Index,
    Neighbours,
    Opener,
    Openings,
    Reply,
    Talked,
    Text,
    asks,
    asks_for_place,
    cancels,
    guard,
    inkling,
    is_only_personal,
    loose,
    ordered_for_a_reason,
    suspicion,
    transitions,
    way_of,
    without_personal,
)
from handlers.answers import card, choices, contact, count_for_staff, hand_over, only_on_the_page
from handlers.coupons import addresses, phones, places
from handlers.redeem import scanned
from handlers.taught import Taught
from handlers.towns import Towns
from handlers.world import Talk, TalkFlow
from models import inbox, paper, question
from models.branch import Branch
from models.days import day_of
from models.faq import Faq, FaqEntry
from models.staff import staff_of
from models.terms import known_on

CODE_OF_OTHERS = Guard(
    "other_institution",
    "これは、ほかの組合の電子クーポンで使う施設コードです。このトークでは使えません。\n"
    "お困りのことは、メニューか文字の質問でお知らせください。",
)
COUNSEL = "mental.which.what"  # the topic that says who of the branch's own listens
MEASURES = ("record", "steps", "checkup")  # the flows that keep what was measured
MOST_LETTERS = 1_000  # of a question that are looked at; fewer are kept

Action = Literal["guard", "flow", "answer", "choices", "fallback"]


@dataclass(frozen=True)
class Meaning:
    """What a text means on a day, before anybody is told."""

    action: Action
    guard: Guard | None = None
    opener: Opener | None = None
    way: str | None = None
    entries: tuple[FaqEntry, ...] = ()

    @property
    def opens(self) -> str | None:
        """The name of what is opened: a way, a topic, or a flow."""
        if self.opener is None:
            return self.way
        return dict(self.opener.answers).get("topic", self.opener.flow)


class Understanding:
    """The decision order of a branch's texts: guards, commands, questions."""

    def __init__(
        self, faq: Faq, flows: Mapping[str, TalkFlow], taught: Taught, neighbours: Neighbours, towns: Towns
    ) -> None:
        self._faq, self._flows, self._neighbours, self._towns = faq, flows, neighbours, towns
        self._likeness, self._smalltalk, self._slips = taught.likeness, taught.smalltalk, taught.slips
        self._foreign = taught.foreign(faq.folder.name)
        self._needs_link = frozenset(name for name, flow in flows.items() if _links_first(flow))
        phrases = {name: flow.opens_with for name, flow in flows.items() if not flow.only_for}
        self._index = Index(faq.entries, taught.lexicon)
        self._openings = Openings(self._index, taught.lexicon, phrases, taught.orders, taught.wishes)

    @classmethod
    def of(cls, taught: Taught, branch: Branch, faq: Faq, flows: Mapping[str, TalkFlow]) -> "Understanding":
        """How a branch's texts are understood."""
        identity = branch.identity
        return cls(faq, flows, taught, taught.neighbours(identity.short, faq), Towns(identity.towns))

    def meaning(self, text: str, on: date, *, step: str | None = None, linked: bool = False) -> Meaning:
        """What the text means outside any exact answer of a step."""
        text = self._heart(text)
        if found := self._guard(text):
            return Meaning("guard", guard=found)
        if is_only_personal(text):
            return Meaning("fallback")
        if opener := self._command(text, on):
            return Meaning("flow", opener=opener)
        if wish := self._wish(text, on):
            return Meaning("flow", opener=wish) if isinstance(wish, Opener) else Meaning("flow", way=wish)
        if self._smalltalk.answer(text):
            return Meaning("fallback")
        decision = self._decide(text, on, step, linked=linked)
        match decision.action:
            case "answer" if not decision.wished:
                return Meaning("answer", entries=decision.choices[:1])
            case _ if found := suspicion(text, self._likeness):
                return Meaning("guard", guard=found)
            case "answer":
                return Meaning("answer", entries=decision.choices[:1])
            case "choices":
                return Meaning("choices", entries=decision.choices)
        may_be = inkling(text)
        return Meaning("guard", guard=may_be) if may_be else Meaning("fallback")

    def decision(self, text: str, on: date) -> Decision[FaqEntry]:
        """Which topics a text is likeliest to ask for, whatever else it means."""
        return self._decide(self._heart(text), on, None, linked=False)

    # What the dispatcher asks

    def guard(self, text: str) -> Reply | None:
        found = self._guard(self._heart(text))
        return self._guarded(found) if found else None

    def personal(self, chat: Talk, text: str) -> Reply | None:
        return Reply((only_on_the_page(chat),), (MENU,)) if is_only_personal(text) else None

    def command(self, text: str, now: datetime) -> Opener | None:
        return self._command(self._heart(text), day_of(now))

    def wish(self, text: str, now: datetime) -> str | Opener | None:
        return self._wish(self._heart(text), day_of(now))

    def follows_up(self, chat: Talk, text: str) -> bool:
        """Whether a question that names nothing has its answer in what is talked about, or that is to be cancelled."""
        heart, talked = self._heart(text), self._talked(chat, text)
        if self._of_shown(chat, heart):
            return True
        if talked is None:
            return False
        is_to_be_cancelled = bool(talked.topic) and not chat.frame.flow and cancels(heart)
        return is_to_be_cancelled or self._index.follows_up(heart, talked, chat.today)

    def ask(self, chat: Talk, text: str, step: str | None, again: bool) -> Reply | Opener:
        """The answer; three choices when unsure, once; else the desk, and staff see the question."""
        if answer := self._smalltalk.answer(text):
            return Reply((Text(answer),), (MENU,))
        text, linked = self._heart(text), bool(chat.people)
        if shown := self._of_shown(chat, text):
            return Reply((shown,), (MENU,))
        decision = self._decide(text, chat.today, step, linked=linked, talked=self._talked(chat, text))
        first = decision.choices[0] if decision.choices else None
        suspected = (
            suspicion(text, self._likeness) if decision.action != "answer" or decision.wished else None
        )
        if decision.action == "answer" and first and not suspected:
            if linked and first.personal in self._flows:
                return Opener(first.title, first.personal or "")
            unsolved = Opener("解決しなかった", "unsolved", (("topic", first.topic),))
            return Reply((card(chat, first),), (unsolved, MENU), about=first.topic)
        if suspected:
            return self._guarded(suspected)
        if decision.action == "choices" and (decision.all_meant or not again):
            return Reply((choices(decision.choices),), (MENU,), asks_back=not decision.all_meant)
        if found := inkling(text):
            return self._guarded(found)
        if step:
            return Reply((), understood=False)
        return self._to_the_desk(chat, text)

    def forget(self, db: Connection, branch: str, message_id: str) -> None:
        for kept in (question, inbox, paper):
            kept.forget(db, branch, message_id)

    def _heart(self, text: str) -> str:
        """What is asked or told beside greetings and thanks, in words without slips of the finger."""
        return self._slips.mended(self._smalltalk.heart(text))

    def _to_the_desk(self, chat: Talk, text: str) -> Reply:
        if not _asks_something(chat, text) or not count_for_staff(chat):
            return Reply((hand_over(chat, kept=False),), (MENU,), understood=False)
        kept, removed = without_personal(text[:MOST_LETTERS])
        asked = question.keep(chat.db, chat.branch, "not_understood", kept, chat.message_id, chat.now)
        if terms := known_on(chat.world.branch.inbox, chat.today):
            until = chat.now + timedelta(days=terms.asker_kept_days)
            question.keep_asker(chat.db, asked, chat.world.seal.seal_text("asker", str(chat.id)), until)
        return Reply((hand_over(chat, removed=removed),), (MENU,), understood=False)

    def _guarded(self, found: Guard) -> Reply:
        """The guard's answer; whom harassment befell may also turn to those who listen for the branch."""
        counsel = found.kind == "harassment" and any(entry.topic == COUNSEL for entry in self._faq.entries)
        listen = (Opener("無料で相談できるところ", "faq", (("topic", COUNSEL),)),) if counsel else ()
        return Reply(
            (Text(found.answer),), (*listen, Opener("窓口に聞く", "desk"), MENU), is_grave=found.is_grave
        )

    def _guard(self, text: str) -> Guard | None:
        """Small talk meets what is named in it, and is like nothing else; a place of the branch's own meets none."""
        if self._towns.search(text):
            return None
        if "redeem" not in self._flows and scanned(loose(text)):
            return CODE_OF_OTHERS
        likeness = UNTAUGHT if self._smalltalk.answer(text) else self._likeness
        found = guard(text, self._neighbours, likeness)
        return None if found and self._is_rather_ordered(found, text) else found

    def _is_rather_ordered(self, found: Guard, text: str) -> bool:
        """Whether only a way out or back is asked for, a record is kept of a weight, or likeness alone speaks for a guard
        and more for an order of the member's own; never in danger."""
        if found.is_grave:
            return False
        if way_of(text):
            return True
        if found.kind == "medical" and self._likeness.of(text)[1] < 0:
            return self._openings.opens_one_of(MEASURES, text)
        return not guard(text, self._neighbours) and self._openings.is_ordered(
            text, self._likeness.of(text)[1]
        )

    def _decide(
        self, text: str, on: date, step: str | None, *, linked: bool, talked: Talked | None = None
    ) -> Decision[FaqEntry]:
        if self._foreign.names(text):
            return Decision("fallback", (), 0.0)
        return self._index.ask(text, on=on, step=step, linked=linked, talked=talked)

    def _talked(self, chat: Talk, text: str) -> Talked | None:
        """What is talked about: what was answered last, else what the talk one is in is about, or, of what is asked, the
        talk one has come from."""
        if last := self._faq.find(chat.about, chat.today):
            return Talked(last.title, last.topic)
        ended = chat.about if asks(text) else ""
        flow = self._flows.get(chat.frame.flow or ended)
        return Talked(flow.subject) if flow and flow.subject else None

    def _of_shown(self, chat: Talk, text: str) -> Card | None:
        """The addresses of what was shown, or the numbers of what was shown or answered last, where a text asks for nobody's."""
        if asks_for_place(text):
            return addresses(chat)
        if not self._index.asks_for_phone(text):
            return None
        if found := phones(chat):
            return found
        talked, last = self._talked(chat, text), self._faq.find(chat.about, chat.today)
        if last is None or (talked and self._index.follows_up(text, talked, chat.today)):
            return None
        return contact(chat, last)

    def _command(self, text: str, on: date) -> Opener | None:
        if self._foreign.names(text):
            ordered = ordered_for_a_reason(text)
            return self._command(ordered, on) if ordered else None
        if opener := self._heard(text):
            return opener
        if place := self._towns.search(text):
            return place
        name = self._openings.command(text, on, suspect=suspicion(text, self._likeness) is not None)
        return None if self._is_only_asked(name, text) else self._opener(name, text, on)

    def _is_only_asked(self, name: str | None, text: str) -> bool:
        """Whether it is asked what a talk is for that needs to know who one is: it is told before it is opened."""
        return name in self._needs_link and asks(text)

    def _heard(self, text: str) -> Opener | None:
        """The flow that hears that it is meant."""
        for flow in self._flows.values():
            if flow.hears and (answers := flow.hears(text)) is not None:
                return flow.opener(**answers)
        return None

    def _wish(self, text: str, on: date) -> str | Opener | None:
        if self._smalltalk.answer(text) or self._foreign.names(text):
            return None
        found = suspicion(text, self._likeness)
        if found and (found.is_grave or suspicion(text)):
            return None
        name = self._openings.wish(text, on, self._likeness.of(text)[1] if found else 0.0)
        if self._is_only_asked(name, text):
            return None
        return name if name in WAYS else self._opener(name, text, on)

    def _opener(self, name: str | None, text: str, on: date) -> Opener | None:
        """What opens it, with what the text has said of it."""
        if name == places.name and name in self._flows:
            return self._towns.ordered(text)
        if name is None or name in self._flows:
            return self._flows[name].opener() if name else None
        entry = self._faq.find(name, on)
        return Opener(entry.title, "faq", (("topic", name),)) if entry else None


def _links_first(flow: TalkFlow) -> bool:
    """Whether the talk asks who one is, where the chat is not linked yet."""
    return any(each.how == "detour link" for each in transitions(flow))


def _asks_something(chat: Talk, text: str) -> bool:
    """False for signs alone, and for what staff type: their words belong to their own work."""
    return any(sign.isalpha() for sign in text) and staff_of(chat.db, chat.id) is None
