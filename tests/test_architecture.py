"""Who may import whom: the rooms of the house, the doors of the libraries, and what every module begins with."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from settings import ROOT

ROOMS = ("bot", "handlers", "models", "scheduler", "pages", "pictures", "simulator", "commands", "house")
TOP = ("settings", "demo_clock", "demo", "server", "app")

# What each may import of ours: a room with all its modules, or one module. `bot` alone is its public face.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "bot": (
        *("bot.*", "models.base", "models.member", "models.conversation", "models.outbox", "models.days"),
        *(
            "models.courtesy",
            "models.mailing",
            "models.mailing_batches",
            "models.menu_wishes",
            "models.night",
            "models.pace",
            "models.written_day",
        ),
    ),
    "handlers": ("bot", "handlers.*", "models.*"),
    "models": ("models.*",),
    "scheduler": ("bot", "models.*", "scheduler.*"),
    "pages": ("bot", "models.*", "pages.*", "pictures.*"),
    "pictures": ("pictures.*",),
    "simulator": ("simulator.*",),
    "settings": (),
    "demo_clock": (),
    "house": (
        *("bot.*", "handlers.*", "house.*", "models.*", "pages.*", "pictures.*", "scheduler.*"),
        "settings",
    ),
    "server": ("bot.*", "house", "scheduler.*", "settings"),
    "demo": ("bot.*", "demo_clock", "house", "models.*", "scheduler.*", "settings", "simulator.*"),
    "commands": (
        *("bot.*", "commands.*", "handlers.*", "models.*", "pictures.*", "scheduler.*"),
        *("settings", "house", "demo", "demo_clock"),
    ),
    "app": ("commands.*", "models.terms"),
}

# Each outside library enters by one door; a room's name stands for all its modules.
DOORS: dict[str, tuple[str, ...]] = {
    "alembic": ("models.schema",),
    "apscheduler": ("scheduler.jobs",),
    "click": ("app", "commands"),
    "cryptography": ("models.proof",),
    "flask": ("bot.webhook", "demo", "house", "pages", "server", "simulator"),
    "flask_limiter": ("pages.security",),
    "flask_wtf": ("pages.security",),
    "jpholiday": ("models.days",),
    "linebot": ("bot.line_setup",),
    "PIL": ("pictures", "simulator"),
    "qrcode": ("pictures.codes", "simulator"),
    "reportlab": ("pictures.paper",),
    "requests": ("simulator",),
    "sqlite3": ("models.member_draft",),
    "sudachipy": ("bot.lexicon",),
    "urllib3": ("bot.line_setup",),
    "yaml": ("models.terms",),
    "icalendar": ("models.calendar_file",),
    "zxingcpp": ("pictures.codes", "simulator"),
}

ASKS_THE_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}


@dataclass(frozen=True)
class Module:
    name: str
    file: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.split(".")[0]

    def imports(self) -> Iterator[tuple[str, int]]:
        """The dotted names of the modules it imports, with their lines."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = self._absolute(node)
                yield from ((_module(f"{source}.{alias.name}", source), node.lineno) for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]
        return f"{package}.{node.module}" if node.module else package


def _modules() -> dict[str, Module]:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    files += [ROOT / f"{name}.py" for name in TOP]
    found = {}
    for file in files:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module(name, file, ast.parse(file.read_text("utf-8")))
    return found


def _module(longer: str, shorter: str) -> str:
    """`from models import coupons` imports a module, `from models.coupons import held` a name."""
    return longer if longer in _NAMES else shorter


_NAMES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for room in ROOMS
    for file in (ROOT / room).rglob("*.py")
}


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    return _modules()


def test_imports_go_only_where_the_design_lets_them(modules: dict[str, Module]) -> None:
    wrong = [
        f"{module.name}:{line} imports {imported}"
        for module in modules.values()
        for imported, line in module.imports()
        if imported.split(".")[0] in (*ROOMS, *TOP) and not _is_in(imported, MAY_IMPORT[module.room])
    ]

    assert wrong == []


def test_each_outside_library_enters_by_its_door(modules: dict[str, Module]) -> None:
    wrong = [
        f"{module.name}:{line} imports {imported}"
        for module in modules.values()
        for imported, line in module.imports()
        if (doors := DOORS.get(imported.split(".")[0])) and not {module.name, module.room} & set(doors)
    ]

    assert wrong == []


def test_every_door_is_used(modules: dict[str, Module]) -> None:
    used = {imported.split(".")[0] for module in modules.values() for imported, _ in module.imports()}

    assert set(DOORS) - used == set()


def test_imports_stand_at_the_top_of_the_file(modules: dict[str, Module]) -> None:
    wrong = [
        f"{module.name}:{node.lineno}"
        for module in modules.values()
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If | ast.Try)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert wrong == []


def test_no_import_leads_back_to_where_it_began(modules: dict[str, Module]) -> None:
    graph = {name: {one for one, _ in module.imports() if one in modules} for name, module in modules.items()}

    assert _cycle(graph) == []


def test_every_module_begins_with_one_sentence_that_says_what_it_is(modules: dict[str, Module]) -> None:
    wrong = [module.name for module in modules.values() if not _begins_with_a_sentence(module.file)]

    assert wrong == []


def test_nobody_below_the_top_asks_the_clock(modules: dict[str, Module]) -> None:
    wrong = [
        f"{module.name}:{node.lineno} {ast.unparse(node.func)}"
        for module in modules.values()
        if module.room in ROOMS and module.name != "commands.terminal"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ASKS_THE_CLOCK
    ]

    assert wrong == []


def test_no_talk_catches_a_refusal(modules: dict[str, Module]) -> None:
    """`@flow.refused` answers it, after all that its step had written is undone."""
    wrong = [
        f"{module.name}:{node.lineno}"
        for module in modules.values()
        if module.room == "handlers"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and "Refusal" in ast.unparse(node.type or node)
    ]

    assert wrong == []


def test_only_settings_reads_the_environment(modules: dict[str, Module]) -> None:
    wrong = [
        f"{module.name}:{node.lineno}"
        for module in modules.values()
        if module.room in ROOMS and module.room != "commands"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv")
    ]

    assert wrong == []


def _is_in(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == one or (one.endswith(".*") and f"{name}.".startswith(one[:-1])) for one in allowed)


def _begins_with_a_sentence(file: Path) -> bool:
    first = file.read_text("utf-8").partition("\n")[0]
    return first.startswith('"""') and first.removesuffix('"""').endswith(".") and len(first) > 10


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    """One way that leads back to its beginning; empty when there is none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        done.add(name)
        return next(
            (found for other in sorted(graph.get(name, ())) if (found := walk(other, [*path, name]))), []
        )

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])
