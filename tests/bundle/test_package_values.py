"""Lines of large tables are read in a quick way: it finds and refuses what the strict way does."""

from __future__ import annotations

import marshal
from dataclasses import replace
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tampering import change, rehash

from cgr_nb.answer_record import Answer, ReadOut, RunEntry, Step, Totals, TrailEntry
from cgr_nb.bundle import coding
from cgr_nb.bundle.archive import write_archive
from cgr_nb.bundle.coding import read_line, read_values, write_lines
from cgr_nb.bundle.plain_values import packer
from cgr_nb.bundle.rows import CallLine, ExecutionLine, ReplyLine
from cgr_nb.records import Ask, Sampling, Score, Served
from cgr_nb.store.row_view import RowView
from cgr_nb.verify import verify_package

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.integers()
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBER | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
SERVED = Served("http://x", None, "f", None, False, ("reply_tokens",))
REPLY = ReplyLine("yes", "stop", "t", 3, 1, 0.25, (Score(-0.5, 1, 3),), "", None, SERVED)
CALL = CallLine("a" * 20, "solver", "c", Sampling(seed=3, stop=("x",)), REPLY, None)
ASK = Ask(0, "Is it?", ("A", "B"), None, 0.5, "A", 3)
RUN = ExecutionLine(
    "b" * 20, "p", "i", "solver", "ok", "A", None, "easy", "", None, (ASK,), "", 0.1, 2.5, "strict"
)
ANSWER = Answer(
    "c" * 20,
    "item",
    "solver",
    None,
    "direct",
    ("A",),
    "answered",
    "",
    (TrailEntry("direct", "solver", "call", ReadOut("answered", ("A",), "lone", (0, 1))),),
    (RunEntry("program", "run"),),
    (Step(1, 0, ()),),
    None,
    Totals(1, 2, 3),
    {"votes": 2, "share": 0.5, "ballots": [["A", 1.5, None]]},
    "easy",
    None,
    None,
)
RECORDS = [CALL, replace(CALL, reply=None, error="refused: no"), RUN, ANSWER]


def strictly(kind, data):
    """What is read of lines, and of which it is told that they are bad, line by line."""
    found, bad = [], []
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            found.append(packer(kind)(read_line(kind, line)))
        except (ValueError, RecursionError) as error:
            bad.append((number, str(error)))
    return found, bad


def quickly(kind, data):
    bad = []
    found = list(read_values(kind, data.split(b"\n"), lambda *one: bad.append(one)))
    return found, bad


def check(kind, data):
    """Both ways come to the same; returns that."""
    due, quick = strictly(kind, data), quickly(kind, data)
    assert quick == due
    # 1 and 1.0 and True are equal, and are not one value.
    assert marshal.dumps(quick[0], 2) == marshal.dumps(due[0], 2)
    return quick


def told(record):
    """How many lines of a record are read the strict way."""
    kind, line = type(record), write_lines([record])
    found, bad = check(kind, line)
    assert (len(found), bad) == (1, [])
    return line


@pytest.fixture
def slowly_read(monkeypatch):
    """Lines that were left to the strict way."""
    lines = []

    def spied(kind, line):
        lines.append(line)
        return read_line(kind, line)

    monkeypatch.setattr(coding, "read_line", spied)
    return lines


@given(ANY_TEXT, NUMBER, NUMBER, st.integers())
def test_records_with_any_values_are_read_alike(text, number, other, count):
    score = Score(number, count, 3, other)
    reply = replace(REPLY, text=text, duration_s=other, prompt_tokens=count, scores=(score,))
    told(replace(CALL, reply=reply, sampling=replace(CALL.sampling, temperature=number)))
    asks = (replace(ASK, prompt=text, temperature=number), ASK)
    told(replace(RUN, calls=asks, cpu_s=other, line=count, output=text))


@given(st.dictionaries(ANY_TEXT, ANYTHING, max_size=4))
def test_records_that_may_hold_anything_are_read_alike(facts):
    told(replace(ANSWER, facts=facts))


SPELLINGS = (
    *("1e-05", "0.00001", "9.3e-5", "9.3e-05", "0.000093", "1e16", "1e+16", "10000000000000000.0"),
    *("1E5", "1e5", "100000.0", "1.0", "1.00", "1", "01", "+1", "1.", ".5", "-0", "-0.0", "0.1e1"),
    *("12345678901234567890123", "1.2345678901234568e+22", "18446744073709551616", "-1e-320"),
    *("9223372036854775808", "-9223372036854775809", "5e-324", "1e999", "NaN", "-Infinity"),
    *("true", "null", '"1"', "[1]", "{}", "0x1", "1_0", "0.1000000000000000055", "1" * 5_000),
)


@pytest.mark.parametrize("spelt", SPELLINGS)
@pytest.mark.parametrize(
    ("record", "number"),
    [
        (CALL, '"duration_s":0.25'),
        (CALL, '"temperature":0.0'),
        (CALL, '"logprob":-0.5'),
        (CALL, '"prompt_tokens":3'),
        (RUN, '"cpu_s":0.1'),
        (RUN, '"temperature":0.5'),
        (ANSWER, '"votes":2'),
        (ANSWER, '"share":0.5'),
        (ANSWER, "1.5"),
    ],
)
def test_a_number_is_taken_or_refused_by_how_it_is_spelt(record, number, spelt):
    line = write_lines([record])
    name, mark, _ = number.rpartition(":")
    changed = line.replace(number.encode(), f"{name}{mark}{spelt}".encode())
    assert changed != line
    check(type(record), line + changed)


