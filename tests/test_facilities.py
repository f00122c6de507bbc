"""Facilities: their file, and how they are found."""

from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from handlers.redeem import redeem, scanned
from models.base import Database
from models.facility import Facility, code_in, experience_code, facilities_offering, facility, municipalities
from models.imports import Report, import_facilities
from models.municipality import municipality_of
from models.table_file import BadRows

NOW = datetime(2024, 7, 1, tzinfo=UTC)
HEADER = "code,name,address,phone,products"
HOSPITAL = "fs0007,見本病院,埼玉県さいたま市浦和区見本1-1,048-000-0007,1day:01|2day:02|brain"
DENTIST = "fs0100,見本歯科,埼玉県川口市見本2-2,048-000-0010,dental:06"
CLINIC = "fs0200,みほんクリニック,埼玉県入間郡三芳町見本3,048-000-0020,1day:01|womens"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "facilities.csv"


def take(database: Database, file: Path, *lines: str, branch: str = "saitama") -> Report:
    file.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    return import_facilities(database, branch, file)


def found(database: Database, code: str) -> Facility | None:
    with database.reading() as db:
        return facility(db, "saitama", code)


def codes(database: Database, *products: str, search: str = "", municipality: str | None = None) -> list[str]:
    with database.reading() as db:
        page = facilities_offering(db, "saitama", products, search=search, municipality=municipality)
    return [one.code for one in page.facilities]


@pytest.mark.parametrize("code", ["fs0007", "FS0007", "ＦＳ０００７", " fs0007 "])
def test_a_facility_is_found_however_its_code_is_typed(database: Database, file: Path, code: str) -> None:
    take(database, file, HOSPITAL)

    assert found(database, code) == Facility(
        branch="saitama",
        code="fs0007",
        name="見本病院",
        address="埼玉県さいたま市浦和区見本1-1",
        phone="048-000-0007",
        products={"1day": "fs00701", "2day": "fs00702", "brain": ""},
        municipality="さいたま市浦和区",
    )


@pytest.mark.parametrize(
    ("code", "digits", "printed"),
    [
        ("fs0007", "01", "fs00701"),
        ("fs0123", "05", "fs12305"),
        ("fs1234", "07", "fs123407"),
    ],
    ids=["as the guide prints it", "three digits", "four digits grow"],
)
def test_an_experience_is_numbered_as_the_guide_prints_it(code: str, digits: str, printed: str) -> None:
    assert experience_code(code, digits) == printed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("fs0007です", "fs0007"),
        ("fs0007。", "fs0007"),
        ("「ＦＳ０００７」", "fs0007"),
        ("fs-0007", "fs0007"),
        ("fs 0007", "fs0007"),
        ("FS―0007", "fs0007"),
        ("施設コード：fs0007", "fs0007"),
        ("コードは fs12345678 です", "fs12345678"),
        ("https://line.me/R/oaMessage/%40x/?fs0007", "fs0007"),
        ("fs007", ""),
        ("ofs0007", ""),
        ("fs0007a", ""),
        ("fs123456789", ""),
    ],
)
def test_a_code_is_read_out_of_what_stands_beside_it(text: str, code: str) -> None:
    assert code_in(text) == code


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("fs0007", True),
        ("fs0007です。", True),
        ("施設コード: fs0007", True),
        ("施設コード:fs-0007/体験コードfs00701", True),
        ("https://line.me/r/oamessage/%40kyosai-saitama/?fs0007", True),
        ("https://bot.example.jp/go/fs0007/", True),
        ("fs0007の台紙が読み取れませんでした", False),
        ("fs0007で脳ドックは使えますか", False),
        ("fs0007@example.jp", False),
    ],
)
def test_a_text_that_is_a_code_opens_its_facility_and_one_that_speaks_of_it_does_not(
    text: str, opens: bool
) -> None:
    assert (scanned(text) == redeem.opener(facility_code="fs0007")) == opens


def test_an_unknown_code_and_another_branchs_code_find_nothing(database: Database, file: Path) -> None:
    take(database, file, HOSPITAL, branch="aichi")

    assert found(database, "fs0007") is None
    assert found(database, "") is None


def test_facilities_are_those_that_take_one_of_the_products(database: Database, file: Path) -> None:
    take(database, file, HOSPITAL, DENTIST, CLINIC)

    assert codes(database, "dental") == ["fs0100"]
    assert sorted(codes(database, "1day", "brain")) == ["fs0007", "fs0200"]
    assert codes(database, "refresh") == []
    assert codes(database) == []


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("見本病院", ["fs0007"]),
        ("浦和", ["fs0007"]),
        ("さいたま市", ["fs0007"]),
        ("ﾐﾎﾝ", []),
        ("ｸﾘﾆｯｸ", ["fs0200"]),
        ("見本　１－１", ["fs0007"]),
        ("三芳町 みほん", ["fs0200"]),
        ("%", []),
        ("_", []),
    ],
)
def test_a_search_is_blind_to_the_width_of_letters(
    database: Database, file: Path, search: str, expected: list[str]
) -> None:
    take(database, file, HOSPITAL, DENTIST, CLINIC)

    assert codes(database, "1day", search=search) == expected


def test_a_municipality_is_met_exactly(database: Database, file: Path) -> None:
    take(database, file, HOSPITAL, DENTIST.replace("見本歯科", "浦和見本歯科"), CLINIC)

    assert codes(database, "1day", "dental", municipality="さいたま市浦和区") == ["fs0007"]


