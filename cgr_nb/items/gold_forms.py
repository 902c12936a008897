"""The form of an answer column, told over all rows of a file.

One value can often be read in several ways: "2" is a label, an option's text, a position from 0 or
one from 1. A column has one form, so the ways that explain most of its rows are kept; a row is read
when all ways that are left give it the same answer, and rejected as ambiguous when they do not. A
position counts from 0 when a 0 stands in the column, from 1 when the number of options does; where
neither stands there, only a name that is known to count one way decides.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from cgr_nb.items.cells import unpacked
from cgr_nb.items.fields import as_text, is_missing
from cgr_nb.items.gold import Gold
from cgr_nb.items.gold_ways import POSITIONS, ways, whole_number
from cgr_nb.items.names import bare
from cgr_nb.items.options import Options
from cgr_nb.items.rejection import Reject

__all__ = ["Cell", "GoldColumn", "gold_column", "usual_base"]

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_KEYS = ("key", "letter", "optionid", "choiceid")
_UNLIKELY = 1e-3
"""Chance below which it is not believed that a column of positions never holds its first one."""
_FEW = 0.02

Cell = tuple[Options, object]
"""Options of a row, and what its answer column holds."""


@dataclass(frozen=True, slots=True)
class GoldColumn:
    """An answer column and the ways in which it is read."""

    name: str
    ways: tuple[str, ...]
    """The ways that explain most of its rows."""
    explained: int
    """Rows that one of them explains."""
    cells: int
    """Rows with a value."""
    sequences: bool = False
    """Whether its lists are answers to several questions in turn, not one set of right options: in
    some row a letter stands twice."""
    base_open: bool = False
    """Whether positions may count from 0 or from 1, for all that the file shows."""

    def read(self, options: Options, value: object) -> Gold:
        """Read one row's answer; None when it is not known.

        Raises:
            Reject: it names no option, or several ways that are left name different ones.
        """
        if is_missing(value) or _is_unknown(value):
            return None
        if self.sequences and len(_listed(value)) > 1:
            raise Reject(
                "gold_ambiguous",
                f"{self.name} {_short(value)} answers several questions in turn",
                "make one row of each question",
            )
        found = ways(options, value)
        kept = {way: found[way] for way in self.ways if way in found}
        if not kept:
            kept = {way: places for way, places in found.items() if way not in POSITIONS}
            if not kept and found and not set(self.ways) & set(POSITIONS):
                kept = found
        if kept and self.base_open and set(kept) <= set(POSITIONS):
            raise self._open_base(value)
        places = set(kept.values())
        if len(places) == 1:
            (gold,) = places
            if "text" in kept and len(kept) == 1 and len(gold) > 1 and not isinstance(value, list):
                same = " and ".join(options.letters[place] for place in gold)
                raise Reject(
                    "gold_ambiguous",
                    f"{self.name} {_short(value)} is the text of options {same}",
                    "state the answer by letter",
                )
            return gold
        if not places:
            raise self._no_option(options, value)
        if set(kept) <= set(POSITIONS):
            raise self._open_base(value)
        told = " or ".join(
            f"{_WORDS[way]} {''.join(options.letters[place] for place in found)}"
            for way, found in kept.items()
        )
        raise Reject(
            "gold_ambiguous",
            f"{self.name} {value!r} may be {told}",
            "write options as letter -> text and the answer as a letter that is no option's text",
        )

    def _open_base(self, value: object) -> Reject:
        return Reject(
            "gold_ambiguous",
            f"{self.name} {value!r} may count from 0 or from 1",
            "say gold_base = 0 or gold_base = 1",
        )

    def _no_option(self, options: Options, value: object) -> Reject:
        return Reject(
            "gold_not_an_option",
            f"{self.name} {_short(value)} is not among options {options.span()}",
            f"correct {self.name!r} or add the option",
        )


_WORDS = {
    "label": "the label of option",
    "letter": "letter",
    "text": "the text of option",
    "marked": "option",
    "flags": "the flag of option",
    "from 0": "the position, from 0, of option",
    "from 1": "the position, from 1, of option",
}


def gold_column(
    name: str,
    cells: Sequence[Cell],
    *,
    base: int | None = None,
    usual: int | None = None,
    documented: bool = False,
    labels_bind: bool = True,
    positions_only: bool = False,
) -> GoldColumn:
    """Find the ways in which an answer column is read.

    Args:
        name: The column, for messages.
        cells: What it holds in every row whose options are known.
        base: What positions count from, where that is said.
        usual: What positions under this name and beside these options usually count from; believed
            where the file does not show otherwise.
        documented: Whether `usual` is this package's own word: then rows that do not fit are
            rejected, and no chance is weighed.
        positions_only: Whether nothing but positions can stand in it.
        labels_bind: Whether the options' own labels are meant by the column, before any position.
    """
    known = [cell for cell in cells if not is_missing(cell[1]) and not _is_unknown(cell[1])]
    found = [ways(options, value) for options, value in known]
    if positions_only:
        found = [{way: g for way, g in one.items() if way in POSITIONS} for one in found]
    if labels_bind and bare(name).endswith(_KEYS):
        # A key names an option's label, also where another option's text reads the same.
        found = [
            {way: g for way, g in one.items() if way != "text" or "label" not in one}
            for one in found
        ]
    if not labels_bind:
        found = [{way: g for way, g in one.items() if way != "label"} for one in found]
    counts: Counter[str] = Counter(way for one in found for way in one)
    dropped, base_open = _without_base(found, known, base, usual, documented)
    for way in dropped:
        counts.pop(way, None)
    if not counts:
        return GoldColumn(name, (), 0, len(known))
    if labels_bind and counts["label"] and counts["label"] >= max(counts[way] for way in POSITIONS):
        for way in POSITIONS:
            counts.pop(way, None)
        base_open = False
    most = max(counts.values())
    kept = tuple(way for way, count in counts.items() if count == most)
    if base_open and any(way in kept for way in POSITIONS):
        kept = tuple(dict.fromkeys((*kept, *POSITIONS)))
    else:
        base_open = False
    explained = sum(any(way in one for way in kept) for one in found)
    letters = sum(bool({"letter", "marked", "text", "label"} & set(one)) for one in found)
    lists = [_listed(value) for _, value in known]
    sequences = any(len(set(parts)) < len(parts) and set(parts) <= _LETTERS for parts in lists)
    return GoldColumn(name, kept, max(explained, letters), len(known), sequences, base_open)


def _without_base(
    found: Sequence[dict[str, tuple[int, ...]]],
    cells: Sequence[Cell],
    base: int | None,
    usual: int | None,
    documented: bool,
) -> tuple[tuple[str, ...], bool]:
    """Return the ways of counting that are out, and whether the base stays open."""
    if base is not None:
        return (POSITIONS[1 - base],), False
    zeros = sum("from 0" in one and "from 1" not in one for one in found)
    tops = sum("from 1" in one and "from 0" not in one for one in found)
    if documented and usual is not None:
        against, for_it = (tops, zeros) if usual == 0 else (zeros, tops)
        return ((POSITIONS[1 - usual],), False) if for_it or not against else ((), True)
    if zeros and tops:
        if min(zeros, tops) > _FEW * max(zeros, tops):
            return (), True
        return (POSITIONS[1] if zeros > tops else POSITIONS[0],), False
    if zeros or tops:
        return (POSITIONS[1] if zeros else POSITIONS[0],), False
    never = prod(
        1 - 1 / max(len(options), 2)
        for (options, _), one in zip(cells, found, strict=True)
        if "from 0" in one
    )
    if usual is None or never < _UNLIKELY:
        return (), True
    return (POSITIONS[1 - usual],), False


def _listed(value: object) -> list[str]:
    """Return the parts of a list; empty for anything else."""
    if isinstance(value, str) and value.strip().startswith("["):
        with contextlib.suppress(Reject):
            value = unpacked(value)
    return [as_text(part).strip() for part in value] if isinstance(value, list | tuple) else []


def _is_unknown(value: object) -> bool:
    """Tell whether a value says that the answer is hidden: a negative position, an empty list."""
    number = whole_number(value)
    return (number is not None and number < 0) or (isinstance(value, list | tuple) and not value)


def _short(value: object) -> str:
    text = as_text(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def usual_base(name: str, *, source: str, prefix: str, options: int, plain_int: bool) -> int | None:
    """Return what positions in a column of this name usually count from, beside such options.

    Args:
        name: The column.
        source: Bare name of the column that lists the options; "" when they have columns of
            their own.
        prefix: What the options' own columns are called, without their numbers or letters, and
            with "A" behind it where letters follow.
        options: The least number of options.
        plain_int: Whether the file holds them as numbers, not as text.
    """
    short = bare(name)
    if short in ("label", "labels"):
        if source:
            return 0 if plain_int or source == "endings" else None
        if prefix == "answerA":
            return 1
        return 0 if prefix in ("ending", "sol", "answer0") or options == 2 else None
    if short in ("target", "targets"):
        return 0
    if short in ("answer", "correctanswer") and source == "choices" and plain_int:
        return 0
    if short == "correctoption" and source and plain_int:
        return 0
    return None
