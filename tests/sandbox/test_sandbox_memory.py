"""All programs that exist at once stay within one budget: the others wait."""

import asyncio
import threading

import pytest

from cgr_nb.errors import ConfigError
from cgr_nb.sandbox import Limits, Sandbox
from cgr_nb.sandbox.memory import MemoryBudget, shared_budget

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}
ASKS = "def solve(item, ask):\n    return ask('?')"


async def settle():
    """Let everything happen that can."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_no_more_is_taken_than_there_is_and_all_get_their_turn():
    async def main():
        budget, most, done = MemoryBudget(100), 0, []

        async def one(number):
            nonlocal most
            async with budget.room(30):
                most = max(most, budget.used_bytes)
                await asyncio.sleep(0.001)
                done.append(number)

        await asyncio.gather(*map(one, range(20)))
        assert (most, budget.used_bytes) == (90, 0)
        assert done == list(range(20))

    asyncio.run(main())


def test_one_that_needs_more_than_all_there_is_runs_alone():
    async def main():
        budget = MemoryBudget(100)
        async with budget.room(10):
            large = asyncio.create_task(budget.room(1_000).__aenter__())
            await settle()
            assert not large.done()
        await large
        assert budget.used_bytes == 100

    asyncio.run(main())


def test_a_small_one_does_not_pass_a_large_one_that_came_before():
    async def main():
        budget, order = MemoryBudget(100), []

        async def one(size):
            async with budget.room(size):
                order.append(size)

        async with budget.room(60):
            tasks = [asyncio.create_task(one(size)) for size in (90, 10)]
            await settle()
            assert order == []
        await asyncio.gather(*tasks)
        assert order == [90, 10]

    asyncio.run(main())


@pytest.mark.parametrize("turns", range(6))
def test_whoever_gives_up_waiting_leaves_its_place(turns):
    async def main():
        budget = MemoryBudget(100)

        async def one(size):
            async with budget.room(size):
                await settle()

        first = asyncio.create_task(one(100))
        await asyncio.sleep(0)
        second, third = asyncio.create_task(one(100)), asyncio.create_task(one(100))
        for _ in range(turns):
            await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        await third
        assert budget.used_bytes == 0

    asyncio.run(main())


def test_event_loops_of_several_threads_share_a_budget():
    budget, used = MemoryBudget(100), []

    async def many():
        async def one():
            async with budget.room(40):
                used.append(budget.used_bytes)
                await asyncio.sleep(0)

        await asyncio.gather(*(one() for _ in range(100)))

    threads = [threading.Thread(target=asyncio.run, args=(many(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(used) == 400
    assert max(used) == 80
    assert budget.used_bytes == 0


def test_programs_that_wait_for_the_solver_are_counted_and_the_next_one_waits():
    async def main():
        limits = Limits(memory_mb=100)
        asked, most, go_on = 0, 0, asyncio.Event()

        async def ask(request):
            nonlocal asked, most
            asked += 1
            most = max(most, asked)
            if asked == 3:
                go_on.set()
            await go_on.wait()
            await asyncio.sleep(0.01)
            asked -= 1
            return "B"

        # Each is counted with its limit, the worker it is forked from, and what the kernel holds.
        async with Sandbox(workers=8, memory_mb=3 * 170) as box:
            runs = (box.run(ASKS, ITEM, ask, limits=limits) for _ in range(12))
            ends = await asyncio.gather(*runs)
        assert [end.solver_answer for end in ends] == ["B"] * 12
        assert most == 3

    asyncio.run(main())


def test_a_program_is_given_its_room_back_however_it_ends():
    async def main():
        async def ask(request):
            raise KeyError("mine")

        budget = shared_budget()
        before = budget.used_bytes
        async with Sandbox() as box:
            await box.run("import os\ndef solve(item, ask): os._exit(1)", ITEM, ask)
            with pytest.raises(KeyError):
                await box.run(ASKS, ITEM, ask)
            task = asyncio.create_task(
                box.run("def solve(item, ask):\n    while True: pass", ITEM, ask)
            )
            while budget.used_bytes == before:
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert budget.used_bytes == before

    asyncio.run(main())


def test_a_sandbox_without_memory_is_refused():
    with pytest.raises(ConfigError, match="memory"):
        Sandbox(memory_mb=0)
