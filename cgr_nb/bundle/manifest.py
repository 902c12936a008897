"""`manifest.json`: what a package holds. Made from the study alone, so it carries no date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cgr_nb import __version__
from cgr_nb.answers import EXTRACTION_VERSION
from cgr_nb.bundle.coding import FormatError, dump, parse, record_from
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION

__all__ = ["MANIFEST", "SCHEMA_VERSION", "FileEntry", "Manifest", "make_manifest"]

SCHEMA_VERSION = "7"
"""6: each call has its prompt in itself. It is read and checked still (`bundle.schema_6`)."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the package."""

    sha256: str
    bytes: int
    lines: int | None
    """Records of a table; None for other files."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself."""

    schema: str
    """Version of the package's form."""
    study: str
    """Name of the study."""
    cgr_nb: str
    """Version of cgr-nb that wrote the package."""
    python: str
    """Python that ran the study, as "3.11.9": what programs do, and the words of their errors, may
    depend on it. Empty when that is not on record."""
    extraction: int
    """Version of the rules that read letters from replies. Part of the rows' ids."""
    protocol: int
    """Version of what programs and solver say to each other. Part of the rows' ids."""
    rows: int
    """Rows that the study has."""
    units: int
    """Rows that it asks for: every item with every solver and generator."""
    answers: int
    """Answers that the study has, of all arms, direct and assisted among them."""
    answers_due: int
    """Answers that it asks for: an answer that serves several rows is one."""
    complete: bool
    """Whether it has all rows and answers."""
    files: Mapping[str, FileEntry]

    def to_bytes(self) -> bytes:
        """Its JSON, for people: indented, sorted by file name."""
        return (dump(self, indent=2) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read what `to_bytes` wrote.

        Raises:
            FormatError: It is something else.
        """
        try:
            found = record_from(cls, parse(data.decode("utf-8")))
            if found.to_bytes() != data:
                raise FormatError("is not written as a package writes it")
        except UnicodeError as error:
            raise FormatError(f"not UTF-8: {error}") from error
        return found


def make_manifest(
    study: str,
    files: Mapping[str, FileEntry],
    *,
    python: str,
    rows: int,
    units: int,
    answers: int,
    answers_due: int,
) -> Manifest:
    """Describe the files of a package.

    Args:
        study: Its name.
        files: Name -> what each file is.
        python: The version that programs ran with.
        rows: That are there.
        units: Rows that are due.
        answers: Of arms, that are there.
        answers_due: Answers of arms that are due.
    """
    return Manifest(
        schema=SCHEMA_VERSION,
        study=study,
        cgr_nb=__version__,
        python=python,
        extraction=EXTRACTION_VERSION,
        protocol=PROTOCOL_VERSION,
        rows=rows,
        units=units,
        answers=answers,
        answers_due=answers_due,
        complete=(rows, answers) == (units, answers_due),
        files={name: files[name] for name in sorted(files)},
    )
