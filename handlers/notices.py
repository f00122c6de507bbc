"""What the chat is told by itself: topics on and off, the hour of the day, nothing at all (お知らせの設定)."""

from bot import MENU, Card, Choose, Done, Option, Skip
from handlers.world import Talk, TalkFlow
from models.base import Refusal
from models.reminder_people import find_chat
from models.reminder_settings import HOURS, choose_hour, stop_all, want, wishes
from models.reminder_terms import Topic

notices = TalkFlow("notices", title="お知らせの設定", opens_with=("お知らせ", "通知の設定", "通知を止める"))
STOP, START, HOUR = "stop", "start", "hour"


@notices.step
def choice(chat: Talk) -> Choose:
    """What is to be changed; each topic with how it stands."""
    now = wishes(chat.db, chat.id)
    if now.stopped:
        card = Card("お知らせの設定", ("今は、すべて止めています。",))
        return Choose("再開すると、ほかの設定も変えられます。", card, choices={START: "お知らせを再開する"})
    choices: dict[str, str | Option] = {
        name: Option(
            f"{topic.label}：{'受け取る' if now.wants(name, topic.usual) else '止めている'}",
            "法令にもとづくお知らせ" if topic.legal else "",
        )
        for name, topic in _topics(chat).items()
    }
    choices[HOUR] = f"届く時刻：{now.hour}時ごろ"
    choices[STOP] = "すべて止める"
    card = Card("お知らせの設定", ("夜9時から朝8時までは届きません。",))
    return Choose("変えるものを選んでください。", card, choices=choices)


@notices.step
def hour(chat: Talk) -> Choose | Skip:
    """The hour of the day, only when that is to be changed."""
    if chat["choice"] != HOUR:
        return Skip("")
    return Choose("何時ごろに受け取りますか？", choices={str(each): f"{each}時ごろ" for each in HOURS})


@notices.step
def changed(chat: Talk) -> Done:
    """Changed; what it means."""
    match chat["choice"]:
        case "hour":
            choose_hour(chat.db, chat.id, int(chat["hour"]))
            words = f"お知らせは{chat['hour']}時ごろにお届けします。締切の都合で、早くなることがあります。"
        case "stop":
            stop_all(chat.db, chat.id, stopped=True)
            words = "すべてのお知らせを止めました。法令にもとづくお知らせも届きません。"
        case "start":
            stop_all(chat.db, chat.id, stopped=False)
            find_chat(chat.db, chat.world.branch, chat.id, chat.now)
            words = "お知らせを再開しました。止める前と同じ話題をお届けします。"
        case topic:
            words = _toggled(chat, topic)
    return Done((Card("設定しました", (words,), (notices.opener("ほかも変える"), MENU), tone="good"),))


def _toggled(chat: Talk, name: str) -> str:
    topic = _topic(chat, name)
    now = wishes(chat.db, chat.id).wants(name, topic.usual)
    want(chat.db, chat.id, name, wanted=not now)
    if now:
        return f"「{topic.label}」を止めました。"
    find_chat(chat.db, chat.world.branch, chat.id, chat.now)
    return f"「{topic.label}」を受け取ります。"


def _topics(chat: Talk) -> dict[str, Topic]:
    dated = chat.world.branch.reminders
    return dict(dated.nearest(chat.today).topics) if dated else {}


def _topic(chat: Talk, name: str) -> Topic:
    topic = _topics(chat).get(name)
    if topic is None:
        raise Refusal("このお知らせは、今はありません。", "no_topic")
    return topic
