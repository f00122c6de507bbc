"""Writes the next migration: what the tables of the code have beyond the newest one."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from models.base import Database
from models.schema import MIGRATIONS, configuration, upgrade


def write(words: str) -> Path:
    """Writes migrations/versions/NNNN_words.py, to be read before it is kept."""
    number = f"{len(list((MIGRATIONS / 'versions').glob('*.py'))) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        upgrade(database)
        with database.transaction() as db:
            command.revision(configuration(db), words, autogenerate=True, rev_id=number)
        database.close()
    file = next((MIGRATIONS / "versions").glob(f"{number}_*.py"))
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    return file


if __name__ == "__main__":
    sys.stdout.write(f"{write(' '.join(sys.argv[1:]))}\n")
