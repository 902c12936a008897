"""What stands beside a comparison: rows that only one arm has right, seeds, setups, and what was
said beforehand."""

from __future__ import annotations

import pandas as pd
import pytest
from test_analysis_arms import by_hand, line_of, lines, shaped
from test_analysis_curves import CALLS, CARDS, answer, places

from cgr_nb.analysis.answer_steps import CallSpending
from cgr_nb.analysis.arm_record import ArmRecord, arm_record
from cgr_nb.analysis.arms import compare_arms
from cgr_nb.analysis.primary import primary_of
from cgr_nb.analysis.setup_costs import break_even, setup_spendings
from cgr_nb.answer_record import Setup, TrailEntry
from cgr_nb.store.declarations import Declaration

BEFORE = Declaration("2026-01-01T10:00:00+00:00", 0, ("cot",))
AFTER = Declaration("2026-01-02T10:00:00+00:00", 12, ("pal",))


def compared(*frames, **settings):
    return compare_arms(pd.concat(frames, ignore_index=True), resamples=50, **settings)


def test_rows_that_only_one_arm_has_right_are_counted_and_the_oracle_is_no_arm():
    found = compared(
        lines("direct", [1, 0, 0, 1]), lines("cot", [1, 1, 0, 0]), lines("cgr", [1, 1, 0, 0])
    )
    both = found.complement
    assert both.arms == ("direct", "cot", "cgr")
    assert both.only == ((0, 1, 1), (1, 0, 0), (1, 0, 0))
    assert both.alone == (1, 0, 0)
    assert both.oracle == 0.75
    assert "oracle" not in {line.arm for line in found.lines}


def test_arms_that_guess_have_an_oracle_of_their_own():
    known = lines("direct", [1, 0]).assign(chance=0.5, gold_letters="A")
    other = lines("cgr", [1, 1]).assign(chance=0.5, gold_letters="A")
    assert compared(known, other).complement.oracle_of_guesses == pytest.approx(0.75)
    assert (
        compared(lines("direct", [1, 0]), lines("cgr", [1, 1])).complement.oracle_of_guesses is None
    )


def test_further_seeds_are_no_arms_of_their_own_and_their_spread_stands_beside_the_first():
    found = compared(
        lines("direct", [1, 0, 0, 0]),
        lines("cgr", [1, 1, 0, 0]),
        lines("cgr#2", [1, 1, 1, 0]),
        lines("cgr#3", [1, 0, 0, 0]),
    )
    assert [line.arm for line in found.lines] == ["direct", "cgr"]
    seeds = line_of(found, "cgr").seeds
    assert seeds.accuracies == (0.5, 0.75, 0.25)
    assert (seeds.mean, seeds.deviation_pp) == pytest.approx((0.5, 25.0))
    assert (seeds.rows, seeds.agreement) == (4, 0.5)
    assert line_of(found, "direct").seeds is None
    assert set(found.left_out) == {"direct", "cgr"}


def test_seeds_are_compared_on_the_rows_that_all_of_them_were_asked():
    found = compared(
        lines("direct", [1, 0, 0, 0]), lines("cgr", [1, 1, 0, 0]), lines("cgr#2", [1, 0])
    )
    seeds = line_of(found, "cgr").seeds
    assert (seeds.rows, seeds.accuracies) == (2, (1.0, 0.5))
    assert found.rows == 4


def test_a_table_that_lacks_a_twentieth_of_its_rows_makes_no_headline():
    whole = compared(lines("direct", [1, 0] * 20), lines("cgr", [1, 1] * 20))
    assert (whole.rows, whole.rows_of, whole.is_whole) == (40, 40, True)
    short = compared(
        lines("direct", [1, 0] * 20), lines("cgr", [1, 1] * 20), lines("cot", [1] * 37)
    )
    assert (short.rows, short.rows_of, short.is_whole) == (37, 40, False)


def test_what_differs_is_told_together_over_all_arms():
    found = compare_arms(shaped(), resamples=300)
    for line in found.lines:
        if line.versus is None:
            continue
        alone, joint = line.versus.interval, line.versus.simultaneous
        assert (joint.family, joint.comparisons) == ("all", len(found.lines) - 1)
        assert joint.high_pp - joint.low_pp > alone.high_pp - alone.low_pp
        assert joint.low_pp < line.versus.difference_pp < joint.high_pp


