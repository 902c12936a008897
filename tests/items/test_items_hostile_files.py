"""Item files that are damaged or made to harm: rows are read or rejected, or the file is refused."""

from __future__ import annotations

import json
import random
import time
from itertools import count

import pyarrow
import pytest
from pyarrow import parquet

from cgr_nb.errors import ItemError
from cgr_nb.items import read_items

ROWS = [
    {"question": f"What is {n} plus 1?", "options": ["1", "2", str(n + 1)], "answer": "C", "n": n}
    for n in range(2, 40)
]


def table(questions, **columns):
    """A Parquet table whose questions are bytes that say they are text."""
    texts = pyarrow.array(questions, pyarrow.binary())
    data = texts.buffers()
    column = pyarrow.StringArray.from_buffers(len(questions), data[1], data[2])
    return pyarrow.table({"question": column, **columns})


def test_text_of_a_parquet_file_that_is_not_utf8_costs_only_its_row(tmp_path):
    columns = {"options": [["3", "4"], ["1", "2"]], "answer": ["A", "B"]}
    parquet.write_table(
        table([b"bad \xff\xfe", b"What is 1 + 1?"], **columns), tmp_path / "x.parquet"
    )
    found = read_items(tmp_path / "x.parquet")
    assert [item.question for item in found.items] == ["What is 1 + 1?"]
    assert found.by_reason() == {"bad_encoding": 1}
    assert "\n" not in str(found.rejected[0])


def test_a_date_of_a_parquet_file_that_python_has_not_costs_only_its_row(tmp_path):
    dates = pyarrow.array([1 << 60, 0], pyarrow.int64()).cast(pyarrow.timestamp("us"))
    columns = {"options": [["3", "4"], ["1", "2"]], "answer": ["A", "B"], "made": dates}
    parquet.write_table(
        table([b"What is 1 + 2?", b"What is 1 + 1?"], **columns), tmp_path / "x.parquet"
    )
    found = read_items(tmp_path / "x.parquet")
    assert [item.question for item in found.items] == ["What is 1 + 1?"]
    assert found.by_reason() == {"unreadable_cell": 1}


def test_a_parquet_file_of_which_no_row_can_be_read_is_refused_in_one_line(tmp_path):
    parquet.write_table(table([b"\xff", b"\xfe"]), tmp_path / "x.parquet")
    with pytest.raises(ItemError, match="not UTF-8") as caught:
        read_items(tmp_path / "x.parquet")
    assert "\n" not in str(caught.value)


def written(folder):
    """The same rows in every kind of file: (suffix, bytes)."""
    flat = [
        {
            "question": row["question"],
            **dict(zip("ABC", row["options"], strict=True)),
            "answer": "C",
        }
        for row in ROWS
    ]
    lines = [",".join(flat[0]), *(",".join(map(str, row.values())) for row in flat)]
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), folder / "x.parquet", compression="none")
    return [
        (".jsonl", "".join(json.dumps(row) + "\n" for row in ROWS).encode()),
        (".json", json.dumps(ROWS, indent=1).encode()),
        (".csv", "\n".join(lines).encode()),
        (".tsv", "\n".join(lines).replace(",", "\t").encode()),
        (".parquet", (folder / "x.parquet").read_bytes()),
    ]


PIECES = (
    b"\xff", b"\x00", b"\xed\xa0\x80", b'"', b"\\ud800", b"[" * 3000, b"{" * 3000, b"1e999", b"NaN",
    b"9" * 5000, b"\r", b"\n\n", b",,,,", b"null", b"true", b"-0", b"\xe2\x80\xae", b"\\u0000",
    b'{"question": {"question": []}}', b"\xef\xbb\xbf", b"true,false", b"[[]]", b'"A"',
)  # fmt: skip


def damaged(data, draw):
    data = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5))):
        place, kind = draw.randrange(len(data) or 1), draw.randrange(6)
        if kind == 0 and data:
            data[place] = draw.randrange(256)
        elif kind == 1:
            data[place : place + draw.randrange(1, 100)] = b""
        elif kind == 2:
            data[place:place] = draw.choice(PIECES)
        elif kind == 3:
            data[place : place + 20] = draw.choice(PIECES)
        elif kind == 4:
            other = draw.randrange(len(data) or 1)
            data[place:place] = data[other : other + 100]
        else:
            del data[place:]
    return bytes(data)


def test_whatever_an_item_file_holds_its_rows_are_counted_or_it_is_refused(tmp_path, fuzz_seconds):
    files, draw = written(tmp_path), random.Random(14)
    ends, read = time.monotonic() + fuzz_seconds, 0
    for tried in count(1):
        suffix, data = draw.choice(files)
        path = tmp_path / f"damaged{suffix}"
        path.write_bytes(damaged(data, draw))
        try:
            found = read_items(path)
            read += 1
        except ItemError as error:
            # Lines to paste are lines; all else is one.
            if "\n" in str(error).partition("[[items.file]]")[0].rstrip():
                pytest.fail(f"not one line: {error}")
        else:
            assert len(found) == len(found.items) + len(found.rejected)
            for rejection in found.rejected:
                assert rejection.reason != "adapter_failed", rejection
        if time.monotonic() > ends and tried > 50:
            break
    print(f"item files: {tried} tried, {read} read, {tried - read} refused")
