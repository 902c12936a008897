"""`study.toml`: what a study is made of. Read, checked and written back; nothing is run here."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import Any

from cgr_nb.arms.direct import Direct, DirectSetting
from cgr_nb.arms.identity import canonical
from cgr_nb.arms.roster import ArmChoice, arm_class, parameters_type
from cgr_nb.arms.study_arm import BudgetRule
from cgr_nb.errors import ConfigError, RequestError, did_you_mean
from cgr_nb.items import ItemFile
from cgr_nb.models.decoding import Decoding
from cgr_nb.models.sampling import check_request
from cgr_nb.records import Message
from cgr_nb.sandbox import Level, Limits
from cgr_nb.study.ranges import check_budget, check_ranges
from cgr_nb.study.tables import build, without_none

__all__ = [
    "BudgetSetting",
    "Decoding",
    "ItemSource",
    "ModelChoice",
    "RunOptions",
    "StudyConfig",
    "SupportItems",
]

BUNDLED = "bundled:"
"""Prefix of item files that come with the package, such as "bundled:mini-aime.jsonl"."""

WRITTEN = "# Written by cgr-nb: the study as it was last run."
"""First line of a study.toml that may be written anew."""


@dataclass(frozen=True, slots=True)
class ItemSource:
    """Which items."""

    files: tuple[str, ...] = ()
    """Item files or glob patterns, relative to the folder of `study.toml`."""
    adapter: str | None = None
    """Adapter for all files; None lets each file be recognised."""
    per_dataset: int | None = None
    """Seeded sample of at most so many items of each dataset; None takes all."""
    gold: str | None = None
    """"none": files state no answers, and need not; None: they must."""
    multi: str | None = None
    """"exact": items of datasets in which some item has several right options are asked for the set
    of right options, and scored by the exact set; None: such items are asked for one letter and are
    not counted."""
    file: tuple[ItemFile, ...] = ()
    """`[[items.file]]` tables: files, with what is said about reading each. A file that `files`
    names too is read once, as its table says."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which models, by registry name."""

    solvers: tuple[str, ...] = ()
    generators: tuple[str, ...] = ()
    registry: str | None = None
    """A registry file of your own, read besides the bundled one; relative to `study.toml`."""


@dataclass(frozen=True, slots=True)
class SupportItems:
    """Labelled items that are set aside for arms that need some: taken out before the sample, in no
    row of the study, the same for all arms."""

    per_dataset: int = 0
    """So many of each dataset, drawn by seed from those with gold; 0: none."""


