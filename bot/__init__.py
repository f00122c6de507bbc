"""A LINE chat bot without a subject: the public face that handlers and scheduler import."""

from bot.diagram import page as diagram_page
from bot.diagram import transitions
from bot.flow import Chat, Detour, Done, Flow, GoTo, Skip
from bot.follow_ups import Talked, asks_for_place
from bot.foreign import Foreign
from bot.guards import UNTAUGHT, Guard, guard, inkling, suspicion
from bot.helplines import ANSWERS
from bot.intents import Decision, Index
from bot.lexicon import Lexicon, fold, is_in_dictionary, read_aloud
from bot.likeness import NO_KIND, Likeness
from bot.mailing import mail
from bot.messages import (
    BACK,
    MENU,
    QUIT,
    Answer,
    Button,
    Call,
    Card,
    Carousel,
    Code,
    Fact,
    Link,
    Message,
    Opener,
    Picture,
    Reply,
    Text,
    Way,
    side_by_side,
)
from bot.mood import asks, asks_to_be_told, is_an_order, is_done, ordered_for_a_reason
from bot.neighbours import Neighbours
from bot.openings import Openings
from bot.orders import BadOrder, Orders
from bot.post import push
from bot.questions import (
    Choose,
    Given,
    Half,
    Option,
    Photo,
    PickDate,
    Question,
    Retry,
    SentPicture,
    Type,
    Unfit,
    Wait,
)
from bot.slips import Slips
from bot.smalltalk import BESIDE, REMARKS, SmallTalk
from bot.ways import cancels, way_of
from bot.wishes import WAYS, Wishes
from bot.words import is_only_personal, loose, without_personal

__all__ = [
    "ANSWERS",
    "BACK",
    "BESIDE",
    "MENU",
    "NO_KIND",
    "QUIT",
    "REMARKS",
    "UNTAUGHT",
    "WAYS",
    "Answer",
    "BadOrder",
    "Button",
    "Call",
    "Card",
    "Carousel",
    "Chat",
    "Choose",
    "Code",
    "Decision",
    "Detour",
    "Done",
    "Fact",
    "Flow",
    "Foreign",
    "Given",
    "GoTo",
    "Guard",
    "Half",
    "Index",
    "Lexicon",
    "Likeness",
    "Link",
    "Message",
    "Neighbours",
    "Opener",
    "Openings",
    "Option",
    "Orders",
    "Photo",
    "PickDate",
    "Picture",
    "Question",
    "Reply",
    "Retry",
    "SentPicture",
    "Skip",
    "Slips",
    "SmallTalk",
    "Talked",
    "Text",
    "Type",
    "Unfit",
    "Wait",
    "Way",
    "Wishes",
    "asks",
    "asks_for_place",
    "asks_to_be_told",
    "cancels",
    "diagram_page",
    "fold",
    "guard",
    "inkling",
    "is_an_order",
    "is_done",
    "is_in_dictionary",
    "is_only_personal",
    "loose",
    "mail",
    "ordered_for_a_reason",
    "push",
    "read_aloud",
    "side_by_side",
    "suspicion",
    "transitions",
    "way_of",
    "without_personal",
]
