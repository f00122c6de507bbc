"""質問: what found no answer, in groups; each is answered without anybody learning who asked, put aside, or made a draft."""

from datetime import datetime, timedelta

from bot import MENU, Card, Choose, Done, Fact, Option, Skip, Text, Type, push
from handlers.human import SUBJECT, answer_card, inbox_terms
from handlers.own_words import own_words
from handlers.staff.lists import MOST_SHOWN, beyond, shortened
from handlers.staff.person import me
from handlers.world import Talk, TalkFlow, desk
from models import question as questions
from models.audit import record
from models.base import Refusal
from models.broadcasts import LONGEST_TEXT
from models.conversation import reachable
from models.days import minute_in_words
from models.faq_draft import Draft, fitting
from models.question import Asked, Group

staff_questions = TalkFlow(
    "staff_questions",
    title="答えられなかった質問",
    opens_with=("質問を読む", "届いた質問"),
    only_for=("desk",),
)
MOST_LETTERS = 40
KINDS = {"not_understood": "答えられず", "none_of_these": "選択肢になし", "not_solved": "解決せず"}


@staff_questions.step
def group(chat: Talk) -> Choose | Done:
    """Alike questions together, the largest group first."""
    found = _groups(chat)
    if not found:
        text = "答えられなかった質問はありません。"
        return Done((Card("答えられなかった質問", (text,), (MENU,)),))
    start = beyond(chat, "after")
    rest = found[start:] or found  # others have answered some meanwhile
    choices = {
        str(one.asked[0].id): Option(
            shortened(one.texts[0], MOST_LETTERS),
            f"{len(one.asked)}件　最後は{minute_in_words(one.last_asked_at)[5:]}",
        )
        for one in rest[:MOST_SHOWN]
    }
    card = Card("答えられなかった質問", (Fact("残り", _left(chat, found)),))
    more = staff_questions.opener("もっと見る", after=str(start + MOST_SHOWN))
    ways = (more,) if len(rest) > MOST_SHOWN else ()
    return Choose("どれを開きますか？", card, ways=ways, choices=choices)


@staff_questions.step
def question(chat: Talk) -> Choose | Skip | Done:
    """Which of the group, the newest first; not asked where there is only one."""
    found = _group(chat)
    if found is None:
        return Done((_gone(),))
    if len(found.asked) == 1:
        return Skip(str(found.asked[0].id))
    start = beyond(chat, "older")
    rest = found.asked[start:] or found.asked  # others have answered some meanwhile
    choices = {
        str(one.id): Option(shortened(one.text, MOST_LETTERS), _note(one)) for one in rest[:MOST_SHOWN]
    }
    card = Card("似た質問", (Fact("件数", f"{len(found.asked)}件"),))
    here = {"after": str(beyond(chat, "after")), "group": chat["group"]}
    more = staff_questions.opener("もっと見る", **here, older=str(start + MOST_SHOWN))
    ways = (more,) if len(rest) > MOST_SHOWN else ()
    return Choose("どの質問ですか？", card, ways=ways, choices=choices)


@staff_questions.step
def act(chat: Talk) -> Choose | Done:
    """Reply while the asker is known to the seal; put aside; or draft an answer for everybody."""
    found, one = _group(chat), _question(chat)
    if found is None or one is None:
        return Done((_gone(),))
    more = len(found.asked) > 1
    choices = {
        **({"reply": "この質問に返信する"} if one.can_reply else {}),
        "draft": "答えの下書きを作る",
        "done": "この質問を済にする",
        **({"all": f"似た質問{len(found.asked)}件を済にする"} if more else {}),
    }
    small = "" if one.can_reply else "質問した方の控えは残っていないため、返信はできません。"
    lines = (
        f"「{one.text}」",
        Fact("届いた時", minute_in_words(one.asked_at)),
        Fact("種類", KINDS[one.kind]),
    )
    return Choose("どうしますか？", Card("質問", lines, small=small), choices=choices)


@staff_questions.step
def words(chat: Talk) -> Type | Skip:
    """The reply, or the draft's answer."""
    if chat["act"] in ("done", "all"):
        return Skip(["", ""])
    most = inbox_terms(chat).most_letters
    card = {
        "reply": Card("返信", ("質問した方のトークに届きます。だれに届くかは、担当にも見えません。",)),
        "draft": Card("答えの下書き", ("会員に見せる答えを書いてください。貼り付ける前に直せます。",)),
    }[chat["act"]]
    return Type(f"文を書いて送ってください（{most}文字まで）。", card, read=own_words(chat, most))


