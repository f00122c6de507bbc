"""郵送リスト: the confirmed requests by workplace, as a file that the desk downloads once."""

from bot import MENU, Card, Choose, Done, Fact, Link
from handlers.staff.person import me
from handlers.world import Talk, TalkFlow
from models.audit import record
from models.base import Refusal
from models.paper_posting import Posting, last_posting, new_page, new_posting, posting, unposted

staff_posting = TalkFlow(
    "staff_posting",
    title="紙クーポンの郵送リスト",
    opens_with=("郵送リスト",),
    only_for=("desk",),
)
MOST_NAMED = 5


@staff_posting.step
def wanted(chat: Talk) -> Choose | Done:
    """A new list of all that no list has, or the last one once more."""
    new, last = unposted(chat.db, chat.branch), last_posting(chat.db, chat.branch)
    choices = {
        **({"new": f"新しいリストを作る（{new}件）"} if new else {}),
        **({str(last): f"前のリスト（番号 {last}）をもう一度"} if last else {}),
    }
    if not choices:
        text = "確認した申請がまだありません。"
        return Done((Card("郵送リスト", (text,), (MENU,)),))
    text = "作ると、これらの申請は次の新しいリストには入りません。"
    return Choose(text, Card("紙クーポンの郵送リスト"), choices=choices, by_hand=True)


@staff_posting.step
def made(chat: Talk) -> Done:
    """The list stands; its page opens once. What its post still lacks is named."""
    found = _taken(chat)
    page = new_page(chat.db, found.id, chat.id, chat.now)
    about, after = f"posting:{found.id}", {"people": found.people}
    record(chat.db, chat.branch, me(chat).who, "paper.export", about, chat.now, after=after)
    button = Link("CSVを保存する", f"{chat.world.public_url}/desk/paper/{page}", outside=True)
    lines: tuple[str | Fact, ...] = (
        Fact("リスト番号", str(found.id)),
        Fact("人数", f"{found.people}人"),
        *_lacking(found),
        "ボタンは30分間、一度だけ使えます。氏名が入っているので、扱いにご注意ください。",
    )
    return Done((Card("郵送リストができました", lines, (button, MENU), tone="good"),))


@staff_posting.refused("made")
def not_made(chat: Talk, refusal: Refusal) -> Card:
    """Nothing is left for it, or it is gone."""
    again = staff_posting.opener("リストを選び直す")
    return Card("リストを作れません", (refusal.text,), (again, MENU), tone="warn")


def _taken(chat: Talk) -> Posting:
    if chat["wanted"] == "new":
        return new_posting(chat.db, chat.branch, chat.now)
    return posting(chat.db, chat.branch, int(chat["wanted"]), chat.today)


def _lacking(found: Posting) -> tuple[Fact, ...]:
    """Workplaces without an address, and people without a workplace: they stand in the list with a note."""
    some = "、".join(found.without_address[:MOST_NAMED])
    more = (
        f" ほか{len(found.without_address) - MOST_NAMED}か所"
        if len(found.without_address) > MOST_NAMED
        else ""
    )
    nowhere = (Fact("住所なし", some + more),) if some else ()
    unknown = (Fact("所属所なし", f"{found.without_workplace}人"),) if found.without_workplace else ()
    return (*nowhere, *unknown)
