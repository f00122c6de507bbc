"""How often the rules said no, by day, talk and reason: numbers for the staff, nobody's name beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.days import day_of
from models.upsert import inserting

WORDS = {
    "not_usable": "この施設・時期では使えない",
    "used_already": "すでに利用済み",
    "before": "利用期間の前",
    "out_of_season": "付与前・期間終了",
    "raced": "別の画面で利用済み",
    "too_many": "枚数が残りをこえた",
    "no_facility": "施設が対象外",
    "unlinked": "連携が終わっていた",
    "not_registered": "登録のし直しが必要だった",
    "not_in_data": "資格データにない",
    "lost": "資格がなくなった",
    "not_yet": "資格の前",
    "term_ended": "任期の終わり",
    "paper_only": "紙クーポンの区分",
    "on_paper": "紙クーポンに切り替え済み",
    "kind": "区分が対象外",
    "no_terms": "年度の内容がない",
    "nothing_granted": "まだ付与がない",
    "not_here": "この施設で使えるものがない",
}


class RefusalCount(Base):
    """One day's refusals of one reason in one talk."""

    __tablename__ = "refusal_counts"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    flow: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]


@dataclass(frozen=True)
class Refused:
    """A reason and how often it was given."""

    code: str
    count: int

    @property
    def words(self) -> str:
        return WORDS.get(self.code, "そのほか")


def count_refusal(db: Connection, branch: str, flow: str, code: str, now: datetime) -> None:
    """Counts one no, in the caller's transaction."""
    row = {"branch": branch, "day": day_of(now), "flow": flow[:40], "code": code[:40], "count": 1}
    one_more = {"count": RefusalCount.count + 1}
    keys = ["branch", "day", "flow", "code"]
    statement = inserting(db, RefusalCount).values(row)
    db.execute(statement.on_conflict_do_update(index_elements=keys, set_=one_more))


def refused(db: Connection, branch: str, flow: str, since: date, until: date) -> tuple[Refused, ...]:
    """A talk's refusals between two days (both included), the most frequent first; unnamed reasons are one."""
    found: dict[str, int] = {}
    for code, count in _counted(db, branch, flow, since, until):
        name = code if code in WORDS else "other"
        found[name] = found.get(name, 0) + count
    return tuple(Refused(code, count) for code, count in sorted(found.items(), key=lambda one: -one[1]))


def _counted(db: Connection, branch: str, flow: str, since: date, until: date) -> Iterator[tuple[str, int]]:
    total = func.sum(RefusalCount.count)
    query = (
        select(RefusalCount.code, total)
        .where(RefusalCount.branch == branch, RefusalCount.flow == flow)
        .where(RefusalCount.day >= since, RefusalCount.day <= until)
        .group_by(RefusalCount.code)
        .order_by(RefusalCount.code)
    )
    yield from ((row[0], int(row[1])) for row in db.execute(query))
