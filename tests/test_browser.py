"""The phone page in a real browser: what a newcomer clicks, sees, hears and reaches by keyboard."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from bot.line_setup import LineSetup
from demo import link_directly
from house import install_menu, sheets
from tests.demo_house import DemoHouse, uses_of

WIDE, NARROW = (1280, 900), (390, 844)
SIZES = [pytest.param(WIDE, id="1280x900"), pytest.param(NARROW, id="390x844")]
MORNING = datetime(2024, 7, 1, 0, 0, tzinfo=UTC)
PATIENCE = 15_000  # milliseconds; the pace of a loaded machine, nothing waits for it when all is well
WHOLE = 0.99  # of a thing that is seen whole: a scroll stops at whole pixels
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
NO_CHROMIUM = "there is no Chromium on this machine, so the phone page is not tried in a browser"
CONTROLS = "button, a[href], input, select, textarea, [tabindex]"
# Numbers every control that can be seen and used; those of a list of tabs are reached by arrow keys.
NUMBER_CONTROLS = f"""() => {{
    let count = 0;
    for (const each of document.querySelectorAll('{CONTROLS}')) {{
        if (each.checkVisibility() && !each.disabled && !each.closest('[inert]') && each.tabIndex >= 0)
            each.dataset.control = count++;
    }}
    return count;
}}"""
UNREACHABLE = f"""() => [...document.querySelectorAll('{CONTROLS}')]
    .filter((each) => each.checkVisibility() && each.tabIndex < 0 && each.role !== 'tab' && each.matches('button, a, input'))
    .map((each) => each.outerHTML)"""


@dataclass
class Visitor:
    """Somebody with a browser window of one size; what the browser complained about is kept."""

    house: DemoHouse
    context: BrowserContext
    page: Page
    narrow: bool
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def open_tools(self) -> None:
        if self.narrow:
            self.page.get_by_label("時計と道具を開く").click()

    def become_new(self) -> None:
        """A new person who befriends Saitama's account."""
        if self.narrow:
            self.page.get_by_label("トーク一覧を開く").click()
        self.page.get_by_label(re.compile("埼玉.*に新しい人を追加")).click()
        self.page.get_by_label("LINE の表示名").fill("新しい人")
        self.page.get_by_role("button", name="友だちに追加する").click()
        expect(self.newest("友だち追加ありがとうございます")).to_be_visible()

    def be_linked(self, number: str) -> None:
        """A person of Saitama whose chat is linked already."""
        person = self.house.demo.platform.add_person("saitama", "連携済みの人")
        self.house.demo.settled()
        link_directly(self.house.demo.house, "saitama", person.user_id, number)
        self.page.goto("about:blank")  # else only the fragment would change, and the page stay
        self.page.goto(f"{self.house.url}/#{person.user_id}")
        expect(self.newest("友だち追加ありがとうございます")).to_be_visible()

    def scan(self, facility: str) -> None:
        """The camera, on the sheet of a facility; then the words it typed are sent."""
        if self.narrow:
            self.page.get_by_label("写真・QRコード").click()
            self.page.get_by_role("button", name="施設のQRを読む").click()
            self.page.get_by_role("dialog").get_by_label(f"{facility}のQRを読む").click()
        else:
            self.page.get_by_label("道具", exact=True).get_by_text("施設のQR").click()
            self.page.get_by_label(f"{facility}のQRを読む").click()
        self.page.get_by_role("button", name="トークを開く").click()
        self.page.get_by_label("送信", exact=True).click()

    def press(self, label: str) -> None:
        """The newest box with this label."""
        self.page.locator("#entries").get_by_role("button", name=label).last.click()

    def opens(self, label: str) -> Page:
        """The tab that a link box opens."""
        with self.context.expect_page() as opened:
            self.page.locator("#entries").get_by_role("link", name=label).last.click()
        page = opened.value
        page.wait_for_load_state()
        return page

    def newest(self, words: str) -> Locator:
        return self.page.locator("#entries .entry.bot").filter(has_text=words).last


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[DemoHouse]:
    house = DemoHouse(tmp_path_factory.mktemp("browser"))
    for branch in house.demo.house.branches.values():
        install_menu(LineSetup(house.demo.house.lines[branch.id]), branch)
    yield house
    house.close()


