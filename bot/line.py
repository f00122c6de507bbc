"""LINE itself: its limits, its tokens, the calls of a running bot."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import certifi

from bot.switchboard import Switchboard
from bot.wire import Response, Wire, http_request

API, API_DATA = "https://api.line.me", "https://api-data.line.me"
REPLY_TOKEN_LIFE = timedelta(seconds=50)  # LINE says one minute from receipt, and does not promise it
RETRY_KEY_HOURS = 23  # LINE keeps a key for 24 hours
RATES = {"reply": 2_000, "push": 2_000, "multicast": 200, "loading": 100}  # calls a second and channel
MOST_MESSAGES = 5  # of one reply or push
CONTENT_BYTES = 10_000_000
LOADING_SECONDS = 20
NOT_SENT = -1
TIMEOUT = 5.0  # seconds, of every call
TOKEN_PAUSE = 5.0  # seconds in which a token is not asked for again after LINE did not give one
TOKEN_MARGIN = 180.0  # seconds before its end at which a channel token is renewed
PATHS = {
    "reply": "/v2/bot/message/reply",
    "push": "/v2/bot/message/push",
    "multicast": "/v2/bot/message/multicast",
    "validate": "/v2/bot/message/validate/multicast",
}
TOKEN_PATH = "/oauth2/v3/token"  # noqa: S105 (an address)
JSON_TYPE = "Content-Type: application/json\r\n"
FORM_TYPE = "Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True)
class Answer:
    """What LINE answered to a send; status 0 = no answer came, NOT_SENT = it never left."""

    status: int
    message: str = ""
    request_id: str | None = None

    @property
    def words(self) -> str:
        """What is kept of an answer that was no yes."""
        return f"{self.status} {self.message}"

    @property
    def accepted(self) -> bool:
        return self.status == HTTPStatus.OK or self.status == HTTPStatus.CONFLICT

    @property
    def token_dead(self) -> bool:
        return self.status == HTTPStatus.BAD_REQUEST and "reply token" in self.message.lower()

    @property
    def unanswered(self) -> bool:
        """It may or may not have been accepted."""
        return self.status == 0 or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def to_be_repeated(self) -> bool:
        """The request is right, only the moment was not."""
        return self.status in (NOT_SENT, HTTPStatus.UNAUTHORIZED) or self.unanswered or self.too_fast

    @property
    def too_fast(self) -> bool:
        return self.status == HTTPStatus.TOO_MANY_REQUESTS and not self.quota_used_up

    @property
    def quota_used_up(self) -> bool:
        # LINE uses one status for both; only the words differ.
        return self.status == HTTPStatus.TOO_MANY_REQUESTS and "monthly limit" in self.message.lower()


@dataclass(frozen=True)
class Quota:
    """This month's messages that are counted (replies are not): the limit, None = none, and those used."""

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.used, 0)


