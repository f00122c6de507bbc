"""Whom a broadcast is for: conditions with and without, each asked for in its own way and counted at once."""

import re
from datetime import timedelta
from typing import Literal

from bot import Card, Choose, Fact, GoTo, Link, Option, PickDate, Retry, Skip, Type
from handlers.fill_in import FillIn
from handlers.staff.broadcast_parts import at_words, known_draft, stays
from handlers.staff.person import me
from handlers.world import Talk
from models import broadcast_drafts, broadcasts, segments
from models.base import Refusal
from models.broadcast_lists import SENT, list_of, new_page, open_page
from models.broadcasts import RUNNING
from models.conditions import (
    EMPLOYMENT_WORDS,
    SEXES,
    Aged,
    Condition,
    Employed,
    Listed,
    OfKind,
    OfSex,
    WorksAt,
)
from models.days import fiscal_start, fiscal_year
from models.programme_conditions import PROGRAMMES, CouponUnused, InProgramme, NotDoneYet, PointsExpiring
from models.segments import Segment
from models.terms import known_on

AHEAD = timedelta(days=366)
MOST = 10  # choices
LONGEST_PART = 40
PERSON = {
    "kind": "区分（組合員・配偶者など）",
    "age": "年齢",
    "sex": "性別",
    "employment": "任用",
    "workplace": "所属所",
}
AGES = re.compile(r"(\d{1,3})歳?(?:\s?[-~〜～ー−から]+\s?(\d{1,3})歳?(?:まで)?)?")
LIST_GONE = "番号のCSVは保存の期間が過ぎ、もうありません。はじめから選び直し、CSVをもう一度送ってください。"


def audience(chat: Talk) -> Choose | Skip:
    """The conditions so far, counted at once; one more, or that is all."""
    if stays(chat, "audience"):
        return Skip("done")
    one = known_draft(chat)
    words = one.segment.in_words(chat.world.branch)
    count = segments.count(chat.db, chat.world.branch, one.segment, chat.today)
    facts = (Fact("今の宛先", "、".join(words)), Fact("届く数", f"{count:,}件のトーク"))
    choices = {"done": "この宛先にする", **groups(chat), "reset": "はじめから選び直す"}
    if one.segment == Segment():
        del choices["reset"]
    gone = () if segments.stands(chat.db, one.segment) else (LIST_GONE,)
    card = Card("一斉配信（2 宛先）", (*facts, *gone))
    return Choose("条件を足すか、宛先を決めてください。", card, choices=choices)


def by(chat: Talk) -> Choose | Skip:
    """Which condition of a group; a message with all of them would not fit a phone."""
    match chat["audience"]:
        case "person":
            return Choose("何で選びますか？", Card("人の条件で選ぶ"), choices=PERSON)
        case "use":
            return Choose("何で選びますか？", Card("利用の条件で選ぶ"), choices=uses(chat))
    return Skip(chat["audience"])


def detail(chat: Talk) -> Choose | Type | PickDate | Skip:
    """The condition, more closely."""
    match chat["by"]:
        case "programme":
            return Choose("どの制度ですか？", Card("制度"), choices=_programmes(chat))
        case "kind":
            return Choose("どの区分ですか？", Card("区分"), choices=OfKind.WORDS)
        case "age":
            return Type("何歳から何歳までですか？（例：40-49）", Card("年齢"), read=_ages, as_it_is=True)
        case "sex":
            return Choose("どちらですか？", Card("性別"), choices=SEXES)
        case "employment":
            return Choose("どの任用ですか？", Card("任用"), choices=dict(EMPLOYMENT_WORDS))
        case "workplace":
            return Type(
                "所属所の名前（一部でも）を送ってください。",
                Card("所属所"),
                read=lambda given: _part(chat, given),
                as_it_is=True,
            )
        case "unused":
            return Choose("どのクーポンですか？", Card("残っているクーポン"), choices=_products(chat))
        case "expiring":
            last = chat.today + AHEAD
            card = Card("ポイントの期限")
            return PickDate("いつまでに失効しますか？", card, first=chat.today, last=last, today=chat.today)
        case "told":
            return Choose("どの配信ですか？", Card("前の配信を受け取った人"), choices=_begun(chat))
        case "not_done":
            return Choose("どの締切ですか？", Card("まだの人"), choices=_events(chat))
    return Skip("")


