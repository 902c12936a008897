"""A recorded run can be had again, and asked "what if", without a panel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_study import row_id

from cgr_nb.errors import CgrError
from cgr_nb.explore.difference import first_difference
from cgr_nb.explore.run_records import find_run
from cgr_nb.explore.whatif import Change, Unanswered, WhatIf
from cgr_nb.store.thread_local import ThreadLocalStore

ADDS = row_id(0)


def what_if(study, *, model: bool = False) -> WhatIf:
    records = find_run(study.store, ADDS)
    card = next(card for card in study.store.models() if card.name == records.solver)
    stores = ThreadLocalStore(study.store)
    return WhatIf(stores, lambda: study.config, records, card if model else None)


def timeless(execution):
    return replace(execution, cpu_s=None, wall_s=0.0)


def test_nothing_changed_is_the_same_run_to_the_byte(study):
    first = find_run(study.store, ADDS).execution
    again = what_if(study).again(Change()).execution
    assert timeless(again) == timeless(first)
    assert again.trace.to_bytes() == first.trace.to_bytes()


def test_a_changed_reply_leads_where_it_leads_and_keeps_what_came_before(study):
    again = what_if(study).again(Change().with_reply(1, "38"))
    assert [call.reply for call in again.execution.calls] == ["27", "38"]
    assert again.execution.solver_answer == "C"
    assert dict(again.origins) == {0: "recorded", 1: "changed"}
    assert again.changed == 'call 2 had said "38"'


def test_what_was_never_asked_is_asked_of_the_solver_and_of_nobody_without_one(study):
    change = Change().with_reply(0, "28")
    again = what_if(study, model=True).again(change)
    assert (again.asked_anew, again.origins[1]) == (1, "live")
    with pytest.raises(Unanswered, match="type a reply") as caught:
        what_if(study).again(change)
    assert caught.value.asked.prompt == "What is 29 plus 28?"
    answered = what_if(study).again(change.with_reply(1, "57"))
    assert [call.reply for call in answered.execution.calls] == ["28", "57"]


def test_the_same_question_at_another_place_is_answered_from_the_record(study):
    source = find_run(study.store, ADDS).source
    twice = source.replace("    z = ", '    ask("What is 9 times 3?")\n    z = ')
    again = what_if(study).again(Change().with_source(twice))
    assert dict(again.origins) == {0: "recorded", 1: "recorded elsewhere", 2: "recorded elsewhere"}


def test_a_line_is_changed_where_it_stands_and_keeps_its_indentation(study):
    source = find_run(study.store, ADDS).source
    number = next(n for n, line in enumerate(source.split("\n"), 1) if "hits[0]" in line)
    change = Change().with_line(source, number, 'return "D"')
    assert change.source.split("\n")[number - 1] == '    return "D"'
    assert change.in_words(source) == f'line {number} were "return "D""'
    assert what_if(study).again(change).execution.solver_answer == "D"
    with pytest.raises(CgrError, match="no line 99"):
        change.with_line(source, 99, "x")


def test_a_call_that_was_not_made_is_an_error(study):
    with pytest.raises(CgrError, match="there is no call 8"):
        what_if(study).again(Change().with_reply(7, "x"))


def test_where_the_runs_part_is_told(study):
    first = find_run(study.store, ADDS).execution
    again = what_if(study, model=True).again(Change().with_reply(0, "28")).execution
    parted = first_difference(first.trace.steps, again.trace.steps)
    assert parted.line == 10
    assert "first is 28 instead of 27" in parted.words


def test_nothing_of_it_is_recorded(study):
    before = len(list(study.store.calls())), len(study.executions())
    what_if(study, model=True).again(Change().with_reply(0, "28"))
    assert (len(list(study.store.calls())), len(study.executions())) == before
