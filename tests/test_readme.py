"""The README and the map of files say what the modules say; the map is made of their first lines and written here."""

import ast
import os
import re
import subprocess

from settings import ROOT

README = (ROOT / "README.md").read_text("utf-8")
MAP = ROOT / "docs" / "map.md"
ROOMS = (
    "", "house", "bot", "handlers", "models", "scheduler", "pages", "pictures", "commands", "simulator", "bench",
)  # fmt: skip


def test_the_map_of_files_says_what_the_modules_say() -> None:
    if os.environ.get("WRITE_DOCS"):
        MAP.write_text(the_map(), "utf-8")
    assert MAP.read_text("utf-8") == the_map(), "docs/map.md is stale: run `make docs`"


def test_the_talk_in_the_readme_is_one_that_the_house_has() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (talk,) = re.findall(r"```\n(# .*?)```", README, re.DOTALL)

    assert code in (ROOT / "handlers" / "link.py").read_text("utf-8")
    assert talk in (ROOT / "tests" / "talks" / "saitama" / "unlink.talk").read_text("utf-8")


def test_every_setting_is_in_the_readme() -> None:
    read = re.findall(r'env(?:, |\.get\(f?)"([{}\w]+)"', (ROOT / "settings.py").read_text("utf-8"))

    assert len(read) > 8
    assert [name for name in read if f"`{name.replace('{name}', '<組合>')}`" not in README] == []


def the_map() -> str:
    """One line a module, room by room."""
    lines = ["# 部屋の地図\n"]
    for room in ROOMS:
        lines.append(f"\n## {room or '一番上'}\n\n")
        lines += [f"- `{file}` {first_line(file)}\n" for file in modules(room)]
    return "".join(lines)


def modules(room: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [file for file in listed.stdout.split() if file.rpartition("/")[0] == room]
    return sorted(file for file in files if (ROOT / file).exists())


def first_line(file: str) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / file).read_text("utf-8")))
    assert docstring, f"{file} does not say what it is"
    return docstring.splitlines()[0]
