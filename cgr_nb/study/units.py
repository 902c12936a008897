"""The units of a study: every item with every solver and generator, each with the id of its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from cgr_nb.bundled import bundled_folder
from cgr_nb.errors import ConfigError
from cgr_nb.items import ItemSet, read_items, sample_items
from cgr_nb.models import Registry, open_model
from cgr_nb.prompts import Template, load_template
from cgr_nb.records import Item, ModelCard, Sampling, content_id
from cgr_nb.study.config import BUNDLED, Decoding, StudyConfig

__all__ = ["Material", "Unit", "derive_seed", "gather", "sampling"]


def derive_seed(*parts: object) -> int:
    """A 31-bit seed that depends on its parts and nothing else."""
    return int(content_id("seed", *parts)[:8], 16) & 0x7FFFFFFF


def sampling(
    decoding: Decoding,
    seed: int,
    *,
    max_tokens: int | None = None,
    temperature: float | None = None,
    choices: tuple[str, ...] = (),
) -> Sampling:
    """The sampling of one call. Greedy calls all carry seed 0, so that equal prompts share one
    call."""
    warmth = decoding.temperature if temperature is None else temperature
    return Sampling(
        max_tokens=decoding.max_tokens
        if max_tokens is None
        else min(max_tokens, decoding.max_tokens),
        temperature=warmth,
        top_p=decoding.top_p,
        top_k=decoding.top_k,
        min_p=decoding.min_p,
        seed=seed if warmth > 0 else 0,
        choices=choices,
    )


@dataclass(frozen=True, slots=True)
class Unit:
    """One row to be: an item, a solver and a generator."""

    row_id: str
    item: Item
    solver: ModelCard
    generator: ModelCard


@dataclass(frozen=True, slots=True)
class Material:
    """All that a study is made of, read and checked."""

    config: StudyConfig
    items: tuple[Item, ...]
    item_set: ItemSet
    """All rows of the item files, with their rejections; the sample is drawn from its items."""
    solvers: tuple[ModelCard, ...]
    generators: tuple[ModelCard, ...]

    def templates(self) -> dict[tuple[str, str], Template]:
        """(template name, prompt profile) -> template, for all prompts that the models use."""
        wanted = [(name, card.prompts) for card in self.solvers for name in ("direct", "reask")]
        wanted += [("generator", card.prompts) for card in self.generators]
        return {key: load_template(*key) for key in dict.fromkeys(wanted)}

    def units(self) -> Iterator[Unit]:
        """All units, solver by solver: so that only one solver need be in memory at a time."""
        templates = self.templates()
        settings = self.config.settings()
        for solver in self.solvers:
            for item in self.items:
                for generator in self.generators:
                    # Everything that could change the row, and nothing else.
                    row_id = content_id(
                        "row",
                        item.id,
                        [solver.name, solver.identity, generator.name, generator.identity],
                        templates["direct", solver.prompts].hash,
                        templates["reask", solver.prompts].hash,
                        templates["generator", generator.prompts].hash,
                        settings,
                    )
                    yield Unit(row_id, item, solver, generator)


def gather(config: StudyConfig) -> Material:
    """Read the items and look up the models of a config.

    Raises:
        ConfigError: A pattern matches no file, or no item is left.
        ItemError: A file can't be read at all.
        ModelError: A model is not in the registry.
    """
    config.check()
    item_set = read_items(item_files(config), config.items.adapter, seed=config.seed)
    items = item_set.items
    if config.items.per_dataset is not None:
        items = sample_items(items, config.items.per_dataset, config.seed)
    if not items:
        raise ConfigError(
            "no item left to run",
            where="items.files",
            got=", ".join(config.items.files),
            fix="see `cgr-nb items check` for the reasons",
        )
    registry_path = config.models.registry
    registry = Registry.load(Path(config.base, registry_path) if registry_path else None)
    return Material(
        config=config,
        items=tuple(items),
        item_set=item_set,
        # Opening checks the weights and loads none; its card has the hash that rows are keyed by.
        solvers=tuple(open_model(registry.get(name)).card for name in config.models.solvers),
        generators=tuple(open_model(registry.get(name)).card for name in config.models.generators),
    )


def item_files(config: StudyConfig) -> list[Path]:
    """The item files of a config, patterns resolved, each once, in the order in which they are
    named."""
    paths: dict[Path, None] = {}
    for pattern in config.items.files:
        if pattern.startswith(BUNDLED):
            place = str(bundled_folder("items") / pattern.removeprefix(BUNDLED))
        else:
            place = str(Path(config.base, pattern))
        matches = sorted(glob(place, recursive=True)) if glob(place) else []
        if not matches:
            raise ConfigError(
                "no such item file",
                where="items.files",
                got=repr(pattern),
                fix=f"looked at {place}",
            )
        paths.update(dict.fromkeys(map(Path, matches)))
    return list(paths)
