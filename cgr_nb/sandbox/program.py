"""Runs the source of one scaffold and tells how it ended. Lives in the program's own, confined
process.

Nothing here needs to withstand the program: it can reach all of it. What must hold is held by the
host and the kernel.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from cgr_nb.sandbox.protocol import MOST_TEXT_CHARS, MOST_VALUE_CHARS
from cgr_nb.sandbox.saferepr import error_text, safe_repr
from cgr_nb.sandbox.tracer import PROGRAM_FILE

__all__ = ["Ended", "line_of", "raised", "returned", "run"]

MODULE_NAME = "scaffold"
_traceback_of: Callable[[object], types.TracebackType | None] = vars(BaseException)[
    "__traceback__"
].__get__

Ended = dict[str, Any]
"""Fields of the `end` frame."""


def run(
    source: str,
    item: dict[str, Any],
    ask: Callable[..., str],
    helpers: dict[str, Any],
    loaded: Callable[[object, object], None],
) -> Ended:
    """Compile, run the module, call `solve`.

    Args:
        source: The program.
        item: What `solve` gets as its item.
        ask: What `solve` gets to call the solver.
        helpers: Names that the module finds defined.
        loaded: Told GENERATOR_ANSWER and DIFFICULTY once the module has run, to its end or not.

    Returns:
        How it ended.
    """
    try:
        code = compile(source, PROGRAM_FILE, "exec", dont_inherit=True)
    except SyntaxError as error:
        return {"kind": "syntax", "text": str(error.msg)[:300], "line": error.lineno}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"kind": "syntax", "text": error_text(error), "line": None}
    module = types.ModuleType(MODULE_NAME)
    sys.modules[MODULE_NAME] = module  # dataclasses looks its module up there
    names = module.__dict__
    names.update(helpers)
    try:
        try:
            exec(code, names)
        finally:
            loaded(_told(names.get("GENERATOR_ANSWER")), _told(names.get("DIFFICULTY")))
        solve: Any = names.get("solve")
        complaint = _complaint(solve)
        if complaint:
            return {"kind": "interface", "text": complaint[:MOST_TEXT_CHARS], "line": None}
        return returned(solve(item, ask))
    except BaseException as error:
        sys.settrace(None)
        return raised(error)


def line_of(frame: types.FrameType | None) -> types.FrameType | None:
    """The innermost frame of the program, from a frame outwards."""
    while frame is not None and frame.f_code.co_filename != PROGRAM_FILE:
        frame = frame.f_back
    return frame


def _as_text(value: object) -> str | None:
    """A plain copy of a text; `isinstance` would ask the object, and could be lied to."""
    return str.__str__(value) if issubclass(type(value), str) else None


def _told(value: object) -> str | None:
    return text[:MOST_VALUE_CHARS] if (text := _as_text(value)) is not None else None


def _complaint(solve: object) -> str:
    """Why this is not a `solve(item, ask)`; empty when it is."""
    if solve is None:
        return "the program defines no solve(item, ask)"
    if type(solve) is types.FunctionType and _is_plain(solve.__code__):
        return ""
    if issubclass(type(solve), type) or not callable(solve):
        return f"solve is not a function but {safe_repr(solve)}"
    if inspect.iscoroutinefunction(solve) or inspect.isasyncgenfunction(solve):
        return "solve is async"
    if inspect.isgeneratorfunction(solve):
        return "solve is a generator"
    try:
        signature = inspect.signature(solve)
    except (TypeError, ValueError):
        return ""  # a callable that tells no signature: calling it will show
    try:
        signature.bind(None, None)
    except TypeError:
        return f"solve{signature} can't be called as solve(item, ask)"
    return ""


def _is_plain(code: types.CodeType) -> bool:
    """Whether this is `def solve(item, ask)`: the usual case, seen without the cost of
    `inspect`."""
    odd = inspect.CO_VARARGS | inspect.CO_GENERATOR | inspect.CO_COROUTINE
    odd |= inspect.CO_ASYNC_GENERATOR
    return code.co_argcount == 2 and not code.co_kwonlyargcount and not code.co_flags & odd


def returned(value: object) -> Ended:
    """The end of a program that gave a value."""
    if value is None:
        return {"kind": "returned", "value": None, "shown": None}
    text = _as_text(value)
    if text is not None and len(text) > MOST_VALUE_CHARS:
        text = None
    return {"kind": "returned", "value": text, "shown": safe_repr(value)}


def raised(error: BaseException) -> Ended:
    """The end of a program that an exception ended."""
    line = None
    step = _traceback_of(error)
    while step is not None:
        if step.tb_frame.f_code.co_filename == PROGRAM_FILE:
            line = step.tb_lineno
        step = step.tb_next
    kind = type(error)
    if issubclass(kind, MemoryError):
        return {"kind": "memory", "line": line}
    text = error_text(error) or "an exception without a name"
    return {
        "kind": "exit" if issubclass(kind, SystemExit) else "exception",
        "text": text,
        "line": line,
    }
