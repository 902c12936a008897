"""Arms that answer in a conversation.

code_act.py      text and code: run, observe, continue
turns.py         of code_act: one reply, either code to run or the answer; the observation of a cell
shots.py         of code_act: conversations about support items, shown as examples
diagram.py       the solver proposes, criticises and summarises in turn
steer.py         text or code; a model chooses
ways.py          these two methods
code_measure.py  how much a program computes
"""

from __future__ import annotations

__all__: list[str] = []
