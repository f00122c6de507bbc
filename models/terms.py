"""Dated terms: YAML blocks that begin `from: <day>`, checked against the dataclass that the rules read."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

Terms = TypeVar("Terms")
RENAMED = {"from": "since", "for": "audience"}  # no names for a Python field
MARKS = ("from", "until", "source", "to_confirm")  # of a block, not of its terms
WRITTEN = {field: key for key, field in RENAMED.items()}


class BadTerms(Exception):
    """A terms file that cannot be used: where it is wrong and what to write instead."""

    def __init__(self, file: Path, line: int, what: str) -> None:
        super().__init__(f"{file.parent.name}/{file.name}:{line}: {what}")
        self.line = line


class NoTerms(Exception):
    """No block holds on the day."""


@dataclass(frozen=True)
class Block(Generic[Terms]):
    since: date
    until: date | None
    source: str
    terms: Terms


@dataclass(frozen=True)
class Dated(Generic[Terms]):
    """The blocks of one file, oldest first."""

    file: Path
    blocks: tuple[Block[Terms], ...]

    def on(self, day: date) -> Terms:
        """The terms that hold on the day. Raises NoTerms before the first and after the last block."""
        for block in reversed(self.blocks):
            if block.since <= day and (block.until is None or day <= block.until):
                return block.terms
        raise NoTerms(f"{self.file.parent.name}/{self.file.name} has no terms for {day}")

    def get(self, day: date) -> Terms | None:
        try:
            return self.on(day)
        except NoTerms:
            return None

    def nearest(self, day: date) -> Terms:
        """The terms of the day; before them the first, after or between them the last that held."""
        begun = [block for block in self.blocks if block.since <= day]
        return (begun or self.blocks[:1])[-1].terms


def known_on(dated: Dated[Terms] | None, day: date) -> Terms | None:
    """The terms that hold on the day, where a branch has such terms at all."""
    return dated.get(day) if dated else None


def read_dated(file: Path, kind: type[Terms]) -> Dated[Terms]:
    """Reads a file of dated blocks, each with `from`, `source`, perhaps `until`, and the fields of `kind`.

    Raises BadTerms with file and line for unknown or missing keys, wrong types, overlaps."""
    root = _compose(file)
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        raise BadTerms(file, 1, "ファイルは「- from: 2024-04-01」で始まるブロックの並びにしてください")
    blocks = tuple(_block(file, node, kind) for node in root.value)
    for (earlier, later), node in zip(zip(blocks, blocks[1:], strict=False), root.value[1:], strict=False):
        _check_order(file, _line(node), earlier, later)
    return Dated(file, blocks)


def read_list(
    file: Path, kind: type[Terms], problems: list[BadTerms] | None = None
) -> tuple[tuple[Terms, int], ...]:
    """Reads a list of mappings, each into `kind`, with the line where it begins. Raises BadTerms.

    With `problems`, an entry that cannot be read is told there, and the others are read all the same."""
    root = _compose(file)
    if root is None:
        return ()
    if not isinstance(root, yaml.SequenceNode):
        raise BadTerms(file, 1, "ファイルは「- 」で始まる項目の並びにしてください")
    if problems is None:
        return tuple((_fill(file, node, kind), _line(node)) for node in root.value)
    return tuple(_readable(file, root, kind, problems))


def _readable(
    file: Path, root: Any, kind: type[Terms], problems: list[BadTerms]
) -> Iterator[tuple[Terms, int]]:
    for node in root.value:
        try:
            yield _fill(file, node, kind), _line(node)
        except BadTerms as bad:
            problems.append(bad)


def read_one(file: Path, kind: type[Terms]) -> Terms:
    """Reads a single mapping. Raises BadTerms."""
    return _fill(file, _compose(file), kind)


def read_raw(file: Path) -> list[dict[str, Any]]:
    """The blocks as plain values, for those who look a figure up by its path.

    Raises BadTerms for what is no YAML, for a day that is none, and for an end before its beginning."""
    for node in _mappings(_compose(file)):
        _check_days(file, node)
    return list(yaml.load(file.read_text("utf-8"), yaml.CSafeLoader) or [])


def leaves(file: Path) -> Iterator[tuple[str, int]]:
    """Every single value of a file of blocks by its path, with its line; without what every block may have."""
    for block in _compose(file).value:
        for key, value in _keys(file, block).items():
            if key not in MARKS:
                yield from _leaves(value, key)


def _leaves(node: Any, path: str) -> Iterator[tuple[str, int]]:
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield from _leaves(value, f"{path}.{key.value}")
        case yaml.SequenceNode():
            for place, value in enumerate(node.value):
                yield from _leaves(value, f"{path}.{place}")
        case _:
            yield path, _line(node)


def _mappings(node: Any) -> Iterator[Any]:
    """Every mapping of a file, at any depth."""
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _mappings(each)


def _check_days(file: Path, node: Any) -> None:
    """Of one mapping: its days are days (not 2025-02-29), and none in `…until` is before that in `…from`."""
    days = dict(_days(file, node))
    for key, (last, line) in days.items():
        beginning = f"{key.removesuffix('until')}from"
        first, _ = days.get(beginning, (last, 0))
        if key.endswith("until") and last < first:
            raise BadTerms(
                file, line, f"{key}: {last} は {beginning}: {first} より前です。後の日にしてください"
            )


def _days(file: Path, node: Any) -> Iterator[tuple[str, tuple[date, int]]]:
    """The days in a mapping by their keys, with their lines."""
    for key, value in node.value:
        for one in value.value if isinstance(value, yaml.SequenceNode) else (value,):
            if isinstance(one, yaml.ScalarNode) and one.tag.endswith(":timestamp"):
                try:
                    yield key.value, (date.fromisoformat(one.value[:10]), _line(one))
                except ValueError:
                    raise BadTerms(
                        file, _line(one), f"{one.value} という日はありません。ある日付にしてください"
                    ) from None


def as_yaml(entries: list[dict[str, Any]]) -> str:
    """Entries as a YAML list, to be pasted into a file that `read_list` reads."""
    return str(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=100))


def _check_order(file: Path, line: int, earlier: Block[Terms], later: Block[Terms]) -> None:
    if later.since <= earlier.since or (earlier.until and later.since <= earlier.until):
        raise BadTerms(file, line, f"from: {later.since} は前のブロックより後の日にしてください")
    if earlier.until and (gap := earlier.until + timedelta(days=1)) < later.since:
        last = later.since - timedelta(days=1)
        raise BadTerms(
            file,
            line,
            f"{gap}〜{last} の内容がありません。from: を {gap} にするか、間のブロックを書いてください",
        )


def _compose(file: Path) -> Any:
    try:
        return yaml.compose(file.read_text("utf-8"), yaml.CSafeLoader)
    except FileNotFoundError:
        raise BadTerms(file, 1, "ファイルがありません。作成してください") from None
    except UnicodeDecodeError:
        raise BadTerms(file, 1, "文字コードを UTF-8 にしてください") from None
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", "使えない文字")
        line = mark.line + 1 if mark else _line_at(file, getattr(error, "position", 0))
        raise BadTerms(
            file, line, f"YAMLとして読めません（{problem}）。字下げと「:」を確認してください"
        ) from None


def _line_at(file: Path, position: int) -> int:
    return file.read_text("utf-8").count("\n", 0, position) + 1


def _block(file: Path, node: Any, kind: type[Terms]) -> Block[Terms]:
    keys = _keys(file, node)
    since = _required(file, node, keys, "from", date)
    until = _convert(file, keys.pop("until"), date | None) if "until" in keys else None
    if until and until < since:
        raise BadTerms(file, _line(node), f"until: {until} は from: {since} より前です。後の日にしてください")
    source = _required(file, node, keys, "source", str)
    return Block(since, until, source, _fill_from(file, node, keys, kind))


def _required(file: Path, node: Any, keys: dict[str, Any], key: str, kind: Any) -> Any:
    if key not in keys:
        raise BadTerms(file, _line(node), f"「{key}:」がありません。書き足してください")
    return _convert(file, keys.pop(key), kind)


def _fill(file: Path, node: Any, kind: type[Terms]) -> Terms:
    return _fill_from(file, node, _keys(file, node), kind)


def _fill_from(file: Path, node: Any, keys: dict[str, Any], kind: type[Terms]) -> Terms:
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in keys.items():
        name = RENAMED.get(key, key)
        if name not in fields:
            known = "、".join(sorted(WRITTEN.get(field, field) for field in fields))
            raise BadTerms(file, _line(value), f"「{key}」という項目はありません。使える項目: {known}")
        values[name] = _convert(file, value, hints[name])
    for name, field in fields.items():
        if name not in values and field.default is field.default_factory is dataclasses.MISSING:
            raise BadTerms(file, _line(node), f"「{name}:」がありません。書き足してください")
    return kind(**values)


def _keys(file: Path, node: Any) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise BadTerms(file, _line(node), "「項目: 値」の形にしてください")
    keys: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BadTerms(file, _line(key), "項目の名前は一つの言葉にしてください")
        if key.value in keys:
            raise BadTerms(file, _line(key), f"「{key.value}」が二度書かれています。一つにしてください")
        keys[key.value] = value
    return keys


def _convert(file: Path, node: Any, kind: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (UnionType, Union):
        return _either(file, node, arguments)
    if dataclasses.is_dataclass(kind):
        return _fill(file, node, kind)  # type: ignore[arg-type]
    if origin is tuple:
        return tuple(_convert(file, one, arguments[0]) for one in _items(file, node))
    if origin in (dict, Mapping):
        pairs = _keys(file, node).items()
        return {key: _convert(file, value, arguments[1]) for key, value in pairs}
    if origin is Literal:
        value = _scalar(file, node, str)
        if value not in arguments:
            raise BadTerms(
                file,
                _line(node),
                f"「{value}」は使えません。次のどれかにしてください: {'、'.join(arguments)}",
            )
        return value
    return _scalar(file, node, kind)


def _either(file: Path, node: Any, kinds: tuple[Any, ...]) -> Any:
    if NoneType in kinds and isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
        return None
    return _convert(file, node, next(kind for kind in kinds if kind is not NoneType))


def _items(file: Path, node: Any) -> Iterator[Any]:
    if not isinstance(node, yaml.SequenceNode):
        raise BadTerms(file, _line(node), "[ ] か「- 」の並びにしてください")
    return iter(node.value)


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _bool(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


_READERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    str: (str, "文字"),
    int: (int, "整数（例: 12000）"),
    float: (float, "数（例: 0.5）"),
    date: (_date, "日付（例: 2024-04-25）"),
    bool: (_bool, "true か false"),
}


def _scalar(file: Path, node: Any, kind: Any) -> Any:
    read, example = _READERS[kind]
    if not isinstance(node, yaml.ScalarNode):
        raise BadTerms(file, _line(node), f"ここには{example}を一つ書いてください")
    try:
        return read(node.value)
    except (ValueError, KeyError):
        raise BadTerms(file, _line(node), f"「{node.value}」を{example}として読めません") from None


def _line(node: Any) -> int:
    return node.start_mark.line + 1 if node is not None else 1
