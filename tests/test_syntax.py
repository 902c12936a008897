"""Programs become syntax trees, whatever else the process is doing."""

from __future__ import annotations

import ast
import gc
import sys
import threading

import pytest

from cgr_nb.util.syntax import SOURCE_LIMIT, parse

FUNCTIONS = "\n".join(f"def f{n}():\n    return [a for a in range({n}) if a]" for n in range(200))
NESTED = f"x = {'(' * 40}1{')' * 40}\n{FUNCTIONS}"


@pytest.fixture
def often_interrupted():
    """Threads take turns in the middle of what others do."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("often_interrupted")
def test_threads_at_different_depths_parse_at_once():
    found: list[object] = []

    def work(depth: int) -> None:
        if depth:
            work(depth - 1)
            return
        for _ in range(20):
            found.append(parse(NESTED))

    threads = [threading.Thread(target=work, args=(30 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(isinstance(tree, ast.Module) for tree in found)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("def solve(:\n", "syntax error at line 1"),
        ("(" * 5000, "too many nested parentheses"),
        ("x = " + "-" * 100_000 + "1", "nested too deeply"),
        ("x = 1\0", "null bytes"),
        ("#" * (SOURCE_LIMIT + 1), "too long"),
    ],
)
def test_what_is_no_program_is_one_line(source, why):
    found = parse(source)
    assert isinstance(found, str)
    assert why in found
    assert "\n" not in found
