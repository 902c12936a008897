"""The units of a study: every item with every solver and generator, each with the id of its row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from glob import glob
from pathlib import Path

from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.arms import Roster, Unit, derive_seed
from cgr_nb.arms.roster import template_names
from cgr_nb.errors import ConfigError
from cgr_nb.items import (
    ItemFile,
    ItemSet,
    base_id,
    permuted,
    read_items,
    sample_items,
    source_remarks,
)
from cgr_nb.models import Registry, open_model
from cgr_nb.models.think_budget import tokens_for_thoughts
from cgr_nb.prompts import Template, ask_template, check_folder
from cgr_nb.records import Item, ModelCard, content_id
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.store import Store
from cgr_nb.store.copying import recorded_cards
from cgr_nb.study.config import BUNDLED, StudyConfig
from cgr_nb.study.part import StudyPart
from cgr_nb.study.recorded_generators import recorded_generator
from cgr_nb.study.shard import Shard
from cgr_nb.util.bundled import bundled_folder

__all__ = [
    "StudyInputs",
    "Unit",
    "by_dataset",
    "longest_reply",
    "missing_units",
    "needed_items",
    "needs_role",
    "resolve_inputs",
]


@dataclass(frozen=True)
class StudyInputs:
    """All that a study is made of, read and checked."""

    config: StudyConfig
    items: tuple[Item, ...]
    item_set: ItemSet
    """All rows of the item files, with their rejections; the sample is drawn from its items."""
    solvers: tuple[ModelCard, ...]
    generators: tuple[ModelCard, ...]
    support: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """Dataset -> items set aside for arms that need labels; in no row."""

    @cached_property
    def roster(self) -> Roster:
        """The arms, in the order in which they answer."""
        return Roster(
            self.config,
            self.config.arm_choices(),
            self.config.channels(),
            self.items,
            has_generator=bool(self.generators),
            support=self.support,
            repeats=self.config.repeats,
        )

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the smallest context among the models, less the longest reply."""
        config = self.config
        rooms = [card.context_tokens - config.direct.max_tokens for card in self.solvers]
        rooms += [card.context_tokens - config.generator.max_tokens for card in self.generators]
        return max(min(rooms), 0)

    def remarks(self) -> list[str]:
        """What is to be known of the item files, a line each, with the file's name."""
        found = [
            f"{source.name}: {remark}"
            for source in self.item_set.sources
            for remark in source_remarks(source, self.prompt_tokens)
        ]
        return [*found, *self._orders()]

    def _orders(self) -> list[str]:
        """How many items are asked in one order only, where a study asks for more."""
        if self.config.items.permutations < 2:
            return []
        orders = Counter(base_id(item) for item in self.items)
        lone = sum(count == 1 for count in orders.values())
        what = "items are asked in one order of their options only: their options speak of each"
        return [f"{lone:,} of {len(orders):,} {what} other, or there is one"] if lone else []

    def templates(self) -> dict[tuple[str, str], Template]:
        """(template name, prompt profile) -> template, for all prompts that the models use."""
        found: dict[tuple[str, str], Template] = {}
        for arm in self.roster.arms.values():
            found |= arm.templates({"solver": self.solvers, "generator": self.generators})
        if self.generators:
            for profile in {card.prompts: None for card in self.solvers}:
                if around := ask_template(profile, self.config.prompts_folder):
                    found[around.name, profile] = around
        return found

    def units(self, shard: Shard | None = None) -> Iterator[Unit]:
        """All units, or those of a shard, solver by solver: so that only one solver need be in
        memory at a time."""
        templates = self.templates()
        settings = self.config.settings()
        generators: Sequence[ModelCard | None] = self.generators or (None,)
        items = [item for item in self.items if shard is None or shard.holds(item)]
        for solver in self.solvers:
            around = templates.get(("ask", solver.prompts))
            for item in items:
                for generator in generators:
                    # Everything that could change the row, and nothing else.
                    form = "_multi" if item.multi else ""
                    row_id = content_id(
                        "row",
                        item.id,
                        [_facts(solver), _facts(generator) if generator else None],
                        [EXTRACTION_VERSION, PROTOCOL_VERSION],
                        templates[f"direct{form}", solver.prompts].hash,
                        templates[f"reask{form}", solver.prompts].hash,
                        templates[f"generator{form}", generator.prompts].hash
                        if generator
                        else None,
                        settings,
                        *(["multi"] if item.multi else ()),
                        *([around.hash] if around else ()),
                    )
                    yield Unit(row_id, item, solver, generator, item.multi)


