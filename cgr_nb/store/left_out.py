"""What a store has that rests on a reply which does not stand: it is left out of a merge."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from cgr_nb.answer_record import repeat_name, split_repeat
from cgr_nb.store.foreign_store import ForeignStore
from cgr_nb.store.merge_notes import MergeNotes

__all__ = ["leave_out"]

_ASKED_BY_RUN = re.compile(r"(?:(.+)/)?ask/\d+", re.ASCII | re.DOTALL)
"""What a trail calls a question of a program: the key of its run stands before (see
`arms.context.ArmContext.run`)."""

Given = Mapping[str, frozenset[str]] | None
Line = Mapping[str, Any]


def leave_out(
    notes: MergeNotes,
    source: ForeignStore,
    drop: Callable[[str, str], bool],
    given: Given,
    stands: Callable[[str, str], bool] = lambda table, id: False,
) -> Counter[str]:
    """Leave out what a store would bring and what rests on records that are out: answers, what
    arms prepared, the runs whose questions got another reply, and what was given such an answer.
    All of it is made again from the calls on record.

    Args:
        notes: What was seen; records of the store that clash are out.
        source: The store.
        drop: Puts the record of a table and an id out; False: it is not to come, or is out.
        given: Arm -> arms whose answers to the same item it is given; None: not known.
        stands: Whether the record of a table and an id stands, whatever it rests on.

    Returns:
        Table -> records that were left out.
    """
    work = _LeavingOut(notes, drop, given)
    while True:
        before = notes.out_count()
        for line in source.lines("setups"):
            if not stands("setups", line["id"]) and work.rests_on_out(line):
                work.drop("setups", line)
        for line in source.lines("answers"):
            if stands("answers", line["id"]):
                continue
            if work.rests_on_out(line) or work.is_given_out(line):
                notes.put_answer_out(line)
                work.drop("answers", line)
        if notes.out_count() == before:
            break
    for line in source.lines("scaffolds"):
        if notes.is_out("calls", line["call_id"]):  # of an item that shares the prompt
            work.drop_one("scaffolds", line["id"])
    # Runs that no answer names are of one that was not finished: which replies they rest on is not
    # on record.
    for table in ("setups", "answers"):
        for line in source.lines(table):
            notes.name(run for _, run in json.loads(line["runs"]))
    for line in source.lines("executions"):
        if not notes.is_named(line["id"]):
            work.drop_one("executions", line["id"])
    return work.left_out


class _LeavingOut:
    def __init__(self, notes: MergeNotes, drop: Callable[[str, str], bool], given: Given) -> None:
        self._notes, self._drop, self._given = notes, drop, given
        self.left_out: Counter[str] = Counter()

    def rests_on_out(self, line: Line) -> bool:
        """Whether an answer, or what an arm prepared, is out or names what is."""
        is_out = self._notes.is_out
        setup = line.get("setup")
        return (
            is_out("answers" if "item_id" in line else "setups", line["id"])
            or any(is_out("calls", entry[2]) for entry in json.loads(line["trail"]))
            or any(is_out("executions", run) for _, run in json.loads(line["runs"]))
            or (setup is not None and is_out("setups", setup))
        )

    def is_given_out(self, answer: Line) -> bool:
        """Whether an answer may have been given one that is out."""
        arms = self._notes.arms_out(answer)
        if self._given is None:
            return bool(arms)
        arm, seed = split_repeat(answer["arm"])
        # The generator-side answer is read off the run of the assisted one.
        own = {repeat_name("cgr", seed)} if arm == "generator_only" else set()
        return bool(arms & (self._given.get(answer["arm"], frozenset()) | own))

    def drop(self, table: str, line: Line) -> None:
        """Leave out a record, and its runs whose questions got another reply."""
        self.drop_one(table, line["id"])
        keys = set()
        for key, _, call, _ in json.loads(line["trail"]):
            asked = _ASKED_BY_RUN.fullmatch(key)
            if asked and self._notes.is_out("calls", call):
                keys.add(asked[1] or "program")
        for key, run in json.loads(line["runs"]):
            if key in keys:
                self.drop_one("executions", run)

    def drop_one(self, table: str, id: str) -> None:
        """Leave out a record."""
        if self._drop(table, id):
            self.left_out[table] += 1
