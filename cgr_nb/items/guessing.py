"""What the columns of an unknown file probably are, for the lines that a refusal gives to paste.

Nothing is read by a guess: a wrong answer key is worse than a question to the person who knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cgr_nb.items.fields import Row, is_missing
from cgr_nb.items.gold_ways import ways
from cgr_nb.items.groups import groups
from cgr_nb.items.item_file import Columns
from cgr_nb.items.layout import find_layout
from cgr_nb.items.names import ID, LEAKS, bare
from cgr_nb.items.options import Options, paired
from cgr_nb.items.rejection import Reject
from cgr_nb.items.shapes import read_choices

__all__ = ["Guess", "guess_columns", "likely_gold", "likely_options"]

_PLACEHOLDER = "NAME OF A COLUMN"
_ASKING = ("question", "stem", "problem", "prompt", "frage", "pregunta")
_NO_OPTION = ("id", "hint", "fact", "keyword", "tag", "image", "img", "url", "step", "meta", "col")


@dataclass(frozen=True, slots=True)
class Guess:
    """Columns to paste."""

    columns: Columns
    complete: bool
    """Whether every part of it was found; else placeholders stand in it."""


def likely_options(rows: Sequence[Row], used: Sequence[str]) -> tuple[str, ...]:
    """Return columns that nobody reads and that look like options: one with lists, or several that
    count on and hold different short texts."""
    names = _names(rows, used)
    for name in names:
        values = _values(rows, name)
        lists = [value for value in values if _is_list_of_texts(value)]
        if values and len(lists) > 0.8 * len(values):
            return (name,)
    for one in groups(names):
        if any(one.prefix.endswith(word) for word in _NO_OPTION) or one.prefix == "":
            continue
        texts = [[row.get(name) for name in one.columns] for row in rows]
        filled = [row for row in texts if all(isinstance(text, str | int) for text in row)]
        if filled and 2 * len(filled) >= len(rows):
            different = sum(len(set(map(str, row))) == len(row) for row in filled)
            if different > 0.8 * len(filled):
                return one.columns
    return ()


def likely_gold(
    rows: Sequence[Row], options: Sequence[Options | None], used: Sequence[str]
) -> str | None:
    """Return the one column that nobody reads and that names an option in nearly every row.

    A column of numbers goes behind one of letters or texts: row numbers and counts look like
    positions too. None where two are equally good.
    """
    worded: list[str] = []
    placed: list[str] = []
    for name in _names(rows, used):
        cells = [
            (one, row[name])
            for row, one in zip(rows, options, strict=True)
            if one is not None and not is_missing(row.get(name))
        ]
        found = [ways(one, value) for one, value in cells]
        enough = 2 * len(cells) >= len(rows)
        if not cells or not enough or sum(map(bool, found)) < 0.95 * len(cells):
            continue
        in_words = sum(bool(one.keys() - {"from 0", "from 1"}) for one in found)
        if in_words >= 0.95 * len(cells):
            worded.append(name)
        elif bare(name) not in ID and not _counts_on([value for _, value in cells]):
            placed.append(name)
    best = worded or placed
    return best[0] if len(best) == 1 else None


def _counts_on(values: Sequence[object]) -> bool:
    """Tell whether values are row numbers."""
    if not all(isinstance(value, int | str) and str(value).isdigit() for value in values):
        return False
    numbers = [int(str(value)) for value in values]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def guess_columns(rows: Sequence[Row], said: Columns) -> Guess:
    """Guess what is what; what can't be guessed is a placeholder."""
    rows = rows[:200]
    known = find_layout(rows, said)
    asked = said.question or (known.question[0] if known.question else None)
    told = said.gold or (known.gold[0] if known.gold else None)
    group = known.group.columns if known.group else ()
    options = said.options or known.options or group
    options = options or likely_options(rows, (*known.used(), *said.named()))
    found = [_options(row, options) for row in rows]
    gold = told or (likely_gold(rows, found, (*options, *said.named())) if options else None)
    taken = (*options, *((gold,) if gold else ()), *said.named())
    question = asked or _longest(rows, taken)
    apart = bool(options and gold) and not _names_options(rows, found, gold)
    columns = Columns(
        question=question or _PLACEHOLDER,
        options=() if apart else options or (f"{_PLACEHOLDER} 1", f"{_PLACEHOLDER} 2"),
        gold=gold or _PLACEHOLDER,
        context=said.context,
        distractors=options if apart else (),
    )
    return Guess(columns, bool(question and options and gold))


def _names_options(
    rows: Sequence[Row], options: Sequence[Options | None], gold: str | None
) -> bool:
    """Tell whether a column names one of the options in some row: else they are the wrong ones."""
    return any(
        one is not None and gold is not None and bool(ways(one, row.get(gold)))
        for row, one in zip(rows, options, strict=True)
    )


def _options(row: Row, columns: Sequence[str]) -> Options | None:
    try:
        if len(columns) == 1:
            return read_choices(row.get(columns[0])).options
        texts = [row.get(name) for name in columns]
        return paired(None, [text for text in texts if not is_missing(text)])
    except Reject:
        return None


def _longest(rows: Sequence[Row], taken: Sequence[str]) -> str | None:
    """Return the column of texts with the most words, when they differ from row to row."""
    best, length = None, 0.0
    for name in _names(rows, taken):
        if bare(name) in LEAKS:
            continue
        texts = [value for value in _values(rows, name) if isinstance(value, str)]
        if 2 * len(texts) < len(rows) or 2 * len(set(texts)) < len(texts):
            continue
        mean = sum(map(len, texts)) / max(len(texts), 1)
        if any(word in bare(name) for word in _ASKING):
            mean += 1e9
        if mean > length and any(" " in text for text in texts):
            best, length = name, mean
    return best


def _names(rows: Sequence[Row], used: Sequence[str]) -> list[str]:
    return [
        name
        for name in dict.fromkeys(str(name) for row in rows for name in row)
        if name not in used
    ]


def _values(rows: Sequence[Row], name: str) -> list[object]:
    return [row[name] for row in rows if not is_missing(row.get(name))]


def _is_list_of_texts(value: object) -> bool:
    if isinstance(value, str):
        if not value.strip().startswith("["):
            return False
        try:
            return len(read_choices(value).options) > 1
        except Reject:
            return False
    return (
        isinstance(value, list | tuple)
        and 2 <= len(value) <= 26
        and all(isinstance(part, str) for part in value)
    )
