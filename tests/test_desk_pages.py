"""What the desk opens from its talks, over HTTP: the picture drawn on its first GET, the posting list once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import paper
from models.audit import acts
from models.days import day_of
from models.figures import figures, in_text
from models.member import holder
from models.paper_confirming import confirm
from models.paper_posting import new_page, new_posting
from models.staff import leave
from tests.conftest import ENGINES
from tests.quiet_house import BRANCH, QuietHouse, standing_house, user

SUMMER = datetime(2024, 7, 31, 3, tzinfo=UTC)


@pytest.fixture(scope="module", params=ENGINES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuietHouse]:
    yield from standing_house(request, tmp_path_factory.mktemp("desk"))


@pytest.fixture
def listed(house: QuietHouse) -> int:
    """A posting list with one person in it."""
    house.forget_all()
    house.clock.now = SUMMER
    person, branch = house.link(user("a member"), "123456"), house.house.branches[BRANCH]

    def work(db: Any) -> int:
        one = holder(db, person)
        assert one is not None
        assert branch.coupons is not None
        assert branch.paper is not None
        told = {"reason": "sight", "words": "", "message_id": ""}
        made = paper.ask(db, BRANCH, one, day_of(SUMMER), **told, now=SUMMER)
        confirm(db, BRANCH, branch.coupons, branch.paper, made, by=1, now=SUMMER)
        return new_posting(db, BRANCH, SUMMER).id

    return house.database.run(work)


def test_the_list_is_downloaded_once_and_the_record_knows_by_whom(house: QuietHouse, listed: int) -> None:
    one = house.employ("a desk person", "desk")
    page = house.database.run(lambda db: new_page(db, listed, one.chat_id, SUMMER))

    looked = house.client.head(f"/desk/paper/{page}")
    first, second = (house.client.get(f"/desk/paper/{page}") for _ in range(2))

    assert (looked.status_code, first.status_code) == (200, 200)
    assert first.mimetype == "text/csv"
    assert first.headers["Content-Disposition"] == f'attachment; filename="paper-{listed}.csv"'
    assert "見本 太郎" in first.get_data(as_text=True)
    assert second.status_code != 200
    assert "見本 太郎" not in second.get_data(as_text=True)
    with house.database.reading() as db:
        downloads = [act for act in acts(db, BRANCH) if act.act == "paper.download"]
    assert [(act.who, act.about) for act in downloads] == [(one.who, f"posting:{listed}")]


@pytest.mark.parametrize("how", ["left", "another role", "nobody"])
def test_who_is_no_longer_of_the_desk_opens_no_list(house: QuietHouse, listed: int, how: str) -> None:
    one = house.employ("a desk person", "drafter" if how == "another role" else "desk")
    chat = one.chat_id + 1_000 if how == "nobody" else one.chat_id
    page = house.database.run(lambda db: new_page(db, listed, chat, SUMMER))
    if how == "left":
        house.database.run(lambda db: leave(db, BRANCH, one.id, "test", SUMMER))

    answers = [getattr(house.client, method)(f"/desk/paper/{page}") for method in ("head", "get")]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "見本" not in answers[1].get_data(as_text=True)
    with house.database.reading() as db:
        assert not any(act.act == "paper.download" for act in acts(db, BRANCH))


def test_the_list_is_gone_after_half_an_hour_and_for_whoever_guesses(house: QuietHouse, listed: int) -> None:
    one = house.employ("a desk person", "desk")
    page = house.database.run(lambda db: new_page(db, listed, one.chat_id, SUMMER))
    house.clock.now = SUMMER + timedelta(minutes=31)

    answers = [house.client.get(f"/desk/paper/{each}") for each in (page, "x" * 32, str(listed))]

    assert all(answer.status_code != 200 for answer in answers)


def test_the_numbers_are_drawn_on_the_first_get_and_kept(house: QuietHouse) -> None:
    with house.database.reading() as db:
        found = figures(db, house.house.branches[BRANCH], SUMMER)
    sealed = house.house.seal.seal_text("figures", in_text(found, "#0B6B5D"))
    folder: Path = house.house.settings.data_dir / "pictures"
    before = set(folder.glob("figures-*.png"))

    first, second = (house.client.get(f"/figures/{sealed}.png") for _ in range(2))

    assert first.mimetype == "image/png"
    assert first.data == second.data
    assert len(set(folder.glob("figures-*.png")) - before) == 1


@pytest.mark.parametrize("path", ["/used/%00", "/used/%00.png", "/facility/saitama/%00/x"])
def test_an_address_that_no_database_takes_is_not_there(house: QuietHouse, path: str) -> None:
    assert house.client.get(path).status_code == 404


@pytest.mark.parametrize("kind", ["bars", "proof"])
def test_a_token_of_another_kind_draws_nothing(house: QuietHouse, kind: str) -> None:
    sealed = house.house.seal.seal_text(kind, "[]")

    assert house.client.get(f"/figures/{sealed}.png").status_code == 404
    assert house.client.get("/figures/x.png").status_code == 404
