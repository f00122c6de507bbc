"""What a person does on the simulator's phone: taps, menus, pages, linking, scanning, over real HTTP."""

import base64
import io
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask import redirect, request
from PIL import Image

from simulator.scan import draw_code
from tests.echo_bot import World, text, token, world

FORM = """<form method="post" action="/page/done"><input type="hidden" name="csrf" value="k1">
<input name="number"><input name="birthdate"><input type="checkbox" name="agree" value="yes" checked>
<select name="kind"><option value="a">A</option><option value="b" selected>B</option></select>
<button name="go" value="1">連携する</button></form>"""


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with world() as running:
        yield running


@pytest.fixture
def sim(shared: World) -> World:
    shared.bot.__init__(line=shared.url)  # type: ignore[misc]
    shared.clock.pass_by(timedelta(hours=1))
    shared.bot.token = token(shared.url)
    return shared


def postback(label: str, **more: Any) -> dict[str, Any]:
    return {"type": "postback", "label": label, "data": f"d={label}", **more}


def uri(label: str, address: str) -> dict[str, Any]:
    return {"type": "uri", "label": label, "uri": address}


def picker(**limits: str) -> dict[str, Any]:
    return {"type": "datetimepicker", "label": "日付を選ぶ", "data": "day", "mode": "date", **limits}


def card(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": list(parts)}
    return {"type": "flex", "altText": "札", "contents": {"type": "bubble", "body": body}, **more}


def words(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def button(action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "button", "action": action}


def quick(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"type": "action", "action": action} for action in actions]}


def push(sim: World, user: str, *messages: dict[str, Any]) -> None:
    answer = sim.bot.call("message/push", to=user, messages=list(messages))
    assert answer.status_code == 200, answer.text


def event(sim: World) -> dict[str, Any]:
    return sim.bot.events[-1]


# --- reading and tapping ------------------------------------------------------------------------


def test_an_entry_shows_all_text_and_all_buttons_in_reading_order(sim: World) -> None:
    user = sim.person()
    box = {"type": "box", "layout": "vertical", "contents": [words("1日ドック"), words("残り1")]}
    named = {**box, "action": postback("脳ドックを選ぶ")}
    unnamed = {**box, "action": {"type": "postback", "data": "x"}}

    push(sim, user, card(words("選んでください"), named, unnamed, button(uri("地図", "https://example.jp/"))))

    entry = sim.chat(user)["entries"][-1]
    assert entry["text"].split("\n") == ["選んでください", "1日ドック", "残り1", "1日ドック", "残り1", "地図"]
    assert entry["buttons"] == [
        {"label": "脳ドックを選ぶ", "type": "postback", "data": "d=脳ドックを選ぶ", "uri": None},
        {"label": "1日ドック 残り1", "type": "postback", "data": "x", "uri": None},
        {"label": "地図", "type": "uri", "data": None, "uri": "https://example.jp/"},
    ]


def test_a_postback_shows_its_display_text_as_the_persons_own_bubble(sim: World) -> None:
    user = sim.person()
    push(sim, user, card(button(postback("使う", displayText="使います")), button(postback("黙って"))))

    sim.messages(user, "tap", label="使う")
    shown = sim.chat(user)["entries"][-1]
    sim.messages(user, "tap", label="黙って")

    assert (shown["from"], shown["kind"], shown["text"], shown["read"]) == (
        "person",
        "postback",
        "使います",
        True,
    )
    assert event(sim)["postback"] == {"data": "d=黙って"}
    assert sim.chat(user)["entries"][-1] == shown


def test_a_message_button_says_its_text(sim: World) -> None:
    user = sim.person()
    push(sim, user, card(button({"type": "message", "label": "はい", "text": "はい、そうです"})))

    sim.messages(user, "tap", label="はい")

    assert event(sim)["message"]["text"] == "はい、そうです"


