"""Plays talk files on the platform, seen live on the phone page."""

from typing import Any

from .browser import Browsers
from .platform import Platform


def listing(platform: Platform) -> list[dict[str, str]]:
    return []


def perform(platform: Platform, browsers: Browsers, talk: str) -> dict[str, Any]:
    return {}
