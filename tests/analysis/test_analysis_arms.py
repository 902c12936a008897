"""Arms on the same rows: by hand, against references, and as properties."""

from __future__ import annotations

import json
from functools import cache

import pandas as pd
import pytest
from channel_answers import answer_lines, channel_answers, joined
from published_shape import shaped_arms, shaped_rows
from synthetic_rows import frame, row

from cgr_nb.analysis.arm_frame import ARM_COLUMNS, arm_frame
from cgr_nb.analysis.arms import compare_arms
from cgr_nb.analysis.stats import summarise
from cgr_nb.answer_record import OWN_FAILURES
from cgr_nb.errors import CgrError


def lines(arm, right, *, solver="s1", calls=1, tokens=100, first=0, **changes):
    """One arm's lines for items `first` and on: 1 right, 0 wrong."""
    numbers = range(first, first + len(right))
    made = [
        {
            "row_id": f"{solver}-{n:03d}",
            "item_id": f"item-{n:03d}",
            "dataset": "aime",
            "config": "default",
            "solver": solver,
            "generator": "g1",
            "arm": arm,
            "letter": "A" if one else "B",
            "status": "answered",
            "correct": bool(one),
            "retained": True,
            "asked": True,
            "calls": calls,
            "tokens": tokens,
            "generator_calls": 0,
            "generator_tokens": 0,
        }
        | changes
        for n, one in zip(numbers, right, strict=True)
    ]
    return pd.DataFrame(made, columns=list(ARM_COLUMNS))


def by_hand():
    """Solver s1: four items, s2: two. cot is missing on s1's last item."""
    return pd.concat(
        [
            lines("direct", [1, 0, 0, 0]),
            lines("cot", [1, 1, 0], tokens=300),
            lines("cgr", [1, 1, 1, 0], calls=4, tokens=400, generator_calls=1),
            lines("direct", [1, 0], solver="s2"),
            lines("cot", [0, 1], solver="s2", tokens=300),
            lines("cgr", [1, 1], solver="s2", calls=7, tokens=700, generator_calls=1),
        ],
        ignore_index=True,
    )


@cache
def shaped():
    return shaped_arms(shaped_rows((30, 20, 25), unretained=6, seed=4))


def line_of(comparison, arm):
    return {line.arm: line for line in comparison.lines}[arm]


@pytest.mark.filterwarnings("error")
def test_more_than_a_hundred_arms_are_compared_without_a_warning():
    arms = [lines(f"arm-{number}", [1, 0]) for number in range(110)]
    assert len(compare_arms(pd.concat([*arms, by_hand()]), resamples=5).lines) == 113


def test_accuracy_and_cost_by_hand():
    comparison = compare_arms(by_hand(), resamples=50)
    assert [line.arm for line in comparison.lines] == ["direct", "cot", "cgr"]
    # Common rows: three of s1 and two of s2; macro is the mean over the two solvers.
    assert (comparison.rows, comparison.items, comparison.n_pairs) == (5, 3, 2)
    assert line_of(comparison, "direct").accuracy == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert line_of(comparison, "cot").accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert line_of(comparison, "cgr").accuracy == 1.0
    assert line_of(comparison, "direct").micro == pytest.approx(2 / 5)
    assert line_of(comparison, "cgr").calls == pytest.approx((3 * 4 + 2 * 7) / 5)
    assert line_of(comparison, "cgr").tokens == pytest.approx((3 * 400 + 2 * 700) / 5)
    assert line_of(comparison, "cgr").generator_calls == 1.0


def test_the_reference_against_each_arm_by_hand():
    comparison = compare_arms(by_hand(), resamples=50)
    versus = line_of(comparison, "cot").versus
    assert versus.difference_pp == pytest.approx(100 * (1 / 3 + 1 / 2) / 2)
    assert (versus.gains, versus.losses) == (2, 0)
    assert versus.p_value == 0.5
    assert (versus.pairs_better, versus.pairs_worse) == (0, 0)
    # Direct and cgr were asked a sixth row, which cot was not: it counts for these two.
    direct = line_of(comparison, "direct").versus
    assert (versus.rows, direct.rows) == (5, 6)
    assert direct.difference_pp == pytest.approx(100 * (2 / 4 + 1 / 2) / 2)
    assert (direct.gains, direct.losses, direct.p_value) == (3, 0, 0.25)
    assert (direct.p_holm, versus.p_holm) == (0.5, 0.5)
    assert line_of(comparison, "cgr").versus is None


def test_rows_that_an_arm_was_not_asked_are_counted_and_in_no_accuracy_of_the_table():
    comparison = compare_arms(by_hand(), resamples=50)
    assert comparison.left_out == {"direct": 0, "cot": 1, "cgr": 0}
    without = compare_arms(by_hand(), only=["direct"], resamples=50)
    assert without.rows == 6
    assert [line.arm for line in without.lines] == ["direct", "cgr"]


