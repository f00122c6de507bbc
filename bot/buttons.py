"""What a button carries: at most 300 characters, not trusted when they come back."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from bot.messages import Answer, Button, DateButton, Opener, Way


@dataclass(frozen=True)
class Binding:
    """The question an answer belongs to."""

    flow: str
    step: str
    turn: int


@dataclass(frozen=True)
class Pressed:
    """A button's data, read back."""

    kind: str  # answer, open, way
    flow: str = ""
    step: str = ""
    turn: int = -1
    value: str = ""
    answers: tuple[tuple[str, str], ...] = ()


def data_of(button: Button, binding: Binding | None) -> str:
    """The postback data of a button; answers need the question they belong to."""
    match button:
        case Opener(flow=flow, answers=answers):
            return "open:" + flow + ("?" + urlencode(answers) if answers else "")
        case Way(to=to):
            return f"way:{binding.turn if binding else -1}:{to}"
        case Answer(value=value) if binding:
            return f"answer:{binding.flow}:{binding.step}:{binding.turn}:{value}"
        case DateButton() if binding:
            return f"answer:{binding.flow}:{binding.step}:{binding.turn}:"
    raise ValueError(f"{button!r} has no data here")


def pressed(data: str) -> Pressed | None:
    """What was pressed; None when the data is not ours."""
    kind, _, rest = data.partition(":")
    if kind == "open":
        flow, _, query = rest.partition("?")
        return Pressed("open", flow=flow, answers=tuple(parse_qsl(query)))
    parts = rest.split(":", 3)
    if kind == "way" and len(parts) == 2 and _is_turn(parts[0]):
        return Pressed("way", turn=int(parts[0]), value=parts[1])
    if kind == "answer" and len(parts) == 4 and _is_turn(parts[2]):
        return Pressed("answer", parts[0], parts[1], int(parts[2]), parts[3])
    return None


def _is_turn(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 12
