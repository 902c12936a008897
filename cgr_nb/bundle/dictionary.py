"""`data_dictionary.md`: every column of every table, told from the docstrings of the records."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from cgr_nb.bundle.tables import TABLES
from cgr_nb.util.field_docstrings import field_docstrings

__all__ = ["columns", "data_dictionary"]

# What records leave to the name of the field. A reader of the package has no source beside it.
_MEANINGS: Mapping[str, str] = {
    "Message.role": "Who speaks.",
    "Message.content": "What is said.",
    "Sampling.top_p": "Nucleus sampling: share of probability kept; 1 switches it off.",
    "Sampling.min_p": "Least probability, relative to the likeliest token; 0 switches it off.",
    "ModelCard.roles": "What it may be used as.",
    "ModelCard.family": "Model family.",
    "ModelCard.context_tokens": "Longest prompt and reply together.",
    "ModelCard.licence": "Licence of the weights.",
    "Ask.prompt": "What the program asked.",
    "Ask.choices": "When not empty, the reply had to be one of these texts.",
    "Ask.temperature": "Temperature that the program asked for; null: the study's.",
    "RowView.item_id": "The item (items.jsonl).",
    "RowView.dataset": "Dataset of the item.",
    "RowView.config": "Configuration of the dataset.",
    "RowView.solver": "Name of the solver (models.jsonl).",
    "RowView.generator": "Name of the generator (models.jsonl).",
    "RowView.gold": "Correct letters in option order; null when not known.",
    "RowView.direct_letter": "Letter read from the solver's direct reply; null when none could be.",
    "RowView.direct_rule": "Extraction rule that read the letter; null when none did.",
    "RowView.assisted_letter": "Letter that the program returned; null when it returned none.",
    "RowView.assisted_detail": "What stopped the program, in words; empty when nothing did.",
    "RowView.generator_letter": "Letter that the generator itself believes; null: none.",
    "RowView.difficulty": "The generator's estimate; null when it gave none.",
    "RowView.scaffold_id": "The scaffold (scaffolds.jsonl); null when none was written.",
    "RowView.program_id": "The program (programs.jsonl); null when there is none.",
    "RowView.execution_id": "The run (executions.jsonl); null when there was none.",
    "RowView.direct_call_ids": "Calls of the direct channel (calls.jsonl), in order.",
    "RowView.ask_call_ids": "Calls behind the asks of the program (calls.jsonl), in order.",
    "RowView.isolation": "Isolation level of the run; null when there was none.",
    "RowView.direct_correct": "Whether the direct answer is gold; null where it can't be said.",
    "RowView.assisted_correct": "Whether the assisted answer is gold; null where it can't be said.",
    "RowView.question": "The question (items.jsonl).",
    "Answer.item_id": "The item (items.jsonl).",
    "Answer.difficulty": "The generator's estimate; null where no program tells it.",
    "Answer.totals": "What it cost.",
    "RunEntry.key": 'What the arm calls it: "program" for the only one.',
    "Totals.solver_prompt_tokens": "Prompt tokens of the solver's calls that were served.",
    "Totals.solver_reply_tokens": "Reply tokens of these calls.",
    "Totals.generator_prompt_tokens": "Prompt tokens of the generator's calls.",
    "Totals.generator_reply_tokens": "Reply tokens of these calls.",
    "TrailEntry.role": "Which model was asked.",
    "Setup.arm": "The arm.",
    "Setup.dataset": "The dataset.",
    "Setup.solver": "Name of the solver (models.jsonl); null when it has no part in it.",
    "Setup.generator": "Name of the generator (models.jsonl); null when it has no part in it.",
    "Setup.program_id": "A program that was prepared (programs.jsonl); null when none was.",
    "Setup.trail": "The calls that were made for it, in order.",
    "Setup.runs": "The runs that were made for it, in order.",
    "Setup.detail": "Why there is nothing, in words.",
    "Setup.facts": "Numbers of the arm's own.",
    "Verdict.program_id": "The program (programs.jsonl).",
    "Verdict.rater": "Who judged.",
    "Verdict.label": "The judgement; 'adjudicated:' settles what raters disagree on.",
    "Verdict.note": "What the rater wrote beside it.",
}
_UNITS: Mapping[str, str] = {
    "_s": "s",
    "_mb": "MiB",
    "_pp": "percentage points",
    "_tokens": "tokens",
    "_bytes": "bytes",
}
_OTHER_FILES = """\
## Other files

| file | what it holds |
|---|---|
| `study.toml` | the settings of the study; item files and registry by name only |
| `summary.json` | every number of the report, shares as 0 to 1, `_pp` in percentage points; \
`pairs` has one entry a (dataset, config, solver, generator), `audits` one a finding |
| `prompts/` | the texts of the prompt templates, the study's own among them; `{contract@1}` \
quotes `prompts/contract@1.txt` |
| `manifest.json` | versions, the Python that ran the study, whether the study is complete, and of \
each other file SHA-256, size in bytes and number of lines (null where it is no table) |
| `README.md` | what this is and how to check it |
"""


@cache
def data_dictionary() -> str:
    """The whole dictionary, in Markdown."""
    parts = [
        "# Data dictionary\n",
        "Every table is JSON lines: one record a line, UTF-8, keys in this order. "
        "`T[]` is a list, `?` may be null.\n",
    ]
    nested: dict[type[Any], None] = {}
    for table in TABLES:
        parts.append(f"## {table.file}\n\n{table.meaning[0].upper()}{table.meaning[1:]}.\n")
        parts.append(_grid(table.kind))
        nested.update(dict.fromkeys(_inside(table.kind)))
    for kind in nested:
        parts.append(f"## {kind.__name__}\n\n{_first_line(kind)} Stands inside records above.\n")
        parts.append(_grid(kind))
    return "\n".join([*parts, _OTHER_FILES])


def columns(kind: type[Any]) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, unit and meaning of each field of a record."""
    hints = get_type_hints(kind)
    told = field_docstrings(kind)
    for field in fields(kind):
        meaning = told.get(field.name) or _MEANINGS.get(f"{kind.__name__}.{field.name}", "")
        meaning = re.sub(r"\bNone\b", "null", meaning)  # what JSON calls it
        unit = next((unit for end, unit in _UNITS.items() if field.name.endswith(end)), "")
        yield field.name, _type_words(hints[field.name]), unit, meaning


def _grid(kind: type[Any]) -> str:
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for name, type_words, unit, meaning in columns(kind):
        cells = (f"`{name}`", type_words, unit, meaning)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _first_line(kind: type[Any]) -> str:
    return (inspect.getdoc(kind) or "").split("\n")[0]


def _inside(kind: type[Any]) -> Iterator[type[Any]]:
    """Records that stand inside a record, and inside those."""
    for hint in get_type_hints(kind).values():
        for part in (hint, *get_args(hint)):
            if is_dataclass(part) and isinstance(part, type):
                yield part
                yield from _inside(part)


def _type_words(hint: Any) -> str:  # noqa: ANN401
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _type_words(next(part for part in inner if part is not type(None))) + "?"
    if origin is Literal:
        return " or ".join(f'"{value}"' for value in inner)
    if origin is tuple:
        element = _type_words(inner[0])
        return f"({element})[]" if " or " in element else f"{element}[]"
    if origin is Mapping:
        return f"object of {_type_words(inner[1])}"
    plain = {str: "text", int: "integer", float: "number", bool: "true or false", Any: "any JSON"}
    return plain.get(hint) or hint.__name__
