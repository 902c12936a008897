"""Measure how often the 95 % intervals of `cgr_nb.analysis` cover what they speak of.

    python tests/benchmarks/coverage.py               # writes docs/benchmarks/coverage.md; some minutes
    python tests/benchmarks/coverage.py --studies 200 --print   # a quick look, writes nothing

Studies are simulated with a known truth, and each interval is asked whether it holds it. Two kinds:
in one the datasets and solvers are fixed and the items are drawn anew; in the other the datasets
are drawn too. Solvers share items, so an item that is hard is hard for all of them. Everything is
invented; nothing follows about any model.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

# Small matrices: threads would cost more than they bring.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.special import ndtri

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "analysis"), str(Path(__file__).parent)]

from published_shape import ITEMS  # noqa: E402
from simulated_page import filled, main  # noqa: E402

from cgr_nb.analysis.bootstrap import pair_bootstrap  # noqa: E402
from cgr_nb.analysis.clustered import clustered_intervals  # noqa: E402
from cgr_nb.analysis.mcnemar import mcnemar_exact  # noqa: E402
from cgr_nb.analysis.power import detectable, detectable_by_mcnemar, mcnemar_power  # noqa: E402
from cgr_nb.analysis.spread import spread_of  # noqa: E402
from cgr_nb.analysis.strata import Strata, Stratum  # noqa: E402

DIFFERENCE = {"assisted": 1.0, "direct": -1.0}
BAR = (93.5, 96.5)
PAPER = "pair bootstrap (the paper's)"
SHARED = 0.5
"""Share of an answer's chance that is the item's, the same for every solver."""
KEPT = 0.999
"""Share of rows that are retained; the published shape lacks 22 of 20,520."""


Chances = Callable[[np.random.Generator, int, int], tuple[np.ndarray, np.ndarray]]
"""(datasets, solvers) -> direct and assisted chance of a right answer, in that shape."""


@dataclass(frozen=True)
class Shape:
    """A study that is drawn again and again."""

    name: str
    items: tuple[int, ...]
    """Items of each dataset."""
    solvers: int
    chances: Chances
    truth: float | None = None
    """Difference in percentage points over all datasets there could be; None: over the pairs at
    hand."""
    resamples: int = 1_000
    chosen: bool = False
    """Only the main partition counts: pairs with a right direct answer."""
    compared: bool = True
    """The slower intervals, which are only there to compare, are worked out too."""


@dataclass
class Tally:
    """How one interval did."""

    low: int = 0
    """Truth below the interval."""
    high: int = 0
    studies: int = 0
    widths: list[float] = field(default_factory=list)

    def count(self, truth: float, low: float | None, high: float | None) -> None:
        """Add one study."""
        self.studies += 1
        # An interval that is undefined covers nothing.
        self.low += low is None or truth < low - 1e-9
        self.high += high is not None and truth > high + 1e-9
        self.widths.append(math.nan if low is None or high is None else high - low)

    @property
    def coverage(self) -> float:
        """Percent of studies covered."""
        return 100 * (1 - (self.low + self.high) / self.studies)


def usual(
    random: np.random.Generator, datasets: int, solvers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Datasets differ a lot, in level and in what assistance does; solvers differ less."""
    shape = (datasets, solvers)
    direct = random.normal(0.40, 0.15, (datasets, 1)) + random.normal(0, 0.08, shape)
    change = random.normal(0.20, 0.12, (datasets, 1)) + random.normal(0, 0.06, shape)
    return direct.clip(0.05, 0.95), (direct + change).clip(0.05, 0.95)


