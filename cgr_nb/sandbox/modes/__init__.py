"""How a program is run: all its modes are carried out in its own confined process.

solve           the module runs, then `solve(item, ask)`; see `cgr_nb.sandbox.program`
emulate         statement by statement; what can't be executed is asked
emulate_names   the same; a missing name is asked for its value first

emulate.py       from the program to how it ended
walker.py        its statements in order
program_code.py  one of them, executed
emulation.py     one of them, asked about
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
