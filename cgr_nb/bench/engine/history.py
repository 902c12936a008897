"""Rounds of the benchmark kept in a file, so that many short measurements make one table."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cgr_nb.bench.engine.contestant import Outcome
from cgr_nb.errors import ModelError
from cgr_nb.util.atomic_write import write_text

__all__ = ["Round", "add_rounds", "read_rounds"]

Round = dict[str, Outcome]
"""Contestant -> what it did. Texts are not kept."""


def read_rounds(path: Path, about: dict[str, Any]) -> list[Round]:
    """The rounds of a file; none where it is not there.

    Args:
        path: The file.
        about: What was measured how; rounds of something else are refused.

    Raises:
        ModelError: It holds something else.
    """
    if not path.exists():
        return []
    fix = "name another file"
    try:
        said = json.loads(path.read_text("utf-8"))
        other, rounds = said["about"], [
            {name: Outcome(**told) for name, told in each.items()} for each in said["rounds"]
        ]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            "no rounds of a benchmark", where=str(path), got=str(error)[:200], fix=fix
        ) from error
    differing = [
        f"{key} {other.get(key)!r}, now {value!r}"
        for key, value in about.items()
        if other.get(key) != value
    ]
    if differing:
        raise ModelError(
            "its rounds were measured with other settings",
            where=str(path),
            got="; ".join(differing),
            fix=fix,
        )
    return rounds


def add_rounds(path: Path, about: dict[str, Any], rounds: list[Round]) -> None:
    """Write the rounds of a file and more; it is whole at any moment."""
    told = [{name: asdict(one) | {"texts": []} for name, one in each.items()} for each in rounds]
    write_text(path, json.dumps({"about": about, "rounds": told}))
