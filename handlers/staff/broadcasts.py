"""The list of broadcasts: what waits, what is planned, what was sent; and what can be done with one."""

from typing import Literal

from bot import MENU, Card, Choose, Done, Fact, Opener, Option, Retry, Skip, Type
from handlers.staff.broadcast_parts import (
    as_members_see_it,
    at_words,
    drafts,
    opened_again,
    progress_of,
    status,
)
from handlers.staff.lists import MOST_SHOWN, beyond
from handlers.staff.person import me
from handlers.world import Talk, TalkFlow
from models import broadcast_asking, broadcast_drafts, broadcast_outcome, broadcast_sending, broadcasts
from models.audit import record
from models.base import Refusal
from models.broadcast_outcome import Why
from models.broadcasts import OVER, RUNNING, STATES, Draft
from models.member import masked

STAFF = ("drafter", "approver")
broadcast_list = TalkFlow(
    "broadcasts",
    title="配信の一覧",
    opens_with=("配信一覧", "配信の履歴", "配信を探す", "予定の配信"),
    only_for=STAFF,
    subject="一斉配信",
)
broadcast_progress = TalkFlow(
    "broadcast_progress", title="配信の進みぐあい", only_for=STAFF, subject="一斉配信", resumable=False
)
broadcast_act = TalkFlow(
    "broadcast_act", title="配信の操作", only_for=STAFF, subject="一斉配信", rests_on_opener=True
)
broadcast_missed = TalkFlow(
    "broadcast_missed", title="届いていない人", only_for=STAFF, subject="一斉配信", rests_on_opener=True
)
MOST_PEOPLE = 20
FATES: dict[Why, str] = {
    "left_out": "送らなかった人（ブロック・連携解除）",
    "refused": "LINEが拒否した人",
    "unknown": "届いたか分からない人",
    "stopped": "中止で送らなかった人",
    "waiting": "まだ送っていない人",
    "unlinked": "連携していなかった人（宛先の確定時）",
    "blocked": "ブロックしていた人（宛先の確定時）",
}
SHELVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "coming": ("承認待ち・予定・送信中", ("listing", "waiting", "approved", *RUNNING)),
    "draft": ("下書き", ("draft",)),
    "over": ("送った配信", OVER),
    "search": ("言葉で探す", tuple(STATES)),
}
LONGEST_WORDS = 20  # so that a button can carry them
ACTS = {
    "stop": ("送信を中止する", "まだ送っていない人への送信を止めます。送ったものは取り消せません。"),
    "cancel": ("配信を取り消す", "この配信は送られなくなります。"),
    "reopen": ("下書きに戻して直す", "承認は取り消され、もう一度承認が要ります。"),
    "copy": ("これをもとに作る", "同じ内容の新しい下書きを作ります。"),
    "correct": ("訂正の下書きを作る", "受け取った人だけに送る、訂正の下書きを作ります。"),
}
DRAFTING = ("reopen", "copy", "correct")  # for those who write


@broadcast_list.step
def shelf(chat: Talk) -> Choose:
    """Which of them."""
    choices = {key: words for key, (words, _) in SHELVES.items()}
    return Choose("どれを見ますか？", Card("配信の一覧"), choices=choices)


@broadcast_list.step
def words(chat: Talk) -> Type | Skip:
    """Words of the title or the text."""
    if chat["shelf"] != "search":
        return Skip("")
    return Type("件名か本文にある言葉を送ってください。", Card("配信を探す"), read=_words)


@broadcast_list.step
def which(chat: Talk) -> Choose | Done:
    """The newest of them, or from where もっと見る says; and the way to more."""
    kept = {"words": chat["words"]} if chat["words"] else {}
    found = broadcasts.listed(
        chat.db,
        chat.branch,
        SHELVES[chat["shelf"]][1],
        words=chat["words"],
        limit=MOST_SHOWN + 1,
        before=beyond(chat, "before"),
    )
    if not found:
        write = (Opener("一斉配信を作る", "broadcast"),) if drafts(chat) else ()
        ways = (broadcast_list.opener("ほかを見る"), *write, MENU)
        return Done((Card("配信の一覧", ("あてはまる配信はありません。",), ways),))
    shown = found[:MOST_SHOWN]
    choices = {str(one.id): Option(one.title, _when(one)) for one in shown}
    more = broadcast_list.opener("もっと見る", before=str(shown[-1].id), shelf=chat["shelf"], **kept)
    return Choose(
        "どの配信ですか？",
        Card(SHELVES[chat["shelf"]][0]),
        ways=(more,) if len(found) > MOST_SHOWN else (),
        choices=choices,
    )


@broadcast_list.step
def one(chat: Talk) -> Done:
    """The message as it was seen, and where it stands."""
    found = broadcasts.get(chat.db, chat.branch, chat["which"])
    return Done((as_members_see_it(chat, found), status(chat, found)), ways=(MENU,))


@broadcast_progress.step
def progress(chat: Talk) -> Done:
    """How far it is, by a reply that costs nothing."""
    found = broadcasts.get(chat.db, chat.branch, _named(chat))
    return Done((status(chat, found),), ways=(broadcast_list.opener(), MENU))


