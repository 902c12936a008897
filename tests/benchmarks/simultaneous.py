"""Measure how often simultaneous 95 % intervals of 12 arms all cover what they speak of.

    python tests/benchmarks/simultaneous.py             # writes docs/benchmarks/simultaneous.md; some minutes
    python tests/benchmarks/simultaneous.py --studies 200 --print   # a quick look, writes nothing

Studies are simulated with a known truth: eleven arms and the reference that they are held against
answer the same items, and an item that is hard is hard for all of them, for some arms more than for
others. A study counts as covered where every one of its eleven intervals holds the true difference.
Everything is invented; nothing follows about any model.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# Small matrices: threads would cost more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.special import ndtri

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from simulated_page import filled, main  # noqa: E402

from cgr_nb.analysis.clustered import clustered_intervals, draw_macros  # noqa: E402
from cgr_nb.analysis.simultaneous import each_level, simultaneous_interval  # noqa: E402
from cgr_nb.analysis.spread import spread_of  # noqa: E402
from cgr_nb.analysis.strata import Strata, Stratum  # noqa: E402

ARMS = 12
NAMES = tuple(f"arm-{number}" for number in range(ARMS))
GROUP = "compared"
BAR = (93.5, 96.5)
SHARED = 0.5
"""Share of an answer's chance that is the item's, the same for every arm and solver."""

Chances = Callable[[np.random.Generator], np.ndarray]
"""Chance of a right answer of each arm; the first is the reference."""


@dataclass(frozen=True)
class Shape:
    """A study that is drawn again and again."""

    name: str
    items: tuple[int, ...]
    """Items of each dataset."""
    solvers: int
    chances: Chances
    resamples: int = 1_000


def alike(random: np.random.Generator) -> np.ndarray:
    """No arm is better."""
    return np.full(ARMS, 0.5)


def apart(random: np.random.Generator) -> np.ndarray:
    """Arms from bad to good."""
    return np.linspace(0.3, 0.8, ARMS)


def high(random: np.random.Generator) -> np.ndarray:
    """Nearly everything is right: few items tell arms apart, and those that do are skewed."""
    return np.full(ARMS, 0.93)


SHAPES = (
    Shape("9 datasets x 2 solvers, 40 items each, all arms equal", (40,) * 9, 2, alike),
    Shape("9 x 2, 40 items, arms from 30 % to 80 % correct", (40,) * 9, 2, apart),
    Shape("9 x 6, 40 items, all arms equal", (40,) * 9, 6, alike, resamples=600),
    Shape("1 x 1, 100 items, all arms equal", (100,), 1, alike),
    Shape("1 x 1, 40 items, all arms equal", (40,), 1, alike),
    Shape("6 x 1, 20 items, 93 % correct", (20,) * 6, 1, high),
)


def simulate(shape: Shape, random: np.random.Generator) -> tuple[Strata, np.ndarray]:
    """One study: its rows as matrices, and the true accuracies of its arms."""
    chances = shape.chances(random)
    bars = ndtri(chances)[:, None, None]
    parts = []
    for count in shape.items:
        hard = random.normal(size=(1, count, 1))
        # Arms are hit by the same hardness to a different degree.
        reach = math.sqrt(SHARED) * np.linspace(0.6, 1.4, ARMS)[random.permutation(ARMS)]
        reach = np.minimum(reach, 0.95)[:, None, None]
        chance = random.normal(size=(ARMS, count, shape.solvers))
        latent = reach * hard + np.sqrt(1 - reach**2) * chance
        right = (latent < bars).astype(float)
        member = np.ones((shape.solvers, 1))
        parts.append(Stratum(np.ones((count, shape.solvers)), right, member))
    return Strata(NAMES, (GROUP,), tuple(parts)), chances


def covered(shape: Shape, random: np.random.Generator, seed: int) -> tuple[bool, bool, float]:
    """One study: whether all simultaneous intervals cover, whether all plain ones do, and how much
    wider the simultaneous ones are."""
    strata, truth = simulate(shape, random)
    macros = draw_macros(strata, drawn="items", resamples=shape.resamples, seed=seed)[:, :, 0]
    contrasts = [{NAMES[0]: 1.0, name: -1.0} for name in NAMES[1:]]
    observed = np.array(
        [np.mean([part.sums[place].mean(axis=0) for part in strata.parts]) for place in range(ARMS)]
    )
    spreads = [spread_of(strata, contrast, group=GROUP) for contrast in contrasts]
    each = each_level(
        macros[:, :1] - macros[:, 1:],
        observed[0] - observed[1:],
        np.array([spread.error for spread in spreads]),
    )
    plain = clustered_intervals(
        strata, contrasts, resamples=shape.resamples, seed=seed, macros=macros[:, :, None]
    )
    together, apart_, wider = True, True, []
    for place, (spread, alone) in enumerate(zip(spreads, plain, strict=True), 1):
        true = 100 * (truth[0] - truth[place])
        joint = simultaneous_interval(
            100 * (observed[0] - observed[place]),
            100 * spread.error,
            spread.df,
            each=each,
            family="all",
            comparisons=ARMS - 1,
        )
        low, high_ = alone[GROUP].low_pp, alone[GROUP].high_pp
        together &= joint.low_pp <= true <= joint.high_pp
        apart_ &= low <= true <= high_
        wider.append((joint.high_pp - joint.low_pp) / (high_ - low))
    return together, apart_, float(np.mean(wider))


def measure(shape: Shape, studies: int) -> tuple[float, float, float]:
    """Percent of studies in which all intervals cover, of those read together and of plain ones,
    and how much wider the former are."""
    random = np.random.default_rng(11)
    found = np.array([covered(shape, random, study) for study in range(studies)], dtype=float)
    together, apart_, wider = found.mean(axis=0)
    return 100 * together, 100 * apart_, wider


def report(studies: int) -> str:
    """Everything, as Markdown."""
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        waiting = [pool.submit(measure, shape, studies) for shape in SHAPES]
        results = [(shape.name, done.result()) for shape, done in zip(SHAPES, waiting, strict=True)]
    lines = [
        "| study | all 11 cover: simultaneous | 95 ± 1.5 | all 11 cover: individual | added width |",
        "|---|---|---|---|---|",
    ]
    for name, (together, apart_, wider) in results:
        within = "yes" if BAR[0] <= together <= BAR[1] else "no"
        # In some study a difference had no width at all.
        by = "–" if math.isnan(wider) else f"{100 * (wider - 1):.0f} %"
        lines.append(f"| {name} | {together:.1f} % | {within} | {apart_:.1f} % | {by} |")
    figures = {
        "studies": f"{studies:,}",
        "error": f"{100 * math.sqrt(0.95 * 0.05 / studies):.2f}",
        "minutes": f"{(time.perf_counter() - started) / 60:.0f}",
        "table": "\n".join(lines),
    }
    return filled(__file__, figures)


if __name__ == "__main__":
    main(__file__, __doc__.splitlines()[0], report, studies=4_000)