def alike(
    random: np.random.Generator, datasets: int, solvers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Datasets hardly differ."""
    direct = np.full((datasets, solvers), 0.4)
    return direct, direct + 0.2 + random.normal(0, 0.01, (datasets, 1))


def rare(random: np.random.Generator, datasets: int, solvers: int) -> tuple[np.ndarray, np.ndarray]:
    """Hardly anything is right or changes: counts near zero, skewed."""
    direct = np.full((datasets, solvers), 0.02)
    return direct, direct + 0.01


def weak(random: np.random.Generator, datasets: int, solvers: int) -> tuple[np.ndarray, np.ndarray]:
    """A third of the pairs is near zero baseline, so that chance decides on the main partition."""
    direct, assisted = usual(random, datasets, solvers)
    direct[:, : solvers // 3] = 0.02
    return direct, assisted


def one_in_ten(
    random: np.random.Generator, datasets: int, solvers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Most datasets hardly move and a few move a lot: skewed over datasets."""
    direct = np.full((datasets, solvers), 0.3)
    change = np.where(random.random((datasets, 1)) < 0.15, 0.5, 0.05)
    return direct, direct + change


STUDY = (40,) * 9
SHAPES = (
    Shape("9 datasets x 6 solvers, 40 items each (a study here)", STUDY, 6, usual),
    Shape("published shape: 54 pairs, 20,498 rows", ITEMS, 6, usual, resamples=600, compared=False),
    Shape("9 x 6, 40 items, 2 % right (skewed)", STUDY, 6, rare),
    Shape("9 x 6, 10 items", (10,) * 9, 6, usual),
    Shape("1 x 6, 40 items", (40,), 6, usual),
    Shape("1 x 1, 40 items", (40,), 1, usual),
    Shape("1 x 1, 20 items", (20,), 1, usual),
    Shape("1 x 1, 10 items", (10,), 1, usual),
    Shape("9 x 6, 40 items, main partition", STUDY, 6, usual, chosen=True),
    Shape("9 x 6, 40 items, main partition, a third of pairs at 2 %", STUDY, 6, weak, chosen=True),
)


def over_all(name: str, items: tuple[int, ...], chances: Chances, *, compared: bool) -> Shape:
    """A study whose truth is the difference over all datasets there could be."""
    direct, assisted = chances(np.random.default_rng(1), 400_000, 6)
    truth = 100 * float((assisted - direct).mean())
    return Shape(name, items, 6, chances, truth=truth, compared=compared)


DATASET_SHAPES = (
    over_all("9 x 6, 40 items, datasets differ", STUDY, usual, compared=True),
    over_all("9 x 6, 40 items, datasets hardly differ", STUDY, alike, compared=True),
    over_all("9 x 6, 40 items, large effect in few datasets", STUDY, one_in_ten, compared=False),
    over_all("5 x 6, 40 items, datasets differ", (40,) * 5, usual, compared=False),
    over_all("20 x 6, 40 items, datasets differ", (40,) * 20, usual, compared=False),
)


def simulate(shape: Shape, random: np.random.Generator) -> tuple[Strata, np.ndarray, float]:
    """One study: its rows as matrices, the differences of its pairs (pp), and the truth (pp)."""
    direct, assisted = shape.chances(random, len(shape.items), shape.solvers)
    rows, right = [], []
    for count, before, after in zip(shape.items, direct, assisted, strict=True):
        hard = random.normal(size=(2, count, 1))
        # What makes an item hard with a program is mostly what makes it hard without.
        hard[1] = 0.7 * hard[0] + math.sqrt(1 - 0.49) * hard[1]
        chance = random.normal(size=(2, count, shape.solvers))
        latent = math.sqrt(SHARED) * hard + math.sqrt(1 - SHARED) * chance
        rows.append((random.random((count, shape.solvers)) < KEPT).astype(float))
        right.append((latent[::-1] < ndtri([after, before])[:, None, :]) * rows[-1])
    sizes = np.stack([part.sum(axis=0) for part in rows])
    sums = np.stack([part.sum(axis=1) for part in right])
    chosen = (sizes > 0) & ((sums[:, 1] > 0) | (not shape.chosen))
    found = 100 * ((sums[:, 0] - sums[:, 1]) / np.maximum(sizes, 1))[chosen]
    truth = shape.truth
    if truth is None:
        truth = 100 * float((assisted - direct)[chosen].mean()) if chosen.any() else 0.0
    parts = tuple(
        Stratum(part, answers, here[:, None].astype(float))
        for part, answers, here in zip(rows, right, chosen, strict=True)
    )
    return Strata(("assisted", "direct"), ("main",), parts), found, truth


def rows_apart(strata: Strata) -> tuple[float, float]:
    """The interval of someone who takes every row to be independent (pp)."""
    centre, variance, pairs = 0.0, 0.0, 0
    for part in strata.parts:
        change = part.sums[0] - part.sums[1]
        for column in np.flatnonzero(part.member[:, 0]):
            values = change[part.rows[:, column] > 0, column]
            centre += values.mean()
            variance += values.var(ddof=1) / len(values)
            pairs += 1
    reach = 1.959964 * math.sqrt(variance)
    return 100 * (centre - reach) / pairs, 100 * (centre + reach) / pairs


def plain_percentile(strata: Strata, random: np.random.Generator, resamples: int) -> list[float]:
    """Item-clustered too, but n of n items drawn and the percentiles as they are."""
    total = np.zeros(resamples)
    pairs = 0.0
    for part in strata.parts:
        picks = random.integers(0, part.items, (resamples, part.items))
        picks += part.items * np.arange(resamples)[:, None]
        counts = np.bincount(picks.ravel(), minlength=picks.size).reshape(picks.shape).astype(float)
        sums, there = part.macro_parts(counts)
        total += sums[:, 0, 0] - sums[:, 1, 0]
        pairs = pairs + there[:, 0, 0]
    return [100 * float(end) for end in np.nanquantile(total / pairs, [0.025, 0.975])]


def measure_items(shape: Shape, studies: int) -> list[tuple[str, Tally]]:
    """Items drawn anew, datasets and solvers fixed."""
    random = np.random.default_rng(7)
    tallies = {
        "**clustered: items**": Tally(),
        "items, plain percentile (n of n)": Tally(),
        "rows treated as independent": Tally(),
        PAPER: Tally(),
    }
    for study in range(studies):
        strata, found, truth = simulate(shape, random)
        if not len(found):
            continue  # no pair with a right direct answer: such a study has no headline
        [intervals] = clustered_intervals(
            strata, [DIFFERENCE], resamples=shape.resamples, seed=study
        )
        ends = [
            (intervals["main"].low_pp, intervals["main"].high_pp),
            plain_percentile(strata, random, shape.resamples) if shape.compared else (None, None),
            rows_apart(strata),
            (None, None),
        ]
        if len(found) > 1:
            pairs = pair_bootstrap(found, resamples=shape.resamples, seed=study)
            ends[3] = (pairs.low_pp, pairs.high_pp)
        for tally, (low, high) in zip(tallies.values(), ends, strict=True):
            tally.count(truth, low, high)
    return list(tallies.items())


def measure_datasets(shape: Shape, studies: int) -> list[tuple[str, Tally]]:
    """Datasets drawn anew, and items; solvers fixed."""
    random = np.random.default_rng(8)
    draws = {
        "**clustered: datasets**": "datasets",
        "clustered: datasets, then items": "datasets+items",
        "clustered: items": "items",
    }
    if not shape.compared:
        draws = dict(list(draws.items())[:1])
    tallies = {name: Tally() for name in (*draws, PAPER)}
    for study in range(studies):
        strata, found, truth = simulate(shape, random)
        for name, drawn in draws.items():
            [intervals] = clustered_intervals(
                strata, [DIFFERENCE], drawn=drawn, resamples=shape.resamples, seed=study
            )
            tallies[name].count(truth, intervals["main"].low_pp, intervals["main"].high_pp)
        pairs = pair_bootstrap(found, resamples=shape.resamples, seed=study)
        tallies[PAPER].count(truth, pairs.low_pp, pairs.high_pp)
    return list(tallies.items())


def measure_pairs(studies: int) -> list[tuple[str, Tally]]:
    """The pair bootstrap where its own assumption holds: pairs drawn independently."""
    kinds = {
        "normal": lambda random, pairs: random.normal(28, 30, pairs),
        "skewed (exponential)": lambda random, pairs: random.exponential(28, pairs),
    }
    found = []
    for name, draw in kinds.items():
        for pairs in (54, 20, 9):
            random = np.random.default_rng(pairs)
            tally = Tally()
            for study in range(studies):
                interval = pair_bootstrap(draw(random, pairs), resamples=1_000, seed=study)
                tally.count(28.0, interval.low_pp, interval.high_pp)
            found.append((f"{pairs} independent pairs, {name}", tally))
    return found


def measure_power(studies: int) -> list[tuple[str, float, float, int]]:
    """How often a change of the minimum detectable size is noticed: name, size (pp), %, studies."""

    def moved_by(change: float) -> Chances:
        def chances(
            random: np.random.Generator, datasets: int, solvers: int
        ) -> tuple[np.ndarray, np.ndarray]:
            direct = random.uniform(0.3, 0.5, (datasets, 1)) + np.zeros((datasets, solvers))
            return direct, direct + change

        return chances

    random = np.random.default_rng(9)
    size = 0.0
    for _ in range(4):
        # The error depends a little on the change itself: a few rounds settle both.
        strata = [simulate(Shape("", STUDY, 6, moved_by(size)), random)[0] for _ in range(100)]
        sizes = [detectable(spread_of(one, DIFFERENCE, group="main")) for one in strata]
        size = float(np.mean([one for one in sizes if one is not None]))
    noticed = 0
    for study in range(studies):
        strata, _, _ = simulate(Shape("", STUDY, 6, moved_by(size)), random)
        [intervals] = clustered_intervals(strata, [DIFFERENCE], resamples=1_000, seed=study)
        noticed += (intervals["main"].low_pp or 0) > 0
    found = [("macro difference, 9 x 6, 40 items", 100 * size, 100 * noticed / studies, studies)]
    for rows, against in ((40, 2), (380, 30)):
        change = detectable_by_mcnemar(rows, against)
        loss = against / rows
        flips = random.multinomial(rows, [loss + change, loss, 1 - 2 * loss - change], size=20_000)
        tested = {
            tuple(pair): mcnemar_exact(*pair) for pair in np.unique(flips[:, :2], axis=0).tolist()
        }
        noticed = sum(tested[tuple(pair)] <= 0.05 for pair in flips[:, :2].tolist())
        worked_out = 100 * mcnemar_power(rows, loss + change, loss)
        name = f"one pair, {rows} rows, {against} regressions (analytically: {worked_out:.1f} %)"
        found.append((name, 100 * change, 100 * noticed / 20_000, 20_000))
    return found


def table(title: str, results: list[tuple[str, list[tuple[str, Tally]]]]) -> list[str]:
    """One table of coverage as lines of Markdown."""
    lines = [
        f"| {title} | interval | covered | truth below | truth above | mean width, pp | 95 ± 1.5 |",
        "|---|---|---|---|---|---|---|",
    ]
    for shape, tallies in results:
        for name, tally in tallies:
            if np.isnan(tally.widths).all():
                continue
            within = "yes" if BAR[0] <= tally.coverage <= BAR[1] else "no"
            lines.append(
                f"| {shape} | {name} | {tally.coverage:.1f} % | {100 * tally.low / tally.studies:.1f} %"
                f" | {100 * tally.high / tally.studies:.1f} % | {np.nanmean(tally.widths):.2f} | {within} |"
            )
            shape = ""
    return lines


def report(studies: int) -> str:
    """Everything, as Markdown."""
    started = time.perf_counter()
    # Each shape has its own seed, so how the work is shared changes no number.
    with ProcessPoolExecutor(2) as pool:
        items = [pool.submit(measure_items, shape, studies) for shape in SHAPES]
        datasets = [pool.submit(measure_datasets, shape, studies) for shape in DATASET_SHAPES]
        pairs, power = pool.submit(measure_pairs, studies), pool.submit(measure_power, studies)
        of_items = [(s.name, done.result()) for s, done in zip(SHAPES, items, strict=True)]
        of_sets = [
            (s.name, done.result()) for s, done in zip(DATASET_SHAPES, datasets, strict=True)
        ]
        of_pairs = [(name, [(PAPER, t)]) for name, t in pairs.result()]
        noticed = power.result()
    error = 100 * math.sqrt(0.95 * 0.05 / studies)
    figures = {
        "studies": f"{studies:,}",
        "error": f"{error:.2f}",
        "minutes": f"{(time.perf_counter() - started) / 60:.0f}",
        "items": "\n".join(table("study", of_items)),
        "datasets": "\n".join(table("study", of_sets)),
        "pairs": "\n".join(table("pairs", of_pairs)),
        "power": "\n".join(
            [
                "| test | effect, pp | detected | studies |",
                "|---|---|---|---|",
                *(
                    f"| {name} | {size:.2f} | {share:.1f} % | {n:,} |"
                    for name, size, share, n in noticed
                ),
            ]
        ),
    }
    return filled(__file__, figures)


if __name__ == "__main__":
    main(__file__, __doc__.splitlines()[0], report, studies=2_000)
