"""The units of a study: every item with every solver and generator, each with the id of its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path

from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.bundled import bundled_folder
from cgr_nb.errors import ConfigError
from cgr_nb.items import ItemFile, ItemSet, read_items, sample_items, source_remarks
from cgr_nb.models import Registry, open_model
from cgr_nb.models.think_budget import tokens_for_thoughts
from cgr_nb.prompts import Template, load_template
from cgr_nb.records import Item, ModelCard, content_id
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.study.config import BUNDLED, StudyConfig

__all__ = ["Material", "Unit", "gather"]


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

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the smallest context among the models, less the longest reply."""
        config = self.config
        rooms = [card.context_tokens - config.direct.max_tokens for card in self.solvers]
        rooms += [card.context_tokens - config.generator.max_tokens for card in self.generators]
        return max(min(rooms), 0)

    def remarks(self) -> list[str]:
        """What is to be known of the item files, a line each, with the file's name."""
        return [
            f"{source.name}: {remark}"
            for source in self.item_set.sources
            for remark in source_remarks(source, self.prompt_tokens)
        ]

    def templates(self) -> dict[tuple[str, str], Template]:
        """(template name, prompt profile) -> template, for all prompts that the models use."""
        of_solvers, of_generators = ["direct", "reask"], ["generator"]
        of_solvers += ["cot"] if "cot" in self.config.arms else []
        of_generators += ["pal"] if "pal" in self.config.arms else []
        wanted = [(name, card.prompts) for card in self.solvers for name in of_solvers]
        wanted += [(name, card.prompts) for card in self.generators for name in of_generators]
        folder = self.config.prompts_folder
        return {key: load_template(*key, folder=folder) for key in dict.fromkeys(wanted)}

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
                        [_facts(solver), _facts(generator)],
                        [EXTRACTION_VERSION, PROTOCOL_VERSION],
                        templates["direct", solver.prompts].hash,
                        templates["reask", solver.prompts].hash,
                        templates["generator", generator.prompts].hash,
                        settings,
                    )
                    yield Unit(row_id, item, solver, generator)


def _facts(card: ModelCard) -> list[object]:
    return [card.name, card.identity, card.context_tokens]


def gather(config: StudyConfig) -> Material:
    """Read the items and look up the models of a config.

    Raises:
        ConfigError: A pattern matches no file, or no item is left.
        ItemError: A file can't be read at all.
        ModelError: A model is not in the registry.
    """
    config.check()
    item_set = read_items(item_sources(config), config.items.adapter, seed=config.seed)
    items = item_set.items
    if config.items.per_dataset is not None:
        items = sample_items(items, config.items.per_dataset, config.seed)
    if not items:
        raise ConfigError(
            "no item left to run",
            where="items.files",
            got=", ".join((*config.items.files, *(file.path for file in config.items.file))),
            fix="see `cgr-nb items check` for the reasons",
        )
    registry_path = config.models.registry
    registry = Registry.load(Path(config.base, registry_path) if registry_path else None)
    return Material(
        config=config,
        items=tuple(items),
        item_set=item_set,
        solvers=_models(
            registry,
            config.models.solvers,
            "solver",
            {"[direct]": config.direct.max_tokens, "[ask]": config.ask.max_tokens},
        ),
        generators=_models(
            registry,
            config.models.generators,
            "generator",
            {"[generator]": config.generator.max_tokens},
        ),
    )


def _models(
    registry: Registry, names: tuple[str, ...], role: str, max_tokens: dict[str, int]
) -> tuple[ModelCard, ...]:
    """Cards of models that can play a role, with the hashes of their weights.

    `max_tokens` is the longest reply by the table of the config that asks for it.
    """
    cards = []
    where, longest = max(max_tokens.items(), key=lambda pair: pair[1])
    for name in names:
        card = registry.get(name)
        if role not in card.roles:
            raise ConfigError(
                f"model '{name}' is no {role}",
                where=f"models.{role}s",
                got=", ".join(card.roles),
                fix="see `cgr-nb models list` for roles",
            )
        whole = longest + tokens_for_thoughts(card)
        if whole >= card.context_tokens:
            raise ConfigError(
                f"max_tokens leaves no room for a prompt in the context window of '{name}'",
                where=f"models.{role}s",
                got=f"{whole} of {card.context_tokens} tokens",
                fix=f"lower max_tokens of {where}, to {card.context_tokens * 5 // 8} for example",
            )
        # Opening checks the weights and loads none; its card has the hash that rows are keyed by.
        cards.append(open_model(card).card)
    return tuple(cards)


def item_files(config: StudyConfig) -> list[Path]:
    """The item files of a config, patterns resolved, each once, in the order in which they are
    named."""
    return [Path(source.path) for source in item_sources(config)]


def item_sources(config: StudyConfig) -> list[ItemFile]:
    """The item files of a config with what is said about reading each, in the order in which they
    are named; the last table that names a file tells."""
    found: dict[Path, ItemFile] = {}
    for pattern in config.items.files:
        for path in _matches(config, pattern):
            found.setdefault(path, ItemFile(str(path), gold=config.items.gold))
    for table in config.items.file:
        for path in _matches(config, table.path):
            found[path] = replace(table, path=str(path), gold=table.gold or config.items.gold)
    return list(found.values())


def _matches(config: StudyConfig, pattern: str) -> list[Path]:
    named = pattern
    if pattern.startswith(BUNDLED):
        base, pattern = bundled_folder("items"), pattern.removeprefix(BUNDLED)
    else:
        base = Path(config.base)
    # A name that is there is meant as it stands, brackets and all; folders are never patterns.
    literal = (base / pattern).is_file()
    matches = [pattern] if literal else sorted(glob(pattern, root_dir=base, recursive=True))
    if not matches:
        raise ConfigError(
            "no such item file",
            where="items.files",
            got=repr(named),
            fix=f"paths start from {base}",
        )
    return [base / match for match in matches]
