"""Cell after cell in one namespace: what stays, what each came to, and what ends a session."""

import asyncio
import contextlib

import psutil
import pytest
from sandbox_attacks import PRELUDE
from sandbox_processes import sandbox_processes

from cgr_nb.errors import ConfigError
from cgr_nb.sandbox import Limits, Sandbox, place_of, transcript

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}
FINISHED = "no_answer"


async def yes(request):
    return f"yes, {request.prompt}"


def run_cells(*cells, ask=yes, each=None, **limits):
    """The outcome of each cell, up to the one that ends the session."""

    async def main():
        async with Sandbox() as box, box.session(ITEM, limits=Limits(**limits), seed=1) as session:
            runs = []
            for cell in cells:
                runs.append(await session.run(cell, ask, calls=each))
                if session.ended:
                    break
            return runs

    return asyncio.run(main())


def told(runs):
    return [(run.status, run.output) for run in runs]


def test_what_a_cell_defines_stays_and_nothing_is_run_twice():
    cells = (
        "import random\nfrom math import pi\ndrawn = random.random()\nprint('drawn')",
        "def again():\n    return drawn, random.random() != drawn\nx = 1",
        "x += 1\nprint(again() == (drawn, True), x, round(pi), item['options']['B'])",
    )
    runs = run_cells(*cells)
    assert told(runs) == [(FINISHED, "drawn\n"), (FINISHED, ""), (FINISHED, "True 2 3 2\n")]


def test_an_exception_ends_its_cell_alone_and_tells_type_text_and_line():
    cells = ("x = 4", "y = 0\nx / y\nx = 5", "print(x, y)", "if x:", "import sys\nsys.exit()")
    _, failed, after, broken, left = run_cells(*cells)
    assert (failed.status, after.output) == ("exception", "4 0\n")
    assert failed.detail == "ZeroDivisionError: division by zero at line 5"
    place = place_of(cells, failed.line)
    assert place is not None
    assert (place.cell, place.line, place.text) == (2, 2, "x / y")
    assert transcript(cells).splitlines()[failed.line - 1] == "x / y"
    assert (broken.status, place_of(cells, broken.line).cell) == ("syntax_error", 4)
    assert (left.status, left.detail[:10]) == ("exception", "SystemExit")


def test_a_function_of_an_earlier_cell_fails_at_its_own_line():
    cells = ("def half(x):\n    return 1 / x", "y = 1\nhalf(0)")
    failed = run_cells(*cells)[1]
    place = place_of(cells, failed.line)
    assert (place.cell, place.line) == (1, 2)


def test_the_value_of_an_expression_that_ends_a_cell_is_printed():
    runs = run_cells("x = 'a'\nx * 2", "None", "x; y = 2", "'(no)'\ny = 3", "_")
    assert [run.output for run in runs] == ["'aa'\n", "", "", "", "'aa'\n"]


def test_output_streams_are_there_again_in_the_next_cell():
    runs = run_cells("import sys, io\nsys.stdout = io.StringIO()\nprint(1)", "print(2)")
    assert [run.output for run in runs] == ["", "2\n"]


def test_each_cell_has_its_own_questions_and_steps():
    runs = run_cells("ask('a'); ask('b')", "x = ask('c')\nprint(x)", each=2)
    assert [[(c.index, c.prompt, c.reply) for c in run.calls] for run in runs] == [
        [(0, "a", "yes, a"), (1, "b", "yes, b")],
        [(0, "c", "yes, c")],
    ]
    steps = runs[1].trace.steps
    assert [step.ask for step in steps if step.event == "ask"] == [0]
    assert {step.line for step in steps if step.event == "line"} == {4, 5}
    assert steps[0].printed == 0


@pytest.mark.parametrize(
    ("cells", "status", "limits"),
    [
        (("ask('a'); ask('b')", "ask('c'); ask('d')"), "call_limit", {"calls": 3}),
        (("print('x' * 60)", "print('x' * 60)"), "output_limit", {"output_chars": 100}),
        (("x = 1", "while x: pass"), "timeout", {"wall_s": 0.3}),
        (("x = 1", "y = 'long' * 3_000", "x"), "interface_error", {"source_chars": 20}),
        (("x = bytearray(40 << 20)", "y = bytearray(40 << 20)"), "memory_limit", {"memory_mb": 64}),
    ],
)
def test_limits_are_of_all_cells_together_and_end_the_session(cells, status, limits):
    runs = run_cells(*cells, "print('after')", **limits)
    assert [run.status for run in runs] == [FINISHED, status]


def test_a_cell_asks_no_more_than_it_is_given():
    [run] = run_cells("ask('a'); ask('b')", each=1)
    assert (run.status, len(run.calls)) == ("call_limit", 1)
    assert run.detail == "stopped: asked the solver more than 1 times at line 2"


