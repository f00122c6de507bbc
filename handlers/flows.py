"""The list of flows: which talks each association has."""

from handlers.coupons import coupons, places
from handlers.deadline import deadline
from handlers.deadlines import deadlines
from handlers.faq import faq, unsolved
from handlers.hand_in import hand_in
from handlers.human import message
from handlers.link import disown, link, privacy, unlink
from handlers.notices import notices
from handlers.paper import paper, paper_answer, paper_cancel
from handlers.points import points, retiring
from handlers.points_articles import article
from handlers.points_checkup import checkup
from handlers.points_earning import WAYS, earn
from handlers.points_exchange import exchange
from handlers.points_history import history
from handlers.points_orders import orders
from handlers.points_records import record, steps
from handlers.points_rules import rules
from handlers.quiet import quiet
from handlers.redeem import redeem
from handlers.savings import savings
from handlers.savings_limit import savings_limit
from handlers.staff.broadcast import broadcast
from handlers.staff.broadcast_approval import broadcast_approval
from handlers.staff.broadcasts import broadcast_act, broadcast_list, broadcast_missed, broadcast_progress
from handlers.staff.correction import correction
from handlers.staff.correction_yes import correction_yes
from handlers.staff.figures import staff_figures
from handlers.staff.invitation import invitation
from handlers.staff.menu import staff_menu
from handlers.staff.messages import staff_messages
from handlers.staff.outage import outage
from handlers.staff.paper import staff_paper
from handlers.staff.paper_posting import staff_posting
from handlers.staff.questions import staff_questions
from handlers.staff.sending import staff_sending
from handlers.start import desk, greeting, help_, menu
from handlers.trouble import trouble
from handlers.usage import usage
from handlers.world import TalkFlow
from models.branch import Branch

EVERYWHERE = (greeting, menu, help_, desk, link, unlink, privacy, disown, faq, unsolved)
COUPONS = (redeem, coupons, places, usage, trouble)
POINTS = (points, history, retiring, earn, record, steps, rules, exchange, orders)
ARTICLES = (article,)
CHECKUPS = (checkup,)
PAPER = (paper, paper_answer, paper_cancel)
INBOX = (message,)
STAFF = (invitation, staff_menu, staff_figures)
STAFF_REMINDERS = (staff_sending,)
STAFF_PAPER = (staff_paper, staff_posting)
STAFF_INBOX = (staff_messages, staff_questions)
STAFF_COUPONS = (correction, correction_yes, outage)
SAVINGS = (savings, savings_limit)
CALENDAR = (deadlines, deadline, hand_in, quiet)
REMINDERS = (notices,)
BROADCASTS = (
    *(broadcast, broadcast_approval),
    *(broadcast_list, broadcast_progress, broadcast_act, broadcast_missed),
)


def flows_of(branch: Branch) -> dict[str, TalkFlow]:
    """The branch's flows by name: those of every association, and those whose terms it has."""
    checkups = branch.points and any(block.terms.checkup for block in branch.points.terms.blocks)
    found = (
        *EVERYWHERE,
        *(COUPONS if branch.coupons else ()),
        *(POINTS if branch.points else ()),
        *(ARTICLES if branch.articles else ()),
        *(CHECKUPS if checkups else ()),
        *(PAPER if branch.paper else ()),
        *(INBOX if branch.inbox else ()),
        *(CALENDAR if branch.calendar else ()),
        *(REMINDERS if branch.reminders else ()),
        *(SAVINGS if branch.savings else ()),
        *(STAFF if branch.staff else ()),
        *(STAFF_REMINDERS if branch.staff and branch.reminders else ()),
        *(STAFF_PAPER if branch.staff and branch.paper else ()),
        *(STAFF_INBOX if branch.staff and branch.inbox else ()),
        *(STAFF_COUPONS if branch.staff and branch.coupons else ()),
        *(BROADCASTS if branch.staff and branch.broadcast else ()),
    )
    names = _own_names(branch)
    return {flow.name: flow.also_opened_by(names.get(flow.name, ())) for flow in found}


def _own_names(branch: Branch) -> dict[str, list[str]]:
    """What the branch calls the ways to earn points, by the flow behind each."""
    items = [block.terms.earning for block in branch.points.items.blocks] if branch.points else []
    return {flow: [each[way].name for each in items if way in each] for way, flow in WAYS}
