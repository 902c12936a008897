"""Static audits of a study's programs, kept in its store: reports, summaries and panels of one
study need not read each program again.

They are kept under the program's hash and the version of the audit, which is a hash of its own
source and of the Python that parses: another version reads the programs anew. A package has none of
them, as a check takes nobody's word for what a program says.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.audit import static
from cgr_nb.audit.static import ProgramAudit, check_once
from cgr_nb.store import Store
from cgr_nb.util import syntax

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["audit_version", "keep_audits", "kept_audits", "known_audits"]


@cache
def audit_version() -> str:
    """What static audits of today are known by."""
    digest = sha256(".".join(platform.python_version_tuple()[:2]).encode())
    for path in (*sorted(Path(static.__path__[0]).glob("*.py")), Path(syntax.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def known_audits(store: Store, programs: Iterable[tuple[str, str]]) -> dict[str, ProgramAudit]:
    """Static audits of some programs of a study: those on record, and the others made and kept.

    Args:
        store: Of the study.
        programs: Id and source of each.
    """
    found = kept_audits(store)
    new = {id: check_once(source) for id, source in programs if id not in found}
    keep_audits(store, new)
    return found | new


def kept_audits(store: Store) -> dict[str, ProgramAudit]:
    """Static audits on record, by program; what can't be read as one is left out."""
    return {
        id: audit
        for id, text in store.audits.static(audit_version())
        if (audit := _audit_from(text)) is not None
    }


def keep_audits(store: Store, audits: dict[str, ProgramAudit]) -> None:
    """Put static audits on record, where the store can be written to."""
    lines = [(id, json.dumps(asdict(audit))) for id, audit in audits.items()]
    if lines:
        store.audits.keep_static(audit_version(), lines)


def _audit_from(text: str) -> ProgramAudit | None:
    try:
        found: ProgramAudit = _reader().validate_json(text)
    except ValueError:
        return None
    return found


@cache
def _reader() -> TypeAdapter[Any]:
    from pydantic import ConfigDict, TypeAdapter, with_config

    return TypeAdapter(with_config(ConfigDict(strict=True, extra="forbid"))(ProgramAudit))
