"""Linking, unlinking, and what becomes of personal data (design §8)."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

from sqlalchemy import Connection

from bot import MENU, Button, Card, Choose, Done, Fact, GoTo, Link, Opener, Skip, Wait, push
from handlers.human import inbox_terms
from handlers.points_earning import first_login
from handlers.whose import named
from handlers.world import Talk, TalkFlow, call, desk_lines, holders
from models import inbox, linking, links
from models.audit import record
from models.base import Refusal, savepoint
from models.days import minute_in_words
from models.member import masked
from models.reminder_people import find_chat
from models.terms import known_on

link = TalkFlow(
    "link", title="連携", opens_with=("連携する", "れんけい", "登録する", "ログイン", "本人確認", "利用登録")
)
unlink = TalkFlow(
    "unlink",
    title="連携解除",
    opens_with=("連携を解除", "連携をやめる", "解除する", "連携を確認・解除する", "退会"),
)
privacy = TalkFlow(
    "privacy",
    title="個人情報の取り扱い",
    opens_with=("個人情報", "プライバシー", "プライバシーポリシー", "データの扱い", "個人情報の取扱いを見る"),
    resumable=False,
)
disown = TalkFlow("disown", title="これは私ではありません", resumable=False)

DISOWNED = "覚えのない連携があったため、「これは私ではありません」でその連携を止めました。（自動の伝言）"
POSTCARD = {"points.code.lost": "はがきをなくした", "points.postcard.missing": "はがきが届かない"}


@link.step
def consent(chat: Talk) -> Choose:
    """What is used, why, how long, whom to ask: before anything is asked."""
    card = Card("連携の前にご確認ください", (*_used(chat), f"問い合わせ：{desk_lines(chat)[0]}"))
    return Choose("この内容でよろしいですか？", card, choices={"yes": "同意して進む", "no": "同意しない"})


@link.step
def address(chat: Talk) -> Skip | Done:
    """A page of its own for the number and the birth date."""
    if chat["consent"] == "no":
        text = "連携せずに終わりました。質問と締切の確認は、このままご利用いただけます。"
        return Done((Card("連携しませんでした", (text,), (MENU,)),), gives_up=True)
    return Skip(linking.new_page(chat.db, chat.id, chat.now))


@link.step
def page(chat: Talk) -> Wait | GoTo[Literal["address"]]:
    """The page is open until LINE tells us that it is done; one that cannot be used any more gives way to a new one."""
    if not linking.is_good(chat.db, chat.get("address", ""), chat.now):
        return GoTo("address")
    asked = "下のボタンで開くページに、番号と生年月日を入力してください。"
    postcard: tuple[Opener, ...] = ()
    if chat.world.branch.identity.uses_auth_code:
        asked = "先に、認証コードはがきをご用意ください。下のボタンで開くページに、番号・生年月日・認証コードを入力します。"
        postcard = tuple(_without_postcard(chat))
    lines = (asked, "ページは30分間、一度だけ使えます。")
    button = Link("連携ページを開く", f"{chat.world.public_url}/link/{chat['address']}")
    return Wait("", Card("連携ページ", lines, (button, *postcard)))


def _used(chat: Talk) -> tuple[str, ...]:
    """What is used and kept, why, and how long."""
    return (
        "使うもの：番号、生年月日、LINEがあなたに付けた記号。",
        f"残すもの：{'、'.join(_kept(chat))}。",
        "目的：制度の利用とお知らせだけ。",
        *_how_long(chat),
        "解除はいつでもでき、記録は残ります。",
    )


def _how_long(chat: Talk) -> Iterator[str]:
    """How long what was written to the desk is kept, by the branch's terms."""
    if terms := known_on(chat.world.branch.inbox, chat.today):
        yield f"保存：質問{terms.question_kept_days}日、伝言は済んで{terms.words_kept_days}日。"


def _kept(chat: Talk) -> Iterator[str]:
    """What the branch's programmes write down about a person."""
    branch = chat.world.branch
    if branch.coupons:
        yield "クーポンの利用"
    if branch.calendar:
        yield "提出の記録"
    if branch.points:
        items = branch.points.items.nearest(chat.today)
        yield "ポイントの増減"
        yield f"毎日の記録（{'・'.join(one.name.partition('（')[0] for one in items.records.values())}）"
        if items.checkup:
            yield "入力した健診の値"
        if items.gifts:
            yield "景品の届け先"


def _without_postcard(chat: Talk) -> Iterator[Opener]:
    """The way for whoever has no postcard at hand."""
    for topic, label in POSTCARD.items():
        if chat.world.faq.find(topic, chat.today):
            yield Opener(label, "faq", (("topic", topic),))


@link.step
def linked(chat: Talk) -> Done:
    """Done; what to do next. (The link itself was made with LINE's event.)"""
    people = holders(chat)
    facts = tuple(Fact("連携中", f"{one.latest.name}さん（{masked(one.latest.number)}）") for one in people)
    suffix = chat.world.branch.identity.spouse_suffix
    has_spouse = any(one.latest.kind == "spouse" for one in people)
    spouse = (
        (f"配偶者も使うときは、もう一度「連携」と送り、番号の後ろに{suffix}を付けて入力します。",)
        if suffix and not has_spouse
        else ()
    )
    points = tuple(words for one in people if (words := first_login(chat, one)))
    lines = (*facts, *points, *spouse, "解除は「連携解除」と送るといつでもできます。")
    return Done((Card("連携しました", lines, tone="good"),), ways=(MENU,))


