"""Requests for paper coupons: asked for, perhaps asked back, settled once; a confirmed one ends the electronic ones (R-SAI-32)."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models.base import Base, Instant, Refusal
from models.days import fiscal_year
from models.member import Holder, Membership
from models.prepared import Prepared

State = Literal["waiting", "questioned", "confirmed", "declined", "cancelled"]
STATES: dict[str, str] = {
    "waiting": "確認待ち",
    "questioned": "担当からの質問あり",
    "confirmed": "確認済み",
    "declined": "受付できません",
    "cancelled": "取り消し済み",
}
OPEN: tuple[State, ...] = ("waiting", "questioned")
BY_EMPLOYMENT = "employment"  # the reason of those whose employment gives them paper anyway
MOST_LETTERS = 200


@dataclass(frozen=True)
class PaperTerms:
    """paper.yaml: who may ask for paper coupons, for which reasons, and for what."""

    reasons: Mapping[str, str]
    own_words: str  # the reason that is told in one's own words …
    own_words_required: bool  # … which may be left out where the form does not insist on it
    kinds: tuple[str, ...]
    products_of: Mapping[str, tuple[str, ...]]  # employments that get these products only; others get all


class PaperRequest(Base):
    """One request of a person for one fiscal year. Never deleted; its words go."""

    __tablename__ = "paper_requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    fiscal_year: Mapped[int]
    live: Mapped[bool | None]  # True, or NULL once cancelled or declined: unique below lets one stand
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(MOST_LETTERS))  # the member's own; emptied after a while
    message_id: Mapped[str] = mapped_column(String(64))  # of those words, so that they can be taken back
    question: Mapped[str] = mapped_column(String(MOST_LETTERS))  # what staff asked back
    answer: Mapped[str] = mapped_column(String(MOST_LETTERS))
    answer_message_id: Mapped[str] = mapped_column(String(64))
    coupons: Mapped[str] = mapped_column(String(200))  # JSON: how many of each product are sent on paper
    asked_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[int | None]  # the staff person's id
    export_id: Mapped[int | None] = mapped_column(ForeignKey("paper_exports.id"))
    __table_args__ = (
        UniqueConstraint("person_id", "fiscal_year", "live"),
        Index("ix_paper_requests_state", "branch", "state", "asked_at"),
        Index("ix_paper_requests_export", "export_id"),
    )


@dataclass(frozen=True)
class Request:
    """A request as talks show it."""

    id: int
    person_id: int
    fiscal_year: int
    state: State
    reason: str
    words: str
    question: str
    answer: str
    asked_at: datetime
    settled_at: datetime | None

    def digest(self) -> str:
        """The print of what the desk decides on: another state, question or answer is another one."""
        told = (self.state, self.reason, self.words, self.question, self.answer)
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


_SHOWN: tuple[InstrumentedAttribute[Any], ...] = (
    PaperRequest.id,
    PaperRequest.person_id,
    PaperRequest.fiscal_year,
    PaperRequest.state,
    PaperRequest.reason,
    PaperRequest.words,
    PaperRequest.question,
    PaperRequest.answer,
    PaperRequest.asked_at,
    PaperRequest.settled_at,
)
_STANDING = Prepared(
    select(*_SHOWN).where(
        PaperRequest.person_id == bindparam("person_id"),
        PaperRequest.fiscal_year == bindparam("year"),
        PaperRequest.live.is_(True),
    )
)
_CONFIRMED = (PaperRequest.live.is_(True), PaperRequest.state == "confirmed")


def is_on_paper(db: Connection, person_id: int, year: int) -> bool:
    """True once the person's request for the fiscal year is confirmed: no electronic coupon from then on (AMB-S12)."""
    found = standing(db, person_id, year)
    return found is not None and found.state == "confirmed"


def years_on_paper(db: Connection, person_id: int) -> frozenset[int]:
    """The fiscal years for which the person's request is confirmed."""
    query = select(PaperRequest.fiscal_year).where(PaperRequest.person_id == person_id, *_CONFIRMED)
    return frozenset(db.execute(query).scalars())


