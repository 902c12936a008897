"""The worker: a clean interpreter that confines itself, loads what programs use, and forks one per
program.

It is started by `worker` in the host, never forked from it, so no memory of the host (and no gold)
is in it. It never runs a byte of a program itself. On its control socket the host sends fixed-size
orders (START or START_READER with three descriptors, KILL, LOCATE, PAUSE, RESUME) and is told how
programs ended: EXITED, CROWDED (killed for its threads) or FAILED (to start); when the socket
closes, the worker ends and takes every program with it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import importlib
import json
import os
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from select import POLLIN, poll
from typing import Any, NoReturn

from cgr_nb.confinement import landlock, libc
from cgr_nb.sandbox import child, confinement_check, namespaces, seccomp, threads, warm_imports
from cgr_nb.sandbox.limits import MOST_THREADS
from cgr_nb.sandbox.orders import (
    CROWDED,
    EXITED,
    FAILED,
    KILL,
    LOCATE,
    ORDER_FORMAT,
    PAUSE,
    RESUME,
    START,
    START_READER,
    TOLD_FORMAT,
)

__all__ = ["main"]

_LOOK_MS = 5
_SIGNALS = {
    KILL: signal.SIGKILL,
    LOCATE: signal.SIGUSR1,
    PAUSE: signal.SIGSTOP,
    RESUME: signal.SIGCONT,
}
"""What each order sends to the program that it is for."""


@dataclass(frozen=True, slots=True)
class _Running:
    """A program that has been forked and is not reaped yet, so that its pid is surely its own."""

    id: int
    pid: int
    pidfd: int | None
    """Readable once it has ended; None where the system has no such thing."""


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
    loaded = _load(warm_imports.LIGHT + (warm_imports.HEAVY if heavy else ()))
    importlib.import_module("cgr_nb.answers")
    child.prepare()
    # Loaded packages find their own submodules; their neighbours in site-packages are not to be
    # found.
    sys.path[:] = library
    _forget_host()
    own_memory = _open_own_memory()
    baseline_bytes = _address_space(own_memory)
    _confine_self(facts, [*_entries(library), *package_paths])
    filter_ = seccomp.Filter(files=bool(facts["landlock"])) if facts["seccomp"] else None
    confinement = child.Confinement(filter_, not facts["namespaces"], baseline_bytes)
    gate = _limit_threads(facts)
    facts["held"] = confinement_check.held(confinement)
    facts["baseline_bytes"] = baseline_bytes
    facts["modules"] = [name for name in loaded if "." not in name]
    gc.collect()
    gc.freeze()
    control.sendall(json.dumps(facts).encode() + b"\n")
    _serve(control, confinement, gate, own_memory)


def _enter_namespaces(control: socket.socket, facts: dict[str, Any]) -> None:
    """Go on as process 1 of new namespaces; the process the host started stays behind to wait for
    it."""
    facts["namespaces"] = False
    if not libc.LINUX:
        facts["missing"]["namespaces"] = "this system has none"
        return
    namespaces.name_process(b"cgr-sandbox")
    problem = confinement_check.problem_with(namespaces.unshare)
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
        namespaces.drop_privileges()
    facts["landlock"] = 0
    try:
        facts["landlock"] = landlock.restrict(readable) if libc.LINUX else 0
    except OSError as error:
        missing["landlock"] = str(error.strerror)
    if not libc.LINUX:
        missing["landlock"] = missing["seccomp"] = "this system has none"
    facts["seccomp"] = False
    if seccomp.supported():
        problem = confinement_check.problem_with(lambda: seccomp.Filter(files=True).install())
        facts["seccomp"] = problem is None
        if problem:
            missing["seccomp"] = problem
    elif libc.LINUX:
        missing["seccomp"] = "no filter is written for this processor"


def _limit_threads(facts: dict[str, Any]) -> threads.ThreadGate | None:
    problem = "no system call filter" if not facts["seccomp"] else None
    problem = problem or threads.problem(confinement_check.problem_with)
    facts["threads"] = 0 if problem else MOST_THREADS
    if problem:
        facts["missing"]["threads"] = problem
        return None
    return threads.ThreadGate()


def _open_own_memory() -> int | None:
    """What tells of this process's memory, also once it can open no file; None where nothing
    does."""
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None


def _address_space(own_memory: int | None) -> int:
    """Bytes of address space this process occupies."""
    if own_memory is None:
        return 256 << 20
    return int(os.pread(own_memory, 256, 0).split()[0]) * resource.getpagesize()


def _with_readers(confinement: child.Confinement, own_memory: int | None) -> child.Confinement:
    """Prepare for programs that read replies: what is to be imposed on programs from now on."""
    child.prepare_readers()
    gc.collect()
    gc.freeze()
    return replace(confinement, baseline_bytes=_address_space(own_memory))


def _serve(
    control: socket.socket,
    confinement: child.Confinement,
    gate: threads.ThreadGate | None,
    own_memory: int | None,
) -> NoReturn:
    """Carry out the host's orders until it closes the socket.

    Args:
        control: The socket.
        confinement: What to impose on programs.
        gate: Counts their threads, where that is possible.
        own_memory: See `_open_own_memory`.
    """
    has_readers = False
    waiting = poll()
    waiting.register(control, POLLIN)
    if gate is not None:
        waiting.register(gate.fd, POLLIN)
    running: dict[int, _Running] = {}
    timeout_ms = None if hasattr(os, "pidfd_open") else _LOOK_MS
    while True:
        ready = [fd for fd, _ in waiting.poll(timeout_ms)]
        if gate is not None and gate.fd in ready:
            gate.answer([program.pid for program in running.values()])
        for program in _ended(running, ready):
            if program.pidfd is not None:
                waiting.unregister(program.pidfd)
                os.close(program.pidfd)
            _kill_leftovers(program.pid)
            _, status, usage = os.wait4(program.pid, 0)
            kind = CROWDED if gate is not None and gate.forget(program.pid) else EXITED
            cpu_s = usage.ru_utime + usage.ru_stime
            control.sendall(TOLD_FORMAT.pack(kind, program.id, status, cpu_s))
            del running[program.id]
        if control.fileno() in ready:
            data, fds, _, _ = socket.recv_fds(control, ORDER_FORMAT.size, 3)
            if len(data) < ORDER_FORMAT.size:
                _end_all(running)
            kind, program_id = ORDER_FORMAT.unpack(data)
            if kind == START_READER and not has_readers:
                confinement = _with_readers(confinement, own_memory)
                has_readers = True
            if kind in (START, START_READER):
                program_or_error = _start(program_id, fds, confinement)
                if isinstance(program_or_error, OSError):
                    number = program_or_error.errno or 0
                    control.sendall(TOLD_FORMAT.pack(FAILED, program_id, number, 0.0))
                    continue
                program = running[program_id] = program_or_error
                if program.pidfd is not None:
                    waiting.register(program.pidfd, POLLIN)
            elif program_id in running and kind in _SIGNALS:
                os.kill(running[program_id].pid, _SIGNALS[kind])


def _start(program_id: int, fds: list[int], confinement: child.Confinement) -> _Running | OSError:
    """Fork a program; an error when this machine has no room for another process now."""
    try:
        if len(fds) < 3:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        pid = os.fork()
        if not pid:
            child.serve((fds[0], fds[1], fds[2]), confinement)
    except OSError as error:
        return error
    finally:
        for fd in fds:
            os.close(fd)
    # Three descriptors have just become free, so there is one for this.
    return _Running(program_id, pid, os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None)


def _kill_leftovers(pid: int) -> None:
    """End what a program leaves behind where nothing keeps it from starting processes. It is not
    reaped yet, so the group is surely its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _ended(running: dict[int, _Running], ready: Sequence[int]) -> list[_Running]:
    """Programs that have ended and are not reaped yet."""
    if hasattr(os, "pidfd_open"):
        return [program for program in running.values() if program.pidfd in ready]
    return [program for program in running.values() if _is_zombie(program.pid)]


def _is_zombie(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_all(running: dict[int, _Running]) -> NoReturn:
    for program in running.values():
        os.kill(program.pid, signal.SIGKILL)
    for program in running.values():
        os.waitpid(program.pid, 0)
    os._exit(0)
