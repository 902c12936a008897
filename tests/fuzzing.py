"""Fuzzing by seed: every input can be made again from the name of its test and its number.

A fuzz test makes inputs for as long as `--fuzz-seconds` says and hands each to the boundary that it
tries. What the boundary may answer is for the test to say; anything else is a failure, and is named.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

__all__ = ["Tally", "any_json", "any_text", "changed", "damaged", "fuzz"]

T = TypeVar("T")

_NUMBERS = [0, 1, -1, 2**31 - 1, 2**31, 2**63, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308]
_NUMBERS += [float("inf"), float("-inf"), float("nan")]
_TEXTS = ["", "A", "\0", "\ud800", "\udfff\ud800", "\u202e", "é" * 7, "\U0001f600", "x" * 501, "[]"]
_DEEPEST = 4


@dataclass
class Tally:
    """What came of a fuzz test."""

    tried: int = 0
    failed: list[str] = field(default_factory=list)
    """Number of each input that failed, with the error."""

    @property
    def held(self) -> int:
        return self.tried - len(self.failed)

    def __str__(self) -> str:
        return f"tried {self.tried}, held {self.held}, failed {len(self.failed)}"


def fuzz(
    name: str,
    seconds: float,
    make: Callable[[random.Random], T],
    check: Callable[[T], object],
    *,
    numbers: range | None = None,
) -> Tally:
    """Make inputs and check each, until the time is over.

    Args:
        name: Name of the test: with the number of an input, its seed.
        seconds: How long.
        make: Makes an input.
        check: Raises when the boundary did what it must not.
        numbers: These inputs and no others, however long it takes; to look at a failure again.
    """
    tally = Tally()
    ends = time.monotonic() + seconds
    while numbers is not None or time.monotonic() < ends:
        if numbers is not None and tally.tried == len(numbers):
            break
        number = tally.tried if numbers is None else numbers[tally.tried]
        tally.tried += 1
        try:
            check(make(random.Random(f"{name} {number}")))
        except Exception as error:  # whatever it is, it is what is looked for
            tally.failed.append(f"{name} {number}: {type(error).__name__}: {error}"[:500])
    print(f"{name}: {tally}")
    return tally


def any_text(rng: random.Random) -> str:
    """A short text, likely an awkward one."""
    if rng.random() < 0.7:
        return rng.choice(_TEXTS)
    return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0x11000)))) for _ in range(8))


def any_json(rng: random.Random, depth: int = 0) -> Any:
    """Any value that JSON can carry, and some that it can't."""
    kind = rng.randrange(8 if depth < _DEEPEST else 5)
    match kind:
        case 0:
            return rng.choice((None, True, False))
        case 1 | 2:
            return rng.choice(_NUMBERS)
        case 3 | 4:
            return any_text(rng)
        case 5 | 6:
            return [any_json(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {any_text(rng): any_json(rng, depth + 1) for _ in range(rng.randrange(4))}


def changed(rng: random.Random, value: Any) -> Any:
    """A JSON value with something in it changed, left out or added."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        name = rng.choice(list(value))
        rest = {key: part for key, part in value.items() if key != name}
        return rng.choice(
            (
                rest,
                {**value, any_text(rng): any_json(rng)},
                {**value, name: changed(rng, value[name])},
                {**value, name: any_json(rng)},
            )
        )
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        return rng.choice(
            (
                value[:place] + value[place + 1 :],
                [*value[:place], any_json(rng), *value[place:]],
                [*value[:place], changed(rng, value[place]), *value[place + 1 :]],
            )
        )
    return any_json(rng)


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Bytes with something in them changed, cut, doubled or put in."""
    place, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    match rng.randrange(6):
        case 0:
            return data[:place] + data[end:]
        case 1:
            return data[:end] + data[place:end] * rng.randrange(1, 4) + data[end:]
        case 2:
            return data[:place] + rng.randbytes(rng.randrange(8)) + data[place:]
        case 3:
            return data[:place] + b"[" * rng.randrange(10_000) + data[place:]
        case 4:
            return data[:place] + b"9" * rng.randrange(10_000) + data[place:]
    return data