def on_paper_people(db: Connection, branch: str, year: int) -> list[int]:
    """Everybody of the branch who has changed to paper for the fiscal year."""
    query = select(PaperRequest.person_id).where(PaperRequest.branch == branch, *_CONFIRMED)
    return list(db.execute(query.where(PaperRequest.fiscal_year == year).order_by(PaperRequest.id)).scalars())


def promised(db: Connection, person_id: int, year: int) -> Counter[str]:
    """How many coupons of each product the person's confirmed requests of the year put on paper, posted or not."""
    mine = (PaperRequest.person_id == person_id, PaperRequest.fiscal_year == year)
    query = select(PaperRequest.coupons).where(*mine, PaperRequest.state == "confirmed")
    return sum((Counter(json.loads(each)) for each in db.execute(query).scalars()), Counter())


def on_paper(year: int) -> ColumnElement[bool]:
    """`is_on_paper` as a condition on `Membership`, for those who look for many people."""
    mine = (PaperRequest.person_id == Membership.person_id, PaperRequest.fiscal_year == year)
    return exists().where(*mine, *_CONFIRMED)


def standing(db: Connection, person_id: int, year: int) -> Request | None:
    """The person's request of the year that is open or confirmed."""
    row = _STANDING.first(db, {"person_id": person_id, "year": year})
    return Request(*row) if row else None


def why_not(terms: PaperTerms | None, holder: Holder, day: date) -> str:
    """Why this person cannot ask for paper coupons, in a sentence; empty when they can (R-SAI-32, AMB-S16)."""
    period = holder.on(day)
    if terms is None:
        return "今年度の紙クーポンの扱いは、まだ登録されていません。"
    if period is None:
        return "今の資格データでは、ご資格を確認できません。"
    if period.kind not in terms.kinds:
        return (
            "紙クーポンは、組合員・会員ご本人の申請で受け付けています。この方の分の扱いは案内にありません。"
        )
    return ""


def by_employment(terms: PaperTerms, holder: Holder, day: date) -> tuple[str, ...]:
    """The only products that the person's employment gives on paper; empty where paper covers all (AMB-S16)."""
    period = holder.on(day)
    return terms.products_of.get(period.employment or "", ()) if period else ()


def ask(
    db: Connection,
    branch: str,
    holder: Holder,
    day: date,
    *,
    reason: str,
    words: str,
    message_id: str,
    now: datetime,
) -> int:
    """Asks for paper coupons of the day's fiscal year. Raises Refusal when a request stands already."""
    row = {
        "branch": branch,
        "person_id": holder.id,
        "fiscal_year": fiscal_year(day),
        "live": True,
        "state": "waiting",
        "reason": reason,
        "words": words[:MOST_LETTERS],
        "message_id": message_id,
        "question": "",
        "answer": "",
        "answer_message_id": "",
        "coupons": "",
        "asked_at": now,
        "changed_at": now,
    }
    try:
        with db.begin_nested():
            made = db.execute(insert(PaperRequest), row).inserted_primary_key
    except IntegrityError:
        text = "紙クーポンは、もう申請されています。「紙クーポンの申請」で、いまの状況を確かめられます。"
        raise Refusal(text, "asked_already") from None
    assert made is not None
    return int(made[0])


def cancel(db: Connection, request_id: int, person_id: int, now: datetime) -> None:
    """Takes a request back before it is confirmed. Raises Refusal afterwards."""
    changed = _move(
        db,
        (PaperRequest.id == request_id, PaperRequest.person_id == person_id),
        OPEN,
        {"state": "cancelled", "live": None, "words": "", "answer": "", "changed_at": now, "settled_at": now},
    )
    if not changed:
        text = "確認が終わっているため、この申請は取り消せません。電子クーポンに戻したいときは窓口へご相談ください。"
        raise Refusal(text, "settled")


def ask_back(db: Connection, branch: str, request_id: int, question: str, now: datetime) -> None:
    """Asks the member something before deciding. Raises Refusal when the request is settled."""
    values = {"state": "questioned", "question": question[:MOST_LETTERS], "answer": "", "changed_at": now}
    if not _move(db, _of(branch, request_id), OPEN, values):
        raise Refusal(_settled_already(db, branch, request_id), "settled")


