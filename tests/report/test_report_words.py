"""The sentences and numbers of a report, as a reader meets them."""

from __future__ import annotations

import pandas as pd
import pytest
from synthetic_rows import frame, row

from cgr_nb.analysis.bootstrap import pair_bootstrap
from cgr_nb.analysis.frame import ASSISTED_STATUSES, DIRECT_STATUSES
from cgr_nb.analysis.stats import summarise
from cgr_nb.audit.findings import HardCodedShare
from cgr_nb.report.headline import hard_coded_words, headline
from cgr_nb.report.number_text import interval_text, percent, points
from cgr_nb.words import ASSISTED_STATUS_WORDS, DIRECT_STATUS_WORDS


def said(rows, hard_coded=None):
    return headline(summarise(frame(*rows), resamples=100), hard_coded).replace("\u00a0", " ")


def wrong(*channels):
    return {f"{channel}_letter": "B" for channel in channels}


def test_numbers_carry_their_units_and_signs():
    assert percent(0.3811) == "38.1\u00a0%"
    assert percent(None) == "–"
    assert points(28.1) == "+28.1"
    assert points(-3.04) == "−3.0"
    assert points(-0.04) == "0.0"
    assert points(None) == "–"


def test_an_interval_that_is_not_given_says_why_and_one_of_nothing_is_a_dash():
    assert interval_text(pair_bootstrap([])) == "–"
    assert interval_text(pair_bootstrap([1.0])) == "too few pairs (1)"
    assert interval_text(pair_bootstrap([-5.0] * 6)) == "[−5.0, −5.0]"


def solvers(*rows, count=6):
    """The rows of one pair, once for each of several solvers."""
    return [
        {**one, "id": f"{one['id']}-{number}", "solver": f"s{number}"}
        for number in range(count)
        for one in rows
    ]


def test_the_headline_of_a_gain():
    rows = solvers(row(0), row(1, **wrong("direct")))
    assert said(rows, HardCodedShare(2, 0, 40, 3, 50, 31, 0)) == (
        "Assistance raises macro accuracy from 50.0 % to 100.0 %, +50.0 pp (95 % interval +50.0 to "
        "+50.0), over the 6 of 6 pairs with a correct direct answer; 3.0 solver calls an item "
        "against 1.0; 2 of 40 programs (5.0 %) are hard-coded, behind 3 of 50 retained rows (6.0 %) "
        "(31 probed)."
    )


def test_the_headline_of_a_loss_says_lowers():
    rows = solvers(row(0), row(1, **wrong("assisted")))
    assert said(rows).startswith(
        "Assistance lowers macro accuracy from 100.0 % to 50.0 %, −50.0 pp (95 % interval −50.0 to"
    )


def test_the_headline_claims_no_direction_without_an_interval_that_has_one():
    assert said([row(0), row(1, **wrong("assisted"))]).startswith(
        "Macro accuracy is 100.0 % direct and 50.0 % assisted, −50.0 pp (no interval: too few "
        "pairs (1): with fewer than 6, even the range of all their changes would hold the true one "
        "less often than 95 % of the time)"
    )


def test_of_two_pairs_that_moved_alike_no_interval_and_no_direction_is_claimed():
    rows = solvers(row(0), row(1, **wrong("direct")), count=2)
    text = said(rows)
    assert "too few pairs (2)" in text
    assert "95 % interval" not in text
    assert "raises" not in text


def guesses(right, of, assisted, options="ABCD", **changes):
    """One pair of items with gold A: so many direct and so many assisted answers are right."""
    return [
        row(
            number,
            options=options,
            direct_letter="A" if number < right else "B",
            assisted_letter="A" if number < assisted else "B",
            **changes,
        )
        for number in range(of)
    ]


def headline_of(rows):
    return headline(summarise(pd.DataFrame(rows), resamples=100), None).replace("\u00a0", " ")


def test_where_direct_answers_are_guesses_the_gain_is_one_over_chance():
    rows = guesses(11, 40, 30)
    text = headline_of(rows)
    assert text.startswith(
        "Direct answers are not above chance: 27.5 % macro over all 1 pair, +2.5 pp from chance"
    )
    assert "where chance is 25.0 % and always answering A 100.0 %" in text
    assert "; gain over chance of assisted answers: 75.0 %, +50.0 pp from chance" in text
    assert "raises" not in text
    assert summarise(pd.DataFrame(rows), resamples=10).gain == "gain over chance"


def test_where_assisted_answers_are_guesses_too_no_gain_over_chance_is_shown():
    assert "; no gain over chance of assisted answers is shown: 30.0 %" in headline_of(
        guesses(11, 40, 12)
    )


def test_where_no_direct_answer_is_right_the_gain_over_chance_is_told_all_the_same():
    text = headline_of(guesses(0, 40, 30))
    assert text.startswith("No pair has a correct direct answer, so there is no headline")
    assert "gain over chance of assisted answers: 75.0 %" in text


def test_where_direct_answers_are_above_chance_it_is_a_gain_and_chance_stands_beside_it():
    rows = [
        {**one, "id": f"{one['id']}-{number}", "solver": f"s{number}"}
        for number in range(6)
        for one in guesses(24, 40, 32)
    ]
    text = headline_of(rows)
    assert text.startswith("Assistance raises macro accuracy from 60.0 % to 80.0 %")
    assert "there chance is 25.0 % and always answering A 100.0 %" in text
    assert "over chance" not in text


def test_the_headline_of_no_change_says_leaves():
    assert said([row(0)]).startswith("Assistance leaves macro accuracy at 100.0 %")


def test_an_interval_over_zero_is_pointed_out():
    rows = solvers(row(0), row(1, **wrong("direct")), count=3)
    rows += [
        {**one, "solver": f"other {one['solver']}"}
        for one in solvers(row(2), row(3, **wrong("assisted")), count=3)
    ]
    assert "which includes no change" in said(rows)


def test_pairs_at_zero_baseline_are_counted_apart():
    assert "1 pair at zero baseline stands apart" in said(
        [row(0), row(1, solver="s2", **wrong("direct"))]
    )


@pytest.mark.parametrize(
    ("words", "statuses"),
    [(DIRECT_STATUS_WORDS, DIRECT_STATUSES), (ASSISTED_STATUS_WORDS, ASSISTED_STATUSES)],
)
def test_every_status_is_explained(words, statuses):
    assert set(words) == set(statuses)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (
            HardCodedShare(1, 3, 4, 1, 8, 2, 1),
            "1 of 4 programs (25.0 %) is hard-coded, behind 1 of 8 retained rows (12.5 %), "
            "3 more can't be told (2 probed, 1 judged by people)",
        ),
        (
            HardCodedShare(0, 0, 1, 0, 0, 0, 0),
            "0 of 1 program (0.0 %) are hard-coded, behind 0 of 0 retained rows (–) (none probed)",
        ),
    ],
)
def test_what_is_hard_coded_is_told_with_what_it_is_of_and_rests_on(share, words):
    assert hard_coded_words(share).replace("\u00a0", " ") == words


def test_without_programs_the_headline_says_nothing_of_them():
    assert "hard-coded" not in said([row(0)], HardCodedShare(0, 0, 0, 0, 1, 0, 0))
