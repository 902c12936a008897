"""The question and the options of one row, wherever its file has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cgr_nb.items.cells import unpacked
from cgr_nb.items.embedded import cut_out, split_any
from cgr_nb.items.fields import Row, is_missing, text_or_none
from cgr_nb.items.flatten import unnested
from cgr_nb.items.layout import Layout
from cgr_nb.items.names import bare
from cgr_nb.items.options import Options, paired
from cgr_nb.items.rejection import Reject
from cgr_nb.items.shapes import Choices, read_choices

__all__ = ["SHUFFLED", "Found", "RowOptions"]

SHUFFLED = ("apart", "mc1targets", "mc2targets")
"""Where options stand whose right one always comes first."""
_SCORED = ("mc1targets", "mc2targets", "targetscores")
_CAUSE = {"cause": "What was the cause of this?", "effect": "What happened as a result?"}


@dataclass(frozen=True, slots=True)
class Found:
    """Options of one row, and where they stood."""

    choices: Choices
    question: str
    source: str
    """Bare name of the column that lists them; "" when they have columns of their own; "inside"
    when they stand in the question; "apart" when the wrong ones stand apart from the right one."""


class RowOptions:
    """Finds them, by the layout of the file.

    Args:
        layout: Which column is what.
        labels: What is said of labels within the options' texts; see `ItemFile.option_labels`.
        rows: All rows of the file: they tell whether such labels are usual in it.
    """

    def __init__(self, layout: Layout, labels: str | None, rows: Sequence[Row]) -> None:
        self.layout = layout
        self.said = labels
        self._glued = False
        self._inside = True
        found = [self.try_find(row) for row in rows]
        glued = sum(one is not None and one.choices.glued is not None for one in found)
        told = sum(one is not None for one in found)
        self._glued = told > 0 and 2 * glued >= told
        # Where few rows seem to have options in the question, what was found is no list of them.
        sources = [one.source if one is not None else "none" for one in found]
        self._inside = 2 * sources.count("inside") >= sources.count("none")

    def find(self, row: Row) -> Found:
        """Find the options of a row.

        Raises:
            Reject: "no_options" when none of the columns holds any; else what is wrong with them.
        """
        layout = self.layout
        question = self.question(row)
        for name in layout.options:
            if is_missing(row.get(name)):
                continue
            scored = bare(name) in _SCORED
            choices = self._with_beside(row, read_choices(row[name], scored=scored))
            return Found(choices, question, bare(name))
        if layout.group is not None:
            pairs = [
                (label, row.get(name))
                for label, name in zip(layout.group.labels, layout.group.columns, strict=True)
            ]
            filled = [(label, text) for label, text in pairs if not is_missing(text)]
            if filled:
                options = paired([label for label, _ in filled], [text for _, text in filled])
                return Found(Choices(options, glued=None), question, "")
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
            if not self._inside:
                break
            if not stem:
                raise Reject("no_question", "there is no question before the options")
            return Found(Choices(options), stem, "inside")
        raise Reject("no_options", "there are no options", "add them, or a numeric answer")

    def try_find(self, row: Row) -> Found | None:
        """Find the options of a row; None where they can't be told."""
        try:
            return self.find(row)
        except Reject:
            return None

    def settled(self, choices: Choices) -> Options:
        """Take labels off the texts where the file has them in front of all texts."""
        said = self.said
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

    def asked(self, row: Row, found: Found, options: Options) -> str:
        """Return the question without the options that a prompt repeats; a question that stands
        under that name is kept as it is."""
        name = next((name for name in self.layout.question if not is_missing(row.get(name))), "")
        if found.source in ("inside", "apart") or bare(name) == "question":
            return found.question
        return cut_out(found.question, options) or found.question

    def options_of(self, rows: Sequence[Row]) -> list[Options | None]:
        """Return the options of each row; None where they can't be told."""
        found: list[Options | None] = []
        for row in rows:
            one = self.try_find(unnested(row))
            try:
                found.append(None if one is None else self.settled(one.choices))
            except Reject:
                found.append(None)
        return found

    def question(self, row: Row) -> str:
        """Return the question as its column has it.

        Raises:
            Reject: "no_question".
        """
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

    def _apart(self, row: Row, question: str) -> Found:
        layout = self.layout
        right = next((row[name] for name in layout.right if not is_missing(row.get(name))), None)
        if isinstance(right, list | tuple) and right:
            right = right[0]
        if right is None:
            raise Reject("no_options", "the correct option is missing")
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
            raise Reject("empty_option", "the incorrect options are missing")
        options = paired(None, [right, *wrong])
        if options.texts.count(options.texts[0]) > 1:
            raise Reject("gold_ambiguous", "the correct option is among the incorrect ones")
        return Found(Choices(options, (0,)), question, "apart")


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


def _is_list_text(value: object) -> bool:
    return isinstance(value, str) and value.strip().startswith("[")
