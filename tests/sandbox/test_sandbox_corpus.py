"""Programs of real models: each runs to a status, twice the same to the byte, and disturbs nothing."""

import asyncio
import zlib
from collections import Counter
from dataclasses import replace

import pytest
from sandbox_corpus import ITEM, scaffolds

from cgr_nb.records import EXECUTION_STATUSES
from cgr_nb.sandbox import Limits, Sandbox

CLOCK = ("cpu_limit", "timeout")
"""A run that the clock stops is stopped wherever it happens to be."""


AGAIN = 4
"""Every so many programs one runs a second time, and with `--fuzz-seconds 30` each."""


@pytest.fixture(scope="module")
def two_rounds(shared_data, try_many):
    programs = scaffolds(shared_data / "programs")
    again = dict(list(programs.items())[:: 1 if try_many else AGAIN])

    async def ask(request):
        return f"The answer is {'ABCDE'[zlib.crc32(request.prompt.encode()) % 5]}."

    async def both():
        limits = Limits(cpu_s=1, wall_s=20)
        async with Sandbox() as box:
            rounds = []
            for some in (programs, again):
                runs = (box.run(source, ITEM, ask, limits=limits) for source in some.values())
                rounds.append(dict(zip(some, await asyncio.gather(*runs), strict=True)))
        return rounds

    return asyncio.run(both())


def test_every_program_runs_to_a_status(two_rounds):
    first, _ = two_rounds
    assert len(first) > 800
    assert {execution.status for execution in first.values()} <= set(EXECUTION_STATUSES)


def test_most_programs_come_to_an_end_of_their_own(two_rounds):
    first, _ = two_rounds
    found = Counter(execution.status for execution in first.values())
    assert found["ok"] > 0.6 * len(first)
    assert found["killed"] == 0


def test_the_same_replies_give_the_same_run_to_the_byte(two_rounds):
    first, second = two_rounds
    assert len(second) > 200
    for name, two in second.items():
        one = first[name]
        assert one.status == two.status, name
        if one.status not in CLOCK:
            assert one.trace.to_bytes() == two.trace.to_bytes(), name
            timeless = [replace(run, cpu_s=None, wall_s=0.0) for run in (one, two)]
            assert timeless[0] == timeless[1], name


def test_every_trace_is_sound(two_rounds):
    first, _ = two_rounds
    for name, execution in first.items():
        assert "damaged" not in execution.trace.cut, name
        asks = [step.ask for step in execution.trace.steps if step.ask is not None]
        refused = execution.status == "call_limit"
        if not execution.trace.cut:
            assert asks == list(range(len(execution.calls) + refused)), name
