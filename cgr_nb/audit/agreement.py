"""How far people agree with each other, and how far the detector agrees with people.

Kappa is Cohen's, over programs that both raters judged; with more than two raters, the unweighted
mean over pairs of raters. Alpha is Krippendorff's at the nominal level, for any number of raters of
whom none need have judged everything. Intervals of both resample programs (2,000 times, seed 0,
2.5 to 97.5 %).

Programs are judged suspects first, so judged programs are no random sample. Precision and recall
are therefore estimated cell by cell and weighted by how many programs each cell has. A cell is what
the detector says (both audits together: hard-coded or not) within a stratum of the review queue
(what reading alone says: flagged, doubtful, unsuspected), from which programs are drawn at random.
Intervals: 4,000 draws from each cell's Beta(hits + 1/2, misses + 1/2), seed 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cgr_nb.audit.standing import Standing
from cgr_nb.words import VERDICT_WORDS

__all__ = ["LABELS", "Estimate", "cohens_kappa", "detector_quality", "krippendorffs_alpha"]

LABELS = tuple(VERDICT_WORDS)
RESAMPLES = 2_000
DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    """Programs it rests on."""


def cohens_kappa(judged: Standing) -> Estimate | None:
    """Mean pairwise kappa of all raters; None when no two raters share a program, or it is not
    defined."""
    raters = sorted({rater for labels in judged.values() for rater in labels})
    codes = np.array(
        [
            [LABELS.index(labels[r]) if r in labels else -1 for r in raters]
            for labels in judged.values()
        ],
        dtype=np.int64,
    ).reshape(len(judged), len(raters))
    shared = codes[(codes >= 0).sum(axis=1) >= 2]
    if not len(shared):
        return None
    value = float(_mean_kappas(shared, np.ones((1, len(shared))))[0])
    if np.isnan(value):
        return None
    found = _mean_kappas(shared, _resamples(len(shared)))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Estimate(value, float(low), float(high), len(shared))


def krippendorffs_alpha(judged: Standing) -> Estimate | None:
    """Krippendorff's alpha, nominal level, with missing values; None when no program was judged by
    two raters, or all used one label.

    1 - (n - 1) sum_{c != k} o_ck / sum_{c != k} n_c n_k, where a program that m raters judged adds
    to the coincidence o_ck its ordered pairs of labels c and k, divided by m - 1
    (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, sections A to C). A program
    that one rater judged has no pairs, and is left out.

    Args:
        judged: Program -> rater -> label; any labels.
    """
    shared = [list(labels.values()) for labels in judged.values() if len(labels) >= 2]
    if not shared:
        return None
    names = sorted({label for labels in shared for label in labels})
    told = [Counter(labels) for labels in shared]
    counts = np.array([[some[name] for name in names] for some in told], dtype=float)
    value = float(_alphas(counts, np.ones((1, len(counts))))[0])
    if np.isnan(value):
        return None
    low, high = np.nanpercentile(_alphas(counts, _resamples(len(counts))), [2.5, 97.5])
    return Estimate(value, float(low), float(high), len(counts))


def _resamples(size: int) -> npt.NDArray[np.float64]:
    """How often each program is drawn, a line a resample: all tables come from one product."""
    random = np.random.default_rng(0)
    return random.multinomial(size, np.full(size, 1 / size), RESAMPLES).astype(float)


def _alphas(
    counts: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Alpha for each line of weights; NaN where all labels are one.

    Args:
        counts: A line a program: how many raters gave each label.
        weights: A column a program.
    """
    of = counts.sum(axis=1)
    # Ordered pairs of two raters with one label, divided by m - 1; the others are the rest of m.
    same = (counts * (counts - 1)).sum(axis=1) / (of - 1)
    totals = weights @ counts
    n = totals.sum(axis=1)
    differ = weights @ (of - same)
    by_chance = n**2 - (totals**2).sum(axis=1)
    defined = by_chance > 0
    return np.where(defined, 1 - (n - 1) * differ / np.where(defined, by_chance, 1), np.nan)


