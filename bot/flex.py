"""Message values to LINE's JSON, one function a kind: the only Flex JSON in the project."""

import json
from collections.abc import Sequence
from typing import Any

import orjson

from bot.buttons import Binding, data_of
from bot.messages import (
    Answer,
    Button,
    Call,
    Card,
    Carousel,
    DateButton,
    Fact,
    Link,
    Message,
    Picture,
    Text,
)

Json = dict[str, Any]

INK, GREY, LINE_GREY, PAPER = "#1F2A37", "#5B6675", "#D5DBE3", "#FFFFFF"
TONES = {"plain": "#0B6B5D", "good": "#0B6B5D", "warn": "#B3261E"}
MAX_ALT, MAX_LABEL, MAX_QUICK_LABEL, MAX_DISPLAY = 1_500, 40, 20, 300
CODE_SIDE = "104px"  # another phone reads it off the screen


def render(message: Message, binding: Binding | None) -> Json:
    """The message as LINE takes it; answers are bound to the question they belong to."""
    match message:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Card():
            return _flex(words(message), bubble(message, binding, "mega"))
        case Carousel(cards=cards):
            bubbles = [bubble(card, binding, "kilo") for card in cards]
            return _flex(words(message), {"type": "carousel", "contents": bubbles})


def words(message: Message) -> str:
    """All that the message says, buttons included, for lists of chats and screen readers."""
    match message:
        case Text(text=text):
            return text
        case Card():
            buttons = [_spoken(place, button) for place, button in enumerate(message.buttons, start=1)]
            return "\n".join((message.words(), *buttons))
        case Carousel(cards=cards):
            return "\n\n".join(words(card) for card in cards)


def written(messages: Sequence[Json]) -> str:
    """Rendered messages as the text that is stored and sent."""
    return orjson.dumps(messages).decode()


def read_words(message: Json) -> str:
    """The words of a rendered message."""
    return str(message["text"] if message["type"] == "text" else message["altText"])


def discreet(messages: Sequence[Json], subject: str) -> list[Json]:
    """The same messages for a push: a lock screen shows the programme and what to do, nothing else."""
    alt = f"「{subject}」のお知らせがあります。トークを開いてご覧ください。"
    return [_discreet(message, alt) for message in messages]


def for_push(messages: Sequence[Message], subject: str) -> str:
    """Messages as they are kept that nobody asked for just now."""
    return written(discreet([render(message, None) for message in messages], subject))


def push_body(user_id: str, messages: str, subject: str) -> bytes:
    """A push of messages that are kept as they were rendered."""
    body = {"to": user_id, "messages": discreet(json.loads(messages), subject)}
    return json.dumps(body, ensure_ascii=False).encode()


def quick_replies(ways: Sequence[Button], binding: Binding | None) -> Json:
    """Ways out under the last message; phones only, gone after the next message."""
    return {"items": [{"type": "action", "action": _action(way, binding, MAX_QUICK_LABEL)} for way in ways]}


def bubble(card: Card, binding: Binding | None, size: str) -> Json:
    """One bubble: a title line in the tone's colour, facts and sentences, buttons as boxes that wrap."""
    lines = [_line(line) for line in card.lines]
    small = [_text(card.small, size="xs", color=GREY, margin="md")] if card.small else []
    buttons = _boxes(card, binding)
    contents: list[Json] = [*_title(card), *lines, *_code(card), *small]
    if buttons:
        contents.append(
            {"type": "box", "layout": "vertical", "spacing": "sm", "margin": "lg", "contents": buttons}
        )
    body = {"type": "box", "layout": "vertical", "spacing": "sm", "paddingAll": "16px", "contents": contents}
    hero = {"hero": _picture(card.picture)} if card.picture else {}
    return {"type": "bubble", "size": size, **hero, "body": body}


def _flex(alt: str, contents: Json) -> Json:
    return {"type": "flex", "altText": _cut(alt, MAX_ALT), "contents": contents}


def _title(card: Card) -> list[Json]:
    if not card.title:
        return []
    bar: Json = {"type": "box", "layout": "vertical", "width": "4px", "cornerRadius": "2px", "contents": []}
    bar["backgroundColor"] = TONES[card.tone]
    text = _text(card.title, size="lg", weight="bold", color=TONES[card.tone], flex=1)
    return [{"type": "box", "layout": "horizontal", "spacing": "md", "contents": [bar, text]}]