@pytest.fixture(params=SIZES)
def visitor(request: pytest.FixtureRequest, running: DemoHouse, browser: Browser) -> Iterator[Visitor]:
    running.restore(MORNING)
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP")
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(running, context, context.new_page(), request.param == NARROW)
    context.on("console", visitor.hear)
    context.on("weberror", lambda error: visitor.complaints.append(str(error.error)))
    visitor.page.goto(running.url)
    expect(visitor.page.locator("#person-name")).to_contain_text("さんのスマートフォン")
    yield visitor
    context.close()


expect.set_options(timeout=PATIENCE)


def test_a_newcomer_uses_a_coupon_by_clicking_alone(visitor: Visitor) -> None:
    visitor.become_new()
    visitor.scan("共済組合互助会病院")
    visitor.press("はい、この施設です")
    visitor.press("同意して進む")
    page = visitor.opens("連携ページを開く")
    page.get_by_label("番号").fill("123456")
    page.get_by_label("生年月日").fill("19740122")
    page.get_by_role("button", name="確認して連携する").click()
    expect(page.get_by_text("トークに戻ってください")).to_be_visible()
    page.close()
    visitor.press("選べるドック・優待・1日・男")
    visitor.press("利用する")
    visitor.press("今すぐ利用する")

    card = visitor.newest("済　利用が完了しました")
    expect(card).to_be_visible()
    assert width_of(card.locator(".fx-bubble img").first) == 720
    assert uses_of(visitor.house.demo.house.database) == [("1day", "fs0007", 1)]
    assert visitor.complaints == []


def test_the_staff_screen_can_be_seen_at_once(visitor: Visitor) -> None:
    visitor.be_linked("123456")
    visitor.scan("共済組合互助会病院")
    visitor.press("はい、この施設です")
    visitor.press("選べるドック・優待・1日・男")

    card = visitor.newest("スタッフにお見せください")
    expect(card.get_by_role("button", name="利用する")).to_be_in_viewport(ratio=WHOLE)
    picture = card.locator(".fx-bubble img").first

    assert width_of(picture) == 720
    assert height_of(card.locator(".fx-bubble")) <= height_of(visitor.page.locator("#chat"))
    expect(picture).to_be_in_viewport(ratio=WHOLE)
    assert visitor.complaints == []


def test_the_last_screen_can_be_seen_at_once(visitor: Visitor) -> None:
    """Picture, words and code: nobody scrolls while the staff look."""
    visitor.be_linked("123456")
    visitor.scan("共済組合互助会病院")
    for label in ("はい、この施設です", "選べるドック・優待・1日・男", "利用する", "今すぐ利用する"):
        visitor.press(label)

    card = visitor.newest("済　利用が完了しました")
    expect(card.get_by_role("button", name="内容選択画面へ")).to_be_in_viewport(ratio=WHOLE)

    picture, code = (
        card.locator(".fx-bubble img").first,
        card.get_by_role("link", name="確認用の二次元コード"),
    )
    assert height_of(card.locator(".fx-bubble")) <= height_of(visitor.page.locator("#chat"))
    for seen in (picture, code):
        expect(seen).to_be_in_viewport(ratio=WHOLE)


def test_nothing_pushes_the_phone_aside(visitor: Visitor) -> None:
    """What has the focus in a drawer that closes would be scrolled to."""
    room = visitor.page.locator(".room")

    room.evaluate("(room) => room.scrollTo(90, 90)")

    assert room.evaluate("(room) => [room.scrollLeft, room.scrollTop]") == [0, 0]


def test_a_facility_checks_a_use_and_sees_those_of_today(visitor: Visitor) -> None:
    visitor.be_linked("123456")
    visitor.scan("共済組合互助会病院")
    for label in ("はい、この施設です", "選べるドック・優待・1日・男", "利用する", "今すぐ利用する"):
        visitor.press(label)

    page = visitor.opens("確認用の二次元コード")
    expect(page.get_by_text("登録されている利用です")).to_be_visible()
    assert width_of(page.locator("img.qr")) > 0
    page.goto(staff_page(visitor.house, "saitama", "fs0007"))
    expect(page.get_by_role("cell", name="選べるドック・優待・1日・男")).to_be_visible()

    assert not page.get_by_text(re.compile("太郎|123456")).count()
    assert visitor.complaints == []


