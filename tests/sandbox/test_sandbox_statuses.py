"""Each way a run can end has one status, decided by the host."""

import pytest

from cgr_nb.errors import ConfigError
from cgr_nb.records import EXECUTION_STATUSES, Item
from cgr_nb.sandbox import Limits, run_program

ITEM = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}, "context": None}
HEAD = 'GENERATOR_ANSWER = " b "\nDIFFICULTY = "Hard"\nimport sys, time\n'

STATUSES = {
    "ok": "    return ask('?')",
    "no_answer": "    ask('?')",
    "invalid_answer": "    return 'C'",
    "exception": "    return 1 / 0",
    "timeout": "    time.sleep(60)",
    "cpu_limit": "    while True: pass",
    "memory_limit": "    return bytes(10 ** 10)",
    "call_limit": "    while True: ask('?')",
    "output_limit": "    while True: print('?')",
    "killed": "    sys.exit(0)",
    "interface_error": "    yield 'A'",
    "syntax_error": "    return (",
}


def run(body, ask=lambda prompt: "A", **limits):
    return run_program(f"{HEAD}def solve(item, ask):\n{body}\n", ITEM, ask, **limits)


def test_every_status_is_tried():
    assert set(STATUSES) == set(EXECUTION_STATUSES)


@pytest.mark.parametrize("status", STATUSES)
def test_status(status):
    execution = run(STATUSES[status], cpu_s=1, wall_s=5 if status != "timeout" else 0.3)
    assert execution.status == status
    assert (execution.solver_answer == "A") == (status == "ok")
    assert (execution.detail == "") == (status == "ok")
    assert execution.generator_answer == (None if status == "syntax_error" else "B")
    assert execution.difficulty == (None if status == "syntax_error" else "hard")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("    x = 1\n    return bytes(10 ** 10)", "stopped: used more than 512 MB at line 6"),
        ("    while True: ask('?')", "stopped: asked the solver more than 32 times at line 5"),
        (
            "    while True: print('?' * 100)",
            "stopped: printed more than 20000 characters at line 5",
        ),
        ("    raise ValueError('no way')", "ValueError: no way at line 5"),
        ("    return {'a': 1}", "solve returned {'a': 1}, which is not an option letter"),
        ("    import os\n    os._exit(3)", "left with exit code 3 before solve returned at line 6"),
    ],
)
def test_detail_says_in_words_what_happened_and_where(body, detail):
    assert run(body).detail == detail


def test_time_and_cpu_limits_name_the_line():
    assert (
        run("    time.sleep(60)", wall_s=0.3).detail == "stopped: ran for more than 0.3 s at line 5"
    )
    assert (
        run("    while True: pass", cpu_s=1).detail
        == "stopped: used more than 1 s of CPU at line 5"
    )


@pytest.mark.parametrize("value", ["'a'", "' A '", "'\\nA\\t'", "type('S', (str,), {})('A')"])
def test_a_letter_is_accepted_in_either_case_and_with_space_around(value):
    assert run(f"    return {value}").solver_answer == "A"


@pytest.mark.parametrize("value", ["''", "'A)'", "'AB'", "['A']", "0", "b'A'", "True", "'1'"])
def test_what_is_not_exactly_a_letter_is_invalid(value):
    assert run(f"    return {value}").status == "invalid_answer"


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "solve = 3",
        "class solve: pass",
        "def solve(item): return 'A'",
        "def solve(item, ask, more): return 'A'",
        "def solve(item, *, ask): return 'A'",
        "async def solve(item, ask): return 'A'",
        "async def solve(item, ask): yield 'A'",
    ],
)
def test_what_is_no_solve_is_an_interface_error(source):
    assert run_program(source, ITEM, lambda prompt: "A").status == "interface_error"


@pytest.mark.parametrize(
    "source",
    [
        "solve = lambda item, ask: 'A'",
        "def solve(*args): return 'A'",
        "def solve(item, ask, more=None): return 'A'",
        "import functools\nsolve = functools.partial(lambda letter, item, ask: letter, 'A')",
    ],
)
def test_whatever_can_be_called_with_item_and_ask_is_a_solve(source):
    assert run_program(source, ITEM, lambda prompt: "A").status == "ok"


