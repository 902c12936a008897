"""What a reply looks like: texts with holes, out of what a program does to it."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from cgr_nb.records import Item

__all__ = [
    "Example",
    "Hole",
    "Json",
    "Listing",
    "Matching",
    "Node",
    "Pair",
    "Part",
    "Time",
    "Together",
    "holds",
    "is_node",
    "keyed",
    "parts",
    "replaced",
    "shown",
]


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a value goes."""

    number: int


@dataclass(frozen=True, slots=True)
class Matching:
    """A text that a pattern finds."""

    pattern: str
    flags: int
    many: bool
    """Whether the program takes all that it finds: then there is one for each option."""
    groups: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Pieces, one for each option, between separators."""

    separator: str
    piece: Node


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pieces with a separator between them: a name and its value."""

    separator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Together:
    """Texts that are all in one reply."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Json:
    """JSON text; the holes stand in it as `Hole`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Time:
    """A date or time, in the words of `strftime`."""

    form: str


@dataclass(frozen=True, slots=True)
class Example:
    """A reply as the prompt shows it; its letters and numbers are replaced."""

    text: str
    holes: tuple[Hole, Hole]
    """Of the letters, and of the numbers."""


Node: TypeAlias = Hole | Matching | Listing | Pair | Together | Json | Time | Example

Part: TypeAlias = Any
"""A node, or JSON that holds nodes."""


def parts(node: Part) -> list[Part]:
    """The nodes directly inside a node, or inside JSON that holds nodes."""
    match node:
        case Matching():
            return list(node.groups)
        case Listing():
            return [node.piece]
        case Pair():
            return [node.left, node.right]
        case Together():
            return list(node.parts)
        case Json(value):
            return parts(value)
        case dict():
            return [part for value in node.values() for part in _inside(value)]
        case list():
            return [part for value in node for part in _inside(value)]
    return []


def _inside(value: Part) -> list[Part]:
    return parts(value) if isinstance(value, dict | list) else [value] if is_node(value) else []


def is_node(value: Part) -> bool:
    """Whether a part of JSON is a node."""
    return isinstance(value, Hole | Matching | Listing | Pair | Together | Json | Time)


def holds(node: Part, hole: int) -> bool:
    """Whether a hole is somewhere in a node."""
    return node == Hole(hole) or any(holds(part, hole) for part in parts(node))


def replaced(node: Part, old: Node, new: Node) -> Part:
    """The node with one of its parts replaced."""
    if node == old:
        return new
    match node:
        case Matching():
            return replace(node, groups=tuple(replaced(one, old, new) for one in node.groups))
        case Listing():
            return replace(node, piece=replaced(node.piece, old, new))
        case Pair(separator, left, right):
            return Pair(separator, replaced(left, old, new), replaced(right, old, new))
        case Together():
            return Together(tuple(replaced(one, old, new) for one in node.parts))
        case Json(value):
            return Json(replaced(value, old, new))
        case dict():
            return {key: replaced(value, old, new) for key, value in node.items()}
        case list():
            return [replaced(value, old, new) for value in node]
    return node


def keyed(value: Part, path: Sequence[str], item: Item, hole: Hole) -> Part:
    """JSON with a key more; all options are keys where one is.

    Args:
        value: The JSON.
        path: Keys from the outermost object to the new one.
        item: Whose options may be keys.
        hole: What stands behind the key.
    """
    if isinstance(value, list):
        # What is looked for in one row is looked for in all.
        return [keyed(part, path[1:], item, hole) for part in value] if path[1:] else value
    if not isinstance(value, dict):
        return keyed({}, path, item, hole)
    first, *rest = path
    if rest:
        return {**value, first: keyed(value.get(first), rest, item, hole)}
    keys = list(item.options) if first in item.options else [first]
    return {**{key: hole for key in keys}, **value}


def shown(text: str) -> Part:
    """JSON, or the same as Python writes it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None
