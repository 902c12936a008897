"""How a program is run: all its modes are carried out in its own confined process.

solve           the module runs, then `solve(item, ask)`; see `cgr_nb.sandbox.program`
emulate         statement by statement; what can't be executed is asked (`emulate`, `walker`)
emulate_names   the same; a missing name is asked for its value first

program_lines.py the text of its statements
questions.py     the words of what a walked program asks
walked_frame.py  a walked program, as the tracer sees it
walked_lines.py  how many of its lines were emulated
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

__all__ = ["RUN_MODES", "RunMode"]

RunMode: TypeAlias = Literal["solve", "emulate", "emulate_names"]
RUN_MODES: Final[tuple[RunMode, ...]] = get_args(RunMode)
