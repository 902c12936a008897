"""One run of one program, from the fork to its `Execution`: the conversation, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cgr_nb.records import Ask, Execution
from cgr_nb.sandbox.frames import AskRequest, EndFrame, ModuleFrame, read_frame
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.modes import RunMode
from cgr_nb.sandbox.outcome import End, Evidence, conclude
from cgr_nb.sandbox.process import Process
from cgr_nb.sandbox.protocol import ProtocolError
from cgr_nb.sandbox.replies import Asker

__all__ = ["Run", "RunOrder"]


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What is to be run."""

    source: str
    item: dict[str, Any]
    """What the program is given."""
    seed: int
    trace: bool
    mode: RunMode

    def to_message(self, limits: Limits) -> dict[str, Any]:
        """The frame that hands it to the program's process."""
        order = {"source": self.source, "item": self.item, "seed": self.seed, "trace": self.trace}
        mode = {} if self.mode == "solve" else {"mode": self.mode}
        return {"type": "run", "limits": limits.to_order(), **order, **mode}


class Run:
    """The host's side of one program."""

    def __init__(
        self, process: Process, order: RunOrder, limits: Limits, ask: Asker, multi: bool
    ) -> None:
        """Prepare a run.

        Args:
            process: Where the program is to run.
            order: What is run.
            limits: Of the run.
            ask: Answers its questions.
            multi: Whether it may return several letters.
        """
        self._process = process
        self._order = order
        self._limits = limits
        self._ask = ask
        self._multi = multi
        self._calls: list[Ask] = []
        self._module: ModuleFrame | None = None

    @property
    def calls(self) -> tuple[Ask, ...]:
        """Calls so far."""
        return tuple(self._calls)

    async def go(self) -> Execution:
        """Run to the end; see `Sandbox.run`."""
        process = self._process
        try:
            await process.start(self._order.to_message(self._limits))
            end = await process.talked(self._talk())
            exit_ = await process.end(leaves=end.kind in ("told", "closed"))
            return conclude(
                Evidence(
                    end=end,
                    exit=exit_,
                    killed=process.killed,
                    module=self._module or ModuleFrame(None, None),
                    calls=self.calls,
                    output=process.output.read(self._limits.file_bytes),
                    record=process.record.read(self._limits.file_bytes),
                    traced=self._order.trace,
                    mode=self._order.mode,
                    wall_s=process.clock.spent_s,
                    letters=tuple(self._order.item["options"]),
                    multi=self._multi,
                    limits=self._limits,
                    isolation=process.worker.report.level,
                )
            )
        finally:
            await process.close()

    async def _talk(self) -> End:
        """Serve the program until the host knows why it ends."""
        process = self._process
        while True:
            match read_frame(await process.next(), self._limits):
                case ModuleFrame() as module:
                    if self._module is not None:
                        raise ProtocolError("a second module")
                    self._module = module
                case AskRequest() as request:
                    if self._module is None:
                        raise ProtocolError("a call before its module")
                    if request.index != len(self._calls):
                        raise ProtocolError("a call out of order")
                    if request.index >= self._limits.calls:
                        return End("calls", line=request.line)
                    await process.answer(request, self._ask, self._calls)
                case EndFrame() as frame:
                    self._check_order(frame)
                    return End("told", frame)
                case _:
                    raise ProtocolError("the end of a cell, and there is none")

    def _check_order(self, frame: EndFrame) -> None:
        """Refuse an end that can't come where it comes.

        Raises:
            ProtocolError: It says something else of the run than the host has seen.
        """
        if frame.kind == "syntax" and self._module is not None:
            raise ProtocolError("an end by its syntax after its module")
        if frame.kind in ("returned", "interface") and self._module is None:
            raise ProtocolError(f"an end of kind {frame.kind!r} before its module")
        if frame.kind == "interface" and self._calls:
            raise ProtocolError("an end by its interface after a call")
