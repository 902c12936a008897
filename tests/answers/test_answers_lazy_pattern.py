"""Patterns are compiled when they are first used, and all at once on request."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from cgr_nb.answers import prepare
from cgr_nb.answers.lazy_pattern import LazyPattern

COUNTED = """
import inspect, re
made, compile = [], re.compile

def counting(pattern, flags=0):
    if inspect.currentframe().f_back.f_globals["__name__"].startswith("cgr_nb.answers."):
        made.append(pattern)
    return compile(pattern, flags)

re.compile = counting
from cgr_nb.answers import extract, prepare
print(len(made))
options = {"A": "red", "B": "blue"}
extract("The answer is (A).", options)
print(len(made))
prepare()
print(len(made))
made.clear()
extract("Die Antwort lautet B, weil 3 < 4. \\\\boxed{blue} not red", options)
print(len(made))
"""


def test_none_is_compiled_by_an_import_and_none_twice() -> None:
    command = [sys.executable, "-c", COUNTED]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    imported, read, prepared, after = map(int, told.split())
    assert imported == after == 0 < read < prepared
    assert prepared > 400


def test_what_makes_a_pattern_is_called_once_and_not_before_it_is_used() -> None:
    calls = []

    def text() -> str:
        calls.append("b")
        return "b"

    pattern = LazyPattern(text, re.IGNORECASE)
    assert calls == []
    assert pattern.search("aB") is not None
    assert pattern.match("aB") is None
    prepare()
    assert calls == ["b"]


def test_its_methods_are_those_of_the_compiled_pattern() -> None:
    lazy, known = LazyPattern(r"(\w)-"), re.compile(r"(\w)-")
    text = "a-b-c"
    for name in ("match", "search", "fullmatch"):
        found, meant = getattr(lazy, name)(text), getattr(known, name)(text)
        assert (found and found.span()) == (meant and meant.span())
    assert lazy.findall(text) == known.findall(text)
    assert [each.span() for each in lazy.finditer(text, 1)] == [(2, 4)]
    assert lazy.sub("x", text, count=1) == known.sub("x", text, count=1)
    assert lazy.split(text) == known.split(text)
    assert lazy.pattern == known.pattern


def test_other_attributes_are_refused() -> None:
    with pytest.raises(AttributeError, match="serach"):
        getattr(LazyPattern("a"), "serach")  # noqa: B009
