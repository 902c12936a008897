"""A program's time is counted wherever the host waits for it, and nobody else's with it."""

import asyncio
import contextlib
import socket

import pytest

from cgr_nb.sandbox import Limits, Sandbox, protocol
from cgr_nb.sandbox.channel import Channel, ChannelClosed
from cgr_nb.sandbox.clock import Clock, OutOfTime

FRAME = protocol.encode({"type": "module"})


@contextlib.contextmanager
def channel():
    """The host's end of a channel, and the program's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        yield Channel(ours, 1_000), theirs


def fill(end, data):
    """Write as much as goes in."""
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += end.send(data)
    return sent


def test_whoever_sends_without_end_leaves_everybody_else_their_turns():
    async def main():
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        with channel() as (host, program):
            frames = fill(program, FRAME * 100) // len(FRAME)
            counting = asyncio.create_task(count())
            for _ in range(frames):
                await host.receive()
            counting.cancel()
        assert frames > 1_000
        assert turns >= frames

    asyncio.run(main())


def test_whoever_sends_without_end_runs_out_of_time():
    async def main():
        clock = Clock(0.05)

        async def listen(host, program):
            async with clock.running():
                while True:
                    fill(program, FRAME * 100)
                    await host.receive()

        with channel() as (host, program), pytest.raises(OutOfTime):
            await listen(host, program)
        assert clock.spent_s >= 0.05

    asyncio.run(main())


def test_whoever_never_reads_runs_out_of_time():
    async def main():
        async def talk(host):
            async with Clock(0.05).running():
                while True:
                    await host.send({"type": "reply", "text": "x" * 10_000})

        with channel() as (host, _), pytest.raises(OutOfTime):
            await talk(host)

    asyncio.run(main())


def test_no_byte_is_lost_however_often_the_wait_is_given_up():
    async def main():
        with channel() as (host, program):
            for number in range(50):
                frame = protocol.encode({"type": "ask", "id": number})
                program.send(frame[: number % len(frame)])
                waiting = asyncio.create_task(host.receive())
                await asyncio.sleep(0)
                program.send(frame[number % len(frame) :])
                waiting.cancel()
                ends = await asyncio.gather(waiting, return_exceptions=True)
                body = ends[0] if isinstance(ends[0], bytes) else await host.receive()
                assert protocol.decode(body)["id"] == number

    asyncio.run(main())


def test_what_has_come_in_is_read_after_the_end_and_then_no_more():
    async def main():
        with channel() as (host, program):
            program.send(FRAME * 2)
            host.close()
            assert await host.receive() == await host.receive()
            with pytest.raises(ChannelClosed):
                await host.receive()
            with pytest.raises(ChannelClosed):
                await host.send({})

    asyncio.run(main())


def test_the_host_is_believed_to_have_been_late_once():
    clock = Clock(1)
    assert clock.believe()
    assert not clock.believe()


def test_two_programs_that_never_read_do_not_stop_the_others():
    deaf = (
        "import json, os, time\ndef solve(item, ask):\n    for n in range(32):\n"
        "        body = json.dumps({'type': 'ask', 'id': n, 'prompt': '?', 'choices': []}).encode()\n"
        "        os.write(3, len(body).to_bytes(4, 'big') + body)\n    time.sleep(10**6)"
    )
    item = {"question": "?", "options": {"A": "1", "B": "2"}}

    async def main():
        async def ask(request):
            return "A" * (20_000 if request.prompt == "?" else 1)

        async with Sandbox(workers=2) as box:
            limits = Limits(wall_s=0.5, memory_mb=64)
            held = [asyncio.create_task(box.run(deaf, item, ask, limits=limits)) for _ in range(2)]
            good = "def solve(item, ask): return ask('really?')"
            assert (await box.run(good, item, ask)).solver_answer == "A"
            assert [run.status for run in await asyncio.gather(*held)] == ["timeout"] * 2

    asyncio.run(main())
