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
from cgr_nb.widgets.results_view import partition_views
from cgr_nb.words import ASSISTED_STATUS_WORDS, DIRECT_STATUS_WORDS


def said(rows, hard_coded=None):
    return " ".join(headline(summarise(frame(*rows), resamples=100), hard_coded)).replace(
        "\u00a0", " "
    )


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
    rows = solvers(row(0), row(1, **wrong("direct")), count=12)
    told = headline(summarise(frame(*rows), resamples=100), HardCodedShare(2, 0, 40, 3, 50, 31, 0))
    assert [sentence.replace("\u00a0", " ") for sentence in told] == [
        "Effect: +50.0 pp (95 % CI +50.0 to +50.0, bootstrap over pairs), from 50.0 % direct to"
        " 100.0 % assisted accuracy (macro mean over the 12 of 12 pairs with non-zero baseline);"
        " 3.0 vs 1.0 solver calls per item.",
        "Generator alone: 100.0 %; assisted minus generator, 0.0 pp.",
        "Regressions: 0 of 12 correct direct answers become wrong, 12 of 12 wrong ones become"
        " correct; no pair has more losses than gains.",
        "Validity: 2 of 40 programs (5.0 %) are hard-coded, behind 3 of 50 retained rows (6.0 %)"
        " (31 tested).",
        "Caveats: few items (2); option order was not varied; no control arm was run.",
    ]


def test_a_loss_is_told_as_a_change_and_as_regressions():
    text = said(solvers(row(0), row(1, **wrong("assisted")), count=12))
    assert text.startswith("Effect: −50.0 pp (95 % CI −50.0 to −50.0, bootstrap over pairs), from")
    assert "Regressions: 12 of 24 correct direct answers become wrong" in text
    assert "12 of 12 pairs have more losses than gains" in text


def test_with_fewer_than_ten_pairs_the_headlines_interval_is_that_over_items():
    rows = solvers(row(0), row(1, **wrong("direct")), row(2), count=9)
    part = summarise(frame(*rows), resamples=100).told
    low, high = part.clustered.low_pp, part.clustered.high_pp
    assert (low, high) != (part.interval.low_pp, part.interval.high_pp)
    text = said(rows)
    assert f"95 % CI {points(low)} to {points(high)}, bootstrap over items" in text
    assert "with 9 pairs, one over pairs would likely be too narrow" in text
    assert "bootstrap over pairs" in said(solvers(row(0), row(1, **wrong("direct")), count=10))


def test_without_an_interval_the_headline_says_why():
    assert "(no interval: too few items (1))" in said([row(0)])


def test_a_solver_that_always_says_one_letter_is_pointed_out():
    golds = "ABCD" * 5
    rows = [row(n, gold=(gold,), direct_letter="C") for n, gold in enumerate(golds)]
    assert "Direct answers are C for 100 % of items; accuracy is that of always answering C." in (
        said(rows)
    )
    rows[0] = {**rows[0], "direct_letter": "A"}
    assert "C for 95 % of items; accuracy is close to that of always answering C." in said(rows)
    mixed = [{**one, "direct_letter": "ABCD"[n % 4]} for n, one in enumerate(rows)]
    assert "of always answering C" not in said(mixed)


def test_constant_answers_that_tie_are_all_named():
    rows = [
        row(n, gold=(gold,), direct_letter="C", options="ABCD") for n, gold in enumerate("AACCDDB")
    ]
    assert "always answering A, C or D scores 28.6 %" in headline_of(rows)


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
    return " ".join(headline(summarise(pd.DataFrame(rows), resamples=100), None)).replace(
        "\u00a0", " "
    )


def test_where_direct_answers_are_guesses_the_gain_is_one_over_chance():
    rows = guesses(11, 40, 30)
    text = headline_of(rows)
    assert "from 27.5 % direct to 75.0 % assisted accuracy (macro mean over 1 pair)" in text
    assert "Chance is 25.0 %, and always answering A scores 100.0 %." in text
    assert "Direct accuracy is not above chance: +2.5 pp (95 % CI" in text
    assert "Gain over chance of assisted answers: +50.0 pp (95 % CI" in text
    assert summarise(pd.DataFrame(rows), resamples=10).gain == "gain over chance"


@pytest.mark.parametrize(("right", "told"), [(50, "non_zero_baseline"), (10, "all")])
def test_the_line_that_the_headline_speaks_of_stands_out_in_the_panel(right, told):
    summary = summarise(pd.DataFrame(guesses(right, 50, 50)), resamples=20)
    assert [fact["term"] for fact in partition_views(summary) if fact["told"]] == [told]


def test_where_assisted_answers_are_guesses_too_no_gain_over_chance_is_shown():
    assert "No significant gain over chance of assisted answers: +5.0 pp" in headline_of(
        guesses(11, 40, 12)
    )


def test_where_no_direct_answer_is_right_the_gain_over_chance_is_told_all_the_same():
    text = headline_of(guesses(0, 40, 30))
    assert text.startswith("No pair has a correct direct answer, so there is no headline")
    assert "Gain over chance of assisted answers: 75.0 %" in text


def test_where_direct_answers_are_above_chance_it_is_a_gain_and_chance_stands_beside_it():
    rows = [
        {**one, "id": f"{one['id']}-{number}", "solver": f"s{number}"}
        for number in range(6)
        for one in guesses(24, 40, 32)
    ]
    text = headline_of(rows)
    assert "(macro mean over the 6 of 6 pairs with non-zero baseline)" in text
    assert "Chance is 25.0 %, and always answering A scores 100.0 %." in text
    assert "over chance" not in text


def test_no_change_is_told_as_zero():
    assert said([row(0)]).startswith("Effect: 0.0 pp (no interval: too few items (1))")


def test_an_interval_over_zero_is_pointed_out():
    rows = solvers(row(0), row(1, **wrong("direct")), count=3)
    rows += [
        {**one, "solver": f"other {one['solver']}"}
        for one in solvers(row(2), row(3, **wrong("assisted")), count=3)
    ]
    assert "; not significant" in said(rows)


def test_pairs_at_zero_baseline_are_counted_apart():
    assert "1 pair at zero baseline is reported separately" in said(
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
            "1 of 4 programs (25.0 %) is hard-coded, behind 1 of 8 retained rows (12.5 %); "
            "3 more are undetermined (2 tested, 1 judged by raters)",
        ),
        (
            HardCodedShare(0, 0, 1, 0, 0, 0, 0),
            "None of 1 program is hard-coded (none tested)",
        ),
        (
            HardCodedShare(0, 0, 30, 0, 30, 30, 0),
            "None of 30 programs is hard-coded (all 30 tested)",
        ),
        (
            HardCodedShare(0, 1, 30, 0, 30, 29, 0),
            "None of 30 programs is shown to be hard-coded; 1 is undetermined (29 tested)",
        ),
    ],
)
def test_what_is_hard_coded_is_told_with_what_it_is_of_and_rests_on(share, words):
    assert hard_coded_words(share).replace("\u00a0", " ") == words


def test_without_programs_the_headline_says_nothing_of_them():
    assert "hard-coded" not in said([row(0)], HardCodedShare(0, 0, 0, 0, 1, 0, 0))