def test_the_program_sees_the_item_but_not_its_gold_or_extras():
    item = Item("i", "set", "c", "1 or 2?", ITEM["options"], ("B",), "about", {"answer": "B"})
    source = "def solve(item, ask):\n    print(sorted(item.items()))\n    return 'A'"
    shown = run_program(source, item, lambda prompt: "A").output
    assert eval(shown) == [
        ("context", "about"),
        ("dataset", "set"),
        ("options", ITEM["options"]),
        ("question", "1 or 2?"),
    ]


def test_helpers_of_the_contract_are_there_without_an_import():
    body = "    assert read_number('so it is 7') == 7\n    return read_letter('The answer is B.')"
    assert run(body).solver_answer == "B"


def test_a_program_that_reads_replies_finds_all_patterns_compiled():
    body = (
        "    import re\n    made, compile = [], re.compile\n"
        "    re.compile = lambda *given: made.append(given) or compile(*given)\n"
        "    assert read_number('so it is 7') == 7\n"
        "    letter = read_letter('Die Antwort lautet B, weil 3 < 4.')\n"
        "    assert not made\n    return letter"
    )
    execution = run(body)
    assert (execution.status, execution.solver_answer) == ("ok", "B"), execution.detail


def test_readers_that_a_program_gets_at_without_their_names_read_the_same():
    body = "    return globals()['read_' + 'letter']('Die Antwort lautet B, weil 3 < 4.')"
    assert run(body).solver_answer == "B"


def test_a_dataclass_and_a_thread_pool_work():
    body = (
        "    from dataclasses import dataclass\n    from concurrent.futures import ThreadPoolExecutor\n"
        "    @dataclass\n    class Vote:\n        letter: 'str'\n"
        "    with ThreadPoolExecutor(8) as pool:\n"
        "        return Vote(list(pool.map(ask, 'xyz'))[0]).letter"
    )
    execution = run(body)
    assert execution.status == "ok", execution.detail
    assert sorted(call.prompt for call in execution.calls) == ["x", "y", "z"]


def test_asyncio_works_inside_a_program():
    body = "    import asyncio\n    async def go():\n        return await asyncio.to_thread(ask, '?')\n    return asyncio.run(go())"
    assert run(body).status == "ok"


def test_calls_are_recorded_in_order_with_replies_and_lines():
    body = "    ask('one', ['x', 'y'], max_tokens=5, temperature=0.5)\n    return ask('two')"
    first, second = run(body).calls
    assert (first.index, first.prompt, first.choices, first.max_tokens) == (0, "one", ("x", "y"), 5)
    assert (first.temperature, first.reply, first.line) == (0.5, "A", 5)
    assert (second.index, second.prompt, second.choices, second.line) == (1, "two", (), 6)


def test_exactly_as_many_calls_as_allowed_are_fine():
    body = "    for _ in range(3): reply = ask('?')\n    return reply"
    assert run(body, calls=3).status == "ok"
    assert run(body, calls=2).status == "call_limit"


def test_wall_time_stands_still_while_the_solver_thinks():
    import time

    def slow(prompt):
        time.sleep(0.6)
        return "A"

    execution = run("    return ask('?')", slow, wall_s=0.5)
    assert execution.status == "ok"
    assert execution.wall_s < 0.5


def test_output_is_kept_up_to_the_limit():
    execution = run("    while True: print('x' * 7)", output_chars=100)
    assert execution.output == ("x" * 7 + "\n") * 12 + "xxxx"


def test_limits_must_be_positive():
    with pytest.raises(ConfigError, match="cpu_s"):
        Limits(cpu_s=0)


def test_an_item_needs_options():
    with pytest.raises(ConfigError, match="options"):
        run_program("", {"question": "?"}, lambda prompt: "A")
