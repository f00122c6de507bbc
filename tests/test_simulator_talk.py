"""Talk files are read, refused with the bad line, and played on the simulator."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.talk import JAPAN, TalkError, parse
from tests.echo_bot import World, echo, text, world

HEAD = "# 題\nbranch: saitama\nnow: 2024-07-01 09:00\n"

TALK = (
    HEAD
    + """
> こんにちは
< こんにちは
<! さようなら
# a remark
> {scan fs0007}
< ｆｓ ０００７
> {sticker}
<0
> {photo poster-fs0007.png}
<[はい]
<[いいえ]
> [はい]
< はいと言いました
@ 2024-07-03 12:30
<0
> {old はい}
< はいと言いました
> {pick 日付を選ぶ 2024-07-03}
< 2024-07-03
> {redeliver}
<0
> {block}
> {unblock}
< お帰りなさい
> 取り消す
> {unsend}
<0
"""
)


def answers(event: dict[str, Any]) -> list[dict[str, Any]]:
    """A bot with a little to say to everything that the talk does."""
    if event["type"] == "follow" and event["follow"]["isUnblocked"]:
        return [text("お帰りなさい")]
    if "postback" in event:
        return [text(event["postback"].get("params", {}).get("date") or "はいと言いました")]
    return [question()] if event.get("message", {}).get("type") == "image" else list(echo(event))


def question() -> dict[str, Any]:
    yes = {"type": "button", "action": {"type": "postback", "label": "はい", "data": "y"}}
    day = {
        "type": "button",
        "action": {"type": "datetimepicker", "label": "日付を選ぶ", "data": "d", "mode": "date"},
    }
    no = {"type": "action", "action": {"type": "message", "label": "いいえ", "text": "いいえ"}}
    body = {"type": "box", "layout": "vertical", "contents": [yes, day]}
    contents = {"type": "bubble", "body": body}
    return {"type": "flex", "altText": "どちら", "contents": contents, "quickReply": {"items": [no]}}


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[World]:
    with world(talks=tmp_path) as running:
        (tmp_path / "saitama").mkdir()
        running.bot.answers = answers
        yield running


def play(sim: World, talk: str) -> dict[str, Any]:
    assert sim.platform.talks
    (sim.platform.talks / "saitama" / "one.talk").write_text(talk, encoding="utf-8")
    answer: dict[str, Any] = sim.post("talks/play", talk="saitama/one").json()
    return answer


def test_a_talk_has_a_title_a_head_and_lines() -> None:
    talk = parse(TALK.replace("09:00\n", "09:00\nlinked: 123456 1974-01-22\n", 1))

    assert (talk.title, talk.branch) == ("題", "saitama")
    assert talk.now == datetime(2024, 7, 1, 9, tzinfo=JAPAN)
    assert talk.linked == (("123456", "1974-01-22"),)
    assert [(line.number, line.mark, line.words) for line in talk.lines[:3]] == [
        (6, ">", "こんにちは"),
        (7, "<", "こんにちは"),
        (8, "<!", "さようなら"),
    ]


@pytest.mark.parametrize(
    ("talk", "complaint"),
    [
        ("", "line 1: the first line is the title"),
        ("題\n", "line 1: the first line is the title"),
        ("# 題\nnow: 2024-07-01 09:00\n\n> あ", "the head needs a line `branch: …`"),
        ("# 題\nwhen: today\n", "line 2: the head holds"),
        (HEAD.replace("09:00", "9 o'clock"), "a moment is written 2024-07-01 09:00"),
        (HEAD + "\nあ", "line 5: a line begins with"),
        (HEAD + "\n> {dance}", "line 5: {dance} is none of"),
        (HEAD + "\n@ tomorrow", "line 5: a moment is written"),
        (HEAD + "\n>", "line 5: nothing follows >"),
    ],
)
def test_a_talk_that_cannot_be_read_names_the_bad_line(talk: str, complaint: str) -> None:
    with pytest.raises(TalkError, match=complaint.replace("{", r"\{").replace("}", r"\}")):
        parse(talk)


def test_a_whole_talk_is_played_by_a_new_person(sim: World) -> None:
    answer = play(sim, TALK)

    assert answer["failures"] == []
    assert answer["ok"]
    assert sim.clock.now == datetime(2024, 7, 3, 12, 30, tzinfo=JAPAN)
    assert sim.chat(answer["user_id"])["entries"][0]["text"] == "こんにちは"


@pytest.mark.parametrize(
    "line", ["< ない", "<! こんにちは", "<[ない]", "<0"], ids=["text", "not text", "button", "silence"]
)
def test_a_line_that_does_not_hold_is_reported_with_what_was_heard(sim: World, line: str) -> None:
    answer = play(sim, f"{HEAD}\n> こんにちは\n{line}\n")

    assert not answer["ok"]
    assert answer["failures"][0].startswith("line 6: ")
    assert "heard: こんにちは" in answer["failures"][0]


def test_an_act_that_is_impossible_ends_the_talk(sim: World) -> None:
    answer = play(sim, f"{HEAD}\n> [ない]\n< あ\n> い\n")

    assert len(answer["failures"]) == 1
    assert "nothing here is labelled" in answer["failures"][0]


def test_a_talk_of_a_day_gone_by_is_not_played(sim: World) -> None:
    sim.clock.pass_by(timedelta(days=1))

    answer = play(sim, TALK)

    assert "the clock is at" in answer["failures"][0]


def test_talks_are_listed_and_a_broken_one_says_its_line(sim: World) -> None:
    play(sim, TALK)
    listed = sim.get("talks")["talks"]
    broken = play(sim, "題")

    assert listed == [{"id": "saitama/one", "title": "題", "channel": "saitama"}]
    assert broken["error"].startswith("saitama/one: line 1")
    assert sim.post("talks/play", talk="nowhere").status_code == 404
