"""A condition of a broadcast about earlier ones: who was told, or may have been, by one of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import CompoundSelect, Integer, Select, cast, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.branch import Branch
from models.conditions import Condition, Where
from models.mailing import MailingBatch
from models.member import Link, Membership
from models.outbox import ACCEPTED, UNKNOWN


@dataclass(frozen=True)
class Told(Condition):
    """Is in a chat that LINE was asked to tell, and did not refuse."""

    kind: ClassVar[str] = "told"
    number: int
    title: str
    first_mailing: int
    rest_mailing: int

    def where(self, branch: Branch, day: date) -> Where:
        theirs = select(Link.person_id).where(Link.live.is_(True), Link.chat_id.in_(self._chats()))
        return Membership.person_id.in_(theirs)

    def where_linked(self, branch: Branch, day: date) -> Where:
        # As a sum, lest SQLite tries every chat of the list for every person.
        return (Link.chat_id + 0).in_(self._chats())

    def in_words(self, branch: Branch) -> str:
        return f"第{self.number}号「{self.title}」を受け取った人"

    def _chats(self) -> CompoundSelect[Any]:
        """A chat stands in one batch; those that were left out of it stand there once more."""
        return _in_lists(self, MailingBatch.chat_ids).except_(_in_lists(self, MailingBatch.left_out_ids))


class EachEntry(FunctionElement[Any]):
    """Every entry of a JSON list, a row each."""

    name = "each_entry"
    inherit_cache = True


@compiles(EachEntry, "sqlite")
def _on_sqlite(element: EachEntry, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(EachEntry, "postgresql")
def _on_postgresql(element: EachEntry, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **more)} AS json))"


def _in_lists(told: Told, lists: InstrumentedAttribute[str]) -> Select[Any]:
    """The chats that stand in the lists of a broadcast's batches."""
    each = EachEntry(lists).table_valued("value")
    return (
        select(cast(each.c.value, Integer))
        .select_from(MailingBatch)
        .join(each, true())
        .where(
            MailingBatch.mailing_id.in_((told.first_mailing, told.rest_mailing)),
            MailingBatch.outcome.in_((ACCEPTED, UNKNOWN)),
        )
    )
