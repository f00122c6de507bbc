"""One event's walk through the flows: from the present step to the next question, or to the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic

from sqlalchemy import Connection

from bot.buttons import data_of
from bot.flow import Chat, Detour, Done, Flow, GoTo, Result, Skip, World
from bot.messages import BACK, MENU, QUIT, Button, Card, Message, Text, Way
from bot.questions import Given, Question, Retry
from models.base import Refusal, savepoint
from models.conversation import NOT_SHOWN, Frame, Place
from models.days import day_of

PAUSE = timedelta(hours=3)
RESUME = Way("続きから", "resume")
RETURN = Way("前の手続きに戻る", "return")
LAPSED = Text("時間がたちましたので、もう一度ご確認ください。")
CHANGED = Text("表示したあとで、内容が変わりました。今の画面を、もう一度ご確認ください。")
NOTHING_BEGUN = Text("進行中の手続きはありません。")
PUT_OFF = "「{0}」は、いったんここまでにします。続けるときは「{1}」を押してください。"
START = "menu"  # whoever asks for it leaves the talk
MOST_STEPS = 60  # more in one event means that two steps send each other in circles

Observer = Callable[[str, str, str], None]  # flow, step, "answer" | "skip" | "goto x" | "detour x" | "done"
Counter = Callable[[Connection, str, str, str, datetime], None]  # branch, flow, code of a refusal, when


def unobserved(flow: str, step: str, how: str) -> None:
    """Nobody watches."""


def uncounted(db: Connection, branch: str, flow: str, code: str, now: datetime) -> None:
    """Nobody counts."""


@dataclass
class Walk(Generic[World]):
    """The walk's state: where the chat stands (changed on the way) and what is said."""

    flows: Mapping[str, Flow[World]]
    db: Connection
    chat_id: int
    branch: str
    place: Place
    now: datetime
    world: World
    observe: Observer
    silent_for: timedelta = timedelta()  # since the person's last event
    said: list[Message] = field(default_factory=list)
    ways: tuple[Button, ...] = ()
    subject: str = ""
    question: Question | None = None
    shown: tuple[str, str] | None = None
    message_id: str = ""  # of the message that is answered, where it has one
    # Flow and code of each talk that ended in a no.
    refusals: list[tuple[str, str]] = field(default_factory=list)
    seen: dict[Any, Any] = field(default_factory=dict)
    dropped: str = ""  # the flow in which the chat stood, and which is there no more
    stands_alone: bool = False  # what is said is grave: nothing else is told beside it

    def __post_init__(self) -> None:
        self._forget_earlier_releases()
        frame = self.place.frame
        self.shown = (frame.flow, frame.step) if frame else None

    @property
    def in_flow(self) -> bool:
        return self.place.frame is not None

    @property
    def frame(self) -> Frame:
        """Where the chat stands, when it is in a flow."""
        assert self.place.frame is not None
        return self.place.frame

    @property
    def is_rested(self) -> bool:
        """Whether the person comes back to the middle of a flow after a long pause."""
        return self.in_flow and self.silent_for >= PAUSE

    def open(self, flow: str, answers: Iterable[tuple[str, str]] = ()) -> None:
        """Starts a flow at its first unanswered step; the flow one was in is parked."""
        self._park(unless=flow)
        self.place.frame = Frame(flow, self.flows[flow].first, given=dict(answers))
        self.place.detours, self.place.warned, self.place.about = [], False, ""
        self.ask_anew()

    def open_beside(self, flow: str, answers: Iterable[tuple[str, str]] = ()) -> None:
        """Starts a flow in words; where it only told something, the one that was left goes on, if it is a question's answer
        that was told, or if that one could not be gone back to."""
        left, detours, parked = self.place.frame, self.place.detours, self.place.parked
        self.open(flow, answers)
        if left is None or self.in_flow or flow == START:
            return
        if self.flows[flow].only_tells or not self.flows[left.flow].resumable:
            self.place.frame, self.place.detours, self.place.parked = left, detours, parked
            self.ask_anew()

    def ask_anew(self, *why: Message) -> None:
        """Goes on to a question that counts as one not shown before."""
        self.say(*why)
        self.shown = None
        self.go()

    def go(self, given: Given | None = None) -> None:
        """Runs steps until one asks or the talk is over; `given` answers the present question."""
        for _ in range(MOST_STEPS):
            frame, result = self.frame, self.look()
            if isinstance(result, Question):
                given = given or (None if result.by_hand else _told_before(frame))
                if given is None:
                    return self._ask(frame, result)
                try:
                    answer = result.exact(given)
                except Retry as retry:
                    self.say(Text(str(retry)))
                    return self._ask(frame, result)
                self._answered(frame, answer, "answer")
            elif self._follow(frame, result):
                return None
            given = None
        raise RuntimeError(f"step {self.frame.step} of {self.frame.flow} comes round again and again")

    def look(self) -> Result:
        """What the present step says now; the talk is over where the rules say no to a step that has a word for it."""
        frame = self.frame
        flow = self.flows[frame.flow]
        self.subject = flow.subject
        step, says_no, chat = flow.steps[frame.step], flow.says_no.get(frame.step), self.chat(frame)
        if says_no is None:
            return step(chat)
        try:
            with savepoint(self.db):
                return step(chat)
        except Refusal as refusal:
            return Done((says_no(chat, refusal),), refused=refusal.code)

    def chat(self, frame: Frame | None) -> Chat[World]:
        """What a step of this frame sees; outside of all flows it has no answers."""
        return Chat(
            self.db,
            self.chat_id,
            self.branch,
            self.now,
            day_of(self.now),
            self.world,
            frame or Frame("", ""),
            self.seen,
            self.message_id,
            self.place.about,
        )

    def answer(self, answer: Any) -> None:
        """Takes an answer that has been read already, and goes on."""
        self._answered(self.frame, answer, "answer")
        self.go()

    def interject(self, *messages: Message) -> None:
        """Says something beside the talk, and asks the present step again."""
        self.say(*messages)
        if self.in_flow:
            self.go()
        else:
            self.ways = (MENU,)

    def rested(self) -> bool:
        """After a long pause the first message offers to go on or to begin anew, and acts on nothing else."""
        if not self.is_rested:
            return False
        title = self.flows[self.frame.flow].title
        ways = (RESUME, Way("はじめから", "restart"), QUIT)
        self.say(Card(f"「{title}」の途中です", ("しばらく間があきました。どうなさいますか？",), ways))
        return True

    def take(self, way: str) -> None:
        """Takes a way out or on."""
        match way:
            case "return":
                self.unpark()
            case "quit":
                self.quit()
            case _ if not self.in_flow:
                self.say(NOTHING_BEGUN)
                self.open(START)
            case "later":
                self.put_off()
            case "back":
                self.back()
            case "restart":
                self.restart()
            case _:
                self.ask_anew()

    def quit(self) -> None:
        """Leaves the present flow and all that waits for it; outside of all flows, the one that was parked."""
        place = self.place
        if self.in_flow:
            left: Frame | None = self._leave()
        else:
            left, place.parked = place.parked, None
        if left:
            flow = self.flows[left.flow]
            self.say(Text(f"「{flow.title}」をやめました。{flow.words_of_leaving(self.chat(left))}"))
        else:
            self.say(NOTHING_BEGUN)
        self.ways = (*((RETURN,) if place.parked else ()), MENU)

    def put_off(self) -> None:
        """あとで: the talk waits where it can be gone back to, and is left where it cannot."""
        flow = self.flows[self._outermost.flow]
        if not flow.resumable:
            return self.quit()
        self.place.parked = self._leave()
        self.say(Text(PUT_OFF.format(flow.title, RETURN.label)))
        self.ways = (RETURN, MENU)

    def back(self) -> None:
        """To the question asked before this one; its answer and all later ones are forgotten."""
        frame = self.frame
        before = self.place.detours[-1] if self.place.detours else None
        if len(frame.asked) > 1:
            frame.asked.pop()
            self._move(frame, frame.asked.pop())
        elif before and before.asked:
            self.place.frame = self.place.detours.pop()
            self._move(before, before.asked.pop())
        else:
            self.say(Text("ここが最初の画面です。おやめになるときは「やめる」を押してください。"))
        self.go()

    def earlier(self) -> Iterator[tuple[str, Question]]:
        """The questions that were asked before the present one, the latest first, as they would be asked now."""
        frame = self.frame
        for step in reversed(frame.asked):
            if step != frame.step and isinstance(result := self._seen_again(frame, step), Question):
                yield step, result

    def back_to(self, step: str) -> None:
        """To an earlier question; its answer and all later ones are forgotten."""
        self._move(self.frame, step)
        self.go()

    def restart(self) -> None:
        """The present flow from its first question; one that lives from its opener keeps what that has said."""
        frame = self.frame
        flow = self.flows[frame.flow]
        if not flow.rests_on_opener or not frame.asked:
            self.place.frame = Frame(flow.name, flow.first)
        else:
            self._move(frame, frame.asked[0])
            frame.asked = []
        self.ask_anew()

    def unpark(self) -> None:
        """Back to the flow that was left for another; a flow one is in now is kept in its turn."""
        frame, self.place.parked = self.place.parked, None
        if frame is None:
            self.say(Text("戻れる手続きはありません。"))
            return self.go() if self.in_flow else self.open("menu")
        self._park(unless=frame.flow)
        self.place.frame, self.place.detours = frame, []
        self.ask_anew()

    def forget(self, message_id: str) -> None:
        """Words that were taken back are forgotten: the step that had asked for them asks anew, before it reads."""
        place = self.place
        for frame in filter(None, (place.frame, place.parked, *place.detours)):
            for step, answer in [*frame.answers.items()]:
                if isinstance(answer, list) and answer[1:] == [message_id]:
                    self._move(frame, step)
                    place.asked_at = NOT_SHOWN

    def has_lapsed(self, question: Question) -> bool:
        """True when the present question no longer holds, so long ago was it shown."""
        held = self.now.timestamp() - self.place.asked_at
        return question.holds_for is not None and held > question.holds_for.total_seconds()

    def has_changed(self, question: Question) -> bool:
        """True when there are other choices than those that were shown, to which the answer was given."""
        shown = self.place.choices
        return shown is not None and shown != question.print_of_choices()

    def say(self, *messages: Message) -> None:
        self.said.extend(messages)

    @property
    def _outermost(self) -> Frame:
        """The talk that was begun, which others may have been entered for."""
        return self.place.detours[0] if self.place.detours else self.frame

    def _leave(self) -> Frame:
        """Leaves the talk that was begun; what was shown of it holds no more."""
        left, place = self._outermost, self.place
        place.frame, place.detours = None, []
        place.turn += 1
        return left

    def _seen_again(self, frame: Frame, step: str) -> Result | None:
        """What an earlier step says now; nothing where the rules say no by now."""
        try:
            with savepoint(self.db):
                return self.flows[frame.flow].steps[step](self.chat(frame))
        except Refusal:
            return None

    def _forget_earlier_releases(self) -> None:
        """A place whose flow or step is no more is left; what it was on the way to goes with it."""
        place = self.place
        if not all(self._is_known(frame) for frame in (place.frame, *place.detours)):
            self.dropped = place.frame.flow if place.frame else ""
            place.frame, place.detours = None, []
        if not self._is_known(place.parked):
            place.parked = None

    def _is_known(self, frame: Frame | None) -> bool:
        return frame is None or frame.step in getattr(self.flows.get(frame.flow), "steps", ())

    def _ask(self, frame: Frame, question: Question) -> None:
        choices = question.print_of_choices()
        changed = question.by_hand and choices != self.place.choices
        unseen = self.shown != (frame.flow, frame.step) or self.place.asked_at == NOT_SHOWN
        if self.has_lapsed(question) or changed or unseen:
            self.place.turn += 1
            self.place.asked_at = self.now.timestamp()
        self.place.choices = choices
        if frame.asked[-1:] != [frame.step]:
            frame.asked.append(frame.step)
        self.say(*question.before)
        self.question = question
        self.ways = (BACK, QUIT) if len(frame.asked) > 1 else (QUIT,)

    def _follow(self, frame: Frame, result: Result) -> bool:
        """Acts on a step that does not ask; True when the talk is over."""
        match result:
            case Skip(answer=answer):
                self._answered(frame, answer, "skip")
            case GoTo(step=step, say=say, given=given):
                self.observe(frame.flow, frame.step, f"goto {step}")
                self.say(*say)
                self._move(frame, step)
                frame.given.update(given)
            case Detour(flow=flow, say=say):
                self.observe(frame.flow, frame.step, f"detour {flow}")
                self.say(*say)
                self.place.detours.append(frame)
                self.place.frame = Frame(flow, self.flows[flow].first)
            case Done():
                self.observe(frame.flow, frame.step, "done")
                return self._end(result)
        return False

    def _end(self, done: Done) -> bool:
        place = self.place
        if done.refused and place.frame:
            self.refusals.append((place.frame.flow, done.refused))
        self.say(*done.messages)
        self.ways = done.ways
        place.about = done.about or (place.frame.flow if place.frame else "")
        if done.again:
            place.ended_turn, place.ended_with = place.turn, data_of(done.again, None)
        place.turn += 1
        if done.gives_up:
            place.detours = []
        place.frame = place.detours.pop() if place.detours else None
        if place.frame:
            return False
        if place.parked:
            self.ways = (RETURN, *self.ways)
        return True

    def _answered(self, frame: Frame, answer: Any, how: str) -> None:
        self.observe(frame.flow, frame.step, how)
        frame.answers[frame.step] = answer
        frame.step = self.flows[frame.flow].after(frame.step)

    def _move(self, frame: Frame, step: str) -> None:
        for later in self.flows[frame.flow].from_on(step):
            frame.answers.pop(later, None)
            if later in frame.asked and later != step:
                frame.asked.remove(later)
        frame.step = step

    def _park(self, unless: str) -> None:
        left = self.place.detours[0] if self.place.detours else self.place.frame
        if left and left.flow != unless and self.flows[left.flow].resumable:
            self.place.parked = left
        elif self.place.parked and self.place.parked.flow == unless:
            self.place.parked = None


def _told_before(frame: Frame) -> Given | None:
    """What the opener has said already of the present step."""
    value = frame.given.pop(frame.step, None)
    return None if value is None else Given("button", value)
