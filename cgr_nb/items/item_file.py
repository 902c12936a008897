"""How one item file is to be read, where that is said: an `[[items.file]]` table of study.toml.

The same words are options of `cgr-nb items check` and arguments of `read_items`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from cgr_nb.errors import ItemError
from cgr_nb.util.constraints import Between, OneOrMore
from cgr_nb.util.toml_tables import read_table

__all__ = ["Columns", "ItemFile", "item_file"]

GOLD_NONE = "none"
_Several = Annotated[tuple[str, ...], OneOrMore()]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what. None: looked for by name and content."""

    question: str | None = None
    """Column with the question."""
    options: _Several = ()
    """One column with all options, or one column per option, in order."""
    gold: str | None = None
    """Column with the answer: a letter, a label, an option's text, a position, or booleans."""
    context: _Several = ()
    """Passage, table or series; several are joined."""
    id: str | None = None
    """Column with the row's id."""
    config: str | None = None
    """Column with the subject, split or variant."""
    distractors: _Several = ()
    """Incorrect options, if `gold` contains the text of the correct one: one or more columns."""

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
    """File or glob pattern, relative to the folder of `study.toml`."""
    adapter: str | None = None
    """Name of an adapter; None: detected."""
    dataset: str | None = None
    """Dataset name of its items; None: taken from the row, the adapter or the file name."""
    columns: Columns = Columns()
    """Which column is what."""
    gold_base: Annotated[int, Between(0, 1)] | None = None
    """Whether positions in the answer column count from 0 or 1; None: inferred from the file."""
    gold: str | None = None
    """"none": the file may lack answers; None: it must state them."""
    option_labels: Literal["written", "position", "text"] | None = None
    """How to interpret answers if option texts contain labels ("C. snow") that are out of order:
    "written": an answer refers to the label in the text; "position": to the position; "text": the
    label is part of the text. None: such rows are rejected.
    """
    encoding: str | None = None
    """Text encoding, such as "cp1252"; None: UTF-8, or as stated by a byte-order mark."""

    questions: str | None = None
    """Field of a row that contains the list of its questions, each an object with its own fields;
    "rounds.asked" is a list within the entries of a list. None: the usual names are recognised.
    """

    def check(self, where: str) -> None:
        """Refuse values that mean nothing.

        Raises:
            ItemError: one of them does.
        """
        if self.gold not in (None, GOLD_NONE):
            raise ItemError(
                'gold is "none", or left out',
                where=where,
                got=repr(self.gold),
                fix=f'name the column with the answer: columns = {{ gold = "{self.gold}" }}',
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

    Args:
        path: The file, or a pattern.
        columns: Which column is what.
        said: The other fields of `ItemFile`.

    Raises:
        ItemError: a key or value that means nothing.
    """
    table = {"path": str(path), "columns": columns or {}, **said}
    made = read_table(ItemFile, table, where=str(path), error=ItemError)
    made.check(Path(str(path)).name)
    return made


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, int):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in escaped)
    return f'"{plain}"'