def test_the_newest_of_two_equal_labels_is_tapped_unless_the_entry_is_named(sim: World) -> None:
    user = sim.person()
    push(
        sim,
        user,
        card(button({**postback("次へ"), "data": "old"})),
        card(button({**postback("次へ"), "data": "new"})),
    )

    sim.messages(user, "tap", label="次へ")
    newest = event(sim)["postback"]["data"]
    sim.messages(user, "tap", label="次へ", n=1)

    assert (newest, event(sim)["postback"]["data"]) == ("new", "old")


def test_an_index_tells_equal_labels_of_one_entry_apart(sim: World) -> None:
    user = sim.person()
    push(sim, user, card(*(button({**postback("使う"), "data": each}) for each in "abc")))

    sim.messages(user, "tap", label="使う", n=1, index=1)

    assert event(sim)["postback"]["data"] == "b"


def test_a_label_that_is_not_there_is_not_found_and_says_what_is(sim: World) -> None:
    user = sim.person()
    push(sim, user, card(button(postback("使う")), quickReply=quick(postback("やめる"))))

    answer = sim.do(user, "tap", label="無い")

    assert answer.status_code == 404
    assert answer.json()["tappable"] == ["やめる", "使う"]


def test_links_and_pickers_are_not_tapped(sim: World) -> None:
    user = sim.person()
    push(sim, user, card(button(uri("地図", "https://example.jp/")), button(picker())))

    link, date = sim.do(user, "tap", label="地図"), sim.do(user, "tap", label="日付を選ぶ")

    assert (link.status_code, link.json()["error"]) == (409, "this is a uri button: use open")
    assert (date.status_code, date.json()["error"]) == (409, "this is a datetimepicker button: use pick")


def test_a_picker_offers_only_days_inside_its_limits(sim: World) -> None:
    user = sim.person()
    push(sim, user, card(button(picker(min="2024-07-01", max="2024-07-31"))))

    outside = sim.do(user, "pick", label="日付を選ぶ", value="2024-08-01")
    nonsense = sim.do(user, "pick", label="日付を選ぶ", value="2024-02-30")
    sim.messages(user, "pick", label="日付を選ぶ", value="2024-07-31")

    assert (outside.status_code, nonsense.status_code) == (400, 400)
    assert event(sim)["postback"] == {"data": "day", "params": {"date": "2024-07-31"}}


def test_quick_replies_go_with_the_next_message_and_with_a_tap(sim: World) -> None:
    user = sim.person()
    push(sim, user, text("一", quickReply=quick(postback("A"))), text("二", quickReply=quick(postback("B"))))
    of_the_last = [each["label"] for each in sim.chat(user)["quick"]]
    listed = [each["label"] for each in sim.chat(user)["entries"][-1]["buttons"]]

    sim.messages(user, "tap", label="B")
    after_tap = sim.chat(user)["quick"]
    push(sim, user, text("三", quickReply=quick(postback("C"))), text("四"))

    assert of_the_last == listed == ["B"]
    assert after_tap == sim.chat(user)["quick"] == []
    assert sim.do(user, "tap", label="C").status_code == 404


def test_a_quick_date_picker_stays_after_it_was_used(sim: World) -> None:
    user = sim.person()
    push(sim, user, text("いつ", quickReply=quick(picker())))

    sim.messages(user, "pick", label="日付を選ぶ", value="2024-07-03")

    assert [each["type"] for each in sim.chat(user)["quick"]] == ["datetimepicker"]


def test_the_loading_sign_goes_with_the_next_message_or_with_time(sim: World) -> None:
    user = sim.person()
    started = sim.bot.call("chat/loading/start", chatId=user, loadingSeconds=5)
    shown = sim.chat(user)["loading"]
    push(sim, user, text("できました"))
    after_message = sim.chat(user)["loading"]
    sim.bot.call("chat/loading/start", chatId=user, loadingSeconds=5)
    sim.clock.pass_by(timedelta(seconds=5))

    assert (started.status_code, shown, after_message, sim.chat(user)["loading"]) == (202, True, False, False)
    assert sim.bot.call("chat/loading/start", chatId=user, loadingSeconds=7).status_code == 400


