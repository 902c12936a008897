"""The arms of a study in the order in which they answer, and the ids of all their answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from importlib.metadata import EntryPoint
from typing import Any, cast

from cgr_nb.answer_record import CHANNELS, Control, Role, arm_of, repeat_name
from cgr_nb.arms.cgr import CodeGuided
from cgr_nb.arms.direct import Direct
from cgr_nb.arms.generator_only import GeneratorOnly
from cgr_nb.arms.interface import Arm, ArmPrompt, NoParameters
from cgr_nb.arms.requests import Settings
from cgr_nb.arms.study_arm import BudgetRule, StudyArm
from cgr_nb.arms.unit import Unit
from cgr_nb.errors import ConfigError, did_you_mean
from cgr_nb.records import Item, content_id
from cgr_nb.util.plugins import packages_at_rest, plugins

__all__ = [
    "ArmChoice",
    "ArmControls",
    "Roster",
    "arm_class",
    "arm_names",
    "arm_summaries",
    "channel_summaries",
    "make_arm",
    "parameters_type",
    "register_arm",
    "template_names",
]

_CHANNELS: Mapping[str, type[Any]] = {
    "direct": Direct,
    "cgr": CodeGuided,
    "generator_only": GeneratorOnly,
}
_ROLES: tuple[Role, ...] = ("solver", "generator")
_PARTS = ("summary", "version", "roles", "prompts", "expected", "answer")
"""What every arm must have."""


@dataclass(frozen=True)
class ArmChoice:
    """One arm that a study names."""

    name: str
    kind: str
    parameters: object
    """Of the arm's own type."""
    budget: BudgetRule = field(default_factory=BudgetRule)
    control: tuple[Control, ...] = ()
    """Controls that stand beside it, as arms of their own."""


@dataclass(frozen=True, slots=True)
class ArmControls:
    """What is said of an arm's controls in its table."""

    control: tuple[Control, ...] = ()
    """"stub": its programs with a solver that answers at random; "foreign": all that its generator
    wrote for another item of the dataset."""


def _points() -> Mapping[str, EntryPoint]:
    return plugins("cgr_nb.arms")


_REGISTERED: dict[str, type[Any]] = {}


def register_arm(name: str, arm: type[Any]) -> None:
    """Make an arm known by name in this process: one that is written in a notebook, say. An arm
    that others are to run too is an entry point in group `cgr_nb.arms`.

    Args:
        name: What a study's `arms` call it.
        arm: The class; a later one of the name takes its place.

    Raises:
        ConfigError: The name is that of a channel, or of an arm that is installed.
    """
    if name in _CHANNELS or name in _points():
        raise ConfigError(f"there is an arm {name!r} already", fix="give it another name")
    _REGISTERED[name] = arm


def unregister_arm(name: str) -> None:
    """Take back what `register_arm` made known, if anything of that name."""
    _REGISTERED.pop(name, None)


def arm_names() -> tuple[str, ...]:
    """The arms that there are beside the three channels, in alphabetical order."""
    return tuple(sorted({*_points(), *_REGISTERED}))


@packages_at_rest()
def arm_summaries(kinds: Mapping[str, str] | None = None) -> dict[str, str]:
    """Arm -> what it asks and controls for, in one line; of those that can be loaded here.

    Args:
        kinds: Names that a study gives arms -> which arm each is; told beside the arms that there
            are.
    """
    found = {}
    for name, kind in {**{name: name for name in arm_names()}, **(kinds or {})}.items():
        try:
            found[name] = str(getattr(arm_class(kind), "summary", ""))
        except ConfigError:
            continue
    return found


def channel_summaries() -> dict[str, str]:
    """As `arm_summaries`, of the three channels."""
    return {name: cast(Arm, arm_class(name)).summary for name in CHANNELS}


