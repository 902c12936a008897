"""Many programs wait at once, few run at once, and nothing outlives its run."""

import asyncio
import gc
import os
import time

import psutil
import pytest
from sandbox_attacks import ATTACKS
from sandbox_processes import sandbox_processes

from cgr_nb.errors import ContextOverflow, IsolationError, ModelError
from cgr_nb.sandbox import Limits, Sandbox, run_program

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}
ASKS = "def solve(item, ask):\n    return ask('?')"
SPINS = "def solve(item, ask):\n    ask('?')\n    while True: pass"


def programs():
    """Processes of programs that exist now: the children of the worker."""
    return [
        process
        for process in sandbox_processes()
        if len(process.parents()) - len(psutil.Process().parents()) > 2
    ]


async def answers_a(request):
    return "A"


def test_64_programs_wait_at_once_and_cost_little_memory():
    async def main():
        together = asyncio.Event()
        waiting = 0
        memory = []

        async def ask(request):
            nonlocal waiting
            waiting += 1
            if waiting == 64:
                memory.extend(process.memory_full_info().uss for process in programs())
                together.set()
            await together.wait()
            return "B"

        limits = Limits(memory_mb=64)
        async with Sandbox(workers=2, memory_mb=64 * 256) as box:
            runs = await asyncio.gather(
                *(box.run(ASKS, ITEM, ask, limits=limits) for _ in range(64))
            )
        assert {run.solver_answer for run in runs} == {"B"}
        assert len(memory) == 64
        assert max(memory) < 10 * 2**20

    asyncio.run(main())


def test_no_more_programs_run_than_there_are_workers():
    async def main():
        limits = Limits(wall_s=0.3)
        source = "def solve(item, ask):\n    import time\n    time.sleep(60)"
        async with Sandbox(workers=2) as box:
            started = time.monotonic()
            runs = await asyncio.gather(
                *(box.run(source, ITEM, answers_a, limits=limits) for _ in range(6))
            )
        assert {run.status for run in runs} == {"timeout"}
        assert time.monotonic() - started > 3 * 0.3

    asyncio.run(main())


def test_cancelling_ends_the_program():
    async def main():
        asked = asyncio.Event()

        async def ask(request):
            asked.set()
            await asyncio.Event().wait()

        async with Sandbox() as box:
            task = asyncio.create_task(box.run(ASKS, ITEM, ask))
            await asked.wait()
            assert len(programs()) == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert programs() == []
            assert (await box.run(ASKS, ITEM, answers_a)).status == "ok"

    asyncio.run(main())


def test_cancelling_a_running_program_gives_its_slot_back():
    async def main():
        async with Sandbox(workers=1) as box:
            task = asyncio.create_task(box.run(SPINS, ITEM, answers_a))
            while not programs():
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await box.run(ASKS, ITEM, answers_a)).status == "ok"

    asyncio.run(main())


def test_the_solver_is_given_up_when_the_program_dies_meanwhile():
    async def main():
        given_up = asyncio.Event()

        async def ask(request):
            try:
                await asyncio.Event().wait()
            finally:
                given_up.set()

        source = (
            "import os, threading, time\ndef solve(item, ask):\n"
            "    threading.Timer(0.1, os._exit, (0,)).start()\n    return ask('?')"
        )
        async with Sandbox() as box:
            run = await box.run(source, ITEM, ask)
        assert run.status == "killed"
        assert given_up.is_set()
        assert run.calls[0].reply is None

    asyncio.run(main())


def test_an_error_of_the_solver_ends_the_program_and_passes_through_unchanged():
    async def main():
        error = ModelError("out of order", where="solver")

        async def ask(request):
            raise error

        catches = "def solve(item, ask):\n    while True:\n        try: ask('?')\n        except BaseException: pass"
        async with Sandbox() as box:
            with pytest.raises(ModelError) as caught:
                await box.run(catches, ITEM, ask)
            assert caught.value is error
            assert programs() == []

    asyncio.run(main())


@pytest.mark.parametrize("refusal", [ContextOverflow("too long"), "A" * 101])
def test_what_the_solver_can_not_answer_is_an_error_of_the_program(refusal):
    async def ask(request):
        if isinstance(refusal, str):
            return refusal
        raise refusal

    async def main():
        async with Sandbox() as box:
            return await box.run(ASKS, ITEM, ask, limits=Limits(reply_chars=100))

    execution = asyncio.run(main())
    assert execution.status == "exception"
    assert "could not answer" in execution.detail
    assert [call.reply for call in execution.calls] == [None]


