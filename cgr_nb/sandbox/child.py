"""What happens in the process of one program, from the fork to its end.

Confinement comes first; only then is `ready` sent and the source compiled. The process never
returns into the worker's code: it leaves through `os._exit`, so that no atexit hook, thread or
destructor of the program has a say.
"""

from __future__ import annotations

import faulthandler
import json
import math
import os
import resource
import signal
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from cgr_nb import answers
from cgr_nb.confinement.libc import LINUX
from cgr_nb.sandbox import namespaces, protocol, seccomp
from cgr_nb.sandbox.cells import perform_cells
from cgr_nb.sandbox.session import RECORD, perform, rehearse

__all__ = ["CHANNEL", "Confinement", "confine", "prepare", "prepare_readers", "serve"]

CHANNEL: Final = 3
"""Descriptor of the call channel in every program."""

_DESCRIPTORS = 32
_PENDING = 64
_MOST_DESCRIPTORS = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 20)


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the worker found it can impose on a program."""

    filter: seccomp.Filter | None
    """System call filter; None where there can't be one."""
    alone: bool
    """Whether the program could outlive its worker, for want of a namespace that ends with it."""
    baseline_bytes: int
    """Address space of the worker; none of it counts against a program's memory limit."""


class _Channel:
    """The program's end of the call channel: one frame out, one frame in."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def send(self, frame: bytes) -> None:
        view = memoryview(frame)
        while view:
            view = view[os.write(self._fd, view) :]

    def receive(self) -> dict[str, Any]:
        header = self._exactly(protocol.HEADER_BYTES)
        message: dict[str, Any] = json.loads(self._exactly(int.from_bytes(header, "big")))
        return message

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self._fd, min(size - len(data), 1 << 20))
            if not piece:
                os._exit(1)  # the host has gone, or has given this program up
            data += piece
        return bytes(data)


def serve(fds: tuple[int, int, int], confinement: Confinement) -> NoReturn:
    """Become the program that the channel tells of. Never returns.

    Args:
        fds: The program's end of the call channel; a file for what it prints; a file for trace
            steps and last words.
        confinement: What to impose.
    """
    leave = os._exit
    try:
        _arrange_descriptors(*fds)
        channel = _Channel(CHANNEL)
        order = channel.receive()
        confine(order["limits"], confinement)
        channel.send(protocol.encode({"type": "ready", "version": protocol.VERSION}))
        work = perform_cells if order.get("mode") == "cells" else perform
        work(channel, order, lambda: leave(0))
    finally:
        leave(70)


def prepare() -> None:
    """Do once, in the worker, what programs inherit: warm caches, crash reports, no core files."""
    # Fill the numbers that have a meaning in every program: nothing else may come to lie there.
    while (null := os.open(os.devnull, os.O_RDWR)) <= RECORD:
        pass
    os.close(null)
    faulthandler.enable(RECORD, all_threads=False)
    faulthandler.register(signal.SIGXCPU, RECORD, all_threads=False, chain=True)
    faulthandler.register(signal.SIGUSR1, RECORD, all_threads=False)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rehearse()


def prepare_readers() -> None:
    """Do once, in the worker, what programs inherit that read replies: nearly half a second."""
    answers.prepare()
    rehearse(reads=True)


def _arrange_descriptors(*fds: int) -> None:
    """0 reads nothing, 1 and 2 are the output, 3 the channel, 4 the record; no other stays open."""
    channel, output, record = fds
    # The worker holds every number below 5 (see `prepare`), so no source is overwritten.
    for target, source in ((1, output), (2, output), (CHANNEL, channel), (RECORD, record)):
        os.dup2(source, target, inheritable=False)
    os.closerange(RECORD + 1, _MOST_DESCRIPTORS)


def confine(limits: dict[str, float], confinement: Confinement) -> None:
    """Put every limit and wall around this process, for good."""
    os.setsid()
    # The soft limit tells where the program is and ends it; the hard one a second later can't be
    # ignored.
    cpu_s = math.ceil(limits["cpu_s"])
    memory = confinement.baseline_bytes + int(limits["memory_mb"]) * (1 << 20)
    file = int(limits["file_bytes"])
    for what, soft, hard in (
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_FSIZE, file, file),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS, _DESCRIPTORS),
    ):
        resource.setrlimit(what, (soft, hard))
    if LINUX:  # signals that wait are kept by the kernel, and counted for all of a user's programs
        resource.setrlimit(resource.RLIMIT_SIGPENDING, (_PENDING, _PENDING))
    if confinement.alone and LINUX:
        namespaces.die_with_parent()
    if confinement.filter is not None:
        confinement.filter.install()
