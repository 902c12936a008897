"""The tables of a package: which there are, what their lines are, and in which order they stand.

All are JSON lines. A text of a model or a program is read best as text, in any language, with no
library between the reader and the evidence; nested records (messages, asks, options) stay whole;
and the bytes are the same wherever they are written, which a columnar file does not promise.
`pandas.read_json(path, lines=True)` makes a frame of any of them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import PurePath
from typing import Any

from cgr_nb.answer_record import Answer, Setup
from cgr_nb.audit.probes.dependence import Probe
from cgr_nb.bundle.coding import read_records, read_values
from cgr_nb.bundle.record_file import RecordFile
from cgr_nb.bundle.rows import (
    CallLine,
    ConversationLine,
    DependenceLine,
    ExecutionLine,
    ProgramLine,
    PromptLine,
    PromptTextLine,
    ScaffoldLine,
    SourceLine,
    TraceLine,
)
from cgr_nb.records import Item, ModelCard, Verdict
from cgr_nb.store import Store
from cgr_nb.store.declarations import Declaration, declarations
from cgr_nb.store.row_view import RowView, row_views
from cgr_nb.store.superseding import Redo, redos

__all__ = ["TABLES", "Table", "executions", "file_name", "prompt_file", "traces"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str
    kind: type[Any]
    """Dataclass of its lines."""
    meaning: str
    """What one line is, for the data dictionary."""
    read: Callable[[Store], Iterator[Any]] | None
    """Its lines from a store, in order; None: they are made of its calls (see `calls`)."""
    order: Callable[[Any], tuple[Any, ...]] | None
    """What its lines are sorted by, no two alike; None: as they were made."""
    key: str | None = None
    """Field that is all of the order, where it is one alone."""
    large: bool = False
    """It grows with the calls of a study: it is held in a file while it is worked with."""
    few: tuple[str, ...] = ()
    """Fields with few values, which stay in memory then."""

    def held(self, records: Iterable[Any]) -> Collection[Any]:
        """Its records to work with."""
        if not self.large:
            return list(records)
        found = RecordFile(self.kind, self.key or "id", self.few)
        for record in records:
            found.add(record)
        return found

    def read_lines(
        self, lines: Iterable[bytes], on_bad: Callable[[int, str], None]
    ) -> Collection[Any]:
        """Its records to work with, from its lines: see `coding.read_records`."""
        if not self.large:
            return list(read_records(self.kind, lines, on_bad))
        found = RecordFile(self.kind, self.key or "id", self.few)
        for values in read_values(self.kind, lines, on_bad):
            found.add_values(values)
        found.flush()
        return found

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


def _programs(store: Store) -> Iterator[ProgramLine]:
    for id, source in store.programs.sources():
        yield ProgramLine(id, source)


def _scaffolds(store: Store) -> Iterator[ScaffoldLine]:
    for one in store.programs.scaffolds():
        yield _line_of(ScaffoldLine, one)


def executions(store: Store) -> Iterator[ExecutionLine]:
    """Every run on record, by id."""
    for run in store.programs.runs(traced=False):
        yield _line_of(ExecutionLine, run.execution, run)


def traces(store: Store) -> Iterator[TraceLine]:
    """The steps of every run that was traced, by id."""
    for id, steps in store.programs.traces():
        yield TraceLine(id, b64encode(steps).decode())


def _dependence(store: Store) -> Iterator[DependenceLine]:
    for audit in store.audits.all():
        probes = tuple(Probe(**probe) for probe in audit.probes)
        yield replace(_line_of(DependenceLine, audit), probes=probes)


def _line_of(kind: type[Any], *records: object) -> Any:  # noqa: ANN401 - of that kind
    """A line whose fields are those of some records, the first that has one."""
    of: Any = kind, *map(type, records)
    return kind(*_values_of(*of)(records))


@cache
def _values_of(kind: type[Any], *of: type[Any]) -> Callable[[Sequence[object]], list[Any]]:
    """Takes the fields of a line from records of some kinds."""
    held = [{one.name for one in fields(each)} for each in of]
    places = [
        (next(place for place, names in enumerate(held) if one.name in names), one.name)
        for one in fields(kind)
    ]
    return lambda records: [getattr(records[place], name) for place, name in places]


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
        "conversations",
        ConversationLine,
        "what models were asked, once, however many calls asked it",
        None,
        lambda asked: (asked.id,),
        key="id",
        large=True,
    ),
    Table(
        "prompt_texts",
        PromptTextLine,
        "one prompt after a model's chat template, as it was tokenised",
        None,
        lambda prompt: (prompt.id,),
        key="id",
        large=True,
    ),
    Table(
        "calls",
        CallLine,
        "one call to a model, solver or generator, shared by all rows that need it",
        None,
        lambda call: (call.id,),
        key="id",
        large=True,
        few=("model",),
    ),
    Table(
        "programs",
        ProgramLine,
        "one program",
        _programs,
        lambda program: (program.id,),
        key="id",
    ),
    Table(
        "scaffolds",
        ScaffoldLine,
        "what a generator wrote for one item",
        _scaffolds,
        lambda scaffold: (scaffold.id,),
        key="id",
    ),
    Table(
        "executions",
        ExecutionLine,
        "one run of one program with one solver",
        executions,
        lambda run: (run.id,),
        key="id",
        large=True,
        few=("program_id", "item_id", "solver"),
    ),
    Table(
        "traces",
        TraceLine,
        "the steps of one run; runs that were not traced have none",
        traces,
        lambda trace: (trace.execution_id,),
        key="execution_id",
        large=True,
    ),
    Table(
        "setups",
        Setup,
        "what an arm prepared once for a dataset",
        lambda store: store.setups(),
        lambda setup: (setup.id,),
        key="id",
    ),
    Table(
        "answers",
        Answer,
        "what one arm (one way of answering) gave for one item: what every number rests on",
        lambda store: store.answers(),
        lambda answer: (answer.id,),
        key="id",
        large=True,
        few=("arm",),
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
        large=True,
    ),
    Table(
        "dependence",
        DependenceLine,
        "the behavioural audit of one program; programs that were not audited have none",
        _dependence,
        lambda audit: (audit.program_id,),
        key="program_id",
        large=True,
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
    Table(
        "declarations",
        Declaration,
        "one choice of primary comparisons, oldest first; none where the study made none",
        lambda store: iter(declarations(store)),
        None,
    ),
)
