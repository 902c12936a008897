"""Generated rows and arms in the shape of the published study: 54 pairs, 20,498 retained rows.

The shape is public; everything in it is invented: how many items a dataset has, every accuracy, every
cost. Nothing here is a measurement. Deterministic: one seed, one study.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from channel_answers import answer_lines, channel_answers, joined
from synthetic_rows import DATASETS

from cgr_nb.analysis.arm_frame import arm_frame

SOLVERS = tuple(f"solver-{number}" for number in range(1, 7))
ITEMS = (90, 500, 400, 500, 500, 430, 300, 400, 300)
"""Items of each dataset: 3,420, so 20,520 rows of which 22 can't be retained."""
NOT_RETAINED = 22
RETAINED = 20_498
LETTERS = np.array(list("ABCD"))
ARMS = ("cot", "foreign_scaffold", "pal", "readout", "self_consistency", "stub_solver")


def shaped_rows(
    items: tuple[int, ...] = ITEMS,
    *,
    solvers: tuple[str, ...] = SOLVERS,
    unretained: int = NOT_RETAINED,
    seed: int = 20_498,
) -> pd.DataFrame:
    """Rows of a study in which every solver answers every item, and hard items are hard for all."""
    random = np.random.default_rng(seed)
    parts = [
        _dataset(random, name, number, solvers, count)
        for number, (name, count) in enumerate(zip(DATASETS, items, strict=False))
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["id"] = [f"row-{number:06d}" for number in range(len(rows))]
    rows["direct_call_ids"] = [(f"call-{id}",) for id in rows["id"]]
    spoilt = random.choice(len(rows), size=unretained, replace=False)
    failed = rows.index.isin(spoilt[::2])
    rows.loc[failed, ["direct_status", "direct_letter", "error"]] = [
        "error",
        None,
        "context_overflow: 4,100 tokens do not fit 4,096",
    ]
    crashed = rows.index.isin(spoilt[1::2])
    rows.loc[crashed, ["assisted_status", "assisted_letter", "error"]] = [
        "error",
        None,
        "refused: the endpoint closed the connection",
    ]
    return rows


def shaped_answers(rows: pd.DataFrame, *, seed: int = 3) -> pd.DataFrame:
    """What the arms of `ARMS` answered to those rows, as `store.frames.row_answers` gives it."""
    random = np.random.default_rng(seed)
    parts = []
    for place, arm in enumerate(ARMS):
        right = random.random(len(rows)) < 0.30 + 0.06 * place
        gold = rows["gold"].str[0].to_numpy()
        wrong = LETTERS[(np.searchsorted(LETTERS, gold) + 1) % 4]
        letters = np.where(right, gold, wrong).astype(object)
        calls = {"pal": 0, "stub_solver": 0, "cot": 1}.get(arm)
        runs = arm in ("pal", "stub_solver", "foreign_scaffold")
        parts.append(
            answer_lines(
                rows,
                arm,
                letter=letters,
                status="ok" if runs else "answered",
                calls=rows["asks"] if calls is None else calls,
                prompt_tokens=0 if calls == 0 else 300,
                reply_tokens=0 if calls == 0 else 40,
                generator_calls=int(runs),
                generator_tokens=900 if runs else 0,
            )
        )
    answers = joined(parts)
    unread = rows.set_index("id")["direct_status"] != "answered"
    direct = rows.set_index("id")["direct_letter"]
    # The read-out keeps a letter that was read.
    keeps = (answers["arm"] == "readout") & ~answers["row_id"].map(unread)
    answers.loc[keeps, "letter"] = answers.loc[keeps, "row_id"].map(direct)
    return answers


def shaped_arms(rows: pd.DataFrame) -> pd.DataFrame:
    """The arms frame of those rows: their own channels and `shaped_answers`."""
    return arm_frame(rows, joined([channel_answers(rows), shaped_answers(rows)]))


def _dataset(
    random: np.random.Generator, name: str, number: int, solvers: tuple[str, ...], count: int
) -> pd.DataFrame:
    shape = (count, len(solvers))
    skill = 0.12 * np.arange(len(solvers)) - 0.6 + 0.1 * number
    hard = random.normal(size=(count, 1))
    lift = -0.4 if name == "time_mqa" else 1.1 - 0.08 * number
    direct = random.normal(size=shape) < skill - hard
    assisted = random.normal(size=shape) < skill + lift - 0.7 * hard
    believed = random.normal(size=(count, 1)) < 0.9 - 0.5 * hard
    # The weakest solver knows nothing of the first dataset, if that is small enough to stay at zero.
    direct[:, 0] &= number > 0
    read = random.random(shape) < 0.96
    ran = random.choice(
        ["ok", "exception", "timeout", "no_program"], p=[0.9, 0.06, 0.02, 0.02], size=shape
    )
    gold = random.integers(0, 4, size=(count, 1))
    letters = {
        channel: LETTERS[(gold + ~right) % 4].astype(object)
        for channel, right in (("direct", direct), ("assisted", assisted))
    }
    letters["direct"][~read] = None
    letters["assisted"][ran != "ok"] = None
    item = np.array([f"{name}-{place:04d}" for place in range(count)])
    across = lambda column: np.repeat(column, len(solvers))  # noqa: E731 - one value an item
    return pd.DataFrame(
        {
            "item_id": across(item),
            "dataset": name,
            "config": "default",
            "solver": np.tile(np.array(solvers), count),
            "generator": "generator-1",
            "gold": [(letter,) for letter in across(LETTERS[gold[:, 0]])],
            "direct_letter": letters["direct"].ravel(),
            "direct_status": np.where(read, "answered", "none").ravel(),
            "direct_rule": "answer_line",
            "direct_retries": (~read).astype(int).ravel(),
            "assisted_letter": letters["assisted"].ravel(),
            "assisted_status": ran.ravel(),
            "assisted_detail": "",
            "asks": random.integers(2, 8, size=shape).ravel(),
            "generator_letter": across(LETTERS[(gold + ~believed)[:, 0] % 4]),
            "difficulty": "medium",
            "scaffold_id": across(np.char.add("scaffold-", item)),
            "program_id": np.where(
                ran == "no_program", None, across(np.char.add("program-", item)).reshape(shape)
            ).ravel(),
            "execution_id": None,
            "ask_call_ids": [()] * (count * len(solvers)),
            "direct_tokens": random.integers(80, 160, size=shape).ravel(),
            "assisted_tokens": random.integers(200, 900, size=shape).ravel(),
            "isolation": "strict",
            "error": None,
        }
    )