def _facts(card: ModelCard) -> list[object]:
    return [card.name, card.identity, card.context_tokens]


def resolve_inputs(config: StudyConfig, part: StudyPart | None = None) -> StudyInputs:
    """Read the items and look up the models of a config.

    Args:
        config: What to read.
        part: What of it; None: all. Solvers of other shards are left out, solvers that are not
            asked are not opened, and generators that are not asked are as the record has them.

    Raises:
        ConfigError: A pattern matches no file, or no item is left.
        ItemError: A file can't be read at all.
        ModelError: A model is not in the registry.
        PromptError: A file among the study's own templates is none of any arm.
        StoreError: The programs of a part can't be read.
    """
    config.check()
    part = part or StudyPart()
    item_set = read_items(item_sources(config), config.items.adapter, seed=config.seed)
    items, support = _set_aside(config, _with_form(config, item_set.items))
    if config.items.per_dataset is not None:
        items = sample_items(items, config.items.per_dataset, config.seed)
    items = permuted(items, config.items.permutations, config.seed)
    if not items:
        raise ConfigError(
            "no item left to run",
            where="items.files",
            got=", ".join((*config.items.files, *(file.path for file in config.items.file))),
            fix="see `cgr-nb items check` for the reasons",
        )
    registry_path = config.models.registry
    registry = Registry.load(Path(config.base, registry_path) if registry_path else None)
    ours = part.solvers(config)
    longest = {"[direct]": config.direct.max_tokens, "[ask]": config.ask.max_tokens}
    solvers = _models(registry, config.models.solvers, "solver", longest)
    longest = {"[generator]": config.generator.max_tokens}
    generators = _models(registry, config.models.generators, "generator", longest)
    inputs = StudyInputs(
        config=config,
        items=tuple(items),
        item_set=item_set,
        support=support,
        solvers=tuple(
            card if part.phase == "generate" else _opened(card)
            for card in solvers
            if card.name in ours
        ),
        generators=tuple(map(_opened, generators))
        if part.phase != "answer"
        else _recorded(generators, part.programs),
    )
    if config.prompts_folder is not None:
        names = template_names(inputs.roster.arms.values())
        check_folder(config.prompts_folder, names, {card.prompts for card in registry.cards})
    return inputs


def needed_items(inputs: StudyInputs, items: Iterable[Item]) -> list[Item]:
    """Items with those that arms use to answer them, each once.

    Args:
        inputs: The study.
        items: Those that are answered.
    """
    known = {item.id: item for item in inputs.items}
    found: dict[str, Item] = {}
    for item in items:
        found[item.id] = item
        for arm in inputs.roster.arms.values():
            # As they were read: an arm's companions are without gold.
            found |= {one.id: known[one.id] for one in arm.companions(item) if one.id in known}
    return list(found.values())


def missing_units(units: Iterable[tuple[Unit, Mapping[str, str]]], store: Store) -> list[Unit]:
    """Those that the store lacks an answer of: all there is to resuming a study.

    Args:
        units: Each with its answers' ids, by arm.
        store: What is recorded.
    """
    recorded = store.answer_ids()
    return [unit for unit, ids in units if not recorded.issuperset(ids.values())]


def _with_form(config: StudyConfig, items: Sequence[Item]) -> list[Item]:
    """Items with the form of their answer. A dataset is of one form: an item's own gold must not
    say how it is asked."""
    if config.items.multi is None:
        return list(items)
    several = {item.dataset for item in items if item.gold is not None and len(item.gold) > 1}
    return [replace(item, multi=True) if item.dataset in several else item for item in items]


