"""The pages that the chat links to: linking, proof, errors; their protection and what they never show (design §8)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from house import House, build, web
from models import conversation, coupon_uses, coupons, linking
from models.conversation import Conversation
from models.coupon_uses import GivenBack, Use
from models.facility import facility
from models.imports import import_facilities, import_members
from models.linking import SAME_ANSWER, LinkRequest, WrongTry
from models.links import Disowned
from models.member import Link, holder, person_with
from models.proof import FacilityPage, Shown, revoke_staff_page, staff_number
from models.schema import prepare
from pages.linking import LINE_AWAY
from settings import ROOT, Credentials, from_environment
from tests.learnt import learnt

DIALOG = "https://access.line.me/dialog/bot/accountLink"
NOON = datetime.fromisoformat("2024-07-01T12:00+09:00")
RIGHT = {"number": "123456", "birthdate": "昭和49年1月22日"}
PERSONAL = ("123456", "1974", "見本 太郎", "ミホン")
WRITTEN = (GivenBack, Use, FacilityPage, Disowned, LinkRequest, WrongTry, Link, Conversation)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class LineWithTokens:
    """LINE's part of account linking, with a record of who was asked for."""

    is_away: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def token(self, branch: str, user_id: str) -> str | None:
        self.asked.append((branch, user_id))
        return None if self.is_away else "token+/="


@dataclass
class Site:
    """The web application with one member and their chat."""

    house: House
    app: Flask
    clock: Clock
    line: LineWithTokens

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def page(self, user: str = "U1") -> str:
        chat = self.house.database.run(lambda db: conversation.load(db, "saitama", user, self.clock()).id)
        return "/link/" + self.house.database.run(lambda db: linking.new_page(db, chat, self.clock()))

    def submit(self, page: str, client: FlaskClient | None = None, **fields: str) -> TestResponse:
        client = client or self.client()
        return client.post(page, data={"csrf_token": csrf(client.get(page).text), **RIGHT, **fields})

    def use(
        self, kind: str = "1day", number: str = "123456", now: datetime | None = None
    ) -> coupon_uses.Redemption:
        terms = self.house.branches["saitama"].coupons
        assert terms is not None

        def work(db: Any) -> coupon_uses.Redemption:
            here = facility(db, "saitama", "fs0007")
            one = holder(db, person_with(db, "saitama", number) or 0)
            assert here is not None
            assert one is not None
            return coupons.redeem(db, terms, one, here, kind, 1, now or self.clock())

        return self.house.database.run(work)

    def staff_page(self, code: str = "fs0007") -> str:
        with self.house.database.reading() as db:
            number = staff_number(db, "saitama", code)
        return f"/facility/saitama/{code}/{self.house.seal.staff_key('saitama', code, number)}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with the demo's members and facilities."""
    env = {
        "DATA_DIR": str(tmp_path_factory.mktemp("pages")),
        "SECRET_KEY": "for tests only " * 3,
        "PUBLIC_URL": "https://bot.example",
        "LINK_DIALOG": DIALOG,
    }
    settings = replace(from_environment(env), channels={"saitama": Credentials("1", "secret")})
    prepare(settings.database_url)
    built, demo = build(settings, Clock(), learn=learnt), ROOT / "branches" / "saitama" / "demo"
    import_members(built.database, "saitama", demo / "members.csv", now=NOON)
    import_facilities(built.database, "saitama", demo / "facilities.csv")
    yield built
    built.database.close()


@pytest.fixture
def site(house: House, tmp_path: Path) -> Site:
    return opened(house, tmp_path)


def opened(house: House, folder: Path, **settings: Any) -> Site:
    """The site on its first day: nobody has linked or used anything."""
    with house.database.transaction() as db:
        for table in WRITTEN:
            db.execute(delete(table))
    clock, line = Clock(), LineWithTokens()
    fresh = replace(house, settings=replace(house.settings, data_dir=folder, **settings), clock=clock)
    fresh.link_token = line.token  # type: ignore[method-assign]
    return Site(fresh, web(fresh), clock, line)


