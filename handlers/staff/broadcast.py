"""Writing a broadcast: what, to whom, when; the preview as members will see it; then a second person is asked."""

from datetime import datetime

from bot import (
    MENU,
    Button,
    Card,
    Choose,
    Done,
    Opener,
    Photo,
    SentPicture,
    Skip,
    Type,
    mail,
)
from handlers.staff.broadcast_audience import (
    added,
    audience,
    by,
    counted_on,
    detail,
    exactly,
    numbers,
    page,
    side,
)
from handlers.staff.broadcast_checks import read_label, read_phone, read_text, read_title, read_url
from handlers.staff.broadcast_parts import (
    SEEN,
    about_it,
    actions,
    as_members_see_it,
    button_json,
    draft_of,
    edited,
    known_draft,
    others_approve,
    progress_of,
    reached,
    stays,
    terms,
    warned,
)
from handlers.staff.broadcast_time import day, hour, night, reason, timed, timing
from handlers.staff.person import me
from handlers.world import Talk, TalkFlow
from models import broadcast_asking, broadcast_drafts, broadcasts, mailing
from models.audit import record
from models.base import Refusal
from models.broadcast_pictures import keep
from models.broadcasts import Draft

broadcast = TalkFlow(
    "broadcast",
    title="一斉配信を作る",
    opens_with=("一斉配信", "配信を作る", "お知らせを送る"),
    only_for=("drafter",),
    subject="一斉配信",
)
PARTS = {
    "title": "件名を直す",
    "text": "本文を直す",
    "picture": "画像を直す",
    "button": "ボタンを直す",
    "audience": "宛先を直す",
    "time": "日時を直す",
}


@broadcast.step
def draft(chat: Talk) -> Skip | Done:
    """The draft that is opened again, by its number; a new one, by the instant at which it was begun."""
    number = chat.given.get("draft", "")
    if not number:
        return Skip(chat.now.isoformat())
    one = broadcasts.found(chat.db, chat.branch, number)
    if one is None or one.state != "draft":
        text = "この下書きは、もう開けません。配信の一覧から、今の状態をお確かめください。"
        return Done((Card("下書きがありません", (text,), (Opener("配信の一覧", "broadcasts"), MENU)),))
    return Skip(number)


# 1. What


@broadcast.step
def title(chat: Talk) -> Type | Skip:
    """The words that a lock screen may show."""
    if stays(chat, "title"):
        return Skip("")
    return Type(
        "件名を20文字までで送ってください。通知に出るのは件名だけです。",
        Card("一斉配信（1 内容）", _so_far(chat, "title")),
        read=read_title,
        as_it_is=True,
        no_photo=_photo_later(chat, "件名"),
    )


@broadcast.step
def text(chat: Talk) -> Type | Skip:
    """The same words for everybody; counted as LINE counts."""
    if stays(chat, "text"):
        return Skip("")
    lines = ("全員に同じ文が届きます。お名前や番号の差し込みはできません。", *_so_far(chat, "text"))
    return Type(
        "本文を送ってください（5,000文字まで）。",
        Card("一斉配信（1 内容）", lines),
        read=read_text,
        as_it_is=True,
        no_photo=_photo_later(chat, "本文"),
    )


@broadcast.step
def written(chat: Talk) -> Skip:
    """Keeps the words; from here on there is a draft."""
    one = draft_of(chat)
    if one is None:
        begun = datetime.fromisoformat(chat["draft"])
        broadcast_drafts.new_draft(chat.db, chat.branch, me(chat), chat["title"], begun, text=chat["text"])
    elif chat["title"] or chat["text"]:
        changed = {"title": chat["title"] or one.title, "text": chat["text"] or one.text}
        broadcast_drafts.change(chat.db, one, me(chat), chat.now, **changed)
    return Skip("")