def test_blocking_and_coming_back_are_told(sim: World) -> None:
    user = sim.person()

    sim.messages(user, "block")
    left = event(sim)
    refused = sim.do(user, "say", text="聞こえますか")
    sim.messages(user, "unblock")

    assert (left["type"], "replyToken" in left, refused.status_code) == ("unfollow", False, 409)
    assert (event(sim)["type"], event(sim)["follow"]) == ("follow", {"isUnblocked": True})


def test_a_sticker_and_a_read_mark(sim: World) -> None:
    user = sim.person()
    sim.messages(user, "sticker")

    marked = sim.bot.call("chat/markAsRead", markAsReadToken=event(sim)["message"]["markAsReadToken"])

    assert event(sim)["message"]["stickerResourceType"] == "STATIC"
    assert (marked.status_code, sim.chat(user)["entries"][-1]["kind"]) == (200, "sticker")
    assert sim.bot.call("chat/markAsRead", markAsReadToken="x").status_code == 400


def test_waiting_ends_as_soon_as_something_changes(sim: World) -> None:
    user = sim.person()
    timer = threading.Timer(0.3, push, (sim, user, text("来ました")))
    timer.start()

    started = time.monotonic()
    answer = sim.get(f"people/{user}/wait?after=0")

    assert 0.2 < time.monotonic() - started < 5
    assert [entry["text"] for entry in answer["entries"]] == ["来ました"]
    timer.join()


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("say", {}, 400),
        ("say", {"text": ""}, 400),
        ("pick", {"label": "x"}, 400),
        ("photo", {"png": "***"}, 400),
        ("photo", {"png": "aGFsbG8="}, 400),
        ("scan", {"facility": "nowhere"}, 404),
        ("scan", {"png": base64.b64encode(b"no picture").decode()}, 400),
        ("submit", {"fields": {}}, 409),
        ("unsend", {"n": 7}, 404),
        ("redeliver", {"event": "x"}, 404),
        ("unblock", {}, 409),
        ("dance", {}, 404),
    ],
)
def test_an_impossible_act_says_why(sim: World, act: str, body: dict[str, Any], status: int) -> None:
    answer = sim.do(sim.person(), act, **body)

    assert answer.status_code == status
    assert answer.json()["error"]


# --- codes, pages and linking -------------------------------------------------------------------


def test_a_printed_code_is_sent_from_the_chat_it_opens(sim: World) -> None:
    user, other = sim.person(), sim.person(channel="kagawa")
    picture = base64.b64encode(draw_code("https://line.me/R/oaMessage/%40saitama/?fs%20%E7%97%85")).decode()

    sim.messages(user, "scan", facility="FS0007")
    by_name = event(sim)["message"]["text"]
    sim.messages(user, "scan", png=picture)

    assert (by_name, event(sim)["message"]["text"]) == ("fs0007", "fs 病")
    assert sim.do(other, "scan", png=picture).status_code == 409


def test_a_link_to_the_chat_fills_the_draft_and_says_nothing(sim: World) -> None:
    user = sim.person()
    address = "https://line.me/R/oaMessage/%40saitama/?fs0007"
    push(sim, user, card(button(uri("トークへ", address)), button(uri("電話する", "tel:0488300000"))))
    events = len(sim.bot.events)

    opened = sim.do(user, "open", label="トークへ").json()
    called = sim.do(user, "open", label="電話する").json()

    assert (opened["status"], opened["draft"], opened["messages"]) == (200, "fs0007", [])
    assert (called["status"], called["number"]) == (0, "0488300000")
    assert len(sim.bot.events) == events
    sim.messages(user, "say")
    assert (event(sim)["message"]["text"], sim.chat(user)["draft"]) == ("fs0007", "")


