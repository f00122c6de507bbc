"""Taking facilities into the register: what is new or different is written, nothing is removed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert

from models.facility import Facility, FacilityProduct, FacilityRow, all_facilities, searchable
from models.upsert import inserting

KEY = ("branch", "code")


@dataclass(frozen=True)
class Changes:
    """Facility codes by what a file means for them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    missing: tuple[str, ...]


def register(db: Connection, branch: str, facilities: Sequence[Facility]) -> Changes:
    """Writes the facilities that are new or differ; those that are not named stay as they are."""
    known = {facility.code: facility for facility in all_facilities(db, branch)}
    named = {facility.code: facility for facility in facilities}
    changes = Changes(
        added=tuple(code for code in named if code not in known),
        changed=tuple(code for code in named if code in known and known[code] != named[code]),
        unchanged=tuple(code for code in named if known.get(code) == named[code]),
        missing=tuple(code for code in known if code not in named),
    )
    # In one order, so that two files at once wait for each other and never in a circle.
    _write(db, [named[code] for code in sorted((*changes.added, *changes.changed))])
    return changes


def _write(db: Connection, facilities: Sequence[Facility]) -> None:
    if not facilities:
        return
    new = inserting(db, FacilityRow)
    rest = {column.name: new.excluded[column.name] for column in FacilityRow.__table__.columns}
    db.execute(new.on_conflict_do_update(index_elements=KEY, set_=rest), [_row(one) for one in facilities])
    for one in facilities:
        here = (FacilityProduct.branch == one.branch, FacilityProduct.facility == one.code)
        db.execute(delete(FacilityProduct).where(*here))
    products = [
        {
            "branch": one.branch,
            "facility": one.code,
            "product": product,
            "place": place,
            "experience": experience,
        }
        for one in facilities
        for place, (product, experience) in enumerate(one.products.items())
    ]
    if products:
        db.execute(insert(FacilityProduct), products)


def _row(facility: Facility) -> dict[str, str]:
    return {
        "branch": facility.branch,
        "code": facility.code,
        "name": facility.name,
        "address": facility.address,
        "phone": facility.phone,
        "municipality": facility.municipality,
        "search": searchable(f"{facility.name} {facility.municipality} {facility.address}"),
    }
