"""Which system calls a program may make, and their numbers on x86_64 and aarch64.

The policy is an allow-list: whatever is not here fails with EPERM, so that a system call which a
future kernel adds is closed by default. What needs a look at its arguments has conditions, all of
which must hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "CLONE_THREAD",
    "CONDITIONS",
    "FILE_CALLS",
    "NOT_THERE",
    "NUMBERS",
    "Condition",
    "Masked",
    "NoneOf",
    "Null",
    "OneOf",
    "Own",
]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The low 32 bits of an argument are one of these values."""

    arg: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The low 32 bits of an argument are none of these values."""

    arg: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Masked:
    """The low 32 bits of an argument, masked, are this value."""

    arg: int
    mask: int
    value: int


@dataclass(frozen=True, slots=True)
class Null:
    """A pointer argument is NULL."""

    arg: int


@dataclass(frozen=True, slots=True)
class Own:
    """An argument is the calling process's own id."""

    arg: int


CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020000  # every CLONE_NEW* flag
_OPEN_WRITES = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000  # WRONLY RDWR CREAT TRUNC TMPFILE

Condition = OneOf | NoneOf | Masked | Null | Own

# A program can't end itself by SIGKILL: that one is the host's, or the kernel's at a limit.
# SIGXCPU it can still raise on its own thread, because that is how the handler that tells the line
# passes it on.
_SIGKILL, _SIGXCPU = 9, 24

CONDITIONS: Final[dict[str, tuple[Condition, ...]]] = {
    "clone": (Masked(0, CLONE_THREAD | _CLONE_NEW, CLONE_THREAD),),  # threads, never processes
    "fcntl": (OneOf(1, (0, 1, 2, 3, 4, 1030)),),  # DUPFD GETFD SETFD GETFL SETFL DUPFD_CLOEXEC
    "ioctl": (OneOf(1, (0x5401, 0x5421, 0x5450, 0x5451)),),  # TCGETS FIONBIO FIONCLEX FIOCLEX
    "kill": (Own(0), NoneOf(1, (_SIGKILL, _SIGXCPU))),
    "open": (Masked(1, _OPEN_WRITES, 0),),
    "openat": (Masked(2, _OPEN_WRITES, 0),),
    "prctl": (OneOf(0, (15, 16)),),  # the name of a thread
    "prlimit64": (Null(2),),  # read only
    "sendto": (Null(4),),  # along a pair it holds, never to an address
    "socketpair": (OneOf(0, (1,)),),  # AF_UNIX: what asyncio wakes itself with
    "tgkill": (Own(0), NoneOf(2, (_SIGKILL,))),
}

FILE_CALLS: Final = frozenset(("open", "openat"))
"""Closed as well where Landlock can't narrow them to the interpreter's own files."""

NOT_THERE: Final = frozenset(("clone3", "openat2", "faccessat2"))
"""These answer ENOSYS: the C library then falls back to a call whose arguments can be checked."""

NUMBERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "access": (21, None),
    "alarm": (37, None),
    "brk": (12, 214),
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "clone": (56, 220),
    "clone3": (435, 435),
    "close": (3, 57),
    "close_range": (436, 436),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_pwait": (281, 22),
    "epoll_wait": (232, None),
    "eventfd2": (290, 19),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "fcntl": (72, 25),
    "fstat": (5, 80),
    "futex": (202, 98),
    "get_robust_list": (274, 100),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getitimer": (36, 102),
    "getpeername": (52, 205),
    "getpgrp": (111, None),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getrandom": (318, 278),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "getsockname": (51, 204),
    "getsockopt": (55, 209),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "getuid": (102, 174),
    "ioctl": (16, 29),
    "kill": (62, 129),
    "lseek": (8, 62),
    "lstat": (6, None),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "nanosleep": (35, 101),
    "newfstatat": (262, 79),
    "open": (2, None),
    "openat": (257, 56),
    "openat2": (437, 437),
    "pause": (34, None),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "poll": (7, None),
    "ppoll": (271, 73),
    "prctl": (157, 167),
    "pread64": (17, 67),
    "prlimit64": (302, 261),
    "pselect6": (270, 72),
    "pwrite64": (18, 68),
    "read": (0, 63),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "readv": (19, 65),
    "recvfrom": (45, 207),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "select": (23, None),
    "sendto": (44, 206),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "setitimer": (38, 103),
    "shutdown": (48, 210),
    "sigaltstack": (131, 132),
    "socketpair": (53, 199),
    "stat": (4, None),
    "statx": (332, 291),
    "sysinfo": (99, 179),
    "tgkill": (234, 131),
    "times": (100, 153),
    "uname": (63, 160),
    "wait4": (61, 260),
    "waitid": (247, 95),
    "write": (1, 64),
    "writev": (20, 66),
}
"""Name -> (number on x86_64, number on aarch64); None where the processor has no such call."""