def test_a_page_of_another_machine_is_not_fetched(sim: World) -> None:
    user = sim.person()
    push(sim, user, card(button(uri("県のページ", "https://example.invalid/"))))

    opened = sim.do(user, "open", label="県のページ").json()

    assert (opened["url"], opened["status"], opened["html"]) == ("https://example.invalid/", 0, "")


def test_a_form_is_sent_with_its_hidden_fields_and_the_cookies_of_this_person(sim: World) -> None:
    seen: list[tuple[dict[str, str], dict[str, str]]] = []

    def page() -> Any:
        seen.append((request.form.to_dict(), request.cookies.to_dict()))
        if request.method == "GET" and request.path == "/page":
            answer = redirect("/page/form")
            answer.set_cookie("session", "s1")
            return answer
        return FORM

    sim.bot.page = page
    user = sim.person()
    push(sim, user, card(button(uri("連携", f"{sim.bot_url}/page"))))

    opened = sim.do(user, "open", label="連携").json()
    sim.do(user, "submit", fields={"number": "123456", "birthdate": "1974-01-22", "code": ""})
    wrong = sim.do(user, "submit", fields={"nummer": "1"})

    assert (opened["status"], opened["url"]) == (200, f"{sim.bot_url}/page/form")
    sent = {
        "csrf": "k1",
        "number": "123456",
        "birthdate": "1974-01-22",
        "agree": "yes",
        "kind": "b",
        "go": "1",
    }
    assert seen[-1] == (sent, {"session": "s1"})
    assert wrong.json()["fields"] == ["agree", "birthdate", "csrf", "go", "kind", "number"]


def link_token(sim: World, user: str) -> str:
    return str(sim.bot.call(f"user/{user}/linkToken").json()["linkToken"])


def linking_page(sim: World, key: str, nonce: str) -> None:
    """The bot's page sends the browser on to LINE's dialog."""
    sim.bot.page = lambda: redirect(f"{sim.url}/dialog/bot/accountLink?linkToken={key}&nonce={nonce}")


