"""紙クーポン: asking for paper coupons, answering what the desk asks back, taking a request back (R-SAI-32, AMB-S12, S16)."""

from typing import Literal

from bot import MENU, Button, Card, Choose, Detour, Done, Fact, Opener, Option, Skip, Text, Type
from handlers.own_words import own_words
from handlers.whose import whose
from handlers.world import Talk, TalkFlow, call, chosen_holder, desk_card, desk_lines, holders
from models import paper as requests
from models.base import Refusal
from models.days import fiscal_year, minute_in_words
from models.member import Holder
from models.paper import BY_EMPLOYMENT, MOST_LETTERS, STATES, PaperTerms, Request, by_employment, why_not
from models.terms import known_on

SUBJECT = "クーポン"
ALSO = {
    "no_device": (
        "スマホを持っていない",
        "スマホ持ってない",
        "スマホ持っとらん",
        "スマホがない",
        "スマホない",
        "ガラケー",
    ),
    "sight": (
        *(
            "目が悪",
            "目が不自由",
            "老眼",
            "視力",
            "字が",
            "見えない",
            "見えません",
            "見えへん",
            "見えん",
        ),
        *("見えにく", "見えづら", "見づら", "見にく"),
    ),
}
AFTER_ELECTRONIC = (
    "電子クーポンは使えません。",
    "届かないときや電子に戻したいときは、窓口へお電話ください。",
)
WITHOUT_ELECTRONIC = ("届かないときは、窓口へお電話ください。",)
KEEP = "keep"
ELECTRONIC = Option("電子クーポンのまま使う", also=("電子", "でんし", "スマホで", "このまま"))
paper = TalkFlow(
    "paper", title="紙クーポンの手続き", opens_with=("紙クーポンの手続きをする",), subject=SUBJECT
)
paper_answer = TalkFlow("paper_answer", title="紙クーポンの質問に答える", subject=SUBJECT, resumable=False)
paper_cancel = TalkFlow(
    "paper_cancel",
    title="紙クーポンの申請を取り消す",
    opens_with=("紙クーポンの申請を取り消したい", "紙クーポンの申請をやめたい"),
    subject=SUBJECT,
    resumable=False,
)


@paper.step
@paper_answer.step
@paper_cancel.step
def person(chat: Talk) -> Choose | Skip | Detour[Literal["link"]]:
    """For whom: not asked when one member is linked; linking first when nobody is."""
    if not chat.people:
        return Detour(
            "link", (Text("紙クーポンの申請には、はじめに一度だけ「連携」（ご本人の確認）をします。"),)
        )
    members = [one for one in holders(chat) if one.latest.kind == "member"]
    return whose(chat, "どなたの紙クーポンですか？", "紙クーポン", among=members)


@paper.step
def reason(chat: Talk) -> Choose | Skip | Done:
    """Why: the document's own reasons; not asked of those whose employment gives them paper anyway."""
    one = chosen_holder(chat, chat["person"])
    if found := _standing(chat):
        return Done((_where_it_stands(chat, one, found),))
    terms = _terms(chat)
    if words := why_not(terms, one, chat.today):
        return Done((desk_card(chat, "申請できません", words),), refused="not_eligible")
    assert terms is not None
    if by_employment(terms, one, chat.today):
        return Skip(BY_EMPLOYMENT)
    text = "電子クーポンを使えない事情がある方だけが申請できます。当てはまるものをお選びください。"
    choices = {code: Option(label, also=ALSO.get(code, ())) for code, label in terms.reasons.items()}
    return Choose(text, Card("紙クーポンの申請"), choices={**choices, KEEP: ELECTRONIC})


@paper.step
def words(chat: Talk) -> Type | Skip | Done:
    """The reason in one's own words, where none of the named ones fits."""
    if chat["reason"] == KEEP:
        return _not_requested(chat)
    terms = _terms(chat)
    if terms is None or chat["reason"] != terms.own_words:
        return Skip(["", ""])
    text = f"どのような事情か、短く書いて送ってください（{MOST_LETTERS}文字まで）。病名は書かなくてかまいません。"
    may_be_empty = not terms.own_words_required
    known = {"person": chat["person"], "reason": chat["reason"], "words": "-"}
    without = (paper.opener("書かずに進む", **known),) if may_be_empty else ()
    return Type(
        text,
        Card("紙クーポンの申請"),
        read=own_words(chat, MOST_LETTERS, may_be_empty=may_be_empty),
        for_people=True,
        ways=without,
    )


