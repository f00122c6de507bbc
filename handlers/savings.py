"""福祉貯金: for a day and an intention the deadline, the posting day and the day of the money (R-AIC-56)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot import (
    MENU,
    Answer,
    Button,
    Card,
    Choose,
    Done,
    Fact,
    Given,
    Opener,
    Option,
    PickDate,
    Unfit,
    asks_to_be_told,
    is_an_order,
    loose,
)
from handlers.world import Talk, TalkFlow, call, desk_card
from models.days import day_end, in_full, in_words
from models.desk import posting_day
from models.savings import Filing, Intention, SavingsTerms, filing
from models.terms import Dated, NoTerms

SUBJECT = "福祉貯金"
_NAMED = re.compile("貯金|積み?立て?")
_MORE = re.compile("全部|全額|ぜんぶ|すべて|用紙|請求書|書類|届|紙|残高|いくら|臨時|自動|確かめ|確認")
FORWARD = timedelta(days=365)
NOT_WHEN_SENT = "出した日ではなく、これから書類が窓口に着く日で調べます。"
WHEN_IT_ARRIVES = "着く見込みの日を「5月10日」のように送ってください。"
_SENT = re.compile(
    r"(?:はい|もう|すでに|既に|さっき)*(?:(?:書類|用紙|請求書|変更届|申込書|届)[はをも]?)?(?:もう|すでに|既に)?"
    r"(?:提出|郵送|投函)?(?:し|出し|だし|送り|送っ)(?:てあ(?:る|ります)|てい?(?:る|ます)|(?:まし)?た)(?:よ|けど|が)?"
)
AMOUNT = "savings.amount.change"  # the topic that says how the amount is changed
# Of each intention the title, and the topic that says how.
INTENTIONS: dict[Intention, tuple[str, str]] = {
    "withdrawal": ("一部を引き出すとき", "savings.withdraw.how"),
    "cancellation": ("解約するとき", "savings.cancel.how"),
    "entry": ("新しく始めるとき", "savings.member.who"),
    "change": ("中断・復活・氏名の変更のとき", "savings.pause.change"),
}
# Each with the stems of what members call it otherwise.
CHOICES = {
    "withdrawal": Option(
        "一部を引き出す",
        "一部払出・払戻し",
        (
            *("引き出", "引出", "ひき出", "ひきだ", "おろし", "おろす"),
            *("下ろ", "降ろ", "払い戻", "払戻", "払い出", "払出"),
        ),
    ),
    "cancellation": Option(
        "解約する", "転出・退職のときも", ("解約", "かいやく", "貯金をやめ", "退職", "転出")
    ),
    "entry": Option(
        "新しく始める", "加入の申込み", ("新しく", "始めた", "始める", "始めます", "加入", "入りた", "新規")
    ),
    "change": Option(
        "中断・復活・氏名の変更",
        "変更届",
        (
            *("中断", "復活", "再開", "休止", "積立を止め", "積立を休"),
            *("氏名", "名前", "名字", "苗字", "改姓"),
        ),
    ),
    "amount": Option(
        "毎月の積立額を変える",
        "年に2回",
        ("額を", "積立額", "月額", "額の変更", "増やし", "増やす", "増額", "減額", "減らし", "減らす"),
    ),
}
WHO = ("加入できる人", "faq", (("topic", "savings.member.who"),))
INTENTION = Choose("どの手続きですか？", Card("福祉貯金の日を調べる"), choices=CHOICES)


def _heard(text: str) -> dict[str, str] | None:
    """What an order that names the savings wants with them, where it is one thing and neither all of them nor a paper."""
    said = loose(text)
    if not _NAMED.search(said) or _MORE.search(said) or not is_an_order(text) or asks_to_be_told(text):
        return None
    meant = [value for value, option in CHOICES.items() if any(stem in said for stem in option.also)]
    return {"intention": meant[0]} if len(meant) == 1 else None


savings = TalkFlow(
    "savings",
    title="福祉貯金の日を調べる",
    opens_with=(
        "福祉貯金の締切を調べる",
        "福祉貯金の締切を調べたい",
        "福祉貯金の送金日を調べる",
        "福祉貯金の送金日を調べたい",
        "貯金の日を調べる",
        "貯金の締切を調べる",
    ),
    subject=SUBJECT,
    resumable=False,
    hears=_heard,
)


@dataclass(frozen=True)
class FilingDay(PickDate):
    """A day by the picker or typed, and today by a button."""

    too_early: str = NOT_WHEN_SENT

    def exact(self, given: Given) -> str:
        if given.kind == "text" and _SENT.fullmatch(loose(given.value)):
            raise Unfit(NOT_WHEN_SENT + WHEN_IT_ARRIVES)
        return super().exact(given)

    def answers(self) -> tuple[Button, ...]:
        today = Answer(f"今日（{in_words(self.first)}）", self.first.isoformat())
        return (today, *super().answers())


@savings.step
def intention(chat: Talk) -> Choose:
    """What is to be done with the savings."""
    return INTENTION


@savings.step
def day(chat: Talk) -> FilingDay | Done:
    """On which day the paper arrives; the amount is changed twice a year, whatever the day."""
    if chat["intention"] == "amount":
        return Done((_amount_card(chat),), about=AMOUNT)
    first = max(chat.today, dated(chat).blocks[0].since)
    text = "書類が窓口に着く日はいつですか？「5月10日」のように送ってもかまいません。"
    card, who = Card("書類が届く日", _for_entry(chat, first)), Opener(*WHO)
    ways = (who,) if chat["intention"] == "entry" else ()
    return FilingDay(
        text, card, ways=ways, first=first, last=chat.today + FORWARD, today=chat.today, initial=first
    )


@savings.step
def found(chat: Talk) -> Done:
    """The deadline that the day meets, and what follows."""
    on = date.fromisoformat(chat["day"])
    intention: Intention = chat["intention"]
    try:
        one = filing(dated(chat), intention, on)
    except NoTerms:
        return Done((not_out(chat),))
    limit = (
        (Opener("積立が止まるか確かめる", "savings_limit", (("day", chat["day"]),)),)
        if chat["intention"] == "withdrawal"
        else ()
    )
    title, topic = INTENTIONS[intention]
    more, again = Opener("詳しく", "faq", (("topic", topic),)), Opener("ほかの日を調べる", "savings")
    sent = f"{in_words(on, chat.today)}に届いた場合です。締切と送金日は、土日・休日に当たると前後に動きます。"
    lines: tuple[str | Fact, ...] = (*_filing_facts(chat, one), *_entry_words(chat), sent)
    return Done((Card(title, lines, (*limit, more, again, MENU)),), about=topic)


def dated(chat: Talk) -> Dated[SavingsTerms]:
    """The savings' terms; these talks are only in the list of a branch that has some."""
    terms = chat.world.branch.savings
    assert terms is not None
    return terms


