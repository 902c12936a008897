"""Processes of the sandboxes that this process has."""

from __future__ import annotations

import contextlib

import psutil

__all__ = ["sandbox_processes"]


def sandbox_processes() -> list[psutil.Process]:
    """Workers and their programs. Those of a JupyterLab of this run, whose kernels keep workers of
    their own, are not among them, nor a browser's processes."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "sandbox" in child.name():
                found += [child, *child.children(recursive=True)]
    return found
