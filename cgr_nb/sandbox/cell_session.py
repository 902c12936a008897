"""A session: cell after cell runs in one namespace that stays, each with an outcome of its own.

Nothing is run again between cells. While nobody runs one the process stands still, threads that a
cell has left running with it, and holds memory but no slot. Limits are those of one run, of all
cells together. A cell that passes one, ends the process, or says on the channel what it should not,
ends its session, with a status; what it raises ends the cell alone.

Where a worker is lost, with all its programs and by no fault of theirs, the cells so far are run
again in another process, once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from cgr_nb.errors import ConfigError, IsolationError
from cgr_nb.records import Ask, Execution
from cgr_nb.sandbox.frames import AskRequest, CellFrame, EndFrame, ModuleFrame, read_frame
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.outcome import End, Evidence, conclude, lost, refused
from cgr_nb.sandbox.process import Process
from cgr_nb.sandbox.protocol import ProtocolError
from cgr_nb.sandbox.replies import Asker
from cgr_nb.sandbox.transcript import lines_before
from cgr_nb.sandbox.worker import Exit, Worker

__all__ = ["CellSession"]

_NO_EXIT = Exit(0, 0.0, crowded=False)
"""Of a cell after which its process is still there."""
_ENDS = ("memory", "output")
"""How a process may report its own end while a cell runs."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell as it was to be run."""

    source: str
    ask: Asker
    calls: int | None