def test_arms_that_lack_rows_are_told_together_too():
    found = compared(by_hand())
    cot = line_of(found, "cot").versus
    assert cot.rows == 5
    assert cot.simultaneous.comparisons == 2


def primary(arms, *declared):
    nothing = places(answer("x", "s"))
    return ArmRecord(nothing.iloc[:0], primary=primary_of(arms, declared))


def test_primary_comparisons_named_beforehand_are_a_family_of_their_own():
    found = compare_arms(shaped(), resamples=300, record=primary(("cot",), BEFORE))
    cot, pal = line_of(found, "cot"), line_of(found, "pal")
    assert (cot.primary, pal.primary) == (True, False)
    assert (cot.versus.simultaneous.family, pal.versus.simultaneous.family) == ("primary", "all")
    assert cot.versus.simultaneous.each_level == 0.95
    assert pal.versus.simultaneous.each_level > 0.95


@pytest.mark.parametrize(
    ("arms", "declared", "status"),
    [
        (("cot",), [BEFORE], "beforehand"),
        (("pal",), [AFTER], "late"),
        (("pal",), [BEFORE, AFTER], "changed"),
        (("cot",), [BEFORE, AFTER, BEFORE], "changed"),
        (("pal",), [BEFORE], "changed"),
        ((), [BEFORE], "changed"),
        (("pal",), [], "unrecorded"),
    ],
)
def test_only_what_was_named_first_and_never_changed_is_primary(arms, declared, status):
    found = primary_of(arms, declared)
    assert (found.status, found.holds) == (status, status == "beforehand")
    told = compare_arms(shaped(), resamples=50, record=primary(arms, *declared))
    assert any(line.primary for line in told.lines) == found.holds


def test_a_study_that_never_named_any_says_so():
    assert primary_of((), ()) is None


def setup(dataset, trail="gs", **changes):
    made = {
        "id": f"setup-{dataset}",
        "arm": "vote",
        "dataset": dataset,
        "solver": "s1",
        "generator": "g1",
        "text": "",
        "program_id": None,
        "trail": tuple(
            TrailEntry(str(n), "solver" if who == "s" else "generator", "a" if who == "s" else "g")
            for n, who in enumerate(trail)
        ),
        "runs": (),
        "status": "ok",
        "detail": "",
        "facts": {},
    }
    return Setup(**(made | changes))


def test_setups_are_a_cost_of_labels_calls_and_tokens():
    (found,) = setup_spendings(
        [setup("aime"), setup("medqa", "ggs")],
        CallSpending(CALLS, CARDS),
        {"aime": 8, "medqa": 6, "other": 9},
    )
    assert (found.setups, found.set_aside) == (2, 14)
    assert (found.calls, found.generator_calls) == (2, 3)
    assert (found.tokens, found.generator_tokens) == (22, 3 * 450)
    assert found.work == 2 * (1_000 * 22 + 7_000 * 3 * 450)


@pytest.mark.parametrize(
    ("arm", "reference", "rows"), [(10, 30, 50), (10, 29, 53), (30, 30, None), (40, 30, None)]
)
def test_a_setup_breaks_even_only_where_an_answer_is_cheaper(arm, reference, rows):
    assert break_even(1_000, arm, reference) == rows


def test_only_setups_that_the_study_rests_on_are_counted():
    answers = [answer("x", "s", setup="setup-aime")]
    record = arm_record(
        answers,
        [setup("aime"), setup("medqa")],
        CALLS,
        CARDS,
        support={},
        primary=(),
        declared=(),
    )
    assert [one.setups for one in record.setups] == [1]


def test_a_setup_stands_beside_its_arm_with_what_it_costs_a_row():
    spent = setup_spendings([setup("aime")], CallSpending(CALLS, CARDS), {"aime": 8})
    record = ArmRecord(places(answer("x", "s")).iloc[:0], setups=spent)
    found = compared(
        lines("direct", [1, 0, 0, 1]),
        lines("vote", [1, 1, 0, 0], tokens=100),
        lines("cgr", [1, 1, 1, 0], tokens=300, generator_tokens=261),
        record=record,
    )
    cost = line_of(found, "vote").setup
    assert (cost.rows, cost.tokens_per_row, cost.break_even) == (4, 461 / 4, 1)
    assert line_of(found, "cgr").setup is None
