"""Reads a program without running it: is its answer written into it, does it keep to the contract?

program_audit.py  the verdict and its evidence (`check_program`)
shape.py          departures from the contract's shape
cut.py            was the program cut short?
taint.py          follows values from their sources to the answer
taint_labels.py   what is known of a value: where it can come from
expressions.py    the value of an expression
calls.py          the value of a call
classes.py        classes and decorators of the program
frames.py         which name holds what
places.py         what is in its containers and objects
coarse.py         a second look by names alone, where the walk may lose a reply
"""

from __future__ import annotations

from cgr_nb.audit.static.program_audit import ProgramAudit, check_once, check_program
from cgr_nb.audit.static.shape import Finding

__all__ = ["Finding", "ProgramAudit", "check_once", "check_program"]
