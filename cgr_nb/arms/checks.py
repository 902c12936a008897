"""What a program says that checks an answer: True, False, or that it can't tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from cgr_nb.records import Execution

__all__ = ["CheckState", "state_of"]

CheckState: TypeAlias = Literal["True", "Uncertain", "False"]

_WORDS: Mapping[str, CheckState] = {"true": "True", "false": "False"}
_ENDED = ("ok", "no_answer", "invalid_answer", "interface_error")
"""Of a check that came to its end: what `solve` returns is nothing, and a script without it has run
whole."""


def state_of(check: Execution | None) -> CheckState:
    """The last line that a check printed, where it came to its end; None: there is no check."""
    if check is None or check.status not in _ENDED:
        return "Uncertain"
    lines = check.output.strip().splitlines()
    word = lines[-1].strip().rstrip(".!").lower() if lines else ""
    return _WORDS.get(word, "Uncertain")
