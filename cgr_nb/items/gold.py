"""The stated answer of a row, in whatever form its file gives it, as positions among the options.

One function a form, because the form is part of a dataset's schema and is never guessed: "1" is a
label in one file, a text in another and an index in a third. All take the field's name, for the
message, and return None when the field is empty: gold is not known.
"""

from __future__ import annotations

import re
import unicodedata

from cgr_nb.items.cells import unpacked
from cgr_nb.items.fields import as_text, is_missing
from cgr_nb.items.options import Options
from cgr_nb.items.rejection import Reject

__all__ = [
    "Gold",
    "by_flags",
    "by_index",
    "by_letter",
    "by_letters",
    "by_number",
    "by_text",
    "check_text",
    "plain_text",
    "stated",
]

Gold = tuple[int, ...] | None
"""Positions of the correct options, ascending; None when not known."""

_AROUND = "()[].: \t\r\n"
_BETWEEN = re.compile(r"\s*(?:,|;|&|/|\band\b|\s)\s*")


def plain_text(text: str) -> str:
    """Return a text as it is compared: NFC, every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def by_letter(options: Options, value: object, field: str) -> Gold:
    """Read one label: "B", "(B)", "B)", or the dataset's own label such as "2"."""
    if is_missing(value):
        return None
    position = _label_position(options, as_text(value))
    if position is None:
        raise _no_option(options, value, field)
    return (position,)


def by_letters(options: Options, value: object, field: str) -> Gold:
    """Read one or several labels: "B", "BD", "B, D", "B and D", ["B", "D"]."""
    if is_missing(value):
        return None
    positions = _label_positions(options, value)
    if positions is None:
        raise _no_option(options, value, field)
    return positions


def by_index(options: Options, value: object, field: str, base: int = 0) -> Gold:
    """Read a position that counts from `base`; a negative one, as in hidden sets, is not known.

    Args:
        options: Of the item.
        value: What the field holds.
        field: Its name, for errors.
        base: What the first option is counted as.
    """
    if is_missing(value):
        return None
    number = _whole(value)
    if number is None:
        raise Reject(
            "gold_not_an_option", f"{field} {value!r} is not a whole number", f"correct {field!r}"
        )
    if number < 0:
        return None
    if not 0 <= number - base < len(options):
        last = len(options) - 1 + base
        raise Reject(
            "gold_not_an_option",
            f"{field} {value!r} is not a position from {base} to {last}",
            f"correct {field!r}; it counts from {base}",
        )
    return (number - base,)


def by_number(options: Options, value: object, field: str, word: str) -> Gold:
    """Read a word with a number that counts from 1: "answer3".

    Args:
        options: Of the item.
        value: What the field holds.
        field: Its name, for errors.
        word: What stands before the number.
    """
    if is_missing(value):
        return None
    text = as_text(value).strip().lower()
    if not re.fullmatch(re.escape(word.lower()) + r"\s*\d{1,9}", text):
        raise Reject(
            "gold_not_an_option", f"{field} {value!r} is not {word}1 ... {word}{len(options)}"
        )
    return by_index(options, text.removeprefix(word.lower()).strip(), field, base=1)


def by_text(options: Options, value: object, field: str) -> Gold:
    """Read the text of the correct option; spelling must agree, white space need not."""
    if is_missing(value):
        return None
    hits = _text_positions(options, as_text(value))
    if not hits:
        raise Reject(
            "gold_not_an_option",
            f"{field} {_short(value)} is not the text of any option",
            f"correct {field!r} or add the option",
        )
    if len(hits) > 1:
        same = " and ".join(options.letters[hit] for hit in hits)
        raise Reject(
            "gold_ambiguous",
            f"{field} {_short(value)} is the text of options {same}",
            "state the answer by letter",
        )
    return (hits[0],)


