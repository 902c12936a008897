"""A bounded text for any value, from outside: no code of the value's class runs."""

import types
from collections import Counter, defaultdict, deque, namedtuple
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.sandbox.saferepr import MOST_CHARS, error_text, fingerprint, safe_repr

Vote = namedtuple("Vote", "letter n")
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=30,
)


@given(plain)
def test_text_is_bounded_for_any_plain_value(value):
    assert len(safe_repr(value)) <= MOST_CHARS


@given(st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=50))
def test_small_atoms_are_shown_as_python_shows_them(value):
    assert safe_repr(value) == repr(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, [2, [3, [4]]]], "[1, [2, [3, <list>]]]"),
        ((1,), "(1,)"),
        ({}, "{}"),
        (set(), "set()"),
        ({"b", "a", "c"}, "{'a', 'b', 'c'}"),
        (frozenset({1}), "{1}"),
        (list(range(50))[:22], "[" + ", ".join(map(str, range(20))) + ", …]"),
        (1 << 1000, "<int of 1001 bits>"),
        (int, "<class int>"),
        (len, "<function len>"),
        (types, "<module 'types'>"),
        (ValueError("x", 1), "ValueError('x', 1)"),
        (object(), "<object>"),
        (Counter("aab"), "Counter({'a': 2, 'b': 1})"),
        (defaultdict(list, {"a": [1]}), "defaultdict({'a': [1]})"),
        (deque([1, 2]), "deque([1, 2])"),
        (Vote("A", 1), "Vote(('A', 1))"),
        (type("Word", (str,), {})("x"), "Word('x')"),
        (IntEnum("Grade", "LOW")(1), "Grade(1)"),
    ],
)
def test_what_is_shown(value, text):
    assert safe_repr(value) == text


def test_an_instance_is_shown_by_its_own_fields():
    point = types.SimpleNamespace(x=1)

    class Point:
        def __init__(self):
            self.x, self.label = 1, "here"

    assert safe_repr(Point()) == "<Point x=1 label='here'>"
    assert safe_repr([Point()]) == "[<Point x=1 label='here'>]"
    assert "SimpleNamespace" in safe_repr(point)


def test_a_list_that_holds_itself_ends():
    knot = []
    knot.append(knot)
    assert safe_repr(knot) == "[[[<list>]]]"


def test_nothing_of_the_class_is_called():
    called = []

    class Meta(type):
        __name__ = property(lambda cls: called.append("name"))
        __mro__ = property(lambda cls: called.append("mro"))

        def __instancecheck__(cls, other):
            called.append("instancecheck")

        def __hash__(cls):
            called.append("hash")
            return 1

        def __eq__(cls, other):
            called.append("eq")
            return True

        __subclasscheck__ = __getattribute__ = __call__ = __instancecheck__

    class Trap(metaclass=Meta):
        __dict__ = property(lambda self: called.append("dict"))
        __class__ = property(lambda self: called.append("class"))

        def __getattribute__(self, name):
            called.append(name)

        def __repr__(self):
            called.append("repr")

        __str__ = __hash__ = __len__ = __iter__ = __eq__ = __repr__

    trap = object.__new__(Trap)
    fingerprint([trap, {"k": trap}, Trap])
    assert safe_repr(trap) == "<Trap>"
    assert safe_repr({"k": [trap]}) == "{'k': [<Trap>]}"
    assert safe_repr(Trap) == "<class Trap>"
    assert called == []


def test_an_error_is_told_without_its_str():
    class Liar(Exception):
        def __str__(self):
            raise AssertionError

    assert error_text(Liar("truth")) == "Liar: truth"
    assert error_text(Liar(1, 2)) == "Liar: (1, 2)"
    assert error_text(Liar()) == "Liar"
    assert len(error_text(Liar("x" * 10_000))) <= 300


long = st.lists(st.text(min_size=50, max_size=90) | plain, max_size=8)


@given(*(plain | long | st.tuples(long, plain),) * 2)
def test_values_with_one_fingerprint_are_shown_alike(one, two):
    mark = fingerprint(one)
    if mark is not None and mark == fingerprint(two):
        assert safe_repr(one) == safe_repr(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (1, True),
        (1, 1.0),
        ([0, 1], [0, True]),
        ({"a": 1}, {"a": 1.0}),
        ((None,), ("None",)),
        ([1], (1,)),
    ],
)
def test_lookalikes_have_different_fingerprints(one, two):
    assert fingerprint(one) != fingerprint(two)


def test_a_fingerprint_holds_no_object_of_the_program():
    class Mine:
        pass

    assert fingerprint(Mine()) is None
    assert fingerprint([1, [Mine()]]) is None
    assert fingerprint({Mine(): 1}) is None


@pytest.mark.parametrize("base", [dict, list, tuple, set, frozenset, deque, str, int, float])
def test_a_hostile_subclass_has_no_say(base):
    called = []

    def trap(self, *args):
        called.append(args)
        raise AssertionError

    names = ("__iter__", "__len__", "__repr__", "__str__", "__getitem__", "items", "keys", "values")
    hostile = type(
        "Hostile", (base,), dict.fromkeys((*names, "__int__", "__float__", "__eq__"), trap)
    )
    value = hostile({"a": 1} if base is dict else "1" if base in (str, int, float) else ["a"])
    assert "Hostile" in safe_repr(value)
    fingerprint([value])
    assert called == []
