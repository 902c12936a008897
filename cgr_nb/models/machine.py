"""What this machine offers a model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

__all__ = ["build_info", "physical_cores"]


def physical_cores() -> int:
    """Physical cores this process may use, a container's CPU quota respected; at least 1.

    Two threads on one core slow a matrix product down, so logical CPUs are not counted twice.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not on macOS and Windows
        return max(1, (os.cpu_count() or 2) // 2)
    cores = {_siblings(cpu) for cpu in allowed}
    return max(1, min(len(cores), _quota() or len(cores)))


def build_info() -> dict[str, Any]:
    """The llama.cpp build for `doctor`: version, GPU offload, CPU features, physical cores.

    Raises:
        ImportError: llama-cpp-python is not installed.
    """
    from cgr_nb.models import native

    return {**native.build_info(), "physical_cores": physical_cores()}


def _siblings(cpu: int) -> str:
    topology = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return topology.read_text(encoding="ascii")
    except OSError:
        return str(cpu)


def _quota() -> int | None:
    """Whole CPUs of the cgroup's quota; None without one."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else int(quota) // int(period)