def exactly(chat: Talk) -> Choose | Skip:
    """Which of the workplaces whose names hold the text."""
    if chat["by"] != "workplace":
        return Skip("")
    names = segments.workplaces(chat.db, chat.branch, chat["detail"], MOST)
    if len(names) == 1:
        return Skip(names[0])
    return Choose("どの所属所ですか？", Card("所属所"), choices={name: name for name in names})


def counted_on(chat: Talk) -> PickDate | Skip:
    """The day on which ages count."""
    if chat["by"] != "age":
        return Skip("")
    first = fiscal_start(fiscal_year(chat.today))
    return PickDate(
        "何月何日の年齢で数えますか？",
        Card("年齢を数える日"),
        first=first - AHEAD,
        last=first + 2 * AHEAD,
        today=chat.today,
        initial=first,
    )


def page(chat: Talk) -> Skip:
    """A page of its own for a file of numbers."""
    return Skip(new_page(chat.db, chat.id, chat.now) if chat["by"] == "csv" else "")


def numbers(chat: Talk) -> FillIn | Skip:
    """The file is sent on the page."""
    if not chat["page"]:
        return Skip("")
    if list_of(chat.db, chat["page"], chat.id):
        return FillIn("受け取りました。続けますか？", Card("番号のCSV"), words=SENT, page="filled")
    if open_page(chat.db, chat["page"], chat.now) is None:
        text = "ページの期限（30分）が過ぎました。開き直して、もう一度送ってください。"
        return FillIn(text, Card("番号のCSV"), words=SENT, page="over")
    link = Link(
        "CSVを送るページを開く", f"{chat.world.public_url}/broadcast-list/{chat['page']}", outside=True
    )
    lines = (
        "組合員番号を1行に1つ書いたCSV（Excelで保存したものも可）を、下のページから送るか、貼り付けてください。",
        "ページは30分間、一度だけ使えます。",
    )
    return FillIn("", Card("番号のCSV", lines, (link,)))


def side(chat: Talk) -> Choose | Skip | GoTo[Literal["page"]]:
    """Whether those people are to be reached, or left out."""
    if chat["by"] in ("done", "reset"):
        return Skip("")
    if chat["numbers"] == "over":
        return GoTo("page")
    found = condition(chat)
    words = found.in_words(chat.world.branch)
    so_far = known_draft(chat).segment
    alone = (Fact("この条件だけ", _counted(chat, Segment((found,)))),) if so_far != Segment() else ()
    facts = (
        Fact("条件", words),
        *alone,
        Fact("送ると", _counted(chat, so_far.plus(found))),
        Fact("除くと", _counted(chat, so_far.plus(found, without=True))),
    )
    others = ("「送ると」「除くと」は、今までの条件と合わせた数です。",) if alone else ()
    card = Card("条件の確認", (*facts, *others))
    choices = {
        "having": "あてはまる人に送る",
        "without": "あてはまる人を除く",
        "no": "この条件をやめる",
    }
    return Choose("どちらにしますか？", card, choices=choices)


def added(chat: Talk) -> Skip | GoTo[Literal["audience"]]:
    """Keeps the conditions."""
    if chat["by"] == "done":
        return Skip("")
    one = known_draft(chat)
    segment = Segment() if chat["by"] == "reset" else one.segment
    if chat["side"] in ("having", "without"):
        segment = segment.plus(condition(chat), without=chat["side"] == "without")
    if segment != one.segment:
        broadcast_drafts.change(chat.db, one, me(chat), chat.now, audience=segment.dump())
    return GoTo("audience")