@staff_questions.step
def certain(chat: Talk) -> Choose | Skip:
    """Read once more before it goes out; a draft goes nowhere."""
    match chat["act"]:
        case "draft":
            return Skip("yes")
        case "reply":
            card = Card("この返信を送りますか？", (f"「{chat['words'][0]}」",))
            choices = {"yes": "送る", "no": "送らない"}
        case _:
            card = Card("済にしますか？", ("一覧から消えます。返信もできなくなります。",))
            choices = {"yes": "済にする", "no": "済にしない"}
    return Choose("よろしいですか？", card, choices=choices, by_hand=True)


@staff_questions.step
def settled(chat: Talk) -> Done:
    """Does it; the record names the question by its number only."""
    again = staff_questions.opener("ほかの質問を見る")
    if chat["certain"] == "no":
        return Done((Card("何もしていません", ("質問はそのままです。",), (again, MENU)),))
    match chat["act"]:
        case "draft":
            told = _drafted(chat)
        case "reply":
            told = (_replied(chat),)
        case _:
            told = (_closed(chat),)
    return Done(told, ways=(again, MENU))


@staff_questions.refused("settled")
def not_settled(chat: Talk, refusal: Refusal) -> Card:
    """Somebody has seen to it meanwhile, or whoever asked cannot be reached."""
    again = staff_questions.opener("ほかの質問を見る")
    return Card("処理できませんでした", (refusal.text,), (again, MENU), tone="warn")


def _replied(chat: Talk) -> Card:
    """The seal is opened for this one push, and its content is gone afterwards."""
    number = int(chat["question"])
    one = _question(chat)
    sealed = questions.take_asker(chat.db, chat.branch, number, chat.now)
    asker = chat.world.seal.unseal_text("asker", sealed)
    user_id = reachable(chat.db, chat.branch, int(asker or 0))
    if user_id is None:
        raise Refusal(
            "質問した方がトークを閉じているため、返信が届きません。「済」にしてください。", "blocked"
        )
    card = answer_card(one.text if one else "", chat["words"][0])
    push(chat.db, chat.branch, int(asker or 0), user_id, SUBJECT, (card,), chat.now)
    record(chat.db, chat.branch, me(chat).who, "question.reply", f"question:{number}", chat.now)
    text = "質問した方の控えは消しました。続きがあるときは、会員が伝言を残せます。"
    return Card("返信を送りました", (text,), tone="good")


def _closed(chat: Talk) -> Card:
    found, number = _group(chat), int(chat["question"])
    wanted = [one.id for one in found.asked] if found and chat["act"] == "all" else [number]
    count = questions.close(chat.db, chat.branch, wanted, chat.now)
    about, after = f"question:{number}", {"closed": count}
    record(chat.db, chat.branch, me(chat).who, "question.done", about, chat.now, after=after)
    return Card("済にしました", (f"{count}件を一覧から消しました。",), tone="good")


def _drafted(chat: Talk) -> tuple[Card | Text, ...]:
    found, one = _group(chat), _question(chat)
    texts = [one.text] if one else []
    alike = [text for text in found.texts if text not in texts] if found else []
    main = desk(chat)
    terms = chat.world.branch.desks.nearest(chat.today)
    wanted = Draft([*texts, *alike], chat["words"][0], terms.main, main.name)
    text, left_out = fitting(wanted, chat.today, LONGEST_TEXT)
    about = f"question:{int(chat['question'])}"
    record(chat.db, chat.branch, me(chat).who, "question.draft", about, chat.now)
    line = "次の文を、管理の担当者にそのまま渡してください。題名・答え・出典を確かめたあとに、答えとして加わります。"
    more = (f"似た質問のうち{left_out}件は、長さのため入れていません。",) if left_out else ()
    return Card("答えの下書き", (line, *more)), Text(text)


def _groups(chat: Talk) -> list[Group]:
    return chat.once(questions.groups, chat.branch, _since(chat))


def _left(chat: Talk, found: list[Group]) -> str:
    """How many are open; and of how many the groups are, where these are the newest only."""
    grouped = sum(len(one.asked) for one in found)
    total = questions.count_open(chat.db, chat.branch, _since(chat))
    return f"{total}件（{f'新しい{grouped}件は' if grouped < total else ''}{len(found)}組）"


def _group(chat: Talk) -> Group | None:
    return questions.group_of(_groups(chat), int(chat["group"]))


def _question(chat: Talk) -> Asked | None:
    found = _group(chat)
    mine = [one for one in found.asked if str(one.id) == chat["question"]] if found else []
    return mine[0] if mine else None


def _since(chat: Talk) -> datetime:
    return chat.now - timedelta(days=inbox_terms(chat).question_kept_days)


def _note(one: Asked) -> str:
    return f"{minute_in_words(one.asked_at)[5:]}　{'返信できます' if one.can_reply else '返信はできません'}"


def _gone() -> Card:
    text = "この質問は、もう一覧にありません（済になったか、本人が取り消しました）。"
    return Card(
        "答えられなかった質問", (text,), (staff_questions.opener("ほかの質問を見る"), MENU), tone="warn"
    )
