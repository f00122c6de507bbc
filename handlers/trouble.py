"""When the network or the bot does not work at the desk of a facility (R-SAI-35, R-SAI-36)."""

from bot import MENU, Card, Done, Opener, Text
from handlers.world import Talk, TalkFlow, call, desk, desk_lines
from models.desk import opening

trouble = TalkFlow(
    "trouble",
    title="通信できないとき",
    opens_with=(
        "通信障害",
        "つながらない",
        "電波がない",
        "圏外",
        "読み取れない",
        "QRが読めない",
        "クーポンが使えない",
    ),
    subject="クーポン",
    resumable=False,
)


BY_PHONE = "施設のスタッフに組合員証の番号と氏名を伝え、案内に従ってください。施設から窓口に電話があり、利用を確認します。"
WITHOUT = (
    "人間ドック・歯科：スタッフに組合員証の番号と氏名を伝えると受診できます。後日、窓口とのあいだで確認します。",
    "マイ リフレッシュ：今日は原則として使えません。押し間違いは、次の受付日に窓口へお電話ください。",
)


@trouble.step
def advice(chat: Talk) -> Done:
    """In desk hours staff call the desk; outside them dock and dental go on, マイ リフレッシュ waits.

    Where the desk prints no hours, both are said."""
    first = Text(
        "二次元コードが読めないときは、コードの下の文字（例：fs0007）を送るか、台紙の写真を送ってください。"
    )
    is_open = opening(chat.world.branch.desks, desk(chat), chat.now).is_open
    title = "通信できないとき（受付時間外）" if is_open is False else "通信できないとき"
    lines = {
        True: (BY_PHONE,),
        False: WITHOUT,
        None: (BY_PHONE, "窓口につながらないときは：", *WITHOUT),
    }[is_open]
    usage = Opener("利用状況", "usage")
    card = Card(title, (*lines, *desk_lines(chat)), (*call(chat), usage, MENU))
    return Done((first, card), ways=(MENU,))