@pytest.mark.parametrize("delay", [0, 0.001, 0.002, 0.004, 0.006, 0.01, 0.02])
def test_cancelling_at_any_moment_is_never_swallowed(delay):
    async def main():
        async with Sandbox() as box:
            tasks = [asyncio.create_task(box.run(SPINS, ITEM, answers_a)) for _ in range(6)]
            await asyncio.sleep(delay)
            for task in tasks:
                task.cancel()
            async with asyncio.timeout(8):
                ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(end) for end in ends} == {asyncio.CancelledError}
            assert programs() == []

    asyncio.run(main())


def test_a_closed_sandbox_refuses():
    async def main():
        async with Sandbox() as box:
            pass
        with pytest.raises(IsolationError):
            await box.run(ASKS, ITEM, answers_a)

    asyncio.run(main())


@pytest.mark.usefixtures("no_idle_workers")
def test_a_run_whose_worker_was_killed_from_outside_runs_once_more():
    async def main():
        others = psutil.Process().children()
        asked = []

        async def ask(request):
            asked.append(request.index)
            if len(asked) == 1:
                for process in psutil.Process().children():
                    if process not in others:
                        process.kill()
                await asyncio.Event().wait()
            return await answers_a(request)

        async with Sandbox() as box:
            execution = await asyncio.wait_for(box.run(ASKS, ITEM, ask), 20)
        assert execution.status == "ok"
        assert asked[:2] == [0, 0]

    asyncio.run(main())


@pytest.mark.usefixtures("no_idle_workers")
def test_a_worker_that_is_killed_again_is_an_error_and_the_next_run_gets_a_new_one():
    async def main():
        others = psutil.Process().children()

        async def ask(request):
            for process in psutil.Process().children():
                if process not in others:
                    process.kill()
            await asyncio.Event().wait()

        async with Sandbox() as box:
            with pytest.raises(IsolationError):
                await asyncio.wait_for(box.run(ASKS, ITEM, ask), 20)
            assert (await box.run(ASKS, ITEM, answers_a)).status == "ok"

    asyncio.run(main())


@pytest.mark.usefixtures("no_idle_workers")
def test_closing_the_sandbox_ends_programs_that_still_run():
    async def main():
        before = sandbox_processes()
        box = await Sandbox().__aenter__()
        task = asyncio.create_task(box.run(SPINS, ITEM, answers_a))
        while not programs():
            await asyncio.sleep(0.01)
        await box.close()
        with pytest.raises(IsolationError):
            await task
        assert sandbox_processes() == before

    asyncio.run(main())


def test_nothing_is_left_after_hundreds_of_hostile_programs(try_many):
    count = 3_000 if try_many else 300
    quick = [
        a for a in ATTACKS if not a.limits and "<" not in a.source and a.name != "program of 5 MB"
    ]
    me = psutil.Process()

    def left():
        gc.collect()
        shm = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
        return me.num_fds(), len(sandbox_processes()), me.num_threads(), shm

    async def main(rounds):
        limits = Limits(cpu_s=2, output_chars=2_000)
        async with Sandbox() as box:
            for start in range(0, rounds, 100):
                some = (quick[n % len(quick)] for n in range(start, start + 100))
                runs = (
                    box.run(a.source, ITEM, answers_a, limits=limits, trace=False) for a in some
                )
                await asyncio.gather(*runs)
            return len(programs())

    assert asyncio.run(main(100)) == 0
    before, memory = left(), me.memory_info().rss
    assert asyncio.run(main(count)) == 0
    assert left() == before
    assert me.memory_info().rss - memory < 20 * 2**20


def test_run_program_works_inside_a_running_loop():
    async def main():
        return run_program(ASKS, ITEM, lambda prompt: "B")

    assert asyncio.run(main()).solver_answer == "B"


def test_run_program_calls_ask_on_the_callers_thread():
    import threading

    seen = []

    def ask(prompt):
        seen.append(threading.current_thread())
        return "A"

    run_program(ASKS, ITEM, ask)
    assert seen == [threading.current_thread()]


def test_run_program_passes_an_error_of_ask_through():
    def ask(prompt):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_program(ASKS, ITEM, ask)
    assert run_program(ASKS, ITEM, lambda prompt: "A").status == "ok"
