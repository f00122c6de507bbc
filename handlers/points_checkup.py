"""Registering one's own checkup: the values on our page, beside their standard ranges here (R-KAG-10…12)."""

import re
from collections.abc import Iterator
from typing import Literal

from bot import MENU, Card, Choose, Done, Fact, GoTo, Link, Skip
from handlers.fill_in import FillIn, fill_in
from handlers.points_person import SUBJECT, amount, member, person, refused, sample_words, terms, to
from handlers.world import Talk, TalkFlow, call, desk_lines
from models.base import Refusal
from models.checkups import KINDS, Judged, comes_from_association, judge, register, settled_already
from models.days import in_words
from models.point_pages import filled_in, new_page, take
from models.points import at_rest_when_granted, terms_on, why_not

ITEMS = (
    r"bmi|腹囲|ウエスト|お?腹回り|血圧|収縮期|拡張期|[上下]|[hl]dl|(?:善玉|悪玉)?コレステロール|[hl]dlコレステロール|中性脂肪"
    r"|(?:空腹時)?血糖値?|hba1c|ヘモグロビンa1c|ast|alt|got|gpt|γ?-?gtp?|ガンマ-?gtp|尿酸値?|クレアチニン|egfr|体重|身長"
)
VALUES = re.compile(  # BMIは22です, 血圧上が150, 腹囲85cm、中性脂肪120でした
    rf"(?:(?:(?:{ITEMS})[はがの:]?)+(?:数値|値)?[はがも:]?[\d.]+(?:(?:/|の|と|-)[\d.]+)?(?:kg|cm|mmhg|mg/dl|%|点)?"
    r"(?:です|でした|だった|やった|でして|とのこと|と書いてあ(?:る|ります)|と出ました|ありました)?[でとや、。,]*)+"
)
NOT_HERE = "健診の値は、下のボタンのページに入れてください（トークに書かれた値は登録していません）。"

checkup = TalkFlow(
    "checkup",
    title="健診結果を登録する",
    opens_with=(
        "健診結果を登録したい",
        "健康診断の結果を登録したい",
        "健康診断の結果を入力したい",
        "健診の結果を登録したい",
        "健診結果を入れたい",
        "健診の結果を入力したい",
        "結果を登録したい",
        "結果を入力したい",
        "人間ドックの結果を登録したい",
        "健診結果を入力したい",
        "健診の結果を入れたい",
        "健診結果登録",
    ),
    subject=SUBJECT,
)

checkup.step(person)


