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
from handlers.taught import Taught
from handlers.understanding import Understanding
from handlers.world import TalkFlow, World
from models.branch import Branch
from models.faq import Faq, load_faq
from models.proof import Seal
from models.refusals import count_refusal
from models.staff import roles_of
from scheduler.reminder_book import open_book
from scheduler.riding import Riding
from settings import Settings

Learn = Callable[[Taught, Branch, Faq, dict[str, TalkFlow]], Understanding]


def build_bots(
    settings: Settings,
    branches: Iterable[Branch],
    observe: Observer = unobserved,
    learn: Learn = Understanding.of,
) -> dict[str, Bot[World]]:
    """The bots of some branches, by their id."""
    taught = Taught(settings.branches)
    make_ready()
    bots = {}
    for branch in branches:
        faq, flows = load_faq(branch.folder), flows_of(branch)
        world = World(branch, faq, Seal(settings.secret_key), settings.public_url)
        bots[branch.id] = _bot(world, flows, learn(taught, branch, faq, flows), observe)
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
