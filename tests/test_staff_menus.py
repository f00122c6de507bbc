"""The staff's rich menu: given and taken through LINE after commit, lost by no crash, switched by its tabs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.events import read
from bot.line import LineUnavailable
from bot.line_setup import LineSetup
from bot.menu_switch import LEASE, MenuSwitcher
from bot.richmenu import install_named
from house import install_menu
from models import conversation, menu_wishes
from models.base import Database
from models.branch import load_branch
from models.days import day_of
from models.forget import forget_chat
from models.menu_wishes import MenuWish
from models.staff import SETS_OF_ROLES, accept, all_staff, invite, leave, member_view, staff_view
from settings import ROOT
from simulator.people import Person
from tests.demo_house import DemoHouse, person_of
from tests.quiet_house import Clock

STAFF_VIEW, MEMBER_VIEW = staff_view(("desk",)), member_view(("desk",))


class Menus:
    """LINE's calls about menus, as a record; what is in `away` is answered with this status."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away: list[int] = []

    def ask(self, method: str, path: str) -> dict[str, str]:
        self.asked.append(f"{method} {path}")
        if self.away:
            raise LineUnavailable("away", self.away.pop(0))
        return {"richMenuId": "richmenu-1"}


@pytest.fixture
def menus() -> Menus:
    return Menus()


@pytest.fixture
def switcher(database: Database, menus: Menus) -> MenuSwitcher:
    return MenuSwitcher(database, {"saitama": menus}, Clock())  # type: ignore[dict-item]


def wish(switcher: MenuSwitcher, menu: str | None, branch: str = "saitama") -> None:
    now = switcher.clock()
    with switcher.database.transaction() as db:
        chat = conversation.load(db, branch, "U1", now).id
        menu_wishes.wish(db, chat, menu, now)


def waiting(switcher: MenuSwitcher) -> list[tuple[str | None, bool]]:
    """What is still wished, and whether it comes by itself."""
    with switcher.database.reading() as db:
        return [(row.menu, row.due_at is not None) for row in db.execute(select(MenuWish))]


def test_a_wish_is_done_once_and_gone(switcher: MenuSwitcher, menus: Menus) -> None:
    wish(switcher, STAFF_VIEW)

    assert switcher.do_all() == 1
    assert switcher.do_all() == 0
    assert menus.asked == [
        f"GET /v2/bot/richmenu/alias/{STAFF_VIEW}",
        "POST /v2/bot/user/U1/richmenu/richmenu-1",
    ]
    assert waiting(switcher) == []


def test_the_last_wish_of_a_chat_counts(switcher: MenuSwitcher, menus: Menus) -> None:
    wish(switcher, STAFF_VIEW)
    wish(switcher, None)

    switcher.do_all()

    assert menus.asked == ["DELETE /v2/bot/user/U1/richmenu"]


def test_while_line_is_away_the_wish_waits_and_comes_again(switcher: MenuSwitcher, menus: Menus) -> None:
    menus.away = [500, 0]
    wish(switcher, None)
    clock = switcher.clock
    assert isinstance(clock, Clock)

    for _ in range(3):
        switcher.do_all()
        clock.pass_by(minutes=1)

    assert len(menus.asked) == 3
    assert waiting(switcher) == []


def test_a_channel_without_menus_is_not_asked_again_and_again(switcher: MenuSwitcher, menus: Menus) -> None:
    menus.away = [404]
    wish(switcher, STAFF_VIEW)

    switcher.do_all()

    assert waiting(switcher) == [(STAFF_VIEW, False)]


def test_who_is_forgotten_loses_the_menu_of_the_staff_and_leaves_no_id_behind(
    switcher: MenuSwitcher, menus: Menus
) -> None:
    now, dated = switcher.clock(), load_branch(ROOT / "branches" / "saitama").staff
    assert dated is not None
    terms = dated.on(day_of(now))

    def work(db: Connection) -> None:
        chat = conversation.load(db, "saitama", "U1", now).id
        accept(db, "saitama", chat, invite(db, "saitama", ["desk"], "", terms, "test", now), terms, now)
        forget_chat(db, "saitama", "U1", "test", now)

    switcher.database.run(work)
    menus.away = [404]  # LINE knows of no menu of theirs

    switcher.do_all()

    assert menus.asked == ["DELETE /v2/bot/user/U1/richmenu"]
    assert waiting(switcher) == []


def test_a_wish_in_the_hands_of_a_process_that_died_is_done_by_another(
    switcher: MenuSwitcher, menus: Menus
) -> None:
    wish(switcher, STAFF_VIEW)
    now = switcher.clock()
    switcher.database.run(lambda db: menu_wishes.take(db, switcher.lines, now, now + LEASE))
    assert switcher.do_all() == 0
    clock = switcher.clock
    assert isinstance(clock, Clock)

    clock.pass_by(minutes=2)

    assert switcher.do_all() == 1
    assert waiting(switcher) == []


