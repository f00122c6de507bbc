"""LINE itself: its limits, its tokens, its calls. The only file that knows the SDK."""

import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import certifi
from linebot.v3.messaging import (
    ApiClient,
    Configuration,
    MessagingApi,
    MessagingApiBlob,
    RichMenuRequest,
    ShowLoadingAnimationRequest,
)
from linebot.v3.messaging.exceptions import ApiException
from linebot.v3.oauth import ApiClient as OauthClient
from linebot.v3.oauth import ChannelAccessToken
from linebot.v3.oauth import Configuration as OauthConfiguration
from linebot.v3.oauth.exceptions import ApiException as OauthException
from linebot.v3.webhook import SignatureValidator
from urllib3.exceptions import HTTPError

from bot.wire import Wire

API, API_DATA = "https://api.line.me", "https://api-data.line.me"
REPLY_TOKEN_SECONDS = 50  # LINE says one minute from receipt, and does not promise it
RETRY_KEY_HOURS = 23  # LINE keeps a key for 24 hours
RATES = {"reply": 2_000, "push": 2_000, "multicast": 200, "loading": 100}  # calls a second and channel
MOST_MESSAGES = 5
CONTENT_BYTES = 10_000_000
LOADING_SECONDS = 20
NOT_SENT = -1
TIMEOUT = 5.0  # seconds, of every call
TOKEN_MARGIN = 180.0  # seconds before its end at which a channel token is renewed
PATHS = {
    "reply": "/v2/bot/message/reply",
    "push": "/v2/bot/message/push",
}


@dataclass(frozen=True)
class Answer:
    """What LINE answered to a send; status 0 = no answer came, NOT_SENT = it never left."""

    status: int
    message: str = ""
    request_id: str | None = None

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


class LineUnavailable(Exception):
    """LINE could not be asked; the words say what failed, without any secret."""


