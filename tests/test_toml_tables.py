"""A table is read as its dataclass says, however often, and whatever else has the dataclass's name."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, make_dataclass
from typing import Annotated, get_type_hints

import pytest

from cgr_nb.errors import ConfigError
from cgr_nb.study.config import HIDDEN, StudyConfig
from cgr_nb.util import toml_tables
from cgr_nb.util.constraints import Between
from cgr_nb.util.toml_tables import read_table, table_schema


@dataclass(frozen=True)
class Limits:
    calls: Annotated[int, Between(1, 9)] = 3
    """How many calls."""
    names: tuple[str, ...] = ()
    """Of whom."""


@dataclass(frozen=True)
class Options:
    title: str
    """What it is called."""
    limits: Limits = field(default_factory=lambda: Limits(calls=5))
    """How far it goes."""
    said: dict[str, int] = field(default_factory=dict)
    """What else is said."""
    base: str = "."
    """Where it begins."""


def read(kind, table, **how):
    return read_table(kind, table, where="a.toml", error=ConfigError, **how)


def kind_of(limits):
    """A dataclass called `Table` whose one field is a table of another dataclass."""

    return make_dataclass("Table", [("inner", limits)], frozen=True)


@pytest.fixture
def looked_up(monkeypatch):
    """The classes whose annotations were read."""
    found = []
    toml_tables._inner_tables.cache_clear()

    def hints(kind):
        found.append(kind)
        return get_type_hints(kind)

    monkeypatch.setattr(toml_tables, "get_type_hints", hints)
    return found


def test_annotations_are_read_once_however_often_a_table_is(looked_up):
    for number in range(5):
        table = {"title": str(number), "limits": {"calls": number + 1}}
        assert read(Options, table) == Options(str(number), Limits(number + 1))
    assert looked_up == [Options, Limits]


def test_two_dataclasses_of_one_name_are_two():
    @dataclass(frozen=True)
    class Few:
        calls: int = 1
        more: int = 2

    @dataclass(frozen=True)
    class Many:
        names: tuple[str, ...] = ()
        more: int = 3

    few, many = kind_of(Few), kind_of(Many)
    assert (few.__name__, few.__qualname__) == (many.__name__, many.__qualname__)
    for _ in range(2):
        assert read(few, {"inner": {"calls": 7}}).inner == Few(7)
        assert read(many, {"inner": {"names": ["a"]}}).inner == Many(("a",))
        with pytest.raises(ConfigError, match=r"unknown key inner\.names"):
            read(few, {"inner": {"names": ["a"]}})
        with pytest.raises(ConfigError, match=r"unknown key inner\.calls"):
            read(many, {"inner": {"calls": 7}})


def test_what_a_table_leaves_out_is_what_its_own_place_says():
    for _ in range(2):
        assert read(Options, {"title": "a"}).limits == Limits(5)
        assert read(Options, {"title": "a", "limits": {"names": ["b"]}}).limits == Limits(5, ("b",))
        default = Options("", Limits(8, ("c",)))
        assert read(Options, {"limits": {"calls": 2}}, default=default).limits == Limits(2, ("c",))
        assert read(Options, {"limits": {}}, default={"title": "d"}) == Options("d", Limits(5))


def test_a_default_that_calls_itself_empty_counts():
    @dataclass(frozen=True)
    class Empty:
        calls: int = 1

        def __bool__(self) -> bool:
            return False

    assert read(Empty, {}, default=Empty(6)) == Empty(6)


def test_values_of_two_tables_are_not_one():
    one, other = (read(Options, {"title": "a"}) for _ in range(2))
    one.said["calls"] = 1
    assert other.said == read(Options, {"title": "a"}).said == {}


def test_a_class_that_could_not_be_read_can_be_once_its_types_are_there(monkeypatch):
    @dataclass(frozen=True)
    class Early:
        inner: NotYetThere  # type: ignore[name-defined]  # noqa: F821

    for _ in range(2):
        with pytest.raises(NameError, match="NotYetThere"):
            read(Early, {"inner": {}})
    monkeypatch.setattr(sys.modules[__name__], "NotYetThere", Limits, raising=False)
    assert read(Early, {"inner": {"calls": 4}}).inner == Limits(4)


def test_an_error_names_the_keys_that_this_reading_knows():
    for _ in range(2):
        with pytest.raises(ConfigError, match="did you mean 'base'"):
            read(Options, {"title": "a", "bas": "b"})
        with pytest.raises(ConfigError) as caught:
            read(Options, {"title": "a", "bas": "b"}, hidden=("base",))
        assert "'base'" not in str(caught.value)
        with pytest.raises(ConfigError, match=r"limits\.calls is too large .*1 to 9"):
            read(Options, {"title": "a", "limits": {"calls": 10}})


def without_descriptions(schema):
    if isinstance(schema, list):
        return [without_descriptions(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: without_descriptions(part)
        for name, part in schema.items()
        if name != "description" or not isinstance(part, str)
    }


def test_errors_know_all_that_the_schema_of_a_table_says_but_what_keys_mean():
    for kind, hidden in ((Options, ()), (StudyConfig, HIDDEN)):
        told = table_schema(kind, hidden)
        assert without_descriptions(told) != told
        for_errors = toml_tables._schema_for_errors(kind, tuple(hidden))
        assert without_descriptions(for_errors) == without_descriptions(told)
