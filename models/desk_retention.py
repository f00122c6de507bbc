"""How long the desk's words are kept: what was left, asked and answered goes when its time is over."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from models import inbox, paper, question
from models.branch import Branch
from models.days import day_of
from models.terms import known_on


def forget_old_words(db: Connection, branch: Branch, now: datetime) -> int:
    """Removes what the branch's terms no longer keep; answers how many messages, requests and questions."""
    terms = known_on(branch.inbox, day_of(now))
    if terms is None:
        return 0
    questions = question.forget_old(db, branch.id, now - timedelta(days=terms.question_kept_days), now)
    requests = paper.forget_old_words(db, branch.id, now - timedelta(days=terms.words_kept_days))
    return questions + requests + inbox.forget_old_words(db, branch.id, terms, now)
