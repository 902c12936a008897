"""The generic reader: rows of any shape -> drafts, with what the whole file tells about them.

A file is looked at once before its rows are read: which column is what (`layout`), whether the
options carry labels of their own, and in which form the answer is stated (`gold_forms`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from cgr_nb.items.cells import unpacked
from cgr_nb.items.distractors import parse_number
from cgr_nb.items.fields import Row, as_text, is_missing, text_or_none
from cgr_nb.items.flatten import context_text, unnested
from cgr_nb.items.gold import Gold
from cgr_nb.items.gold_forms import Cell, GoldColumn, gold_column, usual_base
from cgr_nb.items.guessing import likely_options
from cgr_nb.items.item_file import GOLD_NONE, ItemFile
from cgr_nb.items.layout import Layout, find_layout
from cgr_nb.items.names import bare, counts_from
from cgr_nb.items.options import Options, paired
from cgr_nb.items.parsed_row import Numeric, ParsedRow
from cgr_nb.items.rejection import Reject
from cgr_nb.items.row_options import SHUFFLED, Found, RowOptions

__all__ = ["PlainReader"]

_DOCUMENTED = ("answerindex", "goldindex", "answernumber", "goldnumber")
_WEAK_GOLD = frozenset(
    (
        *("label", "target", "targets", "answers", "solution", "output", "outputs", "completion"),
        *("response", "y", "class", "key", "reference", "correct", "ra", "cop"),
    )
)
"""Columns that hold something else as often: not compared with the answer."""
_SHORT = {"t": "true", "f": "false", "y": "yes", "n": "no"}
_CLOSED = (("true", "false"), ("yes", "no"), ("yes", "no", "maybe"))


class PlainReader:
    """Reads the rows of one file."""

    def __init__(self, rows: Sequence[Row], said: ItemFile) -> None:
        rows = [unnested(row) for row in rows]
        self.said = said
        self.layout: Layout = find_layout(rows, said.columns)
        self.options = RowOptions(self.layout, said.option_labels, rows)
        self._closed: tuple[str, ...] = ()
        self._numeric = False
        found = [self.options.try_find(row) for row in rows]
        # A column that is the question in no row, because another always goes before it.
        asked = {
            next((name for name in self.layout.question if not is_missing(row.get(name))), None)
            for row in rows
        }
        self._unasked = set() if self.layout.joined else set(self.layout.question) - asked
        self._look_without_options(rows, found)
        self.gold: tuple[GoldColumn, ...] = self._gold_columns(rows, found)

    def read(self, row: Row) -> ParsedRow:
        """Read one row.

        Raises:
            Reject: it is no item, or its answer can't be told.
        """
        row = unnested(row)
        layout = self.layout
        name = None if layout.id is None else text_or_none(row, layout.id)
        shared: dict[str, Any] = {
            "dataset": None if layout.dataset is None else text_or_none(row, layout.dataset),
            "config": (None if layout.config is None else text_or_none(row, layout.config))
            or "default",
            "context": self._context(row),
            "id": name,
        }
        try:
            found = self.options.find(row)
        except Reject as reject:
            if reject.reason != "no_options":
                raise
            return self._without_options(row, reject, shared)
        options = self.options.settled(found.choices)
        gold = None if self.said.gold == GOLD_NONE else self._gold(row, found, options)
        return ParsedRow(
            question=self.options.asked(row, found, options),
            options=options,
            gold=gold,
            shuffle=found.source in SHUFFLED,
            **shared,
        )

    def used_columns(self) -> set[str]:
        """Return the columns that something was read from, in some row."""
        idle = {one.name for one in self.gold if not one.explained and bare(one.name) in _WEAK_GOLD}
        return set(self.layout.used()) - (idle - self._bare_answers) - self._unasked

    def notes(self) -> list[str]:
        """Return how columns were read, where their names are not the usual ones."""
        layout = self.layout
        read = self.used_columns()
        used = [name for name in layout.used() if name in read and name not in layout.said]
        notes = []
        cased = [name for name in used if name != name.lower() and len(name) > 1]
        small = [name for name in used if len(name) == 1 and name.islower()]
        if cased or small:
            shown = ", ".join(map(repr, (cased + small)[:6]))
            notes.append(f"upper case and lower case count alike in the names of columns: {shown}")
        parts = [("question", layout.question), ("context", layout.context)]
        options = layout.options or (layout.group.columns if layout.group else layout.wrong)
        parts += [("options", (*layout.right, *options)), ("answer", layout.gold)]
        known = [(part, [name for name in names if name in read]) for part, names in parts]
        told = "; ".join(f"{part} {', '.join(map(repr, names))}" for part, names in known if names)
        return [*notes, f"columns read: {told}"]

    def _context(self, row: Row) -> str | None:
        found: list[str] = []
        for name in self.layout.context:
            value = row.get(name)
            if isinstance(value, str) and value.strip().startswith(("[", "{")):
                with contextlib.suppress(Reject):
                    value = unpacked(value)
            text = context_text(value)
            if text and text not in found:
                found.append(text)
        return "\n\n".join(found) or None

    def _gold_columns(
        self, rows: Sequence[Row], found: Sequence[Found | None]
    ) -> tuple[GoldColumn, ...]:
        columns = []
        for name in self.layout.gold:
            cells: list[Cell] = []
            sources: set[str] = set()
            for row, one in zip(rows, found, strict=True):
                if one is None or is_missing(row.get(name)):
                    continue
                if name in self.layout.question and one.source == "inside":
                    continue
                try:
                    cells.append((self.options.settled(one.choices), row[name]))
                except Reject:
                    continue
                sources.add(one.source)
            if not cells:
                columns.append(GoldColumn(name, (), 0, 0))
                continue
            columns.append(self._gold_column(name, cells, sources))
        return tuple(columns)

    def _gold_column(self, name: str, cells: list[Cell], sources: set[str]) -> GoldColumn:
        short = bare(name)
        group = self.layout.group
        source = next(iter(sources)) if len(sources) == 1 else ""
        plain_int = all(isinstance(value, int | list) for _, value in cells)
        usual = usual_base(
            name,
            source="" if source in ("inside", "apart") else source,
            prefix=group.kind if group else "",
            options=min(len(options) for options, _ in cells),
            plain_int=plain_int,
        )
        if usual is None and short == "gold" and all(isinstance(v, list) for _, v in cells):
            usual = 0
        if usual is None:
            usual = counts_from(name)
        return gold_column(
            name,
            cells,
            base=self.said.gold_base,
            usual=usual,
            documented=short in _DOCUMENTED,
            labels_bind=self.said.gold_base is None
            and not (short in ("label", "labels") and source == ""),
        )

    def _gold(self, row: Row, found: Found, options: Options) -> Gold:
        if found.choices.right is not None and self.said.columns.gold in (None, *self.layout.right):
            return found.choices.right
        answers: dict[str, Gold] = {}
        refused: Reject | None = None
        usable = [one for one in self.gold if one.explained or bare(one.name) not in _WEAK_GOLD]
        best = max((one.explained / max(one.cells, 1) for one in usable), default=0.0)
        for one in usable:
            value = row.get(one.name)
            if is_missing(value):
                continue
            good = one.explained >= 0.9 * best * one.cells
            if (answers or refused) and (bare(one.name) in _WEAK_GOLD or not good):
                continue
            if not good and any(
                not is_missing(row.get(other.name)) and other.explained >= 0.9 * best * other.cells
                for other in usable
            ):
                continue
            try:
                gold = one.read(options, value)
            except Reject as reject:
                refused = refused or reject
                continue
            if gold is not None:
                answers[one.name] = gold
        if refused is not None:
            raise refused
        if len(set(answers.values())) > 1:
            raise Reject(
                "gold_conflict",
                f"{' and '.join(answers)} state different answers",
                "correct one of them, or name the right one: columns = { gold = "
                f'"{next(iter(answers))}" }}',
            )
        return next(iter(answers.values()), None)

    def _look_without_options(self, rows: Sequence[Row], found: Sequence[Found | None]) -> None:
        """See whether rows without options are asked with a closed set of answers, or with a
        number."""
        bare_rows = [row for row, one in zip(rows, found, strict=True) if one is None]
        values = [self._answer(row) for row in bare_rows]
        self._bare_answers = {
            next((name for name in self.layout.gold if not is_missing(row.get(name))), "")
            for row in bare_rows
        }
        known = [value for value in values if value is not None]
        words = {_word(value) for value in known}
        # Whether a study supports a claim: "maybe" is open to it, also where no row says so.
        decisions = any(bare(name) == "finaldecision" for name in self.layout.gold)
        sets = _CLOSED[-1:] if decisions else _CLOSED
        fitting = [closed for closed in sets if words and words <= set(closed)]
        self._closed = fitting[0] if fitting and not self.layout.has_options else ()
        self._numeric = not self._looks_like_options(rows)

    def _looks_like_options(self, rows: Sequence[Row]) -> bool:
        """Tell whether columns that nobody read may be options: then none are made up."""
        return bool(likely_options(rows[:200], self.layout.used()))

    def _answer(self, row: Row) -> object:
        value = next(
            (row[name] for name in self.layout.gold if not is_missing(row.get(name))), None
        )
        return value[0] if isinstance(value, list) and len(value) == 1 else value

    def _without_options(self, row: Row, reject: Reject, shared: Mapping[str, Any]) -> ParsedRow:
        question = self.options.question(row)
        answer = self._answer(row)
        if answer is not None and self._closed and _word(answer) in self._closed:
            options = paired(None, self._closed)
            gold = None if self.said.gold == GOLD_NONE else (self._closed.index(_word(answer)),)
            return ParsedRow(question=question, options=options, gold=gold, **shared)
        if answer is None or isinstance(answer, list | dict):
            raise reject
        # Where the answer's column holds positions, a number is no answer to make options around.
        placed = any(
            set(one.ways) & {"from 0", "from 1"} and not is_missing(row.get(one.name))
            for one in self.gold
        )
        if not self._numeric or (placed and self.layout.has_options):
            raise Reject(
                "no_options",
                "there are no options",
                "name their columns: columns = { options = [...] }",
            )
        text = as_text(answer)
        if parse_number(text) is None:
            raise Reject(
                "not_multiple_choice",
                f"there are no options, and the answer {text[:60]!r} is not a number",
                "add options",
            )
        return ParsedRow(question=question, numeric=Numeric(text), **shared)


def _word(value: object) -> str:
    word = as_text(value).strip(" .\"'").casefold()
    return _SHORT.get(word, word)
