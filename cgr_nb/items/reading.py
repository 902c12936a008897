"""`read_items`: files, frames or datasets in, items out, with every row accounted for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cgr_nb.errors import ItemError
from cgr_nb.items.adapter import (
    GENERIC,
    LOOK_AT,
    Adapter,
    FileReader,
    get_adapter,
    guess_adapter,
)
from cgr_nb.items.fields import Row, is_missing, text_or_none
from cgr_nb.items.gold import plain_text
from cgr_nb.items.guessing import likely_gold
from cgr_nb.items.item_file import GOLD_NONE, Columns, ItemFile, item_file
from cgr_nb.items.naming import is_named_after, source_dataset
from cgr_nb.items.nested import unfolded, unfolded_by
from cgr_nb.items.parsed_row import ParsedRow, finish
from cgr_nb.items.plain import PlainReader
from cgr_nb.items.raw import RawRow, ReaderNotes
from cgr_nb.items.readers import read_rows, source_name
from cgr_nb.items.rejection import Reject, Rejection
from cgr_nb.records import Item

__all__ = ["ItemSet", "SourceCount", "read_items"]

_SHOWN = 12
"""Datasets, and reasons, that a printed set of items names."""


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What one file, frame or dataset gave."""

    name: str
    adapter: str
    items: tuple[Item, ...]
    rejected: tuple[Rejection, ...]
    notes: tuple[str, ...] = ()
    """How it was read, where that is not plain: delimiter, header, compression, names."""
    unused: tuple[str, ...] = ()
    """Columns with something in them that no part of an item was read from; known for the generic
    reader only: the other adapters leave out on purpose."""
    looks_like_gold: str | None = None
    """An unused column that names an option in nearly every row."""
    paste: str | None = None
    """Lines for study.toml that say what the rejected rows leave open; None when they leave
    nothing open."""

    def __len__(self) -> int:
        """Rows seen: each is an item or a rejection."""
        return len(self.items) + len(self.rejected)


@dataclass(frozen=True, repr=False)
class ItemSet:
    """Everything that was read. `len()` is the number of rows seen, not of items."""

    sources: tuple[SourceCount, ...]
    """In the order given."""

    def __len__(self) -> int:
        return sum(map(len, self.sources))

    def __repr__(self) -> str:
        lines = [
            f"ItemSet: {len(self.items):,} items of {len(self):,} rows, read by {self.adapter}"
        ]
        of = Counter(item.dataset for item in self.items)
        told = [f"{name}: {count:,}" for name, count in of.most_common()]
        told += [f"rejected, {reason}: {count:,}" for reason, count in self.by_reason().items()]
        if len(told) > _SHOWN:
            told[_SHOWN - 1 :] = [f"and {len(told) - _SHOWN + 1:,} more lines"]
        blind = sum(item.gold is None for item in self.items)
        if blind:
            told.append(f"NO KNOWN ANSWER: {blind:,} items can be asked, but never scored")
        return "\n  ".join([*lines, *told])

    @cached_property
    def items(self) -> list[Item]:
        """Accepted rows in the order read, no two with the same id."""
        return [item for part in self.sources for item in part.items]

    @cached_property
    def rejected(self) -> list[Rejection]:
        """All other rows, each with its reason and place."""
        return [row for part in self.sources for row in part.rejected]

    @property
    def adapter(self) -> str:
        """Name of the adapter that read the rows; all names when sources needed different ones."""
        return ", ".join(dict.fromkeys(part.adapter for part in self.sources))

    def by_reason(self) -> dict[str, int]:
        """Return rejected rows by reason, the most frequent first."""
        return dict(Counter(row.reason for row in self.rejected).most_common())

    @property
    def questions_repeated(self) -> int:
        """How many items ask what an earlier item asks, with other options or another answer."""
        counts = Counter(
            (item.dataset, plain_text(item.question), item.context) for item in self.items
        )
        return sum(count - 1 for count in counts.values())


