"""Whatever a program sends, writes or leaves behind, the host comes to an outcome."""

from __future__ import annotations

import asyncio
import json
import math
from itertools import combinations

from fuzzing import any_json, any_text, changed, damaged, fuzz

from cgr_nb.records import DIFFICULTIES, EXECUTION_STATUSES
from cgr_nb.sandbox import AskRequest, Limits, Sandbox, Trace
from cgr_nb.sandbox.frames import EndFrame, ModuleFrame, read_frame
from cgr_nb.sandbox.modes import RUN_MODES
from cgr_nb.sandbox.outcome import End, Evidence, conclude
from cgr_nb.sandbox.protocol import MOST_TEXT_CHARS, MOST_VALUE_CHARS, ProtocolError
from cgr_nb.sandbox.worker import Exit

LIMITS = Limits(prompt_chars=200, trace_steps=50, output_chars=100)
LETTERS = ("A", "B")
SETS = tuple(
    "".join(some) for size in range(1, len(LETTERS) + 1) for some in combinations(LETTERS, size)
)
"""Letters together, in option order."""
ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}}

FRAMES = [
    {"type": "module", "generator_answer": "A", "difficulty": "easy"},
    {
        "type": "ask",
        "id": 0,
        "prompt": "What is 1 + 1?",
        "choices": ["1", "2"],
        "max_tokens": 5,
        "temperature": 0.5,
        "scores": True,
        "line": 3,
    },
    {"type": "end", "kind": "returned", "value": "A", "shown": "'A'"},
    {"type": "end", "kind": "exception", "text": "ValueError: no", "line": 7},
    {"type": "end", "kind": "memory", "line": None},
]
STEPS = [
    ["call", 1, 1, {}, 0, [None, "<module>"]],
    ["call", 5, 2, {"item": "{}"}, 0, [1, "solve"]],
    ["line", 6, 2, {"x": "1", "y": None}, 3],
    ["ask", 6, 2, {}, 3, 0],
    ["raise", 6, 2, {}, 3, "ValueError: no"],
    ["unwind", 6, 2, {}, 3, "None"],
    ["return", 6, 1, {}, 3, "'A'"],
    ["cut", 0, None, {}, 3, "too many steps"],
]
WORDS = (
    b'Current thread 0x00007f (most recent call first):\n  File "<scaffold>", line 12 in solve\n'
)


def make_body(rng):
    message = rng.choice(FRAMES)
    for _ in range(rng.randrange(4)):
        message = changed(rng, message)
    body = json.dumps(message).encode()
    return damaged(rng, body) if rng.random() < 0.5 else body


def make_record(rng):
    lines = [rng.choice(STEPS) for _ in range(rng.randrange(60))]
    record = b"".join(
        json.dumps(changed(rng, line) if rng.random() < 0.1 else line).encode() + b"\n"
        for line in lines
    )
    record += rng.choice((b"", WORDS, damaged(rng, WORDS)))
    return damaged(rng, record) if rng.random() < 0.7 else record


def is_line(line):
    return line is None or (type(line) is int and 0 < line < 1 << 31)


def is_text(text, most):
    return text is None or (type(text) is str and len(text) <= most)


def check_frame(body):
    try:
        frame = read_frame(body, LIMITS)
    except ProtocolError as error:
        frame = error
    match frame:
        case ModuleFrame(answer, difficulty):
            assert is_text(answer, MOST_VALUE_CHARS)
            assert is_text(difficulty, MOST_VALUE_CHARS)
        case AskRequest():
            assert type(frame.index) is int
            assert frame.index >= 0
            assert is_text(frame.prompt, LIMITS.prompt_chars)
            assert all(type(choice) is str for choice in frame.choices)
            assert frame.max_tokens is None or 0 < frame.max_tokens < 1 << 31
            assert frame.temperature is None or math.isfinite(frame.temperature)
            assert type(frame.scores) is bool
            assert frame.choices or not frame.scores
            assert is_line(frame.line)
        case EndFrame():
            assert is_text(frame.value, MOST_VALUE_CHARS)
            assert is_text(frame.text, MOST_TEXT_CHARS)
            assert is_text(frame.shown, MOST_TEXT_CHARS)
            assert is_line(frame.line)
        case ProtocolError():
            assert 0 < len(str(frame)) < 200
        case _:
            raise AssertionError(frame)


