"""The page of prompts: every template that ships is planned, measured, and told with its figures."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks.prompts_cells import Cell, hash_of, is_known, keep, known_figures
from benchmarks.prompts_page import PAGE, page
from benchmarks.prompts_plan import NOT_PLANNED, plan
from benchmarks.prompts_replies import Asked, figures

from cgr_nb.answers import extract_reply
from cgr_nb.prompts import available
from cgr_nb.records import Item, Reply

CELL = Cell("items", "weights.gguf", "full", "direct@1", "OpenBookQA", 7, "reask@1")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "figures.json"


def planned():
    return {name for cell in plan() for name in (cell.head["template"], cell.head["again"])}


def name_of(template):
    return template.partition("/")[2].partition("@")[0]


def test_every_template_that_ships_is_in_the_plan_or_says_why_not():
    left_out = {name for name in available() if name not in planned()}
    assert {name_of(name) for name in left_out} == set(NOT_PLANNED)


def test_every_planned_template_has_figures_of_its_present_wording():
    known = known_figures()
    lines = page(known).splitlines()
    for name in planned() & set(available()):
        [line] = [line for line in lines if line.startswith(f"| {name} | ")]
        assert not line.endswith("| not measured |"), line
    assert [one for one in known if one.get("hash") not in (None, hash_of(one["template"]))] == []


def test_the_page_shows_the_figures_on_file():
    assert PAGE.read_text("utf-8") == page(known_figures())


def test_a_cell_is_measured_once(file):
    assert not is_known(CELL, (), known_figures(file))
    keep({**CELL.head, "items": 7, "read": 5}, file)
    assert is_known(CELL, (), known_figures(file))


@pytest.mark.parametrize(
    "other",
    [
        replace(CELL, count=8),
        replace(CELL, template="direct@2"),
        replace(CELL, again="reask@2"),
        replace(CELL, again=None),
        replace(CELL, set="MedQA"),
        replace(CELL, model="other.gguf"),
    ],
    ids=lambda cell: f"{cell.template} {cell.again} {cell.set} {cell.count} {cell.model}",
)
def test_another_template_set_model_or_size_is_another_cell(file, other):
    keep({**CELL.head, "items": 7, "read": 5}, file)
    assert not is_known(other, (), known_figures(file))


def test_figures_of_another_wording_are_measured_again_and_replaced(file):
    keep({**CELL.head, "hash": "0" * 16, "items": 7, "read": 1}, file)
    assert not is_known(CELL, (), known_figures(file))
    keep({**CELL.head, "items": 7, "read": 5}, file)
    assert [one["read"] for one in known_figures(file)] == [5]


def test_figures_that_lack_what_is_told_today_are_measured_again(file):
    keep({**CELL.head, "items": 7, "read": 5}, file)
    assert not is_known(CELL, ("right",), known_figures(file))


def asked(text, gold, again=None):
    item = Item(
        f"{text} {gold}", "made", "default", "Which?", dict(A="a", B="b", C="c"), tuple(gold)
    )
    item = replace(item, multi=True)

    def read(said):
        reply = Reply(said, "stop", "", 10, 3, 0.1)
        return reply, extract_reply(reply, item.options, multi=True)

    reply, found = read(text)
    return Asked(item, reply, found, None if again is None else read(again)[1])


def test_a_set_of_letters_is_right_as_a_whole_and_counts_as_one_reply():
    found = figures(
        [
            asked("Answer: A, C", "AC"),
            asked("Answer: A", "AC"),
            asked("I do not know.", "B", again="Answer: B"),
        ]
    )
    assert (found["items"], found["read"], found["right"]) == (3, 2, 1)
    assert (found["asked_again"], found["read_again"], found["right_again"]) == (1, 1, 2)
    assert found["chance"] == round(1 / 7, 4)
    assert found["constant"] == ["AC", 2]


def test_an_item_that_does_not_fit_the_window_is_counted_and_not_right():
    found = figures([asked("Answer: B", "B"), Asked(asked("", "B").item, None, None)])
    assert (found["items"], found["read"], found["right"]) == (2, 1, 1)
    assert found["kinds"] == {"too long for the context window": 1}
