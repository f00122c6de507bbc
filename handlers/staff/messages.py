"""届いた伝言: what members have left for the desk, each answered or closed."""

from bot import MENU, Card, Choose, Done, Fact, Option, Skip, Type, push
from handlers.human import SUBJECT, inbox_terms, reply_card
from handlers.own_words import own_words
from handlers.staff.desk_person import people_of
from handlers.staff.lists import MOST_SHOWN, shortened
from handlers.staff.person import me
from handlers.world import Talk, TalkFlow
from models import inbox
from models.audit import record
from models.base import Refusal
from models.days import minute_in_words
from models.inbox import Case, Written

staff_messages = TalkFlow(
    "staff_messages",
    title="届いた伝言",
    opens_with=("伝言を読む", "伝言", "伝言ある"),
    only_for=("desk",),
)
LAST = 4  # messages of a thread on one screen
TAKEN_BACK = "（取り消されました）"


@staff_messages.step
def which(chat: Talk) -> Choose | Done:
    """What waits, the longest first; then what has been answered and not closed."""
    waiting = inbox.open_cases(chat.db, chat.branch)
    answered = inbox.open_cases(chat.db, chat.branch, ("answered",))
    if not waiting and not answered:
        return Done((Card("届いた伝言", ("届いている伝言はありません。",), (MENU,)),))
    shown = [*waiting, *answered][:MOST_SHOWN]
    choices = {str(case.id): Option(shortened(people_of(chat, case.chat_id)), _note(case)) for case in shown}
    facts = (Fact("返信待ち", f"{len(waiting)}件"), Fact("返信済み", f"{len(answered)}件"))
    return Choose("どの伝言を開きますか？", Card("届いた伝言", facts), choices=choices)


@staff_messages.step
def act(chat: Talk) -> Choose | Done:
    """What was written; the buttons hold for exactly what is read here."""
    case = inbox.case(chat.db, chat.branch, int(chat["which"]))
    if case is None or case.state == "done":
        return Done((_done_already(),))
    read = case.last_note
    lines = tuple(_line(note) for note in case.notes[-LAST:])
    card = Card(shortened(people_of(chat, case.chat_id), 60), lines)
    reply = Option("返信する", also=("返信", "返事"))
    choices = {f"reply:{read}": reply, f"done:{read}": Option("済にする")}
    return Choose("どうしますか？", card, choices=choices)


@staff_messages.step
def words(chat: Talk) -> Type | Skip:
    """The reply."""
    if chat["act"].startswith("done:"):
        return Skip(["", ""])
    most = inbox_terms(chat).most_letters
    card = Card("返信", ("このまま会員のトークに届きます。番号や病気のことは書かないでください。",))
    return Type(f"返信を書いて送ってください（{most}文字まで）。", card, read=own_words(chat, most))


@staff_messages.step
def certain(chat: Talk) -> Choose:
    """Read once more before it goes out."""
    if chat["act"].startswith("done:"):
        card = Card("済にしますか？", ("一覧から消えます。会員には知らせません。",))
        return Choose("よろしいですか？", card, choices={"yes": "済にする", "no": "済にしない"}, by_hand=True)
    card = Card("この返信を送りますか？", (f"「{chat['words'][0]}」",))
    return Choose("よろしいですか？", card, choices={"yes": "送る", "no": "送らない"}, by_hand=True)


@staff_messages.step
def settled(chat: Talk) -> Done:
    """The reply goes out, or the thread is closed; written down without its words."""
    again = staff_messages.opener("ほかの伝言を見る")
    if chat["certain"] == "no":
        return Done((Card("何もしていません", ("伝言はそのままです。",), (again, MENU)),))
    what, _, read = chat["act"].partition(":")
    one, thread = me(chat), int(chat["which"])
    if what == "reply":
        text = chat["words"][0]
        chat_id, user_id = inbox.reply(chat.db, chat.branch, thread, int(read), text, one.id, chat.now)
        push(chat.db, chat.branch, chat_id, user_id, SUBJECT, (reply_card(text),), chat.now)
    else:
        inbox.close(chat.db, chat.branch, thread, int(read), one.id, chat.now)
    record(chat.db, chat.branch, one.who, f"message.{what}", f"thread:{thread}", chat.now)
    title, line = {
        "reply": ("返信を送りました", "会員から返事が来ると、また「返信待ち」に出ます。"),
        "done": ("済にしました", "書かれた言葉は、決めた日数のあとに消えます。"),
    }[what]
    return Done((Card(title, (line,), (again, MENU), tone="good"),))


@staff_messages.refused("settled")
def not_settled(chat: Talk, refusal: Refusal) -> Card:
    """Somebody has written or closed it meanwhile, or the member cannot be reached."""
    again = staff_messages.opener("ほかの伝言を見る")
    return Card("処理できませんでした", (refusal.text,), (again, MENU), tone="warn")


def _line(note: Written) -> Fact:
    who = "担当" if note.by_staff else "会員"
    return Fact(f"{who} {minute_in_words(note.at)[5:]}", note.text or TAKEN_BACK)


def _note(case: Case) -> str:
    last = case.notes[-1].text if case.notes else ""
    state = "返信済み　" if case.state == "answered" else ""
    return f"{state}{shortened(last or TAKEN_BACK)}"


def _done_already() -> Card:
    text = "この伝言は、ほかの担当がもう「済」にしています。"
    return Card("届いた伝言", (text,), (staff_messages.opener("ほかの伝言を見る"), MENU), tone="warn")
