"""What a process has used, as Linux tells it; None elsewhere, and for a process that is gone."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cpu_seconds", "peak_mb"]


def peak_mb(pid: int) -> float | None:
    """Most resident memory that the process ever had, in MiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return None
    sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return round(int(sizes[0]) / 1024, 1) if sizes else None


def cpu_seconds(pid: int) -> float | None:
    """Processor time of all its threads."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    # utime and stime, fields 14 and 15 of proc(5).
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
