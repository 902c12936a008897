"""A grammar of another package that is built when it is first used, not when it is imported.

`rfc3987_syntax` builds three parsers as it is imported: more than a second of one core. jsonschema
imports it wherever it is installed, as it is beside JupyterLab, to be able to check
internationalised addresses (formats `iri` and `iri-reference`), and altair, nbformat and papermill
import jsonschema: each report, each notebook and each command that draws would begin with that
second, for a check that none of them asks for. `defer` leaves the check as it is and has its
parsers built at its first call.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.abc import Loader

__all__ = ["PACKAGE", "defer"]

PACKAGE = "rfc3987_syntax"
"""Whose import is put off."""

_HELPERS = f"{PACKAGE}.syntax_helpers"
"""Its module that builds the parsers, and holds all that the package gives."""


class _Deferred:
    """Makes a package that loads its helpers where one of their names is asked for.

    A loader by its methods: the class of that name comes with half of the library's file handling,
    and every process of this package would pay for it.
    """

    def create_module(self, spec: ModuleSpec) -> None:
        """As usual."""

    def exec_module(self, module: ModuleType) -> None:
        def is_valid_syntax(term: str, value: str) -> bool:
            return bool(importlib.import_module(_HELPERS).is_valid_syntax(term, value))

        def __getattr__(name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            return getattr(importlib.import_module(_HELPERS), name)

        # jsonschema takes this name at once, and calls it where an address is checked.
        vars(module).update(is_valid_syntax=is_valid_syntax, __getattr__=__getattr__)


class _Finder:
    """Finds that one package, where it is installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        real = PathFinder.find_spec(fullname, path) if fullname == PACKAGE else None
        if real is None:
            return None
        spec = ModuleSpec(
            fullname, cast("Loader", _Deferred()), origin=real.origin, is_package=True
        )
        spec.submodule_search_locations = real.submodule_search_locations
        return spec


def defer() -> None:
    """Have the package's parsers built at their first use, from now on in this process."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
