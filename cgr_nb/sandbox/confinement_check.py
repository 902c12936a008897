"""Finds out by deed, not by promise: forks a process, confines it, and lets it try what must not
work."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from typing import Final

from cgr_nb.confinement.libc import LINUX
from cgr_nb.sandbox import child

__all__ = ["DEEDS", "held", "problem_with"]


def _read_files() -> None:
    os.listdir("/")
    with open("/etc/passwd", "rb") as file:
        file.read(1)


def _write_files() -> None:
    os.close(os.open("/tmp", os.O_WRONLY | os.O_TMPFILE if LINUX else os.O_RDONLY, 0o600))


def _use_network() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", 9))  # sends nothing, but needs a network device


def _start_processes() -> None:
    if not os.fork():
        os._exit(0)


def _signal_others() -> None:
    os.kill(os.getppid(), 0)


DEEDS: Final[dict[str, Callable[[], None]]] = {
    "read files": _read_files,
    "write files": _write_files,
    "use the network": _use_network,
    "start processes": _start_processes,
    "signal other processes": _signal_others,
}

_LIMITS: Final[dict[str, float]] = {"cpu_s": 5, "memory_mb": 256, "file_bytes": 65_536}


def problem_with(action: Callable[[], object]) -> str | None:
    """Try, in a process of its own, something that can't be undone.

    Returns:
        None when it worked, else why it did not.
    """
    text = _in_a_fork(lambda: (action(), "worked")[1])
    return None if text == "worked" else text or "the process ended"


def held(confinement: child.Confinement) -> dict[str, bool]:
    """Which deeds a confined process can't do. One that ends without a word held none."""

    def attempt() -> str:
        child.confine(_LIMITS, confinement)
        found = {}
        for name, deed in DEEDS.items():
            try:
                deed()
                found[name] = False
            except OSError:
                found[name] = True
        return json.dumps(found)

    text = _in_a_fork(attempt)
    try:
        return {name: bool(json.loads(text)[name]) for name in DEEDS}
    except (ValueError, TypeError, KeyError):
        return dict.fromkeys(DEEDS, False)


def _in_a_fork(action: Callable[[], str]) -> str:
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            text = action()
        except OSError as error:
            text = str(error.strerror)
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read().decode()
    os.waitpid(pid, 0)
    return text
