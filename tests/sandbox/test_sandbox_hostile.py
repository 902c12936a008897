"""A program that sends what it must not, or nothing, comes to an outcome that says so; those beside
it come to theirs."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

import pytest

from cgr_nb.errors import ModelError
from cgr_nb.records import EXECUTION_STATUSES
from cgr_nb.sandbox import Limits, Sandbox, run_program
from cgr_nb.store import Store

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}
PRELUDE = """
import json, os, sys, threading, time
def raw(body):
    data = len(body).to_bytes(4, "big") + body
    while data:
        data = data[os.write(3, data):]
def frame(**message):
    raw(json.dumps(message).encode())
def call(number, **more):
    frame(**{"type": "ask", "id": number, "prompt": "?", "choices": [], **more})
def answers(letter):
    frame(type="end", kind="returned", value=letter, shown=repr(letter))
"""
WAITS = "\n    os.read(3, 1) or time.sleep(60)"


@dataclass(frozen=True)
class Hostile:
    """A program, and what the host must find."""

    name: str
    body: str
    status: str
    says: str = ""
    """Words of the detail."""
    top: str = ""
    limits: dict = field(default_factory=dict)

    @property
    def source(self):
        lines = "\n".join("    " + line for line in self.body.strip().split("\n"))
        return f"{PRELUDE}{self.top}\ndef solve(item, ask):\n{lines}\n"


def killed(name, body, says, **limits):
    return Hostile(name, body, "killed", says, limits=limits)


FRAMES = [
    killed("end: kind a list", "frame(type='end', kind=['returned'])", "no known kind"),
    killed("end: kind an object", "frame(type='end', kind={})", "no known kind"),
    killed("end: no kind", "frame(type='end')", "no known kind"),
    killed("end: text a number", "frame(type='end', kind='exception', text=5)", "is no text"),
    killed("end: text too long", "frame(type='end', kind='exit', text='x' * 501)", "longer than"),
    killed("end: no text", "frame(type='end', kind='exception', line=3)", "without a text"),
    killed("end: value a list", "frame(type='end', kind='returned', value=['A'])", "is no text"),
    killed("end: value too long", "answers('A' * 101)", "longer than 100"),
    killed("end: line a text", "frame(type='end', kind='memory', line='7')", "line is none"),
    killed("end: line true", "frame(type='end', kind='memory', line=True)", "line is none"),
    killed("end: line of 2**31", "frame(type='end', kind='memory', line=2**31)", "line is none"),
    killed("end: line of 5,000 digits", "raw(b'{\"type\":\"end\",\"kind\":\"memory\",\"line\":' + b'9' * 5000 + b'}')", "not JSON"),
    killed("end: a field too many", "frame(type='end', kind='memory', gold='A')", "a field 'gold'"),
    killed("end: too large", "frame(type='end', kind='memory', more='x' * 20_000)", "the limit is"),
    killed("end: syntax of a module that ran", "frame(type='end', kind='syntax', text='x')", "after its module"),
    killed("end: interface after a call", "call(0)\nos.read(3, 4)\nframe(type='end', kind='interface', text='x')", "after a call"),
    Hostile("end: returned before the module ran", "return 'A'", "killed", "before its module", "answers('A')\ntime.sleep(60)"),
    Hostile("end: twice", "answers('B')\nanswers('A')", "ok"),
    Hostile("end: then a call", "answers('B')\ncall(0)", "ok"),
    Hostile("end: then half a frame", "answers('B')\nos.write(3, b'\\0\\0')", "ok"),
    Hostile("end: a lone surrogate", "frame(type='end', kind='exception', text='\\ud800', line=1)", "exception", "\ufffd{D800}"),
    killed("module: twice", "frame(type='module')", "a second module"),
    killed("module: a list", "frame(type='module', generator_answer=['A'])", "is no text"),
    Hostile("module: a letter of 10**6", "return 'A'", "killed", "the limit is", "frame(type='module', generator_answer='A' * 10**6)\ntime.sleep(60)"),
    Hostile("module: twice while it loads", "return 'A'", "killed", "a second module", "frame(type='module')\nframe(type='module')\ntime.sleep(60)"),
    Hostile("call before the module ran", "return 'A'", "killed", "before its module", "call(0)\ntime.sleep(60)"),
    killed("call: a negative number", "call(-1)", "without a number"),
    killed("call: number true", "call(True)", "without a number"),
    killed("call: number a text", "call('0')", "without a number"),
    killed("call: number without end", "call(10**400)", "not JSON"),
    killed("call: out of order", "call(1)", "out of order"),
    killed("call: the same again", "call(0)\nos.read(3, 4)\ncall(0)", "out of order"),
    killed("call: no choices", "call(0, choices=None)", "choices that are no texts"),
    killed("call: choices an object", "call(0, choices={'A': 1})", "choices that are no texts"),
    killed("call: a million choices", "call(0, choices=['A'] * 100_000)", "choices"),
    killed("call: 1,001 choices", "call(0, choices=['A'] * 1001)", "more than 1000 choices"),
    killed("call: temperature NaN", "call(0, temperature=float('nan'))", "not JSON"),
    killed("call: temperature 1e400", "raw(b'{\"type\":\"ask\",\"id\":0,\"prompt\":\"\",\"choices\":[],\"temperature\":1e400}')", "temperature"),
    killed("call: no tokens", "call(0, max_tokens=0)", "max_tokens"),
    killed("call: tokens without end", "call(0, max_tokens=2**63)", "max_tokens"),
    killed("call: deep", "raw(b'{\"type\":\"ask\",\"prompt\":' + b'[' * 90_000 + b']' * 90_000 + b'}')", "not JSON"),
    killed("call: UTF-16", "raw('{\"type\":\"module\"}'.encode('utf-16'))", "not JSON"),
    killed("ready again", "frame(type='ready', version=1)", "type 'ready'"),
    killed("a type that is a list", "frame(type=['end'])", "without a type"),
    killed("no object", "raw(b'[1]')", "without a type"),
    killed("nothing at all", "raw(b'')", "not JSON"),
]  # fmt: skip

ENDS = [
    *(
        killed(f"signal {number}", f"os.kill(os.getpid(), {number})", f"ended by {says}")
        for number, says in ((34, "SIGRTMIN"), (40, "SIGRTMIN+6"), (63, "SIGRTMIN+29"), (64, "SIGRTMAX"), (32, "signal 32"))
    ),
    killed("words: 20 digits", "os.write(4, b'File \"<scaffold>\", line ' + b'9' * 20)\nos._exit(3)", "exit code 3"),
    killed("words: 5,000 digits", "os.write(4, b'File \"<scaffold>\", line ' + b'9' * 5000)\nos._exit(3)", "exit code 3"),
    killed("words: 9,999,999,999", "os.write(4, b'File \"<scaffold>\", line 9999999999')\nos._exit(3)", "exit code 3"),
    *(
        killed(f"step: {step[:30]}", f"os.write(4, {step.encode()!r} + b'\\n')\nos._exit(3)", "exit code 3")
        for step in ('[[],1,1,{},0]', '["line",1e400,1,{},0]', '["line",1,1,{},0,' + "[" * 50_000, '["line",' + "9" * 4000 + ",1,{},0]", '["call",1,1,{},0,{}]', "[]", '{"line":1}', '["line",NaN,1,{},0]')
    ),
    Hostile("record filled", "while os.write(4, b'[\"line\",1,1,{},0]\\n' * 1000): pass", "exception", "File too large"),
    killed("ends while its call is answered", "threading.Timer(0.05, os._exit, (7,)).start()\nask('<slow>')", "exit code 7"),
    killed("lets go of its channel", "os.close(3)\ntime.sleep(60)", "closed its call channel"),
    Hostile("half a frame, then silence", "os.write(3, b'\\0\\0')\ntime.sleep(60)", "timeout", "ran for more", limits={"wall_s": 1}),
    Hostile("a header, then silence", "os.write(3, b'\\0\\0\\0\\x10{')\ntime.sleep(60)", "timeout", "ran for more", limits={"wall_s": 1}),
    Hostile("asks and never reads", "for n in range(32): call(n, prompt='<long>')\ntime.sleep(60)", "timeout", "ran for more", limits={"wall_s": 1}),
    Hostile("stops itself in a call", "call(0)\nos.kill(os.getpid(), 19)", "timeout", "ran for more", limits={"wall_s": 1}),
    Hostile("closes the record", "os.close(4)\nx = 1\nreturn 'B'", "ok"),
    Hostile("fills the record, then returns", "try:\n    while os.write(4, b'x' * 1000): pass\nexcept OSError: pass\nreturn 'B'", "ok"),
    Hostile("prints lone surrogates", "print('\\ud800' * 1000)\nreturn 'B'", "ok"),
]  # fmt: skip

ALL = FRAMES + ENDS


async def ask(request):
    if request.prompt == "<slow>":
        await asyncio.sleep(60)
    return "B" * (20_000 if request.prompt == "<long>" else 1)


@pytest.fixture(scope="module")
def outcomes():
    """All of them, run side by side."""

    async def main():
        async with Sandbox(workers=4, memory_mb=1 << 14) as box:
            runs = (
                box.run(h.source, ITEM, ask, limits=Limits(**{"memory_mb": 128, **h.limits}))
                for h in ALL
            )
            return await asyncio.gather(*runs, return_exceptions=True)

    return dict(zip([h.name for h in ALL], asyncio.run(main()), strict=True))


@pytest.mark.parametrize("hostile", ALL, ids=lambda hostile: hostile.name)
def test_what_does_not_fit_is_an_outcome_that_says_so(outcomes, hostile):
    execution = outcomes[hostile.name]
    assert not isinstance(execution, BaseException), repr(execution)
    assert execution.status == hostile.status, execution.detail
    assert hostile.says in execution.detail
    if execution.status == "ok":
        assert execution.solver_answer == "B"
    assert execution.line is None or 0 < execution.line < 1 << 31
    assert len(execution.trace.steps) >= 0


def test_every_outcome_can_be_kept_and_read_back(outcomes, tmp_path):
    with Store.create(tmp_path) as store:
        for name, execution in outcomes.items():
            store.add_execution(name, "program", "item", "solver", execution)
            kept = store.execution(name)
            assert (kept.status, kept.detail) == (execution.status, execution.detail)
            assert (kept.line, kept.trace) == (execution.line, execution.trace)


def test_a_program_that_ends_while_the_callers_ask_is_at_work_is_an_outcome():
    def slow(prompt):
        time.sleep(0.3)
        return "A"

    source = f"{PRELUDE}\ndef solve(item, ask):\n    threading.Timer(0.05, os._exit, (7,)).start()\n    ask('?')\n"
    assert run_program(source, ITEM, slow).detail.startswith("left with exit code 7")
    assert run_program("def solve(item, ask): return ask('?')", ITEM, slow).status == "ok"


def test_a_time_out_of_the_solver_is_not_the_programs():
    async def main():
        async def late(request):
            raise TimeoutError("of the solver")

        async with Sandbox() as box:
            await box.run("def solve(item, ask): return ask('?')", ITEM, late)

    with pytest.raises(TimeoutError, match="of the solver"):
        asyncio.run(main())


def test_an_error_of_the_solver_passes_through_a_program_that_pays_no_heed():
    def broken(prompt):
        raise ModelError("out of order")

    source = (
        f"{PRELUDE}\ndef solve(item, ask):\n    for n in range(32): call(n)\n    time.sleep(60)\n"
    )
    with pytest.raises(ModelError, match="out of order"):
        run_program(source, ITEM, broken)


def test_what_a_program_says_of_itself_is_said_before_the_solver_is_heard():
    steals = (
        "import sys\nask = sys._getframe(1).f_locals['ask']\nGENERATOR_ANSWER = ask('?')\n"
        "def solve(item, ask): return 'A'"
    )
    execution = run_program(steals, ITEM, lambda prompt: "B")
    assert (execution.status, execution.generator_answer) == ("killed", None)


def test_choices_that_are_too_many_or_too_long_are_an_error_of_the_program():
    for choices in ("['x'] * 1001", "['x' * 700_000]"):
        body = f"def solve(item, ask): return ask('?', {choices})"
        execution = run_program(body, ITEM, lambda prompt: "A")
        assert (execution.status, execution.calls) == ("exception", ())
        assert "choices" in execution.detail


def test_lone_surrogates_count_as_what_is_kept_of_them():
    source = "def solve(item, ask):\n    print('\\ud800' * 10)\n    return 'A'"
    execution = run_program(source, ITEM, lambda prompt: "A", output_chars=61)
    assert execution.status == "ok"
    assert execution.output == "\\ud800" * 10 + "\n"
    assert execution.trace.steps[-1].printed == 61
    assert run_program(source, ITEM, str, output_chars=60).status == "output_limit"


GOOD = [
    "def solve(item, ask):\n    return ask('{letter}')",
    "def solve(item, ask):\n    votes = [ask('{letter}') for _ in range(5)]\n    return max(set(votes), key=votes.count)",
    "from concurrent.futures import ThreadPoolExecutor\ndef solve(item, ask):\n    with ThreadPoolExecutor(4) as pool:\n        return list(pool.map(ask, ['{letter}'] * 4))[0]",
]


def test_of_a_mixed_bag_every_good_program_ends_with_its_answer():
    async def main():
        async def echo(request):
            await asyncio.sleep(0.01)
            return request.prompt if request.prompt in "AB" else await ask(request)

        async with Sandbox(workers=2, memory_mb=8_000) as box:
            runs, letters = [], []
            for number in range(30):
                hostile = ALL[number * len(ALL) // 30]
                limits = Limits(**{"memory_mb": 128, **hostile.limits})
                runs.append(box.run(hostile.source, ITEM, echo, limits=limits))
                letter = "AB"[number % 2]
                source = GOOD[number % len(GOOD)].replace("{letter}", letter)
                runs.append(box.run(source, ITEM, echo, limits=Limits(memory_mb=128)))
                letters.append(letter)
            ends = await asyncio.gather(*runs)
        assert [end.solver_answer for end in ends[1::2]] == letters
        assert {end.status for end in ends} <= set(EXECUTION_STATUSES)

    asyncio.run(main())


def test_json_that_python_writes_but_nobody_reads_is_refused():
    assert json.loads("NaN") != json.loads("NaN")  # why it needs refusing
    execution = run_program(
        PRELUDE + "def solve(item, ask):\n    call(0, temperature=float('inf'))", ITEM, str
    )
    assert execution.status == "killed"
