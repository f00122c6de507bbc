"""LINE's limits for messages as a table: what is just allowed, what is not, and how it is refused."""

from typing import Any

import pytest

from simulator.errors import LineError
from simulator.limits import clusters, utf16
from simulator.message_limits import checked

Message = dict[str, Any]
HTTPS = "https://example.jp/a.png"
FAMILY = "👨‍👩‍👧"


def postback(label: str = "使う", **more: Any) -> Message:
    return {"type": "postback", "label": label, "data": "x", **more}


def uri(address: str) -> Message:
    return {"type": "uri", "label": "開く", "uri": address}


def text(words: str, **more: Any) -> Message:
    return {"type": "text", "text": words, **more}


def quick(*actions: Message) -> Message:
    return text("どれ", quickReply={"items": [{"type": "action", "action": action} for action in actions]})


def buttons(**fields: Any) -> Message:
    template = {"type": "buttons", "text": "どれ", "actions": [postback()], **fields}
    return {"type": "template", "altText": "札", "template": template}


def carousel(*counts: int) -> Message:
    columns = [{"text": "一", "actions": [postback()] * count} for count in counts]
    return {"type": "template", "altText": "札", "template": {"type": "carousel", "columns": columns}}


def flex(contents: Any, alt: str = "札") -> Message:
    return {"type": "flex", "altText": alt, "contents": contents}


def bubble(*parts: Message, **more: Any) -> Message:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(parts)}, **more}


def words(value: str = "あ", **more: Any) -> Message:
    return {"type": "text", "text": value, **more}


def heavy(size: int) -> Message:
    """A bubble of exactly so many bytes of compact JSON."""
    empty = len(
        '{"type":"bubble","body":{"type":"box","layout":"vertical","contents":[{"type":"text","text":""}]}}'
    )
    return bubble(words("x" * (size - empty)))


def row(**more: Any) -> Message:
    return {"type": "box", "layout": "horizontal", "contents": [], **more}


def animated(times: int) -> Message:
    return flex(bubble(*[{"type": "image", "url": HTTPS, "animated": True}] * times))


def hero(size: str | None = None) -> Message:
    video = {
        "type": "video",
        "url": HTTPS,
        "previewUrl": HTTPS,
        "altContent": {"type": "image", "url": HTTPS},
    }
    return bubble(hero=video, **({"size": size} if size else {}))


ALLOWED: dict[str, Message] = {
    "a text of 5000 units": text("あ" * 5000),
    "an altText of 1500": flex(bubble(words()), "あ" * 1500),
    "13 quick replies": quick(*[postback()] * 13),
    "a quick label of 20 clusters": quick(postback(FAMILY * 20)),
    "data of 300": quick(postback(data="あ" * 300)),
    "displayText of 300": quick(postback(displayText=FAMILY * 300)),
    "a camera in a quick reply": quick({"type": "camera", "label": "撮る"}),
    "a template text of 160": buttons(text="あ" * 160),
    "a template text of 60 with title": buttons(text="あ" * 60, title="題"),
    "four template buttons": buttons(actions=[postback()] * 4),
    "columns with as many buttons": carousel(2, 2),
    "a flex button label of 40": flex(bubble({"type": "button", "action": postback("あ" * 40)})),
    "a flex box without label": flex(bubble(row(action={"type": "postback", "data": "x"}))),
    "a bubble of 30000 bytes": flex(heavy(30_000)),
    "12 bubbles": flex({"type": "carousel", "contents": [bubble(words())] * 12}),
    "ten animated images": animated(10),
    "a video in a mega bubble": flex(hero()),
    "an empty box": flex(bubble(row())),
    "a tel link": quick(uri("tel:0488300000")),
    "a link of 10000": quick(uri("https://example.jp/" + "x" * 9981)),
    "a page on this machine": quick(uri("http://127.0.0.1:8001/link")),
    "an image of this machine": flex(bubble({"type": "image", "url": "http://127.0.0.1:8001/a.png"})),
    "an emoji at a $": text("$です", emojis=[{"index": 0, "productId": "p", "emojiId": "1"}]),
    "fill-in with a keyboard": quick(postback(inputOption="openKeyboard", fillInText="番号 ")),
}

