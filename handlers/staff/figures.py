"""数字を見る: today's and this month's numbers as a picture, and all of them in words."""

from bot import MENU, Card, Done, Fact, Opener, Picture
from handlers.staff.menu import STAFF_MENU
from handlers.world import Talk, TalkFlow
from models.days import in_words, minute_in_words
from models.figures import Figure, Figures, figures, in_text
from models.staff import ROLES

staff_figures = TalkFlow(
    "staff_figures",
    title="数字を見る",
    opens_with=("見える化", "今日の数字", "今日の利用件数", "今日の件数は"),
    resumable=False,
    only_for=ROLES,
)
SIZE = (720, 900)


@staff_figures.step
def shown(chat: Talk) -> Done:
    """Counted now; nobody's name is in them."""
    found = figures(chat.db, chat.world.branch, chat.now)
    sealed = chat.world.seal.seal_text("figures", in_text(found, chat.world.branch.identity.accent))
    picture = Picture(f"{chat.world.public_url}/figures/{sealed}.png", *SIZE)
    sending = (Opener("送信の見込み", "staff_sending"),) if chat.world.branch.reminders else ()
    buttons = (staff_figures.opener("もう一度数える"), *sending, STAFF_MENU, MENU)
    card = Card(f"{in_words(found.day)}の数字", _facts(found), buttons, picture)
    why = tuple(Fact(one.label, _both(one)) for one in found.refused)
    messages = (card, Card("使えなかった理由", why)) if why else (card,)
    return Done(messages)


def _facts(found: Figures) -> tuple[Fact, ...]:
    quota = found.quota
    sent = f"{quota.in_words()}（{minute_in_words(quota.read_at)[5:]}）" if quota else "まだ調べていません"
    return (
        Fact("連携中", f"{found.linked:,}人"),
        *(Fact(one.label, _both(one)) for one in found.counted),
        *(Fact(label, f"{count:,}件") for label, count in found.waiting),
        Fact("今月の送信", sent),
    )


def _both(one: Figure) -> str:
    return f"今日 {one.today:,}・今月 {one.month:,}"
