"""JSON that comes in, read so that it can always be written again."""

import json
from typing import Any


def read_json(data: bytes) -> Any:
    """The value; ValueError when it is no JSON, is nested without end, or holds half a letter (a lone surrogate)."""
    try:
        value = json.loads(data)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return value