def csrf(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    return found[1] if found else ""


# Linking


def test_the_form_asks_for_number_and_birth_date(site: Site) -> None:
    answer = site.client().get(site.page())

    assert answer.status_code == 200
    assert all(f'name="{name}"' in answer.text for name in ("number", "birthdate", "csrf_token"))
    assert 'name="code"' not in answer.text
    assert "埼玉" in answer.text


def test_who_proves_themselves_goes_on_to_lines_dialog(site: Site) -> None:
    answer = site.submit(site.page("U7"))

    assert answer.status_code == 303
    address = urlsplit(answer.headers["Location"])
    query = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == DIALOG
    assert query["linkToken"] == ["token+/="]
    assert len(query["nonce"][0]) >= 20
    assert site.line.asked == [("saitama", "U7")]


def test_line_is_asked_only_after_the_proof(site: Site) -> None:
    page = site.page()

    site.client().get(page)
    site.submit(page, birthdate="19740123")

    assert site.line.asked == []


@pytest.mark.parametrize(
    "fields",
    [
        {"birthdate": "19740123"},
        {"number": "999999"},
        {"number": ""},
        {"number": "1" * 5_000},
        {"number": "<script>alert(1)</script>"},
    ],
    ids=["wrong day", "unknown number", "no number", "a long number", "a script"],
)
def test_every_failure_looks_the_same(site: Site, fields: dict[str, str]) -> None:
    answer = site.submit(site.page(), None, **fields)

    assert (answer.status_code, SAME_ANSWER in answer.text) == (422, True)
    assert "<script" not in answer.text
    assert "Location" not in answer.headers


def test_after_a_mistake_the_same_page_may_be_sent_again(site: Site) -> None:
    client, page = site.client(), site.page()

    assert site.submit(page, client, birthdate="19740123").status_code == 422
    assert site.submit(page, client).status_code == 303


def test_after_five_mistakes_the_page_says_when_to_come_back(site: Site) -> None:
    page = site.page()
    for _ in range(5):
        site.submit(page, birthdate="19740123")

    answer = site.submit(page)

    assert answer.status_code == 403
    assert "明日もう一度" in answer.text
    assert "048-830-6703" in answer.text
    assert "8:30〜17:15" in answer.text


def test_a_page_can_be_used_once(site: Site) -> None:
    client, page = site.client(), site.page()
    token = csrf(client.get(page).text)
    client.post(page, data={"csrf_token": token, **RIGHT})

    again = client.post(page, data={"csrf_token": token, **RIGHT})

    assert (again.status_code, client.get(page).status_code) == (410, 410)
    assert "「連携」と送って" in again.text


def test_a_page_ends_after_thirty_minutes(site: Site) -> None:
    page = site.page()
    site.clock.now = NOON + timedelta(minutes=30)

    answer = site.client().get(page)

    assert answer.status_code == 410
    assert "「連携」と送って" in answer.text


@pytest.mark.parametrize("page", ["/link/x", "/link/" + "a" * 2_000, "/link/%00", "/link/%E3%81%82"])
def test_an_unknown_page_is_over(site: Site, page: str) -> None:
    assert site.client().get(page).status_code == 410


def test_when_line_is_away_the_page_stays_good(site: Site) -> None:
    client, page = site.client(), site.page()
    site.line.is_away = True

    away = site.submit(page, client)
    site.line.is_away = False

    assert (away.status_code, LINE_AWAY in away.text) == (503, True)
    assert site.submit(page, client).status_code == 303


def test_a_person_in_two_chats_is_told_on_the_page(site: Site) -> None:
    for user in ("U1", "U2"):
        nonce = parse_qs(urlsplit(site.submit(site.page(user)).headers["Location"]).query)["nonce"][0]
        _finish(site, user, nonce)

    answer = site.submit(site.page("U3"))

    assert answer.status_code == 403
    assert "すでに2つのトーク" in answer.text


# Protection


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_without_its_token_is_refused_in_words(site: Site, token: str) -> None:
    client, page = site.client(), site.page()
    client.get(page)

    answer = client.post(page, data={"csrf_token": token, **RIGHT})

    assert answer.status_code == 400
    assert "LINEのトークに戻り" in answer.text
    assert site.line.asked == []


def test_another_browsers_token_is_refused(site: Site) -> None:
    page = site.page()
    token = csrf(site.client().get(page).text)
    other = site.client()
    other.get(page)

    assert other.post(page, data={"csrf_token": token, **RIGHT}).status_code == 400


def test_the_policy_lets_the_form_lead_to_lines_dialog_and_nothing_run(site: Site) -> None:
    policy = site.client().get(site.page()).headers["Content-Security-Policy"]

    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["form-action"] == "'self' https://access.line.me"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy


def test_no_page_keeps_traces_or_tells_where_one_came_from(site: Site) -> None:
    for page in (site.page(), "/nothing"):
        headers = site.client().get(page).headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age" in headers["Strict-Transport-Security"]


def test_the_cookie_is_for_this_site_alone(site: Site) -> None:
    cookie = site.client().get(site.page()).headers["Set-Cookie"]

    assert all(mark in cookie for mark in ("HttpOnly", "Secure", "SameSite=Lax"))


def test_without_https_the_cookie_still_works(house: House, tmp_path: Path) -> None:
    site = opened(house, tmp_path, public_url="http://127.0.0.1:8001")

    answer = site.client().get(site.page())

    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


def test_pages_hold_no_script_and_no_foreign_address(site: Site) -> None:
    used = site.use()
    for page in (site.page(), f"/used/{used.code}", site.staff_page(), "/nothing"):
        html = site.client().get(page).text

        assert "<script" not in html
        assert " style=" not in html
        assert re.findall(r'(?:src|href|action)="(?!/)', html) == []


def test_too_many_requests_are_slowed_down_in_words(site: Site) -> None:
    client = site.client()

    answers = [client.get("/used/nothing") for _ in range(130)]

    assert [each.status_code for each in answers[:120]] == [404] * 120
    assert answers[-1].status_code == 429
    assert "1分ほど待って" in answers[-1].text


@pytest.mark.parametrize(("proxies", "last"), [(0, 429), (1, 404)], ids=["nobody is believed", "behind one"])
def test_visitors_behind_a_trusted_load_balancer_are_told_apart(
    house: House, tmp_path: Path, proxies: int, last: int
) -> None:
    client = opened(house, tmp_path, proxies=proxies).client()

    answers = [
        client.get("/used/nothing", headers={"X-Forwarded-For": f"192.0.2.{visitor}"})
        for visitor in range(130)
    ]

    assert answers[-1].status_code == last


@pytest.mark.parametrize(
    ("address", "last"), [("2001:db8::{}", 429), ("2001:db8:0:{}::1", 404), ("::ffff:192.0.2.{}", 404)]
)
def test_all_ipv6_addresses_of_one_visitor_share_a_limit(
    house: House, tmp_path: Path, address: str, last: int
) -> None:
    client = opened(house, tmp_path, proxies=1).client()

    answers = [
        client.get("/used/nothing", headers={"X-Forwarded-For": address.format(visitor)})
        for visitor in range(130)
    ]

    assert answers[-1].status_code == last


def test_a_large_body_is_refused(site: Site) -> None:
    client, page = site.client(), site.page()

    assert client.post(page, data={"number": "1" * 5_000_000}).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/used/nothing", 404),
        ("GET", "/used/nothing.png", 404),
        ("GET", f"/used/{'a' * 2_300}.png", 404),
        ("GET", "/proof/nothing.png", 404),
        ("GET", "/facility/saitama/fs0007/wrong", 404),
        ("GET", "/facility/saitama/fs9999/wrong", 404),
        ("GET", "/facility/osaka/fs0007/wrong", 404),
        ("GET", "/pages/../settings.py", 404),
        ("DELETE", "/used/nothing", 405),
    ],
)
def test_what_is_not_there_is_said_in_japanese_with_what_to_do(
    site: Site, method: str, path: str, status: int
) -> None:
    answer = site.client().open(path, method=method)

    assert answer.status_code == status
    assert '<html lang="ja">' in answer.text
    assert "LINEのトークに戻り" in answer.text