REFUSED: dict[str, tuple[Message, str, str]] = {
    "an empty text": (text(""), "May not be empty", "messages[0].text"),
    "a text of 5001 units": (
        text("🍎" * 2500 + "x"),
        "Length must be between 0 and 5000",
        "messages[0].text",
    ),
    "an altText of 1501": (
        flex(bubble(words()), "あ" * 1501),
        "Length must be between 0 and 1500",
        "messages[0].altText",
    ),
    "14 quick replies": (
        quick(*[postback()] * 14),
        "Size must be between 1 and 13",
        "messages[0].quickReply.items",
    ),
    "a quick label of 21": (
        quick(postback("あ" * 21)),
        "Length must be between 0 and 20",
        "messages[0].quickReply.items[0].action.label",
    ),
    "a quick reply without label": (
        quick(postback("")),
        "May not be empty",
        "messages[0].quickReply.items[0].action.label",
    ),
    "data of 301": (
        quick(postback(data="x" * 301)),
        "Length must be between 0 and 300",
        "messages[0].quickReply.items[0].action.data",
    ),
    "data that is missing": (
        quick(postback(data=None)),
        "May not be empty",
        "messages[0].quickReply.items[0].action.data",
    ),
    "fill-in without a keyboard": (
        quick(postback(fillInText="x")),
        "only with inputOption openKeyboard",
        "messages[0].quickReply.items[0].action.fillInText",
    ),
    "a camera in a template": (
        buttons(actions=[{"type": "camera", "label": "撮る"}]),
        "invalid action type",
        "messages[0].template.actions[0].type",
    ),
    "a menu switch in a quick reply": (
        quick({"type": "richmenuswitch", "label": "次", "richMenuAliasId": "a", "data": "x"}),
        "invalid action type",
        "messages[0].quickReply.items[0].action.type",
    ),
    "a script as link": (
        quick(uri("javascript:alert(1)")),
        "invalid uri",
        "messages[0].quickReply.items[0].action.uri",
    ),
    "a link with raw Japanese": (
        quick(uri("https://example.jp/病院")),
        "invalid uri",
        "messages[0].quickReply.items[0].action.uri",
    ),
    "a picker in the wrong order": (
        quick(
            {
                "type": "datetimepicker",
                "label": "日",
                "data": "d",
                "mode": "date",
                "min": "2024-07-02",
                "max": "2024-07-01",
            }
        ),
        "min, initial and max must be in order",
        "messages[0].quickReply.items[0].action.min",
    ),
    "a template text of 161": (
        buttons(text="あ" * 161),
        "Length must be between 0 and 160",
        "messages[0].template.text",
    ),
    "a template text of 61 with title": (
        buttons(text="あ" * 61, title="題"),
        "Length must be between 0 and 60",
        "messages[0].template.text",
    ),
    "five template buttons": (
        buttons(actions=[postback()] * 5),
        "Size must be between 1 and 4",
        "messages[0].template.actions",
    ),
    "columns with unlike numbers of buttons": (
        carousel(1, 2),
        "the number of actions must be the same in all columns",
        "messages[0].template.columns",
    ),
    "an image over plain http": (
        {"type": "image", "originalContentUrl": "http://example.jp/a.png", "previewImageUrl": HTTPS},
        "Must be a valid HTTPS URL",
        "messages[0].originalContentUrl",
    ),
    "an emoji beside the $": (
        text("$です", emojis=[{"index": 1, "productId": "p", "emojiId": "1"}]),
        "must point at a $",
        "messages[0].emojis[0].index",
    ),
    "a sender called LINE": (
        text("x", sender={"name": "LINE係"}),
        "contains a word that cannot be used",
        "messages[0].sender.name",
    ),
}

