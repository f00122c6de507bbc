"""A LINE chat bot without a subject: the public face that handlers and scheduler import."""

from bot.diagram import page as diagram_page
from bot.flow import (
    Chat,
    Choose,
    Detour,
    Done,
    Flow,
    Given,
    GoTo,
    Option,
    PickDate,
    Question,
    Retry,
    Skip,
    Type,
    Wait,
)
from bot.guards import Guard, guard
from bot.intents import Index
from bot.lexicon import Lexicon
from bot.mailing import mail
from bot.messages import (
    BACK,
    QUIT,
    Answer,
    Button,
    Call,
    Card,
    Carousel,
    Fact,
    Link,
    Message,
    Opener,
    Picture,
    Reply,
    Text,
    Way,
)
from bot.post import push
from bot.words import loose, without_personal

__all__ = [
    "BACK",
    "QUIT",
    "Answer",
    "Button",
    "Call",
    "Card",
    "Carousel",
    "Chat",
    "Choose",
    "Detour",
    "Done",
    "Fact",
    "Flow",
    "Given",
    "GoTo",
    "Guard",
    "Index",
    "Lexicon",
    "Link",
    "Message",
    "Opener",
    "Option",
    "PickDate",
    "Picture",
    "Question",
    "Reply",
    "Retry",
    "Skip",
    "Text",
    "Type",
    "Wait",
    "Way",
    "diagram_page",
    "guard",
    "loose",
    "mail",
    "push",
    "without_personal",
]
