"""`summarise` against a study small enough to work out by hand, and its properties on a larger one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_shape import shaped_arms, shaped_rows
from synthetic_rows import frame, row, study_rows

from cgr_nb.analysis.pairs import pair_labels
from cgr_nb.analysis.stats import summarise


def wrong(*channels):
    return {f"{channel}_letter": "B" for channel in channels}


def by_hand():
    """Three pairs: (aime, s1) 4 rows, (aime, s2) 2 rows, (medqa, s1) 2 rows; 5 rows not retained."""
    return frame(
        # A_b 1/4, A_a 3/4, A_g 2/4: two gains, no loss
        row(0),
        row(1, **wrong("direct", "generator"), asks=5),
        row(2, **wrong("direct"), direct_retries=1),
        row(3, **wrong("generator"), direct_status="none", direct_letter=None)
        | {"assisted_status": "exception", "assisted_letter": None, "asks": 1},
        # A_b 2/2, A_a 1/2, A_g 2/2: one loss
        row(4, solver="s2"),
        row(5, solver="s2", **wrong("assisted")),
        # zero baseline: A_b 0, A_a 1/2, A_g 0
        row(6, dataset="medqa", **wrong("direct", "generator")),
        row(7, dataset="medqa", **wrong("direct", "assisted", "generator")),
        # not retained
        row(8, gold=None),
        row(9, gold=("A", "C")),
        row(10, direct_status="error", direct_letter=None, error="context_overflow: too long"),
        row(11, dataset="time_mqa", gold=None),
        row(12, assisted_status="error", assisted_letter=None),
    )


def test_the_pair_table_by_hand():
    pairs = summarise(by_hand(), resamples=100).pairs
    assert pairs[["dataset", "solver", "n"]].values.tolist() == [
        ["aime", "s1", 4],
        ["aime", "s2", 2],
        ["medqa", "s1", 2],
    ]
    assert pairs["A_b"].tolist() == [0.25, 1.0, 0.0]
    assert pairs["A_a"].tolist() == [0.75, 0.5, 0.5]
    assert pairs["A_g"].tolist() == [0.5, 1.0, 0.0]
    assert pairs["difference_pp"].tolist() == [50.0, -50.0, 50.0]
    assert pairs["gains"].tolist() == [2, 0, 1]
    assert pairs["losses"].tolist() == [0, 1, 0]
    assert pairs["asks_per_item"].tolist() == [3.0, 3.0, 3.0]
    assert pairs["p_value"].tolist() == [0.5, 1.0, 1.0]
    assert pairs["p_holm"].tolist() == [1.0, 1.0, 1.0]


def test_the_partitions_by_hand():
    parts = summarise(by_hand(), resamples=100).partitions
    assert {name: (part.n_pairs, part.n_rows) for name, part in parts.items()} == {
        "all": (3, 8),
        "non_zero_baseline": (2, 6),
        "zero_baseline": (1, 2),
        "gated": (1, 2),
    }


def test_macro_and_micro_by_hand():
    summary = summarise(by_hand(), resamples=100)
    assert summary.macro.A_b == (0.25 + 1.0) / 2
    assert summary.macro.A_a == (0.75 + 0.5) / 2
    assert summary.macro.A_g == (0.5 + 1.0) / 2
    assert summary.macro.difference_pp == 0.0
    assert summary.micro.A_b == 3 / 6
    assert summary.micro.A_a == 4 / 6
    assert summary.micro.A_g == 4 / 6
    assert summary.micro.difference_pp == pytest.approx(100 / 6)
    assert summary.partitions["all"].micro.A_b == 3 / 8
    assert summary.partitions["all"].macro.difference_pp == pytest.approx(50 / 3)


def test_of_the_two_pairs_with_a_baseline_no_interval_is_claimed():
    interval = summarise(by_hand(), resamples=1_000, seed=9).interval
    assert (interval.low_pp, interval.high_pp) == (None, None)
    assert interval.absence == "too few pairs (2)"
    assert (interval.pairs, interval.resamples, interval.seed) == (2, 1_000, 9)


def test_a_partition_of_one_pair_says_that_it_has_no_interval():
    part = summarise(by_hand(), resamples=100).partitions["zero_baseline"]
    assert part.interval.low_pp is None
    assert part.interval.absence == "too few pairs (1)"


def test_every_row_is_retained_or_counted_by_reason():
    summary = summarise(by_hand(), resamples=100)
    assert summary.retained == 8
    assert summary.not_retained == {
        "no_gold": 2,
        "several_gold": 1,
        "one_option": 0,
        "no_generator": 0,
        "direct_error": 1,
        "scaffold_error": 0,
        "execution_error": 1,
    }
    assert summary.retained + sum(summary.not_retained.values()) == summary.rows == 13
    assert summary.rule == "all_channels_attempted"


def test_a_pair_without_retained_rows_is_named():
    assert summarise(by_hand(), resamples=100).empty_pairs == ("time_mqa · s1",)


def test_calls_tokens_and_flips_by_hand():
    summary = summarise(by_hand(), resamples=100)
    assert summary.calls_per_item == {"direct": 9 / 8, "assisted": 24 / 8}
    assert summary.tokens == {"direct": 800, "assisted": 3_200}
    assert summary.flips == {"both_right": 2, "gains": 3, "losses": 1, "both_wrong": 2}


def test_statuses_count_every_row_given():
    summary = summarise(by_hand(), resamples=100)
    assert summary.direct_statuses["none"] == 1
    assert summary.direct_statuses["error"] == 1
    assert sum(summary.direct_statuses.values()) == 13
    assert summary.assisted_statuses["exception"] == 1
    assert summary.assisted_statuses["error"] == 1
    assert sum(summary.assisted_statuses.values()) == 13


def test_the_extraction_band_by_hand():
    # Dropping row 3 (direct unread, program failed) leaves (aime, s1) with A_b 1/3 and A_a 3/3.
    band = {line.name: line for line in summarise(by_hand(), resamples=100).band}
    assert band["failures_wrong"].macro == summarise(by_hand(), resamples=100).macro
    assert band["direct_failures_dropped"].n_rows == 5
    assert band["direct_failures_dropped"].macro.A_b == pytest.approx((1 / 3 + 1) / 2)
    assert band["direct_failures_dropped"].macro.A_a == pytest.approx((1 + 0.5) / 2)
    assert band["all_failures_dropped"].n_rows == 5


def test_a_failed_program_moves_only_the_band_that_drops_it():
    rows = frame(row(0), row(1, assisted_status="timeout", assisted_letter=None))
    band = {line.name: line for line in summarise(rows, resamples=100).band}
    assert band["direct_failures_dropped"].macro.A_a == 0.5
    assert band["all_failures_dropped"].macro.A_a == 1.0


def test_the_gate_must_be_exceeded_and_not_just_reached():
    rows = [row(i, **({} if i < 3 else wrong("direct"))) for i in range(10)]
    assert summarise(frame(*rows), resamples=10).partitions["gated"].n_pairs == 0
    assert summarise(frame(*rows), resamples=10, gate=0.29).partitions["gated"].n_pairs == 1


def test_the_order_of_rows_does_not_matter():
    rows = study_rows(per_pair=12)
    shuffled = rows.sample(frac=1, random_state=3)
    assert summarise(rows, resamples=200).to_dict() == summarise(shuffled, resamples=200).to_dict()


def test_configurations_and_generators_make_pairs_of_their_own():
    rows = frame(row(0), row(1, config="law"), row(2, generator="g2"))
    summary = summarise(rows, resamples=10)
    assert len(summary.pairs) == 3
    assert pair_labels(summary.pairs) == ["aime · s1 · g1", "aime · s1 · g2", "aime/law · s1 · g1"]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(*[st.sampled_from("AB")] * 3), min_size=4, max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_macro_equals_micro_when_all_pairs_have_as_many_rows(pairs):
    rows = [
        row(
            10 * p + i,
            solver=f"s{p}",
            direct_letter=direct,
            assisted_letter=assisted,
            generator_letter=generator,
        )
        for p, letters in enumerate(pairs)
        for i, (direct, assisted, generator) in enumerate(letters)
    ]
    everything = summarise(frame(*rows), resamples=10).partitions["all"]
    for name in ("A_b", "A_a", "A_g", "difference_pp"):
        macro, micro = getattr(everything.macro, name), getattr(everything.micro, name)
        assert macro == pytest.approx(micro)


def test_differences_are_those_of_the_accuracies_and_of_the_flips():
    summary = summarise(study_rows(), resamples=10)
    pairs = summary.pairs
    assert (100 * (pairs["A_a"] - pairs["A_b"])).tolist() == pytest.approx(
        pairs["difference_pp"].tolist()
    )
    assert sum(summary.flips.values()) == summary.retained


def test_the_summary_is_json_without_nan_also_when_there_is_nothing():
    for rows in (study_rows(per_pair=10), frame()):
        text = json.dumps(summarise(rows, resamples=10).to_dict(), allow_nan=False)
        assert json.loads(text)["rule"] == "all_channels_attempted"


def test_nothing_in_gives_no_rates_and_no_error():
    summary = summarise(frame())
    assert summary.macro is None
    assert summary.micro is None
    assert summary.calls_per_item == {"direct": None, "assisted": None}


def test_each_partition_has_its_clustered_intervals_beside_that_of_the_pairs():
    summary = summarise(study_rows(per_pair=12), resamples=200, seed=3)
    assert summary.clustered == summary.main.clustered
    for part in summary.partitions.values():
        for interval in (part.clustered, part.across_datasets):
            assert (interval.pairs, interval.resamples, interval.seed) == (part.n_pairs, 200, 3)
    assert (summary.main.clustered.drawn, summary.main.across_datasets.drawn) == (
        "items",
        "datasets",
    )
    assert summary.main.clustered.low_pp < summary.macro.difference_pp
    assert summary.main.clustered.high_pp > summary.macro.difference_pp


def test_what_could_be_detected_by_hand():
    summary = summarise(by_hand(), resamples=10)
    # No pair has six rows, and six flips of one kind are the fewest that the exact test rejects.
    assert summary.pairs["detectable_pp"].isna().all()
    assert summary.to_dict()["pairs"][0]["detectable_pp"] is None
    quantiles = summary.main.detectable_pp / summary.clustered.error_pp
    assert 2.8 < quantiles < 4.0


def test_the_retention_table_is_part_of_the_summary():
    summary = summarise(by_hand(), resamples=10)
    assert summary.retention["rows"].iloc[-1] == summary.rows
    assert summary.to_dict()["retention"][-1]["retained"] == summary.retained


def test_without_arms_nothing_is_compared():
    assert summarise(by_hand(), resamples=10).comparison is None


def test_with_arms_the_summary_compares_them_and_rescues_unread_replies():
    rows = shaped_rows((12, 9), unretained=2, seed=8)
    summary = summarise(rows, arms=shaped_arms(rows), resamples=50)
    assert {line.arm for line in summary.comparison.lines} >= {"direct", "cgr", "readout"}
    rescued = summary.band[-1]
    assert rescued.n_rows == summary.main.n_rows
    assert "read-out gave a letter" in rescued.note
    json.dumps(summary.to_dict(), allow_nan=False)