HOSTILE = {
    "leaves": ("os._exit(3)", "left with exit code 3 before the cell ended"),
    "closes its channel": ("os.close(3)\nwhile True: pass", "closed its call channel"),
    "forges the end of its cell": (
        "frame({'type': 'cell', 'index': 1, 'kind': 'finished'})",
        "cell",  # it stands still before or behind its true end
    ),
    "forges that of the next": (
        "frame({'type': 'cell', 'index': 2, 'kind': 'finished'})",
        "the end of another cell",
    ),
    "says that solve returned": (
        "frame({'type': 'end', 'kind': 'returned', 'value': 'A', 'shown': 'A'})",
        "a message that is none of a cell",
    ),
    "has a module": (
        "frame({'type': 'module', 'generator_answer': 'A', 'difficulty': None})",
        "a message that is none of a cell",
    ),
    "asks out of order": (
        "frame({'type': 'ask', 'id': 7, 'prompt': '', 'choices': []})",
        "a call out of order",
    ),
    "sends what is no frame": ("os.write(3, b'\\xff' * 8)", "a message of"),
    "replaces builtins": ("import builtins\nbuiltins.compile = builtins.exec = None", "exit code"),
    "replaces what reads": ("os.read = None", "exit code"),
    "asks when nobody runs it": (
        "import threading, time\n"
        "def late():\n    time.sleep(0.01)\n    ask('x')\n"
        "threading.Thread(target=late).start()\n"
        "threading.Thread.join = None\ntime.sleep(0)",
        "",
    ),
}


@pytest.mark.parametrize("deed", HOSTILE)
def test_a_hostile_cell_ends_its_session_with_a_status_and_nothing_else(deed):
    source, why = HOSTILE[deed]

    async def main():
        async with Sandbox() as box:
            async with box.session(ITEM, limits=Limits(wall_s=3)) as session:
                await session.run(PRELUDE, yes)
                runs = [await session.run(source, yes)]
                while not session.ended and len(runs) < 3:
                    runs.append(await session.run("print('went on')", yes))
                ended = session.ended
                if ended:
                    with pytest.raises(ConfigError, match="has ended"):
                        await session.run("1", yes)
            async with box.session(ITEM) as later:
                last = await later.run("print(1)", yes)
            return runs, ended, last

    runs, ended, last = asyncio.run(main())
    assert (last.status, last.output) == (FINISHED, "1\n")
    if why:  # the other one hangs on when its thread asks
        assert ended
        assert runs[-1].status == "killed"
        assert why in runs[-1].detail


def test_threads_that_a_cell_leaves_stand_still_until_the_next():
    spins = (
        "import threading\nn = 0\ndef spin():\n    global n\n    while True:\n        n += 1\n"
        "threading.Thread(target=spin, daemon=True).start()"
    )

    async def main():
        async with Sandbox() as box, box.session(ITEM) as session:
            before = sandbox_processes()
            await session.run(spins, yes)
            [program] = [one for one in sandbox_processes() if one not in before]
            while program.status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(0.01)
            went_on = await session.run("m = n\nwhile n == m: pass\nprint('spins')", yes)
            return went_on.output

    assert asyncio.run(asyncio.wait_for(main(), 60)) == "spins\n"


def test_sessions_that_wait_for_a_model_leave_room_for_programs_and_for_each_other():
    solve = "def solve(item, ask):\n    return 'A'"

    async def main():
        written = asyncio.Event()
        at_work = most = 0

        async def converse(box, number):
            nonlocal at_work, most
            async with box.session(ITEM, limits=limits) as session:
                await session.run(f"x = {number}", yes)
                at_work += 1
                most = max(most, at_work)
                await written.wait()  # the model writes the next cell
                at_work -= 1
                return (await session.run("print(x)", yes)).output

        limits = Limits(memory_mb=64)
        async with Sandbox(workers=1, live=6, memory_mb=1 << 20) as box:
            talks = [asyncio.create_task(converse(box, number)) for number in range(40)]
            while at_work < 3:
                await asyncio.sleep(0.01)
            runs = await asyncio.gather(*(box.run(solve, ITEM, yes) for _ in range(8)))
            written.set()
            found = await asyncio.gather(*talks)
        return most, [run.status for run in runs], found

    most, statuses, found = asyncio.run(asyncio.wait_for(main(), 60))
    assert most == 3
    assert statuses == ["ok"] * 8
    assert found == [f"{number}\n" for number in range(40)]


@pytest.mark.usefixtures("no_idle_workers")
def test_a_session_whose_worker_was_killed_from_outside_goes_on_in_another():
    async def main():
        async with Sandbox() as box, box.session(ITEM, seed=3) as session:
            first = await session.run("import random\nx = random.random()\nx", yes)
            for process in sandbox_processes():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            return first, await session.run("print(x)", yes)

    first, second = asyncio.run(asyncio.wait_for(main(), 60))
    assert (second.status, second.output) == (FINISHED, first.output)


def test_what_a_solver_raises_ends_the_session_and_is_raised():
    async def fails(request):
        raise OSError("away")

    async def main():
        before = sandbox_processes()
        async with Sandbox() as box, box.session(ITEM) as session:
            with pytest.raises(OSError, match="away"):
                await session.run("ask('a')", fails)
            return session.ended, len(sandbox_processes()) - len(before)

    ended, left = asyncio.run(main())
    assert ended
    assert left <= 4  # workers, and no program
