"""What `ask` returns: a text, with how it ended and how likely each choice was."""

from __future__ import annotations

import asyncio
import json

import pytest

from cgr_nb.records import Ask
from cgr_nb.sandbox import AskReply, Sandbox

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}


def run(body, ask, **more):
    source = f"def solve(item, ask):\n    {body}\n"

    async def work():
        async with Sandbox(workers=1, minimum="limits") as sandbox:
            return await sandbox.run(source, ITEM, ask, **more)

    return asyncio.run(work())


def giving(*replies):
    asked = iter(replies)

    async def ask(request):
        return next(asked)

    return ask


def test_a_program_sees_the_log_probability_of_each_choice():
    body = "r = ask('?', ['x', 'y'], scores=True); print(r.scores, r.finish); return 'A'"
    execution = run(body, giving(AskReply("y", "stop", (-2.5, -0.5))))
    assert execution.output == "{'x': -2.5, 'y': -0.5} stop\n"
    assert execution.calls == (
        Ask(0, "?", ("x", "y"), None, None, "y", 2, True, "stop", (-2.5, -0.5)),
    )


def test_a_program_sees_whether_a_reply_was_cut():
    body = "r = ask('?'); print(r.finish, r.scores); return 'A'"
    assert run(body, giving(AskReply("and so", "length"))).output == "length None\n"
    assert run(body, giving("so")).output == "stop None\n"


def test_scores_nobody_asked_for_are_not_handed_in():
    body = "print(ask('?', ['x', 'y']).scores); return 'A'"
    execution = run(body, giving(AskReply("y", "stop", (-2.5, -0.5))))
    assert execution.output == "None\n"
    assert execution.calls[0].reply_scores is None


def test_a_reply_is_a_text_like_any_other():
    body = """r = ask('?')
    import copy, json, pickle
    whole = copy.deepcopy(r)
    print(r == 'Answer: B', {r: 1}['Answer: B'], json.dumps(r), r.split(), type(r.strip()) is str,
          whole.finish, isinstance(r, str), read_letter(r), f'{r}!', hash(r) == hash('Answer: B'))
    return ask('?')"""
    execution = run(body, giving("Answer: B", "B"))
    assert (
        execution.output
        == "True 1 \"Answer: B\" ['Answer:', 'B'] True stop True B Answer: B! True\n"
    )
    assert execution.solver_answer == "B"


def test_a_trace_shows_a_reply_as_its_text():
    execution = run("r = ask('?'); x = [r]\n    return 'A'", giving("a B"))
    shown = {name: text for step in execution.trace.steps for name, text in step.changed.items()}
    assert shown["r"] == "'a B'"
    assert shown["x"] == "['a B']"


def test_a_class_that_a_program_has_changed_runs_no_code_of_it_in_the_trace():
    body = """r = ask('?')
    for name in ('__repr__', '__str__', '__len__', '__getitem__', '__eq__', '__hash__'):
        setattr(type(r), name, lambda *a: print('run'))
    y = 1
    z = 2
    return 'A'"""
    execution = run(body, giving("a B"))
    assert execution.output == ""
    assert execution.status == "ok"


@pytest.mark.parametrize(
    "call",
    [
        "ask('?', scores=True)",
        "ask('?', [], scores=True)",
    ],
)
def test_scores_without_choices_are_refused_where_they_are_asked_for(call):
    body = f"""try:
        {call}
    except ValueError:
        return 'A'"""
    execution = run(body, giving())
    assert (execution.solver_answer, execution.calls) == ("A", ())


@pytest.mark.parametrize("scores", [None, (-1.0,), (-1.0, -2.0, -3.0)])
def test_a_solver_without_the_scores_of_all_could_not_answer(scores):
    body = """try:
        ask('?', ['x', 'y'], scores=True)
    except RuntimeError:
        return 'A'"""
    execution = run(body, giving(AskReply("x", "stop", scores)))
    assert execution.solver_answer == "A"
    assert execution.calls[0].reply is None


def test_a_text_alone_has_made_up_scores_that_agree_with_it():
    body = """r = ask('?', ['x', 'y', 'zz'], scores=True)
    print(json.dumps(r.scores))
    return 'A' if max(r.scores, key=r.scores.get) == r else 'B'"""
    first = run(f"import json; {body}", giving("y"))
    assert first.solver_answer == "A"
    scores = json.loads(first.output)
    assert len(set(scores.values())) == 3
    assert all(score < 0 for score in scores.values())
    assert run(f"import json; {body}", giving("y")).output == first.output


def test_recorded_replies_give_what_the_first_ones_gave():
    source = """def solve(item, ask):
    r = ask('?', ['x', 'y'], scores=True)
    s = ask('more')
    return 'B' if r.scores['x'] > -2 and s.finish == 'length' else 'A'
"""

    async def work():
        async with Sandbox(workers=1, minimum="limits") as sandbox:
            asked = giving(AskReply("y", "stop", (-1.5, -0.5)), AskReply("and", "length"))
            first = await sandbox.run(source, ITEM, asked)
            recorded = giving(*map(AskReply.recorded, first.calls))
            return first, await sandbox.run(source, ITEM, recorded)

    first, again = asyncio.run(work())
    assert first.solver_answer == again.solver_answer == "B"
    assert first.calls == again.calls
