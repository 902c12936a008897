"""Arms in which a model stands in for the interpreter: the generator writes code that Python alone
could not run, and the solver says what it would do.

accepted.py       which programs are walked
simulator.py      the solver in the interpreter's place
literals.py       a model's reply -> the dictionary or the value that it gives
chain_of_code.py  the interpreter walks, and the solver does what can't be executed
"""

from __future__ import annotations

__all__: list[str] = []
