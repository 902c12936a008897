"""`read_items`: files, frames or datasets in, items out, with every row accounted for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

from cgr_nb.errors import ItemError
from cgr_nb.items.adapter import LOOK_AT, Adapter, get_adapter, guess_adapter
from cgr_nb.items.draft import finish
from cgr_nb.items.fields import Row, text_or_none
from cgr_nb.items.gold import plain_text
from cgr_nb.items.raw import RawRow
from cgr_nb.items.readers import read_rows, source_name
from cgr_nb.items.rejection import Reject, Rejection
from cgr_nb.records import Item

__all__ = ["ItemSet", "SourceCount", "read_items"]


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What one file, frame or dataset gave."""

    name: str
    adapter: str
    items: tuple[Item, ...]
    rejected: tuple[Rejection, ...]

    def __len__(self) -> int:
        """Rows seen: each is an item or a rejection."""
        return len(self.items) + len(self.rejected)


@dataclass(frozen=True)
class ItemSet:
    """Everything that was read. `len()` is the number of rows seen, not of items."""

    sources: tuple[SourceCount, ...]
    """In the order given."""

    def __len__(self) -> int:
        return sum(map(len, self.sources))

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
) -> ItemSet:
    """Read items from one or several files, frames or datasets.

    Args:
        path_or_frame: A path (.jsonl, .json, .csv, .tsv, .parquet), a pandas frame, a Hugging Face
            dataset, or a list of these.
        adapter: Name of the adapter, or an adapter; None: guessed for each source by its fields.
        limit: Stop after this many items of each source; rows behind are not looked at.
        seed: Seed of distractors made for numeric answers.

    Returns:
        Items, rejected rows with reasons, and counts. An item that was read before, word for word,
        is a rejection with reason "duplicate"; also across files.

    Raises:
        ItemError: a source can't be read at all, or no adapter fits it.
    """
    sources = list(path_or_frame) if isinstance(path_or_frame, list | tuple) else [path_or_frame]
    seen: dict[str, str] = {}
    return ItemSet(tuple(read_source(source, adapter, limit, seed, seen) for source in sources))


def read_source(
    source: object,
    adapter: str | Adapter | None,
    limit: int | None,
    seed: int,
    seen: dict[str, str],
) -> SourceCount:
    """Read one source; `seen` maps ids of items read before to their places, and is added to."""
    rows = read_rows(source)
    name = source_name(source)
    if adapter is None:
        # Guessing looks at the first rows, which are then read again as if it had not.
        first = list(islice(rows, LOOK_AT))
        rows = chain(first, rows)
        adapter = guess_adapter(_readable(first, name), name)
    elif isinstance(adapter, str):
        adapter = get_adapter(adapter)
    items: list[Item] = []
    rejected: list[Rejection] = []
    for row in rows:
        if limit is not None and len(items) >= limit:
            break
        try:
            item = _item(row, adapter, seed)
            if item.id in seen:
                raise Reject("duplicate", f"the same item was read before: {seen[item.id]}")
        except Reject as reject:
            rejected.append(_rejection(row, reject))
        except Exception as error:
            # An adapter's own mistake must not lose the other rows, nor this one silently.
            what = f"adapter {adapter.name} stopped: {type(error).__name__}: {error}"
            rejected.append(_rejection(row, Reject("adapter_failed", what)))
        else:
            seen[item.id] = row.where
            items.append(item)
    if not items and not rejected and limit != 0:
        raise ItemError("holds no rows", where=name)
    return SourceCount(name, adapter.name, tuple(items), tuple(rejected))


def _item(row: RawRow, adapter: Adapter, seed: int) -> Item:
    if row.fields is None:
        raise row.problem or Reject("not_an_object", "the row could not be read")
    return finish(adapter.read(row.fields), adapter.name, row.where, seed)


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
