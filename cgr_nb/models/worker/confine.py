"""What a worker process gives up before it reads an untrusted file.

Always: core dumps, and its place in the queue when memory runs out (it goes before the notebook
that started it). Where nothing needs a device: new privileges, the network, and reading anything
but its weights, Python's own library and what the system tells of itself. Each as far as the
kernel can; none of it is needed for a right answer, so nothing here is an error.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cgr_nb.confinement import forbid_network, forbid_new_privileges, restrict

__all__ = ["confine", "die_first"]

_SYSTEM = (
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices",
    "/sys/fs/cgroup",
)


def die_first() -> None:
    """Be the one that goes when memory runs out, and leave no core dump behind."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(b"1000")
    if sys.platform != "win32":
        import resource

        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def confine(weights: Sequence[str], libraries: Sequence[str]) -> None:
    """Give up what computing on a processor does not need. Before any other thread is started.

    Args:
        weights: Files that are to be read.
        libraries: Folders of shared libraries that may be loaded later.
    """
    with suppress(OSError):
        forbid_new_privileges()
        forbid_network()
        restrict((*weights, *libraries, *_own_library(), *_SYSTEM))


def _own_library() -> set[str]:
    """Folders that modules come from which are imported late: Python's, and those of the packages
    that are loaded, wherever links lead."""
    paths = sysconfig.get_paths()
    found = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and "." not in name and hasattr(module, "__path__"):
            found.add(os.path.dirname(os.path.realpath(file)))
    return found
