"""How far people agree with each other, and how far the detector agrees with people.

Kappa is Cohen's, over programs that both raters judged; with more than two raters, the unweighted
mean over pairs of raters; its interval resamples programs (2,000 times, seed 0, 2.5 to 97.5 %).

Programs are judged suspects first, so judged programs are no random sample. Precision and recall
are therefore estimated stratum by stratum (flagged, doubtful, unsuspected: drawn at random within
each) and weighted by how many programs each stratum has. Intervals: 4,000 draws from each stratum's
Beta(hits + 1/2, misses + 1/2), seed 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cgr_nb.records import Verdict

__all__ = ["Estimate", "cohens_kappa", "consensus", "detector_quality", "standing"]

LABELS = ("hard_coded", "fallback_only", "clean", "unsure")
RESAMPLES = 2_000
DRAWS = 4_000

Standing = dict[str, dict[str, str]]
"""Program id -> rater -> label."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    """Programs it rests on."""


def standing(verdicts: Iterable[Verdict]) -> Standing:
    """The verdicts that stand: a rater's last one on each program, those taken back left out.

    Args:
        verdicts: Oldest first. "withdrawn" takes back the rater's last standing verdict on that
            program.
    """
    stacks: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        stack = stacks.setdefault((verdict.program_id, verdict.rater), [])
        if verdict.label != "withdrawn":
            stack.append(verdict.label)
        elif stack:
            stack.pop()
    found: Standing = {}
    for (program_id, rater), stack in stacks.items():
        if stack:
            found.setdefault(program_id, {})[rater] = stack[-1]
    return found


def consensus(labels: Iterable[str]) -> str | None:
    """The label that more raters gave than any other, "unsure" not counted; None on a tie or when
    none is left."""
    counts = Counter(label for label in labels if label != "unsure").most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


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
    random = np.random.default_rng(0)
    # How often each program is drawn, a line a resample: all tables come from one product.
    draws = random.multinomial(len(shared), np.full(len(shared), 1 / len(shared)), RESAMPLES)
    found = _mean_kappas(shared, draws.astype(float))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return Estimate(value, float(low), float(high), len(shared))


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
    strata: Mapping[str, str], people: Mapping[str, str]
) -> tuple[Estimate | None, Estimate | None]:
    """Precision and recall of the detector's "yes", people's "hard_coded" being the truth.

    Args:
        strata: Every program -> "flagged" (the detector says yes), "doubtful" or "unsuspected".
        people: Judged program -> the label people agree on.

    Returns:
        Precision, None before a flagged program is judged; recall, None before some of every
        stratum are.
    """
    sizes = Counter(strata.values())
    names = [name for name in ("flagged", "doubtful", "unsuspected") if sizes[name]]
    random = np.random.default_rng(0)
    hits, judged, draws = {}, {}, {}
    for name in names:
        labels = [label for id, label in people.items() if strata.get(id) == name]
        hits[name] = labels.count("hard_coded")
        judged[name] = len(labels)
        draws[name] = random.beta(hits[name] + 0.5, len(labels) - hits[name] + 0.5, DRAWS)
    if not judged.get("flagged"):
        return None, None
    shares = {name: hits[name] / judged[name] for name in names if judged[name]}
    precision = _estimate(shares["flagged"], draws["flagged"], judged["flagged"])
    total = sum(sizes[name] * shares.get(name, 0.0) for name in names)
    if len(shares) < len(names) or not total:
        return precision, None
    spread = sizes["flagged"] * draws["flagged"] / sum(sizes[name] * draws[name] for name in names)
    found = sizes["flagged"] * shares["flagged"] / total
    return precision, _estimate(found, spread, sum(judged.values()))


def _estimate(value: float, draws: npt.NDArray[np.float64], n: int) -> Estimate:
    low, high = np.percentile(draws, [2.5, 97.5])
    # The interval of a share at 0 or 1 must not leave the share out.
    return Estimate(value, min(value, float(low)), max(value, float(high)), n)
