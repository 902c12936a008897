"""A limit on the threads that one program starts, by the kernel's leave and without privileges.

Threads are cheap in address space and dear in the kernel, and no resource limit counts them for one
process (RLIMIT_NPROC counts a user's, and nobody's when the user is root). So the worker puts a
filter on itself, and with it on every program that it forks, by which the kernel asks the worker
before it starts a thread (seccomp's user notification, Linux 5.5).

Counted are threads that a run starts, not those that are alive: the kernel tells of each start, but
of an end only the program could tell.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import struct
import threading
from collections.abc import Callable, Iterable
from select import POLLIN, poll
from typing import Final

from cgr_nb.confinement import libc
from cgr_nb.sandbox.limits import MOST_THREADS
from cgr_nb.sandbox.seccomp import AUDIT_ARCH
from cgr_nb.sandbox.syscalls import CLONE_THREAD, NUMBERS

__all__ = ["ThreadGate", "problem"]

_MOST_REFUSALS: Final = 1_000
"""A program that still asks after so many refusals is killed: each costs the worker time."""

_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
_TGKILL: Final = {"x86_64": 234, "aarch64": 131}
_SET_MODE_FILTER, _NEW_LISTENER = 1, 1 << 3
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101
_CONTINUE: Final = 1
_ASKED: Final = struct.Struct("=QIIiIQ6Q")
"""Id, thread, flags; number, processor, address and arguments of the call."""
_ANSWERED: Final = struct.Struct("=QqiI")
"""Id, value, error, flags."""
_LOAD, _EQUAL, _ANY_OF, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _NOTIFY, _ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000
_PATIENCE_MS: Final = 5_000


class ThreadGate:
    """Asked by the kernel for every thread that this process or one that it forks later starts.

    Whoever opens it must answer for itself: a thread of its own would wait for ever.

    Raises:
        OSError: The kernel can't ask, or somebody else is asked already.
    """

    def __init__(self) -> None:
        assert libc.ARCH is not None
        column = 0 if libc.ARCH == "x86_64" else 1
        steps = (
            (_LOAD, 0, 0, 4),
            (_EQUAL, 0, 7, AUDIT_ARCH[libc.ARCH]),  # others are no program's: see `seccomp`
            (_LOAD, 0, 0, 0),
            # What it is to start can't be seen; the C library then falls back to the older call.
            (_EQUAL, 0, 1, NUMBERS["clone3"][column]),
            (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
            (_EQUAL, 0, 3, NUMBERS["clone"][column]),
            (_LOAD, 0, 0, 16),
            (_ANY_OF, 0, 1, CLONE_THREAD),
            (_RETURN, 0, 0, _NOTIFY),
            (_RETURN, 0, 0, _ALLOW),
        )
        code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
        header = struct.pack("=HxxxxxxQ", len(steps), ctypes.addressof(code))
        self.fd = libc.syscall(_SECCOMP[libc.ARCH], _SET_MODE_FILTER, _NEW_LISTENER, header)
        self._tgkill = _TGKILL[libc.ARCH]
        self._started: dict[int, int] = {}

    def answer(self, processes: Iterable[int]) -> None:
        """Answer one question. Call it when `fd` is readable.

        Args:
            processes: Those that may start threads.
        """
        asked = bytearray(_ASKED.size)
        with contextlib.suppress(FileNotFoundError):  # killed meanwhile
            fcntl.ioctl(self.fd, _RECEIVE, asked)
            question, thread, *_ = _ASKED.unpack(asked)
            process = next((pid for pid in processes if self._is_of(thread, pid)), None)
            said = (0, _CONTINUE) if self._may(process) else (-errno.EAGAIN, 0)
            fcntl.ioctl(self.fd, _ANSWER, _ANSWERED.pack(question, 0, *said))

    def forget(self, process: int) -> bool:
        """A process has ended, and its number may come again.

        Returns:
            Whether it was killed here.
        """
        return self._started.pop(process, 0) > MOST_THREADS + _MOST_REFUSALS

    def _may(self, process: int | None) -> bool:
        """Count one more thread of a process."""
        if process is None:
            return False
        count = self._started[process] = self._started.get(process, 0) + 1
        if count > MOST_THREADS + _MOST_REFUSALS:
            os.kill(process, signal.SIGKILL)
        return count <= MOST_THREADS

    def _is_of(self, thread: int, process: int) -> bool:
        try:
            libc.syscall(self._tgkill, process, thread, 0)
        except OSError:
            return False
        return True


def problem(in_a_fork: Callable[[Callable[[], object]], str | None]) -> str | None:
    """Why threads can't be limited here; None when they can: found by starting one.

    Args:
        in_a_fork: Tries, in a process of its own, something that can't be undone.
    """
    if not libc.LINUX or libc.ARCH is None:
        return "this system has no way to"

    def attempt() -> None:
        gate = ThreadGate()
        child = os.fork()
        if not child:
            thread = threading.Thread(target=lambda: None)
            try:
                thread.start()
                thread.join()
            finally:
                os._exit(0 if thread.ident else 1)
        ready = poll()
        ready.register(gate.fd, POLLIN)
        asked = bool(ready.poll(_PATIENCE_MS))
        if asked:
            gate.answer([child])
        os.close(gate.fd)  # whoever still waits is told that there is no such call
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 or not asked:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    return in_a_fork(attempt)
