"""提出しました: what a person says to have handed in, so that nobody reminds them of it; it can be taken back."""

from typing import Literal

from bot import MENU, Card, Choose, Detour, Done, Opener, Option, Skip, Text
from handlers.deadline import chosen_event, event_called, facts, gone, is_handed_in
from handlers.deadlines import SUBJECT, known_to_come, to, when
from handlers.handed_in import BACK, called, told
from handlers.whose import whose
from handlers.world import Talk, TalkFlow, chosen_holder
from models import done
from models.agenda import monthly, single

hand_in = TalkFlow(
    "hand_in",
    title="提出しました",
    opens_with=("提出した", "提出済み", "提出を取り消す", "提出の取り消し"),
    subject=SUBJECT,
    resumable=False,
    hears=told,
)
MOST = 8
WAYS = (Opener("締切・予定", "deadlines"), MENU)
NONE_DUE = "今、提出を記録できる締切はありません。"
NONE_MARKED = "「提出済み」の記録はありません。お知らせは、これまでどおり届きます。"


@hand_in.step
def person(chat: Talk) -> Choose | Skip | Detour[Literal["link"]]:
    """Whose paper: asked only where several are linked; linking first when nobody is."""
    if not chat.people:
        return Detour("link", (Text("提出の記録には、はじめに一度だけ「連携」（ご本人の確認）をします。"),))
    return whose(chat, "どなたが提出しましたか？", "提出の記録")


@hand_in.step
def event(chat: Talk) -> Choose | Skip | Done:
    """Which paper: the button says it, else one of those that are due next."""
    if given := chat.given.get("event"):
        named = event_called(chat, given)
        return Skip(given) if named and named.can_be_handed_in else Done((gone(),))
    due = _due(chat)
    if not due:
        return Done((Card("提出の記録", (NONE_MARKED if _takes_back(chat) else NONE_DUE,), WAYS),))
    if len(due) == 1 and (_named(chat) or _takes_back(chat)):
        return Skip(next(iter(due)))
    return Choose("どの書類ですか？", Card("提出の記録"), choices=due)


@hand_in.step
def sure(chat: Talk) -> Choose:
    """Marks it only after a yes; what is marked can be taken back."""
    one = chosen_event(chat)
    card = Card(one.title, facts(chat, one))
    if is_handed_in(chat, one):
        choices = {"keep": "提出済みのままにする", "back": "提出を取り消す"}
        return Choose("提出済みと記録しています。", card, choices=choices, by_hand=True)
    text = "提出しましたか？ 記録すると、この締切のお知らせは届かなくなります。書類を送る働きはありません。"
    choices = {"yes": "はい、提出しました", "not_yet": "まだです"}
    return Choose(text, card, choices=choices, by_hand=True)


@hand_in.step
def marked(chat: Talk) -> Done:
    """Writes it down, or takes it back."""
    one, who = chosen_event(chat), chosen_holder(chat, chat["person"])
    ways = (to("deadlines", "締切・予定", chat), MENU)
    match chat["sure"]:
        case "yes":
            done.hand_in(chat.db, who.id, one.paper, chat.now)
            text = "提出済みと記録しました。まちがえたときは、取り消せます。"
            undo = to("hand_in", "提出を取り消す", chat, event=one.uid)
            return Done((Card("記録しました", (one.title, text), (undo, *ways), tone="good"),))
        case "back":
            done.take_back(chat.db, who.id, one.paper)
            text = "提出の記録を取り消しました。締切のお知らせが、また届きます。"
            return Done((Card("取り消しました", (one.title, text), ways),))
    return Done((Card("そのままにしました", (one.title, "記録は変えていません。"), ways),))


def _due(chat: Talk) -> dict[str, str | Option]:
    """The next papers that can be handed in, or were: those that are named, or all where none is."""
    found = [one for one in known_to_come(chat) if one.event.can_be_handed_in]
    if _takes_back(chat):
        found = [one for one in found if one.handed_in]
    once = single(found)
    open_ = called(_named(chat), [*once, *monthly(found)]) or (found if _takes_back(chat) else once)
    return {
        one.event.uid: Option(one.event.title, f"提出済み・{when(one)}" if one.handed_in else when(one))
        for one in open_[:MOST]
    }


def _named(chat: Talk) -> str:
    """What the paper was called."""
    return chat.given.get("named", "")


def _takes_back(chat: Talk) -> bool:
    """Whether one tells that it was not handed in after all."""
    return chat.given.get("wish") == BACK
