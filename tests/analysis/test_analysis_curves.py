"""Accuracy at smaller budgets, from what is on record."""

from __future__ import annotations

import pandas as pd
import pytest
from made_rows import made_answer
from test_analysis_arms import lines

from cgr_nb.analysis.answer_steps import CallSpending, step_table
from cgr_nb.analysis.arm_record import ArmRecord
from cgr_nb.analysis.arms import compare_arms
from cgr_nb.answer_record import Answer, Step, TrailEntry
from cgr_nb.records import ModelCard

CALLS = pd.DataFrame(
    {
        "id": ["a", "b", "c", "g", "failed"],
        "prompt_tokens": [10.0, 20.0, 30.0, 400.0, None],
        "reply_tokens": [1.0, 2.0, 3.0, 50.0, None],
        "duration_s": [0.5, 0.25, 0.125, 4.0, None],
    }
)


def card(name, parameters):
    return ModelCard(
        name, ("solver", "generator"), "scripted", "none", parameters, "none", 512, "none", "", None
    )


CARDS = (card("s1", 1_000), card("g1", 7_000), card("unsized", None))


def answer(id, trail, steps=(), letters=("A",), *, arm="vote", status="answered", **changes):
    """`trail` as "sss" or "gss": who was asked, with calls a, b, c in turn and g."""
    calls = iter("abc")
    entries = tuple(
        TrailEntry(
            str(n), "solver" if who == "s" else "generator", next(calls) if who == "s" else "g"
        )
        for n, who in enumerate(trail)
    )
    return made_answer(
        arm,
        id,
        letters=letters,
        status=status,
        trail=entries,
        steps=tuple(Step(n, 0, tuple(letter)) for n, letter in steps),
        **{"item_id": id, "solver": "s1", "generator": "g1", **changes},
    )


def places(*answers):
    return step_table(answers, CallSpending(CALLS, CARDS))


def test_every_place_tells_what_was_spent_up_to_there():
    table = places(answer("x", "gsss", [(2, "B"), (3, ""), (4, "A")]))
    assert table["letter"].tolist() == ["B", "", "A", "A"]
    assert table["calls"].tolist() == [1, 2, 3, 3]
    assert table["tokens"].tolist() == [11, 33, 66, 66]
    assert table["generator_calls"].tolist() == [1, 1, 1, 1]
    assert table["generator_tokens"].tolist() == [450] * 4
    assert table["seconds"].tolist() == [4.5, 4.75, 4.875, 4.875]
    assert table["work"].tolist() == [2 * (7_000 * 450 + 1_000 * n) for n in (11, 33, 66, 66)]


def test_answers_behind_each_other_do_not_add_up():
    both = places(answer("x", "ss", [(1, "B")]), answer("y", "s"), answer("z", ""))
    assert both["answer_id"].tolist() == ["x", "x", "y", "z"]
    assert both["tokens"].tolist() == [11, 33, 11, 0]


def test_work_is_not_known_from_the_first_call_on_to_a_model_without_parameters():
    told = places(answer("x", "sg", [(1, "A")], generator="unsized"), answer("y", "s"))
    assert told["work"].isna().tolist() == [False, True, False]
    assert told["work"].iloc[2] == 2 * 1_000 * 11


def test_a_call_that_is_not_on_record_counts_as_a_call_and_nothing_else():
    gone = answer("x", "s")
    gone = places(
        Answer(
            **{name: getattr(gone, name) for name in gone.__dataclass_fields__ if name != "trail"},
            trail=(TrailEntry("0", "solver", "lost"), TrailEntry("1", "solver", "failed")),
        )
    )
    assert gone[["calls", "tokens", "seconds"]].values.tolist() == [[2, 0, 0]]


def test_an_own_failure_ends_without_a_letter():
    table = places(answer("x", "ss", [(1, "A")], letters=("A",), status="budget"))
    assert table["letter"].tolist() == ["A", ""]


def study():
    """Four items whose right letter is A. direct: one call. vote: three calls, right after the
    first on two items and after the third on one more. cgr: right on three, at one call on two
    items and at two on the others."""
    letters = ["AAA", "ABA", "BBB", "BAA"]
    direct = [answer(f"d{n}", "s", letters=(one,), arm="direct") for n, one in enumerate("ABBB")]
    vote = [
        answer(f"v{n}", "sss", [(k + 1, one[k]) for k in range(3)], letters=(one[-1],))
        for n, one in enumerate(letters)
    ]
    cgr = [
        answer(f"c{n}", "gs" if n < 2 else "gss", letters=("A" if n < 3 else "B",), arm="cgr")
        for n in range(4)
    ]
    frames = []
    for arm, some in (("direct", direct), ("vote", vote), ("cgr", cgr)):
        right = [one.letters == ("A",) for one in some]
        frame = lines(arm, right).assign(
            answer_id=[one.id for one in some], gold_letters="A", chance=0.25
        )
        frame["calls"] = [len(one.calls_of("solver")) for one in some]
        frames.append(frame)
    arms = pd.concat(frames, ignore_index=True)
    return arms, ArmRecord(places(*direct, *vote, *cgr))


