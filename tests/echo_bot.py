"""A tiny bot over real HTTP for the simulator's own tests, and the platform it talks to."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from simulator.platform import Channel, Platform, Poster
from simulator.server import create_app

START = datetime(2024, 7, 1, 0, 0, tzinfo=UTC)
SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"


@dataclass
class Clock:
    """A clock that stands until it is moved; `seconds` is the monotonic one."""

    now: datetime = START
    seconds: float = 1000.0

    def move(self, to: datetime) -> None:
        self.now = to

    def pass_by(self, span: timedelta) -> None:
        self.now += span
        self.seconds += span.total_seconds()


@dataclass
class EchoBot:
    """Remembers every webhook and answers messages with what `answers` makes of them."""

    line: str = ""
    token: str = ""
    status: int = 200
    delay: float = 0.0
    answers: Callable[[dict[str, Any]], Sequence[dict[str, Any]]] = lambda event: []
    received: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    replies: list[requests.Response] = field(default_factory=list)
    page: Callable[[], Any] = lambda: "no page"

    def app(self) -> Flask:
        app = Flask("echo")

        @app.post("/webhook/<branch>")
        def webhook(branch: str) -> Response:
            self.received.append((request.get_data(), dict(request.headers)))
            time.sleep(self.delay)
            for event in request.get_json()["events"]:
                self.take(event)
            return Response("", self.status)

        @app.route("/page", methods=["GET", "POST"])
        @app.route("/page/<path:rest>", methods=["GET", "POST"])
        def page(rest: str = "") -> Any:
            return self.page()

        return app

    def take(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        messages = list(self.answers(event))
        if messages and "replyToken" in event:
            self.replies.append(self.call("message/reply", replyToken=event["replyToken"], messages=messages))

    def call(self, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> requests.Response:
        return requests.post(
            f"{self.line}/v2/bot/{path}", json=body, headers={**self.bearer(), **(headers or {})}, timeout=10
        )

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.line}/v2/bot/{path}", headers=self.bearer(), timeout=10)

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class World:
    """The simulator, a bot, and a driver that speaks /sim."""

    url: str
    bot_url: str
    platform: Platform
    bot: EchoBot
    clock: Clock

    def post(self, path: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.url}/sim/{path}", json=body, timeout=30)

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/sim/{path}", timeout=30).json()

    def person(self, name: str = "花子", channel: str = "saitama", **body: Any) -> str:
        return str(self.post("people", channel=channel, name=name, **body).json()["user_id"])

    def do(self, user: str, act: str, **body: Any) -> requests.Response:
        return self.post(f"people/{user}/{act}", **body)

    def messages(self, user: str, act: str, **body: Any) -> list[dict[str, Any]]:
        answer = self.do(user, act, **body)
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    def chat(self, user: str, after: int = 0) -> dict[str, Any]:
        shown: dict[str, Any] = self.get(f"people/{user}/chat?after={after}")
        return shown


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app on a free port of this machine, with threads."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def world(**options: Any) -> Iterator[World]:
    """A platform with two channels and one bot behind both."""
    bot, clock = EchoBot(), Clock()
    with serving(bot.app()) as bot_url:
        platform = Platform(
            [channel("saitama", bot_url, "1"), channel("kagawa", bot_url, "2")],
            now=lambda: clock.now,
            monotonic=lambda: clock.seconds,
            base_url="http://127.0.0.1",
            posters=posters,
            move=clock.move,
            **options,
        )
        with serving(create_app(platform)) as url:
            platform.base_url, bot.line = url, url
            bot.token = token(url)
            yield World(url, bot_url, platform, bot, clock)


def channel(name: str, bot_url: str, digit: str) -> Channel:
    return Channel(
        name, f"支部 {name}", digit * 10, SECRET, "U" + digit * 32, f"@{name}", f"{bot_url}/webhook/{name}"
    )


def posters(channel: str) -> Sequence[Poster]:
    return [Poster("fs0007", "病院", f"https://line.me/R/oaMessage/%40{channel}/?fs0007")]


def token(url: str, client: str = "1111111111", secret: str = SECRET) -> str:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    answer = requests.post(f"{url}/oauth2/v3/token", data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def echo(event: dict[str, Any]) -> Sequence[dict[str, Any]]:
    message = event.get("message", {})
    return [text(message["text"])] if message.get("type") == "text" else []
