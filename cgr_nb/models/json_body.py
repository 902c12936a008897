"""The JSON of a body that somebody else wrote: read, or refused with a `ValueError`, never more."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["read_json"]

_LONGEST_INT = 20


def read_json(data: bytes | str) -> Any:  # noqa: ANN401 - whatever JSON it is
    """Parse a body.

    Numbers of more digits than any count has are read as infinite, as 1e400 is: an odd number in a
    field that nobody needs must not cost the rest.

    Raises:
        ValueError: It is no JSON, no UTF-8, or nested too deeply.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(text, parse_int=_int)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INT else float(digits)
