"""Invented rows in the shape that a study's store returns: deterministic, cheap, with everything in them.

Nine dataset names x solvers, with pairs that gain, pairs that lose, a pair at zero baseline, programs that
fail, replies without a letter, and rows that can't be retained.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

DATASETS = (
    "aime",
    "correctbench",
    "failuresensoriq",
    "medqa",
    "mmlu_pro",
    "openbookqa",
    "physicsqa",
    "supergpqa",
    "time_mqa",
)
LETTERS = "ABCD"


def row(number: int = 0, **changes: object) -> dict[str, object]:
    """One complete row, right in every channel; change what a test is about."""
    return {
        "id": f"row-{number:06d}",
        "item_id": f"item-{number:06d}",
        "dataset": "aime",
        "config": "default",
        "solver": "s1",
        "generator": "g1",
        "gold": ("A",),
        "direct_letter": "A",
        "direct_status": "answered",
        "direct_rule": "answer_line",
        "direct_retries": 0,
        "assisted_letter": "A",
        "assisted_status": "ok",
        "assisted_detail": "",
        "asks": 3,
        "generator_letter": "A",
        "difficulty": "easy",
        "scaffold_id": f"scaffold-{number:06d}",
        "program_id": f"program-{number:06d}",
        "execution_id": f"execution-{number:06d}",
        "direct_call_ids": (f"call-{number:06d}",),
        "ask_call_ids": (),
        "direct_tokens": 100,
        "assisted_tokens": 400,
        "isolation": "strict",
        "error": None,
    } | changes


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    """Rows as a frame with the columns of a row, also when there are none."""
    return pd.DataFrame(list(rows), columns=list(row()))


def study_rows(
    *, solvers: tuple[str, ...] = ("tiny-1", "tiny-2"), per_pair: int = 40, seed: int = 5
) -> pd.DataFrame:
    """A whole study's rows."""
    random = np.random.default_rng(seed)
    made = []
    for d, dataset in enumerate(DATASETS):
        for s, solver in enumerate(solvers):
            base = 0.0 if (d, s) == (0, 0) else 0.15 + 0.06 * d + 0.05 * s
            lift = -0.25 if dataset == "time_mqa" else 0.35 - 0.03 * d
            for i in range(per_pair):
                made.append(_row(len(made), random, dataset, solver, i, base, base + lift))
    return frame(*made)


def _row(
    number: int,
    random: np.random.Generator,
    dataset: str,
    solver: str,
    i: int,
    base: float,
    assisted: float,
) -> dict[str, object]:
    gold = LETTERS[i % 4]
    wrong = LETTERS[(i + 1) % 4]
    direct_status = str(random.choice(["answered", "none", "ambiguous"], p=[0.94, 0.04, 0.02]))
    status = str(
        random.choice(["ok", "exception", "timeout", "no_program"], p=[0.88, 0.07, 0.02, 0.03])
    )
    direct = gold if random.random() < base else wrong
    helped = gold if random.random() < assisted else wrong
    changes: dict[str, object] = {
        "dataset": dataset,
        "solver": solver,
        "item_id": f"{dataset}-{i}",
        "gold": (gold,),
        "direct_letter": direct if direct_status == "answered" else None,
        "direct_status": direct_status,
        "direct_retries": int(random.random() < 0.1),
        "assisted_letter": helped if status == "ok" else None,
        "assisted_status": status,
        "asks": int(random.integers(2, 8)),
        "generator_letter": gold if random.random() < 0.7 else wrong,
        "program_id": None if status == "no_program" else f"program-{dataset}-{i}",
        "scaffold_id": f"scaffold-{dataset}-{i}",
        "execution_id": None if status == "no_program" else f"execution-{number:06d}",
        "direct_tokens": int(random.integers(80, 160)),
        "assisted_tokens": int(random.integers(200, 900)),
    }
    if i == 7:
        changes |= {"direct_status": "error", "direct_letter": None}
        changes |= {"error": "context_overflow: 2,100 tokens do not fit 2,048"}
    if i == 8 and dataset == "physicsqa":
        changes |= {"gold": None}
    return row(number, **changes)
