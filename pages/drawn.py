"""Pictures that are drawn on the first GET of their address, and kept."""

import hashlib
from collections.abc import Callable
from pathlib import Path


def drawn_once(folder: Path, kind: str, shown: str, draw: Callable[[], bytes]) -> bytes:
    """The PNG of what is shown; equal ones share a picture, however their addresses are spelt."""
    kept = folder / f"{kind}-{hashlib.sha256(shown.encode()).hexdigest()}.png"
    if kept.exists():
        return kept.read_bytes()
    png = draw()
    folder.mkdir(parents=True, exist_ok=True)
    half = kept.with_suffix(f".{id(png)}")
    half.write_bytes(png)
    half.replace(kept)
    return png
