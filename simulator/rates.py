"""LINE's rate limits: a token bucket for each endpoint of each channel, on the monotonic clock."""

import re
from dataclasses import dataclass

HOUR = 3600.0
DEFAULT = (2000, 1.0)
LIMITS: tuple[tuple[str, tuple[int, float]], ...] = (
    (r"POST /v2/bot/message/multicast", (200, 1.0)),
    (r"POST /v2/bot/message/(narrowcast|broadcast)", (60, HOUR)),
    (r"POST /v2/bot/chat/loading/start", (100, 1.0)),
    (r"PUT /v2/bot/channel/webhook/endpoint", (1000, 60.0)),
    (r"POST /v2/bot/channel/webhook/test", (60, HOUR)),
    (r"POST /v2/bot/richmenu", (100, HOUR)),
    (r"DELETE /v2/bot/richmenu/[^/]+", (100, HOUR)),
    (r"DELETE /v2/bot/richmenu/alias/[^/]+", (100, HOUR)),
    (r"GET /v2/bot/richmenu/list", (10, 1.0)),
    (r"POST /v2/bot/richmenu/batch", (3, HOUR)),
    (r"POST /v2/oauth/accessToken", (370, 1.0)),
)


@dataclass
class Bucket:
    level: float
    filled: float


class Rates:
    """Says whether one more call fits; parameters of a path do not open another bucket."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def admit(self, channel: str, call: str, rule: str, moment: float) -> bool:
        """`call` is method and path, `rule` names the endpoint without its parameters."""
        size, seconds = limit_of(call)
        bucket = self._buckets.setdefault((channel, rule), Bucket(size, moment))
        bucket.level = min(size, bucket.level + (moment - bucket.filled) * size / seconds)
        bucket.filled = moment
        if bucket.level < 1:
            return False
        bucket.level -= 1
        return True


def limit_of(call: str) -> tuple[int, float]:
    return next((limit for pattern, limit in LIMITS if re.fullmatch(pattern, call)), DEFAULT)
