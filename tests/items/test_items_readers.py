"""Every row of every kind of source comes back, or the file is refused with a reason."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.errors import ItemError
from cgr_nb.items.csv_rows import csv_rows
from cgr_nb.items.json_rows import json_rows
from cgr_nb.items.raw import RawRow
from cgr_nb.items.readers import read_rows, source_name

ROWS = [{"question": "Two and two?", "n": 1}, {"question": "Three?", "n": 2}]


def fields(rows: object) -> list[object]:
    return [row.fields for row in rows]  # type: ignore[attr-defined]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.jsonl", "\n".join(map(json.dumps, ROWS))),
        ("lines-in.json", "\n".join(map(json.dumps, ROWS)) + "\n"),
        ("array.json", json.dumps(ROWS, indent=1)),
        ("array-in.jsonl", json.dumps(ROWS)),
        ("columns.json", json.dumps({"question": ["Two and two?", "Three?"], "n": [1, 2]})),
        ("pandas.json", pandas.DataFrame(ROWS).to_json()),
        ("wrapped.json", json.dumps({"version": "1", "data": ROWS})),
    ],
)
def test_the_usual_json_shapes_give_the_same_rows(tmp_path: Path, name: str, text: str) -> None:
    assert fields(read_rows(write(tmp_path, name, text))) == ROWS


def test_an_object_of_objects_keeps_its_keys_as_ids(tmp_path: Path) -> None:
    path = write(tmp_path, "keyed.json", json.dumps({"q-1": ROWS[0], "q-2": ROWS[1]}))
    assert [row["id"] for row in fields(read_rows(path))] == ["q-1", "q-2"]


def test_a_single_object_is_one_row_even_with_a_list_in_it(tmp_path: Path) -> None:
    row = {"question": "Which?", "options": ["a", "b"], "gold": "A"}
    assert fields(read_rows(write(tmp_path, "one.json", json.dumps(row, indent=2)))) == [row]
    assert fields(read_rows(write(tmp_path, "one-line.json", json.dumps(row)))) == [row]


def test_a_broken_line_is_a_problem_with_its_line_number(tmp_path: Path) -> None:
    text = '{"question": "a"}\n\n{"question": \n{"question": "b"}\n{"question": "c'
    rows = list(read_rows(write(tmp_path, "some.jsonl", text)))
    assert [(row.where, row.fields is None) for row in rows] == [
        ("some.jsonl line 1", False),
        ("some.jsonl line 3", True),
        ("some.jsonl line 4", False),
        ("some.jsonl line 5", True),
    ]
    assert rows[3].problem is not None
    assert rows[3].problem.reason == "malformed_json"


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
@pytest.mark.parametrize("first", ['{"question": ', "# a remark", "[1, 2]"])
def test_a_broken_first_line_does_not_lose_the_file(tmp_path: Path, name: str, first: str) -> None:
    rows = list(read_rows(write(tmp_path, name, first + '\n{"question": "a"}\n{"question": "b"}')))
    assert [row.problem is None for row in rows] == [False, True, True]


def test_a_line_separator_within_a_text_ends_no_line(tmp_path: Path) -> None:
    row = {"question": "one\u2028two\u0085three\x0bfour\u00a0"}
    path = write(tmp_path, "u.jsonl", json.dumps(row, ensure_ascii=False))
    assert fields(read_rows(path)) == [row]


def test_a_line_that_is_no_object_is_a_problem(tmp_path: Path) -> None:
    rows = list(read_rows(write(tmp_path, "x.jsonl", '{"question": "a"}\n[1]\n7\n')))
    assert [row.problem and row.problem.reason for row in rows] == [
        None,
        "not_an_object",
        "not_an_object",
    ]


@pytest.mark.parametrize(
    "line", ['{"a": 1, "a": 2}', '{"options": {"A": "x", "A": "y"}}', "[" * 100_000]
)
def test_a_line_that_json_would_read_with_a_loss_is_a_problem(tmp_path: Path, line: str) -> None:
    rows = list(read_rows(write(tmp_path, "x.jsonl", '{"question": "a"}\n' + line)))
    assert rows[1].problem is not None
    assert rows[1].problem.reason == "malformed_json"


def test_a_latin_1_byte_spoils_its_line_only(tmp_path: Path) -> None:
    data = b'{"question": "a"}\n{"question": "caf\xe9"}\n{"question": "b"}\n'
    problems = [row.problem for row in read_rows(write(tmp_path, "x.jsonl", data))]
    assert [problem is None for problem in problems] == [True, False, True]
    assert "0xe9" in str(problems[1])


def test_a_byte_order_mark_is_no_part_of_the_first_field(tmp_path: Path) -> None:
    jsonl = write(tmp_path, "x.jsonl", b'\xef\xbb\xbf{"question": "a"}\n')
    table = write(tmp_path, "x.csv", b"\xef\xbb\xbfquestion,n\na,1\n")
    assert fields(read_rows(jsonl)) == [{"question": "a"}]
    assert fields(read_rows(table)) == [{"question": "a", "n": "1"}]


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("none.jsonl", b"", "empty"),
        ("blank.json", b" \n\n ", "white space"),
        ("packed.jsonl", gzip.compress(b"{}", mtime=0), "gzip"),
        ("binary.csv", b"question\n\x00\x01\x02", "binary"),
        ("items.txt", b"question: a", ".jsonl"),
        ("cut.json", b'[{"question": "a"}, {"question": ', "not valid JSON"),
        ("latin.json", b'[{"question": "caf\xe9"}]', "not UTF-8"),
        ("latin.csv", b"question\ncaf\xe9\n", "line 2"),
        ("two.json", b'{"train": [{"q": 1}], "test": [{"q": 2}]}', "several lists"),
        ("uneven.json", b'{"a": [1, 2], "b": [1]}', "differ in length"),
        ("number.json", b"[" + b"1" * 5000 + b"]", "not valid JSON"),
        ("open.csv", b'question,n\n"never closed,1\nb,2\n', "never closed"),
        ("twice.csv", b"question,n,n\na,1,2\n", "twice"),
        ("fake.parquet", b"question,n\na,1\n", "Parquet"),
    ],
)
def test_a_bad_file_is_refused_with_a_clear_word(
    tmp_path: Path, name: str, data: bytes, word: str
) -> None:
    with pytest.raises(ItemError) as caught:
        list(read_rows(write(tmp_path, name, data)))
    assert word in str(caught.value)
    assert name in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="no such file"):
        read_rows(tmp_path / "absent.jsonl")
    with pytest.raises(ItemError, match="not a file"):
        read_rows(tmp_path)


def test_csv_cells_stay_text(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", 'id,answer,note\n1,025,NA\n2,"1,000",\n3,1e5,"a\r\nb\u00a0"\n')
    assert fields(read_rows(path)) == [
        {"id": "1", "answer": "025", "note": "NA"},
        {"id": "2", "answer": "1,000", "note": ""},
        {"id": "3", "answer": "1e5", "note": "a\r\nb\u00a0"},
    ]


def test_a_csv_record_is_found_by_its_first_line(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", 'question,n\n"a\nb\nc",1\nd,2\n')
    assert [row.where for row in read_rows(path)] == ["x.csv line 2", "x.csv line 5"]


def test_a_csv_record_of_another_length_is_a_problem(tmp_path: Path) -> None:
    rows = list(read_rows(write(tmp_path, "x.csv", 'a,b\n1,2\n1\n1,2,3\n"x"y,2\n5,6\n')))
    assert [row.problem is None for row in rows] == [True, False, False, False, True]


def test_a_very_long_cell_and_line_are_read(tmp_path: Path) -> None:
    long = "x" * 2_000_000
    assert fields(read_rows(write(tmp_path, "x.csv", f"question\n{long}\n"))) == [
        {"question": long}
    ]
    line = json.dumps({"question": long})
    assert fields(read_rows(write(tmp_path, "x.jsonl", line))) == [{"question": long}]


def test_parquet_gives_lists_and_nested_texts_as_they_were(tmp_path: Path) -> None:
    frame = pandas.DataFrame(
        {
            "question": ["a", "b"],
            "options": [["x", "y"], ["z"]],
            "choices": [{"label": ["A"], "text": ["x"]}, {"label": ["B"], "text": ["y"]}],
            "answer": ["025", None],
        }
    )
    frame.to_parquet(tmp_path / "x.parquet")
    assert fields(read_rows(tmp_path / "x.parquet")) == [
        {
            "question": "a",
            "options": ["x", "y"],
            "choices": {"label": ["A"], "text": ["x"]},
            "answer": "025",
        },
        {
            "question": "b",
            "options": ["z"],
            "choices": {"label": ["B"], "text": ["y"]},
            "answer": None,
        },
    ]


def test_a_frame_gives_plain_values_and_its_own_index() -> None:
    frame = pandas.DataFrame(
        {
            "question": ["a", None],
            "n": pandas.array([1, None], dtype="Int64"),
            "x": [0.5, float("nan")],
            "t": pandas.to_datetime(["2026-01-02", None]),
        },
        index=["first", "second"],
    )
    rows = list(read_rows(frame))
    assert [row.where for row in rows] == ["frame index first", "frame index second"]
    assert fields(rows) == [
        {"question": "a", "n": 1, "x": 0.5, "t": "2026-01-02T00:00:00"},
        {"question": None, "n": None, "x": None, "t": None},
    ]


def test_a_frame_with_two_columns_of_one_name_is_refused() -> None:
    frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(ItemError, match="twice"):
        list(read_rows(frame))


class Split(list):
    """Has what is used of a `datasets.Dataset`."""

    column_names = ("question",)


class Splits(dict):
    """Has what tells a `datasets.DatasetDict`."""

    column_names = {"train": ["question"], "test": ["question"]}  # noqa: RUF012


def test_a_dataset_is_read_and_a_dictionary_of_splits_is_refused() -> None:
    assert fields(read_rows(Split([{"question": "a"}]))) == [{"question": "a"}]
    with pytest.raises(ItemError, match="several splits"):
        list(read_rows(Splits()))


def test_any_other_thing_is_refused_by_its_type() -> None:
    with pytest.raises(ItemError, match="got int"):
        read_rows(7)


@given(st.lists(st.binary(max_size=40).map(lambda part: part.replace(b"\n", b" ")), max_size=8))
def test_no_line_of_a_jsonl_file_vanishes(lines: list[bytes]) -> None:
    data = b'{"question": "first"}\n' + b"\n".join(lines)
    wanted = 1 + sum(1 for line in lines if line.strip())
    assert len(list(json_rows(data, "x.jsonl"))) == wanted


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(), json_values, min_size=1, max_size=4), min_size=1))
def test_an_array_of_objects_comes_back_as_it_is(rows: list[dict[str, object]]) -> None:
    assert fields(json_rows(json.dumps(rows).encode(), "x.json")) == rows


@given(st.text(max_size=200))
def test_any_csv_text_gives_rows_or_one_clear_error(text: str) -> None:
    try:
        rows = list(csv_rows(text.encode("utf-8", "replace"), "x.csv", ","))
    except ItemError:
        return
    assert all(
        isinstance(row, RawRow) and (row.fields is None) != (row.problem is None) for row in rows
    )


@pytest.mark.parametrize(
    "source",
    [
        lambda folder, row: write(folder, "rows.jsonl", json.dumps(row)),
        lambda folder, row: write(folder, "rows.json", json.dumps([row], indent=1)),
        lambda folder, row: pandas.DataFrame([row], dtype=object),
    ],
)
def test_half_a_character_is_escaped_wherever_it_stands_in_a_row(tmp_path, source):
    row = {"question": "half \ud83d of it", "options": ["x", {"\udc00": "\ud83d\ude00"}], "n": 1}
    (found,) = fields(read_rows(source(tmp_path, row)))
    assert found["question"] == "half \ufffd{D83D} of it"
    assert found["options"] == ["x", {"\ufffd{DC00}": "\U0001f600"}]
    assert found["n"] == 1


def test_a_file_name_that_is_no_utf8_is_escaped_in_the_place_of_a_row(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/rows-\xff.jsonl"))
    path.write_text(json.dumps({"question": "Two and two?"}))
    (row,) = read_rows(path)
    assert row.where == "rows-\ufffd{DCFF}.jsonl line 1"
    assert source_name(path) == "rows-\ufffd{DCFF}.jsonl"
