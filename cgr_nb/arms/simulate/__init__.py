"""Arms in which a model replaces the interpreter: the generator writes code that Python alone could
not run, and the solver states what it would do.

accepted.py       which programs are executed step by step
simulator.py      the solver in place of the interpreter
literals.py       a model's reply -> the dictionary or value that it states
pseudocode.py     a model's reply -> the function that it contains, as text
emulation.py      a program and a call -> the result stated by the solver, and its letters
chain_of_code.py  Python executes what it can, and the solver simulates the rest
think_execute.py  one pseudocode per dataset, simulated by the solver for each item
cogex.py          a program and a call per item, emulated as a whole
cotacs.py         one program per dataset, the best of those written for held-out items
code_plan.py      a plan in the form of code, then the answer
"""

from __future__ import annotations

__all__: list[str] = []
