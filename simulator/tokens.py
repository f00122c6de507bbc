"""Keys that LINE hands out and that die: access tokens, reply tokens, link tokens, retry keys."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

ACCESS_TOKEN_SECONDS = 899
REPLY_WITHIN = timedelta(minutes=1)
REPLY_OVERALL = timedelta(minutes=20)
LINK_TOKEN_LIFE = timedelta(minutes=10)
RETRY_KEY_LIFE = timedelta(hours=24)


class AccessTokens:
    """Stateless channel access tokens; their life is measured on the monotonic clock."""

    def __init__(self) -> None:
        self._issued: dict[str, tuple[str, float]] = {}

    def issue(self, channel: str, moment: float) -> str:
        self._issued = {key: value for key, value in self._issued.items() if value[1] > moment}
        token = secrets.token_urlsafe(48)
        self._issued[token] = (channel, moment + ACCESS_TOKEN_SECONDS)
        return token

    def channel_of(self, token: str, moment: float) -> str | None:
        channel, ends = self._issued.get(token, ("", 0.0))
        return channel if ends > moment else None

    def seconds_left(self, token: str, moment: float) -> int:
        return max(0, int(self._issued.get(token, ("", 0.0))[1] - moment))


@dataclass
class ReplyToken:
    channel: str
    target: str
    occurred: datetime
    received: datetime
    used: bool = False


class ReplyTokens:
    """One use, within a minute of the webhook; a redelivery opens another minute, 20 minutes overall."""

    def __init__(self) -> None:
        self._tokens: dict[str, ReplyToken] = {}

    def open(self, token: str, channel: str, target: str, now: datetime) -> None:
        """Begin the minute of a token that goes out with a webhook now, for the first time or again."""
        known = self._tokens.get(token)
        if known:
            known.received = now
        else:
            self._tokens[token] = ReplyToken(channel, target, now, now)

    def use(self, token: str, channel: str, now: datetime) -> str | None:
        """Who is answered; None when the token is unknown, used or too old. A live token is spent."""
        known = self.live(token, channel, now)
        if known:
            known.used = True
        return known.target if known else None

    def target(self, token: object) -> str | None:
        known = self._tokens.get(str(token))
        return known.target if known else None

    def live(self, token: str, channel: str, now: datetime) -> ReplyToken | None:
        known = self._tokens.get(token)
        if known is None or known.used or known.channel != channel:
            return None
        fresh = now <= known.received + REPLY_WITHIN and now <= known.occurred + REPLY_OVERALL
        return known if fresh else None


@dataclass
class LinkToken:
    channel: str
    user: str
    ends: datetime


class LinkTokens:
    """Ten minutes, one use."""

    def __init__(self) -> None:
        self._tokens: dict[str, LinkToken] = {}

    def issue(self, channel: str, user: str, now: datetime) -> str:
        token = secrets.token_urlsafe(24)
        self._tokens[token] = LinkToken(channel, user, now + LINK_TOKEN_LIFE)
        return token

    def use(self, token: str, now: datetime) -> LinkToken | None:
        known = self._tokens.pop(token, None)
        return known if known and now <= known.ends else None


@dataclass(frozen=True)
class Accepted:
    request_id: str
    at: datetime
    sent: list[dict[str, str]] | None


class RetryKeys:
    """What was accepted under which retry key, remembered for a day from the first request."""

    def __init__(self) -> None:
        self._accepted: dict[tuple[str, str], Accepted] = {}

    def accepted(self, channel: str, key: str, now: datetime) -> Accepted | None:
        known = self._accepted.get((channel, key.lower()))
        return known if known and now < known.at + RETRY_KEY_LIFE else None

    def remember(self, channel: str, key: str, accepted: Accepted) -> None:
        self._accepted[channel, key.lower()] = accepted
