"""Programs become syntax trees, whatever else the process is doing."""

from __future__ import annotations

import ast
import gc
import sys
import threading

import pytest

from cgr_nb.util.syntax import SOURCE_LIMIT, every_node, parse

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


RARE = """
@deco
async def f(a, /, b=1, *c, d, e=2, **g) -> int:
    global h
    async with a as b, c: pass
    match a:
        case {"k": [x, *y], **z} | P(q, r=None) if b: del x[1:2, ::3]
    try: raise A from b
    except (A, B) as n: x @= ~y; (w := 1)
    else: return {1: 2, **a}, {*c}, lambda *s, t=1: (yield)
    finally: assert f"{a!r:>{b}}", [i async for i in x if i if j]
"""


def test_every_node_is_what_python_walks_without_operators_and_contexts(repository):
    files = sorted((repository / "cgr_nb" / "audit").rglob("*.py"))
    assert files
    for source in (RARE, *(file.read_text("utf-8") for file in files)):
        tree = ast.parse(source)
        left_out = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
        walked = [node for node in ast.walk(tree) if not isinstance(node, left_out)]
        assert list(map(id, every_node(tree))) == list(map(id, walked))
