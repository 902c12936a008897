"""What the documentation names is there."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

NAME = re.compile(r"`(cgr_nb(?:\.\w+)+)`")


def _resolved(name: str) -> Any:
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


def test_every_name_in_the_documentation_is_there(repository):
    pages = sorted((repository / "docs").rglob("*.md"))
    named = {name for page in pages for name in NAME.findall(page.read_text("utf-8"))}
    assert len(named) > 20
    lost = []
    for name in sorted(named):
        try:
            _resolved(name)
        except (AttributeError, ModuleNotFoundError):
            lost.append(name)
    assert lost == []


def test_the_table_of_rooms_is_the_order_of_imports(repository):
    from test_layers import ROOMS

    text = (repository / "docs" / "architecture.md").read_text("utf-8")
    table = [line for line in text.splitlines() if line.startswith("| `")]
    told = [
        name.rstrip("/") for line in table for name in re.findall(r"`([\w/]+)`", line.split("|")[1])
    ]
    assert sorted(told) == sorted(ROOMS)
    places = [ROOMS.index(name) for name in told]
    assert places == sorted(places)