def answers_linking(event: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return [text("連携しました")] if event["type"] == "accountLink" else []


def test_linking_goes_from_the_page_through_the_dialog_to_the_event(sim: World) -> None:
    user = sim.person()
    sim.bot.answers = answers_linking
    linking_page(sim, link_token(sim, user), "nonce-nonce-1")
    push(sim, user, card(button(uri("連携する", f"{sim.bot_url}/page"))))

    opened = sim.do(user, "open", label="連携する").json()

    assert event(sim)["link"] == {"result": "ok", "nonce": "nonce-nonce-1"}
    assert event(sim)["source"]["userId"] == user
    assert [entry["text"] for entry in opened["messages"]] == ["連携しました"]
    assert "トークに戻ってください" in opened["html"]


def test_a_link_token_works_once_and_for_ten_minutes(sim: World) -> None:
    user = sim.person()
    used, old = link_token(sim, user), link_token(sim, user)
    dialog = f"{sim.url}/dialog/bot/accountLink?linkToken={{}}&nonce=nonce-nonce-2"
    first = requests.get(dialog.format(used), timeout=5).status_code
    events = len(sim.bot.events)

    again = requests.get(dialog.format(used), timeout=5).status_code
    sim.clock.pass_by(timedelta(minutes=10, seconds=1))
    late = requests.get(dialog.format(old), timeout=5).status_code

    assert (first, again, late) == (200, 400, 400)
    assert len(sim.bot.events) == events


def test_a_link_token_in_anothers_hand_fails_without_saying_whose(sim: World) -> None:
    owner, other = sim.person(), sim.person()
    linking_page(sim, link_token(sim, owner), "nonce-nonce-3")
    push(sim, other, card(button(uri("連携する", f"{sim.bot_url}/page"))))

    sim.do(other, "open", label="連携する")

    assert event(sim)["link"] == {"result": "failed", "nonce": "nonce-nonce-3"}
    assert not {"source", "replyToken"} & set(event(sim))


def test_the_dialogs_page_has_its_own_style_and_a_policy_that_allows_nothing_else(sim: World) -> None:
    key = link_token(sim, sim.person())
    dialog = f"{sim.url}/dialog/bot/accountLink?linkToken={key}&nonce=nonce-nonce-4"

    done, void = requests.get(dialog, timeout=5), requests.get(dialog, timeout=5)
    style = requests.get(f"{sim.url}/static/dialog.css", timeout=5)

    assert "結果はトークに届きます" in done.text
    assert "もう一度はじめから" in void.text
    for page in (done, void):
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';")
        assert 'href="/static/dialog.css"' in page.text
        assert not any(word in page.text for word in ("<style", "<script", "style="))
    assert style.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("nonce", ["short", "n" * 256])
def test_a_nonce_has_ten_to_255_letters(sim: World, nonce: str) -> None:
    user = sim.person()

    answer = requests.get(
        f"{sim.url}/dialog/bot/accountLink",
        params={"linkToken": link_token(sim, user), "nonce": nonce},
        timeout=5,
    )

    assert answer.status_code == 400


# --- rich menus ---------------------------------------------------------------------------------


def menu(name: str, **action: Any) -> dict[str, Any]:
    area = {"bounds": {"x": 0, "y": 0, "width": 800, "height": 270}, "action": action or postback(name)}
    size = {"width": 800, "height": 270}
    return {"size": size, "selected": True, "name": name, "chatBarText": "メニュー", "areas": [area]}


def image(width: int = 800, height: int = 270, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(buffer, kind)
    return buffer.getvalue()


def upload(sim: World, menu_id: str, data: bytes, mime: str = "image/png") -> requests.Response:
    headers = {**sim.bot.bearer(), "Content-Type": mime}
    url = f"{sim.url}/v2/bot/richmenu/{menu_id}/content"
    return requests.post(url, data=data, headers=headers, timeout=5)


def create(sim: World, body: dict[str, Any], *, with_image: bool = True) -> str:
    menu_id = str(sim.bot.call("richmenu", **body).json()["richMenuId"])
    if with_image:
        assert upload(sim, menu_id, image()).status_code == 200
    return menu_id


def test_a_rich_menu_needs_its_image_before_it_can_be_given(sim: World) -> None:
    user, bare = sim.person(), create(sim, menu("使う"), with_image=False)

    refused = [sim.bot.call(f"user/{to}/richmenu/{bare}") for to in (user, "all")]
    upload(sim, bare, image())
    sim.bot.call(f"user/{user}/richmenu/{bare}")

    assert {(each.status_code, each.json()["message"]) for each in refused} == {
        (400, "must upload richmenu image before applying it to user")
    }
    shown = sim.chat(user)["menu"]
    assert (shown["chatBarText"], shown["areas"][0]["label"]) == ("メニュー", "使う")
    assert requests.get(sim.url + shown["image"], timeout=5).content == image()
    sim.messages(user, "tap", label="使う")
    assert event(sim)["postback"] == {"data": "d=使う"}


@pytest.mark.parametrize(
    ("data", "mime", "status"),
    [
        (image(799, 270), "image/png", 400),
        (image(800, 249), "image/png", 400),
        (image(800, 600), "image/png", 400),
        (image(1600, 540), "image/png", 400),
        (image(), "image/jpeg", 400),
        (b"nothing", "image/png", 400),
        (image(), "image/gif", 415),
        (image() + b"0" * 1_000_000, "image/png", 413),
    ],
    ids=["narrow", "low", "steep", "not the menu's size", "another kind", "no image", "gif", "over 1 MB"],
)
def test_an_image_that_does_not_fit_is_refused(sim: World, data: bytes, mime: str, status: int) -> None:
    bare = create(sim, menu("使う"), with_image=False)

    assert upload(sim, bare, data, mime).status_code == status


def test_an_image_cannot_be_replaced(sim: World) -> None:
    answer = upload(sim, create(sim, menu("使う")), image())

    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "An image has already been uploaded to the richmenu",
    )


def test_a_persons_own_menu_stands_before_the_default(sim: World) -> None:
    user, common, own = sim.person(), create(sim, menu("皆の")), create(sim, menu("私の"))
    sim.bot.call(f"user/all/richmenu/{common}")
    before = sim.chat(user)["menu"]["areas"][0]["label"]
    sim.bot.call("richmenu/bulk/link", userIds=[user], richMenuId=own)
    with_own = sim.chat(user)["menu"]["areas"][0]["label"]
    sim.bot.call("richmenu/bulk/unlink", userIds=[user])

    assert (before, with_own, sim.chat(user)["menu"]["areas"][0]["label"]) == ("皆の", "私の", "皆の")
    assert sim.bot.get(f"user/{user}/richmenu").json() == {"message": "the user has no richmenu"}
    requests.delete(f"{sim.url}/v2/bot/richmenu/{common}", headers=sim.bot.bearer(), timeout=5)
    assert sim.chat(user)["menu"] is None
    assert sim.bot.get("user/all/richmenu").json() == {"message": "no default richmenu"}


def test_a_switch_shows_the_other_menu_and_tells_the_bot(sim: World) -> None:
    user = sim.person()
    switch = {"type": "richmenuswitch", "label": "次", "richMenuAliasId": "second", "data": "tab"}
    first, second = create(sim, menu("一", **switch)), create(sim, menu("二"))
    sim.bot.call("richmenu/alias", richMenuAliasId="second", richMenuId=second)
    sim.bot.call(f"user/{user}/richmenu/{first}")

    sim.messages(user, "tap", label="次")

    params = {"status": "SUCCESS", "newRichMenuAliasId": "second"}
    assert event(sim)["postback"] == {"data": "tab", "params": params}
    assert sim.chat(user)["menu"]["areas"][0]["label"] == "二"
    again = sim.bot.call("richmenu/alias", richMenuAliasId="second", richMenuId=second)
    assert again.json() == {"message": "conflict richmenu alias id"}


def test_a_menu_shows_where_its_links_lead(sim: World) -> None:
    user = sim.person()
    body = menu("一")
    body["areas"].append({**body["areas"][0], "action": uri("案内", "https://example.jp/guide")})
    sim.bot.call(f"user/{user}/richmenu/{create(sim, body)}")

    areas = sim.chat(user)["menu"]["areas"]

    assert [(each["type"], each["uri"]) for each in areas] == [
        ("postback", None),
        ("uri", "https://example.jp/guide"),
    ]


def test_a_menu_of_another_channel_is_not_given(sim: World) -> None:
    mine = create(sim, menu("使う"))
    sim.bot.token = token(sim.url, "2222222222")

    answer = sim.bot.get(f"richmenu/{mine}")

    assert answer.json() == {"message": "the richmenu is owned by another channel"}
    assert sim.bot.get("richmenu/richmenu-0").json() == {"message": "richmenu not found"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": ""}, "name"),
        ({"chatBarText": "あ" * 15}, "chatBarText"),
        ({"areas": menu("x")["areas"] * 21}, "areas"),
        ({"size": None}, "size"),
        (
            {"areas": [{"bounds": {"x": 1, "y": 0, "width": 800, "height": 270}, "action": postback("x")}]},
            "areas[0].bounds",
        ),
    ],
)
def test_a_menu_outside_lines_limits_is_refused(sim: World, change: dict[str, Any], where: str) -> None:
    answer = sim.bot.call("richmenu/validate", **{**menu("使う"), **change})

    assert answer.status_code == 400
    assert where in [detail["property"] for detail in answer.json()["details"]]