class LineUnavailable(Exception):
    """LINE could not be asked; the words say what failed, without any secret. `status` is LINE's, where it answered."""

    def __init__(self, words: str, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Line:
    """One channel of LINE; safe to share between threads."""

    channel_id: str
    secret: str = field(repr=False)
    api: str = API
    api_data: str = API_DATA
    timeout: float = TIMEOUT
    ca_file: str = field(default_factory=certifi.where)
    _token: str = field(default="", repr=False)
    _token_until: float = 0.0
    _no_token: LineUnavailable | None = None
    _no_token_until: float = 0.0
    _names: tuple[str, str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._address, self._data_address = urlsplit(self.api), urlsplit(self.api_data)
        # One context for all connections: making one costs 17 ms of CPU.
        self._ssl = ssl.create_default_context(cafile=self.ca_file)

    def is_signed(self, body: bytes, signature: str | None) -> bool:
        """True when LINE signed exactly these bytes with this channel's secret."""
        if not signature or not signature.isascii():
            return False
        ours = base64.b64encode(hmac.digest(self.secret.encode(), body, hashlib.sha256))
        return hmac.compare_digest(ours, signature.encode())

    def switchboard(self) -> Switchboard | None:
        """For many calls at once, prepared by `request`; None where there is no LINE to call."""
        return Switchboard(self._address, self._ssl, self.timeout)

    def request(self, kind: str, body: bytes) -> bytes | None:
        """The whole request of one POST; None while the channel's token has to be renewed first."""
        if time.monotonic() >= self._token_until:
            return None
        return http_request("POST", self._address, PATHS[kind], self._bearer() + JSON_TYPE, body)

    def answer(self, response: Response) -> Answer:
        """What LINE's response means for the message that was sent."""
        if response.status == HTTPStatus.UNAUTHORIZED:
            self._token_until = 0.0  # revoked or expired early: the next try asks for a new one
        ids = [response.headers.get(name) for name in (b"x-line-accepted-request-id", b"x-line-request-id")]
        request_id = _printable((ids[0] or ids[1] or b"").decode("latin-1"))[:80]
        return Answer(response.status, _message(response.status, response.body), request_id or None)

    def send(self, kind: str, body: bytes, retry_key: str | None = None) -> Answer:
        """One POST of a prepared body on this thread's warm connection; never raises for LINE's part."""
        try:
            headers = self._bearer() + JSON_TYPE
        except LineUnavailable as error:
            return Answer(NOT_SENT, str(error))
        if retry_key:
            headers += f"X-Line-Retry-Key: {retry_key}\r\n"
        return self._post(PATHS[kind], body, headers)

    def multicast(self, user_ids: Sequence[str], messages: str, retry_key: str) -> Answer:
        """The same messages (LINE's JSON) for at most 500 users; on 400 nobody has got them."""
        return self.send(
            "multicast", f'{{"to":{json.dumps(user_ids)},"messages":{messages}}}'.encode(), retry_key
        )

    def validate(self, messages: str) -> Answer:
        """Asks whether LINE would take the messages in a multicast; sends nothing."""
        return self.send("validate", f'{{"messages":{messages}}}'.encode())

    def token(self) -> str:
        """A stateless channel token (15 minutes), renewed before it ends. Raises LineUnavailable."""
        if time.monotonic() < self._token_until:
            return self._token
        with self._lock:
            if time.monotonic() >= self._token_until:
                self._renew_unless_refused()
            return self._token

    def bot_user_id(self) -> tuple[str, str]:
        """The bot's user id (webhook `destination`) and its basic id (@…); LINE is asked until it has told them."""
        if self._names is None:
            found = self.ask("GET", "/v2/bot/info")
            self._names = found["userId"], found["basicId"]
        return self._names

    def link_token(self, user_id: str) -> str:
        """A token for LINE's account-link dialog: 10 minutes, once."""
        return str(self.ask("POST", f"/v2/bot/user/{quote(user_id, safe='')}/linkToken")["linkToken"])

    def show_loading(self, user_id: str) -> None:
        """LINE's loading indicator; a courtesy, so its failure is nobody's."""
        try:
            self.ask(
                "POST", "/v2/bot/chat/loading/start", {"chatId": user_id, "loadingSeconds": LOADING_SECONDS}
            )
        except LineUnavailable:
            return

    def content(self, message_id: str) -> bytes | None:
        """The bytes of what a person sent; None when LINE no longer has them. Raises LineUnavailable."""
        path = f"/v2/bot/message/{quote(message_id, safe='')}/content"
        response = self._call("GET", path, self._bearer(), b"", self._data_address)
        if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.BAD_REQUEST):
            return None
        if response.status != HTTPStatus.OK:
            raise LineUnavailable(f"content: {response.status}")
        return response.body

    def quota(self) -> Quota:
        """What LINE counts this month, as far as it knows by now. Raises LineUnavailable."""
        limit = self.ask("GET", "/v2/bot/message/quota")
        used = self.ask("GET", "/v2/bot/message/quota/consumption")
        return Quota(limit.get("value"), used["totalUsage"])

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> "Told":
        """What LINE says to a call that sends no message. Raises LineUnavailable."""
        sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = self._bearer() + JSON_TYPE * (body is not None)
        response = self._call(method, path, headers, sent, self._address)
        if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            raise LineUnavailable(f"LINE answered {response.status}", response.status)
        return _told(response)

    def _post(self, path: str, body: bytes, headers: str) -> Answer:
        wire = self._wire()
        try:
            wire.make_ready()
        except OSError as error:
            return Answer(NOT_SENT, type(error).__name__)
        try:
            response = wire.call("POST", path, headers, body)
        except OSError as error:
            return Answer(0, str(error))
        return self.answer(response)

    def _wire(self) -> Wire:
        """This thread's warm connection."""
        kept: Wire | None = getattr(self._kept, "wire", None)
        if kept is None:
            kept = self._kept.wire = Wire(self._address, self._ssl, self.timeout)
        return kept

    def _bearer(self) -> str:
        return f"Authorization: Bearer {self.token()}\r\n"

    def _call(self, method: str, path: str, headers: str, body: bytes, address: SplitResult) -> Response:
        """One call on a connection of its own: these are few, and none of them may meet a stale one."""
        wire = Wire(address, self._ssl, self.timeout, most=2 * CONTENT_BYTES)
        try:
            wire.make_ready()
            return wire.call(method, path, headers, body)
        except OSError as error:
            raise LineUnavailable(f"LINE could not be asked: {type(error).__name__}") from None
        finally:
            wire.close()

    def _renew_unless_refused(self) -> None:
        """Who comes while LINE gives no token is told so at once, and does not wait for LINE in turn."""
        if self._no_token and time.monotonic() < self._no_token_until:
            raise LineUnavailable(str(self._no_token), self._no_token.status)
        try:
            self._renew()
        except LineUnavailable as error:
            self._no_token, self._no_token_until = error, time.monotonic() + TOKEN_PAUSE
            raise

    def _renew(self) -> None:
        wanted = {
            "grant_type": "client_credentials",
            "client_id": self.channel_id,
            "client_secret": self.secret,
        }
        response = self._call("POST", TOKEN_PATH, FORM_TYPE, urlencode(wanted).encode(), self._address)
        if response.status != HTTPStatus.OK:
            raise LineUnavailable(f"token: {response.status}")
        issued = _told(response)
        try:
            seconds = float(issued["expires_in"])
        except (TypeError, ValueError):
            raise LineUnavailable("token: for how long is not said") from None
        self._token = str(issued["access_token"])
        self._token_until = time.monotonic() + max(seconds - TOKEN_MARGIN, 1.0)


class Told(dict[str, Any]):
    """LINE's JSON; what it should say and does not counts as LINE being away."""

    def __missing__(self, name: str) -> Any:
        raise LineUnavailable(f"LINE did not say {name}")


def _told(response: Response) -> Told:
    try:
        return Told(json.loads(response.body or b"{}"))
    except (ValueError, TypeError, RecursionError):
        raise LineUnavailable("LINE answered in no JSON") from None


def _message(status: int, body: bytes) -> str:
    if status == HTTPStatus.OK:
        return ""
    try:
        said = json.loads(body)
        where = "; ".join(
            f"{one.get('property', '')} {one.get('message', '')}" for one in said.get("details") or ()
        )
        return _printable(f"{said.get('message', '')} {where}".strip())[:200]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return "no JSON"


def _printable(text: str) -> str:
    """Without what a database cannot store."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