@checkup.step
def kind(chat: Talk) -> Choose | Done:
    """Which checkup; those whose results the association sends are told so."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((refused(chat, reason, to("points", "残高", one)),))
    if comes_from_association(terms(chat), one, chat.today):
        return Done((_by_association(chat),), ways=(to("earn", "ほかの方法でためる", one), MENU))
    if settled := settled_already(chat.db, terms(chat), one, chat.today):
        return Done((_registered_already(chat, settled),), ways=(to("earn", "ほかの方法でためる", one), MENU))
    text = "どの健診の結果ですか？ ポイントは、年度の中で先に登録した1回だけに付きます。"
    choices = {key: name for key, name in KINDS.items() if key != "specific"}
    return Choose(text, Card("健診結果を登録する"), choices=choices)


@checkup.step
def page(chat: Talk) -> Skip:
    """A page of its own for the values."""
    return Skip(new_page(chat.db, chat.id, int(chat["person"]), "checkup", chat.now, chat["kind"]))


@checkup.step
def values(chat: Talk) -> FillIn:
    """The values are filled in on the page; whatever is said afterwards goes on."""
    address = f"{chat.world.public_url}/checkup/{chat['page']}"
    lines = (
        "下のボタンで開くページに、結果の紙の数字を入れてください。分かる項目だけでかまいません。",
        "ページは30分間、一度だけ使えます。",
    )
    waiting = FillIn(
        "",
        Card(KINDS[chat["kind"]], lines, (Link("結果を入力する", address),)),
        instead=_on_the_page,
    )
    return fill_in(chat, "checkup", "結果の入力", waiting)


@checkup.step
def confirm(chat: Talk) -> Choose | GoTo[Literal["page"]]:
    """Each value beside its range, before it counts."""
    if chat["values"] == "over" or not filled_in(chat.db, chat["page"], chat.id):
        return GoTo("page")
    judged = judge(terms(chat), member(chat), chat.today, _values(chat))
    facts = tuple(Fact(one.range.name, _in_words(chat, one)) for one in judged)
    text = "この内容で登録しますか？ 登録すると、年度のうちは変えられません。"
    choices = {"yes": "登録する", "again": "入れ直す"}
    small = sample_words(terms(chat), chat.today)
    card = Card(KINDS[chat["kind"]], facts, small=f"（ ）は基準値です。{small}")
    return Choose(text, card, choices=choices, by_hand=True)


@checkup.step
def registered(chat: Talk) -> Done | GoTo[Literal["page"]]:
    """Kept, with its points and the day they come; or why there are none."""
    if chat["confirm"] == "again":
        return GoTo("page")
    one = member(chat)
    settled = register(chat.db, terms(chat), one, chat["kind"], _values(chat), chat.now)
    take(chat.db, chat["page"])
    rest = at_rest_when_granted(terms(chat), one, settled.granted_on) if settled.points else ""
    lines = (
        *_told(settled.points, settled.note, settled.judged, in_words(settled.granted_on, chat.today)),
        *((rest,) if rest else ()),
    )
    buttons = (to("points", "残高", one), to("earn", "ほかの方法でためる", one), MENU)
    return Done((Card("登録しました", lines, buttons, tone="good"),))


@checkup.refused("registered")
def not_registered(chat: Talk, refusal: Refusal) -> Card:
    """This year's has been registered meanwhile, or the values are none that anybody has."""
    return refused(chat, refusal.text, to("points", "残高", member(chat)), title="登録できませんでした")


def _on_the_page(text: str) -> str:
    """What is said of values that are typed here."""
    return NOT_HERE if VALUES.fullmatch(text.lower().replace(" ", "")) else ""


def _values(chat: Talk) -> dict[str, float]:
    filled = filled_in(chat.db, chat["page"], chat.id)
    return {item: float(value) for item, value in filled.items()}


def _in_words(chat: Talk, one: Judged) -> str:
    sex = member(chat).latest.sex
    mark = "○" if one.is_within else "－"
    return f"{mark} {one.value:g}（{one.range.in_words(sex)}）"


def _told(points: int, note: str, judged: tuple[Judged, ...], day: str) -> Iterator[str]:
    within = sum(one.is_within for one in judged)
    yield f"{len(judged)}項目のうち{within}項目が基準値の中です。"
    sample = any(one.range.sample for one in judged)
    yield note or (
        f"{day}に{amount(points, sample=sample)}が付きます（年度に1回）。"
        if points
        else "基準値の中の項目がないため、ポイントは付きません（年度に1回）。"
    )


def _registered_already(chat: Talk, settled: str) -> Card:
    """Said before anything is filled in for nothing."""
    lines = (settled, "値の間違いに気づいたときは、窓口にお知らせください。", *desk_lines(chat))
    return Card("今年度の健診結果は登録済みです", lines, call(chat))


def _by_association(chat: Talk) -> Card:
    limits = terms_on(terms(chat), chat.today).checkup
    days = terms(chat).grants_on(chat.today)
    assert limits is not None
    assert days is not None
    lines = (
        f"年度の終わりに{limits.collected_from_age}歳以上の方の結果は、共済組合に届いたデータで登録します。ご自身の登録はいりません。",
        f"登録から{days.checkup_days}日後にポイントが付きます（年度に1回）。届くまで時間がかかることがあります。",
        "個別に受けた健診の結果は、届かないことがあります。お電話でお確かめください。",
        *desk_lines(chat),
    )
    return Card("健診結果は組合から届きます", lines, call(chat), tone="plain")
