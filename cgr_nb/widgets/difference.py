"""Where two runs part: the first step at which they are not the same."""

from __future__ import annotations

from typing import Any

__all__ = ["first_difference"]


def first_difference(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Compare two drawn runs step by step.

    Args:
        was: The first run, from `drawn_run`.
        now: The second.

    Returns:
        `step` (None when the traces are the same), `line` in the second run, `was_line` in the
        first, and `words`.
    """
    before, after = was["steps"], now["steps"]
    length = min(len(before["line"]), len(after["line"]))
    for step in range(length):
        words = _words(before, after, step)
        if words:
            return {
                "step": step,
                "line": after["line"][step],
                "was_line": before["line"][step],
                "words": f"The runs part at step {step + 1}: {words}.",
            }
    if len(before["line"]) != len(after["line"]):
        shorter = "second" if len(after["line"]) == length else "first"
        line = (before if shorter == "second" else after)["line"][length]
        words = f"The {shorter} run ends after step {length}; the other goes on at line {line}."
        return {"step": length, "line": line, "was_line": line, "words": words}
    return {"step": None, "line": None, "was_line": None, "words": "Both runs took the same steps."}


def _words(before: dict[str, Any], after: dict[str, Any], step: int) -> str:
    """How one step differs; empty when it does not."""
    old, new = before["line"][step], after["line"][step]
    if (before["event"][step], old) != (after["event"][step], new):
        return f"line {new} instead of line {old}" if old != new else f"at line {new}"
    values, others = before["changed"][step], after["changed"][step]
    for name in sorted({*values, *others}):
        if values.get(name) != others.get(name):
            return f"{name} is {_shown(others, name)} instead of {_shown(values, name)}"
    if before["value"][step] != after["value"][step]:
        return f"{after['value'][step]} instead of {before['value'][step]}"
    return ""


def _shown(values: dict[str, str | None], name: str) -> str:
    return values[name] or "gone" if name in values else "as before"
