"""Nothing is lost in silence: what is to be known of a file is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cgr_nb.items import check_items, format_check, item_remarks, read_items, write_items
from cgr_nb.records import Item

GOOD = {"question": "Which?", "options": ["sky", "rose", "sun"], "answer": "B"}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def told(path: Path, **said: Any) -> str:
    return format_check(check_items(path, **said))


def many(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**GOOD, "question": f"Which of {number}?", **changes} for number in range(count)]


def item(options: list[str], gold: str = "A", question: str = "Which?") -> Item:
    lettered = dict(zip("ABCDE", options, strict=False))
    return Item(question, "set", "default", question, lettered, (gold,))


def test_columns_that_were_not_used_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", {**GOOD, "hint": "it is red", "source": "a book", "n": None})
    (file,) = check_items(path).files
    assert file.unused == ("hint", "source")
    assert "columns not used: hint, source" in told(path)


def test_a_column_that_holds_something_else_than_its_name_is_not_used(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", *many(3, label="easy"))
    (file,) = check_items(path).files
    assert file.unused == ("label",)
    assert file.gold_missing == 0


def test_rows_without_gold_are_counted_with_the_column_that_looks_like_it(tmp_path: Path) -> None:
    rows = [*many(4), *many(6, answer=None)]
    for number, row in enumerate(rows):
        row |= {"question": f"{number}?", "mark": "ABC"[number % 3]}
    assert "6 without gold; column 'mark' looks like it" in told(write(tmp_path / "x.jsonl", *rows))


@pytest.mark.parametrize(
    "question",
    [
        "According to the passage, who came?",
        "What does the author imply?",
        "What is shown in the figure below?",
        "Which is true of the following table?",
    ],
)
def test_a_context_that_is_spoken_of_and_not_there_is_told(tmp_path: Path, question: str) -> None:
    path = write(tmp_path / "x.jsonl", {**GOOD, "question": question}, {**GOOD, "question": "Who?"})
    assert "1 speak of a passage" in told(path)
    path = write(tmp_path / "y.jsonl", {**GOOD, "question": question, "passage": "Tom came."})
    assert "speak of a passage" not in told(path)


def test_white_space_around_one_option_is_counted_against_gold() -> None:
    items = [item(["sky", " rose", "sun"], "B", f"{n}?") for n in range(3)]
    (remark,) = item_remarks([*items, item(["sky", "rose", "sun "], "A")])
    assert remark.startswith("in 4 exactly one option has white space around it; it is gold in 3")
    assert "(1.3 by chance)" in remark


@pytest.mark.parametrize(
    ("right", "word"),
    [
        ("rose.", "another closing mark"),
        ("a rose that is as red as any rose can be", "much more text"),
    ],
)
def test_a_mark_that_tells_the_answer_is_told(right: str, word: str) -> None:
    items = [item([right, "sky", "sun"], "A", f"{n}?") for n in range(9)]
    assert any(word in remark for remark in item_remarks(items))


def test_a_mark_that_tells_nothing_is_not_told() -> None:
    items = [item(["rose.", "sky", "sun"], "ABC"[n % 3], f"{n}?") for n in range(9)]
    assert item_remarks(items) == []


def test_a_right_option_in_the_same_place_everywhere_is_told() -> None:
    items = [item(["rose", "sky", "sun"], "A", f"{n}?") for n in range(10)]
    assert item_remarks(items) == ["the right option is number 1 in every item"]


def test_repeated_questions_are_told() -> None:
    items = [item(["rose", "sky"]), item(["rose", "sun"]), item(["rose", "moon"])]
    assert "2 ask what an earlier item asks, with other options" in item_remarks(items)


def test_items_longer_than_the_models_context_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", GOOD, {**GOOD, "passage": "word " * 400})
    assert "1 are longer than the 100 tokens" in told(path, context_tokens=100)
    assert "longer than" not in told(path)


def test_files_of_one_name_in_two_folders_that_become_one_dataset_are_told(tmp_path: Path) -> None:
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        row = {**GOOD, "question": f"Which {folder}?"}
        paths.append(write(tmp_path / folder / "quiz.jsonl", row))
    assert "2 files called quiz.jsonl are one dataset, 'quiz'" in format_check(check_items(paths))


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("quiz.jsonl", "quiz"),
        ("sets/physics.test.jsonl", "physics.test"),
        ("race/test.jsonl", "race"),
        ("arc/data/test-00000-of-00001.jsonl", "arc"),
        ("samples_arc_easy_2025-01-02T03-04-05.123456.jsonl", "arc_easy"),
    ],
)
def test_a_dataset_is_called_after_its_file_or_the_folder_of_a_part(
    tmp_path: Path, place: str, name: str
) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    (found,) = read_items(write(path, GOOD)).items
    assert found.dataset == name


@pytest.mark.parametrize(
    ("name", "row", "dataset"),
    [
        (
            "arc_easy.jsonl",
            {"id": "Mercury_7", "question": {"stem": "Who?", "choices": [{"text": "I", "label": "1"}, {"text": "you", "label": "2"}]}, "answerKey": "2"},
            "arc_easy",
        ),
        ("nurses.jsonl", {"question": "Who?", "options": {"A": "I", "B": "you"}, "answer_idx": "B", "answer": "you"}, "nurses"),
        ("medqa_test.jsonl", {"question": "Who?", "options": {"A": "I", "B": "you"}, "answer_idx": "B", "answer": "you"}, "medqa"),
        ("global_mmlu.jsonl", {"question": "Who?", "subject": "law", "choices": ["I", "you"], "answer": 1}, "global_mmlu"),
        ("mmlu_law.jsonl", {"question": "Who?", "subject": "law", "choices": ["I", "you"], "answer": 1}, "mmlu"),
        ("gpqa_main.csv", {"Question": "Who?", "Correct Answer": "you", "Incorrect Answer 1": "I", "Incorrect Answer 2": "she", "Incorrect Answer 3": "he"}, "gpqa_main"),
    ],
)  # fmt: skip
def test_items_never_bear_the_name_of_another_set(
    tmp_path: Path, name: str, row: dict[str, Any], dataset: str
) -> None:
    path = tmp_path / name
    if path.suffix == ".csv":
        path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", "utf-8")
    else:
        write(path, row)
    (found,) = read_items(path).items
    assert found.dataset == dataset
    assert found.gold is not None
    assert found.options[found.gold[0]] == "you"


def test_a_numeric_answer_with_wrong_answers_of_its_own_keeps_them(tmp_path: Path) -> None:
    row = {"question": "6 times 7?", "distractor1": "36", "distractor2": "48", "correct_answer": 42}
    (found,) = read_items(write(tmp_path / "x.jsonl", row)).items
    assert sorted(found.options.values()) == ["36", "42", "48"]
    assert found.options[(found.gold or ("",))[0]] == "42"


def test_the_fifth_option_of_a_medical_file_is_kept(tmp_path: Path) -> None:
    row = {"question": "?", "opa": "v", "opb": "w", "opc": "x", "opd": "y", "ope": "z", "cop": 5}
    (found,) = read_items(write(tmp_path / "x.jsonl", row)).items
    assert (list(found.options.values()), found.gold) == (["v", "w", "x", "y", "z"], ("E",))


@pytest.mark.parametrize(
    ("answers", "gold"),
    [
        ([0, 1, 3], ["A", "B", "D"]),  # a 0: from 0
        ([1, 2, 4], ["A", "B", "D"]),  # a 4 of 4 options: from 1
        ([1, 2, 3], None),  # neither
        ([0, 2, 4], None),  # both
    ],
)
def test_what_positions_count_from_is_told_by_the_whole_column(
    tmp_path: Path, answers: list[int], gold: list[str] | None
) -> None:
    rows = [
        {"question": f"{number}?", "options": ["p", "q", "r", "s"], "answer": answer}
        for number, answer in enumerate(answers)
    ]
    found = read_items(write(tmp_path / "x.jsonl", *rows))
    if gold is None:
        assert found.by_reason() == {"gold_ambiguous": 3}
        assert "gold_base = 0 or gold_base = 1" in found.rejected[0].detail
    else:
        assert [item.gold for item in found.items] == [(letter,) for letter in gold]


def test_a_usual_base_is_not_believed_where_the_file_speaks_against_it(tmp_path: Path) -> None:
    def rows(answers: list[int]) -> list[dict[str, Any]]:
        options = ["p", "q", "r", "s"]
        return [
            {"question": f"{n}?", "choices": options, "answer": a} for n, a in enumerate(answers)
        ]

    few = read_items(write(tmp_path / "few.jsonl", *rows([1, 2, 1])))
    assert [item.gold for item in few.items] == [("B",), ("C",), ("B",)]
    tops = read_items(write(tmp_path / "tops.jsonl", *rows([1, 2, 4])))
    assert [item.gold for item in tops.items] == [("A",), ("B",), ("D",)]
    # In 60 rows the first option is right in some, if positions count from 0.
    odd = read_items(write(tmp_path / "odd.jsonl", *rows([1, 2, 3] * 20)))
    assert odd.by_reason() == {"gold_ambiguous": 60}


def test_answers_to_several_questions_in_one_text_are_no_set_of_right_options(
    tmp_path: Path,
) -> None:
    text = "Tom came.\nWho came?\nA. Tom\nB. Ann\nWhen?\nA. now\nB. never"
    rows = [
        {"question": text, "answer": ["A", "A"]},
        {"question": text + "!", "answer": ["A", "B"]},
    ]
    found = read_items(write(tmp_path / "x.jsonl", *rows))
    assert found.items == []


def test_items_are_written_to_a_path_that_is_text(tmp_path: Path) -> None:
    path = str(tmp_path / "new" / "x.jsonl")
    assert write_items([item(["sky", "rose"], "B")], path) == 1
    assert read_items(path).items[0].gold == ("B",)
