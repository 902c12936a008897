"""A study of what is here: `study.toml`, `models.toml` and `absent.toml` in one folder.

Written again when more has come; what has run stays. A `study.toml` written by hand is never
touched.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cgr_nb.errors import ConfigError
from cgr_nb.items import dataset_sources, write_items
from cgr_nb.models import card_to_toml
from cgr_nb.models.registry import read_registry
from cgr_nb.paper.absent import Absent, write_absent
from cgr_nb.paper.material import REGISTRY, Part, look, read_set, shipped, shipped_cards
from cgr_nb.records import ModelCard
from cgr_nb.study import StudyConfig
from cgr_nb.study.config import WRITTEN
from cgr_nb.util.atomic_write import write_text

__all__ = [
    "absent_from",
    "config_of",
    "paper_config",
    "usable",
    "write_paper_study",
    "write_registry",
]

CONFIG = "study.toml"


def paper_config(folder: Path) -> StudyConfig:
    """The whole study, as if all of it were in a folder."""
    return StudyConfig.from_dict(tomllib.loads(shipped(CONFIG)), where="paper", base=folder)


def usable(parts: Sequence[Part], generators: Sequence[str] = ()) -> list[Part]:
    """The parts that a study can be made of: what is here, with one generator.

    Args:
        parts: As `look` found them.
        generators: Names of the generators to take; none takes the first that is here.
    """
    here = [part for part in parts if part.present and part.kind != "generator"]
    can = [part for part in parts if part.present and part.kind == "generator"]
    return here + ([part for part in can if part.name in generators] if generators else can[:1])


def absent_from(parts: Sequence[Part], taken: Sequence[Part]) -> tuple[Absent, ...]:
    """What the record of absence says: parts that are not taken, and rows that are no items."""
    named = {card.name for card in shipped_cards()}
    absent = []
    for part in parts:
        if part not in taken and (part.kind == "dataset" or part.name in named):
            why = part.why or "another generator is used"
            absent.append(Absent(part.kind, part.name, why, part.get))
        elif part.rejected:
            reasons = ", ".join(f"{reason} {rows}" for reason, rows in part.rejected.items())
            lost = sum(part.rejected.values())
            why = f"{lost} of {lost + part.items} rows are no items: {reasons}"
            absent.append(Absent("rows", part.name, why, ""))
    return tuple(absent)


def write_paper_study(
    folder: Path, generators: Sequence[str] = (), per_dataset: int | None = None
) -> StudyConfig:
    """Make a study of what is here, and put the rest on record.

    Args:
        folder: Where sets and weights lie, and the study will.
        generators: Names of the generators to take; none takes the first that is here.
        per_dataset: Another sample of each set than the shipped one.

    Returns:
        The config as it was written.

    Raises:
        ConfigError: There is no set, no solver or no generator yet (the rest is on record all the
            same), or a study file written by hand is there.
    """
    path = folder / CONFIG
    if path.exists() and not path.read_text("utf-8").startswith(WRITTEN):
        raise ConfigError(
            "there is a study file that was written by hand; it is left unchanged",
            where=str(path),
            fix="move it, or use another folder",
        )
    parts = look(folder)
    for name in generators:
        if not any(part.kind == "generator" and part.name == name for part in parts):
            raise ConfigError(
                f"there is no generator '{name}'",
                where=str(folder / REGISTRY),
                fix="add it there: cgr-nb models add ... --registry models.toml --role generator",
            )
    taken = usable(parts, generators)
    folder.mkdir(parents=True, exist_ok=True)
    _add_cards(folder / REGISTRY)
    write_absent(folder, absent_from(parts, taken))
    for kind in ("dataset", "solver", "generator"):
        if not any(part.kind == kind for part in taken):
            wanted = [part for part in parts if part.kind == kind]
            raise ConfigError(
                f"no {kind} is here yet",
                where=str(folder),
                got=wanted[0].why,
                fix=f"see `cgr-nb paper plan {folder}`; for example: {wanted[0].get}",
            )
    config = config_of(folder, taken, per_dataset)
    write_text(path, config.to_toml())
    return config


def config_of(
    folder: Path, taken: Sequence[Part], per_dataset: int | None, made: Path | None = None
) -> StudyConfig:
    """The config of a study of some parts.

    Args:
        folder: Of the study.
        taken: Its parts.
        per_dataset: Another sample than the shipped one; None keeps that.
        made: Where sets that need their adapter named are written in the plain form; None is
            `items` of the folder.
    """
    whole = paper_config(folder)
    place = made or folder / "items"
    files = [name for part in taken for name in _item_files(part, folder, place, whole.seed)]
    models = replace(
        whole.models,
        solvers=tuple(part.name for part in taken if part.kind == "solver"),
        generators=tuple(part.name for part in taken if part.kind == "generator"),
    )
    items = replace(
        whole.items, files=tuple(files), per_dataset=per_dataset or whole.items.per_dataset
    )
    return replace(whole, items=items, models=models)


def _item_files(part: Part, folder: Path, place: Path, seed: int) -> list[str]:
    """Files of a set as a study names them: from its folder on where they lie in it."""
    if part.kind != "dataset":
        return []
    files = [Path(file) for file in part.files]
    if not part.guessed:
        plain = place / f"{part.name}.jsonl"
        write_items(read_set(dataset_sources()[part.name], tuple(files), seed).items, plain)
        files = [plain]
    return [
        str(file.relative_to(folder) if file.is_relative_to(folder) else file) for file in files
    ]


def write_registry(path: Path, cards: Sequence[ModelCard]) -> None:
    """Write a registry file of these cards."""
    write_text(path, "\n".join(map(card_to_toml, cards)))


def _add_cards(registry: Path) -> None:
    """Put the shipped cards into the folder's registry, behind those that are there."""
    there = {card.name for card in read_registry(registry)} if registry.exists() else set()
    new = [card_to_toml(card) for card in shipped_cards() if card.name not in there]
    if new:
        before = [registry.read_text("utf-8").rstrip() + "\n"] if registry.exists() else []
        write_text(registry, "\n".join([*before, *new]))
