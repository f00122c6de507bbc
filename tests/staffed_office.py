"""One installation at the command line, in whose branches members, staff, a request, an order and a broadcast wait to be dealt with."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, insert, update

from demo_clock import DemoClock
from models import (
    broadcast_asking,
    broadcast_drafts,
    broadcasts,
    conversation,
    coupon_uses,
    coupons,
    mailing,
    paper,
    question,
)
from models.branch import load_branch
from models.days import day_of
from models.facility import facility
from models.gifts import Address, order
from models.mailing import MailingBatch
from models.member import Holder, Link, holder, person_with
from models.paper_confirming import confirm
from models.staff import Role, StaffMember, accept, invite
from settings import ROOT
from tests.test_app import Office

NOW = datetime(2024, 7, 10, 3, 0, tzinfo=UTC)  # noon in Japan
T = TypeVar("T")
MEMBER, OTHER, ON_PAPER, COLLECTOR = "123456", "K12345", "200001", "1234574"
BRANCHES = {name: load_branch(ROOT / "branches" / name) for name in ("saitama", "kagawa", "aichi")}


class StaffedOffice(Office):
    """Staff at the command line; `run` and `json` name no branch by themselves."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        shutil.copytree(_filled(), folder / "var", dirs_exist_ok=True)
        self.clock = DemoClock(folder / "var" / "clock.json", NOW)

    def transact(self, work: Callable[[Connection], T]) -> T:
        database = self.database()
        try:
            return database.run(work)
        finally:
            database.close()

    def link(self, number: str, branch: str = "saitama") -> int:
        """A chat that holds the person."""

        def work(db: Connection) -> int:
            chat = conversation.load(db, branch, f"U{number}", NOW).id
            person = self.person(db, number, branch).id
            row = {"chat_id": chat, "person_id": person, "linked_at": NOW, "live": True}
            db.execute(insert(Link), row)
            return chat

        return self.transact(work)

    def person(self, db: Connection, number: str, branch: str = "saitama") -> Holder:
        found = holder(db, person_with(db, branch, number) or 0)
        assert found is not None
        return found

    def used(self, number: str = MEMBER, kind: str = "1day", at: str = "fs0007") -> int:
        """A used coupon; its number."""
        dated = BRANCHES["saitama"].coupons
        assert dated is not None

        def work(db: Connection) -> int:
            one, here = self.person(db, number), facility(db, "saitama", at)
            assert here is not None
            coupons.redeem(db, dated, one, here, kind, 1, NOW)
            return coupon_uses.use_ids(db, one.id, 2024)[-1][0]

        return self.transact(work)

    def on_paper(self, number: str = ON_PAPER, *, confirmed: bool = True) -> int:
        """A request for paper coupons."""
        branch = BRANCHES["saitama"]

        def work(db: Connection) -> int:
            told = {"reason": "no_device", "words": "", "message_id": "m"}
            made = paper.ask(db, "saitama", self.person(db, number), day_of(NOW), **told, now=NOW)
            assert branch.coupons is not None
            assert branch.paper is not None
            if confirmed:
                confirm(db, "saitama", branch.coupons, branch.paper, made, by=1, now=NOW)
            return made

        return self.transact(work)

    def ordered(self) -> str:
        """A member's order of a gift."""
        points = BRANCHES["kagawa"].points
        assert points is not None
        address = Address("例示 若葉", "760-0017", "香川県高松市見本1", "087-000-0000")

        def work(db: Connection) -> str:
            one = self.person(db, COLLECTOR, "kagawa")
            return order(db, points, one, "towel", address, request="r", now=NOW).number

        return self.transact(work)

    def asked(self, *texts: str) -> None:
        """Questions that found no answer."""

        def work(db: Connection) -> None:
            for place, text in enumerate(texts):
                question.keep(db, "saitama", "not_understood", text, f"m{place}", NOW)

        self.transact(work)

    def employed(self, *roles: Role) -> StaffMember:
        terms = BRANCHES["saitama"].staff
        assert terms is not None

        def work(db: Connection) -> StaffMember:
            chat = conversation.load(db, "saitama", f"U{''.join(roles)}", NOW).id
            code = invite(db, "saitama", roles, "見本 職員", terms.on(day_of(NOW)), "test", NOW)
            made = accept(db, "saitama", chat, code, terms.on(day_of(NOW)), NOW)
            assert made is not None
            return made

        return self.transact(work)

    def announced(self, by: StaffMember, told: int, blocked: int, late: int) -> int:
        """A broadcast that LINE took for one chat, that left out another, and that still waits for a third."""

        def work(db: Connection) -> int:
            number = broadcast_drafts.new_draft(db, "saitama", by, "見学会", NOW, text="見学会を行います。")
            made = broadcasts.get(db, "saitama", number)
            first, rest = (
                mailing.create(
                    db,
                    branch="saitama",
                    purpose="broadcast",
                    about=f"{made.about}.{part}",
                    subject="見学会",
                    messages="[]",
                    now=NOW,
                )
                for part in ("first", "rest")
            )
            assert broadcast_asking.ask(db, made, by, (first, rest), 2, NOW)
            made = broadcasts.get(db, "saitama", number)
            assert broadcast_asking.add_to_list(db, made, sorted((told, blocked, late)), NOW)
            of_first = update(MailingBatch).where(MailingBatch.mailing_id == first)
            left_out = {"left_out": 1, "left_out_ids": f"[{blocked}]"}
            db.execute(
                of_first.values(outcome="accepted", accepted=1, done_at=NOW, request_id="r1", **left_out)
            )
            return number

        return self.transact(work)


@cache
def _filled() -> Path:
    """The data of an office with the demo's people and facilities, and points for one of them: imported once."""
    office = Office(Path(tempfile.mkdtemp(prefix="office-")))
    atexit.register(shutil.rmtree, office.folder, ignore_errors=True)
    for name, branch in BRANCHES.items():
        office.json("import", "members", str(branch.folder / "demo" / "members.csv"), "--branch", name)
    facilities = BRANCHES["saitama"].folder / "demo" / "facilities.csv"
    office.json("import", "facilities", str(facilities), "--branch", "saitama")
    grants = ("number,granted_on,points,reason,reference", f"{COLLECTOR},2024-07-01,1900,歩数,A-1")
    office.json("import", "grants", office.file("grants.csv", *grants), "--branch", "kagawa")
    return office.folder / "var"
