"""Stores of one study into one: the union of their records, by the id of their content.

Two passes. The first reads every record of every store, compares, and writes nothing: a store that
is broken, of another study or at odds with another is refused while the study is as it was. The
second writes what is new, store by store, each record after those that it names and many in one
transaction. Killed at any point, the study holds whole records only, and the same merge goes on
from there and ends with the same. Memory does not grow with the number of records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import CgrError, StoreError
from cgr_nb.store.agreed_tables import AgreedTables
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.merge_meta import MergedMeta
from cgr_nb.store.merge_review import MergeReview
from cgr_nb.store.merged import Merged, OnClash, clash_error
from cgr_nb.store.record_shapes import COUNTED, SHAPES, SUPERSEDED

if TYPE_CHECKING:
    from cgr_nb.store.database import Store

__all__ = ["MERGE", "is_unfinished", "merge_stores", "take_redos"]

MERGE = "merge"
"""Key of the fact that says what was merged into a study, and whether that came to its end."""

Line = dict[str, Any]
_STUDY = "the study"
_LINES = 500
"""Records of one transaction."""
_MOST_COMPLAINTS = 5


def merge_stores(
    store: Store,
    sources: Sequence[tuple[str, Path]],
    *,
    on_clash: OnClash = "refuse",
    dry_run: bool = False,
    given: Mapping[str, frozenset[str]] | None = None,
    tell: Callable[[str, int, int], None] | None = None,
) -> Merged:
    """See `Store.merge`.

    Args:
        store: The study; nobody else may be writing to it.
        sources: Name and file, or folder, of each store, the first one before the others.
        on_clash: What becomes of records that differ under one id.
        dry_run: Only say what would be done.
        given: Arm -> arms whose answers it is given; None: not known.
        tell: Called with the store being read or written, steps done and steps to do.
    """
    steps = len(sources) * (1 if dry_run else 2)
    done = 0

    def step(name: str) -> None:
        nonlocal done
        if tell is not None:
            tell(name, done, steps)
        done += 1

    with _written(store), closing(MergeReview(store._tables, given)) as review:
        facts = _review(store, review, sources, step)
        merged = review.merged()
        if dry_run:
            return merged
        if merged.clash_count and on_clash == "refuse":
            raise clash_error(merged)
        before = store.meta(MERGE)
        store.set_meta(MERGE, {**(before or _NOTHING), "finished": False})
        if facts.renewed:
            store.set_expected(())
        runs = {review.study_runs[number]: number for number in review.study_runs}
        if review.redos.is_new:
            with store.transaction():
                for number, (name, place) in enumerate(sources):
                    with ForeignStore(place, name) as source:
                        _Writer(store, source, review, number, runs).write_redos()
                review.redos.apply(store)
        for number, (name, place) in enumerate(sources):
            step(name)
            with ForeignStore(place, name) as source:
                _Writer(store, source, review, number, runs).write()
        facts.write()
        merged = review.merged(runs)
        store.set_meta(MERGE, _told(before or _NOTHING, merged))
        return merged


def take_redos(store: Store, folder: Path, given: Mapping[str, frozenset[str]] | None) -> None:
    """Take out of a shard what was to be done again in its study, and what is built on it; nothing
    else comes from there.

    Args:
        store: The shard; nobody else may be writing to it.
        folder: The study; read as it lies where nobody writes to it.
        given: See `merge_stores`.

    Raises:
        StoreError: It can't be read.
    """
    with (
        _written(store),
        closing(MergeReview(store._tables, given)) as review,
        ForeignStore(folder, at_rest=True) as source,
    ):
        review.redos.add(source, 0)
        if review.redos.retires:
            with ForeignStore(store.path, str(store.path.parent)) as shard:
                review.look_at_study(shard)
        if review.redos.is_new:
            runs = {review.study_runs[number]: number for number in review.study_runs}
            with store.transaction():
                _Writer(store, source, review, 0, runs).write_redos()
                review.redos.apply(store)


@contextmanager
def _written(store: Store) -> Iterator[None]:
    """What can go wrong with the study's own file, in words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"the merge was interrupted: {error}",
            where=str(store.path.parent),
            fix="make sure that the disk has room and nothing else writes to the study, then repeat"
            " the merge: it resumes",
        ) from error


def is_unfinished(store: Store) -> bool:
    """Whether a merge into the study was interrupted."""
    return (store.meta(MERGE) or _NOTHING)["finished"] is False


_NOTHING: Mapping[str, Any] = {"finished": True, "stores": [], "overlaps": [], "left_out": {}}


def _told(before: Mapping[str, Any], merged: Merged) -> dict[str, Any]:
    """What the study keeps of its merges: a pair of runs is counted anew each time."""
    pairs = {
        (one["model"], *one["runs"]): one
        for one in (*before["overlaps"], *(asdict(one) for one in merged.overlaps))
    }
    names = dict.fromkeys((*before["stores"], *(one.name for one in merged.stores)))
    return {
        "finished": True,
        "stores": list(names),
        "overlaps": list(pairs.values()),
        "left_out": merged.total("left_out"),
    }


