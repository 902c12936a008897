"""`read_items` accounts for every row; ids are content; samples and checks follow."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import pandas
import pytest

from cgr_nb.errors import ItemError
from cgr_nb.items import (
    REASONS,
    check_items,
    format_check,
    item_id,
    read_items,
    sample_items,
)
from cgr_nb.records import Item

GOOD = {"id": "q-1", "question": "Which?", "options": {"A": "x", "B": "y"}, "gold": "B"}


def write(path: Path, *rows: Any) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def many(count: int, dataset: str = "set", configs: int = 1) -> list[Item]:
    options = {"A": "x", "B": "y"}
    return [
        Item(
            id=item_id(dataset, f"question {number}", None, options, ("A",)),
            dataset=dataset,
            config=f"c{number % configs}",
            question=f"question {number}",
            options=options,
            gold=("A",),
        )
        for number in range(count)
    ]


def test_every_row_is_an_item_or_an_explained_rejection(tmp_path: Path) -> None:
    path = write(
        tmp_path / "items.jsonl",
        GOOD,
        '{"question": "cut off',
        {**GOOD, "id": "q-12", "gold": "F"},
        "",
        {**GOOD, "id": "q-13", "question": "  "},
        {**GOOD, "id": "q-14", "question": "Else?", "options": {"A": "x", "B": " "}},
        {**GOOD, "id": "q-15"},
        '"a text"',
    )
    found = read_items(path)
    assert len(found) == 7 == len(found.items) + len(found.rejected)
    assert found.by_reason() == {
        "malformed_json": 1,
        "gold_not_an_option": 1,
        "no_question": 1,
        "empty_option": 1,
        "duplicate": 1,
        "not_an_object": 1,
    }
    assert set(found.by_reason()) <= set(REASONS)
    told = [str(row) for row in found.rejected]
    assert told[1] == (
        "items.jsonl line 3 (id 'q-12'): gold 'F' is not among options A-B; "
        "correct 'gold' or add the option."
    )
    assert "items.jsonl line 1" in told[4]


def test_texts_stay_as_they_are(tmp_path: Path) -> None:
    question = " Ein\u00a0Zug\u200b f\u00e4hrt\x07,\n\twohin?  \u2028"
    options = {"A": " A. x ", "B": "B) y\u00a0"}
    path = write(tmp_path / "x.jsonl", {"question": question, "options": options, "gold": "A"})
    (item,) = read_items(path).items
    assert item.question == question
    assert item.options == options


def test_an_items_place_and_own_id_are_in_its_meta(tmp_path: Path) -> None:
    (item,) = read_items(write(tmp_path / "x.jsonl", GOOD)).items
    assert item.meta == {"where": "x.jsonl line 1", "id": "q-1"}
    json.dumps(dataclasses.asdict(item))


def test_the_same_item_in_another_form_is_a_duplicate_across_files(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", GOOD)
    other = {"question": "Which?  ", "choices": ["x", "y"], "answer": "y", "id": "other"}
    second = write(tmp_path / "b.jsonl", other, {**GOOD, "gold": "A"})
    found = read_items([first, second], dataset="set")
    assert found.by_reason() == {"duplicate": 1}
    assert "a.jsonl line 1" in found.rejected[0].detail
    assert len(found.items) == 2
    assert found.questions_repeated == 1


def test_files_of_two_datasets_are_read_each_with_its_own_adapter(tmp_path: Path) -> None:
    aime = write(tmp_path / "aime.jsonl", {"id": "1", "problem": "Find it.", "answer": "7"})
    found = read_items([aime, write(tmp_path / "b.jsonl", GOOD)])
    assert found.adapter == "aime, generic"
    assert [item.dataset for item in found.items] == ["aime", "b"]


def test_a_frame_is_read_like_the_file_it_was_written_to(tmp_path: Path) -> None:
    frame = pandas.DataFrame([GOOD, {**GOOD, "question": "Else?", "gold": None}])
    frame.to_parquet(tmp_path / "x.parquet")
    from_frame = read_items(frame, dataset="set").items
    from_file = read_items(tmp_path / "x.parquet", dataset="set").items
    assert [item.id for item in from_frame] == [item.id for item in from_file]
    assert from_frame[1].gold is None


def test_lists_in_csv_cells_are_lists_again(tmp_path: Path) -> None:
    options = ['x, "y"', "it's", "A. Z"]
    rows = {
        "mmlu_pro": {
            "question_id": 1,
            "question": "Q?",
            "options": options,
            "answer": "B",
            "answer_index": 1,
        },
        "mmlu": {"question": "Q?", "choices": options, "answer": 1, "subject": "physics"},
        "failuresensoriq": {
            "question": "Q?",
            "options": options,
            "option_ids": ["P)", "Q)", "R)"],
            "correct": [False, True, False],
        },
    }
    for name, row in rows.items():
        pandas.DataFrame([row]).to_csv(tmp_path / "x.csv", index=False)
        found = read_items(tmp_path / "x.csv")
        assert found.adapter == name
        assert list(found.items[0].options.values()) == options
        assert found.items[0].options[(found.items[0].gold or ("",))[0]] == "it's"


def test_a_limit_stops_after_that_many_items(tmp_path: Path) -> None:
    rows = [{**GOOD, "question": f"Which of {number}?"} for number in range(9)]
    rows[0]["gold"] = "X"
    found = read_items(write(tmp_path / "x.jsonl", *rows), limit=3)
    assert (len(found.items), len(found)) == (3, 4)


def test_a_file_in_which_no_row_can_be_read_is_refused_with_the_first_line(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "question,answer", "a", "b")
    with pytest.raises(ItemError, match=r"x\.csv line 2"):
        read_items(path)
    assert read_items(path, "generic").by_reason() == {"malformed_csv": 2}


@pytest.mark.parametrize(("name", "text"), [("a.json", "[]"), ("a.csv", "question,answer\n")])
def test_a_file_without_rows_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ItemError, match="no rows"):
        read_items(write(tmp_path / name, text))


def test_an_id_is_content_and_not_form() -> None:
    options = {"A": "caf\u00e9", "B": "y"}
    name = item_id("set", "Which  one?", None, options, ("A",))
    assert item_id("set", " Which\u00a0one? ", None, {"A": "cafe\u0301", "B": "y"}, ("A",)) == name
    others = [
        item_id("other", "Which one?", None, options, ("A",)),
        item_id("set", "Which One?", None, options, ("A",)),
        item_id("set", "Which one?", "", options, ("A",)),
        item_id("set", "Which one?", None, {"B": "y", "A": "caf\u00e9"}, ("A",)),
        item_id("set", "Which one?", None, {"A": "caf\u00e9", "C": "y"}, ("A",)),
        item_id("set", "Which one?", None, options, ("B",)),
        item_id("set", "Which one?", None, options, None),
    ]
    assert len({name, *others}) == 8


def test_a_sample_depends_on_which_items_there_are_and_not_on_their_order() -> None:
    items = many(200)
    drawn = sample_items(items, 20, seed=5)
    random.Random(1).shuffle(items)
    assert sample_items(items, 20, seed=5) == drawn
    assert {item.id for item in sample_items(items, 20, seed=6)} != {item.id for item in drawn}


def test_a_larger_sample_only_adds_and_an_added_item_pushes_out_at_most_one() -> None:
    items = many(201)
    small = {item.id for item in sample_items(items[:200], 20)}
    assert small < {item.id for item in sample_items(items[:200], 30)}
    assert len(small & {item.id for item in sample_items(items, 20)}) >= 19


def test_a_sample_takes_as_many_from_each_group() -> None:
    items = [*many(50, "one", configs=2), *many(5, "two")]
    by_config = sample_items(items, 10, by="config")
    assert [(item.dataset, item.config) for item in by_config] == (
        [("one", "c0")] * 10 + [("one", "c1")] * 10 + [("two", "c0")] * 5
    )
    assert len(sample_items(items, 10, by="dataset")) == 15
    assert len(sample_items(items, 10, by=None)) == 10


def test_a_check_counts_all_rows_of_all_files_and_goes_on_after_a_bad_one(tmp_path: Path) -> None:
    good = write(
        tmp_path / "good.jsonl", GOOD, {**GOOD, "gold": "X"}, {**GOOD, "question": "Else?"}
    )
    paths = [good, tmp_path / "absent.jsonl", write(tmp_path / "again.jsonl", GOOD)]
    check = check_items(paths, dataset="set")
    assert (check.rows, check.accepted, check.ok) == (4, 2, False)
    assert check.rejected == {"gold_not_an_option": 1, "duplicate": 1}
    assert [file.adapter for file in check.files] == ["generic", None, "generic"]
    assert "no such file" in (check.files[1].error or "")
    json.dumps(check.to_dict())


def test_a_check_reads_as_plain_text(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", GOOD, {**GOOD, "gold": "X"}, {**GOOD, "gold": None})
    text = format_check(check_items(path))
    assert "x.jsonl" in text
    assert "generic" in text
    assert "1 gold_not_an_option, such as x.jsonl line 2 (id 'q-1'): gold 'X'" in text
    assert "options: 2 with 2" in text
    assert "1 without gold" in text
    assert text.isprintable() or "\n" in text
