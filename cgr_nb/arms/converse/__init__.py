"""Arms that answer in a conversation.

diagram.py       the solver proposes, criticises and summarises in turn
steer.py         by text or by code, as a model chooses
ways.py          the two ways themselves
code_measure.py  how much a program computes
"""

from __future__ import annotations

__all__: list[str] = []
