"""What a process writes about itself, in one form."""

import logging

NOISY = ("werkzeug", "alembic")


def begin() -> None:
    """From now on what is worth knowing goes to the error stream."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
