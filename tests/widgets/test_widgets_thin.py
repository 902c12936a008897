"""A panel is traits in and commands out: what it commands is done elsewhere."""

from __future__ import annotations

import ast
import inspect
import textwrap

import pytest

from cgr_nb.widgets import Auditor, Comparison, Results, Stepper, Workbench
from cgr_nb.widgets.panel import Panel

PANELS = (Auditor, Comparison, Results, Stepper, Workbench)
COMMANDS = [(panel, name) for panel in PANELS for name in panel.commands]


def lines_of(method) -> int:
    """Lines of the body of a method, its docstring left out."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(method)))
    [function] = ast.parse(source).body
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    body = function.body
    told = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    work = body[1:] if told else body
    return work[-1].end_lineno - work[0].lineno + 1 if work else 0


@pytest.mark.parametrize(("panel", "name"), COMMANDS)
def test_a_command_is_a_public_documented_method_of_under_ten_lines(panel, name):
    method = getattr(panel, name)
    assert inspect.isfunction(method)
    assert (method.__doc__ or "").strip()
    assert lines_of(method) < 10


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_one_class_over_the_common_base(panel):
    assert panel.__bases__ == (Panel,)
