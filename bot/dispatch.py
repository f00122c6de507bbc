"""One event in, replies out: what each kind of event means at each moment, decided in one order."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol

from sqlalchemy import Connection

from bot import flex
from bot.buttons import Binding, Pressed, data_of, pressed
from bot.events import Event
from bot.flow import Chat, Flow, Given, Question, Retry, World
from bot.messages import Button, Card, Message, Opener, Reply, Text, Way
from bot.walk import Observer, Walk
from bot.words import is_my_number, loose, normalise
from models import conversation, outbox
from models.base import Refusal, is_retryable
from models.conversation import Frame, LoadedChat, Place
from models.days import day_of
from models.outbox import Owed

PAUSE = timedelta(hours=3)
MAX_TEXT = 5_000
WAYS = {
    "quit": ("やめる", "中止", "キャンセル", "終了", "やめます", "中止する"),
    "back": ("戻る", "もどる", "前に戻る", "ひとつ戻る"),
    "resume": ("続きから", "続き", "つづき"),
    "restart": ("はじめから", "最初から"),
    "return": ("前の手続きに戻る",),
}
WAY_OF = {loose(word): way for way, words in WAYS.items() for word in words}
MENU = Opener("メニュー", "menu")

log = logging.getLogger(__name__)


class Understanding(Protocol[World]):
    """What a text means beyond the present step: guards, commands, questions."""

    def guard(self, text: str) -> Reply | None: ...
    def command(self, text: str, now: datetime) -> Opener | None: ...
    def ask(self, chat: Chat[World], text: str, step: str | None) -> Reply: ...


class Linking(Protocol[World]):
    """What an account link means; `user_of` finds the chat of a failed one, which names nobody."""

    def user_of(self, db: Connection, branch: str, nonce: str) -> str | None: ...
    def finish(self, chat: Chat[World], nonce: str, ok: bool) -> tuple[Message, ...]: ...


def unobserved(flow: str, step: str, what: str) -> None:
    """Nobody watches."""


@dataclass
class Bot(Generic[World]):
    """A branch's bot: its flows, and what it understands."""

    branch: str
    flows: dict[str, Flow[World]]
    world: World
    understanding: Understanding[World]
    linking: Linking[World]
    scan: Callable[[str], Opener | None]
    observe: Observer = unobserved

    def handle(self, db: Connection, event: Event, now: datetime, sender: str | None = None) -> Owed | None:
        """Does all that the event means, in this transaction; the messages owed for it, if any."""
        if not conversation.first_time(db, self.branch, event.id, now):
            return None
        if event.standby or event.kind == "other":
            return None  # another module has the chat, or the event is not a talk
        user_id = event.user_id
        if event.kind == "linked" and not user_id:
            user_id = self.linking.user_of(db, self.branch, event.text) or ""
        if event.in_group:
            return self._in_group(db, event, now, sender)
        if not user_id:
            return None
        loaded = conversation.load(db, self.branch, user_id, now, sender or "")
        visit = _Visit(self, db, loaded, event, now)
        visit.react()
        blocked = event.kind == "unfollow"
        conversation.save(db, loaded.id, visit.place, blocked=blocked, now=now)
        return visit.owe(user_id, None if loaded.owed_elsewhere else sender)

    def photo(self, db: Connection, stored: "Photo", now: datetime, sender: str | None = None) -> Owed | None:
        """The second half of a photo's event, once its bytes have been read."""
        loaded = conversation.load(db, self.branch, stored.user_id, now, sender or "")
        visit = _Visit(self, db, loaded, stored.event, now)
        visit.photo(stored)
        conversation.save(db, loaded.id, visit.place, blocked=False, now=now)
        return visit.owe(stored.user_id, None if loaded.owed_elsewhere else sender)

    def _in_group(self, db: Connection, event: Event, now: datetime, sender: str | None) -> Owed | None:
        """Personal matters have no place in a group: one sentence when called, silence otherwise."""
        called = event.kind == "join" or (
            event.kind == "text"
            and (self.scan(normalise(event.text)) or self.understanding.command(normalise(event.text), now))
        )
        if not called or not event.reply_token:
            return None
        loaded = conversation.load(db, self.branch, event.user_id or "group", now)
        text = "お一人おひとりの情報を守るため、グループではご案内できません。このアカウントを友だちに追加して、1対1のトークでお使いください。"
        body = json.dumps([flex.render(Text(text), None)], ensure_ascii=False)
        return outbox.add(
            db,
            branch=self.branch,
            chat_id=loaded.id,
            user_id=event.user_id,
            subject="ご案内",
            messages=body,
            now=now,
            reply_token=event.reply_token,
            claim_for=None if loaded.owed_elsewhere else sender,
        )


