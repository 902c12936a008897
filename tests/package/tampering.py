"""Changes a package as someone would who wants it to say something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from cgr_nb.package.coding import read_lines
from cgr_nb.package.contents import Records
from cgr_nb.package.summary import summary_bytes
from cgr_nb.package.tables import TABLES

Members = dict[str, bytes]
Line = dict[str, Any]


def lines(members: Members, table: str) -> list[Line]:
    return [json.loads(line) for line in members[f"{table}.jsonl"].splitlines()]


def put(members: Members, table: str, records: list[Line]) -> None:
    texts = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in records]
    members[f"{table}.jsonl"] = "".join(text + "\n" for text in texts).encode()


def change(members: Members, table: str, number: int, **values: Any) -> Line:
    """Set fields of one record; a value that is a function is given the old one."""
    records = lines(members, table)
    line = records[number]
    for name, value in values.items():
        line[name] = value(line[name]) if callable(value) else value
    put(members, table, records)
    return line


def find(members: Members, table: str, fits: Callable[[Line], bool]) -> int:
    return next(number for number, line in enumerate(lines(members, table)) if fits(line))


def remove(members: Members, table: str, number: int) -> Line:
    records = lines(members, table)
    line = records.pop(number)
    put(members, table, records)
    return line


def rehash(members: Members) -> None:
    """Make the manifest fit its files again."""
    manifest = json.loads(members["manifest.json"])
    manifest["files"] = {
        name: {
            "sha256": hashlib.sha256(members[name]).hexdigest(),
            "bytes": len(members[name]),
            "lines": members[name].count(b"\n") if name.endswith(".jsonl") else None,
        }
        for name in sorted(members)
        if name != "manifest.json"
    }
    put_manifest(members, manifest)


def resum(members: Members) -> None:
    """Make the numbers fit the tables again."""
    tables = {
        table.name: read_lines(table.kind, members[table.file], pytest.fail) for table in TABLES
    }
    members["summary.json"] = summary_bytes(Records(**tables))


def put_manifest(members: Members, manifest: Line) -> None:
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    members["manifest.json"] = text.encode()
