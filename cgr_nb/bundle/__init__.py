"""A study -> a self-contained, verifiable archive: everything that its numbers rest on, no model.

The tables, how they are coded, what belongs to them and the archive around them; `export_package`
writes it. What checks such a file is in `cgr_nb.verify`.
"""

from cgr_nb.bundle.archive import PackageError
from cgr_nb.bundle.export import export_package
from cgr_nb.bundle.manifest import SCHEMA_VERSION

__all__ = ["SCHEMA_VERSION", "PackageError", "export_package"]
