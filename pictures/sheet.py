"""What is printed for one facility; apart from the printing, which the serving process never does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """One facility's sheet; `desk` is the name and phone number to call."""

    code: str
    name: str
    association: str
    chat_url: str
    typed: str
    staff_url: str
    desk: str = ""
