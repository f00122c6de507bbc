"""LINE's limits for messages, with the error bodies that LINE answers."""

import re
from collections.abc import Callable
from typing import Any

from .action_limits import check_action
from .chat import Json
from .errors import LineError, invalid
from .flex_limits import check_flex
from .limits import Report

MESSAGES = 5
TEXT, ALT_TEXT, EMOJIS, QUICK_ITEMS, SENDER_NAME, PLACE = 5000, 1500, 20, 13, 20, 100
SUBSTITUTIONS, MENTIONS = 100, 20
KEY = re.compile(r"[0-9a-zA-Z_]{1,20}")
BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
DELIVERY_TAG = re.compile(r"[A-Za-z0-9_]{1,30}")
NAME_TAKEN = re.compile(r"line", re.IGNORECASE)
ASPECTS, FITS = ("rectangle", "square"), ("cover", "contain")
IMAGEMAP_WIDTH, IMAGEMAP_ACTIONS, IMAGEMAP_URI, IMAGEMAP_TEXT, IMAGEMAP_LABEL = 1040, 50, 1000, 400, 100


def checked(messages: object) -> list[Json]:
    """The messages, when LINE would take them; raises LINE's answer when it would not."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= MESSAGES:
        raise invalid([{"message": f"Size must be between 1 and {MESSAGES}", "property": "messages"}])
    report = Report()
    for at, message in enumerate(messages):
        check_message(report, at, message)
    if report.details:
        raise invalid(report.details)
    return messages


def check_message(report: Report, at: int, message: Any) -> None:
    path = f"messages[{at}]"
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "flex":
        check_flex_message(report, at, message)
    elif isinstance(kind, str) and kind in CHECKS:
        CHECKS[kind](report, path, message)
    else:
        raise unreadable(at)
    if message.get("quickReply") is not None:
        check_quick(report, f"{path}.quickReply", report.object(message, "quickReply", path))
    check_sender(report, f"{path}.sender", report.object(message, "sender", path))


def unreadable(at: int, details: Any = ()) -> LineError:
    return LineError(400, f"A message (messages[{at}]) in the request body is invalid", details)


def check_flex_message(report: Report, at: int, message: Json) -> None:
    """Errors inside the container come in a body of their own, with a path that begins at it."""
    report.text(message, "altText", f"messages[{at}]", ALT_TEXT)
    if details := check_flex(message.get("contents")):
        raise unreadable(at, details)


def check_text(report: Report, path: str, message: Any) -> None:
    report.text(message, "text", path, TEXT)
    emojis = report.items(message, "emojis", path, 0, EMOJIS) if "emojis" in message else []
    units = str(message.get("text", "")).encode("utf-16-le", "surrogatepass")
    for at, emoji in enumerate(emojis):
        index = emoji.get("index")
        if not isinstance(index, int) or units[2 * index : 2 * index + 2] != "$".encode("utf-16-le"):
            report.add(f"{path}.emojis[{at}].index", "must point at a $")


def check_text_v2(report: Report, path: str, message: Any) -> None:
    report.text(message, "text", path, TEXT)
    given = report.object(message, "substitution", path)
    kinds = [each.get("type") if isinstance(each, dict) else None for each in given.values()]
    if len(given) > SUBSTITUTIONS or kinds.count("mention") > MENTIONS:
        report.add(f"{path}.substitution", f"Size must be between 0 and {SUBSTITUTIONS}")
    for key in given:
        if not KEY.fullmatch(key):
            report.add(f"{path}.substitution.{key}", "invalid key")
    used = [match for match in BRACES.finditer(str(message.get("text", ""))) if match[0] not in ("{{", "}}")]
    if any(match[1] is None or match[1] not in given for match in used):
        report.add(f"{path}.text", "a placeholder has no substitution")


def check_sticker(report: Report, path: str, message: Any) -> None:
    report.text(message, "packageId", path, PLACE)
    report.text(message, "stickerId", path, PLACE)


def check_picture(report: Report, path: str, message: Any) -> None:
    report.url(message, "originalContentUrl", path)
    report.url(message, "previewImageUrl", path)


def check_audio(report: Report, path: str, message: Any) -> None:
    report.url(message, "originalContentUrl", path)
    report.number(message, "duration", path)


def check_location(report: Report, path: str, message: Any) -> None:
    report.text(message, "title", path, PLACE)
    report.text(message, "address", path, PLACE)
    report.number(message, "latitude", path)
    report.number(message, "longitude", path)


def check_coupon(report: Report, path: str, message: Any) -> None:
    report.text(message, "couponId", path, PLACE)
    if "deliveryTag" in message and not DELIVERY_TAG.fullmatch(str(message["deliveryTag"])):
        report.add(f"{path}.deliveryTag", "Length must be between 1 and 30")


def check_imagemap(report: Report, path: str, message: Any) -> None:
    report.url(message, "baseUrl", path)
    report.text(message, "altText", path, ALT_TEXT)
    if report.object(message, "baseSize", path).get("width") != IMAGEMAP_WIDTH:
        report.add(f"{path}.baseSize.width", f"must be {IMAGEMAP_WIDTH}")
    for at, action in enumerate(report.items(message, "actions", path, 0, IMAGEMAP_ACTIONS)):
        check_imagemap_action(report, f"{path}.actions[{at}]", action)


def check_imagemap_action(report: Report, path: str, action: Any) -> None:
    fields = {
        "message": ("text", IMAGEMAP_TEXT),
        "uri": ("linkUri", IMAGEMAP_URI),
        "clipboard": ("clipboardText", 1000),
    }
    if action.get("type") not in fields:
        return report.add(f"{path}.type", "invalid action type")
    report.text(action, fields[action["type"]][0], path, fields[action["type"]][1])
    report.text(action, "label", path, IMAGEMAP_LABEL, required=False)
    if not isinstance(action.get("area"), dict):
        report.add(f"{path}.area", "May not be empty")
    return None


# --- templates ----------------------------------------------------------------------------------


def check_template_message(report: Report, path: str, message: Any) -> None:
    report.text(message, "altText", path, ALT_TEXT)
    template = message.get("template")
    kind = template.get("type") if isinstance(template, dict) else None
    if not isinstance(kind, str) or kind not in TEMPLATES:
        return report.add(f"{path}.template", "May not be empty")
    return TEMPLATES[kind](report, f"{path}.template", template)


def check_buttons(report: Report, path: str, template: Any) -> None:
    check_column(report, path, template, plain_text=160, buttons=4)
    report.choice(template, "imageAspectRatio", path, ASPECTS)
    report.choice(template, "imageSize", path, FITS)


def check_column(report: Report, path: str, column: Any, plain_text: int, buttons: int) -> None:
    """A title or an image leaves room for 60 characters of text."""
    report.text(column, "title", path, 40, by_cluster=True, required=False)
    short = column.get("title") or column.get("thumbnailImageUrl")
    report.text(column, "text", path, 60 if short else plain_text, by_cluster=True)
    report.url(column, "thumbnailImageUrl", path, required=False)
    if "defaultAction" in column:
        check_action(report, f"{path}.defaultAction", column["defaultAction"], "flex")
    check_actions(report, path, column, 1, buttons)


def check_confirm(report: Report, path: str, template: Any) -> None:
    report.text(template, "text", path, 240, by_cluster=True)
    check_actions(report, path, template, 2, 2)


def check_actions(report: Report, path: str, part: Any, least: int, most: int) -> None:
    for at, action in enumerate(report.items(part, "actions", path, least, most)):
        check_action(report, f"{path}.actions[{at}]", action, "template")


def check_carousel(report: Report, path: str, template: Any) -> None:
    columns = report.items(template, "columns", path, 1, 10)
    for at, column in enumerate(columns):
        check_column(report, f"{path}.columns[{at}]", column, plain_text=120, buttons=3)
    if len({len(column.get("actions") or []) for column in columns}) > 1:
        report.add(f"{path}.columns", "the number of actions must be the same in all columns")
    report.choice(template, "imageAspectRatio", path, ASPECTS)
    report.choice(template, "imageSize", path, FITS)


def check_image_carousel(report: Report, path: str, template: Any) -> None:
    for at, column in enumerate(report.items(template, "columns", path, 1, 10)):
        report.url(column, "imageUrl", f"{path}.columns[{at}]")
        check_action(report, f"{path}.columns[{at}].action", column.get("action"), "image_carousel")


# --- what every message may have ----------------------------------------------------------------


def check_quick(report: Report, path: str, quick: Json) -> None:
    for at, item in enumerate(report.items(quick, "items", path, 1, QUICK_ITEMS)):
        report.url(item, "imageUrl", f"{path}.items[{at}]", required=False)
        check_action(report, f"{path}.items[{at}].action", item.get("action"), "quick")


def check_sender(report: Report, path: str, sender: Json) -> None:
    report.text(sender, "name", path, SENDER_NAME, required=False)
    report.url(sender, "iconUrl", path, required=False)
    if NAME_TAKEN.search(str(sender.get("name") or "")):
        report.add(f"{path}.name", "contains a word that cannot be used")


Check = Callable[[Report, str, Any], None]
CHECKS: dict[str, Check] = {
    "text": check_text,
    "textV2": check_text_v2,
    "sticker": check_sticker,
    "image": check_picture,
    "video": check_picture,
    "audio": check_audio,
    "location": check_location,
    "imagemap": check_imagemap,
    "template": check_template_message,
    "coupon": check_coupon,
}
TEMPLATES: dict[str, Check] = {
    "buttons": check_buttons,
    "confirm": check_confirm,
    "carousel": check_carousel,
    "image_carousel": check_image_carousel,
}
