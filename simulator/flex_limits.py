"""LINE's limits for Flex messages: which part may hold what, and in which words."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from .action_limits import check_action
from .errors import Detail
from .limits import URL, Report, is_url

BUBBLE_BYTES, CAROUSEL_BYTES, BUBBLES, ANIMATED = 30_000, 50_000, 12, 10
VIDEO_BUBBLES = ("kilo", "mega", "giga")
Fits = Callable[[Any], bool]


def one_of(*words: str) -> Fits:
    return lambda value: value in words


def form(pattern: str, *words: str) -> Fits:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and (value in words or compiled.fullmatch(value) is not None)


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def is_link(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= URL and is_url(value)


def is_aspect(value: Any) -> bool:
    parts = (
        re.fullmatch(r"(\d{1,6}(?:\.\d+)?):(\d{1,6}(?:\.\d+)?)", value) if isinstance(value, str) else None
    )
    return parts is not None and 0 < float(parts[2]) <= 3 * float(parts[1]) <= 300_000


GAPS = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
LETTERS = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
PIXELS = r"\d+(\.\d+)?px"
PIXELS_OR_SHARE = r"\d+(\.\d+)?(px|%)"
COLOUR, CLEAR_COLOUR = form(r"#[0-9A-Fa-f]{6}"), form(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
GAP = form(PIXELS, *GAPS)
PADDING = form(PIXELS_OR_SHARE, *GAPS)
LENGTH = form(PIXELS_OR_SHARE)
PLACED: dict[str, Fits] = {
    "margin": GAP,
    "position": one_of("relative", "absolute"),
    **{f"offset{side}": form(r"-?" + PIXELS_OR_SHARE, *GAPS) for side in ("Top", "Bottom", "Start", "End")},
}
LETTERING: dict[str, Fits] = {
    "text": is_text,
    "size": form(PIXELS, *LETTERS),
    "color": COLOUR,
    "weight": one_of("regular", "bold"),
    "style": one_of("normal", "italic"),
    "decoration": one_of("none", "underline", "line-through"),
}
ALIGN, GRAVITY = one_of("start", "end", "center"), one_of("top", "bottom", "center")
SHRINK = one_of("shrink-to-fit")

FIELDS: dict[str, dict[str, Fits]] = {
    "box": {
        **PLACED,
        "layout": one_of("horizontal", "vertical", "baseline"),
        "flex": is_count,
        "spacing": GAP,
        "backgroundColor": CLEAR_COLOUR,
        "borderColor": CLEAR_COLOUR,
        "cornerRadius": GAP,
        "borderWidth": form(PIXELS, "none", "light", "normal", "medium", "semi-bold", "bold"),
        **dict.fromkeys(("width", "maxWidth", "height", "maxHeight"), LENGTH),
        **{f"padding{side}": PADDING for side in ("All", "Top", "Bottom", "Start", "End")},
        "justifyContent": one_of(
            "center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"
        ),
        "alignItems": one_of("center", "flex-start", "flex-end"),
    },
    "button": {
        **PLACED,
        "flex": is_count,
        "color": COLOUR,
        "style": one_of("primary", "secondary", "link"),
        "gravity": GRAVITY,
        "height": one_of("md", "sm"),
        "adjustMode": SHRINK,
        "scaling": is_flag,
    },
    "image": {
        **PLACED,
        "url": is_link,
        "flex": is_count,
        "align": ALIGN,
        "gravity": GRAVITY,
        "size": form(PIXELS_OR_SHARE, *LETTERS, "full"),
        "aspectRatio": is_aspect,
        "aspectMode": one_of("fit", "cover"),
        "backgroundColor": COLOUR,
        "animated": is_flag,
    },
    "video": {"url": is_link, "previewUrl": is_link, "aspectRatio": is_aspect},
    "icon": {
        **PLACED,
        "url": is_link,
        "size": form(PIXELS, *LETTERS),
        "aspectRatio": is_aspect,
        "scaling": is_flag,
    },
    "text": {
        **PLACED,
        **LETTERING,
        "flex": is_count,
        "align": ALIGN,
        "gravity": GRAVITY,
        "wrap": is_flag,
        "lineSpacing": form(PIXELS),
        "maxLines": is_count,
        "adjustMode": SHRINK,
        "scaling": is_flag,
    },
    "span": LETTERING,
    "separator": {"margin": GAP, "color": COLOUR},
    "filler": {"flex": is_count},
    "bubble": {
        "direction": one_of("ltr", "rtl"),
        "size": one_of("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
    },
    "carousel": {},
    "style": {"backgroundColor": COLOUR, "separator": is_flag, "separatorColor": COLOUR},
    "linearGradient": {
        "angle": form(r"\d+(\.\d+)?deg"),
        "centerPosition": form(r"\d+(\.\d+)?%"),
        **dict.fromkeys(("startColor", "centerColor", "endColor"), CLEAR_COLOUR),
    },
}
REQUIRED = {
    "box": ("layout",),
    "image": ("url",),
    "video": ("url", "previewUrl"),
    "icon": ("url",),
    "span": ("text",),
    "linearGradient": ("angle", "startColor", "endColor"),
}
# Properties that hold other parts and are checked one by one.
PARTS = {
    "box": {"contents", "action", "background"},
    "button": {"action"},
    "image": {"action"},
    "video": {"altContent", "action"},
    "text": {"contents", "action"},
    "carousel": {"contents"},
    "bubble": {"header", "hero", "body", "footer", "styles", "action"},
}
INSIDE = {
    "baseline": frozenset({"icon", "text", "filler"}),
    "horizontal": frozenset({"box", "button", "image", "text", "separator", "filler"}),
    "vertical": frozenset({"box", "button", "image", "text", "separator", "filler"}),
}
ACTION_FIELDS = frozenset(
    {
        "type",
        "label",
        "data",
        "displayText",
        "text",
        "inputOption",
        "fillInText",
        "uri",
        "altUri",
        "mode",
        "initial",
        "max",
        "min",
        "clipboardText",
    }
)


def check_flex(contents: Any) -> list[Detail]:
    """Everything that LINE would object to in a Flex container."""
    report = Report()
    kind = contents.get("type") if isinstance(contents, dict) else None
    if kind == "bubble":
        check_bubble(report, "", contents, alone=True)
        check_bytes(report, contents, BUBBLE_BYTES)
    elif kind == "carousel":
        check_carousel(report, contents)
    else:
        report.add("/", "invalid container")
    if sum(node.get("animated") is True for node in nodes(contents)) > ANIMATED:
        report.add("/", f"at most {ANIMATED} animated images")
    return report.details


def check_carousel(report: Report, carousel: Any) -> None:
    check_fields(report, "", carousel, "carousel")
    bubbles = carousel.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= BUBBLES:
        return report.add("/contents", f"Size must be between 1 and {BUBBLES}")
    for at, bubble in enumerate(bubbles):
        if not isinstance(bubble, dict) or bubble.get("type") != "bubble":
            report.add(f"/contents/{at}", "must be a bubble")
            continue
        check_bubble(report, f"/contents/{at}", bubble, alone=False)
        check_bytes(report, bubble, BUBBLE_BYTES)
    if len({bubble.get("size", "mega") for bubble in bubbles if isinstance(bubble, dict)}) > 1:
        report.add("/contents", "all bubbles must have the same size")
    return check_bytes(report, carousel, CAROUSEL_BYTES)


def check_bytes(report: Report, part: Any, most: int) -> None:
    if (
        len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        > most
    ):
        report.add("/", f"JSON is larger than {most // 1000} KB")


def check_bubble(report: Report, path: str, bubble: Any, *, alone: bool) -> None:
    check_fields(report, path, bubble, "bubble")
    blocks = [name for name in ("header", "hero", "body", "footer") if bubble.get(name) is not None]
    if not blocks:
        report.add(path or "/", "At least one block must be specified")
    for name in blocks:
        allowed = frozenset({"box", "image", "video"} if name == "hero" else {"box"})
        check_part(report, f"{path}/{name}", bubble[name], allowed)
    hero = bubble.get("hero")
    if isinstance(hero, dict) and hero.get("type") == "video" and not (alone and is_video_size(bubble)):
        report.add(f"{path}/hero", "a video needs a single bubble of size kilo, mega or giga")
    check_styles(report, f"{path}/styles", bubble.get("styles"))
    check_own_action(report, path, bubble)


def is_video_size(bubble: Any) -> bool:
    return bubble.get("size", "mega") in VIDEO_BUBBLES


def check_styles(report: Report, path: str, styles: Any) -> None:
    if styles is not None and not isinstance(styles, dict):
        return report.add(path, "invalid property")
    for name, style in (styles or {}).items():
        if name not in ("header", "hero", "body", "footer"):
            report.add(f"{path}/{name}", "unknown field")
        else:
            check_fields(report, f"{path}/{name}", style, "style")
    return None


def check_part(report: Report, path: str, part: Any, allowed: frozenset[str]) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str) or kind not in allowed:
        return report.add(path, "invalid component")
    check_fields(report, path, part, kind)
    check_own_action(report, path, part, required=kind == "button")
    if kind == "box":
        check_box(report, path, part)
    elif kind == "text":
        check_text(report, path, part)
    elif kind == "video":
        check_part(report, f"{path}/altContent", part.get("altContent"), frozenset({"box", "image"}))
    return None


def check_box(report: Report, path: str, box: Any) -> None:
    contents = box.get("contents")
    if not isinstance(contents, list):
        return report.add(f"{path}/contents", "must be an array")
    for at, part in enumerate(contents):
        check_part(
            report, f"{path}/contents/{at}", part, INSIDE.get(str(box.get("layout")), INSIDE["vertical"])
        )
    background = box.get("background")
    if background is not None:
        if not isinstance(background, dict) or background.get("type") != "linearGradient":
            return report.add(f"{path}/background", "invalid property")
        check_fields(report, f"{path}/background", background, "linearGradient")
    return None


def check_text(report: Report, path: str, part: Any) -> None:
    spans = part.get("contents")
    if spans is None:
        if not part.get("text"):
            report.add(f"{path}/text", "must be non-empty text")
        return
    for at, span in enumerate(spans if isinstance(spans, list) else [None]):
        check_part(report, f"{path}/contents/{at}", span, frozenset({"span"}))


def check_fields(report: Report, path: str, part: Any, kind: str) -> None:
    """Known names, right values, and everything that must be there."""
    if not isinstance(part, dict):
        return report.add(path, "invalid property")
    fits, parts = FIELDS[kind], PARTS.get(kind, set())
    for name, value in part.items():
        if name == "type" or name in parts:
            continue
        if name not in fits:
            report.add(f"{path}/{name}", "unknown field")
        elif not fits[name](value):
            report.add(f"{path}/{name}", "invalid property")
    for name in REQUIRED.get(kind, ()):
        if name not in part:
            report.add(f"{path}/{name}", "must be specified")
    return None


def check_own_action(report: Report, path: str, part: Any, *, required: bool = False) -> None:
    if "action" not in part and not required:
        return
    action = part.get("action")
    inner = Report()
    check_action(inner, "action", action, "button" if required else "flex")
    report.details.extend(
        {**each, "property": f"{path}/{each['property'].replace('.', '/')}"} for each in inner.details
    )
    for name in sorted(set(action if isinstance(action, dict) else ()) - ACTION_FIELDS):
        report.add(f"{path}/action/{name}", "unknown field")


def nodes(part: Any) -> Iterator[Any]:
    """Every JSON object in a part."""
    if isinstance(part, dict):
        yield part
    values = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in values:
        yield from nodes(value)
