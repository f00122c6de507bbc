"""The rows of the bench: printed as a table, written to bench.json."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = 62  # columns


@dataclass(frozen=True)
class Row:
    """One number; `target` says what it should be (≥, ≤, =), None where it is only shown."""

    name: str
    value: float
    unit: str
    target: str | None = None
    ok: bool | None = None


def at_least(name: str, value: float, unit: str, target: float) -> Row:
    return Row(name, round(value, 2), unit, f"≥ {target:g}", value >= target)


def at_most(name: str, value: float, unit: str, target: float) -> Row:
    return Row(name, round(value, 3), unit, f"≤ {target:g}", value <= target)


def shown(name: str, value: float, unit: str) -> Row:
    return Row(name, round(value, 3), unit)


def print_row(row: Row) -> None:
    verdict = {True: "ok", False: "MISSED", None: ""}[row.ok]
    print(f"{row.name:<{NAME}} {row.value:>12,.2f} {row.unit:<9} {row.target or '':<7} {verdict}", flush=True)


def write_json(rows: Sequence[Row], file: Path) -> None:
    file.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n", "utf-8")
