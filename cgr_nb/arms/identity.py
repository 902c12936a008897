"""Names of runs and answers: content hashes of everything that could change them."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from functools import lru_cache
from typing import Any

from cgr_nb.arms.requests import Settings
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import ask_template
from cgr_nb.records import Item, ModelCard, canonical_json, content_id, content_id_of
from cgr_nb.sandbox import Limits, RunMode
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION

__all__ = ["canonical", "cell_id", "execution_id", "plain"]


def canonical(value: Any) -> Any:  # noqa: ANN401
    """One form a value: 10 and 10.0 mean the same and must not make two ids."""
    if isinstance(value, dict):
        return {name: canonical(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def plain(value: object) -> Any:  # noqa: ANN401
    """A settings dataclass, or a value of one, as it goes into an id."""
    if is_dataclass(value) and not isinstance(value, type):
        return canonical(asdict(value))
    return canonical(value)


@lru_cache(maxsize=256)
def _json_once(value: Decoding | Limits) -> str:
    """As `plain`, in an id: a study has few of them and asks for each run."""
    return canonical_json(plain(value))


def execution_id(
    settings: Settings,
    item: Item,
    solver: ModelCard | str,
    program_id: str,
    limits: Limits | None = None,
    mode: RunMode = "solve",
) -> str:
    """The content hash of everything that could change a run.

    Args:
        settings: The study's.
        item: What the program is given.
        solver: What is behind `ask`: a model, or the name of something else, in whose runs no
            model has a part, so that one run serves all solvers.
        program_id: The program.
        limits: Other limits than the study's.
        mode: How it is run.
    """
    bounds = _json_once(limits or settings.limits)
    # What a program may return is part of how it runs.
    form = ["multi"] if item.multi else []
    form += [mode] if mode != "solve" else []
    if isinstance(solver, ModelCard):
        around = ask_template(solver.prompts, settings.prompts_folder)
        form += [around.hash] if around else []
        behind = solver.identity
        how = f"[{canonical_json(settings.seed)},{_json_once(settings.ask)},{bounds}]"
    else:
        behind = solver
        how = f"[{canonical_json(settings.seed)},{bounds}]"
    of = ",".join(map(canonical_json, (program_id, item.id, behind, PROTOCOL_VERSION)))
    return content_id_of("execution", f"[{of}]", how, *map(canonical_json, form))


def cell_id(item: Item, solver: ModelCard, program_id: str, owner: str, key: str) -> str:
    """The id of one cell of a session.

    Args:
        item: What the cells are given.
        solver: What is behind `ask`.
        program_id: The text of the session up to it.
        owner: The answer or setup whose session it is: it stands for settings and budget, and no
            other has a part in what its cells left behind.
        key: Of the run in that.
    """
    parts = [program_id, item.id, solver.identity, PROTOCOL_VERSION]
    return content_id("execution", "cells", parts, [owner, key])