def _line(line: str | Fact) -> Json:
    if isinstance(line, str):
        return _text(line, size="md", color=INK, margin="md")
    label = _text(line.label, size="sm", color=GREY, flex=3)
    value = _text(line.value, size="md", color=INK, weight="bold", flex=7)
    return {
        "type": "box",
        "layout": "baseline",
        "spacing": "md",
        "margin": "md",
        "contents": [label, value],
    }


def _boxes(card: Card, binding: Binding | None) -> list[Json]:
    """The buttons of a card, all aligned alike: at the left where any has a note, or where it is a list of answers."""
    answers = sum(isinstance(button, Answer) for button in card.buttons)
    numbered = answers > 1
    align = "start" if answers > 2 or any(button.note for button in card.buttons) else "center"
    return [
        _box(
            f"{place}　" if numbered and isinstance(button, Answer) else _sign(button),
            button,
            binding,
            card.tone,
            align,
        )
        for place, button in enumerate(card.buttons, start=1)
    ]


def _box(mark: str, button: Button, binding: Binding | None, tone: str, align: str) -> Json:
    """A tappable box: its text wraps where a LINE button would cut it."""
    strong = isinstance(button, Answer | DateButton)
    accent = TONES[tone if strong else "plain"]  # a way out of a warning is no warning
    colour = PAPER if strong else accent
    contents = [_text(f"{mark}{button.label}", size="md", weight="bold", color=colour, align=align)]
    if button.note:
        contents.append(_text(button.note, size="xs", color=PAPER if strong else GREY))
    return {
        "type": "box",
        "layout": "vertical",
        "paddingAll": "12px",
        "cornerRadius": "8px",
        "borderWidth": "1px",
        "borderColor": accent,
        "backgroundColor": accent if strong else PAPER,
        "action": _action(button, binding, MAX_LABEL),
        "contents": contents,
    }


def _action(button: Button, binding: Binding | None, label_length: int) -> Json:
    label = _cut(button.label, label_length)
    match button:
        case Link(uri=uri, outside=outside):
            return {"type": "uri", "label": label, "uri": _outside(uri) if outside else uri}
        case Call(phone=phone):
            return {"type": "uri", "label": label, "uri": f"tel:{phone}"}
        case DateButton():
            picker = {
                "type": "datetimepicker",
                "label": label,
                "data": data_of(button, binding),
                "mode": "date",
            }
            return picker | {"initial": button.initial, "min": button.first, "max": button.last}
        case _:
            data = data_of(button, binding)
            return {
                "type": "postback",
                "label": label,
                "data": data,
                "displayText": _cut(button.label, MAX_DISPLAY),
            }


def _picture(picture: Picture) -> Json:
    image: Json = {"type": "image", "url": picture.url, "size": "full", "aspectMode": "fit"}
    image["aspectRatio"] = f"{picture.width}:{picture.height}"
    return image | ({"animated": True} if picture.animated else {})


def _code(card: Card) -> list[Json]:
    """The QR at the left of what it is for."""
    if card.code is None:
        return []
    image = _picture(Picture(card.code.image, 1, 1)) | {"size": CODE_SIDE, "flex": 0}
    image["action"] = _action(card.code.page, None, MAX_LABEL)
    note = _text(card.code.note, size="sm", color=INK, flex=1, gravity="center")
    return [
        {"type": "box", "layout": "horizontal", "spacing": "md", "margin": "md", "contents": [image, note]}
    ]


def _text(text: str, **style: Any) -> Json:
    return {"type": "text", "text": text, "wrap": True} | style


def _discreet(message: Json, alt: str) -> Json:
    kept = {"quickReply": message["quickReply"]} if "quickReply" in message else {}
    if message["type"] == "text":
        return _flex(alt, bubble(Card("", (message["text"],)), None, "mega")) | kept
    return message | {"altText": alt}


def _spoken(place: int, button: Button) -> str:
    match button:
        case Answer(label=label):
            return f"{place} {label}"
        case Call(label=label, phone=phone):
            return f"{label}（{phone}）"
    return f"［{button.label}］"


def _sign(button: Button) -> str:
    match button:
        case Call():
            return "☎ "
        case Link():
            return "↗ "
    return ""


def _outside(uri: str) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}openExternalBrowser=1"


def _cut(text: str, length: int) -> str:
    """The text within a limit that LINE counts in UTF-16 units."""
    if 2 * len(text) <= length:
        return text
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * length else units[: 2 * (length - 1)].decode("utf-16-le", "ignore") + "…"
