"""Arms in which a model stands in for the interpreter: the generator writes code that Python alone
could not run, and the solver says what it would do.

pseudocode.py     a model's reply -> the function that it holds, as a text
think_execute.py  one pseudocode a dataset, which the solver plays through on each item
"""

from __future__ import annotations

__all__: list[str] = []
