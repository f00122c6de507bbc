"""Whatever JSON arrives, the simulator answers in its own shape and never breaks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.platform import Channel, Platform
from simulator.server import create_app

USER = "U" + "a" * 32
CHANNEL = Channel("saitama", "支部", "1", "s", "U" + "1" * 32, "@saitama", "http://127.0.0.1:9/webhook")
NAMES = (
    "to messages type text replyToken chatId loadingSeconds markAsReadToken endpoint size areas name chatBarText "
    "bounds action userIds richMenuId operations from richMenuAliasId contents template columns actions altText "
    "channel events label n index value png facility fields event now status times url source userId items quickReply"
).split()
WORDS = st.sampled_from(
    ["text", "flex", "template", "bubble", "box", "link", "unlink", "saitama", "", USER, "あ"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 400) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
LINE_PATHS = [
    *(f"/v2/bot/message/{kind}" for kind in ("reply", "push", "multicast", "broadcast", "validate/push")),
    *(f"/v2/bot/chat/{what}" for what in ("loading/start", "markAsRead")),
    *(
        f"/v2/bot/richmenu{rest}"
        for rest in ("", "/validate", "/bulk/link", "/batch", "/validate/batch", "/alias")
    ),
    f"/v2/bot/user/{USER}/linkToken",
]
ACTS = "say tap pick photo sticker scan open submit block unblock unsend redeliver".split()
SIM_PATHS = [
    *(f"/sim/people/{USER}/{act}" for act in ACTS),
    *(
        f"/sim/{what}"
        for what in ("people", "events", "clock", "faults", "quota", "redelivery", "talks/play")
    ),
]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    platform = Platform([CHANNEL], now=lambda: datetime(2024, 7, 1, tzinfo=UTC), base_url="http://127.0.0.1")
    platform.add_person("saitama", "花子", USER, follow=False)
    token = platform.access.issue("saitama", platform.monotonic())
    client = create_app(platform).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.mark.parametrize("path", LINE_PATHS + SIM_PATHS)
@settings(max_examples=20, deadline=None)
@given(body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6) | VALUES)
def test_no_json_breaks_the_simulator(client: FlaskClient, path: str, body: Any) -> None:
    answer = client.post(path, json=body)

    assert answer.status_code < 500, answer.text
    assert answer.status_code < 400 or {"message", "error"} & set(answer.get_json())