def test_the_reference_and_an_arm_are_compared_as_if_no_third_arm_were_there():
    comparison = compare_arms(by_hand(), resamples=50)
    for arm in ("direct", "cot"):
        alone = compare_arms(by_hand(), only=[arm], resamples=50)
        with_all, by_itself = line_of(comparison, arm).versus, line_of(alone, arm).versus
        assert with_all.interval == by_itself.interval
        assert (with_all.rows, with_all.gains, with_all.losses, with_all.p_value) == (
            by_itself.rows, by_itself.gains, by_itself.losses, by_itself.p_value,
        )  # fmt: skip
        ours = comparison.pairs[comparison.pairs["arm"] == arm].reset_index(drop=True)
        pd.testing.assert_frame_equal(ours, alone.pairs)


def test_an_answer_that_was_not_asked_for_was_not_given():
    arms = by_hand()
    arms.loc[(arms["arm"] == "cot") & (arms["row_id"] == "s2-001"), "asked"] = False
    comparison = compare_arms(arms, resamples=50)
    assert comparison.left_out["cot"] == 2
    assert comparison.rows == 4


def test_an_answer_that_no_channel_number_counts_is_compared_all_the_same():
    arms = by_hand()
    arms.loc[arms["row_id"] == "s2-001", "retained"] = False
    with_it, without = (compare_arms(some, resamples=50) for some in (arms, by_hand()))
    assert with_it.to_dict() == without.to_dict()


def test_an_arm_that_could_be_tried_nowhere_leaves_the_others_compared():
    nowhere = lines("pal", [0, 0, 0, 0], status="error", asked=False)
    comparison = compare_arms(pd.concat([by_hand(), nowhere]), resamples=50)
    assert comparison.left_out == {"direct": 0, "cot": 1, "pal": 6, "cgr": 0}
    without = compare_arms(by_hand(), resamples=50)
    assert comparison.rows == without.rows
    assert comparison.lines == without.lines


def hard_and_easy(status):
    """200 items, the second half of them hard; an arm that fails on the hard ones."""
    rows = frame(
        *(
            row(
                number,
                direct_letter="A" if number < 68 or 100 <= number < 114 else "B",
                assisted_letter="A" if number < 80 or 100 <= number < 130 else "B",
            )
            for number in range(200)
        )
    )
    hard = rows.index >= 100
    failing = answer_lines(
        rows,
        "long",
        letter=pd.Series("A", index=rows.index, dtype=object).mask(hard, None),
        status=pd.Series("answered", index=rows.index, dtype=object).mask(hard, status),
    )
    return arm_frame(rows, joined([channel_answers(rows), failing]))


@pytest.mark.parametrize("status", sorted(OWN_FAILURES))
def test_an_arm_that_fails_on_the_hard_half_changes_nobody_elses_accuracy(status):
    arms = hard_and_easy(status)
    comparison = compare_arms(arms, resamples=50)
    assert (comparison.rows, comparison.left_out["long"]) == (200, 0)
    without = compare_arms(arms, only=["direct", "generator_only"], resamples=50)
    for arm, accuracy in (("direct", 0.41), ("cgr", 0.55)):
        assert line_of(comparison, arm).accuracy == pytest.approx(accuracy)
        assert line_of(without, arm).accuracy == pytest.approx(accuracy)
    assert line_of(comparison, "long").accuracy == pytest.approx(0.5)
    assert line_of(comparison, "long").versus.rows == 200


def test_an_arm_that_was_not_tried_on_the_hard_half_leaves_the_others_difference_alone():
    comparison = compare_arms(hard_and_easy("error"), resamples=50)
    assert (comparison.rows, comparison.left_out["long"]) == (100, 100)
    direct, long = (line_of(comparison, arm).versus for arm in ("direct", "long"))
    assert (direct.rows, long.rows) == (200, 100)
    assert direct.difference_pp == pytest.approx(14.0)


def test_pairs_without_a_right_direct_answer_stand_apart():
    arms = pd.concat([by_hand(), lines("direct", [0, 0], solver="s3")], ignore_index=True)
    arms = pd.concat([arms, lines("cgr", [1, 1], solver="s3")], ignore_index=True)
    comparison = compare_arms(arms, only=["direct"], resamples=50)
    assert (comparison.partition, comparison.n_pairs) == ("non_zero_baseline", 2)
    without_direct = arms[arms["arm"] != "direct"]
    everything = compare_arms(without_direct, only=["cgr"], resamples=50)
    assert (everything.partition, everything.n_pairs) == ("all", 3)


