"""The worker: a clean interpreter that confines itself, loads what programs use, and forks one per
program.

It is started by `worker` in the host, never forked from it, so no memory of the host (and no gold)
is in it. It never runs a byte of a program itself. On its control socket the host sends fixed-size
orders (START with three descriptors, KILL, LOCATE) and gets EXITED messages; when the socket
closes, the worker ends and takes every program with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import json
import os
import resource
import signal
import socket
import struct
import sys
import warnings
from collections.abc import Sequence
from select import POLLIN, poll
from typing import Any, Final, NoReturn

from cgr_nb.sandbox import child, landlock, libc, namespaces, preload, seccomp, tryout

__all__ = ["EXITED", "EXITED_FORMAT", "KILL", "LOCATE", "ORDER_FORMAT", "START", "main"]

START: Final = 1
KILL: Final = 2
LOCATE: Final = 3
EXITED: Final = 4
ORDER_FORMAT: Final = struct.Struct("=IQ")
"""Kind and program id."""
EXITED_FORMAT: Final = struct.Struct("=IQid")
"""Kind, program id, wait status, CPU seconds."""


def main(control_fd: int, heavy: bool, package_paths: Sequence[str]) -> NoReturn:
    """Serve until the host closes the control socket.

    Args:
        control_fd: The worker's end of the control socket.
        heavy: Whether to load numpy and sympy too.
        package_paths: Folders of those packages, readable by programs.
    """
    # Away from the low numbers, which in every program have a meaning.
    control = socket.socket(fileno=fcntl.fcntl(control_fd, fcntl.F_DUPFD_CLOEXEC, 64))
    os.close(control_fd)
    warnings.simplefilter("ignore")
    facts: dict[str, Any] = {"missing": {}}
    _enter_namespaces(control, facts)
    library = list(sys.path)
    sys.path += sorted({os.path.dirname(path) for path in package_paths})
    loaded = _load(preload.LIGHT + (preload.HEAVY if heavy else ()))
    importlib.import_module("cgr_nb.answers")
    child.prepare()
    # Loaded packages find their own submodules; their neighbours in site-packages are not to be
    # found.
    sys.path[:] = library
    _forget_host()
    baseline_bytes = _address_space()
    _confine_self(facts, [*_entries(library), *package_paths])
    code = seccomp.program_code(files=bool(facts["landlock"])) if facts["seccomp"] else None
    confinement = child.Confinement(code, baseline_bytes)
    facts["held"] = tryout.held(confinement)
    facts["modules"] = [name for name in loaded if "." not in name]
    gc.collect()
    gc.freeze()
    control.sendall(json.dumps(facts).encode() + b"\n")
    _serve(control, confinement)


def _enter_namespaces(control: socket.socket, facts: dict[str, Any]) -> None:
    """Go on as process 1 of new namespaces; the process the host started stays behind to wait for
    it."""
    facts["namespaces"] = False
    if not libc.LINUX:
        facts["missing"]["namespaces"] = "this system has none"
        return
    namespaces.name_process(b"cgr-sandbox")
    problem = tryout.problem_with(namespaces.unshare)
    if problem:
        facts["missing"]["namespaces"] = problem
        return
    namespaces.unshare()
    facts["namespaces"] = True
    inner = os.fork()
    if inner:
        control.close()
        os._exit(os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1]) & 0xFF)
    namespaces.die_with_parent()


def _load(names: Sequence[str]) -> list[str]:
    loaded = []
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
            loaded.append(name)
    return loaded


def _forget_host() -> None:
    """Leave nothing of the host's command line and start-up in what programs can look at."""
    sys.argv[:] = ["scaffold"]
    sys.orig_argv[:] = ["scaffold"]
    for name in ("cgr_nb", "cgr_nb.sandbox"):
        sys.modules[name].__path__ = []


def _entries(folders: Sequence[str]) -> list[str]:
    """Everything in the library's folders but the packages that are installed below them."""
    entries = []
    for folder in filter(os.path.isdir, folders):
        for name in sorted(os.listdir(folder)):
            if name not in ("site-packages", "dist-packages", "test"):
                entries.append(os.path.join(folder, name))
    return entries


def _confine_self(facts: dict[str, Any], readable: Sequence[str]) -> None:
    missing = facts["missing"]
    if libc.LINUX:
        with contextlib.suppress(OSError):
            namespaces.drop_capabilities()
    facts["landlock"] = 0
    try:
        facts["landlock"] = landlock.restrict(readable) if libc.LINUX else 0
    except OSError as error:
        missing["landlock"] = str(error.strerror)
    if not libc.LINUX:
        missing["landlock"] = missing["seccomp"] = "this system has none"
    facts["seccomp"] = False
    if seccomp.supported():
        problem = tryout.problem_with(lambda: seccomp.install(seccomp.program_code(True)))
        facts["seccomp"] = problem is None
        if problem:
            missing["seccomp"] = problem
    elif libc.LINUX:
        missing["seccomp"] = "no filter is written for this processor"


def _address_space() -> int:
    """Bytes of address space this process occupies."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 256 << 20


def _serve(control: socket.socket, confinement: child.Confinement) -> NoReturn:
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    waiting = poll()
    waiting.register(control, POLLIN)
    waiting.register(wake, POLLIN)
    running: dict[int, int] = {}
    while True:
        ready = [fd for fd, _ in waiting.poll()]
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
            _report_exits(control, running)
        if control.fileno() in ready and not _obey(control, running, confinement):
            _end_all(running)


def _obey(control: socket.socket, running: dict[int, int], confinement: child.Confinement) -> bool:
    data, fds, _, _ = socket.recv_fds(control, ORDER_FORMAT.size, 3)
    if len(data) < ORDER_FORMAT.size:
        return False
    kind, program_id = ORDER_FORMAT.unpack(data)
    if kind == START:
        pid = os.fork()
        if not pid:
            child.serve((fds[0], fds[1], fds[2]), confinement)
        running[pid] = program_id
        for fd in fds:
            os.close(fd)
        return True
    for pid, known in running.items():
        if known == program_id:
            os.kill(pid, signal.SIGKILL if kind == KILL else signal.SIGUSR1)
    return True


def _report_exits(control: socket.socket, running: dict[int, int]) -> None:
    while running:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
        if not pid:
            return
        program_id = running.pop(pid, None)
        if program_id is None:
            continue  # left behind by a program that could fork
        cpu_s = usage.ru_utime + usage.ru_stime
        control.sendall(EXITED_FORMAT.pack(EXITED, program_id, status, cpu_s))


def _end_all(running: dict[int, int]) -> NoReturn:
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in running:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
    os._exit(0)
