"""The options of one row in any shape that files have, with the marks that some put on them.

Wider than `options`, and for the generic reader alone: what is a label and what is text is told
over a whole file, so labels in front of texts are found here and taken off there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from cgr_nb.items.cells import unpacked
from cgr_nb.items.fields import as_text, is_missing
from cgr_nb.items.names import OPTION_PREFIXES, bare
from cgr_nb.items.options import Options, paired
from cgr_nb.items.rejection import Reject

__all__ = ["Choices", "read_choices"]

_TEXT = (
    *("text", "value", "content", "atext", "answertext", "optiontext", "choicetext", "option"),
    *("choice", "answer", "description", "body", "html", "title", "name", "label", "para"),
)
_LABEL = (
    *("label", "key", "id", "aid", "letter", "identifier", "optionid", "optionkey", "no"),
    *("number", "index", "optionlabel", "choiceid", "answerid", "name"),
)
_FLAG = (
    *("iscorrect", "correct", "isright", "iscorrectanswer", "isanswer", "correctanswer", "right"),
    *("istrue", "fraction", "score", "weight", "isgold", "gold"),
)
_GLUED = re.compile(
    r"\s*(?:[(\[（【]\s*)?(?:(?P<label>[A-Za-z])\s*[)\]）】:、．.]"
    r"|(?P<number>\d{1,2})\s*(?:[)\]）】、．]|[.:](?=\s)))\s*(?=\S)"
)
_IN_TEXT = re.compile(
    r"(?:(?<=^)|(?<=[\s,;|]))[(\[（【]?\s?(?P<label>[A-Za-z]|\d{1,2})\s?[)\]）】.:、．]\s*(?=\S)"
)
_SEPARATORS = ("\n", "|", ";", "\t")


@dataclass(frozen=True, slots=True)
class Choices:
    """Options as a row has them."""

    options: Options
    right: tuple[int, ...] | None = None
    """Positions that the options themselves mark as right; None when they mark none."""
    glued: str | None = None
    """Labels that all texts begin with: "in order", "permuted", or None."""

    def without_labels(self, by_label: bool = False) -> Options:
        """Return the options with the labels in front of their texts taken off.

        Args:
            by_label: Keep what is written as their labels; else letters follow the place.
        """
        matches = [_GLUED.match(text) for text in self.options.texts]
        rests = [
            text[match.end() :] if match else text
            for text, match in zip(self.options.texts, matches, strict=True)
        ]
        written = [match["label"] or match["number"] for match in matches if match]
        return paired(written if by_label else None, rests)


def read_choices(value: object, *, scored: bool = False) -> Choices:
    """Read options from a list, a mapping, objects with flags, or a text that lists them.

    Args:
        value: The cell.
        scored: Whether a mapping is known to be option -> score, not label -> option.

    Raises:
        Reject: there are none, or they can't be told apart.
    """
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, Mapping):
        return _from_mapping(value, scored)
    if not isinstance(value, list | tuple):
        raise Reject("bad_options", f"options are a {type(value).__name__}, not a list")
    if value and all(isinstance(part, Mapping) for part in value):
        return _from_objects(value)
    if value and all(_is_pair(part) for part in value):
        return Choices(paired([part[0] for part in value], [part[1] for part in value]))
    return _plain(paired(None, value))


def _plain(options: Options) -> Choices:
    return Choices(options, glued=_glue(options.texts))


def _glue(texts: Sequence[str]) -> str | None:
    matches = [_GLUED.match(text) for text in texts]
    found = [(match["label"] or match["number"]).upper() for match in matches if match]
    if len(texts) < 2 or len(found) < len(texts):
        return None
    for wanted in (
        list(ascii_uppercase[: len(texts)]),
        [str(number) for number in range(1, len(texts) + 1)],
    ):
        if found == wanted:
            return "in order"
        if sorted(found) == sorted(wanted):
            return "permuted"
    return None


def _from_text(text: str) -> object:
    if text.strip().startswith(("[", "{")):
        try:
            return unpacked(text)
        except Reject:
            # "(A) x" in square brackets is no list.
            if not _IN_TEXT.match(text.strip()):
                raise
    labelled = _labelled(text)
    if labelled is not None:
        return labelled
    for sign in _SEPARATORS:
        parts = [part.strip() for part in text.split(sign)]
        parts = [part for part in parts if part]
        if len(parts) > 1:
            return parts
    raise Reject(
        "bad_options",
        f"no list of options in {text[:60]!r}",
        'write it as JSON, such as ["x", "y"], or with labels, such as "A) x B) y"',
    )


def _labelled(text: str) -> dict[str, str] | None:
    """Return label -> text of "a ) 38 , b ) 27" when it begins with the first label."""
    found = list(_IN_TEXT.finditer(text))
    if not found or text[: found[0].start()].strip():
        return None
    first = found[0]["label"]
    if first not in ("A", "a", "1"):
        return None
    run = [found[0]]
    for match in found[1:]:
        before = run[-1]["label"]
        after = str(int(before) + 1) if before.isdigit() else chr(ord(before) + 1)
        if match["label"] == after:
            run.append(match)
    if len(run) < 2:
        return None
    ends = [match.start() for match in run[1:]] + [len(text)]
    texts = [text[match.end() : end].strip() for match, end in zip(run, ends, strict=True)]
    last = {part[-1:] for part in texts[:-1]}
    if len(last) == 1 and (sign := next(iter(last))) in {",", ";", "|"}:
        texts = [part.removesuffix(sign).rstrip() for part in texts]
    return {match["label"]: part for match, part in zip(run, texts, strict=True)}


def _from_mapping(value: Mapping[str, Any], scored: bool) -> Choices:
    short = {bare(name): name for name in value}
    lists = {name: part for name, part in value.items() if isinstance(part, list | tuple)}
    if lists:
        for text in ("choices", "text", "texts", "value", "values", "options"):
            if text not in short or short[text] not in lists:
                continue
            texts = lists[short[text]]
            for beside in ("labels", "label", "key", "keys", "scores"):
                marks = lists.get(short.get(beside, ""))
                if marks is None:
                    continue
                if marks and all(_is_flag(mark) for mark in marks) and beside != "label":
                    return Choices(paired(None, texts), _marked(marks))
                return Choices(paired(marks, texts))
            return _plain(paired(None, texts))
        raise Reject("bad_options", f"options have the fields {sorted(value)}")
    filled = {name: part for name, part in value.items() if part is not None}
    while len(filled) > 2 and is_missing(filled[next(reversed(filled))]):
        filled.popitem()  # fewer options than the others have: "E" is blank
    labels = [_short_label(name) for name in filled]
    scores = list(filled.values())
    as_label = all(len(label) == 1 or label.isdigit() for label in labels)
    if filled and (scored or not as_label) and all(_is_score(score) for score in scores):
        return Choices(paired(None, list(filled)), _marked(scores))
    return Choices(paired(labels, scores))


def _from_objects(rows: Sequence[Mapping[str, Any]]) -> Choices:
    if all(len(row) == 1 for row in rows):
        pairs = [next(iter(row.items())) for row in rows]
        names = {bare(name) for name, _ in pairs}
        if len(names) == len(pairs):
            return Choices(paired([_short_label(name) for name, _ in pairs], [t for _, t in pairs]))
    short = [{bare(name): name for name in row} for row in rows]

    def shared(names: Sequence[str], besides: str | None = None) -> str | None:
        return next(
            (
                name
                for name in names
                if name != besides and all(name in names_here for names_here in short)
            ),
            None,
        )

    text = shared(_TEXT)
    if text is None:
        raise Reject("bad_options", f"an option has the fields {sorted(rows[0])}, and no text")
    label = shared(_LABEL, text)
    texts = [row[names[text]] for row, names in zip(rows, short, strict=True)]
    labels = (
        None
        if label is None
        else [row[names[label]] for row, names in zip(rows, short, strict=True)]
    )
    right = None
    for name in _FLAG:
        marks = [row.get(names.get(name, "")) for row, names in zip(rows, short, strict=True)]
        if name != text and any(_is_score(mark) for mark in marks):
            right = _marked([mark or 0 for mark in marks])
            break
    options = paired(labels, texts)
    return Choices(options, right, _glue(options.texts) if labels is None else None)


def _marked(marks: Sequence[Any]) -> tuple[int, ...] | None:
    """Return the positions with the highest mark, when it is a mark at all."""
    numbers = [_number(mark) for mark in marks]
    best = max(numbers, default=0.0)
    if best <= 0:
        return None
    return tuple(place for place, number in enumerate(numbers) if number == best)


def _number(mark: object) -> float:
    if isinstance(mark, bool | int | float):
        return float(mark)
    text = as_text(mark).strip().casefold().rstrip("%")
    if text in ("true", "yes", "correct"):
        return 1.0
    try:
        return float(text)
    except ValueError:
        return 0.0


def _is_flag(mark: object) -> bool:
    return isinstance(mark, bool) or mark in (0, 1)


def _is_score(mark: object) -> bool:
    if isinstance(mark, str):
        return mark.strip().casefold() in ("true", "false", "yes", "no", "correct", "incorrect")
    return isinstance(mark, bool | int | float)


def _is_pair(part: object) -> bool:
    return (
        isinstance(part, list | tuple)
        and len(part) == 2
        and all(isinstance(one, str | int) for one in part)
        and len(str(part[0]).strip("().: ")) <= 2
    )


def _short_label(name: object) -> str:
    """Return "A" of "option_a" and "2" of "choice2"; any other label as it is."""
    short = bare(name)
    for prefix in OPTION_PREFIXES:
        rest = short.removeprefix(prefix)
        if rest != short and (rest.isdigit() or (len(rest) == 1 and rest.isalpha())):
            return rest.upper()
    return str(name)
