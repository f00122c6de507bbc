"""The list of flows: which talks each association has."""

from handlers.coupons import coupons, places
from handlers.faq import faq, unsolved
from handlers.link import disown, link, privacy, unlink
from handlers.redeem import redeem
from handlers.start import desk, greeting, help_, menu
from handlers.trouble import trouble
from handlers.usage import usage
from handlers.world import TalkFlow
from models.branch import Branch

EVERYWHERE = (greeting, menu, help_, desk, link, unlink, privacy, disown, faq, unsolved)
COUPONS = (redeem, coupons, places, usage, trouble)


def flows_of(branch: Branch) -> dict[str, TalkFlow]:
    """The branch's flows by name: those of every association, and those whose terms it has."""
    return {flow.name: flow for flow in (*EVERYWHERE, *(COUPONS if branch.coupons else ()))}
