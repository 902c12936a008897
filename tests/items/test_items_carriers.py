"""What a file is wrapped in: delimiters, headers, encodings, compression, archives."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.errors import ItemError
from cgr_nb.items import check_items, format_check, read_items
from cgr_nb.items.csv_rows import csv_rows
from cgr_nb.items.readers import read_rows

TABLE = "question,A,B,C,answer\nRed?,sky,rose,sun,B\nBlue?,sky,rose,sun,A\n"
LINES = "".join(
    json.dumps({"question": question, "options": ["sky", "rose", "sun"], "answer": answer}) + "\n"
    for question, answer in (("Red?", "B"), ("Blue?", "A"))
)


def golds(path: Path) -> list[tuple[str, ...] | None]:
    found = read_items(path)
    assert found.by_reason() == {}
    return [item.gold for item in found.items]


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def packed(name: str, text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, text)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("x.csv", TABLE.replace(",", ";"), "semicolons"),
        ("x.csv", TABLE.replace(",", "\t"), "tabs"),
        ("x.tsv", TABLE, "commas"),
        ("x.csv", "sep=;\n" + TABLE.replace(",", ";"), "sep=;"),
        ("x.csv", TABLE.replace(",", ", "), "spaces"),
        ("x.csv", TABLE.replace("question", "Question").replace("answer", "ANSWER"), "upper case"),
        ("x.csv", TABLE.replace("A,B,C", "a,b,c"), "lower case"),
        ("x.csv", TABLE.partition("\n")[2], "no header"),
        ("x.csv", "\ufeff" + TABLE.replace("\n", "\r\n"), "columns read"),
        ("x.csv", TABLE.encode("utf-16"), "UTF-16"),
        ("x.jsonl", LINES.encode("utf-16"), "UTF-16"),
        ("x.jsonl.gz", gzip.compress(LINES.encode(), mtime=0), "gzip"),
        ("x.csv.bz2", bz2.compress(TABLE.encode()), "bzip2"),
        ("x.jsonl.xz", lzma.compress(LINES.encode()), "xz"),
        ("x.zip", packed("inner.csv", TABLE), "inner.csv"),
    ],
)
def test_a_table_is_read_whatever_it_is_wrapped_in_and_that_is_told(
    tmp_path: Path, name: str, data: str | bytes, word: str
) -> None:
    path = write(tmp_path, name, data)
    assert golds(path) == [("B",), ("A",)]
    assert word in format_check(check_items(path))


def test_zstd_is_read(tmp_path: Path) -> None:
    import pyarrow

    path = tmp_path / "x.jsonl.zst"
    with pyarrow.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write(LINES.encode())
    assert golds(path) == [("B",), ("A",)]


def test_text_in_quotes_keeps_its_delimiters(tmp_path: Path) -> None:
    table = 'question;A;B;answer\n"Red; or blue?";"sky; sea";rose;B\n'
    (item,) = read_items(write(tmp_path, "x.csv", table)).items
    assert (item.question, item.options["A"]) == ("Red; or blue?", "sky; sea")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("question,A,B,answer\nred, or not?,sky,rose,B\nRed?,sky,rose,B\n", "in double quotes"),
        ("question,A,A,answer\nRed?,sky,rose,B\n", "rename one of them"),
        (TABLE.replace("rose", "ros\u00e9").encode("cp1252"), 'encoding = "cp1252"'),
    ],
)
def test_a_table_that_cannot_be_read_names_the_cause_and_the_fix(
    tmp_path: Path, data: str | bytes, words: str
) -> None:
    assert words in format_check(check_items(write(tmp_path, "x.csv", data)))


def test_a_named_encoding_is_used(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", TABLE.replace("rose", "ros\u00e9").encode("cp1252"))
    items = read_items(path, encoding="cp1252").items
    assert items[0].options["B"] == "ros\u00e9"
    with pytest.raises(ItemError, match="not ascii"):
        read_items(path, encoding="ascii")


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("x.jsonl.gz", gzip.compress(LINES.encode(), mtime=0)[:-9], "damaged"),
        ("x.zip", packed("x.csv", TABLE)[:-30], "damaged zip"),
        ("x.zip", packed("notes.txt", "none"), "no item file"),
        ("x.xlsx", packed("[Content_Types].xml", "<x/>"), "CSV UTF-8"),
    ],
)
def test_a_damaged_or_foreign_archive_is_refused(
    tmp_path: Path, name: str, data: bytes, word: str
) -> None:
    with pytest.raises(ItemError, match=word):
        list(read_rows(write(tmp_path, name, data)))


def test_a_header_of_unknown_names_is_no_row(tmp_path: Path) -> None:
    table = "wording,one,two,three,key\nRed?,sky,rose,sun,B\n"
    path = write(tmp_path, "x.csv", table)
    assert len(list(read_rows(path))) == 1


def test_a_log_of_inspect_is_read_with_all_samples_once(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"eval": {"task": "mine/own_quiz"}}))
        for epoch in (1, 2):
            sample = {
                "id": 1,
                "epoch": epoch,
                "input": [{"role": "user", "content": "attachment://x"}],
                "choices": ["sky", "rose"],
                "target": "B",
                "scores": {"choice": {"answer": "A"}},
                "attachments": {"x": "Red?"},
            }
            archive.writestr(f"samples/1_epoch_{epoch}.json", json.dumps(sample))
        archive.writestr("samples/2_epoch_1.json", "{")
    found = read_items(write(tmp_path, "2025-01-01T00-00-00_own_x.eval", stream.getvalue()))
    (item,) = found.items
    assert (item.question, item.gold, item.dataset) == ("Red?", ("B",), "own_quiz")
    assert found.by_reason() == {"duplicate": 1, "malformed_json": 1}


CELL = st.text(alphabet='ab,;|\t"\n ?é', min_size=1, max_size=8).filter(str.strip)


@given(
    st.sampled_from(",;\t|"),
    st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1, max_size=6),
)
def test_what_a_csv_writer_wrote_comes_back_under_any_delimiter(
    delimiter: str, rows: list[tuple[str, ...]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([("question", "A", "B", "answer"), *rows])
    found = list(csv_rows(text.getvalue().encode(), "x.csv", ","))
    assert [tuple((row.fields or {}).values()) for row in found] == rows
