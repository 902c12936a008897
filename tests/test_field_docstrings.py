"""What stands below the fields of a class is found, wherever the class is written."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.util.field_docstrings import field_docstrings


@dataclass(frozen=True)
class Outer:
    """Not a field's."""

    first: int
    """Of the
    first."""
    bare: int = 0
    plain = "no field"
    """Nobody's."""

    @dataclass(frozen=True)
    class Inner:
        first: int = 1
        """Of the inner first."""

    last: str = ""
    """Of the last."""


@dataclass(frozen=True)
class Heir(Outer):
    own: int = 2
    """Of its own."""


def test_each_field_has_its_own():
    assert field_docstrings(Outer) == {"first": "Of the first.", "last": "Of the last."}
    assert field_docstrings(Outer.Inner) == {"first": "Of the inner first."}
    assert field_docstrings(Heir) == {"own": "Of its own."}


def test_a_class_within_a_function_is_found():
    if True:

        @dataclass
        class Outer:
            first: int
            """Of another first."""

    assert field_docstrings(Outer) == {"first": "Of another first."}


def test_a_class_without_source_has_none():
    place = {"__name__": "nowhere"}
    exec("class Made:\n    first: int = 1\n    'Of the first.'\n", place)
    assert field_docstrings(place["Made"]) == {}
    assert field_docstrings(int) == {}
