"""The README's map of files is made of the first lines of the modules; this test holds and writes it."""

import ast
import os
import subprocess

from settings import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- map -->", "<!-- /map -->"
ROOMS = (
    "", "house", "bot", "handlers", "models", "scheduler", "pages", "pictures", "commands", "simulator", "bench",
)  # fmt: skip


def test_the_map_in_the_readme_says_what_the_modules_say() -> None:
    text = README.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    fresh = f"{head}{BEGIN}\n{the_map()}{END}{tail}"

    if os.environ.get("WRITE_DOCS"):
        README.write_text(fresh, "utf-8")
    assert README.read_text("utf-8") == fresh, "the README's map is stale: run `make docs`"


def the_map() -> str:
    """One line a module, room by room."""
    lines = []
    for room in ROOMS:
        lines.append(f"\n**{room or '一番上'}**\n\n")
        lines += [f"- `{file}` {first_line(file)}\n" for file in modules(room)]
    return "".join(lines) + "\n"


def modules(room: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [file for file in listed.stdout.split() if file.rpartition("/")[0] == room]
    return sorted(file for file in files if (ROOT / file).exists())


def first_line(file: str) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / file).read_text("utf-8")))
    assert docstring, f"{file} does not say what it is"
    return docstring.splitlines()[0]
