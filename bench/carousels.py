"""A carousel of ten bubbles made into what LINE takes: our plain JSON beside the SDK's models."""

import json
import time
from collections.abc import Callable, Iterator
from statistics import median

from linebot.v3.messaging import ApiClient, Configuration, FlexContainer, FlexMessage, ReplyMessageRequest

from bench.table import Row, at_most, shown
from bot import flex
from bot.buttons import Binding
from bot.messages import Answer, Card, Carousel, Fact, Opener

TIMES = 200


def rows() -> Iterator[Row]:
    """The milliseconds of one carousel, each way."""
    carousel = Carousel(tuple(_card(number) for number in range(10)))
    binding = Binding("coupons", "list", 7)
    plain = flex.render(carousel, binding)
    client = ApiClient(Configuration(access_token="t"))

    def ours() -> str:
        return flex.written([flex.render(carousel, binding)])

    def sdk() -> str:
        container = FlexContainer.from_dict(plain["contents"])
        message = FlexMessage(altText=plain["altText"], contents=container)
        request = ReplyMessageRequest(replyToken="t", messages=[message])
        return json.dumps(client.sanitize_for_serialization(request))

    yield at_most("a carousel of 10 bubbles as plain JSON", _milliseconds(ours), "ms", 1)
    yield shown("the same by the SDK's models", _milliseconds(sdk), "ms")


def _milliseconds(work: Callable[[], str]) -> float:
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return median(times) * 1e3


def _card(number: int) -> Card:
    lines = (
        Fact("残り", f"{number}枚"),
        Fact("期間", "2024年6月1日〜2025年2月28日"),
        "使える施設で受付に見せてください。",
    )
    opener = Opener("使える施設", "places", (("kind", "1day"),))
    return Card(
        f"選べるドック・{number}", lines, (Answer("これを使う", str(number)), opener), small="あと200日"
    )
