"""How much votes over scaffolds give with the bundled models: `votes.md` tells what came out.

python tests/benchmarks/votes.py FOLDER     8 items of each of the nine sets, three seeds
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from cgr_nb import Study
from cgr_nb.analysis.arm_frame import arm_frame
from cgr_nb.answer_record import split_repeat
from cgr_nb.study import StudyConfig, demo_config

ITEMS, SEEDS = 8, 3


def config() -> StudyConfig:
    """The demo's models, items and settings, with scaffolds drawn at temperature 1."""
    demo = demo_config(ITEMS, "limits")
    short = {"decoding": {"max_tokens": 16, "temperature": 0.7}}
    return replace(
        demo,
        name="votes",
        generator=replace(demo.generator, temperature=1.0),
        repeats=SEEDS,
        arms=("self_consistency", "matched", "consensus", "code_t"),
        arm={
            "self_consistency": short,
            # As many solver calls as five scaffolds make, rounded.
            "matched": {"kind": "self_consistency", "k": 13, **short},
            "consensus": {"k": 5, "control": ["stub", "foreign"]},
            # The bundled generator was taught no twins.
            "code_t": {"k": 5, "twins": 0, "reordered": 2},
        },
    )


def single(study: Study) -> dict[int, float]:
    """Seed -> share of single scaffolds with the right letter, all five of each item."""
    gold = {item.id: "".join(item.gold or ()) for item in study.store.items()}
    found: dict[int, list[bool]] = {}
    for answer in study.store.answers():
        arm, seed = split_repeat(answer.arm)
        if arm == "consensus":
            right = [letters == gold[answer.item_id] for letters, _ in answer.facts["ballots"]]
            found.setdefault(seed, []).extend(right)
    return {seed: sum(right) / len(right) for seed, right in sorted(found.items())}


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Arm and seed -> accuracy (of all items, each once), and what an item costs."""
    names = frame["arm"].map(split_repeat)
    frame = frame.assign(arm=[arm for arm, _ in names], seed=[seed for _, seed in names])
    costs = ["correct", "calls", "tokens", "generator_calls", "generator_tokens"]
    return frame.groupby(["arm", "seed"])[costs].mean().round(3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the study that is made")
    with Study.run(config(), parser.parse_args().folder, progress=False) as made:
        print(table(arm_frame(made.rows(), made.answers(), every_seed=True)).to_string())
        print({seed: round(share, 3) for seed, share in single(made).items()})
