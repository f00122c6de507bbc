"""A person's phone on the platform for talk files, so that a talk can be watched while it is played."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

from . import actions, scan, views
from .actions import Outcome
from .browser import Browsers, Visit
from .chat import Button, Entry
from .errors import Impossible
from .people import Person
from .platform import Platform
from .screen import Aim
from .talk import Refused, Said, Talk, TalkError, parse, plain, play
from .webhook import is_loopback

TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
POSTER = re.compile(r"poster-(.+)\.png")
LINKING_WORD = "連携"
LINKING_STEPS = 6
ONWARD = re.compile("(?!.*(ない|解除)).*(同意|連携|家族|追加|はい|進む)")


class PlatformPhone:
    """Does what a talk says as one person; `files` is where the talk's pictures lie."""

    def __init__(
        self, platform: Platform, browsers: Browsers, person: Person, files: Path | None = None
    ) -> None:
        self._platform, self._browsers, self._person, self._files = platform, browsers, person, files
        self._heard_until = len(person.entries)

    def say(self, text: str) -> Sequence[Said]:
        return self._heard(lambda: actions.say(self._platform, self._person, text))

    def tap(self, label: str, *, oldest: bool = False) -> Sequence[Said]:
        n = self._oldest(label) if oldest else None
        return self._heard(lambda: actions.tap(self._platform, self._person, Aim(label, n)))

    def pick(self, label: str, value: str) -> Sequence[Said]:
        return self._heard(lambda: actions.pick(self._platform, self._person, Aim(label), value))

    def photo(self, name: str) -> Sequence[Said]:
        return self._heard(lambda: actions.photo(self._platform, self._person, self._picture(name)))

    def sticker(self) -> Sequence[Said]:
        return self._heard(lambda: actions.sticker(self._platform, self._person, {}))

    def scan(self, code: str) -> Sequence[Said]:
        def scanned() -> Outcome | Visit:
            url = scan.poster_url(self._platform, self._person, code)
            return scan.scan(self._platform, self._browsers, self._person, url)

        return self._heard(scanned)

    def open(self, label: str) -> Sequence[Said]:
        return self._heard(lambda: self._browsers.open(self._person, Aim(label)))

    def submit(self, fields: dict[str, str]) -> Sequence[Said]:
        return self._heard(lambda: self._browsers.submit(self._person, fields))

    def block(self) -> Sequence[Said]:
        return self._heard(lambda: actions.block(self._platform, self._person))

    def unblock(self) -> Sequence[Said]:
        return self._heard(lambda: actions.unblock(self._platform, self._person))

    def unsend(self) -> Sequence[Said]:
        return self._heard(lambda: actions.unsend(self._platform, self._person))

    def redeliver(self) -> Sequence[Said]:
        return self._heard(lambda: actions.redeliver(self._platform, self._person))

    def clock(self, to: datetime) -> Sequence[Said]:
        def moved() -> Outcome:
            before = len(self._person.entries)
            if to > self._platform.now():
                actions.move_clock(self._platform, to)
            elif (self._platform.now() - to).total_seconds() >= 60:
                raise Impossible(400, f"the clock is at {self._platform.now().isoformat()} already")
            return Outcome(self._person.bot_entries_after(before))

        return self._heard(moved)

    def link(self, *proof: str) -> Sequence[Said]:
        """Link as a person would: ask for it, agree, open the page and fill it in."""
        fields = dict(zip(("number", "birthdate", "code"), proof, strict=False))
        heard = self.say(LINKING_WORD)
        for _ in range(LINKING_STEPS):
            page = self._newest(
                lambda button: button.type == "uri" and is_loopback(str(button.action["uri"]))
            )
            if page:
                self._visit(page)
                return self.submit(fields)
            onward = self._newest(lambda button: ONWARD.match(button.label) is not None)
            if onward is None:
                break
            heard = self._press(onward)
        raise Refused(f"no linking page was offered: {[said.text for said in heard]}")

    def elsewhere(self, *proof: str) -> Sequence[Said]:
        """Another phone links with this proof; what the bot then tells this one."""
        before = len(self._person.entries)
        other = self._platform.add_person(self._person.channel, "別のスマートフォン")
        self._platform.settled()
        PlatformPhone(self._platform, self._browsers, other).link(*proof)
        self._platform.settled()
        return [said(entry) for entry in self._person.bot_entries_after(before)]

    def enlist(self, *roles: str) -> Sequence[Said]:
        """Says a one-time code that the demo's command line would print."""
        return self.say(self._platform.invite(self._person.channel, roles))

    def other(self, name: str) -> "PlatformPhone":
        """The phone of another friend of the same account."""
        person = self._platform.add_person(self._person.channel, name)
        self._platform.settled()
        return PlatformPhone(self._platform, self._browsers, person, self._files)

    def news(self) -> Sequence[Said]:
        """What has come since the phone was last looked at."""
        self._platform.settled()
        new = self._person.bot_entries_after(self._heard_until)
        self._heard_until = len(self._person.entries)
        return [said(entry) for entry in new]

    def _visit(self, link: Button) -> Sequence[Said]:
        return self._heard(lambda: self._browsers.visit(self._person, str(link.action["uri"])))

    def _press(self, button: Button) -> Sequence[Said]:
        return self._heard(lambda: actions.press(self._platform, self._person, button, False))

    def _heard(self, act: Callable[[], Outcome | Visit]) -> Sequence[Said]:
        try:
            result = act()
        except Impossible as impossible:
            raise Refused(f"{impossible.error} {impossible.extra or ''}".strip()) from impossible
        outcome = result.outcome if isinstance(result, Visit) else result
        self._heard_until = len(self._person.entries)
        heard = [said(entry) for entry in outcome.messages]
        page = readable(result.html) if isinstance(result, Visit) else ""
        return [*heard, Said("", page=page)] if page else heard

    def _newest(self, fits: Callable[[Button], bool]) -> Button | None:
        """The first fitting button among what the bot said since the person last did something."""
        for entry in self._latest():
            for button in (*entry.buttons, *entry.quick):
                if fits(button):
                    return button
        return None

    def _latest(self) -> Iterator[Entry]:
        """The bot's messages at the end of the chat, the newest first."""
        for entry in reversed(self._person.entries):
            if entry.sender != "bot":
                return
            yield entry

    def _oldest(self, label: str) -> int:
        for entry in self._person.entries:
            if any(plain(button.label) == plain(label) for button in entry.buttons):
                return entry.n
        raise Refused(f"nothing was ever labelled {label!r}")

    def _picture(self, name: str) -> bytes:
        """A picture beside the talks, or a facility's poster drawn on the spot."""
        if self._files and (self._files / name).is_file():
            return (self._files / name).read_bytes()
        if match := POSTER.fullmatch(name):
            return scan.draw_code(scan.poster_url(self._platform, self._person, match[1]))
        raise Impossible(404, f"no picture {name!r} beside the talks")