@dataclass(frozen=True, slots=True)
class BudgetSetting:
    """What each arm beside the three channels may spend on an item; what is left out is not
    bounded."""

    solver_calls: int | str | None = None
    """A number, or "scaffold": as many as the item's scaffold made calls, 1 where it made none."""
    generator_calls: int | None = None
    tokens: int | None = None
    """Prompt and reply tokens of both models."""

    def rule(self) -> BudgetRule:
        """As arms have it."""
        return BudgetRule(self.solver_calls, self.generator_calls, self.tokens)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How the study runs. None of it changes an answer of a finished row."""

    concurrency: int = 16
    """Units in flight at once; most of them wait for the solver."""
    model_memory_mb: int = 0
    """What all loaded models may take together, weights and contexts, in MiB; 0 is what the machine
    offers (see `cgr_nb.models.machine.model_memory`). A workbench of the study sets it for all
    panels of its kernel."""
    program_memory_mb: int = 0
    """What all programs that exist at once may take together, each counted with
    `limits.memory_mb` and a little more, in MiB; the others wait for room. 0 is two fifths of what
    the machine, or the container, has (see `cgr_nb.sandbox.memory`)."""
    trace: bool = True
    """Keep the steps of every execution."""
    max_failures: int = 20
    """Calls of one model in a row that may fail, each after all its retries, before the run stops.
    Fewer are left to the next run, and the other units go on."""
    isolation: Level = "strict"
    """Weakest sandbox level to accept: "strict", "partial" or "limits"."""


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """A whole study, as `study.toml` says it."""

    name: str = "study"
    seed: int = 0
    """The one seed from which all others are derived."""
    items: ItemSource = field(default_factory=ItemSource)
    models: ModelChoice = field(default_factory=ModelChoice)
    direct: DirectSetting = field(default_factory=DirectSetting)
    generator: Decoding = field(default_factory=lambda: Decoding(max_tokens=1024, temperature=0.7))
    ask: Decoding = field(default_factory=lambda: Decoding(max_tokens=64))
    arms: tuple[str, ...] = ()
    """Other ways to answer every row, beside direct and assisted: see `cgr_nb.arms`."""
    arm: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """`[arm.<name>]`: parameters of an arm by its name in `arms`; `kind` says which arm it is where
    the name is another, so that one can stand there twice; `budget` overrides `[budget]`."""
    budget: BudgetSetting = field(default_factory=BudgetSetting)
    support: SupportItems = field(default_factory=SupportItems)
    prompts: str | None = None
    """A folder of your own templates, `<profile>/<name>@<version>.txt`, looked at before the
    bundled ones; relative to `study.toml`."""
    reask: int = 1
    """How often a direct reply without a readable letter is asked again."""
    limits: Limits = field(default_factory=Limits)
    run: RunOptions = field(default_factory=RunOptions)
    base: str = "."
    """Folder that relative paths start from: that of `study.toml`."""

    @classmethod
    def load(cls, path: str | Path) -> StudyConfig:
        """Read and check a `study.toml`.

        Raises:
            ConfigError: No such file, not TOML, an unknown key, a value of the wrong type, or no
            items or models.
        """
        path = Path(path)
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise ConfigError(
                "no such study file", where=str(path), fix="check the path"
            ) from error
        except OSError as error:
            raise ConfigError(f"can't be read: {error.strerror}", where=str(path)) from error
        except (ValueError, RecursionError) as error:
            # No TOML, no UTF-8, a number of thousands of digits, lists in lists in lists.
            raise ConfigError(f"not TOML: {error}", where=str(path), fix="mend the line") from error
        return cls.from_dict(found, where=str(path), base=path.resolve().parent)

    @classmethod
    def from_dict(
        cls,
        found: Mapping[str, Any],
        *,
        where: str = "study",
        base: str | Path = ".",
        check: bool = True,
    ) -> StudyConfig:
        """The same from a dictionary.

        Args:
            found: What the file holds.
            where: How errors name it.
            base: Folder that relative paths start from.
            check: Refuse what can't run, arms that are not installed here among it; else only what
                is no such file.

        Raises:
            ConfigError: As `load`.
        """
        built: StudyConfig = build(cls, dict(found), where)
        config = replace(built, base=str(Path(base).resolve()))
        if check:
            config.check(where)
        return config

    def check(self, where: str = "study") -> None:
        """Refuse what can't run.

        Raises:
            ConfigError: Nothing to do, or a number out of range.
        """
        for name, value, fix in (
            (
                "items.files",
                self.items.files or self.items.file,
                'name at least one file, such as files = ["a.jsonl"]',
            ),
            ("models.solvers", self.models.solvers, "see `cgr-nb models list` for names"),
        ):
            if not value:
                raise ConfigError(f"{name} is empty", where=where, fix=fix)
        for name, names in (
            ("items.files", self.items.files),
            ("items.file", [file.path for file in self.items.file]),
            ("models.solvers", self.models.solvers),
            ("models.generators", self.models.generators),
            ("arms", self.arms),
        ):
            if twice := [one for one in names if names.count(one) > 1]:
                raise ConfigError(f"{name} names {twice[0]!r} twice", where=where)
        if 0 < self.run.program_memory_mb < self.limits.memory_mb:
            raise ConfigError(
                "run.program_memory_mb has no room for one program",
                where=where,
                got=f"{self.run.program_memory_mb}, limits.memory_mb is {self.limits.memory_mb}",
                fix="raise it, or leave it out for what the machine offers",
            )
        for name, text in (
            *(("items.files", file) for file in self.items.files),
            ("models.registry", self.models.registry),
            ("prompts", self.prompts),
        ):
            if text is not None and "\0" in text:
                raise ConfigError(f"{name} is no path", where=where, got=repr(text))
        for name in ("direct", "generator", "ask"):
            try:
                check_request([Message("user", "")], getattr(self, name).sampling(0))
            except RequestError as refusal:
                raise ConfigError(f"{name}: {refusal}", where=where) from refusal
        check_ranges(self, where)
        if self.items.gold not in (None, "none"):
            raise ConfigError(
                'items.gold is "none", or left out', where=where, got=repr(self.items.gold)
            )
        if self.items.multi not in (None, "exact"):
            raise ConfigError(
                'items.multi is "exact", or left out', where=where, got=repr(self.items.multi)
            )
        self.arm_choices(where)
        if not self.name or self.name in (".", "..") or set(self.name) & set("/\\\0"):
            raise ConfigError(
                "name must do as a folder's name", where=where, got=repr(self.name), fix="change it"
            )

    @property
    def prompts_folder(self) -> Path | None:
        """Where the study's own templates are; None when it has none."""
        return None if self.prompts is None else Path(self.base, self.prompts)

    def arm_choices(self, where: str = "study") -> tuple[ArmChoice, ...]:
        """The arms beside the three channels, with their parameters.

        Raises:
            ConfigError: There is no such arm or parameter, or a value has another type or is out of
                range.
        """
        for name in self.arm:
            if name not in self.arms:
                raise ConfigError(
                    f"[arm.{name}] is of no arm of the study",
                    where=where,
                    fix=did_you_mean(name, self.arms) if self.arms else f'arms = ["{name}"]',
                )
        return tuple(self._choice(name, where) for name in self.arms)

    def _choice(self, name: str, where: str) -> ArmChoice:
        table = dict(self.arm.get(name, {}))
        label = f"arm.{name}."
        kind = table.pop("kind", name)
        if not isinstance(kind, str):
            raise ConfigError(f"{label}kind is the name of an arm", where=where, got=repr(kind))
        budget = self.budget
        if "budget" in table:
            own = table.pop("budget")
            if not isinstance(own, dict):
                raise ConfigError(f"{label}budget is a table", where=where, got=repr(own))
            budget = build(BudgetSetting, own, where, f"{label}budget.", budget)
        check_budget(
            budget, f"{label}budget" if "budget" in self.arm.get(name, {}) else "budget", where
        )
        parameters = build(parameters_type(arm_class(kind)), table, where, label)
        check_ranges(parameters, where, label)
        return ArmChoice(name, kind, parameters, budget.rule())

    def decoding_of(self, arm: str) -> Decoding:
        """How the replies of an arm are sampled, whether the study has it or not; the default
        where it has no `decoding`."""
        found = next((choice for choice in self.arm_choices() if choice.name == arm), None)
        parameters = found.parameters if found else parameters_type(arm_class(arm))()
        decoding = getattr(parameters, "decoding", None)
        return decoding if isinstance(decoding, Decoding) else Decoding()

    def channels(self) -> dict[str, object]:
        """Parameters of the three channels."""
        return {"direct": Direct.Parameters.of(self.direct, self.reask)}

    def settings(self) -> dict[str, Any]:
        """What must not differ between two runs into one folder: all but items, models, prompts,
        arms and run options."""
        found = asdict(self)
        names = ("seed", "direct", "generator", "ask", "reask", "limits")
        return {name: canonical(found[name]) for name in names}

    def relocated(self, folder: Path) -> StudyConfig:
        """The same study with its relative paths rewritten to start from another folder."""

        def moved(path: str) -> str:
            if path.startswith(BUNDLED) or Path(path).is_absolute():
                return path
            # What is added in front is a folder as it stands, whatever it holds; never a pattern.
            return os.path.normpath(os.path.join(escape(os.path.relpath(self.base, folder)), path))

        tables = tuple(replace(file, path=moved(file.path)) for file in self.items.file)
        items = replace(self.items, files=tuple(map(moved, self.items.files)), file=tables)
        registry = self.models.registry
        if registry is not None and not Path(registry).is_absolute():
            registry = os.path.relpath(Path(self.base, registry), folder)
        models = replace(self.models, registry=registry)
        prompts = self.prompts
        if prompts is not None and not Path(prompts).is_absolute():
            prompts = os.path.relpath(Path(self.base, prompts), folder)
        return replace(self, items=items, models=models, prompts=prompts, base=str(folder))

    def to_toml(self) -> str:
        """The config as TOML text that `load` reads back to an equal config (`base` apart)."""
        import tomli_w

        found = asdict(self)
        for name in ("arm", "budget", "support"):
            # Tables that say nothing beyond their defaults are left out.
            if not any(value not in (None, 0) for value in found[name].values()):
                del found[name]
        del found["base"]
        del found["items"]["file"]
        if self.items.file:
            found["items"]["file"] = [file.to_dict() for file in self.items.file]
        return f"{WRITTEN}\n{tomli_w.dumps(without_none(found))}"
