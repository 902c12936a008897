"""Changes a package as someone would who wants it to say something else."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cgr_nb.answer_record import CHANNELS
from cgr_nb.bundle.coding import read_lines, write_lines
from cgr_nb.bundle.contents import Contents, Records
from cgr_nb.bundle.summary import summary_bytes
from cgr_nb.bundle.tables import TABLES
from cgr_nb.bundle.verification import Verification
from cgr_nb.store.row_view import RowView, row_of
from cgr_nb.study import StudyConfig

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


UNFIT = object()


def new_value(line: Line, field: str, value: Any) -> Any:
    """What a field is to say; `UNFIT` where a record has nothing there that could be changed."""
    try:
        return value(line[field]) if callable(value) else value
    except (IndexError, TypeError):
        return UNFIT


def change_answers(members: Members, fields: dict[str, tuple[str, str, Any]]) -> dict[str, str]:
    """Make many changes of answers in one package, so that one check judges them all.

    Args:
        members: A package's files.
        fields: Name of a change -> arm, field and new value: of the first answer of the arm where
            that is a change, and where no other one has been made.

    Returns:
        Name -> id of the answer that was changed.
    """
    before, after = lines(members, "answers"), lines(members, "answers")
    ids, taken = {}, set()
    for name, (arm, field, value) in fields.items():
        fitting = [
            place
            for place, answer in enumerate(before)
            if answer["arm"] == arm
            and (place, field) not in taken
            and new_value(answer, field, value) not in (answer[field], UNFIT)
        ]
        assert fitting, f"no answer that {name} fits"
        place = fitting[0]
        taken.add((place, field))
        after[place][field] = new_value(before[place], field, value)
        ids[name] = before[place]["id"]
    put(members, "answers", after)
    return ids


def names_field(found: Verification, where: str, field: str) -> bool:
    """Whether it was found that a field of the record there is not what it should be."""
    told = (problem.what for problem in found.problems if problem.where == where)
    return any(what.startswith(f"{field} is ") for what in told)


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


def prompts_of(members: Members) -> list[list[Line]]:
    """The messages of every call."""
    said = {line["id"]: line["messages"] for line in lines(members, "conversations")}
    return [said[call["conversation"]] for call in lines(members, "calls")]


def contents_of(members: Members, scratch: Path | None = None) -> Contents:
    """A package in memory.

    Args:
        members: Its files.
        scratch: A folder for its templates; None: the bundled ones are those that it has.
    """
    tables = {
        table.name: read_lines(table.kind, members[table.file], pytest.fail) for table in TABLES
    }
    found = tomllib.loads(members["study.toml"].decode())
    config = StudyConfig.from_dict(found, check=False)
    for name, text in members.items() if scratch else ():
        if name.startswith("prompts/"):
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).write_bytes(text)
    return Contents(config, Records(**tables), scratch / "prompts" if scratch else None)


def resum(members: Members, scratch: Path | None = None) -> None:
    """Make the numbers fit the tables again."""
    members["summary.json"] = summary_bytes(contents_of(members, scratch))


def rerow(members: Members) -> None:
    """Make the rows fit the answers again, as a careful forger does."""
    contents = contents_of(members)
    answers = {answer.id: answer for answer in contents.records.answers}

    def fitting(row: RowView) -> RowView:
        unit = contents.units[row.id]
        ids = contents.inputs.roster.ids(unit)
        return row_of(row.id, unit.item, *(answers.get(ids.get(name, "")) for name in CHANNELS))

    members["rows.jsonl"] = write_lines(fitting(row) for row in contents.records.rows)


def put_manifest(members: Members, manifest: Line) -> None:
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    members["manifest.json"] = text.encode()
