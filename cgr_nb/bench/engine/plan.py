"""Who takes part in the benchmark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from cgr_nb.errors import ModelError
from cgr_nb.machine import physical_cores

__all__ = ["SERVER_VARIABLE", "Entry", "find_server", "plan", "taking_part"]

SERVER_VARIABLE = "CGR_NB_LLAMA_SERVER"
"""Environment variable with the path of llama-server."""
_SLOTS = (1, 2, 4, 8, 16)
"""Slots that the server is tried with beside those of the other contestants."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contestant."""

    name: str
    kind: str
    concurrency: int
    """Calls in flight at once."""
    threads: int | None = None
    is_usual: bool = True
    """Takes part where none is named."""


def find_server(given: str | None) -> str | None:
    """The path of llama-server: as given, else of the environment, else on PATH; None: there is
    none.

    Raises:
        ModelError: What is given is no program.
    """
    named = given or os.environ.get(SERVER_VARIABLE)
    if not named:
        return shutil.which("llama-server")
    found = shutil.which(named)
    if found is None:
        raise ModelError(
            "no program there",
            where=named,
            fix=f"give the path of llama-server with --server or {SERVER_VARIABLE}",
        )
    return found


def plan(server: str | None, concurrencies: Sequence[int]) -> list[Entry]:
    """All contestants that there can be, in the order in which they take turns.

    Args:
        server: llama-server; None leaves it out.
        concurrencies: Sequences at once.
    """
    cores = physical_cores()
    numbers = sorted({1, cores, *(1 << bit for bit in range(1, cores.bit_length()))})
    found = [Entry("loop", "loop", 1), Entry("exact", "exact", 1)]
    for slots in sorted({*_SLOTS, *concurrencies}) if server else ():
        found.append(Entry(f"server_{slots}", "server", slots, is_usual=slots in concurrencies))
    for count in concurrencies:
        found.append(Entry(f"batched_{count}", "batched", count))
        found.append(Entry(f"inside_{count}", "inside", count, is_usual=False))
        for threads in numbers:
            if threads <= cores:
                name = f"batched_{count}_threads_{threads}"
                found.append(Entry(name, "batched", count, threads, is_usual=False))
    return found


def taking_part(entries: Sequence[Entry], only: Sequence[str]) -> list[Entry]:
    """The usual ones, or those named.

    Raises:
        ModelError: One is not known.
    """
    known = [entry.name for entry in entries]
    if unknown := sorted(set(only) - set(known)):
        raise ModelError(
            "no such contestant", got=", ".join(unknown), fix=f"there are {', '.join(known)}"
        )
    return [entry for entry in entries if (entry.name in only if only else entry.is_usual)]
