"""A table of a `study.toml` -> a dataclass of settings, with every key and type seen to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from difflib import get_close_matches
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cgr_nb.errors import ConfigError, ItemError
from cgr_nb.items import ItemFile, item_file

__all__ = ["build", "without_none"]


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    """Settings as TOML has them, which knows no null: a key that is left out means the default."""
    return {
        name: without_none(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }


def build(
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
        if isinstance(hint, type) and is_dataclass(hint):
            if not isinstance(value, dict):
                raise ConfigError(f"{full} is a table", where=where, got=repr(value))
            # Keys that are left out keep the table's own defaults, which differ between tables.
            made[name] = build(hint, value, where, f"{full}.", _default_of(known[name]))
        else:
            made[name] = _typed(hint, value, full, where)
    return kind(**made) if default is None else replace(default, **made)


def _default_of(field: Field[Any]) -> Any:  # noqa: ANN401
    """What a field has when nothing is said; None where it must be said."""
    if field.default is not MISSING:
        return field.default
    return None if field.default_factory is MISSING else field.default_factory()


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
        parts = [part for part in get_args(hint) if part is not type(None)]
        fitting = (part for part in parts if isinstance(part, type) and type(value) is part)
        hint = next(fitting, parts[0])
    if get_origin(hint) is Mapping:
        if isinstance(value, dict) and all(isinstance(part, dict) for part in value.values()):
            return value
        raise ConfigError(f"{full} holds tables, [{full}.<name>]", where=where, got=repr(value))
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
