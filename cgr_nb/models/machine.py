"""What this machine offers a model."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from cgr_nb.errors import ModelError
from cgr_nb.models.llama_build import library_folder, offloads

__all__ = ["build_info", "machine_notes", "model_memory", "physical_cores"]

_SHARE = 0.5
"""Share of the machine's memory that models may take."""
_GPU_SHARE = 0.8
"""The same of the memory of its GPUs, which are there for little else."""
_UNKNOWN = 4 << 30


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


@cache
def build_info() -> dict[str, Any]:
    """The llama.cpp build as a worker process finds it: version, compiler, GPU offload, devices,
    CPU features; with the physical cores of this machine. Found out once in a process.

    Raises:
        ModelError: llama-cpp-python is not installed, or the process that loads it dies.
    """
    from cgr_nb.models.worker.death import WorkerDied
    from cgr_nb.models.worker.process import WorkerProcess

    library_folder()  # an error of its own where it is not installed
    worker = WorkerProcess()
    try:
        told = worker.ask("about").future.result()
    except WorkerDied as died:
        raise died.death.error("llama.cpp") from None
    finally:
        worker.stop().result()
    return {**dict(told), "physical_cores": physical_cores()}


def machine_notes() -> tuple[str, ...]:
    """What is known to be off on this machine and why, a line each; none where nothing is."""
    from cgr_nb.models.worker.findings import extra_buffers_crash

    try:
        crash = extra_buffers_crash()
    except ModelError:  # no llama.cpp here, so nothing of it can be off
        return ()
    return () if crash is None else (crash.line,)


def model_memory() -> int:
    """Bytes that all loaded models may take together: four fifths of what the GPUs have, where this
    build of llama.cpp can use one, else half of the machine's memory.

    Raises:
        ModelError: llama-cpp-python is not installed.
    """
    if offloads():
        gpus = [gpu for gpu in build_info()["devices"] if not gpu["shares_memory"]]
        if gpus:
            return int(_GPU_SHARE * sum(gpu["memory_bytes"] for gpu in gpus))
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return _UNKNOWN
    return int(_SHARE * pages * size)


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
