"""紙クーポンの受付: the desk's queue of requests, each confirmed, asked back or declined by one person (R-SAI-32)."""

from collections.abc import Mapping

from bot import MENU, Card, Choose, Done, Fact, Opener, Option, Skip, Type
from handlers.own_words import own_words
from handlers.paper import SUBJECT, asked_back_card, confirmed_card, declined_card
from handlers.staff.desk_person import named
from handlers.staff.lists import MOST_SHOWN
from handlers.staff.paper_posting import staff_posting
from handlers.staff.person import me
from handlers.staff.telling import tell_member
from handlers.world import Talk, TalkFlow
from models import paper as requests
from models.audit import record
from models.base import Refusal
from models.coupon_terms import CouponTerms
from models.days import day_of, in_words, minute_in_words
from models.member import Holder, holder
from models.paper import BY_EMPLOYMENT, MOST_LETTERS, PaperTerms, Request
from models.paper_confirming import confirm, on_paper
from models.paper_posting import unposted
from models.terms import Dated

staff_paper = TalkFlow(
    "staff_paper",
    title="紙クーポンの受付",
    opens_with=("紙クーポン受付",),
    only_for=("desk",),
)


@staff_paper.step
def which(chat: Talk) -> Choose | Done:
    """The requests that wait for the desk, the longest first; then those whose member has not answered."""
    found = requests.waiting(chat.db, chat.branch)
    asked = requests.waiting(chat.db, chat.branch, ("questioned",))
    post = unposted(chat.db, chat.branch)
    facts = (Fact("答え待ち", f"{len(asked)}件"), Fact("郵送待ち", f"{post}件"))
    if not (found or asked):
        lines = ("確認待ちの申請はありません。", *facts)
        return Done((Card("紙クーポンの受付", lines, (staff_posting.opener(), MENU)),))
    choices = {
        str(one.id): Option(named(holder(chat.db, one.person_id)), _since(one))
        for one in (*found, *asked)[:MOST_SHOWN]
    }
    card = Card("紙クーポンの受付", (Fact("確認待ち", f"{len(found)}件"), *facts))
    return Choose("どの申請を確認しますか？", card, choices=choices, ways=(staff_posting.opener(),))


@staff_paper.step
def decision(chat: Talk) -> Choose | Done:
    """What the desk has to judge by; nothing has happened yet."""
    found = _open(chat)
    if found is None:
        return Done((_no_longer(chat),))
    one = holder(chat.db, found.person_id)
    seen = found.digest()  # what is decided here is decided on this, and on nothing else
    choices = {
        f"confirm-{seen}": "確認する（紙に切り替える）",
        f"ask-{seen}": "会員に聞き返す",
        f"decline-{seen}": "受け付けない",
    }
    return Choose("どうしますか？", Card("申請の内容", _facts(chat, found, one)), choices=choices)


@staff_paper.step
def words(chat: Talk) -> Type | Skip:
    """The question for the member, or the reason why not."""
    decision, _ = _decided(chat)
    if decision == "confirm":
        return Skip(["", ""])
    text, title = {
        "ask": ("会員に聞きたいことを書いてください。", "聞き返す"),
        "decline": ("受け付けない理由を、会員に伝わる言葉で書いてください。", "受け付けない"),
    }[decision]
    card = Card(title, ("このまま会員に届きます。病名や番号は書かないでください。",))
    return Type(f"{text}（{MOST_LETTERS}文字まで）", card, read=own_words(chat, MOST_LETTERS))


@staff_paper.step
def certain(chat: Talk) -> Choose | Done:
    """Once more, exactly what the yes will do."""
    (decision, seen), found = _decided(chat), _open(chat)
    if found is None:
        return Done((_no_longer(chat),))
    if found.digest() != seen:
        return Done((_changed(chat, found),))
    one = holder(chat.db, found.person_id)
    facts = (Fact("お名前", named(one)),)
    match decision:
        case "confirm":
            title, line = (
                (
                    "紙クーポンを送りますか？",
                    "この方に電子クーポンはありません。本人に知らせます。元に戻せません。",
                )
                if found.reason == BY_EMPLOYMENT
                else (
                    "紙に切り替えますか？",
                    "電子クーポンはすべて使えなくなり、本人に知らせます。元に戻せません。",
                )
            )
            card = Card(title, (*facts, *_on_paper(chat, one), line), tone="warn")
        case "ask":
            card = Card("聞き返しますか？", (*facts, f"「{chat['words'][0]}」"))
        case _:
            card = Card("受け付けないと知らせますか？", (*facts, f"理由：{chat['words'][0]}"), tone="warn")
    return Choose("よろしいですか？", card, choices={"yes": "はい", "no": "いいえ"}, by_hand=True)


@staff_paper.step
def settled(chat: Talk) -> Done:
    """Does it, tells the member, and writes it down."""
    again = staff_paper.opener("ほかの申請を見る")
    if chat["certain"] == "no":
        return Done((Card("何もしていません", ("申請はそのままです。",), (again, MENU)),))
    told = _act(chat, int(chat["which"]))
    words = {"confirm": "紙に切り替えました", "ask": "聞き返しました", "decline": "受付を終わりました"}
    line = "本人のトークに知らせました。" if told else "本人のトークがないため、知らせていません。"
    decision, _ = _decided(chat)
    return Done((Card(words[decision], (line,), (again, staff_posting.opener(), MENU), tone="good"),))


