"""`study.toml`: what a study is made of. Read, checked and written back; nothing is run here."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from glob import escape
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cgr_nb.errors import ConfigError, ItemError, RequestError
from cgr_nb.items import ItemFile, item_file
from cgr_nb.models.sampling import check_request
from cgr_nb.records import Message, Sampling
from cgr_nb.sandbox import Level, Limits
from cgr_nb.study.ranges import check_ranges

__all__ = ["Decoding", "ItemSource", "ModelChoice", "RunOptions", "StudyConfig"]

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
class Decoding:
    """How replies of one kind are sampled."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0


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
    direct: Decoding = field(default_factory=lambda: Decoding(max_tokens=64))
    generator: Decoding = field(default_factory=lambda: Decoding(max_tokens=1024, temperature=0.7))
    ask: Decoding = field(default_factory=lambda: Decoding(max_tokens=64))
    arms: tuple[str, ...] = ()
    """Other ways to answer every row, beside direct and assisted: see `cgr_nb.study.arms`."""
    cot: Decoding = field(default_factory=lambda: Decoding(max_tokens=512))
    """Of arm cot."""
    sampled: Decoding = field(default_factory=lambda: Decoding(max_tokens=64, temperature=0.7))
    """Of arm self_consistency."""
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
        cls, found: Mapping[str, Any], *, where: str = "study", base: str | Path = "."
    ) -> StudyConfig:
        """The same from a dictionary.

        Raises:
            ConfigError: As `load`.
        """
        built: StudyConfig = _build(cls, dict(found), where)
        config = replace(built, base=str(Path(base).resolve()))
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
            ("models.generators", self.models.generators, "see `cgr-nb models list` for names"),
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
        for name in ("direct", "generator", "ask", "cot", "sampled"):
            try:
                check_request([Message("user", "")], Sampling(**asdict(getattr(self, name))))
            except RequestError as refusal:
                raise ConfigError(f"{name}: {refusal}", where=where) from refusal
        check_ranges(self, where)
        if self.items.gold not in (None, "none"):
            raise ConfigError(
                'items.gold is "none", or left out', where=where, got=repr(self.items.gold)
            )
        if self.sampled.temperature == 0:
            raise ConfigError(
                "sampled.temperature is 0",
                where=where,
                fix="self-consistency needs replies that differ: 0.7 for example",
            )
        if not self.name or self.name in (".", "..") or set(self.name) & set("/\\\0"):
            raise ConfigError(
                "name must do as a folder's name", where=where, got=repr(self.name), fix="change it"
            )

    @property
    def prompts_folder(self) -> Path | None:
        """Where the study's own templates are; None when it has none."""
        return None if self.prompts is None else Path(self.base, self.prompts)

    def settings(self) -> dict[str, Any]:
        """What must not differ between two runs into one folder: all but items, models, prompts,
        arms and run options."""
        found = asdict(self)
        names = ("seed", "direct", "generator", "ask", "reask", "limits")
        return {name: _canonical(found[name]) for name in names}

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
        del found["base"]
        del found["items"]["file"]
        if self.items.file:
            found["items"]["file"] = [file.to_dict() for file in self.items.file]
        return f"{WRITTEN}\n{tomli_w.dumps(_without_none(found))}"


def _canonical(value: Any) -> Any:  # noqa: ANN401
    """One form a value: 10 and 10.0 mean the same and must not make two row ids."""
    if isinstance(value, dict):
        return {name: _canonical(part) for name, part in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    # TOML has no null: a key that is left out means the default, which is None for these.
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }


def _build(
    kind: type[Any],
    found: dict[str, Any],
    where: str,
    prefix: str = "",
    default: Any = None,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Make a config dataclass from a table, naming what does not belong."""
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind) if f.name != "base"}
    made: dict[str, Any] = {}
    for name, value in found.items():
        full = f"{prefix}{name}"
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise ConfigError(
                f"unknown key {full!r}",
                where=where,
                fix=f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}",
            )
        hint = hints[name]
        if is_dataclass(hint):
            if not isinstance(value, dict):
                raise ConfigError(f"{full} is a table", where=where, got=repr(value))
            # Keys that are left out keep the table's own defaults, which differ between tables.
            fresh = known[name].default_factory
            made[name] = _build(hint, value, where, f"{full}.", fresh())  # type: ignore[arg-type,operator]
        else:
            made[name] = _typed(hint, value, full, where)
    return kind(**made) if default is None else replace(default, **made)


def _item_files(value: object, full: str, where: str) -> tuple[ItemFile, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConfigError(f"{full} must be a list of tables", where=where, got=repr(value))
    made = []
    for number, table in enumerate(value, 1):
        if isinstance(table, ItemFile):
            made.append(table)
            continue
        if not isinstance(table, dict) or not isinstance(table.get("path"), str):
            raise ConfigError(
                f"table {number} of {full} names no file", where=where, fix='add path = "..."'
            )
        try:
            made.append(item_file(**table))
        except ItemError as error:
            raise ConfigError(f"{full}: {error}", where=where) from error
    return tuple(made)


def _typed(hint: Any, value: Any, full: str, where: str) -> Any:  # noqa: ANN401
    """Check a scalar or list against its annotation; whole numbers serve as floats."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        known = ", ".join(map(repr, get_args(hint)))
        raise ConfigError(f"unknown {full}", where=where, got=repr(value), fix=f"use {known}")
    if get_origin(hint) is tuple:
        element = get_args(hint)[0]
        if element is ItemFile:
            return _item_files(value, full, where)
        if isinstance(value, (list, tuple)) and all(isinstance(v, element) for v in value):
            return tuple(value)
        raise ConfigError(
            f"{full} must be a list of {element.__name__}", where=where, got=repr(value)
        )
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise ConfigError(f"{full} is too large", where=where) from None
    if isinstance(value, hint) and not (isinstance(value, bool) and hint is not bool):
        return value
    raise ConfigError(f"{full} must be {hint.__name__}", where=where, got=repr(value))