def test_a_wish_made_while_an_earlier_one_is_being_done_is_not_lost(switcher: MenuSwitcher) -> None:
    wish(switcher, STAFF_VIEW)
    now = switcher.clock()
    taken = switcher.database.run(lambda db: menu_wishes.take(db, switcher.lines, now, now + LEASE))
    assert taken is not None

    wish(switcher, None)
    switcher.database.run(lambda db: menu_wishes.settle(db, taken, None))

    assert waiting(switcher) == [(None, True)]


def test_a_wish_of_a_branch_without_a_channel_here_holds_up_no_other(
    switcher: MenuSwitcher, menus: Menus
) -> None:
    wish(switcher, STAFF_VIEW, "aichi")
    wish(switcher, None)

    assert switcher.do_all() == 1
    assert menus.asked == ["DELETE /v2/bot/user/U1/richmenu"]
    assert waiting(switcher) == [(STAFF_VIEW, True)]


def test_a_switched_tab_is_no_button_of_ours() -> None:
    params = {"newRichMenuAliasId": MEMBER_VIEW, "status": "SUCCESS"}

    event = read({"type": "postback", "postback": {"data": f"tab:{MEMBER_VIEW}", "params": params}})

    assert event.kind == "other"


# On LINE's simulator


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    house = DemoHouse(tmp_path_factory.mktemp("menus"))
    for branch in ("saitama", "kagawa"):
        install_menu(LineSetup(house.demo.house.lines[branch]), house.demo.house.branches[branch])
    yield house
    house.close()


def test_the_staff_have_a_menu_with_tabs_from_joining_to_leaving(demo: DemoHouse) -> None:
    phone = demo.phone("saitama", "職員")
    person, house, menus = person_of(phone), demo.demo.house, demo.demo.platform.menus
    assert person.menu is None

    phone.enlist("desk")
    staff_menu = menus.find(person.menu)
    assert staff_menu is not None
    assert staff_menu.body["name"].startswith(STAFF_VIEW)
    phone.tap("会員の画面")
    assert person.menu == menus.alias("saitama", MEMBER_VIEW)
    assert phone.news() == []
    phone.tap("職員")
    assert person.menu == staff_menu.id
    assert any("組合員番号" in said.text for said in phone.tap("利用訂正"))

    with house.database.transaction() as db:
        leave(db, "saitama", all_staff(db, "saitama")[-1].id, "test", house.clock())
    demo.demo.settled()
    assert person.menu is None


def test_the_menu_shows_the_work_of_ones_roles_and_grows_with_them(demo: DemoHouse) -> None:
    phone = demo.phone("kagawa", "作成")
    person = person_of(phone)

    phone.enlist("drafter")
    before = tiles(demo, person)
    phone.enlist("approver")

    assert before == ["一斉配信を作る", "配信の一覧", "数字を見る", "送信の見込み", "職員メニュー"]
    assert tiles(demo, person)[:2] == ["一斉配信を作る", "配信の承認"]
    assert phone.tap("配信の承認")


def tiles(demo: DemoHouse, person: Person) -> list[str]:
    menu = demo.demo.platform.menus.find(person.menu)
    assert menu is not None
    actions = [area["action"] for area in menu.body["areas"]]
    return [action["label"] for action in actions if action["type"] == "postback"]


def test_menus_made_twice_are_the_same_menus(demo: DemoHouse) -> None:
    setup = LineSetup(demo.demo.house.lines["saitama"])
    before = setup.rich_menus()

    install_menu(setup, demo.demo.house.branches["saitama"])

    assert setup.rich_menus() == before
    names = [name.rpartition("-")[0] for name in before]
    views = [view(roles) for roles in SETS_OF_ROLES for view in (staff_view, member_view)]
    assert sorted(names) == sorted(["member", *views])
    assert all(len(json.dumps(name)) < 300 for name in before)


def test_menus_that_nobody_is_given_any_more_go_with_their_names(demo: DemoHouse) -> None:
    setup, platform = LineSetup(demo.demo.house.lines["kagawa"]), demo.demo.platform.menus
    for alias in ("staff-view", "staff-member-view"):
        new = next(menu for menu in platform.of("kagawa") if menu.body["name"].startswith(STAFF_VIEW))
        assert new.image
        install_named(setup, {}, alias, new.body | {"name": f"{alias}-0123456789ab"}, new.image)

    install_menu(setup, demo.demo.house.branches["kagawa"])

    assert not {name for name in setup.rich_menus() if "view" in name}
    assert not {
        one["richMenuAliasId"] for one in platform.aliases("kagawa") if "view" in one["richMenuAliasId"]
    }
    assert len(setup.rich_menus()) == 1 + 2 * len(SETS_OF_ROLES)


def test_the_picture_of_the_staff_menu_can_be_looked_at(demo: DemoHouse, tmp_path: Path) -> None:
    for menu in demo.demo.platform.menus.of("saitama"):
        assert menu.image is not None
        (tmp_path / f"{menu.body['name']}.png").write_bytes(menu.image)
        assert len(menu.image) < 1_000_000
