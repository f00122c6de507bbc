"""What a typed text means at each moment, decided in one order: exits, codes, guards, answers, commands, questions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic

from bot.buttons import pressed
from bot.flow import World
from bot.messages import BACK, MENU, QUIT, Card, Opener, Reply, Text
from bot.parts import Parts
from bot.questions import Choose, Given, Half, Question, Retry, Type, Unfit
from bot.remarks import on_the_talk
from bot.second_thoughts import gone_back, supposed_otherwise
from bot.walk import CHANGED, LAPSED, RESUME, Walk
from bot.ways import asks_to_wait, named_way, way_of
from bot.words import is_my_number, loose, normalise
from models.conversation import NOT_SHOWN

MAX_TEXT = 5_000
ALWAYS_WAYS = (BACK.label, QUIT.label)  # shown at every step, so that no step has them as answers
NOT_BY_HALF = Text("取り消せませんので、下のボタンを押すか、番号でお答えください。")
WAITING = Text("お待ちします。準備ができたら、下から続けてください。")
TAKEN_BACK = Text("送信を取り消された言葉は消しました。もう一度お知らせください。")
UNDER_WAY = "「{0}」の途中です。続きは、この下です。はじめからやり直すときは「はじめから」と送ってください。"


@dataclass
class Texts(Generic[World]):
    """Understands one text; what is said and where the chat stands is the walk's."""

    bot: Parts[World]
    walk: Walk[World]
    raw: str  # as it was typed, however long: who reads it says how much is too much
    half: str  # what the text before has said of an answer

    def hear(self) -> None:
        """Does what the text means."""
        text = normalise(self.raw[:MAX_TEXT])
        if (way := named_way(text)) and (text in ALWAYS_WAYS or not self._is_a_choice(text)):
            self.walk.take(way)
        elif opener := self.bot.scan(text):
            self._open(opener)
        elif self.walk.in_flow:
            self._in_flow(text)
        else:
            self._outside(text)

    def _is_a_choice(self, text: str) -> bool:
        """True for 取り消す where that is one of the present answers."""
        if not self.walk.in_flow or not isinstance(question := self.walk.look(), Choose):
            return False
        return loose(text) in (loose(label) for label in question.labels())

    def _in_flow(self, text: str) -> None:
        question = self.walk.look()
        if not isinstance(question, Question):
            self._too_late(text)
            return
        guarded = self.bot.understanding.guard(text)
        insists, self.walk.place.warned = self.walk.place.warned, False
        if guarded and self._goes_first(guarded, question, text, insists=insists):
            self.walk.place.warned = guarded.is_grave
            self._interrupt(guarded)
            return
        if words := question.keeps_out(text):
            self.walk.interject(Text(words))
            return
        if self.walk.is_rested and self._came_back(question, text, guarded):
            return
        if question.takes_all_text and self._taken(question, lambda: question.whole(self.half, self.raw)):
            return
        if isinstance(question, Type) and question.as_it_is:
            self.walk.interject(Text(question.why_not(self.raw)))
        elif guarded:
            self._interrupt(guarded)
        elif self._taken(question, lambda: question.exact(Given("text", text))) or gone_back(
            self.walk, question, text
        ):
            return
        elif remark := on_the_talk(self.walk, question, text):
            self.walk.interject(remark)
        elif not question.takes_all_text and (personal := self._personal(text)):
            self._interrupt(personal)
        elif way := way_of(text):
            self.walk.take(way)
        elif asks_to_wait(text):
            self.walk.interject(WAITING)
        elif question.in_full and question.says_half(text):
            self.walk.interject(NOT_BY_HALF)
        elif closed := self._named_but_closed(text):
            self.walk.interject(closed)
        elif self._follows_up(text):
            self._asked_in_flow(question, text)
        elif command := self._command(text):
            self._open_by_words(command)
        elif self._taken(question, lambda: question.loosely(text)):
            return
        elif objection := question.objects(text):
            self.walk.interject(Text(objection))
        elif wish := self.bot.understanding.wish(text, self.walk.now):
            self._grant(wish)
        else:
            self._asked_in_flow(question, text)

    def _goes_first(self, guarded: Reply, question: Question, text: str, *, insists: bool) -> bool:
        """Whether the guard is heard before the step: a number that may not be kept; a life, but in words for people
        once, and not in what staff write."""
        at_work = question.takes_all_text and bool(self.walk.flows[self.walk.frame.flow].only_for)
        for_people = insists and isinstance(question, Type) and question.for_people
        return is_my_number(text) or (guarded.is_grave and not at_work and not for_people)

    def _too_late(self, text: str) -> None:
        """The facts have changed and the step no longer asks: the text answers nothing, but may wish for something else."""
        if guarded := self.bot.understanding.guard(text):
            self._interrupt(guarded)
        elif command := self._command(text):
            self._open(command)
        elif not self.walk.rested():
            self.walk.go()

    def _came_back(self, question: Question, text: str, guarded: Reply | None) -> bool:
        """After a pause: False only when the text is to be taken as an answer; else it has been seen to."""
        if guarded:
            self._interrupt(guarded)
            return True
        if way := way_of(text):
            self.walk.take(way)
            return True
        command = self._command(text)
        if command is None:
            return self.walk.rested()
        if question.takes_all_text:
            self._open(command)
            return True
        return False

    def _asked_in_flow(self, question: Question, text: str) -> None:
        """A question of its own is answered and the step asked again; else the step says what it needs."""
        if not any(sign.isalpha() for sign in text):  # a number asks nothing
            self.walk.interject(Text(question.why_not(self.raw)))
            return
        frame = self.walk.frame
        reply = self._asked(text, f"{frame.flow}.{frame.step}")
        if isinstance(reply, Opener):
            self._open_by_words(reply)
        elif reply.understood:
            self._interrupt(reply)
        else:
            self.walk.interject(Text(question.why_not(self.raw)))

    def _outside(self, text: str) -> None:
        understanding = self.bot.understanding
        if guarded := understanding.guard(text):
            self.walk.stands_alone = True
            self._reply(guarded)
        elif opener := self._option(text):
            self._open(opener)
        elif remark := on_the_talk(self.walk, None, text):
            self.walk.interject(remark)
        elif personal := self._personal(text):
            self._reply(personal)
        elif supposed_otherwise(self.walk, text):
            return
        elif self._follows_up(text):
            self._answer(text)
        elif way := way_of(text):
            self.walk.take(way)
        elif closed := self._named_but_closed(text):
            self.walk.interject(closed)
        elif opener := self._command(text):
            self._open(opener)
        elif wish := understanding.wish(text, self.walk.now):
            self._grant(wish)
        else:
            self._answer(text)

    def _answer(self, text: str) -> None:
        """What is asked outside of all flows."""
        if isinstance(reply := self._asked(text, None), Opener):
            self._open(reply)
        else:
            self._reply(reply)

    def _follows_up(self, text: str) -> bool:
        """A question that can only be one of what is talked about."""
        return self.bot.understanding.follows_up(self.walk.chat(self.walk.place.frame), text)

    def _grant(self, wish: str | Opener) -> None:
        if isinstance(wish, Opener):
            self._open_by_words(wish)
        else:
            self.walk.take(wish)

    def _asked(self, text: str, step: str | None) -> Reply | Opener:
        """What the text asks; a second unclear text in a row is not asked back."""
        place = self.walk.place
        reply = self.bot.understanding.ask(
            self.walk.chat(self.walk.place.frame), text, step, again=place.asked_back
        )
        place.asked_back = isinstance(reply, Reply) and reply.asks_back
        if isinstance(reply, Reply) and reply.about:
            place.about = reply.about
        return reply

    def _personal(self, text: str) -> Reply | None:
        return self.bot.understanding.personal(self.walk.chat(self.walk.place.frame), text)

    def _taken(self, question: Question, read: Callable[[], Any]) -> bool:
        """True when the text was an answer, if one that cannot be taken, or the question had lapsed and was asked anew."""
        try:
            answer = read()
        except Unfit as unfit:
            self.walk.place.half = unfit.said if isinstance(unfit, Half) else ""
            self.walk.interject(Text(str(unfit)))
            return True
        except Retry:
            return False
        if self.walk.place.asked_at == NOT_SHOWN:
            self.walk.ask_anew(TAKEN_BACK)
        elif self.walk.has_lapsed(question):
            self.walk.ask_anew(LAPSED)
        elif self.walk.has_changed(question):
            self.walk.ask_anew(CHANGED)
        else:
            self.walk.answer(answer)
        return True

    def _option(self, text: str) -> Opener | None:
        """An opener of the last card, typed as its number or label."""
        typed = loose(text)
        for number, (label, data) in enumerate(self.walk.place.options, start=1):
            if typed in (str(number), f"{number}番", loose(label)) and (press := pressed(data)):
                return Opener(label, press.flow, press.answers) if press.flow in self.walk.flows else None
        return None

    def _named_but_closed(self, text: str) -> Card | None:
        return self.bot.no_entry(self.walk, self.bot.reserved.flow(text))

    def _command(self, text: str) -> Opener | None:
        reserved = self.walk.flows.get(self.bot.reserved.flow(text))
        return reserved.opener() if reserved else self.bot.understanding.command(text, self.walk.now)

    def _open_by_words(self, opener: Opener) -> None:
        """What is typed opens a talk; the one that is under way is not begun anew by its own name."""
        place = self.walk.place
        under_way = {frame.flow for frame in (place.frame, *place.detours) if frame}
        if opener.flow not in under_way or opener.answers:
            self._open(opener)
        else:
            self.walk.interject(Text(UNDER_WAY.format(self.walk.flows[opener.flow].title)))

    def _open(self, opener: Opener) -> None:
        self.walk.open_beside(opener.flow, opener.answers)

    def _reply(self, reply: Reply) -> None:
        self.walk.stands_alone |= reply.is_grave
        self.walk.say(*reply.messages)
        self.walk.ways = reply.ways or (MENU,)

    def _interrupt(self, reply: Reply) -> None:
        """An answer in the middle of a flow; the step is asked again below it, where nothing graver was said."""
        if not reply.is_grave:
            return self.walk.interject(*reply.messages)
        self._reply(replace(reply, ways=(RESUME, *reply.ways)))
