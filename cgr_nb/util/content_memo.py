"""What a pure function made, kept by the content of what it was given.

A report, a panel and an export of one study ask for the same numbers, each from tables that it read
itself: they are told to be the same by their content. What is kept are bytes, so nobody can change
what another is given.
"""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import ParamSpec, TypeVar

__all__ = ["kept_by_content"]

P = ParamSpec("P")
T = TypeVar("T")


def kept_by_content(
    worth: Callable[..., bool], most: int = 16
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a function whose result follows from its arguments alone.

    Args:
        worth: Whether arguments are small enough to be looked through.
        most: Results that are kept; the one that was asked for longest ago goes first.

    Returns:
        The decorator. What pickle can't write, or writes differently though it is equal, is
        computed anew.
    """

    def decorate(work: Callable[P, T]) -> Callable[P, T]:
        kept: OrderedDict[bytes, bytes] = OrderedDict()
        lock = threading.Lock()

        @wraps(work)
        def kept_or_made(*args: P.args, **named: P.kwargs) -> T:
            given = _written((args, sorted(named.items()))) if worth(*args, **named) else None
            if given is None:
                return work(*args, **named)
            key = blake2b(given, digest_size=32).digest()
            with lock:
                found = kept.get(key)
                if found is not None:
                    kept.move_to_end(key)
            if found is None:
                made = work(*args, **named)
                result = _written(made)
                with lock:
                    if result is not None:
                        kept[key] = result
                    while len(kept) > most:
                        kept.popitem(last=False)
                return made
            again: T = pickle.loads(found)
            return again

        return kept_or_made

    return decorate


def _written(values: object) -> bytes | None:
    """The bytes of values; None where there are none."""
    try:
        return pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None
