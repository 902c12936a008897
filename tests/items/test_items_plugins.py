"""Adapters of other packages come in by entry point, and a broken one hurts nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas
import pytest

from cgr_nb.errors import ItemError
from cgr_nb.items import Adapter, ParsedRow, Reject, adapters, nested, read_items
from cgr_nb.items.fields import Row
from cgr_nb.items.options import listed

MODULE = """
from cgr_nb.items import Adapter, ParsedRow
from cgr_nb.items.gold import by_letter
from cgr_nb.items.options import listed

def read(row):
    options = listed(row["frage_optionen"])
    return ParsedRow(row["frage"], options, by_letter(options, row["loesung"], "loesung"))

ADAPTER = Adapter("quiz", "a quiz", (frozenset({"frage", "frage_optionen"}),), read)
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "items_plugin_for_test.py").write_text(MODULE, encoding="utf-8")
    info = tmp_path / "items_plugin_for_test-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: items-plugin-for-test\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[cgr_nb.items]\nquiz = items_plugin_for_test:ADAPTER\ngone = no_such_module_here:X\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    adapters.cache_clear()
    yield tmp_path
    adapters.cache_clear()


def test_an_adapters_own_mistake_is_a_counted_rejection(plugin: Path) -> None:
    frame = pandas.DataFrame({"frage": ["Wer?", "Was?"], "frage_optionen": [["ich", "du"], ["x"]]})
    with pytest.warns(UserWarning, match="no_such_module_here"):
        found = read_items(frame, "quiz")
    assert found.by_reason() == {"adapter_failed": 2}
    assert "KeyError: 'loesung'" in found.rejected[0].detail


def test_an_installed_adapter_is_guessed_and_a_broken_one_only_warns(plugin: Path) -> None:
    frame = pandas.DataFrame(
        {"frage": ["Wer?"], "frage_optionen": [["ich", "du"]], "loesung": ["B"]}
    )
    with pytest.warns(UserWarning, match="no_such_module_here"):
        found = read_items(frame)
    assert found.adapter == "quiz"
    assert found.items[0].gold == ("B",)


def test_a_broken_adapter_that_is_named_says_what_is_wrong_with_it(plugin: Path) -> None:
    with (
        pytest.warns(UserWarning, match="no_such_module_here"),
        pytest.raises(ItemError, match=r"'gone' \(no_such_module_here:X\) is broken: No module"),
    ):
        read_items(pandas.DataFrame({"frage": ["Wer?"]}), "gone")


def unfold(row: Row) -> list[Row]:
    if row["size"] < 0:
        raise Reject("not_multiple_choice", "a negative size")
    return [{"half": row["size"] // 2, "of": part} for part in row["asked"]]


def read_half(row: Row) -> ParsedRow:
    options = listed([str(row["half"]), "none of these"])
    return ParsedRow(f"What is half of {row['of']}?", options, (0,))


def test_an_adapter_makes_several_items_of_a_row_and_a_mistake_stays_with_its_row() -> None:
    halves = Adapter("halves", "halves", (), read_half, unfold=unfold)
    rows = {"size": [8, -1, 5, 6, 4], "asked": [["a", "b"], ["c"], [], None, ["d"]]}
    found = read_items(pandas.DataFrame(rows), halves)
    assert [item.options["A"] for item in found.items] == ["4", "4", "2"]
    assert [item.meta["where"] for item in found.items][:2] == [
        "frame index 0 question 1",
        "frame index 0 question 2",
    ]
    assert {row.where: row.reason for row in found.rejected} == {
        "frame index 1": "not_multiple_choice",
        "frame index 2": "no_question",
        "frame index 3": "adapter_failed",
    }
    assert "TypeError" in found.rejected[-1].detail


def without_end(row: Row) -> Iterator[Row]:
    for number in range(1_000):
        yield {"half": number, "of": row["of"]}
    raise AssertionError("it is still read")


def test_an_unfold_that_never_ends_is_a_mistake_of_its_row(monkeypatch) -> None:
    monkeypatch.setattr(nested, "MOST_PARTS", 50)
    endless = Adapter("endless", "endless", (), read_half, unfold=without_end)
    found = read_items(pandas.DataFrame({"of": ["a", "b"]}), endless)
    assert [row.reason for row in found.rejected] == ["adapter_failed"] * 2
    assert found.rejected[0].detail == "its unfold made more than 50 rows of this one: does it end?"
