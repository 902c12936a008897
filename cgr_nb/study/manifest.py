"""What stands beside a published shard: of what study it is, how far it is, which file holds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from cgr_nb.errors import StoreError

__all__ = ["MANIFEST", "MANIFEST_BYTES", "VERSION", "Manifest", "ShardCounts", "read_manifest"]

MANIFEST = "manifest.json"
MANIFEST_BYTES = 4 << 20
"""Most bytes of one."""
VERSION = 1


@dataclass(frozen=True, slots=True)
class ShardCounts:
    """How far a shard is."""

    rows: int
    """Rows that it is to answer."""
    rows_done: int
    answers: int
    """Answers of all arms that these rows are made of."""
    answers_done: int
    failures: int
    """Units that failed in its last run."""
    calls: int

    @property
    def is_whole(self) -> bool:
        """Whether every answer is on record."""
        return self.answers_done == self.answers


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a published shard says of itself."""

    version: int
    """Of this form."""
    cgr_nb: str
    """Version of the package that published it."""
    study: str
    """Name of the study."""
    shard: str | None
    """As `cgr_nb.study.shard.Shard` writes it; None: not a shard, but a study."""
    phase: str | None
    """Phase of the study that it is of ("generate": programs and no answers); None: both."""
    overlap: float
    """Share of the items of another shard that it answers too."""
    counts: ShardCounts
    finished: bool
    """Every answer that it is to give is on record."""
    started: str
    """When its last run began, ISO 8601, UTC."""
    published: str
    """When it was published."""
    files: dict[str, str]
    """File beside this one -> its SHA-256; "study.toml" and the one named by `store` are there."""
    store: str
    """File with the records: an SQLite file at rest, named by its content."""
    store_bytes: int
    machine: dict[str, Any] = field(default_factory=dict)
    """What its last run computed with."""
    made_of: dict[str, dict[str, Any]] = field(default_factory=dict)
    """See `cgr_nb.study.made_of`."""

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=True) + "\n"


def read_manifest(data: bytes, where: str) -> Manifest:
    """Read what `to_json` wrote, strictly.

    Args:
        data: The file.
        where: What errors call it.

    Raises:
        StoreError: It is something else, or of another version.
    """
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    reader = TypeAdapter(tuple[Manifest], config=ConfigDict(strict=True, extra="forbid"))
    try:
        (found,) = reader.validate_json(b"[" + data + b"]")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(part) for part in first["loc"][1:])
        raise StoreError(
            "not a manifest of a published shard",
            where=where,
            got=f"{at}: {first['msg']}"[:200],
            fix="publish the shard again",
        ) from error
    if found.version != VERSION:
        raise StoreError(
            f"a manifest of version {found.version}, this program reads {VERSION}",
            where=where,
            fix="publish the shard again with this version of cgr-nb",
        )
    names = [found.store, *found.files]
    if found.store not in found.files or any("/" in name or name.startswith(".") for name in names):
        raise StoreError(
            "the manifest does not match the files next to it",
            where=where,
            fix="publish the shard again",
        )
    return found
