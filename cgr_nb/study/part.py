"""What of a study one run is for: all of it, one phase, one shard.

A study has two phases that ask models. "generate" has generators asked all that arms will want of
them; "answer" has solvers asked, with the programs of an earlier run, so that neither weights nor a
server of a generator need be there. Each can be done alone, where its models are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from cgr_nb.errors import ConfigError, did_you_mean
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.shard import Shard

__all__ = ["PHASES", "Phase", "RunPhase", "StudyPart"]

Phase = Literal["generate", "answer"]
PHASES: tuple[Phase, ...] = get_args(Phase)
RunPhase = Phase | Literal["merge"]
"""What a run may be told to do: "merge" makes the shards of a study the study, and answers what
they left, so it is none of what a single run is for."""


@dataclass(frozen=True, slots=True)
class StudyPart:
    """A part of a study."""

    shard: Shard | None = None
    """The units of one shard; None: all."""
    phase: Phase | None = None
    """None: both, each model asked when it is needed."""
    programs: Path | None = None
    """Phase "answer": folder of the study that has the generators' replies; None: the folder that
    is run."""

    def __post_init__(self) -> None:
        if self.phase is not None and self.phase not in PHASES:
            raise ConfigError(
                "unknown phase", got=repr(self.phase), fix=did_you_mean(self.phase, PHASES)
            )
        if self.phase == "generate" and self.shard is not None:
            raise ConfigError(
                "a shard belongs to a solver, but phase 'generate' uses no solver",
                got=str(self.shard),
                fix="leave the shard out: programs are written once, for all solvers",
            )
        if self.phase != "answer" and self.programs is not None:
            raise ConfigError(
                "a folder of programs is for phase 'answer'",
                got=str(self.programs),
                fix="add phase 'answer', or leave the folder out: generators are asked then",
            )

    def solvers(self, config: StudyConfig) -> tuple[str, ...]:
        """Names of the solvers whose units it is made of.

        Raises:
            ConfigError: The study has no such solver.
        """
        solvers = config.models.solvers
        if self.shard is None:
            return solvers
        if self.shard.solver not in solvers:
            raise ConfigError(
                f"the study has no solver '{self.shard.solver}'",
                where=f"shard {self.shard}",
                fix=did_you_mean(self.shard.solver, solvers),
            )
        return (self.shard.solver,)

    def to_dict(self) -> dict[str, str | float]:
        """What a store keeps of it; empty for all of a study."""
        told = {
            "shard": str(self.shard) if self.shard else None,
            "overlap": (self.shard.overlap or None) if self.shard else None,
            "phase": self.phase,
        }
        return {name: value for name, value in told.items() if value is not None}
