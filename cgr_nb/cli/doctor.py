"""`cgr-nb doctor`: what this machine has, in words."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from cgr_nb.cli.output import print_json, print_table

__all__ = ["command", "examine"]

PACKAGES = ("jupyterlab", "ipywidgets", "anywidget", "pandas", "altair", "nbformat", "papermill")


def examine() -> dict[str, Any]:
    """Look at interpreter, packages, memory, llama.cpp and the sandbox."""
    from cgr_nb.models import build_info
    from cgr_nb.sandbox import probe

    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "missing"
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cpus": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gb": _memory_gb(),
        "packages": packages,
        "llama_cpp": build_info(),
        "isolation": probe().to_dict(),
    }


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Tell what this machine has: llama.cpp build, GPU offload, memory, isolation level."""
    found = examine()
    if as_json:
        print_json(found)
        return
    print_table(("what", "found"), list(_flat(found)))


def _flat(found: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name} ")
        elif isinstance(value, (list, tuple)):
            lines.append((prefix + name, "; ".join(map(str, value)) or "none"))
        else:
            lines.append((prefix + name, str(value)))
    return lines
