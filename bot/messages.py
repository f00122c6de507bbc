"""What the bot can say, as plain frozen values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Answer:
    """A button that answers the present question; an old one never acts."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Opener:
    """A button that starts a flow with its first answers; always valid, changes nothing itself."""

    label: str
    flow: str
    answers: tuple[tuple[str, str], ...] = ()
    note: str = ""

    def named(self, label: str) -> "Opener":
        return replace(self, label=label)


@dataclass(frozen=True)
class Way:
    """A way out of a step: quit, back, resume, restart, return."""

    label: str
    to: Literal["quit", "back", "resume", "restart", "return"]
    note: str = ""


@dataclass(frozen=True)
class DateButton:
    """Opens LINE's date picker; the date answers the present question."""

    label: str
    first: str
    last: str
    initial: str
    note: str = ""


@dataclass(frozen=True)
class Link:
    """Opens a page; `outside` = in the phone's own browser (downloads)."""

    label: str
    uri: str
    outside: bool = False
    note: str = ""


@dataclass(frozen=True)
class Call:
    """Calls a telephone number."""

    label: str
    phone: str
    note: str = ""


Button = Answer | Opener | Way | DateButton | Link | Call
QUIT = Way("やめる", "quit")
BACK = Way("戻る", "back")
MENU = Opener("メニュー", "menu")


@dataclass(frozen=True)
class Fact:
    """A label and its value on one line of a card."""

    label: str
    value: str


@dataclass(frozen=True)
class Picture:
    """An image by its HTTPS address; everything on it stands in the text too."""

    url: str
    width: int
    height: int
    animated: bool = False


@dataclass(frozen=True)
class Code:
    """A QR for another person's camera, with what it is for; pressed, it opens the page that it holds."""

    image: str  # its HTTPS address
    note: str
    page: Link


Tone = Literal["plain", "good", "warn"]


@dataclass(frozen=True)
class Text:
    """A plain bubble."""

    text: str


@dataclass(frozen=True)
class Card:
    """A bubble with a title, facts or sentences, perhaps a picture, and buttons."""

    title: str
    lines: tuple[str | Fact, ...] = ()
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None
    tone: Tone = "plain"
    small: str = ""
    code: Code | None = None

    def words(self) -> str:
        """All that the card says, for those who hear it."""
        lines = [line if isinstance(line, str) else f"{line.label}：{line.value}" for line in self.lines]
        code = f"{self.code.note}［{self.code.page.label}］" if self.code else ""
        return "\n".join(part for part in (self.title, *lines, code, self.small) if part)


@dataclass(frozen=True)
class Carousel:
    """Cards side by side, at most ten."""

    cards: tuple[Card, ...]


Message = Text | Card | Carousel


def side_by_side(cards: Sequence[Card]) -> Card | Carousel:
    """The cards in one message; one alone takes the whole width."""
    return cards[0] if len(cards) == 1 else Carousel(tuple(cards))


@dataclass(frozen=True)
class Reply:
    """What goes out for one event: messages, and quick replies under the last."""

    messages: tuple[Message, ...]
    ways: tuple[Button, ...] = ()
    understood: bool = True
    asks_back: bool = False  # choices: the next unclear text goes to the desk
    about: str = ""  # the topic that is answered: what is asked next may be asked of it
    is_grave: bool = False  # a life may hang on it: the step one is in waits until its member goes on
