"""What every command prints with `--json`: one JSON schema each.

Records have the types and words of their dataclasses; what a command puts around them is said here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.run_comparison import RunSide, SideNumbers
from cgr_nb.analysis.summary import BandLine, Partition, Summary
from cgr_nb.items.check import FileCheck
from cgr_nb.items.sources import DatasetSource
from cgr_nb.models.checking import ModelCheck
from cgr_nb.models.finding import FoundModel
from cgr_nb.paper.absent import Absent
from cgr_nb.paper.plan import PaperPlan
from cgr_nb.records import ModelCard
from cgr_nb.sandbox.isolation import IsolationReport
from cgr_nb.store.expected import RowCounts
from cgr_nb.store.merged import Clash, MergedStore, Overlap
from cgr_nb.store.served import Origin
from cgr_nb.store.superseding import Redo
from cgr_nb.study.executors import ShardsProgress
from cgr_nb.study.import_programs import Imported
from cgr_nb.study.manifest import Manifest, ShardCounts
from cgr_nb.study.plan import Plan
from cgr_nb.study.redo import Redone
from cgr_nb.study.shard_state import ShardState
from cgr_nb.util.toml_tables import SCHEMA_DIALECT, table_schema
from parts.pieces import cell, code, table

__all__ = ["OUTPUTS", "json_reference", "json_schemas"]

Schema = dict[str, Any]
_DEFS = "#/$defs/"


def _a(kind: str, about: str = "") -> Schema:
    """A plain value; "|null" behind its type: or null."""
    plain, _, null = kind.partition("|")
    return {"type": [plain, null] if null else plain, **({"description": about} if about else {})}


def _list(of: Schema, about: str = "") -> Schema:
    return {"type": "array", "items": of, **({"description": about} if about else {})}


def _map(of: Schema, about: str) -> Schema:
    return {"type": "object", "additionalProperties": of, "description": about}


def _keys(**keys: Schema) -> Schema:
    return {
        "type": "object",
        "properties": keys,
        "required": list(keys),
        "additionalProperties": False,
    }


def _record(kind: type[Any], **more: Schema) -> Schema:
    """A dataclass as `asdict` gives it, and keys beside its own; nothing of it is left out."""
    schema = table_schema(kind)
    made: Schema = _inlined(schema, schema.get("$defs", {}))
    made["properties"] |= more
    made["required"] = list(made["properties"])
    return made


def _inlined(part: Any, defs: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """A schema without references, its words those of JSON."""
    if isinstance(part, list):
        return [_inlined(one, defs) for one in part]
    if not isinstance(part, dict):
        return part
    if str(part.get("$ref", "")).startswith(_DEFS):
        own = {name: value for name, value in part.items() if name != "$ref"}
        return _inlined({**defs[part["$ref"].removeprefix(_DEFS)], **own}, defs)
    made = {
        name: _inlined(value, defs)
        for name, value in part.items()
        if name not in ("$defs", "default")
    }
    if isinstance(made.get("description"), str):
        made["description"] = re.sub(r"\b([Ll]eft out(?=:)|None\b)", "null", made["description"])
    if isinstance(made.get("properties"), dict) and "additionalProperties" in made:
        made["required"] = list(made["properties"])
    return made


_ANY_LINES = _list({"type": "object"})
_TEXTS = _list(_a("string"))
_COST = _a("number|null", "At the prices on the models' cards; null where no model has one.")
_STUDY = _a("string", "The study's folder.")
_FAILURES = _list(
    _keys(
        error=_a("string", "An example of this kind of error, in one line."),
        units=_a("integer", "Units that wait for it."),
        rows=_list(_a("string"), "Ids of their rows."),
        items=_list(_a("string"), "Ids of their items."),
    ),
    "What the last run could not have, by kind of error; the next run asks again.",
)
_ERRORS = _map(_a("integer"), "Calls that were refused or failed -> how many, by their error.")


def _shard_states() -> Schema:
    state = _record(
        ShardState,
        shard=_a("string|null", "NAME:K/N; null where it is none."),
        state={"enum": ["finished", "programs", "running", "unfinished", "stale", "unreadable"]},
    )
    del state["properties"]["made_of"]
    state["required"] = list(state["properties"])
    return _keys(
        finished=_a("boolean", "Whether every shard is there and done."),
        **_record(ShardCounts)["properties"],
        shards=_list(state, "Each, where it lies."),
        missing=_list(_a("string"), "Shards that should be beside those that are there."),
        without=_list(_a("string"), "Solvers of the study of which there is no shard."),
    )


_SHARDS = _shard_states()
_SHARE = {"type": ["number", "null"]}
_OVER_CHANCE = {"type": ["object", "null"]}


def _summary() -> Schema:
    """`Summary.to_dict`: frames are lists of objects."""
    frames = {
        name: {**_ANY_LINES, "description": about}
        for name, about in {
            "pairs": "A line for each pair: accuracies, change, flips, tests, chance.",
            "constants": "How often each constant answer is right, a line for each pair.",
            "retention": "Rows retained and not, by reason.",
            "letters": "How often each letter was chosen, by arm, solver and dataset.",
            "letters_overall": "The same over all datasets.",
            "positions": "Accuracy by the place of the right option, with permuted options.",
        }.items()
    }
    counts = _map(_a("integer"), "")
    made = {
        "pairs": frames["pairs"],
        "constants": frames["constants"],
        "partitions": _map(
            _record(Partition),
            '"all", "non_zero_baseline" (the main one), "zero_baseline", "gated".',
        ),
        "rows": _a("integer", "Rows given."),
        "retained": _a("integer", "Rows that the numbers are computed from."),
        "not_retained": {**counts, "description": "Reason -> rows."},
        "retention": frames["retention"],
        "rule": _a("string", "Name of the retention rule."),
        "empty_pairs": _list(_a("string"), "Pairs of which no row is retained."),
        "gate": _a("number", "Direct accuracy that a gated pair exceeds."),
        "calls_per_item": _map(_SHARE, "Channel -> mean solver calls of a retained row."),
        "tokens": {**counts, "description": "Channel -> solver tokens over retained rows."},
        "flips": {**counts, "description": "both_right, gains, losses, both_wrong -> rows."},
        "direct_statuses": {**counts, "description": "Status of the direct answer -> rows."},
        "assisted_statuses": {**counts, "description": "Status of the program's run -> rows."},
        "band": _list(_record(BandLine), "The headline under other treatments of unread answers."),
        "comparison": {
            "type": ["object", "null"],
            "description": "All arms on the same rows; null without arms. See `ArmComparison`.",
        },
        "direct_over_chance": {**_OVER_CHANCE, "description": "Direct accuracy against chance."},
        "assisted_over_chance": {
            **_OVER_CHANCE,
            "description": "Assisted accuracy against chance.",
        },
        "letters": frames["letters"],
        "letters_overall": frames["letters_overall"],
        "positions": frames["positions"],
        "gain": _a("string", "What a change may be called: a gain, or only a gain over chance."),
    }
    lost = set(made) ^ {*Summary.__dataclass_fields__, "gain"}
    if lost:
        raise ValueError(f"docs/parts/json_outputs.py and Summary differ in {sorted(lost)}")
    return {**_keys(**made), "description": "Every number of the headline; see `Summary`."}


_SUMMARY = _summary()
_FINDING = _keys(
    finding=_a("string", "Name of the finding."),
    meaning=_a("string", "In words."),
    programs=_a("integer|null", "Programs that have it; null where that was not looked for."),
    programs_of=_a("integer|null", "Programs that were looked at for it."),
    program_share=_SHARE,
    rows=_a("integer|null", "Retained rows that such a program answered."),
    rows_of=_a("integer|null", "Rows that it could be said of."),
    row_share=_SHARE,
)
_PROBLEM = _keys(
    where=_a("string", "File of the package, and the record in it."),
    what=_a("string", "What is recorded, and what it should be."),
)
_FETCHED = _keys(
    path=_a("string", "Where it lies."),
    sha256=_a("string", "Of the file; of a split one over all parts."),
    bytes=_a("integer"),
    source=_a("string", "Where it came from."),
)
_CARDS = _list(_record(ModelCard), "The fields of a card.")
_MEASURES: Schema = {"type": "object", "description": "Measure -> value; names carry their units."}

_RUN: dict[str, Schema] = {
    "failures": _FAILURES,
    "reached": _a("string|null", "The cap that ended the run; null where none did."),
    "cost": _a("number|null", "Of the calls of this run; null where no model has a price."),
}
OUTPUTS: Mapping[str, Schema] = {
    "demo": _keys(
        study=_STUDY,
        report=_a("string", "The report's file."),
        summary=_SUMMARY,
        failures=_FAILURES,
    ),
    "study init": _keys(study=_a("string", "The file that was written.")),
    "study schema": {
        "type": "object",
        "description": 'The schema itself; with `--out`, {"schema": the file}.',
    },
    "study plan": _record(
        Plan, seconds=_a("number|null", "Model time of the run; null where a part is not known.")
    ),
    "study run": {
        "oneOf": [
            _keys(study=_STUDY, summary=_SUMMARY, errors=_ERRORS, **_RUN),
            _keys(
                study=_STUDY,
                done=_a("integer", "Rows of the shard, or of phase answer, that are on record."),
                rows=_a("integer", "Rows that there are to be."),
                **_RUN,
            ),
            _keys(study=_STUDY, programs=_a("integer", "Of phase generate, on record."), **_RUN),
        ]
    },
    "study submit": {
        "oneOf": [
            _record(
                ShardsProgress, study=_STUDY, is_done=_a("boolean", "Whether every task is done.")
            ),
            _keys(scripts=_map(_a("string"), "Job of a dry run -> its script.")),
            _keys(
                jobs=_list(_a("string"), "Numbers of the jobs in the queue."),
                folder=_a("string", "Where scripts, logs and states of tasks are."),
            ),
            _keys(cancelled=_a("integer", "Submissions of the study, which are being stopped.")),
        ]
    },
    "study status": {
        "oneOf": [
            _record(
                RowCounts,
                direct_status=_map(_a("integer"), "Status of the direct answer -> rows."),
                assisted_status=_map(_a("integer"), "Status of the program's run -> rows."),
                arm_status=_map(
                    _map(_a("integer"), "Status -> rows."), "Further arm -> status -> rows."
                ),
                errors=_ERRORS,
                failures=_FAILURES,
                servers=_list(_record(Origin), "Which servers answered, and in which state."),
                machines=_list(
                    _a("string"), "What a reader should know of the machines that computed replies."
                ),
                cost=_COST,
                superseded_calls=_a("integer", "Calls that `study redo` took out of every number."),
                redos=_list(_record(Redo), "What was redone, oldest first."),
            ),
            _SHARDS,
        ]
    },
    "study merge": _keys(
        dry_run=_a("boolean", "Whether it was only counted."),
        study=_STUDY,
        settled_by_overlap_rule=_a(
            "boolean", "Records differed, and the first stands as shards had an overlap."
        ),
        stores=_list(_record(MergedStore), "What each shard brought, in the order given."),
        new=_map(_a("integer"), "Table -> records that were new."),
        overlap=_keys(
            calls=_a("integer", "Calls that two runs made, each for itself."),
            differing=_a("integer", "Those of them whose replies differ."),
            scores=_a("integer", "Those whose replies agree and whose scores of choices differ."),
            pairs=_list(_record(Overlap), "The same by model and pair of runs."),
        ),
        clashes=_keys(
            count=_a("integer", "Records that differ from those that stand under their id."),
            by_table=_map(_a("integer"), "Table -> such records."),
            first=_list(_record(Clash), "The first of them."),
        ),
        replaced=_map(
            _a("integer"), "Table -> records of the study that redos in shards took out."
        ),
        built_on_replaced=_map(
            _a("integer"), "Table -> records of the study that were built on those."
        ),
        left_out=_map(_a("integer"), "Table -> records that rest on a reply that does not stand."),
        shards=_SHARDS,
    ),
    "study publish": _record(Manifest),
    "study fetch": _keys(
        fetched=_a("boolean", "False: nothing is published there, or it is known here."),
        study=_STUDY,
    ),
    "study redo": _record(
        Redone, study=_STUDY, dry_run=_a("boolean", "Whether it was only counted.")
    ),
    "study prompts": {
        **_keys(
            prompts=_a("integer", "Prompts without a reply."),
            format=_a("string", "Of the files."),
            files=_list(_a("string"), "The files that were written."),
            lines=_list(_a("string"), "Without `--out`: what would be in them."),
        ),
        "required": ["prompts", "format", "files"],
    },
    "study import": _record(
        Imported, study=_STUDY, outcomes=_map(_a("integer"), "Outcome -> lines, over all files.")
    ),
    "report": _keys(report=_a("string", "The report's file."), summary=_SUMMARY),
    "compare": _keys(
        a=_record(RunSide),
        b=_record(RunSide),
        within=_list(_a("string"), "What had to be equal beside the item: solver, generator."),
        settings=_list(
            _keys(name=_a("string"), a=_a("string"), b=_a("string")),
            "What two studies set otherwise.",
        ),
        pairs={**_ANY_LINES, "description": "A line for each pair of answers, scored or not."},
        unpaired={**_ANY_LINES, "description": "A line for each answer without a partner."},
        rows=_a("integer", "Pairs that can be scored: what every number is computed from."),
        items=_a("integer", "Their items."),
        cells=_a("integer", "Dataset configurations with their solvers and generators."),
        numbers=_map(_record(SideNumbers), "a and b -> how it did."),
        difference_pp=_a("number", "Macro accuracy of B minus that of A, in percentage points."),
        interval=_record(ClusteredInterval),
        difference_over_items_pp=_a("number", "The same over items."),
        detectable_pp=_a("number|null", "Minimum detectable macro difference."),
        flips=_map(
            _a("integer"), "both_right, gain (correct only in B), loss, both_wrong -> rows."
        ),
        item_gains=_a("integer", "Items with more rows gained than lost: what the test counts."),
        item_losses=_a("integer", "The other way round."),
        p_value=_a("number", "Exact McNemar over those."),
        same_letter=_a("integer", "Rows in which both gave the same letters."),
        not_scored=_map(_a("integer"), "Why a pair can't be scored -> pairs."),
        not_paired=_map(
            _map(_a("integer"), "Reason -> answers."), "Side -> answers without a partner."
        ),
        notes=_list(_a("string"), "What is left out and why, a sentence each."),
        slices={**_ANY_LINES, "description": "A line for each slice, of every kind."},
        slice_level=_a("number", "Level at which each interval of the slices is read."),
        page=_a("string|null", "The page that was written."),
    ),
    "view": _keys(
        address=_a("string", "What to open; printed before the first request is answered."),
        port=_a("integer", "Where the viewer listens."),
        study=_STUDY,
    ),
    "audit": _keys(
        findings=_list(_FINDING, "What a reader should distrust, as shares."),
        programs=_list(
            _keys(
                program_id=_a("string"),
                item_id=_a("string"),
                verdict=_a("string|null", "null: no probe came to a letter."),
            ),
            "The verdict of the behavioural audit on each program.",
        ),
    ),
    "export": {
        "oneOf": [
            _keys(
                package=_a("string", "The package's file, or folder."),
                bytes=_a("integer|null", "null: it is a folder."),
                sha256=_a("string|null", "null: it is a folder."),
            ),
            _keys(folder=_a("string"), format=_a("string"), files=_a("integer", "Files written.")),
        ]
    },
    "verify": _keys(
        ok=_a("boolean", "Whether nothing contradicts anything."),
        problems=_list(_PROBLEM, "What contradicts the rest of the package."),
        notes=_list(_PROBLEM, "What a reader should know but which proves nothing."),
        checked=_map(_a("integer"), "What was checked -> how many."),
        not_rechecked=_list(_a("string"), "Arms that are not installed here."),
    ),
    "rerun": _keys(
        notebooks=_list(
            _keys(notebook=_a("string"), executed=_a("boolean", "false: it was done before.")),
            "Executed notebooks, in order.",
        ),
        report=_a("string|null", "The report's file; null where there is none."),
    ),
    "items check": _keys(
        rows=_a("integer", "Rows of all readable files."),
        accepted=_a("integer", "Items of all readable files."),
        rejected=_map(_a("integer"), "Reason -> rows, the most frequent first."),
        ok=_a("boolean", "Whether every file can be read and gives an item."),
        files=_list(_record(FileCheck), "One for each file."),
    ),
    "items fetch": {
        "oneOf": [
            _list(_record(DatasetSource), "Without names: what there is."),
            {"type": "object", "description": "Name -> `files` that are here, or an `error`."},
        ]
    },
    "models list": _CARDS,
    "models find": _keys(
        models=_list(_record(FoundModel), "Weight files, those that can be solvers first."),
        notes=_list(_a("string"), "What could not be looked at."),
    ),
    "models add": _record(ModelCard),
    "models fetch": _map(_FETCHED, "Name -> the file."),
    "models check": _map(_record(ModelCheck), "Name -> what was found."),
    "prompts list": _list(
        _keys(
            profile=_a("string"),
            name=_a("string"),
            version=_a("integer"),
            bundled=_a("boolean", "Whether the package brings it."),
            used=_a("boolean", "Whether a run takes this version."),
            hash=_a("string", "SHA-256 of what it says, with what it quotes."),
            path=_a("string"),
        )
    ),
    "prompts copy": _keys(path=_a("string", "The copy, to be edited.")),
    "paper plan": _record(
        PaperPlan,
        study={"type": ["object", "null"], "description": "As `study plan`, when all is here."},
        download_bytes=_a("integer", "Of what is absent and its size known."),
    ),
    "paper fetch": _keys(
        folder=_a("string"), problems=_map(_a("string"), "What could not be fetched -> why.")
    ),
    "paper init": _keys(
        study=_a("string", "The folder."),
        absent=_list(_record(Absent), "What the study lacks; its report names it."),
    ),
    "bench engine": _MEASURES,
    "bench sandbox": _MEASURES,
    "doctor": _keys(
        python=_a("string"),
        system=_a("string"),
        cpus=_a("integer", "Cores that this process may use."),
        memory_gb=_a("number|null"),
        packages=_map(_a("string"), 'Package -> version, or "missing".'),
        llama_cpp={
            "type": "object",
            "description": "The build, and whether it replies as recorded (`works`, `problem`).",
            "required": ["works", "problem"],
        },
        isolation={
            **_record(IsolationReport),
            "required": ["level"],
            "additionalProperties": True,
            "description": "What stands between a program and this machine.",
        },
    ),
}


def json_schemas() -> dict[str, str]:
    """Place in the site -> schema."""
    return {
        f"schemas/{name.replace(' ', '-')}.json": json.dumps(
            {"$schema": SCHEMA_DIALECT, "title": f"cgr-nb {name} --json", **schema}, indent=2
        )
        for name, schema in OUTPUTS.items()
    }


def json_reference() -> str:
    """A table for each command: places, types, meaning. `summary` is told once."""
    parts = []
    for name, schema in OUTPUTS.items():
        place = f"schemas/{name.replace(' ', '-')}.json"
        link = f'<a href="{place}">JSON schema</a>'
        lines = [
            (code(path), cell(kind), cell(about))
            for path, kind, about in _places(schema, "", _SUMMARY)
        ]
        parts += [f"## `cgr-nb {name}`", "", link, ""]
        parts += [table(("place", "type", "meaning"), lines) if lines else _about(schema), ""]
    lines = [(code(path), cell(kind), cell(about)) for path, kind, about in _places(_SUMMARY, "")]
    return "\n".join(
        [*parts, "## `summary` { #summary }", "", table(("place", "type", "meaning"), lines)]
    )


def _places(schema: Schema, at: str, whole: Schema | None = None) -> Iterator[tuple[str, str, str]]:
    """Every key below a schema, as a path."""
    for one in [*schema.get("oneOf", ()), *schema.get("anyOf", ())]:
        yield from _places(one, at, whole)
    if "items" in schema:
        yield from _places(schema["items"], f"{at}[]", whole)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _places(schema["additionalProperties"], f"{at}.*" if at else "*", whole)
    for name, below in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        if below is whole:
            yield path, "object", "See `summary` at the end of this page."
            continue
        yield path, _kind(below), _about(below)
        yield from _places(below, path, whole)


def _about(schema: Schema) -> str:
    return str(schema.get("description", ""))


def _kind(schema: Schema) -> str:
    """The type in words."""
    if "enum" in schema:
        return ", ".join(map(json.dumps, schema["enum"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    several = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if several:
        return " or ".join(dict.fromkeys(map(_kind, several)))
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema['items'])}" if "items" in schema else "list"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
