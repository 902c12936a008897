"""Time the clustered bootstrap on the published shape against a plain loop over the same rows.

    python tests/benchmarks/resampling.py             # prints a table; some seconds

The rows are generated (see `tests/analysis/published_shape.py`). The plain loops do what the
vectorised code does, one draw at a time: with pandas, and with a numpy index for each draw. Times
depend on the machine and on what else runs on it; their ratio much less.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "analysis")]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from published_shape import shaped_arms, shaped_rows  # noqa: E402

from cgr_nb.analysis.arms import compare_arms  # noqa: E402
from cgr_nb.analysis.clustered import clustered_intervals  # noqa: E402
from cgr_nb.analysis.frame import annotate  # noqa: E402
from cgr_nb.analysis.pairs import PAIR_KEY, pair_table  # noqa: E402
from cgr_nb.analysis.stats import DIFFERENCE, summarise  # noqa: E402
from cgr_nb.analysis.strata import strata_of  # noqa: E402

RESAMPLES = 10_000


def with_pandas(kept: pd.DataFrame, resamples: int, seed: int = 0) -> list[float]:
    """Macro differences: draw items, put their rows together, group by pair."""
    random = np.random.default_rng(seed)
    change = kept["assisted_correct"].astype(int) - kept["direct_correct"].astype(int)
    rows = kept[[*PAIR_KEY, "item_id"]].assign(change=change)
    homes = {name: part["item_id"].unique() for name, part in rows.groupby("dataset")}
    by_item = rows.set_index("item_id").sort_index()
    found = []
    for _ in range(resamples):
        drawn = [random.choice(items, len(items) - 1) for items in homes.values()]
        found.append(by_item.loc[np.concatenate(drawn)].groupby(PAIR_KEY)["change"].mean().mean())
    return found


def with_numpy(kept: pd.DataFrame, resamples: int, seed: int = 0) -> list[float]:
    """The same with one array index a draw."""
    random = np.random.default_rng(seed)
    change = kept["assisted_correct"].to_numpy(float) - kept["direct_correct"].to_numpy(float)
    pair = kept.groupby(PAIR_KEY).ngroup().to_numpy()
    lines = [
        [rows.to_numpy() for _, rows in part.groupby("item_id")["line"]]
        for _, part in kept.assign(line=np.arange(len(kept))).groupby("dataset")
    ]
    found = []
    for _ in range(resamples):
        drawn = np.concatenate(
            [items[i] for items in lines for i in random.integers(0, len(items), len(items) - 1)]
        )
        sums = np.bincount(pair[drawn], change[drawn])
        found.append(float((sums / np.bincount(pair[drawn])).mean()))
    return found


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Best wall and processor seconds of three."""
    best = (float("inf"), float("inf"))
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    return best


def measure() -> dict[str, object]:
    """All figures."""
    rows = shaped_rows()
    arms = shaped_arms(rows)
    annotated = annotate(rows)
    kept = annotated[annotated["retained"]]
    pairs = pair_table(annotated)
    strata = strata_of(kept, pairs, list(DIFFERENCE), {"all": [True] * len(pairs)})

    def ours() -> object:
        return clustered_intervals(strata, [DIFFERENCE], resamples=RESAMPLES)

    wall, cpu = timed(ours)
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    figures: dict[str, object] = {
        "rows": len(kept),
        "pairs": len(pairs),
        "resamples": RESAMPLES,
        "clustered_wall_s": wall,
        "clustered_cpu_s": cpu,
        "clustered_peak_mb": peak / 1e6,
    }
    for name, loop, few in (("pandas", with_pandas, 5), ("numpy", with_numpy, 20)):
        _, slow = timed(lambda loop=loop, few=few: loop(kept, few))
        figures[f"{name}_loop_cpu_s"] = slow / few * RESAMPLES
        figures[f"times_{name}"] = slow / few * RESAMPLES / cpu
    figures["summarise_cpu_s"] = timed(lambda: summarise(rows))[1]
    figures["compare_9_arms_cpu_s"] = timed(lambda: compare_arms(arms))[1]
    return figures


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    print(json.dumps(measure(), indent=2))