@unlink.step
def who(chat: Talk) -> Choose | Done:
    """Whom to unlink; everybody when there is only one."""
    people = holders(chat)
    if not people:
        lines = ("このトークは、どなたとも連携していません。",)
        return Done((Card("連携していません", lines, (link.opener("連携する"), MENU)),))
    return Choose(
        "解除する方をお選びください。利用の記録は残り、もう一度連携すれば続けて使えます。",
        Card("連携解除"),
        choices=named(people),
    )


@unlink.step
def sure(chat: Talk) -> Choose:
    """Asked once more."""
    card = Card("本当に解除しますか？")
    text = "解除すると、お知らせも届かなくなります。"
    return Choose(text, card, choices={"yes": "解除する", "no": "解除しない"}, by_hand=True)


@unlink.step
def unlinked(chat: Talk) -> Done:
    """Ends the link."""
    if chat["sure"] == "no":
        return Done((Card("解除しませんでした", ("連携はそのままです。",), (MENU,)),))
    links.unlink(chat.db, chat.id, int(chat["who"]), chat.now)
    lines = ("もう一度使うときは「連携」と送ってください。",)
    return Done((Card("連携を解除しました", lines, (link.opener("連携する"), MENU), tone="good"),))


@privacy.step
def told(chat: Talk) -> Done:
    """What is kept and what is not."""
    lines = (
        *_used(chat),
        "マイナンバー・病名は扱いません。送信を取り消すと、保存した言葉も消します。",
    )
    calls = call(chat)
    whom = desk_lines(chat)[1:] if calls else desk_lines(chat)  # the button names the desk
    buttons: tuple[Button, ...] = (*calls, unlink.opener(), MENU)
    return Done((Card("個人情報の取り扱い", (*lines, *whom), buttons),))


@disown.step
def which(chat: Talk) -> Choose | Skip | Done:
    """Which link of another chat is meant; not asked when there is only one."""
    others = links.elsewhere(chat.db, chat.id)
    match others:
        case []:
            text = "ほかのトークとの連携は、今はありません。"
            return Done((Card("連携はありません", (text, *desk_lines(chat)), (*call(chat), MENU)),))
        case [only]:
            return Skip(str(only.id))
    choices = {str(one.id): f"{minute_in_words(one.linked_at)}の連携" for one in others}
    return Choose("止める連携をお選びください。", Card("覚えのない連携"), choices=choices)


@disown.step
def certain(chat: Talk) -> Choose:
    """Asked once more: it may be one's own second phone."""
    text = "ご自身の別のスマートフォンなら、止める必要はありません。"
    choices = {"yes": "覚えがないので止める", "no": "止めない"}
    return Choose(text, Card("この連携を止めますか？"), choices=choices, by_hand=True)


@disown.step
def stopped(chat: Talk) -> Done:
    """Ends the other chat's link and keeps it shut."""
    if chat["certain"] == "no":
        return Done((Card("止めませんでした", ("連携はそのままです。",), (MENU,)),))
    person = links.disown(chat.db, chat.id, int(chat["which"]), chat.now)
    is_told = False
    if person:
        record(chat.db, chat.branch, f"chat:{chat.id}", "link.disown", f"person:{person}", chat.now)
        is_told = _told_the_desk(chat)
    after = "担当にも伝わっています。" if is_told else "念のため窓口にもお知らせください。"
    text = f"その連携を止め、同じトークからは連携できないようにしました。{after}"
    return Done((Card("連携を止めました", (text, *desk_lines(chat)), (*call(chat), MENU), tone="good"),))


def _told_the_desk(chat: Talk) -> bool:
    """Leaves a note for the desk, as the person would; False where there is no inbox or it takes no more today."""
    if not chat.world.branch.inbox:
        return False
    with suppress(Refusal), savepoint(chat.db):
        inbox.leave(chat.db, chat.branch, chat.id, DISOWNED, chat.message_id, inbox_terms(chat), chat.now)
        return True
    return False


class AccountLinks:
    """What LINE's accountLink event means here."""

    def user_of(self, db: Connection, branch: str, nonce: str) -> str | None:
        return linking.user_of_nonce(db, branch, nonce)

    def finish(self, chat: Talk, nonce: str, ok: bool) -> str:
        """Makes the link and tells every chat that already holds the person; says why it could not."""
        made = linking.finish(chat.db, chat.id, nonce, chat.now) if ok else None
        if made is None:
            return "連携できませんでした。このアカウントを友だちに追加してから、もう一度「連携」と送ってください。"
        first_login(chat, made.person)
        find_chat(chat.db, chat.world.branch, chat.id, chat.now)
        for chat_id, user_id in made.others:
            push(chat.db, chat.branch, chat_id, user_id, "連携", (_notice(chat),), chat.now)
        return ""


def _notice(chat: Talk) -> Card:
    lines = (
        f"{minute_in_words(chat.now)}に、別のLINEのトークが、あなたと同じ方と連携しました。",
        "ご自身の別のスマートフォンなら、何もしなくてかまいません。",
    )
    return Card("連携のお知らせ", lines, (disown.opener(), MENU), tone="warn")
