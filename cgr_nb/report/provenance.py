"""How a study was made and what it lacks, as a reader of its report would ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cgr_nb import __version__
from cgr_nb.paper.absent import Absent, read_absent
from cgr_nb.report.machines import read_machines
from cgr_nb.store import Store
from cgr_nb.store.merge import is_unfinished
from cgr_nb.store.served import origins, served_remarks
from cgr_nb.study import StudyConfig, imports

__all__ = ["absences", "provenance"]

_ITEMS_NAMED = 20
_ELSEWHERE = "programs"
"""Backend of a generator whose programs were written before the study."""


def provenance(config: StudyConfig, store: Store, used: int) -> dict[str, object]:
    """How the study was made, as a reader would ask it.

    Args:
        config: Of the study.
        store: Its records.
        used: Items that its rows are of.
    """
    # What a program from elsewhere was written with is not known here.
    asked = any(
        "generator" in card.roles and card.backend != _ELSEWHERE
        for card in store.models()
        if card.name in config.models.generators
    )
    return {
        "cgr-nb": __version__,
        "last run": store.meta("run") or "not recorded",
        "seed": config.seed,
        "item files": {
            source["source"]: _item_file(source) for source in store.meta("items") or []
        },
        "items used": _used(config, store, used),
        "direct decoding": asdict(config.direct),
        **({"generator decoding": asdict(config.generator)} if asked else {}),
        "ask decoding": asdict(config.ask),
        "re-asks": config.reask,
        "limits": asdict(config.limits),
        **_imported(store),
        "prompts": {
            f"{prompt['profile']}/{prompt['name']}@{prompt['version']}": prompt["hash"]
            for prompt in store.prompts()
        },
        **_servers(store),
        **_machines(store),
    }


def _used(config: StudyConfig, store: Store, used: int) -> str:
    """How many of the items that were read are in the study, and how they were chosen."""
    read = sum(source["accepted"] for source in store.meta("items") or [])
    each = config.items.per_dataset
    if each is None or not read:
        return f"all {used:,}" if used == read or not read else f"{used:,} of {read:,}"
    return (
        f"{used:,} of {read:,}, at most {each:,} of each dataset, sampled with seed {config.seed}"
    )


def _imported(store: Store) -> dict[str, object]:
    """Programs that came from elsewhere, by file; nothing where there are none."""
    told: dict[str, object] = {}
    for one in imports(store):
        stand = [call for call in one["calls"].values() if call["stands"]]
        if stand:
            writers = ", ".join(sorted({call["writer"] or "not stated" for call in stand}))
            told[one["file"]] = (
                f"{len(stand)} programs, written by {writers}; imported {one['time']};"
                f" SHA-256 {one['sha256']}"
            )
    return {"programs imported": told} if told else {}


def _servers(store: Store) -> dict[str, object]:
    """Who answered for models of servers, and what changed; nothing where no server was asked."""
    elsewhere = {card.name for card in store.models() if card.backend == _ELSEWHERE}
    answering = origins(store)
    found = [
        f"{one.model}: {one.address}, {_answered_as(one.served, one.fingerprint)}:"
        f" {one.calls:,} calls"
        + (f", {one.estimated:,} with estimated token counts" if one.estimated else "")
        + (f", choices by {one.choosing}" if one.choosing else "")
        + (", system turns merged into user turns" if one.folded else "")
        for one in answering
        if one.model not in elsewhere
    ]
    told: dict[str, object] = {
        "servers": found,
        "notes on the servers": served_remarks(store, answering),
    }
    return {name: lines for name, lines in told.items() if lines}


def _machines(store: Store) -> dict[str, object]:
    """What computed the replies of models that are no server's; nothing where that is not on
    record."""
    found = read_machines(store)
    told: dict[str, object] = {
        "machines": found.lines,
        "notes on the machines": found.remarks,
    }
    return {name: lines for name, lines in told.items() if lines}


def _answered_as(served: str | None, fingerprint: str | None) -> str:
    """By what name, and with what fingerprint, a server said that it answered."""
    if not served and not fingerprint:
        return "model name and fingerprint not reported"
    return f"{served or 'model name not reported'}, {fingerprint or 'fingerprint not reported'}"


def absences(folder: Path, store: Store, failures: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the study was meant to have and has not, one sentence each.

    Args:
        folder: The study's.
        store: Its records.
        failures: What the last run could not have (see `Study.failures`).
    """
    counts = store.counts()
    wanted = counts.expected
    lines = [_absence(absent) for absent in read_absent(folder)]
    if is_unfinished(store):
        lines.append("A merge of shards was interrupted: what it had not reached is missing.")
    lines += [_failure(failure, wanted) for failure in failures]
    failed = {row for failure in failures for row in failure["rows"]}
    rest = counts.expected - counts.done - len(failed)
    return [*lines, f"{rest} of {wanted} rows: not run yet."] if rest else lines


def _absence(absent: Absent) -> str:
    text = f"{absent.kind} {absent.name}: {absent.why}"
    return f"{text} To get it: {absent.get}" if absent.get else text


def _failure(failure: Mapping[str, Any], wanted: int) -> str:
    items, units = failure["items"], failure["units"]
    named = ", ".join(items[:_ITEMS_NAMED]) + (" ..." if len(items) > _ITEMS_NAMED else "")
    return (
        f"{units} of {wanted} rows or arm answers: {failure['error']} (items {named})."
        " The next run requests them again."
    )


def _item_file(source: Mapping[str, Any]) -> str:
    text = f"{source['accepted']} of {source['rows']} rows, adapter {source['adapter']}"
    if source["options_made"]:
        # An item whose wrong answers were made up here is not the benchmark's own question.
        text += f"; options of {source['options_made']} generated here from a numeric answer"
    return f"{text}; SHA-256 {source['sha256']}" if source["sha256"] else text
