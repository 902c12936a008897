"""Finding one's way through the steps of a run, and where two runs part."""

from __future__ import annotations

import pytest
from small_study import row_id

from cgr_nb.errors import CgrError
from cgr_nb.explore.difference import first_difference
from cgr_nb.explore.run_records import find_run
from cgr_nb.explore.run_steps import RunSteps, folds, opening_step

ADDS, RAISES, BROKEN = row_id(0), row_id(2), row_id(4)


def steps_of(study, row: str) -> RunSteps:
    found = find_run(study.store, row)
    return RunSteps(found.source, found.execution)


def test_a_run_is_found_by_number_by_id_and_by_execution(study):
    row = study.rows().iloc[3]
    found = [find_run(study.store, name) for name in (3, row["id"], row["execution_id"])]
    assert found[0] == found[1] == found[2]
    assert found[0].solver == row["solver"]


def test_what_is_not_there_is_an_error_with_a_fix(study):
    with pytest.raises(CgrError, match=r"no row number 99.*use a number of"):
        find_run(study.store, 99)
    with pytest.raises(CgrError, match="no such row or execution"):
        find_run(study.store, "nothing")


def test_jumps_go_from_call_to_call_and_stay_at_the_last(study):
    steps = steps_of(study, ADDS)
    first = steps.jump(0, "call")
    second = steps.jump(first, "call")
    assert [steps.steps[n].ask for n in (first, second)] == [0, 1]
    assert steps.jump(second, "call") == second
    assert steps.jump(second, "call", back=True) == first
    with pytest.raises(CgrError, match="no such kind of stop"):
        steps.jump(0, "lunch")


def test_a_search_goes_round_and_stays_where_nothing_is_found(study):
    steps = steps_of(study, ADDS)
    at = steps.find(0, "PRINT(")
    assert steps.steps[at].line == 10
    assert steps.find(len(steps) - 1, "print(") == at
    assert steps.find(at, "no such thing") == at


def test_variables_are_those_of_the_open_frame(study):
    steps = steps_of(study, ADDS)
    second = steps.jump(steps.jump(0, "call"), "call")
    assert steps.variables(second)["first"] == "27"
    assert "z" not in steps.variables(second)


def test_a_program_that_never_ran_has_no_steps(study):
    steps = steps_of(study, BROKEN)
    assert (len(steps), steps.clamp(7), steps.variables(0)) == (0, 0, {})
    assert steps.find(0, "solve") == 0


def test_a_run_that_failed_opens_where_it_failed(study):
    found = find_run(study.store, RAISES)
    assert found.execution.trace.steps[opening_step(found.execution)].line == 6


def test_a_loop_is_folded_with_its_rounds(study):
    found = find_run(study.store, ADDS)
    (fold,) = folds(found.source, found.execution.trace.steps)
    assert (fold.line, fold.rounds) == (7, 12)


def test_two_runs_of_different_length_part_where_the_shorter_ends(study):
    steps = steps_of(study, ADDS).steps
    parted = first_difference(steps[:5], steps)
    assert (parted.step, parted.line) == (5, steps[5].line)
    assert parted.words.startswith("The first run ends after step 5")
    assert first_difference(steps, steps[:5]).words.startswith("The second run ends after step 5")


def test_a_run_does_not_differ_from_itself(study):
    steps = steps_of(study, ADDS).steps
    same = first_difference(steps, steps)
    assert (same.step, same.words) == (None, "Both runs took the same steps.")
