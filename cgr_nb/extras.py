"""Which package belongs to which extra, and what to say where one is missing or broken.

`pip install cgr-nb` brings what reads, sums up and verifies studies and asks endpoints; everything
else comes with an extra. Code that needs such a package imports it inside `with needed(...)`: a
person is told in one line what to install, or why a package that is there can't be imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec

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
        yield
    except _BROKEN as error:
        absent = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
        if not _is_there(module):
            raise _missing(module, where) from error
        if absent in PACKAGES and not _is_there(absent):
            raise _missing(absent, where) from error
        package = PACKAGES[module]
        raise ExtraError(
            f"{package.name} is installed and can't be imported",
            where=where,
            got=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}",
            fix=f"install it anew: pip install --force-reinstall {package.distribution}",
        ) from error


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
