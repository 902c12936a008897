"""What stands for an arm in a chart, and for its cost: colour, shape, scale and words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from cgr_nb.analysis.palette import CHANNEL_COLOURS

__all__ = [
    "ARM_SHAPES",
    "COST_SCALES",
    "COST_TICK",
    "COST_TITLES",
    "MANY_ARMS",
    "WHO_ANSWERS",
    "WHO_COLOURS",
    "WHO_SHAPES",
    "arm_notes",
    "arm_shape",
    "cost_ticks",
    "who_answers",
]

MANY_ARMS = 12
"""With more, labels would cover each other: they are drawn one line an arm, see `many_arms`."""

WHO_ANSWERS: Mapping[str, tuple[str, ...]] = {
    "solver, from prompts": (
        "direct",
        "readout",
        "scored_direct",
        "scored_ensemble",
        "cot",
        "self_consistency",
        "cot_program",
        "deductive",
        "code_plan",
        "diagram",
    ),
    "solver, through a program": (
        "cgr",
        "foreign_scaffold",
        "consensus",
        "code_t",
        "chain_of_code",
        "think_execute",
        "cogex",
        "cotacs",
    ),
    "no solver": ("generator_only", "pal", "stub_solver", "csv"),
    "other": ("steer", "code_act"),
}
"""Colour of an arm: arms that are not named here are "other"."""

WHO_COLOURS: Mapping[str, str] = {
    "solver, from prompts": CHANNEL_COLOURS["direct"],
    "solver, through a program": CHANNEL_COLOURS["assisted"],
    "no solver": CHANNEL_COLOURS["generator-side"],
    "other": "#a0559b",
}

WHO_SHAPES: Mapping[str, str] = {
    "solver, from prompts": "circle",
    "solver, through a program": "square",
    "no solver": "triangle-up",
    "other": "diamond",
}

ARM_SHAPES: Mapping[str, str] = {
    "direct": "circle",
    "readout": "triangle-left",
    "scored_direct": "M1,0L0.5,0.866L-0.5,0.866L-1,0L-0.5,-0.866L0.5,-0.866Z",
    "scored_ensemble": "M0,-1.3L0.33,-0.33L1.3,0L0.33,0.33L0,1.3L-0.33,0.33L-1.3,0L-0.33,-0.33Z",
    "cot": "diamond",
    "self_consistency": "cross",
    "cgr": "square",
    "foreign_scaffold": "M0,-1L0.588,0.809L-0.951,-0.309L0.951,-0.309L-0.588,0.809Z",
    "generator_only": "triangle-up",
    "pal": "triangle-down",
    "stub_solver": "triangle-right",
    "consensus": "M-1,-1L1,-1L0,0L1,1L-1,1L0,0Z",
    "code_t": "M-1,-1L0,0L1,-1L1,1L0,0L-1,1Z",
    "csv": "M0,-1L1,1L0,0.2L-1,1Z",
    "deductive": "M-1,-0.45L1,-0.45L1,0.45L-1,0.45Z",
    "cot_program": "M0,1L1,-1L0,-0.2L-1,-1Z",
    "chain_of_code": "M-1,-1L0.4,-1L1,0L0.4,1L-1,1L-0.4,0Z",
    "think_execute": "M-1,-1L1,-1L1,-0.4L0.3,-0.4L0.3,1L-0.3,1L-0.3,-0.4L-1,-0.4Z",
    "cogex": "M1,-1L1,-0.4L-0.4,-0.4L-0.4,0.4L1,0.4L1,1L-1,1L-1,-1Z",
    "cotacs": "M-1,-1L0,-0.5L1,-1L1,1L0,0.5L-1,1Z",
    "code_plan": "M-1,-1L-0.4,-1L-0.4,0.4L1,0.4L1,1L-1,1Z",
    "diagram": "M0,1L1,0L0.35,0L0.35,-1L-0.35,-1L-0.35,0L-1,0Z",
    "steer": "M-1,0.2L0,-1L1,0.2L0.4,0.2L0.4,1L-0.4,1L-0.4,0.2Z",
    "code_act": "M-1,-1L1,-1L1,0.4L0,0.4L-0.5,1L-0.5,0.4L-1,0.4Z",
}
"""Vega symbol names, two stars and a hexagon; the three channels have the shapes of `palette`."""

_OTHER_SHAPE = "M-0.8,-1L0.8,1L-0.8,1L0.8,-1Z"

COST_TICK = "datum.value < 1 ? format(datum.value, '.1~g') : format(datum.value, ',d')"
"""A fixed expression; an axis format would round 0.5 to 1."""
COST_TITLES: Mapping[str, str] = {
    "calls": "solver calls per item",
    "tokens": "solver tokens per item",
    "total_tokens": "solver and generator tokens per item",
    "work": "compute per item, GFLOP: 2 × parameters × tokens, solver and generator",
    "seconds": "seconds per item: summed call durations on the machine of the study",
}
COST_SCALES: Mapping[str, float] = {"work": 1e-9}
"""What a cost is multiplied with to be drawn."""


def who_answers(arm: str) -> str:
    """Of `WHO_ANSWERS`, which an arm belongs to."""
    return next((who for who, arms in WHO_ANSWERS.items() if arm in arms), "other")


def arm_shape(arm: str) -> str:
    """Shape of an arm, one for all that are not known."""
    return ARM_SHAPES.get(arm, _OTHER_SHAPE)


def cost_ticks(bend: float, most: float) -> list[float]:
    """0, and those of 1, 2, 5, 10, 20 ... that the scale spreads out."""
    powers = range(math.floor(math.log10(bend)), math.ceil(math.log10(most)) + 1)
    steps = [float(f"{step}e{power}") for power in powers for step in (1, 2, 5)]
    return [0.0, *(step for step in steps if bend <= step <= most)]


def arm_notes(table: pd.DataFrame) -> list[str]:
    """What a mark says when it is pointed at, one text an arm."""
    names = table["arm"].str.replace("_", " ")
    numbers = zip(names, table["accuracy"], table["calls"], table["tokens"], strict=True)
    return [
        f"{name}: {accuracy:.1%}, {calls:.1f} calls and {tokens:,.0f} tokens per item"
        for name, accuracy, calls, tokens in numbers
    ]