def readable(html: str) -> str:
    """The words of a page."""
    return " ".join(unescape(TAG.sub(" ", html)).split())


def said(entry: Entry) -> Said:
    return Said(entry.text, [button.label for button in (*entry.buttons, *entry.quick)])


def listing(platform: Platform) -> list[dict[str, str]]:
    """The talks that can be played; one that cannot be read is passed over."""
    found = []
    for path in sorted(platform.talks.glob("*/*.talk")) if platform.talks else []:
        try:
            talk = parse(path.read_text(encoding="utf-8"))
        except TalkError:
            continue
        found.append({"id": f"{path.parent.name}/{path.stem}", "title": talk.title, "channel": talk.branch})
    return found


def perform(platform: Platform, browsers: Browsers, talk_id: str) -> dict[str, Any]:
    """A new person plays the talk; the answer says which lines did not hold."""
    path, talk = load(platform, talk_id)
    if talk.branch not in platform.channels:
        raise Impossible(409, f"this talk needs a channel {talk.branch!r}")
    person = platform.add_person(talk.branch, talk.title, friend=talk.friend)
    platform.settled()
    failures = play(talk, PlatformPhone(platform, browsers, person, path.parent))
    return {
        "user_id": person.user_id,
        "ok": not failures,
        "failures": [str(failure) for failure in failures],
        "messages": [views.entry(person, entry) for entry in person.bot_entries_after(0)],
    }


def load(platform: Platform, talk_id: str) -> tuple[Path, Talk]:
    paths = (
        {f"{path.parent.name}/{path.stem}": path for path in platform.talks.glob("*/*.talk")}
        if platform.talks
        else {}
    )
    if talk_id not in paths:
        raise Impossible(404, f"no talk {talk_id!r}", {"talks": sorted(paths)})
    try:
        return paths[talk_id], parse(paths[talk_id].read_text(encoding="utf-8"))
    except TalkError as error:
        raise Impossible(422, f"{talk_id}: {error}") from error
