"""All ways in which one value can name options: as label, letter, text, flags or position.

Which of them a file means is told over a whole column, in `gold_forms`.
"""

from __future__ import annotations

import contextlib
import re

from cgr_nb.items.cells import unpacked
from cgr_nb.items.fields import as_text
from cgr_nb.items.gold import plain_text
from cgr_nb.items.options import Options
from cgr_nb.items.rejection import Reject

__all__ = ["POSITIONS", "ways", "whole_number"]

POSITIONS = ("from 0", "from 1")
"""The two ways to read a position."""
_AROUND = "()[]{}.:、）（ \t\r\n\"'*"
_BETWEEN = re.compile(r"\s*(?:,|;|&|/|\||\band\b|\s)\s*")
_MARKED = re.compile(r"\s*[(\[]?\s*([A-Za-z])\s*(?:[)\].:、．]+)\s*(\S.*)", re.DOTALL)
_SAID = re.compile(
    r"(?:.*\b)?(?:answer|option|choice|ending|solution|sol|letter|lösung|antwort|respuesta|opción)"
    r"\s*(?:is|:|=)?\s*(?:option\b)?\s*[(\[]?\s*([A-Za-z]|\d{1,2})\s*[)\]]?\s*\.?",
    re.IGNORECASE | re.DOTALL,
)
_TAGGED = re.compile(
    r".*(?:####|\\boxed\{|\[\[|<answer>)\s*([A-Za-z])\s*(?:\}|\]\]|</answer>)?\s*", re.DOTALL
)


def ways(options: Options, value: object) -> dict[str, tuple[int, ...]]:
    """Return way of reading -> positions, for every way in which a value names options."""
    if (
        isinstance(value, str)
        and value.strip().startswith(("[", "{"))
        and not _texts(options, value)
    ):
        with contextlib.suppress(Reject):
            value = unpacked(value)
    found: dict[str, tuple[int, ...]] = {}
    if isinstance(value, list | tuple):
        if len(value) == len(options) and all(isinstance(p, bool) or p in (0, 1) for p in value):
            flags = tuple(place for place, part in enumerate(value) if part)
            if flags and (len(value) > 1 or isinstance(value[0], bool)):
                return {"flags": flags}
        parts = [ways(options, part) for part in value if not isinstance(part, list | tuple)]
        for way in ("label", "letter", "text", "marked", *POSITIONS):
            if parts and len(parts) == len(value) and all(way in part for part in parts):
                places = tuple(sorted({place for part in parts for place in part[way]}))
                if len(places) >= len(parts):
                    found[way] = places
        if "letter" in found:
            # A list is of letters where it can be, whatever an option's text is.
            found.pop("text", None)
        return found
    if isinstance(value, dict):
        return next(
            (ways(options, value[k]) for k in ("label", "letter", "key", "text") if k in value), {}
        )
    text = as_text(value).strip()
    marked = _marked(options, text)
    if marked:
        hits = _texts(options, text)
        return marked | {"text": hits} if hits else marked
    if options.labels is not None:
        labels = [label.strip().casefold() for label in options.labels]
        if labels.count(text.casefold()) == 1:
            found["label"] = (labels.index(text.casefold()),)
    letters = _letters(options, text)
    if letters:
        found["letter"] = letters
    hits = _texts(options, text)
    if hits:
        found["text"] = hits
    number = whole_number(value)
    if number is not None:
        found |= _index(options, number)
        return found
    if not {"label", "letter"} & found.keys():
        found |= _said(options, text)
    return found


def _index(options: Options, number: int) -> dict[str, tuple[int, ...]]:
    return {
        f"from {base}": (number - base,) for base in (0, 1) if 0 <= number - base < len(options)
    }


def _letters(options: Options, text: str) -> tuple[int, ...] | None:
    def place(part: str) -> int | None:
        bare_letter = part.strip(_AROUND).upper()
        return options.letters.index(bare_letter) if bare_letter in options.letters else None

    single = place(text)
    if single is not None:
        return (single,)
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) == 1 and text.isalpha() and text.isupper():
        parts = list(text)
    places = [place(part) for part in parts]
    known = [one for one in places if one is not None]
    if not known or len(known) < len(places) or len(set(known)) < len(known):
        return None
    return tuple(sorted(known))


def _texts(options: Options, text: str) -> tuple[int, ...]:
    """Return the options of this text; exact before without case, and that before without a
    closing mark."""
    for form in (plain_text, _caseless, _unmarked):
        wanted = form(text)
        if form is not plain_text and len(wanted) < 2:
            break  # "X" is a letter that is no option's, not the option "x"
        hits = tuple(place for place, other in enumerate(options.texts) if form(other) == wanted)
        if hits and (form is plain_text or len(hits) == 1):
            return hits
    return ()


def _caseless(text: str) -> str:
    return plain_text(text).casefold()


def _unmarked(text: str) -> str:
    return _caseless(text).strip(" .,;:!?\"'") or text


def _marked(options: Options, text: str) -> dict[str, tuple[int, ...]]:
    """Read "B. carbon dioxide": a letter and the text of its option."""
    match = _MARKED.fullmatch(text)
    if match is None or match[1].upper() not in options.letters:
        return {}
    place = options.letters.index(match[1].upper())
    return {"marked": (place,)} if place in _texts(options, match[2]) else {}


def _said(options: Options, text: str) -> dict[str, tuple[int, ...]]:
    """Read "Option B", "answer2", "The answer is (B)."."""
    match = _TAGGED.fullmatch(text) or _SAID.fullmatch(text)
    if match is None:
        return {}
    if match[1].isdigit() and match[1] in (options.labels or ()):
        return {"label": ((options.labels or ()).index(match[1]),)}
    if match[1].isdigit():
        return _index(options, int(match[1]))
    letters = _letters(options, match[1])
    return {"marked": letters} if letters else {}


def whole_number(value: object) -> int | None:
    """Return a whole number, also where text spells it out; truth values are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    return int(float(text)) if re.fullmatch(r"-?[0-9]{1,9}(?:\.0)?", text) else None
