"""No network: sockets of any family but AF_UNIX can't be made any more.

A system call filter as classic BPF (see the kernel's seccomp_filter.rst). It covers the calling
thread and what it starts, so it belongs before all others. Sockets that are open stay open.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from typing import Final

from cgr_nb.confinement import libc

__all__ = ["forbid_network"]

_ARCHITECTURE: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SOCKET: Final = {"x86_64": 41, "aarch64": 198}
_IO_URING_SETUP: Final = 425
_X32: Final = 0x40000000
"""From here on lie the numbers of x86's second convention, which names the same architecture."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EACCES
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


def forbid_network() -> None:
    """Forbid this process and all it starts to make network sockets. It must have given up new
    privileges before.

    Raises:
        OSError: The kernel has no seccomp, or forbids it, or the processor's calls are not known.
    """
    if libc.ARCH is None:
        raise OSError("no table of system calls for this processor")
    steps = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 0, 7, _ARCHITECTURE[libc.ARCH]),  # other conventions have other numbers
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 5, 0, _X32),
        (_EQUAL, 4, 0, _IO_URING_SETUP),
        (_EQUAL, 0, 2, _SOCKET[libc.ARCH]),
        (_LOAD, 0, 0, 16),  # its first argument, the family
        (_EQUAL, 0, 1, int(socket.AF_UNIX)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("=HxxxxxxQ", len(steps), ctypes.addressof(held))
    libc.call("prctl", _PR_SET_SECCOMP, _MODE_FILTER, header, 0, 0)
