"""An association's folder: its name, its look, its dated terms. Data only, checked when loaded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from models.broadcast_terms import BroadcastTerms
from models.calendar import Calendar, read_calendar
from models.coupon_terms import CouponTerms
from models.desk import DeskTerms
from models.inbox import InboxTerms
from models.member import KINDS
from models.member_file import MemberRules
from models.paper import PaperTerms
from models.points_articles import Articles
from models.points_terms import Points, read_points
from models.reminder_terms import ReminderTerms, read_reminders
from models.savings import SavingsTerms
from models.staff_terms import StaffTerms
from models.terms import BadTerms, Dated, known_on, read_dated, read_one

Terms = TypeVar("Terms")


@dataclass(frozen=True)
class Tile:
    """One tile of the rich menu: its picture's words, and what it opens."""

    label: str
    icon: str
    flow: str
    note: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Identity:
    """branch.yaml: who the association is."""

    name: str  # as members know it
    short: str  # ≤ 10 characters
    accent: str  # its colour, #RRGGBB
    number_length: str  # in words, for the linking page
    number_example: str
    card: str  # what the number stands on
    question_example: str  # something its members ask
    menu: tuple[Tile, ...]
    uses_auth_code: bool = False
    spouse_suffix: str = ""
    numbers: dict[str, str] = field(
        default_factory=dict
    )  # kind of person → regular expression of its numbers
    staff_menu: tuple[Tile, ...] = ()
    towns: tuple[str, ...] = ()  # where facilities may be looked for by name
    known_for: tuple[str, ...] = ()  # what no other association has: 福祉貯金, ドック + 抽選 (both said)


@dataclass(frozen=True)
class Branch:
    """A branch with all of its terms; a programme it does not have is None."""

    id: str
    folder: Path
    identity: Identity
    desks: Dated[DeskTerms]
    coupons: Dated[CouponTerms] | None
    points: Points | None
    articles: Dated[Articles] | None = None
    savings: Dated[SavingsTerms] | None = None
    calendar: Calendar | None = None
    reminders: Dated[ReminderTerms] | None = None
    staff: Dated[StaffTerms] | None = None
    paper: Dated[PaperTerms] | None = None
    inbox: Dated[InboxTerms] | None = None
    broadcast: Dated[BroadcastTerms] | None = None

    def member_rules(self, day: date) -> MemberRules:
        """What this association alone expects of the rows of its members file."""
        terms = known_on(self.coupons, day)
        most = [one.quantity for one in terms.products.values() if one.from_data] if terms else []
        return MemberRules(self.identity.numbers, self.identity.number_length, max(most, default=None))


def load_branch(folder: Path) -> Branch:
    """Reads a branch folder. Raises BadTerms with file, line, and what to write instead."""
    identity = read_one(folder / "branch.yaml", Identity)
    _check_numbers(folder / "branch.yaml", identity)
    desks = read_dated(folder / "desk.yaml", DeskTerms)
    calendar = read_calendar(folder, desks)
    return Branch(
        id=folder.name,
        folder=folder,
        identity=identity,
        desks=desks,
        coupons=_if_there(folder / "coupon.yaml", CouponTerms),
        points=read_points(folder),
        articles=_if_there(folder / "articles.yaml", Articles),
        savings=_if_there(folder / "savings.yaml", SavingsTerms),
        staff=_if_there(folder / "staff.yaml", StaffTerms),
        calendar=calendar,
        reminders=read_reminders(folder, calendar),
        paper=_if_there(folder / "paper.yaml", PaperTerms),
        inbox=_if_there(folder / "inbox.yaml", InboxTerms),
        broadcast=_if_there(folder / "broadcast.yaml", BroadcastTerms),
    )


def _check_numbers(file: Path, identity: Identity) -> None:
    for kind, form in identity.numbers.items():
        if kind not in KINDS:
            raise BadTerms(file, 1, f"numbers: の「{kind}」は次のどれかにしてください: {', '.join(KINDS)}")
        try:
            re.compile(form)
        except re.error as error:
            raise BadTerms(file, 1, f"numbers: の「{form}」を正規表現として読めません（{error}）") from None


def load_branches(folder: Path) -> dict[str, Branch]:
    """All branches by their id."""
    return {each.name: load_branch(each) for each in folders(folder)}


def folders(folder: Path) -> Sequence[Path]:
    return sorted(each for each in folder.iterdir() if (each / "branch.yaml").exists())


def _if_there(file: Path, kind: type[Terms]) -> Dated[Terms] | None:
    return read_dated(file, kind) if file.exists() else None