@paper.step
def sure(chat: Talk) -> Choose:
    """What a yes means, before it is given."""
    one = chosen_holder(chat, chat["person"])
    period = one.latest
    facts = (
        Fact("お名前", f"{period.name}さん"),
        Fact("届け先", period.workplace or "登録がありません（窓口が確認します）"),
    )
    card = Card("申請の前にご確認ください", (*facts, *_what_changes(chat, one)), tone="warn")
    choices: dict[str, str | Option] = {
        "yes": "紙クーポンを申請する",
        "no": Option("申請しない", also=ELECTRONIC.also),
    }
    return Choose("この内容で申請しますか？", card, choices=choices, by_hand=True)


@paper.step
def requested(chat: Talk) -> Done:
    """The request stands; the desk confirms it."""
    if chat["sure"] == "no":
        return _not_requested(chat)
    one = chosen_holder(chat, chat["person"])
    text, message_id = chat["words"]
    requests.ask(
        chat.db,
        chat.branch,
        one,
        chat.today,
        reason=chat["reason"],
        words=text,
        message_id=message_id,
        now=chat.now,
    )
    until = () if chat["reason"] == BY_EMPLOYMENT else ("それまでは電子クーポンを使えます。",)
    lines = ("担当が内容を確認し、このトークでお知らせします。", *until)
    return Done((Card("申請を受け付けました", lines, (_cancel(one), MENU), tone="good"),), again=_see(one))


def _not_requested(chat: Talk) -> Done:
    still = "" if chat["reason"] == BY_EMPLOYMENT else "電子クーポンはこのまま使えます。"
    card = Card(
        "申請しませんでした", (f"申請していません。{still}",), (Opener("クーポンを見る", "coupons"), MENU)
    )
    return Done((card,))


@paper_answer.step
def answer(chat: Talk) -> Type | Done:
    """What the desk wants to know before it decides."""
    one, found = chosen_holder(chat, chat["person"]), _standing(chat)
    if found is None:
        text = "進んでいる申請はありません。"
        return Done((Card("紙クーポンの申請", (text,), (_begin(one), MENU)),))
    if found.state != "questioned":
        return Done((_where_it_stands(chat, one, found),))
    text = f"答えを書いて送ってください（{MOST_LETTERS}文字まで）。"
    return Type(
        text,
        Card("担当からの質問", (f"「{found.question}」",)),
        read=own_words(chat, MOST_LETTERS),
        for_people=True,
    )


@paper_answer.step
def answered(chat: Talk) -> Done:
    """The answer goes to the desk, the request waits for it again."""
    one, found = chosen_holder(chat, chat["person"]), _standing(chat)
    text, message_id = chat["answer"]
    requests.answer(chat.db, found.id if found else 0, one.id, text, message_id, chat.now)
    lines = ("担当に届きました。確認が終わったら、このトークでお知らせします。",)
    return Done((Card("答えを送りました", lines, (_cancel(one), MENU), tone="good"),), again=_see(one))


@paper_cancel.step
def certain(chat: Talk) -> Choose | Done:
    """Only as long as nobody has confirmed it."""
    one, found = chosen_holder(chat, chat["person"]), _standing(chat)
    if found is None:
        text = "取り消せる申請はありません。"
        return Done((Card("紙クーポンの申請", (text,), (_begin(one), MENU)),))
    if found.state == "confirmed":
        return Done((_where_it_stands(chat, one, found),))
    text, label = "取り消すと、電子クーポンをこのまま使えます。", "取り消して電子クーポンを使う"
    if found.reason == BY_EMPLOYMENT:
        text, label = "取り消すと、マイ リフレッシュの紙クーポンは届きません。", "申請を取り消す"
    choices = {"keep": "申請を続ける", "cancel": label}
    return Choose(text, Card("申請を取り消しますか？", _facts(found)), choices=choices, by_hand=True)


@paper_cancel.step
def taken_back(chat: Talk) -> Done:
    """The request is over; another one may be made."""
    one, found = chosen_holder(chat, chat["person"]), _standing(chat)
    if chat["certain"] == "keep":
        return Done((Card("取り消しませんでした", ("申請はそのままです。",), (_see(one), MENU)),))
    requests.cancel(chat.db, found.id if found else 0, one.id, chat.now)
    if found and found.reason == BY_EMPLOYMENT:
        lines, buttons = ("紙クーポンは届きません。また申請できます。",), (_begin(one), MENU)
    else:
        lines, buttons = ("電子クーポンをこのまま使えます。",), (Opener("クーポンを見る", "coupons"), MENU)
    return Done((Card("申請を取り消しました", lines, buttons, tone="good"),))


