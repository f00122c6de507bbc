"""The branches' bots, each of its files."""

from collections.abc import Callable, Iterable

from bot.dispatch import Bot
from bot.guards import make_ready
from bot.parts import Codes, nothing_rides
from bot.walk import Observer, unobserved
from handlers.flows import flows_of
from handlers.link import AccountLinks
from handlers.redeem import HOW_TO_SEND_A_CODE, scanned
from handlers.staff.invitation import invited
from handlers.staff.menu import closed_door
from handlers.towns import Towns
from handlers.understanding import (
    Understanding,
    read_foreign,
    read_lexicon,
    read_likeness,
    read_neighbours,
    read_orders,
    read_smalltalk,
    read_wishes,
)
from handlers.world import TalkFlow, World
from models.branch import Branch
from models.faq import load_faq
from models.proof import Seal
from models.refusals import count_refusal
from models.staff import roles_of
from scheduler.reminder_book import open_book
from scheduler.riding import Riding
from settings import Settings


def build_bots(
    settings: Settings,
    branches: Iterable[Branch],
    observe: Observer = unobserved,
    learn: Callable[..., Understanding] = Understanding,
) -> dict[str, Bot[World]]:
    """The bots of some branches, by their id."""
    lexicon, orders = read_lexicon(settings.branches), read_orders(settings.branches)
    likeness, wishes = read_likeness(settings.branches), read_wishes(settings.branches)
    smalltalk, foreign = read_smalltalk(settings.branches), read_foreign(settings.branches)
    make_ready()
    bots = {}
    for branch in branches:
        faq, flows = load_faq(branch.folder), flows_of(branch)
        neighbours = read_neighbours(settings.branches, branch.identity.short, faq)
        own = Towns(branch.identity.towns)
        understands = learn(
            faq, flows, lexicon, neighbours, orders, likeness, wishes, smalltalk, foreign, own
        )
        world = World(branch, faq, Seal(settings.secret_key), settings.public_url)
        bots[branch.id] = _bot(world, flows, understands, observe)
    return bots


def _bot(
    world: World, flows: dict[str, TalkFlow], understands: Understanding, observe: Observer
) -> Bot[World]:
    branch = world.branch
    codes = Codes(scanned, HOW_TO_SEND_A_CODE) if branch.coupons else None
    book = open_book(branch)
    riding = Riding(book).aboard if book else nothing_rides
    return Bot(
        branch.id,
        flows,
        world,
        understands,
        AccountLinks(),
        codes,
        observe,
        roles_of,
        invited,
        count_refusal,
        riding,
        closed_door,
    )
