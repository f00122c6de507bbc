"""お役立ち記事: this month's article, and the points for reading it."""

from bot import MENU, Card, Choose, Done
from handlers.points_earning import cannot, onward, thanks
from handlers.points_person import SUBJECT, member, person, terms, to
from handlers.world import Talk, TalkFlow
from models.points_articles import article_on
from models.points_earning import earn, earned_on

article = TalkFlow(
    "article",
    title="お役立ち記事",
    opens_with=("お役立ち記事を読みたい", "記事を読みたい", "健康お役立ち記事を読む"),
    subject=SUBJECT,
)


article.step(person)


@article.step
def text(chat: Talk) -> Choose | Done:
    """This month's article; reading it earns points once a month."""
    one = member(chat)
    if no := cannot(chat, one):
        return no
    found = article_on(chat.world.branch.articles, chat.today)
    if found is None:
        words = "今月の記事は、まだありません。ほかの方法をお選びください。"
        return Done((Card("お役立ち記事", (words,), (to("earn", "ためる", one), MENU)),))
    small = "見本の記事です。" if found.sample else ""
    if "article" in earned_on(chat.db, one, chat.today):
        counted = "今月のぶんは、もう受け付けています。"
        return Done((Card(found.title, (counted, found.text), small=small),), ways=onward(one))
    card = Card(found.title, (found.text,), small=small)
    return Choose("", card, choices={"read": "読みました"}, by_hand=True)


@article.step
def read(chat: Talk) -> Done:
    """Read; once a month."""
    one = member(chat)
    earned = earn(chat.db, terms(chat), one, "article", chat.now)
    first = "お読みいただき、ありがとうございます。"
    return Done((thanks(chat, one, "article", first, earned),), ways=onward(one))