REFUSED_FLEX: dict[str, tuple[Any, str, str]] = {
    "no container": (None, "invalid container", "/"),
    "an empty bubble": ({"type": "bubble"}, "At least one block must be specified", "/"),
    "an empty text": (bubble(words("")), "must be non-empty text", "/body/contents/0/text"),
    "a misspelt property": (bubble(words(colour="#000000")), "unknown field", "/body/contents/0/colour"),
    "a colour by name": (bubble(words(color="red")), "invalid property", "/body/contents/0/color"),
    "a clear letter": (bubble(words(color="#00000080")), "invalid property", "/body/contents/0/color"),
    "a size in points": (bubble(words(size="12pt")), "invalid property", "/body/contents/0/size"),
    "a flag that is text": (bubble(words(wrap="true")), "invalid property", "/body/contents/0/wrap"),
    "an icon in a column": (bubble({"type": "icon", "url": HTTPS}), "invalid component", "/body/contents/0"),
    "a button in a baseline": (
        bubble({"type": "box", "layout": "baseline", "contents": [{"type": "button", "action": postback()}]}),
        "invalid component",
        "/body/contents/0/contents/0",
    ),
    "a text as body": ({"type": "bubble", "body": words()}, "invalid component", "/body"),
    "a button label of 41": (
        bubble({"type": "button", "action": postback("あ" * 41)}),
        "Length must be between 0 and 40",
        "/body/contents/0/action/label",
    ),
    "a button without label": (
        bubble({"type": "button", "action": {"type": "postback", "data": "x"}}),
        "May not be empty",
        "/body/contents/0/action/label",
    ),
    "a tall image": (
        bubble({"type": "image", "url": HTTPS, "aspectRatio": "1:4"}),
        "invalid property",
        "/body/contents/0/aspectRatio",
    ),
    "a bubble of 30001 bytes": (heavy(30_001), "JSON is larger than 30 KB", "/"),
    "a carousel over 50000 bytes": (
        {"type": "carousel", "contents": [heavy(25_000)] * 2},
        "JSON is larger than 50 KB",
        "/",
    ),
    "13 bubbles": (
        {"type": "carousel", "contents": [bubble(words())] * 13},
        "Size must be between 1 and 12",
        "/contents",
    ),
    "bubbles of two sizes": (
        {"type": "carousel", "contents": [bubble(words()), bubble(words(), size="kilo")]},
        "all bubbles must have the same size",
        "/contents",
    ),
    "eleven animated images": (animated(11)["contents"], "at most 10 animated images", "/"),
    "a video in a nano bubble": (
        hero("nano"),
        "a video needs a single bubble of size kilo, mega or giga",
        "/hero",
    ),
    "a video in a carousel": (
        {"type": "carousel", "contents": [hero()]},
        "a video needs a single bubble of size kilo, mega or giga",
        "/contents/0/hero",
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_stands_just_inside_a_limit_is_taken(name: str) -> None:
    assert checked([ALLOWED[name]]) == [ALLOWED[name]]


@pytest.mark.parametrize("name", REFUSED)
def test_what_stands_outside_a_limit_is_refused_in_lines_words(name: str) -> None:
    message, why, where = REFUSED[name]

    with pytest.raises(LineError) as refused:
        checked([message])

    assert (refused.value.status, refused.value.message) == (400, "The request body has 1 error(s)")
    assert list(refused.value.details) == [{"message": why, "property": where}]


@pytest.mark.parametrize("name", REFUSED_FLEX)
def test_a_flex_error_names_the_message_and_the_place_in_it(name: str) -> None:
    contents, why, where = REFUSED_FLEX[name]

    with pytest.raises(LineError) as refused:
        checked([text("先に"), flex(contents)])

    assert refused.value.message == "A message (messages[1]) in the request body is invalid"
    assert {"message": why, "property": where} in refused.value.details


def test_letters_are_counted_as_line_counts_them() -> None:
    assert (utf16("🍎"), utf16("𠮷"), utf16("あ")) == (2, 2, 1)
    assert (clusters(FAMILY), clusters("が"), clusters("葛󠄀")) == (1, 1, 1)


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        7,
        "x",
        [],
        {},
        [None],
        [[]],
        [{"type": []}],
        [{"type": "text", "text": 7}],
        [{"type": "text", "text": "x", "quickReply": 7}],
        [{"type": "text", "text": "x", "sender": "x"}],
        [{"type": "text", "text": "x", "quickReply": {"items": [7]}}],
        [{"type": "text", "text": "x", "emojis": [7]}],
        [{"type": "template", "altText": "x", "template": 7}],
        [{"type": "template", "altText": "x", "template": {"type": "carousel", "columns": [7]}}],
        [{"type": "template", "altText": "x", "template": {"type": "image_carousel", "columns": [7]}}],
        [{"type": "textV2", "text": "{a}", "substitution": 7}],
        [{"type": "imagemap", "baseUrl": 7, "altText": "x", "baseSize": 7, "actions": [7]}],
        [flex({"type": "carousel", "contents": [7]})],
        [flex({"type": "bubble", "body": row(contents=[7])})],
        [flex({"type": "bubble", "styles": 7})],
        [flex({"type": "bubble", "body": 7})],
        [flex(bubble(words(), action=7))],
        [flex(bubble(words(), styles={"body": 7}))],
        [flex(bubble({"type": "text", "contents": 7}))],
        [flex(bubble({"type": "image", "url": 7, "aspectRatio": 7}))],
        [flex(bubble(row(background=7)))],
        [flex(bubble(row(action={"type": "uri", "uri": 7})))],
        [quick({"type": "datetimepicker", "label": "x", "data": "d", "mode": [], "min": 7})],
        [quick({"type": "uri", "label": "x", "uri": "https://a", "altUri": 7})],
    ],
    ids=repr,
)
def test_nonsense_is_refused_and_never_a_crash(nonsense: Any) -> None:
    with pytest.raises(LineError):
        checked(nonsense)
