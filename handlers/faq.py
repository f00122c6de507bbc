"""Questions: one topic's answer by button, and what becomes of a question that was not solved."""

from bot import MENU, Card, Done, Opener
from handlers.answers import card, count_for_staff, hand_over
from handlers.human import LEAVE
from handlers.world import Talk, TalkFlow, call, desk_lines
from models import question

faq = TalkFlow("faq", title="質問", resumable=False, only_tells=True)
unsolved = TalkFlow(
    "unsolved",
    title="解決しなかった",
    opens_with=(
        "どれでもない",
        "どれでもありません",
        "どれも違う",
        "どれも違います",
        "この中にない",
        "この中にありません",
        *("解決しなかった", "解決しない", "解決しません", "解決してない", "解決していません"),
        *("答えになっていない", "答えになってない", "答えになっていません", "答えが違う", "答えが違います"),
    ),
    resumable=False,
    only_tells=True,
)


@faq.step
def answered(chat: Talk) -> Done:
    """Today's answer of the topic that the button names; without one, questions are simply sent."""
    topic = chat.given.get("topic")
    if topic is None:
        example = chat.world.branch.identity.question_example
        lines = (f"聞きたいことを、ふだんの言葉で送ってください（例：{example}）。",)
        return Done((Card("質問", lines, (Opener("窓口に聞く", "desk"), MENU)),))
    entry = chat.world.faq.find(topic, chat.today)
    if entry is None:
        return Done((hand_over(chat, kept=False),), ways=(MENU,))
    return Done((card(chat, entry),), ways=(unsolved.opener(topic=entry.topic), MENU), about=entry.topic)


@unsolved.step
def handed_over(chat: Talk) -> Done:
    """Staff see which answer did not help, or that none of the choices was meant; the person gets the desk."""
    entry = chat.world.faq.find(chat.given.get("topic", ""), chat.today)
    kind: question.Kind = "not_solved" if entry else "none_of_these"
    words = entry.title if entry else "（選択肢のどれでもない）"
    if count_for_staff(chat):
        question.keep(chat.db, chat.branch, kind, words, "", chat.now, entry.topic if entry else None)
    lines = (
        "お役に立てず申し訳ありません。別の言葉で送っていただくか、窓口へお問い合わせください。",
        *desk_lines(chat),
    )
    leave = (LEAVE,) if chat.world.branch.inbox else ()
    return Done((Card("窓口のご案内", lines, (*call(chat, entry.desk if entry else ""), *leave, MENU)),))
