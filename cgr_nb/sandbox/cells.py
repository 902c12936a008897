"""The program's side of a session: cell after cell in one namespace, in one confined process.

As in an interactive interpreter, the value of an expression that ends a cell is printed, and what
a cell raises ends that cell alone. Variables, functions, imports and threads stay; output streams,
recursion limit and trace begin anew. Nothing here needs to withstand the program: cells that break
it end their session.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from cgr_nb.sandbox import program, protocol
from cgr_nb.sandbox.helpers import Wire
from cgr_nb.sandbox.saferepr import error_text
from cgr_nb.sandbox.session import Stage, numbered
from cgr_nb.sandbox.tracer import PROGRAM_FILE

__all__ = ["perform_cells"]

_NAME: Final = "__main__"
_RECURSION: Final = 1_000


def perform_cells(wire: Wire, order: dict[str, Any], leave: Callable[[], object]) -> None:
    """Run the cells that the host sends, until it sends no more.

    Args:
        wire: The program's end of the call channel.
        order: The host's `run` message.
        leave: Ends the process; called where there can be no next cell.
    """
    stage = Stage(wire, order, leave)
    module = types.ModuleType(_NAME)
    sys.modules[_NAME] = module  # dataclasses looks its module up there
    names = module.__dict__
    names.update(stage.helpers, item=stage.item, ask=stage.asking())
    while True:
        cell = wire.receive()
        sys.stdout = sys.stderr = stage.output
        sys.displayhook = sys.__displayhook__
        sys.setrecursionlimit(_RECURSION)
        begin = partial(stage.tracer.start_cell, cell["asks"]) if order["trace"] else None
        ended = _run(cell["source"], cell["lines"], names, begin)
        sys.setrecursionlimit(_RECURSION)
        stage.tracer.stop()
        if ended["kind"] == "memory":
            stage.release_reserve()
            stage.end(ended)
        wire.send(protocol.encode({"type": "cell", "index": cell["index"], **numbered(ended)}))


def _run(
    source: str, lines: int, names: dict[str, Any], begin: Callable[[], None] | None
) -> program.Ended:
    """Run one cell.

    Args:
        source: What it says.
        lines: Those of the cells before it, so that its own have the numbers that they have in the
            text of the whole session.
        names: The namespace.
        begin: Begins to trace, if it is to be.
    """
    try:
        tree = compile("\n" * lines + source, PROGRAM_FILE, "exec", ast.PyCF_ONLY_AST, True)
        assert isinstance(tree, ast.Module)
        shown = [tree.body.pop()] if tree.body and isinstance(tree.body[-1], ast.Expr) else []
        parts = [compile(tree, PROGRAM_FILE, "exec", dont_inherit=True)]
        if shown:
            shows = ast.Interactive(shown)
            parts.append(compile(shows, PROGRAM_FILE, "single", dont_inherit=True))
    except SyntaxError as error:
        return {"kind": "syntax", "text": str(error.msg)[:300], "line": error.lineno}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"kind": "syntax", "text": error_text(error), "line": None}
    try:
        if begin is not None:
            begin()
        for part in parts:
            exec(part, names)
    except BaseException as error:
        sys.settrace(None)
        ended = program.raised(error)
        return ended if ended["kind"] != "exit" else {**ended, "kind": "exception"}
    return {"kind": "finished", "line": None}
