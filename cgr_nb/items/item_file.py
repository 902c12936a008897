"""How one item file is to be read, where that is said: an `[[items.file]]` table of study.toml.

The same words are options of `cgr-nb items check` and arguments of `read_items`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cgr_nb.errors import ItemError

__all__ = ["Columns", "ItemFile", "item_file"]

GOLD_NONE = "none"
OPTION_LABELS = ("written", "position", "text")
_KINDS: dict[str, type] = {
    "adapter": str,
    "dataset": str,
    "gold_base": int,
    "gold": str,
    "option_labels": str,
    "encoding": str,
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what. None: looked for by name and content."""

    question: str | None = None
    options: tuple[str, ...] = ()
    """One column with all options, or one column an option, in order."""
    gold: str | None = None
    """Column with the answer: a letter, a label, an option's text, a position, or truth values."""
    context: tuple[str, ...] = ()
    """Passage, table or series; several are joined."""
    id: str | None = None
    config: str | None = None
    distractors: tuple[str, ...] = ()
    """Wrong options, where `gold` holds the right one's text: one column or several."""

    def __bool__(self) -> bool:
        return self != Columns()

    def named(self) -> tuple[str, ...]:
        """All columns that are named."""
        single = (self.question, self.gold, self.id, self.config)
        return (
            *(name for name in single if name is not None),
            *self.options,
            *self.context,
            *self.distractors,
        )

    def to_toml(self) -> str:
        """Return the columns as an inline table."""
        parts = []
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, tuple):
                value = value[0] if len(value) == 1 else list(value)
            if value:
                parts.append(f"{one.name} = {_toml(value)}")
        return "{ " + ", ".join(parts) + " }"


@dataclass(frozen=True, slots=True)
class ItemFile:
    """One item file, or a pattern of several, and what is said about reading it."""

    path: str
    adapter: str | None = None
    """Name of an adapter; None: guessed."""
    dataset: str | None = None
    """Dataset of its items; None: the row's own, the adapter's, or the file's name."""
    columns: Columns = field(default_factory=Columns)
    gold_base: int | None = None
    """What a position in the answer's column counts from, 0 or 1; None: as the file shows."""
    gold: str | None = None
    """"none": the file states no answers, and may; None: it must."""
    option_labels: str | None = None
    """Of options with a label in their text ("C. snow") out of order: "written" when an answer
    means the label that is written, "position" when it means the place, "text" when the label
    is part of the text. None: such rows are rejected."""
    encoding: str | None = None
    """Of its text, such as "cp1252"; None: UTF-8, or what a byte-order mark says."""

    def check(self, where: str) -> None:
        """Refuse values that mean nothing.

        Raises:
            ItemError: one of them does.
        """
        if self.gold_base not in (None, 0, 1):
            raise ItemError("gold_base is 0 or 1", where=where, got=repr(self.gold_base))
        if self.gold not in (None, GOLD_NONE):
            raise ItemError(
                'gold is "none", or left out',
                where=where,
                got=repr(self.gold),
                fix=f'name the column with the answer: columns = {{ gold = "{self.gold}" }}',
            )
        if self.option_labels not in (None, *OPTION_LABELS):
            raise ItemError(
                "option_labels is unknown",
                where=where,
                got=repr(self.option_labels),
                fix=f"use {', '.join(map(repr, OPTION_LABELS))}",
            )
        if self.encoding is not None:
            try:
                "".encode(self.encoding)
            except (LookupError, ValueError) as error:
                raise ItemError(
                    "encoding is unknown",
                    where=where,
                    got=repr(self.encoding),
                    fix='name one that Python knows, such as "cp1252"',
                ) from error

    @property
    def is_plain(self) -> bool:
        """Whether nothing is said about it that the generic reader alone understands."""
        return not self.columns and self.gold_base is None and self.option_labels is None

    def to_dict(self) -> dict[str, Any]:
        """Return what is said, as a table of study.toml; `item_file(**table)` reads it back."""
        found: dict[str, Any] = {"path": self.path}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, Columns):
                value = {
                    part.name: list(said) if isinstance(said, tuple) else said
                    for part in fields(Columns)
                    if (said := getattr(value, part.name))
                }
            if value is not None and value != {}:
                found[one.name] = value
        return found

    def to_toml(self) -> str:
        """Return the lines to paste into study.toml."""
        lines = ["[[items.file]]", f"path = {_toml(self.path)}"]
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "columns":
                lines += [f"columns = {value.to_toml()}"] if value else []
            elif one.name != "path" and value is not None:
                lines.append(f"{one.name} = {_toml(value)}")
        return "\n".join(lines)


def item_file(
    path: str | Path,
    *,
    columns: Columns | Mapping[str, Any] | None = None,
    **said: Any,  # noqa: ANN401 - the other fields of `ItemFile`
) -> ItemFile:
    """Make an `ItemFile` from plain values, as a TOML table or a call gives them.

    Raises:
        ItemError: a key or value that means nothing.
    """
    for name, value in said.items():
        if name not in _KINDS:
            known = ("columns", *_KINDS)
            near = get_close_matches(name, known, n=1)
            raise ItemError(
                f"an item file has no {name!r}",
                where=str(path),
                fix=f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}",
            )
        if value is not None and (not isinstance(value, _KINDS[name]) or isinstance(value, bool)):
            raise ItemError(
                f"{name} must be {_KINDS[name].__name__}", where=str(path), got=repr(value)
            )
    if not isinstance(columns, Columns):
        if columns is not None and not isinstance(columns, Mapping):
            raise ItemError("columns is a table", where=str(path), got=repr(columns))
        columns = _columns(columns or {}, str(path))
    made = replace(ItemFile(str(path)), columns=columns, **said)
    made.check(Path(str(path)).name)
    return made


def _columns(found: Mapping[str, Any], where: str) -> Columns:
    known = {one.name: one for one in fields(Columns)}
    made: dict[str, Any] = {}
    for name, value in found.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise ItemError(
                f"columns has no {name!r}",
                where=where,
                fix=f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}",
            )
        several = name in ("options", "context", "distractors")
        if isinstance(value, str):
            made[name] = (value,) if several else value
        elif (
            several and isinstance(value, Sequence) and all(isinstance(part, str) for part in value)
        ):
            made[name] = tuple(value)
        elif value is not None:
            raise ItemError(f"columns.{name} is no column's name", where=where, got=repr(value))
    return Columns(**made)


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, int):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in escaped)
    return f'"{plain}"'
