"""What each kind of event means at each moment: a text, a button, a photo, a link that was made, words taken back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic

from bot.buttons import Pressed, pressed
from bot.events import Event
from bot.flow import World
from bot.messages import Card, Opener, Text
from bot.parts import Parts, StoredPhoto
from bot.questions import Given, Photo, Question, SentPicture, Type, Wait
from bot.texts import MAX_TEXT, Texts
from bot.walk import CHANGED, LAPSED, Walk
from bot.words import normalise
from models import conversation

SAME_TALK = timedelta(minutes=30)  # in which a question may be asked of the last answer
TOO_LATE = "写真を受け取りましたが、お話が先に進んでいたため使いませんでした。"
MOST_PHOTOS = 10  # of a chat that wait to be read
MANY_PHOTOS = "前の写真を読み取っているところです。終わってから、もう一度お送りください。"


@dataclass
class Reactions(Generic[World]):
    """The reaction to one event; what is said and where the chat stands is the walk's."""

    bot: Parts[World]
    walk: Walk[World]
    event: Event

    def react(self) -> None:
        half, self.walk.place.half = self.walk.place.half, ""
        if self.walk.silent_for >= SAME_TALK:
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
                self.walk.interject(closed)
            case "text":
                Texts(self.bot, self.walk, self.event.text, half).hear()
            case "photo" if self.bot.codes or self._wants_photo():
                self._store_photo()
            case "photo" if sentence := self._no_photo():
                self.walk.interject(Text(sentence))
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
            self.walk.open(found[0].flow, found[0].answers)
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
        self.walk.interject(Text(words))

    def _picture(self, picture: SentPicture, turn: int) -> None:
        """A photo that a step had asked for, if that step still asks."""
        if turn == self.walk.place.turn and self._wants_photo():
            self.walk.go(Given("photo", "", picture))
        else:
            self.walk.interject(Text(TOO_LATE))

    # Events without words

    def _not_words(self, sentence: str) -> None:
        if not self.walk.rested():
            how = (
                "文字かボタンでお答えください。"
                if self.walk.in_flow
                else "ご用件は、文字かメニューでお知らせください。"
            )
            self.walk.interject(Text(sentence + how))

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
        return question.no_photo if isinstance(question, Question) and not self.walk.is_rested else ""

    def _wants_photo(self) -> bool:
        return self.walk.in_flow and isinstance(self.walk.look(), Photo)

    def _store_photo(self) -> None:
        wanted = self._wants_photo()
        if wanted and self.walk.rested():
            return
        if conversation.photos_waiting(self.walk.db, self.walk.chat_id) >= MOST_PHOTOS:
            return self.walk.interject(Text(MANY_PHOTOS))
        kept = {"id": self.event.id, "reply_token": self.event.reply_token, "wanted": wanted}
        turn, message_id = self.walk.place.turn, self.event.message_id
        conversation.store_event(
            self.walk.db, self.bot.branch, self.walk.chat_id, turn, message_id, kept, self.walk.now
        )

    # Buttons

    def _pressed(self) -> None:
        place, press = self.walk.place, pressed(self.event.text)
        match press:
            case Pressed(kind="open", flow=flow) if flow in self.walk.flows:
                self.walk.open(flow, press.answers)
            case Pressed(kind="way", turn=turn) if turn == place.turn:
                self.walk.take(press.value)
            case Pressed(kind="answer") if self._is_present(press):
                self._answered_by_button(press.value)
            case Pressed(kind="answer", turn=turn) if turn == place.ended_turn and (again := self._again()):
                self.walk.open(again.flow, again.answers)
            case Pressed(flow=flow) if closed := self.bot.no_entry(self.walk, flow):
                self.walk.interject(closed)
            case _:
                self._old_button()

    def _again(self) -> Opener | None:
        """What shows the last flow's result once more."""
        press = pressed(self.walk.place.ended_with)
        there = press is not None and press.flow in self.walk.flows
        return Opener("", press.flow, press.answers) if press and there else None

    def _ended(self) -> Card | None:
        """What is told to who was in the middle of a flow when their role ended; danger goes first."""
        flow, text = self.walk.dropped, normalise(self.event.text[:MAX_TEXT])
        return self.bot.no_entry(self.walk, flow) if flow and not self.bot.understanding.guard(text) else None

    def _old_button(self) -> None:
        if self.walk.in_flow:
            self.walk.interject(Text("前の画面のボタンです。今の画面は、こちらです。"))
        else:
            self.walk.say(Text("前の画面のボタンのため、何もしていません。こちらからお選びください。"))
            self.walk.open("menu")

    def _answered_by_button(self, value: str) -> None:
        if self.walk.rested():
            return
        question = self.walk.look()
        if not isinstance(question, Question):
            self.walk.go()  # the facts have changed, and the step no longer asks
        elif isinstance(question, Type) and not question.answers():
            self._old_button()  # such a question shows no answers: nobody was given this button
        elif self.walk.has_lapsed(question):
            self.walk.ask_anew(LAPSED)
        elif question.by_hand and self.walk.has_changed(question):
            self.walk.ask_anew(CHANGED)
        else:
            self.walk.go(Given("date", self.event.picked) if self.event.picked else Given("button", value))

    def _is_present(self, press: Pressed) -> bool:
        frame, turn = self.walk.place.frame, self.walk.place.turn
        return frame is not None and (frame.flow, frame.step, turn) == (press.flow, press.step, press.turn)