@paper.refused("requested")
@paper_answer.refused("answered")
@paper_cancel.refused("taken_back")
def not_done(chat: Talk, refusal: Refusal) -> Card:
    """Somebody was quicker: the request stands already, or has been seen to meanwhile."""
    return desk_card(chat, "お手続きできませんでした", refusal.text)


def _where_it_stands(chat: Talk, one: Holder, found: Request) -> Card:
    """The request that stands already: what happens next, and what can be done about it."""
    match found.state:
        case "questioned":
            lines = [f"担当からの質問：「{found.question}」"]
            buttons: tuple[Button, ...] = (_reply(one.id), _cancel(one), MENU)
        case "waiting":
            lines = ["担当が確認しています。終わったら、このトークでお知らせします。"]
            buttons = (_cancel(one), MENU)
        case _:
            lines = [
                "紙のクーポンは、順に所属所へ郵送します。",
                *(WITHOUT_ELECTRONIC if found.reason == BY_EMPLOYMENT else AFTER_ELECTRONIC),
                *desk_lines(chat),
            ]
            buttons = (*call(chat), MENU)
    told: tuple[str | Fact, ...] = (*_facts(found), *lines)
    return Card("紙クーポンの申請", told, buttons)


def _what_changes(chat: Talk, one: Holder) -> tuple[str, ...]:
    """What the yes brings, and what it takes away (AMB-S12)."""
    terms = _terms(chat)
    if terms and by_employment(terms, one, chat.today):
        return ("マイ リフレッシュのクーポンが、紙で所属所に届きます。",)
    return (
        "担当が確認した時から、電子クーポンはすべて（ドック・マイ リフレッシュ・歯科）使えなくなります。一部だけ残すことはできません。",
        "すでに使った分は、紙では届きません。",
    )


def _facts(found: Request) -> tuple[Fact, ...]:
    return Fact("状況", STATES[found.state]), Fact("申請", minute_in_words(found.asked_at))


def _standing(chat: Talk) -> Request | None:
    return requests.standing(chat.db, int(chat["person"]), fiscal_year(chat.today))


def _terms(chat: Talk) -> PaperTerms | None:
    return known_on(chat.world.branch.paper, chat.today)


def _begin(one: Holder) -> Opener:
    return paper.opener("紙クーポンを申請する", person=str(one.id))


def _see(one: Holder) -> Opener:
    return paper.opener("申請の状況を見る", person=str(one.id))


def _reply(person_id: int) -> Opener:
    return paper_answer.opener("質問に答える", person=str(person_id))


def _cancel(one: Holder) -> Opener:
    return paper_cancel.opener("申請を取り消す", person=str(one.id))


def confirmed_card(coupons: tuple[Fact, ...], since: str, *, only_paper: bool = False) -> Card:
    """What a member reads when their request has been confirmed; `only_paper`: who never had electronic coupons."""
    if only_paper:
        posted = f"{since}に確認が終わりました。マイ リフレッシュの紙クーポンを、順に所属所へ郵送します。"
        ways = (Opener("窓口に聞く", "desk"), MENU)
        return Card("紙クーポンをお送りします", (posted, *coupons), ways, tone="good")
    lines: tuple[str | Fact, ...] = (
        f"{since}に確認が終わりました。紙のクーポンを、順に所属所へ郵送します。",
        *coupons,
        "電子クーポンは、もう使えません。",
    )
    return Card("紙クーポンに切り替わりました", lines, (Opener("窓口に聞く", "desk"), MENU), tone="good")


def asked_back_card(person_id: int, question: str) -> Card:
    """What a member reads when the desk asks back."""
    lines = ("紙クーポンの申請について、担当から質問があります。", f"「{question}」")
    return Card("担当からの質問", lines, (_reply(person_id), MENU))


def asked_back(chat: Talk) -> tuple[Opener, ...]:
    """The ways to answer what the desk has asked of the people of this chat."""
    if not chat.world.branch.paper:
        return ()
    year = fiscal_year(chat.today)
    found = ((each, requests.standing(chat.db, each, year)) for each in chat.people)
    return tuple(_reply(each) for each, one in found if one and one.state == "questioned")


def declined_card(why: str, *, only_paper: bool = False) -> Card:
    """What a member reads when the desk cannot confirm a request."""
    lines = (
        "紙クーポンの申請を受け付けられませんでした。",
        f"理由：{why}",
        *(() if only_paper else ("電子クーポンはそのまま使えます。",)),
    )
    buttons = (Opener("クーポンを見る", "coupons"), Opener("窓口に聞く", "desk"), MENU)
    return Card("紙クーポンの申請について", lines, buttons, tone="warn")
