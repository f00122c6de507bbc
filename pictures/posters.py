"""The A4 sheets of a facility: one for members with the code to scan, one for its staff."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pictures.canvas import Box
from pictures.paper import WIDTH, Paper
from pictures.sheet import Sheet

MARGIN = 48
FULL = WIDTH - 2 * MARGIN
HOW_TO = (
    "スマートフォンのカメラで二次元コードを読み取り、表示されたリンクを開きます。",
    "LINEの入力欄に施設コードが入っています。そのまま送信してください。",
    "案内にそってクーポンを選び、受付で画面を見せてください。",
)
CHECKS = (
    ("合言葉", "今日の合言葉が、上のページと同じですか。"),
    ("色", "画面の色が、上のページの今日の色と同じですか。"),
    ("日時", "画面の日時が、いまの時刻と合っていますか。"),
    ("済", "手続きのあと、点滅する「済」の印が出ましたか。"),
)
IN_DOUBT = (
    "上のページの「今日の利用」をご覧ください。載っていれば、利用は完了しています。",
    "載っていなければ、まだ使われていません。読み取りからやり直してください。",
)
# R-SAI-35, R-SAI-36
CUT_OFF = (
    ("窓口の時間内", "組合員証の番号と氏名を控え、担当へお電話ください。"),
    (
        "時間外：人間ドック・歯科",
        "番号と氏名を控え、このまま受診していただいてください。後日、担当が会員に事実を確かめることがあります。",
    ),
    (
        "時間外：マイ リフレッシュ",
        "今日は原則として利用できません。操作の間違いなら、会員から翌営業日以降に担当へ連絡していただいてください。",
    ),
)

Progress = Callable[[int], None]


def posters_pdf(sheets: Iterable[Sheet], out: Path, progress: Progress | None = None) -> int:
    """Writes two pages for each sheet and returns how many sheets; `out` appears when all of it is there.

    `progress` is told the number of sheets drawn so far.
    """
    draft = out.with_name(out.name + ".part")
    try:
        with draft.open("wb") as file:
            count = write(Paper(file, "電子クーポン 施設用シート"), sheets, progress)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return count


def write(paper: Paper, sheets: Iterable[Sheet], progress: Progress | None) -> int:
    paper.stencil("members", members_frame)
    paper.stencil("staff", staff_frame)
    count = 0
    for count, sheet in enumerate(sheets, 1):
        members_page(paper, sheet)
        staff_page(paper, sheet)
        if progress:
            progress(count)
    paper.finish()
    return count


def members_page(paper: Paper, sheet: Sheet) -> None:
    """The sheet on the counter: name, code, three lines, and what to type instead."""
    paper.lay("members")
    paper.text(sheet.association, (MARGIN, 36, FULL, 20), largest=14)
    paper.text(sheet.name, (MARGIN, 118, FULL, 84), "bold", largest=40, lines=2, align="centre")
    paper.code(sheet.chat_url, (WIDTH - 320) / 2, 214, 320)
    paper.text(sheet.typed, (MARGIN + 20, 722, 150, 44), "bold", largest=36, align="centre")
    paper.text(talk(sheet), (MARGIN + 190, 718, FULL - 210, 50), largest=13, lines=3)
    paper.text(f"URL：{sheet.chat_url}", (MARGIN + 20, 772, FULL - 40, 18), largest=12)
    paper.next_page()


def talk(sheet: Sheet) -> str:
    return f"LINEで「{sheet.association}」のトークを開き、左の施設コードか、この二次元コードの写真を送ってください。"


def members_frame(paper: Paper) -> None:
    paper.rectangle((MARGIN, 60, FULL, 3), grey=0)
    paper.text("電子クーポンをご利用の方へ", (MARGIN, 74, FULL, 34), "bold", largest=24, align="centre")
    paper.rectangle(((WIDTH - 336) / 2, 206, 336, 336), radius=14, line=2.5)
    for number, sentence in enumerate(HOW_TO, 1):
        numbered(paper, number, sentence, 564 + (number - 1) * 38)
    paper.rectangle((MARGIN, 686, FULL, 112), radius=10, line=1.2)
    paper.text("読み取れないとき", (MARGIN + 20, 694, FULL - 40, 20), "bold", largest=15)


def numbered(paper: Paper, number: int, sentence: str, y: float) -> None:
    paper.disc(MARGIN + 14, y + 14, 13)
    paper.text(str(number), (MARGIN, y, 28, 28), "bold", largest=16, align="centre", grey=1)
    paper.text(sentence, (MARGIN + 38, y, FULL - 38, 28), largest=15)


def staff_page(paper: Paper, sheet: Sheet) -> None:
    """The sheet behind the counter: today's word and colour, what to look at, and what to do in doubt."""
    paper.lay("staff")
    paper.text(sheet.association, (MARGIN, 92, FULL, 18), largest=13)
    paper.text(sheet.name, (MARGIN, 114, FULL, 54), "bold", largest=28, lines=2)
    paper.code(sheet.staff_url, MARGIN - 8, 176, 192)
    paper.text(f"施設コード：{sheet.code}", (MARGIN + 204, 312, FULL - 204, 20), largest=14)
    paper.text(f"URL：{sheet.staff_url}", (MARGIN + 204, 334, FULL - 204, 30), largest=10, lines=3)
    if sheet.desk:
        paper.text(f"担当：{sheet.desk}", (MARGIN, 796, FULL, 18), "bold", largest=15, align="centre")
    paper.next_page()


