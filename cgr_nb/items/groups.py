"""Columns that belong together by name: option_a, option_b; answer1, answer2; A, B, C."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_lowercase

from cgr_nb.items.names import bare

__all__ = ["Group", "groups"]

_NUMBERED = re.compile(r"(.*?)(\d{1,2})(?:text|value|content)?")
_LETTERED = re.compile(r"(.*?)([a-z])(?:text|value|content)?")
_ENGLISH = ("one", "two", "three", "four", "five", "six")


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more columns of one name that count on: 0, 1, ...; 1, 2, ...; a, b, ..."""

    prefix: str
    """What their bare names share; "" for A, B, C."""
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    """What each counts: "1" or "A"."""

    @property
    def kind(self) -> str:
        """The prefix, with the first label behind it where they do not count from 1."""
        return self.prefix if self.labels[0] == "1" else f"{self.prefix}{self.labels[0]}"


def groups(names: Iterable[str]) -> list[Group]:
    """Return all groups among the names of columns, the larger first."""
    by_prefix: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        short = bare(name)
        for kind, pattern in (("number", _NUMBERED), ("letter", _LETTERED)):
            match = pattern.fullmatch(short)
            if match:
                by_prefix.setdefault((match[1], kind), {}).setdefault(
                    match[2].lstrip("0") or "0", name
                )
        for number, word in enumerate(_ENGLISH, 1):
            if short.endswith(word) and short != word:
                prefix = short.removesuffix(word)
                by_prefix.setdefault((prefix, "number"), {}).setdefault(str(number), name)
    found = []
    for (prefix, kind), members in by_prefix.items():
        counted = [str(number) for number in range(27)] if kind == "number" else ascii_lowercase
        starts = (0, 1) if kind == "number" else (0,)
        for start in starts:
            run = []
            for label in counted[start:]:
                if label not in members:
                    break
                run.append(label)
            if len(run) > 1:
                columns = tuple(members[label] for label in run)
                found.append(Group(prefix, columns, tuple(label.upper() for label in run)))
                break
    return sorted(found, key=lambda group: -len(group.columns))
