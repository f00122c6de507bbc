"""Settings: secrets are kept once, are never short, and stand in nothing that is printed."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from bot.line import Line
from house import own_jobs
from settings import BadSetting, Credentials, Settings, from_environment


def settings(folder: Path, **more: str) -> Settings:
    return from_environment({"DATA_DIR": str(folder)} | more)


def test_processes_that_start_at_once_keep_one_secret(tmp_path: Path) -> None:
    together = Barrier(8)

    def start(_: int) -> str:
        together.wait()
        return settings(tmp_path).secret_key

    with ThreadPoolExecutor(8) as pool:
        (secret,) = set(pool.map(start, range(8)))

    assert len(secret) >= 32
    assert settings(tmp_path).secret_key == secret
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_serving_process_tidies_the_pictures_on_its_own_disk(tmp_path: Path) -> None:
    old, new = (tmp_path / "pictures" / f"{name}.png" for name in ("old", "new"))
    for file in (old, new):
        file.parent.mkdir(exist_ok=True)
        file.touch()
    os.utime(old, (1, 1))

    for job in own_jobs(settings(tmp_path)):
        job.run(datetime.now(UTC))

    assert [file.exists() for file in (old, new)] == [False, True]


@pytest.mark.parametrize("kept", ["", "short"])
def test_a_kept_secret_that_is_none_is_refused_in_words(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret_key").write_text(kept)

    with pytest.raises(BadSetting, match="短すぎます"):
        settings(tmp_path)


@pytest.mark.parametrize(
    "shown",
    [
        lambda folder: settings(folder, DATABASE_URL="postgresql://bot:geheim@db/bot", SECRET_KEY="geheim"),
        lambda folder: Credentials("1", "geheim"),
        lambda folder: Line("1", "geheim", _token="geheim"),
    ],
    ids=["settings", "credentials", "line"],
)
def test_no_secret_is_printed(tmp_path: Path, shown: Callable[[Path], object]) -> None:
    assert "geheim" not in repr(shown(tmp_path))