class CellSession:
    """Runs cells, one at a time. Made by `Sandbox.session`."""

    def __init__(
        self,
        start: Callable[[dict[str, Any], bool], Awaitable[Process]],
        item: dict[str, Any],
        limits: Limits,
        seed: int,
        trace: bool,
        isolation: str,
    ) -> None:
        """Prepare a session; its process starts with the first cell.

        Args:
            start: Starts a process with an order; the second argument says whether one was lost.
            item: What cells are given as `item`.
            limits: Of all cells together.
            seed: Of `random`.
            trace: Whether steps are recorded.
            isolation: What is in force.
        """
        self._isolation = isolation
        self._start = start
        self._item, self._limits = item, limits
        self._order: dict[str, Any] = {
            "type": "run",
            "mode": "cells",
            "limits": limits.to_order(),
            "item": item,
        }
        self._order |= {"seed": seed, "trace": trace}
        self._trace = trace
        self._live: _LiveSession | None = None
        self._done: list[_Cell] = []
        self._lost = False
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether a cell has ended it: then there can be no more."""
        return self._ended

    async def run(self, source: str, ask: Asker, *, calls: int | None = None) -> Execution:
        """Run one cell.

        Args:
            source: The cell.
            ask: Awaited for each question of the cell, as in `Sandbox.run`.
            calls: Questions that this cell may ask, where that is less than what the limits leave.

        Returns:
            What happened, and what this cell printed and asked. Status "no_answer" is that of one
            that ran to its end. Lines are those of the session's text (see `transcript`);
            `wall_s` is of all its cells so far, and `cpu_s` is known for the one that ended it.

        Raises:
            ConfigError: The session has ended.
            IsolationError: The sandbox is closed, or no process can be started.
            Exception: Whatever `ask` raises, as in `Sandbox.run`.
        """
        if self._ended:
            raise ConfigError("the session has ended", fix="look at `ended` before the next cell")
        cell = _Cell(source, ask, calls)
        length = sum(len(one.source) for one in (*self._done, cell))
        if length > self._limits.source_chars:
            self._ended = True
            await self.close()
            return refused(length, self._limits, self._isolation)
        while True:
            asked: list[Ask] = []
            try:
                live = await self._running()
                execution, self._ended = await live.run(cell, asked)
                break
            except IsolationError:
                worker = None if self._live is None else self._live.worker
                await self.close()
                if worker is None or worker.alive or (self._lost and not worker.exposed):
                    self._ended = True
                    raise
                if self._lost:
                    self._ended = True
                    return lost(tuple(asked), self._isolation)
                self._lost = True
            except BaseException:
                self._ended = True
                await self.close()
                raise
        self._done.append(cell)
        if self._ended:
            await self.close()
        return execution

    async def _running(self) -> _LiveSession:
        """The process, with all cells so far behind it."""
        if self._live is None:
            process = await self._start(self._order, self._lost)
            self._live = _LiveSession(process, self._item, self._limits, self._trace)
            for cell in self._done:
                await self._live.run(cell, [])
        return self._live

    async def close(self) -> None:
        """End the process, if there is one."""
        live, self._live = self._live, None
        if live is not None:
            await live.close()


class _LiveSession:
    """A session's process, and how far it has got."""

    def __init__(self, process: Process, item: dict[str, Any], limits: Limits, trace: bool) -> None:
        self._process = process
        self._letters = tuple(item["options"])
        self._limits, self._trace = limits, trace
        self._sources: list[str] = []
        self._asks = self._printed = 0
        self._read = (0, 0)
        """Bytes of output and record that were read."""

    @property
    def worker(self) -> Worker:
        """Where it runs."""
        return self._process.worker

    async def run(self, cell: _Cell, asked: list[Ask]) -> tuple[Execution, bool]:
        """Run one cell.

        Args:
            cell: The cell.
            asked: Where its questions are put.

        Returns:
            What happened, and whether that ended the session.
        """
        process, limits = self._process, self._limits
        most = limits.calls if cell.calls is None else min(limits.calls, self._asks + cell.calls)
        end = await process.talked(self._talk(cell, most, asked))
        goes_on = isinstance(end.frame, CellFrame)
        exit_ = _NO_EXIT
        if not goes_on:
            exit_ = await process.end(leaves=end.kind in ("told", "closed"))
        done = self._concluded(end, exit_, asked, most)
        if done.status == "output_limit" and goes_on:
            exit_ = await process.end(leaves=False)
            goes_on = False
        if goes_on:
            process.pause()
        self._sources.append(cell.source)
        self._asks += len(asked)
        return replace(done, cpu_s=None if goes_on else exit_.cpu_s), not goes_on

    async def _talk(self, cell: _Cell, most: int, asked: list[Ask]) -> End:
        """Send a cell, and serve it until the host knows why it ends."""
        process = self._process
        if process.said_unasked():
            raise ProtocolError("a message between two cells")
        await process.go_on()
        await process.send(
            {
                "type": "cell",
                "index": len(self._sources),
                "source": cell.source,
                "lines": lines_before(self._sources),
                "asks": self._asks,
            }
        )
        while True:
            match read_frame(await process.next(), self._limits):
                case AskRequest() as request:
                    if request.index != self._asks + len(asked):
                        raise ProtocolError("a call out of order")
                    if request.index >= most:
                        return End("calls", line=request.line)
                    await process.answer(request, cell.ask, asked)
                case CellFrame() as frame:
                    if frame.index != len(self._sources):
                        raise ProtocolError("the end of another cell")
                    return End("told", frame)
                case EndFrame() as frame if frame.kind in _ENDS:
                    return End("told", frame)
                case _:
                    raise ProtocolError("a message that is none of a cell")

    def _concluded(self, end: End, exit_: Exit, asked: list[Ask], most: int) -> Execution:
        """The outcome of the cell that has just ended."""
        process, limits = self._process, self._limits
        output, record = self._read
        found = Evidence(
            end=end,
            exit=exit_,
            killed=process.killed,
            module=ModuleFrame(None, None),
            calls=tuple(asked),
            output=process.output.read(limits.file_bytes, output),
            record=process.record.read(limits.file_bytes, record),
            traced=self._trace,
            wall_s=process.clock.spent_s,
            letters=self._letters,
            multi=False,
            limits=limits,
            isolation=process.worker.report.level,
            printed_before=self._printed,
            most_calls=most,
            mode="cells",
        )
        done = conclude(found)
        self._read = (output + len(found.output), record + len(found.record))
        self._printed += len(done.output)
        return done

    async def close(self) -> None:
        """End the process."""
        await self._process.close()
