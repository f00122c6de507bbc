"""docs/flows: the diagrams of every association's talks, written from the talks themselves."""

from collections.abc import Mapping
from pathlib import Path

from bot import diagram_page
from handlers.flows import flows_of
from models.branch import Branch


def write_flows(folder: Path, branches: Mapping[str, Branch], *, check: bool = False) -> list[str]:
    """Writes one page a branch; with `check` writes nothing and names the pages that are stale."""
    stale = []
    for branch in branches.values():
        file = folder / f"{branch.id}.md"
        text = diagram_page(flows_of(branch).values(), f"会話の流れ: {branch.identity.name}")
        if not file.exists() or file.read_text("utf-8") != text:
            stale.append(file.name)
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
    return stale
