"""Every shape in which people have items is read right, and none is ever read wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from formats import SHAPES, Made, Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgr_nb.errors import ItemError
from cgr_nb.items import ItemSet, read_items
from cgr_nb.records import Item

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases-data" / "items"
REFUSED = "glued_labels_permuted.jsonl"

WORDS = ("copper", "violet", "timber", "granite", "marble", "velvet", "walnut", "saffron")
TRAPS = (
    *("A", "B", "C", "D", "1", "2", "3", "4", "0", "-1", "10", "3.5", "5%", "$5", "yes", "no"),
    *("true", "NA", "nan", "None", "A and B", "None of these", "B. F. Skinner", "option 2"),
    *("Answer: B", "a) x", "(a)", "A.", "12:30", "[1, 2]", "x = {1}", "The cat.", "the cat"),
)
"""Texts of options that look like an answer, a label or a list."""


def made(shape: Shape, texts: Sequence[Sequence[str]], golds: Sequence[int]) -> list[Made]:
    items = []
    for number, (options, gold) in enumerate(zip(texts, golds, strict=True)):
        options = shape.closed or tuple(options)
        name = chr(ord("a") + number) * 3
        context = f"Tom has {name} pears." if shape is SHAPES["copa"] else "Tom has six pears."
        items.append(Made(f"Which {name} is it?", options, gold % len(options), context))
    return items


def read(folder: Path, shape: Shape, items: Sequence[Made]) -> ItemSet:
    name, data = shape.write(items)
    (folder / name).write_bytes(data)
    return read_items(folder / name)


def item_of(found: ItemSet, wanted: Made) -> Item | None:
    for item in found.items:
        text = f"{item.context}\n{item.question}"
        if wanted.question in text or wanted.context == item.context != "Tom has six pears.":
            return item
    return None


def right(item: Item) -> list[str]:
    return [item.options[letter].strip() for letter in item.gold or ()]


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_file_of_every_shape_is_read_right(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    size = shape.options or 4
    texts = [[f"{word} {row}" for word in WORDS[:size]] for row in range(8)]
    texts[5] = [str(number) for number in range(30, 30 + size)]
    wanted = made(shape, texts, [3, 0, 1, 2, 4, 1, 3, 0])
    found = read(tmp_path, shape, wanted)
    assert found.by_reason() == {}
    for one in wanted:
        item = item_of(found, one)
        assert item is not None
        assert right(item) == [one.right]
        assert sorted(item.options.values()) == sorted(one.options)
        assert not shape.context or one.context in f"{item.context}\n{item.question}"
        assert "LEAK" not in json.dumps([item.question, item.context, dict(item.meta)])
    assert {item.dataset for item in found.items}.isdisjoint({"generic", ""})


@pytest.mark.parametrize("name", sorted(SHAPES))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_item_of_any_shape_is_read_wrong(name: str, tmp_path: Path, data: st.DataObject) -> None:
    shape = SHAPES[name]
    rows = data.draw(st.integers(1, 5))
    size = st.just(shape.options) if shape.options else st.integers(2, 5)
    texts = [
        data.draw(
            size.flatmap(
                lambda many: st.lists(
                    st.sampled_from((*TRAPS, *WORDS)), min_size=many, max_size=many, unique=True
                )
            )
        )
        for _ in range(rows)
    ]
    golds = data.draw(st.lists(st.integers(0, 4), min_size=rows, max_size=rows))
    wanted = made(shape, texts, golds)
    try:
        found = read(tmp_path, shape, wanted)
    except ItemError:
        return  # refused is not wrong
    for one in wanted:
        item = item_of(found, one)
        if item is not None and item.gold is not None:
            assert right(item) == [one.right.strip()]


def expected() -> dict[str, list[list[Any]]]:
    if not CASES.is_dir():
        return {}
    found: dict[str, list[list[Any]]] = json.loads((CASES / "expected.json").read_text("utf-8"))
    return found


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases-data is absent")
@pytest.mark.parametrize("name", sorted(expected()))
def test_the_handed_files_are_read_as_expected(name: str) -> None:
    found = read_items(CASES / name)
    got = [[len(item.options), *right(item)] for item in found.items]
    assert got == expected()[name]


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases-data is absent")
def test_labels_out_of_order_are_refused_row_by_row() -> None:
    found = read_items(CASES / REFUSED)
    assert found.items == []
    assert found.by_reason() == {"gold_ambiguous": len(found)}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who?\na) 3.5\nb) A. Smith\nc) B. F. Skinner\nd) I", "a"),
        ("Who?\na) he\nb) she\nc) it\nd) they\ne) we\nA. a and b\nB. c", "A"),
    ],
)
def test_two_lists_of_labels_in_one_question_are_refused(
    tmp_path: Path, question: str, answer: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"question": question, "answer": answer}), "utf-8")
    with pytest.raises(ItemError, match="two lists"):
        read_items(path)


def test_an_answer_that_is_a_letter_with_a_text_and_also_an_options_text_is_refused(
    tmp_path: Path,
) -> None:
    row = {"question": "?", "options": ["x", "a) x", "true"], "answer": "a) x"}
    (tmp_path / "x.jsonl").write_text(json.dumps(row), "utf-8")
    assert read_items(tmp_path / "x.jsonl").by_reason() == {"gold_ambiguous": 1}
