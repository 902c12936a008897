"""What of this machine this process can have: cores and memory, control groups respected; and what
its processor is and computes with.

In a container the machine's own figures mislead: a quota of half a processor is one thread's worth,
and memory is what the container may take. Both versions of Linux's control groups are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["cpu_features", "cpu_model", "machine_memory", "physical_cores"]

_UNKNOWN: Final = 4 << 30
_NO_LIMIT: Final = 1 << 60
"""Version 1 of control groups says "no limit" by a number of this size."""
_ROOT: Final = Path("/")
_VECTORS: Final = (
    *("sse4", "avx", "fma", "f16c", "amx", "vnni"),  # x86
    *("asimd", "sve", "sme", "fphp", "i8mm", "bf16"),  # Arm
)
"""What names of features begin with that sums of floating-point numbers are computed by."""
_OTHERS: Final = frozenset(("smep",))
"""Names that begin so and are none."""


def physical_cores(root: Path = _ROOT) -> int:
    """Physical cores that this process may use, a container's CPU quota respected; at least 1.

    Two threads on one core slow a matrix product down, so logical CPUs are not counted twice.

    Args:
        root: Where `proc` and `sys` are.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not on macOS and Windows
        return max(1, (os.cpu_count() or 2) // 2)
    cores = {_siblings(root, cpu) for cpu in allowed}
    return max(1, min([len(cores), *(int(quota) for quota in _quotas(root))]))


def machine_memory(root: Path = _ROOT) -> int:
    """Bytes of memory that this process can have: the machine's, or less where a container or
    another control group limits it.

    Args:
        root: Where `proc` and `sys` are.
    """
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return _UNKNOWN
    return min([pages * size, *_memory_limits(root)])


def cpu_model(root: Path = _ROOT) -> str | None:
    """What the processor is called; None where the system does not tell.

    Args:
        root: Where `proc` is.
    """
    return _cpu_line(root, "model name") or None


def cpu_features(root: Path = _ROOT) -> tuple[str, ...]:
    """Features of the processor that floating-point sums are computed with, by name; none where the
    system does not tell.

    Args:
        root: Where `proc` is.
    """
    names = (_cpu_line(root, "flags") or _cpu_line(root, "Features")).split()
    return tuple(sorted(name for name in {*names} - _OTHERS if name.startswith(_VECTORS)))


def _cpu_line(root: Path, key: str) -> str:
    """A line of what Linux tells of the first processor; empty where there is none."""
    for line in _text(root / "proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def _siblings(root: Path, cpu: int) -> str:
    """What names the core of a logical CPU: the list of those that share it."""
    place = f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"
    return _text(root / place) or str(cpu)


def _quotas(root: Path) -> Iterator[float]:
    """CPUs' worth of time that the control groups of this process allow, of either version."""
    for folder, newer in _group_folders(root, "cpu"):
        if newer:
            quota, _, period = _text(folder / "cpu.max").strip().partition(" ")
        else:
            quota = _text(folder / "cpu.cfs_quota_us").strip()  # -1: none
            period = _text(folder / "cpu.cfs_period_us").strip()
        if (whole := _number(quota)) and (part := _number(period)):
            yield whole / part


def _memory_limits(root: Path) -> Iterator[int]:
    """Memory limits of the control groups that this process is in, of either version."""
    for folder, newer in _group_folders(root, "memory"):
        text = _text(folder / ("memory.max" if newer else "memory.limit_in_bytes"))
        limit = _number(text.strip())
        if limit and limit < _NO_LIMIT:
            yield limit


def _group_folders(root: Path, controller: str) -> Iterator[tuple[Path, bool]]:
    """Folders with the limits of one controller, and whether they are of version 2."""
    groups: dict[bool, str] = {}  # is it version 2 -> path of the group
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" or controller in controllers.split(","):
            groups[number == "0"] = path
    for line in _text(root / "proc/self/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        fields, (kind, _, options) = left.split(), (right.split() + [""] * 3)[:3]
        newer = kind == "cgroup2"
        older = kind == "cgroup" and controller in options.split(",")
        if len(fields) < 5 or not (newer or older) or newer not in groups:
            continue
        # In a container the group's path may start above what is mounted there.
        inside = os.path.relpath(groups[newer], fields[3])
        mount = root / fields[4].lstrip("/")
        folder = mount if inside.startswith("..") else mount / inside
        while True:  # a group is within those above it
            yield folder, newer
            if folder == mount:
                break
            folder = folder.parent


def _number(text: str) -> int | None:
    """A count as the kernel writes it; None for "max", "-1" and what is none."""
    good = text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if good else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