@broadcast_missed.step
def fate(chat: Talk) -> Choose | Done:
    """Why it did not arrive, as far as one can know."""
    ways = (broadcast_list.opener(), MENU)
    found = broadcasts.found(chat.db, chat.branch, _named(chat))
    if found is None:
        return Done((Card("届いていない人", ("配信の一覧から選んでください。",), ways),))
    counts = broadcast_outcome.untold(chat.db, found)
    choices: dict[str, str | Option] = {
        key: Option(words, _so_many(key, counts[key])) for key, words in FATES.items() if key in counts
    }
    if not choices:
        return Done((Card("届いていない人", ("いません。ほかの配信は、一覧から選べます。",), ways),))
    return Choose("どの人を見ますか？", Card("届いていない人"), choices=choices)


@broadcast_missed.step
def people(chat: Talk) -> Done:
    """Their masked numbers: names and whole numbers have no place in a chat."""
    found = broadcasts.get(chat.db, chat.branch, _named(chat))
    fate: Why = chat["fate"]
    some = broadcast_outcome.missed(chat.db, chat.world.branch, found, fate, MOST_PEOPLE)
    numbers = "、".join(masked(number) for number in some.numbers)
    more = (f"ほか{_so_many(fate, some.count - some.shown)}",) if some.count > some.shown else ()
    lines = (
        Fact("件名", found.title),
        Fact("件数", _so_many(fate, some.count)),
        numbers or "番号はもう残っていません。",
        *more,
    )
    about, after = f"broadcast:{found.id}", {"fate": fate, "people": some.count}
    record(chat.db, chat.branch, me(chat).who, "broadcast.missed", about, chat.now, after=after)
    again = broadcast_missed.opener("ほかを見る", broadcast=str(found.id))
    return Done((Card(FATES[fate], lines, (again, MENU)),))


def _named(chat: Talk) -> str:
    """The broadcast that the button names."""
    return chat.given.get("broadcast", "")


def _so_many(why: Why, count: int) -> str:
    """Chats; of those who are in no chat of the list, people."""
    return f"{count:,}{'人' if why in broadcast_outcome.OF_LIST else '件'}"


@broadcast_act.step
def act(chat: Talk) -> Skip | Done:
    """What is to be done."""
    named = chat.given.get("act", "")
    barred = named in DRAFTING and not drafts(chat)
    if named not in ACTS or barred or broadcasts.found(chat.db, chat.branch, _named(chat)) is None:
        return Done(
            (Card("配信の操作", ("配信の一覧から選んでください。",), (broadcast_list.opener(), MENU)),)
        )
    return Skip(named)


@broadcast_act.step
def sure(chat: Talk) -> Choose:
    """Asked once more, since some of it cannot be undone."""
    found = broadcasts.get(chat.db, chat.branch, _named(chat))
    label, sentence = ACTS[chat["act"]]
    facts = (Fact("件名", found.title), Fact("状態", STATES[found.state]), sentence)
    tone: Literal["plain", "warn"] = "plain" if chat["act"] in ("copy", "correct") else "warn"
    return Choose(
        "よろしいですか？",
        Card(label, facts, tone=tone),
        choices={"yes": label, "no": "やめておく"},
        by_hand=True,
    )


@broadcast_act.step
def done(chat: Talk) -> Done:
    """Does it; the rules say no where it is too late."""
    found = broadcasts.get(chat.db, chat.branch, _named(chat))
    see = progress_of(found.id)
    if chat["sure"] == "no":
        return Done((Card("そのままにしました", ("何も変えていません。",), (see, MENU)),))
    who = me(chat)
    match chat["act"]:
        case "stop":
            broadcast_sending.stop(chat.db, found, who, chat.now)
            lines = ("まだ送っていない人には送りません。結果は、まもなくお知らせします。",)
            return Done((Card("送信を中止しました", lines, (see, MENU)),), again=see)
        case "cancel":
            broadcast_asking.cancel(chat.db, found, who, chat.now)
            return Done(
                (Card("取り消しました", (f"「{found.title}」は送られません。",), (see, MENU)),), again=see
            )
        case "reopen":
            broadcast_asking.reopen(chat.db, found, who, chat.now)
            draft, title = found.id, "下書きに戻しました"
        case "correct":
            draft, title = broadcast_drafts.correct(chat.db, found, who, chat.now), "訂正の下書きを作りました"
        case _:
            draft, title = broadcast_drafts.copy(chat.db, found, who, chat.now), "下書きを作りました"
    edit = opened_again(draft)
    return Done(
        (Card(title, ("直してから、承認を依頼してください。",), (edit, MENU), tone="good"),), again=edit
    )


@broadcast_act.refused("done")
def not_done(chat: Talk, refusal: Refusal) -> Card:
    """It is too late for it."""
    see = progress_of(_named(chat))
    return Card("できませんでした", (refusal.text,), (see, MENU), tone="warn")


def _words(given: str) -> str:
    if not given.strip():
        raise Retry("探す言葉を送ってください。")
    return given.strip()[:LONGEST_WORDS]


def _when(one: Draft) -> str:
    at = one.ended_at or one.started_at or (one.due_at if one.state == "approved" else one.changed_at)
    people = f"・{one.listed:,}件" if one.listed and one.state != "draft" else ""
    return f"{STATES[one.state]}・{at_words(at)}{people}"
