"""Changes of an association's files: entered into the record when a program starts with other ones than the last."""

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from models.audit import last_act, record, take_turn

CHANGED = "terms.change"


def note_terms(db: Connection, branch: str, folder: Path, now: datetime) -> bool:
    """Enters which files of a branch differ from those last entered; True when any does."""
    take_turn(db, branch)  # replicas that start together enter a change once
    known = last_act(db, branch, CHANGED)
    before = dict(known.after["files"]) if known and known.after else {}
    after = prints(folder)
    if before == after:
        return False
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    record(db, branch, "system", CHANGED, ",".join(changed), now, {"files": before}, {"files": after})
    return True


def prints(folder: Path) -> dict[str, str]:
    """Each file of the branch and a print of its content; the demo's people are no terms."""
    files = sorted(each for each in folder.iterdir() if each.is_file())
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest()[:16] for each in files}
