"""One run of one program, from the fork to its `Execution`: the conversation, the clock, the
end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any

from cgr_nb.errors import IsolationError, ModelError, RequestError
from cgr_nb.records import Ask, Execution
from cgr_nb.sandbox import orders, protocol
from cgr_nb.sandbox.channel import Channel, ChannelClosed
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.outcome import End, Evidence, conclude
from cgr_nb.sandbox.scratch import ScratchFile
from cgr_nb.sandbox.worker import Exit, Worker

__all__ = ["AskRequest", "Run"]

_READY_S = 60.0
"""Time a busy machine gets to fork and confine a process, before the program's clock starts."""
_LOCATE_S = 0.05
"""Time a program that is out of time gets to say where it is."""
_LEAVE_S = 0.25
"""Time a program that has told its end gets to leave by itself."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """One question of a running program to the solver."""

    index: int
    """0, 1, 2 ... within the run."""
    prompt: str
    choices: tuple[str, ...]
    """When not empty, the reply should be exactly one of these."""
    max_tokens: int | None
    """None: the study's default."""
    temperature: float | None
    """None: the study's default."""
    line: int | None
    """Line of the program, as told by it."""


class Run:
    """The host's side of one program."""

    def __init__(
        self,
        program_id: int,
        worker: Worker,
        slots: asyncio.Semaphore,
        limits: Limits,
        item: dict[str, Any],
        ask: Callable[[AskRequest], Awaitable[str]],
    ) -> None:
        self._id = program_id
        self._worker = worker
        self._slots = slots
        self._limits = limits
        self._item = item
        self._ask = ask
        self._calls: list[Ask] = []
        self._module: dict[str, Any] = {}
        self._wall_s = 0.0
        self._holds_slot = False
        self._killed = False

    async def go(self, source: str, seed: int, trace: bool) -> Execution:
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
                try:
                    end = await self._talk(channel, exited, source, seed, trace)
                    wait_status, cpu_s = await self._leave(end, exited)
                finally:
                    self._worker.order(orders.KILL, self._id)
                    with contextlib.suppress(IsolationError):
                        await asyncio.shield(exited)
            finally:
                self._free_slot()
            return conclude(
                Evidence(
                    end=end,
                    wait_status=wait_status,
                    cpu_s=cpu_s,
                    killed=self._killed,
                    module=self._module,
                    calls=tuple(self._calls),
                    output=output.read(self._limits.file_bytes),
                    record=record.read(self._limits.file_bytes),
                    traced=trace,
                    wall_s=self._wall_s,
                    letters=tuple(self._item["options"]),
                    limits=self._limits,
                    isolation=self._worker.report.level,
                )
            )

    async def _talk(
        self, channel: Channel, exited: asyncio.Future[Exit], source: str, seed: int, trace: bool
    ) -> End:
        """Serve the program until the host knows why it ends."""
        limits = {field.name: getattr(self._limits, field.name) for field in fields(self._limits)}
        limits["file_bytes"] = self._limits.file_bytes
        order = {"source": source, "item": self._item, "seed": seed, "trace": trace}
        try:
            await channel.send({"type": "run", "limits": limits, **order})
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(_READY_S):
                first = await channel.receive()
            if first["type"] != "ready" or first.get("version") != protocol.VERSION:
                raise protocol.ProtocolError(f"{first['type']!r} instead of 'ready'")
        except (ChannelClosed, TimeoutError, protocol.ProtocolError):
            # No byte of the program has run yet, so this is the machine's fault.
            raise IsolationError("a worker could not confine a program", where="sandbox") from None
        while True:
            try:
                message = await self._next(channel)
                match message["type"]:
                    case "module":
                        self._module = self._module or message
                    case "ask":
                        request = self._request(message)
                        if request.index >= self._limits.calls:
                            return End("calls", line=request.line)
                        await self._answer(channel, exited, request)
                    case "end":
                        return End.from_message(message)
                    case other:
                        raise protocol.ProtocolError(f"a message of type {other[:40]!r}")
            except ChannelClosed:
                return End("closed")
            except TimeoutError:
                self._worker.order(orders.LOCATE, self._id)
                await asyncio.sleep(_LOCATE_S)
                return End("wall")
            except protocol.ProtocolError as error:
                return End("protocol", text=str(error))

    async def _next(self, channel: Channel) -> dict[str, Any]:
        """The next message, while the program's clock runs."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._limits.wall_s - self._wall_s)):
                return await channel.receive()
        except TimeoutError:
            # A busy host may have been late, not the program.
            message = channel.receive_now()
            if message is None:
                raise
            return message
        finally:
            self._wall_s += time.monotonic() - started

    def _request(self, message: dict[str, Any]) -> AskRequest:
        """Check what a program asks, as if it had written the frame itself."""
        index, prompt, choices = (message.get(name) for name in ("id", "prompt", "choices"))
        tokens, temperature = message.get("max_tokens"), message.get("temperature")
        if index != len(self._calls) or type(index) is not int:
            raise protocol.ProtocolError("a call out of order")
        if type(prompt) is not str or len(prompt) > self._limits.prompt_chars:
            raise protocol.ProtocolError("a call without a prompt, or with one too long")
        if type(choices) is not list or not all(type(choice) is str for choice in choices):
            raise protocol.ProtocolError("a call with choices that are no texts")
        if tokens is not None and (type(tokens) is not int or not 0 < tokens < 1 << 31):
            raise protocol.ProtocolError("a call with a max_tokens that is no positive number")
        if temperature is not None and not (type(temperature) is float and 0 <= temperature <= 100):
            raise protocol.ProtocolError("a call with a temperature that is none")
        line = protocol.line_number(message.get("line"))
        return AskRequest(index, prompt, tuple(choices), tokens, temperature, line)

    async def _answer(
        self, channel: Channel, exited: asyncio.Future[Exit], request: AskRequest
    ) -> None:
        """Let the solver answer, while the program holds no slot and its clock stands."""
        self._free_slot()
        reply: str | None = None
        try:
            reply = await self._solved(request, exited)
            if not isinstance(reply, str):
                raise ModelError(
                    "a solver's reply must be a text", where="ask", got=type(reply).__name__
                )
            if len(reply) > self._limits.reply_chars:
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
                    reply,
                    request.line,
                )
            )
        await self._take_slot()
        await channel.send({"type": "reply", "id": request.index, "text": reply})

    async def _solved(self, request: AskRequest, exited: asyncio.Future[Exit]) -> str:
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

    async def _leave(self, end: End, exited: asyncio.Future[Exit]) -> Exit:
        """Wait for the program to be gone; one that does not leave by itself is killed."""
        if end.kind in ("told", "closed"):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_S):
                    return await asyncio.shield(exited)
        self._killed = True
        self._worker.order(orders.KILL, self._id)
        return await asyncio.shield(exited)

    async def _take_slot(self) -> None:
        await self._slots.acquire()
        self._holds_slot = True

    def _free_slot(self) -> None:
        if self._holds_slot:
            self._holds_slot = False
            self._slots.release()