def test_municipalities_are_counted_by_product(database: Database, file: Path) -> None:
    take(database, file, HOSPITAL, DENTIST, CLINIC, HOSPITAL.replace("fs0007", "fs0008"))

    with database.reading() as db:
        places = dict(municipalities(db, "saitama", ["1day", "2day"]))

    assert places == {"さいたま市浦和区": 2, "入間郡三芳町": 1}


def test_pages_together_are_the_whole_list_once(database: Database, file: Path) -> None:
    lines = [f"fs{n:04},見本{n % 7}医院,埼玉県川口市見本{n},,1day" for n in range(1, 26)]
    take(database, file, *lines)

    pages: list[list[str]] = []
    after = None
    with database.reading() as db:
        while not pages or after:
            page = facilities_offering(db, "saitama", ["1day"], after=after, limit=10)
            pages.append([one.code for one in page.facilities])
            after = page.after

    assert [len(page) for page in pages] == [10, 10, 5]
    assert sorted(chain.from_iterable(pages)) == [f"fs{n:04}" for n in range(1, 26)]


def test_a_list_that_ends_with_its_page_has_no_next_one(database: Database, file: Path) -> None:
    take(database, file, *(f"fs{n:04},見本医院,埼玉県川口市見本{n},,1day" for n in range(10)))

    with database.reading() as db:
        assert facilities_offering(db, "saitama", ["1day"], limit=10).after is None


def test_the_same_file_twice_changes_nothing_and_a_missing_facility_stays(
    database: Database, file: Path
) -> None:
    take(database, file, HOSPITAL, DENTIST, CLINIC)

    again = take(database, file, HOSPITAL, DENTIST, CLINIC)
    changed = take(database, file, HOSPITAL.replace("|brain", ""), CLINIC)

    assert again == Report(rows=3, added=0, changed=0, unchanged=3)
    assert changed == Report(rows=2, added=0, changed=1, unchanged=1, missing=("fs0100",))
    assert codes(database, "brain") == []
    assert codes(database, "dental") == ["fs0100"]


def test_a_facility_may_take_no_coupon_at_present(database: Database, file: Path) -> None:
    take(database, file, "fs0007,見本病院,埼玉県川口市見本1,,")

    hospital = found(database, "fs0007")
    assert hospital is not None
    assert hospital.products == {}


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        ("fs-07,見本病院,埼玉県川口市見本1,,1day", "code"),
        ("h00001,見本病院,埼玉県川口市見本1,,1day", "code"),
        ("fs7,見本病院,埼玉県川口市見本1,,1day", "code"),
        (",見本病院,埼玉県川口市見本1,,1day", "code"),
        ("fs0007,,埼玉県川口市見本1,,1day", "name"),
        ("fs0007,見本病院,,,1day", "address"),
        ("fs0007,見本病院,埼玉県川口市見本1,内線3,1day", "phone"),
        ("fs0007,見本病院,埼玉県川口市見本1,,3day:01", "products"),
        ("fs0007,見本病院,埼玉県川口市見本1,,1day:1", "products"),
        ("fs0007,見本病院,埼玉県川口市見本1,,1day:01|1day:02", "products"),
        ("fs0007,見本病院,埼玉県川口市見本1,,1day:01|", "products"),
        ("FS0100,見本病院,埼玉県川口市見本1,,1day", "code"),
        ("f1001,見本病院,埼玉県川口市見本1,,1day:01", "code"),
        ("fsabcd,見本病院,埼玉県川口市見本1,,1day:01", "code"),
        (",見本病院,埼玉県川口市見本1,,1day:01", "code"),
        ("fs0007,見本病院,埼玉県川口市見本1,,1day:01|2day:01", "products"),
    ],
)
def test_a_bad_row_is_named_and_nothing_changes(
    database: Database, file: Path, bad: str, column: str
) -> None:
    with pytest.raises(BadRows) as refused:
        take(database, file, DENTIST, bad, CLINIC)

    assert [(problem.line, problem.column) for problem in refused.value.problems] == [(3, column)]
    assert found(database, "fs0100") is None


@pytest.mark.parametrize(
    ("address", "municipality"),
    [
        ("埼玉県さいたま市浦和区高砂3-15-1", "さいたま市浦和区"),
        ("さいたま市大宮区見本1", "さいたま市大宮区"),
        ("〒330-0063 埼玉県 川越市見本区画1", "川越市"),
        ("埼玉県秩父郡小鹿野町見本", "秩父郡小鹿野町"),
        ("埼玉県秩父郡東秩父村見本", "秩父郡東秩父村"),
        ("秩父市見本町1", "秩父市"),
        ("千葉県市川市見本1", "市川市"),
        ("東京都町田市見本1", "町田市"),
        ("東京都千代田区見本町1", "千代田区"),
        ("愛知県蒲郡市見本町1", "蒲郡市"),
        ("愛知県名古屋市中区三の丸", "名古屋市中区"),
        ("愛知県知多郡東浦町見本", "知多郡東浦町"),
        ("福島県郡山市見本町", "郡山市"),
        ("香川県高松市番町四丁目", "高松市"),
        ("香川県仲多度郡多度津町見本", "仲多度郡多度津町"),
        ("群馬県佐波郡玉村町見本", "佐波郡玉村町"),
        ("見本1-1", "その他"),
    ],
)
def test_the_municipality_is_read_from_an_address(address: str, municipality: str) -> None:
    assert municipality_of(address) == municipality