@dataclass
class Line:
    """One channel of LINE; safe to share between threads."""

    channel_id: str
    secret: str
    api: str = API
    api_data: str = API_DATA
    timeout: float = TIMEOUT
    ca_file: str = field(default_factory=certifi.where)
    _token: str = ""
    _token_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self._validator = SignatureValidator(self.secret)
        self._address = urlsplit(self.api)
        # One context for all connections: making one costs 17 ms of CPU.
        self._ssl = ssl.create_default_context(cafile=self.ca_file)
        self._client = self._sdk_client(self.api)
        self._blob_client = self._sdk_client(self.api_data)

    def is_signed(self, body: bytes, signature: str | None) -> bool:
        """True when LINE signed exactly these bytes with this channel's secret."""
        if not signature or not signature.isascii():
            return False
        try:
            return bool(self._validator.validate(body.decode("utf-8", "surrogateescape"), signature))
        except UnicodeEncodeError:
            return False  # LINE's JSON is UTF-8

    def send(self, kind: str, body: bytes, retry_key: str | None = None) -> Answer:
        """One POST of a prepared body on this thread's warm connection; never raises for LINE's part."""
        try:
            headers = f"Authorization: Bearer {self.token()}\r\nContent-Type: application/json\r\n"
        except LineUnavailable as error:
            return Answer(NOT_SENT, str(error))
        if retry_key:
            headers += f"X-Line-Retry-Key: {retry_key}\r\n"
        answer = self._post(PATHS[kind], body, headers)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._token_until = 0.0  # revoked or expired early: the next try asks for a new one
        return answer

    def token(self) -> str:
        """A stateless channel token (15 minutes), renewed before it ends. Raises LineUnavailable."""
        if time.monotonic() < self._token_until:
            return self._token
        with self._lock:
            if time.monotonic() >= self._token_until:
                self._renew()
            return self._token

    def bot_user_id(self) -> tuple[str, str]:
        """The bot's user id (webhook `destination`) and its basic id (@…)."""
        found = self._sdk(lambda: self._messaging().get_bot_info(_request_timeout=self.timeout))
        return found.user_id, found.basic_id

    def link_token(self, user_id: str) -> str:
        """A token for LINE's account-link dialog: 10 minutes, once."""
        found = self._sdk(lambda: self._messaging().issue_link_token(user_id, _request_timeout=self.timeout))
        return str(found.link_token)

    def show_loading(self, user_id: str) -> None:
        """LINE's loading indicator; a courtesy, so its failure is nobody's."""
        request = ShowLoadingAnimationRequest(chatId=user_id, loadingSeconds=LOADING_SECONDS)
        try:
            self._sdk(
                lambda: self._messaging().show_loading_animation(request, _request_timeout=self.timeout)
            )
        except LineUnavailable:
            return

    def content(self, message_id: str) -> bytes | None:
        """The bytes of what a person sent; None when LINE no longer has them. Raises LineUnavailable."""
        try:
            api = MessagingApiBlob(self._fresh(self._blob_client))
            return bytes(api.get_message_content(message_id, _request_timeout=self.timeout))
        except ApiException as error:
            if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.BAD_REQUEST):
                return None
            raise LineUnavailable(f"content: {error.status}") from None
        except HTTPError as error:
            raise LineUnavailable(f"content: {type(error).__name__}") from None

    def quota(self) -> tuple[int | None, int]:
        """This month's push messages: the limit (None = none) and those used."""
        limit = self._sdk(lambda: self._messaging().get_message_quota(_request_timeout=self.timeout))
        used = self._sdk(
            lambda: self._messaging().get_message_quota_consumption(_request_timeout=self.timeout)
        )
        return limit.value, used.total_usage

    def webhook_address(self) -> tuple[str, bool]:
        """The webhook address that LINE has for this channel, and whether it is switched on."""
        found = self._sdk(lambda: self._messaging().get_webhook_endpoint(_request_timeout=self.timeout))
        return found.endpoint, found.active

    def rich_menus(self) -> dict[str, str]:
        """The names of the channel's rich menus and their ids."""
        found = self._sdk(lambda: self._messaging().get_rich_menu_list(_request_timeout=self.timeout))
        return {menu.name: menu.rich_menu_id for menu in found.richmenus}

    def make_rich_menu(self, menu: dict[str, Any], image: bytes) -> str:
        """Makes a rich menu with its picture; returns its id."""
        request = RichMenuRequest.from_dict(menu)
        made = self._sdk(lambda: self._messaging().create_rich_menu(request, _request_timeout=self.timeout))
        blob = MessagingApiBlob(self._fresh(self._blob_client))
        self._sdk(
            lambda: blob.set_rich_menu_image(
                made.rich_menu_id,
                body=image,
                _headers={"Content-Type": "image/png"},
                _request_timeout=self.timeout,
            )
        )
        return str(made.rich_menu_id)

    def set_default_menu(self, menu_id: str) -> None:
        self._sdk(lambda: self._messaging().set_default_rich_menu(menu_id, _request_timeout=self.timeout))

    def delete_rich_menu(self, menu_id: str) -> None:
        self._sdk(lambda: self._messaging().delete_rich_menu(menu_id, _request_timeout=self.timeout))

    def _post(self, path: str, body: bytes, headers: str) -> Answer:
        wire = self._wire()
        try:
            wire.make_ready()
        except OSError as error:
            return Answer(NOT_SENT, type(error).__name__)
        try:
            response = wire.post(path, headers, body)
        except OSError as error:
            return Answer(0, str(error))
        request_id = _printable(response.headers.get(b"x-line-request-id", b"").decode("latin-1"))[:80]
        return Answer(response.status, _message(response.status, response.body), request_id or None)

    def _wire(self) -> Wire:
        """This thread's warm connection."""
        kept: Wire | None = getattr(self._kept, "wire", None)
        if kept is None:
            kept = self._kept.wire = Wire(self._address, self._ssl, self.timeout)
        return kept

    def _renew(self) -> None:
        configuration = OauthConfiguration(host=self.api)
        configuration.retries = False
        configuration.ssl_ca_cert = self.ca_file
        try:
            with OauthClient(configuration) as client:
                issued = ChannelAccessToken(client).issue_stateless_channel_token_by_client_secret(
                    self.channel_id, self.secret, _request_timeout=self.timeout
                )
        except OauthException as error:
            raise LineUnavailable(f"token: {error.status}") from None
        except (HTTPError, ValueError) as error:
            raise LineUnavailable(f"token: {type(error).__name__}") from None
        self._token = issued.access_token
        self._token_until = time.monotonic() + max(issued.expires_in - TOKEN_MARGIN, 1.0)

    def _sdk_client(self, host: str) -> ApiClient:
        configuration = Configuration(host=host, access_token="-")  # noqa: S106 (set before each call)
        configuration.retries = False  # the SDK would silently repeat GET and DELETE
        configuration.ssl_ca_cert = self.ca_file
        return ApiClient(configuration)

    def _fresh(self, client: ApiClient) -> ApiClient:
        client.configuration.access_token = self.token()
        return client

    def _messaging(self) -> MessagingApi:
        return MessagingApi(self._fresh(self._client))

    def _sdk(self, call: Any) -> Any:
        try:
            return call()
        except ApiException as error:
            raise LineUnavailable(f"LINE answered {error.status}") from None
        except (HTTPError, ValueError) as error:
            raise LineUnavailable(f"LINE could not be asked: {type(error).__name__}") from None


def _message(status: int, body: bytes) -> str:
    if status == HTTPStatus.OK:
        return ""
    try:
        return _printable(str(json.loads(body).get("message", "")))[:200]
    except (ValueError, AttributeError, RecursionError):
        return "no JSON"


def _printable(text: str) -> str:
    """Without what a database cannot store."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
