"""What a walked program asks, as one text: its variables, the line, what went wrong there, and in
the last line what is due.

    state: {'x': 'apple', 'count': 0}
    not shown: shop (function)
    line: fruit = is_fruit(x)
    error: NameError
    changed:

Whoever answers gives a literal of Python, and nothing else: after "changed:" a dictionary of the
variables that the line changes, after "missing:" one of the names it tells, after "values:" the
list that a `for` goes through. The value of a condition is one of the choices True and False.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

from cgr_nb.sandbox.saferepr import type_name
from cgr_nb.util.plain_values import is_name, written

__all__ = ["TRUTH", "Due", "due_of", "names_of", "question"]

Due: TypeAlias = Literal["changed", "missing", "values", "true or false"]
_DUE: Final[tuple[Due, ...]] = get_args(Due)
TRUTH: Final = ("True", "False")
"""The choices for the value of a condition."""

_MOST_VALUE_CHARS: Final = 2_000
_MOST_STATE_CHARS: Final = 6_000
_MOST_UNSHOWN: Final = 20
_MOST_LINE_CHARS: Final = 2_000


def question(
    state: Mapping[str, object], line: str, error: str, due: Due, names: tuple[str, ...] = ()
) -> str:
    """One question.

    Args:
        state: Variables; those that are not plain, or too large, are named but not shown.
        line: The program's text.
        error: Name of the exception, and what else is to be said of it.
        due: What is asked for.
        names: What is missing, where names are asked for.
    """
    shown, unshown = _state(state)
    lines = [f"state: {shown}"]
    if unshown:
        lines.append(f"not shown: {', '.join(unshown)}")
    if len(line) > _MOST_LINE_CHARS:
        line = line[:_MOST_LINE_CHARS] + " ..."
    lines += [f"line: {line}", f"error: {error}", f"{due}: {', '.join(names)}".rstrip()]
    return "\n".join(lines)


def due_of(text: str) -> Due | None:
    """What a question asks for; None where the text is no question of a walked program."""
    last = text.rsplit("\n", 1)[-1]
    return next((due for due in _DUE if last.startswith(f"{due}:")), None)


def names_of(text: str) -> tuple[str, ...]:
    """The missing names that a question asks for."""
    _, _, names = text.rsplit("\n", 1)[-1].partition(":")
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _state(state: Mapping[str, object]) -> tuple[str, list[str]]:
    """The plain variables as one text, and the others by name and type."""
    shown: list[str] = []
    unshown: list[str] = []
    room = _MOST_STATE_CHARS
    for name, value in list(state.items()):
        if type(name) is not str or not is_name(name):
            continue
        text = written(value, min(_MOST_VALUE_CHARS, room))
        if text is None:
            unshown.append(f"{name} ({type_name(value)})")
            continue
        shown.append(f"{name!r}: {text}")
        room = max(0, room - len(shown[-1]))
    if len(unshown) > _MOST_UNSHOWN:
        unshown[_MOST_UNSHOWN:] = [f"and {len(unshown) - _MOST_UNSHOWN} more"]
    return "{" + ", ".join(shown) + "}", unshown
