"""The few system calls that Python has no name for, through the C library."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from typing import Final

__all__ = ["ARCH", "LINUX", "call", "syscall"]

LINUX: Final = sys.platform == "linux"
ARCH: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(
    platform.machine().lower()
)
"""Processor family with a known system call table; None on others."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def call(name: str, *args: object) -> int:
    """Call a C library function that returns -1 on failure. Integers are passed as C longs.

    Raises:
        OSError: It failed.
    """
    longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    result = int(getattr(_libc, name)(*longs))
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def syscall(number: int, *args: object) -> int:
    """Make a raw system call; see `call`."""
    return call("syscall", number, *args)
