"""`study.toml`: what a study is made of. Read, checked and written back; nothing is run here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from glob import escape
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cgr_nb.answer_record import CHANNELS, arm_of
from cgr_nb.arms.direct import Direct, DirectSetting
from cgr_nb.arms.identity import canonical
from cgr_nb.arms.roster import ArmChoice, ArmControls, arm_class, parameters_type
from cgr_nb.arms.study_arm import BudgetRule
from cgr_nb.errors import ConfigError, ItemError, did_you_mean
from cgr_nb.items import ItemFile
from cgr_nb.models.decoding import Decoding
from cgr_nb.sandbox import Level, Limits
from cgr_nb.util.constraints import AtMost, Between
from cgr_nb.util.file_memo import path_of
from cgr_nb.util.plugins import packages_at_rest
from cgr_nb.util.table_errors import dotted, shown
from cgr_nb.util.toml_tables import read_table, read_toml

__all__ = [
    "Decoding",
    "ItemSource",
    "ModelChoice",
    "ReportOptions",
    "RunOptions",
    "StudyConfig",
    "SupportItems",
]

BUNDLED = "bundled:"
"""Prefix of item files that come with the package, such as "bundled:mini-aime.jsonl"."""

WRITTEN = "# Written by cgr-nb: the study as it was last run."
"""First line of a study.toml that may be written anew."""

HIDDEN: Final = ("base",)
"""Fields of `StudyConfig` that a file doesn't set."""


@dataclass(frozen=True, slots=True)
class ItemSource:
    """Which items."""

    files: tuple[str, ...] = ()
    """Item files or glob patterns, relative to the folder of `study.toml`."""
    adapter: str | None = None
    """Adapter for all files; None: detected for each file."""
    per_dataset: Annotated[int, Between(1, 10_000_000)] | None = None
    """Seeded sample of at most this many items per dataset; None: all."""
    gold: Literal["none"] | None = None
    """"none": files may lack answers; None: they must state them."""
    multi: Literal["exact"] | None = None
    """"exact": in datasets in which some item has several correct options, models are asked for the
    set of correct options, which is scored by exact match; None: items with several correct options
    are asked for one letter and are not counted."""
    permutations: Annotated[int, Between(1, 26)] = 1
    """Number of option orders per item, including the original: do answers follow the text or the
    letter? Items whose options refer to each other keep their order."""
    file: tuple[ItemFile, ...] = ()
    """`[[items.file]]` tables: how to read a file. One that `files` names too is read once."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which models, by registry name."""

    solvers: tuple[str, ...] = ()
    """Each solver answers every item, both directly and through the programs of each generator."""
    generators: tuple[str, ...] = ()
    """Each generator writes a program for every item; if none: no assisted channel."""
    registry: str | None = None
    """Your own registry file, read in addition to the bundled one; relative to `study.toml`."""