def check_trace(record):
    trace = Trace.from_record(record)
    for step in trace.steps:
        assert 0 <= step.line < 1 << 31
        assert step.ask is None or 0 <= step.ask < 1 << 31
        assert type(step.name) is str
        assert all(type(key) is str for key in step.changed)
    if trace.steps:
        trace.at(-1)
        trace.at(len(trace.steps) // 2)
    assert isinstance(trace.cut, str)
    assert Trace.from_bytes(trace.to_bytes()) == trace


def check_execution(execution, letters=LETTERS, multi=False):
    assert execution.status in EXECUTION_STATUSES
    answers = letters if not multi else SETS
    assert (execution.solver_answer in answers) == (execution.status == "ok")
    assert execution.generator_answer in (None, *answers)
    assert execution.difficulty in (None, *DIFFICULTIES)
    assert is_line(execution.line)
    assert type(execution.detail) is str
    assert (execution.detail == "") == (execution.status == "ok")
    if execution.trace is not None:
        check_trace(execution.trace.record)


def make_evidence(rng):
    ends = [End("closed"), End("wall"), End("protocol", text=any_text(rng)), End("calls", line=3)]
    for kind in ("returned", "exception", "memory", "output", "exit", "syntax", "interface"):
        value = rng.choice(("A", " b ", "B, a", "AA", None, any_text(rng)[:MOST_VALUE_CHARS]))
        shown = None if value is None else repr(value)
        ends.append(
            End("told", EndFrame(kind, f"{any_text(rng)}."[:MOST_TEXT_CHARS], value, shown, 3))
        )
    return Evidence(
        end=rng.choice(ends),
        exit=Exit(rng.choice((0, rng.randrange(1 << 16), -1, rng.randrange(256))), rng.random()),
        killed=rng.random() < 0.3,
        module=ModuleFrame(any_text(rng), any_text(rng)),
        calls=(),
        output=rng.randbytes(rng.randrange(200)),
        record=make_record(rng),
        mode=rng.choice(RUN_MODES),
        traced=rng.random() < 0.8,
        wall_s=0.1,
        letters=LETTERS,
        multi=rng.random() < 0.5,
        limits=LIMITS,
        isolation="strict",
    )


ATTACK = """
import os, sys, time
def solve(item, ask):
    for deed in {deeds!r}:
        try:
            match deed:
                case ["write", fd, data, cut]:
                    os.write(fd, data[:cut])
                case ["frame", data]:
                    os.write(3, len(data).to_bytes(4, "big") + data)
                case ["close", fd]:
                    os.close(fd)
                case ["ask"]:
                    ask("?")
                case ["signal", number]:
                    os.kill(os.getpid(), number)
                case ["exit", code]:
                    os._exit(code)
                case ["dup", one, other]:
                    os.dup2(one, other)
        except OSError:
            pass
    return "A"
"""


def make_attack(rng):
    deeds = []
    for _ in range(rng.randrange(1, 6)):
        data = make_record(rng)[:4_000]
        deeds.append(
            rng.choice(
                (
                    ["write", rng.choice((1, 2, 3, 4)), data, rng.randrange(4_001)],
                    ["frame", make_body(rng)],
                    ["frame", json.dumps(rng.choice(FRAMES)).encode()],
                    ["frame", json.dumps(any_json(rng)).encode()],
                    ["close", rng.randrange(6)],
                    ["ask"],
                    ["signal", rng.choice([n for n in range(1, 65) if n != 19])],
                    ["exit", rng.randrange(256)],
                    ["dup", rng.randrange(5), rng.randrange(5)],
                )
            )
        )
    return ATTACK.format(deeds=deeds)


def test_any_frame_is_read_or_refused(fuzz_seconds):
    assert fuzz("frames", fuzz_seconds, make_body, check_frame).failed == []


def test_any_record_is_read_up_to_the_damage(fuzz_seconds):
    assert fuzz("records", fuzz_seconds, make_record, check_trace).failed == []


def test_any_evidence_comes_to_an_outcome(fuzz_seconds):
    def check(evidence):
        check_execution(conclude(evidence), multi=evidence.multi)

    assert fuzz("evidence", fuzz_seconds, make_evidence, check).failed == []


def test_any_program_comes_to_an_outcome(fuzz_seconds):
    limits = Limits(wall_s=2, cpu_s=2, calls=4, prompt_chars=200, memory_mb=128)

    async def ask(request):
        return "A"

    with asyncio.Runner() as runner:
        box = runner.run(Sandbox().__aenter__())

        def check(sources):
            async def all_at_once():
                runs = (box.run(source, ITEM, ask, limits=limits) for source in sources)
                return await asyncio.gather(*runs, return_exceptions=True)

            for source, execution in zip(sources, runner.run(all_at_once()), strict=True):
                assert not isinstance(execution, BaseException), f"{execution!r} from {source}"
                check_execution(execution)

        tally = fuzz(
            "programs", fuzz_seconds, lambda rng: [make_attack(rng) for _ in range(8)], check
        )
        runner.run(box.close())
    assert tally.failed == []
