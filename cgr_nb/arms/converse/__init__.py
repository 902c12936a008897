"""Arms that answer in a conversation.

code_act.py      text and code, run, observe, go on
turns.py         of code_act: one reply, code to be run or the answer; what is seen of a cell
shots.py         of code_act: conversations about support items, shown before one's own
diagram.py       the solver proposes, criticises and summarises in turn
steer.py         by text or by code, as a model chooses
ways.py          the two ways themselves
code_measure.py  how much a program computes
"""

from __future__ import annotations

__all__: list[str] = []