@dataclass(frozen=True)
class Photo:
    """A photo whose bytes have been read: the codes found on it, None when it could not be had."""

    user_id: str
    event: Event
    turn: int
    codes: Sequence[str] | None


@dataclass
class _Visit(Generic[World]):
    """One event of one chat."""

    bot: Bot[World]
    db: Connection
    loaded: LoadedChat
    event: Event
    now: datetime
    place: Place = field(init=False)
    walk: Walk[World] = field(init=False)

    def __post_init__(self) -> None:
        self.place = self.loaded.place
        self._begin()

    def react(self) -> None:
        """Runs the reaction in a savepoint: a refusal or a bug undoes its effect, never the event's memory."""
        self._guarded(self._reaction())

    def photo(self, stored: Photo) -> None:
        self._guarded(lambda: self._photo(stored))

    def owe(self, user_id: str, sender: str | None) -> Owed | None:
        """Owes what was said; None when nothing was."""
        messages = self._rendered()
        if not messages:
            return None
        return outbox.add(
            self.db,
            branch=self.bot.branch,
            chat_id=self.loaded.id,
            user_id=user_id,
            subject=self.walk.subject or "ご案内",
            messages=json.dumps(messages, ensure_ascii=False, separators=(",", ":")),
            now=self.now,
            received_at=self.event.received_at,
            reply_token=self.event.reply_token,
            claim_for=sender,
        )

    def _begin(self) -> None:
        bot = self.bot
        self.walk = Walk(
            bot.flows, self.db, self.loaded.id, bot.branch, self.place, self.now, bot.world, bot.observe
        )

    def _guarded(self, reaction: Callable[[], None]) -> None:
        before = self.place.dump()
        try:
            with self.db.begin_nested():
                reaction()
        except Refusal as refusal:
            self._start_over(before)
            self._refuse(refusal)
        except Exception as error:
            if is_retryable(error):
                raise
            frame = self.place.frame
            self._start_over(before)
            where = (frame.flow, frame.step) if frame else ("", "")
            log.exception("event %s failed in %s.%s", self.event.id, *where)
            self._apologise()

    def _start_over(self, before: str) -> None:
        self.place = Place.load(before)
        self._begin()

    def _refuse(self, refusal: Refusal) -> None:
        self.place.frame, self.place.detours = None, []
        self.place.turn += 1
        self.walk.say(Card("お手続きできませんでした", (refusal.text,), tone="warn", buttons=(MENU,)))

    def _apologise(self) -> None:
        self.walk.subject = "ご案内"
        again: tuple[Button, ...] = (Way("もう一度試す", "resume"),) if self._in_flow() else ()
        text = "申し訳ありません。こちらの不具合で処理できませんでした。登録された内容は変わっていません。"
        desk = Opener("窓口に聞く", "desk")
        self.walk.say(Card("うまく処理できませんでした", (text,), (*again, desk, MENU), tone="warn"))

    # What each kind of event means

    def _reaction(self) -> Callable[[], None]:
        match self.event.kind:
            case "unsend":
                return lambda: conversation.forget_message(self.db, self.bot.branch, self.event.message_id)
            case "unfollow" | "join":
                return lambda: None
            case "follow":
                return lambda: self.walk.open("greeting", {})
            case "linked":
                return self._linked
            case "press":
                return self._pressed
            case "text":
                return self._text
            case "photo":
                return self._store_photo
            case "sticker":
                return lambda: self._not_words("スタンプをありがとうございます。")
        return lambda: self._not_words("この種類のメッセージは読み取れません。")

    def _not_words(self, sentence: str) -> None:
        if self._rested():
            return
        self.walk.say(Text(f"{sentence}{'文字かボタンでお答えください。' if self._in_flow() else ''}"))
        self._ask_again()

    def _linked(self) -> None:
        self.walk.say(*self.bot.linking.finish(self._chat(), self.event.text, self.event.ok))
        if self._in_flow():
            self.walk.go(Given("linked", "ok") if self.event.ok else None)
        else:
            self.walk.ways = (MENU,)

    def _store_photo(self) -> None:
        event = {"id": self.event.id, "reply_token": self.event.reply_token}
        conversation.store_event(
            self.db, self.bot.branch, self.loaded.id, self.place.turn, self.event.message_id, event, self.now
        )

    def _photo(self, stored: Photo) -> None:
        opener = next(
            (found for code in stored.codes or () if (found := self.bot.scan(normalise(code)))), None
        )
        if opener and stored.turn == self.place.turn:
            return self._open(opener)
        if opener:
            self.walk.say(Text("写真を受け取りましたが、お話が先に進んでいたため使いませんでした。"))
        elif stored.codes is None:
            self.walk.say(Text("写真を受け取れませんでした。お手数ですが、もう一度お送りください。"))
        else:
            self.walk.say(
                Text(
                    "写真から二次元コードを読み取れませんでした。明るい所で、コードが画面いっぱいに写るように撮ってください。"
                    "コードの下に書かれた文字（例：fs0007）を送っていただいても進めます。"
                )
            )
        self._ask_again()

    def _pressed(self) -> None:
        press = pressed(self.event.text)
        match press:
            case Pressed(kind="open", flow=flow) if flow in self.bot.flows:
                self.walk.open(flow, dict(press.answers))
            case Pressed(kind="way", turn=turn) if turn == self.place.turn:
                self._take_way(press.value)
            case Pressed(kind="answer") if self._is_present(press):
                self._answer_button(press.value)
            case Pressed(kind="answer", turn=turn) if turn == self.place.ended_turn and self.place.ended_with:
                again = pressed(self.place.ended_with)
                assert again is not None
                self.walk.open(again.flow, dict(again.answers))
            case _:
                self.walk.say(Text("前の画面のボタンです。今の画面は、こちらです。"))
                self._ask_again()

    def _answer_button(self, value: str) -> None:
        if self._rested():
            return None
        if self._has_lapsed():
            self.walk.say(Text("時間がたちましたので、もう一度ご確認ください。"))
            self.walk.shown = None
            return self.walk.go()
        self.walk.go(Given("date", self.event.picked) if self.event.picked else Given("button", value))

    def _text(self) -> None:
        text = normalise(self.event.text[:MAX_TEXT])
        if is_my_number(text):
            self.walk.say(
                Text("マイナンバーはこのトークでは扱いません。送らないようお願いします（保存していません）。")
            )
            return self._ask_again()
        if way := self._way(text):
            return self._take_way(way)
        if opener := self.bot.scan(text):
            return self._open(opener)
        if self._in_flow():
            return self._text_in_flow(text)
        self._text_outside(text)

    def _text_in_flow(self, text: str) -> None:
        result = self.walk.look()
        if not isinstance(result, Question):
            return self.walk.go()
        command = None if result.takes_all_text else self.bot.understanding.command(text, self.now)
        if not command and self._rested():
            return None
        if result.takes_all_text:
            return self.walk.go(Given("text", self.event.text[:MAX_TEXT]))
        if guarded := self.bot.understanding.guard(text):
            return self._reply_and_ask_again(guarded)
        for read in (lambda: result.exact(Given("text", text)), None, lambda: result.loosely(text)):
            if read is None:
                if command:
                    return self._open(command)
                continue
            try:
                answer = read()
            except Retry:
                continue
            if self._has_lapsed():
                return self._answer_button("")
            return self.walk.answer(answer)
        frame = self._frame()
        self._reply_and_ask_again(
            self.bot.understanding.ask(self._chat(), text, f"{frame.flow}.{frame.step}")
        )

    def _text_outside(self, text: str) -> None:
        if guarded := self.bot.understanding.guard(text):
            return self._reply(guarded)
        if opener := self._option(text) or self.bot.understanding.command(text, self.now):
            return self._open(opener)
        self._reply(self.bot.understanding.ask(self._chat(), text, None))

    # The parts they share

    def _take_way(self, way: str) -> None:
        match way:
            case "return":
                self.walk.unpark()
            case "quit":
                self._quit()
            case _ if not self._in_flow():
                self.walk.say(Text("進行中の手続きはありません。"))
                self.walk.open("menu", {})
            case "back":
                self.walk.back()
            case "restart":
                self.walk.restart()
            case _:
                self.walk.shown = None
                self.walk.go()

    def _quit(self) -> None:
        if not self._in_flow():
            self.walk.say(Text("進行中の手続きはありません。"))
        else:
            title = self.bot.flows[self._frame().flow].title
            self.place.frame, self.place.detours = None, []
            self.place.turn += 1
            self.walk.say(Text(f"「{title}」をやめました。何も登録していません。"))
        self.walk.ways = (*((Way("前の手続きに戻る", "return"),) if self.place.parked else ()), MENU)

    def _open(self, opener: Opener) -> None:
        self.walk.open(opener.flow, dict(opener.answers))

    def _reply(self, reply: Reply) -> None:
        self.walk.say(*reply.messages)
        self.walk.ways = reply.ways or (MENU,)

    def _reply_and_ask_again(self, reply: Reply) -> None:
        self.walk.say(*reply.messages)
        self._ask_again()

    def _ask_again(self) -> None:
        if self._in_flow():
            self.walk.go()
        else:
            self.walk.ways = (MENU,)

    def _rested(self) -> bool:
        """After a long pause the first message offers to go on or to begin anew, and acts on nothing else."""
        if not self._in_flow() or self.now - self.loaded.updated_at < PAUSE:
            return False
        title = self.bot.flows[self._frame().flow].title
        ways = (Way("続きから", "resume"), Way("はじめから", "restart"), Way("やめる", "quit"))
        self.walk.say(Card(f"「{title}」の途中です", ("しばらく間があきました。どうなさいますか？",), ways))
        return True

    def _has_lapsed(self) -> bool:
        question = self.walk.look()
        if not isinstance(question, Question) or question.holds_for is None:
            return False
        return self.now.timestamp() - self.place.asked_at > question.holds_for.total_seconds()

    def _way(self, text: str) -> str | None:
        return WAY_OF.get(loose(text))

    def _option(self, text: str) -> Opener | None:
        typed = loose(text)
        for number, (label, data) in enumerate(self.place.options, start=1):
            if typed in (str(number), f"{number}番", loose(label)) and (press := pressed(data)):
                return Opener(label, press.flow, press.answers)
        return None

    def _is_present(self, press: Pressed) -> bool:
        frame = self.place.frame
        return frame is not None and (frame.flow, frame.step, self.place.turn) == (
            press.flow,
            press.step,
            press.turn,
        )

    def _in_flow(self) -> bool:
        frame = self.place.frame
        if frame and frame.step in getattr(self.bot.flows.get(frame.flow), "steps", ()):
            return True
        self.place.frame = None  # a flow or step of an earlier release
        return False

    def _frame(self) -> Frame:
        assert self.place.frame is not None
        return self.place.frame

    def _chat(self) -> Chat[World]:
        frame = self.place.frame or Frame("", "")
        return Chat(
            self.db, self.loaded.id, self.bot.branch, self.now, day_of(self.now), self.bot.world, frame
        )

    def _rendered(self) -> list[dict[str, Any]]:
        walk, frame = self.walk, self.place.frame
        binding = (
            Binding(frame.flow, frame.step, self.place.turn) if frame else Binding("", "", self.place.turn)
        )
        messages = list(walk.said)
        if walk.question:
            messages.append(_card_of(walk.question))
        self.place.options = _options(messages) if not frame else []
        rendered = [flex.render(message, binding) for message in messages]
        if rendered and walk.ways:
            rendered[-1]["quickReply"] = flex.quick_replies(walk.ways, binding)
        return rendered


def _card_of(question: Question) -> Card:
    """The question as one bubble: what is known, what is asked, the answers, further ways."""
    card = question.card or Card("")
    lines = (*card.lines, question.prompt) if question.prompt else card.lines
    buttons = (*question.answers(), *card.buttons, *question.ways)
    return Card(card.title, lines, buttons, card.picture, card.tone, card.small)


def _options(messages: Sequence[Message]) -> list[list[str]]:
    """The openers last shown outside a flow: they may be typed by number or label."""
    cards = [message for message in messages if isinstance(message, Card)]
    openers = [button for card in cards[-1:] for button in card.buttons if isinstance(button, Opener)]
    return [[opener.label, data_of(opener, None)] for opener in openers]