@pytest.mark.parametrize(
    "spelt",
    [
        b"y\\u0065s",
        b"ye\ts",
        b"ye\\ts",
        b"ye\\/s",
        b"\\u00e9",
        b"\\ud83d",
        b"\\uDE00",
        b"\\ud83d\\ude00",
        "\U0001f600".encode(),
        b"\xed\xa0\xbd",
        b"\xc0\xaf",
        b"\xff",
        b"\x7f",
        b"\x00",
        b"\\u0000",
        b"\\u001F",
        b"\\u001f",
        b"\\x41",
        "\u2028\ufeff".encode(),
        b'","text":"',
    ],
)
def test_a_text_is_taken_or_refused_by_how_it_is_spelt(spelt):
    line = write_lines([CALL])
    check(CallLine, line + line.replace(b'"yes"', b'"' + spelt + b'"'))
    line = write_lines([ANSWER])
    check(Answer, line + line.replace(b'"votes"', b'"' + spelt + b'"'))


@pytest.mark.parametrize("depth", [3, 200, 253, 254, 255, 300, 900, 1_000, 1_024, 1_100, 50_000])
@pytest.mark.parametrize("pair", ["[]", '{"a":1}'])
def test_what_is_nested_is_taken_or_refused_alike(depth, pair):
    line = write_lines([ANSWER])
    inner = b'{"a":' * depth + b"1" + b"}" * depth if pair != "[]" else b"[" * depth + b"]" * depth
    check(Answer, line + line.replace(b'"votes":2', b'"votes":' + inner))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"model":', b' "model":'),
        (b'"model":', b'"model": '),
        (b'"model":"solver",', b""),
        (b'"model":"solver"', b'"model":"solver","model":"solver"'),
        (b'"model":"solver"', b'"more":1,"model":"solver"'),
        (b'"seed":3', b'"seed":3,"seed":3'),
        (b'"seed":3', b'"seed":4,"seed":3'),
        (b'"finish":"stop"', b'"finish":"end"'),
        (b'"finish":"stop"', b'"finish":null'),
        (b'"finish":"stop"', b'"finish":["stop"]'),
        (b'"stop":["x"]', b'"stop":"x"'),
        (b'"stop":["x"]', b'"stop":["x",]'),
        (b'"stop":["x"]', b'"stop":[1]'),
        (b'"stop":["x"]', b'"stop":null'),
        (b'"folded":false', b'"folded":0'),
        (b'"scores":[{', b'"scores":[null,{'),
        (b'"error":null}', b'"error":null} '),
        (b'"error":null}', b'"error":null}{}'),
        (b'"error":null}', b'"error":null'),
        (b'{"id"', b'\xef\xbb\xbf{"id"'),
        (b'{"id"', b'[{"id"'),
        (b'"error":null}', b'"error":null}\r'),
        (b'"error":null}', b'"error":null}//'),
    ],
)
def test_what_is_written_otherwise_is_refused_alike(old, new):
    line = write_lines([CALL])
    assert old in line
    found, bad = check(CallLine, line + line.replace(old, new))
    assert len(found) == 1
    assert bad[0][0] == 2


@given(st.sampled_from(RECORDS), st.data())
def test_lines_with_changed_bytes_are_read_alike(record, data):
    line = bytearray(write_lines([record])[:-1])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(line) - 1))
        cut = data.draw(st.integers(0, 2))
        line[place : place + cut] = data.draw(
            st.binary(max_size=2)
            | st.sampled_from([b'"', b"0", b"e", b"{", b"}", b",", b" ", b"\\"])
        )
    check(type(record), bytes(line) + b"\n")


def test_most_lines_are_read_the_quick_way(slowly_read):
    for record in RECORDS:
        told(record)
    small = replace(CALL, reply=replace(REPLY, duration_s=9.3e-05, scores=(Score(-1e-9, 1, 3),)))
    told(small)
    assert slowly_read == []
    told(replace(ANSWER, facts={"share": 1e-9}))
    assert len(slowly_read) == 1


def test_many_kinds_of_lines_are_read_alike():
    """More than are remembered."""
    of = get_type_hints(RowView)
    empty = [name for name, hint in of.items() if type(None) in get_args(hint)]
    plain = {str: "x", int: 1, bool: True, tuple[str, ...]: ("A",)}
    row = RowView(*(None if name in empty else plain[hint] for name, hint in of.items()))
    texts = [name for name in empty if of[name] == str | None]
    rows = [
        replace(row, **{name: "y" for at, name in enumerate(texts) if number >> at & 1})
        for number in range(2_500)
    ]
    found, bad = quickly(RowView, write_lines(rows * 2))
    assert bad == []
    assert found == [packer(RowView)(one) for one in rows] * 2


def test_a_number_too_large_for_a_fraction_is_told(members, tmp_path):
    drawn = lambda sampling: {**sampling, "temperature": 10**400}  # noqa: E731
    id = change(members, "calls", 0, sampling=drawn)["id"]
    rehash(members)
    found = verify_package(write_archive(members, tmp_path / "p.zip"), replay=False)
    what = "its id is not the hash of its model, messages and sampling"
    assert (f"calls.jsonl {id}", what) in found.problems
