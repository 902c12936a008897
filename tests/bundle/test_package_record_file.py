"""Tables that are worked with in files: what comes back is what was put there."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.answer_record import Answer, ReadOut, RunEntry, Step, Totals, TrailEntry
from cgr_nb.bundle import kept_columns
from cgr_nb.bundle.calls import Calls, CallTables
from cgr_nb.bundle.record_file import RecordFile, by_key, columns, value_at, value_by_key
from cgr_nb.records import Message, ModelCall, Reply, Sampling, Score

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
TURNS = (Message("system", "Answer."), Message("user", "Is it?"))
REPLY = Reply("yes", "stop", "Answer. Is it?", 3, 1, 0.25, (Score(-0.5, 1, 3),))
CALL = ModelCall("a", "solver", TURNS, Sampling(seed=3, stop=("x",)), REPLY)
ANSWER = Answer(
    "a",
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
    {"ballots": [["A", 1.5, None]]},
    "easy",
    None,
    None,
)


def filled(file, records):
    for record in records:
        file.add(record)
    return file


@given(st.lists(ANY_TEXT, max_size=5))
def test_records_come_back_as_they_were(texts):
    answers = [replace(ANSWER, id=str(n), detail=text) for n, text in enumerate(texts)]
    file = filled(RecordFile(Answer, "id"), answers)
    assert list(file) == answers
    assert [by_key(file)[answer.id] for answer in answers] == answers


CALLS = (
    CALL,
    replace(CALL, id="b", messages=TURNS[1:]),
    replace(CALL, id="c", reply=None, error="refused: no"),
    replace(CALL, id="d", reply=replace(REPLY, text="no", scores=None)),
)


@pytest.mark.parametrize("in_memory", [False, True])
def test_calls_come_back_with_their_prompts_each_of_which_is_kept_once(in_memory):
    tables = filled(CallTables(), CALLS).tables()
    assert {name: len(table) for name, table in tables.items()} == {
        "calls": 4,
        "conversations": 2,
        "prompt_texts": 1,
    }
    held = [list(table) if in_memory else table for table in tables.values()]
    calls = Calls(*held)
    assert [calls.get(call.id) for call in CALLS] == list(CALLS)
    assert [calls.reply_text(call.id) for call in CALLS] == ["yes", "yes", None, "no"]
    assert list(calls) == [call.id for call in CALLS]
    assert calls.get("e") is None


def test_a_call_whose_prompt_is_not_there_has_an_empty_one():
    tables = filled(CallTables(), [CALL]).tables()
    assert Calls(tables["calls"], [], [])["a"] == replace(
        CALL, messages=(), reply=replace(REPLY, prompt_text="")
    )


def test_of_several_records_of_one_key_the_last_is_found_as_in_a_dictionary():
    answers = [ANSWER, replace(ANSWER, id="b"), replace(ANSWER, detail="later")]
    held = by_key(filled(RecordFile(Answer, "id"), answers))
    plain = by_key(answers)
    assert held["a"] == plain["a"] == answers[2]
    assert list(held) == list(plain) == ["a", "b"]


def test_columns_of_a_file_are_those_of_its_records():
    calls = [CALL, replace(CALL, id="c", reply=None, error="refused: no")]
    names = ("id", "error", "reply.text", "reply.prompt_tokens")
    file = filled(RecordFile(ModelCall, "id"), calls)
    assert (
        list(columns(file, *names))
        == list(columns(calls, *names))
        == [("a", None, "yes", 3), ("c", "refused: no", None, None)]
    )
    assert list(columns(filled(RecordFile(Answer), [ANSWER]), "trail")) == list(
        columns([ANSWER], "trail")
    )


def test_an_empty_table_has_nothing():
    file = RecordFile(Answer, "id")
    assert list(file) == []
    assert "a" not in by_key(file)


def test_a_file_that_nobody_holds_any_more_is_closed():
    file = filled(RecordFile(ModelCall, "id"), CALLS[:1])
    around = [file]
    around.append(around)  # a cycle, as errors and closures make them
    inner = file._file
    del file, around
    gc.collect()
    assert inner.closed


IDS = st.text("0123456789abcdef", min_size=20, max_size=20)
LIKE_IDS = st.sampled_from(
    ["A" * 20, "0" * 19, "0" * 22, " " + "0" * 19, "0" * 18 + " 0", "\uff10" * 20, "", "a"]
)


@given(st.lists(st.tuples(IDS | LIKE_IDS, st.sampled_from(["direct", "cgr", "cot"])), max_size=8))
def test_columns_that_stay_in_memory_are_those_of_the_records(told):
    answers = [replace(ANSWER, id=id, arm=arm) for id, arm in told]
    file = filled(RecordFile(Answer, "id", few=("arm", "solver")), answers)
    for names in (("id",), ("arm", "id"), ("solver",), ("id", "status", "arm")):
        assert list(columns(file, *names)) == list(columns(answers, *names))
    for place, answer in enumerate(answers):
        assert value_at(file, place, "id") == value_at(answers, place, "id") == answer.id
        assert value_at(file, place, "arm") == answer.arm
        assert value_at(file, place, "detail") == answer.detail
    last = {answer.id: answer.arm for answer in answers}
    for records in (file, answers):
        arm_of = value_by_key(records, "arm")
        assert [arm_of(id) for id in last] == list(last.values())
        assert arm_of("f" * 21) is None
    assert list(by_key(file)) == list(last)


def test_a_field_of_too_many_values_is_read_from_the_file(monkeypatch):
    monkeypatch.setattr(kept_columns, "_MOST_VALUES", 3)
    answers = [replace(ANSWER, id=f"{n:020x}", arm=f"arm{n}") for n in range(6)]
    file = filled(RecordFile(Answer, "id", few=("arm",)), answers)
    assert list(columns(file, "id", "arm")) == list(columns(answers, "id", "arm"))
    assert value_by_key(file, "arm")(f"{5:020x}") == "arm5"


def test_records_that_come_after_one_was_looked_up_are_found_too():
    answers = [replace(ANSWER, id=f"{n:020x}", detail=str(n)) for n in range(40)]
    file = RecordFile(Answer, "id")
    for count, answer in enumerate(answers, 1):
        file.add(answer)
        if count % 7 == 0:
            held = by_key(file)
            assert [held[one.id].detail for one in answers[:count]] == [
                one.detail for one in answers[:count]
            ]
    assert list(by_key(file)) == [answer.id for answer in answers]


def test_keys_and_fields_that_stay_in_memory_are_told_without_reading(monkeypatch):
    file = filled(RecordFile(Answer, "id", few=("arm",)), [replace(ANSWER, id="a" * 20)] * 2)

    def read(*_):
        raise AssertionError

    monkeypatch.setattr(RecordFile, "_read", read)
    assert list(columns(file, "id", "arm")) == [("a" * 20, "direct")] * 2
    assert value_by_key(file, "arm")("a" * 20) == "direct"