def staff_frame(paper: Paper) -> None:
    paper.rectangle((MARGIN, 36, FULL, 44), grey=0, radius=6)
    paper.text("スタッフ用", (MARGIN + 18, 36, 160, 44), "bold", largest=22, grey=1)
    keep = "受付の内側に置き、来訪者から見えないようにしてください"
    paper.text(keep, (MARGIN + 150, 36, FULL - 168, 44), largest=13, align="right", grey=1)
    paper.text("今日の確認ページ", (MARGIN + 204, 184, FULL - 204, 30), "bold", largest=22)
    page = "左の二次元コードから開きます。今日の合言葉と色、今日の利用（時刻・クーポン・枚数）が分かります。"
    paper.text(page, (MARGIN + 204, 222, FULL - 204, 78), largest=15, lines=4)
    checks(paper, 384)
    doubts(paper, 558)
    cut_off(paper, 646)


def checks(paper: Paper, y: float) -> None:
    paper.text("会員の画面で確かめること", (MARGIN, y, FULL, 24), "bold", largest=18)
    for row, (what, question) in enumerate(CHECKS):
        ruled(paper, what, question, (MARGIN, y + 32 + row * 32, FULL, 32), 100, 15)


def doubts(paper: Paper, y: float) -> None:
    paper.text("迷ったとき", (MARGIN, y, FULL, 24), "bold", largest=18)
    for row, sentence in enumerate(IN_DOUBT):
        paper.text("●", (MARGIN, y + 29 + row * 24, 16, 22), largest=9)
        paper.text(sentence, (MARGIN + 18, y + 29 + row * 24, FULL - 18, 22), largest=14)


def cut_off(paper: Paper, y: float) -> None:
    """What to do without a connection, in and out of desk hours."""
    paper.text("通信ができないとき（時間外は土日・祝日・夜間）", (MARGIN, y, FULL, 24), "bold", largest=18)
    for row, (when, what) in enumerate(CUT_OFF):
        ruled(paper, when, what, (MARGIN, y + 30 + row * 36, FULL, 36), 164, 12)


def ruled(paper: Paper, head: str, sentence: str, box: Box, wide: float, size: int) -> None:
    """A row of a table: a grey head of this width, and a sentence in letters of this size."""
    x, y, full, high = box
    paper.rectangle(box, line=0.8)
    paper.rectangle((x, y, wide, high), line=0.8, grey=0.9)
    paper.text(head, (x + 6, y, wide - 12, high), "bold", largest=size + 1, align="centre")
    paper.text(sentence, (x + wide + 10, y, full - wide - 18, high), largest=size, lines=2)
