"""残高: the points a person has, when they lapse, what is on its way or at rest, and what retiring would cost."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from bot import MENU, Button, Card, Done, Fact, Opener, PickDate, Picture
from handlers.points_person import SUBJECT, amount, member, person, refused, sample_words, terms, to
from handlers.world import Talk, TalkFlow, call, desk_lines
from models.days import in_full, in_words
from models.member import Holder
from models.points import (
    LOST,
    Losing,
    Retirement,
    State,
    can_exchange,
    if_retiring,
    last_chance,
    reopens_for,
    state,
    why_not,
)
from models.points_bars import bars_of
from models.points_statement import history, reason_in_words

points = TalkFlow(
    "points",
    title="ポイントの残高",
    opens_with=(
        "残高を見たい",
        "残高を見せて",
        "残高確認",
        "残高照会",
        "ポイント残高",
        "ポイントを確認したい",
        "ポイントを見たい",
        "ポイント数を確認したい",
        "健康ポイントの残高を見る",
        "健康ポイントを見る",
        "ポイントいくつある",
        "今のポイント",
    ),
    subject=SUBJECT,
    resumable=False,
)
retiring = TalkFlow(
    "retiring",
    title="退職するとき",
    opens_with=(
        "退職したらポイントはどうなるか調べる",
        "退職日でポイントを確かめたい",
        "退職するときのポイントを確かめる",
        "退職時のポイントを調べたい",
    ),
    subject=SUBJECT,
)
MOST_DAYS, MOST_PENDING, MOST_NAMES = 3, 3, 2
WIDTH, EDGES, ROW = 720, 40, 66  # pixels of the picture; a test compares them with what is drawn
EXPIRY_TOPICS = ("points.expiry", "points.exchange.expiry")
LONGEST_AHEAD = timedelta(days=2 * 365)

points.step(person)


@points.step
def shown(chat: Talk) -> Done:
    """All of it in one bubble; the picture says the same as the words."""
    one = member(chat)
    now = state(chat.db, terms(chat), one, chat.today)
    return Done((_balance(chat, one, now),), ways=(*_how_long(chat), MENU))


retiring.step(person)


@retiring.step
def day(chat: Talk) -> PickDate | Done:
    """The last day as a member."""
    one = member(chat)
    if reason := why_not(terms(chat), one, chat.today):
        return Done((refused(chat, reason, to("points", "残高", one)),))
    text = "退職する日（組合員としての最後の日）を選んでください。その日でどうなるかをお見せします。"
    return PickDate(
        text, Card("退職するとき"), first=chat.today, last=chat.today + LONGEST_AHEAD, today=chat.today
    )


@retiring.step
def lost(chat: Talk) -> Done:
    """What would be lost, and until when it can be exchanged."""
    one = member(chat)
    last = date.fromisoformat(chat["day"])
    found = if_retiring(chat.db, terms(chat), one, max(last, chat.today), chat.today)
    buttons = (to("exchange", "交換する", one), to("retiring", "別の日で確かめる", one), MENU)
    known = (
        (f"資格は{in_full(found.last_member_day)}までと登録されています。その日でお見せします。",)
        if found.last_member_day < last
        else ()
    )
    return Done((Card("退職すると", (*known, *_retirement(found)), buttons, tone="warn"),))


def _how_long(chat: Talk) -> tuple[Opener, ...]:
    """The rule behind the days, for whoever asks."""
    topics = [topic for topic in EXPIRY_TOPICS if chat.world.faq.find(topic, chat.today)]
    return tuple(Opener("期限のきまり", "faq", (("topic", topic),)) for topic in topics[:1])


def _balance(chat: Talk, one: Holder, now: State) -> Card:
    outside = why_not(terms(chat), one, chat.today)
    lines: tuple[str | Fact, ...] = (
        Fact("残高", amount(now.balance)),
        *(() if now.balance or now.frozen else _gone(chat, one)),
        *_lapsing(chat, one, now, bool(outside)),
        *_on_the_way(chat, now),
        *_at_rest(now),
        *((now.reason, *desk_lines(chat)) if now.reason else ()),
    )
    if len(lines) == 1:
        lines = (*lines, "まだポイントはありません。「ためる」から始められます。")
    buttons: tuple[Button, ...] = (
        *((to("exchange", "交換する", one),) if can_exchange(terms(chat), now) else ()),
        *(() if outside else (to("earn", "ためる", one),)),
        to("history", "履歴・明細", one),
        *((to("retiring", "退職するとどうなるか", one),) if now.balance and not outside else ()),
        *(call(chat) if now.reason else ()),
    )
    title = f"{one.latest.name}さんの健康ポイント" if len(chat.people) > 1 else "健康ポイント"
    small = sample_words(terms(chat), chat.today)
    return Card(title, lines, buttons, _picture(chat, now), small=small)


def _gone(chat: Talk, one: Holder) -> Iterator[str]:
    """What lapsed last, where nothing else has come or gone since."""
    lines = history(chat.db, terms(chat), one, chat.today)
    lost = [line for line in lines if line.kind == "lapse" and line.day == lines[-1].day]
    rested = {line.entry.lot for line in lines if line.kind == "rest"}
    if not lost:
        return
    last_day, points = in_full(lost[-1].day - timedelta(days=1)), -sum(line.points for line in lost)
    if lost[-1].entry.lot in rested:
        yield f"お休みしていた{amount(points)}は、{last_day}でなくなりました（{lost[-1].reason}のため）。"
    else:
        why = "" if lost[-1].reason == LOST["expiry"] else f"（{lost[-1].reason}のため）"
        yield f"{last_day}までの{amount(points)}は、使える期限が過ぎてなくなりました{why}。"


def _lapsing(chat: Talk, one: Holder, now: State, left_already: bool) -> Iterator[str | Fact]:
    """What goes next and in how many days; the others after it."""
    if not now.losing:
        return
    first, *others = _by_day(now)
    left = first.days_left(chat.today)
    yield Fact("次の期限", f"{in_full(first.last_day)}")
    yield Fact("なくなる分", f"{amount(first.points)}（{'今日まで' if left == 0 else f'あと{left}日'}）")
    chance = last_chance(terms(chat), now)
    if chance is None:
        yield "この分を交換できる日は、もうありません。"
    elif chance != first.last_day:
        yield Fact("交換は", f"{in_full(chance)}まで")
    if first.ending == "membership" and left_already:
        yield "資格がなくなったため、この日までに交換してください。"
    elif first.ending == "membership":
        yield "資格がなくなる日が登録されているため、この日のあとは使えません。"
    for each in others[:MOST_DAYS]:
        yield f"{in_full(each.last_day)}まで：{amount(each.points)}"
    if reopens := reopens_for(terms(chat), one, chat.today):
        yield f"{chat.today.month}月の交換はお休みです。{in_words(reopens)}から再開します。"


def _by_day(now: State) -> list[Losing]:
    """What is lost, one entry a day; a membership that ends is the stronger reason."""
    grouped = groupby(now.losing, key=lambda one: one.last_day)
    found = [(day, list(some)) for day, some in grouped]
    return [
        Losing(day, sum(one.points for one in some), max((one.ending for one in some), key=str))
        for day, some in found
    ]


def _on_the_way(chat: Talk, now: State) -> Iterator[str]:
    """What has been earned and arrives on a later day."""
    held = sorted(now.pending, key=lambda one: one.lot.granted_on)
    days = [(day, list(some)) for day, some in groupby(held, key=lambda one: one.lot.granted_on)]
    for day, some in days[:MOST_PENDING]:
        names = dict.fromkeys(
            reason_in_words(terms(chat), one.lot.reason, one.lot.granted_on) for one in some
        )
        total = sum(one.left for one in some)
        more = "など" if len(names) > MOST_NAMES else ""
        told = "・".join([*names][:MOST_NAMES]) + more
        yield f"{in_words(day, chat.today)}に付きます：{amount(total)}（{told}）"


def _at_rest(now: State) -> Iterator[str]:
    """What cannot be used without membership, and what brings it back (AMB-K2, K3)."""
    if not now.frozen:
        return
    total = sum(one.left for one in now.frozen)
    yield f"お休み中のポイント：{amount(total)}。資格のない間は使えません。"
    if now.thaws_before:
        yield f"{in_full(now.thaws_before)}より前に再び資格を得ると、しばらくしてから、また使えます。"
    for one in now.resting:
        if one.ending == "expiry":
            yield f"うち{amount(one.points)}は、{in_full(one.last_day)}に期限が切れます。"


def _picture(chat: Talk, now: State) -> Picture | None:
    bars = bars_of(now, chat.world.branch.identity.accent)
    if not bars.rows:
        return None
    token = chat.world.seal.seal_text("bars", bars.in_text())
    return Picture(f"{chat.world.public_url}/points/{token}.png", WIDTH, EDGES + ROW * len(bars.rows))


def _retirement(found: Retirement) -> Iterator[str | Fact]:
    yield Fact("退職の日", in_full(found.last_member_day))
    yield Fact("なくなる分", f"{amount(found.points)}（その日に残っていれば）")
    if found.last_day != found.last_member_day:
        yield Fact("使えるのは", f"{in_full(found.last_day)}まで")
    if found.last_chance is None:
        yield "交換できる日は、もうありません。"
        return
    yield Fact("交換は", f"{in_full(found.last_chance)}まで")
    yield Fact("交換できる", amount(found.exchangeable))
    if found.last_chance < found.last_day:
        closed, chance = found.last_day.month, found.last_chance.month
        yield f"{closed}月は交換をお休みするため、{chance}月のうちに交換してください。"
    yield "任意継続組合員や被扶養者になる場合も、使わなかったポイントは同じようになくなります。"
