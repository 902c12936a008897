"""Panels are widgets of a library: what that has of its own stays its own."""

from __future__ import annotations

import inspect

import anywidget
import pytest
from small_study import row_id

from cgr_nb.widgets import Auditor, Comparison, Results, Stepper, Workbench

OURS = ("_repr_mimebundle_", "__init__")
"""Methods of the library that panels are meant to replace."""


@pytest.mark.parametrize("panel", [Auditor, Comparison, Results, Stepper, Workbench])
def test_no_panel_replaces_a_method_of_the_library_without_meaning_to(panel):
    ours = panel.__mro__[: panel.__mro__.index(anywidget.AnyWidget)]
    methods = {
        name for one in ours for name, value in vars(one).items() if inspect.isfunction(value)
    }
    assert len(methods) > 10
    assert {name for name in methods if hasattr(anywidget.AnyWidget, name)} - {*OURS} == set()


def test_a_panel_has_a_text_for_where_none_can_be_drawn(study):
    assert "Stepper" in repr(Stepper(study, row_id(0)))
