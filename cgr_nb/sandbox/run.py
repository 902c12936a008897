"""One run of one program, from the fork to its `Execution`: the conversation, the clock, the
end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, replace
from typing import Any

from cgr_nb.errors import IsolationError, ModelError, RequestError
from cgr_nb.records import Ask, Execution
from cgr_nb.sandbox import orders
from cgr_nb.sandbox.channel import Channel, ChannelClosed
from cgr_nb.sandbox.clock import Clock, OutOfTime
from cgr_nb.sandbox.frames import AskRequest, EndFrame, ModuleFrame, check_ready, read_frame
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.memory_file import ScratchFile
from cgr_nb.sandbox.modes import RunMode
from cgr_nb.sandbox.outcome import End, Evidence, conclude
from cgr_nb.sandbox.protocol import ProtocolError
from cgr_nb.sandbox.replies import Asker, AskReply, made_up_scores
from cgr_nb.sandbox.worker import Exit, Worker

__all__ = ["Run", "RunOrder"]

_READY_S = 60.0
"""Time a busy machine gets to fork and confine a process, before the program's clock starts."""
_GONE_S = 60.0
"""Time a busy machine gets to end a process that was killed."""
_LOCATE_S = 0.05
"""Time a program that is out of time gets to say where it is."""
_LEAVE_S = 0.25
"""Time a program that has told its end gets to leave by itself."""


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
        self,
        program_id: int,
        worker: Worker,
        slots: asyncio.Semaphore,
        order: RunOrder,
        limits: Limits,
        ask: Asker,
        multi: bool,
    ) -> None:
        """Prepare a run.

        Args:
            program_id: Number of the run in its sandbox.
            worker: Where it runs.
            slots: Room for programs that compute at once.
            order: What is run.
            limits: Of the run.
            ask: Answers its questions.
            multi: Whether it may return several letters.
        """
        self._id = program_id
        self._worker = worker
        self._slots = slots
        self._order = order
        self._limits = limits
        self._ask = ask
        self._multi = multi
        self._calls: list[Ask] = []
        self._module: ModuleFrame | None = None
        self._clock = Clock(limits.wall_s)
        self._holds_slot = False
        self._killed = False

    @property
    def calls(self) -> tuple[Ask, ...]:
        """Calls so far."""
        return tuple(self._calls)

    async def go(self) -> Execution:
        """Run to the end; see `Sandbox.run`."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours, ScratchFile("output") as output, ScratchFile("record") as record:
            ours.setblocking(False)
            channel = Channel(ours, self._limits.frame_bytes)
            try:
                with theirs:
                    await self._take_slot()
                    exited = await self._worker.spawn(
                        self._id, [theirs.fileno(), output.fd, record.fd]
                    )
                # Where a program can start others, one of those may hold its end for good.
                exited.add_done_callback(lambda _: channel.close())
                try:
                    await self._start(channel, exited)
                    end = await self._talk(channel, exited)
                    exit_ = await self._end_or_kill(end, exited)
                finally:
                    self._worker.order(orders.KILL, self._id)
                    with contextlib.suppress(IsolationError):
                        await self._wait_until_gone(exited)
            finally:
                self._free_slot()
            return conclude(
                Evidence(
                    end=end,
                    exit=exit_,
                    killed=self._killed,
                    module=self._module or ModuleFrame(None, None),
                    calls=self.calls,
                    output=output.read(self._limits.file_bytes),
                    record=record.read(self._limits.file_bytes),
                    traced=self._order.trace,
                    mode=self._order.mode,
                    wall_s=self._clock.spent_s,
                    letters=tuple(self._order.item["options"]),
                    multi=self._multi,
                    limits=self._limits,
                    isolation=self._worker.report.level,
                )
            )

    async def _start(self, channel: Channel, exited: asyncio.Future[Exit]) -> None:
        """Hand the program over, and wait until it is confined."""
        try:
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(_READY_S):
                await channel.send(self._order.to_message(self._limits))
                check_ready(await channel.receive())
        except (ChannelClosed, TimeoutError, ProtocolError):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_S):
                    await asyncio.shield(exited)  # may know better why
            # No byte of the program has run yet, so this is the machine's fault.
            raise IsolationError("a worker could not confine a program", where="sandbox") from None

    async def _talk(self, channel: Channel, exited: asyncio.Future[Exit]) -> End:
        """Serve the program until the host knows why it ends."""
        try:
            while True:
                match read_frame(await self._next(channel), self._limits):
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
                        await self._answer(channel, exited, request)
                    case EndFrame() as frame:
                        self._check_order(frame)
                        return End("told", frame)
        except ChannelClosed:
            return End("closed")
        except OutOfTime:
            self._worker.order(orders.LOCATE, self._id)
            await asyncio.sleep(_LOCATE_S)
            return End("wall")
        except ProtocolError as error:
            return End("protocol", text=str(error))

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

    async def _next(self, channel: Channel) -> bytes:
        """The next message, while the program's clock runs."""
        try:
            async with self._clock.running():
                return await channel.receive()
        except OutOfTime:
            # A busy host may have been late, not the program: once that is believed.
            body = channel.receive_now() if self._clock.believe() else None
            if body is None:
                raise
            return body

    async def _answer(
        self, channel: Channel, exited: asyncio.Future[Exit], request: AskRequest
    ) -> None:
        """Let the solver answer, while the program holds no slot and its clock stands."""
        self._free_slot()
        reply: AskReply | None = None
        try:
            reply = _checked(request, await self._solved(request, exited))
            if len(reply.text) > self._limits.reply_chars:
                reply = None
        except RequestError:
            # The program asked what can't be served: its own failure, told to it as one.
            reply = None
        finally:
            self._calls.append(
                Ask(
                    request.index,
                    request.prompt,
                    request.choices,
                    request.max_tokens,
                    request.temperature,
                    reply.text if reply else None,
                    request.line,
                    request.scores,
                    reply.finish if reply else None,
                    reply.scores if reply else None,
                )
            )
        await self._take_slot()
        async with self._clock.running():
            told = AskReply("") if reply is None else reply
            await channel.send(
                {
                    "type": "reply",
                    "id": request.index,
                    "text": None if reply is None else told.text,
                    "finish": told.finish,
                    "scores": told.scores,
                }
            )

    async def _solved(self, request: AskRequest, exited: asyncio.Future[Exit]) -> str | AskReply:
        """The solver's reply; given up when the program ends meanwhile."""
        solving = asyncio.ensure_future(self._ask(request))
        try:
            await asyncio.wait((solving, exited), return_when=asyncio.FIRST_COMPLETED)
            if not solving.done():
                raise ChannelClosed
            return solving.result()
        finally:
            if solving.cancel():
                await asyncio.wait((solving,))

    async def _end_or_kill(self, end: End, exited: asyncio.Future[Exit]) -> Exit:
        """Wait for the program to be gone; one that does not leave by itself is killed."""
        if end.kind in ("told", "closed"):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_S):
                    return await asyncio.shield(exited)
        self._killed = True
        self._worker.order(orders.KILL, self._id)
        return await self._wait_until_gone(exited)

    async def _wait_until_gone(self, exited: asyncio.Future[Exit]) -> Exit:
        """Wait for a program that was killed to be gone.

        Raises:
            IsolationError: Its worker is gone too, or did not see to it in all that time.
        """
        try:
            async with asyncio.timeout(_GONE_S):
                return await asyncio.shield(exited)
        except TimeoutError:
            self._worker.kill_worker()
            return await asyncio.shield(exited)

    async def _take_slot(self) -> None:
        await self._slots.acquire()
        self._holds_slot = True

    def _free_slot(self) -> None:
        if self._holds_slot:
            self._holds_slot = False
            self._slots.release()


def _checked(request: AskRequest, reply: object) -> AskReply:
    """What the solver gave, as the program is told it.

    Raises:
        RequestError: Scores were asked for, and there are none.
        ModelError: It is no reply.
    """
    if isinstance(reply, str):
        scores = made_up_scores(request, reply) if request.scores else None
        reply = AskReply(reply, scores=scores)
    if not isinstance(reply, AskReply) or not isinstance(reply.text, str):
        raise ModelError("a solver's reply must be a text", where="ask", got=type(reply).__name__)
    if not request.scores:
        return replace(reply, scores=None)
    if reply.scores is None or len(reply.scores) != len(request.choices):
        raise RequestError(
            "the solver tells no log-probabilities", where="ask", fix="ask without scores=True"
        )
    return reply
