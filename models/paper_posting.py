"""The posting list: which workplace gets whose paper coupons, taken once by staff and never twice by mistake (R-SAI-32)."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TextIO

from sqlalchemy import ColumnElement, Connection, Index, String, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import record
from models.base import Base, Instant, Refusal
from models.coupon_terms import CouponTerms
from models.days import day_of, fiscal_year
from models.member import Holder, Period, holders
from models.one_use import PAGE_LIFE, hash_of, new_address
from models.paper import PaperRequest
from models.staff import StaffMember, staff_with_role
from models.table_file import harmless
from models.terms import Dated
from models.workplaces import Place, places

GIVEN_BACK, GRANTED = "given_back", "granted"  # the reasons of what is posted after the change to paper


class PaperExport(Base):
    """One taking of all confirmed requests by staff; its page can be opened once."""

    __tablename__ = "paper_exports"
    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(Instant)
    page_hash: Mapped[str | None] = mapped_column(String(64))  # of the address that opens it once
    page_until: Mapped[datetime | None] = mapped_column(Instant)
    page_chat: Mapped[int | None]  # the desk person's to whom it was handed
    __table_args__ = (Index("ix_paper_exports_page", "page_hash"),)


@dataclass(frozen=True)
class Posting:
    """A list that has been taken: its number, how many people, and what its post still lacks."""

    id: int
    people: int
    without_address: tuple[str, ...]  # workplaces that no address is known of
    without_workplace: int  # people whose data name no workplace


@dataclass(frozen=True)
class OpenList:
    """The list behind a page that can be opened, and whose page it is."""

    branch: str
    number: int
    holder: StaffMember


@dataclass(frozen=True)
class Letter:
    """What is posted for one person."""

    place: Place
    period: Period
    coupons: Mapping[str, int]


def new_posting(db: Connection, branch: str, now: datetime) -> Posting:
    """Takes every confirmed request that no list has taken yet; whoever is not in the data now waits for the next one.

    Raises Refusal when nobody is left."""
    query = select(PaperRequest.id, PaperRequest.person_id).where(
        *_confirmed(branch), PaperRequest.export_id.is_(None)
    )
    waiting = db.execute(query.with_for_update()).all()
    known = holders(db, sorted({row.person_id for row in waiting}))
    ids = [row.id for row in waiting if row.person_id in known]
    if waiting and not ids:
        raise Refusal(
            "確認した申請の方が、今の資格データに見つかりません。資格データをお確かめください。",
            "not_in_data",
        )
    if not ids:
        raise Refusal(
            "新しく確認した申請はありません。前のリストは番号を指定して作り直せます。", "nothing_new"
        )
    made = db.execute(insert(PaperExport), {"branch": branch, "at": now}).inserted_primary_key
    assert made is not None
    number = int(made[0])
    free = update(PaperRequest).where(PaperRequest.id.in_(ids), PaperRequest.export_id.is_(None))
    db.execute(free.values(export_id=number))
    return posting(db, branch, number, day_of(now))


def post_more(
    db: Connection,
    branch: str,
    person_id: int,
    coupons: Mapping[str, int],
    who: str,
    now: datetime,
    *,
    reason: str = GIVEN_BACK,
) -> None:
    """Puts on the next list what somebody has got (back) after the change to paper: a confirmed request of its own."""
    row = {
        "branch": branch,
        "person_id": person_id,
        "fiscal_year": fiscal_year(day_of(now)),
        "state": "confirmed",  # not `live`: the one that changed them to paper stands for the year
        "reason": reason,
        **dict.fromkeys(("words", "message_id", "question", "answer", "answer_message_id"), ""),
        "coupons": json.dumps(coupons),
        **dict.fromkeys(("asked_at", "changed_at", "settled_at"), now),
    }
    made = db.execute(insert(PaperRequest).returning(PaperRequest.id), row).scalar_one()
    record(db, branch, who, "paper.more", f"paper:{made}", now, after={"coupons": coupons})


def posting(db: Connection, branch: str, number: int, day: date) -> Posting:
    """A list taken earlier. Raises Refusal when the branch has none of this number."""
    letters = list(_letters(db, branch, number, day))
    if not letters:
        raise Refusal(f"郵送リスト {number} はありません。", "no_such_list")
    nowhere = sorted({one.place.name for one in letters if one.place.name and not one.place.address})
    return Posting(number, len(letters), tuple(nowhere), sum(not one.place.name for one in letters))


def unposted(db: Connection, branch: str) -> int:
    """How many confirmed requests no list has taken yet."""
    query = select(func.count()).where(*_confirmed(branch), PaperRequest.export_id.is_(None))
    return int(db.execute(query).scalar_one())


def last_posting(db: Connection, branch: str) -> int | None:
    """The number of the newest list."""
    return db.execute(select(func.max(PaperExport.id)).where(PaperExport.branch == branch)).scalar()


def write_posting(
    db: Connection, coupons: Dated[CouponTerms], branch: str, number: int, day: date, file: TextIO
) -> int:
    """Writes a list as CSV, by workplace; answers how many people."""
    products = coupons.on(day).products
    written = csv.writer(file, lineterminator="\r\n")
    names = [product.name for product in products.values()]
    written.writerow(["所属所", "郵便番号", "住所", "番号", "氏名", *names, "確かめること"])
    count = 0
    for one in _letters(db, branch, number, day):
        numbers = [str(one.coupons.get(product, "")) for product in products]
        place, period = one.place, one.period
        row = [place.name, place.postcode, place.address, period.number, period.name, *numbers, _doubt(one)]
        written.writerow([harmless(value) for value in row])
        count += 1
    return count


def new_page(db: Connection, number: int, chat_id: int, now: datetime) -> str:
    """An opaque id under which the list can be downloaded once, for 30 minutes; an earlier one ends.

    It is good for as long as the chat's person is of the desk."""
    page = new_address()
    this = update(PaperExport).where(PaperExport.id == number)
    db.execute(this.values(page_hash=hash_of(page), page_until=now + PAGE_LIFE, page_chat=chat_id))
    return page


