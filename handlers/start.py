"""The way in: greeting, menu, help, the desk."""

from bot import MENU, Card, Done, Fact, Opener, side_by_side
from handlers.human import LEAVE
from handlers.world import Talk, TalkFlow, call, desk_words, holders
from models.member import masked

greeting = TalkFlow("greeting", title="はじめに", resumable=False)
menu = TalkFlow(
    "menu",
    title="メニュー",
    opens_with=(
        "めにゅー",
        "メニューどこ",
        "メニューはどこ",
        "menu",
        "トップ",
        "最初の画面",
        "ホーム",
        "メニューを開く",
        "メニューを出す",
    ),
    resumable=False,
)
help_ = TalkFlow(
    "help",
    title="ヘルプ",
    opens_with=(
        *("使い方", "つかいかた", "へるぷ", "help", "困った", "質問する", "使い方が分からない", "できること"),
        *(
            "何ができる",
            "何ができるの",
            "何ができますか",
            "何ができるんですか",
            "何が出来る",
            "何が出来ますか",
        ),
        *(
            "なにができるの",
            "なにができる",
            "なにできる",
            "なにできるん",
            "どんなことができる",
            "どんなことができますか",
        ),
    ),
    resumable=False,
)
desk = TalkFlow(
    "desk",
    title="窓口",
    opens_with=(
        "窓口に聞く",
        "人と話したい",
        "担当者に聞きたい",
        *("職員と話したい", "職員の方と話したい", "職員と直接話せますか", "職員の方と直接お話できますか"),
        *("担当の方と話せますか", "人と話せますか", "誰かと話せますか", "電話で話したい", "電話で話せますか"),
    ),
    resumable=False,
)


@greeting.step
def welcome(chat: Talk) -> Done:
    """What this is, and what to do first."""
    identity = chat.world.branch.identity
    linked = ("連携すると、ご自身の情報も確認できます。",) if not chat.people else ()
    lines = (
        f"{identity.name}のトークです。下のメニューか、文字での質問でご利用ください。",
        *linked,
        "マイナンバーや病気のことは送らないでください。",
    )
    return Done((Card("友だち追加ありがとうございます", lines, _first_buttons(chat)),))


@menu.step
def overview(chat: Talk) -> Done:
    """All that this branch's bot can do, and who is linked."""
    identity = chat.world.branch.identity
    buttons = [_opener(tile.label, tile.flow, tile.topic) for tile in identity.menu if tile.flow != "menu"]
    buttons += _dates(chat, {tile.flow for tile in identity.menu})
    link = Opener("連携を確認・解除する", "unlink") if chat.people else Opener("連携する", "link")
    linked = holders(chat)
    who = tuple(
        Fact("連携中", f"{person.latest.name}さん（{masked(person.latest.number)}）") for person in linked
    )
    lines = who or ("まだ連携していません。質問と締切の確認は、このままご利用いただけます。",)
    return Done((Card("メニュー", lines, (*buttons, link, Opener("個人情報の取り扱い", "privacy"))),))


def _dates(chat: Talk, shown: set[str]) -> list[Opener]:
    """The talks about days, where the branch has them and no tile opens them."""
    branch = chat.world.branch
    deadlines = [Opener("締切・予定", "deadlines")] if branch.calendar and "deadlines" not in shown else []
    return deadlines + ([Opener("福祉貯金の日を調べる", "savings")] if branch.savings else [])


@help_.step
def how(chat: Talk) -> Done:
    """How to talk with the bot."""
    lines = (
        f"聞きたいことを、ふだんの言葉で送ってください（例：{chat.world.branch.identity.question_example}）。",
        "ボタンは番号でも選べます。途中でやめるときは「やめる」、前の質問に直すときは「戻る」と送ってください。",
    )
    return Done((Card("使い方", lines, (MENU, Opener("窓口に聞く", "desk"))),))


@desk.step
def desks(chat: Talk) -> Done:
    """Every desk of the branch, with its hours."""
    branch = chat.world.branch
    terms = branch.desks.nearest(chat.today)
    cards = []
    for key, one in list(terms.desks.items())[:10]:
        _, *hours = desk_words(branch, one, chat.now)
        lines = (one.scope, *([one.phone] if one.phone else []), *hours)
        cards.append(Card(one.name, lines, call(chat, key) or (MENU,)))
    text = "担当に伝言を残すこともできます。受付時間に読み、このトークに返信します。"
    leave = (Card("文字で伝えるとき", (text,), (LEAVE, MENU)),) if branch.inbox else ()
    return Done((side_by_side(cards), *leave), ways=(MENU,))


def _first_buttons(chat: Talk) -> tuple[Opener, ...]:
    first = chat.world.branch.identity.menu[0]
    link = () if chat.people else (Opener("連携する", "link"),)
    return (*link, _opener(first.label, first.flow, first.topic), MENU, Opener("使い方", "help"))


def _opener(label: str, flow: str, topic: str) -> Opener:
    return Opener(label, flow, (("topic", topic),) if topic else ())
