"""Addresses of pages that are good once and not for long: a chat gets the address, we keep only a hash of it."""

import hashlib
import secrets
from datetime import timedelta

PAGE_LIFE = timedelta(minutes=30)
KEPT = timedelta(days=1)


def new_address() -> str:
    """The part of an address that nobody can guess."""
    return secrets.token_urlsafe(24)


def hash_of(address: str) -> str:
    """What is kept of an address."""
    return hashlib.sha256(address.encode()).hexdigest()
