"""A system call filter for one process, assembled here as classic BPF (see the kernel's
seccomp_filter.rst).

Limits: x86_64 and aarch64 only; the aarch64 numbers are taken from the kernel's table and untried.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final

from cgr_nb.confinement import libc
from cgr_nb.sandbox.syscalls import (
    CONDITIONS,
    FILE_CALLS,
    NOT_THERE,
    NUMBERS,
    Condition,
    Masked,
    NoneOf,
    Null,
    OneOf,
    Own,
)

__all__ = ["AUDIT_ARCH", "Filter", "supported"]

AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls a processor family."""
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

_OWN_PID: Final = 0x7A6B5C4D
"""Stands in the code for the process id of the program; no other operand is like it."""

_Step = tuple[int, int, int, int]  # code, jump if true, jump if false, operand
_Steps = list[_Step]


def _argument(index: int, high: bool = False) -> _Step:
    """Load one half of an argument; both processors are little-endian."""
    return (_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))


def _check(condition: Condition) -> _Steps:
    """Steps that fall through when the condition holds and return EPERM when it does not."""
    refuse: _Step = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    match condition:
        case OneOf(arg, values):
            last = len(values) - 1
            tests = [(_EQUAL, last - n + 1, 0, value) for n, value in enumerate(values)]
            return [_argument(arg), *tests, refuse]
        case NoneOf(arg, values):
            return [_argument(arg), *(step for v in values for step in ((_EQUAL, 0, 1, v), refuse))]
        case Masked(arg, mask, value):
            return [_argument(arg), (_AND, 0, 0, mask), (_EQUAL, 1, 0, value), refuse]
        case Null(arg):
            halves = (_argument(arg), _argument(arg, high=True))
            return [step for half in halves for step in (half, (_EQUAL, 1, 0, 0), refuse)]
        case Own(arg):
            return [_argument(arg), (_EQUAL, 1, 0, _OWN_PID), refuse]


class Filter:
    """The filter for programs, assembled once and installed in each.

    Args:
        files: Whether they may open files for reading at all (Landlock says which).
    """

    def __init__(self, files: bool) -> None:
        code = b"".join(struct.pack("=HBBI", *step) for step in _program_steps(files))
        own = _OWN_PID.to_bytes(4, "little")
        self._own = [n for n in range(4, len(code), 8) if code[n : n + 4] == own]
        self._code = bytearray(code)
        self._pinned = (ctypes.c_char * len(code)).from_buffer(self._code)
        self._header = struct.pack("=HxxxxxxQ", len(code) // 8, ctypes.addressof(self._pinned))

    def install(self) -> None:
        """Confine this process for good. It must have given up new privileges before.

        Raises:
            OSError: The kernel has no seccomp, or forbids it.
        """
        pid = os.getpid().to_bytes(4, "little")
        for place in self._own:
            self._code[place : place + 4] = pid
        libc.call("prctl", _PR_SET_SECCOMP, _MODE_FILTER, self._header, 0, 0)


def supported() -> bool:
    """Whether a filter can be written for this processor at all."""
    return libc.LINUX and libc.ARCH is not None


def _program_steps(files: bool) -> _Steps:
    assert libc.ARCH is not None
    column = 0 if libc.ARCH == "x86_64" else 1
    steps: _Steps = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, AUDIT_ARCH[libc.ARCH]),
        (_RETURN, 0, 0, _KILL),  # another calling convention would mean other numbers
        (_LOAD, 0, 0, 0),
    ]
    for name, numbers in NUMBERS.items():
        number = numbers[column]
        if number is None or (name in FILE_CALLS and not files):
            continue
        if name in NOT_THERE:
            block: _Steps = [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
        else:
            block = [s for c in CONDITIONS.get(name, ()) for s in _check(c)]
            block.append((_RETURN, 0, 0, _ALLOW))
        steps += [(_EQUAL, 0, len(block), number), *block]
    steps.append((_RETURN, 0, 0, _ERRNO | errno.EPERM))
    return steps
