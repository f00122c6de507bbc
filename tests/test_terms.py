"""Dated terms: what a file may hold, and the message when it does not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Literal

import pytest

from models.branch import folders, load_branch, load_branches
from models.terms import BadTerms, NoTerms, read_dated, read_list, read_one
from models.unread_terms import unread_terms
from settings import ROOT


@dataclass(frozen=True)
class Course:
    name: str
    fee: int


@dataclass(frozen=True)
class Dock:
    quota: int
    applies: Literal["post", "web"]
    opens_on: date
    share: float = 0.5
    winter: bool = False
    days: tuple[str, ...] = ()
    courses: dict[str, Course] | None = None


GOOD = """\
- from: 2023-04-01
  until: 2024-03-31
  source: "003 P16"
  quota: 100
  applies: post
  opens_on: 2023-05-01
- from: 2024-04-01
  source: "003 P16"
  quota: 120
  applies: web
  opens_on: 2024-05-01
  share: 0.25
  winter: true
  days: [月, 火]
  courses:
    a: {name: 一般, fee: 12000}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "aichi"
    folder.mkdir()
    return folder / "dock.yaml"


def bad(file: Path, text: str | bytes, read: Callable[[Path], object] | None = None) -> str:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadTerms) as caught:
        (read or (lambda file: read_dated(file, Dock)))(file)
    return str(caught.value)


def test_good_terms_are_read_into_what_the_rules_use(file: Path) -> None:
    file.write_text(GOOD, "utf-8")

    dated = read_dated(file, Dock)

    assert dated.on(date(2023, 6, 1)) == Dock(100, "post", date(2023, 5, 1))
    assert dated.on(date(2024, 6, 1)) == Dock(
        120, "web", date(2024, 5, 1), 0.25, True, ("月", "火"), {"a": Course("一般", 12_000)}
    )
    assert [block.source for block in dated.blocks] == ["003 P16", "003 P16"]


@pytest.mark.parametrize(
    ("day", "quota"),
    [
        (date(2023, 3, 31), None),
        (date(2023, 4, 1), 100),
        (date(2024, 3, 31), 100),
        (date(2024, 4, 1), 120),
        (date(2030, 1, 1), 120),
    ],
    ids=["day before the first", "first day", "last day of the first", "first day of the next", "open end"],
)
def test_the_block_of_the_day_holds(file: Path, day: date, quota: int | None) -> None:
    file.write_text(GOOD, "utf-8")
    dated = read_dated(file, Dock)

    found = dated.get(day)

    assert (found.quota if found else None) == quota
    if quota is None:
        with pytest.raises(NoTerms, match=r"aichi/dock\.yaml"):
            dated.on(day)


@pytest.mark.parametrize(
    ("day", "quota"),
    [
        (date(2023, 3, 31), 100),
        (date(2023, 4, 1), 100),
        (date(2024, 3, 31), 100),
        (date(2024, 4, 1), 120),
        (date(2025, 4, 1), 120),
    ],
    ids=["before the first", "first day", "last day of the first", "first day of the next", "after the last"],
)
def test_outside_all_blocks_the_nearest_is_told(file: Path, day: date, quota: int) -> None:
    file.write_text(GOOD, "utf-8")
    dated = read_dated(file, Dock)
    ended = replace(dated, blocks=(*dated.blocks[:-1], replace(dated.blocks[-1], until=date(2025, 3, 31))))

    assert ended.nearest(day).quota == quota


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("quota: 120", "quotta: 120", 9, "「quotta」という項目はありません。使える項目: applies、courses、"),
        ("  quota: 100\n", "", 1, "「quota:」がありません。書き足してください"),
        ('  source: "003 P16"\n  quota: 100', "  quota: 100", 1, "「source:」がありません"),
        ("- from: 2023-04-01\n  until", "- until", 1, "「from:」がありません"),
        ("quota: 120", "quota: 百二十", 9, "「百二十」を整数（例: 12000）として読めません"),
        ("quota: 120", "quota: 12.5", 9, "整数（例: 12000）"),
        ("quota: 120", "quota: [1, 2]", 9, "ここには整数（例: 12000）を一つ書いてください"),
        ("quota: 120", "quota:", 9, "整数（例: 12000）"),
        ("opens_on: 2024-05-01", "opens_on: 5月1日", 11, "日付（例: 2024-04-25）"),
        ("opens_on: 2024-05-01", "opens_on: 2024-02-30", 11, "日付（例: 2024-04-25）"),
        ("share: 0.25", "share: half", 12, "数（例: 0.5）"),
        ("winter: true", "winter: はい", 13, "true か false"),
        ("applies: web", "applies: fax", 10, "「fax」は使えません。次のどれかにしてください: post、web"),
        ("days: [月, 火]", "days: 月", 14, "[ ] か「- 」の並びにしてください"),
        ("a: {name: 一般, fee: 12000}", "a: 12000", 16, "「項目: 値」の形にしてください"),
        ("fee: 12000", "fee: 一万", 16, "「一万」を整数"),
        ("fee: 12000", "fees: 12000", 16, "「fees」という項目はありません。使える項目: fee、name"),
        (", fee: 12000", "", 16, "「fee:」がありません"),
        ("  share: 0.25", "  quota: 130", 12, "「quota」が二度書かれています。一つにしてください"),
        (
            "from: 2024-04-01",
            "from: 2024-03-31",
            7,
            "from: 2024-03-31 は前のブロックより後の日にしてください",
        ),
        ("from: 2024-04-01", "from: 2023-04-01", 7, "前のブロックより後の日"),
        ("until: 2024-03-31", "until: 2024-01-31", 7, "2024-02-01〜2024-03-31 の内容がありません"),
        ("from: 2024-04-01", "from: 令和6年", 7, "日付（例: 2024-04-25）"),
        ("until: 2024-03-31", "until: 2023-03-31", 1, "until: 2023-03-31 は from: 2023-04-01 より前です"),
    ],
    ids=[
        *("unknown key", "missing key", "missing source", "missing from", "words for a number"),
        *("a fraction for a whole number", "a list for a number", "nothing for a number", "no date"),
        *("30 February", "words for a fraction", "no yes or no", "not one of the choices", "no list"),
        *("no mapping", "deep: no number", "deep: unknown key", "deep: missing key", "a key twice"),
        *("overlap", "the same day twice", "gap", "no day to begin", "ends before it begins"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(
    file: Path, old: str, new: str, line: int, says: str
) -> None:
    assert old in GOOD

    message = bad(file, GOOD.replace(old, new, 1))

    assert message.startswith(f"aichi/dock.yaml:{line}: ")
    assert says in message


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "「- from: 2024-04-01」で始まるブロックの並び"),
        ("[]", 1, "「- from: 2024-04-01」で始まるブロックの並び"),
        ("from: 2024-04-01\nquota: 1\n", 1, "「- from: 2024-04-01」で始まるブロックの並び"),
        ("- 2024\n", 1, "「項目: 値」の形"),
        ("- from: 2024-04-01\n  quota: [1\n", 3, "YAMLとして読めません"),
        ("- from: 2024-04-01\n quota: 1\n", 2, "YAMLとして読めません"),
        ("- from: 2024-04-01\n\tquota: 1\n", 2, "YAMLとして読めません"),
        ("- from: *nobody\n", 1, "YAMLとして読めません"),
        ("- ? [a, b]\n  : 1\n", 1, "項目の名前"),
        ("- from: 2024-04-01\n  quota: \x07\n", 2, "YAMLとして読めません"),
        ("- 数: 1\n".encode("cp932"), 1, "文字コードを UTF-8 にしてください"),
        ("- from: 2024-04-01\n---\n- from: 2025-04-01\n", 2, "YAMLとして読めません"),
    ],
    ids=[
        *("empty", "empty list", "no list", "a list of numbers", "a bracket left open", "bad indentation"),
        *("a tab", "an unknown anchor", "a list as a key", "a control character", "another encoding"),
        "two documents",
    ],
)
def test_a_file_that_is_no_list_of_blocks_is_told_apart(
    file: Path, text: str | bytes, line: int, says: str
) -> None:
    message = bad(file, text)

    assert message.startswith(f"aichi/dock.yaml:{line}: ")
    assert says in message


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(BadTerms, match=r"aichi/dock.yaml:1: ファイルがありません"):
        read_dated(file, Dock)


