"""What opens the flows that are only for some, in any everyday wording: 届いてる伝言ある？ is 届いた伝言."""

import re
from collections.abc import Iterable

from bot.mood import asks
from bot.words import loose

LONGEST = 24  # letters of what only names a flow
SHORTEST = 2  # signs of a name that may be said in other words
# That something is there, or is to be shown.
_SEEN = re.compile(
    "新着|新|届|来|着|見|読|開|出|確認|一覧|全部|何件|未読|表示|ある|あり|きて|とど|みせ|みたい|みる|よみ|よむ"
)
_BESIDE = re.compile("[ぁ-ん]+|(?<=[ぁ-ん])ー+|教|今日|本日|今月|今|先月|願|下|有|他")
_HAS = re.compile(r"あ(?:る|ります)(?:ん|の|です|よ|が|けど)*$")  # 質問があります is no wish to see any


class Reserved:
    """The names of flows, each with the flow."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        """Pairs of a phrase and its flow; of names that are alike the first counts."""
        self._exact: dict[str, str] = {}
        self._named: dict[tuple[str, bool], str] = {}
        for phrase, flow in phrases:
            self._exact.setdefault(loose(phrase), flow)
            if len(name := _name(phrase)) >= SHORTEST:
                self._named.setdefault((name, _is_to_be_seen(phrase)), flow)

    def flow(self, text: str) -> str:
        """The flow that the text names and says no more of; empty where there is none."""
        letters = loose(text)
        if flow := self._exact.get(letters):
            return flow
        if len(letters) > LONGEST or (_HAS.search(letters) and not asks(text)):
            return ""
        name = _name(text)
        seen = self._named.get((name, True), "") if _is_to_be_seen(text) else ""
        return seen or self._named.get((name, False), "")

    def __contains__(self, flow: str) -> bool:
        return flow in self._exact.values()


def _is_to_be_seen(text: str) -> bool:
    return _SEEN.search(loose(text)) is not None


def _name(text: str) -> str:
    """The name itself, without what is said around it: what is left is no kana."""
    return _BESIDE.sub("", _SEEN.sub("", loose(text)))
