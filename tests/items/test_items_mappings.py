"""What a refusal gives to paste is pasted, and works."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cgr_nb.cli import main
from cgr_nb.errors import ConfigError, ItemError
from cgr_nb.items import ItemFile, check_items, format_check, item_file, read_items
from cgr_nb.study import StudyConfig
from cgr_nb.study.study_items import item_sources

MODELS = '[models]\nsolvers = ["tiny-solver"]\ngenerators = ["tiny-generator"]\n'

UNKNOWN = [
    {"nr": 1, "wording of it": "Which of these is red?", "o1": "sky", "o2": "rose", "k": "B"},
    {"nr": 2, "wording of it": "Which of these is blue?", "o1": "sky", "o2": "rose", "k": "A"},
]
NO_GOLD = [
    {"question": "Red?", "options": ["sky", "rose", "sun"], "mark": "B"},
    {"question": "Blue?", "options": ["sky", "rose", "sun"], "mark": "A"},
]
NUMBERS = [{"question": "6 times 7?", "answer": 42, "fake1": 36, "fake2": 48, "fake3": 54}]
NEITHER_BASE = [{"question": "Red?", "options": ["sky", "rose", "sun"], "answer": 1}]
PERMUTED = [{"question": "Red?", "options": ["A. sky", "C. sun", "B. rose"], "answer": "B"}]
NESTED = [{"title": "colours", "asked": [UNKNOWN[0]]}, {"title": "more", "asked": [UNKNOWN[1]]}]
LISTED = [
    {"wording of it": "Which of these is red?", "those": ["sky", "rose"], "k": "rose"},
    {"wording of it": "Which of these is blue?", "those": ["sky", "rose"], "k": "sky"},
]


def write(folder: Path, rows: list[dict[str, Any]], name: str = "quiz.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def pasted(text: str) -> str:
    """The lines from the table's head to the last that is TOML."""
    lines = text[text.index("[[items.file]]") :].split("\n")
    while True:
        try:
            tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError:
            lines.pop()
        else:
            return "\n".join(lines)


def read_by_study(folder: Path, text: str) -> list[Any]:
    """Paste lines into a study file, below what names the same file, and read its items."""
    file = folder / "study.toml"
    file.write_text(f'[items]\nfiles = ["quiz.jsonl"]\n\n{text}\n\n{MODELS}', "utf-8")
    return read_items(item_sources(StudyConfig.load(file))).items


@pytest.mark.parametrize(
    ("rows", "right"),
    [(UNKNOWN, ["rose", "sky"]), (NO_GOLD, ["rose", "sky"]), (NUMBERS, ["42"]), (LISTED, ["rose", "sky"])],
    ids=["names nobody knows", "an answer nobody knows", "wrong answers nobody knows", "a list"],
)  # fmt: skip
def test_a_refused_file_is_read_with_the_lines_of_its_refusal(
    tmp_path: Path, rows: list[dict[str, Any]], right: list[str]
) -> None:
    path = write(tmp_path, rows)
    with pytest.raises(ItemError) as refusal:
        read_items(path)
    items = read_by_study(tmp_path, pasted(str(refusal.value)))
    assert [item.options[item.gold[0]] for item in items] == right


def test_questions_within_rows_are_read_with_the_lines_of_two_refusals(tmp_path: Path) -> None:
    write(tmp_path, NESTED)
    lines = "[[items.file]]\npath = 'quiz.jsonl'"
    for _ in range(2):
        with pytest.raises(ItemError) as refused:
            read_by_study(tmp_path, lines)
        lines = pasted(str(refused.value))
    items = read_by_study(tmp_path, lines)
    assert [item.options[item.gold[0]] for item in items] == ["rose", "sky"]


def test_a_list_within_the_entries_of_a_list_is_named_with_a_dot(tmp_path: Path) -> None:
    asked = [{"question": "Red?", "options": ["sky", "rose"], "answer": "B"}]
    rows = [
        {"series": 1, "rounds": [{"title": "colours", "asked": asked}, {"title": "none yet"}]},
        {"series": 2},
        {"series": 3, "rounds": [{"title": "odd", "asked": ["Blue?", *asked]}]},
    ]
    found = read_items(write(tmp_path, rows), questions="rounds.asked", columns={"config": "title"})
    (item,) = found.items
    assert (item.config, item.gold, item.meta["where"]) == (
        "colours",
        ("B",),
        "quiz.jsonl line 1 question 1 question 1",
    )
    places = {row.where: row.reason for row in found.rejected}
    assert places == {
        "quiz.jsonl line 1 question 2": "no_question",
        "quiz.jsonl line 2": "no_question",
        "quiz.jsonl line 3 question 1 question 1": "not_an_object",
        "quiz.jsonl line 3 question 1 question 2": "duplicate",
    }
    with pytest.raises(ItemError, match="no field 'laps' with questions"):
        read_items(tmp_path / "quiz.jsonl", questions="laps")


@pytest.mark.parametrize(
    ("rows", "right"),
    [(NEITHER_BASE, "rose"), (PERMUTED, "rose")],
    ids=["a position without a base", "labels out of order"],
)
def test_refused_rows_are_read_with_the_lines_of_the_check(
    tmp_path: Path, rows: list[dict[str, Any]], right: str
) -> None:
    check = check_items(write(tmp_path, rows))
    assert check.rejected == {"gold_ambiguous": 1}
    assert not check.ok
    (item,) = read_by_study(tmp_path, pasted(format_check(check)))
    assert item.options[item.gold[0]] == right


