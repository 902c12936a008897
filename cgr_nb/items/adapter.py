"""What a dataset adapter is, where adapters come from, and which one fits a file.

An adapter is an `Adapter` object under an entry point of group `cgr_nb.items`:

    [project.entry-points."cgr_nb.items"]
    my_set = "my_package.my_set:ADAPTER"

Its `read` takes one row as the file holds it and returns a `ParsedRow`, or raises `Reject` with a
reason that is counted. It must not touch the texts, guess the form of an answer, or put anything
into `question`, `context` or `meta` that gives the answer away. `options`, `embedded` and `gold`
hold the usual forms.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from cgr_nb.errors import ItemError
from cgr_nb.items.fields import Row
from cgr_nb.items.guessing import guess_columns
from cgr_nb.items.item_file import Columns, ItemFile
from cgr_nb.items.nested import nested_field
from cgr_nb.items.parsed_row import ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["Adapter", "FileReader", "adapters", "get_adapter", "guess_adapter"]

GROUP = "cgr_nb.items"
GENERIC = "generic"
_NO_ITEM = ("no_question", "no_options", "bad_options", "not_multiple_choice", "empty_option")
LOOK_AT = 50
"""Rows at the start of a file that are looked at when its adapter is guessed."""


class FileReader(Protocol):
    """Reads the rows of one file, after a look at all of them."""

    def read(self, row: Row) -> ParsedRow:
        """Read one row; raises `Reject`."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """How the rows of one dataset become items."""

    name: str
    """Name on the command line, and dataset of the items unless the draft says otherwise."""
    about: str
    """The dataset and its schema, in one line."""
    signatures: tuple[frozenset[str], ...]
    """Field names of which one set must be there, for guessing; "question.stem" is a field of a
    field. The larger set wins. Empty: never guessed."""
    read: Callable[[Row], ParsedRow]
    """One row -> draft; raises `Reject`."""
    looks_right: Callable[[Row], bool] = lambda row: True
    """A look at values, where field names do not tell; most of the first rows must pass."""
    is_own: Callable[[Row], bool] = lambda row: True
    """Whether a row that it was guessed for can only be of this dataset. Schemas are shared: where
    rows may be another set's, the items are named after their file."""
    fit: Callable[[Sequence[Row], ItemFile], FileReader] | None = None
    """Makes a reader from all rows of a file and what `[[items.file]]` says of it, for formats that
    only the whole column tells, such as whether positions count from 0; None: rows are read one by
    one, with `read`."""
    unfold: Callable[[Row], Iterable[Row]] | None = None
    """Makes the rows of one question each out of a row of the file that holds several; each is then
    read by itself. It may raise `Reject`. None: a row makes one item."""


@cache
def adapters() -> Mapping[str, Adapter]:
    """Return all adapters by name, those of other packages among them."""
    found, wrong = _loaded()
    for why in wrong.values():
        warnings.warn(why, stacklevel=2)
    return found


def _loaded() -> tuple[Mapping[str, Adapter], Mapping[str, str]]:
    """Adapters by name, and why others can't be used."""
    found: dict[str, Adapter] = {}
    wrong: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            adapter = point.load()
        except Exception as error:
            wrong[point.name] = f"adapter {point.name!r} ({point.value}) is broken: {error}"
            continue
        if not isinstance(adapter, Adapter):
            wrong[point.name] = f"adapter {point.name!r} ({point.value}) is not an Adapter"
            continue
        found[point.name] = adapter
    return found, wrong


def get_adapter(name: str) -> Adapter:
    """Return the adapter of that name.

    Raises:
        ItemError: there is none.
    """
    known = adapters()
    if name not in known:
        if (why := _loaded()[1].get(name)) is not None:
            raise ItemError(why, fix="correct the entry point or its module, and install it again")
        raise ItemError(f"no adapter is called {name!r}", fix=f"choose one of {_names()}")
    return known[name]


def guess_adapter(
    rows: Sequence[Row], where: str = "these rows", said: ItemFile | None = None
) -> Adapter:
    """Return the adapter whose signature fits the first rows of a file best, or the generic one.

    Args:
        rows: The first rows, as many as are at hand; the first 50 are looked at.
        where: Name of the file, for the message.
        said: What is said of it so far, for the lines to paste; None: nothing.

    Raises:
        ItemError: none fits, or two fit equally well.
    """
    sample = rows[:LOOK_AT]
    fields = {name for row in sample for name in _fields(row)}
    scores: dict[str, int] = {}
    for name, adapter in adapters().items():
        fitting = [len(signature) for signature in adapter.signatures if signature <= fields]
        if fitting and 2 * sum(map(adapter.looks_right, sample)) > len(sample):
            scores[name] = max(fitting)
    best = [name for name, score in scores.items() if score == max(scores.values())]
    if len(best) == 1:
        return get_adapter(best[0])
    if best:
        raise ItemError(
            f"adapters {' and '.join(best)} fit equally well", where=where, fix="name one of them"
        )
    generic = get_adapter(GENERIC)
    refused = None
    if generic.fit is not None:
        reader = generic.fit(sample, ItemFile(where))
        for row in sample:
            try:
                reader.read(row)
            except Reject as reject:
                # A row with options whose answer alone is wrong is a row of this kind.
                if reject.reason in _NO_ITEM:
                    refused = refused or reject
                    continue
            return generic
    said = said if said is not None and said.path else replace(said or ItemFile(where), path=where)
    raise _no_adapter(sample, where, said, refused)


def _no_adapter(
    rows: Sequence[Row], where: str, said: ItemFile, refused: Reject | None
) -> ItemError:
    """Return the error for rows that no adapter reads, with the lines that say what is what."""
    columns = ", ".join(sorted(map(str, {name for row in rows for name in row}))[:20])
    if refused is not None and refused.reason == "bad_options" and refused.fix is not None:
        return ItemError(
            f"no adapter fits these fields: {refused.what}",
            where=where,
            got=columns or "no rows",
            fix=refused.fix,
        )
    guess = guess_columns(rows, Columns())
    nested = nested_field(rows)
    if nested is not None and said.questions is None and not guess.complete:
        lines = replace(said, questions=nested).to_toml()
        return ItemError(
            f"no adapter fits these fields; {nested!r} holds lists of objects",
            where=where,
            got=columns,
            fix=f"if these are its questions, say so in study.toml:\n{lines}",
        )
    lines = replace(said, columns=guess.columns).to_toml()
    done = "say which column is what" if guess.complete else "say which column is what (fill in)"
    return ItemError(
        "no adapter fits these fields" + (f": {refused.what}" if refused else ""),
        where=where,
        got=columns or "no rows",
        fix=f"{done}, in study.toml:\n{lines}\nor name one of the adapters {_names()}",
    )


def _fields(row: Row) -> set[str]:
    inner = {
        f"{name}.{key}"
        for name, value in row.items()
        if isinstance(value, Mapping)
        for key in value
    }
    return {str(name) for name in row} | inner


def _names() -> str:
    return ", ".join(sorted(adapters()))