def groups(chat: Talk) -> dict[str, str]:
    """In which ways people can be chosen in this branch."""
    return {
        "person": "人の条件で選ぶ",
        **({"use": "利用の条件で選ぶ"} if uses(chat) else {}),
        **({"told": "前の配信を受け取った人"} if _begun(chat) else {}),
        "csv": "番号のCSV",
    }


def uses(chat: Talk) -> dict[str, str]:
    """What can be asked about the programmes of this branch."""
    return {
        **({"programme": "制度の対象者"} if _programmes(chat) else {}),
        **({"unused": "残っているクーポン"} if _products(chat) else {}),
        **({"expiring": "失効するポイント"} if chat.world.branch.points else {}),
        **({"not_done": "締切がまだの人"} if _events(chat) else {}),
    }


def condition(chat: Talk) -> Condition:
    """The condition that was chosen."""
    detail = chat["detail"]
    match chat["by"]:
        case "programme":
            return InProgramme(detail)
        case "kind":
            return OfKind(detail)
        case "age":
            least, _, most = detail.partition("-")
            return Aged(int(least), int(most), chat["counted_on"])
        case "sex":
            return OfSex(detail)
        case "employment":
            return Employed(detail)
        case "workplace":
            return WorksAt(chat["exactly"])
        case "unused":
            return CouponUnused(detail)
        case "expiring":
            return PointsExpiring(detail)
        case "told":
            return broadcast_drafts.received(broadcasts.get(chat.db, chat.branch, detail))
        case "not_done":
            return NotDoneYet(detail)
    found = list_of(chat.db, chat["page"], chat.id)
    if found is None:
        raise Refusal("CSVが見つかりません。お手数ですが、もう一度送ってください。", "no_list")
    return Listed(found.id, found.people)


def _counted(chat: Talk, segment: Segment) -> str:
    return f"{segments.count(chat.db, chat.world.branch, segment, chat.today):,}件のトーク"


def _programmes(chat: Talk) -> dict[str, str | Option]:
    branch = chat.world.branch
    there = {"coupon": branch.coupons, "points": branch.points}
    return {key: words for key, words in PROGRAMMES.items() if there[key]}


def _products(chat: Talk) -> dict[str, str | Option]:
    terms = known_on(chat.world.branch.coupons, chat.today)
    return {key: product.name for key, product in terms.products.items()} if terms else {}


def _begun(chat: Talk) -> dict[str, str | Option]:
    """The last broadcasts that have told anybody."""
    states = (*RUNNING, "sent", "stopped")
    found = broadcasts.listed(chat.db, chat.branch, states, limit=MOST)
    return {str(one.id): Option(one.title, at_words(one.started_at)) for one in found}


def _events(chat: Talk) -> dict[str, str | Option]:
    """What can still be done, soonest first."""
    calendar = chat.world.branch.calendar
    if calendar is None or fiscal_year(chat.today) not in calendar.years:
        return {}
    coming = [one for one in calendar.coming(chat.now) if one.can_be_done]
    return {one.uid: Option(one.title, one.in_words()) for one in coming[:MOST]}


def _ages(given: str) -> str:
    found = AGES.fullmatch(given.strip())
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if not least <= most <= 120:
        raise Retry("年齢を読み取れませんでした。40-49 のように送ってください。")
    return f"{least}-{most}"


def _part(chat: Talk, given: str) -> str:
    part = given.strip()[:LONGEST_PART]
    names = segments.workplaces(chat.db, chat.branch, part, MOST + 1) if part else []
    if not names:
        raise Retry("この名前の所属所は見つかりません。名前の一部（例：小学校）を送ってください。")
    if len(names) > MOST and part not in names:
        raise Retry(f"あてはまる所属所が{MOST}か所をこえます。名前をもう少し長く送ってください。")
    return part
