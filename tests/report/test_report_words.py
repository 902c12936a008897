"""The sentences and numbers of a report, as a reader meets them."""

from __future__ import annotations

import pytest
from synthetic_rows import frame, row

from cgr_nb.analysis.bootstrap import pair_bootstrap
from cgr_nb.analysis.frame import ASSISTED_STATUSES, DIRECT_STATUSES
from cgr_nb.analysis.stats import summarise
from cgr_nb.audit.findings import HardCodedShare
from cgr_nb.report.words import (
    hard_coded_words,
    headline,
    interval_text,
    percent,
    points,
)
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


def test_an_undefined_interval_is_a_dash():
    assert interval_text(pair_bootstrap([1.0])) == "–"
    assert interval_text(pair_bootstrap([-5.0, -5.0])) == "[−5.0, −5.0]"


def test_the_headline_of_a_gain():
    rows = [row(0), row(1, **wrong("direct"))]
    rows += [row(2, solver="s2"), row(3, solver="s2", **wrong("direct"))]
    assert said(rows, HardCodedShare(2, 0, 40, 3, 50, 31, 0)) == (
        "Assistance raises macro accuracy from 50.0 % to 100.0 %, +50.0 pp (95 % interval +50.0 to "
        "+50.0), over the 2 of 2 pairs with a correct direct answer; 3.0 solver calls an item "
        "against 1.0; 2 of 40 programs (5.0 %) are hard-coded, behind 3 of 50 retained rows (6.0 %) "
        "(31 probed)."
    )


def test_the_headline_of_a_loss_says_lowers():
    rows = [row(0), row(1, **wrong("assisted"))]
    rows += [row(2, solver="s2"), row(3, solver="s2", **wrong("assisted"))]
    assert said(rows).startswith(
        "Assistance lowers macro accuracy from 100.0 % to 50.0 %, −50.0 pp (95 % interval −50.0 to"
    )


def test_the_headline_claims_no_direction_without_an_interval_that_has_one():
    assert said([row(0), row(1, **wrong("assisted"))]).startswith(
        "Macro accuracy is 100.0 % direct and 50.0 % assisted, −50.0 pp (one pair, so no interval)"
    )


def test_the_headline_of_no_change_says_leaves():
    assert said([row(0)]).startswith("Assistance leaves macro accuracy at 100.0 %")


def test_an_interval_over_zero_is_pointed_out():
    rows = [row(0), row(1, **wrong("direct")), row(2, solver="s2")]
    rows += [row(3, solver="s2", **wrong("assisted"))]
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