def answer(
    db: Connection, request_id: int, person_id: int, words: str, message_id: str, now: datetime
) -> None:
    """Answers what staff asked back. Raises Refusal when nothing is asked any more."""
    this = (PaperRequest.id == request_id, PaperRequest.person_id == person_id)
    values = {"state": "waiting", "answer": words[:MOST_LETTERS], "answer_message_id": message_id}
    if not _move(db, this, ("questioned",), values | {"changed_at": now}):
        raise Refusal("この質問への答えは、もう必要なくなりました。", "not_asked")


def decline(db: Connection, branch: str, request_id: int, by: int, now: datetime) -> None:
    """Ends a request that cannot be confirmed; the person may ask again. Raises Refusal when it is settled."""
    values = {"state": "declined", "live": None, "settled_at": now, "settled_by": by, "changed_at": now}
    if not _move(db, _of(branch, request_id), OPEN, values):
        raise Refusal(_settled_already(db, branch, request_id), "settled")


def settle_as_confirmed(
    db: Connection, branch: str, request_id: int, coupons: str, by: int, now: datetime
) -> None:
    """The step after which electronic coupons end; callers hold the person's lock. Raises Refusal when it is settled."""
    values = {
        "state": "confirmed",
        "coupons": coupons,
        "settled_at": now,
        "settled_by": by,
        "changed_at": now,
    }
    if not _move(db, _of(branch, request_id), OPEN, values):
        raise Refusal(_settled_already(db, branch, request_id), "settled")


def request(db: Connection, branch: str, request_id: int) -> Request | None:
    """One request of the branch, whatever its state."""
    row = db.execute(select(*_SHOWN).where(*_of(branch, request_id))).one_or_none()
    return Request(*row) if row else None


def take(db: Connection, branch: str, request_id: int, digest: str) -> Request:
    """The request as it was seen, held until the transaction ends. Raises Refusal when it has changed since."""
    db.execute(select(PaperRequest.id).where(*_of(branch, request_id)).with_for_update())
    found = request(db, branch, request_id)
    if found is None or found.state not in OPEN:
        raise Refusal(_settled_already(db, branch, request_id), "settled")
    if found.digest() != digest:
        raise Refusal(
            f"この申請は、表示したあとで変わりました（今は「{STATES[found.state]}」）。何も変えていません。",
            "changed",
        )
    return found


def waiting(db: Connection, branch: str, states: Sequence[State] = ("waiting",)) -> list[Request]:
    """The branch's requests in these states, the one that has waited longest first."""
    query = select(*_SHOWN).where(PaperRequest.branch == branch, PaperRequest.state.in_(states))
    rows = db.execute(query.order_by(PaperRequest.asked_at, PaperRequest.id))
    return [Request(*row) for row in rows.all()]


def forget(db: Connection, branch: str, message_id: str) -> None:
    """Removes words that their writer has taken back; the request stands."""
    if not message_id:
        return
    mine = update(PaperRequest).where(PaperRequest.branch == branch)
    db.execute(mine.where(PaperRequest.message_id == message_id).values(words=""))
    db.execute(mine.where(PaperRequest.answer_message_id == message_id).values(answer=""))


def forget_old_words(db: Connection, branch: str, settled_before: datetime) -> int:
    """Empties what members and staff wrote in requests settled before an instant."""
    old = (PaperRequest.branch == branch, PaperRequest.settled_at < settled_before)
    written = (PaperRequest.words + PaperRequest.question + PaperRequest.answer) != ""
    return db.execute(
        update(PaperRequest).where(*old, written).values(words="", question="", answer="")
    ).rowcount


def _move(db: Connection, this: tuple[Any, ...], states: Sequence[State], values: dict[str, Any]) -> bool:
    """Changes the request if it is still in one of the states."""
    return (
        db.execute(update(PaperRequest).where(*this, PaperRequest.state.in_(states)).values(values)).rowcount
        == 1
    )


def _of(branch: str, request_id: int) -> tuple[Any, ...]:
    return PaperRequest.id == request_id, PaperRequest.branch == branch


def _settled_already(db: Connection, branch: str, request_id: int) -> str:
    found = request(db, branch, request_id)
    if found is None:
        return "この申請は見つかりません。"
    return f"この申請は、すでに「{STATES[found.state]}」です。何も変えていません。"
