"""Wrong numbers to stand beside a right one, for datasets whose answer is a number.

A distractor has the format of the answer (decimals, leading zeros, unit signs) and lies in the same
range; it comes from a slip: near by, a digit changed or swapped, halved, doubled, another sign. Two
things keep the answer from being found without reading the question: its rank among the options is
drawn evenly, and a slip may start from another distractor, so the answer is not the hub that all
others are near to.

The draw depends on the generator handed in and on the answer alone.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from cgr_nb.items.rejection import Reject

__all__ = ["Number", "distractors", "parse_number"]

_NUMBER = re.compile(
    r"\s*(?P<prefix>\\?\$|[€£])?(?P<sign>[-−])?(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,30})"
    r"(?:\.(?P<fraction>\d{1,30}))?(?P<suffix>\s?(?:\^\{?\\circ\}?|°|\\?%)?\$?)\s*",
    re.ASCII,
)
_TRIES = 400


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written, so that others can be written alike."""

    units: int
    """The value in units of its last written digit: "0.50" is 50."""
    decimals: int
    width: int
    """Digits before the point, kept by leading zeros ("025": 3); 1 when there are none."""
    grouped: bool
    """Whether thousands are set off with commas."""
    minus: str
    prefix: str
    suffix: str

    def write(self, units: int) -> str:
        """Write another value in the same format."""
        digits = str(abs(units)).rjust(self.decimals + 1, "0")
        whole, fraction = (
            digits[: len(digits) - self.decimals],
            digits[len(digits) - self.decimals :],
        )
        whole = f"{int(whole):,}" if self.grouped else whole.rjust(self.width, "0")
        sign = self.minus if units < 0 else ""
        point = f".{fraction}" if self.decimals else ""
        return f"{self.prefix}{sign}{whole}{point}{self.suffix}"


def parse_number(text: str) -> Number | None:
    """Read a plain decimal number, with or without a currency, degree or per cent sign."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    whole, fraction = match["whole"].replace(",", ""), match["fraction"] or ""
    units = int(whole + fraction)
    return Number(
        units=-units if match["sign"] else units,
        decimals=len(fraction),
        width=len(whole) if whole.startswith("0") else 1,
        grouped="," in match["whole"],
        minus=match["sign"] or "-",
        prefix=match["prefix"] or "",
        suffix=match["suffix"].rstrip(),
    )


def distractors(
    number: Number,
    count: int,
    rng: random.Random,
    low: int | None = None,
    high: int | None = None,
) -> list[str]:
    """Draw `count` different wrong numbers, none of them equal to the right one.

    Args:
        number: The right answer.
        count: How many to draw.
        rng: Source of chance; the same state gives the same numbers.
        low: Least value, in the unit of the answer; None: 0, or as far below a negative answer.
        high: Greatest value; None: about ten times the answer.

    Raises:
        Reject: the answer lies outside the range, or the range holds too few other values.
    """
    # A round answer among crooked numbers would stand out: slips keep its trailing zeros, but for
    # two digits.
    digits = str(abs(number.units))
    zeros = len(digits) - len(digits.rstrip("0")) if number.units else number.decimals
    coarse = 10 ** max(min(zeros, number.decimals), min(zeros, len(digits) - 2), 0)
    right = number.units // coarse
    scale = 10**number.decimals
    reach = max(10 * abs(right), 20)
    least = -(-low * scale // coarse) if low is not None else (-reach if right < 0 else 0)
    most = high * scale // coarse if high is not None else reach
    if not least <= right <= most:
        raise Reject(
            "gold_not_an_option", f"the answer {number.write(number.units)} is out of range"
        )
    if most - least < count:
        raise Reject("no_options", f"only {most - least} other values from {least} to {most}")
    below = rng.randint(0, count)
    below = max(min(below, right - least), count - (most - right))
    drawn = _draw(right, below, count - below, least, most, rng)
    return [number.write(value * coarse) for value in drawn]


def _draw(
    right: int, below: int, above: int, least: int, most: int, rng: random.Random
) -> list[int]:
    values = [right]
    free = {True: below, False: above}

    def take(value: int) -> bool:
        side = value < right
        if value in values or not least <= value <= most or not free[side]:
            return False
        free[side] -= 1
        values.append(value)
        return True

    for parent in _tree(below + above + 1, rng):
        if not any(take(_slip(values[parent], rng)) for _ in range(_TRIES)):
            # Slips of this one lead nowhere new on a free side: the nearest free value does.
            step = -1 if free[True] else 1
            value = right + step
            while not take(value):
                value += step
    return values[1:]


def _tree(size: int, rng: random.Random) -> list[int]:
    """Return whose slip each further value is, so that the first one is any node of a random tree.

    A tree grown from the right answer would give it more slips than any other value has.
    """
    edges = [(rng.randrange(node), node) for node in range(1, size)]
    order = [rng.randrange(size)]
    parents = []
    while edges:
        edge = next(edge for edge in edges if (edge[0] in order) != (edge[1] in order))
        edges.remove(edge)
        known, new = edge if edge[0] in order else edge[::-1]
        parents.append(order.index(known))
        order.append(new)
    return parents


def _slip(value: int, rng: random.Random) -> int:
    size = abs(value)
    digits = list(str(size))
    sign = -1 if value < 0 else 1
    kind = rng.randrange(6)
    if kind <= 1:
        return value + rng.choice((-1, 1)) * rng.randint(1, max(3, size // 8))
    if kind == 2:
        return value + rng.choice((-100, -10, -2, -1, 1, 2, 10, 100))
    if kind == 3:
        digits[rng.randrange(len(digits))] = str(rng.randrange(10))
        return sign * int("".join(digits))
    if kind == 4 and len(digits) > 1:
        place = rng.randrange(len(digits) - 1)
        digits[place], digits[place + 1] = digits[place + 1], digits[place]
        return sign * int("".join(digits))
    return rng.choice((2 * value, value // 2, -value, sign * (size + size // 2)))