def compared(**settings):
    arms, record = study()
    return compare_arms(arms, every_pair=True, resamples=50, record=record, **settings)


def test_an_arm_is_drawn_stopped_early_and_ends_where_it_ends():
    curves = compared().curves.set_index("arm")
    vote = curves.loc["vote"]
    assert vote["stop"].tolist() == [1, 2, 4]
    assert vote["calls"].tolist() == [1, 2, 3]
    assert vote["accuracy"].tolist() == [0.5, 0.5, 0.75]
    assert vote["end"].tolist() == [False, False, True]
    # An arm without answers on the way is a point.
    assert len(curves.loc[["direct"]]) == len(curves.loc[["cgr"]]) == 1
    assert curves.loc["cgr", "calls"] == 1.5


def test_the_last_place_of_every_arm_is_the_arm_of_the_table():
    found = compared()
    ends = found.curves[found.curves["end"].astype(bool)].set_index("arm")
    for line in found.lines:
        assert ends.loc[line.arm, "accuracy"] == pytest.approx(line.accuracy)
        assert ends.loc[line.arm, "calls"] == pytest.approx(line.calls)


def test_the_pareto_front_holds_what_nothing_cheaper_beats():
    curves = compared().curves
    front = curves[curves["front_calls"]]
    # One call: the vote's first answer (0.5) beats direct (0.25); cgr has more for 1.5 calls than
    # the vote for 3.
    assert set(zip(front["arm"], front["calls"], strict=True)) == {("vote", 1), ("cgr", 1.5)}
    tokens = curves[curves["front_tokens"]]
    assert set(tokens["arm"]) == {"vote", "cgr"}


def test_arms_at_the_scaffolds_spending_are_stopped_row_by_row():
    line = {line.arm: line for line in compared().lines}
    # cgr spent 1, 1, 2, 2 calls; the vote had A, A, B, A by then.
    vote = line["vote"].matched["calls"]
    assert (vote.accuracy, vote.finished, vote.difference_pp) == (0.75, 1.0, 0.0)
    direct = line["direct"].matched["calls"]
    assert direct.accuracy == line["direct"].accuracy
    assert line["cgr"].matched == {}
    assert vote.interval.comparisons == 2


def test_an_arm_that_cannot_answer_within_the_scaffolds_tokens_is_wrong_there():
    arms, record = study()
    dear = record.steps.copy()
    votes = dear["answer_id"].str.startswith("v")
    dear.loc[votes, "tokens"] = 1_000
    found = compare_arms(arms, every_pair=True, resamples=50, record=ArmRecord(dear))
    matched = {line.arm: line for line in found.lines}["vote"].matched["tokens"]
    assert (matched.accuracy, matched.finished) == (0.0, 0.0)


def test_without_steps_there_are_no_curves_and_nothing_is_matched():
    arms, _ = study()
    found = compare_arms(arms, every_pair=True, resamples=50)
    assert found.curves.empty
    assert {len(line.matched) for line in found.lines} == {0}


def test_what_a_machine_measured_is_in_no_number_that_a_package_checks():
    told = compared().to_dict()
    assert told["curves"]
    assert not any("seconds" in name for place in told["curves"] for name in place)


def test_a_place_that_serves_several_rows_is_read_for_each_of_them():
    arms, record = study()
    twice = pd.concat(
        [arms, arms.assign(row_id=arms["row_id"] + "-g2", generator="g2")], ignore_index=True
    )
    found = compare_arms(twice, every_pair=True, resamples=50, record=record)
    assert found.n_pairs == 2
    pd.testing.assert_frame_equal(
        found.curves.drop(columns="work"), compared().curves.drop(columns="work")
    )


def test_curves_weigh_pairs_alike_whatever_their_size():
    arms, record = study()
    arms.loc[arms["row_id"] == "s1-003", "dataset"] = "medqa"
    found = compare_arms(arms, every_pair=True, resamples=50, record=record)
    ends = found.curves[found.curves["end"].astype(bool)].set_index("arm")
    assert ends.loc["cgr", "accuracy"] == pytest.approx((1.0 + 0.0) / 2)
