"""履歴: what came and went, month by month, and the statement as a file."""

from collections.abc import Iterator
from itertools import groupby

from bot import MENU, Card, Done, Fact, Link, Opener, side_by_side
from handlers.points_person import SUBJECT, amount, member, person, terms, to
from handlers.world import Talk, TalkFlow
from models.point_pages import new_page
from models.points import why_not
from models.points_statement import KINDS, Line
from models.points_statement import history as lines_of

history = TalkFlow(
    "history",
    title="ポイントの履歴",
    opens_with=(
        "履歴を見たい",
        "ポイントの履歴を見たい",
        "ポイントの履歴を見せて",
        "ポイント履歴を見たい",
        "ポイントの明細",
        "明細をダウンロードする",
        "ポイントの明細がほしい",
    ),
    subject=SUBJECT,
    resumable=False,
)
MONTHS, MOST_LINES = 6, 6
NEWEST = "9999-99"  # before it are all months

history.step(person)


@history.step
def shown(chat: Talk) -> Done:
    """The months as cards, newest first or from where もっと見る says, and the way to the statement."""
    one = member(chat)
    lines = lines_of(chat.db, terms(chat), one, chat.today)
    if not lines:
        if reason := why_not(terms(chat), one, chat.today):
            return Done((Card("ポイントの履歴", (f"ポイントの動きはありません。{reason}",), (MENU,)),))
        text = "まだポイントの動きはありません。「ためる」から始められます。"
        return Done((Card("ポイントの履歴", (text,), (to("earn", "ためる", one), MENU)),))
    months = [
        (month, list(some)) for month, some in groupby(reversed(lines), lambda line: f"{line.day:%Y-%m}")
    ]
    before = chat.given.get("before", NEWEST)
    earlier = [each for each in months if each[0] < before] or months
    running = f"{chat.today:%Y-%m}"
    cards = tuple(_month(some, is_running=month == running) for month, some in earlier[:MONTHS])
    ways: tuple[Opener, ...] = (to("points", "残高", one), MENU)
    if len(earlier) > MONTHS:
        more = to("history", "もっと見る", one, before=earlier[MONTHS - 1][0])
        ways = (more, *ways)
        cards = (*cards, Card("さらに前の月", (f"あと{len(earlier) - MONTHS}か月ぶんあります。",), (more,)))
    return Done((side_by_side(cards), _statement(chat)), ways=ways)


def _month(lines: list[Line], *, is_running: bool) -> Card:
    """One month: equal reasons in one line, and what was there, and rested, at its end, or does today."""
    first = lines[0]
    grouped: dict[tuple[str, str], list[Line]] = {}
    for line in reversed(lines):
        grouped.setdefault((line.kind, line.reason), []).append(line)
    balance = Fact("今日の残高" if is_running else "月末の残高", amount(first.balance))
    rest = (Fact("お休み中", amount(first.resting)),) if first.resting else ()
    return Card(f"{first.day.year}年{first.day.month}月", (*_facts(grouped), balance, *rest))


def _facts(grouped: dict[tuple[str, str], list[Line]]) -> Iterator[Fact]:
    for (kind, reason), some in list(grouped.items())[:MOST_LINES]:
        total = sum(line.points for line in some)
        days = f"（{len(some)}回）" if len(some) > 1 else f"（{some[0].day.day}日）"
        words = reason if kind == "grant" else f"{KINDS[kind]}：{reason}"
        yield Fact(f"{words}{days}", f"{total:+,}")
    rest = [line for some in list(grouped.values())[MOST_LINES:] for line in some]
    if rest:
        yield Fact(f"そのほか（{len(rest)}件）", f"{sum(line.points for line in rest):+,}")


def _statement(chat: Talk) -> Card:
    page = new_page(chat.db, chat.id, int(chat["person"]), "statement", chat.now)
    address = f"{chat.world.public_url}/points/statement/{page}"
    text = "すべての記録を、表計算ソフトで開ける形（CSV）で保存できます。ボタンは30分間、一度だけ使えます。"
    return Card("明細", (text,), (Link("明細をダウンロードする", address, outside=True),))
