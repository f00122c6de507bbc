"""LINE's in-app browser: one cookie jar a person, redirects, forms; only this machine is ever fetched."""

import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import SplitResult, unquote, urlencode, urljoin, urlsplit, urlunsplit

import requests

from .actions import Outcome, acting
from .errors import Impossible
from .people import Page, Person
from .platform import Platform
from .screen import Aim, find
from .webhook import is_loopback

HOPS = 10
SECONDS = 20
VIEWER = "X-Line-Viewer"


@dataclass(frozen=True)
class Visit:
    """Where the browser arrived; status 0 when nothing was fetched."""

    url: str
    status: int
    html: str
    outcome: Outcome
    draft: str = ""
    number: str = ""


@dataclass
class Field:
    name: str
    value: str
    kind: str
    sent: bool = True


@dataclass
class Form:
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    def names(self) -> set[str]:
        return {each.name for each in self.fields}


class Browsers:
    """The cookie jars of all people."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._sessions: dict[str, requests.Session] = {}
        self._lock = threading.Lock()

    def open(self, person: Person, aim: Aim) -> Visit:
        button, _ = find(self._platform, person, aim)
        if button.type != "uri":
            raise Impossible(409, f"this is a {button.type} button, not a link: use tap")
        return self.visit(person, str(button.action["uri"]))

    def visit(self, person: Person, url: str) -> Visit:
        """Follow a link as LINE does: a chat with a prefilled text, a phone number, or a page."""
        if url.startswith("tel:"):
            return Visit(url, 0, "", Outcome([]), number=url.removeprefix("tel:"))
        return self._fetch(person, "GET", url, None)

    def submit(self, person: Person, given: dict[str, str]) -> Visit:
        """Send the form of the page opened last, with its hidden inputs and what the person filled in."""
        if person.page is None:
            raise Impossible(409, "no page is open: use open")
        form = chosen_form(person.page.html, given)
        filled = filled_in(form, given)
        url = joined(person.page.url, form.action)
        if form.method == "get":
            return self._fetch(
                person, "GET", urlunsplit(urlsplit(url)._replace(query=urlencode(filled))), None
            )
        return self._fetch(person, "POST", url, filled)

    def _fetch(self, person: Person, method: str, url: str, data: dict[str, str] | None) -> Visit:
        arrived: list[tuple[str, int, str]] = []
        outcome = acting(
            self._platform, person, lambda: arrived.append(self._follow(person, method, url, data))
        )
        url, status, html = arrived[0]
        person.page = Page(url, html) if status else person.page
        return Visit(url, status, html, outcome, draft=person.draft)

    def _follow(
        self, person: Person, method: str, url: str, data: dict[str, str] | None
    ) -> tuple[str, int, str]:
        session, referer = self._session(person), person.page.url if person.page else None
        for _ in range(HOPS):
            if (draft := prefilled(self._platform, person, url)) is not None:
                with self._platform.lock:
                    person.draft = draft
                    self._platform.changed(person)
                return url, 200, ""
            if not is_loopback(url):
                return url, 0, ""
            answer = fetch(session, person, method, url, data, referer)
            if not answer.is_redirect:
                return url, answer.status_code, answer.text
            url, referer = joined(url, answer.headers["location"]), url
            if answer.status_code not in (307, 308):
                method, data = "GET", None
        raise Impossible(409, "too many redirects")

    def _session(self, person: Person) -> requests.Session:
        with self._lock:
            if person.user_id not in self._sessions:
                session = self._sessions[person.user_id] = requests.Session()
                session.trust_env = False
            return self._sessions[person.user_id]


def fetch(
    session: requests.Session,
    person: Person,
    method: str,
    url: str,
    data: dict[str, str] | None,
    referer: str | None,
) -> requests.Response:
    headers = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile Line/15.0.0/IAB", VIEWER: person.user_id}
    if method == "POST" and referer:
        headers["Referer"] = referer
        headers["Origin"] = "{0.scheme}://{0.netloc}".format(urlsplit(referer))
    try:
        return session.request(
            method, url, data=data, headers=headers, timeout=SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        raise Impossible(409, f"cannot open {url}: {error}") from error


def prefilled(platform: Platform, person: Person, url: str) -> str | None:
    """The text that an oaMessage link puts into the input box; None when it is another kind of link."""
    parts = address(url)
    if parts.hostname != "line.me" or not parts.path.startswith("/R/oaMessage/"):
        return None
    account = unquote(parts.path.removeprefix("/R/oaMessage/").strip("/"))
    if account != platform.channels[person.channel].basic_id:
        raise Impossible(409, f"this link opens the chat of another account: {account}")
    return unquote(parts.query)


def address(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise Impossible(400, f"this is no address: {url}") from error


def joined(page: str, link: str) -> str:
    """Where a link of a page leads."""
    address(link)
    return urljoin(page, link)


def chosen_form(html: str, given: dict[str, str]) -> Form:
    """The first form that has one of the fields, else the first that can be sent without any."""
    reader = FormReader()
    reader.feed(html)
    fitting = [form for form in reader.forms if form.names() & set(given)]
    if not fitting and given:
        names = sorted(set().union(*(form.names() for form in reader.forms)))
        raise Impossible(400, "the page has no such field", {"fields": names})
    if not fitting and not reader.forms:
        raise Impossible(409, "the page has no form")
    return (fitting or reader.forms)[0]


def filled_in(form: Form, given: dict[str, str]) -> dict[str, str]:
    """What a browser would send: ticked boxes, the first submit button, the person's values on top."""
    values, pressed = {}, False
    for each in form.fields:
        if each.kind == "submit":
            if pressed or (each.name in given and given[each.name] != each.value):
                continue
            pressed = True
        if each.name in given or each.sent:
            values[each.name] = given.get(each.name, each.value)
    return values


class FormReader(HTMLParser):
    """Collects the forms of a page with their fields and what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(named.get("action", ""), named.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in named:
            self._field(tag, named)

    def _field(self, tag: str, named: dict[str, str]) -> None:
        assert self._form is not None
        name = named.get("name", "")
        if tag == "option" and self._select is not None:
            if "selected" in named or not self._select.sent:
                self._select.value, self._select.sent = named.get("value", ""), True
            return
        if not name:
            return
        kind = named.get("type", "submit" if tag == "button" else "text").lower()
        if tag in ("input", "button") and kind not in ("button", "reset", "image", "file"):
            ticked = kind not in ("checkbox", "radio") or "checked" in named
            default = "on" if kind in ("checkbox", "radio") else ""
            self._form.fields.append(Field(name, named.get("value", default), kind, ticked))
        elif tag == "select":
            self._select = Field(name, "", "select", sent=False)
            self._form.fields.append(self._select)
        elif tag == "textarea":
            self._area = Field(name, "", "textarea")
            self._form.fields.append(self._area)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
