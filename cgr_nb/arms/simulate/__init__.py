"""Arms in which a model stands in for the interpreter: the generator writes code that Python alone
could not run, and the solver says what it would do.

accepted.py       which programs are walked
simulator.py      the solver in the interpreter's place
literals.py       a model's reply -> the dictionary or the value that it gives
pseudocode.py     a model's reply -> the function that it holds, as a text
emulation.py      a program and a call -> what the solver says that it returns, and its letters
chain_of_code.py  the interpreter walks, and the solver does what can't be executed
think_execute.py  one pseudocode a dataset, simulated by the solver on each item
cogex.py          a program and a call an item, emulated whole
cotacs.py         one program a dataset, the best of those written for items set aside
code_plan.py      a plan in the form of code, then the answer
"""

from __future__ import annotations

__all__: list[str] = []
