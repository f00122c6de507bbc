"""Slots for calls to LINE: one row for each channel and endpoint, so that all replicas together keep LINE's rates."""

from datetime import datetime

from sqlalchemy import Connection, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant

MOST_AHEAD = 5.0  # seconds; more than that in the future only after the database's clock has jumped


class LineRate(Base):
    """Until when the calls to one endpoint are given away, by the database's clock."""

    __tablename__ = "line_rates"
    branch: Mapped[str] = mapped_column(String(30), primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(12), primary_key=True)
    taken_until: Mapped[datetime] = mapped_column(Instant)


# The row is locked before the clock is asked: slots are given in the order of their times.
_TAKE = text("""
    INSERT INTO line_rates AS kept (branch, endpoint, taken_until)
    VALUES (:branch, :endpoint, clock_timestamp() + :span * interval '1 second')
    ON CONFLICT (branch, endpoint) DO UPDATE SET taken_until =
        least(
            greatest(kept.taken_until, clock_timestamp() - :made_up * interval '1 second'),
            clock_timestamp() + :most * interval '1 second'
        )
        + :span * interval '1 second'
    RETURNING extract(epoch FROM taken_until - clock_timestamp())
""")


def take(db: Connection, branch: str, endpoint: str, span: float, made_up: float = 0.0) -> float:
    """Takes the next `span` seconds of an endpoint's calls; answers in how many seconds they begin. PostgreSQL only.

    Less than nothing when nobody called for a while, and so much of it (`made_up`) may be made up for."""
    db.execute(text("SET LOCAL synchronous_commit = off"))  # of no use after a power cut
    row = {"branch": branch, "endpoint": endpoint, "span": span, "most": MOST_AHEAD, "made_up": made_up}
    return float(db.execute(_TAKE, row).scalar_one()) - span
