"""What the tests of pairs come to, and what stands in a report only where it applies."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from report_figures import report_figures
from synthetic_rows import row, study_rows
from synthetic_study import cards
from test_report_page import Reader, tables_of

from cgr_nb.analysis.mcnemar import mcnemar_exact
from cgr_nb.analysis.stats import summarise
from cgr_nb.report import render_report
from cgr_nb.report.example import Example
from cgr_nb.report.pooled import pair_tests


def gains(items, solvers=1):
    """Pairs of which every item is wrong directly and right with the scaffold."""
    return pd.DataFrame(
        [
            row(n, id=f"{solver}-{n}", solver=f"s{solver}", direct_letter="B", options="ABCD")
            for solver in range(solvers)
            for n in range(items)
        ]
    )


@pytest.mark.parametrize(("items", "too_small"), [(5, 2), (6, 2), (7, 0)])
def test_a_pair_is_too_small_where_all_its_items_gaining_would_not_be_significant(items, too_small):
    found = pair_tests(summarise(gains(items, solvers=2), resamples=10).pairs)
    assert found.too_small == too_small
    assert found.better == (0 if too_small else 2)


def test_the_pooled_test_is_over_the_items_of_all_pairs():
    found = pair_tests(summarise(gains(5, solvers=3), resamples=10).pairs)
    assert (found.items, found.gains) == (15, 15)
    assert found.p_value == mcnemar_exact(15, 0)


def test_pairs_that_can_not_be_significant_are_no_finding():
    text = Reader(render_report(tables_of(gains(5, solvers=2)), resamples=10)).text
    assert "with 5 items or fewer per pair, no pair can reach p < 0.05" in text
    assert "Pooled exact McNemar test over all 10 retained items: 10 gains, 0 losses" in text


def test_replies_that_were_written_before_the_study_took_no_seconds():
    rows = study_rows(per_pair=4)
    tables = tables_of(rows)
    written = str(tables.calls["model"].iloc[0])
    card = replace(cards()[0], name=written, backend="programs")
    page = render_report(replace(tables, models=[card]), resamples=10)
    cells = report_figures(page)["tables"]
    of_calls = {place: cell for place, cell in cells.items() if place.endswith("/ Seconds")}
    shown = {place.split(" / ")[1]: cell for place, cell in of_calls.items()}
    assert shown.pop(written) == "–"
    assert shown
    assert "–" not in shown.values()


def test_an_example_item_stands_at_the_top():
    example = Example("Which?", (("A", "wool"), ("B", "honey")), "tiny", "It is B.", "B", "A")
    text = Reader(render_report(tables_of(gains(5), example=example), resamples=10)).text
    shown = text.index(": It is B. , extracted as B; the correct answer is A.")
    assert shown < text.index("No pair has a correct direct answer")


def test_people_are_named_in_the_audits_only_where_they_judged():
    text = Reader(render_report(tables_of(study_rows(per_pair=4)), resamples=10)).text
    assert "human verdict" not in text
