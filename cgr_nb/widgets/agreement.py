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
from collections.abc import Iterable, Mapping, Sequence
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
    value = _mean_kappa(shared)
    if value is None:
        return None
    random = np.random.default_rng(0)
    picks = random.integers(0, len(shared), (RESAMPLES, len(shared)))
    found = [kappa for pick in picks if (kappa := _mean_kappa(shared[pick])) is not None]
    low, high = np.percentile(found, [2.5, 97.5])
    return Estimate(value, float(low), float(high), len(shared))


def _mean_kappa(codes: npt.NDArray[np.int64]) -> float | None:
    kappas = [_kappa(codes[:, a], codes[:, b]) for a, b in combinations(range(codes.shape[1]), 2)]
    defined = [kappa for kappa in kappas if kappa is not None]
    return sum(defined) / len(defined) if defined else None


def _kappa(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> float | None:
    """(p_o - p_e) / (1 - p_e), Cohen 1960; None when both only ever use one label."""
    both = (first >= 0) & (second >= 0)
    count = int(both.sum())
    if not count:
        return None
    table = np.bincount(first[both] * len(LABELS) + second[both], minlength=len(LABELS) ** 2)
    shares = table.reshape(len(LABELS), len(LABELS)) / count
    observed = float(np.trace(shares))
    expected = float(shares.sum(axis=1) @ shares.sum(axis=0))
    return (observed - expected) / (1 - expected) if expected < 1 else None


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
    names: Sequence[str] = [
        name for name in ("flagged", "doubtful", "unsuspected") if name in strata.values()
    ]
    random = np.random.default_rng(0)
    hits, judged, draws, sizes = {}, {}, {}, {}
    for name in names:
        labels = [label for id, label in people.items() if strata.get(id) == name]
        hits[name] = labels.count("hard_coded")
        judged[name] = len(labels)
        sizes[name] = sum(1 for stratum in strata.values() if stratum == name)
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
