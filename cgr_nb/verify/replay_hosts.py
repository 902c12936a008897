"""A pool of host processes: copies of this one, each with an event loop and sandboxes of its own.

One process answers what the programs of about four cores ask. The copies are made when all records
have been read, so they see them without reading them again, and what they change stays their own.
Each is told numbers of jobs and says what came of them; programs run in the sandboxes of the
copies, as isolated as in one process. A copy that dies takes no finding with it: its jobs are done
again one by one, and one that ends its process then too is told as lost.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import struct
import sys
import time
import warnings
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final

from cgr_nb.sandbox.idle import end_idle
from cgr_nb.util.parallel import in_parallel

__all__ = ["HAS_HOSTS", "Do", "do_in_hosts"]

HAS_HOSTS: Final = sys.platform == "linux"
"""Elsewhere a copy of a process with several threads may not go on."""
_HEAD: Final = struct.Struct(">cIQ")
"""Of a message: kind, number of the job, bytes that follow."""
_JOB, _DONE, _ERROR = b"j", b"d", b"e"
_END_S: Final = 10.0
"""How long a host may take to end its programs when it was let go of, before it is killed."""

Do = Callable[[int], Awaitable[bytes]]
"""Does the job of a number and returns what came of it."""
OpenWork = Callable[[], AbstractAsyncContextManager[Do]]
"""Opens, in a host, what jobs are done with."""


async def do_in_hosts(
    open_work: OpenWork,
    jobs: int,
    *,
    hosts: int,
    width: int,
    on_result: Callable[[int, bytes], None],
    on_lost: Callable[[int, str], None],
) -> list[int]:
    """Do jobs 0, 1, 2 ... in host processes, which have ended when this returns or raises.

    Args:
        open_work: What jobs are done with.
        jobs: How many there are.
        hosts: Processes at once.
        width: Jobs that each has at once.
        on_result: Told what came of a job, in whatever order they end.
        on_lost: Told of a job whose process ended, which no other job can have caused, and how.

    Returns:
        Jobs that were not done, as the machine can't start another process.

    Raises:
        Exception: What a job or `open_work` raised in its host.
    """
    left = deque(range(jobs))
    suspects: list[int] = []
    living: list[socket.socket] = []

    async def drive(number: int) -> None:
        del number
        with suppress(OSError):  # fewer do it too
            lost, _ = await _in_host(open_work, living, left, width, on_result)
            suspects.extend(lost)

    await in_parallel(range(hosts), drive, hosts)
    alone = deque([*sorted(suspects), *left])
    while alone:
        try:
            lost, how = await _in_host(open_work, living, alone, 1, on_result)
        except OSError:
            break
        for job in lost:
            on_lost(job, how)
    return list(alone)


async def _in_host(
    open_work: OpenWork,
    living: list[socket.socket],
    left: deque[int],
    width: int,
    on_result: Callable[[int, bytes], None],
) -> tuple[list[int], str]:
    """Do jobs in a new host until none is left or it dies.

    Args:
        open_work: See `do_in_hosts`.
        living: This process's ends of the sockets of all hosts.
        left: Jobs, which are taken from there.
        width: As there.
        on_result: As there.

    Returns:
        Jobs that it had when it died, and how it ended.
    """
    if not left:
        return [], ""
    pid, ours = _fork(open_work, living)
    living.append(ours)
    how = ""
    try:
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            lost = await _hand_out(reader, writer, left, width, on_result)
        finally:
            writer.close()
    finally:
        living.remove(ours)
        ours.close()
        how = await _ended(pid)
    return lost, how


async def _hand_out(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    left: deque[int],
    width: int,
    on_result: Callable[[int, bytes], None],
) -> list[int]:
    """Give a host jobs and hear of them; what it had when it died."""
    pending: set[int] = set()
    while True:
        while left and len(pending) < width:
            job = left.popleft()
            pending.add(job)
            writer.write(_HEAD.pack(_JOB, job, 0))
        if not pending:
            return []
        try:
            kind, job, said = await _message(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            return sorted(pending)
        if kind == _ERROR:
            raise pickle.loads(said)
        pending.discard(job)
        on_result(job, said)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, int, bytes]:
    kind, job, size = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    return kind, job, await reader.readexactly(size)


async def _ended(pid: int) -> str:
    """Wait until a host has ended, and say how."""
    until = time.monotonic() + _END_S
    try:
        while not (found := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.01)
    except ChildProcessError:  # somebody else in this process waits for all
        return "it is gone"
    except asyncio.CancelledError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    code = os.waitstatus_to_exitcode(found[1])
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _fork(open_work: OpenWork, living: list[socket.socket]) -> tuple[int, socket.socket]:
    """A host, and this process's end of its socket.

    Raises:
        OSError: There is no room for another process.
    """
    ours, theirs = socket.socketpair()
    try:
        with warnings.catch_warnings():
            # Newer Pythons warn that threads of this process do not go on in a copy: none need.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
    except OSError:
        ours.close()
        theirs.close()
        raise
    if pid:
        theirs.close()
        return pid, ours
    code = 1
    try:
        # Ctrl-C is for the first process, whose end the others hear of.
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for other in (ours, *living):
            other.close()
        asyncio.run(_serve(theirs, open_work))
        end_idle()
        code = 0
    finally:
        # Nothing of what the first process would do at its end is done here.
        os._exit(code)


async def _serve(end: socket.socket, open_work: OpenWork) -> None:
    """In a host: do what is asked until nobody asks any more."""
    reader, writer = await asyncio.open_connection(sock=end)
    working: set[asyncio.Task[None]] = set()

    async def one(do: Do, job: int) -> None:
        try:
            said = await do(job)
        except Exception as error:
            tell_error(error)
        else:
            writer.write(_HEAD.pack(_DONE, job, len(said)) + said)

    def tell_error(error: Exception) -> None:
        try:
            said = pickle.dumps(error)
        except (pickle.PicklingError, TypeError, AttributeError):
            said = pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
        writer.write(_HEAD.pack(_ERROR, 0, len(said)) + said)

    try:
        async with open_work() as do:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    _, job, _ = await _message(reader)
                    task = asyncio.create_task(one(do, job))
                    working.add(task)
                    task.add_done_callback(working.discard)
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
    except Exception as error:
        tell_error(error)
    with suppress(ConnectionError):
        await writer.drain()
        writer.close()
        await writer.wait_closed()