# --- clock, channels, page ----------------------------------------------------------------------


def test_the_clock_moves_forward_only(sim: World) -> None:
    start = sim.get("clock")["now"]
    to = (sim.clock.now + timedelta(days=1)).isoformat()

    moved, back, nonsense = (
        sim.post("clock", now=to),
        sim.post("clock", now=start),
        sim.post("clock", now="明日"),
    )

    assert (
        moved.json()["now"]
        == (sim.clock.now + timedelta(hours=9)).replace(tzinfo=None).isoformat() + "+09:00"
    )
    assert (back.status_code, nonsense.status_code) == (400, 400)


def test_a_years_rehearsal_is_what_the_account_says_it_is(sim: World) -> None:
    sim.platform.rehearse = lambda channel, year: ({"title": f"{channel} {year}"},)
    sim.clock.move(datetime(2025, 3, 31, 14, 59, tzinfo=UTC))

    asked, ours = sim.get("rehearsal?channel=kagawa&fiscal_year=2023"), sim.get("rehearsal?channel=saitama")
    sim.clock.move(datetime(2025, 3, 31, 15, 0, tzinfo=UTC))

    assert asked == {"fiscal_year": 2023, "messages": [{"title": "kagawa 2023"}]}
    assert ours == {"fiscal_year": 2024, "messages": [{"title": "saitama 2024"}]}
    assert sim.get("rehearsal?channel=saitama")["fiscal_year"] == 2025
    for bad in ("", "channel=nowhere", "channel=saitama&fiscal_year=next"):
        assert requests.get(f"{sim.url}/sim/rehearsal?{bad}", timeout=5).status_code in (400, 404)


