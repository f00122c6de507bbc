"""Settings from the environment (and `.env`): the only place that reads it."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import certifi

ROOT = Path(__file__).resolve().parent
DEMO_START = "2024-07-01T09:00+09:00"
SHORTEST_SECRET = 32  # letters
LINE_DIALOG = "https://access.line.me/dialog/bot/accountLink"


class BadSetting(Exception):
    """A setting that cannot be used; the words say which and what to write."""


@dataclass(frozen=True)
class Credentials:
    channel_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """How this deployment runs. Secrets come from the environment alone and are never printed."""

    port: int
    bot_port: int
    data_dir: Path
    database_url: str = field(repr=False)  # a password may stand in it
    public_url: str
    demo_start: datetime
    link_dialog: str
    channels: Mapping[str, Credentials]
    secret_key: str = field(repr=False)
    line_api: str = ""
    line_api_data: str = ""
    ca_file: str = field(default_factory=certifi.where)
    branches: Path = ROOT / "branches"
    proxies: int = 0  # in front of us, whose word on the visitor's address counts


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings. Raises BadSetting with the name and what to write."""
    data_dir = Path(env.get("DATA_DIR", "./var")).resolve()
    bot_port = _port(env, "BOT_PORT", 8001)
    return Settings(
        port=_port(env, "PORT", 8000),
        bot_port=bot_port,
        data_dir=data_dir,
        database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'kyosai.db'}",
        public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{bot_port}").rstrip("/"),
        demo_start=_instant(env),
        link_dialog=env.get("LINK_DIALOG", LINE_DIALOG),
        channels=dict(_channels(env)),
        secret_key=env.get("SECRET_KEY") or _kept_secret(data_dir),
        line_api=env.get("LINE_API", "https://api.line.me"),
        line_api_data=env.get("LINE_API_DATA", "https://api-data.line.me"),
        ca_file=env.get("SSL_CERT_FILE") or certifi.where(),
        proxies=_count(env, "TRUSTED_PROXIES"),
    )


def _channels(env: Mapping[str, str]) -> list[tuple[str, Credentials]]:
    found = []
    for folder in sorted((ROOT / "branches").iterdir()):
        name = folder.name.upper()
        channel, secret = env.get(f"{name}_CHANNEL_ID"), env.get(f"{name}_CHANNEL_SECRET")
        if bool(channel) != bool(secret):
            raise BadSetting(f"{name}_CHANNEL_ID と {name}_CHANNEL_SECRET は両方とも設定してください。")
        if channel and secret:
            found.append((folder.name, Credentials(channel, secret)))
    return found


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise BadSetting(f"{name}={text} はポート番号ではありません。1〜65535の数にしてください。")
    return int(text)


def _count(env: Mapping[str, str], name: str) -> int:
    text = env.get(name, "0")
    if not text.isdecimal():
        raise BadSetting(
            f"{name}={text} は数ではありません。前に置いた中継の段数（なければ0）にしてください。"
        )
    return int(text)


def _instant(env: Mapping[str, str]) -> datetime:
    text = env.get("NOW", DEMO_START)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadSetting(f"NOW={text} を日時として読めません（例: {DEMO_START}）。") from None
    if found.tzinfo is None:
        raise BadSetting(f"NOW={text} に時差を付けてください（例: {DEMO_START}）。")
    return found


def _kept_secret(data_dir: Path) -> str:
    """A secret made once for one machine; several replicas need the setting SECRET_KEY."""
    file = data_dir / "secret_key"
    if not file.exists():
        _keep_new_secret(file)
    secret = file.read_text().strip()
    if len(secret) < SHORTEST_SECRET:
        raise BadSetting(
            f"{file} の内容が短すぎます（{SHORTEST_SECRET}文字以上）。このファイルを消して、もう一度始めてください。"
        )
    return secret


def _keep_new_secret(file: Path) -> None:
    """Of processes that start at once the first one's stands; nobody ever reads half a secret."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)  # for our eyes alone
    with os.fdopen(handle, "w") as mine:
        mine.write(secrets.token_urlsafe(48))
    with suppress(FileExistsError):
        os.link(name, file)
    Path(name).unlink()
