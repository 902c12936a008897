"""A program can't fill the machine with threads, and a machine that is full is waited for."""

import asyncio
import os
import resource
import socket

import pytest
from sandbox_processes import sandbox_processes

from cgr_nb.sandbox import Limits, probe, run_program
from cgr_nb.sandbox.limits import MOST_THREADS
from cgr_nb.sandbox.worker import NotStarted, Worker

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}
STARTS = """
import threading
threading.stack_size(32_768)
done = threading.Event()
def solve(item, ask):
    count = 0
    try:
        while True:
            threading.Thread(target=done.wait, daemon=True).start()
            count += 1
    except RuntimeError as error:
        print(count, error)
"""

pytestmark = pytest.mark.skipif(
    not any("threads" in text for text in probe().in_force), reason="threads can't be limited here"
)


def run(source):
    return run_program(source, ITEM, lambda prompt: "A", trace=False)


def test_a_program_starts_so_many_threads_and_no_more():
    assert run(STARTS).output == f"{MOST_THREADS} can't start new thread\n"


def test_threads_that_have_ended_count_as_well():
    source = (
        "import threading\ndef solve(item, ask):\n    for _ in range(200):\n"
        "        thread = threading.Thread(target=str)\n        thread.start()\n        thread.join()"
    )
    execution = run(source)
    assert (execution.status, execution.detail) == (
        "exception",
        "RuntimeError: can't start new thread at line 5",
    )


def test_a_program_that_tries_on_is_ended():
    source = (
        "import threading\nthreading.stack_size(32_768)\ndone = threading.Event()\n"
        "def solve(item, ask):\n    while True:\n"
        "        try:\n            threading.Thread(target=done.wait, daemon=True).start()\n"
        "        except RuntimeError:\n            pass"
    )
    execution = run(source)
    assert execution.status == "killed"
    assert f"more than {MOST_THREADS} threads" in execution.detail


@pytest.mark.parametrize("call", ["435, None, 0", "56, 0x11, 0, 0, 0, 0", "57", "58"])
def test_no_other_call_starts_a_thread_or_a_process(call):
    source = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\ndef solve(item, ask):\n"
        f"    return 'A' if libc.syscall({call}) == -1 else 'B'"
    )
    assert run(source).solver_answer == "A"


def test_pools_as_scaffolds_use_them_work():
    source = (
        "from concurrent.futures import ThreadPoolExecutor\ndef solve(item, ask):\n"
        "    for _ in range(4):\n        with ThreadPoolExecutor(8) as pool:\n"
        "            replies = list(pool.map(ask, 'abcdefgh'))\n    return replies[0]"
    )
    assert run(source).solver_answer == "A"


def test_every_program_has_its_own_count():
    for _ in range(3):
        assert run(STARTS).output.startswith(f"{MOST_THREADS} ")


@pytest.mark.usefixtures("no_idle_workers")
def test_a_machine_without_room_for_a_process_is_no_end_of_the_worker():
    async def main():
        def inner():
            return [p.pid for p in sandbox_processes() if p not in others][-1]

        others = sandbox_processes()
        worker = await Worker.start(heavy=False)
        ours, theirs = socket.socketpair()
        with ours, theirs, open(os.devnull, "r+b") as null:
            fds = [theirs.fileno(), null.fileno(), null.fileno()]
            least, most = resource.prlimit(inner(), resource.RLIMIT_NOFILE)
            resource.prlimit(inner(), resource.RLIMIT_NOFILE, (3, most))
            exited = await worker.spawn(1, fds)
            with pytest.raises(NotStarted, match="can't start a process"):
                await exited
            resource.prlimit(inner(), resource.RLIMIT_NOFILE, (least, most))
            exited = await worker.spawn(2, fds)
            theirs.close()
            ours.close()
            assert (await exited).wait_status != 0
            assert worker.alive
        await worker.close()

    asyncio.run(main())


@pytest.mark.usefixtures("no_idle_workers")
def test_a_program_waits_for_a_machine_that_is_full():
    from cgr_nb.sandbox import Sandbox

    async def main():
        others = sandbox_processes()

        async def ask(request):
            return "A"

        async with Sandbox() as box:
            new = [p for p in sandbox_processes() if p not in others]
            pid = new[-1].pid
            least, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, most))
            source = "def solve(item, ask): return ask('?')"
            task = asyncio.create_task(box.run(source, ITEM, ask, limits=Limits(memory_mb=64)))
            before = new[-1].num_ctx_switches().voluntary
            while new[-1].num_ctx_switches().voluntary < before + 2:
                await asyncio.sleep(0.001)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, most))
            assert (await task).status == "ok"

    asyncio.run(main())
