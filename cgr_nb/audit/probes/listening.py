"""Listens to what a program looks for in its replies: one run of it with `listener` in front.

The report comes out of a process that the program can reach all of, so it is read strictly, and
used for nothing but to make up replies: no verdict rests on it alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from cgr_nb.records import Ask

__all__ = ["REPORT", "Event", "calls_heard", "listening", "read_report", "written_down"]

REPORT = "heard "
"""How the report's prompt begins."""
REPORT_LIMIT = 50_000
"""Characters of the longest report that is read."""
_MOST_EVENTS = 160
_MOST_CHARS = 400
Kind = Literal["is", "pattern", "json", "key", "number", "split", "time", "inner"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that the program did to a text made of a reply."""

    kind: Kind
    subject: str
    """The text; of a "key", the marker of the reply that was parsed."""
    wanted: tuple[str, ...]
    """What it was compared to; the pattern, the separator or the time format; the path of a key
    from the whole of what was parsed, or ("inner") from the text itself."""
    mode: str
    """Of "is": "equal", "in", "has", "inside", "starts", "ends". Of "pattern": the function."""
    flags: int
    """Of a pattern."""
    held: bool
    """Whether it was found: equal, matched, parsed, there."""


@cache
def _listener() -> str:
    return Path(__file__).with_name("listener.py").read_text("utf-8")


def listening(source: str) -> str:
    """The program with the listener in front of it."""
    return (
        "import sys as _sys\n"
        "_names = {'__name__': 'listener'}\n"
        f"exec(compile({_listener()!r}, 'listener', 'exec', dont_inherit=True), _names)\n"
        f"_names['listen']({source!r}, _sys._getframe().f_code.co_filename, globals())\n"
    )


def read_report(prompt: str) -> list[Event] | None:
    """The events of a report; None when the prompt is none. Parts that are not as they should be
    are left out."""
    if not prompt.startswith(REPORT) or len(prompt) > REPORT_LIMIT:
        return None
    try:
        told = json.loads(prompt.removeprefix(REPORT))
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, list):
        return None
    read = (_event(one) for one in told[:_MOST_EVENTS] if isinstance(one, list))
    return [one for one in read if one is not None]


def written_down(calls: Sequence[Ask]) -> str:
    """Prompts and replies of a run that was listened to, as one text."""
    return json.dumps([[call.prompt, call.reply or ""] for call in calls])


def calls_heard(heard: str) -> tuple[Ask, ...]:
    """The calls of a run, from the text that `written_down` made; none when it is no such text."""
    try:
        told = json.loads(heard)
    except (ValueError, RecursionError):
        return ()
    calls = [
        Ask(place, prompt, (), None, None, reply, None)
        for place, one in enumerate(told if isinstance(told, list) else [])
        for prompt, reply in [one if _is_pair(one) else ("", "")]
    ]
    return tuple(calls)


def _is_pair(told: object) -> bool:
    return isinstance(told, list) and len(told) == 2 and all(isinstance(one, str) for one in told)


def _event(told: list[Any]) -> Event | None:
    match told:
        case ["is", str(mode), str(subject), list(wanted), bool(held)]:
            made = Event("is", subject, _texts(wanted), mode, 0, held)
        case ["pattern", str(mode), str(pattern), int(flags), str(subject), bool(held)]:
            made = Event("pattern", subject, (pattern,), mode, flags & 0x1FF, held)
        case ["json" | "number" as kind, str(subject), bool(held)]:
            made = Event(cast(Kind, kind), subject, (), "", 0, held)
        case ["key", str(mark), [_, *_] as path, bool(held)]:
            made = Event("key", mark, tuple(str(part) for part in path[:6]), "", 0, held)
        case ["split", str(separator), str(subject), bool(held)]:
            made = Event("split", subject, (separator,), "", 0, held)
        case ["inner", str(subject), str(key), bool(held)]:
            made = Event("inner", subject, (key,), "", 0, held)
        case ["time", str(form), str(subject), bool(held)]:
            made = Event("time", subject, (form,), "", 0, held)
        case _:
            return None
    return made if all(len(text) <= _MOST_CHARS for text in (made.subject, *made.wanted)) else None


def _texts(wanted: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in wanted[:24] if isinstance(text, str)))
