"""Answers of two runs beside each other: what pairs, what is counted, and which numbers come of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cgr_nb.analysis.paired_runs import SIDE_COLUMNS, pair_runs
from cgr_nb.analysis.run_comparison import RunSide
from cgr_nb.analysis.run_slices import MOST_VALUES, SliceTable
from cgr_nb.analysis.two_runs import compare_runs
from cgr_nb.errors import CgrError


def answers(name: str, items, *, solvers=("s",), generators=("",), right=0.5, seed=0, **same):
    """A side: an answer an item, solver and generator."""
    random = np.random.default_rng(seed)
    lines = []
    for item in items:
        for solver in solvers:
            for generator in generators:
                ok = bool(random.random() < right)
                line = dict.fromkeys(SIDE_COLUMNS, 0) | {
                    "row_id": f"{name} {item} {solver} {generator}",
                    "item_id": item,
                    "dataset": "d",
                    "config": "default",
                    "solver": solver,
                    "generator": generator,
                    "letter": "A" if ok else "B",
                    "status": "answered",
                    "correct": ok,
                    "asked": True,
                    "cluster": item,
                    "chance": 0.25,
                    "gold_letters": "A",
                    "answer_id": f"{name} {item} {solver} {generator}",
                    "difficulty": None,
                }
                lines.append(line | same)
    return pd.DataFrame(lines, columns=list(SIDE_COLUMNS))


def names(count: int) -> list[str]:
    return [f"i{number:03}" for number in range(count)]


def side(label: str) -> RunSide:
    return RunSide(label, label, label, "direct", ("s",), (), 1, 0)


def compared(a, b, **more):
    pairing = pair_runs(a, b)
    return compare_runs(pairing, side("one"), side("two"), resamples=200, **more)


def test_what_stands_on_one_side_only_is_counted_by_its_reason():
    a = answers("a", names(6), solvers=("x", "y"))
    b = answers("b", names(8)[2:], solvers=("x",))
    found = compared(a, b)
    assert found.rows == 4
    assert found.not_paired == {
        "a": {"item": 4, "model": 4},  # two items with two solvers; four items with solver y
        "b": {"item": 2, "model": 0},
    }
    everything = len(found.pairs) + len(found.unpaired[found.unpaired["side"] == "a"])
    assert everything == len(a)
    assert len(found.notes()) == 3


def test_models_pair_by_name_where_there_are_several_and_whatever_their_name_where_not():
    one, other = answers("a", names(3), solvers=("x",)), answers("b", names(3), solvers=("y",))
    assert len(pair_runs(one, other).pairs) == 3
    assert pair_runs(one, other).within == ()
    both = answers("c", names(3), solvers=("x", "y"))
    pairing = pair_runs(both, both.assign(answer_id=both["answer_id"] + "'"))
    assert pairing.within == ("solver",)
    assert (pairing.pairs["solver_a"] == pairing.pairs["solver_b"]).all()
    assert len(pairing.pairs) == 6


def test_a_direct_answer_stands_beside_those_of_every_generator():
    direct = answers("a", names(4))
    twice = pd.concat([direct, direct.assign(row_id=direct["row_id"] + "'")])
    assisted = answers("b", names(4), generators=("g", "h"))
    pairing = pair_runs(twice, assisted)
    assert len(pairing.pairs) == 8
    assert pairing.unpaired.empty
    assert set(pairing.pairs["generator"]) == {"g", "h"}


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (answers("a", ["x"]), answers("b", ["y"]), "no item occurs on both sides"),
        (answers("a", ["x"]).head(0), answers("b", ["y"]), "nothing to compare"),
        (
            answers("a", ["x"], solvers=("p", "q")),
            answers("b", ["x"], solvers=("r",)),
            "share 1 items, but no solver",
        ),
    ],
)
def test_where_nothing_pairs_the_reason_and_the_way_out_are_said(a, b, said):
    with pytest.raises(CgrError, match=said) as error:
        pair_runs(a, b)
    assert error.value.fix


def test_pairs_that_cannot_be_scored_are_in_no_number_and_told_by_reason():
    a, b = answers("a", names(9), right=0), answers("b", names(9), right=1)
    a.loc[0, "gold_letters"] = ""
    a.loc[1, "asked"] = False
    b.loc[2, "asked"] = False
    found = compared(a, b)
    assert found.not_scored == {"no_gold": 1, "error_a": 1, "error_b": 1}
    assert (found.rows, found.flips["gain"]) == (6, 6)
    assert (found.pairs["flip"] == "").sum() == 3
    with pytest.raises(CgrError, match="no pair can be scored"):
        compared(a.assign(asked=False), b)


def test_flips_and_their_test_are_those_of_a_library():
    from scipy.stats import binomtest

    a, b = answers("a", names(60), right=0.3), answers("b", names(60), right=0.7, seed=1)
    found = compared(a, b)
    gains, losses = found.flips["gain"], found.flips["loss"]
    assert gains == (b["correct"] & ~a["correct"]).sum()
    assert losses == (a["correct"] & ~b["correct"]).sum()
    assert found.p_value == pytest.approx(binomtest(gains, gains + losses).pvalue)
    assert found.difference_pp == pytest.approx(100 * (gains - losses) / 60)
    assert found.interval.low_pp < found.difference_pp < found.interval.high_pp
    assert sum(found.flips.values()) == found.rows == 60


def test_the_sides_changed_over_give_the_same_numbers_with_another_sign():
    a, b = answers("a", names(40), right=0.3), answers("b", names(40), right=0.7, seed=1)
    there, back = compared(a, b), compared(b, a)
    assert back.difference_pp == pytest.approx(-there.difference_pp)
    assert back.p_value == there.p_value
    assert back.slices["p_holm"].tolist() == there.slices["p_holm"].tolist()


def scored(count: int, *, datasets: int = 4) -> pd.DataFrame:
    a, b = answers("a", names(count), right=0.4), answers("b", names(count), right=0.5, seed=5)
    for one in (a, b):
        one["dataset"] = [f"d{number % datasets}" for number in range(count)]
    found = compared(a, b).pairs
    return found.assign(
        options=["ABCD"[: 2 + number % 3] for number in range(count)],
        characters=[10 + 7 * (number % 30) for number in range(count)],
    )


def test_slices_have_wilsons_interval_and_holms_p_over_all_of_them():
    from scipy.stats import binomtest
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import proportion_confint

    lines = SliceTable.of(scored(120)).lines
    assert set(lines["kind"]) == {"dataset", "options", "length"}
    line: Any  # pandas' own type, any scalar, takes mypy ten seconds to multiply
    for line in lines.itertuples():
        hits = round(line.accuracy_a * line.items)
        low, high = proportion_confint(hits, line.items, method="wilson")
        assert (line.low_a, line.high_a) == pytest.approx((low, high))
        test = binomtest(line.gains, line.gains + line.losses).pvalue
        assert line.p_value == pytest.approx(test)
    assert lines["p_holm"].tolist() == pytest.approx(
        multipletests(lines["p_value"], method="holm")[1].tolist()
    )


def test_slices_of_a_kind_hold_every_pair_once():
    table = SliceTable.of(scored(120))
    assert (table.lines.groupby("kind")["rows"].sum() == 120).all()
    assert table.values.notna().all().all()


def test_intervals_of_slices_hold_together_as_often_as_they_say(try_many):
    """Under no difference at all, in 95 % of studies no interval of any slice misses zero."""
    random = np.random.default_rng(3)
    tries, wrong = 1000 if try_many else 30, 0
    base = scored(150, datasets=3)
    for number in range(tries):
        a, b = (random.random(150) < 0.5 for _ in range(2))
        lines = SliceTable.of(base.assign(correct_a=a, correct_b=b), seed=number).lines
        wrong += bool(((lines["low_pp"] > 0) | (lines["high_pp"] < 0)).any())
    # 5 % are expected; many more come by chance once in ten thousand times.
    assert wrong <= tries * 0.05 + 3.7 * (tries * 0.0475) ** 0.5
    assert wrong or not try_many


def test_a_kind_with_many_values_keeps_the_frequent_ones_and_counts_the_rest():
    count = 3 * MOST_VALUES
    pairs = scored(count).assign(
        subject=[f"t{number % (MOST_VALUES + 9)}" for number in range(count)]
    )
    lines = SliceTable.of(pairs).lines
    subjects = lines[lines["kind"] == "subject"]
    assert len(subjects) == MOST_VALUES
    assert subjects["value"].iloc[-1] == "other"
    assert subjects["rows"].sum() == count


def test_a_slice_of_one_item_or_without_spread_has_no_interval():
    a, b = answers("a", names(5), right=0), answers("b", names(5), right=1)
    for one in (a, b):
        one["dataset"] = ["p", "q", "q", "q", "q"]
    lines = compared(a, b).slices.set_index("value")
    assert lines["low_pp"].isna().all()
    assert lines.loc["q", "difference_pp"] == 100


def test_orders_of_one_items_options_count_as_one_item():
    a, b = answers("a", names(20), right=0.3), answers("b", names(20), right=0.7, seed=1)
    once = compared(a, b)
    twice = [
        pd.concat(
            [
                one,
                one.assign(
                    item_id=one["item_id"] + "'", answer_id=one["answer_id"] + "'", row_id="-"
                ),
            ],
            ignore_index=True,
        )
        for one in (a, b)
    ]
    again = compared(*twice)
    assert (again.rows, again.items) == (40, 20)
    assert again.p_value == once.p_value
    assert again.interval.error_pp == pytest.approx(once.interval.error_pp)
