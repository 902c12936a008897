"""Lines of tables: one way to write a record, and nothing else is read as one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.bundle.coding import read_lines, write_lines
from cgr_nb.records import Item

ITEM = Item("x", "d", "c", "q", {"A": "1", "B": "2"}, ("A",), None, {"row": 1})
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def read(data: bytes) -> tuple[list[Item], list[tuple[int, str]]]:
    bad: list[tuple[int, str]] = []
    return read_lines(Item, data, lambda *found: bad.append(found)), bad


@given(st.lists(ANY_TEXT, max_size=3))
def test_any_text_comes_back_as_it_was(questions):
    items = [replace(ITEM, question=question) for question in questions]
    assert read(write_lines(items)) == (items, [])


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fail(data):
    items, bad = read(data)
    assert len(items) + len(bad) >= data.count(b"\n")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'"gold":["A"]', b'"gold":[1]', "'gold' is of the wrong type"),
        (b'"gold":["A"]', b'"gold":"A"', "'gold' is of the wrong type"),
        (b'"question":"q"', b'"question":null', "'question' is of the wrong type"),
        (b'"question":"q",', b"", "'question' is missing"),
        (b'"question":"q"', b'"question":"q","more":1', "unknown field 'more'"),
        (b'"question":"q"', b'"question":"q","question":"q"', "a key appears twice"),
        (b'"row":1', b'"row":NaN', "NaN is no number"),
        (b'"row":1', b'"row":1e999', "Out of range"),
        (b'"row":1', b'"row": 1', "not written as a package writes it"),
        (b'"row":1', b'"row":' + b"[" * 5000 + b"]" * 5000, ""),
        (b'"q"', b'"\\u0071"', "not written as a package writes it"),
        (b'"q"', b'"\xff"', "utf-8"),
    ],
)
def test_what_is_no_record_is_told_with_its_line(old, new, why):
    line = write_lines([ITEM])
    assert old in line
    items, bad = read(line + line.replace(old, new))
    assert items == [ITEM]
    assert bad[0][0] == 2
    assert why in bad[0][1]
