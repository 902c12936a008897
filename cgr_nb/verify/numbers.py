"""Recomputes `summary.json` from the rows and names each number that differs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cgr_nb.bundle.coding import FormatError, parse
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.summary import summary_bytes
from cgr_nb.bundle.verification import Findings
from cgr_nb.errors import CgrError

__all__ = ["TOLERANCE", "check_numbers", "compare"]

TOLERANCE = 1e-9
"""Absolute and relative difference up to which two numbers are one."""


def check_numbers(contents: Contents, recorded: bytes, findings: Findings) -> None:
    """Compare every number of the report with the one that the rows give."""
    try:
        there = parse(recorded.decode("utf-8"))
    except (FormatError, UnicodeDecodeError) as error:
        findings.problem("summary.json", str(error))
        return
    try:
        due = parse(summary_bytes(contents).decode("utf-8"))
    except (CgrError, ValueError, OverflowError, TypeError) as error:
        findings.problem("rows.jsonl", f"no numbers can be computed from the rows: {error}")
        return
    findings.checked["numbers"] = sum(1 for _ in _leaves(due))
    for path, what in compare(there, due):
        findings.problem(f"summary.json {path}", what)


def compare(there: Any, due: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Where two JSON values differ, and how. Numbers may differ by `TOLERANCE`."""
    if isinstance(there, dict) and isinstance(due, dict):
        for name in sorted({*there, *due}):
            inner = f"{path}.{name}" if path else name
            if name not in there:
                yield inner, "is missing"
            elif name not in due:
                yield inner, "does not belong here"
            else:
                yield from compare(there[name], due[name], inner)
    elif isinstance(there, list) and isinstance(due, list):
        if len(there) != len(due):
            yield path, f"has {len(there)} entries; recomputed there are {len(due)}"
        for number, (one, other) in enumerate(zip(there, due, strict=False)):
            yield from compare(one, other, f"{path}[{number}]")
    elif not _same(there, due):
        yield path, f"is {there!r}; recomputed it is {due!r}"


def _same(there: object, due: object) -> bool:
    numbers = all(type(value) in (int, float) for value in (there, due))
    if numbers and isinstance(there, int | float) and isinstance(due, int | float):
        return math.isclose(there, due, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(there) is type(due) and there == due


def _leaves(value: Any) -> Iterator[None]:  # noqa: ANN401
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    else:
        yield
