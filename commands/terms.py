"""What changes in an association's terms from one day to another."""

from dataclasses import asdict
from datetime import datetime

import click

from commands.terminal import BRANCH, DAY, JSON, branch_of, say, settings
from models.days import in_full
from models.terms_diff import changes


@click.group()
def terms() -> None:
    """支部の決まり（日付つきの内容）。"""


@terms.command()
@BRANCH
@click.option("--from", "before", type=DAY, required=True)
@click.option("--to", "after", type=DAY, required=True)
@JSON
def diff(branch_id: str | None, before: datetime, after: datetime, as_json: bool) -> None:
    """二つの日のあいだで何が変わるか。"""
    branch = branch_of(settings(), branch_id)
    found = changes(branch.folder, before.date(), after.date())
    answer = {
        "branch": branch.id,
        "from": before.date(),
        "to": after.date(),
        "changes": [asdict(change) for change in found],
    }
    head = f"{in_full(before.date())} から {in_full(after.date())} まで: {len(found)} 件"
    say(as_json, answer, "\n".join([head, *(change.in_words() for change in found)]))
