"""Every row of the real files beside the checkout is accounted for, as their own notes count them."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cgr_nb.items import ItemSet, read_items
from cgr_nb.items.readers import read_rows

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NO_ITEMS = {"responses", "programs"}


def sources() -> list[tuple[str, int]]:
    """Return (file relative to the data folder, rows as noted) for every item file."""
    found = []
    for note in sorted(DATA.glob("*/SOURCE.json")):
        if note.parent.name not in NO_ITEMS:
            parts = json.loads(note.read_text(encoding="utf-8"))["sources"]
            found += [
                (f"{note.parent.name}/{part['file']}", part["rows"])
                for part in parts
                if part["file"]
            ]
    return found


if not DATA.is_dir():
    pytest.skip("../shared/data is absent", allow_module_level=True)


@cache
def read(file: str) -> ItemSet:
    return read_items(DATA / file)


REJECTED = {
    "physicsqa_standins/mmlu_college_physics.json": {"duplicate": 11},
    "time_mqa_standin/timeseriesexam_round3_first300.json": {"duplicate": 1},
}

ADAPTER = {"physicsqa_standins": None, "time_mqa_standin": "timeseriesexam"}


@pytest.mark.parametrize(("file", "rows"), sources())
def test_all_rows_are_items_or_explained(file: str, rows: int) -> None:
    found = read(file)
    assert len(found) == rows
    assert found.by_reason() == REJECTED.get(file, {})
    assert len(found.items) + len(found.rejected) == rows


@pytest.mark.parametrize("file", [file for file, _ in sources()])
def test_the_adapter_is_the_one_of_the_dataset(file: str) -> None:
    folder, name = file.split("/")
    wanted = ADAPTER.get(folder, folder)
    if name.startswith("medmcqa"):
        wanted = "medmcqa"
    if wanted is None:
        wanted = "jeebench" if name.startswith("jeebench") else "mmlu"
    assert read(file).adapter == wanted


def test_no_item_file_is_missing_from_the_notes() -> None:
    on_disk = {
        f"{path.parent.name}/{path.name}"
        for path in DATA.glob("*/*")
        if path.name != "SOURCE.json" and path.parent.name not in NO_ITEMS
    }
    assert on_disk == {file for file, _ in sources()}


@pytest.mark.parametrize(
    ("file", "fields"),
    [
        ("openbookqa/test_complete.jsonl", ["fact1"]),
        ("openbookqa/llm_adapters_test.json", ["output"]),
        ("medqa/medmcqa_sample200.csv", ["exp"]),
        ("aqua_rat/test.json", ["rationale"]),
        ("aqua_rat/llm_adapters_test.json", ["output"]),
        ("aime/aime24_test.jsonl", ["solution"]),
        ("time_mqa_standin/timeseriesexam_round3_first300.json", ["question_hint", "format_hint"]),
    ],
)
def test_what_explains_the_answer_is_not_kept_beside_the_question(
    file: str, fields: list[str]
) -> None:
    explained = {row.where: row.fields or {} for row in read_rows(DATA / file)}
    for item in read(file).items:
        told = json.dumps([item.context, dict(item.meta)], ensure_ascii=False)
        for field in fields:
            text = explained[item.meta["where"]][field]
            assert not text or json.dumps(text, ensure_ascii=False)[1:-1] not in told


def test_texts_are_those_of_the_file() -> None:
    file = "mmlu_pro/mmlu_pro_test_sample.jsonl"
    rows: dict[str, Any] = {row.where: row.fields for row in read_rows(DATA / file)}
    for item in read(file).items:
        assert item.question == rows[item.meta["where"]]["question"]
        assert list(item.options.values()) == rows[item.meta["where"]]["options"]


def test_gold_is_spread_as_the_notes_say() -> None:
    gold = Counter(item.gold for item in read("failuresensoriq/all.jsonl").items)
    assert gold == {("A",): 753, ("B",): 701, ("C",): 480, ("D",): 416, ("E",): 317}
    assert read("failuresensoriq/all.jsonl").questions_repeated == 788


def test_the_same_questions_in_two_wrappings_are_the_same_items() -> None:
    plain, full, wrapped = (
        {item.id for item in read(f"openbookqa/{name}").items}
        for name in ("test.jsonl", "test_complete.jsonl", "llm_adapters_test.json")
    )
    assert plain == full
    assert plain == wrapped


def test_jeebench_has_four_options_everywhere_and_letters_as_given() -> None:
    file = "physicsqa_standins/jeebench_dataset.json"
    rows: dict[str, Any] = {row.where: row.fields for row in read_rows(DATA / file)}
    for item in read(file).items:
        row = rows[item.meta["where"]]
        assert list(item.options) == ["A", "B", "C", "D"]
        if row["type"].startswith("MCQ"):
            assert "".join(item.gold or ()) == row["gold"]


@pytest.mark.parametrize("file", [file for file, _ in sources() if file.startswith("aime/")])
def test_one_option_of_aime_is_the_answer_and_no_other_equals_it(file: str) -> None:
    rows: dict[str, Any] = {row.where: row.fields for row in read_rows(DATA / file)}
    for item in read(file).items:
        answer = int(rows[item.meta["where"]]["answer"].removesuffix("^\\circ"))
        assert item.gold is not None
        values = {letter: int(text) for letter, text in item.options.items()}
        assert [letter for letter, value in values.items() if value == answer] == list(item.gold)
        assert len(set(values.values())) == 5
