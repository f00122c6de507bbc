"""A chat as the person sees it: entries, the text that can be read in them, and what can be tapped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Button:
    """Something with an action; `seen` is the text standing in it, which may differ from its label."""

    label: str
    action: Json
    seen: str = ""
    image: str | None = None

    @property
    def type(self) -> str:
        return str(self.action.get("type", ""))

    @property
    def data(self) -> str | None:
        """What a tap sends: the postback's data or the message's text."""
        return self.action.get("data") or self.action.get("text")


@dataclass
class Entry:
    """One line of a chat. Only `read` and what an unsend takes away ever change."""

    n: int
    sender: str
    kind: str
    text: str
    at: str
    raw: Json
    buttons: list[Button] = field(default_factory=list)
    quick: list[Button] = field(default_factory=list)
    event: str | None = None
    message_id: str | None = None
    image: str | None = None
    read: bool = False


def message_text(message: Json) -> str:
    """All the text that can be read in a bot's message, in reading order."""
    kind = message.get("type")
    if kind in ("text", "textV2"):
        return str(message.get("text", ""))
    if kind == "flex":
        return "\n".join(filter(None, flex_texts(message.get("contents") or {})))
    if kind == "template":
        return "\n".join(filter(None, template_texts(message.get("template") or {})))
    if kind == "location":
        return "\n".join(filter(None, (message.get("title"), message.get("address"))))
    return str(message.get("altText") or "")


def message_buttons(message: Json) -> list[Button]:
    """Everything in a bot's message that can be tapped, in reading order; boxes before what is in them."""
    kind = message.get("type")
    if kind == "flex":
        return list(flex_buttons(message.get("contents") or {}))
    if kind == "template":
        return list(template_buttons(message.get("template") or {}))
    if kind == "imagemap":
        return [
            Button(str(each.get("label", "")), imagemap_action(each)) for each in message.get("actions") or []
        ]
    return []


def quick_buttons(message: Json) -> list[Button]:
    items = (message.get("quickReply") or {}).get("items") or []
    return [button(item["action"], image=item.get("imageUrl")) for item in items]


def button(action: Json, seen: str = "", image: str | None = None) -> Button:
    return Button(str(action.get("label") or seen or ""), action, seen, image)


def flex_parts(node: Json) -> list[Json]:
    """The parts of a Flex container or component in the order in which they are read."""
    kind = node.get("type")
    if kind == "bubble":
        return [node[name] for name in ("header", "hero", "body", "footer") if node.get(name)]
    return list(node.get("contents") or []) if kind in ("carousel", "box") else []


def flex_texts(node: Json) -> Iterator[str]:
    kind = node.get("type")
    if kind == "text":
        spans = node.get("contents") or []
        yield "".join(str(span.get("text", "")) for span in spans) or str(node.get("text", ""))
    elif kind == "button":
        yield str((node.get("action") or {}).get("label", ""))
    else:
        for part in flex_parts(node):
            yield from flex_texts(part)


def flex_buttons(node: Json) -> Iterator[Button]:
    if action := node.get("action"):
        yield button(action, " ".join(filter(None, flex_texts(node))))
    for part in flex_parts(node):
        yield from flex_buttons(part)


def template_texts(template: Json) -> Iterator[str]:
    for part in (template, *(template.get("columns") or [])):
        yield str(part.get("title") or "")
        yield str(part.get("text") or "")
        yield from (str(action.get("label", "")) for action in template_actions(part))


def template_buttons(template: Json) -> Iterator[Button]:
    for part in (template, *(template.get("columns") or [])):
        if part.get("defaultAction"):
            yield button(part["defaultAction"], str(part.get("text") or ""))
        yield from (button(action) for action in template_actions(part))


def template_actions(part: Json) -> list[Json]:
    return [*(part.get("actions") or []), *([part["action"]] if part.get("action") else [])]


def imagemap_action(action: Json) -> Json:
    """An imagemap's action in the words of the ordinary actions."""
    return {**action, "uri": action["linkUri"]} if "linkUri" in action else action
