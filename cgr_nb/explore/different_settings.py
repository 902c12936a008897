"""What two studies set otherwise, the text of their prompts among it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cgr_nb.errors import CgrError
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig

__all__ = ["different_settings"]

MOST = 60
"""Most settings that are told."""
LONGEST = 200
"""Most characters of a value."""


def different_settings(
    a: tuple[Path, Store], b: tuple[Path, Store]
) -> tuple[tuple[str, str, str], ...]:
    """What two studies set otherwise: name, A's value, B's value.

    Args:
        a: Folder and store of a study. Without a `study.toml` that can be read its settings are not
            told.
        b: The other.
    """
    first, second = _told_settings(*a), _told_settings(*b)
    names = [name for name in sorted({*first, *second}) if first.get(name) != second.get(name)]
    return tuple((name, first.get(name, "–"), second.get(name, "–")) for name in names)[:MOST]


def _told_settings(folder: Path, store: Store) -> dict[str, str]:
    told: dict[str, str] = {}
    with suppress(CgrError):
        config = StudyConfig.load(folder / "study.toml", check=False)
        told = _flat(tomllib.loads(config.to_toml()), "")
    for prompt in store.prompts():
        name = f"prompt {prompt['profile']}/{prompt['name']}@{prompt['version']}"
        told[name] = f"text {str(prompt['hash'])[:12]}"
    told.pop("name", None)
    return told


def _flat(table: Mapping[str, Any], before: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = json.dumps(value, default=str)[:LONGEST]
    return found
