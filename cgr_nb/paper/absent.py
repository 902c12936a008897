"""What a study should have had and does not: on record beside it, in `absent.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from cgr_nb.errors import ConfigError
from cgr_nb.util.atomic_write import write_text

__all__ = ["Absent", "read_absent", "write_absent"]

FILE = "absent.toml"


@dataclass(frozen=True, slots=True)
class Absent:
    """One thing that is not in the study."""

    kind: Literal["dataset", "solver", "generator", "rows"]
    """"rows": rows of a set that is there, which are no items."""
    name: str
    why: str
    """Why it is not there, for a reader of the report."""
    get: str
    """The command or page to get it; "" where nothing can be done."""


def write_absent(folder: Path, absent: Sequence[Absent]) -> None:
    """Put on record what is absent; an empty list says that nothing is."""
    import tomli_w

    head = "# What the study was meant to have and does not: written by cgr-nb paper.\n"
    text = tomli_w.dumps({"absent": [asdict(one) for one in absent]})
    write_text(folder / FILE, head + text)


def read_absent(folder: Path) -> tuple[Absent, ...]:
    """What is on record as absent from the study in a folder; nothing where there is no record.

    Raises:
        ConfigError: The record can't be read.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        return tuple(Absent(**one) for one in found["absent"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ConfigError(
            f"the list of missing files can't be read: {error}",
            where=str(path),
            fix="run `cgr-nb paper init` on this folder again",
        ) from error