@dataclass(frozen=True, slots=True)
class SupportItems:
    """Labelled items set aside for arms that need some: in no row, the same for all arms."""

    per_dataset: Annotated[int, Between(0, 100_000)] = 0
    """Number of items held out from each dataset, a seeded sample of those with gold; 0: none."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How results are told. None of it changes an answer."""

    primary: Annotated[tuple[str, ...], AtMost(3)] = ()
    """Arms of the primary comparisons with the scaffold, at most three, declared before the first
    answer: their intervals are simultaneous among themselves, and all other comparisons are
    secondary. A change after the first answer is shown in the report."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How the study runs. None of it changes an answer of a finished row."""

    concurrency: Annotated[int, Between(1, 1_024)] = 16
    """Units in flight at once; most of them wait for the solver."""
    model_memory_mb: Annotated[int, Between(0, 1 << 24)] = 0
    """Memory limit for all loaded models together, weights and contexts, in MiB; 0: derived from
    the machine (see `cgr_nb.models.machine.model_memory`). A workbench of the study sets it for all
    panels of its kernel."""
    program_memory_mb: Annotated[int, Between(0, 1 << 24)] = 0
    """Memory limit for all concurrent programs together, in MiB, each counted with
    `limits.memory_mb` and a small overhead; further ones queue. 0: two fifths of the memory of the
    machine or container (see `cgr_nb.sandbox.memory`)."""
    trace: bool = True
    """Keep the steps of every execution."""
    max_failures: Annotated[int, Between(1, 1_000_000)] = 20
    """Number of consecutive failed calls of one model, each after all its retries, that stops the
    run. Below that, failed calls are left to the next run, and other units continue."""
    isolation: Level = "strict"
    """Minimum sandbox isolation level: "strict", "partial" or "limits"."""


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """A whole study, as `study.toml` says it."""

    name: str = "study"
    """The study's name, and its folder if none is given."""
    seed: Annotated[int, Between(-(1 << 63), (1 << 63) - 1)] = 0
    """The seed from which all others are derived."""
    items: ItemSource = ItemSource()
    """Which items."""
    models: ModelChoice = ModelChoice()
    """Which models."""
    direct: DirectSetting = field(default=DirectSetting())
    """The solver's direct answer, and what to do if it can't be extracted."""
    generator: Decoding = field(default=Decoding(max_tokens=1024, temperature=0.7))
    """Sampling of the program; `max_tokens` must leave room for the prompt in the model's context.
    """
    ask: Decoding = field(default=Decoding(max_tokens=64))
    """Sampling of solver calls made by programs: defaults that the program can override."""
    arms: tuple[str, ...] = ()
    """Additional arms that answer every row, besides direct and assisted: see `cgr_nb.arms`."""
    arm: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """`[arm.<name>]`: parameters of an arm by its name in `arms`; `kind` says which arm it is where
    the name is another, so that one can stand there twice; `budget` overrides `[budget]`; `control`
    sets controls of its programs beside it: "stub", "foreign"."""
    repeats: Annotated[int, Between(1, 100)] = 1
    """Number of seeds with which every arm that samples, including `cgr`, answers each item;
    answers with further seeds are stored under names such as "cgr#2". A greedy direct reply does
    not depend on the seed."""
    budget: BudgetRule = field(default=BudgetRule())
    """What each of `arms` may spend per item."""
    support: SupportItems = SupportItems()
    """Held-out labelled items."""
    prompts: str | None = None
    """A folder of your own templates, `<profile>/<name>@<version>.txt`, looked at before the
    bundled ones; relative to `study.toml`."""
    reask: Annotated[int, Between(0, 100)] = 1
    """How often to repeat a direct question if no letter can be extracted from the reply."""
    limits: Limits = field(default=Limits())
    """Limits of one run of one program."""
    report: ReportOptions = ReportOptions()
    """How results are reported."""
    run: RunOptions = RunOptions()
    """How the study runs."""
    base: str = "."
    """Folder that relative paths start from: that of `study.toml`."""

    @classmethod
    def load(cls, path: str | Path, *, check: bool = True) -> StudyConfig:
        """Read and check a `study.toml`.

        Args:
            path: The file.
            check: As in `from_dict`: what was run is read without its arms, too.

        Raises:
            ConfigError: No such file, not TOML, an unknown key, a value of the wrong type or out of
                its range, or no items or models.
        """
        path = Path(path)
        found = read_toml(path, "study file", ConfigError)
        return cls.from_dict(found, where=str(path), base=path.resolve().parent, check=check)

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
        config = _read(found, where, str(Path(base).resolve()))
        if check:
            config._check_whole(where)
        return config

    def check(self, where: str = "study") -> None:
        """Refuse what can't run.

        Raises:
            ConfigError: Nothing to do, a value of the wrong type, or a number out of range.
        """
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        del found["base"]
        _read(found, where, self.base)._check_whole(where)

    def _check_whole(self, where: str) -> None:
        """Refuse what no single key shows."""
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
        if marked := [name for name in self.arms if arm_of(name) != name]:
            what = "an arm's name ends as those of further seeds or of controls do"
            fix = "call it otherwise: '#2', '/stub' and '/foreign' are what is added to a name"
            raise ConfigError(what, where=where, got=shown(marked[0]), fix=fix)
        for name, names in (
            ("items.files", self.items.files),
            ("items.file", [file.path for file in self.items.file]),
            ("models.solvers", self.models.solvers),
            ("models.generators", self.models.generators),
            ("arms", self.arms),
            ("report.primary", self.report.primary),
        ):
            if twice := [one for one, times in Counter(names).items() if times > 1]:
                raise ConfigError(f"{name} names {shown(twice[0])} twice", where=where)
        if 0 < self.run.program_memory_mb < self.limits.memory_mb:
            raise ConfigError(
                "run.program_memory_mb is too small for one program",
                where=where,
                got=f"{self.run.program_memory_mb}, limits.memory_mb is {self.limits.memory_mb}",
                fix="raise it, or leave it out to use the machine's memory",
            )
        self.arm_choices(where)
        self._check_primary(where)
        if not self.name or self.name in (".", "..") or set(self.name) & set("/\\\0"):
            raise ConfigError(
                "name must be usable as a folder name",
                where=where,
                got=shown(self.name),
                fix="change it",
            )

    def _check_primary(self, where: str) -> None:
        channels = CHANNELS if self.models.generators else CHANNELS[:1]
        for name in self.report.primary:
            if name not in (known := (*channels, *self.arms)):
                raise ConfigError(
                    f"report.primary names {shown(name)}, which is not an arm of the study",
                    where=where,
                    fix=did_you_mean(name, known),
                )

    @property
    def prompts_folder(self) -> Path | None:
        """Where the study's own templates are; None when it has none."""
        return None if self.prompts is None else path_of(self.base, self.prompts)

    @packages_at_rest()
    def arm_choices(self, where: str = "study") -> tuple[ArmChoice, ...]:
        """The arms beside the three channels, with their parameters.

        Raises:
            ConfigError: There is no such arm or parameter, or a value has another type or is out of
                range.
        """
        for name in self.arm:
            if name not in self.arms:
                raise ConfigError(
                    f"[{dotted(('arm', name))}] is not an arm of the study",
                    where=where,
                    fix=did_you_mean(name, self.arms) if self.arms else "name it in arms",
                )
        return tuple(self._choice(name, where) for name in self.arms)

    def _choice(self, name: str, where: str) -> ArmChoice:
        table = dict(self.arm.get(name, {}))
        label = f"{dotted(('arm', name))}."
        kind = table.pop("kind", name)
        if not isinstance(kind, str):
            raise ConfigError(f"{label}kind is the name of an arm", where=where, got=shown(kind))
        own = table.pop("budget", {})
        if not isinstance(own, Mapping):
            raise ConfigError(f"{label}budget must be a table", where=where, got=shown(own))
        budget = read_table(
            BudgetRule,
            own,
            where=where,
            error=ConfigError,
            prefix=f"{label}budget.",
            default=self.budget,
        )
        said = {key: table.pop(key) for key in ("control",) if key in table}
        controls = read_table(ArmControls, said, where=where, error=ConfigError, prefix=label)
        parameters = read_table(
            parameters_type(arm_class(kind)), table, where=where, error=ConfigError, prefix=label
        )
        return ArmChoice(name, kind, parameters, budget, tuple(dict.fromkeys(controls.control)))

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
        found = {**asdict(self), "direct": self.direct.said()}  # as of studies before it said more
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

        found = {**asdict(self), "direct": self.direct.said()}
        for name in ("arm", "budget", "support"):
            # Tables that say nothing beyond their defaults are left out.
            if not any(value not in (None, 0) for value in found[name].values()):
                del found[name]
        if not self.report.primary:
            del found["report"]
        del found["base"]
        del found["items"]["file"]
        if self.items.permutations == 1:
            del found["items"]["permutations"]
        if self.repeats == 1:
            del found["repeats"]
        if self.items.file:
            found["items"]["file"] = [file.to_dict() for file in self.items.file]
        return f"{WRITTEN}\n{tomli_w.dumps(_without_none(found))}"


def _read(found: Mapping[str, Any], where: str, base: str) -> StudyConfig:
    read = read_table(StudyConfig, found, where=where, error=ConfigError, hidden=HIDDEN)
    for number, file in enumerate(read.items.file, 1):
        try:
            file.check(f"items.file#{number}")
        except ItemError as error:
            at = f"{where}: {error.where}"
            raise ConfigError(error.what, where=at, got=error.got, fix=error.fix) from error
    return replace(read, base=base)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    """Settings as TOML has them, which knows no null: a key that is left out means the default."""
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }
