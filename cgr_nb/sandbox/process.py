"""The process of one program, from the host's side: started and confined, heard and answered under
its clock, paused, ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from cgr_nb.errors import IsolationError, ModelError, RequestError
from cgr_nb.records import Ask
from cgr_nb.sandbox import orders
from cgr_nb.sandbox.channel import Channel, ChannelClosed
from cgr_nb.sandbox.clock import Clock, OutOfTime
from cgr_nb.sandbox.frames import AskRequest, check_ready
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.memory_file import ScratchFile
from cgr_nb.sandbox.outcome import End
from cgr_nb.sandbox.protocol import ProtocolError
from cgr_nb.sandbox.replies import Asker, AskReply, made_up_scores
from cgr_nb.sandbox.warm_imports import may_read
from cgr_nb.sandbox.worker import Exit, Worker

__all__ = ["Process"]

_READY_S = 60.0
"""Time a busy machine gets to fork and confine a process, before the program's clock starts."""
_GONE_S = 60.0
"""Time a busy machine gets to end a process that was killed."""
_LOCATE_S = 0.05
"""Time a program that is out of time gets to say where it is."""
_LEAVE_S = 0.25
"""Time a program that has told its end gets to leave by itself."""


class Process:
    """One program's process. Between `start` and `close` it exists, and holds a slot while it
    computes."""

    def __init__(
        self, program_id: int, worker: Worker, slots: asyncio.Semaphore, limits: Limits
    ) -> None:
        """Prepare a process.

        Args:
            program_id: Its number in its sandbox.
            worker: Where it is forked.
            slots: Room for programs that compute at once.
            limits: Of all that it does.
        """
        self.worker = worker
        self.clock = Clock(limits.wall_s)
        self.killed = False
        """Whether the host had to end it."""
        self._id = program_id
        self._slots = slots
        self._limits = limits
        self._holds_slot = False
        self._channel: Channel
        self._exited: asyncio.Future[Exit]
        self._files = contextlib.ExitStack()
        self.output: ScratchFile
        self.record: ScratchFile

    async def start(self, order: dict[str, Any]) -> None:
        """Fork it, hand it an order, and wait until it is confined; it holds a slot then.

        Args:
            order: The `run` message.

        Raises:
            NotStarted: The machine has no room for it now.
            IsolationError: It could not be confined, or its worker is gone.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._files.enter_context(ours)
        with theirs:
            self.output = self._files.enter_context(ScratchFile("output"))
            self.record = self._files.enter_context(ScratchFile("record"))
            ours.setblocking(False)
            self._channel = channel = Channel(ours, self._limits.frame_bytes)
            await self.take_slot()
            # A walk reads its answer, and what cells will call is not known.
            reads = order.get("mode", "solve") != "solve" or may_read(order["source"])
            fds = [theirs.fileno(), self.output.fd, self.record.fd]
            self._exited = await self.worker.spawn(self._id, fds, reads)
        # Where a program can start others, one of those may hold its end for good.
        self._exited.add_done_callback(lambda _: channel.close())
        try:
            # Not wait_for: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(_READY_S):
                await channel.send(order)
                check_ready(await channel.receive())
        except (ChannelClosed, TimeoutError, ProtocolError):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_S):
                    await asyncio.shield(self._exited)  # may know better why
            # No byte of the program has run yet, so this is the machine's fault.
            raise IsolationError("a worker could not confine a program", where="sandbox") from None

    async def close(self) -> None:
        """End it, whatever it does, and let go of all that it held."""
        try:
            if hasattr(self, "_exited"):
                self.worker.order(orders.KILL, self._id)
                with contextlib.suppress(IsolationError):
                    await self._wait_until_gone()
        finally:
            self.free_slot()
            self._files.close()

    # ---- the conversation ------------------------------------------------------------------------

    async def talked(self, talk: Awaitable[End]) -> End:
        """How a conversation ends that either side may break off.

        Args:
            talk: The conversation; it ends with what the child tells of itself.
        """
        try:
            return await talk
        except ChannelClosed:
            return End("closed")
        except OutOfTime:
            await self.locate()
            return End("wall")
        except ProtocolError as error:
            return End("protocol", text=str(error))

    async def next(self) -> bytes:
        """The next message, while the program's clock runs.

        Raises:
            ChannelClosed, ProtocolError: None will come; what came is none.
            OutOfTime: None came in time.
        """
        try:
            async with self.clock.running():
                return await self._channel.receive()
        except OutOfTime:
            # A busy host may have been late, not the program: once that is believed.
            body = self._channel.receive_now() if self.clock.believe() else None
            if body is None:
                raise
            return body

    def said_unasked(self) -> bool:
        """Whether it has sent something by now.

        Raises:
            ChannelClosed, ProtocolError: As `next`.
        """
        return self._channel.receive_now() is not None

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message, while the program's clock runs.

        Raises:
            ChannelClosed: Nobody will read it.
            OutOfTime: It was not read in time.
        """
        async with self.clock.running():
            await self._channel.send(message)

    async def answer(self, request: AskRequest, ask: Asker, calls: list[Ask]) -> None:
        """Let the solver answer, while the program holds no slot and its clock stands.

        Args:
            request: What it asks, numbered on the channel.
            ask: Answers it; given the question with its number among `calls`.
            calls: What was asked so far; the question is put to it.

        Raises:
            ChannelClosed, OutOfTime: As `send`.
        """
        self.free_slot()
        asked = replace(request, index=len(calls))
        reply: AskReply | None = None
        try:
            reply = _checked(asked, await self._solved(asked, ask))
            if len(reply.text) > self._limits.reply_chars:
                reply = None
        except RequestError:
            # The program asked what can't be served: its own failure, told to it as one.
            reply = None
        finally:
            calls.append(
                Ask(
                    asked.index,
                    asked.prompt,
                    asked.choices,
                    asked.max_tokens,
                    asked.temperature,
                    reply.text if reply else None,
                    asked.line,
                    asked.scores,
                    reply.finish if reply else None,
                    reply.scores if reply else None,
                )
            )
        await self.take_slot()
        told = AskReply("") if reply is None else reply
        await self.send(
            {
                "type": "reply",
                "id": request.index,
                "text": None if reply is None else told.text,
                "finish": told.finish,
                "scores": told.scores,
            }
        )

    async def _solved(self, request: AskRequest, ask: Asker) -> str | AskReply:
        """The solver's reply; given up when the program ends meanwhile."""
        solving = asyncio.ensure_future(ask(request))
        try:
            await asyncio.wait((solving, self._exited), return_when=asyncio.FIRST_COMPLETED)
            if not solving.done():
                raise ChannelClosed
            return solving.result()
        finally:
            if solving.cancel():
                await asyncio.wait((solving,))

    # ---- standing still, and the end -------------------------------------------------------------

    def pause(self) -> None:
        """Let all its threads stand still, and free its slot."""
        self.worker.order(orders.PAUSE, self._id)
        self.free_slot()

    async def go_on(self) -> None:
        """Wait for a slot, and let it compute again."""
        await self.take_slot()
        self.worker.order(orders.RESUME, self._id)

    async def locate(self) -> None:
        """Have a program that is out of time leave word of where it is."""
        self.worker.order(orders.LOCATE, self._id)
        await asyncio.sleep(_LOCATE_S)

    async def end(self, leaves: bool) -> Exit:
        """Wait for the program to be gone; one that does not leave by itself is killed.

        Args:
            leaves: Whether it may be about to.

        Raises:
            IsolationError: Its worker is gone too, or did not see to it in all that time.
        """
        if leaves:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_S):
                    return await asyncio.shield(self._exited)
        self.killed = True
        self.worker.order(orders.KILL, self._id)
        return await self._wait_until_gone()

    async def _wait_until_gone(self) -> Exit:
        """Wait for a program that was killed to be gone.

        Raises:
            IsolationError: As `end`.
        """
        try:
            async with asyncio.timeout(_GONE_S):
                return await asyncio.shield(self._exited)
        except TimeoutError:
            self.worker.kill_worker()
            return await asyncio.shield(self._exited)

    async def take_slot(self) -> None:
        """Wait for room to compute in."""
        if not self._holds_slot:
            await self._slots.acquire()
            self._holds_slot = True

    def free_slot(self) -> None:
        """Let others compute."""
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