# Proof


def test_a_used_coupon_is_confirmed_without_naming_anybody(site: Site) -> None:
    used = site.use()

    answer = site.client().get(f"/used/{used.code}")

    assert answer.status_code == 200
    for shown in ("済", "共済組合互助会病院", "選べるドック・優待・1日・男", "1枚", "2024年7月1日 12:00"):
        assert shown in answer.text
    assert not [word for word in PERSONAL if word in answer.text]


def test_a_use_that_was_given_back_says_so(site: Site) -> None:
    used = site.use()
    with site.house.database.reading() as db:
        use = db.execute(select(Use.id)).scalar_one()
    site.house.database.run(
        lambda db: coupon_uses.give_back(db, use, reason="押し間違い", author="desk", now=NOON)
    )

    answer = site.client().get(f"/used/{used.code}")

    assert "取り消された利用です" in answer.text
    assert "登録されている利用です" not in answer.text


def test_the_proof_picture_is_drawn_once_and_blinks(site: Site) -> None:
    shown = Shown(
        "used",
        "共済組合互助会病院",
        "選べるドック・優待・1日・男",
        1,
        "2024年7月1日 12:00",
        "さくら",
        "赤",
        "#C62828",
    )
    path = f"/proof/{site.house.seal.seal(shown)}.png"

    first, second = site.client().get(path), site.client().get(path)

    assert first.mimetype == "image/png"
    assert first.data == second.data
    assert len(first.data) <= 300_000
    with Image.open(BytesIO(first.data)) as picture:
        assert picture.n_frames > 1  # type: ignore[attr-defined]
        assert max(picture.size) <= 1_024
    assert len(list((site.house.settings.data_dir / "pictures").iterdir())) == 1