def _set_aside(
    config: StudyConfig, items: Sequence[Item]
) -> tuple[list[Item], dict[str, tuple[Item, ...]]]:
    """The items that are left, and those set aside of each dataset.

    Raises:
        ConfigError: A dataset has too few.
    """
    count = config.support.per_dataset
    if not count:
        return list(items), {}
    # What recurs would show its answer to the item that is left.
    asked = Counter((item.dataset, item.question) for item in items)
    found: dict[str, tuple[Item, ...]] = {}
    for dataset in dict.fromkeys(item.dataset for item in items):
        fit = [
            item
            for item in items
            if item.dataset == dataset and item.gold and asked[dataset, item.question] == 1
        ]
        fit.sort(key=lambda item: _draw_key(config.seed, item))
        if len(fit) <= count:
            raise ConfigError(
                f"dataset {dataset!r} is too small to set items aside",
                where="support.per_dataset",
                got=f"{len(fit)} labelled items whose question does not recur, {count} wanted",
                fix="lower it, or give more items",
            )
        found[dataset] = tuple(replace(item, use="support") for item in fit[:count])
    aside = {item.id for some in found.values() for item in some}
    return [item for item in items if item.id not in aside], found


def by_dataset(seed: int, support: Iterable[Item]) -> dict[str, tuple[Item, ...]]:
    """Items that were set aside, by dataset, in the order in which they were drawn."""
    found: dict[str, list[Item]] = {}
    for item in sorted(support, key=lambda item: _draw_key(seed, item)):
        found.setdefault(item.dataset, []).append(item)
    return {dataset: tuple(items) for dataset, items in found.items()}


def _draw_key(seed: int, item: Item) -> tuple[int, str]:
    # By what a model sees, so that gold does not choose.
    return derive_seed(seed, "support", item.question), item.question


def _models(
    registry: Registry, names: tuple[str, ...], role: str, max_tokens: dict[str, int]
) -> tuple[ModelCard, ...]:
    """Cards of models that can play a role, as the registry has them.

    `max_tokens` is the longest reply by the table of the config that asks for it.
    """
    cards = []
    where, longest = max(max_tokens.items(), key=lambda pair: pair[1])
    for name in names:
        card = needs_role(registry.get(name), role)
        whole = longest + tokens_for_thoughts(card)
        if longest_reply(card, longest) < longest:
            raise ConfigError(
                f"max_tokens leaves no room for a prompt in the context window of '{name}'",
                where=f"models.{role}s",
                got=f"{whole} of {card.context_tokens} tokens",
                fix=f"lower max_tokens of {where}, to {longest_reply(card, longest)} for example",
            )
        cards.append(card)
    return tuple(cards)


def _opened(card: ModelCard) -> ModelCard:
    """The card with the hash of its weights, which rows are keyed by: they are checked, and none is
    loaded."""
    return open_model(card).card


def _recorded(cards: Sequence[ModelCard], folder: Path | None) -> tuple[ModelCard, ...]:
    """Cards of generators as a study has them on record."""
    if not cards:
        return ()
    if folder is None:
        raise ConfigError("phase 'answer' needs the folder with the programs", where="programs")
    recorded = recorded_cards(folder)
    return tuple(recorded_generator(card, recorded, folder) for card in cards)


def needs_role(card: ModelCard, role: str) -> ModelCard:
    """The card of a model that can play a role.

    Raises:
        ConfigError: It can't.
    """
    if role not in card.roles:
        raise ConfigError(
            f"model '{card.name}' is no {role}",
            where=f"models.{role}s",
            got=", ".join(card.roles),
            fix="see `cgr-nb models list` for roles",
        )
    return card


def longest_reply(card: ModelCard, wanted: int) -> int:
    """As many tokens as are wanted of a reply; fewer where a model would have no room for a prompt
    beside them and its thoughts: five eighths of its context, or of what thoughts leave of it."""
    thoughts = tokens_for_thoughts(card)
    if wanted + thoughts < card.context_tokens:
        return wanted
    return max(1, (card.context_tokens - thoughts) * 5 // 8)


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
