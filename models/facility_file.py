"""The columns of a facilities file and what may stand in them."""

import re
from pathlib import Path

from models.facility import PRODUCTS, Facility, code_in, experience_code, facility_code
from models.municipality import municipality_of
from models.table_file import BadRows, Problem, Reader, Unreadable, narrow, rows, words

COLUMNS = ("code", "name", "address", "phone", "products")
_PHONE = re.compile(r"0[0-9]{1,4}-?[0-9]{1,4}-?[0-9]{3,4}|")
_PRODUCT = re.compile(rf"({'|'.join(PRODUCTS)})(?::([0-9]{{2}})?)?")


def read_facilities(file: Path, branch: str) -> list[Facility]:
    """All facilities of the file; raises BadRows with everything that is wrong in it."""
    problems: list[Problem] = []
    found: dict[str, Facility] = {}
    lines: dict[str, int] = {}
    for line, facility in rows(
        file, COLUMNS, lambda line, values: (line, _row(line, values, branch)), problems
    ):
        if facility.code in found:
            expected = f"{lines[facility.code]}行目と同じ施設コードです。1行にまとめてください"
            problems.append(Problem(line, "code", facility.code, expected))
        found.setdefault(facility.code, facility)
        lines.setdefault(facility.code, line)
    if not found and not problems:
        problems.append(Problem(2, "", "", "見出しの下に1行もありません"))
    if problems:
        raise BadRows(file, sorted(problems))
    return list(found.values())


def _row(line: int, values: dict[str, str], branch: str) -> Facility:
    read = Reader(line, values)
    code = read("code", _code)
    name, address = read("name", words) or "", read("address", words) or ""
    phone = read("phone", _phone) or ""
    products = read("products", _products) or {}
    read.finish()
    assert code is not None
    experiences = {one: experience_code(code, digits) if digits else "" for one, digits in products.items()}
    return Facility(branch, code, name, address, phone, experiences, municipality_of(address))


def _code(value: str) -> str:
    code = facility_code(value)
    if not code or code_in(code) != code:
        raise Unreadable("fsと4〜8けたの数字を書いてください（例: fs0007）")
    return code


def _phone(value: str) -> str:
    phone = re.sub(r"[‐‑‒–—―−ー－]", "-", narrow(value))
    if not _PHONE.fullmatch(phone):
        raise Unreadable("市外局番から書くか、空欄にしてください（例: 048-000-0001）")
    return phone


def _products(value: str) -> dict[str, str]:
    """1day:01|dental → {"1day": "01", "dental": ""}; nothing when the facility takes no coupon at present.

    A 体験コード names one thing in its facility (R-SAI-31)."""
    products: dict[str, str] = {}
    for part in narrow(value).lower().split("|") if value.strip() else ():
        match = _PRODUCT.fullmatch("".join(part.split()))
        if match is None:
            example = "1day:01|2day:02|brain"
            raise Unreadable(f"「{part}」: {example} のように書いてください。使える語: {', '.join(PRODUCTS)}")
        product, digits = match[1], match[2] or ""
        if product in products:
            raise Unreadable(f"「{product}」が2回あります")
        if digits and digits in products.values():
            raise Unreadable(f"体験コード「{digits}」が2回あります。クーポンごとに違う番号を書いてください")
        products[product] = digits
    return products