def test_a_picture_is_drawn_once_however_its_address_is_spelt(site: Site) -> None:
    sealed = site.house.seal.seal(Shown("used", "x", "y", 1, "z", "さくら", "赤", "#C62828"))

    answers = [site.client().get(f"/proof/{sealed}{more}.png") for more in ("", "!!!!", "%20%20%20%20")]

    assert {answer.status_code for answer in answers} == {200}
    assert len(list((site.house.settings.data_dir / "pictures").iterdir())) == 1


def test_another_servers_picture_address_is_not_known(site: Site, tmp_path: Path) -> None:
    path = f"/proof/{site.house.seal.seal(Shown('used', 'x', 'y', 1, 'z', 'さくら', '赤', '#C62828'))}.png"

    assert site.client().get(path[:-8] + "AAAA.png").status_code == 404


def test_the_used_page_has_a_code_that_leads_to_itself(site: Site) -> None:
    used = site.use()

    answer = site.client().get(f"/used/{used.code}.png")

    assert (answer.status_code, answer.mimetype) == (200, "image/png")


def test_staff_see_todays_sign_and_uses_and_nobody(site: Site) -> None:
    site.use("1day", "200001")
    site.clock.now = today = NOON + timedelta(days=1)
    site.use()

    answer = site.client().get(site.staff_page())

    sign = site.house.seal.sign_of("saitama", "fs0007", today.date())
    for shown in ("共済組合互助会病院", sign.word, sign.colour_name, "12:00", "選べるドック・優待・1日・男"):
        assert shown in answer.text
    assert answer.text.count("1枚") == 1
    assert not [word for word in PERSONAL if word in answer.text]


def test_the_word_of_the_day_changes_at_midnight_in_japan(site: Site) -> None:
    words = set()
    for day in range(10):
        site.clock.now = NOON + timedelta(days=day)
        words.add(re.findall(r"<b>(.+?)</b>", site.client().get(site.staff_page()).text)[0])

    assert len(words) > 1


def test_a_revoked_staff_address_is_gone_and_the_new_one_works(site: Site) -> None:
    old = site.staff_page()

    site.house.database.run(lambda db: revoke_staff_page(db, "saitama", "fs0007", NOON))

    assert site.client().get(old).status_code == 404
    assert site.staff_page() != old
    assert site.client().get(site.staff_page()).status_code == 200


def test_one_facilitys_key_opens_no_other(site: Site) -> None:
    key = site.staff_page("fs0007").rpartition("/")[2]

    assert site.client().get(f"/facility/saitama/fs0011/{key}").status_code == 404


def test_no_address_holds_personal_data(site: Site) -> None:
    page = site.page("Uofsomebody")
    location = site.submit(page).headers["Location"]
    used = site.use()

    addresses = " ".join((page, location, f"/used/{used.code}", site.staff_page()))
    assert not [word for word in (*PERSONAL, "Uofsomebody", "見本") if word in addresses]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/pages/pages.css"])
def test_what_machines_ask_is_answered(site: Site, path: str) -> None:
    with site.client().get(path) as answer:
        assert answer.status_code == 200


def _finish(site: Site, user: str, nonce: str) -> None:
    def work(db: Any) -> None:
        chat = db.execute(select(Conversation.id).where(Conversation.user_id == user)).scalar_one()
        assert linking.finish(db, chat, nonce, site.clock()) is not None

    site.house.database.run(work)


@pytest.mark.parametrize("birthdate", ["", "nonsense", "19740230"])
def test_a_date_that_cannot_be_read_is_no_wrong_try(site: Site, birthdate: str) -> None:
    answer = site.submit(site.page(), birthdate=birthdate)

    assert (answer.status_code, "生年月日を読み取れません" in answer.text) == (422, True)
    with site.house.database.reading() as db:
        assert db.execute(select(WrongTry.id)).all() == []


def test_wrong_tries_of_the_page_are_counted(site: Site) -> None:
    site.submit(site.page(), birthdate="19740123")

    with site.house.database.reading() as db:
        assert len(db.execute(select(WrongTry.id)).all()) == 1
