"""Becoming staff: the one-time code that was handed over outside the chat, said here."""

from bot import Card, Done, Opener
from handlers.staff.menu import staff_menu
from handlers.world import MENU, Talk, TalkFlow
from models.base import Refusal
from models.staff import CODE, StaffMember, accept

invitation = TalkFlow("invitation", title="職員の招待", resumable=False)
NOT_USABLE = (
    "この招待コードは使えません。文字の間違いがないかお確かめのうえ、"
    "招待した方から新しいコードを受け取ってください。"
)


def invited(text: str) -> Opener | None:
    """The opener that an invitation's code stands for."""
    match = CODE.search(text)
    return invitation.opener(code=match[1]) if match else None


@invitation.step
def welcome(chat: Talk) -> Done:
    """Takes the code, which is kept nowhere; wrong, used and old ones look the same."""
    terms = chat.world.branch.staff
    assert terms is not None  # this flow is only in the list of branches that have staff
    try:
        made = accept(
            chat.db, chat.branch, chat.id, chat.given.get("code", ""), terms.on(chat.today), chat.now
        )
    except Refusal as refusal:
        return Done((Card("招待コードを受け付けられません", (refusal.text,), (MENU,), tone="warn"),))
    if made is None:
        return Done((Card("招待コードを確認できません", (NOT_USABLE,), (MENU,), tone="warn"),))
    return Done((_welcome(made),))


def _welcome(made: StaffMember) -> Card:
    lines = (
        f"{made.name}さんを、職員（{made.roles_in_words()}）として登録しました。",
        "このトークでの操作は、だれが何をしたかを記録します。端末を人に貸さないでください。",
    )
    return Card("職員として登録しました", lines, (staff_menu.opener(), MENU), tone="good")
