"""Choosing the best of many arms flatters it; choosing on one half and scoring on the other does
not."""

from __future__ import annotations

import numpy as np
import pytest

from cgr_nb.analysis.best_arm import best_arm
from cgr_nb.analysis.strata import Strata, Stratum

NAMES = tuple(f"arm-{number}" for number in range(10))


def strata_of_answers(*parts):
    """Parts are (arms, items, solvers) of right answers."""
    made = [
        Stratum(np.ones(part.shape[1:]), part.astype(float), np.ones((part.shape[2], 1)))
        for part in parts
    ]
    return Strata(NAMES[: len(parts[0])], ("compared",), tuple(made))


def chosen(strata, **settings):
    accuracy = {
        name: float(np.mean([part.sums[place].mean(axis=0) for part in strata.parts]))
        for place, name in enumerate(strata.values)
    }
    return best_arm(strata, list(strata.values), accuracy, group="compared", **settings)


def test_where_no_arm_is_better_the_other_half_tells_what_all_of_them_reach():
    random = np.random.default_rng(6)
    looks, here, there = [], [], []
    for seed in range(60):
        parts = [random.random((10, 40, 2)) < 0.5 for _ in range(3)]
        found = chosen(strata_of_answers(*parts), splits=100, seed=seed)
        looks.append(found.accuracy)
        here.append(found.where_chosen)
        there.append(found.elsewhere)
    # A mean over studies has a standard error of about 0.005; all arms are right in a half.
    assert np.mean(there) == pytest.approx(0.5, abs=0.02)
    assert np.mean(looks) > 0.53
    assert np.mean(here) > 0.55


def test_an_arm_that_is_better_is_chosen_and_keeps_what_it_has():
    random = np.random.default_rng(7)
    answers = random.random((4, 200, 1)) < np.array([0.4, 0.9, 0.5, 0.5])[:, None, None]
    found = chosen(strata_of_answers(answers), splits=200)
    assert (found.arm, found.chosen["arm-1"]) == ("arm-1", 1.0)
    assert found.elsewhere == pytest.approx(found.accuracy, abs=0.005)
    assert next(iter(found.chosen)) == "arm-1"
    assert sum(found.chosen.values()) == pytest.approx(1.0)


def test_arms_that_tie_share_the_choice():
    answers = np.repeat(np.random.default_rng(8).random((1, 30, 1)) < 0.5, 4, axis=0)
    found = chosen(strata_of_answers(answers), splits=50)
    assert set(found.chosen.values()) == {0.25}
    assert found.arm == "arm-0"


def test_halves_make_up_the_whole_and_solvers_of_an_item_stay_together():
    # One solver has each item right where the other has it wrong: any half is right in a half.
    one = np.random.default_rng(9).random((2, 41, 1)) < 0.5
    answers = np.concatenate([one, ~one], axis=2)
    found = chosen(strata_of_answers(answers), splits=100)
    assert (found.where_chosen, found.elsewhere) == pytest.approx((0.5, 0.5))


def test_the_same_seed_gives_the_same_splits():
    answers = np.random.default_rng(10).random((5, 33, 2)) < 0.5
    first = chosen(strata_of_answers(answers), splits=60, seed=4)
    assert chosen(strata_of_answers(answers), splits=60, seed=4) == first
    assert chosen(strata_of_answers(answers), splits=60, seed=5) != first


def test_one_arm_or_one_item_leaves_nothing_to_choose():
    assert chosen(strata_of_answers(np.ones((1, 9, 1)))) is None
    assert chosen(strata_of_answers(np.ones((3, 1, 1)))) is None
