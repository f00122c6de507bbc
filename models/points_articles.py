"""Useful articles of a branch: short texts, one a month, whose reading earns points once a month."""

from dataclasses import dataclass
from datetime import date

from models.terms import Dated, known_on


@dataclass(frozen=True)
class Article:
    """One short text; `sample`: not from the association, to be replaced."""

    title: str
    text: str
    sample: bool = False


@dataclass(frozen=True)
class Articles:
    """articles.yaml: the texts in the order of the months, beginning with April, over again when they are fewer."""

    articles: tuple[Article, ...]

    def of_month(self, day: date) -> Article:
        return self.articles[(day.month - 4) % 12 % len(self.articles)]


def article_on(articles: Dated[Articles] | None, day: date) -> Article | None:
    """The article of the day's month; None where the branch has none."""
    held = known_on(articles, day)
    return held.of_month(day) if held and held.articles else None