@packages_at_rest()
def template_names(arms: Iterable[StudyArm] = ()) -> set[str]:
    """Names of the templates that arms ask with: of those that are installed, as far as they can be
    loaded, and of some arms of a study, whose parameters may name others.

    Args:
        arms: Of a study.
    """
    declared: list[Mapping[str, ArmPrompt]] = [arm.prompts for arm in arms]
    for kind in (*CHANNELS, *arm_names()):
        with suppress(ConfigError):
            # Of an arm whose parameters decide it is no mapping yet.
            found = getattr(arm_class(kind), "prompts", None)
            declared += [found] if isinstance(found, Mapping) else []
    pairs = [pair for prompts in declared for pair in prompts.items()]
    return {name for name, _ in pairs} | {prompt.multi for _, prompt in pairs if prompt.multi}


def arm_class(kind: str, where: str = "arms") -> type[Any]:
    """The class of an arm.

    Raises:
        ConfigError: There is no arm of that name, or it can't be loaded.
    """
    if kind in _CHANNELS:
        return _CHANNELS[kind]
    if kind in _REGISTERED:
        return _REGISTERED[kind]
    points = _points()
    if kind not in points:
        raise ConfigError(
            f"there is no arm {kind!r}",
            where=where,
            fix=f"{did_you_mean(kind, arm_names())}; one of your own is an entry point in group"
            " cgr_nb.arms, or given to cgr_nb.arms.register_arm in the process that uses it",
        )
    try:
        return cast(type[Any], points[kind].load())
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"arm {kind!r} can't be loaded: {error}", where=where, fix="fix its package"
        ) from error


class Roster:
    """All arms of one study."""

    @packages_at_rest()
    def __init__(
        self,
        settings: Settings,
        choices: Sequence[ArmChoice],
        channels: Mapping[str, object],
        items: Iterable[Item],
        *,
        has_generator: bool,
        support: Mapping[str, Sequence[Item]] | None = None,
        repeats: int = 1,
    ) -> None:
        """Make the arms.

        Args:
            settings: The study's.
            choices: The arms that it names.
            channels: Parameters of the three channels, which are always there (those that need a
                generator only where there is one).
            items: Its items.
            has_generator: Whether there is a generator.
            support: Dataset -> items set aside.
            repeats: Seeds of each arm that samples.

        Raises:
            ConfigError: An arm is not there, has no such parameter, or needs what the study does
                not have.
        """
        self._settings, self._choices = settings, {one.name: one for one in choices}
        self._channels, self._has_generator = channels, has_generator
        self.support = support or {}
        self.arms: dict[str, StudyArm] = {}
        """By name, in the order in which they answer."""
        self._roles: dict[str, tuple[Role, ...]] = {}
        for name in CHANNELS if has_generator else CHANNELS[:1]:
            self._add(name, ())
        for choice in choices:
            self._add(choice.name, ())
        for choice in choices:
            for control in choice.control:
                arm = self._made(choice.name, 1, control)
                self.arms[arm.name], self._roles[arm.name] = arm, self._roles[choice.name]
        self._repeat(repeats)
        items = tuple(items)
        for arm in self.arms.values():
            arm.look_over(items)

    def roles(self, name: str) -> tuple[Role, ...]:
        """The models that answers of an arm name."""
        return self._roles[name]

    def ids(self, unit: Unit) -> dict[str, str]:
        """Arm -> id of its answer to a unit, in order."""
        found: dict[str, str] = {}
        for name, arm in self.arms.items():
            needed = [found[arm.sources[need]] for need in arm.needs]
            found[name] = arm.answer_id(unit, self._roles[name], needed, self.setup_id(arm, unit))
        return found

    def setup_id(self, arm: StudyArm, unit: Unit) -> str | None:
        """The id of what an arm prepares for the dataset of a unit; None where it prepares
        nothing."""
        if not arm.prepares:
            return None
        roles = tuple(role for role in _ROLES if role in arm.arm.roles)
        cards = [card for role in roles if (card := unit.card(role)) is not None]
        dataset = unit.item.dataset
        support = [item.id for item in self.support.get(dataset, ())]
        shown = [item.id for item in arm.examples(dataset)]
        prefix = arm.prefix(cards, roles, unit.multi)
        return content_id("setup", prefix, dataset, support, *([shown] if shown else ()))

    def _add(self, name: str, asked_by: tuple[str, ...]) -> None:
        """An arm, behind those that it needs."""
        if name in self.arms:
            return
        if name in asked_by:
            raise ConfigError(
                f"arms need each other: {' needs '.join((*asked_by, name))}", where="arms"
            )
        arm = self._made(name, 1)
        for need in arm.needs:
            self._add(need, (*asked_by, name))
        own = set(arm.arm.roles).union(*(self._roles[need] for need in arm.needs))
        roles = tuple(role for role in _ROLES if role in own)
        if "generator" in roles and not self._has_generator:
            fix = "name a generator in models.generators, or leave it out"
            if "k" in _names(arm.parameters):
                fix = f"give [arm.{name}] its k, or name a generator in models.generators"
            raise ConfigError(
                f"arm {name!r} needs a generator, and the study has none", where="arms", fix=fix
            )
        if arm.needs_support and not self.support:
            raise ConfigError(
                f"arm {name!r} needs labelled items of its own",
                where="arms",
                fix="set some aside: [support] per_dataset = 8",
            )
        self._roles[name] = roles
        self.arms[name] = arm

    def _repeat(self, repeats: int) -> None:
        """The arms that sample once more with each further seed, behind all others: where they need
        one that samples, they are given its answer of the same seed."""
        once = dict(self.arms)
        for number in range(2, repeats + 1):
            for name, one in once.items():
                if not one.is_sampled:
                    continue
                arm = self._made(arm_of(name), number, one.control)
                sampled = (need for need in arm.needs if once[need].is_sampled)
                arm.sources |= {need: repeat_name(need, number) for need in sampled}
                self.arms[arm.name], self._roles[arm.name] = arm, self._roles[name]

    def _made(self, name: str, repeat: int, control: Control | None = None) -> StudyArm:
        choice = self._choices.get(name)
        kind = arm_class(choice.kind if choice else name)
        default = parameters_type(kind)()
        parameters = choice.parameters if choice else self._channels.get(name, default)
        arm = make_arm(kind, parameters, name)
        label, budget = (choice.kind, choice.budget) if choice else (name, None)
        return StudyArm(name, label, arm, parameters, self._settings, budget, repeat, control)