def _review_redos(
    store: Store, review: MergeReview, sources: Sequence[tuple[str, Path]]
) -> dict[int, StoreError]:
    """See what is out of date by redos, before records are compared.

    Returns:
        Number of a store -> what is wrong with it.
    """
    wrong = {}
    for number, (name, place) in enumerate(sources):
        try:
            with ForeignStore(place, name) as source:
                review.redos.add(source, number)
        except StoreError as error:
            wrong[number] = error
    if review.redos.retires:
        with ForeignStore(store.path, _STUDY) as study:
            review.look_at_study(study)
    return wrong


def _review(
    store: Store,
    review: MergeReview,
    sources: Sequence[tuple[str, Path]],
    step: Callable[[str], None],
) -> MergedMeta:
    """Read all that there is and complain of all that is wrong."""
    complaints: list[CgrError] = []
    facts = MergedMeta(store)
    tables = AgreedTables(store)
    wrong = _review_redos(store, review, sources)
    for number, (name, place) in enumerate(sources):
        step(name)
        try:
            with ForeignStore(place, name) as source:
                facts.add(source)
                tables.add(source)
                review.add(source, is_renewed=facts.renewed)
            if number in wrong:
                raise wrong[number]
        except StoreError as error:
            complaints.append(error)
    if len(complaints) == 1:
        raise complaints[0]
    if complaints:
        shown = " | ".join(map(str, complaints[:_MOST_COMPLAINTS]))
        more = len(complaints) - _MOST_COMPLAINTS
        raise StoreError(
            f"{len(complaints)} of {len(sources)} stores can't be merged, and nothing was written",
            got=shown + (f" | and {more} more" if more > 0 else ""),
        )
    return facts


class _Writer:
    """Writes what one store brings."""

    def __init__(
        self,
        store: Store,
        source: ForeignStore,
        review: MergeReview,
        number: int,
        runs: dict[int, int],
    ) -> None:
        """Make a writer.

        Args:
            store: The study.
            source: What is merged into it.
            review: What is new.
            number: Of the source, in the review.
            runs: Number of a run in the review -> in the study; completed here.
        """
        self._store, self._source = store, source
        self._tables, self._connection = store._tables, store._connection
        self._review, self._number, self._runs = review, number, runs

    def write(self) -> None:
        """All of it; what a record names is there before it."""
        runs = self._add_runs()
        for table in ("models", "prompts"):
            self._insert(table, self._source.lines(table))
        for table in COUNTED:
            self._insert(table, self._new(table, runs))
        self._use_items()
        self._add_verdicts()
        self._insert("expected", self._source.lines("expected"))

    def write_redos(self) -> None:
        """What was taken out of the store, each redo whole or not at all."""
        runs = self._add_runs()
        for redo in self._review.redos.to_write(self._source):
            values = {name: value for name, value in redo.items() if name != "number"}
            with self._tables.transaction():
                number = self._tables.append("redos", values)
                for table in SUPERSEDED:
                    lines = self._source.lines(table, redo["number"])
                    self._insert(
                        f"superseded_{table}",
                        ({"redo": number, **_with_run(one, runs)} for one in lines),
                    )

    def _insert(self, table: str, lines: Iterable[Line]) -> None:
        left = iter(lines)
        while batch := list(islice(left, _LINES)):
            self._tables.insert_all(table, batch)

    def _new(self, table: str, runs: Mapping[int, int]) -> Iterator[Line]:
        key = SHAPES[table].key[0]
        for line in self._source.lines(table):
            if self._review.is_new(self._number, table, line[key]):
                yield _with_run(line, runs)

    def _add_runs(self) -> dict[int, int]:
        """Put the runs of the store on record; number there -> number here."""
        found = {}
        known = self._review.runs_of(self._source.lines("provenance"))
        for line in self._source.lines("provenance"):
            here = known[line["run"]]
            if here not in self._runs:
                values = {"started": line["started"], "facts": line["facts"]}
                self._runs[here] = self._tables.append("provenance", values)
            found[line["run"]] = self._runs[here]
        return found

    def _use_items(self) -> None:
        """An item that some store asks is asked; one that was set aside is not just a twin."""
        left = (line for line in self._source.lines("items") if line["use"] != "twin")
        while batch := list(islice(left, _LINES)):
            with self._tables.transaction():
                self._connection.executemany(
                    "UPDATE items SET use = ? WHERE id = ? AND use != ? AND use != 'asked'",
                    ((line["use"], _raw(line["id"]), line["use"]) for line in batch),
                )

    def _add_verdicts(self) -> None:
        names = ("program_id", "rater", "label", "note", "created")
        with self._tables.transaction():
            for line in self._source.lines("verdicts"):
                values = {name: line[name] for name in names}
                if not self._tables.has("verdicts", values):
                    self._tables.append("verdicts", values)


def _with_run(line: Line, runs: Mapping[int, int]) -> Line:
    """A record with the number that its run has here; without one where its store knows none."""
    return {**line, "run": runs.get(line["run"])} if "run" in line else line


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
