"""Becoming staff: the one-time code that was handed over outside the chat, said here."""

from bot import MENU, Card, Done, Opener
from handlers.staff.menu import STAFF_MENU
from handlers.world import Talk, TalkFlow
from models.base import Refusal
from models.staff import CODE, MEANT_AS_CODE, StaffMember, accept

invitation = TalkFlow("invitation", title="職員の招待", resumable=False)
NOT_USABLE = (
    "この招待コードは使えません。文字の間違いがないかお確かめのうえ、"
    "招待した方から新しいコードを受け取ってください。"
)
NO_CODE = (
    "招待コードの形と違います。「staff-」のあとに、英数字4文字ずつの3組を「-」でつないで送ってください。"
    "わからないときは、招待した方から新しいコードを受け取ってください。"
)


def invited(text: str) -> Opener | None:
    """The opener that an invitation's code stands for; one without a code where only its form was missed."""
    if match := CODE.search(text):
        return invitation.opener(code=match[1])
    return invitation.opener() if MEANT_AS_CODE.search(text) else None


@invitation.step
def welcome(chat: Talk) -> Done:
    """Takes the code, which is kept nowhere; wrong, used and old ones look the same."""
    code = chat.given.get("code", "")
    if not code:
        return Done((Card("招待コードを確認できません", (NO_CODE,), (MENU,), tone="warn"),))
    terms = chat.world.branch.staff
    assert terms is not None  # this flow is only in the list of branches that have staff
    made = accept(chat.db, chat.branch, chat.id, code, terms.on(chat.today), chat.now)
    if made is None:
        return Done((Card("招待コードを確認できません", (NOT_USABLE,), (MENU,), tone="warn"),))
    return Done((_welcome(made),))


@invitation.refused("welcome")
def too_many(chat: Talk, refusal: Refusal) -> Card:
    """After too many wrong codes even a right one is not taken."""
    return Card("招待コードを受け付けられません", (refusal.text,), (MENU,), tone="warn")


def _welcome(made: StaffMember) -> Card:
    lines = (
        f"{made.name}さんを、職員（{made.roles_in_words()}）として登録しました。",
        "このトークでの操作は、だれが何をしたかを記録します。端末を人に貸さないでください。",
    )
    return Card("職員として登録しました", lines, (STAFF_MENU, MENU), tone="good")
