"""What a comparison of arms rests on beside the answers themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from cgr_nb.analysis.answer_steps import CallSpending, step_table, trails_of
from cgr_nb.analysis.primary import Primary, primary_of
from cgr_nb.analysis.setup_costs import SetupSpent, setup_spendings
from cgr_nb.answer_record import Answer, AnswerSteps, Setup
from cgr_nb.records import ModelCard
from cgr_nb.store.declarations import Declaration
from cgr_nb.store.trails import Trails

__all__ = ["ArmRecord", "arm_record"]


@dataclass(frozen=True)
class ArmRecord:
    """Beside the lines of `arm_frame`: spending on the way, setups, and what was said beforehand.
    Holds no text of a model."""

    steps: pd.DataFrame
    """As `answer_steps.step_table` returns them."""
    setups: tuple[SetupSpent, ...] = ()
    primary: Primary | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Arm -> the kind that the study says it is of, where it is not its own name."""


def arm_record(
    answers: Trails | Iterable[Answer | AnswerSteps],
    setups: Iterable[Setup],
    calls: pd.DataFrame,
    cards: Iterable[ModelCard],
    *,
    support: Mapping[str, int],
    primary: Sequence[str],
    declared: Sequence[Declaration],
    kinds: Mapping[str, str] | None = None,
) -> ArmRecord:
    """Put it together.

    Args:
        answers: That the study is made of.
        setups: On record; those that no answer rests on are left out.
        calls: As `store.frames.call_spending` returns them.
        cards: Of the models.
        support: Dataset -> items set aside.
        primary: The comparisons that `study.toml` names.
        declared: What was named before (see `store.declarations`).
        kinds: Arm -> its kind, of those that `study.toml` gives a name of their own.
    """
    spending = CallSpending(calls, cards)
    trails = answers if isinstance(answers, Trails) else trails_of(answers)
    used = set(trails.setups)
    ours = [setup for setup in setups if setup.id in used]
    return ArmRecord(
        steps=step_table(trails, spending),
        setups=setup_spendings(ours, spending, support),
        primary=primary_of(primary, declared),
        kinds=kinds or {},
    )
