"""The dry run: everything about the paper's study that can be said without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cgr_nb.errors import CgrError
from cgr_nb.models.arithmetic import Speed, measure_speed
from cgr_nb.paper.estimate import ASSUMPTIONS, Estimate, estimate
from cgr_nb.paper.material import REGISTRY, Part, all_cards, look
from cgr_nb.paper.setup import config_of, paper_config, usable, write_registry
from cgr_nb.study import Plan, plan_study

__all__ = ["PaperPlan", "plan_paper"]


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """What is here, what is not, and what the study would take."""

    folder: str
    parts: tuple[Part, ...]
    speed: Speed
    per_dataset: int | None
    whole: Estimate
    """With everything that is needed."""
    here: Estimate
    """With what is here."""
    study: Plan | None
    """What a run would do now; None while a set, a solver or a generator lacks."""
    problem: str | None
    """Why a run would not start although all kinds of parts are here."""
    assumptions: tuple[str, ...]

    @property
    def download_bytes(self) -> int:
        """Of what is absent and its size known."""
        return sum(part.bytes or 0 for part in self.parts if not part.present)

    @property
    def absent(self) -> tuple[Part, ...]:
        """What is needed and not here."""
        return tuple(part for part in self.parts if not part.present)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        found = asdict(self)
        found["study"] = self.study.to_dict() if self.study else None
        return {**found, "download_bytes": self.download_bytes}


def plan_paper(
    folder: Path, per_dataset: int | None = None, *, try_models: bool = False
) -> PaperPlan:
    """Look at a folder and count what the study would take there.

    Args:
        folder: Of the study; it need not be there, and nothing is written to it.
        per_dataset: Another sample of each set than the shipped one.
        try_models: Ask each model that is here for one reply, to know its speed. Not done where
            one of them is an endpoint: a dry run uses no network and costs nothing.
    """
    parts = look(folder)
    speed = measure_speed()
    sample = per_dataset or paper_config(folder).items.per_dataset
    taken = usable(parts)
    study, problem = None, None
    if {part.kind for part in taken} == {"dataset", "solver", "generator"}:
        try:
            study = _plan_study(folder, taken, sample, try_models)
        except CgrError as error:
            problem = str(error)
        else:
            speed = speed.set_right(_factors(study, taken, speed))
    return PaperPlan(
        folder=str(folder),
        parts=parts,
        speed=speed,
        per_dataset=sample,
        whole=estimate(parts, sample, speed),
        here=estimate(taken, sample, speed),
        study=study,
        problem=problem,
        assumptions=ASSUMPTIONS,
    )


def _plan_study(
    folder: Path, taken: Sequence[Part], per_dataset: int | None, try_models: bool
) -> Plan:
    """Plan a run of what is here, without writing to its folder."""
    with TemporaryDirectory(prefix="cgr-paper-") as name:
        made = Path(name)
        config = config_of(folder, taken, per_dataset, made)
        cards = all_cards(folder)
        write_registry(made / REGISTRY, cards)
        models = replace(config.models, registry=str(made / REGISTRY))
        names = {part.name for part in taken}
        local = all(card.backend != "openai" for card in cards if card.name in names)
        return plan_study(replace(config, models=models), folder, try_models=try_models and local)


def _factors(study: Plan, parts: Sequence[Part], speed: Speed) -> list[float]:
    """How many times longer each tried model took than its size makes one expect."""
    sizes = {part.name: (part.billions, part.bytes) for part in parts}
    factors = []
    for load in study.loads:
        billions, size = sizes[load.model]
        if load.basis in ("assumed", "file") or not load.seconds or not billions or not size:
            continue
        expected = speed.seconds(billions * 1e9, size, load.prompt_tokens, load.reply_tokens)
        factors.append(load.seconds / expected)
    return factors