def test_the_clock_is_moved_by_its_buttons(visitor: Visitor) -> None:
    visitor.open_tools()
    clock = visitor.page.get_by_label("時計", exact=True)
    expect(clock.get_by_text("2024年7月1日")).to_be_visible()

    clock.get_by_role("button", name="＋1日").click()

    expect(clock.get_by_role("status")).to_contain_text("まで進めました")
    expect(clock.locator(".clock-date")).to_have_text(re.compile("2024年7月2日"))
    assert visitor.complaints == []


def test_a_talk_is_played_and_watched(visitor: Visitor) -> None:
    visitor.open_tools()
    visitor.page.get_by_role("tab", name="会話の再生").click()
    visitor.page.get_by_label("会話をさがす").fill("saitama/greeting")
    visitor.page.get_by_role("tabpanel").get_by_role("button", name=re.compile("を再生")).locator(
        "visible=true"
    ).click()

    expect(visitor.page.locator(".talk-state.good")).to_have_text("書いてあるとおりでした")
    visitor.page.get_by_role("button", name="最後まで表示").click()

    expect(visitor.newest("クーポンの問い合わせ")).to_be_visible()
    assert visitor.complaints == []


def test_the_raw_message_can_be_read(visitor: Visitor) -> None:
    visitor.become_new()
    card = visitor.newest("友だち追加ありがとうございます")

    card.hover()
    card.get_by_label("このメッセージの中身を見る").click()

    raw = json.loads(visitor.page.get_by_label("JSON").inner_text())
    assert raw["type"] == "flex"
    assert visitor.complaints == []


def test_new_messages_are_read_aloud(visitor: Visitor) -> None:
    visitor.become_new()
    live = visitor.page.locator("#live")
    assert live.get_attribute("aria-live") == "polite"

    visitor.press("使い方")

    expect(live).to_contain_text("聞きたいことを、ふだんの言葉で")
    assert visitor.complaints == []


def test_every_control_is_reached_by_the_keyboard(visitor: Visitor) -> None:
    visitor.become_new()
    visitor.page.evaluate("document.activeElement.blur()")
    count = visitor.page.evaluate(NUMBER_CONTROLS)

    reached = set()
    for _ in range(count + 20):  # a field for a date and a time stops at each of its parts
        visitor.page.keyboard.press("Tab")
        reached.add(visitor.page.evaluate("document.activeElement.dataset.control"))

    assert {str(number) for number in range(count)} <= reached
    assert visitor.page.evaluate(UNREACHABLE) == []


def test_the_tools_are_changed_by_arrow_keys(visitor: Visitor) -> None:
    visitor.open_tools()
    visitor.page.get_by_role("tab", name="施設のQR").focus()

    visitor.page.keyboard.press("ArrowRight")

    expect(visitor.page.get_by_role("tab", name="会話の再生", selected=True)).to_be_focused()
    expect(visitor.page.get_by_label("会話をさがす")).to_be_visible()


def test_a_card_is_answered_by_the_keyboard(visitor: Visitor) -> None:
    visitor.become_new()
    visitor.page.locator("#entries").get_by_role("button", name="メニュー").last.focus()

    visitor.page.keyboard.press("Enter")

    expect(visitor.newest("まだ連携していません")).to_be_visible()
    assert visitor.complaints == []


def test_a_wrong_number_is_told_on_the_linking_page(visitor: Visitor) -> None:
    visitor.become_new()
    visitor.press("連携する")
    visitor.press("同意して進む")
    page = visitor.opens("連携ページを開く")

    page.get_by_label("番号").fill("999999")
    page.get_by_label("生年月日").fill("昭和49年1月22日")
    page.get_by_role("button", name="確認して連携する").click()

    expect(page.get_by_role("alert")).to_contain_text("もう一度お確かめください")
    expect(page.get_by_label("番号")).to_have_value("999999")
    assert [each for each in visitor.complaints if "status of 422" not in each] == []


def staff_page(running: DemoHouse, branch: str, facility: str) -> str:
    """The address on the sheet for a facility's staff."""
    house = running.demo.house
    printed = sheets(house.database, house.branches[branch], running.demo.settings, "@kyosai")
    return next(sheet.staff_url for sheet in printed if sheet.code == facility)


def width_of(picture: Locator) -> int:
    """The width of the picture itself, once it is there."""
    return int(picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)"))


def height_of(locator: Locator) -> float:
    box: Any = locator.bounding_box()
    return float(box["height"])