def test_assisted_against_direct_is_the_headline():
    rows = shaped_rows((30, 20, 25), unretained=0, seed=4)
    summary = summarise(rows, resamples=300)
    direct = line_of(compare_arms(shaped_arms(rows), only=["direct"], resamples=300), "direct")
    assert direct.accuracy == pytest.approx(summary.macro.A_b, abs=1e-12)
    assert direct.versus.difference_pp == pytest.approx(summary.macro.difference_pp, abs=1e-9)
    assert direct.versus.interval.error_pp == pytest.approx(summary.clustered.error_pp, abs=1e-9)


def test_every_difference_is_that_of_the_accuracies():
    comparison = compare_arms(shaped(), resamples=50)
    ours = line_of(comparison, "cgr").accuracy
    assert set(comparison.left_out.values()) == {0}
    for line in comparison.lines:
        if line.versus:
            expected = 100 * (ours - line.accuracy)
            assert line.versus.difference_pp == pytest.approx(expected, abs=1e-9)
            assert line.versus.interval.low_pp <= expected <= line.versus.interval.high_pp


def test_an_arm_that_answers_like_the_reference_does_not_differ():
    arms = shaped()
    twin = arms[arms["arm"] == "cgr"].assign(arm="twin")
    comparison = compare_arms(pd.concat([arms, twin]), only=["direct", "twin"], resamples=100)
    versus = line_of(comparison, "twin").versus
    assert (versus.difference_pp, versus.interval.low_pp, versus.interval.high_pp) == (0, 0, 0)
    assert (versus.gains, versus.losses, versus.p_value, versus.p_holm) == (0, 0, 1.0, 1.0)


def test_exchanging_the_reference_turns_differences_round():
    one = line_of(compare_arms(shaped(), only=["cot"], resamples=200), "cot").versus
    other = line_of(
        compare_arms(shaped(), reference="cot", only=["cgr"], resamples=200), "cgr"
    ).versus
    assert one.difference_pp == pytest.approx(-other.difference_pp)
    assert (one.gains, one.losses) == (other.losses, other.gains)
    assert one.interval.low_pp == pytest.approx(-other.interval.high_pp, abs=1e-9)


def test_tests_are_those_of_scipy_and_statsmodels():
    from scipy import stats as reference
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests

    comparison = compare_arms(shaped(), resamples=20)
    for arm, table in comparison.pairs.groupby("arm"):
        for gains, losses, p_value in table[["gains", "losses", "p_value"]].values.tolist():
            gains, losses = int(gains), int(losses)
            theirs = mcnemar([[0, gains], [losses, 0]], exact=True).pvalue
            assert p_value == pytest.approx(theirs, abs=1e-9)
        adjusted = multipletests(table["p_value"], method="holm")[1]
        assert table["p_holm"].tolist() == pytest.approx(adjusted.tolist(), abs=1e-9)
        versus = line_of(comparison, arm).versus
        pooled = reference.binomtest(versus.gains, versus.gains + versus.losses).pvalue
        assert versus.p_value == pytest.approx(pooled, abs=1e-9)
    over_arms = [line.versus for line in comparison.lines if line.versus]
    adjusted = multipletests([versus.p_value for versus in over_arms], method="holm")[1]
    assert [versus.p_holm for versus in over_arms] == pytest.approx(adjusted.tolist(), abs=1e-9)


def test_the_order_of_lines_does_not_matter():
    shuffled = shaped().sample(frac=1, random_state=2)
    assert (
        compare_arms(shaped(), resamples=50).to_dict()
        == compare_arms(shuffled, resamples=50).to_dict()
    )


def test_the_table_has_one_line_an_arm_with_shares_for_charts():
    comparison = compare_arms(by_hand(), resamples=50)
    table = comparison.table.set_index("arm")
    assert table.loc["direct", "low"] * 100 == comparison.lines[0].interval.low_pp
    assert table.loc["cot", "gains"] == 2
    assert pd.isna(table.loc["cgr", "difference_pp"])


def test_the_comparison_is_json_without_nan():
    text = json.dumps(compare_arms(by_hand(), resamples=20).to_dict(), allow_nan=False)
    assert json.loads(text)["reference"] == "cgr"


def test_no_answers_are_no_error():
    nothing = pd.DataFrame(columns=list(ARM_COLUMNS)).astype(
        dict.fromkeys(("retained", "correct", "asked"), bool)
    )
    comparison = compare_arms(nothing)
    assert (comparison.rows, comparison.lines, comparison.table.empty) == (0, (), True)
    json.dumps(comparison.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("arms", "settings", "words"),
    [
        (by_hand(), {"reference": "pal"}, "no answers of arm 'pal'"),
        (by_hand(), {"only": ["cot", "nothing"]}, "no answers of arm 'nothing'"),
        (by_hand().drop(columns="tokens"), {}, "columns are missing: tokens"),
        (pd.concat([by_hand(), by_hand()]), {}, "arm 'direct' appears twice"),
    ],
)
def test_what_can_not_be_compared_is_refused(arms, settings, words):
    with pytest.raises(CgrError, match=words):
        compare_arms(arms, **settings)
