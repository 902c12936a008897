"""The host's handle of one worker: starts it, sends orders, hears of exits, ends it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cgr_nb.errors import IsolationError
from cgr_nb.sandbox import orders
from cgr_nb.sandbox.isolation import IsolationReport, from_facts

__all__ = ["PACKAGE", "Exit", "NotStarted", "Worker", "WorkerGone"]

PACKAGE: Final = Path(__file__).resolve().parent.parent
"""Folder of the package, where a worker finds the modules it needs."""
_START_S: Final = 60.0
_END_S: Final = 5.0

# The real cgr_nb/__init__ would load the host's half of the package into every program's process.
_BOOT: Final = """
import sys, types
control, heavy, root, *paths = sys.argv[1:]
for name, path in (("cgr_nb", root), ("cgr_nb.sandbox", root + "/sandbox")):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [path]
from cgr_nb.sandbox.zygote import main
main(int(control), heavy == "1", paths)
"""

_ENVIRONMENT: Final = {
    "PYTHONHASHSEED": "0",
    "LD_BIND_NOW": "1",  # otherwise each program would bind the same symbols again
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

_NO_ROOM: Final = "this machine can't start a process for a program"
_NO_ROOM_FIX: Final = "lower run.concurrency, or raise the limit on processes"


@dataclass(frozen=True, slots=True)
class Exit:
    """How the process of a program ended."""

    wait_status: int
    cpu_s: float
    crowded: bool = False
    """Whether the worker ended it, for the threads that it went on starting."""


class WorkerGone(IsolationError):
    """The worker process ended while programs were running. At "strict" none can cause that."""


class NotStarted(IsolationError):
    """The machine has no room for another process now. Nothing of the program has run."""


class Worker:
    """One running worker process. Use from one event loop, or one after another (see `rest`)."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        control: socket.socket,
        heavy: bool,
        packages: list[str],
    ) -> None:
        """Take hold of a process that was started; see `start`.

        Args:
            process: The worker.
            control: The host's end of its control socket.
            heavy: Whether it loads numpy and sympy, where installed.
            packages: Their folders.
        """
        self._process = process
        self._control = control
        self.heavy: Final = heavy
        """Whether it has loaded numpy and sympy, where installed."""
        self._packages = packages
        self._exits: dict[int, asyncio.Future[Exit]] = {}
        self._received = bytearray()
        self._orders: deque[tuple[int, int]] = deque()
        self._alive = True
        self.report: IsolationReport
        """Isolation that this worker gives; set once it has started."""
        self.baseline_bytes = 0
        """Address space of this worker, all of which a program of it may make its own."""
        self.exposed = False
        """Whether a program is able to signal other processes, and so to end or stop its worker."""

    @classmethod
    async def start(cls, heavy: bool) -> Worker:
        """Start a worker and wait until it is ready.

        Args:
            heavy: Whether it loads numpy and sympy, where installed.

        Raises:
            IsolationError: It did not come up, or this system can't run programs at all.
        """
        if not hasattr(os, "fork"):
            raise IsolationError(
                "programs can't be run on this system",
                where="sandbox",
                got=sys.platform,
                fix="use WSL 2: install cgr-nb inside it and open the same study folder there",
            )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        packages = _package_folders() if heavy else []
        arguments = [str(theirs.fileno()), str(int(heavy)), str(PACKAGE), *packages]
        with theirs, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                # No -I: it would ignore PYTHONHASHSEED.
                [sys.executable, "-P", "-s", "-S", "-B", "-X", "utf8", "-c", _BOOT, *arguments],
                env=_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd="/",
                start_new_session=True,
            )
            theirs.close()
            worker = cls(process, ours, heavy, packages)
            try:
                async with asyncio.timeout(_START_S):
                    facts = await worker._hello()
            except BaseException as error:
                await worker.close()
                if not isinstance(error, TimeoutError | EOFError | ValueError):
                    raise
                errors.seek(0)
                said = errors.read().decode("utf-8", "replace").strip().splitlines()
                raise IsolationError(
                    "the sandbox's worker did not start",
                    where=sys.executable,
                    got=said[-1] if said else type(error).__name__,
                ) from None
        worker.report = from_facts(facts)
        worker.baseline_bytes = int(facts["baseline_bytes"])
        worker.exposed = not facts["held"]["signal other processes"]
        worker._listen()
        return worker

    @property
    def alive(self) -> bool:
        """Whether it can still start programs."""
        return self._alive

    async def spawn(
        self, program_id: int, fds: list[int], reads: bool = False
    ) -> asyncio.Future[Exit]:
        """Start a program.

        Args:
            program_id: Its number in its sandbox.
            fds: Its three descriptors: channel, output, record.
            reads: Whether it may call the readers of replies.

        Returns:
            A future of its exit.
        """
        exited: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._exits[program_id] = exited
        kind = orders.START_READER if reads else orders.START
        data = orders.ORDER_FORMAT.pack(kind, program_id)
        while True:
            try:
                socket.send_fds(self._control, [data], fds)
                return exited
            except BlockingIOError:
                await asyncio.sleep(0.001)
            except OSError:
                self._mark_gone()
                return exited

    def order(self, kind: int, program_id: int) -> None:
        """Send KILL, LOCATE, PAUSE or RESUME for a program, behind the orders before it; nothing
        happens when it has ended already."""
        self._orders.append((kind, program_id))
        if len(self._orders) == 1:
            self._send_orders()

    def _send_orders(self) -> None:
        while self._alive and self._orders:
            kind, program_id = self._orders[0]
            if program_id in self._exits:
                try:
                    self._control.send(orders.ORDER_FORMAT.pack(kind, program_id))
                except BlockingIOError:
                    asyncio.get_running_loop().call_later(0.001, self._send_orders)
                    return
                except OSError:
                    self._mark_gone()
            self._orders.popleft()
        self._orders.clear()

    def kill_worker(self) -> None:
        """End the worker, which does nothing any more, and with it the runs of all its programs."""
        self._process.kill()
        self._mark_gone()

    def rest(self) -> bool:
        """Leave the running event loop, if no program is left.

        Returns:
            Whether it has; `wake` or `end` is to follow then.
        """
        if not self._alive or self._exits or self._received:
            return False
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        return True

    def wake(self) -> bool:
        """Go on in the running event loop, after a rest.

        Returns:
            Whether it is there still, and what it has loaded is what is installed; `end` is to
            follow where it is not.
        """
        if self.heavy and self._packages != _package_folders():
            return False
        try:
            self._control.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            self._listen()
            return True
        except OSError:
            pass
        return False  # its end, or a word that nobody has asked for

    def end(self) -> None:
        """End a worker that rests, and wait until it is gone."""
        self._alive = False
        self._control.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    async def close(self) -> None:
        """End the worker and every program in it, and wait until they are gone."""
        self._mark_gone()
        try:
            async with asyncio.timeout(_END_S):
                await self._ended()
        except TimeoutError:
            self._process.kill()
            await self._ended()

    def _listen(self) -> None:
        asyncio.get_running_loop().add_reader(self._control.fileno(), self._hear)

    async def _hello(self) -> dict[str, Any]:
        self._control.setblocking(False)
        loop = asyncio.get_running_loop()
        data = bytearray()
        while not data.endswith(b"\n"):
            piece = await loop.sock_recv(self._control, 65_536)
            if not piece:
                raise EOFError
            data += piece
        facts: dict[str, Any] = json.loads(data)
        return facts

    def _hear(self) -> None:
        try:
            data = self._control.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._mark_gone()
            return
        self._received += data
        size = orders.TOLD_FORMAT.size
        while len(self._received) >= size:
            kind, program_id, status, cpu_s = orders.TOLD_FORMAT.unpack_from(self._received)
            del self._received[:size]
            exited = self._exits.pop(program_id, None)
            if exited is None or exited.done():
                continue
            if kind != orders.FAILED:
                exited.set_result(Exit(status, cpu_s, kind == orders.CROWDED))
            else:
                _fail(exited, NotStarted(_NO_ROOM, got=os.strerror(status), fix=_NO_ROOM_FIX))

    def _mark_gone(self) -> None:
        if self._alive:
            self._alive = False
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
        for exited in self._exits.values():
            if not exited.done():
                _fail(exited, WorkerGone("the sandbox's worker process ended"))
        self._exits.clear()

    async def _ended(self) -> None:
        while self._process.poll() is None:
            await asyncio.sleep(0.005)


def _fail(exited: asyncio.Future[Exit], error: IsolationError) -> None:
    exited.set_exception(error)
    exited.exception()  # looked at: nobody may be waiting any more


def _package_folders() -> list[str]:
    """Folders of the heavy packages that are installed here, and of the libraries they bring."""
    folders = []
    for name in ("numpy", "sympy", "mpmath"):
        spec = importlib.util.find_spec(name)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            folders += [folder, f"{folder}.libs"]
    return [folder for folder in folders if os.path.isdir(folder)]
