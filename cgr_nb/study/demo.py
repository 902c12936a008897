"""The bundled studies: nine miniature item sets, tiny solvers and a tiny generator."""

from __future__ import annotations

from dataclasses import replace

from cgr_nb.arms.direct import DirectSetting
from cgr_nb.sandbox import Level
from cgr_nb.study.config import (
    BUNDLED,
    Decoding,
    ItemSource,
    ModelChoice,
    RunOptions,
    StudyConfig,
)

__all__ = ["TINY_SOLVERS", "demo_config", "full_config"]


TINY_SOLVERS = (
    "tiny-solver",
    "tiny-solver-xs",
    "tiny-solver-s",
    "tiny-solver-m",
    "tiny-solver-deep",
    "tiny-solver-wide",
)
ALL_ARMS = ("cot", "self_consistency", "foreign_scaffold", "stub_solver", "pal", "readout")


def demo_config(per_dataset: int | None = None, isolation: Level = "strict") -> StudyConfig:
    """The config of `cgr-nb demo`.

    Args:
        per_dataset: Items of each of the nine sets; None takes all.
        isolation: Weakest sandbox level to accept.
    """
    return StudyConfig(
        name="cgr-demo",
        items=ItemSource(files=(f"{BUNDLED}mini-*.jsonl",), per_dataset=per_dataset),
        models=ModelChoice(solvers=("tiny-solver",), generators=("tiny-generator",)),
        arms=ALL_ARMS,
        # The tiny models were taught the re-ask, and their figures are on record with it.
        direct=DirectSetting(max_tokens=16, unreadable="reask"),
        # Near 1 it shows what real generators do: now and then a broken or hard-coded program.
        generator=Decoding(max_tokens=320, temperature=0.9),
        ask=Decoding(max_tokens=24),
        arm={
            "cot": {"decoding": {"max_tokens": 48}},
            "self_consistency": {"decoding": {"max_tokens": 16}},
        },
        run=RunOptions(isolation=isolation),
    )


def full_config(per_dataset: int | None = None, isolation: Level = "strict") -> StudyConfig:
    """The bundled study in the paper's shape: nine item sets, six solvers, one generator.

    Args:
        per_dataset: Items of each of the nine sets; None takes all.
        isolation: Weakest sandbox level to accept.
    """
    config = demo_config(per_dataset, isolation)
    models = replace(config.models, solvers=TINY_SOLVERS)
    return replace(config, name="cgr-study", models=models)
