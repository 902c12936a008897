"""A worker outlives its sandbox, for the next one, where it may."""

import asyncio
import os
import signal
import subprocess
import sys

import psutil
import pytest

from cgr_nb.sandbox import Sandbox
from cgr_nb.sandbox.idle import end_idle

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}
ASKS = "def solve(item, ask):\n    return ask('?')"


def all_workers():
    return {p.pid for p in psutil.Process().children() if "sandbox" in p.name()}


@pytest.fixture(autouse=True)
def others(no_idle_workers):
    """What other tests of this process have left behind is none of ours."""
    global OTHERS
    OTHERS = all_workers()


OTHERS: set[int] = set()


def workers():
    """Processes that a test has started for sandboxes."""
    return all_workers() - OTHERS


async def answers_a(request):
    return "A"


async def one_run():
    async with Sandbox() as box:
        execution = await box.run(ASKS, ITEM, answers_a)
        return execution.solver_answer, workers()


def test_the_next_sandbox_goes_on_with_the_worker_of_the_last_also_in_another_loop():
    answer, first = asyncio.run(one_run())
    assert answer == "A"
    assert workers() == first
    assert asyncio.run(one_run()) == ("A", first)
    end_idle()
    assert workers() == set()
    assert asyncio.run(one_run())[1] not in (first, set())


def test_two_sandboxes_at_once_have_a_worker_each_and_one_is_kept():
    async def main():
        async with Sandbox(), Sandbox():
            return workers()

    both = asyncio.run(main())
    assert len(both) == 2
    kept = workers()
    assert len(kept) == 1
    assert kept < both


def test_a_worker_that_was_ended_while_it_rested_is_not_used():
    (pid,) = asyncio.run(one_run())[1]
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
    answer, now = asyncio.run(one_run())
    assert answer == "A"
    assert pid not in now


def test_a_worker_with_a_program_still_in_it_is_ended_not_kept():
    async def main():
        box = await Sandbox().__aenter__()
        asked = asyncio.Event()

        async def ask(request):
            asked.set()
            await asyncio.Event().wait()

        run = asyncio.create_task(box.run(ASKS, ITEM, ask))
        await asked.wait()
        run.cancel()
        await box.close()
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(main())
    assert workers() == set()


def test_the_end_of_the_process_ends_the_worker_that_rests():
    source = (
        "from cgr_nb.sandbox import run_program\n"
        f"print(run_program({ASKS!r}, {ITEM!r}, lambda prompt: 'A').solver_answer)\n"
        "import psutil\n"
        "print(*(p.pid for p in psutil.Process().children(recursive=True)))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    answer, pids = done.stdout.splitlines()
    assert answer == "A", done.stderr
    assert pids.split(), "no worker was kept"
    assert not any(map(psutil.pid_exists, map(int, pids.split())))
    assert not done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_starts_a_worker_of_its_own():
    ours = asyncio.run(one_run())[1]
    child = os.fork()
    if not child:
        try:
            answer, theirs = asyncio.run(one_run())
            os._exit(0 if answer == "A" and theirs and not theirs & ours else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asyncio.run(one_run()) == ("A", ours)
