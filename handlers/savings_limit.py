"""Whether the monthly deposit will stop by itself at the limit, with or without a withdrawal (R-AIC-57, AMB-A13)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot import MENU, Button, Card, Done, Fact, Given, Half, Opener, Retry, Type, Unfit, loose
from handlers.savings import FORWARD, SUBJECT, FilingDay, dated, not_out
from handlers.world import Talk, TalkFlow
from models.days import add_months, in_words, month_in_words
from models.savings import Outlook, filing, outlook_after
from models.yen import lacks_a_unit, read_yen

savings_limit = TalkFlow(
    "savings_limit",
    title="積立が止まるか確かめる",
    opens_with=(
        "自動中断を確かめる",
        "自動中断を確かめたい",
        "積立が止まるか確かめたい",
        "積立が止まるか調べる",
        "積立が止まるか調べたい",
    ),
    subject=SUBJECT,
    resumable=False,
)
NOT_READ = "金額を読み取れませんでした。「785万円」や「7850000」のように送ってください。"
WITH_NUMBER = "数字と続けて、「10万円」のように送ってください。"
_UNIT_ALONE = re.compile(r"(?:はい)?[、。]*(?:万円?|円|えん|まんえん)?(?:です)?[。]*")
_NOTHING = re.compile(
    r"(?:何も|お金は|今回は|貯金は|特に)*(?:引き?出|ひきだ|下ろ|おろ)(?:さない|しません|さん|さへん|す(?:予定|つもり)は?(?:ない|ありません))(?:です|よ)*"
    r"|(?:な|無)し(?:です)?|(?:引き出しは)?(?:ない|ありません)(?:です)?"
)
_WHAT_IF = re.compile(r"(?:を|だけ)?(?:引き?出|ひきだ|下ろ|おろ)(?:し|す|そう).*$")  # 100万おろしたらどうなる
WHICH_UNIT = "「{0}」は、{0}万円ですか、{0}円ですか？「万円」か「円」を付けて送ってください。"


@dataclass(frozen=True)
class DrawingDay(FilingDay):
    """The day of the paper; when nothing is drawn, today."""

    def exact(self, given: Given) -> str:
        if given.kind == "text" and _NOTHING.fullmatch(loose(given.value)):
            return self.first.isoformat()
        return super().exact(given)


@savings_limit.step
def day(chat: Talk) -> DrawingDay:
    """On which day the paper for the withdrawal arrives."""
    first = max(chat.today, dated(chat).blocks[0].since)
    text = "引き出しの書類が窓口に着く日はいつですか？引き出さないときは、今日を選んでください。"
    return DrawingDay(
        text,
        Card("積立が止まるか確かめる"),
        first=first,
        last=chat.today + FORWARD,
        today=chat.today,
        initial=first,
    )


@savings_limit.step
def balance(chat: Talk) -> Type:
    """The balance at the end of the month before."""
    month = _month_before(chat)
    text = f"{month}末の残高はいくらですか？（例：785万円）"
    return Type(text, Card("前の月末の残高"), read=_amount)


@savings_limit.step
def monthly(chat: Talk) -> Type:
    """The monthly deposit; more than the limit is asked once more."""
    terms = dated(chat).nearest(date.fromisoformat(chat["day"]))

    def read(text: str) -> int:
        amount = _amount(text)
        if amount > terms.monthly_limit:
            raise Unfit(
                f"毎月の積立は{terms.monthly_limit_shown}までです。前の月末の残高を直すときは「戻る」を押してください。"
            )
        return amount

    return Type("毎月の積立額はいくらですか？（例：10万円）", Card("毎月の積立額"), read=read)


@savings_limit.step
def withdrawn(chat: Talk) -> Type:
    """What is to be paid out, no more than there is; nothing is an answer too."""
    there = chat["balance"] + chat["monthly"]

    def read(text: str) -> int:
        amount = 0 if _NOTHING.fullmatch(loose(text)) else _amount(_WHAT_IF.sub("", text))
        if amount > there:
            raise Unfit(f"引き出す額が、残高と積立額を合わせた{_yen(there)}より多くなっています。")
        return amount

    text = "いくら引き出しますか？引き出さないときは「0」と送ってください。（例：100万円）"
    return Type(text, Card("引き出す額"), read=read)


@savings_limit.step
def outcome(chat: Talk) -> Done:
    """The first deposit that stops, or that the next one goes on, with the balance it is added to."""
    on = date.fromisoformat(chat["day"])
    terms = dated(chat).get(on)
    if terms is None:
        return Done((not_out(chat),))
    end = outlook_after(dated(chat), chat["balance"], chat["monthly"], on, chat["withdrawn"])
    card = Card(
        _title(end, chat.today),
        (
            Fact("うかがった額", _told(chat)),
            *_money(chat, on, end),
            Fact(f"{month_in_words(add_months(end.month, -1), chat.today)}末の残高", _yen(end.balance)),
            Fact(f"{month_in_words(end.month, chat.today)}分を足すと", _yen(end.balance + chat["monthly"])),
            f"限度額は、利息を含めて{terms.limit_shown}です。{_why(end)}",
        ),
        _buttons(chat, end),
        tone="warn" if end.stops else "good",
        small=f"利息（{'・'.join(terms.interest_days.values())}）は計算に入っていません。",
    )
    return Done((card,))


def _title(end: Outlook, today: date) -> str:
    month = month_in_words(end.month, today)
    return f"{month}分から止まります" if end.stops else f"{month}分も続きます"


def _why(end: Outlook) -> str:
    if end.stops:
        return "これをこえるため、積立は自動で止まります。自動では戻らないので、再開するときは変更届（復活）を出してください。"
    return "これをこえないため、積立はそのまま続きます。"


def _told(chat: Talk) -> str:
    """The amounts as they were understood."""
    return f"{_month_before(chat)}末の残高 {_yen(chat['balance'])}\n毎月の積立 {_yen(chat['monthly'])}"


def _month_before(chat: Talk) -> str:
    return month_in_words(date.fromisoformat(chat["day"]).replace(day=1) - timedelta(days=1), chat.today)


def _money(chat: Talk, on: date, end: Outlook) -> tuple[Fact, ...]:
    if not chat["withdrawn"]:
        return ()
    remitted = filing(dated(chat), "withdrawal", on).remitted
    assert remitted is not None
    late = "" if remitted < end.month else f"（{month_in_words(end.month, chat.today)}分に間に合いません）"
    return (
        Fact(
            "引き出し",
            f"{_yen(chat['withdrawn'])}\n{in_words(on, chat.today)}に届くと、{in_words(remitted, chat.today)}送金{late}",
        ),
    )


def _buttons(chat: Talk, end: Outlook) -> tuple[Button, ...]:
    topic = "savings.restart.how" if end.stops else "savings.limit.count"
    so_far = {"day": chat["day"], "balance": f"{chat['balance']}円", "monthly": f"{chat['monthly']}円"}
    return (
        Opener("詳しく", "faq", (("topic", topic),)),
        savings_limit.opener("引き出す額を変える", **so_far),
        Opener("別の金額で確かめる", "savings_limit"),
        Opener("福祉貯金の日を調べる", "savings"),
        MENU,
    )


def _amount(text: str) -> int:
    if loose(text) and _UNIT_ALONE.fullmatch(loose(text)):
        raise Unfit(WITH_NUMBER)
    if lacks_a_unit(text):
        raise Half(WHICH_UNIT.format(read_yen(text)), f"{read_yen(text)}")
    amount = read_yen(text)
    if amount is None:
        raise Retry(NOT_READ)
    return amount


def _yen(amount: int) -> str:
    return f"{amount:,}円"
