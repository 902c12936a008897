"""Study -> one file that a stranger can check, and back: export and verify.

A package holds everything that the numbers of a study rest on, and no model. `verify_package`
recomputes ids, rows and numbers from the recorded replies and runs every program again.
"""

from cgr_nb.package.archive import PackageError
from cgr_nb.package.export import export_package
from cgr_nb.package.manifest import SCHEMA_VERSION
from cgr_nb.package.verification import Problem, Verification
from cgr_nb.package.verify import verify_package

__all__ = [
    "SCHEMA_VERSION",
    "PackageError",
    "Problem",
    "Verification",
    "export_package",
    "verify_package",
]
