"""Study -> one file that a stranger can check, and back: export and verify; and the study in the
forms that other tools read.

A package holds everything that the numbers of a study rest on, and no model. `verify_package`
recomputes ids, rows, answers of arms, audits and numbers from the recorded replies and runs every
program again.
"""

from cgr_nb.package.archive import PackageError
from cgr_nb.package.export import export_package
from cgr_nb.package.inspect_log import export_inspect
from cgr_nb.package.lm_eval_samples import export_lm_eval
from cgr_nb.package.manifest import SCHEMA_VERSION
from cgr_nb.package.verification import Problem, Verification
from cgr_nb.package.verify import verify_package

__all__ = [
    "SCHEMA_VERSION",
    "PackageError",
    "Problem",
    "Verification",
    "export_inspect",
    "export_lm_eval",
    "export_package",
    "verify_package",
]
