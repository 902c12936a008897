"""What this machine offers a model."""

from __future__ import annotations

from functools import cache
from typing import Any

from cgr_nb.extras import ExtraError
from cgr_nb.machine import machine_memory, physical_cores
from cgr_nb.models.llama_build import library_folder, offloads

__all__ = ["build_info", "machine_notes", "model_memory"]

_SHARE = 0.5
"""Share of the machine's memory that models may take."""
_GPU_SHARE = 0.8
"""The same of the memory of its GPUs, which are there for little else."""


@cache
def build_info() -> dict[str, Any]:
    """The llama.cpp build as a worker process finds it: version, compiler, GPU offload, devices,
    CPU features; with the physical cores of this machine. Found out once in a process.

    Raises:
        ExtraError: llama-cpp-python is not installed.
        ModelError: The process that loads it dies.
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
    except ExtraError:  # no llama.cpp here, so nothing of it can be off
        return ()
    return () if crash is None else (crash.line,)


def model_memory() -> int:
    """Bytes that all loaded models may take together: four fifths of what the GPUs have, where this
    build of llama.cpp can use one, else half of the memory that this process can have.

    Raises:
        ExtraError: llama-cpp-python is not installed.
    """
    if offloads():
        gpus = [gpu for gpu in build_info()["devices"] if not gpu["shares_memory"]]
        if gpus:
            return int(_GPU_SHARE * sum(gpu["memory_bytes"] for gpu in gpus))
    return int(_SHARE * machine_memory())