def not_out(chat: Talk) -> Card:
    return desk_card(chat, "日程はまだ出ていません", "この日の福祉貯金の決まりは、まだ登録されていません。")


def _filing_facts(chat: Talk, one: Filing) -> tuple[Fact, ...]:
    paid = (Fact("送金日", in_full(one.remitted)),) if one.remitted else ()
    starts = (Fact("いつから", f"{one.starts.year}年{one.starts.month}月から"),) if one.starts else ()
    return (
        Fact("締切", f"{in_full(one.deadline)}必着"),
        *_post(chat, one.deadline),
        *paid,
        *starts,
        Fact("書類", one.form),
    )


def _post(chat: Talk, deadline: date) -> tuple[Fact, ...]:
    desks = chat.world.branch.desks
    last = posting_day(desks.nearest(chat.today), deadline)
    if last is None:
        return ()
    if chat.now >= day_end(last):
        return (Fact("郵送", "間に合わないおそれがあります"),)
    return (Fact("郵送", f"{in_words(last, chat.today)}までに投函"),)


def _for_entry(chat: Talk, on: date) -> tuple[str | Fact, ...]:
    """What who wants to enter needs to know before any day: the form, and that not everybody may."""
    if chat["intention"] != "entry":
        return ()
    return (Fact("書類", dated(chat).on(on).entry.form), *_entry_words(chat))


def _entry_words(chat: Talk) -> tuple[str, ...]:
    if chat["intention"] != "entry":
        return ()
    return ("お勤めの区分によっては、加入できません。",)


def _amount_card(chat: Talk) -> Card:
    """The two seasons, in the guide's own kind of date."""
    try:
        seasons = dated(chat).on(max(chat.today, dated(chat).blocks[0].since)).amount_change
    except NoTerms:
        return not_out(chat)
    lines = (
        Fact(seasons.summer.applies, f"{seasons.summer.closes.text}まで"),
        Fact(seasons.winter.applies, f"{seasons.winter.closes.text}まで"),
        Fact("書類", seasons.form),
        "締切の日は、そのつど別の通知で知らされます。",
    )
    more = Opener("詳しく", "faq", (("topic", AMOUNT),))
    return Card(
        "毎月の積立額を変えるとき", lines, (more, Opener("ほかの日を調べる", "savings"), *call(chat), MENU)
    )