def by_flags(options: Options, value: object, field: str) -> Gold:
    """Read one truth value an option; any number of them may be true, but not none."""
    if is_missing(value):
        return None
    value = unpacked(value)
    if not isinstance(value, list | tuple) or not all(isinstance(flag, bool) for flag in value):
        raise Reject("gold_not_an_option", f"{field} is not a list of true and false")
    if len(value) != len(options):
        raise Reject(
            "gold_not_an_option", f"{field} has {len(value)} entries for {len(options)} options"
        )
    if not any(value):
        raise Reject("gold_not_an_option", f"{field} marks no option as correct")
    return tuple(position for position, flag in enumerate(value) if flag)


def stated(options: Options, value: object, field: str) -> Gold:
    """Read an answer whose form is not known: a label, several labels, or an option's text.

    Raises:
        Reject: the value fits two forms and they name different options, or it is a bare number,
            which could count from 0 or from 1.
    """
    if is_missing(value):
        return None
    if isinstance(value, list | tuple) and value and all(isinstance(flag, bool) for flag in value):
        return by_flags(options, value, field)
    labels = _label_positions(options, value)
    hits = () if isinstance(value, list | tuple) else _text_positions(options, as_text(value))
    if labels is None and not hits:
        if _whole(value) is not None:
            raise Reject(
                "gold_ambiguous",
                f"{field} {value!r} may count from 0 or from 1",
                "name the field 'answer_index' (from 0) or 'answer_number' (from 1)",
            )
        raise _no_option(options, value, field)
    if isinstance(value, int | float) and labels is None:
        raise Reject(
            "gold_ambiguous",
            f"{field} {value!r} may be a position or the text of an option",
            "name the field 'answer_index' (from 0), or write the answer as text or letter",
        )
    if labels is not None and hits and labels != hits:
        letters = "".join(options.letters[position] for position in labels)
        raise Reject(
            "gold_ambiguous",
            f"{field} {value!r} is label {letters} and also the text of option "
            + " and ".join(options.letters[hit] for hit in hits),
            "write options as letter -> text and the answer as a letter that is no option's text",
        )
    return labels if labels is not None else by_text(options, value, field)


def check_text(options: Options, gold: Gold, value: object, field: str) -> Gold:
    """Return `gold` after making sure that a second field, with the answer's text, agrees.

    Args:
        options: Of the item.
        gold: As the first field says.
        value: What the second field holds.
        field: Name of the second field, for errors.

    Raises:
        Reject: "gold_conflict" when it does not.
    """
    if gold is None or is_missing(value):
        return gold
    texts = [options.texts[position] for position in gold]
    if plain_text(as_text(value)) not in [plain_text(text) for text in texts]:
        letters = "".join(options.letters[position] for position in gold)
        raise Reject(
            "gold_conflict",
            f"the letter says {letters} ({_short(texts[0])}) but {field} says {_short(value)}",
            "correct one of them",
        )
    return gold


def _label_position(options: Options, text: str) -> int | None:
    if options.labels is not None and text.strip() in options.labels:
        return options.labels.index(text.strip())
    bare = text.strip(_AROUND).upper()
    return options.letters.index(bare) if bare in options.letters else None


def _label_positions(options: Options, value: object) -> tuple[int, ...] | None:
    if isinstance(value, list | tuple):
        parts = [as_text(part) for part in value]
    else:
        text = as_text(value).strip()
        single = _label_position(options, text)
        if single is not None:
            return (single,)
        parts = [part for part in _BETWEEN.split(text) if part]
        if len(parts) == 1 and text.isalpha() and text.isupper():
            parts = list(text)
    found = [_label_position(options, part) for part in parts]
    positions = [position for position in found if position is not None]
    if not positions or len(positions) < len(found) or len(set(positions)) < len(positions):
        return None
    return tuple(sorted(positions))


def _text_positions(options: Options, text: str) -> tuple[int, ...]:
    wanted = plain_text(text)
    return tuple(
        position for position, other in enumerate(options.texts) if plain_text(other) == wanted
    )


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = as_text(value).strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else None


def _short(value: object) -> str:
    text = as_text(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _no_option(options: Options, value: object, field: str) -> Reject:
    return Reject(
        "gold_not_an_option",
        f"{field} {_short(value)} is not among options {options.span()}",
        f"correct {field!r} or add the option",
    )