@staff_paper.refused("settled")
def not_settled(chat: Talk, refusal: Refusal) -> Card:
    """The member or another of the desk was quicker."""
    see = (_see(chat),) if refusal.code == "changed" else ()
    ways = (*see, staff_paper.opener("ほかの申請を見る"), MENU)
    return Card("処理できませんでした", (refusal.text,), ways, tone="warn")


def _act(chat: Talk, request_id: int) -> int:
    """Settles the request; answers to how many chats it was told."""
    one, text = me(chat), chat["words"][0]
    decision, seen = _decided(chat)
    found = requests.take(chat.db, chat.branch, request_id, seen)
    only_paper = found.reason == BY_EMPLOYMENT
    match decision:
        case "confirm":
            coupons, paper = _terms(chat)
            left = confirm(chat.db, chat.branch, coupons, paper, request_id, by=one.id, now=chat.now)
            card = confirmed_card(_numbers(chat, left), minute_in_words(chat.now), only_paper=only_paper)
            after: dict[str, object] = {"state": "confirmed", "coupons": dict(left)}
        case "ask":
            requests.ask_back(chat.db, chat.branch, request_id, text, chat.now)
            card, after = asked_back_card(found.person_id, text), {"state": "questioned"}
        case _:
            requests.decline(chat.db, chat.branch, request_id, one.id, chat.now)
            card, after = declined_card(text, only_paper=only_paper), {"state": "declined"}
    told = tell_member(chat.db, chat.branch, found.person_id, SUBJECT, card, chat.now)
    before, act, about = {"state": found.state}, f"paper.{decision}", f"paper:{request_id}"
    record(chat.db, chat.branch, one.who, act, about, chat.now, before=before, after=after)
    return told


def _decided(chat: Talk) -> tuple[str, str]:
    """What is to be done, and the print of what that was decided on."""
    decision, _, seen = chat["decision"].partition("-")
    return decision, seen


def _since(one: Request) -> str:
    unanswered = "（質問への答え待ち）" if one.state == "questioned" else ""
    return f"{in_words(day_of(one.asked_at))}の申請{unanswered}"


def _open(chat: Talk) -> Request | None:
    found = requests.request(chat.db, chat.branch, int(chat["which"]))
    return found if found and found.state in requests.OPEN else None


def _no_longer(chat: Talk) -> Card:
    found = requests.request(chat.db, chat.branch, int(chat["which"]))
    state = requests.STATES[found.state] if found else "見つかりません"
    text = f"この申請は、すでに「{state}」です。何も変えていません。"
    return Card("確認できません", (text,), (staff_paper.opener("ほかの申請を見る"), MENU), tone="warn")


def _changed(chat: Talk, found: Request) -> Card:
    """Somebody else has done something with it since it was shown: what it is now, and the way to it."""
    text = "表示したあとで、この申請が変わりました。何もしていません。今の内容をご確認ください。"
    facts = _facts(chat, found, holder(chat.db, found.person_id))
    ways = (_see(chat), staff_paper.opener("ほかの申請を見る"), MENU)
    return Card("申請が変わりました", (text, *facts), ways, tone="warn")


def _see(chat: Talk) -> Opener:
    return staff_paper.opener("この申請を開く", which=chat["which"])


def _facts(chat: Talk, found: Request, one: Holder | None) -> tuple[Fact, ...]:
    period = one.latest if one else None
    terms = _terms(chat)[1].get(chat.today)
    reasons = {**(terms.reasons if terms else {}), BY_EMPLOYMENT: "任用の区分（20時間未満の再任用）"}
    told = (
        ("事情", reasons.get(found.reason, found.reason)),
        ("本人の言葉", found.words),
        ("聞いたこと", found.question),
        ("本人の答え", found.answer),
        ("申請", minute_in_words(found.asked_at)),
    )
    return (
        Fact("お名前", named(one)),
        Fact("状況", requests.STATES[found.state]),
        Fact("所属所", (period.workplace if period else None) or "登録なし"),
        *(Fact(label, value) for label, value in told if value),
        *_on_paper(chat, one),
    )


def _on_paper(chat: Talk, one: Holder | None) -> tuple[Fact, ...]:
    """How many would go out on paper now."""
    coupons, paper = _terms(chat)
    terms = paper.get(chat.today)
    left = on_paper(chat.db, coupons, terms, one, chat.now) if one and terms else {}
    return _numbers(chat, left) or (Fact("紙にする分", "登録では0枚です"),)


def _numbers(chat: Talk, left: Mapping[str, int]) -> tuple[Fact, ...]:
    products = _terms(chat)[0].on(chat.today).products
    return tuple(Fact(products[name].name, f"{count}枚") for name, count in left.items())


def _terms(chat: Talk) -> tuple[Dated[CouponTerms], Dated[PaperTerms]]:
    branch = chat.world.branch
    assert branch.coupons is not None
    assert branch.paper is not None  # this flow is only in the list of branches that have both
    return branch.coupons, branch.paper
