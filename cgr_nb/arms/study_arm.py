"""An arm as one study has it: with its parameters, its budget, its templates, and the ids of its
answers.

The id is made here, of everything that could change an answer, so that no arm can forget a part of
it: name, version, parameters, budget, models, templates, what it is given of other arms, of other
items and of a setup, and the study's settings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Annotated, Any, Literal

from cgr_nb.answer_record import Control, Role, control_name, repeat_name
from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.arms.budget import Budget
from cgr_nb.arms.identity import plain
from cgr_nb.arms.interface import Arm, ArmPrompt, Expected
from cgr_nb.arms.place import without_gold
from cgr_nb.arms.requests import Settings, repeat_settings
from cgr_nb.arms.ring import ring_neighbours
from cgr_nb.arms.unit import Unit
from cgr_nb.errors import ConfigError
from cgr_nb.items import base_id
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import Template, ask_template, load_template
from cgr_nb.records import Item, ModelCard, content_id
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.util.constraints import Between

__all__ = ["BudgetRule", "StudyArm"]


_Amount = Annotated[int, Between(1, 1 << 40)]


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """What an arm may spend on each item; what is left out is not bounded."""

    solver_calls: _Amount | Literal["scaffold"] | None = None
    """A number, or "scaffold": the number of calls that the item's scaffold made (1 if it made
    none).
    """
    generator_calls: _Amount | None = None
    """A number."""
    tokens: _Amount | None = None
    """Prompt and reply tokens of both models."""

    @property
    def needs_scaffold(self) -> bool:
        """Whether it depends on the assisted answer."""
        return self.solver_calls == "scaffold"

    def of(self, scaffold_calls: int) -> Budget:
        """The budget of one item."""
        calls = self.solver_calls
        most = max(1, scaffold_calls) if isinstance(calls, str) else calls
        return Budget(most, self.generator_calls, self.tokens)


class StudyArm:
    """One arm of one study."""

    def __init__(
        self,
        name: str,
        kind: str,
        arm: Arm,
        parameters: object,
        settings: Settings,
        budget: BudgetRule | None = None,
        repeat: int = 1,
        control: Control | None = None,
    ) -> None:
        """Put an arm into a study.

        Args:
            name: Its name there.
            kind: The entry point that it was made by.
            arm: The arm itself.
            parameters: What it was made with.
            settings: The study's.
            budget: What it may spend.
            repeat: Which of its seeds the answers have; 1: the study's.
            control: How its programs are run, where this is a control of the arm.

        Raises:
            ConfigError: It has no such control.
        """
        self.name = repeat_name(control_name(name, control), repeat)
        self.kind, self.arm = kind, arm
        self.control = control
        _check_control(name, arm, control)
        self.parameters = parameters
        self.budget = budget or BudgetRule()
        self.repeat = repeat
        needs = tuple(getattr(arm, "needs", ()))
        if self.budget.needs_scaffold and "cgr" not in needs:
            needs += ("cgr",)
        self.needs: tuple[str, ...] = needs
        self.sources: dict[str, str] = {need: need for need in needs}
        """Arm that it needs -> the one whose answers it is given: of the same seed, where that has
        several."""
        self.prompts: Mapping[str, ArmPrompt] = arm.prompts
        self.settings = repeat_settings(settings, repeat)
        self._prefixes: dict[tuple[str, ...], str] = {}
        self._companions: dict[str, tuple[Item, ...]] = {}
        self._examples: dict[str, tuple[Item, ...]] = {}
        self._forms = {False}

    @property
    def prepares(self) -> bool:
        """Whether something is prepared for each dataset."""
        return hasattr(self.arm, "prepare")

    @property
    def needs_support(self) -> bool:
        """Whether labelled items must be set aside for it."""
        return bool(getattr(self.arm, "needs_support", False))

    @property
    def is_sampled(self) -> bool:
        """Whether another seed may give another answer: it draws replies at a temperature, or has
        programs that are drawn so."""
        arm = self.arm
        if getattr(arm, "sampled", False):
            return True
        warm = "generator" in arm.roles and self.settings.generator.temperature > 0
        return warm or any(how.temperature > 0 for how in _decodings(self.parameters))

    def expected(self, asks: float, support: int = 0) -> Expected:
        """Calls that it is likely to make; a control has the programs of its arm, which stands
        beside it, and a stub asks nobody.

        Args:
            asks: Questions that a scaffold asks.
            support: Items set aside of each dataset.
        """
        found = self.arm.expected(asks)
        if (of_setup := getattr(self.arm, "expected_setup", None)) is not None:
            due: Expected = of_setup(asks, support)
            found = replace(
                found, solver_setup=due.solver_setup, generator_setup=due.generator_setup
            )
        if self.control is None:
            return found
        solver_calls = 0 if self.control == "stub" else found.solver_calls
        return replace(found, generator_calls=0, solver_calls=solver_calls)

    def look_over(self, items: Iterable[Item]) -> None:
        """Learn which items there are: an arm may use others of the dataset, and templates of its
        own for sets of letters."""
        items = tuple(items)
        self._forms = {item.multi for item in items} or {False}
        find = getattr(self.arm, "companions", None)
        if self.control == "foreign":
            find = ring_neighbours
        draw = getattr(self.arm, "examples", None)
        if find is None and draw is None:
            return
        datasets: dict[str, list[Item]] = defaultdict(list)
        there = {item.id for item in items}
        copies = {item.id: base_id(item) for item in items if base_id(item) in there - {item.id}}
        for item in items:
            if item.id not in copies:
                datasets[item.dataset].append(without_gold(item))
        if draw is not None:
            seed = self.settings.seed
            self._examples = {name: tuple(draw(some, seed)) for name, some in datasets.items()}
        if find is None:
            return
        self._companions = {}
        for dataset in datasets.values():
            self._companions |= dict(find(dataset, self.settings.seed))
        # An item in another order is no other item: it is given the others that its original is.
        found = {copy: self._companions.get(base, ()) for copy, base in copies.items()}
        self._companions |= {copy: others for copy, others in found.items() if others}

    def companions(self, item: Item) -> tuple[Item, ...]:
        """The other items that the answer to an item uses."""
        return self._companions.get(item.id, ())

    def examples(self, dataset: str) -> tuple[Item, ...]:
        """The items, without gold, that it is shown while it prepares for a dataset."""
        return self._examples.get(dataset, ())

    def templates(
        self, cards: Mapping[Role, Sequence[ModelCard]]
    ) -> dict[tuple[str, str], Template]:
        """(template name, prompt profile) -> template, for all prompts that the models are shown.

        Args:
            cards: The study's models.
        """
        found: dict[tuple[str, str], Template] = {}
        for multi in sorted(self._forms):
            found |= self._templates(cards, multi)
        return found

    def _templates(
        self, cards: Mapping[Role, Sequence[ModelCard]], multi: bool
    ) -> dict[tuple[str, str], Template]:
        """Those for items of one form."""
        folder = self.settings.prompts_folder
        wanted = {
            ((prompt.multi if multi else None) or name, card.prompts): prompt.fields
            for name, prompt in self.prompts.items()
            for card in cards[prompt.role]
        }
        return {
            (name, profile): load_template(name, profile, folder=folder, fields=fields)
            for (name, profile), fields in wanted.items()
        }

    def answer_id(
        self, unit: Unit, roles: Sequence[Role], needed: Sequence[str], setup: str | None
    ) -> str:
        """The id of its answer, known before it is made.

        Args:
            unit: What it answers.
            roles: The models that have a part in it: its own, and those of the arms it needs.
            needed: Ids of the answers it is given.
            setup: Id of what was prepared for the dataset.
        """
        cards = [unit.card(role) for role in roles]
        companions = [item.id for item in self.companions(unit.item)]
        prefix = self.prefix([card for card in cards if card is not None], roles, unit.multi)
        return content_id("answer", prefix, unit.item.id, list(needed), companions, setup)

    def prefix(self, cards: Sequence[ModelCard], roles: Sequence[Role], multi: bool = False) -> str:
        """What all its answers with some models, to items of one form, have in common."""
        key = (*roles, *(card.name for card in cards), str(multi))
        if key not in self._prefixes:
            given: dict[Role, list[ModelCard]] = {"solver": [], "generator": []}
            for role, card in zip(roles, cards, strict=True):
                given[role].append(card)
            shown = self._templates(given, multi)
            settings = self.settings
            shared: dict[str, Any] = {
                "seed": settings.seed,
                "ask": plain(settings.ask),
                "limits": plain(settings.limits),
            }
            around = [
                found.hash
                for card in given["solver"]
                if (found := ask_template(card.prompts, settings.prompts_folder))
            ]
            if around:
                shared["around asks"] = around
            if "generator" in roles:
                shared["generator"] = plain(settings.generator)
            self._prefixes[key] = content_id(
                "arm",
                [self.name, self.kind, self.arm.version],
                [plain(self.parameters), plain(self.budget)],
                [
                    [role, card.name, card.identity, card.context_tokens]
                    for role, card in zip(roles, cards, strict=True)
                ],
                sorted([name, profile, found.hash] for (name, profile), found in shown.items()),
                [EXTRACTION_VERSION, PROTOCOL_VERSION, *(["multi"] if multi else ())],
                shared,
            )
        return self._prefixes[key]


def _check_control(name: str, arm: Arm, control: Control | None) -> None:
    """Refuse a control that says nothing.

    Raises:
        ConfigError: See there.
    """
    if control is None:
        return
    why = ""
    if "generator" not in arm.roles:
        why = "it runs no program of a generator"
    elif control == "stub" and "solver" not in arm.roles:
        why = "its programs ask no solver"
    elif control == "foreign" and hasattr(arm, "companions"):
        why = "it uses other items already"
    elif control not in getattr(arm, "controls", ("stub", "foreign")):
        why = "its later prompts rest on what it said before, and would be asked by nobody"
    if why:
        raise ConfigError(
            f"arm {name!r} has no control {control!r}: {why}",
            where=f"arm.{name}.control",
            fix="leave it out",
        )


def _decodings(parameters: object) -> list[Decoding]:
    """How an arm's parameters sample."""
    if not is_dataclass(parameters):
        return []
    values = (getattr(parameters, one.name) for one in fields(parameters))
    return [value for value in values if isinstance(value, Decoding)]
