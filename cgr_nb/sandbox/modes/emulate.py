"""A program that is walked: its statements are executed in order, and what raises is asked.

Source: Li et al. 2023, arXiv 2312.04474 (Chain of Code). The program ends with the value of its
variable `answer`, which is read as an option. Lives in the program's own, confined process, under
the limits of any run: what it asks are calls, what it computes is its time.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable
from typing import Any, Final

from cgr_nb.answers import option_of
from cgr_nb.sandbox import program
from cgr_nb.sandbox.modes.emulation import Emulation, Unread
from cgr_nb.sandbox.modes.program_code import ProgramCode
from cgr_nb.sandbox.modes.walked_frame import WalkedFrame
from cgr_nb.sandbox.modes.walker import TraceEvent, Walker
from cgr_nb.sandbox.saferepr import error_text, safe_repr
from cgr_nb.sandbox.tracer import PROGRAM_FILE, Tracer

__all__ = ["ANSWER", "run"]

ANSWER: Final = "answer"
"""The variable that holds what the program came to."""

_SETS: Final = (list, tuple, set, frozenset)


def run(
    source: str,
    item: dict[str, Any],
    asking: Callable[[Callable[[], types.FrameType]], Callable[..., str]],
    helpers: dict[str, Any],
    loaded: Callable[[object, object], None],
    tracer: Tracer,
    fill: bool,
) -> program.Ended:
    """Walk a program to its end.

    Args:
        source: The program.
        item: What it finds as `item`.
        asking: Makes the `ask` that its questions go through, of where it is.
        helpers: Names that it finds defined.
        loaded: Told that it begins.
        tracer: Follows it line by line, where it was started.
        fill: Whether a missing name is asked for its value.

    Returns:
        How it ended.
    """
    try:
        tree: ast.Module = ast.parse(source, PROGRAM_FILE)
        compile(tree, PROGRAM_FILE, "exec", dont_inherit=True)  # `return`, `break` out of place
    except SyntaxError as error:
        return {"kind": "syntax", "text": str(error.msg)[:300], "line": error.lineno}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"kind": "syntax", "text": error_text(error), "line": None}
    module = types.ModuleType("__main__")  # all of it is run: no module of anybody's
    sys.modules["__main__"] = module
    names = module.__dict__
    names.update(helpers, item=item)
    frame = WalkedFrame(names)
    ask = asking(frame.as_frame)
    loaded(None, None)
    follow = tracer.walk(frame.as_frame())

    def tell(event: TraceEvent, value: object) -> None:
        if follow is not None:
            follow(frame.as_frame(), event, value)

    emulation = Emulation(source, names, ask, fill)
    walker = Walker(ProgramCode(names), names, emulation, frame, tell)
    try:
        walker.walk(tree)
        tell("return", None)
        ended = _returned(names.get(ANSWER), item["options"])
    except BaseException as error:
        sys.settrace(None)
        tell("exception", (type(error), error, None))
        tell("return", None)
        ended = _raised(error)
        ended["line"] = ended["line"] or frame.f_lineno
    return {**ended, "walked": [emulation.emulated, walker.lines]}


def _raised(error: BaseException) -> program.Ended:
    if type(error) is Unread:
        return {"kind": "exception", "text": str(error), "line": None}
    return program.raised(error)


def _returned(value: Any, options: dict[str, str]) -> program.Ended:  # noqa: ANN401 - any value
    """The end of a program whose answer is a value: the letter that it stands for, if any."""
    kind = type(value)
    parts = list(value) if kind in _SETS else [value]
    letters = [option_of(part, options) for part in parts[: len(options) + 1] if _is_atom(part)]
    if letters and len(letters) == len(parts) and None not in letters:
        found = "".join(dict.fromkeys(filter(None, letters)))
        return {"kind": "returned", "value": found, "shown": safe_repr(value)}
    return program.returned(value)


def _is_atom(value: object) -> bool:
    """Whether a value can be looked at without calling a method of its own."""
    return type(value) in (str, bool, int, float)