def open_page(db: Connection, page: str, now: datetime) -> OpenList | None:
    """The list behind an id; None when it is unknown, used or too old, or its holder no longer of the desk."""
    query = select(PaperExport.branch, PaperExport.id, PaperExport.page_chat).where(*_page(page, now))
    row = db.execute(query).one_or_none()
    one = staff_with_role(db, row.page_chat, "desk") if row else None
    return OpenList(row.branch, row.id, one) if row and one else None


def use_page(db: Connection, page: str, now: datetime) -> OpenList | None:
    """Uses the id up, and enters into the record who has taken the list; None when somebody else was faster."""
    found = open_page(db, page, now)
    used = update(PaperExport).where(*_page(page, now)).values(page_hash=None, page_until=None)
    if found is None or db.execute(used).rowcount != 1:
        return None
    record(db, found.branch, found.holder.who, "paper.download", f"posting:{found.number}", now)
    return found


def _page(page: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return PaperExport.page_hash == hash_of(page), PaperExport.page_until > now


def _letters(db: Connection, branch: str, number: int, day: date) -> Iterator[Letter]:
    query = select(PaperRequest.person_id, PaperRequest.coupons).where(
        *_confirmed(branch), PaperRequest.export_id == number
    )
    counted: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in db.execute(query):
        counted[row.person_id].update(json.loads(row.coupons))
    people = holders(db, sorted(counted))
    periods = {person: _period(people[person], day) for person in counted if person in people}
    known = places(db, branch, {one.workplace for one in periods.values() if one.workplace})
    letters = [
        Letter(known.get(one.workplace or "", Place(one.workplace or "", "", "")), one, counted[person])
        for person, one in periods.items()
    ]
    yield from sorted(letters, key=lambda one: (one.place.name, one.period.number))


def _period(one: Holder, day: date) -> Period:
    return one.on(day) or one.latest


def _doubt(one: Letter) -> str:
    """What staff have to look up before this one is posted."""
    return "。".join(
        words
        for words, is_so in (
            ("所属所の登録がありません", not one.place.name),
            ("所属所の住所の登録がありません", bool(one.place.name and not one.place.address)),
            ("枚数の登録がありません", not one.coupons),
        )
        if is_so
    )


def _confirmed(branch: str) -> tuple[ColumnElement[bool], ...]:
    return PaperRequest.branch == branch, PaperRequest.state == "confirmed"
