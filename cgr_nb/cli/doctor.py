"""`cgr-nb doctor`: system information, and whether llama.cpp and the sandbox work."""

from __future__ import annotations

import os
import platform
from typing import Any

import click

from cgr_nb.cli.output import print_json, print_table
from cgr_nb.extras import version_of

__all__ = ["command", "examine"]

PACKAGES = ("jupyterlab", "ipywidgets", "anywidget", "pandas", "altair", "nbformat", "papermill")


def examine() -> dict[str, Any]:
    """Look at interpreter, packages, memory, llama.cpp and the sandbox."""
    packages = {name: version_of(name) or "missing" for name in PACKAGES}
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cpus": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gb": _memory_gb(),
        "packages": packages,
        "llama_cpp": _llama(),
        "isolation": _isolation(),
    }


def _llama() -> dict[str, Any]:
    """The build, and whether it computes right here."""
    from cgr_nb.errors import CgrError
    from cgr_nb.models import build_info
    from cgr_nb.models.proof import prove_engine

    try:
        build = build_info()
    except CgrError as error:
        return {"works": False, "problem": str(error)}
    return {**build, **prove_engine().to_dict()}


def _isolation() -> dict[str, Any]:
    """What stands between programs and this machine, or why none can be run."""
    from cgr_nb.errors import IsolationError
    from cgr_nb.sandbox import probe

    try:
        return probe().to_dict()
    except IsolationError as error:
        return {"level": "none", "problem": str(error)}


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(as_json: bool) -> None:
    """Show system information, and test llama.cpp and the sandbox.

    Covers Python, packages, memory, llama.cpp (whether it runs and computes correctly), GPU offload
    and the isolation level. Exits with 1 if llama.cpp does not work.
    """
    found = examine()
    if as_json:
        print_json(found)
    else:
        print_table(("property", "value"), list(_flat(found)))
    if not found["llama_cpp"]["works"]:
        raise SystemExit(1)


def _flat(found: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for name, value in found.items():
        if value is None:
            continue
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name} ")
        elif isinstance(value, (list, tuple)):
            lines.append((prefix + name, "; ".join(map(str, value)) or "none"))
        else:
            lines.append((prefix + name, str(value)))
    return lines
