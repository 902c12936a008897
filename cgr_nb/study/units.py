"""The units of a study: every item with every solver and generator, each with the id of its row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.arms import Roster, Unit
from cgr_nb.arms.roster import template_names
from cgr_nb.errors import ConfigError
from cgr_nb.items import ItemSet, base_id, source_remarks
from cgr_nb.models import Registry, open_model
from cgr_nb.models.decoding import Decoding
from cgr_nb.models.think_budget import tokens_for_thoughts
from cgr_nb.prompts import Template, ask_template, check_folder
from cgr_nb.records import Item, ModelCard, content_id
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.store import Store
from cgr_nb.store.copying import recorded_cards
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.part import StudyPart
from cgr_nb.study.recorded_generators import recorded_generator
from cgr_nb.study.shard import Shard
from cgr_nb.study.study_items import read_study_items
from cgr_nb.util.plugins import packages_at_rest

__all__ = [
    "StudyInputs",
    "Unit",
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

    def arm_remarks(self) -> list[str]:
        """Arms of one kind of model whose replies leave no room for a prompt, a line each."""
        cards = {"solver": self.solvers, "generator": self.generators}
        return [
            f"arm.{name}: with {part} = {{ max_tokens = {wanted} }} no prompt fits into the context"
            f" window of {card.name!r} ({card.context_tokens} tokens), so its answers will be"
            f" wrong as overflows; lower it, to {room} for example"
            for name, arm in self.roster.arms.items()
            if len(arm.arm.roles) == 1
            for part, wanted in _longest(arm.parameters).items()
            for card in cards[arm.arm.roles[0]]
            if (room := longest_reply(card, wanted)) < wanted
        ]

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
            if shard is not None and solver.name != shard.solver:
                continue
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


@packages_at_rest()
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
    item_set, items, support = read_study_items(config)
    registry_path = config.models.registry
    registry = Registry.load(Path(config.base, registry_path) if registry_path else None)
    ours = part.solvers(config)
    longest = {"[direct]": config.direct.max_tokens, "[ask]": config.ask.max_tokens}
    solvers = _models(registry, config.models.solvers, "solver", longest)
    longest = {"[generator]": config.generator.max_tokens}
    generators = _models(registry, config.models.generators, "generator", longest)
    inputs = StudyInputs(
        config=config,
        items=items,
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
            # As they were read: what an arm is shown is without gold.
            others = (*arm.companions(item), *arm.examples(item.dataset))
            found |= {one.id: known[one.id] for one in others if one.id in known}
    return list(found.values())


def missing_units(units: Iterable[tuple[Unit, Mapping[str, str]]], store: Store) -> list[Unit]:
    """Those that the store lacks an answer of: all there is to resuming a study.

    Args:
        units: Each with its answers' ids, by arm.
        store: What is recorded.
    """
    recorded = store.answer_ids()
    return [unit for unit, ids in units if not recorded.issuperset(ids.values())]


def _longest(parameters: object) -> dict[str, int]:
    """Parameter of an arm -> the longest reply that it asks for."""
    found = {}
    for name in getattr(type(parameters), "__dataclass_fields__", ()):
        value = getattr(parameters, name)
        if isinstance(value, Decoding):
            found[name] = value.max_tokens
    return found


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
                f"with this max_tokens no prompt fits into the context window of '{name}'",
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
