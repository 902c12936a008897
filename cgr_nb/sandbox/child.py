"""What happens in the process of one program, from the fork to its end.

Confinement comes first; only then is `ready` sent and the source compiled. The process never
returns into the worker's code: it leaves through `os._exit`, so that no atexit hook, thread or
destructor of the program has a say.
"""

from __future__ import annotations

import faulthandler
import fcntl
import io
import math
import os
import random
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from cgr_nb.sandbox import namespaces, program, protocol, seccomp
from cgr_nb.sandbox.libc import LINUX
from cgr_nb.sandbox.tracer import Tracer

__all__ = ["CHANNEL", "Confinement", "confine", "serve"]

CHANNEL: Final = 3
"""Descriptor of the call channel in every program."""
RECORD: Final = 4
"""Descriptor of the file for trace steps and last words."""

_END_OF_MEMORY = protocol.encode({"type": "end", "kind": "memory", "line": None})
_DESCRIPTORS = 32


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the worker found it can impose on a program."""

    seccomp: bool
    files: bool
    """Whether the filter lets files be opened for reading, because Landlock says which."""
    baseline_bytes: int
    """Address space of the bare worker; None of it counts against a program's memory limit."""


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
        return protocol.decode(self._exactly(int.from_bytes(header, "big")))

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = os.read(self._fd, min(size - len(data), 1 << 20))
            if not piece:
                os._exit(1)  # the host has gone, or has given this program up
            data += piece
        return bytes(data)


class _Output(io.TextIOBase):
    """stdout and stderr: straight into the output file, up to the limit, which ends the program."""

    encoding = "utf-8"

    def __init__(self, most: int, tracer: Tracer, end: Callable[[program.Ended], NoReturn]) -> None:
        self._left = most
        self._tracer = tracer
        self._end = end

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("only text can be printed")
        kept = text[: self._left]
        self._left -= len(kept)
        self._tracer.printed += len(kept)
        os.write(1, kept.encode("utf-8", "backslashreplace"))
        if len(kept) < len(text):
            frame = program.line_of(sys._getframe(1))
            self._end({"kind": "output", "line": frame.f_lineno if frame else None})
        return len(text)


def serve(fds: tuple[int, int, int], confinement: Confinement) -> NoReturn:
    """Become the program that the channel tells of. Never returns.

    Args: fds: The program's end of the call channel; a file for what it prints; one for trace
        steps and
            last words.
        confinement: What to impose.
    """
    try:
        _arrange_descriptors(*fds)
        channel = _Channel(CHANNEL)
        order = channel.receive()
        confine(order["limits"], confinement)
        channel.send(protocol.encode({"type": "ready", "version": protocol.VERSION}))
        _run(channel, order)
    finally:
        os._exit(70)


def _arrange_descriptors(*fds: int) -> None:
    """0 reads nothing, 1 and 2 are the output, 3 the channel, 4 the record; no other stays open."""
    channel, output, record = (fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in fds)
    for target, source in ((1, output), (2, output), (CHANNEL, channel), (RECORD, record)):
        os.dup2(source, target, inheritable=False)
    os.closerange(RECORD + 1, _most_descriptors())


def _most_descriptors() -> int:
    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 20)


def confine(limits: dict[str, float], confinement: Confinement) -> None:
    """Put every limit and wall around this process, for good."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
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
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))
    faulthandler.enable(RECORD, all_threads=False)
    faulthandler.register(signal.SIGXCPU, RECORD, all_threads=False, chain=True)
    faulthandler.register(signal.SIGUSR1, RECORD, all_threads=False)
    if LINUX:
        namespaces.die_with_parent()
    if confinement.seccomp:
        seccomp.install(seccomp.program_code(os.getpid(), confinement.files))


def _run(channel: _Channel, order: dict[str, Any]) -> NoReturn:
    limits = order["limits"]
    helpers = _helpers()
    hidden = frozenset(helpers)
    tracer = Tracer(RECORD, int(limits["trace_steps"]), int(limits["trace_bytes"]), hidden)
    leave = os._exit
    reserve = bytearray(1 << 20)

    def end(ended: program.Ended) -> NoReturn:
        try:
            channel.send(protocol.encode({"type": "end", **ended}))
        except MemoryError:
            channel.send(_END_OF_MEMORY)
        leave(0)

    def loaded(generator_answer: object, difficulty: object) -> None:
        told = {"generator_answer": generator_answer, "difficulty": difficulty}
        channel.send(protocol.encode({"type": "module", **told}))

    sys.stdout = sys.stderr = _Output(int(limits["output_chars"]), tracer, end)
    random.seed(order["seed"])
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(order["seed"] % (1 << 32))
    ask = _make_ask(channel, tracer, int(limits["prompt_chars"]))
    if order["trace"]:
        tracer.start()
    ended = program.run(order["source"], order["item"], ask, helpers, loaded)
    del reserve
    sys.setrecursionlimit(1_000)
    tracer.stop()
    end(ended)


def _helpers() -> dict[str, Any]:
    from cgr_nb import answers

    return {"read_letter": answers.read_letter, "read_number": answers.read_number}


def _make_ask(channel: _Channel, tracer: Tracer, prompt_chars: int) -> Callable[..., str]:
    """The `ask` of the scaffold contract (see `helpers.DESCRIPTION`)."""
    lock = threading.Lock()
    index = 0

    def ask(
        prompt: str,
        choices: Iterable[str] | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
    ) -> str:
        nonlocal index
        if not isinstance(prompt, str):
            raise TypeError(f"ask: the prompt must be a text, not {type(prompt).__name__}")
        if len(prompt) > prompt_chars:
            raise ValueError(
                f"ask: a prompt of {len(prompt)} characters, the limit is {prompt_chars}"
            )
        listed = [] if choices is None else list(choices)
        if not all(isinstance(choice, str) for choice in listed):
            raise TypeError("ask: choices must be texts")
        if max_tokens is not None and not 0 < max_tokens < 1 << 31:
            raise ValueError(f"ask: max_tokens must be positive, not {max_tokens}")
        if temperature is not None and not 0 <= temperature <= 100:
            raise ValueError(f"ask: temperature must be between 0 and 100, not {temperature}")
        frame = program.line_of(sys._getframe(1))
        with lock:  # threads of one program ask one after another
            tracer.ask(index, frame)
            channel.send(
                protocol.encode(
                    {
                        "type": "ask",
                        "id": index,
                        "prompt": prompt,
                        "choices": listed,
                        "max_tokens": None if max_tokens is None else int(max_tokens),
                        "temperature": None if temperature is None else float(temperature),
                        "line": frame.f_lineno if frame else None,
                    }
                )
            )
            index += 1
            reply: str = channel.receive()["text"]
        return reply

    return ask
