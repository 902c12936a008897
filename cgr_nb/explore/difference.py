"""Where two runs part: the first step at which they are not the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cgr_nb.sandbox import Step

__all__ = ["Difference", "first_difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first step at which two runs differ."""

    step: int | None
    """From 0; None when they took the same steps."""
    line: int | None
    """Of the second run at that step."""
    was_line: int | None
    """Of the first."""
    words: str


def first_difference(was: Sequence[Step], now: Sequence[Step]) -> Difference:
    """Compare two runs step by step.

    Args:
        was: Steps of the first run (`Trace.steps`).
        now: Of the second.
    """
    for number, (old, new) in enumerate(zip(was, now, strict=False)):
        words = _words(old, new)
        if words:
            said = f"The runs diverge at step {number + 1}: {words}."
            return Difference(number, new.line, old.line, said)
    length = min(len(was), len(now))
    if len(was) != len(now):
        shorter, longer = ("second", was) if len(now) == length else ("first", now)
        line = longer[length].line
        words = f"The {shorter} run ends after step {length}; the other continues at line {line}."
        return Difference(length, line, line, words)
    return Difference(None, None, None, "Both runs took the same steps.")


def _words(old: Step, new: Step) -> str:
    """How one step differs; empty when it does not."""
    if (old.event, old.line) != (new.event, new.line):
        if old.line != new.line:
            return f"line {new.line} instead of line {old.line}"
        return f"at line {new.line}"
    values, others = dict(old.changed), dict(new.changed)
    for name in sorted({*values, *others}):
        if values.get(name) != others.get(name):
            return f"{name} is {_shown(others, name)} instead of {_shown(values, name)}"
    if old.value != new.value:
        return f"{new.value} instead of {old.value}"
    return ""


def _shown(values: Mapping[str, str | None], name: str) -> str:
    return values[name] or "gone" if name in values else "as before"
