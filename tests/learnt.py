"""What the files beside the branches teach, learnt once for all houses of a test process: learning takes seconds."""

from collections.abc import Mapping
from pathlib import Path

from handlers.taught import Taught
from handlers.understanding import Understanding
from handlers.world import TalkFlow
from models.branch import Branch
from models.faq import Faq

_TAUGHT: dict[Path, Taught] = {}


def learnt(taught: Taught, branch: Branch, faq: Faq, flows: Mapping[str, TalkFlow]) -> Understanding:
    """For houses whose flows and answers may be other ones, never for other synonyms or orders."""
    return Understanding.of(_TAUGHT.setdefault(faq.folder.parent, taught), branch, faq, flows)
