"""From the value that a program worked out to the option that states it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from cgr_nb.answers.labels import Choices
from cgr_nb.answers.numbers import read_number

__all__ = ["option_of"]

_RELATIVE = 1e-6
_MOST_CHARS = 2_000


def option_of(value: object, options: Mapping[str, str]) -> str | None:
    """The letter of the option that a value stands for.

    In this order: the value is a letter of the options; it is, as text, the words of exactly one
    option (typography, case and outer punctuation aside); it is, or states, the number that exactly
    one option states (relative difference at most 1e-6).

    Args:
        value: Whatever a program returned or printed; no text of more than 2,000 characters.
        options: Letter -> option text.

    Returns:
        The letter; None where no option, or more than one, is meant.
    """
    if isinstance(value, bool):
        # A truth value counts where an option says so, and never as 0 or 1.
        named = _named(str(value), options)
        return named[0] if len(named) == 1 else None
    try:
        text = str(value) if isinstance(value, str | int | float | Fraction) else ""
    except ValueError:  # more digits than Python writes out
        return None
    if not text or len(text) > _MOST_CHARS:
        return None
    if text.strip().upper() in options:
        return text.strip().upper()
    named = _named(text, options)
    if named:
        return named[0] if len(named) == 1 else None
    number = _number(value, text)
    if number is None:
        return None
    close = [
        letter
        for letter, words in options.items()
        if (stated := read_number(words)) is not None
        and math.isclose(stated, number, rel_tol=_RELATIVE, abs_tol=0.0 if number else 1e-12)
    ]
    return close[0] if len(close) == 1 else None


def _named(text: str, options: Mapping[str, str]) -> tuple[str, ...]:
    choices = Choices.of(options)
    return choices.written(choices.named(text))


def _number(value: object, text: str) -> float | None:
    if isinstance(value, int | float | Fraction):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return read_number(text)
