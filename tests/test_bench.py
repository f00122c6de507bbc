"""The part of the bench that runs the product's own commands still gets its files taken over; no time is looked at."""

from pathlib import Path

import pytest

from bench import importing


def test_the_files_of_the_bench_are_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ROWS", 40)
    names = [row.name for row in importing.rows(tmp_path)]
    assert [name for name in names if name.startswith("import of")] == [
        "import of members",
        "import of grants",
        "import of checkups",
    ]