def test_lists_and_single_mappings_are_checked_alike(file: Path) -> None:
    assert "aichi/dock.yaml:2: " in bad(
        file, "- {name: a, fee: 1}\n- {name: b}\n", lambda file: read_list(file, Course)
    )
    assert "「- 」で始まる" in bad(file, "name: a\n", lambda file: read_list(file, Course))
    assert "「fee:」がありません" in bad(file, "name: a\n", lambda file: read_one(file, Course))
    assert "「項目: 値」の形" in bad(file, "- a\n", lambda file: read_one(file, Course))


def test_no_code_is_run_from_a_file(file: Path) -> None:
    assert "aichi/dock.yaml:1: " in bad(file, "- !!python/object/apply:os.system [echo]\n")


def test_every_branch_of_this_release_loads() -> None:
    assert {"saitama", "kagawa", "aichi"} <= set(load_branches(ROOT / "branches"))


def test_a_broken_branch_is_named_with_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "osaka"
    folder.mkdir()
    (folder / "branch.yaml").write_text("name: 大阪支部\n", "utf-8")

    with pytest.raises(BadTerms, match=r"osaka/branch.yaml:1: "):
        load_branch(folder)


@pytest.mark.parametrize("numbers", ['{member: "[0-9"}', '{teacher: "[0-9]{6}"}'], ids=["pattern", "kind"])
def test_the_form_of_numbers_is_checked(tmp_path: Path, numbers: str) -> None:
    folder = tmp_path / "saitama"
    copytree(ROOT / "branches" / "saitama", folder)
    file = folder / "branch.yaml"
    file.write_text(f"{file.read_text('utf-8').replace('numbers: ', '# ')}numbers: {numbers}\n", "utf-8")

    with pytest.raises(BadTerms, match=r"saitama/branch.yaml:1: numbers: "):
        load_branch(folder)


@pytest.mark.parametrize("branch", [folder.name for folder in folders(ROOT / "branches")])
def test_every_term_is_read(branch: str) -> None:
    assert [str(unread) for unread in unread_terms(ROOT / "branches" / branch)] == []


def test_a_term_that_no_answer_names_is_told_with_its_line(tmp_path: Path) -> None:
    folder = Path(copytree(ROOT / "branches" / "aichi", tmp_path / "aichi"))
    with (folder / "wedding.yaml").open("a", encoding="utf-8") as terms:
        terms.write("  step: {first: 10万円}\n")
    line = len((folder / "wedding.yaml").read_text("utf-8").splitlines())

    assert [str(unread) for unread in unread_terms(folder)] == [
        f"aichi/wedding.yaml:{line}: 「step.first」を使う答えも予定もありません。名前を直すか、この行を消してください"
    ]
