"""Checks a package against itself, with no model.

`verify_package` recomputes ids, rows, answers of arms, audits and numbers from the recorded replies
and runs every program again.
"""

from cgr_nb.bundle.verification import Problem, Verification
from cgr_nb.verify.check import verify_package

__all__ = ["Problem", "Verification", "verify_package"]