@broadcast.step
def picture(chat: Talk) -> Photo | Skip:
    """A photo sent in the chat, made fit for LINE."""
    if stays(chat, "picture"):
        return Skip("")

    def stored(sent: SentPicture) -> str:
        size = (sent.width, sent.height)
        return str(keep(chat.db, chat.branch, sent.data, sent.kind, size, chat.now))

    return Photo(
        "画像を付けるときは、このトークに写真を送ってください。",
        Card("一斉配信（1 内容）", ("JPEGかPNGの写真1枚です。向きと大きさは整えます。",)),
        choices={"none": "画像なしで進む"},
        keep=stored,
    )


@broadcast.step
def pictured(chat: Talk) -> Skip:
    """Keeps which picture."""
    if chat["picture"]:
        number = None if chat["picture"] == "none" else int(chat["picture"])
        broadcast_drafts.change(chat.db, known_draft(chat), me(chat), chat.now, picture_id=number)
    return Skip("")


@broadcast.step
def button(chat: Talk) -> Choose | Skip:
    """What a member can do at once."""
    if stays(chat, "button"):
        return Skip("")
    choices = {
        "none": "ボタンなし",
        "flow": "トークの手続きを開く",
        "link": "ページを開く",
        "call": "電話をかける",
    }
    return Choose("ボタンを付けますか？", Card("一斉配信（1 内容）"), choices=choices)


@broadcast.step
def target(chat: Talk) -> Choose | Type | Skip:
    """Where the button leads."""
    match chat["button"]:
        case "flow":
            tiles = chat.world.branch.identity.menu
            choices = {
                f"{tile.flow}?{tile.topic}" if tile.topic else tile.flow: tile.label
                for tile in tiles
                if tile.flow != "menu"  # typed, this word is a way out
            }
            return Choose("どの手続きを開きますか？", Card("ボタン"), choices=choices)
        case "link":
            return Type(
                "開くページのアドレス（https://…）を送ってください。",
                Card("ボタン"),
                read=read_url,
                as_it_is=True,
            )
        case "call":
            return Type(
                "電話番号を送ってください（例：048-000-0000）。",
                Card("ボタン"),
                read=read_phone,
                as_it_is=True,
            )
    return Skip("")


@broadcast.step
def label(chat: Talk) -> Type | Skip:
    """The words on the button."""
    if not chat["target"]:
        return Skip("")
    return Type(
        "ボタンに書く言葉を20文字までで送ってください。", Card("ボタン"), read=read_label, as_it_is=True
    )


@broadcast.step
def buttoned(chat: Talk) -> Skip:
    """Keeps the button."""
    if chat["button"]:
        stored = button_json(chat["button"], chat["target"], chat["label"]) if chat["label"] else ""
        broadcast_drafts.change(chat.db, known_draft(chat), me(chat), chat.now, button=stored)
    return Skip("")


# 2. To whom


for step in (audience, by, detail, exactly, counted_on, page, numbers, side, added):
    broadcast.step(step)


# 3. When

for step in (timing, day, hour, night, reason, timed):
    broadcast.step(step)


# 4. Preview


@broadcast.step
def preview(chat: Talk) -> Choose:
    """Exactly what members will see, whom it reaches, what it costs, and what is worth a second look."""
    one = known_draft(chat)
    found = warned(chat, one)
    card = Card(
        "ご確認ください" if found else "プレビュー",
        found or ("気になる点はありません。",),
        tone="warn" if found else "plain",
    )
    choices = {
        f"ask-{one.digest()[:SEEN]}": "承認を依頼する",
        "test": "自分にテスト送信",
        "mend": "直す",
        "keep": "下書きのまま終える",
    }
    before = (as_members_see_it(chat, one), Card("宛先と費用", about_it(chat, one)))
    return Choose("上が会員に届く画面です。", card, before, choices=choices, by_hand=True)


@broadcast.step
def sent_on(chat: Talk) -> Done:
    """A test to oneself, a part to mend, a draft kept, or a second person asked."""
    one = known_draft(chat)
    back = broadcast.opener("プレビューに戻る", draft=str(one.id), edit="preview")
    match chat["preview"]:
        case "test":
            return _test(chat, one, back)
        case "mend":
            parts = tuple(
                broadcast.opener(words, draft=str(one.id), edit=part) for part, words in PARTS.items()
            )
            return Done((Card("どこを直しますか？", (), (*parts, back)),))
        case "keep":
            lines = ("「配信の一覧」の下書きから、続きができます。",)
            return Done(
                (Card("下書きに残しました", lines, (back, Opener("配信の一覧", "broadcasts"), MENU)),)
            )
    return _ask(chat, one, back)


