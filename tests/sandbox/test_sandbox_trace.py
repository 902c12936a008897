"""A trace tells what a run did, step by step, and never makes the program do anything."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.errors import StoreError
from cgr_nb.sandbox import Limits, Sandbox, Trace, run_program

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}

SOURCE = """\
def pick(votes):
    best = max(votes)
    return best

def solve(item, ask):
    votes = []
    for k in range(2):
        votes.append(ask("?"))
        print("voted")
    del k
    return pick(votes)
"""


def run(source, ask=lambda prompt: "A", **limits):
    return run_program(source, ITEM, ask, **limits)


def body(text):
    return run("def solve(item, ask):\n" + "\n".join("    " + line for line in text.split("\n")))


def steps(execution):
    return [(step.event, step.line, step.name) for step in execution.trace.steps]


def test_every_line_call_and_return_is_a_step():
    told = [step for step in steps(run(SOURCE)) if step[2] != "<module>"]
    assert told == [
        ("call", 5, "solve"),
        ("line", 6, "solve"),
        ("line", 7, "solve"),
        ("line", 8, "solve"),
        ("ask", 8, "solve"),
        ("line", 9, "solve"),
        ("line", 7, "solve"),
        ("line", 8, "solve"),
        ("ask", 8, "solve"),
        ("line", 9, "solve"),
        ("line", 7, "solve"),
        ("line", 10, "solve"),
        ("line", 11, "solve"),
        ("call", 1, "pick"),
        ("line", 2, "pick"),
        ("line", 3, "pick"),
        ("return", 3, "pick"),
        ("return", 11, "solve"),
    ]


def test_a_step_shows_what_the_previous_one_of_its_frame_changed():
    changed = [dict(s.changed) for s in run(SOURCE).trace.steps if s.name == "solve"]
    assert {"k": "1"} in changed
    assert {"votes": "['A', 'A']"} in changed
    assert {"k": None} in changed


def test_at_gives_the_full_state_before_a_step():
    trace = run(SOURCE).trace
    inside = next(step for step in trace.steps if step.name == "pick" and step.line == 3)
    state = trace.at(inside.index)
    assert [frame.function for frame in state.frames] == ["solve", "pick"]
    assert state.frames[0].variables["votes"] == "['A', 'A']"
    assert state.variables == {"votes": "['A', 'A']", "best": "'A'"}
    assert state.frames[0].line == 11


def test_frames_that_returned_are_gone():
    trace = run(SOURCE).trace
    assert [frame.function for frame in trace.at(-1).frames] == ["solve"]


def test_call_at_is_the_latest_call():
    execution = run(SOURCE)
    asks = [step.index for step in execution.trace.steps if step.event == "ask"]
    assert [execution.trace.steps[index].ask for index in asks] == [0, 1]
    assert execution.trace.call_at(asks[0] - 1) is None
    assert execution.trace.call_at(asks[1] - 1) == 0
    assert execution.trace.call_at(-1) == 1


def test_output_offsets_lead_into_the_output():
    execution = run(SOURCE)
    assert execution.trace.steps[-1].printed == len(execution.output) == 12
    assert execution.trace.steps[0].printed == 0


def test_an_exception_is_shown_where_it_is_raised_and_where_it_passes():
    source = "def f():\n    raise KeyError('x')\n\ndef solve(item, ask):\n    f()"
    told = [(s.event, s.line, s.value) for s in run(source).trace.steps if s.value is not None]
    assert told[-4:] == [
        ("raise", 2, "KeyError: x"),
        ("unwind", 2, "None"),
        ("raise", 5, "KeyError: x"),
        ("unwind", 5, "None"),
    ]


def test_a_caught_exception_does_not_unwind():
    execution = body("try:\n    int('x')\nexcept ValueError:\n    pass\nreturn 'A'")
    assert [s.event for s in execution.trace.steps if s.event in ("raise", "unwind")] == ["raise"]


def test_a_generator_keeps_its_frame():
    execution = body(
        "def count():\n    for n in range(3):\n        yield n\nreturn 'A' if sum(count()) else 'B'"
    )
    frames = {step.frame for step in execution.trace.steps if step.name == "count"}
    assert len(frames) == 1


def test_the_last_step_before_a_crash_is_kept():
    execution = body("x = 'here'\nimport os\nos._exit(1)")
    assert execution.trace.steps[-1].line == 4
    assert execution.trace.at(-1).variables["x"] == "'here'"


def test_a_loop_is_sampled_after_64_rounds():
    execution = body("total = 0\nfor n in range(1000):\n    total += n\nreturn 'A'")
    seen = [step for step in execution.trace.steps if step.line == 4 and step.event == "line"]
    assert len(seen) == 64 + len([128, 256, 512])
    assert execution.trace.at(-1).variables["total"] == str(sum(range(1000)))
    assert execution.trace.cut == ""


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"trace_steps": 50}, "too many steps"),
        ({"trace_bytes": 2_000}, "too many bytes"),
    ],
)
def test_a_cut_is_visible(limits, why):
    async def main():
        source = (
            "def solve(item, ask):\n    for n in range(1000):\n        x = 'x' * n\n    return 'A'"
        )

        async def ask(request):
            return "A"

        async with Sandbox() as box:
            return await box.run(source, ITEM, ask, limits=Limits(**limits))

    execution = asyncio.run(main())
    assert execution.status == "ok"
    assert execution.trace.cut == why
    assert execution.trace.steps[-1].event == "cut"


@pytest.mark.parametrize(("names", "length"), [(900, 1), (3_000, 1), (3_000, 20)])
def test_a_step_larger_than_the_record_is_cut_and_the_run_goes_on(names, length):
    parameters = ", ".join(f"{'x' * length}{number}" for number in range(names))
    source = (
        f"def fill({parameters}):\n    return 'A'\n"
        f"def solve(item, ask):\n    return fill(*['y' * 150] * {names})"
    )
    execution = run_program(source, ITEM, lambda prompt: "A")
    assert (execution.status, execution.solver_answer) == ("ok", "A")
    step = names * (length + 170)
    assert (execution.trace.cut == "too many bytes") == (step > 450_000)


@pytest.mark.parametrize("deed", ["os.close(4)", "os.dup2(0, 4)", "os.dup2(3, 4)"])
def test_a_program_that_takes_the_record_away_runs_on(deed):
    execution = body(f"import os\n{deed}\nx = 1\ny = x + 1\nreturn 'A'")
    assert execution.status in ("ok", "killed")
    assert (execution.status == "ok") == ("3" not in deed)


def test_a_state_of_many_frames_is_found_in_one_walk():
    lines = [f'["call",1,{n},{{}},0,[null,"f"]]' for n in range(1, 20_001)]
    lines += [f'["return",1,{n},{{}},0,"1"]' for n in range(20_000, 1, -1)]
    trace = Trace.from_record("\n".join([*lines, '["line",1,1,{},0]', ""]).encode())
    assert len(trace.at(19_999).frames) == 20_000
    assert [frame.number for frame in trace.at(-1).frames] == [1]


@pytest.mark.parametrize(
    "line",
    [
        b'[[],1,1,{},0]',
        b'["line",2147483648,1,{},0]',
        b'["line",-1,1,{},0]',
        b'["line",true,1,{},0]',
        b'["line",1.0,1,{},0]',
        b'["line",1,1,{"x":1},0]',
        b'["line",1,1,{"x":NaN},0]',
        b'["line",1,1,[],0]',
        b'["ask",1,1,{},0,-1]',
        b'["ask",1,1,{},0,[]]',
        b'["return",1,1,{},0,7]',
        b'["call",1,1,{},0,[1]]',
        b'["call",1,1,{},0,"ab"]',
        b'["call",1,1,{},0,{"a":1,"b":2}]',
        b'["line",1,1,{},0,null,null]',
        b'["line",1,1]',
        b'["line",' + b"9" * 4_000 + b',1,{},0]',
        b'["' + "line".encode("utf-16-be") + b'",1,1,{},0]',
    ],
)  # fmt: skip
def test_what_is_no_step_ends_the_reading(line):
    trace = Trace.from_record(b'["line",1,1,{},0]\n' + line + b"\n")
    assert [step.event for step in trace.steps] == ["line", "cut"]


def test_endless_events_are_cut_and_cost_is_bounded():
    execution = body("for n in range(300_000):\n    pass\nreturn 'A'")
    assert execution.status == "ok"
    assert execution.trace.cut == "too many events"


def test_a_trace_can_be_left_out():
    execution = run_program(SOURCE, ITEM, lambda prompt: "A", trace=False)
    assert execution.status == "ok"
    assert execution.trace is None


def test_tracing_runs_no_code_of_the_program():
    execution = body(
        "class Loud:\n"
        "    def __repr__(self): print('repr'); return ''\n"
        "    __str__ = __hash__ = __len__ = __iter__ = __eq__ = __bool__ = __repr__\n"
        "    def __getattribute__(self, name): print('get'); return None\n"
        "    __class__ = property(lambda self: print('class'))\n"
        "one = Loud()\n"
        "many = [one, {'k': one}]\n"
        "def f(x): return x\n"
        "f(one)\n"
        "return 'A'"
    )
    assert execution.status == "ok"
    assert execution.output == ""
    assert any("Loud" in text for s in execution.trace.steps for text in s.changed.values() if text)


def test_tracing_keeps_no_object_alive():
    execution = body(
        "class Mortal:\n    def __del__(self): print('gone')\n"
        "def f():\n    m = Mortal()\nf()\nprint('after')\nreturn 'A'"
    )
    assert execution.output == "gone\nafter\n"


def test_variables_are_bounded():
    execution = body("x = 'x' * 100_000\ny = list(range(100_000))\nz = 1 << 100_000\nreturn 'A'")
    shown = execution.trace.at(-1).variables
    assert len(shown["x"]) <= 160
    assert len(shown["y"]) <= 160
    assert shown["z"] == "<int of 100001 bits>"


def test_the_same_run_gives_the_same_bytes():
    again = {run(SOURCE).trace.to_bytes() for _ in range(3)}
    assert len(again) == 1


def test_bytes_and_back():
    trace = run(SOURCE).trace
    assert Trace.from_bytes(trace.to_bytes()) == trace
    assert Trace.from_bytes(trace.to_bytes()).steps == trace.steps
    assert len(trace.to_bytes()) < len(trace.record)


@pytest.mark.parametrize("data", [b"", b"nonsense", Trace(b"").to_bytes()[:-3]])
def test_damaged_bytes_are_refused(data):
    with pytest.raises(StoreError, match="damaged"):
        Trace.from_bytes(data)


def test_a_forged_record_is_read_up_to_the_damage():
    sound = b'["line",1,1,{},0]\n'
    trace = Trace.from_record(sound + b'["line","1",1,{},0]\n' + sound)
    assert [step.event for step in trace.steps] == ["line", "cut"]
    assert "damaged" in trace.cut


@settings(max_examples=300, deadline=None)
@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda x: f"{x}\n".encode())
)
def test_no_record_breaks_the_reader(record):
    trace = Trace.from_record(b'["line",1,1,{},0]\n[' + record + b"\n")
    assert len(trace.steps) >= 1
    trace.at(-1)
