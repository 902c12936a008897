"""The clustered bootstrap is fast and small on the published shape: as a ratio, in one run."""

from __future__ import annotations

import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from published_shape import RETAINED, shaped_rows

from cgr_nb.analysis.clustered import clustered_intervals
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.pairs import pair_table
from cgr_nb.analysis.stats import DIFFERENCE
from cgr_nb.analysis.strata import strata_of

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from resampling import with_numpy


@pytest.fixture(scope="module")
def published():
    annotated = annotate(shaped_rows())
    kept = annotated[annotated["retained"]]
    pairs = pair_table(annotated)
    return kept, strata_of(kept, pairs, list(DIFFERENCE), {"all": [True] * len(pairs)})


def seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started


def test_the_input_has_the_published_shape(published):
    kept, strata = published
    assert len(kept) == RETAINED
    assert sum(part.member.sum() for part in strata.parts) == 54


def test_a_draw_costs_a_small_part_of_a_plain_loop(published):
    kept, strata = published
    loop = seconds(lambda: with_numpy(kept, 4)) / 4
    ours = seconds(lambda: clustered_intervals(strata, [DIFFERENCE], resamples=1_000)) / 1_000
    assert loop > 20 * ours


def test_ten_thousand_draws_stay_far_below_300_megabytes(published):
    _, strata = published
    tracemalloc.start()
    clustered_intervals(strata, [DIFFERENCE], resamples=10_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6