def test_channels_people_and_posters_are_listed(sim: World) -> None:
    user = sim.person("新しい人")

    channels = {each["id"]: each for each in sim.get("channels")["channels"]}
    people = {each["user_id"]: each for each in sim.get("people")["people"]}
    (poster,) = sim.get("facilities?channel=saitama")["facilities"]

    assert channels["saitama"]["webhook"] == f"{sim.bot_url}/webhook/saitama"
    assert (people[user]["name"], people[user]["channel"]) == ("新しい人", "saitama")
    assert poster["qr"].startswith("data:image/png;base64,")
    sim.messages(user, "scan", png=poster["qr"])
    assert event(sim)["message"]["text"] == "fs0007"


def test_the_phone_page_comes_with_a_strict_policy(sim: World) -> None:
    page = requests.get(sim.url, timeout=5)

    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_link_to_the_chat_on_this_machine_is_the_phone_page(sim: World) -> None:
    page = requests.get(f"{sim.url}/R/oaMessage/%40saitama/?fs0007", timeout=5)

    assert page.status_code == 200
    assert page.text == requests.get(sim.url, timeout=5).text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_pages_of_other_addresses_may_not_drive_the_phone(sim: World) -> None:
    user = sim.person()
    say = f"{sim.url}/sim/people/{user}/say"

    foreign = requests.post(say, json={"text": "あ"}, headers={"Origin": "http://evil.example"}, timeout=5)
    own = requests.post(say, json={"text": "あ"}, headers={"Origin": sim.url}, timeout=5)

    assert (foreign.status_code, own.status_code) == (403, 200)


def test_a_menu_and_a_bubble_with_the_same_label_can_be_told_apart(sim: World) -> None:
    user = sim.person()
    sim.bot.call(f"user/{user}/richmenu/{create(sim, menu('使う'))}")
    push(sim, user, card(button({**postback("使う"), "data": "bubble"})))

    sim.messages(user, "tap", label="使う")
    in_bubble = event(sim)["postback"]["data"]
    sim.messages(user, "tap", label="使う", **{"from": "menu"})

    assert (in_bubble, event(sim)["postback"]["data"]) == ("bubble", "d=使う")
