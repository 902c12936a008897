"""Takes away from this process what Windows does not have: `begin()`, before anything else runs.

It is no Windows: paths, `sys.platform` and compiled packages stay those of this system. What is
held here is that our own code asks for nothing that is not there.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import ctypes
import faulthandler
import importlib
import importlib.abc
import multiprocessing.connection
import os
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import types
import warnings
from typing import Any

__all__ = ["begin"]

MODULES = (
    *("_posixshmem", "_posixsubprocess", "crypt", "fcntl", "grp", "nis", "ossaudiodev", "posix"),
    *("pty", "pwd", "readline", "resource", "spwd", "syslog", "termios", "tty"),
)
OS = (
    *("chroot", "chown", "ctermid", "fchdir", "fchmod", "fchown", "fork", "forkpty", "getegid"),
    *("geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp", "getpriority"),
    *("getresgid", "getresuid", "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf"),
    *("major", "makedev", "memfd_create", "minor", "mkfifo", "mknod", "nice", "openpty"),
    *("pathconf", "pidfd_open", "pipe2", "posix_fadvise", "posix_fallocate", "posix_spawn"),
    *("posix_spawnp", "pread", "preadv", "pwrite", "pwritev", "readv", "register_at_fork"),
    *("sched_getaffinity", "sched_setaffinity", "sched_yield", "sendfile", "setegid", "seteuid"),
    *("setgid", "setgroups", "setpgid", "setpriority", "setsid", "setuid", "splice", "statvfs"),
    *("fstatvfs", "sync", "sysconf", "sysconf_names", "tcgetpgrp", "ttyname", "uname", "wait"),
    *("wait3", "wait4", "waitid", "writev", "WEXITED", "WIFEXITED", "WIFSIGNALED", "WTERMSIG"),
    *("WEXITSTATUS", "WNOHANG", "WNOWAIT", "WUNTRACED", "P_PID", "P_ALL", "O_CLOEXEC", "O_DSYNC"),
    *("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_PATH", "O_SYNC", "O_TMPFILE", "MFD_CLOEXEC"),
)
SIGNALS = (
    *("SIGALRM", "SIGBUS", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGIO", "SIGKILL", "SIGPIPE"),
    *("SIGPROF", "SIGQUIT", "SIGSTOP", "SIGSYS", "SIGTSTP", "SIGUSR1", "SIGUSR2", "SIGVTALRM"),
    *("SIGWINCH", "SIGXCPU", "SIGXFSZ", "alarm", "getitimer", "pause", "pthread_kill"),
    *("pthread_sigmask", "setitimer", "siginterrupt", "sigpending", "sigtimedwait", "sigwait"),
)
ELSEWHERE = {
    socket: ("AF_UNIX", "recv_fds", "send_fds", "CMSG_LEN", "CMSG_SPACE", "SCM_RIGHTS"),
    select: ("epoll", "poll"),
    faulthandler: ("register", "unregister"),
    asyncio: ("ThreadedChildWatcher", "PidfdChildWatcher"),
}

# Standard modules with branches of their own for Windows: as loaded as they would be there.
_LOADED = (concurrent.futures, multiprocessing.connection, shutil, sqlite3, subprocess, tempfile)


class _Refuse(importlib.abc.MetaPathFinder):
    """Knows none of the hidden modules, and lets nobody else find them."""

    def find_spec(self, name, path=None, target=None):
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


class _Cdll(ctypes.CDLL):
    def __init__(self, name, *arguments, **options):
        if name is None:
            raise TypeError("bad argument type for built-in operation")
        super().__init__(name, *arguments, **options)


def _socketpair(family=socket.AF_INET, type=socket.SOCK_STREAM, proto=0):
    """As Windows makes one: two ends of a connection on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        return one, server.accept()[0]


def _msvcrt() -> Any:
    """The locks of the C runtime: a range of bytes, from where the file stands."""
    import fcntl

    module: Any = types.ModuleType("msvcrt")
    module.LK_NBLCK = 2

    def locking(descriptor: int, mode: int, count: int) -> None:
        assert mode == module.LK_NBLCK
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, count, 0, os.SEEK_CUR)

    module.locking = locking
    return module


def begin(*packages: str) -> None:
    """Take it all away, for good. Text files without a named encoding are an error of ours.

    Args:
        packages: Modules of others that look at this system while they load: loaded first.
    """
    warnings.filterwarnings("ignore", category=EncodingWarning)
    for name in packages:
        importlib.import_module(name)
    warnings.filterwarnings("error", category=EncodingWarning, module=r"cgr_nb(\..*)?$")
    sys.modules["msvcrt"] = _msvcrt()
    socket.socketpair = _socketpair
    ctypes.CDLL = _Cdll
    tempfile.TemporaryFile = tempfile.NamedTemporaryFile
    for name in OS:
        if hasattr(os, name):
            delattr(os, name)
    for name in SIGNALS:
        if hasattr(signal, name):
            delattr(signal, name)
    for module, names in ELSEWHERE.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    sys.meta_path.insert(0, _Refuse())
    for name in MODULES:
        sys.modules.pop(name, None)
