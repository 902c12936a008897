"""What a reply gives as a dictionary of literals, and that nothing else of it counts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.arms.simulate.literals import read_container, read_dictionary
from cgr_nb.util.plain_values import MOST_CHARS, NotLiteral, read_literal, read_names, written

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
KEYS = st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(KEYS, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_that_was_written_is_read_as_an_equal_one(value):
    text = written(value)
    if text is not None:
        assert read_literal(text) == value
        assert type(read_literal(text)) is type(value)


@given(st.text(max_size=60) | st.text("{}[]()'\":,1x\\\n ", max_size=40))
def test_whatever_a_reply_is_reading_it_gives_a_dictionary_or_nothing(reply):
    found = read_dictionary(reply)
    assert found is None or all(type(name) is str for name in found)
    assert read_container(reply) is None or type(read_container(reply)) is list


@pytest.mark.parametrize(
    "reply",
    [
        "{'fruit': True, 'count': 2}",
        'changed: {"fruit": True, "count": 2}',
        "The variables after this line:\n```python\n{'fruit': True, 'count': 2}\n```\nas asked.",
        "{x} is the set, so: {'fruit': True, 'count': 2}",
        "{'fruit': is_fruit(x)}\n{'fruit': True, 'count': 2}\nnext line: {'fruit': False}",
        "Well, {'fruit': True, 'count': 2}",
        "1) (I think): {'fruit': True, 'count': 2}",
        "don't worry: {\n    'fruit': True,  # an apple\n    'count': 2,\n}",
    ],
)
def test_the_first_dictionary_that_stands_by_itself_counts(reply):
    assert read_dictionary(reply) == {"fruit": True, "count": 2}


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "False",
        "'False'",
        "__import__('os')",
        "{'os': __import__('os')}",
        "{'a': [x for x in ()]}",
        "{'a': 1}['a']",
        "print({'a': 1})",
        "[{'a': 1}]",
        "[1, {'a': 1}]",
        "f(1, {'a': 1})",
        "{'a': {'b': 1}",
        "{'a b': 1}",
        "{'class': 1}",
        "{'__builtins__': {}}",
        "{1: 2}",
        "{'a', 'b'}",
        "{**{'a': 1}}",
        "{'a': b'bytes'}",
        "{'a': 1j}",
        "{'a': ...}",
        "{'a': {[1]}}",
        "{'a': f'{1}'}",
        "{'a\0': 1}",
        "{'ﬁ': 1}",
        "{'a': " + "[" * 9 + "]" * 9 + "}",
        "{'a': " + "[" * 5_000 + "]" * 5_000 + "}",
        "{'a': " + "-" * 9_000 + "1}",
        "{'a': 0x" + "f" * 5_000 + "}",
        "{'a': 1" + "0" * 5_000 + "}",
        "{'a': [" + "1," * 3_000 + "]}",
        "{'a': 1" + " " * MOST_CHARS + "}",
    ],
    ids=lambda reply: repr(reply[:20]),
)
def test_what_is_no_dictionary_of_literals_under_names_is_not_read(reply):
    assert read_dictionary(reply) is None


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        ("['pear', 'plum']", ["pear", "plum"]),
        ("value: ('pear', 'plum')", ["pear", "plum"]),
        ("{'plum', 'pear'}", ["pear", "plum"]),
        ("{'pear': 1, 'plum': 2}", ["pear", "plum"]),
        ("[]", []),
        ("find(text) gives ['pear']", ["pear"]),
        ("pear, plum", None),
        ("['pear'", None),
        ("[pear]", None),
        ("(1)", None),
    ],
)
def test_a_container_is_read_as_its_values_in_order(reply, values):
    assert read_container(reply) == values


def test_a_value_that_is_not_plain_is_not_written():
    class Text(str):
        def __repr__(self):
            raise AssertionError("no method of a value's own is called")

    endless: list[object] = []
    endless.append(endless)
    for value in (
        Text("a"),
        [Text("a")],
        endless,
        object,
        1j,
        b"a",
        math.nan,
        1 << 9_999,
        range(3),
    ):
        assert written(value) is None
    assert written("x" * 50, most=40) is None
    assert written([0] * 50, most=40) is None
    assert written({"b", "a"}) == "{'a', 'b'}"


def test_a_text_is_refused_in_words():
    with pytest.raises(NotLiteral, match="no name of a variable"):
        read_names("{'a b': 1}")
    with pytest.raises(NotLiteral, match="longer than"):
        read_literal(" " * (MOST_CHARS + 1))
