"""つなぐ: a message for the people of the desk, whose answer comes back into this talk."""

from bot import MENU, Card, Done, Opener, Type
from handlers.own_words import own_words
from handlers.world import Talk, TalkFlow, call, desk_card, desk_lines, holders
from models import inbox
from models.base import Refusal
from models.inbox import InboxTerms

SUBJECT = "窓口"
message = TalkFlow(
    "message",
    title="担当への伝言",
    opens_with=("伝言を残す", "伝言を残したい", "担当に伝言したい", "伝言"),
    subject=SUBJECT,
    resumable=False,
)


@message.step
def words(chat: Talk) -> Type:
    """What is it about; who will see it, and with which name."""
    most = inbox_terms(chat).most_letters
    known = "・".join(f"{one.latest.name}さん" for one in holders(chat))
    lines = (
        "担当が受付時間に読み、このトークに返信します。お急ぎのときはお電話ください。",
        *desk_lines(chat),
        f"担当には、連携している{known}のお名前と一緒に届きます。" if known else "",
    )
    text = f"伝えたいことを書いて送ってください（{most}文字まで）。病気のことやマイナンバーは書かないでください。"
    card = Card("担当への伝言", tuple(line for line in lines if line))
    return Type(text, card, read=own_words(chat, most), for_people=True, ways=call(chat))


@message.step
def left(chat: Talk) -> Done:
    """It lies on the desk."""
    text, message_id = chat["words"]
    goes_on = inbox.leave(chat.db, chat.branch, chat.id, text, message_id, inbox_terms(chat), chat.now)
    first = "前の伝言の続きとして、担当に届きました。" if goes_on else "担当に届きました。"
    lines = (
        f"{first}受付時間に読み、このトークに返信します。",
        "消したいときは、送ったメッセージの「送信取消」を使ってください。",
    )
    more = message.opener("続けて伝言を残す")
    return Done((Card("伝言を預かりました", lines, (more, MENU), tone="good"),))


@message.refused("left")
def not_left(chat: Talk, refusal: Refusal) -> Card:
    """One message too many for today."""
    return desk_card(chat, "伝言を残せませんでした", refusal.text)


def inbox_terms(chat: Talk) -> InboxTerms:
    """The branch's limits for what is left at the desk; these talks are only in the lists of branches that have some."""
    dated = chat.world.branch.inbox
    assert dated is not None
    return dated.nearest(chat.today)


def reply_card(text: str) -> Card:
    """What a member reads when the desk has answered a message."""
    return Card("担当からの返信", (text,), (WRITE_BACK, MENU))


def answer_card(question: str, text: str) -> Card:
    """What a member reads when the desk has answered a question that the bot could not."""
    buttons = (message.opener("担当に伝言を残す"), MENU)
    return Card("ご質問への回答", (f"ご質問：「{question}」", text), buttons)


WRITE_BACK = Opener("返事を書く", "message")
LEAVE = Opener("担当に伝言を残す", "message")
