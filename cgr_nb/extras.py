"""Which package belongs to which extra, and what to say where one is missing or broken.

`pip install cgr-nb` brings what reads, sums up and verifies studies and asks endpoints; everything
else comes with an extra. Code that needs such a package imports it inside `with needed(...)`: a
person is told in one line what to install, or why a package that is there can't be imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from types import ModuleType

from cgr_nb.errors import CgrError

__all__ = ["PACKAGES", "ExtraError", "Package", "complaint", "needed", "require", "version_of"]


class ExtraError(CgrError):
    """A package that is not part of the core is missing, or is there and can't be imported."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package that an extra brings."""

    extra: str
    """As in `pip install "cgr-nb[EXTRA]"`."""
    distribution: str
    """As package indexes name it."""
    name: str
    """As people name it."""


PACKAGES = {
    "altair": Package("report", "altair", "Altair"),
    "anywidget": Package("lab", "anywidget", "anywidget"),
    "distributed": Package("cluster", "distributed", "Dask"),
    "fsspec": Package("cluster", "fsspec", "fsspec"),
    "huggingface_hub": Package("hub", "huggingface-hub", "huggingface-hub"),
    "ipykernel": Package("notebooks", "ipykernel", "ipykernel"),
    "ipywidgets": Package("lab", "ipywidgets", "ipywidgets"),
    "jupyterlab": Package("lab", "jupyterlab", "JupyterLab"),
    "llama_cpp": Package("llama", "llama-cpp-python", "llama-cpp-python"),
    "nbformat": Package("notebooks", "nbformat", "nbformat"),
    "papermill": Package("notebooks", "papermill", "papermill"),
    "traitlets": Package("lab", "traitlets", "traitlets"),
    "vl_convert": Package("report", "vl-convert-python", "vl-convert"),
}
"""Module -> the package it comes from."""

# What an import of a package that is there can end in: its own words are told, whatever they are.
_BROKEN = (ImportError, OSError, RuntimeError, AttributeError, TypeError, ValueError, SyntaxError)


@contextmanager
def needed(module: str, where: str | None = None) -> Iterator[None]:
    """Import a package of an extra inside this block, and what it brings; nothing else.

    Args:
        module: One of `PACKAGES`.
        where: What needs it, for the message.

    Raises:
        ExtraError: It is missing or broken.
    """
    try:
        with _late_grammars():
            yield
    except _BROKEN as error:
        absent = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
        if not _is_there(module):
            raise _missing(module, where) from error
        if absent in PACKAGES and not _is_there(absent):
            raise _missing(absent, where) from error
        package = PACKAGES[module]
        raise ExtraError(
            f"{package.name} is installed but can't be imported",
            where=where,
            got=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
            fix=f"reinstall it: pip install --force-reinstall {package.distribution}",
        ) from error


_GRAMMARS = "rfc3987_syntax"


@contextmanager
def _late_grammars() -> Iterator[None]:
    """While this lasts, jsonschema can be imported without the grammars of IRIs.

    Altair and nbformat bring jsonschema, and that takes `rfc3987_syntax` where it is installed, as
    JupyterLab has it: on import it compiles some forty grammars, for about a second, though hardly
    anybody has an IRI to check. So it is imported by the first check.
    """
    if {"jsonschema", _GRAMMARS} & sys.modules.keys() or not _is_there(_GRAMMARS):
        yield
        return

    def is_valid_syntax(term: str, value: str) -> bool:
        return bool(import_module(_GRAMMARS).is_valid_syntax(term, value))

    late = ModuleType(_GRAMMARS)
    vars(late)["is_valid_syntax"] = is_valid_syntax
    sys.modules[_GRAMMARS] = late
    try:
        yield
    finally:
        if sys.modules.get(_GRAMMARS) is late:
            del sys.modules[_GRAMMARS]


def require(*modules: str, where: str | None = None) -> None:
    """See that packages of extras are there, without importing them: another process will.

    Raises:
        ExtraError: One is missing.
    """
    for module in modules:
        if not _is_there(module):
            raise _missing(module, where)


def complaint(*modules: str) -> str | None:
    """Why one of these modules can't be used, in one line; None when all can. Imports them."""
    for module in modules:
        try:
            with needed(module):
                import_module(module)
        except ExtraError as error:
            return str(error)
    return None


def version_of(distribution: str) -> str | None:
    """The installed version; None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _missing(module: str, where: str | None) -> ExtraError:
    package = PACKAGES[module]
    return ExtraError(
        f"needs {package.name}, which is not installed",
        where=where,
        fix=f'pip install "cgr-nb[{package.extra}]"',
    )
