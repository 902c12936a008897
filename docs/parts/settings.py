"""Tables of settings, from the JSON schemas that check the files."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from cgr_nb.models import registry_schema
from cgr_nb.study import study_schema
from parts.pieces import cell, code, table

__all__ = ["card_table", "item_file_tables", "keys_table", "limits_table", "study_tables"]

_HEADER = ("key", "type", "default", "meaning")
_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}
_LARGE = 1 << 40
"""Bounds from here on are those of the file format, not of the setting."""
_OF_EVERY_ARM = ("kind", "budget", "control")


@cache
def schema() -> dict[str, Any]:
    """The schema of `study.toml`."""
    return study_schema()


def study_tables() -> str:
    """Every table of `study.toml` but those of arms."""
    top = schema()["properties"]
    parts = ["## Top level", "", _keys(_plain(top)), ""]
    for name, value in top.items():
        inner = _resolved(value)
        if "properties" not in inner or name == "arm":
            continue
        about = value.get("description") or inner.get("description", "")
        parts += [
            f"## `[{name}]`",
            "",
            _sentence(about),
            "",
            _keys(_plain(inner["properties"])),
            "",
        ]
    return "\n".join(parts)


def item_file_tables() -> str:
    """`[[items.file]]`, and its columns."""
    files, columns = schema()["$defs"]["ItemFile"], schema()["$defs"]["Columns"]["properties"]
    keys = _keys(_plain(files["properties"]), files["required"])
    return f"{keys}\n\n`columns` is a table of its own:\n\n{_keys(columns)}"


def limits_table() -> str:
    """`[limits]`."""
    return _keys(_resolved(schema()["properties"]["limits"])["properties"])


def card_table() -> str:
    """`[[model]]` of a registry file."""
    card = registry_schema()["properties"]["model"]["items"]
    return _keys(card["properties"], card["required"])


def keys_table(arm: str) -> str:
    """The parameters of an arm, or nothing where it has none."""
    keys = schema()["properties"]["arm"]["properties"][arm].get("properties", {})
    own = {name: value for name, value in keys.items() if name not in _OF_EVERY_ARM}
    return _keys(own) if own else ""


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that are no tables."""
    return {
        name: value
        for name, value in properties.items()
        if "properties" not in _resolved(value) and not _is_tables(value) and name != "arm"
    }


def _is_tables(value: Mapping[str, Any]) -> bool:
    return "properties" in _resolved(value.get("items", {}))


def _keys(properties: Mapping[str, Any], required: Collection[str] = ()) -> str:
    lines = [
        (
            code(name),
            cell(_type(value)),
            "**required**" if name in required else _default(value),
            cell(_about(value)),
        )
        for name, value in properties.items()
    ]
    return table(_HEADER, lines)


def _about(value: Mapping[str, Any]) -> str:
    return str(value.get("description") or _resolved(value).get("description", ""))


def _resolved(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in value:
        found: Mapping[str, Any] = schema()["$defs"].get(value["$ref"].rpartition("/")[2], value)
        return found
    return value


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if default is None or default == {} or isinstance(default, dict):
        return ""
    return code(json.dumps(default, ensure_ascii=False))


def _type(value: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    return " or ".join(dict.fromkeys(_types(value)))


def _types(value: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in value:
        yield "table"
    elif "anyOf" in value:
        for one in value["anyOf"]:
            yield from _types(one)
    elif "enum" in value:
        yield ", ".join(json.dumps(one) for one in value["enum"])
    elif "const" in value:
        yield json.dumps(value["const"])
    elif value.get("type") == "array":
        inner = _type(value.get("items", {})) or "value"
        yield f"list of {inner}"
    elif value.get("type") == "object":
        yield "table"
    elif value.get("type") != "null":
        kind = str(value.get("type", "any value"))
        yield _WORDS.get(kind, kind) + _range(value)


def _range(value: Mapping[str, Any]) -> str:
    low, high = value.get("minimum"), value.get("maximum")
    above = value.get("exclusiveMinimum")
    parts = []
    if above is not None:
        parts.append(f"above {above:g}")
    elif low is not None and abs(low) < _LARGE:
        parts.append(f"from {low:g}")
    if high is not None and abs(high) < _LARGE:
        parts.append(f"to {high:,}")
    return f", {' '.join(parts)}" if parts else ""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith(".") else f"{text}."
