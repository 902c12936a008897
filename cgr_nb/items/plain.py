"""The generic reader: rows of any shape -> drafts, with what the whole file tells about them.

A file is looked at once before its rows are read: which column is what (`layout`), whether the
options carry labels of their own, and in which form the answer is stated (`gold_forms`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cgr_nb.items.cells import unpacked
from cgr_nb.items.draft import Draft, Numeric
from cgr_nb.items.embedded import cut_out, split_any
from cgr_nb.items.fields import Row, as_text, is_missing, text_or_none
from cgr_nb.items.flatten import context_text, unnested
from cgr_nb.items.gold import Gold
from cgr_nb.items.gold_forms import Cell, GoldColumn, gold_column, usual_base
from cgr_nb.items.guessing import likely_options
from cgr_nb.items.item_file import GOLD_NONE, ItemFile
from cgr_nb.items.layout import Layout, find_layout
from cgr_nb.items.names import bare, counts_from
from cgr_nb.items.options import Options, paired
from cgr_nb.items.rejection import Reject
from cgr_nb.items.shapes import Choices, read_choices

__all__ = ["PlainReader"]

_DOCUMENTED = ("answerindex", "goldindex", "answernumber", "goldnumber")
_WEAK_GOLD = frozenset(
    (
        *("label", "target", "targets", "answers", "solution", "output", "outputs", "completion"),
        *("response", "y", "class", "key", "reference", "correct", "ra", "cop"),
    )
)
"""Columns that hold something else as often: not compared with the answer."""
_SHUFFLED = ("mc1targets", "mc2targets")
_SCORED = (*_SHUFFLED, "targetscores")
"""Lists whose right option always comes first."""
_CLOSED = (("true", "false"), ("yes", "no"), ("yes", "no", "maybe"))
_CAUSE = {"cause": "What was the cause of this?", "effect": "What happened as a result?"}


@dataclass(frozen=True, slots=True)
class _Found:
    """Options of one row, and where they stood."""

    choices: Choices
    question: str
    source: str
    """Bare name of the column that lists them; "" when they have columns of their own; "inside"
    when they stand in the question; "apart" when the wrong ones stand apart from the right one."""


class PlainReader:
    """Reads the rows of one file."""

    def __init__(self, rows: Sequence[Row], said: ItemFile) -> None:
        rows = [unnested(row) for row in rows]
        self.said = said
        self.layout: Layout = find_layout(rows, said.columns)
        self._glued = False
        self._closed: tuple[str, ...] = ()
        self._numeric = False
        found = [self._try(row) for row in rows]
        glued = sum(one is not None and one.choices.glued is not None for one in found)
        told = sum(one is not None for one in found)
        self._glued = told > 0 and 2 * glued >= told
        self._look_without_options(rows, found)
        self.gold: tuple[GoldColumn, ...] = self._gold_columns(rows, found)

    def read(self, row: Row) -> Draft:
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
            found = self._options(row)
        except Reject as reject:
            if reject.reason != "no_options":
                raise
            return self._without_options(row, reject, shared)
        options = self._settled(found.choices)
        question = found.question
        if found.source not in ("inside", "apart") and not self._is_plainly_asked(row):
            question = cut_out(question, options) or question
        gold = None if self.said.gold == GOLD_NONE else self._gold(row, found, options)
        return Draft(
            question=question,
            options=options,
            gold=gold,
            shuffle=found.source == "apart" or found.source in _SHUFFLED,
            **shared,
        )

    @property
    def base_open(self) -> str | None:
        """Name of an answer column whose positions may count from 0 or from 1."""
        return next((one.name for one in self.gold if one.base_open), None)

    def options_of(self, rows: Sequence[Row]) -> list[Options | None]:
        """Return the options of each row; None where they can't be told."""
        found: list[Options | None] = []
        for row in rows:
            one = self._try(unnested(row))
            try:
                found.append(None if one is None else self._settled(one.choices))
            except Reject:
                found.append(None)
        return found

    def notes(self) -> list[str]:
        """Return how columns were read, where their names are not the usual ones."""
        layout = self.layout
        used = [name for name in layout.used() if name not in layout.said]
        notes = []
        cased = [name for name in used if name != name.lower() and len(name) > 1]
        small = [name for name in used if len(name) == 1 and name.islower()]
        if cased or small:
            shown = ", ".join(map(repr, (cased + small)[:6]))
            notes.append(f"upper case and lower case count alike in the names of columns: {shown}")
        parts = [("question", layout.question), ("context", layout.context)]
        options = layout.options or (layout.group.columns if layout.group else layout.wrong)
        parts += [("options", (*layout.right, *options)), ("answer", layout.gold)]
        told = "; ".join(f"{part} {', '.join(map(repr, names))}" for part, names in parts if names)
        return [*notes, f"columns read: {told}"]

    def _question(self, row: Row) -> str:
        layout = self.layout
        if layout.joined:
            parts = [text_or_none(row, name) for name in layout.question]
            text = " ".join(part for part in parts if part)
            if text:
                return text
        for name in layout.question:
            value = row.get(name)
            if is_missing(value):
                continue
            text = _spoken(value)
            if text.strip().lower() in _CAUSE and layout.context:
                return _CAUSE[text.strip().lower()]
            return text
        wanted = layout.question[0] if layout.question else "question"
        raise Reject("no_question", f"{wanted!r} is missing or empty", f"fill in {wanted!r}")

    def _is_plainly_asked(self, row: Row) -> bool:
        """Tell whether the question stands under that name: a prompt may repeat the options, and
        then they are taken off; a question is kept as it is."""
        name = next((name for name in self.layout.question if not is_missing(row.get(name))), "")
        return bare(name) == "question"

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

    def _try(self, row: Row) -> _Found | None:
        try:
            return self._options(row)
        except Reject:
            return None

    def _options(self, row: Row) -> _Found:
        """Find the options of a row.

        Raises:
            Reject: "no_options" when none of the columns holds any; else what is wrong with them.
        """
        layout = self.layout
        question = self._question(row)
        for name in layout.options:
            if is_missing(row.get(name)):
                continue
            scored = bare(name) in _SCORED
            choices = self._with_beside(row, read_choices(row[name], scored=scored))
            return _Found(choices, question, bare(name))
        if layout.group is not None:
            pairs = [
                (label, row.get(name))
                for label, name in zip(layout.group.labels, layout.group.columns, strict=True)
            ]
            filled = [(label, text) for label, text in pairs if not is_missing(text)]
            if filled:
                options = paired([label for label, _ in filled], [text for _, text in filled])
                return _Found(Choices(options, glued=None), question, "")
        if layout.wrong:
            return self._apart(row, question)
        for name in layout.question if not layout.joined else ():
            if is_missing(row.get(name)):
                continue
            try:
                stem, options = split_any(_spoken(row[name]))
            except Reject as reject:
                if reject.reason != "no_options":
                    raise
                continue
            if not stem:
                raise Reject("no_question", "there is no question before the options")
            return _Found(Choices(options), stem, "inside")
        raise Reject("no_options", "there are no options", "add them, or a numeric answer")

    def _with_beside(self, row: Row, choices: Choices) -> Choices:
        """Add labels and marks that stand in lists of their own."""
        layout, options = self.layout, choices.options
        if layout.labels is not None and options.labels is None:
            labels = row.get(layout.labels)
            labels = unpacked(labels) if not is_missing(labels) else None
            if isinstance(labels, list | tuple):
                options = paired(labels, options.texts)
                choices = Choices(options, choices.right, None)
        if layout.flags is not None and choices.right is None:
            marks = row.get(layout.flags)
            if isinstance(marks, list | tuple) and marks:
                if len(marks) != len(options):
                    raise Reject(
                        "gold_not_an_option",
                        f"{layout.flags} has {len(marks)} entries for {len(options)} options",
                    )
                right = tuple(place for place, mark in enumerate(marks) if mark)
                if not right:
                    raise Reject("gold_not_an_option", f"{layout.flags} marks no option as correct")
                choices = Choices(options, right, choices.glued)
        return choices

    def _apart(self, row: Row, question: str) -> _Found:
        layout = self.layout
        right = next((row[name] for name in layout.right if not is_missing(row.get(name))), None)
        if isinstance(right, list | tuple) and right:
            right = right[0]
        if right is None:
            raise Reject("no_options", "the right option is missing")
        wrong: list[object] = []
        for name in layout.wrong:
            value = row.get(name)
            if is_missing(value):
                continue
            listed = len(layout.wrong) == 1 and not isinstance(value, int | float)
            if listed and (isinstance(value, list | tuple) or _is_list_text(value)):
                wrong += list(read_choices(value).options.texts)
            else:
                wrong.append(value)
        if not wrong:
            raise Reject("empty_option", "the wrong options are missing")
        options = paired(None, [right, *wrong])
        if options.texts.count(options.texts[0]) > 1:
            raise Reject("gold_ambiguous", "the right option stands among the wrong ones")
        return _Found(Choices(options, (0,)), question, "apart")

    def _settled(self, choices: Choices) -> Options:
        """Take labels off the texts where the file has them in front of all texts."""
        said = self.said.option_labels
        if choices.glued is None or said == "text":
            return choices.options
        if choices.glued == "in order":
            return choices.without_labels() if self._glued or said else choices.options
        if said is None and (self._glued or len(choices.options) > 2):
            written = choices.options.texts
            raise Reject(
                "gold_ambiguous",
                "labels in the options' texts are not in the order of the options: "
                + ", ".join(repr(text[:20]) for text in written[:4]),
                'say option_labels = "written" when the answer means these labels, "position"'
                ' when it means the place, "text" when they are part of the texts',
            )
        if said is None:
            return choices.options
        return choices.without_labels(by_label=said == "written")

    def _gold_columns(
        self, rows: Sequence[Row], found: Sequence[_Found | None]
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
                    cells.append((self._settled(one.choices), row[name]))
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

    def _gold(self, row: Row, found: _Found, options: Options) -> Gold:
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

    def _look_without_options(self, rows: Sequence[Row], found: Sequence[_Found | None]) -> None:
        """See whether rows without options are asked with a closed set of answers, or with a
        number."""
        bare_rows = [row for row, one in zip(rows, found, strict=True) if one is None]
        values = [self._answer(row) for row in bare_rows]
        known = [value for value in values if value is not None]
        words = {_word(value) for value in known}
        fitting = [closed for closed in _CLOSED if words and words <= set(closed)]
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

    def _without_options(self, row: Row, reject: Reject, shared: Mapping[str, Any]) -> Draft:
        question = self._question(row)
        answer = self._answer(row)
        if answer is not None and self._closed and _word(answer) in self._closed:
            options = paired(None, self._closed)
            gold = None if self.said.gold == GOLD_NONE else (self._closed.index(_word(answer)),)
            return Draft(question=question, options=options, gold=gold, **shared)
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
        return Draft(question=question, numeric=Numeric(as_text(answer)), **shared)


def _spoken(value: object) -> str:
    """Return the text of a question: as it is, or the last turn of a user."""
    if isinstance(value, str):
        return value
    turns = value if isinstance(value, list) else [value]
    for turn in reversed(turns):
        if isinstance(turn, str):
            return turn
        if not isinstance(turn, Mapping):
            continue
        who = str(turn.get("role", turn.get("from", "user"))).lower()
        if who in ("user", "human"):
            said = turn.get("content", turn.get("value", turn.get("text")))
            if isinstance(said, list):
                parts = [part.get("text") for part in said if isinstance(part, Mapping)]
                said = "\n".join(part for part in parts if isinstance(part, str))
            if isinstance(said, str) and said.strip():
                return said
    raise Reject("no_question", f"the question is {type(value).__name__}, not text")


def _word(value: object) -> str:
    return as_text(value).strip(" .\"'").casefold()


def _is_list_text(value: object) -> bool:
    return isinstance(value, str) and value.strip().startswith("[")