def read_items(
    path_or_frame: object,
    adapter: str | Adapter | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    columns: Columns | dict[str, Any] | None = None,
    dataset: str | None = None,
    gold_base: int | None = None,
    gold: str | None = None,
    option_labels: str | None = None,
    encoding: str | None = None,
    questions: str | None = None,
) -> ItemSet:
    """Read items from one or several files, frames or datasets.

    Args:
        path_or_frame: A path (.jsonl, .json, .csv, .tsv, .parquet, .eval, also compressed), an
            `ItemFile`, a pandas frame, a Hugging Face dataset, or a list of these.
        adapter: Name of the adapter, or an adapter; None: guessed for each source by its fields.
        limit: Stop after this many items of each source; rows behind are not counted.
        seed: Seed of distractors made for numeric answers, and of shuffled options.
        columns: Which column is what, such as `{"question": "stem", "options": ["o1", "o2"],
            "gold": "key"}`; see `Columns`.
        dataset: What all items belong to; None: what row, adapter or file say.
        gold_base: What a position in the answer's column counts from, 0 or 1.
        gold: "none" where no answers are stated, and need not be.
        option_labels: What labels in the options' texts mean, see `ItemFile`.
        encoding: Of the files' text; None: UTF-8, or what a byte-order mark says.
        questions: Field that holds a list of questions in each row, see `ItemFile`.

    Returns:
        Items, rejected rows with reasons, and counts. An item that was read before, word for word,
        is a rejection with reason "duplicate"; also across files.

    Raises:
        ItemError: a source can't be read at all, no adapter fits it, or it states no answer.
    """
    sources = list(path_or_frame) if isinstance(path_or_frame, list | tuple) else [path_or_frame]
    said = item_file(
        "these rows",
        columns=columns,
        dataset=dataset,
        gold_base=gold_base,
        gold=gold,
        option_labels=option_labels,
        encoding=encoding,
        questions=questions,
    )
    seen: dict[str, str] = {}
    return ItemSet(
        tuple(read_source(source, adapter, limit, seed, seen, said) for source in sources)
    )


def read_source(
    source: object,
    adapter: str | Adapter | None,
    limit: int | None,
    seed: int,
    seen: dict[str, str],
    said: ItemFile | None = None,
) -> SourceCount:
    """Read one source.

    What an `ItemFile` says of itself goes before `adapter` and `said`.

    Args:
        source: A file, a folder, a dataset object or an `ItemFile`.
        adapter: Reads the rows; None: guessed.
        limit: Rows at most; None: all.
        seed: Of distractors made for numeric answers, and of shuffled options.
        seen: Id -> place of the items read before; is added to.
        said: How to read a file that says nothing of itself.
    """
    if isinstance(source, ItemFile):
        said, source = source, source.path
        adapter = said.adapter or adapter
    elif said is None:
        said = ItemFile("")
    name = source_name(source)
    if isinstance(source, str | Path):
        said = replace(said, path=str(source))
    told = ReaderNotes()
    # All rows are looked at before the first is read: the form of a column is told by all of it.
    rows = list(read_rows(source, told, said.encoding))
    if said.questions is not None:
        rows = unfolded(rows, said.questions, name)
    guessed = adapter is None
    chosen = _adapter(adapter, rows, name, said)
    if chosen.unfold is not None:
        rows = unfolded_by(chosen.unfold, rows)
    reader = _reader(chosen, rows, said, name)
    fallback, trusted = _names(chosen, rows, source, told, guessed)
    items: list[Item] = []
    rejected: list[Rejection] = []
    for row in rows:
        if limit is not None and len(items) >= limit:
            break
        try:
            item = _item(row, reader, said.dataset, fallback, trusted, seed)
            if item.id in seen:
                raise Reject("duplicate", f"the same item was read before: {seen[item.id]}")
        except Reject as reject:
            rejected.append(_rejection(row, reject))
        except Exception as error:
            # An adapter's own mistake must not lose the other rows, nor this one silently.
            what = f"adapter {chosen.name} stopped: {type(error).__name__}: {error}"
            rejected.append(_rejection(row, Reject("adapter_failed", what)))
        else:
            seen[item.id] = row.where
            items.append(item)
    if not items and not rejected and limit != 0:
        raise ItemError("holds no rows", where=name)
    paste = _paste(rejected, said)
    count = SourceCount(
        name, chosen.name, tuple(items), tuple(rejected), tuple(told.notes), paste=paste
    )
    if isinstance(reader, PlainReader):
        count = _with_columns(count, reader, rows)
    if items and said.gold != GOLD_NONE and all(item.gold is None for item in items):
        raise _no_gold(count, rows, said)
    return count


def _adapter(
    adapter: str | Adapter | None, rows: list[RawRow], name: str, said: ItemFile
) -> Adapter:
    if isinstance(adapter, str):
        adapter = get_adapter(adapter)
    if adapter is not None:
        if adapter.fit is None and not said.is_plain:
            raise ItemError(
                "columns, gold_base and option_labels can't be combined with an adapter",
                where=name,
                got=f"adapter {adapter.name}",
                fix='leave the adapter out, or name "generic"',
            )
        return adapter
    if not said.is_plain:
        return get_adapter(GENERIC)
    return guess_adapter(_readable(rows[:LOOK_AT], name), name, said)


