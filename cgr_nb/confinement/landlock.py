"""Landlock: after this, only the named files and folders can be read, and nothing can be written.

One ruleset in the worker covers every program it forks. Stat calls are outside Landlock's reach: a
program can still learn whether a path exists (see `namespaces`, which takes the paths themselves
away).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from typing import Final

from cgr_nb.confinement import libc

__all__ = ["abi", "restrict"]

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""ABI -> number of file system rights it knows; 16 from ABI 5 on."""


def abi() -> int:
    """Landlock version of this kernel; 0 where there is none or it is switched off."""
    if not libc.LINUX:
        return 0
    try:
        return libc.syscall(_CREATE, None, 0, 1)
    except OSError:
        return 0


def restrict(readable: Iterable[str]) -> int:
    """Confine this process and all it starts, for good. It must have given up new privileges.

    Args:
        readable: Files and folders that stay readable; those that do not exist are passed over.

    Returns:
        The Landlock version that is in force.

    Raises:
        OSError: The kernel has no Landlock, or forbids it.
    """
    version = libc.syscall(_CREATE, None, 0, 1)
    rights = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    network = 0b11 if version >= 4 else 0  # TCP bind and connect
    scope = 0b11 if version >= 6 else 0  # abstract sockets and signals beyond this domain
    attributes = struct.pack("=QQQ", rights, network, scope)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE, attributes, size, 0)
    try:
        for path in readable:
            _allow(ruleset, path)
        libc.syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0)
        libc.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, target), 0)
    finally:
        os.close(target)