def _mean_kappas(
    codes: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """For each line of weights the mean of the kappas that are defined; NaN when none is."""
    pairs = combinations(range(codes.shape[1]), 2)
    kappas = np.array([_kappas(codes[:, a], codes[:, b], weights) for a, b in pairs])
    defined = ~np.isnan(kappas)
    counts = defined.sum(axis=0)
    total = np.where(defined, kappas, 0.0).sum(axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def _kappas(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(p_o - p_e) / (1 - p_e), Cohen 1960, for each line of weights; NaN when both raters only
    ever use one label, or share no program."""
    size = len(LABELS)
    both = (first >= 0) & (second >= 0)
    cells = np.eye(size * size)[first[both] * size + second[both]]
    tables = (weights[:, both] @ cells).reshape(len(weights), size, size)
    counts = tables.sum(axis=(1, 2))
    shares = tables / np.maximum(counts, 1)[:, None, None]
    observed = np.trace(shares, axis1=1, axis2=2)
    expected = (shares.sum(axis=2) * shares.sum(axis=1)).sum(axis=1)
    # Sums of shares miss 1 by a rounding.
    defined = (counts > 0) & (expected < 1 - 1e-12)
    return np.where(defined, (observed - expected) / np.where(defined, 1 - expected, 1), np.nan)


def detector_quality(
    strata: Mapping[str, str], flagged: Collection[str], people: Mapping[str, str]
) -> tuple[Estimate | None, Estimate | None]:
    """Precision and recall of a detector, people's "hard_coded" being the truth.

    Args:
        strata: Every program -> the stratum of the review queue that it was drawn from.
        flagged: Programs that the detector calls hard-coded.
        people: Judged program -> the label people agree on.

    Returns:
        Precision and recall. Each is None while some cell (a stratum's flagged programs, or its
        others) that it rests on has no judged program, or when there is nothing to find.
    """
    cells = {id: (stratum, id in flagged) for id, stratum in strata.items()}
    sizes = Counter(cells.values())
    random = np.random.default_rng(0)
    # What people called hard-coded, scaled up from the judged programs of a cell to all of it.
    expected: dict[tuple[str, bool], float] = {}
    draws: dict[tuple[str, bool], npt.NDArray[np.float64]] = {}
    judged: dict[tuple[str, bool], int] = {}
    # The flagged first: precision must not move when other cells appear.
    for cell in sorted(sizes, key=lambda cell: (not cell[1], cell[0])):
        labels = [label for id, label in people.items() if cells.get(id) == cell]
        hits, judged[cell] = labels.count("hard_coded"), len(labels)
        draws[cell] = sizes[cell] * random.beta(hits + 0.5, len(labels) - hits + 0.5, DRAWS)
        if labels:
            expected[cell] = sizes[cell] * hits / len(labels)
    of_flagged = [cell for cell in sizes if cell[1]]
    if not of_flagged or any(not judged[cell] for cell in of_flagged):
        return None, None
    found = sum(expected[cell] for cell in of_flagged)
    found_draws = np.sum([draws[cell] for cell in of_flagged], axis=0)
    size = sum(sizes[cell] for cell in of_flagged)
    n = sum(judged[cell] for cell in of_flagged)
    precision = _estimate(found / size, found_draws / size, n)
    total = sum(expected.values())
    if len(expected) < len(sizes) or not total:
        return precision, None
    spread = found_draws / np.sum(list(draws.values()), axis=0)
    return precision, _estimate(found / total, spread, sum(judged.values()))


def _estimate(value: float, draws: npt.NDArray[np.float64], n: int) -> Estimate:
    low, high = np.percentile(draws, [2.5, 97.5])
    # The interval of a share at 0 or 1 must not leave the share out.
    return Estimate(value, min(value, float(low)), max(value, float(high)), n)
