"""What is printed for each facility of a branch, and the address that its code holds."""

from urllib.parse import quote

from models.base import Database
from models.branch import Branch
from models.desk import desk_of
from models.facility import all_facilities
from models.proof import Seal, staff_number
from pictures.sheet import Sheet
from settings import Settings


def sheets(database: Database, branch: Branch, settings: Settings, basic_id: str) -> list[Sheet]:
    """What is printed for each facility of a branch."""
    seal = Seal(settings.secret_key)
    main = desk_of(branch.desks, branch.desks.blocks[-1].since)
    with database.reading() as db:
        return [
            Sheet(
                code=each.code,
                name=each.name,
                association=branch.identity.name,
                chat_url=chat_address(basic_id, each.code),
                typed=each.code,
                staff_url=f"{settings.public_url}/facility/{branch.id}/{each.code}/"
                + seal.staff_key(branch.id, each.code, staff_number(db, branch.id, each.code)),
                desk=f"{main.name} {main.phone}",
            )
            for each in all_facilities(db, branch.id)
        ]


def chat_address(basic_id: str, text: str) -> str:
    """What a printed code holds: opens the chat with the text typed in (ASCII keeps the code small)."""
    return f"https://line.me/R/oaMessage/{quote(basic_id, safe='')}/?{quote(text, safe='')}"