def make_arm(kind: type[Any], parameters: object, name: str) -> Arm:
    """An arm of its class.

    Args:
        kind: The class.
        parameters: What it is made with.
        name: What the study calls it.

    Raises:
        ConfigError: It can't be made; an arm's own mistake is one line too, as it may be anyone's.
    """
    where = f"arm.{name}"
    try:
        inspect.signature(kind).bind(parameters)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"class {kind.__name__} of arm {name!r} can't be made with its parameters: {error}",
            where=where,
            fix="give it `def __init__(self, parameters)`, also where it has none",
        ) from error
    try:
        arm = cast(Callable[[object], Arm], kind)(parameters)
    except ConfigError as error:
        raise ConfigError(error.what, where=where, got=error.got, fix=error.fix) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(
            f"arm {name!r} can't be made: {type(error).__name__}: {error}",
            where=where,
            got=repr(parameters),
            fix="change its parameters, or fix its __init__",
        ) from error
    if absent := [part for part in _PARTS if not hasattr(arm, part)]:
        raise ConfigError(
            f"class {kind.__name__} of arm {name!r} has no {', '.join(absent)}",
            where=where,
            fix="give it what `cgr_nb.arms.interface` asks of an arm",
        )
    return arm


def parameters_type(kind: type[Any]) -> type[Any]:
    """The dataclass of an arm's parameters."""
    return cast(type[Any], getattr(kind, "Parameters", NoParameters))


def _names(kind: object) -> list[str]:
    return [field.name for field in fields(cast(Any, kind))] if is_dataclass(kind) else []
