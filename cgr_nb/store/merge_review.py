"""What a merge would bring, found out before anything is written: records that are new, that are
there, that clash, and that rest on a reply which does not stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from cgr_nb.errors import StoreError
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.left_out import leave_out
from cgr_nb.store.merge_notes import MergeNotes, Seen, digest, seen_line
from cgr_nb.store.merge_redos import MergeRedos
from cgr_nb.store.merged import Clash, Merged, MergedStore, Overlap
from cgr_nb.store.record_shapes import COUNTED, SHAPES

if TYPE_CHECKING:
    from cgr_nb.store.record_tables import RecordTables

__all__ = ["MergeReview", "RunKey"]

RunKey = tuple[str, str]
"""When a run was started and its facts: what two stores know the same run by."""

_LISTED = 100


class MergeReview:
    """What a merge would do; see `add`.

    Args:
        tables: Of the study that is merged into.
        given: Arm -> arms whose answers to the same item it is given; None: not known, so that any
            may be given any.
    """

    def __init__(
        self, tables: RecordTables, given: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._tables, self._given = tables, given
        self._notes = MergeNotes()
        self._empty = {table for table in COUNTED if not _has_lines(tables, table)}
        self.runs: dict[RunKey, int] = {}
        """Each run that some store knows -> a number of this review."""
        self.study_runs = self.runs_of(tables.all("provenance", "run"))
        """Number of a run in the study -> its number here."""
        self.redos = MergeRedos(tables, self._notes)
        """What was done again, in the study and in the stores."""
        self._stores: list[MergedStore] = []
        self._clashes: list[Clash] = []
        self._pairs: dict[tuple[str, int, int], list[int]] = {}

    def close(self) -> None:
        """Forget all of it."""
        self._notes.close()

    def merged(self, numbers: Mapping[int, int] | None = None) -> Merged:
        """What was found.

        Args:
            numbers: Number of this review -> number of the run in the study; None: they are not
                there yet.
        """
        overlaps = (
            Overlap(model, (numbers[one], numbers[two]) if numbers else (one, two), *counts)
            for (model, one, two), counts in sorted(self._pairs.items())
        )
        return Merged(
            *(tuple(self._stores), tuple(overlaps), tuple(self._clashes)),
            built_on=self.redos.built_on,
        )

    def is_new(self, number: int, table: str, id: str) -> bool:
        """Whether a record is to be taken, and from this store."""
        return self._notes.is_new(number, table, id)

    def look_at_study(self, study: ForeignStore) -> None:
        """Find what the study has that is built on what redos of stores took out; all of these were
        added to `redos`, and no store was added here."""
        self.redos.look_at_study(study, self._given)

    def add(self, source: ForeignStore, *, is_renewed: bool = False) -> None:
        """Look at every record of a store.

        Args:
            source: The store.
            is_renewed: The rows of the study are those of the stores, whatever they were.

        Raises:
            StoreError: It is damaged, or it says something else of an item than another one.
        """
        number, told = len(self._stores), MergedStore(source.name)
        told.replaced = dict(self.redos.replaced.get(number, {}))
        self._stores.append(told)
        runs = self.runs_of(source.lines("provenance"))
        try:
            for table in COUNTED:
                self._add_table(source, table, number, runs)
            self._add_expected(source, number, is_renewed)
        except StoreError:
            # What it holds says nothing against the others.
            self._notes.forget(number)
            raise
        if self._notes.out_count():
            drop = partial(self._notes.drop, number)
            for table, count in leave_out(self._notes, source, drop, self._given).items():
                told.left_out[table] = count
                told.new[table] -= count
        self._notes.end_store()

    def runs_of(self, lines: Iterator[dict[str, Any]]) -> dict[int, int]:
        """Number of a run in a store -> its number here."""
        found = {}
        for line in lines:
            key = line["started"], json.dumps(json.loads(line["facts"]), sort_keys=True)
            found[int(line["run"])] = self.runs.setdefault(key, len(self.runs))
        return found

    def _add_table(
        self, source: ForeignStore, table: str, number: int, runs: Mapping[int, int]
    ) -> None:
        told, shape = self._stores[number], SHAPES[table]
        lines, new, clashes, gone = 0, 0, 0, 0
        for line in source.lines(table):
            lines += 1
            id = line[shape.key[0]]
            here = seen_line(table, line, runs, number)
            if self.redos.any and self.redos.is_gone(table, id, here.digest, number):
                gone += 1
                there = self._there(table, id)
                if there is None or (there.digest, there.scores) != (here.digest, here.scores):
                    # It does not stand, and neither does what rests on it.
                    self._notes.put_out(table, id)
                continue
            there = self._there(table, id)
            if there is None:
                new += 1
                self._notes.keep(table, id, here)
                continue
            if table == "calls":
                self._compare_calls(id, line["model"], there, here)
            if (there.digest, there.scores) != (here.digest, here.scores):
                clashes += 1
                self._clash(table, id, there, here)
        found = {"lines": lines, "new": new, "clashes": clashes, "superseded": gone}
        for name, count in found.items():
            if count:
                getattr(told, name)[table] = count

    def _add_expected(self, source: ForeignStore, number: int, is_renewed: bool) -> None:
        """See that each row is made of the same answers wherever it is asked for."""
        for line in source.lines("expected"):
            id = f"{line['row_id']}\n{line['arm']}"
            here = Seen(digest([line["answer_id"]]), b"", None, number)
            found = self._notes.seen("expected", id)
            there = found.digest if found else None
            if there is None and not is_renewed:
                known = self._tables.expected_answer(line["row_id"], line["arm"])
                there = None if known is None else digest([known])
            if there is None:
                self._notes.keep("expected", id, here)
            elif there != here.digest:
                raise StoreError(
                    f"arm '{line['arm']}' of row {line['row_id']} has other settings than in"
                    " an earlier store",
                    where=source.name,
                    fix=f"merge shards of one study: its [arm.{line['arm']}] was different",
                )

    def _there(self, table: str, id: str) -> Seen | None:
        """The record that stands under an id; None where there is none."""
        if table not in self._empty and not (
            self.redos.retires and self._notes.is_retired(table, id)
        ):
            line = self._tables.one(table, id, SHAPES[table].key[0])
            if line is not None:
                return seen_line(table, line, self.study_runs, -1)
        return self._notes.seen(table, id)

    def _compare_calls(self, id: str, model: str, there: Seen, here: Seen) -> None:
        """Count a call that two runs made, each for itself; one that was handed on is one call."""
        if there.run is None or here.run is None or there.run == here.run:
            return
        if not self._notes.compare(id, here.run):
            return  # another store has the same record
        counts = self._pairs.setdefault((model, there.run, here.run), [0, 0, 0])
        counts[0] += 1
        if there.digest != here.digest:
            counts[1] += 1
        elif there.scores != here.scores:
            counts[2] += 1

    def _clash(self, table: str, id: str, there: Seen, here: Seen) -> None:
        told = self._stores[here.source]
        if table == "items":
            raise StoreError(
                f"item {id} differs from the item of that id in"
                f" {self._stores[there.source].name if there.source >= 0 else 'the study'}",
                where=told.name,
                fix="merge shards of one study: they have the same item files and [items] settings",
            )
        self._notes.put_out(table, id)
        if len(self._clashes) < _LISTED:
            what: Literal["reply", "scores", "record"] = "record"
            if table == "calls":
                what = "scores" if there.digest == here.digest else "reply"
            self._clashes.append(Clash(table, id, told.name, what))


def _has_lines(tables: RecordTables, table: str) -> bool:
    found = tables.connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()
    return bool(found[0])
