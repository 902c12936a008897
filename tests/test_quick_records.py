"""Constructors of records that are made by the million do what those of a dataclass do."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from cgr_nb.util.quick_records import quick


@dataclass(frozen=True, slots=True)
class Slow:
    first: int
    second: str = "b"
    third: tuple[int, ...] = ()
    fourth: float | None = None


Quick = quick(
    dataclass(frozen=True, slots=True)(
        type("Quick", (), {"__annotations__": Slow.__annotations__, "second": "b", "third": (),
                           "fourth": None, "__module__": __name__})
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((1,), {}),
        ((1, "x", (2,), 0.5), {}),
        ((), {"first": 1, "third": (3,)}),
        ((1,), {"second": ""}),
    ],
)
def test_arguments_and_default_values_are_the_same(given, named):
    made, due = Quick(*given, **named), Slow(*given, **named)
    assert [getattr(made, one.name) for one in fields(made)] == [
        getattr(due, one.name) for one in fields(due)
    ]
    assert repr(made) == repr(due).replace("Slow", "Quick")
    assert hash(made) == hash(due)
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):
        assert again == made
    assert replace(made, second="c") != made
    assert replace(made, second="c").second == "c"


@pytest.mark.parametrize(("given", "named"), [((), {}), ((1, 2, 3, 4, 5), {}), ((1,), {"more": 1})])
def test_wrong_arguments_are_refused(given, named):
    for kind in (Slow, Quick):
        with pytest.raises(TypeError):
            kind(*given, **named)


def test_a_record_is_frozen_still_and_tells_its_arguments():
    made = Quick(1)
    with pytest.raises(FrozenInstanceError):
        made.first = 2
    with pytest.raises(FrozenInstanceError):
        del made.first
    assert inspect.signature(Quick) == inspect.signature(Slow)


def test_a_default_value_is_made_for_each_record():
    @quick
    @dataclass(frozen=True, slots=True)
    class Made:
        first: int
        second: list[int] = field(default_factory=list)

    one, other = Made(1), Made(1)
    one.second.append(3)
    assert (one.second, other.second) == ([3], [])
    given = [4]
    assert Made(1, given).second is given
    assert Made(1, second=None).second is None


def test_what_is_done_behind_a_constructor_is_never_left_out():
    @dataclass(frozen=True, slots=True)
    class Checked:
        first: int

        def __post_init__(self):
            raise ValueError

    with pytest.raises(AssertionError):
        quick(Checked)