def _reader(adapter: Adapter, rows: list[RawRow], said: ItemFile, name: str) -> FileReader:
    if adapter.fit is None:
        return adapter
    readable = [row.fields for row in rows if row.fields is not None]
    known = {str(column) for row in readable for column in row}
    absent = [column for column in said.columns.named() if column not in known]
    if absent and readable:
        raise ItemError(
            f"there is no column {absent[0]!r}",
            where=name,
            got=", ".join(sorted(known)[:20]),
            fix="name one that is there",
        )
    return adapter.fit(readable, said)


def _names(
    adapter: Adapter, rows: list[RawRow], source: object, told: ReaderNotes, guessed: bool
) -> tuple[str, bool]:
    """Return the dataset's name for rows that name none, and whether a name that the adapter gives
    is believed."""
    own = source_dataset(source, told.dataset)
    if adapter.name == GENERIC:
        return own, True
    if not guessed:
        return adapter.name, True
    first = [row.fields for row in rows[:LOOK_AT] if row.fields is not None]
    configs = {str(row[name]) for row in first for name in ("subject", "config") if name in row}
    if all(map(adapter.is_own, first)) or is_named_after(source, adapter.name, configs):
        return adapter.name, True
    return own, False


def _item(
    row: RawRow, reader: FileReader, said: str | None, fallback: str, trusted: bool, seed: int
) -> Item:
    if row.fields is None:
        raise row.problem or Reject("not_an_object", "the row could not be read")
    draft: ParsedRow = reader.read(row.fields)
    dataset = said or (draft.dataset if trusted else None)
    return finish(replace(draft, dataset=dataset), fallback, row.where, seed)


def _paste(rejected: list[Rejection], said: ItemFile) -> str | None:
    """Return the lines that say what the rejected rows leave open."""
    open_rows = [row.detail for row in rejected if row.reason == "gold_ambiguous"]
    if any("gold_base" in detail for detail in open_rows):
        return replace(said, gold_base=0).to_toml() + "  # or 1: what its positions count from"
    if any("option_labels" in detail for detail in open_rows):
        lines = replace(said, option_labels="written").to_toml()
        return lines + '  # or "position", or "text": what an answer means'
    return None


def _with_columns(count: SourceCount, reader: PlainReader, rows: list[RawRow]) -> SourceCount:
    """Add what is known of the file's columns."""
    used = reader.used_columns()
    fields = [row.fields for row in rows if row.fields is not None]
    names = dict.fromkeys(
        str(name) for row in fields for name, value in row.items() if not is_missing(value)
    )
    unused = tuple(name for name in names if name not in used and not _is_row_number(name))
    looks = None
    if any(item.gold is None for item in count.items):
        looks = likely_gold(fields, reader.options.options_of(fields), tuple(used))
    notes = (*count.notes, *reader.notes())
    return replace(count, notes=notes, unused=unused, looks_like_gold=looks)


def _is_row_number(name: str) -> bool:
    """Tell whether a column has the name that tables of row numbers are saved with."""
    return not name.strip() or name.startswith("Unnamed: ")


def _no_gold(count: SourceCount, rows: list[RawRow], said: ItemFile) -> ItemError:
    columns = dict.fromkeys(
        str(name) for row in rows[:LOOK_AT] if row.fields is not None for name in row.fields
    )
    if count.looks_like_gold is not None:
        known = replace(said.columns, gold=count.looks_like_gold)
        lines = replace(said, columns=known).to_toml()
        fix = f"column {count.looks_like_gold!r} looks like it; in study.toml:\n{lines}"
    else:
        lines = replace(said, gold=GOLD_NONE).to_toml()
        fix = (
            'name its column, as in columns = { gold = "..." }; or, where there is none to'
            f" be had, in study.toml:\n{lines}"
        )
    return ItemError(
        f"none of the {len(count.items)} items has an answer",
        where=count.name,
        got=", ".join(list(columns)[:20]),
        fix=fix,
    )


def _rejection(row: RawRow, reject: Reject) -> Rejection:
    name = None if row.fields is None else _own_id(row.fields)
    detail = f"{reject.what}; {reject.fix}" if reject.fix else reject.what
    return Rejection(reject.reason, detail, row.where, name)


def _own_id(fields: Row) -> str | None:
    return text_or_none(fields, "id", "ID", "question_id", "uuid", "realidx", "index")


def _readable(rows: list[RawRow], name: str) -> list[Row]:
    readable = [row.fields for row in rows if row.fields is not None]
    if rows and not readable:
        problem = rows[0].problem
        raise ItemError(
            f"none of the first {len(rows)} rows can be read",
            where=rows[0].where,
            got=problem.what if problem else None,
        )
    if not rows:
        raise ItemError("holds no rows", where=name)
    return readable
