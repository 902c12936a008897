"""The tables of a package: which there are, what their lines are, and in which order they stand.

All are JSON lines. A text of a model or a program is read best as text, in any language, with no
library between the reader and the evidence; nested records (messages, asks, options) stay whole;
and the bytes are the same wherever they are written, which a columnar file does not promise.
`pandas.read_json(path, lines=True)` makes a frame of any of them.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from cgr_nb.answer_record import Answer, Setup
from cgr_nb.audit.probes.dependence import Probe
from cgr_nb.bundle.rows import (
    DependenceLine,
    ExecutionLine,
    ProgramLine,
    PromptLine,
    ScaffoldLine,
    SourceLine,
    TraceLine,
)
from cgr_nb.records import Item, ModelCall, ModelCard, Verdict
from cgr_nb.store import Store
from cgr_nb.store.row_view import RowView, row_views
from cgr_nb.store.superseding import Redo, redos

__all__ = ["TABLES", "Table", "file_name", "prompt_file"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str
    kind: type[Any]
    """Dataclass of its lines."""
    meaning: str
    """What one line is, for the data dictionary."""
    read: Callable[[Store], Iterator[Any]]
    """Its lines from a store, in order."""
    order: Callable[[Any], tuple[Any, ...]] | None
    """What its lines are sorted by, no two alike; None: as they were made."""

    @property
    def file(self) -> str:
        """Its file in the package."""
        return f"{self.name}.jsonl"


def file_name(path: str) -> str:
    """The last part of a path of whatever system; text before it says where a machine kept it."""
    return PurePath(path.replace("\\", "/")).name


def prompt_file(name: str, profile: str, version: int) -> str:
    """Where the text of a template stands in the package."""
    return f"prompts/{profile}/{name}@{version}.txt"


def _sources(store: Store) -> Iterator[SourceLine]:
    for source in store.meta("items") or []:
        yield SourceLine(**{**source, "source": file_name(source["source"])})


def _models(store: Store) -> Iterator[ModelCard]:
    for card in store.models():
        yield replace(card, path=file_name(card.path) if card.path else None)


def _prompts(store: Store) -> Iterator[PromptLine]:
    for prompt in store.prompts():
        named = {name: prompt[name] for name in ("name", "version", "profile")}
        yield PromptLine(hash=prompt["hash"], file=prompt_file(**named), **named)


def _lines(kind: type[Any], statement: str) -> Callable[[Store], Iterator[Any]]:
    def read(store: Store) -> Iterator[Any]:
        for found in store.connection.execute(statement):
            yield kind(**dict(found))

    return read


def _executions(store: Store) -> Iterator[ExecutionLine]:
    places = store.connection.execute(
        "SELECT id, program_id, item_id, solver FROM executions ORDER BY id"
    )
    for place in places:
        run = store.execution(place["id"])
        assert run is not None  # its id was read a moment ago, and nothing is ever deleted
        yield ExecutionLine(
            **dict(place),
            status=run.status,
            solver_answer=run.solver_answer,
            generator_answer=run.generator_answer,
            difficulty=run.difficulty,
            detail=run.detail,
            line=run.line,
            calls=run.calls,
            output=run.output,
            cpu_s=run.cpu_s,
            wall_s=run.wall_s,
            isolation=run.isolation,
        )


def _traces(store: Store) -> Iterator[TraceLine]:
    found = store.connection.execute(
        "SELECT id, trace FROM executions WHERE trace IS NOT NULL ORDER BY id"
    )
    for line in found:
        yield TraceLine(line["id"], b64encode(line["trace"]).decode())


def _dependence(store: Store) -> Iterator[DependenceLine]:
    for found in store.connection.execute("SELECT * FROM dependence ORDER BY program_id"):
        line = dict(found)
        probes = tuple(Probe(**probe) for probe in json.loads(line.pop("probes")))
        reachable = tuple(json.loads(line.pop("reachable")))
        yield DependenceLine(**line, reachable=reachable, probes=probes)


TABLES: tuple[Table, ...] = (
    Table("sources", SourceLine, "one item file", _sources, None),
    Table(
        "items",
        Item,
        "one multiple-choice item",
        lambda store: iter(store.items()),
        lambda item: (item.dataset, item.config, item.id),
    ),
    Table(
        "models",
        ModelCard,
        "one model, as the registry described it; `path` is a file name only",
        _models,
        lambda card: (card.name, card.identity),
    ),
    Table(
        "prompts",
        PromptLine,
        "one prompt template",
        _prompts,
        lambda prompt: (prompt.profile, prompt.name, prompt.version),
    ),
    Table(
        "calls",
        ModelCall,
        "one call to a model, solver or generator, shared by all rows that need it",
        lambda store: store.calls(),
        lambda call: (call.id,),
    ),
    Table(
        "programs",
        ProgramLine,
        "one program",
        _lines(ProgramLine, "SELECT id, source FROM programs ORDER BY id"),
        lambda program: (program.id,),
    ),
    Table(
        "scaffolds",
        ScaffoldLine,
        "what a generator wrote for one item",
        _lines(
            ScaffoldLine,
            "SELECT id, item_id, generator, program_id, call_id, prompt_hash, seed"
            " FROM scaffolds ORDER BY id",
        ),
        lambda scaffold: (scaffold.id,),
    ),
    Table(
        "executions",
        ExecutionLine,
        "one run of one program with one solver",
        _executions,
        lambda run: (run.id,),
    ),
    Table(
        "traces",
        TraceLine,
        "the steps of one run; runs that were not traced have none",
        _traces,
        lambda trace: (trace.execution_id,),
    ),
    Table(
        "setups",
        Setup,
        "what an arm prepared once for a dataset",
        lambda store: store.setups(),
        lambda setup: (setup.id,),
    ),
    Table(
        "answers",
        Answer,
        "what one arm (one way of answering) gave for one item: what every number rests on",
        lambda store: store.answers(),
        lambda answer: (answer.id,),
    ),
    Table(
        "rows",
        RowView,
        "the direct, assisted and generator-side answer of one item, solver and generator side by"
        " side: made from the answers, for reading",
        row_views,
        lambda row: (
            row.dataset,
            row.config,
            row.item_id,
            row.solver,
            row.generator or "",
            row.id,
        ),
    ),
    Table(
        "dependence",
        DependenceLine,
        "the behavioural audit of one program; programs that were not audited have none",
        _dependence,
        lambda audit: (audit.program_id,),
    ),
    Table(
        "verdicts",
        Verdict,
        "one judgement of a person, oldest first",
        lambda store: iter(store.verdicts()),
        None,
    ),
    Table(
        "redos",
        Redo,
        "one time that calls were taken out of the study, with what was built on them, and asked"
        " again; what was superseded is not in the package",
        lambda store: iter(redos(store)),
        lambda redo: (redo.number,),
    ),
)
