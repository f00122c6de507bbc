"""Setting a channel up at LINE: its rich menus and its webhook address. The only file that knows the SDK."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from linebot.v3.messaging import (
    ApiClient,
    Configuration,
    CreateRichMenuAliasRequest,
    MessagingApi,
    MessagingApiBlob,
    RichMenuRequest,
    UpdateRichMenuAliasRequest,
)
from linebot.v3.messaging.exceptions import ApiException
from urllib3.exceptions import HTTPError

from bot.line import Line, LineUnavailable


@dataclass
class LineSetup:
    """What is done once, from the command line; a serving process never carries the SDK. Raises LineUnavailable."""

    line: Line

    def __post_init__(self) -> None:
        self._client, self._blob_client = self._made(self.line.api), self._made(self.line.api_data)

    def webhook_address(self) -> tuple[str, bool]:
        """The webhook address that LINE has for this channel, and whether it is switched on."""
        found = self._asked(
            lambda: self._messaging().get_webhook_endpoint(_request_timeout=self.line.timeout)
        )
        return found.endpoint, found.active

    def rich_menus(self) -> dict[str, str]:
        """The names of the channel's rich menus and their ids."""
        found = self._asked(lambda: self._messaging().get_rich_menu_list(_request_timeout=self.line.timeout))
        return {menu.name: menu.rich_menu_id for menu in found.richmenus}

    def make_rich_menu(self, menu: dict[str, Any], image: bytes) -> str:
        """Makes a rich menu with its picture; returns its id."""
        timeout = self.line.timeout
        request = RichMenuRequest.from_dict(menu)
        made = self._asked(lambda: self._messaging().create_rich_menu(request, _request_timeout=timeout))
        blob = MessagingApiBlob(self._fresh(self._blob_client))
        self._asked(
            lambda: blob.set_rich_menu_image(
                made.rich_menu_id,
                body=image,
                _headers={"Content-Type": "image/png"},
                _request_timeout=timeout,
            )
        )
        return str(made.rich_menu_id)

    def set_default_menu(self, menu_id: str) -> None:
        timeout = self.line.timeout
        self._asked(lambda: self._messaging().set_default_rich_menu(menu_id, _request_timeout=timeout))

    def delete_rich_menu(self, menu_id: str) -> None:
        timeout = self.line.timeout
        self._asked(lambda: self._messaging().delete_rich_menu(menu_id, _request_timeout=timeout))

    def name_menu(self, alias: str, menu_id: str) -> None:
        """Makes a name lead to a menu, whether it led to another one or is new."""
        timeout = self.line.timeout
        if self._is_name(alias):
            request = UpdateRichMenuAliasRequest(richMenuId=menu_id)
            self._asked(
                lambda: self._messaging().update_rich_menu_alias(alias, request, _request_timeout=timeout)
            )
        else:
            new = CreateRichMenuAliasRequest(richMenuAliasId=alias, richMenuId=menu_id)
            self._asked(lambda: self._messaging().create_rich_menu_alias(new, _request_timeout=timeout))

    def unname_menu(self, alias: str) -> None:
        """Makes a name lead nowhere, if there is such a name."""
        timeout = self.line.timeout
        if self._is_name(alias):
            self._asked(lambda: self._messaging().delete_rich_menu_alias(alias, _request_timeout=timeout))

    def _is_name(self, alias: str) -> bool:
        timeout = self.line.timeout
        known = self._asked(lambda: self._messaging().get_rich_menu_alias_list(_request_timeout=timeout))
        return alias in {each.rich_menu_alias_id for each in known.aliases}

    def _made(self, host: str) -> ApiClient:
        configuration = Configuration(host=host, access_token="-")  # noqa: S106 (set before each call)
        configuration.retries = False  # the SDK would silently repeat GET and DELETE
        configuration.ssl_ca_cert = self.line.ca_file
        return ApiClient(configuration)

    def _fresh(self, client: ApiClient) -> ApiClient:
        client.configuration.access_token = self.line.token()
        return client

    def _messaging(self) -> MessagingApi:
        return MessagingApi(self._fresh(self._client))

    def _asked(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ApiException as error:
            raise LineUnavailable(f"LINE answered {error.status}") from None
        except (HTTPError, ValueError) as error:
            raise LineUnavailable(f"LINE could not be asked: {type(error).__name__}") from None
