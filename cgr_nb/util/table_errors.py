"""Words for what is wrong with a table of settings: what, where, got, fix, in one line.

What could have stood there (kind, range, keys) is taken from the JSON schema of the table, so that
errors, editors and the reference say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from cgr_nb.errors import CgrError, did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Place", "TableErrors", "dotted", "one_line", "shown"]

Place = tuple[str | int, ...]
"""Keys, and positions in lists, from the table inwards."""

_SHOWN: Final = 80
"""Characters of what was found, or of a key, in an error."""
_KINDS: Final = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "table",
}


class TableErrors:
    """Errors of one table."""

    def __init__(
        self,
        schema: Callable[[], Mapping[str, Any]],
        *,
        where: str,
        error: type[CgrError],
        prefix: str = "",
    ) -> None:
        """Prepare errors.

        Args:
            schema: Gives the JSON schema of the table, when it is needed.
            where: What errors call the file.
            error: Their kind.
            prefix: What stands before the table's keys: "arm.cot.".
        """
        self._schema, self._where, self._error, self._prefix = schema, where, error, prefix

    def make(
        self,
        what: str,
        *places: Place,
        got: str | None = None,
        fix: str | None = None,
        also: Sequence[Place] = (),
    ) -> CgrError:
        """An error of keys.

        Args:
            what: Text in which {} is their names.
            places: The keys.
            got: What was found there.
            fix: What to do about it.
            also: Other keys that are wrong.
        """
        if also:
            fix = f"{fix}; also wrong: " if fix else "also wrong: "
            fix += self._names(also)
        return self._error(what.format(self._names(places)), where=self._where, got=got, fix=fix)

    def unknown_key(self, place: Place, also: Sequence[Place] = ()) -> CgrError:
        """A key that the table does not have."""
        known = [name for node in self._at(place[:-1]) for name in node.get("properties", ())]
        fix = did_you_mean(str(place[-1])[:_SHOWN], known)
        return self.make("unknown key {}", place, fix=fix, also=also)

    def out_of_range(self, place: Place, number: float, also: Sequence[Place] = ()) -> CgrError:
        """A number that can't be."""
        ranges = [found for node in self._at(place) if (found := _range(node))]
        least, most, fix = ranges[0] if ranges else (-(1 << 63), (1 << 63) - 1, "")
        word = "too large" if number > most else "too small" if number <= least else "out of range"
        fix = fix or "a finite number, whole ones of 64 bits"
        return self.make(f"{{}} is {word}", place, got=shown(number), fix=fix, also=also)

    def of(self, given: Mapping[str, Any], problems: Sequence[ErrorDetails]) -> CgrError:
        """All that pydantic found wrong: the first in full, some more by name.

        Args:
            given: The table.
            problems: At least one.
        """
        found: dict[Place, dict[str, str]] = {}
        for problem in problems:
            kinds = found.setdefault(_place(given, problem), {})
            kinds[problem["type"]] = problem["msg"]
        unknown = [one for one, kinds in found.items() if "unexpected_keyword_argument" in kinds]
        missing = [one for one, kinds in found.items() if "missing" in kinds]
        misfits = [one for one in found if one not in unknown and one not in missing]
        first, *also = *unknown, *misfits, *missing
        if unknown:
            return self.unknown_key(first, also)
        if not misfits:
            return self.make("missing: {}", *missing)
        return self._misfit(given, first, found[first], also)

    def _misfit(
        self,
        given: Mapping[str, Any],
        place: Place,
        kinds: Mapping[str, str],
        also: Sequence[Place],
    ) -> CgrError:
        value: Any = given
        for step in place:
            value = value[step]
        nodes = self._at(place)
        if kinds.keys() & {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}:
            return self.out_of_range(place, value, also)
        if "too_short" in kinds:
            return self.make("{} is empty", place, fix="name at least one", also=also)
        if "too_long" in kinds:
            most = next(node["maxItems"] for node in nodes if "maxItems" in node)
            fix = f"name at most {most}"
            return self.make("{} is too long", place, got=shown(value), fix=fix, also=also)
        if list(kinds) == ["literal_error"]:
            fix = f"use {', '.join(word for node in nodes for word in _words(node))}"
            fix += ", or leave it out" if {"type": "null"} in nodes else ""
            return self.make("unknown {}", place, got=shown(value), fix=fix, also=also)
        nouns = [noun for node in nodes for noun in self._nouns(node)]
        if not nouns:
            nouns = [f"something else: {one_line(next(iter(kinds.values())))}"]
        range_ = next((found[2] for node in nodes if (found := _range(node))), None)
        what = "{} must be " + " or ".join(nouns).replace("{", "{{").replace("}", "}}")
        return self.make(what, place, got=shown(value), fix=range_, also=also)

    def _nouns(self, node: Mapping[str, Any]) -> Iterator[str]:
        """What a node of the schema takes."""
        kind = node.get("type")
        if words := _words(node):
            yield from words
        elif kind == "array":
            inner = [name for one in self._open(node["items"]) for name in self._nouns(one)]
            yield f"a list of {' or '.join(name.removeprefix('a ') for name in inner)}s"
        elif kind in _KINDS:
            bare = kind in ("string", "boolean")
            yield _KINDS[kind] if bare else f"a {_KINDS[kind]}"

    def _at(self, place: Place) -> list[Mapping[str, Any]]:
        """The schema's nodes for one place."""
        nodes = list(self._open(self._schema()))
        for step in place:
            inner = [
                node.get("items")
                if isinstance(step, int)
                else node.get("properties", {}).get(step, node.get("additionalProperties"))
                for node in nodes
            ]
            nodes = [node for one in inner if isinstance(one, dict) for node in self._open(one)]
        return nodes

    def _open(self, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The alternatives of a node."""
        if "$ref" in node:
            node = self._schema()["$defs"][node["$ref"].rpartition("/")[2]]
        if "anyOf" in node:
            for one in node["anyOf"]:
                yield from self._open(one)
        else:
            yield node

    def _names(self, places: Sequence[Place]) -> str:
        names = [self._prefix + dotted(place) for place in places[:6]]
        return ", ".join(names) + (", ..." if len(places) > 6 else "")


def shown(value: object) -> str:
    """What was found, in one line of bounded length."""
    if isinstance(value, int) and abs(value) >= 1 << 128:
        # Python writes no whole number of more than some thousand digits.
        return f"a number of {value.bit_length():,} bits"
    text = repr(value[:_SHOWN] if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def one_line(text: str) -> str:
    """The beginning of a text, in one line."""
    return " ".join(text.split())[:300]


def dotted(place: Place) -> str:
    """Keys as TOML writes them; "#2" is the second of a list."""
    parts = []
    for step in place:
        if isinstance(step, int):
            parts.append(f"#{step + 1}")
        else:
            is_bare = (
                len(step) <= _SHOWN and step.isascii() and step.replace("-", "_").isidentifier()
            )
            parts.append(f".{step if is_bare else shown(step)}")
    return "".join(parts).removeprefix(".")


def _words(node: Mapping[str, Any]) -> list[str]:
    """The words of a choice."""
    return [repr(word) for word in node.get("enum", [node["const"]] if "const" in node else [])]


def _range(node: Mapping[str, Any]) -> tuple[float, float, str] | None:
    """Least and most of a number, and both in words."""
    least = node.get("minimum", node.get("exclusiveMinimum"))
    most = node.get("maximum", node.get("exclusiveMaximum"))
    if least is None or most is None:
        return None
    above = "above " if "exclusiveMinimum" in node else ""
    below = "below " if "exclusiveMaximum" in node else ""
    return least, most, f"{above}{_number(least)} to {below}{_number(most)}"


def _number(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else str(number)


def _place(given: Mapping[str, Any], problem: ErrorDetails) -> Place:
    """Where a problem is: pydantic's location within the one field of its model, without its names
    for alternatives."""
    here: Any = given
    place: list[str | int] = []
    (_, *steps) = problem["loc"]
    for number, step in enumerate(steps, 1):
        inside = isinstance(here, Mapping) and step in here
        if inside or (isinstance(step, int) and isinstance(here, list)):
            here = here[step]
        elif problem["type"] != "missing" or number < len(steps):
            continue
        place.append(step)
    return tuple(place)
