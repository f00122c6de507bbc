"""What the branches teach, learnt once for all houses of a test process: learning takes seconds."""

from collections.abc import Mapping

from bot.foreign import Foreign
from bot.lexicon import Lexicon
from bot.likeness import Likeness
from bot.neighbours import Neighbours
from bot.orders import Orders
from bot.smalltalk import SmallTalk
from bot.wishes import Wishes
from handlers.towns import Towns
from handlers.understanding import Understanding
from handlers.world import TalkFlow
from models.faq import Faq

_LEARNT: dict[object, Understanding] = {}


def learnt(
    faq: Faq,
    flows: Mapping[str, TalkFlow],
    lexicon: Lexicon,
    neighbours: Neighbours,
    orders: Orders,
    likeness: Likeness,
    wishes: Wishes,
    smalltalk: SmallTalk,
    foreign: Foreign,
    towns: Towns,
) -> Understanding:
    """For houses whose answers may be other ones, never for other synonyms or orders."""
    key = (faq.folder, faq.entries, tuple(flows.items()))
    if key not in _LEARNT:
        _LEARNT[key] = Understanding(
            faq, flows, lexicon, neighbours, orders, likeness, wishes, smalltalk, foreign, towns
        )
    return _LEARNT[key]
