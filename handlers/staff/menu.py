"""What a staff person can do here, by their roles."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot import MENU, Card, Done, Fact, Opener
from handlers.staff.person import me
from handlers.world import Talk, TalkFlow
from models.approval import waiting
from models.branch import Branch
from models.staff import ROLE_WORDS, ROLES, Role, has_left, staff_of

staff_menu = TalkFlow(
    "staff",
    title="職員メニュー",
    opens_with=("職員", "職員用メニュー", "承認待ち"),
    resumable=False,
    only_for=ROLES,
)
STAFF_MENU = staff_menu.opener()


@dataclass(frozen=True)
class Work:
    """A talk of the staff: who does it, and which associations have it."""

    opener: Opener
    roles: tuple[Role, ...]
    is_there: Callable[[Branch], bool] = lambda branch: True


def has_coupons(branch: Branch) -> bool:
    return branch.coupons is not None


WORK: tuple[Work, ...] = (
    Work(Opener("利用訂正", "correction"), ("desk",), has_coupons),
    Work(Opener("通信障害の利用登録", "outage"), ("desk",), has_coupons),
    Work(Opener("訂正の承認", "correction_yes"), ("approver",), has_coupons),
    Work(Opener("紙クーポンの受付", "staff_paper"), ("desk",), lambda branch: bool(branch.paper)),
    Work(Opener("届いた伝言", "staff_messages"), ("desk",), lambda branch: bool(branch.inbox)),
    Work(Opener("答えられなかった質問", "staff_questions"), ("desk",), lambda branch: bool(branch.inbox)),
    Work(Opener("一斉配信を作る", "broadcast"), ("drafter",)),
    Work(Opener("配信の承認", "broadcast_approval"), ("approver",)),
    Work(Opener("配信の一覧", "broadcasts"), ("drafter", "approver")),
    Work(Opener("数字を見る", "staff_figures"), ROLES),
    Work(Opener("送信の見込み", "staff_sending"), ROLES, lambda branch: bool(branch.reminders)),
)


@staff_menu.step
def work(chat: Talk) -> Done:
    """The talks of one's roles."""
    one = me(chat)
    mine = (
        each.opener for each in WORK if set(each.roles) & set(one.roles) and each.is_there(chat.world.branch)
    )
    open_wishes = [wish for wish in waiting(chat.db, chat.branch) if wish.asked_by != one.id]
    waits = "approver" in one.roles and bool(open_wishes)
    facts = (
        Fact("お名前", one.name),
        Fact("役割", one.roles_in_words()),
        *((Fact("承認待ち", f"{len(open_wishes)}件"),) if waits else ()),
    )
    return Done((Card("職員メニュー", facts, (*mine, MENU.named("会員のメニュー"))),))


def closed_door(db: Connection, chat_id: int, flow: TalkFlow) -> Card | None:
    """What staff read of a talk that their roles do not open, and those who have left; for members there is none."""
    if one := staff_of(db, chat_id):
        needed = "・".join(ROLE_WORDS[role] for role in ROLES if role in flow.only_for)
        lines = (
            f"「{flow.title}」は、役割「{needed}」の職員が使えます。",
            Fact("今の役割", one.roles_in_words()),
            "役割が要るときは、招待コードを出した管理の担当者に頼んでください。",
        )
        return Card("今の役割では使えません", lines, (STAFF_MENU, MENU), tone="warn")
    if has_left(db, chat_id):
        text = "職員の登録が終わったため、この操作はできません。何もしていません。"
        return Card("職員の登録が終わっています", (text,), (MENU,), tone="warn")
    return None
