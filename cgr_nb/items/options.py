"""The options of a row, in whatever shape its file gives them, as letters and texts.

A dataset's own labels are kept where they are distinct single letters ("P)", "Q)" -> P, Q);
otherwise the letters A, B, C ... follow the presented order and the labels are remembered.
Texts stay as they are: only `glued` takes anything off them, and only when every option carries its
own label. A cell of a table may hold the JSON or Python text of any shape.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cgr_nb.items.cells import unpacked
from cgr_nb.items.fields import as_text, is_missing
from cgr_nb.items.rejection import Reject

__all__ = ["Options", "any_shape", "glued", "labelled", "listed", "mapped", "paired"]

MOST = 26
_BARE = re.compile(r"[\s()\[\].:]+")
_GLUED = re.compile(r"\s*\(?([A-Z])\s*[).:]\s*")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one row in presented order. Make it with one of the functions of this module."""

    letters: tuple[str, ...]
    """Distinct single upper-case letters, one an option."""
    texts: tuple[str, ...]
    labels: tuple[str, ...] | None = None
    """The dataset's own labels as written; None when it has none."""

    def __len__(self) -> int:
        return len(self.texts)

    def span(self) -> str:
        """Return the letters in short: "A-D", or "A, C, F" when they are not in a row."""
        first, last = self.letters[0], self.letters[-1]
        run = string.ascii_uppercase[ord(first) - 65 : ord(last) - 64]
        if len(self.letters) > 1 and run == "".join(self.letters):
            return f"{first}-{last}"
        return ", ".join(self.letters)


def paired(labels: Sequence[object] | None, texts: Sequence[object]) -> Options:
    """Make options from parallel lists of labels and texts; `labels` None when there are none.

    Raises:
        Reject: no or more than 26 options, an empty text, labels that repeat or do not match the
            texts.
    """
    if not texts:
        raise Reject("no_options", "there are no options", "add them, or a numeric answer")
    if len(texts) > MOST:
        raise Reject("too_many_options", f"{len(texts)} options; an item has at most {MOST}")
    for number, text in enumerate(texts, 1):
        if is_missing(text):
            raise Reject("empty_option", f"option {number} of {len(texts)} has no text")
        if isinstance(text, list | dict):
            raise Reject("bad_options", f"option {number} is a {type(text).__name__}, not text")
    words = tuple(as_text(text) for text in texts)
    by_position = tuple(string.ascii_uppercase[: len(words)])
    if labels is None:
        return Options(by_position, words)
    if len(labels) != len(texts):
        raise Reject("bad_options", f"{len(labels)} labels for {len(texts)} options")
    own = tuple(as_text(label) for label in labels)
    bare = tuple(_BARE.sub("", label).upper() for label in own)
    if len(set(bare)) < len(bare):
        raise Reject("bad_options", f"option labels repeat: {', '.join(own)}")
    single = all(len(label) == 1 and label in string.ascii_uppercase for label in bare)
    return Options(bare if single else by_position, words, own)


def listed(value: object) -> Options:
    """Make options from a list of texts without labels."""
    return paired(None, _as_list(value))


def mapped(value: object) -> Options:
    """Make options from label -> text; null is none: columnar files fill absent labels with it."""
    value = unpacked(value)
    if not isinstance(value, Mapping):
        raise Reject("bad_options", f"options are a {type(value).__name__}, not label -> text")
    present = {label: text for label, text in value.items() if text is not None}
    return paired(list(present), list(present.values()))


def labelled(value: object) -> Options:
    """Make options from [{"label": .., "text": ..}, ..] or from {"label": [..], "text": [..]}.

    "key" and "value" are read like "label" and "text".
    """
    value = unpacked(value)
    if isinstance(value, Mapping):
        label, text = _label_and_text(value)
        return paired(_as_list(value[label]), _as_list(value[text]))
    rows = _as_list(value)
    if not all(isinstance(row, Mapping) for row in rows):
        raise Reject("bad_options", "options are not all objects with 'label' and 'text'")
    names = [_label_and_text(row) for row in rows]
    return paired(
        [row[label] for row, (label, _) in zip(rows, names, strict=True)],
        [row[text] for row, (_, text) in zip(rows, names, strict=True)],
    )


def glued(value: object) -> Options:
    """Make options from texts with the label glued on: "A)5(x + 1)" -> A, "5(x + 1)".

    Only when the labels are A, B, C ... in this order over all options; else the texts stay whole,
    so "B. F. Skinner" keeps his initials.
    """
    texts = _as_list(value)
    matches = [_GLUED.match(text) if isinstance(text, str) else None for text in texts]
    found = "".join(match[1] for match in matches if match)
    if len(texts) < 2 or found != string.ascii_uppercase[: len(texts)]:
        return paired(None, texts)
    rests = [text[match.end() :] for text, match in zip(texts, matches, strict=True) if match]
    return paired(list(found), rests)


def any_shape(value: object) -> Options:
    """Make options from any of the shapes above."""
    value = unpacked(value)
    if isinstance(value, Mapping):
        columns = {"label", "key"} & set(value) and {"text", "value"} & set(value)
        return labelled(value) if columns else mapped(value)
    rows = _as_list(value)
    if rows and all(isinstance(row, Mapping) for row in rows):
        return labelled(rows)
    return glued(rows)


def _as_list(value: object) -> list[Any]:
    if is_missing(value):
        return []
    value = unpacked(value)
    if not isinstance(value, list | tuple):
        raise Reject("bad_options", f"options are a {type(value).__name__}, not a list")
    return list(value)


def _label_and_text(row: Mapping[str, Any]) -> tuple[str, str]:
    for label, text in (("label", "text"), ("key", "value")):
        if label in row and text in row:
            return label, text
    raise Reject("bad_options", f"an option has the fields {sorted(row)}, not 'label' and 'text'")
