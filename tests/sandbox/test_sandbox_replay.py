"""A recorded run can be run again with no model, and asked "what if"."""

import asyncio
from dataclasses import replace as but

import pytest

from cgr_nb.errors import ReplayMiss
from cgr_nb.sandbox import Sandbox, replay

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}
SOURCE = """\
import random
def solve(item, ask):
    first = ask("first?")
    if first == "A":
        ask("only after A?")
    last = ask("last?")
    print(random.random())
    return last if first == "A" else first
"""


def recorded_and(then):
    """Run the program with a solver, then do something with the sandbox and the record."""

    async def main():
        async def ask(request):
            return {"first?": "A", "only after A?": "fine", "last?": "B"}[request.prompt]

        async with Sandbox() as box:
            execution = await box.run(SOURCE, ITEM, ask, seed=7)
            return execution, await then(box, execution.calls)

    return asyncio.run(main())


def timeless(execution):
    return but(execution, cpu_s=None, wall_s=0.0)


def test_a_replay_is_the_same_run_to_the_byte():
    first, again = recorded_and(lambda box, calls: replay(box, SOURCE, ITEM, calls, seed=7))
    assert timeless(first) == timeless(again)
    assert first.trace.to_bytes() == again.trace.to_bytes()


def test_another_seed_is_another_run():
    first, again = recorded_and(lambda box, calls: replay(box, SOURCE, ITEM, calls, seed=8))
    assert first.output != again.output


def test_a_changed_reply_leads_where_it_leads():
    _, other = recorded_and(lambda box, calls: replay(box, SOURCE, ITEM, calls, {0: "b"}, seed=7))
    assert (other.status, other.solver_answer) == ("ok", "B")
    assert [call.prompt for call in other.calls] == ["first?", "last?"]
    assert [call.reply for call in other.calls] == ["b", "B"]


def test_a_changed_reply_keeps_the_rest_of_the_record():
    _, other = recorded_and(lambda box, calls: replay(box, SOURCE, ITEM, calls, {2: "A"}, seed=7))
    assert other.solver_answer == "A"
    assert [call.reply for call in other.calls] == ["A", "fine", "A"]


def test_what_is_not_on_record_is_a_miss():
    with pytest.raises(ReplayMiss, match="call 1"):
        recorded_and(lambda box, calls: replay(box, SOURCE, ITEM, calls[:1]))


def test_a_changed_program_is_a_miss():
    changed = SOURCE.replace("first?", "other?")
    with pytest.raises(ReplayMiss, match="call 0"):
        recorded_and(lambda box, calls: replay(box, changed, ITEM, calls))
