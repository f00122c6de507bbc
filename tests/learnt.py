"""What the branches teach, learnt once for all houses of a test process: learning takes seconds."""

from collections.abc import Mapping

from handlers.taught import Taught
from handlers.understanding import Understanding
from handlers.world import TalkFlow
from models.branch import Branch
from models.faq import Faq

_LEARNT: dict[object, Understanding] = {}


def learnt(taught: Taught, branch: Branch, faq: Faq, flows: Mapping[str, TalkFlow]) -> Understanding:
    """For houses whose answers may be other ones, never for other synonyms or orders."""
    key = (faq.folder, faq.entries, tuple(flows.items()))
    if key not in _LEARNT:
        _LEARNT[key] = Understanding.of(taught, branch, faq, flows)
    return _LEARNT[key]
