"""What the desk opens from its talks, over HTTP: the picture drawn on its first GET, the posting list once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import paper
from models.days import day_of
from models.figures import figures, in_text
from models.member import holder
from models.paper_confirming import confirm
from models.paper_posting import new_page, new_posting
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


def test_the_list_is_downloaded_once(house: QuietHouse, listed: int) -> None:
    page = house.database.run(lambda db: new_page(db, listed, SUMMER))

    looked = house.client.head(f"/desk/paper/{page}")
    first, second = (house.client.get(f"/desk/paper/{page}") for _ in range(2))

    assert (looked.status_code, first.status_code) == (200, 200)
    assert first.mimetype == "text/csv"
    assert first.headers["Content-Disposition"] == f'attachment; filename="paper-{listed}.csv"'
    assert "見本 太郎" in first.get_data(as_text=True)
    assert second.status_code != 200
    assert "見本 太郎" not in second.get_data(as_text=True)


def test_the_list_is_gone_after_half_an_hour_and_for_whoever_guesses(house: QuietHouse, listed: int) -> None:
    page = house.database.run(lambda db: new_page(db, listed, SUMMER))
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


@pytest.mark.parametrize("kind", ["bars", "proof"])
def test_a_token_of_another_kind_draws_nothing(house: QuietHouse, kind: str) -> None:
    sealed = house.house.seal.seal_text(kind, "[]")

    assert house.client.get(f"/figures/{sealed}.png").status_code == 404
    assert house.client.get("/figures/x.png").status_code == 404
