"""What each kind of event means at each moment, decided in one order (design: exits, codes, guards, answers …)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic

from bot.buttons import Pressed, pressed
from bot.events import Event
from bot.flow import World
from bot.messages import BACK, MENU, QUIT, Card, Message, Opener, Reply, Text, Way
from bot.parts import Parts, StoredPhoto
from bot.questions import Choose, Given, Half, Photo, Question, Retry, SentPicture, Type, Unfit, Wait
from bot.remarks import on_the_talk
from bot.second_thoughts import gone_back, supposed_otherwise
from bot.walk import Walk
from bot.ways import asks_to_wait, named_way, way_of
from bot.words import is_my_number, loose, normalise
from models import conversation
from models.conversation import NOT_SHOWN, Frame, LoadedChat

PAUSE = timedelta(hours=3)
SAME_TALK = timedelta(minutes=30)  # in which a question may be asked of the last answer
MAX_TEXT = 5_000
ALWAYS_WAYS = (BACK.label, QUIT.label)  # shown at every step, so that no step has them as answers
RESUME = Way("続きから", "resume")
RETURN = Way("前の手続きに戻る", "return")
TOO_LATE = "写真を受け取りましたが、お話が先に進んでいたため使いませんでした。"
MOST_PHOTOS = 10  # of a chat that wait to be read
MANY_PHOTOS = "前の写真を読み取っているところです。終わってから、もう一度お送りください。"
NOT_BY_HALF = Text("取り消せませんので、下のボタンを押すか、番号でお答えください。")
PUT_OFF = "「{0}」は、いったんここまでにします。続けるときは「{1}」を押してください。"
WAITING = Text("お待ちします。準備ができたら、下から続けてください。")
LAPSED = Text("時間がたちましたので、もう一度ご確認ください。")
TAKEN_BACK = Text("送信を取り消された言葉は消しました。もう一度お知らせください。")
UNDER_WAY = "「{0}」の途中です。続きは、この下です。はじめからやり直すときは「はじめから」と送ってください。"
CHANGED = Text("表示したあとで、内容が変わりました。今の画面を、もう一度ご確認ください。")


@dataclass
class Reactions(Generic[World]):
    """The reaction to one event; what is said and where the chat stands is the walk's."""

    bot: Parts[World]
    walk: Walk[World]
    loaded: LoadedChat
    event: Event
    now: datetime
    half: str = ""  # what the text before has said of an answer

    def react(self) -> None:
        self.half, self.walk.place.half = self.walk.place.half, ""
        if self.now - self.loaded.updated_at >= SAME_TALK:
            self.walk.place.about = ""
        match self.event.kind:
            case "unsend":
                conversation.forget_message(self.walk.db, self.bot.branch, self.event.message_id)
                self.bot.understanding.forget(self.walk.db, self.bot.branch, self.event.message_id)
                self.walk.forget(self.event.message_id)
            case "follow":
                self.walk.open("greeting")
            case "linked":
                self._linked()
            case "press":
                self._pressed()
            case "text" | "photo" | "sticker" | "message" if closed := self._ended():
                self._say_and_ask_again(closed)
            case "text":
                self._text()
            case "photo" if self.bot.codes or self._wants_photo():
                self._store_photo()
            case "photo" if sentence := self._no_photo():
                self._say_and_ask_again(Text(sentence))
            case "photo":
                self._not_words("写真は読み取れません。")
            case "sticker":
                self._not_words("スタンプをありがとうございます。")
            case "message":
                self._not_words("この種類のメッセージは読み取れません。")

    def photo(self, photo: StoredPhoto) -> None:
        if photo.picture:
            return self._picture(photo.picture, photo.turn)
        found = [opener for code in photo.codes or () if (opener := self.bot.scan(normalise(code)))]
        if found and photo.turn == self.walk.place.turn:
            self._open(found[0])
            return
        if found:
            words = TOO_LATE
        elif sentence := self._no_photo():
            words = sentence
        elif photo.codes is None:
            words = "写真を受け取れませんでした。お手数ですが、もう一度お送りください。"
        else:
            how = self.bot.codes.how if self.bot.codes else ""
            seen = (
                "これは、ここで使う二次元コードではないようです。"
                if photo.codes
                else "写真から二次元コードを読み取れませんでした。"
            )
            words = seen + how
        self._say_and_ask_again(Text(words))

    def _picture(self, picture: SentPicture, turn: int) -> None:
        """A photo that a step had asked for, if that step still asks."""
        if turn == self.walk.place.turn and self._wants_photo():
            self.walk.go(Given("photo", "", picture))
        else:
            self._say_and_ask_again(Text(TOO_LATE))

    # Events without words

    def _not_words(self, sentence: str) -> None:
        if not self._rested():
            how = (
                "文字かボタンでお答えください。"
                if self.walk.in_flow
                else "ご用件は、文字かメニューでお知らせください。"
            )
            self._say_and_ask_again(Text(sentence + how))

    def _linked(self) -> None:
        problem = self.bot.linking.finish(
            self.walk.chat(self.walk.place.frame), self.event.text, self.event.ok
        )
        if not problem and self.walk.in_flow and isinstance(self.walk.look(), Wait):
            self.walk.go(Given("linked", "ok"))
            return
        self.walk.say(Text(problem or "連携しました。"))
        if self.walk.in_flow:
            self.walk.go()
        else:
            self.walk.open("menu")

    def _no_photo(self) -> str:
        """What the present step says of a photo that is no printed code."""
        question = self.walk.look() if self.walk.in_flow else None
        return question.no_photo if isinstance(question, Question) and not self._is_rested() else ""

    def _wants_photo(self) -> bool:
        return self.walk.in_flow and isinstance(self.walk.look(), Photo)

    def _store_photo(self) -> None:
        wanted = self._wants_photo()
        if wanted and self._rested():
            return
        if conversation.photos_waiting(self.walk.db, self.loaded.id) >= MOST_PHOTOS:
            return self._say_and_ask_again(Text(MANY_PHOTOS))
        kept = {"id": self.event.id, "reply_token": self.event.reply_token, "wanted": wanted}
        turn, message_id = self.walk.place.turn, self.event.message_id
        conversation.store_event(
            self.walk.db, self.bot.branch, self.loaded.id, turn, message_id, kept, self.now
        )

    # Buttons

    def _pressed(self) -> None:
        place, press = self.walk.place, pressed(self.event.text)
        match press:
            case Pressed(kind="open", flow=flow) if flow in self.walk.flows:
                self.walk.open(flow, press.answers)
            case Pressed(kind="way", turn=turn) if turn == place.turn:
                self._take_way(press.value)
            case Pressed(kind="answer") if self._is_present(press):
                self._answered_by_button(press.value)
            case Pressed(kind="answer", turn=turn) if turn == place.ended_turn and (again := self._again()):
                self._open(again)
            case Pressed(flow=flow) if closed := self._closed(flow):
                self._say_and_ask_again(closed)
            case _:
                self._old_button()

    def _again(self) -> Opener | None:
        """What shows the last flow's result once more."""
        press = pressed(self.walk.place.ended_with)
        there = press is not None and press.flow in self.walk.flows
        return Opener("", press.flow, press.answers) if press and there else None

    def _closed(self, flow: str) -> Card | None:
        """What is told of a flow of another role, to who may know of it; for a member it does not exist."""
        if flow in self.walk.flows or flow not in self.bot.reserved:
            return None
        return self.bot.closed(self.walk.db, self.loaded.id, self.bot.flows[flow])

    def _ended(self) -> Card | None:
        """What is told to who was in the middle of a flow when their role ended; danger goes first."""
        flow, text = self.walk.dropped, normalise(self.event.text[:MAX_TEXT])
        return self._closed(flow) if flow and not self.bot.understanding.guard(text) else None

    def _named_but_closed(self, text: str) -> Card | None:
        return self._closed(self.bot.reserved.flow(text))

    def _old_button(self) -> None:
        if self.walk.in_flow:
            self._say_and_ask_again(Text("前の画面のボタンです。今の画面は、こちらです。"))
        else:
            self.walk.say(Text("前の画面のボタンのため、何もしていません。こちらからお選びください。"))
            self.walk.open("menu")

    def _answered_by_button(self, value: str) -> None:
        if self._rested():
            return
        question = self.walk.look()
        if not isinstance(question, Question):
            self.walk.go()  # the facts have changed, and the step no longer asks
        elif isinstance(question, Type) and not question.answers():
            self._old_button()  # such a question shows no answers: nobody was given this button
        elif self.walk.has_lapsed(question):
            self._ask_anew()
        elif question.by_hand and self._has_changed(question):
            self._ask_anew(CHANGED)
        else:
            self.walk.go(Given("date", self.event.picked) if self.event.picked else Given("button", value))

    def _is_present(self, press: Pressed) -> bool:
        frame, turn = self.walk.place.frame, self.walk.place.turn
        return frame is not None and (frame.flow, frame.step, turn) == (press.flow, press.step, press.turn)

    # Texts, in the order in which their meaning is decided

    def _text(self) -> None:
        text = normalise(self.event.text[:MAX_TEXT])
        if (way := named_way(text)) and (text in ALWAYS_WAYS or not self._is_a_choice(text)):
            self._take_way(way)
        elif opener := self.bot.scan(text):
            self._open(opener)
        elif self.walk.in_flow:
            self._text_in_flow(text)
        else:
            self._text_outside(text)

    def _is_a_choice(self, text: str) -> bool:
        """True for 取り消す where that is one of the present answers."""
        if not self.walk.in_flow or not isinstance(question := self.walk.look(), Choose):
            return False
        return loose(text) in (loose(label) for label in question.labels())

    def _text_in_flow(self, text: str) -> None:
        question = self.walk.look()
        if not isinstance(question, Question):
            self._text_too_late(text)
            return
        guarded = self.bot.understanding.guard(text)
        insists, self.walk.place.warned = self.walk.place.warned, False
        if guarded and self._goes_first(guarded, question, text, insists=insists):
            self.walk.place.warned = guarded.is_grave
            self._interrupt(guarded)
            return
        if words := question.keeps_out(text):
            self._say_and_ask_again(Text(words))
            return
        if self._is_rested() and self._came_back(question, text, guarded):
            return
        if question.takes_all_text and self._taken(question, lambda: question.whole(self.half, self._raw())):
            return
        if isinstance(question, Type) and question.as_it_is:
            self._say_and_ask_again(Text(question.why_not(self._raw())))
        elif guarded:
            self._interrupt(guarded)
        elif self._taken(question, lambda: question.exact(Given("text", text))) or gone_back(
            self.walk, question, text
        ):
            return
        elif remark := on_the_talk(self.walk, question, text):
            self._say_and_ask_again(remark)
        elif not question.takes_all_text and (personal := self._personal(text)):
            self._interrupt(personal)
        elif way := way_of(text):
            self._take_way(way)
        elif asks_to_wait(text):
            self._say_and_ask_again(WAITING)
        elif question.in_full and question.says_half(text):
            self._say_and_ask_again(NOT_BY_HALF)
        elif closed := self._named_but_closed(text):
            self._say_and_ask_again(closed)
        elif self._follows_up(text):
            self._asked_in_flow(question, text)
        elif command := self._command(text):
            self._open_by_words(command)
        elif self._taken(question, lambda: question.loosely(text)):
            return
        elif objection := question.objects(text):
            self._say_and_ask_again(Text(objection))
        elif wish := self.bot.understanding.wish(text, self.now):
            self._grant(wish)
        else:
            self._asked_in_flow(question, text)

    def _goes_first(self, guarded: Reply, question: Question, text: str, *, insists: bool) -> bool:
        """Whether the guard is heard before the step: a number that may not be kept; a life, but in words for people
        once, and not in what staff write."""
        at_work = question.takes_all_text and bool(self.walk.flows[self.walk.frame.flow].only_for)
        for_people = insists and isinstance(question, Type) and question.for_people
        return is_my_number(text) or (guarded.is_grave and not at_work and not for_people)

    def _text_too_late(self, text: str) -> None:
        """The facts have changed and the step no longer asks: the text answers nothing, but may wish for something else."""
        if guarded := self.bot.understanding.guard(text):
            self._interrupt(guarded)
        elif command := self._command(text):
            self._open(command)
        elif not self._rested():
            self.walk.go()

    def _came_back(self, question: Question, text: str, guarded: Reply | None) -> bool:
        """After a pause: False only when the text is to be taken as an answer; else it has been seen to."""
        if guarded:
            self._interrupt(guarded)
            return True
        if way := way_of(text):
            self._take_way(way)
            return True
        command = self._command(text)
        if command is None:
            return self._rested()
        if question.takes_all_text:
            self._open(command)
            return True
        return False

    def _asked_in_flow(self, question: Question, text: str) -> None:
        """A question of its own is answered and the step asked again; else the step says what it needs."""
        if not any(sign.isalpha() for sign in text):  # a number asks nothing
            self._say_and_ask_again(Text(question.why_not(self._raw())))
            return
        frame = self.walk.frame
        reply = self._asked(text, f"{frame.flow}.{frame.step}")
        if isinstance(reply, Opener):
            self._open_by_words(reply)
        elif reply.understood:
            self._interrupt(reply)
        else:
            self._say_and_ask_again(Text(question.why_not(self._raw())))

    def _text_outside(self, text: str) -> None:
        understanding = self.bot.understanding
        if guarded := understanding.guard(text):
            self.walk.stands_alone = True
            self._reply(guarded)
        elif opener := self._option(text):
            self._open(opener)
        elif remark := on_the_talk(self.walk, None, text):
            self._say_and_ask_again(remark)
        elif personal := self._personal(text):
            self._reply(personal)
        elif supposed_otherwise(self.walk, text):
            return
        elif self._follows_up(text):
            self._answer(text)
        elif way := way_of(text):
            self._take_way(way)
        elif closed := self._named_but_closed(text):
            self._say_and_ask_again(closed)
        elif opener := self._command(text):
            self._open(opener)
        elif wish := understanding.wish(text, self.now):
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
            self._take_way(wish)

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
            self._say_and_ask_again(Text(str(unfit)))
            return True
        except Retry:
            return False
        if self.walk.place.asked_at == NOT_SHOWN:
            self._ask_anew(TAKEN_BACK)
        elif self.walk.has_lapsed(question):
            self._ask_anew()
        elif self._has_changed(question):
            self._ask_anew(CHANGED)
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

    # Ways out and on

    def _take_way(self, way: str) -> None:
        match way:
            case "return":
                self.walk.unpark()
            case "quit":
                self._quit()
            case _ if not self.walk.in_flow:
                self.walk.say(Text("進行中の手続きはありません。"))
                self.walk.open("menu")
            case "later":
                self._put_off()
            case "back":
                self.walk.back()
            case "restart":
                self.walk.restart()
            case _:
                self.walk.ask_anew()

    def _quit(self) -> None:
        place = self.walk.place
        if self.walk.in_flow:
            left: Frame | None = place.detours[0] if place.detours else self.walk.frame
            place.frame, place.detours = None, []
            place.turn += 1
        else:
            left, place.parked = place.parked, None
        if left:
            title = self.walk.flows[left.flow].title
            self.walk.say(Text(f"「{title}」をやめました。{self.walk.words_of_leaving(left)}"))
        else:
            self.walk.say(Text("進行中の手続きはありません。"))
        self.walk.ways = (*((RETURN,) if place.parked else ()), MENU)

    def _put_off(self) -> None:
        """あとで: the talk waits, where it can be gone back to."""
        place = self.walk.place
        left = place.detours[0] if place.detours else self.walk.frame
        if not self.walk.flows[left.flow].resumable:
            return self._quit()
        place.parked, place.frame, place.detours = left, None, []
        place.turn += 1
        self.walk.say(Text(PUT_OFF.format(self.walk.flows[left.flow].title, RETURN.label)))
        self.walk.ways = (RETURN, MENU)

    def _rested(self) -> bool:
        """After a long pause the first message offers to go on or to begin anew, and acts on nothing else."""
        if not self._is_rested():
            return False
        title = self.walk.flows[self.walk.frame.flow].title
        ways = (RESUME, Way("はじめから", "restart"), Way("やめる", "quit"))
        self.walk.say(Card(f"「{title}」の途中です", ("しばらく間があきました。どうなさいますか？",), ways))
        return True

    def _is_rested(self) -> bool:
        return self.walk.in_flow and self.now - self.loaded.updated_at >= PAUSE

    def _command(self, text: str) -> Opener | None:
        reserved = self.walk.flows.get(self.bot.reserved.flow(text))
        return reserved.opener() if reserved else self.bot.understanding.command(text, self.now)

    def _has_changed(self, question: Question) -> bool:
        """True when there are other choices than those that were shown, to which the answer was given."""
        shown = self.walk.place.choices
        return shown is not None and shown != question.print_of_choices()

    def _ask_anew(self, why: Text = LAPSED) -> None:
        self.walk.say(why)
        self.walk.ask_anew()

    def _open_by_words(self, opener: Opener) -> None:
        """What is typed opens a talk; the one that is under way is not begun anew by its own name."""
        place = self.walk.place
        under_way = {frame.flow for frame in (place.frame, *place.detours) if frame}
        if opener.flow not in under_way or opener.answers:
            self._open(opener)
        else:
            self._say_and_ask_again(Text(UNDER_WAY.format(self.walk.flows[opener.flow].title)))

    def _open(self, opener: Opener) -> None:
        if self.event.kind == "text":
            self.walk.open_beside(opener.flow, opener.answers)
        else:
            self.walk.open(opener.flow, opener.answers)

    def _reply(self, reply: Reply) -> None:
        self.walk.stands_alone |= reply.is_grave
        self.walk.say(*reply.messages)
        self.walk.ways = reply.ways or (MENU,)

    def _interrupt(self, reply: Reply) -> None:
        """An answer in the middle of a flow; the step is asked again below it, where nothing graver was said."""
        if not reply.is_grave:
            return self._say_and_ask_again(*reply.messages)
        self._reply(replace(reply, ways=(RESUME, *reply.ways)))

    def _say_and_ask_again(self, *messages: Message) -> None:
        self.walk.say(*messages)
        if self.walk.in_flow:
            self.walk.go()
        else:
            self.walk.ways = (MENU,)

    def _raw(self) -> str:
        """As it was typed, however long: who reads it says how much is too much."""
        return self.event.text
