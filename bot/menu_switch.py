"""Giving single chats a rich menu of their own: after commit, from rows that a crash does not lose."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from bot.line import Line, LineUnavailable
from bot.outbox import BACKOFF, backoff
from models import menu_wishes
from models.base import Database
from models.menu_wishes import Wish

LOOK_EVERY = 0.5  # seconds
LEASE = timedelta(seconds=60)

log = logging.getLogger(__name__)


@dataclass
class MenuSwitcher:
    """A worker that does what `models.menu_wishes` holds; doing a wish twice is harmless."""

    database: Database
    lines: Mapping[str, Line]
    clock: Callable[[], datetime]
    _stop: threading.Event = field(default_factory=threading.Event)
    _busy: bool = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="menus", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def is_quiet(self) -> bool:
        return not self._busy

    def do_all(self) -> int:
        """Does every wish that is due now; returns how many were tried."""
        count, self._busy = 0, True
        try:
            while (wish := self._next()) is not None:
                self._do(wish)
                count += 1
        finally:
            self._busy = False
        return count

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            try:
                self.do_all()
            except Exception:
                log.exception("a menu could not be switched")  # its lease ends, it comes again

    def _next(self) -> Wish | None:
        now = self.clock()
        with self.database.reading() as db:
            due = menu_wishes.next_due(db, self.lines)
        if due is None or due > now:
            return None
        return self.database.run(lambda db: menu_wishes.take(db, self.lines, now, now + LEASE))

    def _do(self, wish: Wish) -> None:
        again_at, keep = None, False
        try:
            self._switch(wish)
        except LineUnavailable as error:
            # The channel has no menus of this name yet; whoever makes them wishes anew for everybody.
            keep = error.status == HTTPStatus.NOT_FOUND
            if not keep and wish.tries < len(BACKOFF) - 1:
                again_at = self.clock() + timedelta(seconds=backoff(wish.tries))
            log.warning("menu of chat %s: %s", wish.chat_id, error)
        self.database.run(lambda db: menu_wishes.settle(db, wish, again_at, keep=keep))

    def _switch(self, wish: Wish) -> None:
        line = self.lines[wish.branch]
        mine = f"/v2/bot/user/{quote(wish.user_id, safe='')}/richmenu"
        if wish.menu is None:
            line.ask("DELETE", mine)
        else:
            menu = line.ask("GET", f"/v2/bot/richmenu/alias/{wish.menu}")["richMenuId"]
            line.ask("POST", f"{mine}/{quote(str(menu), safe='')}")