def test_the_other_reading_is_one_word_away(tmp_path: Path) -> None:
    positions = write(tmp_path, NEITHER_BASE)
    read = {base: read_items(positions, gold_base=base).items[0] for base in (0, 1)}
    assert {base: item.gold for base, item in read.items()} == {0: ("B",), 1: ("A",)}
    labels = write(tmp_path, PERMUTED, "labels.jsonl")
    texts = {}
    for said in ("written", "position", "text"):
        (item,) = read_items(labels, option_labels=said).items
        assert item.gold is not None
        texts[said] = item.options[item.gold[0]]
    assert texts == {"written": "rose", "position": "sun", "text": "C. sun"}


def test_no_answer_at_all_is_an_error_unless_it_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, [{"question": "Red?", "options": ["sky", "rose"]}])
    with pytest.raises(ItemError, match="none of the 1 items has an answer") as refusal:
        read_items(path)
    (item,) = read_by_study(tmp_path, pasted(str(refusal.value)))
    assert item.gold is None
    assert read_items(path, gold="none").items[0].gold is None
    assert check_items(path, gold="none").ok


def test_columns_are_named_in_a_call_as_in_a_study(tmp_path: Path) -> None:
    path = write(tmp_path, [{**UNKNOWN[0], "story": "It is summer."}])
    columns = {
        "question": "wording of it",
        "options": ["o1", "o2"],
        "gold": "k",
        "context": "story",
        "id": "nr",
    }
    (item,) = read_items(path, columns=columns, dataset="colours").items
    assert (item.question, item.context) == ("Which of these is red?", "It is summer.")
    assert (item.dataset, item.gold, item.meta["id"]) == ("colours", ("B",), "1")


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path, UNKNOWN)
    with pytest.raises(ItemError, match=r"no column 'kk' \(got k, nr"):
        read_items(path, columns={"question": "wording of it", "gold": "kk"})


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"columns": {"questions": "a"}}, "did you mean 'question'"),
        ({"columns": {"options": 3}}, "columns.options must be text or a list of texts"),
        ({"gold_base": 2}, "gold_base is too large .*0 to 1"),
        ({"gold_base": True}, "gold_base must be a whole number .*0 to 1"),
        ({"gold": "k"}, "columns = { gold"),
        ({"option_labels": "letters"}, "written"),
        ({"encoding": "klingon"}, "cp1252"),
        ({"colums": {}}, "did you mean 'columns'"),
    ],
)
def test_words_that_mean_nothing_are_refused_with_those_that_do(
    said: dict[str, Any], word: str
) -> None:
    with pytest.raises(ItemError, match=word):
        item_file("quiz.csv", **said)
    table = {"path": "quiz.csv", **said}
    with pytest.raises(ConfigError, match=word):
        StudyConfig.from_dict(
            {"items": {"file": [table]}, "models": {"solvers": ["s"], "generators": ["g"]}}
        )


def test_a_named_adapter_and_columns_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="leave the adapter out"):
        read_items(write(tmp_path, NO_GOLD), "mmlu_pro", columns={"gold": "mark"})


def test_a_study_keeps_its_tables_when_it_is_written_and_moved(tmp_path: Path) -> None:
    text = (
        '[items]\nfiles = ["a.jsonl"]\n\n[[items.file]]\npath = "sets/b.csv"\ngold_base = 1\n'
        f'columns = {{ question = "stem", options = ["o1", "o2"], gold = "key" }}\n\n{MODELS}'
    )
    file = tmp_path / "here" / "study.toml"
    file.parent.mkdir()
    file.write_text(text, "utf-8")
    config = StudyConfig.load(file)
    moved = config.relocated(tmp_path)
    assert [one.path for one in moved.items.file] == ["here/sets/b.csv"]
    again = StudyConfig.from_dict(tomllib.loads(moved.to_toml()), base=tmp_path)
    assert again == moved
    assert again.items.file[0].columns.options == ("o1", "o2")


def test_a_file_in_files_and_in_a_table_is_read_once_as_its_table_says(tmp_path: Path) -> None:
    write(tmp_path, NEITHER_BASE)
    lines = ItemFile("*.jsonl", gold_base=1, dataset="mine").to_toml()
    (item,) = read_by_study(tmp_path, lines)
    assert (item.gold, item.dataset) == (("A",), "mine")


def test_a_study_without_tables_is_written_as_before(tmp_path: Path) -> None:
    config = StudyConfig.from_dict(
        {"items": {"files": ["a"]}, "models": {"solvers": ["s"], "generators": ["g"]}}
    )
    assert tomllib.loads(config.to_toml())["items"] == {"files": ["a"]}


def test_the_command_takes_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write(tmp_path, UNKNOWN))
    columns = '{ question = "wording of it", options = ["o1", "o2"], gold = "k" }'

    def run(*options: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["cgr-nb", "items", "check", path, *options])
        code = main()
        return code, capsys.readouterr().out

    code, told = run()
    assert code == 1
    assert f"columns = {columns}" in told
    code, told = run("--columns", columns, "--dataset", "colours")
    assert code == 0
    assert "dataset: colours" in told
    assert "columns not used: nr" in told