@broadcast.left
def kept(chat: Talk) -> str:
    """From the first words on there is a draft, which stays."""
    if "draft" not in chat.frame.answers or draft_of(chat) is None:
        return "何も登録していません。"
    return "ここまでの内容は、「配信の一覧」の「下書き」に残っています。"


def _test(chat: Talk, one: Draft, back: Button) -> Done:
    """The message itself, on the way that it will take to members: as they get it, on the lock screen too."""
    mailing.add_batches(
        chat.db, _mailing(chat, one, f"{one.id}.test.{chat.now}"), (chat.id,), due_at=chat.now
    )
    record(chat.db, chat.branch, me(chat).who, "broadcast.test", f"broadcast:{one.id}", chat.now)
    text = "会員に届くものと同じメッセージを、このトークに送りました。通知の出方もお確かめください。"
    return Done((Card("テスト送信しました", (text,), (back, MENU)),))


def _ask(chat: Talk, one: Draft, back: Button) -> Done:
    if not one.title or not one.text:
        return Done((Card("まだ送れません", ("件名と本文を書いてください。",), (back, MENU), tone="warn"),))
    count = reached(chat, one).chats
    if count == 0:
        text = "この宛先にあてはまる、連携中の人がいません。宛先を直してください。"
        return Done((Card("まだ送れません", (text,), (back, MENU), tone="warn"),))
    if one.send_at and one.send_at <= chat.now:
        text = "送る日時が過ぎています。日時を直してください。"
        return Done((Card("まだ送れません", (text,), (back, MENU), tone="warn"),))
    if earlier := broadcast_asking.still_sent(chat.db, one):
        text = (
            f"「{earlier.title}」は、まだ送信中です。このあとに受け取る人が宛先からもれないように、"
            "送信を中止するか終わりを待ってから、依頼してください。"
        )
        ways = (*actions(chat, earlier)[:2], back, MENU)
        return Done((Card("まだ送れません", (text,), ways, tone="warn"),))
    if not others_approve(chat, {chat.id, one.writer_chat}):
        text = "承認できる人が、ほかにいません。承認の役割の人を招待してから、依頼してください。"
        return Done((Card("まだ送れません", (text,), (back, MENU), tone="warn"),))
    mailings = tuple(_mailing(chat, one, f"{one.about}.{part}") for part in ("first", "rest"))
    share = terms(chat).first_share(count)
    if not broadcast_asking.ask(chat.db, one, me(chat), (mailings[0], mailings[1]), share, chat.now):
        raise Refusal(broadcast_drafts.NO_DRAFT, "no_draft")
    see = progress_of(one.id)
    lines = (
        "宛先を確定し、承認する人に知らせます。",
        "承認の前に内容を直すと、もう一度承認が要ります。",
    )
    return Done((Card("承認を依頼しました", lines, (see, MENU), tone="good"),), again=see)


def _mailing(chat: Talk, one: Draft, about: str) -> int:
    return mail(
        chat.db,
        branch=chat.branch,
        purpose="broadcast",
        about=about,
        subject=one.title,
        messages=(as_members_see_it(chat, one),),
        now=chat.now,
    )


def _photo_later(chat: Talk, part: str) -> str:
    """What is said of a photo that is sent before its step."""
    if edited(chat):
        return f"ここでは{part}を文字で送ってください。写真は、プレビューの「直す」から付けられます。"
    return f"先に{part}を文字で送ってください。写真は本文のあとの画面で受け取りますので、そのとき送り直してください。"


def _so_far(chat: Talk, part: str) -> tuple[str, ...]:
    one = draft_of(chat)
    now = getattr(one, part, "") if one else ""
    return (f"今の文：{now[:60]}{'…' if len(now) > 60 else ''}",) if now else ()
