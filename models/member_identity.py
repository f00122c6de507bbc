"""Whether what a file says of somebody can be about the human being whom the edition that counts knows."""

from collections.abc import Sequence
from typing import Any

from models.member_file import MemberRow
from models.table_file import Problem, narrow


def contradiction(theirs: Sequence[MemberRow], ours: Sequence[Any]) -> Problem | None:
    """Why a person's rows in the file and in the edition cannot be of one human being; None when they can.

    Another birth date is a correction where a known number keeps its name, else another human being."""
    first = theirs[0]
    for row in theirs:
        if row.birthdate != first.birthdate:
            expected = f"{first.line}行目（番号 {first.number}）と同じ人なのに、生年月日が違います（{first.birthdate}）。正しいほうにそろえてください"
            return Problem(row.line, "birthdate", row.birthdate.isoformat(), expected)
    if not is_corrected(theirs, ours) or any(_keeps_name(row, one) for row in theirs for one in ours):
        return None
    before = ours[-1].birthdate
    if first.previous and first.number not in {one.number for one in ours}:
        expected = f"この番号の人の生年月日は、登録では {before} です（この行は {first.birthdate}）。同じ人なら生年月日をそろえ、別の人なら前の番号を直すか空欄にしてください"
        return Problem(first.line, "previous_number", first.previous, expected)
    expected = f"この番号は、氏名も生年月日（{before}）も違う人の登録です。番号を確かめてください。同じ人なら、氏名と生年月日を1つずつ、2回に分けて直してください"
    return Problem(first.line, "birthdate", first.birthdate.isoformat(), expected)


def is_corrected(theirs: Sequence[MemberRow], ours: Sequence[Any]) -> bool:
    """Whether the birth date is no longer what the edition says."""
    return theirs[0].birthdate not in {one.birthdate for one in ours}


def _keeps_name(row: MemberRow, known: Any) -> bool:
    return row.number == known.number and (
        _plain(row.name) == _plain(known.name) or _plain(row.kana) == _plain(known.kana) != ""
    )


def _plain(name: str) -> str:
    return "".join(narrow(name).split())
