"""How an answer looks: the topic's card, the choices when unsure, the desk when nothing fits."""

from collections.abc import Sequence

from bot import MENU, Button, Call, Card, Link, Opener
from handlers.human import LEAVE, WRITE_BACK
from handlers.paper import asked_back
from handlers.world import Talk, call, desk, desk_lines
from models import inbox, question
from models.days import fiscal_year
from models.desk import opening
from models.faq import FaqEntry, Go
from models.terms import known_on

NONE_OF_THESE = Opener("どれでもない", "unsolved", (("topic", "-"),))


def card(chat: Talk, entry: FaqEntry) -> Card:
    """One answer for now, with the buttons that go on."""
    faq = chat.world.faq
    if (
        entry.when_closed
        and opening(chat.world.branch.desks, desk(chat, entry.desk), chat.now).is_open is False
    ):
        entry = faq.find(entry.when_closed, chat.today) or entry
    text = faq.answer(entry, chat.today)
    lines = text.split("\n")
    if year := faq.earlier_year(entry, chat.today):
        era = f"令和{year - 2018}年度"
        now = f"今年度（令和{fiscal_year(chat.today) - 2018}年度）の日程は、まだ発表されていません。次は{era}のご案内です。"
        lines = [now, *(line.replace("今年度", era) for line in lines)]
    buttons = tuple(button for go in entry.go if (button := _button(chat, go)))
    return Card(entry.title, tuple(lines), buttons or (Opener("窓口に聞く", "desk"),))


def contact(chat: Talk, entry: FaqEntry) -> Card:
    """Whom to call about what was answered."""
    lines = (f"「{entry.title}」のお問い合わせは、こちらへどうぞ。", *desk_lines(chat, entry.desk))
    return Card("問い合わせ先", lines, (*call(chat, entry.desk), MENU))


def choices(entries: Sequence[FaqEntry]) -> Card:
    """Up to three topics that may be meant, and どれでもない."""
    openers = tuple(Opener(entry.title, "faq", (("topic", entry.topic),)) for entry in entries)
    return Card("どれについてのご質問ですか？", (), (*openers, NONE_OF_THESE))


def only_on_the_page(chat: Talk) -> Card:
    """Numbers and birth dates are for the linking page; what is written in the chat is passed on to nobody."""
    title = "番号や生年月日は、ここでは使いません"
    kept = "送られた番号や日付は、保存も担当への連絡もしていません。"
    if chat.frame.flow == "link":
        return Card(title, (kept, "番号と生年月日は、連携ページだけに入力してください。"))
    if chat.people:
        return Card(title, (kept, "連携はすんでいますので、番号を入れずにお使いいただけます。"), (MENU,))
    lines = (
        kept,
        "ご自身の情報を見るには「連携する」を押して、開くページに番号と生年月日を入力してください。",
    )
    return Card(title, lines, (Opener("連携する", "link"), MENU))


def count_for_staff(chat: Talk) -> bool:
    """Counts one more question that staff are to see; False when the chat has asked too many today already."""
    terms = known_on(chat.world.branch.inbox, chat.today)
    return terms is None or question.count_question(chat.db, chat.id, terms.messages_a_day, chat.now)


def hand_over(chat: Talk, *, kept: bool = True, removed: bool = False) -> Card:
    """Nothing fits: the desk with its hours; and, where staff see the question, what of it.

    Whom the desk has written to last may have meant to answer it."""
    seen = (
        "番号や日付などの個人の情報は消して、ご質問だけを担当に伝えます。"
        if removed
        else "ご質問だけを担当に伝えます。",
        "担当がこのトークにお返事することがあります（お名前は担当に見えません）。",
    )
    for_the_desk = (
        *((WRITE_BACK,) if inbox.is_answered(chat.db, chat.id) else ()),
        *asked_back(chat),
    )
    lines = (
        *(
            (f"担当への返事は「{for_the_desk[0].label}」を押して、もう一度送ってください。",)
            if for_the_desk
            else ()
        ),
        "うまくお答えできませんでした。短い言葉で送り直すか、窓口へお問い合わせください。",
        f"（例：{chat.world.branch.identity.question_example}）",
        *(seen if kept else ()),
        *desk_lines(chat),
    )
    leave = (LEAVE,) if chat.world.branch.inbox and WRITE_BACK not in for_the_desk else ()
    return Card("わかりませんでした", lines, (*for_the_desk, *call(chat), *leave, MENU))


def _button(chat: Talk, go: Go) -> Button | None:
    if go.flow:
        return Opener(go.label or "進む", go.flow, (("topic", go.topic),) if go.topic else ())
    if go.link:
        return Link(go.label or "ページを開く", go.link)
    one = desk(chat, go.call)
    return Call(go.label or f"{one.name}に電話する", one.phone) if one.phone else None
